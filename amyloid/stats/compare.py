"""Log-rank tests: weighted, stratified, for trend, in pairs, with delayed entry."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Final

import numpy as np
import pandas as pd

from amyloid.stats import checks
from amyloid.stats.checks import Floats, Ints, Values
from amyloid.stats.risk import counts_by_group, merge_sorted, rows_of, sort_labeled, subjects


def _before(factors: Floats) -> Floats:
    """Product of the factors strictly before each position."""
    return np.cumprod(np.append(1.0, factors[:-1]))


def _harrington(rho: float, gamma: float) -> Callable[[Floats, Floats], Floats]:
    def weight(n: Floats, d: Floats) -> Floats:
        survival = _before(1 - d / n)
        return np.asarray(survival**rho * (1 - survival) ** gamma)

    return weight


WEIGHTS: Final[dict[str, Callable[[Floats, Floats], Floats]]] = {
    "logrank": lambda n, d: np.ones_like(n),
    "gehan": lambda n, d: n,
    "tarone": lambda n, d: np.sqrt(n),
    "peto": lambda n, d: np.cumprod(1 - d / (n + 1)),
    "fh10": _harrington(1, 0),
    "fh01": _harrington(0, 1),
    "fh11": _harrington(1, 1),
}
"""Weight of an event time from those at risk n and events d: Gehan 1965, Tarone and Ware 1977, Peto and Peto
1972, Fleming and Harrington 1991 (rho, gamma)."""

MOST_BITS: Final = 12
"""Of group and event together, where a sort may carry them in the last bits of the time."""


@dataclass(frozen=True)
class Moments:
    """Observed and expected events per group, their difference (weighted) and its covariance."""

    level: list[Any]
    size: Ints
    observed: Floats
    expected: Floats
    score: Floats
    variance: Floats


def logrank(
    durations: Values,
    events: Values,
    groups: Values,
    strata: Values | None = None,
    *,
    entry: Values | None = None,
    weight: str = "logrank",
) -> pd.DataFrame:
    """Log-rank test of two or more groups.

    Observed minus expected events with the hypergeometric variance (Mantel 1966; Peto and Peto 1972), summed
    over strata; with a weight, the weighted versions.

    Parameters
    ----------
    durations, events, entry : arrays, shape (n,)
        As for `kaplan_meier`.
    groups : array, shape (n,)
        What is compared.
    strata : array, shape (n,), optional
        Compare within each value only.
    weight : {"logrank", "gehan", "tarone", "peto", "fh10", "fh01", "fh11"}
        Weight of each event time; fh is Fleming-Harrington's (rho, gamma).

    Returns
    -------
    DataFrame
        One row: chi2, df, p. With one group, or nothing to tell groups apart by, df is 0 and chi2 and p are
        NaN.

    Raises
    ------
    ValueError
        As `kaplan_meier`; an unknown weight.
    """
    found = moments(durations, events, groups, strata, entry, weight)
    return chi2_row(*quadratic(found.score, found.variance))


def logrank_groups(
    durations: Values,
    events: Values,
    groups: Values,
    strata: Values | None = None,
    *,
    entry: Values | None = None,
) -> pd.DataFrame:
    """Observed and expected events behind `logrank`; parameters there.

    Returns
    -------
    DataFrame
        group, n, observed, expected: one row per group.
    """
    found = moments(durations, events, groups, strata, entry, "logrank")
    columns = {"n": found.size, "observed": found.observed.astype(np.int64), "expected": found.expected}
    return pd.DataFrame({"group": pd.Series(found.level), **columns})


def logrank_trend(
    durations: Values,
    events: Values,
    groups: Values,
    strata: Values | None = None,
    *,
    scores: Values | None = None,
) -> pd.DataFrame:
    """Log-rank test for trend over ordered groups (Tarone 1975, Biometrika 62:679).

    Parameters
    ----------
    durations, events, groups, strata : arrays, shape (n,)
        As for `logrank`; the order of the groups is that of `kaplan_meier`.
    scores : array, shape (k,), optional
        Score of each group; 1, 2, ... when not given.

    Returns
    -------
    DataFrame
        One row: chi2, df, p, z. z is positive when events come earlier with a higher score.

    Raises
    ------
    ValueError
        As `logrank`; a number of scores that is not the number of groups.
    """
    found = moments(durations, events, groups, strata, None, "logrank")
    count = len(found.level)
    score = np.arange(1.0, count + 1) if scores is None else checks.finite(scores, "scores")
    if score.size != count:
        raise ValueError(f"there are {count} groups but {score.size} scores")
    drift, variance = float(score @ found.score), float(score @ found.variance @ score)
    if variance <= 0:
        return chi2_row(float("nan"), 0).assign(z=float("nan"))
    return chi2_row(drift**2 / variance, 1).assign(z=drift / np.sqrt(variance))


def logrank_pairwise(
    durations: Values,
    events: Values,
    groups: Values,
    strata: Values | None = None,
    *,
    adjust: str = "holm",
) -> pd.DataFrame:
    """Log-rank test of every two groups, with p values adjusted for their number.

    Parameters
    ----------
    durations, events, groups, strata : arrays, shape (n,)
        As for `logrank`.
    adjust : {"holm", "hochberg", "bonferroni", "bh"}
        Holm 1979, Hochberg 1988, Bonferroni, or the false discovery rate of Benjamini and Hochberg 1995.

    Returns
    -------
    DataFrame
        a, b, chi2, df, p, p_adjusted: one row per pair.

    Raises
    ------
    ValueError
        As `logrank`; an unknown adjustment.
    """
    checks.choice(adjust, ("holm", "hochberg", "bonferroni", "bh"), "adjust")
    code, level = checks.levels(groups)
    time, event = np.asarray(durations), np.asarray(events)
    stratum = None if strata is None else checks.levels(strata, "strata")[0]
    checks.same_length(durations=time, events=event, groups=code, strata=stratum)
    rows = []
    for a, b in combinations(range(len(level)), 2):
        kept = (code == a) | (code == b)
        within = None if stratum is None else stratum[kept]
        test = logrank(time[kept], event[kept], code[kept], within).iloc[0]
        rows.append((level[a], level[b], test.chi2, int(test.df), test.p))
    table = pd.DataFrame(rows, columns=["a", "b", "chi2", "df", "p"])
    return table.assign(p_adjusted=adjusted(table["p"].to_numpy(dtype=float), adjust))


def adjusted(p: Floats, method: str) -> Floats:
    """Adjust p values for their number; see `logrank_pairwise`. NaN stays NaN and does not count."""
    result = p.copy()
    known = np.flatnonzero(~np.isnan(p))
    order = known[np.argsort(p[known])]
    count = order.size
    rank = np.arange(1, count + 1)
    if method == "bonferroni":
        result[order] = np.minimum(count * p[order], 1)
    elif method == "holm":
        result[order] = np.minimum(np.maximum.accumulate((count + 1 - rank) * p[order]), 1)
    else:
        factor = count / rank if method == "bh" else count + 1.0 - rank
        result[order] = np.minimum(np.minimum.accumulate((factor * p[order])[::-1])[::-1], 1)
    return result


def chi2_row(chi2: float, df: int) -> pd.DataFrame:
    """One row: chi2, df, p."""
    row = {"chi2": chi2, "df": df, "p": checks.chi2_tail(chi2, df)}
    return pd.DataFrame({name: np.array([value]) for name, value in row.items()}, copy=False)


def quadratic(score: Floats, variance: Floats) -> tuple[float, int]:
    """Score' V^- score and the rank of V: the test of K scores that sum to zero. NaN when V is zero."""
    values, vectors = np.linalg.eigh(variance)  # values ascending
    if not values[-1] > 0:
        return float("nan"), 0
    kept = values > 1e-10 * values[-1]
    projected = vectors[:, kept].T @ score
    return float((projected**2 / values[kept]).sum()), int(np.count_nonzero(kept))


