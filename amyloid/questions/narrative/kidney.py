"""What notebook 05 says: whether the kidneys recovered."""

from __future__ import annotations

import pandas as pd

from amyloid.adjudication.criteria import CRITERIA
from amyloid.questions.curves import incidence_milestones, records
from amyloid.questions.hematology import RESPONDING
from amyloid.questions.kidneys import OUTCOMES, RENAL_CAUSES, RENAL_NAMES
from amyloid.questions.narrative.phrases import (
    citation,
    counted,
    definition,
    incidence,
    level,
    listed,
    number,
    share,
)
from amyloid.questions.narrative.reading import Number, Reading, counted_number, drawn
from amyloid.questions.narrative.recovery import paired

MONTHS = (6, 12, 24)
"""Months at which renal progression is read."""


@drawn(y_label="Proteinuria (g/24h)", panel_by="response", lines=[(0.5, "0.5")], floor=0.05)
def proteinuria(frame: pd.DataFrame, n: int) -> Reading:
    """Proteinuria courses of the patients who can be judged."""
    known = frame.dropna(subset=["urine_protein"])
    patients = known["patient_id"].nunique()
    title = "Proteinuria of each patient over time"
    caption = (
        f"{counted(patients, 'patient')} of {n:,} whose renal response can be judged (baseline above "
        f"0.5 g/24h), by best renal response. Line: 0.5 g/24h."
    )
    if not patients:
        return Reading(
            "proteinuria",
            title,
            caption,
            "Nobody has proteinuria above 0.5 g/24h at baseline and a later value, so renal response "
            "cannot be judged.",
        )
    text = (
        f"Renal response can be judged in {share(patients, n)}. Proteinuria falls over months after the "
        f"light chains do, and it varies by half from one "
        "collection to the next: a single low value is weak evidence."
    )
    return Reading(
        "proteinuria",
        title,
        caption,
        text,
        counted_number("judged", "renal response can be judged", patients, n),
    )


@drawn(y_label="eGFR (mL/min/1.73 m²)", log=False, panel_by="response", lines=[(50, "50")])
def egfr(frame: pd.DataFrame) -> Reading:
    """Courses of the eGFR."""
    known = frame.dropna(subset=["egfr"])
    patients = known["patient_id"].nunique()
    caption = (
        f"{counted(patients, 'patient')}, by best renal response; eGFR by CKD-EPI 2009 from "
        f"creatinine unless the cohort reports it. Line: 50, the limit of renal stage."
    )
    if not patients:
        return Reading(
            "egfr", "eGFR of each patient over time", caption, "No eGFR can be followed in these patients."
        )
    text = (
        "A fall of proteinuria counts only while filtration holds: every definition below takes a "
        "response away when eGFR falls or creatinine rises by a quarter."
    )
    return Reading("egfr", "eGFR of each patient over time", caption, text)


@drawn(names=RENAL_NAMES)
def definitions(rates: pd.DataFrame, lead: str) -> Reading:
    """Three definitions side by side."""
    numbers: list[Number] = []
    parts = []
    for key, name in RENAL_NAMES.items():
        part = rates[(rates["criteria"] == key) & (rates["denominator"] == "evaluable")]
        count, n = int(part[part["category"].isin(RESPONDING)]["count"].sum()), int(part["n"].iloc[0])
        parts.append(f"{name} {share(count, n)}")
        numbers += counted_number(f"response.{key}", f"renal response, {key}, of evaluable", count, n)
        for row in records(part):
            grade = str(row.category).lower().replace(" + ", "_").replace(" ", "_")
            numbers += counted_number(
                f"grade.{key}.{grade}", f"{key}: {row.category}, of evaluable", int(row.count), n
            )
    text = (
        f"Renal response of the evaluable: {listed(parts)}. A fall of 30% is enough in 2014, half is "
        f"needed in 2005; the graded definition divides what lies between. This page leads with "
        f"{RENAL_NAMES[lead]}."
    )
    caption = (
        "One column per definition, the same patients in each; not evaluable: no baseline "
        "proteinuria above 0.5 g/24h, kidney not involved, or no later sample."
    )
    return Reading("definitions", "Renal response under three definitions", caption, text, tuple(numbers))


@drawn(groups="criteria", stub="category")
def definitions_table(confidence: float) -> Reading:
    """Head of the table of renal response rates."""
    return Reading(
        "definitions_table",
        "Renal response rates under three definitions",
        f"Count, percentage and exact {level(confidence)}, on both denominators.",
    )


