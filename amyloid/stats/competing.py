"""Cumulative incidence with competing causes, and Gray's test of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from amyloid.stats import checks
from amyloid.stats.checks import Floats, Ints, Values
from amyloid.stats.compare import chi2_row, quadratic
from amyloid.stats.risk import Subjects, counts_by_group, starts, subjects
from amyloid.stats.survival import join, nobody, read_steps, with_attrs

INCIDENCE: Final = ("group", "cause", "time", "at_risk", "incidence", "lower", "upper")


def cumulative_incidence(
    durations: Values,
    causes: Values,
    groups: Values | None = None,
    *,
    confidence: float = 0.95,
    interval: str = "log-log",
    variance: str = "delta",
) -> pd.DataFrame:
    """Cumulative incidence of each cause in each group, the other causes competing.

    Aalen and Johansen (1978, Scand J Stat 5:141): F_k grows at t by S(t-) d_k / n, with S the probability of
    no event of any cause.

    Parameters
    ----------
    durations : array of float, shape (n,)
        Time to the first event or to censoring.
    causes : array of int, shape (n,)
        0 censored; 1, 2, ... what happened.
    groups : array, shape (n,), optional
        One set of curves per value, in the order of `kaplan_meier`.
    confidence : float
        Level of the limits.
    interval : {"log-log", "log", "plain"}
        Scale of the limits; log-log is on log(-log F).
    variance : {"delta", "aalen"}
        Delta method (Marubini and Valsecchi 1995, ch. 10), as R's `survfit`, or Aalen 1978 (Ann Stat 6:534)
        with ties corrected, as R's `cmprsk::cuminc`.

    Returns
    -------
    DataFrame
        group, cause, time, at_risk, incidence, lower, upper: one row per group, cause and distinct observed
        time; 0 before the first row. Every cause that anybody had is there for every group (cause 1 when
        nobody had any); no row where there is nobody. Limits are NaN where the incidence is 0 and, on the
        log-log scale, where it is 1.

    Raises
    ------
    ValueError
        Missing, infinite or negative times, causes that are not whole numbers from 0, lengths that
        differ, an unknown interval.
    """
    z = checks.normal_quantile(confidence)
    checks.choice(interval, checks.INTERVALS, "interval")
    checks.choice(variance, tuple(VARIANCES), "variance")
    if not len(durations) and not len(causes):
        return nobody(INCIDENCE)
    rows = subjects(durations, causes, groups, read=checks.cause_codes).ascending()
    present = np.sort(pd.unique(rows.end))
    present = present[present > 0] if present[-1] else np.ones(1, dtype=np.int64)
    parts = []
    for level, member in rows.groups():
        steps = _steps(rows.time[member], rows.end[member], present)
        changed = steps.own > 0  # between a cause's own events neither its incidence nor the variance changes
        changed[:, 0] = True
        last = np.cumsum(changed) - 1
        se = np.sqrt(np.maximum(VARIANCES[variance](steps)[changed], 0))
        lower, upper = incidence_limits(steps.incidence[changed], se, z, interval)
        columns = {
            "cause": np.repeat(present, steps.time.size),
            "time": np.tile(steps.time, present.size),
            "at_risk": np.tile(steps.n.astype(np.int64), present.size),
            "incidence": steps.incidence.ravel(),
            "lower": lower[last],
            "upper": upper[last],
        }
        parts.append((level, columns))
    curve = join(parts)
    curve.attrs.update(interval=interval, confidence=confidence, variance=variance)
    return curve


@dataclass(frozen=True)
class CauseSteps:
    """Counts at the distinct times of one group, shape (times,), and of each cause, shape (causes, times)."""

    time: Floats
    n: Floats
    happened: Floats  # events of any cause
    free_before: Floats  # S(t-)
    free: Floats  # S(t)
    own: Floats
    step: Floats  # by which the incidence grows
    incidence: Floats


def _steps(time: Floats, cause: Ints, present: Ints) -> CauseSteps:
    start = np.flatnonzero(starts(time))
    n = (time.size - start).astype(float)
    own = np.array([np.add.reduceat(cause == code, start, dtype=float) for code in present])
    happened = own.sum(axis=0)
    free = np.cumprod(1 - happened / n)
    before = np.append(1.0, free[:-1])
    step = before / n * own
    return CauseSteps(time[start], n, happened, before, free, own, step, np.cumsum(step, axis=1))


def _gap_sum(step: Floats, weight: Floats) -> Floats:
    """Sum over s <= t of (F(t)-F(s)) w(s), F growing by `step`; no large numbers are subtracted."""
    return np.asarray(np.cumsum(step * (np.cumsum(weight, axis=-1) - weight), axis=1))


def _squared_gap_sum(step: Floats, weight: Floats) -> Floats:
    """Sum over s <= t of (F(t)-F(s))^2 w(s)."""
    total = np.cumsum(weight, axis=-1) - weight
    grown = step * total
    first = np.cumsum(grown, axis=1)
    return np.asarray(np.cumsum(step * (2 * first - grown), axis=1))


def _delta_variance(steps: CauseSteps) -> Floats:
    """Delta-method variance of the incidence F at each t.

    The sum over s <= t of (F(t)-F(s))^2 d/(n(n-d)) + S(s-)^2 d_k (n-d_k)/n^3 - 2 (F(t)-F(s)) S(s-) d_k/n^2,
    where d counts any cause.
    """
    n, d = steps.n, steps.happened
    greenwood = np.divide(d, n * (n - d), out=np.zeros_like(d), where=n > d)
    jump = steps.free_before / n**2 * steps.own
    each = np.cumsum(steps.free_before * jump * (1 - steps.own / n), axis=1)
    return each + _squared_gap_sum(steps.step, greenwood) - 2 * _gap_sum(steps.step, jump)


def _aalen_variance(steps: CauseSteps) -> Floats:
    """Aalen's variance of the incidence F at each t.

    The sum over s <= t of S(s-)^2/n^2 (d_k (1-u)^2 + d_other u^2) with u = (F(t)-F(s))/S(s), ties corrected
    by 1 - (d-1)/(n-1).
    """
    n = steps.n
    scale = (steps.free_before / n) ** 2
    own, other = (
        scale * d * (1 - np.divide(d - 1, n - 1, out=np.zeros_like(d), where=(d > 1) & (n > 1)))
        for d in (steps.own, steps.happened - steps.own)
    )
    inverse = np.divide(1.0, steps.free, out=np.zeros_like(n), where=steps.free > 0)
    squared = _squared_gap_sum(steps.step, (own + other) * inverse**2)
    return np.asarray(squared + np.cumsum(own, axis=1) - 2 * _gap_sum(steps.step, own * inverse))


VARIANCES: Final = {"delta": _delta_variance, "aalen": _aalen_variance}


def incidence_limits(incidence: Floats, se: Floats, z: float, interval: str) -> tuple[Floats, Floats]:
    """Limits of an incidence from its standard error; NaN where they are not defined."""
    if interval == "plain":
        return np.maximum(incidence - z * se, 0), np.minimum(incidence + z * se, 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        if interval == "log":
            factor = np.exp(z * se / incidence)
            return incidence / factor, np.minimum(incidence * factor, 1)
        log = np.log(
            np.where(incidence < 1 - checks.ROUNDING, incidence, np.nan)
        )  # log(-log 1) is not defined
        factor = np.exp(z * se / (incidence * log))
        return np.exp(log / factor), np.exp(log * factor)


def incidence_at(curve: pd.DataFrame, times: Values, *, extend: bool = False) -> pd.DataFrame:
    """Read cumulative incidences at chosen times.

    Parameters
    ----------
    curve : DataFrame
        From `cumulative_incidence`.
    times : array of float, shape (m,)
        Times at or after zero, in the curve's unit.
    extend : bool
        Carry the last value on past a group's last observed time. Without it the incidence is NaN there,
        unless everybody had an event.

    Returns
    -------
    DataFrame
        group, cause, time, at_risk, incidence, lower, upper; before the first observed time all three are 0.

    Raises
    ------
    ValueError
        Empty, missing, infinite or negative times.
    """
    when = checks.times(np.atleast_1d(times), "times")
    if curve.empty:
        return nobody(INCIDENCE)
    parts = []
    for level, group in curve.groupby("group", sort=False, observed=True):
        settled = group.groupby("cause")["incidence"].last().sum() > 1 - checks.ROUNDING
        for cause, part in group.groupby("cause"):
            read = read_steps(part, when, "incidence", known=extend or settled)
            parts.append((level, {"cause": np.full(when.size, cause), **read}))
    return with_attrs(join(parts), curve)


def gray_test(durations: Values, causes: Values, groups: Values, cause: int = 1) -> pd.DataFrame:
    """Gray's test that the cumulative incidence of one cause is the same in all groups.

    The K-sample test with rho = 0 and its variance of Gray 1988, Ann Stat 16:1141. The score is that of a
    log-rank test in which those with another cause stay at risk, weighted: R = n (1 - F(t-)) / S(t-).

    Parameters
    ----------
    durations, causes, groups : arrays, shape (n,)
        As for `cumulative_incidence`.
    cause : int
        The cause that is compared; all others compete.

    Returns
    -------
    DataFrame
        One row: chi2, df, p. With one group, or nobody with the cause, df is 0 and chi2 and p are NaN.

    Raises
    ------
    ValueError
        As `cumulative_incidence`; a cause below 1.
    """
    if cause < 1:
        raise ValueError(f"cause must be 1 or more, not {cause}; 0 is censored")
    rows = subjects(durations, causes, groups, read=checks.cause_codes).ascending()
    steps = _gray_steps(rows, cause)
    score = (steps.own - steps.own.sum(axis=0) * _share(steps.weighted)).sum(axis=1)
    return chi2_row(*quadratic(score, _gray_variance(steps)))


@dataclass(frozen=True)
class Steps:
    """Counts and left limits of each group at each event time of any cause, all of shape (groups, times)."""

    at_risk: Floats
    own: Floats
    other: Floats
    free_before: Floats  # S(t-)
    free: Floats  # S(t)
    weighted: Floats  # n (1 - F(t-)) / S(t-)
    exposed: Floats  # n / S(t-)


def _gray_steps(rows: Subjects, cause: int) -> Steps:
    count = len(rows.level)
    kind = np.where(rows.end == cause, 1, 2 * (rows.end > 0))
    at_risk, own, other = counts_by_group(rows.time, 3 * rows.code + kind, count, 3)
    n = np.maximum(at_risk, 1)
    free = np.cumprod(1 - (own + other) / n, axis=1)
    start = np.ones((count, 1))
    free_before = np.hstack([start, free[:, :-1]])
    incidence = np.cumsum(free_before * own / n, axis=1)
    incidence_before = np.hstack([0 * start, incidence[:, :-1]])
    exposed = np.divide(at_risk, free_before, out=np.zeros_like(at_risk), where=at_risk > 0)
    return Steps(at_risk, own, other, free_before, free, exposed * (1 - incidence_before), exposed)


def _share(amounts: Floats) -> Floats:
    total: Floats = amounts.sum(axis=0)
    share: Floats = np.divide(amounts, total, out=np.zeros_like(amounts), where=total > 0)
    return share


def _gray_variance(steps: Steps) -> Floats:
    """Covariance of the scores: each group's martingales of both kinds of event, propagated to every score.

    a_ik = n_i/S_i(t-) (1{i=k} - share_k) is what an event of group k does to score i at once, and C_ik what
    it does through the later weights; dF0 = d / sum n/S(t-) is the common incidence. The factor (M - d)/(M -
    1) corrects for ties, as the hypergeometric variance does.
    """
    count = steps.own.shape[0]
    total = steps.exposed.sum(axis=0)
    own = steps.own.sum(axis=0)
    step = np.divide(own, total, out=np.zeros_like(own), where=total > 0)
    common = np.cumsum(step)
    common_before = common - step
    share = _share(steps.exposed)
    direct = steps.exposed[:, None, :] * (np.eye(count)[:, :, None] - share[None, :, :])
    later = np.cumsum(direct * (step / (1 - common_before)), axis=2)
    later = later[:, :, -1:] - later  # what is still to come after t
    with np.errstate(divide="ignore", invalid="ignore"):
        remaining = np.where(steps.free > 0, (1 - common) / steps.free, 0.0)
        n = steps.at_risk
        tie = np.where(own > 1, 1 - (own - 1) / (total * steps.free_before - 1), 1.0)
        own_variance = np.where(n > 0, tie * steps.free_before * step / n, 0.0)
        tie = np.where(steps.other > 1, 1 - (steps.other - 1) / (n - 1), 1.0)
        other_variance = np.where(
            (n > 0) & (steps.free > 0), tie * steps.free_before**2 * steps.other / n**2, 0.0
        )
    effect = direct + (1 - remaining) * later
    through = remaining * later
    return np.asarray(
        np.einsum("ikt,jkt,kt->ij", effect, effect, own_variance)
        + np.einsum("ikt,jkt,kt->ij", through, through, other_variance)
    )
