"""A CSV file to a `Table`: fast where every row is one line, exact where it is not."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from amyloid.cohort.errors import MAX_SHOWN
from amyloid.cohort.mapping import Mapping
from amyloid.cohort.reading.columns import is_note
from amyloid.cohort.reading.findings import Findings
from amyloid.cohort.reading.headers import (
    LOOKED_AT,
    find_header,
    has_known_column,
    header_of_rows,
    known_words,
    knows,
    required_names,
    say_header,
)
from amyloid.cohort.reading.table import Column, Encoder, Table, fold, one_dictionary

SEPARATORS = (",", ";", "\t", "|")
BLOCK_BYTES = 2 << 20
HEAD_BYTES = 1 << 15
"""Where column names are looked for."""


WORTH_ARROW_BYTES = 1 << 16
"""Smaller files are scanned exactly: that takes milliseconds, and Arrow's threads need not be started."""


@dataclass(frozen=True)
class Dialect:
    """What separates the fields, and the header as typed."""

    separator: str
    header: tuple[str, ...]


def read_csv_table(data: bytes, name: str, file: str, findings: Findings, mapping: Mapping) -> Table | None:
    """Read the UTF-8 bytes of a CSV file.

    None when there is no table in it, which has been said.
    """
    if not data[:BLOCK_BYTES].strip():
        findings.say("empty-file", file)
        return None
    known = known_words(name, mapping)
    rows = mapping.header.get(name) or _header_rows(data, name, mapping)
    if name not in mapping.header and _is_further_down(data, rows):
        say_header(rows, name, file, findings)
    above = data[: _start_of_line(data, rows[0])]
    below = data[len(above) :]
    dialect = find_dialect(below, known)
    if len(rows) > 1:
        header, below, above = _two_rows(data, rows, dialect.separator)
        dialect = Dialect(dialect.separator, header)
    if not has_known_column(dialect.header, name, mapping):
        quoted = len(dialect.header) == 1 and any(sign in dialect.header[0] for sign in SEPARATORS)
        names = ", ".join(required_names(name))
        rule = "no-header/quoted" if quoted else "no-header"
        findings.say(rule, file, line=rows[0], place=f"line {rows[0]}", names=names)
        return None
    table = read_rows(below, name, file, dialect, findings)
    return table.further_down(above.count(b"\n")) if table is not None and above else table


def _header_rows(data: bytes, name: str, mapping: Mapping) -> tuple[int, ...]:
    """Rows in which the column names stand; blank lines count."""
    lines = data[:HEAD_BYTES].decode("utf-8", "replace").splitlines()[:LOOKED_AT]
    separator = max(SEPARATORS, key=lambda sign: sum(line.count(sign) for line in lines))
    rows = [next(csv.reader([line], delimiter=separator), []) for line in lines]
    above = next((number for number, row in enumerate(rows) if any(row)), 0)
    above += bool(rows) and rows[above][:1] == ["sep="]  # Excel's line that names the separator
    found = find_header(rows[above:], lambda cell: knows(cell, name, mapping))
    return found if found == (1,) and not above else tuple(number + above for number in found)


def _is_further_down(data: bytes, rows: tuple[int, ...]) -> bool:
    """Whether something other than blank lines and Excel's ``sep=;`` stands above the column names."""
    above = data[: _start_of_line(data, rows[0])].strip()
    return len(rows) > 1 or not (above == b"" or (above.lower().startswith(b"sep=") and b"\n" not in above))


def _start_of_line(data: bytes, line: int) -> int:
    """Where a line begins, counted from 1."""
    start = 0
    for _ in range(line - 1):
        start = data.find(b"\n", start) + 1 or len(data)
    return start


def _two_rows(data: bytes, rows: tuple[int, ...], separator: str) -> tuple[tuple[str, ...], bytes, bytes]:
    """Column names of two header rows, what is from the last of them on, and what is above it."""
    cells = []
    for row in rows:
        line = data[_start_of_line(data, row) : _start_of_line(data, row + 1)].decode("utf-8", "replace")
        cells.append(next(csv.reader([line.rstrip("\r\n")], delimiter=separator), []))
    start = _start_of_line(data, rows[-1])
    return header_of_rows(cells), data[start:], data[:start]


def read_rows(data: bytes, name: str, file: str, dialect: Dialect, findings: Findings) -> Table | None:
    """Read the rows of a CSV file whose header is known."""
    table = read_fast(data, name, file, dialect) if len(data) >= WORTH_ARROW_BYTES else None
    return table if table is not None else scan(data, name, file, dialect.separator, findings, dialect.header)


