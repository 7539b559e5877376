"""A CSV or Parquet file to a `Table`: fast where every row is one line, exact where it is not."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from amyloid.cohort.errors import MAX_SHOWN, visible
from amyloid.cohort.mapping import Mapping
from amyloid.cohort.reading import headers
from amyloid.cohort.reading.columns import number_text
from amyloid.cohort.reading.findings import Findings
from amyloid.cohort.reading.raw import Fingerprint, read_text
from amyloid.cohort.reading.renaming import is_note
from amyloid.cohort.reading.table import Codes, Column, Encoder, Table, constant_column, fold, one_dictionary
from amyloid.cohort.reading.wide import read_observations

SEPARATORS = (",", ";", "\t", "|")
BLOCK_BYTES = 2 << 20
HEAD_BYTES = 1 << 15
"""Where column names are looked for."""

WORTH_ARROW_BYTES = 1 << 16
"""Smaller files are scanned exactly: that takes milliseconds, and Arrow's threads need not be started."""

MAX_PARQUET_ROWS = 50_000_000


@dataclass(frozen=True)
class Dialect:
    """What separates the fields, and the header as typed."""

    separator: str
    header: tuple[str, ...]


def read_text_table(
    path: Path, name: str, mapping: Mapping, fingerprint: Fingerprint, findings: Findings
) -> Table | None:
    """Read a text file: CSV, or FHIR observations.

    None when there is no table in it, which has been said.
    """
    known = path.name.casefold().startswith(f"{name}.")
    text = read_text(path, f"{name}.csv" if known else path.name, fingerprint, findings)
    if text is None:
        return None
    if path.suffix.casefold() not in (".ndjson", ".json", ".jsonl"):
        return read_csv_table(text, name, path.name, findings, mapping)
    if name == "labs":
        return read_observations(text, path.name, findings)
    findings.say("fhir", path.name, name=name)
    return None


def read_csv_table(data: bytes, name: str, file: str, findings: Findings, mapping: Mapping) -> Table | None:
    """Read the UTF-8 bytes of a CSV file.

    None when there is no table in it, which has been said.
    """
    if not data[:BLOCK_BYTES].strip():
        findings.say("empty-file", file)
        return None
    rows = mapping.header.get(name) or _header_rows(data, name, mapping)
    starts = [_start_of_line(data, row) for row in rows]
    above = data[: starts[0]].strip()
    usual = len(rows) == 1 and (not above or (above.lower().startswith(b"sep=") and b"\n" not in above))
    if name not in mapping.header and not usual:
        headers.say_header(rows, name, file, findings)
    dialect = find_dialect(data[starts[0] :], headers.known_words(name, mapping))
    if len(rows) > 1:
        lines = (data[start : _start_of_line(data, row + 1)] for start, row in zip(starts, rows, strict=True))
        cells = [_fields(line.decode("utf-8", "replace").rstrip("\r\n"), dialect.separator) for line in lines]
        dialect = Dialect(dialect.separator, headers.header_of_rows(cells))
    quoted = len(dialect.header) == 1 and any(sign in dialect.header[0] for sign in SEPARATORS)
    rule = "no-header/quoted" if quoted else "no-header"
    place = f"line {rows[0]}"
    if not headers.is_header(dialect.header, name, mapping, rule, file, findings, line=rows[0], place=place):
        return None
    table = read_rows(data[starts[-1] :], name, file, dialect, findings)
    return table.further_down(data.count(b"\n", 0, starts[-1])) if starts[-1] else table


def _fields(line: str, separator: str) -> list[str]:
    return next(csv.reader([line], delimiter=separator), [])


def _header_rows(data: bytes, name: str, mapping: Mapping) -> tuple[int, ...]:
    """Rows in which the column names stand; blank lines count."""
    lines = data[:HEAD_BYTES].decode("utf-8", "replace").splitlines()[: headers.LOOKED_AT]
    separator = max(SEPARATORS, key=lambda sign: sum(line.count(sign) for line in lines))
    rows = [_fields(line, separator) for line in lines]
    above = next((number for number, row in enumerate(rows) if any(row)), 0)
    above += bool(rows) and rows[above][:1] == ["sep="]  # Excel's line that names the separator
    found = headers.find_header(rows[above:], lambda cell: headers.knows(cell, name, mapping))
    return tuple(number + above for number in found)


def _start_of_line(data: bytes, line: int) -> int:
    """Where a line begins, counted from 1."""
    start = 0
    for _ in range(line - 1):
        start = data.find(b"\n", start) + 1 or len(data)
    return start


