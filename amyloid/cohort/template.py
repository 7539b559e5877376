"""Blank tables to fill in: CSV files, a workbook with drop-downs, a REDCap data dictionary."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from amyloid.cohort.delivery import delivered
from amyloid.cohort.dictionary import accepted, entries, expected
from amyloid.cohort.measurements import CONVERSIONS
from amyloid.cohort.redcap import PREFIXES
from amyloid.cohort.schema import CARD_KEYS, TABLES, TEST_DETAILS, TESTS, Field

if TYPE_CHECKING:
    from openpyxl import Workbook

REDCAP_COLUMNS = (
    "Variable / Field Name",
    "Form Name",
    "Section Header",
    "Field Type",
    "Field Label",
    "Choices, Calculations, OR Slider Labels",
    "Field Note",
    "Text Validation Type OR Show Slider Number",
    "Text Validation Min",
    "Text Validation Max",
    "Identifier?",
    "Branching Logic (Show field only if...)",
    "Required Field?",
    "Custom Alignment",
    "Question Number (surveys only)",
    "Matrix Group Name",
    "Matrix Ranking?",
    "Field Annotation",
)


def redcap_rows() -> Iterator[tuple[str, ...]]:
    """Yield the rows of a REDCap data dictionary whose raw export `amyloid check` reads.

    One variable, in the order of `REDCAP_COLUMNS`.
    """
    for table in TABLES.values():
        for field in table.fields:
            if table.name == "patients" or field.name != "patient_id":
                yield _redcap_row(table.name, field)


def redcap_variable(table: str, column: str) -> str:
    """Name of a column's variable in REDCap, where names are unique in a project."""
    return column if table == "patients" else f"{PREFIXES[table]}{column}"


def _redcap_row(table: str, field: Field) -> tuple[str, ...]:
    numeric = field.kind == "number"
    low, high = (f"{limit:g}" if numeric and limit is not None else "" for limit in (field.low, field.high))
    units = "; ".join(f"{test} {unit}" for test, unit in TESTS.items() if unit)
    coded = "dropdown" if field.codes else "text"
    choices = " | ".join(f"{word}, {word}" for word in field.codes)
    cells = {
        "Variable / Field Name": redcap_variable(table, field.name),
        "Form Name": table,
        "Field Type": "yesno" if field.kind == "yes_no" else coded,
        "Field Label": field.words[:1].upper() + field.words[1:],
        "Choices, Calculations, OR Slider Labels": "" if field.kind == "yes_no" else choices,
        "Field Note": f"Units: {units}" if field.name == "unit" else "",
        "Text Validation Type OR Show Slider Number": _validation(field),
        "Text Validation Min": low,
        "Text Validation Max": high,
        "Required Field?": "y" if field.required and field.name != "unit" else "",
    }
    return tuple(cells.get(name, "") for name in REDCAP_COLUMNS)


def _validation(field: Field) -> str:
    if field.kind == "number":
        return "integer" if field.whole else "number"
    return "date_ymd" if field.kind == "date" else ""


CARD_TEXT = """title = ""
source = ""
synthetic = false  # true only when no real patient is described
# data_cutoff = 2010-12-31

[reference_ranges]
# alkaline_phosphatase = [40, 120]  # U/L, the limits of your laboratory
"""
CARD_VALUES = {"title": "", "source": "", "synthetic": False}
LAST_ROW = 5000
WORKBOOK = "cohort.xlsx"
REDCAP_DICTIONARY = "redcap_dictionary.csv"


def write_templates(folder: Path) -> list[Path]:
    """Write blank tables, the card, a workbook and a REDCap data dictionary.

    Parameters
    ----------
    folder : pathlib.Path
        Made when it does not exist. Nothing in it is overwritten.

    Returns
    -------
    list of pathlib.Path
        The files.

    Raises
    ------
    FileExistsError
        When one of the files is there already; then none is written.
    """
    paths = [*(folder / f"{name}.csv" for name in TABLES), folder / "cohort.toml", folder / WORKBOOK]
    paths.append(folder / REDCAP_DICTIONARY)
    for path in paths:
        if path.exists():
            raise FileExistsError(17, "there already", str(path))
    with delivered(folder, force=True) as aside:
        for table in TABLES.values():
            _write_csv(aside / f"{table.name}.csv", [table.names])
        (aside / "cohort.toml").write_text(CARD_TEXT, encoding="utf-8")
        blank_workbook().save(aside / WORKBOOK)
        _write_csv(aside / REDCAP_DICTIONARY, [REDCAP_COLUMNS, *redcap_rows()])
    return paths


