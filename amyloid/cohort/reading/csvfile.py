"""A CSV file to a `Table`: fast where every row is one line, exact where it is not."""

from __future__ import annotations

import csv
import io
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from amyloid.cohort.mapping import Mapping
from amyloid.cohort.reading.arrays import one_dictionary
from amyloid.cohort.reading.findings import Findings
from amyloid.cohort.reading.headers import has_known_column, known_words, required_names
from amyloid.cohort.reading.scanner import scan
from amyloid.cohort.reading.table import Column, Table, fold
from amyloid.cohort.schema import TABLES

SEPARATORS = (",", ";", "\t")
BLOCK_BYTES = 2 << 20

WORTH_ARROW_BYTES = 1 << 16
"""Smaller files are scanned exactly: that takes milliseconds, and Arrow's threads need not be started."""


@dataclass(frozen=True)
class Dialect:
    """What separates the fields, and the header as typed."""

    separator: str
    header: tuple[str, ...]


def read_csv_table(data: bytes, name: str, file: str, findings: Findings, mapping: Mapping) -> Table | None:
    """Read the UTF-8 bytes of a CSV file.

    Parameters
    ----------
    data : bytes
        UTF-8 without byte-order mark.
    name : str
        Which of the four tables this is.
    file : str
        Name of the file, for messages.
    findings : Findings
    mapping : Mapping

    Returns
    -------
    Table or None
        None when there is no table in it, which has been said.
    """
    if not data[:BLOCK_BYTES].strip():
        findings.file("empty-file", file, "is empty.", "Export it again, with its header line.")
        return None
    dialect = find_dialect(data, known_words(name, mapping))
    if not has_known_column(dialect.header, name, mapping):
        say_no_header(dialect, data, name, file, findings)
        return None
    return read_rows(data, name, file, dialect, findings)


def read_rows(data: bytes, name: str, file: str, dialect: Dialect, findings: Findings) -> Table | None:
    """Read the rows of a CSV file whose header is known.

    Parameters
    ----------
    data : bytes
        UTF-8 without byte-order mark.
    name : str
        Name that the table gets.
    file : str
        Name of the file, for messages.
    dialect : Dialect
    findings : Findings

    Returns
    -------
    Table or None
    """
    table = read_fast(data, name, file, dialect) if len(data) >= WORTH_ARROW_BYTES else None
    return table if table is not None else scan(data, name, file, dialect.separator, findings)


def find_dialect(data: bytes, known: set[str]) -> Dialect:
    """Find the separator: the one with which most column names are known.

    Parameters
    ----------
    data : bytes
    known : set of str
        Folded names of the columns that may be in it.

    Returns
    -------
    Dialect
    """
    start = data[: 1 << 16].lstrip(b"\r\n").decode("utf-8", "replace")
    best = Dialect(",", ())
    best_score = (-1, -1)
    for separator in SEPARATORS:
        header = tuple(next(csv.reader(io.StringIO(start, newline=""), delimiter=separator), []))
        score = (sum(fold(cell) in known for cell in header), len(header))
        if score > best_score:
            best, best_score = Dialect(separator, header), score
    return best


def say_no_header(dialect: Dialect, data: bytes, name: str, file: str, findings: Findings) -> None:
    """Say that line 1 holds no column names, and where they may be."""
    lines = data[: 1 << 16].decode("utf-8", "replace").splitlines()
    later = (number for number, line in enumerate(lines[1:20], 2) if _looks_like_header(line, name))
    number = next(later, None)
    mend = (
        f"The column names are on line {number}: delete what is above."
        if number
        else (f"The first line has to hold the column names: {', '.join(required_names(name))}.")
    )
    findings.file("no-header", file, "line 1 is no header: none of the columns is known.", mend, line=1)


def _looks_like_header(line: str, name: str) -> bool:
    return any(
        sum(fold(cell) in TABLES[name].names for cell in line.split(separator)) >= 2
        for separator in SEPARATORS
    )


def read_fast(data: bytes, name: str, file: str, dialect: Dialect) -> Table | None:
    """Read with Arrow, which is several times faster than the exact scanner.

    Parameters
    ----------
    data : bytes
        UTF-8 without byte-order mark.
    name : str
        Name that the table gets.
    file : str
        Name of the file, for messages.
    dialect : Dialect

    Returns
    -------
    Table or None
        None unless every row proves to be exactly one physical line (only a quoted field can hold two).
    """
    import pyarrow.csv as pa_csv

    n_columns = len(dialect.header)
    if n_columns < 2 or any("\n" in cell or "\r" in cell for cell in dialect.header):
        return None
    names = [str(position) for position in range(n_columns)]
    ragged = False

    def refuse(_row: pa_csv.InvalidRow) -> str:
        nonlocal ragged
        ragged = True
        return "skip"

    try:
        read = pa_csv.read_csv(
            pa.BufferReader(data),
            read_options=pa_csv.ReadOptions(column_names=names, skip_rows=1, block_size=BLOCK_BYTES),
            parse_options=pa_csv.ParseOptions(
                delimiter=dialect.separator, ignore_empty_lines=False, invalid_row_handler=refuse
            ),
            convert_options=pa_csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.dictionary(pa.int32(), pa.string())),
                check_utf8=False,  # it has been made UTF-8
                strings_can_be_null=False,
                quoted_strings_can_be_null=False,
            ),
        )
    except pa.ArrowInvalid:
        return None  # the exact scanner finds out and says what is wrong
    below_header = max(data.find(b"\n"), 0)
    if ragged or (data.find(b'"', below_header) >= 0 and read.num_rows != _lines(data) - 1):
        return None
    with ThreadPoolExecutor(2) as pool:
        columns = tuple(pool.map(_column, dialect.header, range(n_columns), read.columns))
    return Table(
        name,
        file,
        None,
        dialect.header,
        columns,
        read.num_rows,
        decimal_comma_possible=dialect.separator != ",",
    )


def _lines(data: bytes) -> int:
    """Count physical lines; the last one may lack its line end."""
    ends = data.count(b"\n")
    if b"\r" in data:
        ends += data.count(b"\r") - data.count(b"\r\n")
    return ends + (data[-1:] not in b"\r\n")


def _column(title: str, position: int, read: pa.ChunkedArray) -> Column:
    if not read.num_chunks:
        return Column(title, position, pa.array([], pa.string()), np.zeros(0, np.int8))
    return Column(title, position, *one_dictionary(read.chunks))