def moments(
    durations: Values,
    events: Values,
    groups: Values,
    strata: Values | None = None,
    entry: Values | None = None,
    weight: str = "logrank",
) -> Moments:
    """Sum over the strata of what the log-rank tests are made of; parameters as `logrank`."""
    checks.choice(weight, tuple(WEIGHTS), "weight")
    data = subjects(durations, events, groups, strata, entry)
    count = len(data.level)
    bits = (2 * count - 1).bit_length()
    if strata is None and entry is None and bits <= MOST_BITS:
        time, label = sort_labeled(data.time, 2 * data.code + data.end, bits)
        parts = [_stratum(merge_sorted(time), label, count, None, WEIGHTS[weight])]
    else:
        rows, parts = data.ascending(), []
        label = 2 * rows.code + rows.end
        for member in rows_of(rows.stratum):
            late = None if rows.entry is None else rows.entry[member]
            parts.append(_stratum(rows.time[member], label[member], count, late, WEIGHTS[weight]))
    observed, expected, score, variance = (sum(part[i] for part in parts) for i in range(4))
    size = np.bincount(data.code, minlength=count)
    return Moments(data.level, size, observed, expected, score, variance)


def _stratum(
    time: Floats, label: Ints, count: int, entry: Floats | None, weight: Callable[[Floats, Floats], Floats]
) -> tuple[Any, ...]:
    """Moments within one stratum, times ascending; only times with an event count."""
    at_risk, deaths = counts_by_group(time, label, count, 2, entry)
    n, d = at_risk.sum(axis=0), deaths.sum(axis=0)
    share = at_risk / n
    w = weight(n, d)
    expected = share * d
    spread = share * (w**2 * d * ((n - d) / np.maximum(n - 1, 1)))  # who is alone has n - d = 0
    variance = np.diag(spread.sum(axis=1)) - spread @ share.T
    return deaths.sum(axis=1), expected.sum(axis=1), ((deaths - expected) * w).sum(axis=1), variance
