"""Rank tests: Wilcoxon for two groups and for pairs, Kruskal-Wallis for more."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from amyloid.stats import checks
from amyloid.stats.checks import Floats, Values
from amyloid.stats.compare import chi2_row

EXACT_BELOW = 50  # as R's wilcox.test


def wilcoxon_rank_sum(x: Values, y: Values) -> pd.DataFrame:
    """Wilcoxon rank-sum (Mann-Whitney) test of two groups.

    Exact where R's `wilcox.test` is: fewer than 50 in each group and no ties. Otherwise the normal
    approximation with ties and continuity corrected (Wilcoxon 1945, Biometrics 1:80; Mann and Whitney 1947).

    Parameters
    ----------
    x, y : arrays of float, shapes (m,) and (n,)
        Values of the two groups.

    Returns
    -------
    DataFrame
        One row: statistic (pairs in which x is larger, ties half), p (two-sided), method ("exact" or
        "normal"). p is NaN when all values are equal.

    Raises
    ------
    ValueError
        Empty, missing or infinite values.
    """
    from scipy.stats import mannwhitneyu  # scipy is loaded only when asked for

    first, second = checks.finite(x, "x"), checks.finite(y, "y")
    pooled = np.concatenate([first, second])
    distinct = np.unique(pooled).size
    method = "exact" if max(first.size, second.size) < EXACT_BELOW and distinct == pooled.size else "normal"
    statistic, p = float((first[:, None] > second).sum() + (first[:, None] == second).sum() / 2), math.nan
    if distinct > 1:
        p = float(mannwhitneyu(first, second, method="exact" if method == "exact" else "asymptotic").pvalue)
    return pd.DataFrame({"statistic": [statistic], "p": [p], "method": [method]})


def wilcoxon_signed_rank(x: Values, y: Values) -> pd.DataFrame:
    """Wilcoxon signed-rank test of pairs; pairs without a difference are left out.

    Exact where R's `wilcox.test` is: fewer than 50 pairs, none equal and no tied differences. Otherwise the
    normal approximation with ties and continuity corrected (Wilcoxon 1945, Biometrics 1:80).

    Parameters
    ----------
    x, y : arrays of float, shape (n,)
        The two values of each pair.

    Returns
    -------
    DataFrame
        One row: statistic (sum of the ranks of the positive differences x - y), p (two-sided), method
        ("exact" or "normal"), n (pairs that differ). p is NaN when no pair differs.

    Raises
    ------
    ValueError
        Empty, missing or infinite values, lengths that differ.
    """
    first, second = checks.finite(x, "x"), checks.finite(y, "y")
    checks.same_length(x=first, y=second)
    difference = (first - second)[first != second]
    rank = pd.Series(np.abs(difference)).rank().to_numpy()
    statistic = float(rank[difference > 0].sum())
    n = difference.size
    exact = n == first.size and n < EXACT_BELOW and np.unique(rank).size == n
    p = math.nan
    if n:
        p = _signed_rank_exact(statistic, n) if exact else _signed_rank_normal(statistic, rank)
    method = "exact" if exact else "normal"
    return pd.DataFrame({"statistic": [statistic], "p": [p], "method": [method], "n": [n]})


def _signed_rank_exact(statistic: float, n: int) -> float:
    """Two-sided p from the number of subsets of 1..n with each sum."""
    ways = np.ones(1)
    for rank in range(1, n + 1):
        ways = np.append(ways, np.zeros(rank)) + np.append(np.zeros(rank), ways)
    share = ways / ways.sum()
    at = int(statistic)
    return min(1.0, 2 * float(min(share[: at + 1].sum(), share[at:].sum())))


def _signed_rank_normal(statistic: float, rank: Floats) -> float:
    distance = statistic - rank.sum() / 2
    z = (distance - math.copysign(0.5, distance) * (distance != 0)) / math.sqrt(float((rank**2).sum()) / 4)
    return math.erfc(abs(z) / math.sqrt(2))


def kruskal_wallis(values: Values, groups: Values) -> pd.DataFrame:
    """Kruskal-Wallis test of two or more groups (Kruskal and Wallis 1952, J Am Stat Assoc 47:583), ties
    corrected.

    Parameters
    ----------
    values : array of float, shape (n,)
        What is compared.
    groups : array, shape (n,)
        The group of each value.

    Returns
    -------
    DataFrame
        One row: chi2, df, p. NaN with df 0 when there is one group or all values are equal.

    Raises
    ------
    ValueError
        Empty or missing values, lengths that differ.
    """
    value = checks.finite(values, "values")
    code, level = checks.levels(groups)
    checks.same_length(values=value, groups=code)
    rank = pd.Series(value).rank().to_numpy() - (value.size + 1) / 2
    size = np.bincount(code)
    total = float((rank**2).sum())
    if len(level) < 2 or total == 0:
        return chi2_row(math.nan, 0)
    between = float((np.bincount(code, weights=rank) ** 2 / size).sum())
    return chi2_row((value.size - 1) * between / total, len(level) - 1)
