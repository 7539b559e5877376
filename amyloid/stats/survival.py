"""Kaplan-Meier curves, survival at milestones, medians, also of follow-up, and restricted means."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from typing import Any, Final

import numpy as np
import pandas as pd

from amyloid.stats import checks
from amyloid.stats.checks import Floats, Values
from amyloid.stats.risk import RiskTable, subjects

CURVE: Final = ("group", "time", "at_risk", "events", "censored", "survival", "lower", "upper")


def kaplan_meier(
    durations: Values,
    events: Values,
    groups: Values | None = None,
    entry: Values | None = None,
    confidence: float = 0.95,
    interval: str = "log-log",
) -> pd.DataFrame:
    """Kaplan-Meier curve of each group, with pointwise limits.

    S(t) is the product of 1 - d/n (Kaplan and Meier 1958, J Am Stat Assoc 53:457); its variance is
    Greenwood's (1926); the log-log limits are those of Kalbfleisch and Prentice (1980), kept within 0 and 1.

    Parameters
    ----------
    durations : array of float, shape (n,)
        Time to the event or to censoring, in any unit.
    events : array of 0/1 or bool, shape (n,)
        1 event, 0 censored.
    groups : array, shape (n,), optional
        One curve per value: in category order if categorical, else sorted.
    entry : array of float, shape (n,), optional
        Delayed entry, same unit: at risk at t is entry < t <= duration.
    confidence : float
        Level of the limits.
    interval : {"log-log", "log", "plain"}
        Scale on which the limits are symmetric.

    Returns
    -------
    DataFrame
        group ("all" without groups), time, at_risk, events, censored, survival, lower, upper: one row per
        group and distinct observed time, so the curve is 1 before the first row; no row where there is
        nobody. Limits are NaN where S is 0 and, on the log-log scale, where S is 1. `attrs` names the
        interval and the confidence.

    Raises
    ------
    ValueError
        Missing, infinite or negative times, event codes other than 0 and 1, lengths that differ, an
        entry at or after the duration, an unknown interval.
    """
    z = checks.normal_quantile(confidence)
    checks.choice(interval, checks.INTERVALS, "interval")
    if not len(durations) and not len(events):
        return nobody(CURVE)
    tables = subjects(durations, events, groups, entry=entry).tables()
    return _curves(tables, z, interval=interval, confidence=confidence)


def _curves(tables: Iterable[tuple[Any, RiskTable]], z: float, **attrs: Any) -> pd.DataFrame:
    curve = join((level, curve_columns(table, z, attrs["interval"])) for level, table in tables)
    curve.attrs.update(attrs)
    return curve


def nobody(columns: Sequence[str]) -> pd.DataFrame:
    """A curve of nobody: the columns without a row."""
    return pd.DataFrame({name: pd.Series(dtype="float64") for name in columns})


def curve_columns(table: RiskTable, z: float, interval: str) -> dict[str, Floats]:
    """Columns of one curve from its counts."""
    at_risk, events = table.at_risk, table.events
    survival = np.cumprod(1 - events / at_risk)
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = np.cumsum(events / (at_risk * (at_risk - events)))  # of log S
        lower, upper = limits(survival, np.sqrt(variance), z, interval)
    return {
        "time": table.time,
        "at_risk": at_risk.astype(np.int64),
        "events": events.astype(np.int64),
        "censored": table.censored.astype(np.int64),
        "survival": survival,
        "lower": lower,
        "upper": upper,
    }


def limits(survival: Floats, log_se: Floats, z: float, interval: str) -> tuple[Floats, Floats]:
    """Limits of a probability from the standard error of its logarithm; NaN where they are not defined."""
    if interval == "plain":
        width = z * log_se * survival
        return np.maximum(survival - width, 0), np.minimum(survival + width, 1)
    if interval == "log":
        factor = np.exp(z * log_se)
        lower, upper = survival / factor, np.minimum(survival * factor, 1)
    else:
        log = np.log(survival)
        factor = np.exp(z * log_se / log)  # 0/0 at S = 1: not defined, NaN
        lower, upper = np.exp(log / factor), np.exp(log * factor)
    gone = survival <= 0
    if gone.any():
        lower[gone] = upper[gone] = np.nan
    return lower, upper


def join(parts: Iterable[tuple[Any, Mapping[str, Any]]]) -> pd.DataFrame:
    """Stack the columns of the groups under one another, the group's name first."""
    named = list(parts)
    sizes = [len(columns["time"]) for _, columns in named]
    names = pd.Series([level for level, _ in named]).repeat(sizes).to_numpy()
    stacked = {
        key: named[0][1][key] if len(named) == 1 else np.concatenate([columns[key] for _, columns in named])
        for key in named[0][1]
    }
    return pd.DataFrame({"group": names, **stacked}, copy=False)


def survival_at(curve: pd.DataFrame, times: Values, *, extend: bool = False) -> pd.DataFrame:
    """Read a Kaplan-Meier curve at chosen times (milestone survival).

    Parameters
    ----------
    curve : DataFrame
        From `kaplan_meier`.
    times : array of float, shape (m,)
        Times at or after zero, in the curve's unit.
    extend : bool
        Carry the last value on past the last observed time. Without it survival is NaN there, unless it is 0.

    Returns
    -------
    DataFrame
        group, time, at_risk, survival, lower, upper: one row per group and time. At risk at t are those whose
        time is t or later. Before the first observed time survival and both limits are 1.

    Raises
    ------
    ValueError
        Empty, missing, infinite or negative times.
    """
    when = checks.times(np.atleast_1d(times), "times")
    if curve.empty:
        return nobody(("group", "time", "at_risk", "survival", "lower", "upper"))
    parts = []
    for level, part in curve.groupby("group", sort=False, observed=True):
        known = extend or not part["survival"].iloc[-1] > 0
        parts.append((level, read_steps(part, when, "survival", known=known)))
    return with_attrs(join(parts), curve)


