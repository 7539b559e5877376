"""What notebook 01 says: who was treated, and what can be judged in whom."""

from __future__ import annotations

import pandas as pd

from amyloid.cohort import Cohort
from amyloid.questions.curves import records
from amyloid.questions.description import (
    FLOW_REASONS,
    ORGAN_NAMES,
    STAGES,
    by_values,
    lenalidomide_doses,
    organ_counts,
    untreated,
)
from amyloid.questions.narrative.opening import followed
from amyloid.questions.narrative.phrases import counted, definition, exact, listed, number, share, span
from amyloid.questions.narrative.reading import Number, Reading, counted_number, drawn


def flow(boxes: pd.DataFrame, cohort: Cohort, criteria: str) -> Reading:
    """From enrolled to evaluable."""
    main = boxes[boxes["kind"] == "main"].set_index("text")["n"]
    reasons = boxes[boxes["kind"] == "reason"].set_index("text")["n"]
    n, evaluable = int(main["Patients treated"]), int(main.iloc[-1])
    lost = n - evaluable
    why = "; ".join(f"{text}, {count:,}" for text, count in reasons.items() if count)
    text = f"**{share(evaluable, n)} can be judged for hematologic response** by {definition(criteria)}. "
    text += f"The other {lost:,} leave for these reasons: {why}." if lost else "Nobody is left out."
    numbers = [Number("patients", "patients analyzed", n, n, n, claim="C01")]
    groups = cohort.patients["group"].astype("string").str.lower()
    for group, words, claim in (
        ("original", "in the original series", "C02"),
        ("extension", "added since", "C03"),
    ):
        count = int((groups == group).sum())
        numbers.append(Number(f"group.{group}", f"patients {words}", count, count, n, claim))
    numbers.append(Number("evaluable", "evaluable for hematologic response", evaluable, evaluable, n))
    numbers += [Number(f"left_out.{i + 1}", f"left out: {t}", int(reasons[t]), int(reasons[t]), n)
                for i, t in enumerate(FLOW_REASONS)]  # fmt: skip
    caption = (
        f"All {counted(n, 'patient')} are counted once. Reasons are found by the rules from dates and "
        f"values, in the "
        f"order shown; boxes with nobody in them are kept. Criteria: {definition(criteria)}."
    )
    return Reading("flow", "From enrolled to evaluable", caption, text, tuple(numbers))


def table_one(cohort: Cohort) -> Reading:
    """Table 1 in one sentence."""
    patients, n = cohort.patients, len(cohort.patients)
    age = patients["age"].dropna()
    male, lambda_ = int((patients["sex"] == "male").sum()), int((patients["light_chain"] == "lambda").sum())
    sex_known, chain_known = int(patients["sex"].notna().sum()), int(patients["light_chain"].notna().sum())
    ages = (
        f"The median age is {age.median():.0f} years ({span(list(age))})"
        if len(age)
        else "No age is recorded"
    )
    text = (
        f"{ages}; {share(male, sex_known)} are male; {share(lambda_, chain_known)} have the lambda isotype."
    )
    numbers = [
        Number("age.median", "median age, years", float(age.median()), claim="C05"),
        Number("age.youngest", "youngest patient, years", float(age.min()), claim="C06"),
        Number("age.oldest", "oldest patient, years", float(age.max()), claim="C07"),
        *counted_number("male", "male", male, sex_known, percent_claim="C08"),
        *counted_number("lambda", "lambda isotype", lambda_, chain_known, percent_claim="C09"),
    ]
    caption = f"{counted(n, 'patient')}; no p-values: the groups were not drawn to be compared."
    return Reading("table_one", "Who the patients were", caption, text, tuple(numbers))


@drawn(names=ORGAN_NAMES)
def organs(cohort: Cohort, involvement: pd.DataFrame) -> Reading:
    """Recorded organ involvement, and what the values say."""
    counts = organ_counts(cohort).dropna()
    several, heart = int((counts >= 2).sum()), cohort.patients["heart"].dropna()
    known = len(counts)
    if not known:
        text = "No organ involvement is recorded in this cohort."
    else:
        text = (
            f"{share(several, known)} have two or more organ systems involved, "
            f"{share(int(heart.sum()), len(heart))} the heart. " + _by_values(involvement)
        )
    numbers = [
        *counted_number("organs.several", "two or more organ systems", several, known, percent_claim="C10"),
        *counted_number("organs.heart", "heart involved", int(heart.sum()), len(heart), percent_claim="C11"),
    ]
    for organ, name in ORGAN_NAMES.items():
        if organ != "heart":
            flags = cohort.patients[organ].dropna()
            numbers += counted_number(f"organs.{organ}", f"{name} involved", int(flags.sum()), len(flags))
    caption = (
        "Involvement as recorded in the patients table, of those with every organ recorded. Multi-organ "
        "means two "
        "or more systems."
    )
    return Reading("organs", "Which organs are involved together", caption, text, tuple(numbers))


def _by_values(involvement: pd.DataFrame) -> str:
    parts = [
        f"{row.organ} yes in {row.yes:,}, no in {row.no:,}, not decidable in {row.undecided:,}"
        for row in records(by_values(involvement))
    ]
    return f"Read from the values by consensus 2010: {'; '.join(parts)}."


