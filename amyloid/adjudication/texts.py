"""Columns of text, one per row, put together by Arrow for all rows at once; numbers as a reason prints them.

Few digits, yet never the threshold itself unless it is met exactly.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any, Final, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from amyloid.adjudication.decidable import Bools, Floats, Quantity

Texts: TypeAlias = Any
"""A `pyarrow.StringArray`."""

Phrase: TypeAlias = tuple[Texts | str, ...]
"""Columns and single words that stand side by side in every row; nothing is copied before `written`."""

Rows = NDArray[np.intp]
Piece = tuple[Rows, Phrase | Texts | str]
"""Some rows, and what is said in them."""


def join(*parts: Phrase | Texts | str) -> Phrase:
    """Put columns, single words and phrases side by side."""
    said: list[Any] = []
    for part in parts:
        for word in part if isinstance(part, tuple) else (part,):
            if isinstance(word, str) and said and isinstance(said[-1], str):
                said[-1] += word
            else:
                said.append(word)
    return tuple(said)


def written(said: Phrase | Texts | str, length: int) -> Texts:
    """Return the column that a phrase of so many rows makes."""
    parts = join(said)
    if all(isinstance(part, str) for part in parts):
        return pa.repeat("".join(parts), length)
    return pc.binary_join_element_wise(*parts, "") if len(parts) > 1 else parts[0]


def join_what_is_there(phrases: Iterable[Phrase], separator: str, length: int) -> Phrase:
    """Join phrases of so many rows, without the empty texts and their separators."""
    joined: Phrase = ()
    filled: Any = False
    for phrase in phrases:
        here: Any = any(isinstance(part, str) and part for part in phrase)
        if not here:
            phrase = join(written(phrase, length))
            here = pc.not_equal(phrase[0], "")
        between = pc.if_else(pc.and_(filled, here), separator, "")
        joined = join(joined, between if isinstance(between, pa.Array) else between.as_py(), phrase)
        filled = pc.or_(filled, here)
    return joined


def choose(rows: Bools, one: Phrase | Texts | str, other: Phrase | Texts | str) -> Texts:
    """Take `one` in these rows and `other` elsewhere."""
    sides = [written(side, len(rows)) if isinstance(side, tuple) else side for side in (one, other)]
    return pc.if_else(pa.array(rows), *sides)


def code_of(words: Texts) -> Texts:
    """Machine code of each text: ``censored: last known alive`` is ``censored-last-known-alive``."""
    return pc.replace_substring(pc.replace_substring(words, ": ", "-"), " ", "-")


def lay_out(length: int, pieces: Iterable[Piece]) -> Texts:
    """Put pieces into an empty column, each at its rows; a later piece covers an earlier one."""
    parts = [pa.array([""])]
    place = np.zeros(length, dtype=np.int32)
    filled = 1
    for rows, said in pieces:
        if len(rows):
            place[rows] = np.arange(filled, filled + len(rows), dtype=np.int32)
            parts.append(written(said, len(rows)))
            filled += len(rows)
    return pc.take(pa.concat_arrays(parts), pa.array(place), boundscheck=False)


def distinct(values: Floats, write: Callable[[Floats], list[str]]) -> Texts:
    """Write each distinct number once and give every row its text."""
    encoded = pa.array(values).dictionary_encode()
    return pa.array(write(encoded.dictionary.to_numpy()), pa.string()).take(encoded.indices)


def one_decimal(values: Floats) -> Texts:
    """Numbers with one decimal, as months are printed."""
    return distinct(values, lambda numbers: [f"{number:.1f}" for number in numbers.tolist()])


DIGITS: Final = 4
PUBLISHED_PERCENT: Final = np.array([20.0, 25.0, 30.0, 33.0, 50.0, 60.0, 75.0])
"""Percentages that criteria compare with; next to one of them a percentage shows the digits it takes."""

AS_PRINTED: Final = 1e-7
"""Relative distance within which a number is what it reads as."""


def number(quantity: Quantity, unit: str = "") -> Texts:
    """Values as a laboratory prints them, ``<`` and ``>`` kept; ``missing``; a range as ``3 to 5``."""
    low, high = quantity.low, quantity.high
    behind = f" {unit}" if unit else ""
    if low is high:
        return distinct(low, lambda values: _exact(values, behind))
    texts = distinct(np.where(np.isnan(high), np.nan, low), lambda values: _exact(values, behind))
    rows = (low != high) & quantity.known
    limits = zip(low[rows].tolist(), high[rows].tolist(), strict=True)
    return _replaced(texts, rows, [f"{_censored(*pair)}{behind}" for pair in limits])


def _replaced(texts: Texts, rows: Bools, others: list[str]) -> Texts:
    return pc.replace_with_mask(texts, pa.array(rows), pa.array(others, pa.string()))


def _exact(values: Floats, behind: str) -> list[str]:
    texts = [f"{value:.4g}{behind}" for value in values.tolist()]
    for row in np.flatnonzero(_reads_rounder(values)).tolist():
        texts[row] = f"{values[row]:.6g}{behind}"
    for row in np.flatnonzero(np.abs(values) >= 1e4).tolist():
        texts[row] = f"{values[row]:.0f}{behind}"
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
    texts = distinct(whole, lambda numbers: [f"{number:.0f} %" for number in numbers.tolist()])
    if not down:
        close = (np.abs(values - whole) > 1e-6) & np.isin(whole, PUBLISHED_PERCENT)
        texts = _replaced(texts, close, _apart(values[close], whole[close]))
    return texts


def _apart(values: Floats, whole: Floats) -> list[str]:
    """Fewest decimals that keep each value apart from the whole number next to it; at most six."""
    texts, exact, wanted = [""] * len(values), values.tolist(), whole.tolist()
    left = list(range(len(texts)))
    for decimals in range(1, 7):
        for row in left:
            texts[row] = f"{exact[row]:.{decimals}f}"
        left = [row for row in left if float(texts[row]) == wanted[row]]
    return [f"{text} %" for text in texts]
