"""The exact reader of CSV files: blank lines, quoted line breaks, ragged rows, physical lines."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Iterator

import numpy as np

from amyloid.cohort.errors import MAX_SHOWN
from amyloid.cohort.reading.columns import is_note
from amyloid.cohort.reading.findings import Findings
from amyloid.cohort.reading.table import Encoder, Table


def scan(
    data: bytes, name: str, file: str, separator: str, findings: Findings, names: tuple[str, ...] = ()
) -> Table | None:
    """Read a CSV file row by row, and say what is wrong with its shape.

    Parameters
    ----------
    data : bytes
        UTF-8 without byte-order mark.
    name : str
        Which of the four tables this is.
    file : str
        Name of the file, for messages.
    separator : str
    findings : Findings
    names : tuple of str
        Column names where they are not what the first line holds.

    Returns
    -------
    Table or None
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
    _say_ragged(ragged, len(header), file, separator, data, last_line, findings)
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
    ragged: list[tuple[int, int]],
    n_columns: int,
    file: str,
    separator: str,
    data: bytes,
    last_line: int,
    findings: Findings,
) -> None:
    for line, found in ragged[:MAX_SHOWN]:
        if found < n_columns and line == last_line and data[-1:] not in b"\r\n":
            mend = "The file seems to be cut off; export it again."
        elif found > n_columns and separator == ",":
            mend = "A text or number that holds a comma needs quotation marks; decimals need a point."
        else:
            mend = "Every row needs a field for every column, blank ones too."
        findings.say(
            "ragged-row",
            file,
            line=line,
            found=found,
            s="s" if found > 1 else "",
            n_columns=n_columns,
            mend=mend,
        )
    if len(ragged) > MAX_SHOWN:
        more = len(ragged) - MAX_SHOWN
        more = len(ragged) - MAX_SHOWN
        findings.say("ragged-rows", file, line=ragged[MAX_SHOWN][0], more=more, n_columns=n_columns)
