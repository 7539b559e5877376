"""The head of every notebook: whose data, how many patients, followed for how long."""

from __future__ import annotations

import pandas as pd

from amyloid import stats
from amyloid.cohort import Cohort
from amyloid.questions.description import group_sizes
from amyloid.questions.narrative.phrases import counted, limits, listed, months, plain

SYNTHETIC = (
    "**Synthetic, built from published aggregates, not patient data.** "
    "That a number agrees with the abstract tests the code, not the medicine."
)
REAL = (
    "**Patient data.** This page shows single patients and small counts. It stays in the building; "
    "`amyloid share` makes the version that may leave."
)


def whose_data(cohort: Cohort) -> str:
    """Stamp of the page with the cohort's title and source, and what reading the files changed."""
    card = cohort.card
    lines = [
        SYNTHETIC if card.synthetic else REAL,
        f"Cohort: {plain(card.title)}. Source: {plain(card.source)}.",
    ]
    if cohort.notes:
        lines.append("On reading: " + " ".join(plain(note) for note in cohort.notes[:8]))
    if len(cohort.notes) > 8:
        lines.append(f"{len(cohort.notes) - 8} more such notes are printed by `amyloid check`.")
    return "\n>\n".join(f"> {line}" for line in lines)


def who(cohort: Cohort, follow_up: pd.DataFrame, confidence: float) -> str:
    """Patients by group, and the median follow-up both ways."""
    groups = group_sizes(cohort)
    parts = (
        f", {listed(f'{n:,} {plain(name).lower()}' for name, n in groups.items())}"
        if 1 < len(groups) < 6
        else ""
    )
    return f"**{counted(len(cohort.patients), 'patient')}**{parts}. {followed(follow_up, confidence)}"


def followed(follow_up: pd.DataFrame, confidence: float) -> str:
    """Sentence on the median follow-up: observed times, and reverse Kaplan-Meier."""
    if follow_up.empty:
        return "Nobody's follow-up is recorded."
    observed = float(follow_up["months"].median())
    reverse = reverse_median(follow_up, confidence)
    return (
        f"Median follow-up: {months(observed)} observed (deaths included), {months(reverse['median'])} by "
        f"reverse "
        f"Kaplan-Meier ({limits(reverse['lower'], reverse['upper'], confidence)}, log-log)."
    )


def reverse_median(follow_up: pd.DataFrame, confidence: float) -> pd.Series:
    """Reverse Kaplan-Meier median of the follow-up endpoint, in which ``event`` is 1 for the living."""
    return stats.median_follow_up(follow_up["months"], 1 - follow_up["event"], confidence=confidence).iloc[0]
