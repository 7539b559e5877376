"""Numbers as a reason prints them: few digits, yet never the threshold itself unless it is met exactly."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np

from amyloid.decidable import Bools, Floats

if TYPE_CHECKING:
    from amyloid.decidable import Quantity

DIGITS: Final = 4
PUBLISHED_PERCENT: Final = np.array([20.0, 25.0, 30.0, 33.0, 50.0, 60.0, 75.0])
"""Percentages that criteria compare with; next to one of them a percentage shows the digits it takes."""

AS_PRINTED: Final = 1e-7
"""Relative distance within which a number is what it reads as."""


def number(quantity: Quantity) -> list[str]:
    """Values as a laboratory prints them, ``<`` and ``>`` kept; ``missing``; a range as ``3 to 5``."""
    low, high = quantity.low, quantity.high
    texts = [f"{value:.4g}" for value in low.tolist()]
    missing = np.isnan(low) | np.isnan(high)
    for row in np.flatnonzero(missing).tolist():
        texts[row] = "missing"
    for row in np.flatnonzero(_reads_rounder(low)).tolist():
        texts[row] = f"{low[row]:.6g}"
    for row in np.flatnonzero(np.abs(low) >= 1e4).tolist():
        texts[row] = f"{low[row]:.0f}"
    for row in np.flatnonzero((low != high) & ~missing).tolist():
        texts[row] = _censored(float(low[row]), float(high[row]))
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


def percent(shares: Floats, *, down: bool = False) -> list[str]:
    """Positive shares as percentages: whole numbers, except next to a published threshold.

    Parameters
    ----------
    shares : numpy.ndarray of float64
    down : bool
        Round toward zero, for ``at least``.
    """
    values = np.asarray(shares, dtype=np.float64) * 100
    whole = np.floor(values + AS_PRINTED) if down else np.rint(values)
    texts = [f"{value:.0f} %" for value in whole.tolist()]
    if down:
        return texts
    for row in np.flatnonzero((np.abs(values - whole) > 1e-6) & np.isin(whole, PUBLISHED_PERCENT)).tolist():
        texts[row] = f"{_apart(float(values[row]), float(whole[row]))} %"
    return texts


def _apart(value: float, whole: float) -> str:
    """Fewest decimals that keep the value apart from the whole number next to it."""
    for decimals in range(1, 7):
        text = f"{value:.{decimals}f}"
        if float(text) != whole:
            return text
    return text
