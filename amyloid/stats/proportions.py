"""Proportions with exact or Wilson limits, and the difference of two."""

from __future__ import annotations

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
