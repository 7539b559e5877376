"""Checks that hold for one column of any table: patient ids, numbers, code words, yes/no, free text."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from amyloid.errors import shown
from amyloid.identifiers import kind_of_identifier
from amyloid.reading.findings import Findings
from amyloid.reading.table import INVISIBLE, Table

Floats = NDArray[np.float64]


def tidy(table: Table, findings: Findings) -> Table:
    """Drop blank rows; refuse the header line where it comes again further down.

    Parameters
    ----------
    table : Table
    findings : Findings

    Returns
    -------
    Table
    """
    ids = table.columns["patient_id"]
    title = ids.header.strip().casefold()
    again = np.fromiter((text.casefold() == title for text in ids.texts), np.bool_, len(ids.texts))
    repeated = ids.mask_of(again)
    for column in table.all_columns:
        if repeated.any():
            title = column.header.strip().casefold()
            same = np.fromiter(
                (text.casefold() == title for text in column.texts), np.bool_, len(column.texts)
            )
            repeated &= column.mask_of(same)
    if repeated.any():
        findings.rows(
            "header-again",
            table,
            repeated,
            None,
            "the header line comes again here.",
            "Were two exports joined? Delete this line.",
        )
    blank = ids.blank
    for column in table.all_columns:
        if not blank.any():
            break
        blank &= column.blank
    dropped = repeated | blank
    return table.without(dropped) if dropped.any() else table


def patient_rows(table: Table, row_of: Mapping[str, int], findings: Findings) -> NDArray[np.int32]:
    """Find the patient of every row.

    Parameters
    ----------
    table : Table
    row_of : mapping
        Patient id -> row in patients.
    findings : Findings

    Returns
    -------
    numpy.ndarray of int32
        Row in patients, -1 where there is none, which has been said.
    """
    column = table.columns["patient_id"]
    of_text = np.fromiter((row_of.get(text, -1) for text in column.texts), np.int32, len(column.texts))
    if (column.blank_texts).any():
        findings.rows(
            "blank-id", table, column.blank, column, "patient_id is blank.", "Fill it in.", quote=False
        )
    unknown = (of_text < 0) & ~column.blank_texts
    if unknown.any() and row_of:
        findings.rows(
            "unknown-patient",
            table,
            column.mask_of(unknown),
            column,
            "is not in patients.",
            lambda row: _hint_id(column.at(row), row_of),
        )
    return of_text[column.codes] if len(of_text) else np.zeros(0, np.int32)


def _hint_id(text: str, row_of: Mapping[str, int]) -> str:
    bare = "".join(sign for sign in text.strip() if sign not in INVISIBLE)
    if bare in row_of:
        return f"It differs from '{bare}' only by an invisible character; type it again."
    if not kind_of_identifier(text):
        short = bare.lstrip("0")
        for known in row_of:
            if known.lstrip("0") == short and short:
                return f"patients has {shown(known)}: were leading zeros lost? Format the column as text."
            if known.casefold() == bare.casefold():
                return f"patients has {shown(known)}: write it the same way."
    return "Add the patient to patients, or leave these rows out."
