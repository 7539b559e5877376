"""Arrays between numpy and Arrow, which looks values up three times as fast and with one dictionary."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Numbers = NDArray[Any]


def as_numpy(array: pa.Array) -> Numbers:
    """Values of an Arrow array of numbers or booleans without nulls (Arrow's own way imports pandas first).

    Parameters
    ----------
    array : pyarrow.Array

    Returns
    -------
    numpy.ndarray
    """
    if pa.types.is_boolean(array.type):
        return as_numpy(array.cast(pa.uint8())).view(np.bool_)
    width = array.type.to_pandas_dtype()
    values: Numbers = np.frombuffer(array.buffers()[1], width)[array.offset : array.offset + len(array)]
    return values


def as_arrow(values: Numbers) -> pa.Array:
    """The same memory as an Arrow array (`pyarrow.array` imports pandas first).

    Parameters
    ----------
    values : numpy.ndarray of numbers

    Returns
    -------
    pyarrow.Array
    """
    kind = pa.from_numpy_dtype(values.dtype)
    return pa.Array.from_buffers(kind, len(values), [None, pa.py_buffer(np.ascontiguousarray(values))])


def gather(values: Numbers, codes: Numbers) -> Numbers:
    """Value of every row, where each row names one of a few values: ``values[codes]``.

    Parameters
    ----------
    values : numpy.ndarray of numbers or booleans
    codes : numpy.ndarray of integers, one per row
        None is negative.

    Returns
    -------
    numpy.ndarray, one per row
    """
    if values.dtype == np.bool_:
        return gather(values.view(np.uint8), codes).view(np.bool_)
    return as_numpy(pc.take(as_arrow(values), as_arrow(codes)))


def one_dictionary(chunks: list[pa.DictionaryArray]) -> tuple[pa.Array, Numbers]:
    """Bring the chunks of a dictionary-encoded column to one dictionary.

    Parameters
    ----------
    chunks : list of pyarrow.DictionaryArray
        A null becomes one more distinct value.

    Returns
    -------
    (pyarrow.Array, numpy.ndarray of the smallest signed integers)
        The distinct values by first appearance, and which of them stands in each row.
    """
    parts = [_without_nulls(chunk) for chunk in chunks]
    every = pa.concat_arrays([values for values, _ in parts]).dictionary_encode("encode")
    place = as_numpy(every.indices)
    place = place.astype(np.min_scalar_type(-max(len(every.dictionary), 1)))
    codes = np.empty(sum(map(len, chunks)), place.dtype)
    row = entry = 0
    for values, indices in parts:
        of_chunk = place[entry : (entry := entry + len(values))]
        codes[row : (row := row + len(indices))] = gather(of_chunk, as_numpy(indices))
    return every.dictionary, codes


def _without_nulls(chunk: pa.DictionaryArray) -> tuple[pa.Array, pa.Array]:
    """Distinct values and indices, where a null is the last of the values."""
    values, indices = chunk.dictionary, chunk.indices
    if not indices.null_count:
        return values, indices
    return pa.concat_arrays([values, pa.nulls(1, values.type)]), indices.fill_null(len(values))
