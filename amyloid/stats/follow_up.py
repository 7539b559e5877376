"""Median follow-up by the reverse Kaplan-Meier method."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import numpy as np
import pandas as pd

from amyloid.stats import checks
from amyloid.stats.checks import Values
from amyloid.stats.risk import RiskTable, subjects
from amyloid.stats.survival import curve_columns, join, median_survival

CONVENTIONS: Final = ("flip", "deaths-first")


def median_follow_up(
    durations: Values,
    events: Values,
    groups: Values | None = None,
    *,
    convention: str = "flip",
    confidence: float = 0.95,
    interval: str = "log-log",
) -> pd.DataFrame:
    """Median follow-up by the reverse Kaplan-Meier method (Schemper and Smith 1996, Control Clin Trials
    17:343).

    Censoring is the event of interest and death censors it. Where a death and a censoring share a time,
    `flip` exchanges the codes (who died is still at risk of being censored then; `survfit(Surv(t, 1 - e))` in
    R), and `deaths-first` lets the deaths leave first (R's prodlim).

    Parameters
    ----------
    durations, events : arrays, shape (n,)
        As for `kaplan_meier`: 1 is the event (death), 0 is censored.
    groups : array, shape (n,), optional
        One median per value.
    convention : {"flip", "deaths-first"}
        What a death and a censoring at the same time mean.
    confidence, interval
        As for `kaplan_meier`.

    Returns
    -------
    DataFrame
        median, lower, upper in the unit of the durations, NaN not reached; with groups, group comes first.
        `attrs` names the convention, the interval and the confidence.

    Raises
    ------
    ValueError
        As `kaplan_meier`.
    """
    curve = reverse_kaplan_meier(durations, events, groups, convention, confidence, interval)
    result = median_survival(curve)
    return result.drop(columns="group") if groups is None else result


def reverse_kaplan_meier(
    durations: Values,
    events: Values,
    groups: Values | None = None,
    convention: str = "flip",
    confidence: float = 0.95,
    interval: str = "log-log",
) -> pd.DataFrame:
    """Curve of remaining under observation, behind `median_follow_up`: parameters there, columns as
    `kaplan_meier`.
    """
    checks.choice(convention, CONVENTIONS, "convention")
    checks.choice(interval, checks.INTERVALS, "interval")
    z = checks.normal_quantile(confidence)
    curve = join(
        (level, curve_columns(table, z, interval))
        for level, table in _reversed(durations, events, groups, convention)
    )
    curve.attrs.update(convention=convention, interval=interval, confidence=confidence)
    return curve


def _reversed(
    durations: Values, events: Values, groups: Values | None, convention: str
) -> Iterable[tuple[Any, RiskTable]]:
    for level, table in subjects(durations, events, groups, None).tables():
        gone = table.events if convention == "deaths-first" else 0.0
        left = table.at_risk - gone
        at_risk = np.where(
            left > 0, left, table.at_risk
        )  # when all die at once the order makes no difference
        yield level, RiskTable(table.time, at_risk, table.censored, table.events)
