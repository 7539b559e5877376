"""The sheets of one .xlsx workbook: tables as a person would have typed them, and the rows of the card."""

from __future__ import annotations

import datetime as dt
import re
import zipfile
import zlib
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from openpyxl.reader.excel import ExcelReader
from openpyxl.utils import column_index_from_string, get_column_letter, range_boundaries

from amyloid.cohort.errors import MAX_SHOWN, visible
from amyloid.cohort.mapping import FILE_NAME, Mapping
from amyloid.cohort.reading import headers
from amyloid.cohort.reading.card import Card, card_of_rows
from amyloid.cohort.reading.columns import number_text
from amyloid.cohort.reading.files import tables_meant
from amyloid.cohort.reading.findings import Findings, nearest
from amyloid.cohort.reading.raw import may_be_opened
from amyloid.cohort.reading.table import Encoder, Table, fold
from amyloid.cohort.schema import TABLES

MAX_COLUMNS = 1000
CARD_SHEET = "cohort"
_DAMAGED = (
    *(ArithmeticError, AssertionError, AttributeError, EOFError, LookupError, OSError, RuntimeError),
    *(SyntaxError, TypeError, ValueError, zipfile.BadZipFile, zlib.error),
)
"""What openpyxl raises over a broken workbook."""

_DIMENSION = re.compile(rb'<dimension ref="(?:[A-Z]+\d+:)?([A-Z]+)(\d+)"')
_MERGED = re.compile(rb'<mergeCell ref="([A-Z]+\d+:[A-Z]+\d+)"')
_HIDDEN_ROW = re.compile(rb'<row (?=[^>]*\bhidden="(?:1|true)")[^>]*?\br="(\d+)"')
_HIDDEN_COLUMN = re.compile(rb'<col (?=[^>]*\bhidden="(?:1|true)")[^>]*?\bmin="(\d+)"')

Found = TypeVar("Found")


def read_workbook(path: Path, mapping: Mapping, findings: Findings) -> tuple[dict[str, Table | None], Card]:
    """Read the tables and the card of a workbook; nothing, and a blank card, where it cannot be opened."""
    nothing = dict.fromkeys(TABLES), Card(path.stem, file=path.name)
    return _opened(path, mapping, findings, Workbook.everything) or nothing


def read_sheet(path: Path, sheet: str, name: str, mapping: Mapping, findings: Findings) -> Table | None:
    """Read one table from a workbook that lies beside other files."""
    return _opened(path, mapping, findings, lambda book: book.table(name, sheet or book.sheet_meant(name)))


class _Reader(ExcelReader):
    """Opens a workbook without its chart sheets, over which the library can stumble."""

    def read_chartsheet(self, sheet: Any, rel: Any) -> None:
        """A chart holds no table."""


def _opened(
    path: Path, mapping: Mapping, findings: Findings, read: Callable[[Workbook], Found]
) -> Found | None:
    """What is read of a workbook, which is closed again whatever happens; None where it is damaged."""
    if not may_be_opened(path, findings):
        return None
    try:
        reader = _Reader(path, read_only=True, data_only=False)
        with closing(reader.archive):
            reader.read()
            return read(Workbook(reader.wb, reader.archive, path.name, mapping, findings))
    except _DAMAGED as fault:
        findings.say("damaged-workbook", path.name, fault=visible(str(fault))[:80])
        return None


