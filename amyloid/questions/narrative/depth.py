"""What notebook 02 says on depth: limits of the light chain, the largest fall, courses, reasons."""

from __future__ import annotations

import pandas as pd

from amyloid.questions.curves import records
from amyloid.questions.narrative.phrases import (
    counted,
    definition,
    exact,
    listed,
    number,
    share,
)
from amyloid.questions.narrative.reading import Number, Reading, counted_number, drawn


def depth(rates: pd.DataFrame, confidence: float) -> Reading:
    """Depth of the free light chain response by four published limits."""
    numbers: list[Number] = []
    for i, row in enumerate(records(rates)):
        numbers += counted_number(f"depth.{i + 1}", str(row.label), int(row.count), int(row.n))
    parts = [
        f"{row.label[:1].lower()}{row.label[1:]} in {share(int(row.count), int(row.n))}"
        for row in records(rates)
    ]
    text = (
        f"Four published limits of depth, kept apart because they are not the same patients: {listed(parts)}."
    )
    return Reading(
        "depth",
        "Depth of the light chain response",
        f"Of the patients with light chains after baseline; {exact(confidence)}.",
        text,
        tuple(numbers),
        options={"interval": exact(confidence)},
    )


@drawn(thresholds={-50: "fall of 50%"})
def waterfall(frame: pd.DataFrame, criteria: str) -> Reading:
    """Largest fall of dFLC."""
    title = "Largest change of dFLC on this treatment"
    caption = (
        f"{counted(len(frame), 'patient')} with a positive baseline dFLC and a later value; bars shaded by "
        f"best response "
        f"({definition(criteria)})."
    )
    if frame.empty:
        return Reading(
            "waterfall",
            title,
            caption,
            "Nobody has free light chains before and after, so no change can be shown.",
        )
    half = int((frame["change"] < -50).sum())
    text = (
        f"dFLC fell by more than half in {share(half, len(frame))}; the median of the largest changes "
        f"is {number(float(frame['change'].median()), 0)}%."
    )
    numbers = (
        *counted_number("dflc.fell_by_half", "dFLC fell by more than 50%", half, len(frame)),
        Number(
            "dflc.median_change", "median of the largest change of dFLC, %", float(frame["change"].median())
        ),
    )
    return Reading("waterfall", title, caption, text, numbers)


@drawn(y_label="dFLC (mg/L)", panel_by="category", floor=1.0, lines=[(40, "40"), (10, "10")])
def courses(frame: pd.DataFrame) -> Reading:
    """Individual dFLC courses."""
    patients = frame["patient_id"].nunique()
    caption = (
        f"{counted(patients, 'patient')}, one line each, by best response. Lines: dFLC of 40 mg/L "
        f"(VGPR) and 10 mg/L (deep response). Values at or below 1 mg/L are drawn at 1."
    )
    text = (
        "A line that crosses 40 mg/L and comes back is a response that was lost; best response alone does "
        "not show that."
        if patients
        else "There are no light chain courses to show."
    )
    return Reading("courses", "dFLC of each patient over time", caption, text)


EVERY_REASON = "Notebook 01 writes everybody's categories and reasons to categories.csv."
REASONS = {"patient_id": "Patient", "category": "Category", "reason": "Reason"}


@drawn(labels=REASONS, rest=EVERY_REASON)
def reasons(categories: pd.DataFrame) -> Reading:
    """Why each patient got the category."""
    criteria = str(categories["criteria"].iloc[0])
    text = (
        "Each reason names the rule's values, the month and what could not be decided. `book.why(\"an "
        'id")` shows every criterion for one patient.'
    )
    return Reading(
        "reasons",
        f"Why each patient got the category ({definition(criteria)})",
        f"{counted(len(categories), 'patient')}.",
        text,
    )


def why_table(categories: pd.DataFrame) -> pd.DataFrame:
    """Category and reason of each patient."""
    return categories[["patient_id", "category", "reason"]]


@drawn(groups="domain", stub="criteria")
def one_patient(patient: str) -> Reading:
    """Head of the table of one patient."""
    return Reading(
        "one_patient",
        f"Every criterion of patient {patient}",
        "Another id in `book.why` shows another patient.",
    )
