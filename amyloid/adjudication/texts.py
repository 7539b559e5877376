"""Columns of text, one per row, put together by Arrow for all rows at once; numbers as a reason prints them.

Few digits, yet never the threshold itself unless it is met exactly.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from amyloid.adjudication.decidable import Bools, Floats, Quantity

Texts: TypeAlias = Any
"""A `pyarrow.StringArray`."""

Rows = NDArray[np.intp]


def repeated(text: str, times: int) -> Texts:
    """Return the same text in every row."""
    return pa.repeat(pa.scalar(text), times)


def join(*parts: Texts | str) -> Texts:
    """Join columns and single words row by row; one part at least is a column."""
    return pc.binary_join_element_wise(*parts, "")


def join_what_is_there(columns: Sequence[Texts], separator: str) -> Texts:
    """Join columns row by row, without the empty texts and their separators."""
    joined, *others = columns
    for column in others:
        both = pc.and_(pc.not_equal(joined, ""), pc.not_equal(column, ""))
        joined = join(joined, pc.if_else(both, separator, ""), column)
    return joined


def choose(rows: NDArray[np.bool_], one: Texts | str, other: Texts | str) -> Texts:
    """Take `one` in these rows and `other` elsewhere."""
    return pc.if_else(pa.array(rows), one, other)


def code_of(words: Texts) -> Texts:
    """Machine code of each text: ``censored: last known alive`` is ``censored-last-known-alive``."""
    return pc.replace_substring(pc.replace_substring(words, ": ", "-"), " ", "-")


def lay_out(length: int, pieces: Iterable[tuple[Rows, Texts]]) -> Texts:
    """Put pieces into an empty column, each at its rows; a later piece covers an earlier one."""
    parts = [repeated("", 1)]
    place = np.zeros(length, dtype=np.intp)
    filled = 1
    for rows, texts in pieces:
        place[rows] = filled + np.arange(len(rows))
        parts.append(texts)
        filled += len(rows)
    return pa.concat_arrays(parts).take(pa.array(place))


def put(texts: Texts, rows: Rows, pieces: Texts) -> Texts:
    """Replace the texts of some rows, one piece for each."""
    if not len(rows):
        return texts
    if (np.diff(rows) < 0).any():
        pieces = pieces.take(pa.array(np.argsort(rows)))
    replaced = np.zeros(len(texts), dtype=bool)
    replaced[rows] = True
    return pc.replace_with_mask(texts, pa.array(replaced), pieces)


def append(texts: Texts, rows: Rows, *pieces: Texts | str) -> Texts:
    """Write pieces behind the texts of some rows, one row of the pieces for each."""
    if not len(rows):
        return texts
    return put(texts, rows, join(texts.take(pa.array(rows)), *pieces))


def distinct(values: NDArray[np.float64], write: Callable[[NDArray[np.float64]], list[str]]) -> Texts:
    """Write each distinct number once and give every row its text."""
    encoded = pa.array(values).dictionary_encode()
    return pa.array(write(encoded.dictionary.to_numpy()), pa.string()).take(encoded.indices)


def one_decimal(values: NDArray[np.float64]) -> Texts:
    """Numbers with one decimal, as months are printed."""
    return distinct(values, lambda numbers: [f"{number:.1f}" for number in numbers.tolist()])


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