@dataclass(frozen=True)
class Workbook:
    """An open workbook: the library's object and its zip file."""

    book: Any
    archive: zipfile.ZipFile
    file: str
    mapping: Mapping
    findings: Findings

    def everything(self) -> tuple[dict[str, Table | None], Card]:
        """Every table, and the card; hidden sheets that are not read are said (but the template's lists)."""
        tables = {name: self.table(name) for name in TABLES}
        named = {fold(name) for names in self.mapping.files.values() for name in names}
        known = {*TABLES, CARD_SHEET, "lists", *named}
        for sheet in self.book.worksheets:
            if sheet.sheet_state != "visible" and fold(sheet.title) not in known:
                self.findings.say("unread-sheet", self.file, sheet=sheet.title)
        return tables, self._card()

    def table(self, name: str, title: str = "") -> Table | None:
        """Read one table, from a sheet of this title or the one that the mapping or its name says."""
        wanted = title or self.mapping.files.get(name, (name,))[0]
        title = self._title(wanted.rpartition("#")[2], name)
        if not title:
            return None
        sheet = self.book[title]
        if sheet.sheet_state != "visible":
            self._say_some("hidden-sheet", title, [title])
        sheet.reset_dimensions()
        first = [_header(cells) for cells in sheet.iter_rows(max_row=headers.LOOKED_AT)]
        known = self.mapping.header.get(name)
        numbers = known or headers.find_header(first, lambda cell: headers.knows(cell, name, self.mapping))
        groups = self._groups(title, numbers)
        if groups is None:
            return None
        if not any(first):
            self.findings.say("empty-file/sheet", self.file, sheet=title)
            return None
        if not known and numbers != (1,):
            headers.say_header(numbers, name, self.file, self.findings, title)
        chosen = [first[number - 1] for number in numbers if number <= len(first)]
        header = headers.header_of_rows(chosen, groups)
        place = {"sheet": title, "line": numbers[0], "place": f"row {numbers[0]}"}
        if not headers.is_header(header, name, self.mapping, "no-header", self.file, self.findings, **place):
            return None
        return self._rows(name, title, header, numbers[-1] + 1)

    def sheet_meant(self, name: str) -> str:
        """The only visible sheet, or the one that is called like the table."""
        titles: list[str] = [sheet.title for sheet in self.book.worksheets if sheet.sheet_state == "visible"]
        own = [title for title in titles if title.strip().casefold() == name]
        return (titles if len(titles) == 1 else own or [name])[0]

    def _title(self, wanted: str, table: str) -> str:
        """The sheet of a table; one that is probably meant is offered, and read so that it is checked too."""
        titles = self.book.sheetnames
        found = [title for title in titles if title.strip().casefold() == wanted.casefold()]
        if len(found) > 1:
            self.findings.say("two-sheets", self.file, name=wanted)
            return ""
        copy = re.compile(rf"(copy of )?{re.escape(wanted)}[ _-]*(\(\d+\)|\d*|copy|old|new|backup|final)")
        for title in titles if found else ():
            if copy.fullmatch(title.strip().casefold()) and title != found[0]:
                self.findings.say("copied-sheet", self.file, sheet=title, title=visible(title), name=wanted)
        if found or (table in self.mapping.wide.makes and table not in self.mapping.files):
            return found[0] if found else ""
        taken = (*TABLES, CARD_SHEET, "lists", "dictionary")
        others = [title for title in titles if title.strip().casefold() not in taken]
        meant = [title for title in others if table in tables_meant(title) or nearest(title, (table,))]
        near: str = (meant or (others if len(others) == 1 and table == "patients" else [""]))[0]
        if near and wanted == table:
            self.findings.propose("files", table, near)
        hint = f"Is it '{visible(near)}'? Name it in [files] of {FILE_NAME}." if near else None
        warning = table == "treatments" and not near
        self.findings.say("missing-sheet", self.file, name=wanted, mend=hint, warning=warning)
        return near

    def _groups(self, title: str, header: tuple[int, ...]) -> list[tuple[int, int]] | None:
        """First and last column of the merged cells in the first row of the header; hidden rows are said.

        None where a sheet claims to reach to the edge of the world, or other cells are merged: only those
        above and among the rows of the header may be, when that is not row 1 alone.
        """
        found: dict[re.Pattern[bytes], list[bytes]] = {_MERGED: [], _HIDDEN_ROW: [], _HIDDEN_COLUMN: []}
        with self.archive.open(self.book[title]._worksheet_path.lstrip("/")) as stream:
            tail = stream.read(1 << 20)
            reach = _DIMENSION.search(tail)
            if reach and column_index_from_string(reach.group(1).decode()) > MAX_COLUMNS:
                self.findings.say(
                    "stray-cell", self.file, sheet=title, reach=b"".join(reach.groups()).decode()
                )
                return None
            while tail:
                for pattern, places in found.items():
                    places += pattern.findall(tail)
                last = tail[tail.rfind(b"<") :]
                block = stream.read(1 << 20)
                tail = (b"" if b">" in last else last) + block if block else b""
        groups, sound = [], True
        for cells in found[_MERGED]:
            edges = (edge or 0 for edge in range_boundaries(cells.decode()))
            first_column, first_row, last_column, last_row = edges
            if last_row > header[-1] or header == (1,):
                sound = False
                self.findings.say("merged-cells", self.file, sheet=title, cell=cells.decode())
            elif first_row <= header[0] <= last_row:
                groups.append((first_column - 1, last_column - 1))
        rows, columns = (dict.fromkeys(map(int, found[kind])) for kind in (_HIDDEN_ROW, _HIDDEN_COLUMN))
        self._say_some("hidden-rows", title, list(map(str, rows)))
        self._say_some("hidden-columns", title, list(map(get_column_letter, columns)))
        return groups if sound else None

    def _rows(self, name: str, title: str, header: tuple[str, ...], first: int) -> Table:
        """Read the rows below the header; blank ones are skipped, formulas and errors are refused."""
        encoder = Encoder(len(header))
        looks: dict[int, tuple[bool, bool]] = {}
        struck, faults = [], []
        for number, cells in enumerate(self.book[title].iter_rows(min_row=first), first):
            texts = [""] * len(header)
            for position, cell in enumerate(cells):
                if cell.value is None:
                    continue
                percent, crossed = looks.get(cell._style_id) or looks.setdefault(cell._style_id, _look(cell))
                text = _text(cell, percent=percent)
                inside = position < len(header)
                if inside:
                    texts[position] = text
                    struck += [cell.coordinate] * crossed
                if inside and cell.data_type == "n":
                    encoder.exact[position].add(text)
                if fault := _fault(cell, text, inside):
                    faults.append((fault, number, cell.coordinate))
            if any(texts):
                encoder.append(texts, number)
        for fault, number, place in faults[:MAX_SHOWN]:
            self.findings.say(fault, self.file, sheet=title, line=number, cell=place)
        if len(faults) > MAX_SHOWN:
            self.findings.say("cells", self.file, sheet=title, more=len(faults) - MAX_SHOWN)
        self._say_some("struck-cells", title, struck)
        return encoder.table(name, self.file, title, header, decimal_comma_possible=True)

    def _say_some(self, rule: str, title: str, places: list[str]) -> None:
        """Say cells, rows or columns that a reader of the sheet does not see as data; they are read."""
        if places:
            more = f" and {len(places) - 5} more" if len(places) > 5 else ""
            self.findings.say(rule, self.file, sheet=title, some=", ".join(places[:5]) + more)

    def _card(self) -> Card:
        """Read the sheet `cohort`; without it a card that says so."""
        title = next((name for name in self.book.sheetnames if name.strip().casefold() == CARD_SHEET), None)
        if title is None:
            self.findings.say("no-card/sheet", self.file)
            return Card(Path(self.file).stem, file=self.file)
        sheet = self.book[title]
        sheet.reset_dimensions()
        rows = sheet.iter_rows(max_row=200, max_col=3, values_only=True)
        cells = [(key, _truth(value), high) for key, value, high in rows]
        return card_of_rows(cells, Path(self.file).stem, self.file, title, self.findings)


