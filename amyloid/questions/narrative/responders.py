"""What notebook 04 says on responders against others: the wrong comparison and the two right ones."""

from __future__ import annotations

import math

import pandas as pd

from amyloid.questions.curves import records
from amyloid.questions.narrative.phrases import (
    FEW,
    P_VALUE_EVENTS,
    hazard_ratio,
    level,
    number,
    p_value,
)
from amyloid.questions.narrative.reading import Number, Reading, counted_number, drawn


@drawn(few=FEW, left_title="Wrong: from the first dose", right_title="Landmark")
def naive_and_landmark(frame: pd.DataFrame, later: pd.DataFrame, landmark: float) -> Reading:
    """The wrong curves beside the right ones."""
    ever, entered = frame["group"].value_counts(), later["group"].value_counts()
    early = int((frame["months"] <= landmark).sum())
    early_deaths = int(((frame["months"] <= landmark) & (frame["event"] == 1)).sum())
    caption = (
        f"Left: grouped by whether a patient ever responded ({ever.get('response', 0):,} of {len(frame):,}), "
        f"time from the first dose. Right: patients followed "
        f"past month {landmark:g} ({len(later):,}), grouped by response until then "
        f"({entered.get('response', 0):,}), time from the landmark. Kaplan-Meier, log-log limits."
    )
    late = int(ever.get("response", 0)) - int((frame["response_month"] <= landmark).sum())
    text = (
        "**The left panel is wrong.** A responder has to live long enough to respond: that stretch of "
        "certain survival is credited to the response "
        f"(immortal time), and everybody who dies early is put into the other group. The right panel "
        f"starts the clock at month {landmark:g}: "
        f"{early:,} {'patient' if early == 1 else 'patients'} who died ({early_deaths:,}) or left by then "
        f"are out, and {late:,} who responded later "
        f"{'counts' if late == 1 else 'count'} as without response."
    )
    numbers = (
        *counted_number("response.ever", "ever responded", int(ever.get("response", 0)), len(frame)),
        *counted_number(
            "landmark.responders",
            f"responded by month {landmark:g}, of those followed past it",
            int(entered.get("response", 0)),
            len(later),
        ),
    )
    return Reading(
        "landmark",
        "Responders against others: wrong from day 0, right from the landmark",
        caption,
        text,
        numbers,
    )


@drawn(stub="label")
def hazards(frame: pd.DataFrame, confidence: float) -> Reading:
    """Naive, landmark and time-dependent hazard ratios."""
    parts, numbers = [], []
    for name, row in zip(("naive", "landmark", "time_dependent"), records(frame), strict=True):
        words = (
            str(row.note)
            if row.note
            else f"{hazard_ratio(row, confidence)}, {p_value(float(row.p), int(row.events))}"
        )
        parts.append(f"{name.replace('_', '-')}: {words}")
        numbers += [
            Number(
                f"response.{name}.hr",
                f"hazard ratio of death, responders over others, {name.replace('_', '-')}",
                float(row.hazard_ratio),
                int(row.events),
                int(row.n),
            ),
            Number(f"response.{name}.hr.lower", "its lower limit", float(row.lower)),
            Number(f"response.{name}.hr.upper", "its upper limit", float(row.upper)),
        ]
        if row.events >= P_VALUE_EVENTS:
            numbers.append(
                Number(f"response.{name}.p", "its p-value (log-rank or Mantel-Byar)", float(row.p))
            )
    text = f"{'; '.join(parts)[:1].upper()}{'; '.join(parts)[1:]}. " + _difference(frame)
    caption = (
        f"Cox regression (Efron ties), Wald {level(confidence)}. p: log-rank, and Mantel-Byar for "
        f"the time-dependent row; left out below {P_VALUE_EVENTS} events."
    )
    return Reading(
        "hazards", "Hazard of death, responders over others, three ways", caption, text, tuple(numbers)
    )


def _difference(frame: pd.DataFrame) -> str:
    naive, last = float(frame["hazard_ratio"].iloc[0]), float(frame["hazard_ratio"].iloc[-1])
    if not (0 < naive < math.inf and 0 < last < math.inf):
        return "Where a ratio is missing, the reason stands in its place."
    if naive < last:
        return (
            f"The naive ratio of {number(naive, 2)} becomes {number(last, 2)} once a responder counts as "
            f"one only from the response on: that difference is "
            "immortal time, not treatment effect. Association is not cause: who responds may be who would "
            "have lived longer."
        )
    return (
        "Here the naive ratio is not the smaller one, which happens by chance in small cohorts; it is "
        "still the wrong one."
    )


def hazard_table(frame: pd.DataFrame, confidence: float) -> pd.DataFrame:
    """Three comparisons as text: ``label``, deaths, ratio with limits, p-value."""
    rows = []
    for row in records(frame):
        ratio = str(row.note) if row.note else hazard_ratio(row, confidence)
        p = "" if row.note else p_value(float(row.p), int(row.events))
        deaths = f"{row.events:,} of {row.n:,}"
        rows.append({"label": row.label, "Deaths": deaths, "Result": ratio, "Test": p})
    return pd.DataFrame(rows)


@drawn(
    x_label="Hazard ratio of death (log scale)",
    log=True,
    reference=1.0,
    sides=("responders live longer", "others live longer"),
)
def forest() -> Reading:
    """Head of the forest of the three comparisons."""
    return Reading(
        "forest",
        "Responders against others: the naive ratio and the two that hold",
        "Filled squares: the analyses that may be used. Ratios below one: fewer deaths among responders.",
    )


def forest_rows(frame: pd.DataFrame) -> pd.DataFrame:
    """Hazard ratios as `amyloid.show.plots.forest` draws them; a ratio without an end is not drawn."""
    rows = frame.rename(columns={"hazard_ratio": "estimate"})[
        ["label", "estimate", "lower", "upper", "events", "note"]
    ].copy()
    unbounded = ~rows["estimate"].between(1e-6, 1e6)
    rows.loc[unbounded, ["estimate", "lower", "upper"]] = math.nan
    rows["text"] = [
        note or f"{events:,} deaths" for note, events in zip(rows["note"], rows["events"], strict=True)
    ]
    rows["marked"] = [False, True, True][: len(rows)] + [False] * max(0, len(rows) - 3)
    return rows.drop(columns=["events", "note"])
