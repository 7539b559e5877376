"""Arithmetic with values that may be censored or missing, and comparisons that may stay undecided.

A laboratory writes ``<1.5``; a sample is lost. A rule about such a value is true, false, or not decidable.
`Quantity` keeps the limits between which each value lies, `Truth` keeps what is surely true and what is
possibly true (Kleene's three-valued logic). Nothing here knows any medicine.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

TOLERANCE: Final = 1e-9
"""Thresholds are compared without rounding, within this distance (relative above 1)."""

STRICTNESS: Final = 1e-6
"""A value printed as ``<1.5`` lies below 1.5 by at least this relative distance."""


@dataclass(frozen=True)
class Truth:
    """One three-valued answer per row: `surely` implies `possibly`; undecided is possible but not sure."""

    surely: Bools
    possibly: Bools

    def __and__(self, other: Truth) -> Truth:
        return Truth(self.surely & other.surely, self.possibly & other.possibly)

    def __or__(self, other: Truth) -> Truth:
        return Truth(self.surely | other.surely, self.possibly | other.possibly)

    def __invert__(self) -> Truth:
        return Truth(~self.possibly, ~self.surely)

    def __getitem__(self, rows: NDArray[np.intp] | Bools) -> Truth:
        return Truth(self.surely[rows], self.possibly[rows])

    @property
    def decided(self) -> Bools:
        """Rows that are surely true or surely false."""
        return self.surely | ~self.possibly

    def not_scorable_where(self, closed: Truth) -> Truth:
        """Undecided wherever `closed` may hold, unless the answer is no already."""
        return Truth(self.surely & ~closed.possibly, self.possibly)

    def undecided_where(self, closed: Truth) -> Truth:
        """Undecided wherever `closed` surely holds, whatever the answer was."""
        return Truth(self.surely & ~closed.surely, self.possibly | closed.surely)

    @property
    def shown(self) -> Truth:
        """True where it surely holds; what is not known counts as no."""
        return certain(self.surely)


def certain(values: Bools) -> Truth:
    """Truth of something known in every row."""
    return Truth(values, values)


def recorded(flags: Floats) -> Truth:
    """Truth of a recorded yes (1), no (0) or blank (NaN)."""
    return Truth(flags == 1.0, flags != 0.0)


@dataclass(frozen=True)
class Quantity:
    """One value per row, known to lie between `low` and `high`; NaN in both where it is missing."""

    low: Floats
    high: Floats

    @property
    def absent(self) -> bool:
        """Whether no row can hold a value, as `missing` makes it: one number stands for all rows."""
        return self.low.strides == (0,)

    @cached_property
    def known(self) -> Bools:
        """Rows that hold a value, censored or not."""
        if self.low is self.high:
            return ~np.isnan(self.low)
        return ~(np.isnan(self.low) | np.isnan(self.high))

    @property
    def given(self) -> Truth:
        """Whether there is a value, censored or not."""
        return certain(self.known)

    @property
    def single(self) -> Bools:
        """Rows with a value that is not censored."""
        return ~np.isnan(self.low) if self.low is self.high else self.low == self.high

    def where(self, rows: Bools, other: Quantity) -> Quantity:
        """This value in these rows, the other one elsewhere."""
        if self.absent and other.absent:
            return self
        low = np.where(rows, self.low, other.low)
        if self.low is self.high and other.low is other.high:
            return exact(low)
        return Quantity(low, np.where(rows, self.high, other.high))

    def __getitem__(self, rows: NDArray[np.intp] | Bools) -> Quantity:
        if self.absent:
            return missing(int(np.count_nonzero(rows)) if rows.dtype == np.bool_ else len(rows))
        if self.low is self.high:
            return exact(self.low[rows])
        return Quantity(self.low[rows], self.high[rows])

    def __sub__(self, other: Quantity) -> Quantity:
        if self.absent or other.absent:
            return missing(len(self.low))
        if self.low is self.high and other.low is other.high:
            return exact(self.low - other.low)
        with np.errstate(invalid="ignore"):
            return Quantity(self.low - other.high, self.high - other.low)

    def __mul__(self, factor: float) -> Quantity:
        if self.absent:
            return self
        if self.low is self.high:
            return exact(self.low * factor)
        low, high = self.low * factor, self.high * factor
        return Quantity(low, high) if factor >= 0 else Quantity(high, low)

    def over(self, other: Quantity) -> Quantity:
        """Ratio to a positive quantity; missing where that may be zero or negative."""
        if self.absent or other.absent:
            return missing(len(self.low))
        with np.errstate(divide="ignore", invalid="ignore"):
            if self.low is self.high and other.low is other.high:
                return exact(np.where(other.low > 0, self.low / other.low, np.nan))
            divisor_low = np.where(other.low > 0, other.low, np.where(other.high > 0, 0.0, np.nan))
            divisor_high = np.where(other.high > 0, other.high, np.nan)
            low = np.where(self.low >= 0, self.low / divisor_high, self.low / divisor_low)
            high = np.where(self.high >= 0, self.high / divisor_low, self.high / divisor_high)
        return Quantity(low, high)

    def fall_from(self, base: Quantity) -> Quantity:
        """Fraction by which the value lies below its base: (base - now) / base."""
        share = self.over(base)
        if share.absent:
            return share
        if share.low is share.high:
            return exact(1.0 - share.low)
        return Quantity(1.0 - share.high, 1.0 - share.low)

    def rise_from(self, base: Quantity) -> Quantity:
        """Fraction by which the value lies above its base: (now - base) / base."""
        return self.fall_from(base) * -1.0

    def or_else(self, other: Quantity) -> Quantity:
        """This value where it is known, the other one elsewhere."""
        return self.where(self.known, other)

    def __gt__(self, limit: float) -> Truth:
        edge = limit + _slack(limit)
        return Truth(self.low > edge, ~(self.high <= edge))

    def __ge__(self, limit: float) -> Truth:
        edge = limit - _slack(limit)
        return Truth(self.low >= edge, ~(self.high < edge))

    def __lt__(self, limit: float) -> Truth:
        return ~(self >= limit)

    def __le__(self, limit: float) -> Truth:
        return ~(self > limit)


def exact(values: Floats) -> Quantity:
    """Values without censoring; NaN is missing."""
    return Quantity(values, values)


def missing(rows: int) -> Quantity:
    """No value in any of so many rows; takes no room."""
    return exact(np.broadcast_to(np.nan, rows))


def measured(values: Floats, bounds: NDArray[np.int8]) -> Quantity:
    """Values as a laboratory prints them: bound -1 for ``<``, +1 for ``>``, 0 for an exact value."""
    if not bounds.any():
        return exact(values)
    low = np.where(bounds < 0, 0.0, np.where(bounds > 0, values * (1 + STRICTNESS), values))
    high = np.where(bounds > 0, np.inf, np.where(bounds < 0, values * (1 - STRICTNESS), values))
    missing = np.isnan(values)
    low[missing], high[missing] = np.nan, np.nan
    return Quantity(low, high)


def count_true(*answers: Truth) -> Quantity:
    """How many of the answers are true; a range where some are undecided."""
    low = sum((answer.surely.astype(np.float64) for answer in answers), np.zeros(answers[0].surely.shape))
    high = sum((answer.possibly.astype(np.float64) for answer in answers), np.zeros(answers[0].surely.shape))
    return Quantity(low, high)


def _slack(limit: float) -> float:
    return TOLERANCE * max(1.0, abs(limit))