def _header(cells: Iterable[Any]) -> list[str]:
    """Texts of a row, without blank cells at its end."""
    texts = [_text(cell) for cell in cells]
    return texts[: max((number for number, text in enumerate(texts, 1) if text), default=0)]


def _fault(cell: Any, text: str, inside: bool) -> str:
    """The rule that a cell breaks; empty for none."""
    if not inside:
        return "cell/outside" if text.strip() else ""
    if cell.data_type == "f" and text == cell.value:
        return "cell/formula"
    return "cell/error" if cell.data_type == "e" else ""


def _look(cell: Any) -> tuple[bool, bool]:
    """Whether the style of a cell shows percent, and strikes the cell through."""
    return "%" in re.sub(r'"[^"]*"|\\.', "", cell.number_format), bool(cell.font.strike)


def _text(cell: Any, *, percent: bool = False) -> str:
    """Text of a cell as a person would type it: YYYY-MM-DD, whole numbers without a point, 0.07 as ``7%``."""
    value = _truth(cell.value) if cell.data_type == "f" else cell.value
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    if percent and isinstance(value, (int, float)):
        return f"{number_text(round(value * 100.0, 9))}%"
    if isinstance(value, float):
        return number_text(value)
    if isinstance(value, dt.datetime):
        return value.isoformat(" ", "seconds").removesuffix(" 00:00:00")
    return str(value)


def _truth(value: Any) -> Any:
    """The truth value of a formula such as ``=FALSE()``, as which LibreOffice saves one; else the value."""
    found = re.fullmatch(r"(?:of:)?=\s*(TRUE|FALSE)\s*\(\s*\)", str(value), re.I)
    return found.group(1).upper() == "TRUE" if found else value