def _write_csv(path: Path, rows: list[tuple[str, ...]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)


def blank_workbook() -> Workbook:
    """Make the workbook: a sheet per table with comments and drop-downs, the card, the dictionary."""
    from openpyxl import Workbook

    book = Workbook()
    book.remove(book.worksheets[0])
    lists = book.create_sheet("lists")
    lists.sheet_state = "hidden"
    for table in TABLES.values():
        sheet = book.create_sheet(table.name, index=len(book.sheetnames) - 1)
        for position, field in enumerate(table.fields, 1):
            _head(sheet, position, field)
            words = _words(field)
            if words:
                _drop_down(sheet, position, lists, f"{table.name}.{field.name}", words)
        sheet.freeze_panes = "B2"
    _card_sheet(book)
    _dictionary_sheet(book)
    return book


def _head(sheet: Any, position: int, field: Field) -> None:
    from openpyxl.comments import Comment
    from openpyxl.styles import Font, PatternFill
    from openpyxl.utils import get_column_letter

    cell = sheet.cell(1, position, field.name)
    cell.font = Font(bold=True)
    if field.required:
        cell.fill = PatternFill("solid", fgColor="FFE8D9A8")
    needed = "Required. " if field.required else ""
    cell.comment = Comment(f"{needed}{field.words}. Expected: {expected(field)}.", "amyloid")
    column = sheet.column_dimensions[get_column_letter(position)]
    column.width = max(12, len(field.name) + 3)
    if field.kind in ("id", "text"):
        column.number_format = "@"
    elif field.kind == "date":
        column.number_format = "yyyy-mm-dd"


def _words(field: Field) -> tuple[str, ...]:
    if field.name == "unit":
        return tuple(dict.fromkeys(unit for units in CONVERSIONS.values() for unit in units))
    return field.codes


def _drop_down(sheet: Any, position: int, lists: Any, title: str, words: tuple[str, ...]) -> None:
    """Offer words from a hidden sheet: a list in the rule itself may hold 255 characters only."""
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    at = lists.max_column + 1 if lists.cell(1, 1).value else 1
    for row, word in enumerate((title, *words), 1):
        lists.cell(row, at, word)
    source = f"lists!${get_column_letter(at)}$2:${get_column_letter(at)}${len(words) + 1}"
    rule = DataValidation("list", formula1=source, allow_blank=True, showErrorMessage=True)
    rule.error = f"Choose one of: {', '.join(words)}"[:250]
    letter = get_column_letter(position)
    rule.add(f"{letter}2:{letter}{LAST_ROW}")
    sheet.add_data_validation(rule)


def _card_sheet(book: Workbook) -> None:
    sheet = book.create_sheet("cohort")
    sheet.append(["key", "value", "high"])
    for key in CARD_KEYS:
        if key in CARD_VALUES:
            sheet.append([key, CARD_VALUES[key]])
    sheet.column_dimensions["A"].width = 36
    sheet.column_dimensions["B"].width = 40


def _dictionary_sheet(book: Workbook) -> None:
    sheet = book.create_sheet("dictionary")
    sheet.append(["table", "column", "required", "expected", "meaning"])
    for entry in entries():
        sheet.append([entry.table, entry.column, entry.required, entry.expected, entry.words])
    sheet.append([])
    sheet.append(["test", "units", "", "", "meaning"])
    for test in TEST_DETAILS.values():
        sheet.append([test.name, accepted(test.name), "", "", test.words])
    for letter, width in zip("ABCDE", (24, 40, 10, 60, 70), strict=True):
        sheet.column_dimensions[letter].width = width
