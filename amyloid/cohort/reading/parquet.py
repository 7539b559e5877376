"""A Parquet file to a `Table`: numbers and dates become the texts that a CSV file would hold."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from amyloid.cohort.errors import visible
from amyloid.cohort.mapping import Mapping
from amyloid.cohort.reading.cells import number_text
from amyloid.cohort.reading.files import Fingerprint
from amyloid.cohort.reading.findings import Findings
from amyloid.cohort.reading.headers import has_known_column, known_words, required_names
from amyloid.cohort.reading.table import Column, Table, fold, one_dictionary

MAX_ROWS = 50_000_000


def read_parquet_table(
    path: Path, name: str, mapping: Mapping, fingerprint: Fingerprint, findings: Findings
) -> Table | None:
    """Read one Parquet file.

    None when it cannot be read, which has been said.
    """
    try:
        fingerprint.add_file(path)
        with pq.ParquetFile(path, memory_map=True) as parquet:
            header = tuple(parquet.schema_arrow.names)
            rows = parquet.metadata.num_rows
        if rows > MAX_ROWS:
            findings.say("too-large/rows", path.name, n_rows=rows, limit=MAX_ROWS)
            return None
        if not has_known_column(header, name, mapping):
            findings.say("no-header/parquet", path.name, names=", ".join(required_names(name)))
            return None
        return _table(path, name, mapping, header, rows)
    except (pa.ArrowException, OSError) as fault:
        findings.say("damaged-parquet", path.name, fault=visible(str(fault))[:80])
        return None


def _table(path: Path, name: str, mapping: Mapping, header: tuple[str, ...], rows: int) -> Table:
    """Read the known columns; of the others only the names are used."""
    wanted = known_words(name, mapping)
    known = [title for title in header if fold(title) in wanted]
    read = pq.read_table(path, columns=known, read_dictionary=known, memory_map=True)

    def column(position: int, title: str) -> Column:
        if title in known:
            return Column(title, position, *_encode(read.column(title)))
        return Column(title, position, pa.array(["value"], pa.string()), np.zeros(rows, np.int8))

    with ThreadPoolExecutor(2) as pool:
        columns = tuple(pool.map(column, range(len(header)), header))
    return Table(name, path.name, None, header, columns, rows, decimal=".")


def _encode(values: pa.ChunkedArray) -> tuple[pa.StringArray, NDArray[np.signedinteger[Any]]]:
    if not pa.types.is_dictionary(values.type):
        values = values.dictionary_encode()
    if not values.num_chunks:
        return pa.array([], pa.string()), np.zeros(0, np.int8)
    dictionary, codes = one_dictionary(values.chunks)
    return _texts(dictionary), codes


def _texts(values: pa.Array) -> pa.StringArray:
    """Distinct values as texts; a whole number loses its ``.0``, a time at midnight its time."""
    if pa.types.is_floating(values.type):
        return pa.array([number_text(value) for value in values.to_pylist()], pa.string())
    if pa.types.is_timestamp(values.type) or pa.types.is_date(values.type):
        days = ("" if value is None else str(value) for value in values.to_pylist())
        return pa.array([day.removesuffix(" 00:00:00") for day in days], pa.string())
    return pc.fill_null(values.cast(pa.string()), "")
