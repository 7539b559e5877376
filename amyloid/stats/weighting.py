"""Two groups weighted by the inverse probability of being in theirs; limits take the weights as known."""

from __future__ import annotations

import numpy as np
import pandas as pd

from amyloid.stats import checks
from amyloid.stats.checks import Bools, Floats, Values

STEPS = 50


def propensity_weights(treated: Values, covariates: pd.DataFrame) -> Floats:
    """Stabilized inverse-probability weights of two groups.

    P(group) / P(group | covariates), the latter from a logistic regression (Robins, Hernan and Brumback 2000,
    Epidemiology 11:550).

    Parameters
    ----------
    treated : array of 0/1 or bool, shape (n,)
        Who is in the group.
    covariates : DataFrame, shape (n, k)
        Numbers; a factor as one 0/1 column per level after the first.

    Returns
    -------
    array of float, shape (n,)

    Raises
    ------
    ValueError
        Missing values; one group only; covariates that determine the group or one another.
    """
    group = checks.flags(treated, "treated")
    columns = [checks.finite(covariates[name], str(name)) for name in covariates]
    checks.same_length(treated=group, **{f"covariate {place}": one for place, one in enumerate(columns)})
    if group.all() or not group.any():
        raise ValueError("there is one group only, so there is nothing to weight by")
    scale = [(one - one.mean()) / (one.std() or 1.0) for one in columns]
    probability = _logistic(np.column_stack([np.ones(group.size), *scale]), group)
    share = float(group.mean())
    return np.where(group, share / probability, (1 - share) / (1 - probability))


def _logistic(design: Floats, yes: Bools) -> Floats:
    """Fitted probabilities of a logistic regression, by Newton-Raphson."""
    beta = np.zeros(design.shape[1])
    for _ in range(STEPS):
        fitted = 1 / (1 + np.exp(-design @ beta))
        information = design.T @ (design * (fitted * (1 - fitted))[:, None])
        if np.linalg.cond(information) > 1e12:
            break
        step = np.linalg.solve(information, design.T @ (yes - fitted))
        beta = beta + step
        if np.abs(step).max() < 1e-12:
            return np.asarray(1 / (1 + np.exp(-design @ beta)))
    raise ValueError("the covariates determine the group or one another, so there are no weights")


def effective_size(weights: Values) -> float:
    """How many patients of equal weight tell as much: (sum w)^2 / sum w^2 (Kish 1965).

    Parameters
    ----------
    weights : array of float, shape (n,)

    Returns
    -------
    float
    """
    weight = checks.finite(weights, "weights")
    return float(weight.sum() ** 2 / (weight**2).sum())


def weighted_difference(
    values: Values, treated: Values, weights: Values, *, confidence: float = 0.95
) -> pd.DataFrame:
    """Difference of two weighted shares or means, group minus others, with robust limits.

    The variance of each weighted mean is the sandwich: sum w^2 (y - mean)^2 / (sum w)^2.

    Parameters
    ----------
    values, treated, weights : arrays, shape (n,)
        Numbers or 0/1; who is in the group; weights above 0.
    confidence : float
        Level of the limits.

    Returns
    -------
    DataFrame
        One row: estimate, se, lower, upper, p (two-sided, normal).

    Raises
    ------
    ValueError
        Missing values, lengths that differ, one group only.
    """
    z = checks.normal_quantile(confidence)
    value, weight = checks.finite(values, "values"), _positive(weights)
    group = checks.flags(treated, "treated")
    checks.same_length(values=value, treated=group, weights=weight)
    if group.all() or not group.any():
        raise ValueError("there is one group only, so there is no difference")
    means, variances = [], []
    for part in (group, ~group):
        w, y = weight[part], value[part]
        means.append(float(w @ y / w.sum()))
        variances.append(float((w**2 @ (y - means[-1]) ** 2) / w.sum() ** 2))
    gap, se = means[0] - means[1], float(np.sqrt(sum(variances)))
    row = {"estimate": gap, "se": se, "lower": gap - z * se, "upper": gap + z * se}
    return pd.DataFrame([row | {"p": checks.two_sided(gap, se)}])


def weighted_hazard_ratio(
    durations: Values, events: Values, treated: Values, weights: Values, *, confidence: float = 0.95
) -> pd.DataFrame:
    """Hazard ratio of a group over the others in a weighted Cox model, with robust limits.

    Breslow's ties; the variance is the sandwich of the weighted score residuals (Lin and Wei 1989, J Am Stat
    Assoc 84:1074; Binder 1992, Biometrika 79:139), as R's `coxph` with weights and `robust = TRUE`.

    Parameters
    ----------
    durations, events : arrays, shape (n,)
        As for `kaplan_meier`.
    treated, weights : arrays, shape (n,)
        Who is in the group; weights above 0.
    confidence : float
        Level of the limits.

    Returns
    -------
    DataFrame
        One row: hazard_ratio, lower, upper, p. NaN where one group has no event or nobody at risk at one.

    Raises
    ------
    ValueError
        As `kaplan_meier`; lengths that differ.
    """
    z = checks.normal_quantile(confidence)
    time, event = checks.times(durations), checks.flags(events)
    group = checks.flags(treated, "treated").astype(float)
    weight = _positive(weights)
    checks.same_length(durations=time, events=event, treated=group, weights=weight)
    order = np.argsort(time, kind="stable")
    time, event, group, weight = time[order], event[order], group[order], weight[order]
    first = np.searchsorted(time, time, side="left")
    beta, died = 0.0, weight * event
    for _ in range(STEPS):
        share, total = _risk(weight, group, beta, first)
        information = float(died @ (share * (1 - share)))
        if information < 1e-10 or abs(beta) > 20:
            return pd.DataFrame([dict.fromkeys(("hazard_ratio", "lower", "upper", "p"), np.nan)])
        step = float(died @ (group - share)) / information
        beta += step
        if abs(step) < 1e-12:
            break
    share, total = _risk(weight, group, beta, first)
    last = np.searchsorted(time, time, side="right") - 1
    hazard, drift = np.cumsum(died / total)[last], np.cumsum(died / total * share)[last]
    residual = event * (group - share) - np.exp(beta * group) * (group * hazard - drift)
    se = float(np.sqrt(((weight * residual) ** 2).sum()) / (died @ (share * (1 - share))))
    limits = {"lower": np.exp(beta - z * se), "upper": np.exp(beta + z * se)}
    return pd.DataFrame([{"hazard_ratio": np.exp(beta), **limits, "p": checks.two_sided(beta, se)}])


def _risk(weight: Floats, group: Floats, beta: float, first: checks.Ints) -> tuple[Floats, Floats]:
    """Weighted share of the group among those at risk at each time, and the weighted risk."""
    risk = weight * np.exp(beta * group)
    total = np.cumsum(risk[::-1])[::-1][first]
    inside = np.cumsum((risk * group)[::-1])[::-1][first]
    return inside / total, total


def _positive(weights: Values) -> Floats:
    weight = checks.finite(weights, "weights")
    if weight.min() <= 0:
        raise ValueError(f"weights must be above 0; the smallest is {weight.min():g}")
    return weight