@drawn(corner="System")
def stages(counts: pd.DataFrame) -> Reading:
    """Every staging system that the data allow."""
    n = int(counts.iloc[0].sum())
    parts: list[str] = []
    numbers: list[Number] = []
    for (domain, key), name in STAGES.items():
        row = counts.loc[name]
        staged = n - int(row["NE"])
        numbers += counted_number(f"stage.{domain}.{key}", f"{name}: can be staged", staged, n)
        parts.append(f"{name[:1].lower()}{name[1:]} in {share(staged, n)}")
    caption = (
        "A missing component leaves a patient not evaluable (NE). All systems were derived at diagnosis; "
        "here they "
        "describe the cohort at its first dose."
    )
    return Reading(
        "stages", "Stages at the first dose", caption, f"Stages can be read: {listed(parts)}.", tuple(numbers)
    )


def prior_therapy(cohort: Cohort, rates: pd.DataFrame, confidence: float) -> Reading:
    """Earlier therapy."""
    claims = {
        "Melphalan-based": "C12",
        "High-dose melphalan and transplant": "C13",
        "Thalidomide": "C14",
        "Bortezomib": "C15",
    }
    numbers: list[Number] = []
    for i, row in enumerate(records(rates)):
        numbers += counted_number(f"prior.{i + 1}", f"earlier therapy: {row.label}", row.count, row.n,
                                  percent_claim=claims.get(str(row.label)))  # fmt: skip
    none = untreated(cohort).dropna()
    count = int(none.sum())
    numbers += counted_number("prior.none", "no earlier therapy", count, len(none), percent_claim="C16")
    most = rates.sort_values("count", ascending=False, kind="stable").iloc[0]
    text = (
        f"{share(int(most['count']), int(most['n']))} had {str(most['label']).lower()} therapy before; "
        f"{share(count, len(none))} had none."
        if len(none)
        else "No earlier therapy is recorded in this cohort."
    )
    options = {"interval": exact(confidence)}
    caption = "Of the patients with an answer."
    return Reading("prior_therapy", "Earlier therapy", caption, text, tuple(numbers), options=options)


def methods(criteria: str) -> str:
    """Methods paragraph, from the parameters that were used."""
    return (
        "**Methods.** Time zero is the first dose of lenalidomide; months are days / 30.4375. Baseline is "
        "the last value "
        "within three months before the first dose. "
        f"Organ involvement is as recorded. Hematologic response follows {definition(criteria)}; who lacks a "
        "measurable item or a later sample is not evaluable, and the reason is kept. Follow-up is reported "
        "as the "
        "median of the observed times and by reverse Kaplan-Meier (Schemper and Smith 1996). "
        "Percentages are of the patients with an answer."
    )


def results(
    cohort: Cohort,
    boxes: pd.DataFrame,
    tolerated: pd.DataFrame,
    follow_up_rows: pd.DataFrame,
    confidence: float,
) -> str:
    """Results paragraph, from the same numbers."""
    patients, n = cohort.patients, len(cohort.patients)
    age, main = patients["age"].dropna(), boxes[boxes["kind"] == "main"]
    sex, heart = patients["sex"].dropna(), patients["heart"].dropna()
    parts = [f"**Results.** {counted(n, 'patient')} were treated"]
    parts.append(
        f"; median age {number(float(age.median()), 0)} years ({span(list(age))})" if len(age) else ""
    )
    parts.append(f", {share(int((sex == 'male').sum()), len(sex))} male" if len(sex) else "")
    parts.append(f", heart involved in {share(int(heart.sum()), len(heart))}" if len(heart) else "")
    parts.append(f". {share(int(main['n'].iloc[-1]), n)} were evaluable for hematologic response. ")
    if len(tolerated):
        parts.append(
            f"The median tolerated lenalidomide dose was {tolerated['tolerated'].median():g} mg/day. "
        )
    return "".join(parts) + followed(follow_up_rows, confidence)


def decisions(
    cohort: Cohort, tolerated: pd.DataFrame, follow_up_rows: pd.DataFrame, boxes: pd.DataFrame
) -> list[tuple[str, str, str]]:
    """Choices of this notebook, with what the alternatives give."""
    observed = float(follow_up_rows["months"].median())
    alive = follow_up_rows[follow_up_rows["event"] == 1]["months"]
    counts, n = organ_counts(cohort).dropna(), len(cohort.patients)
    rows = [
        (
            "Median follow-up of everybody, deaths included, beside reverse Kaplan-Meier",
            "Median of the living only",
            f"{observed:.1f} months becomes {alive.median():.1f}" if len(alive) else "nobody is alive",
        ),
        (
            "Multi-organ: two or more recorded organ systems",
            "Three or more",
            f"{share(int((counts >= 2).sum()), len(counts))} becomes "
            f"{share(int((counts >= 3).sum()), len(counts))}",
        ),
        (
            "Evaluable: something measurable, and a sample on treatment",
            "Everybody treated",
            f"denominator {int(boxes[boxes['kind'] == 'main']['n'].iloc[-1]):,} becomes {n:,}",
        ),
    ]
    if len(tolerated):
        last = lenalidomide_doses(cohort).groupby("patient_id", observed=True)["dose_mg"].last()
        rows.append(
            (
                "Tolerated dose: held longest once the first dose was changed",
                "The last dose given",
                f"median {tolerated['tolerated'].median():g} mg becomes {last.median():g} mg",
            )
        )
    return rows
