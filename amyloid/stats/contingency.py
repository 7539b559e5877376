"""Tests of small samples: tables of counts (Fisher, McNemar, Cochran-Armitage) and ranks."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

import numpy as np
import pandas as pd

from amyloid.stats import checks
from amyloid.stats.checks import Floats, Values
from amyloid.stats.compare import chi2_row

ALTERNATIVES: Final = ("two-sided", "less", "greater")
TIED: Final = 1 + 1e-7
"""Tables whose probabilities differ by less than this factor are equally likely, as in R."""
MOST_TABLES: Final = 2_000_000


def fisher(table: Values, *, alternative: str = "two-sided", confidence: float = 0.95) -> pd.DataFrame:
    """Fisher's exact test of a table of counts.

    Two by two: with the conditional maximum-likelihood odds ratio and its exact two-sided limits (Fisher
    1935; Cornfield 1956). Larger: Freeman and Halton 1951, Biometrika 38:141, every table with the same
    margins counted.

    Parameters
    ----------
    table : array of int, shape (r, c)
        Counts.
    alternative : {"two-sided", "less", "greater"}
        For two by two tables: odds ratio other than, below or above 1.
    confidence : float
        Level of the limits of the odds ratio.

    Returns
    -------
    DataFrame
        One row: odds_ratio, lower, upper (NaN for larger tables and where a margin is empty), p.

    Raises
    ------
    ValueError
        Not a table of counts; one-sided for a larger table; too many tables to count.
    """
    checks.choice(alternative, ALTERNATIVES, "alternative")
    checks.normal_quantile(confidence)
    counts = checks.table(table)
    if counts.shape == (2, 2):
        return _fisher_2x2(counts, alternative, confidence)
    if alternative != "two-sided":
        raise ValueError("a table larger than two by two has only the two-sided alternative")
    nan = math.nan
    return pd.DataFrame({"odds_ratio": [nan], "lower": [nan], "upper": [nan], "p": [_freeman_halton(counts)]})


def _fisher_2x2(counts: Floats, alternative: str, confidence: float) -> pd.DataFrame:
    x = int(counts[0, 0])
    row, column, total = counts[0].sum(), counts[:, 0].sum(), counts.sum()
    low, high = int(max(0, row + column - total)), int(min(row, column))
    if high - low > MOST_TABLES:
        raise ValueError("the table is too large for the exact test: too many tables have its margins")
    support = np.arange(low, high + 1.0)
    log_weight = _log_choose(column, support) + _log_choose(total - column, row - support)

    def masses(log_odds: float) -> Floats:
        tilted = log_weight + support * log_odds
        weight = np.exp(tilted - tilted.max())
        return np.asarray(weight / weight.sum())

    null = masses(0.0)
    tails = {
        "less": null[support <= x].sum(),
        "greater": null[support >= x].sum(),
        "two-sided": null[null <= null[support == x] * TIED].sum(),
    }
    odds, lower, upper = math.nan, math.nan, math.nan
    if low < high:
        alpha = (1 - confidence) / 2
        odds = 0.0 if x == low else math.inf
        if low < x < high:
            odds = _solve(lambda b: float(masses(b) @ support) - x)
        lower = 0.0 if x == low else _solve(lambda b: float(masses(b)[support >= x].sum()) - alpha)
        upper = math.inf if x == high else _solve(lambda b: alpha - float(masses(b)[support <= x].sum()))
    columns = {"odds_ratio": odds, "lower": lower, "upper": upper, "p": min(float(tails[alternative]), 1.0)}
    result = pd.DataFrame({name: [value] for name, value in columns.items()})
    result.attrs.update(alternative=alternative, confidence=confidence)
    return result


def _log_choose(n: float, k: Floats) -> Floats:
    from scipy.special import gammaln  # scipy is loaded only when asked for

    return np.asarray(gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1))


def _solve(rising: Callable[[float], float]) -> float:
    """Exponential of the root of a rising function of the log odds ratio."""
    from scipy.optimize import brentq

    edge = 1.0
    while rising(-edge) > 0 or rising(edge) < 0:
        edge *= 2
    return math.exp(brentq(rising, -edge, edge, xtol=1e-14, rtol=1e-14))


def _freeman_halton(counts: Floats) -> float:
    """Sum the probabilities of all tables with these margins that are not likelier than this one."""
    if len(counts) > counts.shape[1]:
        counts = counts.T
    rows = counts.sum(axis=1).astype(int)
    columns = np.sort(counts.sum(axis=0).astype(int))
    # every column but the last can be filled in at most this many ways
    ways = math.prod(math.comb(int(column) + len(rows) - 1, len(rows) - 1) for column in columns[:-1])
    if ways > MOST_TABLES:
        raise ValueError("the table is too large for the exact test: too many tables have its margins")
    # a table's probability goes with the product of 1 / cell!, so the columns can be added one at a time
    logs = {tuple(int(left) for left in rows): np.zeros(1)}
    for column in columns:
        grown: dict[tuple[int, ...], list[Floats]] = {}
        for left, log in logs.items():
            for cells in _fillings(left, int(column)):
                rest = tuple(a - b for a, b in zip(left, cells, strict=True))
                grown.setdefault(rest, []).append(log - sum(math.lgamma(cell + 1) for cell in cells))
        logs = {rest: np.concatenate(found) for rest, found in grown.items()}
    (log,) = logs.values()
    log_margins = sum(math.lgamma(m + 1) for m in (*rows, *columns)) - math.lgamma(counts.sum() + 1)
    mass = np.exp(log + log_margins)
    observed = math.exp(log_margins - sum(math.lgamma(cell + 1) for cell in counts.ravel()))
    return min(float(mass[mass <= observed * TIED].sum()), 1.0)


def _fillings(room: tuple[int, ...], amount: int) -> list[tuple[int, ...]]:
    """Every way to spread `amount` over the rows, no more in a row than it has room."""
    if len(room) == 1:
        return [(amount,)] if amount <= room[0] else []
    beyond = sum(room[1:])
    return [
        (first, *others)
        for first in range(max(0, amount - beyond), min(room[0], amount) + 1)
        for others in _fillings(room[1:], amount - first)
    ]


def mcnemar(table: Values) -> pd.DataFrame:
    """McNemar's exact test of paired yes/no judgements.

    Do the pairs that differ do so as often one way as the other? Binomial with probability 1/2 on the
    discordant pairs (McNemar 1947, Psychometrika 12:153).

    Parameters
    ----------
    table : array of int, shape (2, 2)
        Counts of pairs, first judgement in rows, second in columns.

    Returns
    -------
    DataFrame
        One row: b, c (discordant pairs, upper right and lower left) and the two-sided p; 1 without discordant
        pairs.

    Raises
    ------
    ValueError
        Not a two by two table of counts.
    """
    from scipy.special import bdtr  # scipy is loaded only when asked for

    counts = checks.table(table)
    if counts.shape != (2, 2):
        raise ValueError(f"table must be two by two, not {counts.shape[0]} by {counts.shape[1]}")
    b, c = int(counts[0, 1]), int(counts[1, 0])
    p = min(1.0, 2 * float(bdtr(min(b, c), b + c, 0.5)))
    return pd.DataFrame({"b": [b], "c": [c], "p": [p]})


def cochran_armitage(events: Values, n: Values, scores: Values | None = None) -> pd.DataFrame:
    """Cochran-Armitage test for trend of proportions over ordered groups.

    Cochran 1954, Biometrics 10:417; Armitage 1955, Biometrics 11:375; variance with N, as R's
    `prop.trend.test`.

    Parameters
    ----------
    events, n : arrays of int, shape (k,)
        How many of how many in each group.
    scores : array of float, shape (k,), optional
        Score of each group; 1, 2, ... when not given.

    Returns
    -------
    DataFrame
        One row: chi2, df, p, z. z is positive when the proportion rises with the score. NaN with df 0 when
        there is nothing to compare.

    Raises
    ------
    ValueError
        Counts that are missing, not whole or negative, more events than n, lengths that differ.
    """
    x, total = checks.counts(events, "events"), checks.counts(n, "n")
    score = np.arange(1.0, x.size + 1) if scores is None else checks.finite(scores, "scores")
    checks.same_length(events=x, n=total, scores=score)
    if (x > total).any():
        raise ValueError("events cannot be more than n")
    everybody = total.sum()
    share = x.sum() / everybody if everybody else 0.0
    centered = score - (total @ score / everybody if everybody else 0.0)
    variance = share * (1 - share) * float(total @ centered**2)
    if variance <= 0:
        return chi2_row(math.nan, 0).assign(z=math.nan)
    z = float(x @ centered) / math.sqrt(variance)
    return chi2_row(z**2, 1).assign(z=z)


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
