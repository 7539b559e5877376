"""Columns of text, one per row, put together by Arrow for all rows at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

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
    return lay_out(len(texts), [(np.arange(len(texts)), texts), (rows, pieces)])


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
