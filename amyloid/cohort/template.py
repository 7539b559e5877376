"""Blank tables to fill in (CSV, workbook, REDCap), and the dictionary of what each cell may hold."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, Final

from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill
from openpyxl.worksheet.datavalidation import DataValidation

from amyloid.cohort import schema
from amyloid.cohort.delivery import delivered, write_csv
from amyloid.cohort.redcap import PREFIXES
from amyloid.cohort.schema import CONVERSIONS, TABLES, TEST_DETAILS, TESTS, Field, Test

_TEXTS: Final = tomllib.loads(Path(__file__).with_name("template.toml").read_text(encoding="utf-8"))
REDCAP_COLUMNS = tuple(_TEXTS["redcap_columns"])
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
    names = (*(f"{name}.csv" for name in TABLES), "cohort.toml", WORKBOOK, REDCAP_DICTIONARY)
    paths = [folder / name for name in names]
    for path in paths:
        if path.exists():
            raise FileExistsError(17, "there already", str(path))
    with delivered(folder, force=True) as aside:
        for table in TABLES.values():
            write_csv(aside / f"{table.name}.csv", [table.names])
        (aside / "cohort.toml").write_text(_TEXTS["card"], encoding="utf-8")
        _blank_workbook().save(aside / WORKBOOK)
        rows = [
            _redcap_row(table.name, field)
            for table in TABLES.values()
            for field in table.fields
            if table.name == "patients" or field.name != "patient_id"
        ]
        write_csv(aside / REDCAP_DICTIONARY, [REDCAP_COLUMNS, *rows])
    return paths


def redcap_variable(table: str, column: str) -> str:
    """Name of a column's variable in REDCap, where names are unique in a project."""
    return column if table == "patients" else f"{PREFIXES[table]}{column}"


def _redcap_row(table: str, field: Field) -> tuple[str, ...]:
    """Row of a REDCap data dictionary whose raw export `amyloid check` reads."""
    numeric = field.kind == "number"
    low, high = (f"{limit:g}" if numeric and limit is not None else "" for limit in (field.low, field.high))
    units = "; ".join(f"{test} {unit}" for test, unit in TESTS.items() if unit)
    coded = "dropdown" if field.codes else "text"
    choices = " | ".join(f"{word}, {word}" for word in field.codes)
    validation = {"number": "integer" if field.whole else "number", "date": "date_ymd"}.get(field.kind, "")
    cells = {
        "Variable / Field Name": redcap_variable(table, field.name),
        "Form Name": table,
        "Field Type": "yesno" if field.kind == "yes_no" else coded,
        "Field Label": field.words[:1].upper() + field.words[1:],
        "Choices, Calculations, OR Slider Labels": "" if field.kind == "yes_no" else choices,
        "Field Note": f"Units: {units}" if field.name == "unit" else "",
        "Text Validation Type OR Show Slider Number": validation,
        "Text Validation Min": low,
        "Text Validation Max": high,
        "Required Field?": "y" if field.required and field.name != "unit" else "",
    }
    return tuple(cells.get(name, "") for name in REDCAP_COLUMNS)


def _blank_workbook() -> Workbook:
    """Make the workbook: a sheet per table with comments and drop-downs, the card, the dictionary."""
    book = Workbook()
    lists = book.worksheets[0]
    lists.title, lists.sheet_state = "lists", "hidden"
    units = tuple(dict.fromkeys(unit for accepted_units in CONVERSIONS.values() for unit in accepted_units))
    for table in TABLES.values():
        sheet = book.create_sheet(table.name, index=len(book.sheetnames) - 1)
        for position, field in enumerate(table.fields, 1):
            letter = _head(sheet.cell(1, position, field.name), field)
            words = units if field.name == "unit" else field.codes
            if words:
                _drop_down(sheet, letter, lists, f"{table.name}.{field.name}", words)
        sheet.freeze_panes = "B2"
    card = [[key, value] for key, value in tomllib.loads(_TEXTS["card"]).items() if key != "reference_ranges"]
    _sheet_of(book, "cohort", [["key", "value", "high"], *card], {"A": 36, "B": 40})
    columns = [
        [table.name, field.name, "yes" if field.required else "", expected(field), field.words]
        for table in TABLES.values()
        for field in table.fields
    ]
    tests = [[test.name, accepted(test), "", "", test.words] for test in TEST_DETAILS.values()]
    heads = ["table", "column", "required", "expected", "meaning"], ["test", "units", "", "", "meaning"]
    rows = [heads[0], *columns, [], heads[1], *tests]
    _sheet_of(book, "dictionary", rows, {"A": 24, "B": 40, "C": 10, "D": 60, "E": 70})
    return book