def read_rows(data: bytes, name: str, file: str, dialect: Dialect, findings: Findings) -> Table:
    """Read the rows of a CSV file whose header is known."""
    table = read_fast(data, name, file, dialect) if len(data) >= WORTH_ARROW_BYTES else None
    return table if table is not None else scan(data, name, file, dialect.separator, findings, dialect.header)


def find_dialect(data: bytes, known: set[str]) -> Dialect:
    """Find the separator: the one with which most column names are known."""
    start = data[: 1 << 16].lstrip(b"\r\n").decode("utf-8", "replace")
    found = []
    for separator in SEPARATORS:
        header = next(csv.reader(io.StringIO(start, newline=""), delimiter=separator), [])
        found.append(Dialect(separator, tuple(header)))
    return max(found, key=lambda each: (sum(fold(cell) in known for cell in each.header), len(each.header)))


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
        made = list(pool.map(one_dictionary, (column.chunks for column in read.columns)))
    columns = tuple(Column(title, at, *made[at]) for at, title in enumerate(dialect.header))
    decimal_comma_possible = dialect.separator != ","
    return Table(name, file, None, columns, read.num_rows, decimal_comma_possible=decimal_comma_possible)


def _lines(data: bytes) -> int:
    """Count physical lines; the last one may lack its line end."""
    ends = data.count(b"\n")
    if b"\r" in data:
        ends += data.count(b"\r") - data.count(b"\r\n")
    return ends + (data[-1:] not in b"\r\n")


def scan(
    data: bytes, name: str, file: str, separator: str, findings: Findings, names: tuple[str, ...] = ()
) -> Table:
    """Read a CSV file row by row, and say what is wrong with its shape.

    The rows that have the right number of fields.
    """
    records = _records(data, separator)
    header = next((row for _, row, _ in records), [])
    header = list(names) if names else header
    header = header if any(header[1:]) else [cell for cell in header if cell]
    encoder = Encoder(len(header))
    ragged: list[tuple[int, int]] = []
    last_line = 0
    for line, row, closed in records:
        last_line = line
        if not closed or _swallowed(row, separator, len(header)):
            findings.say("quote", file, line=line)
        elif len(row) == len(header):
            encoder.append(row, line)
        elif len(row) == 1 and is_note(row[0]):
            findings.say("note-row/line", file, line=line)
        elif any(row):
            ragged.append((line, len(row)))
    cut = last_line if data[-1:] not in b"\r\n" else 0
    _say_ragged(ragged, len(header), file, separator, cut, findings)
    return encoder.table(name, file, None, header, decimal_comma_possible=separator != ",")


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


def read_parquet_table(path: Path, name: str, mapping: Mapping, findings: Findings) -> Table | None:
    """Read the known columns of a Parquet file; of the others only the names are used.

    None when it cannot be read, which has been said.
    """
    from pyarrow import parquet

    try:
        with parquet.ParquetFile(path, memory_map=True) as file:
            header, rows = file.schema_arrow.names, file.metadata.num_rows
        if rows > MAX_PARQUET_ROWS:
            findings.say("too-large/rows", path.name, n_rows=rows, limit=MAX_PARQUET_ROWS)
            return None
        if not headers.is_header(header, name, mapping, "no-header/parquet", path.name, findings):
            return None
        known = [title for title in header if fold(title) in headers.known_words(name, mapping)]
        read = parquet.read_table(path, columns=known, read_dictionary=known, memory_map=True)

        def column(at: int, title: str) -> Column:
            if title in known:
                return Column(title, at, *_encoded(read.column(title)))
            return constant_column(title, at, rows, "value")

        with ThreadPoolExecutor(2) as pool:
            columns = tuple(pool.map(column, range(len(header)), header))
        return Table(name, path.name, None, columns, rows, decimal=".")
    except (pa.ArrowException, OSError) as fault:
        findings.say("damaged-parquet", path.name, fault=visible(str(fault))[:80])
        return None


def _encoded(values: pa.ChunkedArray) -> tuple[pa.StringArray, Codes]:
    """Distinct values as the texts of a CSV file, and which of them stands in each row.

    A whole number loses its ``.0``, a time at midnight its time.
    """
    values = values if pa.types.is_dictionary(values.type) else values.dictionary_encode()
    distinct, codes = one_dictionary(values.chunks)
    if pa.types.is_floating(distinct.type):
        return pa.array([number_text(value) for value in distinct.to_pylist()], pa.string()), codes
    if pa.types.is_timestamp(distinct.type) or pa.types.is_date(distinct.type):
        days = ("" if value is None else str(value) for value in distinct.to_pylist())
        return pa.array([day.removesuffix(" 00:00:00") for day in days], pa.string()), codes
    return pc.fill_null(distinct.cast(pa.string()), ""), codes
