"""Cox regression by Firth's penalized likelihood: an estimate where all deaths are on one side."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from amyloid.stats import checks
from amyloid.stats.checks import Bools, Floats
from amyloid.stats.cox import COX, no_estimate, standardized
from amyloid.stats.partial import MAX_STEPS, Columns, Design, deaths, read_design

Penalized = Callable[[Floats], tuple[float, Floats]]

LONGEST_STEP = 2.0
"""In standard deviations of a covariate: the penalized likelihood is no parabola far from its top."""

CLOSE = 1e-7
"""A step so short is the last: the next would be shorter than what a number can hold."""


def firth(
    frame: pd.DataFrame,
    duration: str,
    event: str,
    covariates: Sequence[str],
    strata: str | Sequence[str] | None = None,
    ties: str = "efron",
    *,
    entry: str | None = None,
    confidence: float = 0.95,
    only: Sequence[str] | None = None,
) -> pd.DataFrame:
    """Cox regression by Firth's penalized likelihood, with profile-likelihood limits.

    The partial likelihood times the root of the determinant of its information has its top at a finite place
    also where no event happened at one end of a covariate (Heinze and Schemper 2001, Biometrics 57:114; Firth
    1993, Biometrika 80:27).

    Parameters
    ----------
    frame, duration, event, covariates, strata, ties, entry
        As in `cox`; with `entry` the rows may be a patient's intervals.
    confidence : float
        Level of the limits, which are those of the profile penalized likelihood.
    only : sequence of str, optional
        Covariates that are wanted (as the result names them); the limits of the others, which take most of
        the time, are left out with their rows.

    Returns
    -------
    DataFrame
        As `cox`: covariate, hazard_ratio, lower, upper, p, the last from the penalized likelihood-ratio test;
        NaN for a covariate that cannot be estimated, and for all without an event. `attrs` holds n, events,
        ties, confidence, the penalized log-likelihoods, the chi2 of the likelihood-ratio test of all
        covariates, and its df.

    Raises
    ------
    ValueError
        As `cox`.
    """
    from scipy.special import chdtri  # scipy is loaded only when asked for

    checks.normal_quantile(confidence)  # refuses a level outside (0, 1)
    design = read_design(frame, Columns(duration, event, entry), covariates, strata, ties)
    rows, attrs = no_estimate(design, confidence)
    if design.event.any():
        data = standardized(design)
        climb = _penalized(data.reduced)
        start = np.zeros(data.scale.size)
        beta, value, _ = _top(climb, start, np.ones(start.size, dtype=bool))
        null = climb(start)[0]
        attrs |= {"log_likelihood_null": null, "log_likelihood": value}
        attrs |= {"likelihood_ratio": 2 * (value - null), "df": int(beta.size)}
        depth = float(chdtri(1, 1 - confidence)) / 2
        for j, name in enumerate(data.reduced.names):
            if only is not None and name not in only:
                continue
            others = np.arange(beta.size) != j
            _, absent, _ = _top(climb, np.where(others, beta, 0.0), others)
            lower, upper = (_limit(climb, beta, j, value - depth, side) for side in (-1, 1))
            ratios = np.exp(np.array([beta[j], lower, upper]) / data.scale[j])
            rows[name] = (name, *ratios, checks.chi2_tail(max(2 * (value - absent), 0.0), 1))
    wanted = [row for name, row in rows.items() if only is None or name in only]
    result = pd.DataFrame(wanted, columns=list(COX))
    result.attrs.update(attrs)
    return result


def _penalized(design: Design) -> Penalized:
    """Penalized log-likelihood and its slope.

    The slope of half the log determinant is half the trace of the inverse information times the third
    central moments of the covariates; with z = x'Ax (A the inverse) it is cov(z, x) - 2 cov(x) A mean(x).
    """

    def at(beta: Floats) -> tuple[float, Floats]:
        each = deaths(design, beta)
        information = each.spread.sum(axis=0)
        sign, log_determinant = np.linalg.slogdet(information)
        if not sign > 0:
            return -math.inf, np.zeros(beta.size)  # so far out that no information is left
        inverse = np.linalg.inv(information)
        z = np.einsum("ij,jk,ik->i", design.x, inverse, design.x)
        wide = np.column_stack([design.x, z])
        third = deaths(design, np.append(beta, 0.0), wide).spread[:, :-1, -1]
        third -= 2 * np.einsum("dij,jk,dk->di", each.spread, inverse, each.mean)
        slope = each.gap.sum(axis=0) + third.sum(axis=0) / 2
        return float(log_determinant / 2 - each.log_risk.sum()), slope

    return at


def _top(climb: Penalized, start: Floats, free: Bools) -> tuple[Floats, float, Floats]:
    """Place, height and slope of the top over the free coefficients, by Newton's steps with halving."""
    beta = start.copy()
    value, slope = climb(beta)
    for _ in range(MAX_STEPS if free.any() else 0):
        step = np.zeros(beta.size)
        step[free] = _newton_step(climb, beta, slope, free)
        step *= min(1.0, LONGEST_STEP / max(np.abs(step).max(), 1e-300))
        proposal = climb(beta + step)
        while proposal[0] < value - 1e-9 * abs(value) and np.abs(step).max() > 1e-12:
            step = step / 2
            proposal = climb(beta + step)
        beta, (value, slope) = beta + step, proposal
        if np.abs(step).max() < CLOSE:
            break
    return beta, value, slope


def _newton_step(climb: Penalized, beta: Floats, slope: Floats, free: Bools) -> Floats:
    """Slope over curvature, the curvature from differences of the slope and always taken as downwards."""
    width = 1e-5
    moves = np.eye(beta.size)[free] * width
    falls = [(climb(beta - move)[1] - climb(beta + move)[1])[free] / (2 * width) for move in moves]
    values, vectors = np.linalg.eigh((np.array(falls) + np.array(falls).T) / 2)
    return np.asarray(vectors @ ((vectors.T @ slope[free]) / np.maximum(np.abs(values), 1e-8)))


def _limit(climb: Penalized, beta: Floats, j: int, height: float, side: int) -> float:
    """Coefficient on one side of the estimate at which the profile has fallen to `height`.

    The profile's slope is that of the likelihood at its top over the others; from outside Newton's steps come
    nearer without passing the limit.
    """
    free = np.arange(beta.size) != j
    place: Floats = beta
    value, slope = math.inf, beta
    while value > height:
        place = place.copy()
        place[j] = beta[j] + max(side * 2 * (place[j] - beta[j]), 1.0) * side
        place, value, slope = _top(climb, place, free)
    for _ in range(MAX_STEPS):
        step = (height - value) / slope[j]
        place = place.copy()
        place[j] += step
        if abs(step) < CLOSE:
            break
        place, value, slope = _top(climb, place, free)
    return float(place[j])