@drawn(causes=RENAL_CAUSES)
def renal_survival(frame: pd.DataFrame, curve: pd.DataFrame, dialysis: int, confidence: float) -> Reading:
    """Renal progression with death competing."""
    at = incidence_milestones(curve, MONTHS)
    counts = {words: int((frame["cause"] == cause).sum()) for cause, words in RENAL_CAUSES.items()}
    title = "Renal progression, with death competing"
    caption = (
        f"{counted(len(frame), 'patient')} in whom renal progression can be judged: "
        f"{listed(f'{words} in {count:,}' for words, count in counts.items())}. "
        f"Progression: eGFR down by 25% or dialysis (Palladini 2014), first time. Aalen-Johansen, "
        f"{level(confidence)} on the log-log scale."
    )
    if frame.empty:
        return Reading("renal_survival", title, caption, "Renal progression can be judged in nobody.")
    parts = [incidence(row, confidence) for row in records(at)]
    began = f"{counted(dialysis, 'patient')} in the cohort began dialysis or received a kidney."
    text = (
        f"The cumulative incidence of renal progression is {listed(parts)}. "
        if counts["renal progression"]
        else "No renal progression was seen. "
    ) + began
    text += (
        " One eGFR below the line counts, also when it recovers: under lenalidomide creatinine can rise "
        "without loss of kidney."
        if counts["renal progression"]
        else ""
    )
    numbers = [
        *counted_number(
            "progression", "renal progression (Palladini 2014)", counts["renal progression"], len(frame)
        ),
        Number("dialysis", "patients who began dialysis or received a kidney", dialysis, dialysis),
    ]
    numbers += [
        Number(
            f"progression.{row.time:g}",
            f"cumulative incidence of renal progression at month {row.time:g}, %",
            100 * float(row.incidence),
        )
        for row in records(at)
    ]
    return Reading("renal_survival", title, caption, text, tuple(numbers))


@drawn(y_label="Highest change of creatinine (%)", thresholds={25: "rise of 25%"})
def creatinine(frame: pd.DataFrame) -> Reading:
    """Creatinine rises on lenalidomide."""
    title = "Highest creatinine on lenalidomide, against baseline"
    caption = (
        f"{counted(len(frame), 'patient')} with a creatinine at baseline and on treatment; bars "
        f"above 100% are cut."
    )
    if frame.empty:
        return Reading(
            "creatinine",
            title,
            caption,
            "Nobody has creatinine at baseline and on lenalidomide, so no rise can be read.",
        )
    quarter, half = (int((frame["change"] >= limit).sum()) for limit in (25, 50))
    text = (
        f"Creatinine rose by a quarter or more at least once in {share(quarter, len(frame))}, by half or "
        f"more in {share(half, len(frame))}; the median of the highest rises is "
        f"{number(float(frame['change'].median()), 0)}%. Such a rise takes a renal response away under "
        f"every definition, whatever the proteinuria does."
    )
    numbers = (
        *counted_number(
            "creatinine.quarter", "creatinine up by 25% or more on lenalidomide", quarter, len(frame)
        ),
        *counted_number("creatinine.half", "creatinine up by 50% or more on lenalidomide", half, len(frame)),
        Number(
            "creatinine.median_rise",
            "median of the highest creatinine rise, %",
            float(frame["change"].median()),
        ),
    )
    return Reading("creatinine", title, caption, text, numbers)


def methods(renal: str, hematologic: str, confidence: float) -> str:
    """Methods paragraph."""
    return (
        f"**Methods.** Renal response follows {citation(CRITERIA['renal_response', renal].source)}; the "
        f"definitions of 2005, 2014 and the graded one are shown side by side. "
        "It is judged in patients with kidney involvement and proteinuria above 0.5 g/24h at baseline, "
        "until the next line of therapy. eGFR is CKD-EPI 2009 without a race "
        f"term. Hematologic depth follows {definition(hematologic)}. Intervals of proportions are exact "
        f"(Clopper-Pearson, {level(confidence)}); renal progression is a cumulative incidence with "
        "death competing (Aalen-Johansen)."
    )


def results(rates: pd.DataFrame, renal: str, pairs: pd.DataFrame, complete: int, confidence: float) -> str:
    """Results paragraph."""
    part = rates[(rates["criteria"] == renal) & (rates["denominator"] == "evaluable")]
    count, n = int(part[part["category"].isin(RESPONDING)]["count"].sum()), int(part["n"].iloc[0])
    if not n:
        return "**Results.** Renal response could be judged in nobody."
    text = f"**Results.** {share(count, n, confidence)} of the evaluable had a renal response. "
    return text + paired(pairs, complete).text.replace("**", "")


def decisions(
    rates: pd.DataFrame, renal: str, equations: tuple[int, int, int], pairs: pd.DataFrame
) -> list[tuple[str, str, str]]:
    """Choices of this notebook, with what the alternatives give."""

    def overall(key: str, denominator: str) -> str:
        part = rates[(rates["criteria"] == key) & (rates["denominator"] == denominator)]
        return share(int(part[part["category"].isin(RESPONDING)]["count"].sum()), int(part["n"].iloc[0]))

    here = overall(renal, "evaluable")
    rows = [("Rate of the evaluable", "Of all treated", f"{here} becomes {overall(renal, 'all treated')}")]
    rows += [
        (f"Definition: {RENAL_NAMES[renal]}", RENAL_NAMES[key], f"{here} becomes {overall(key, 'evaluable')}")
        for key in RENAL_NAMES
        if key != renal
    ]
    first, second, judged = equations
    rows.append(
        (
            "eGFR by CKD-EPI 2009",
            "CKD-EPI 2021",
            f"renal progression in {share(first, judged)} becomes {share(second, judged)}",
        )
    )
    if len(pairs):
        improved = int((pairs["fall"] >= 0.3).sum())
        half = int((pairs["outcome"] != OUTCOMES[2]).sum())
        rows.append(
            (
                "Complete responders improved: proteinuria halved, creatinine stable",
                "Proteinuria down by 30%",
                f"{share(half, len(pairs))} becomes {share(improved, len(pairs))}",
            )
        )
    return rows
