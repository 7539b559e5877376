"""Restricted mean survival time: the area under a Kaplan-Meier curve up to tau, and contrasts of it."""

from __future__ import annotations

import math
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from amyloid.stats import checks
from amyloid.stats.checks import Values
from amyloid.stats.risk import RiskTable, subjects


def restricted_mean(
    durations: Values,
    events: Values,
    tau: float,
    groups: Values | None = None,
    *,
    confidence: float = 0.95,
    extend: bool = False,
) -> pd.DataFrame:
    """Mean survival time up to tau in each group.

    The area under the Kaplan-Meier curve from 0 to tau; its variance is the sum over event times of the
    squared area still ahead times d / (n (n - d)) (Irwin 1949; Klein and Moeschberger 2003, sec. 4.5).

    Parameters
    ----------
    durations, events, groups : arrays, shape (n,)
        As for `kaplan_meier`.
    tau : float
        Horizon, in the unit of the durations.
    confidence : float
        Level of the limits, which are normal and not cut at 0 or tau.
    extend : bool
        Carry a curve that ends above 0 before tau on, flat, to tau. Without it such a tau is refused.

    Returns
    -------
    DataFrame
        group, mean, se, lower, upper in the unit of the durations.

    Raises
    ------
    ValueError
        As `kaplan_meier`; tau not above 0, or past the follow-up of a group whose curve is not 0 by then.
    """
    z = checks.normal_quantile(confidence)
    if not 0 < tau <= checks.LARGEST:
        raise ValueError(f"tau must be a time above 0, not {tau:g}")
    rows = []
    for level, table in subjects(durations, events, groups, None).tables():
        mean, variance, last = _area(table, tau)
        if last > 0 and not extend and tau > table.time[-1] * (1 + checks.ROUNDING):
            raise ValueError(
                f"tau {tau:g} is past the last time of group {level} ({table.time[-1]:g}), "
                f"where survival is {last:.3f}; choose an earlier tau, "
                f"or extend=True to carry the curve on flat from {table.time[-1]:g}"
            )
        se = math.sqrt(variance)
        rows.append((level, mean, se, mean - z * se, mean + z * se))
    result = pd.DataFrame(rows, columns=["group", "mean", "se", "lower", "upper"])
    result.attrs.update(tau=tau, confidence=confidence)
    return result


def _area(table: RiskTable, tau: float) -> tuple[float, float, float]:
    """Area to tau, its variance, and survival at tau."""
    before = table.time < tau
    at_risk, events = table.at_risk[before], table.events[before]
    survival = np.cumprod(np.append(1.0, 1 - events / at_risk))
    pieces = survival * np.diff(table.time[before], prepend=0.0, append=tau)
    ahead = np.cumsum(pieces[::-1])[::-1][1:]  # area from each time on
    spared = at_risk - events
    weight = np.divide(events, at_risk * spared, out=np.zeros_like(events), where=spared > 0)
    return float(pieces.sum()), float((ahead**2 * weight).sum()), float(survival[-1])


def restricted_mean_difference(means: pd.DataFrame, *, measure: str = "difference") -> pd.DataFrame:
    """Contrast the restricted means of every two groups.

    Parameters
    ----------
    means : DataFrame
        From `restricted_mean` with groups.
    measure : {"difference", "ratio"}
        First minus second, or first over second (standard error and test on the logarithm, delta method).

    Returns
    -------
    DataFrame
        a, b, estimate, se, lower, upper, p: one row per pair of groups; for a ratio se is that of the
        logarithm.

    Raises
    ------
    ValueError
        An unknown measure; a ratio where the mean of a group is 0.
    """
    checks.choice(measure, ("difference", "ratio"), "measure")
    zero = means["group"][means["mean"] == 0]
    if measure == "ratio" and len(zero):
        raise ValueError(f"the restricted mean of group {zero.iloc[0]} is 0, so there is no ratio")
    z = checks.normal_quantile(means.attrs["confidence"])
    contrast = _difference if measure == "difference" else _ratio
    rows = [contrast(a, b, z) for a, b in combinations(means.itertuples(index=False), 2)]
    result = pd.DataFrame(rows, columns=["a", "b", "estimate", "se", "lower", "upper", "p"])
    result.attrs = {**means.attrs, "measure": measure}
    return result


def _difference(a: Any, b: Any, z: float) -> tuple[Any, ...]:
    estimate, se = a.mean - b.mean, math.hypot(a.se, b.se)
    return (
        a.group,
        b.group,
        estimate,
        se,
        estimate - z * se,
        estimate + z * se,
        checks.two_sided(estimate, se),
    )


def _ratio(a: Any, b: Any, z: float) -> tuple[Any, ...]:
    log, se = math.log(a.mean / b.mean), math.hypot(a.se / a.mean, b.se / b.mean)
    lower, upper = math.exp(log - z * se), math.exp(log + z * se)
    return a.group, b.group, math.exp(log), se, lower, upper, checks.two_sided(log, se)
