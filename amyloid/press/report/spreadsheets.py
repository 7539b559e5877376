"""Tables for a spreadsheet, a workbook or CSV, in which no text becomes a formula."""

import csv
import io
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from amyloid.cohort.delivery import FORMULA_STARTS, defused
from amyloid.press.report.layout import STAMPS, Kind
from amyloid.press.report.outputs import Table, read_notebooks, tables

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

_NUMBER = re.compile(r"[-+−]?\d+(?:\.\d+)?")
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_RUN_TABLES = ("results", "categories", "endpoints")


def csv_bytes(rows: Sequence[Sequence[str]]) -> bytes:
    """Return rows as CSV with every formula defused."""
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerows([[defused(cell) for cell in row] for row in rows])
    return buffer.getvalue().encode()


def write_excel(run: Path, target: Path, kind: Kind) -> None:
    """Write every table of a run into one workbook, one sheet each.

    Parameters
    ----------
    run
        A finished run.
    target
        The `.xlsx` file.
    kind
        Whose data it is; the first sheet says so.

    Notes
    -----
    Numbers are numbers. Everything else is text and stays text: no cell of the data becomes a formula.
    """
    from openpyxl import Workbook

    book = Workbook()
    contents = book.worksheets[0]
    contents.title = "Contents"
    _write_row(contents, [STAMPS[kind]])
    _write_row(contents, ["Sheet", "Table"])
    for number, table in enumerate(_all_tables(run), start=1):
        name = f"{table.notebook[:2]} {table.name}"[:25].translate({ord(sign): "-" for sign in "[]:*?/\\"})
        sheet = book.create_sheet(f"{number} {name}")
        _write_row(contents, [sheet.title, table.caption])
        for row in ([table.caption], list(table.header), *table.rows, *([note] for note in table.notes)):
            _write_row(sheet, list(row))
        sheet.freeze_panes = "A3"
    book.save(target)


def _all_tables(run: Path) -> list[Table]:
    found = [table for name, notebook in read_notebooks(run).items() for table in tables(notebook, name)]
    for name in _RUN_TABLES:
        with (run / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            header, *rows = list(csv.reader(file))
        found.append(Table("", name, f"{name}.csv", tuple(header), tuple(map(tuple, rows)), ()))
    return found


def _write_row(sheet: "Worksheet", cells: list[str]) -> None:
    """Append a row; text that looks like a formula is marked as text twice: by type and by its prefix."""
    row = sheet.max_row + 1 if sheet.max_row > 1 or sheet["A1"].value is not None else 1
    for column, text in enumerate(cells, start=1):
        cell = sheet.cell(row=row, column=column)
        if _NUMBER.fullmatch(text) and not re.match(r"[-+−]?0\d", text):
            cell.value = float(text.replace("−", "-"))
        elif text:
            cell.value = _NOT_IN_XML.sub("", text)
            cell.data_type = "s"
            cell.quotePrefix = text.startswith(FORMULA_STARTS)