def _sheet_of(book: Workbook, name: str, rows: list[list[Any]], widths: dict[str, int]) -> None:
    sheet = book.create_sheet(name)
    for row in rows:
        sheet.append(row)
    for letter, width in widths.items():
        sheet.column_dimensions[letter].width = width


def _head(cell: Any, field: Field) -> str:
    """Write what a column is called and may hold; return its letter."""
    cell.font = Font(bold=True)
    if field.required:
        cell.fill = PatternFill("solid", fgColor="FFE8D9A8")
    needed = "Required. " if field.required else ""
    cell.comment = Comment(f"{needed}{field.words}. Expected: {expected(field)}.", "amyloid")
    column = cell.parent.column_dimensions[cell.column_letter]
    column.width = max(12, len(field.name) + 3)
    column.number_format = {"id": "@", "text": "@", "date": "yyyy-mm-dd"}.get(field.kind, "General")
    return str(cell.column_letter)


def _drop_down(sheet: Any, letter: str, lists: Any, title: str, words: tuple[str, ...]) -> None:
    """Offer words from a hidden sheet: a list in the rule itself may hold 255 characters only."""
    at = lists.max_column + 1 if lists.cell(1, 1).value else 1
    for row, word in enumerate((title, *words), 1):
        lists.cell(row, at, word)
    offered = lists.cell(1, at).column_letter
    source = f"lists!${offered}$2:${offered}${len(words) + 1}"
    rule = DataValidation("list", formula1=source, allow_blank=True, showErrorMessage=True)
    rule.error = f"Choose one of: {', '.join(words)}"[:250]
    rule.add(f"{letter}2:{letter}{LAST_ROW}")
    sheet.add_data_validation(rule)


def expected(field: Field) -> str:
    """Say what a cell of a column may hold."""
    if field.name == "test":
        return "one of the tests below"
    if field.kind in ("code", "yes_no"):
        return ", ".join(field.codes) + (", or blank" if field.blank_allowed else "")
    number = "whole number" if field.whole else "number"
    kinds = {
        "date": "YYYY-MM-DD",
        "number": f"{number}, {field.unit}" if field.unit else number,
        "test_value": "number, <number, >number, positive, negative, or NYHA class",
    }
    return kinds.get(field.kind, "text")


def accepted(test: Test) -> str:
    """Accepted units of a test with their conversion, the canonical one first."""
    words = []
    for unit, how in CONVERSIONS[test.name].items():
        times = [f"times {how.multiply:g}"] * (how.multiply != 1)
        divided = [f"divided by {how.divide:g}"] * (how.divide != 1)
        factors = ", ".join([*times, *divided, how.source])
        words.append(f"{unit} ({factors})" if times or divided else unit)
    blank = "positive, negative" if test.scale == "immunofixation" else "I, II, III, IV or 1 to 4"
    return ", ".join(words) or blank


def markdown() -> str:
    """Write the data dictionary as Markdown: the contents of ``data/DICTIONARY.md``."""
    from jinja2 import Environment

    def usual(test: Test) -> str:
        number = test.scale == "number"
        return f"{test.likely_low:,g} to {test.likely_high:,g}" if number else ""

    text = Path(__file__).with_name("dictionary.md.j2").read_text(encoding="utf-8")
    template = Environment(trim_blocks=True, keep_trailing_newline=True).from_string(text)
    return template.render(**vars(schema), expected=expected, accepted=accepted, usual=usual)
