"""Rows of one sheet as text."""

from __future__ import annotations

import datetime as dt
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


def read_rows(rows: Any, header: list[str], name: str, title: str, file: str, findings: Findings) -> Table:
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

    Returns
    -------
    Table
    """
    encoder, lines, faults = Encoder(len(header)), [], []
    blank = [""] * len(header)
    for number, cells in enumerate(rows, 2):
        texts = blank.copy()
        for position, cell in enumerate(cells):
            if cell.value is None:
                continue
            text = cell_text(cell)
            if position >= len(header):
                if text.strip():
                    faults.append(
                        (number, position, "stands outside the columns of the header.", "Delete it.")
                    )
                continue
            texts[position] = text
            if cell.data_type == "f":
                faults.append(
                    (number, position, "is a formula.", "Paste its value: formulas are not computed here.")
                )
            elif cell.data_type == "e":
                faults.append(
                    (number, position, "is a formula's error.", "Mend the formula or clear the cell.")
                )
        if any(texts):
            encoder.append(texts)
            lines.append(number)
    for number, position, message, mend in faults[:MAX_SHOWN]:
        findings.cell("cell", file, title, f"{letters(position)}{number}", number, message, mend)
    if len(faults) > MAX_SHOWN:
        findings.file(
            "cells", file, f"{len(faults) - MAX_SHOWN} more cells are formulas, errors or stray.", sheet=title
        )
    return Table(
        name,
        file,
        title,
        tuple(header),
        encoder.columns(header),
        len(lines),
        np.array(lines, np.int64),
        decimal_comma_possible=True,
    )


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
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, dt.datetime):
        midnight = value.time() == dt.time()
        return value.date().isoformat() if midnight else value.isoformat(" ", "seconds")
    if isinstance(value, (dt.date, dt.time)):
        return value.isoformat()
    return str(value)
