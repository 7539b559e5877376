"""Numbers as a reason prints them: few digits, yet never the threshold itself unless it is met exactly."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from amyloid.adjudication.decidable import Bools, Floats
from amyloid.adjudication.texts import Texts, distinct, join, put

if TYPE_CHECKING:
    from amyloid.adjudication.decidable import Quantity

DIGITS: Final = 4
PUBLISHED_PERCENT: Final = np.array([20.0, 25.0, 30.0, 33.0, 50.0, 60.0, 75.0])
"""Percentages that criteria compare with; next to one of them a percentage shows the digits it takes."""

AS_PRINTED: Final = 1e-7
"""Relative distance within which a number is what it reads as."""


def number(quantity: Quantity) -> Texts:
    """Values as a laboratory prints them, ``<`` and ``>`` kept; ``missing``; a range as ``3 to 5``."""
    low, high = quantity.low, quantity.high
    if low is high:
        return distinct(low, _exact)
    texts = distinct(np.where(np.isnan(high), np.nan, low), _exact)
    rows = np.flatnonzero((low != high) & quantity.known)
    limits = zip(low[rows].tolist(), high[rows].tolist(), strict=True)
    return put(texts, rows, pa.array([_censored(*pair) for pair in limits], pa.string()))


def _exact(values: Floats) -> list[str]:
    texts = [f"{value:.4g}" for value in values.tolist()]
    for row in np.flatnonzero(_reads_rounder(values)).tolist():
        texts[row] = f"{values[row]:.6g}"
    for row in np.flatnonzero(np.abs(values) >= 1e4).tolist():
        texts[row] = f"{values[row]:.0f}"
    for row in np.flatnonzero(np.isnan(values)).tolist():
        texts[row] = "missing"
    return texts


def _reads_rounder(values: Floats) -> Bools:
    """Values that four digits would print with fewer digits than they have, such as 39.996 as 40."""
    size = np.abs(values)
    with np.errstate(divide="ignore", invalid="ignore"):
        scaled = size * 10.0 ** (DIGITS - 1 - np.floor(np.log10(size)))
        rounded = np.rint(scaled)
        return np.asarray((np.abs(scaled - rounded) > AS_PRINTED * scaled) & (rounded % 10 == 0))


def _censored(low: float, high: float) -> str:
    if high == math.inf:
        return f">{_short(low)}"
    return f"<{_short(high)}" if low <= 0 else f"{_short(low)} to {_short(high)}"


def _short(value: float) -> str:
    """Limit of a censored value: the slack that makes it strict is not printed."""
    return f"{value:.0f}" if abs(value) >= 1e4 else f"{value:.5g}"


def percent(shares: Floats, *, down: bool = False) -> Texts:
    """Positive shares as percentages: whole numbers, except next to a published threshold.

    Parameters
    ----------
    shares : numpy.ndarray of float64
    down : bool
        Round toward zero, for ``at least``.
    """
    values = np.asarray(shares, dtype=np.float64) * 100
    whole = np.floor(values + AS_PRINTED) if down else np.rint(values)
    texts = distinct(whole, lambda numbers: [f"{number:.0f}" for number in numbers.tolist()])
    if not down:
        close = np.flatnonzero((np.abs(values - whole) > 1e-6) & np.isin(whole, PUBLISHED_PERCENT))
        texts = put(texts, close, pa.array(_apart(values[close], whole[close]), pa.string()))
    return join(texts, " %")


def _apart(values: Floats, whole: Floats) -> list[str]:
    """Fewest decimals that keep each value apart from the whole number next to it; at most six."""
    texts, exact, wanted = [""] * len(values), values.tolist(), whole.tolist()
    left = list(range(len(texts)))
    for decimals in range(1, 7):
        for row in left:
            texts[row] = f"{exact[row]:.{decimals}f}"
        left = [row for row in left if float(texts[row]) == wanted[row]]
    return texts