def read_steps(part: pd.DataFrame, when: Floats, what: str, *, known: bool) -> dict[str, Any]:
    """Read right-continuous steps and their limits at `when`, past the last one only where that is known.

    A time that differs from a step by rounding is that step.
    """
    step = part["time"].to_numpy()
    slack = checks.ROUNDING * step.mean()
    last = np.searchsorted(step, when + slack, side="right")  # steps at or before
    ahead = np.searchsorted(step, when - slack)  # steps strictly before: who leaves later is at risk
    columns: dict[str, Any] = {"time": when, "at_risk": np.append(part["at_risk"].to_numpy(), 0)[ahead]}
    beyond = when > step[-1] * (1 + checks.ROUNDING)
    for name in (what, "lower", "upper"):
        columns[name] = np.insert(part[name].to_numpy(), 0, 1.0 if what == "survival" else 0.0)[last]
        if not known:
            columns[name][beyond] = np.nan
    return columns


def with_attrs(frame: pd.DataFrame, source: pd.DataFrame) -> pd.DataFrame:
    """Carry the interval and the confidence of a curve over to what is read from it."""
    frame.attrs.update(source.attrs)
    return frame


def median_survival(curve: pd.DataFrame) -> pd.DataFrame:
    """Median survival of each group, with limits read off the limits of the curve (Brookmeyer and Crowley
    1982).

    The median is the first time at which S is at most 1/2; where S is flat at exactly 1/2 and falls later,
    the middle of the flat piece, as R prints it. Limits on the curve's own scale and level.

    Parameters
    ----------
    curve : DataFrame
        From `kaplan_meier`.

    Returns
    -------
    DataFrame
        group, median, lower, upper in the curve's unit; NaN is not reached.
    """
    return survival_quantile(curve, 0.5).rename(columns={"quantile": "median"})


def survival_quantile(curve: pd.DataFrame, probability: float) -> pd.DataFrame:
    """Time by which the share `probability` of each group has had the event, with limits.

    Parameters
    ----------
    curve : DataFrame
        From `kaplan_meier`.
    probability : float
        0.25 for the time at which S is 0.75.

    Returns
    -------
    DataFrame
        group, quantile, lower, upper in the curve's unit; NaN is not reached. The rules are those of
        `median_survival`.

    Raises
    ------
    ValueError
        A probability outside (0, 1).
    """
    if not 0 < probability < 1:
        raise ValueError(f"probability must lie between 0 and 1, not {probability:g}")
    rows = []
    for level, part in curve.groupby("group", sort=False, observed=True):
        time, *steps = (part[name].to_numpy() for name in ("time", "survival", "lower", "upper"))
        rows.append((level, *(_crossing(time, each, 1 - probability) for each in steps)))
    return with_attrs(pd.DataFrame(rows, columns=["group", "quantile", "lower", "upper"]), curve)


def _crossing(time: Floats, steps: Floats, level: float) -> float:
    """First time at which falling steps are at `level` or below; the middle of a piece flat at `level`."""
    below = np.flatnonzero(steps < level + checks.ROUNDING)  # False where the step is NaN
    if below.size == 0:
        return float("nan")
    first = below[0]
    if abs(steps[first] - level) < checks.ROUNDING:
        later = np.flatnonzero(steps < steps[first] - checks.ROUNDING)
        if later.size:
            return float((time[first] + time[later[0]]) / 2)
    return float(time[first])


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
    if not len(durations) and not len(events):
        return nobody(CURVE)
    tables = [
        (level, _flipped(table, convention)) for level, table in subjects(durations, events, groups).tables()
    ]
    return _curves(tables, z, convention=convention, interval=interval, confidence=confidence)


def _flipped(table: RiskTable, convention: str) -> RiskTable:
    left = table.at_risk - (table.events if convention == "deaths-first" else 0.0)
    at_risk = np.where(left > 0, left, table.at_risk)  # when all die at once the order makes no difference
    return RiskTable(table.time, at_risk, table.censored, table.events)


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
    for level, table in subjects(durations, events, groups).tables():
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
    rows = []
    groups: Iterable[Any] = means.itertuples(index=False)
    for a, b in combinations(groups, 2):
        if measure == "difference":
            estimate, se = a.mean - b.mean, math.hypot(a.se, b.se)
        else:
            estimate, se = math.log(a.mean / b.mean), math.hypot(a.se / a.mean, b.se / b.mean)
        told = estimate, estimate - z * se, estimate + z * se
        middle, lower, upper = told if measure == "difference" else map(math.exp, told)
        rows.append((a.group, b.group, middle, se, lower, upper, checks.two_sided(estimate, se)))
    result = pd.DataFrame(rows, columns=["a", "b", "estimate", "se", "lower", "upper", "p"])
    result.attrs = {**means.attrs, "measure": measure}
    return result
