"""One .xlsx workbook with a sheet per table, and the card as a sheet of keys and values."""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from amyloid.cohort.errors import visible
from amyloid.cohort.mapping import FILE_NAME, Mapping
from amyloid.cohort.reading.card import Card, card_from
from amyloid.cohort.reading.files import Fingerprint, tables_meant
from amyloid.cohort.reading.findings import Findings, nearest
from amyloid.cohort.reading.headers import (
    LOOKED_AT,
    find_header,
    has_known_column,
    header_of_rows,
    knows,
    looks_like_copy,
    required_names,
    say_header,
)
from amyloid.cohort.reading.sheet import header_of, may_be_opened, read_rows, say_cells, shape_is_sound, truth
from amyloid.cohort.reading.table import Table, fold
from amyloid.cohort.schema import CARD_SECTIONS, TABLES

CARD_SHEET = "cohort"
_DAMAGED = (
    *(ArithmeticError, AssertionError, AttributeError, EOFError, LookupError, OSError, RuntimeError),
    *(SyntaxError, TypeError, ValueError, zipfile.BadZipFile, zlib.error),
)
"""What openpyxl raises over a broken workbook."""


def read_workbook(
    path: Path, mapping: Mapping, fingerprint: Fingerprint, findings: Findings
) -> tuple[dict[str, Table | None], Card]:
    """Read the tables and the card of a workbook."""
    nothing: dict[str, Table | None] = dict.fromkeys(TABLES)
    fallback = card_from({"title": path.stem, "source": "", "synthetic": False}, path.name, Findings())
    if not may_be_opened(path, findings):
        return nothing, fallback
    fingerprint.add_file(path)
    try:
        with _opened(path) as (book, packed, parts):
            tables = {
                name: _read_sheet(book, packed, parts, name, path.name, mapping, findings) for name in TABLES
            }
            _say_hidden(book, mapping, path.name, findings)
            card = _read_card(book, path, findings)
    except _DAMAGED as fault:
        _say_damaged(path, fault, findings)
        return nothing, fallback
    return tables, card


def _say_hidden(book: Any, mapping: Mapping, file: str, findings: Findings) -> None:
    """Say hidden sheets that are not read (the template hides the words of its drop-downs)."""
    known = {
        *TABLES,
        CARD_SHEET,
        "lists",
        *(fold(name) for names in mapping.files.values() for name in names),
    }
    for sheet in book.worksheets:
        if sheet.sheet_state != "visible" and fold(sheet.title) not in known:
            findings.say("unread-sheet", file, sheet=sheet.title)


def read_sheet(
    path: Path, sheet: str, name: str, mapping: Mapping, fingerprint: Fingerprint, findings: Findings
) -> Table | None:
    """Read one table from a workbook that lies beside other files."""
    if not may_be_opened(path, findings):
        return None
    fingerprint.add_file(path)
    try:
        with _opened(path) as (book, packed, parts):
            titles = [title for title in parts if book[title].sheet_state == "visible"]
            own = [title for title in titles if title.strip().casefold() == name]
            title = sheet or (titles if len(titles) == 1 else own or [name])[0]
            return _read_sheet(book, packed, parts, name, path.name, mapping, findings, title)
    except _DAMAGED as fault:
        _say_damaged(path, fault, findings)
        return None


def _say_damaged(path: Path, fault: Exception, findings: Findings) -> None:
    findings.say("damaged-workbook", path.name, fault=visible(str(fault))[:80])


@contextmanager
def _opened(path: Path) -> Iterator[tuple[Any, zipfile.ZipFile, dict[str, str]]]:
    """The workbook, its zip file and the parts of its sheets, closed again whatever happens."""
    with closing(_open(path)) as book, zipfile.ZipFile(path) as packed:
        yield book, packed, _sheet_parts(book)


def _open(path: Path) -> Any:
    """Open a workbook to be read; its chart sheets, over which the library can stumble, are passed over."""
    from openpyxl.reader.excel import ExcelReader

    class Reader(ExcelReader):
        def read_chartsheet(self, sheet: Any, rel: Any) -> None:
            """A chart holds no table."""

    reader = Reader(path, read_only=True, data_only=False)
    reader.read()
    return reader.wb


def _sheet_parts(book: Any) -> dict[str, str]:
    """Title of each sheet -> its part in the zip file."""
    return {sheet.title: str(sheet._worksheet_path).lstrip("/") for sheet in book.worksheets}


