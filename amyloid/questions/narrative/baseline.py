"""What notebook 04 says on stages and baseline covariates."""

from __future__ import annotations

import pandas as pd

from amyloid.questions.comparison import logrank_p
from amyloid.questions.curves import medians, records
from amyloid.questions.description import STAGES
from amyloid.questions.narrative.phrases import (
    FEW,
    P_VALUE_EVENTS,
    hazard_ratio,
    level,
    listed,
    months,
    p_value,
)
from amyloid.questions.narrative.reading import Number, Reading, drawn
from amyloid.questions.narrative.responders import forest_rows

MANY_DEATHS = 1000
"""With so many deaths a test of proportional hazards finds what no reader would see."""


@drawn(few=1)
def by_stage(curve: pd.DataFrame, staged: pd.DataFrame, system: tuple[str, str]) -> Reading:
    """Survival by stage."""
    title = f"Survival by {STAGES[system][:1].lower()}{STAGES[system][1:]}"
    found, p = medians(curve), logrank_p(staged, "stage")
    n, known = len(staged), int(staged["stage"].notna().sum())
    deaths_ = int(staged[staged["stage"].notna()]["event"].sum())
    caption = (
        f"{known:,} of {n:,} patients can be staged. Kaplan-Meier; the limits stand in the table, "
        f"because overlapping bands cannot be read."
    )
    if curve.empty:
        return Reading(
            "stage",
            title,
            caption,
            "No patient can be staged from the baseline values, so there is no curve by stage.",
        )
    parts = [f"stage {row.group} {months(float(row.median))}" for row in records(found)]
    text = f"Median survival: {listed(parts)}. " + (
        f"Log-rank over the stages: {p_value(p, deaths_)}."
        if len(parts) > 1
        else "With one stage there is nothing to compare."
    )
    numbers = [
        Number(
            f"os.stage.{row.group}.median", f"median survival, stage {row.group}, months", float(row.median)
        )
        for row in records(found)
    ]
    if deaths_ >= P_VALUE_EVENTS:
        numbers.append(Number("os.stage.p", "log-rank over the stages, p", p))
    return Reading("stage", title, caption, text, tuple(numbers))


def stage_table(curve: pd.DataFrame, confidence: float) -> Reading:
    """Head of the table of survival by stage."""
    return Reading(
        "stage_table",
        "Survival by stage at fixed months",
        f"Kaplan-Meier, {level(confidence)} on the log-log scale. The stages were made for patients at "
        f"diagnosis.",
        options={"medians": medians(curve), "few": FEW, "interval": f"{level(confidence)}, log-log"},
    )


def log_log(curve: pd.DataFrame) -> Reading:
    """Log-log curves by cardiac involvement."""
    groups = curve["group"].nunique()
    text = (
        "Parallel lines speak for proportional hazards; crossing lines against them."
        if groups > 1
        else "There are no two groups by cardiac involvement, so there is nothing to compare."
    )
    return Reading(
        "log_log",
        "Are the hazards proportional? By cardiac involvement",
        "Log of minus log survival against the log of time.",
        text,
    )


@drawn(x_label="Hazard ratio of death (log scale)", log=True, reference=1.0)
def covariates(frame: pd.DataFrame, confidence: float) -> Reading:
    """Baseline covariates one at a time, and whether their hazards are proportional."""
    parts = []
    numbers: list[Number] = []
    for i, row in enumerate(records(frame)):
        words = str(row.note) if row.note else hazard_ratio(row, confidence)
        parts.append(f"{str(row.label)[:1].lower()}{str(row.label)[1:]}: {words}")
        numbers.append(
            Number(
                f"covariate.{i + 1}.hr",
                f"hazard ratio, {row.label}",
                float(row.hazard_ratio),
                int(row.events),
                int(row.n),
            )
        )
        if row.events >= P_VALUE_EVENTS:
            numbers.append(
                Number(
                    f"covariate.{i + 1}.p_proportional",
                    f"test of proportional hazards, {row.label}, p",
                    float(row.p_proportional),
                )
            )
    tested = [
        row
        for row in records(frame)
        if row.p_proportional == row.p_proportional and row.events >= P_VALUE_EVENTS
    ]
    odd = [f"{str(row.label)[:1].lower()}{str(row.label)[1:]}" for row in tested if row.p_proportional < 0.05]
    text = "One at a time, not adjusted for each other: " + "; ".join(parts) + ". "
    if tested:
        text += (
            f"Proportional hazards (score test of Grambsch and Therneau) "
            f"{'are in doubt for ' + listed(odd) if odd else 'are not contradicted'}; "
            + (
                "with few deaths the test sees little."
                if max(row.events for row in tested) < MANY_DEATHS
                else "with so many deaths it also sees departures that do not matter."
            )
        )
    caption = (
        f"Cox regression (Efron ties), each covariate alone, Wald {level(confidence)}; p of "
        f"proportionality left out below {P_VALUE_EVENTS} events."
    )
    return Reading("covariates", "Baseline covariates and survival", caption, text, tuple(numbers))


def covariate_rows(frame: pd.DataFrame) -> pd.DataFrame:
    """Covariates as `amyloid.show.plots.forest` draws them, with the p of proportionality at the right."""
    rows = forest_rows(frame)
    words = []
    for row in records(frame):
        known = row.events >= P_VALUE_EVENTS and row.p_proportional == row.p_proportional
        words.append(
            row.note
            or f"{row.events:,} of {row.n:,} died"
            + (f"; proportional {p_value(float(row.p_proportional), int(row.events))}" if known else "")
        )
    return rows.assign(text=words, marked=False)
