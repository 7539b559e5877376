"""A workbook before it is opened: its size, its shape, its merged cells."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

from amyloid.cohort.reading.encoding import kind_of_file
from amyloid.cohort.reading.findings import Findings
from amyloid.cohort.reading.sheet import say_cells
from amyloid.cohort.reading.table import letters

MAX_UNPACKED_BYTES = 1 << 29


MAX_RATIO = 100
"""An ordinary sheet shrinks ten times when it is packed; a part that shrinks more than this is a trap."""


SMALL_PART_BYTES = 1 << 24


MAX_COLUMNS = 1000


_DIMENSION = re.compile(rb'<dimension ref="(?:[A-Z]+\d+:)?([A-Z]+)(\d+)"')


_MERGED = re.compile(rb'<mergeCell ref="([A-Z]+\d+:[A-Z]+\d+)"')


_HIDDEN_ROW = re.compile(rb'<row (?=[^>]*\bhidden="(?:1|true)")[^>]*?\br="(\d+)"')
_HIDDEN_COLUMN = re.compile(rb'<col (?=[^>]*\bhidden="(?:1|true)")[^>]*?\bmin="(\d+)"')


def may_be_opened(path: Path, findings: Findings) -> bool:
    """Look at the container before anything is unpacked."""
    with path.open("rb") as file:
        head = file.read(64)
    if not head.startswith(b"PK\x03\x04"):
        kind = kind_of_file(head)
        what = f"is {kind[0]}" if kind else "is no workbook (it looks like plain text)"
        findings.say("no-workbook", path.name, what=what)
        return False
    try:
        with zipfile.ZipFile(path) as packed:
            parts = packed.infolist()
    except zipfile.BadZipFile:
        findings.say("damaged-workbook/cut", path.name)
        return False
    total = sum(part.file_size for part in parts)
    trap = any(
        part.file_size > SMALL_PART_BYTES and part.file_size > MAX_RATIO * part.compress_size
        for part in parts
    )
    if trap or total > MAX_UNPACKED_BYTES:
        findings.say("too-large/unpacked", path.name, size=total / 2**20)
        return False
    if not any(part.filename == "xl/workbook.xml" for part in parts):
        findings.say("no-workbook/zip", path.name)
        return False
    return True


def shape_is_sound(
    packed: zipfile.ZipFile,
    part: str,
    title: str,
    file: str,
    findings: Findings,
    header: tuple[int, ...] = (1,),
    groups: list[tuple[int, int]] | None = None,
) -> bool:
    """Refuse merged cells and sheets that claim to reach to the edge of the world; say hidden rows.

    Parameters
    ----------
    packed : zipfile.ZipFile
    part : str
        The sheet's file in it.
    title, file : str
        Sheet and file, for messages.
    findings : Findings
    header : tuple of int
        Rows of the column names; cells above and among them may be merged when that is not row 1 alone.
    groups : list of (int, int), optional
        Gets the first and last column of the merged cells of the first header row.

    Returns
    -------
    bool
    """
    sound = True
    tail = b""
    rows: list[str] = []
    columns: list[str] = []
    with packed.open(part) as stream:
        first = True
        while block := stream.read(1 << 20):
            if first:
                first = False
                found = _DIMENSION.search(block)
                if found and _column_number(found.group(1)) > MAX_COLUMNS:
                    reach = (found.group(1) + found.group(2)).decode()
                    findings.say("stray-cell", file, sheet=title, reach=reach)
                    return False
            text = tail + block
            for merged in _MERGED.findall(text):
                first_row, last_row, first_column, last_column = _corners(merged)
                if last_row <= header[-1] and header != (1,):
                    if groups is not None and first_row <= header[0] <= last_row:
                        groups.append((first_column, last_column))
                    continue
                sound = False
                findings.say("merged-cells", file, sheet=title, cell=merged.decode())
            rows += [number.decode() for number in _HIDDEN_ROW.findall(text)]
            columns += [letters(int(number) - 1) for number in _HIDDEN_COLUMN.findall(text)]
            tail = text[text.rfind(b"<") :] if b">" not in text[text.rfind(b"<") :] else b""
    say_cells("hidden-rows", list(dict.fromkeys(rows)), title, file, findings)
    say_cells("hidden-columns", list(dict.fromkeys(columns)), title, file, findings)
    return sound


def _corners(merged: bytes) -> tuple[int, int, int, int]:
    """First and last row (from 1), first and last column (from 0) of merged cells."""
    cells = [re.fullmatch(rb"([A-Z]+)(\d+)", cell) for cell in merged.split(b":")]
    rows = [int(cell.group(2)) for cell in cells if cell]
    columns = [_column_number(cell.group(1)) - 1 for cell in cells if cell]
    return rows[0], rows[-1], columns[0], columns[-1]


def _column_number(name: bytes) -> int:
    number = 0
    for letter in name:
        number = number * 26 + letter - 64
    return number