def _sheet_title(
    titles: list[str], name: str, table: str, file: str, mapping: Mapping, findings: Findings
) -> str | None:
    """The sheet of a table; one that is probably meant is offered, and read so that it is checked too."""
    found = [title for title in titles if title.strip().casefold() == name.casefold()]
    if len(found) > 1:
        findings.say("two-sheets", file, name=name)
        return None
    if found:
        _say_copies(titles, name, found[0], file, findings)
        return found[0]
    if table in mapping.wide.makes and table not in mapping.files:
        return None
    taken = (*TABLES, CARD_SHEET, "lists", "dictionary")
    others = [title for title in titles if title.strip().casefold() not in taken]
    meant = [title for title in others if table in tables_meant(title) or nearest(title, (table,))]
    near = (meant or (others if len(others) == 1 and table == "patients" else [""]))[0]
    if near and name == table:
        findings.propose("files", table, near)
    hint = f"Is it '{visible(near)}'? Name it in [files] of {FILE_NAME}." if near else None
    warning = table == "treatments" and not near
    findings.say("missing-sheet", file, name=name, mend=hint, warning=warning)
    return near or None


def _say_copies(titles: list[str], name: str, used: str, file: str, findings: Findings) -> None:
    for title in titles:
        if looks_like_copy(title, name) and title != used:
            findings.say("copied-sheet", file, sheet=title, title=visible(title), name=name)


def _read_sheet(
    book: Any,
    packed: zipfile.ZipFile,
    parts: dict[str, str],
    name: str,
    file: str,
    mapping: Mapping,
    findings: Findings,
    title: str = "",
) -> Table | None:
    wanted = title or mapping.files.get(name, (name,))[0]
    wanted = wanted.rpartition("#")[2]
    title = _sheet_title(book.sheetnames, wanted, name, file, mapping, findings) or ""
    if title not in parts:
        return None
    sheet = book[title]
    if sheet.sheet_state != "visible":
        say_cells("hidden-sheet", [title], title, file, findings)
    sheet.reset_dimensions()
    first = [header_of(cells) for cells in sheet.iter_rows(max_row=LOOKED_AT)]
    numbers = mapping.header.get(name) or find_header(first, lambda cell: knows(cell, name, mapping))
    groups: list[tuple[int, int]] = []
    if not shape_is_sound(packed, parts[title], title, file, findings, numbers, groups):
        return None
    if not any(first):
        findings.say("empty-file/sheet", file, sheet=title)
        return None
    if name not in mapping.header and numbers != (1,):
        say_header(numbers, name, file, findings, title)
    header = list(header_of_rows([first[number - 1] for number in numbers if number <= len(first)], groups))
    if not has_known_column(header, name, mapping):
        names = ", ".join(required_names(name))
        findings.say("no-header", file, sheet=title, line=numbers[0], place=f"row {numbers[0]}", names=names)
        return None
    rows = sheet.iter_rows(min_row=numbers[-1] + 1)
    return read_rows(rows, header, name, title, file, findings, numbers[-1] + 1)


def _read_card(book: Any, path: Path, findings: Findings) -> Card:
    """Read the sheet `cohort`; a range is ``reference_ranges.TEST`` with ``low - high``, or low and high."""
    title = next((name for name in book.sheetnames if name.strip().casefold() == CARD_SHEET), None)
    values: dict[str, Any] = {"title": path.stem, "source": ""}
    if title is None:
        findings.say("no-card/sheet", path.name)
        return card_from({**values, "synthetic": False}, path.name, findings, CARD_SHEET)
    sheet = book[title]
    sheet.reset_dimensions()
    for row in sheet.iter_rows(max_row=200, max_col=3, values_only=True):
        key = str(row[0]).strip() if row and row[0] is not None else ""
        value = truth(row[1]) if len(row) > 1 else None
        if not key or key.casefold() == "key" or value is None:
            continue
        section, _, name = key.partition(".")
        if section == "reference_ranges" and name:
            high = row[2] if len(row) > 2 else None
            pair = _pair(value) if high is None else [value, high]
            values.setdefault(section, {})[name] = pair
        elif section in CARD_SECTIONS and name:
            values.setdefault(section, {})[name] = str(value)
        else:
            values[key] = value
    return card_from(values, path.name, findings, title)


def _pair(value: Any) -> Any:
    """A range written in one cell, such as ``40 - 120``."""
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*[-\u2013]\s*(\d+(?:\.\d+)?)\s*", str(value))
    return [float(found.group(1)), float(found.group(2))] if found else value
