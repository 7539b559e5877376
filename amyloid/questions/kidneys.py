"""Notebook 05, the kidneys: its frames, and what its sentences (05_renal_response.md) name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np
import pandas as pd

from amyloid import stats
from amyloid.adjudication.criteria import keys_of, label
from amyloid.adjudication.criteria.renal import function_worse_2005
from amyloid.adjudication.labs import Evidence, first_event, gather_evidence
from amyloid.adjudication.response import adjudicate
from amyloid.cohort import Cohort
from amyloid.questions.curves import incidence_milestones, records
from amyloid.questions.study import RESPONDING, Study
from amyloid.questions.words import FEW_LISTED, becomes, share
from amyloid.show.page import counted, result
from amyloid.show.tables import text

SIGNIFICANT_PROTEINURIA: Final = 0.5
"""g/24h; the abstract says "significant", consensus says more than this (Gertz 2005)."""

RESOLVED: Final = 0.2
"""g/24h; at or below it proteinuria is called resolved (the graded definition's complete response)."""

OUTCOMES: Final = ("resolved", "improved by half or more", "not improved by half")
CREATININE_RISE: Final = 25.0
"""Percent; a rise of so much takes a renal response away (Gertz 2005)."""

MONTHS: Final = (6, 12, 24)
"""Months at which renal progression is read."""

DOMAIN: Final = "renal_response"
EVERYONE: Final = "all treated"
Rows = Iterator[dict[str, Any]]
RENAL_CAUSES: Final[Mapping[int, str]] = {1: "renal progression", 2: "death before it"}


def paired_proteinuria(
    cohort: Cohort, evidence: tuple[Evidence, Evidence], hematologic: pd.DataFrame, renal: pd.DataFrame
) -> pd.DataFrame:
    """Proteinuria of the complete responders with significant proteinuria, before and at its best.

    Parameters
    ----------
    cohort : Cohort
    evidence : pair of Evidence
    hematologic, renal : DataFrame
        One row per patient: best hematologic response, and renal response by Gertz 2005.

    Returns
    -------
    DataFrame
        ``patient_id, before, after, fall, outcome``, proteinuria in g/24h, ``fall`` as a share. ``after``
        is the lowest value on this line of therapy while creatinine had not risen by 25 %, or of all where it
        always had. ``outcome`` is one of `OUTCOMES`: resolved (at most 0.2 g/24h), response of Gertz 2005, or
        neither.
    """
    follow_up, at_baseline = evidence
    now = follow_up.now.urine_protein
    rows = now.known & follow_up.before_next_line
    kept = rows & ~function_worse_2005(follow_up).surely
    lowest, best = (np.full(follow_up.n_patients, np.inf) for _ in range(2))
    np.minimum.at(lowest, follow_up.patient[rows], now.high[rows])
    np.minimum.at(best, follow_up.patient[kept], now.high[kept])
    best = np.where(np.isfinite(best), best, lowest)
    before = at_baseline.base.urine_protein.high
    frame = pd.DataFrame({"patient_id": cohort.patients["patient_id"], "before": before, "after": best})
    chosen = (hematologic["category"] == "CR").to_numpy() & (before > SIGNIFICANT_PROTEINURIA)
    improved = (renal["category"] == "response").to_numpy()
    frame["outcome"] = np.select([improved & (best <= RESOLVED), improved], OUTCOMES[:2], OUTCOMES[2])
    frame["fall"] = 1 - frame["after"] / frame["before"]
    result: pd.DataFrame = frame.loc[chosen & np.isfinite(best)].reset_index(drop=True)
    return result


def against_depth(crossed: pd.DataFrame, confidence: float) -> pd.DataFrame:
    """Organ response by depth of the hematologic response, with exact limits.

    Parameters
    ----------
    crossed : DataFrame
        Counts of patients: hematologic category (rows) by organ category (columns).
    confidence : float
        Level of the limits.

    Returns
    -------
    DataFrame
        ``label, count, n, estimate, lower, upper``: of the patients judged by both, those whose organ
        responded, for each hematologic category that occurs.
    """
    both = _judged_by_both(crossed)
    responded = both[[name for name in both if name in RESPONDING]].sum(axis=1)
    counts = pd.DataFrame({"count": responded, "n": both.sum(axis=1)}).astype(int)
    counts = counts.rename_axis("label").reset_index()
    if counts.empty:
        return counts.reindex(columns=["label", "count", "n", "estimate", "lower", "upper"])
    return counts.join(stats.proportion(counts["count"], counts["n"], confidence=confidence))


def _judged_by_both(crossed: pd.DataFrame) -> pd.DataFrame:
    """Without NE, and without a row or column of nobody."""
    both = crossed.rename(index=str, columns=str).drop(index="NE", columns="NE", errors="ignore")
    return both.loc[both.any(axis=1), both.any(axis=0)]


def depth_tiles(crossed: pd.DataFrame, rates: pd.DataFrame) -> pd.DataFrame:
    """Counts of `against_depth` as tiles, with each column's share written above it."""
    both = _judged_by_both(crossed).rename_axis("across").reset_index()
    counts = both.melt("across", var_name="up", value_name="n")
    said = {row.label: f"{row.count:,} of {row.n:,}" for row in records(rates)}
    tiles = counts[counts["n"] > 0].sort_values(["across", "up"], ignore_index=True)
    return tiles.assign(text=tiles["across"].map(said))


def renal_survival(study: Study, progression: pd.DataFrame) -> pd.DataFrame:
    """Time to renal progression with death competing, in the patients who can be judged.

    Returns
    -------
    DataFrame
        ``patient_id, months, cause``: 1 progression (eGFR or dialysis), 2 death, 0 neither.
    """
    judged = (progression["category"] != "NE").to_numpy()
    reached = progression["month"].fillna(np.inf).to_numpy(float)
    death = first_event(study.cohort, "death")
    first = np.minimum(reached, death)
    happened = np.isfinite(first)
    months = np.where(happened, first, study.last_months.to_numpy(float))
    cause = np.where(~happened, 0, np.where(reached <= death, 1, 2))
    frame = pd.DataFrame({"patient_id": study.patients, "months": months, "cause": cause})
    return frame[judged].reset_index(drop=True)


def creatinine_rises(study: Study) -> pd.DataFrame:
    """Highest creatinine against baseline, in percent: under an IMiD where one is given, else on this line.

    Returns
    -------
    DataFrame
        ``patient_id, base, highest, change, category``; creatinine in mg/dL. ``category`` says whether it
        rose by a quarter. Patients with a baseline and a value on treatment.
    """
    follow_up, at_baseline = study.evidence
    now = follow_up.now.creatinine
    rows = now.known & (follow_up.under_imid if study.imids else follow_up.before_next_line)
    highest = np.full(follow_up.n_patients, -np.inf)
    np.maximum.at(highest, follow_up.patient[rows], now.low[rows])
    base = at_baseline.base.creatinine.low
    frame = pd.DataFrame({"patient_id": study.patients, "base": base, "highest": highest})
    known: pd.DataFrame = frame.loc[np.isfinite(highest) & (base > 0)]
    change = (known["highest"] / known["base"] - 1) * 100
    risen = change >= CREATININE_RISE - 1e-7
    category = np.where(risen, "rise of 25% or more", "rise by less than 25%")
    return known.assign(change=change, category=category).reset_index(drop=True)


def renal_courses(visits: pd.DataFrame, renal: pd.DataFrame, value: str) -> pd.DataFrame:
    """Visits with a value of the patients whose renal response can be judged, with that response."""
    visits = visits[visits[value].notna()]
    response = dict(zip(renal["patient_id"], renal["category"], strict=True))
    ids = visits["patient_id"].astype(str)
    frame = visits.assign(patient_id=ids, response=ids.map(response).astype(str))
    return frame[frame["response"] != "NE"].reset_index(drop=True)


def kidney_failures(cohort: Cohort) -> int:
    """Patients who began dialysis or received a kidney after the first dose."""
    return int(np.isfinite(first_event(cohort, "dialysis", "kidney_transplant", after=0.0)).sum())


def progression_by_equation(cohort: Cohort) -> tuple[int, int, int]:
    """Renal progression by CKD-EPI 2009, by CKD-EPI 2021, and in how many it can be judged."""
    found = []
    for equation in ("ckd-epi-2009", "ckd-epi-2021"):
        evidence = gather_evidence(cohort, equation=equation)
        found.append(
            adjudicate(evidence, [("renal_progression", "palladini-2014")], with_reasons=False)["category"]
        )
    first, second = (int((part == "progression").sum()) for part in found)
    return first, second, int((found[0] != "NE").sum())


def in_common_words(judged: pd.DataFrame) -> pd.DataFrame:
    """Several renal definitions as one frame; the graded NR reads ``no response`` as in the others."""
    return judged.assign(category=judged["category"].replace({"NR": "no response"}))


def overall(rates: pd.DataFrame, criteria: str, denominator: str = "evaluable") -> Any:
    """Row of all renal responders together, by one definition."""
    part = rates[(rates["criteria"] == criteria) & (rates["denominator"] == denominator)]
    together = part["category"].eq("response") | part["category"].str.contains(" + ", regex=False)
    (row,) = records(part[together])
    return row


def listed(pairs: pd.DataFrame) -> pd.DataFrame:
    """Complete responders with proteinuria as text, largest fall first."""
    ordered = pairs.sort_values("fall", ascending=False, kind="stable")
    return pd.DataFrame(
        {
            "Patient": ordered["patient_id"],
            "Baseline, g/24h": [f"{value:.2f}" for value in ordered["before"]],
            "Best, g/24h": [f"{value:.2f}" for value in ordered["after"]],
            "Fall": [text.percent(float(value)) for value in ordered["fall"]],
            "Outcome": ordered["outcome"],
        }
    )


def decisions(study: Study, rates: pd.DataFrame, pairs: pd.DataFrame) -> pd.DataFrame:
    """Choices of this notebook, with what the alternatives give: ``choice, alternative, effect``."""
    lead = study.renal_criteria
    here = share(overall(rates, lead))
    rows = [("Rate of the evaluable", "Of all treated", becomes(here, share(overall(rates, lead, EVERYONE))))]
    rows += [
        (f"Definition: {label(lead)}", label(key), becomes(here, share(overall(rates, key))))
        for key in keys_of(DOMAIN)
        if key != lead
    ]
    first, second, judged = progression_by_equation(study.cohort)
    said = f"renal progression: {becomes(text.count(first, judged), text.count(second, judged))}"
    rows.append(("eGFR by CKD-EPI 2009", "CKD-EPI 2021", said))
    if len(pairs):
        half = text.count(int((pairs["outcome"] != OUTCOMES[2]).sum()), len(pairs))
        third = text.count(int((pairs["fall"] >= 0.3).sum()), len(pairs))
        choice = "Complete responders improved: proteinuria halved, creatinine stable"
        rows.append((choice, "Proteinuria down by 30%", becomes(half, third)))
    return pd.DataFrame(rows, columns=["choice", "alternative", "effect"])


# -- what the sentences name --------------------------------------------------------------------------------


def tell_proteinuria(study: Study, frame: pd.DataFrame) -> dict[str, Any]:
    """In how many renal response can be judged."""
    n = frame["patient_id"].nunique()
    return {"n": n, "results": counted("judged", "renal response can be judged", n, study.n) if n else ()}


def tell_egfr(study: Study, frame: pd.DataFrame) -> dict[str, Any]:
    """How many courses of eGFR there are."""
    return {"n": frame["patient_id"].nunique()}


def tell_definitions(study: Study, rates: pd.DataFrame) -> dict[str, Any]:
    """Renal responders of the evaluable by every definition."""
    numbers: list[dict[str, Any]] = []
    for key in keys_of(DOMAIN):
        row = overall(rates, key)
        numbers += counted(f"response.{key}", f"renal response, {key}, of evaluable", row.count, row.n)
        own = rates[(rates["criteria"] == key) & (rates["denominator"] == "evaluable")]
        for grade in records(own):
            id = str(grade.category).lower().replace(" + ", "_").replace(" ", "_")
            what = f"{key}: {grade.category}, of evaluable"
            numbers += counted(f"grade.{key}.{id}", what, grade.count, grade.n)
    every = [overall(rates, key) for key in keys_of(DOMAIN)]
    unknown = [row.criteria for row in every if not row.n]
    return {"rows": [row for row in every if row.n], "unknown": unknown, "results": numbers}


def tell_answer(study: Study, rates: pd.DataFrame) -> dict[str, Any]:
    """Renal responders by the page's own definition, and by the one that can judge most."""
    lead = study.renal_criteria
    most = max((overall(rates, key) for key in keys_of(DOMAIN)), key=lambda row: int(row.n))
    return {
        "row": overall(rates, lead),
        "all": overall(rates, lead, EVERYONE),
        "other": most if most.n else None,
    }


def tell_paired(study: Study, pairs: pd.DataFrame, outcomes: pd.Series, complete: int) -> dict[str, Any]:
    """What became of the proteinuria of the complete responders."""
    counts = [int(outcomes.get(name, 0)) for name in OUTCOMES]
    resolved = pairs[pairs["outcome"] == OUTCOMES[0]].sort_values("before")
    few = list(records(resolved)) if len(resolved) <= FEW_LISTED else []
    return {
        "n": len(pairs),
        "complete": complete,
        "without": complete - len(pairs),
        "counts": counts,
        "values": [f"{1000 * row.before:,.0f} to {1000 * row.after:,.0f} mg/24h" for row in few],
        "results": list(_paired_numbers(counts, few, len(pairs), complete)) if len(pairs) else (),
    }


def _paired_numbers(counts: list[int], resolved: list[Any], n: int, complete: int) -> Rows:
    quantity = "complete responders with significant proteinuria"
    yield result("cr.proteinuria", quantity, n, n, complete, unit="patients")
    for place, (name, count) in enumerate(zip(OUTCOMES, counts, strict=True), start=1):
        yield from counted(f"cr.outcome.{place}", f"proteinuria {name}", count, n)
    for place, row in enumerate(resolved, start=1):
        for when, value in (("before", row.before), ("after", row.after)):
            quantity = f"resolved proteinuria {place}: {when}, mg/24h"
            yield result(f"cr.resolved.{place}.{when}", quantity, 1000 * value, unit="mg/24h")


def tell_depth(study: Study, rates: pd.DataFrame) -> dict[str, Any]:
    """Renal responders by depth of the hematologic response."""
    numbers = [
        number
        for row in records(rates)
        for number in counted(
            f"depth.{row.label.lower()}", f"renal response among hematologic {row.label}", row.count, row.n
        )
    ]
    rows = list(records(rates))
    overlap = len(rows) > 1 and max(row.lower for row in rows) <= min(row.upper for row in rows)
    return {"rows": rows, "judged": sum(row.n for row in rows), "overlap": overlap, "results": numbers}


def tell_renal_survival(study: Study, times: pd.DataFrame, curve: pd.DataFrame) -> dict[str, Any]:
    """Renal progression with death competing, and who lost the kidneys."""
    counts = {words: int((times["cause"] == cause).sum()) for cause, words in RENAL_CAUSES.items()}
    progressed, lost = counts["renal progression"], kidney_failures(study.cohort)
    at = list(records(incidence_milestones(curve, MONTHS)))
    numbers = [
        *counted("progression", "renal progression (Palladini 2014)", progressed, len(times)),
        result("dialysis", "patients who began dialysis or received a kidney", lost, lost, unit="patients"),
        *(
            result(f"progression.{row.time:g}",
                   f"cumulative incidence of renal progression at month {row.time:g}, %",
                   100 * row.incidence, unit="%")
            for row in at
        ),
    ]  # fmt: skip
    return {
        "n": len(times),
        "counts": list(counts.items()),
        "progressed": progressed,
        "lost": lost,
        "at": at,
        "results": numbers if len(times) else (),
    }


def tell_creatinine(study: Study, rises: pd.DataFrame) -> dict[str, Any]:
    """How often creatinine rose by a quarter and by half."""
    if rises.empty:
        return {"n": 0}
    n, median = len(rises), float(rises["change"].median())
    quarter, half = (int((rises["change"] >= limit - 1e-7).sum()) for limit in (25, 50))
    during = "on " + " or ".join(study.imids) if study.imids else "on this treatment"
    numbers = [
        *counted("creatinine.quarter", f"creatinine up by 25% or more {during}", quarter, n),
        *counted("creatinine.half", f"creatinine up by 50% or more {during}", half, n),
        result("creatinine.median_rise", "median of the highest creatinine rise, %", median, unit="%"),
    ]
    return {"n": n, "quarter": quarter, "half": half, "median": median, "results": numbers}


def tell_results(
    study: Study, rates: pd.DataFrame, pairs: pd.DataFrame, outcomes: pd.Series, complete: int
) -> dict[str, Any]:
    """Renal response and the complete responders; their numbers are kept above."""
    return {**tell_answer(study, rates), **tell_paired(study, pairs, outcomes, complete), "results": ()}
