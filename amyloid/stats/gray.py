"""Gray's test of cumulative incidences."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from amyloid.stats.checks import Floats, Values
from amyloid.stats.compare import chi2_row, quadratic
from amyloid.stats.competing import Causes, read_causes
from amyloid.stats.risk import counts_by_group


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
    data = read_causes(durations, causes, groups)
    steps = _gray_steps(data, cause)
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


def _gray_steps(data: Causes, cause: int) -> Steps:
    happened = (data.cause == cause, (data.cause > 0) & (data.cause != cause))
    at_risk, own, other = counts_by_group(data.time, data.code, len(data.level), happened)
    n = np.maximum(at_risk, 1)
    free = np.cumprod(1 - (own + other) / n, axis=1)
    start = np.ones((len(data.level), 1))
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
