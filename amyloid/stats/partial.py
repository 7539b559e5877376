"""The Cox partial likelihood with its derivatives: Efron or Breslow ties, delayed entry, strata."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from amyloid.stats.checks import Bools, Floats, Ints

MAX_STEPS = 30

FARTHEST = 300.0
"""Log of the largest ratio of two hazards in a fit: a likelihood that still rises there rises for ever."""


@dataclass(frozen=True)
class Design:
    """Checked data of a Cox model: covariates of shape (n, p), each row at risk on (entry, time]."""

    x: Floats
    names: list[str]
    time: Floats
    event: Bools
    entry: Floats | None
    stratum: Ints


@dataclass(frozen=True)
class Deaths:
    """One row per death, ascending in time within each stratum; Efron's l-th of d tied deaths has l/d taken
    off.
    """

    time: Floats
    log_risk: Floats  # log of the risk-set total
    mean: Floats  # (deaths, p): mean of the covariates over the risk set
    gap: Floats  # (deaths, p): covariates of who died minus that mean
    spread: Floats  # (deaths, p, p): covariance of the covariates over the risk set


@dataclass(frozen=True)
class Likelihood:
    """Partial log-likelihood at beta, its gradient and the observed information."""

    value: float
    score: Floats
    information: Floats


def deaths(design: Design, beta: Floats, ties: str) -> Deaths:
    """Contribution of every death (Cox 1972; ties: Breslow 1974, Efron 1977)."""
    parts = [
        _stratum_deaths(design, np.flatnonzero(design.stratum == stratum), beta, ties)
        for stratum in np.unique(design.stratum[design.event])
    ]
    return Deaths(*(np.concatenate([part[i] for part in parts]) for i in range(5)))


def _stratum_deaths(design: Design, rows: Ints, beta: Floats, ties: str) -> tuple[Floats, ...]:
    rows = rows[np.argsort(design.time[rows], kind="stable")]
    time, event, x = design.time[rows], design.event[rows], design.x[rows]
    linear = x @ beta
    linear = linear - (linear.max() + linear.min()) / 2  # a common factor of all hazards changes nothing
    risk = np.exp(linear)
    when, which, d = np.unique(time[event], return_inverse=True, return_counts=True)
    sums, tied = [], []
    for moment in (risk, risk[:, None] * x, (risk[:, None] * x)[:, :, None] * x[:, None, :]):
        at_risk = _tail_sums(moment)[np.searchsorted(time, when, side="left")]
        if design.entry is not None:
            entry = design.entry[rows]
            late = np.argsort(entry)
            at_risk = at_risk - _tail_sums(moment[late])[np.searchsorted(entry[late], when, side="left")]
        sums.append(at_risk[which])
        tied.append(np.add.reduceat(moment[event], np.append(0, np.cumsum(d)[:-1]))[which])
    first = np.append(0, np.cumsum(d)[:-1])
    share = (np.arange(which.size) - first[which]) / d[which] if ties == "efron" else np.zeros(which.size)
    total = sums[0] - share * tied[0]
    mean = (sums[1] - share[:, None] * tied[1]) / total[:, None]
    second = (sums[2] - share[:, None, None] * tied[2]) / total[:, None, None]
    spread = second - mean[:, :, None] * mean[:, None, :]
    return when[which], np.log(total) - linear[event], mean, x[event] - mean, spread


def _tail_sums(values: Floats) -> Any:
    """Sum of the rows from each position to the end, and 0 after the last."""
    sums = np.cumsum(values[::-1], axis=0)[::-1]
    return np.concatenate([sums, np.zeros((1, *values.shape[1:]))])


def likelihood(design: Design, beta: Floats, ties: str) -> Likelihood:
    """Partial log-likelihood and derivatives at beta."""
    each = deaths(design, beta, ties)
    return Likelihood(-float(each.log_risk.sum()), each.gap.sum(axis=0), each.spread.sum(axis=0))


def newton(design: Design, ties: str) -> tuple[Floats, Bools]:
    """Maximize the partial likelihood from zero by Newton-Raphson with step halving, to the last digits.

    Covariates should be centered and of unit scale. Also returned: which coefficients run to infinity because
    the likelihood rises for ever (nobody at one end of the covariate had the event).
    """
    beta: Floats = np.zeros(design.x.shape[1])
    current = likelihood(design, beta, ties)
    step = beta
    for _ in range(MAX_STEPS if beta.size else 0):
        if np.linalg.matrix_rank(current.information, hermitian=True) < beta.size:
            break  # flat: a coefficient has run so far that nothing is left to tell; `step` took it there
        step = np.linalg.solve(current.information, current.score)
        step *= min(1.0, FARTHEST / max(float(np.ptp(design.x @ step)), 1e-300))
        proposal = likelihood(design, beta + step, ties)
        while not proposal.value >= current.value - 1e-9 * abs(current.value) and np.abs(step).max() > 1e-12:
            step = step / 2
            proposal = likelihood(design, beta + step, ties)
        beta, current = beta + step, proposal
        if np.abs(step).max() < 1e-11 or np.ptp(design.x @ beta) > FARTHEST:
            break
    return beta, np.abs(step) > 1e-3


def estimable(information: Floats) -> Bools:
    """Mark the covariates that are not constant in every risk set and not a combination of earlier ones."""
    kept = np.zeros(len(information), dtype=bool)
    for j in range(len(information)):
        own = information[j, j]
        explained = 0.0
        if kept.any():
            cross = information[kept, j]
            explained = float(cross @ np.linalg.solve(information[np.ix_(kept, kept)], cross))
        kept[j] = own > 1e-12 and (own - explained) > 1e-9 * own
    return kept