def find_dialect(data: bytes, known: set[str]) -> Dialect:
    """Find the separator: the one with which most column names are known."""
    start = data[: 1 << 16].lstrip(b"\r\n").decode("utf-8", "replace")
    best = Dialect(",", ())
    best_score = (-1, -1)
    for separator in SEPARATORS:
        header = tuple(next(csv.reader(io.StringIO(start, newline=""), delimiter=separator), []))
        score = (sum(fold(cell) in known for cell in header), len(header))
        if score > best_score:
            best, best_score = Dialect(separator, header), score
    return best


def read_fast(data: bytes, name: str, file: str, dialect: Dialect) -> Table | None:
    """Read with Arrow, which is several times faster than the exact scanner.

    None unless every row proves to be exactly one physical line (only a quoted field can hold two).
    """
    import pyarrow.csv as pa_csv

    n_columns = len(dialect.header)
    if n_columns < 2 or any("\n" in cell or "\r" in cell for cell in dialect.header):
        return None
    names = [str(position) for position in range(n_columns)]
    try:
        read = pa_csv.read_csv(
            pa.BufferReader(data),
            read_options=pa_csv.ReadOptions(column_names=names, skip_rows=1, block_size=BLOCK_BYTES),
            parse_options=pa_csv.ParseOptions(delimiter=dialect.separator, ignore_empty_lines=False),
            convert_options=pa_csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.dictionary(pa.int32(), pa.string())),
                check_utf8=False,  # it has been made UTF-8
                strings_can_be_null=False,
                quoted_strings_can_be_null=False,
            ),
        )
    except pa.ArrowInvalid:
        return None  # a ragged row: the exact scanner says where
    below_header = max(data.find(b"\n"), 0)
    if data.find(b'"', below_header) >= 0 and read.num_rows != _lines(data) - 1:
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


def scan(
    data: bytes, name: str, file: str, separator: str, findings: Findings, names: tuple[str, ...] = ()
) -> Table | None:
    """Read a CSV file row by row, and say what is wrong with its shape.

    The rows that have the right number of fields; None when there is no header.
    """
    records = _records(data, separator)
    header = next((row for _, row, _ in records), [])
    header = list(names) if names else header
    header = _without_trailing_blanks(header) if not any(header[1:]) else header
    encoder, lines = Encoder(len(header)), []
    ragged: list[tuple[int, int]] = []
    last_line = 0
    for line, row, closed in records:
        last_line = line
        if not closed or _swallowed(row, separator, len(header)):
            findings.say("quote", file, line=line)
        elif len(row) == len(header):
            encoder.append(row)
            lines.append(line)
        elif len(row) == 1 and is_note(row[0]):
            findings.say("note-row/line", file, line=line)
        elif any(row):
            ragged.append((line, len(row)))
    cut = last_line if data[-1:] not in b"\r\n" else 0
    _say_ragged(ragged, len(header), file, separator, cut, findings)
    return Table(
        name,
        file,
        None,
        tuple(header),
        encoder.columns(header),
        len(lines),
        np.array(lines, np.int64),
        decimal_comma_possible=separator != ",",
    )


def _records(data: bytes, separator: str) -> Iterator[tuple[int, list[str], bool]]:
    """Yield (first physical line, fields, quotes closed) of every record that is not a blank line."""
    csv.field_size_limit(sys.maxsize)
    ended = False

    def physical_lines() -> Iterator[str]:
        nonlocal ended
        with io.TextIOWrapper(io.BytesIO(data), encoding="utf-8", newline="") as text:
            yield from text
        ended = True

    reader = csv.reader(physical_lines(), delimiter=separator, strict=False)
    start = 0
    for row in reader:
        line, start = start + 1, reader.line_num
        if row:
            yield line, row, not ended  # the reader asks for another line only within quotes


def _swallowed(row: list[str], separator: str, n_columns: int) -> bool:
    """Whether a field holds a line that looks like a row of its own."""
    return any(
        part.count(separator) >= max(n_columns - 2, 1)
        for field in row
        if "\n" in field or "\r" in field
        for part in field.splitlines()
    )


def _without_trailing_blanks(row: list[str]) -> list[str]:
    while row and not row[-1]:
        row = row[:-1]
    return row


def _say_ragged(
    ragged: list[tuple[int, int]], n_columns: int, file: str, separator: str, cut: int, findings: Findings
) -> None:
    """Say rows with another number of fields than the header; line `cut` may be cut off."""
    for line, found in ragged[:MAX_SHOWN]:
        if found < n_columns and line == cut:
            rule = "ragged-row/cut"
        elif found > n_columns and separator == ",":
            rule = "ragged-row/comma"
        else:
            rule = "ragged-row"
        fields = "1 field" if found == 1 else f"{found} fields"
        findings.say(rule, file, line=line, fields=fields, n_columns=n_columns)
    if len(ragged) > MAX_SHOWN:
        more = len(ragged) - MAX_SHOWN
        findings.say("ragged-rows", file, line=ragged[MAX_SHOWN][0], more=more, n_columns=n_columns)
