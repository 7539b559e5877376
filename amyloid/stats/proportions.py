"""Shares of patients: limits, the difference of two, agreement of two judgements, balance of two groups."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
import pandas as pd

from amyloid.stats import checks
from amyloid.stats.checks import Floats, Values

METHODS: Final = ("exact", "wilson")


def proportion(
    successes: Values, n: Values, method: str = "exact", *, confidence: float = 0.95
) -> pd.DataFrame:
    """Proportion with its limits.

    Parameters
    ----------
    successes, n : int or array of int, shape (m,)
        How many of how many.
    method : {"exact", "wilson"}
        Clopper and Pearson 1934, Biometrika 26:404, or the score limits of Wilson 1927, J Am Stat Assoc
        22:209.
    confidence : float
        Level of the limits.

    Returns
    -------
    DataFrame
        estimate, lower, upper, as shares between 0 and 1: one row per pair. NaN for 0 of 0. `attrs` names the
        method and the confidence.

    Raises
    ------
    ValueError
        Counts that are missing, not whole, negative, or more successes than n; an unknown method.
    """
    checks.choice(method, METHODS, "method")
    x, total = _counts(successes, n)
    limits = _clopper_pearson if method == "exact" else _wilson
    lower, upper = limits(x, total, confidence)
    with np.errstate(invalid="ignore"):
        result = pd.DataFrame({"estimate": x / total, "lower": lower, "upper": upper})
    result.loc[total == 0] = np.nan
    result.attrs.update(method=method, confidence=confidence)
    return result


def proportion_difference(
    successes_a: int, n_a: int, successes_b: int, n_b: int, *, confidence: float = 0.95
) -> pd.DataFrame:
    """Difference of two independent proportions, a minus b, with limits.

    Newcombe 1998, Stat Med 17:873, method 10: square and add the distances of the Wilson limits.

    Parameters
    ----------
    successes_a, n_a, successes_b, n_b : int
        How many of how many, in each group.
    confidence : float
        Level of the limits.

    Returns
    -------
    DataFrame
        One row: estimate, lower, upper, as shares.

    Raises
    ------
    ValueError
        As `proportion`.
    """
    both = proportion([successes_a, successes_b], [n_a, n_b], "wilson", confidence=confidence)
    a, b = both.iloc[0], both.iloc[1]
    difference = a.estimate - b.estimate
    lower = difference - np.hypot(a.estimate - a.lower, b.upper - b.estimate)
    upper = difference + np.hypot(a.upper - a.estimate, b.estimate - b.lower)
    result = pd.DataFrame({"estimate": [difference], "lower": [lower], "upper": [upper]})
    result.attrs.update(method="newcombe", confidence=confidence)
    return result


def _counts(successes: Values, n: Values) -> tuple[Floats, Floats]:
    x, total = checks.counts(np.atleast_1d(successes), "successes"), checks.counts(np.atleast_1d(n), "n")
    checks.same_length(successes=x, n=total)
    if (x > total).any():
        at = int(np.argmax(x > total))
        raise ValueError(f"successes cannot be more than n: {x[at]:g} of {total[at]:g}")
    return x, total


def _clopper_pearson(x: Floats, n: Floats, confidence: float) -> tuple[Floats, Floats]:
    from scipy.special import betaincinv  # scipy is loaded only when asked for

    checks.normal_quantile(confidence)  # refuses a level outside (0, 1)
    tail = (1 - confidence) / 2
    lower = np.where(x > 0, betaincinv(np.maximum(x, 1), n - x + 1, tail), 0.0)
    upper = np.where(x < n, betaincinv(x + 1, np.maximum(n - x, 1), 1 - tail), 1.0)
    return lower, upper


def _wilson(x: Floats, n: Floats, confidence: float) -> tuple[Floats, Floats]:
    z = checks.normal_quantile(confidence)
    center = x + z**2 / 2
    half = z * np.sqrt(np.divide(x * (n - x), n, out=np.zeros_like(x), where=n > 0) + z**2 / 4)
    lower = np.where(x > 0, (center - half) / (n + z**2), 0.0)
    upper = np.where(x < n, (center + half) / (n + z**2), 1.0)
    return lower, upper


def kappa(first: Values, second: Values, *, confidence: float = 0.95) -> pd.DataFrame:
    """Cohen's kappa of two judgements of the same patients.

    Cohen 1960, Educ Psychol Meas 20:37; limits from the large-sample standard error of Fleiss, Cohen and
    Everitt 1969, Psychol Bull 72:323, kept within -1 and 1. Where one judgement is the same for everybody
    nothing is left to agree on, and kappa is not estimated; nor are limits where all agree.

    Parameters
    ----------
    first, second : arrays, shape (n,)
        Category of each patient under either judgement.
    confidence : float
        Level of the limits.

    Returns
    -------
    DataFrame
        One row: estimate, lower, upper, agreement (share judged alike), expected (share alike by chance).

    Raises
    ------
    ValueError
        Empty or missing values, lengths that differ.
    """
    z = checks.normal_quantile(confidence)
    share = _square(first, second)
    n = len(np.atleast_1d(np.asarray(first)))
    row, column = share.sum(axis=1), share.sum(axis=0)
    agreement, expected = float(np.trace(share)), float(row @ column)
    estimate = se = math.nan
    if min((row > 0).sum(), (column > 0).sum()) > 1:
        estimate = (agreement - expected) / (1 - expected)
        se = math.sqrt(_kappa_variance(share, row, column, estimate, expected) / n)
    columns = {
        "estimate": estimate,
        "lower": max(estimate - z * se, -1.0) if se > 0 else math.nan,
        "upper": min(estimate + z * se, 1.0) if se > 0 else math.nan,
        "agreement": agreement,
        "expected": expected,
    }
    result = pd.DataFrame({name: [value] for name, value in columns.items()})
    result.attrs.update(confidence=confidence)
    return result


def _square(first: Values, second: Values) -> Floats:
    """Shares of the patients over the pairs of categories, both judgements with the same categories."""
    a, level_a = checks.levels(first, "first")
    b, level_b = checks.levels(second, "second")
    checks.same_length(first=a, second=b)
    known = {level: position for position, level in enumerate(dict.fromkeys([*level_a, *level_b]))}
    table = np.zeros((len(known), len(known)))
    rows = np.array([known[level] for level in level_a])[a]
    columns = np.array([known[level] for level in level_b])[b]
    np.add.at(table, (rows, columns), 1 / a.size)
    return table


def _kappa_variance(share: Floats, row: Floats, column: Floats, kappa: float, expected: float) -> float:
    weight = (np.eye(len(row)) - (column[:, None] + row[None, :]) * (1 - kappa)) ** 2
    spread = float((share * weight).sum()) - (kappa - expected * (1 - kappa)) ** 2
    return max(spread, 0.0) / (1 - expected) ** 2


def standardized_difference(values: Values, groups: Values) -> pd.DataFrame:
    """Standardized difference of a trait between two groups, first minus second.

    Numbers: the difference of the means over the root of the mean variance (Austin 2009, Stat Med 28:3083).
    Yes/no: the same with the variances p(1-p). Text and categories: the multinomial form of Yang and Dalton
    2012 (SAS Global Forum 335), which has no sign.

    Parameters
    ----------
    values : array, shape (n,)
        Numbers, booleans, text or categories.
    groups : array, shape (n,)
        Two groups, in the order of `kaplan_meier`.

    Returns
    -------
    DataFrame
        One row: a, b (the groups), difference (in standard deviations), kind ("number", "yes/no",
        "category"). Infinite when neither group varies but they differ.

    Raises
    ------
    ValueError
        Not two groups; empty or missing values; lengths that differ; one number in a group.
    """
    code, level = checks.levels(groups)
    if len(level) != 2:
        raise ValueError(f"a standardized difference compares two groups, not {len(level)}")
    dtype = values.dtype if hasattr(values, "dtype") else np.asarray(values).dtype
    if pd.api.types.is_bool_dtype(dtype):
        kind, difference = "yes/no", _binary(checks.finite(values, "values"), code == 0)
    elif pd.api.types.is_numeric_dtype(dtype):
        kind, difference = "number", _continuous(checks.finite(values, "values"), code == 0)
    else:
        kind, difference = "category", _categorical(values, code == 0)
    return pd.DataFrame({"a": [level[0]], "b": [level[1]], "difference": [difference], "kind": [kind]})


def _continuous(value: Floats, first: checks.Bools) -> float:
    checks.same_length(values=value, groups=first)
    a, b = value[first], value[~first]
    if min(a.size, b.size) < 2:
        raise ValueError("a group with one value has no variance, so there is no standardized difference")
    return _ratio(float(a.mean() - b.mean()), (float(a.var(ddof=1)) + float(b.var(ddof=1))) / 2)


def _binary(value: Floats, first: checks.Bools) -> float:
    checks.same_length(values=value, groups=first)
    a, b = float(value[first].mean()), float(value[~first].mean())
    return _ratio(a - b, (a * (1 - a) + b * (1 - b)) / 2)


def _categorical(values: Values, first: checks.Bools) -> float:
    code, level = checks.levels(values, "values")
    checks.same_length(values=code, groups=first)
    a, b = (np.bincount(code[part], minlength=len(level))[1:] / part.sum() for part in (first, ~first))
    gap = a - b
    spread = sum(np.diag(share) - np.outer(share, share) for share in (a, b)) / 2
    if not gap.any():
        return 0.0
    inverse = np.linalg.pinv(spread, hermitian=True)
    if not np.allclose(spread @ inverse @ gap, gap, rtol=0, atol=1e-9):
        return math.inf
    return math.sqrt(float(gap @ inverse @ gap))


def _ratio(difference: float, variance: float) -> float:
    if variance > 0:
        return difference / math.sqrt(variance)
    return math.copysign(math.inf, difference) if difference else 0.0
