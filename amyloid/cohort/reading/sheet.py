"""Rows of one sheet as text."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import numpy as np

from amyloid.cohort.errors import MAX_SHOWN
from amyloid.cohort.reading.findings import Findings
from amyloid.cohort.reading.table import Encoder, Table, letters


def header_of(cells: Any) -> list[str]:
    """Texts of the first row, without blank cells at its end.

    Parameters
    ----------
    cells : sequence of openpyxl cells

    Returns
    -------
    list of str
    """
    header = [cell_text(cell) for cell in cells]
    while header and not header[-1]:
        header.pop()
    return header


def read_rows(
    rows: Any, header: list[str], name: str, title: str, file: str, findings: Findings, first: int = 2
) -> Table:
    """Read the rows below the header; blank ones are skipped, formulas and errors are refused.

    Parameters
    ----------
    rows : iterator of rows of openpyxl cells
    header : list of str
    name : str
        Which of the four tables this is.
    title, file : str
        Sheet and file, for messages.
    findings : Findings
    first : int
        Number of the first of the rows.

    Returns
    -------
    Table
    """
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
            return f"{_number_text(round(cell.value * 100.0, 9))}%"
        return cell_text(cell)


def cell_text(cell: Any) -> str:
    """Text of a cell as a person would type it: dates as YYYY-MM-DD, whole numbers without a point.

    Parameters
    ----------
    cell : openpyxl cell

    Returns
    -------
    str
    """
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, float):
        return _number_text(value)
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


def _number_text(value: float) -> str:
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)


def truth(value: Any) -> Any:
    """The truth value of a formula such as ``=FALSE()``, as which LibreOffice saves one; else the value.

    Parameters
    ----------
    value : object

    Returns
    -------
    object
    """
    found = re.fullmatch(r"(?:of:)?=\s*(TRUE|FALSE)\s*\(\s*\)", str(value), re.I)
    return found.group(1).upper() == "TRUE" if found else value
