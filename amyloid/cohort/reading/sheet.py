"""A workbook before it is opened (its size, its shape, its merged cells), and the rows of a sheet as text."""

from __future__ import annotations

import datetime as dt
import re
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from openpyxl.utils import column_index_from_string, range_boundaries

from amyloid.cohort.errors import MAX_SHOWN
from amyloid.cohort.reading.cells import number_text
from amyloid.cohort.reading.encoding import kind_of_file
from amyloid.cohort.reading.findings import Findings
from amyloid.cohort.reading.table import Encoder, Table, letters

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

    Cells above and among the rows of the `header` may be merged when that is not row 1 alone; `groups` gets
    the first and last column of those of its first row.
    """
    merged: list[bytes] = []
    rows: list[str] = []
    columns: list[str] = []
    with packed.open(part) as stream:
        tail = stream.read(1 << 20)
        found = _DIMENSION.search(tail)
        if found and column_index_from_string(found.group(1).decode()) > MAX_COLUMNS:
            findings.say("stray-cell", file, sheet=title, reach=(found.group(1) + found.group(2)).decode())
            return False
        while tail:
            merged += _MERGED.findall(tail)
            rows += [number.decode() for number in _HIDDEN_ROW.findall(tail)]
            columns += [letters(int(number) - 1) for number in _HIDDEN_COLUMN.findall(tail)]
            last = tail[tail.rfind(b"<") :]
            block = stream.read(1 << 20)
            tail = (b"" if b">" in last else last) + block if block else b""
    sound = True
    for cells in merged:
        edges = (edge or 0 for edge in range_boundaries(cells.decode()))
        first_column, first_row, last_column, last_row = edges
        if last_row > header[-1] or header == (1,):
            sound = False
            findings.say("merged-cells", file, sheet=title, cell=cells.decode())
        elif groups is not None and first_row <= header[0] <= last_row:
            groups.append((first_column - 1, last_column - 1))
    say_cells("hidden-rows", list(dict.fromkeys(rows)), title, file, findings)
    say_cells("hidden-columns", list(dict.fromkeys(columns)), title, file, findings)
    return sound


def header_of(cells: Any) -> list[str]:
    """Texts of the first row, without blank cells at its end."""
    header = [cell_text(cell) for cell in cells]
    while header and not header[-1]:
        header.pop()
    return header


def read_rows(
    rows: Any, header: list[str], name: str, title: str, file: str, findings: Findings, first: int = 2
) -> Table:
    """Read the rows below the header; blank ones are skipped, formulas and errors are refused."""
    encoder, lines, faults = Encoder(len(header)), [], []
    exact: dict[int, set[str]] = {}
    looks = Looks()
    struck: list[str] = []
    blank = [""] * len(header)
    for number, cells in enumerate(rows, first):
        texts = blank.copy()
        for position, cell in enumerate(cells):
            if cell.value is None:
                continue
            text = looks.text(cell)
            if position < len(header):
                texts[position] = text
                if cell.data_type == "n":
                    exact.setdefault(position, set()).add(text)
                if looks.struck(cell):
                    struck.append(f"{letters(position)}{number}")
            fault = _fault(cell, text, position < len(header))
            if fault:
                faults.append((number, position, fault))
        if any(texts):
            encoder.append(texts)
            lines.append(number)
    for number, position, rule in faults[:MAX_SHOWN]:
        findings.say(rule, file, sheet=title, line=number, cell=f"{letters(position)}{number}")
    if len(faults) > MAX_SHOWN:
        findings.say("cells", file, sheet=title, more=len(faults) - MAX_SHOWN)
    say_cells("struck-cells", struck, title, file, findings)
    return Table(
        name,
        file,
        title,
        tuple(header),
        encoder.columns(header, exact),
        len(lines),
        np.array(lines, np.int64),
        decimal_comma_possible=True,
    )


def _fault(cell: Any, text: str, inside: bool) -> str:
    """The rule that a cell breaks; empty for none."""
    if not inside:
        return "cell/outside" if text.strip() else ""
    if cell.data_type == "f" and text == cell.value:
        return "cell/formula"
    return "cell/error" if cell.data_type == "e" else ""


def say_cells(rule: str, places: list[str], title: str, file: str, findings: Findings) -> None:
    """Say cells, rows or columns that a reader of the sheet does not see as data; they are read."""
    if places:
        some = ", ".join(places[:5]) + (f" and {len(places) - 5} more" if len(places) > 5 else "")
        findings.say(rule, file, sheet=title, some=some)


class Looks:
    """What the styles of cells say; each style is looked up once."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[bool, bool]] = {}

    def _of(self, cell: Any) -> tuple[bool, bool]:
        style = cell._style_id
        if style not in self._known:
            percent = "%" in re.sub(r'"[^"]*"|\\.', "", cell.number_format)
            self._known[style] = percent, bool(cell.font.strike)
        return self._known[style]

    def struck(self, cell: Any) -> bool:
        """Whether the cell is struck through."""
        return self._of(cell)[1]

    def text(self, cell: Any) -> str:
        """Text of a cell as it looks: 0.07 in a format of percent is ``7%``."""
        if cell.data_type == "n" and self._of(cell)[0] and isinstance(cell.value, (int, float)):
            return f"{number_text(round(cell.value * 100.0, 9))}%"
        return cell_text(cell)


def cell_text(cell: Any) -> str:
    """Text of a cell as a person would type it: dates as YYYY-MM-DD, whole numbers without a point."""
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, float):
        return number_text(value)
    if cell.data_type == "f":
        value = truth(value)
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, dt.datetime):
        midnight = value.time() == dt.time()
        return value.date().isoformat() if midnight else value.isoformat(" ", "seconds")
    if isinstance(value, (dt.date, dt.time)):
        return value.isoformat()
    return str(value)


def truth(value: Any) -> Any:
    """The truth value of a formula such as ``=FALSE()``, as which LibreOffice saves one; else the value."""
    found = re.fullmatch(r"(?:of:)?=\s*(TRUE|FALSE)\s*\(\s*\)", str(value), re.I)
    return found.group(1).upper() == "TRUE" if found else value
