"""Checks that hold for one column of any table: patient ids, numbers, code words, yes/no, free text."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from amyloid.cohort.errors import shown
from amyloid.cohort.identifiers import kind_of_identifier
from amyloid.cohort.reading.arrays import as_numpy, gather
from amyloid.cohort.reading.findings import Findings
from amyloid.cohort.reading.table import INVISIBLE, Table

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
    repeated = np.ones(table.n_rows, np.bool_)
    for column in sorted(table.all_columns, key=lambda column: len(column.dictionary)):  # shortest first
        if not repeated.any():
            break
        title = column.header.strip().casefold()
        same = np.fromiter((text.casefold() == title for text in column.texts), np.bool_, len(column.texts))
        repeated &= column.mask_of(same)
    if repeated.any():
        findings.say("header-again", table, repeated, None)
    blank = table.columns["patient_id"].blank
    for column in table.all_columns:
        if not blank.any():
            break
        blank &= column.blank
    dropped = repeated | blank
    return table.without(dropped) if dropped.any() else table


def patient_rows(table: Table, ids: pa.StringArray, findings: Findings) -> NDArray[np.int32]:
    """Find the patient of every row.

    Parameters
    ----------
    table : Table
    ids : pyarrow.StringArray
        Ids of the patients, one per row of patients; of equal ones the first counts.
    findings : Findings

    Returns
    -------
    numpy.ndarray of int32
        Row in patients, -1 where there is none, which has been said.
    """
    column = table.columns["patient_id"]
    found = as_numpy(pc.fill_null(pc.index_in(column.stripped, value_set=ids), -1))
    of_text = np.where(column.blank_texts, np.int32(-1), found)
    if column.blank_texts.any():
        findings.say("blank-id", table, column.blank, column)
    unknown = (of_text < 0) & ~column.blank_texts
    if unknown.any() and pc.any(pc.not_equal(ids, "")).as_py():
        known = ids.to_pylist()
        findings.say(
            "unknown-patient",
            table,
            column.mask_of(unknown),
            column,
            by=0,
            mend=lambda row: _hint_id(column.at(row), known),
        )
    return gather(of_text, column.codes)


def _hint_id(text: str, ids: list[str]) -> str:
    bare = "".join(sign for sign in text.strip() if sign not in INVISIBLE)
    if bare and bare in ids:
        return f"It differs from '{bare}' only by an invisible character; type it again."
    if not kind_of_identifier(text):
        short = bare.lstrip("0")
        for known in filter(None, ids):
            if known.lstrip("0") == short and short:
                return f"patients has {shown(known)}: were leading zeros lost? Format the column as text."
            if known.casefold() == bare.casefold():
                return f"patients has {shown(known)}: write it the same way."
    return "Add the patient to patients, or leave these rows out."
