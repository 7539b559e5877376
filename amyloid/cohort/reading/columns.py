"""Checks that hold for one column of any table: patient ids, numbers, code words, yes/no, free text."""

from __future__ import annotations

import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from amyloid.cohort.errors import shown
from amyloid.cohort.identifiers import kind_of_identifier
from amyloid.cohort.reading.arrays import as_numpy, gather
from amyloid.cohort.reading.findings import Findings
from amyloid.cohort.reading.table import INVISIBLE, Mask, Table

Floats = NDArray[np.float64]

_TOTAL = re.compile(
    r"((sub_?|grand_?)?totals?|totale?|summe|suma?|somme|gesamt|mean|average|mittelwert|median|moyenne|media"
    r"|std|sd)(\W.*)?",
    re.I | re.S,
)
_NOTE = re.compile(
    r"[*#\u2020\u2021\u00a7].*|(source|note|notes|legend|legende|quelle|exported|export)\b.*|\S+( \S+){3,}",
    re.I | re.S,
)


def is_note(text: str) -> bool:
    """Whether a text that stands alone in its row is a note under the table."""
    return _NOTE.fullmatch(text.strip()) is not None


def _left_out(table: Table, findings: Findings) -> Mask:
    """Blank rows; rows of totals and notes, which are said."""
    patient = table.columns["patient_id"]
    totals, notes = (
        patient.mask_of(np.array([found(text) is not None for text in patient.texts], np.bool_))
        for found in (_TOTAL.fullmatch, _NOTE.fullmatch)
    )
    alone = patient.blank | notes
    for column in table.all_columns:
        if not alone.any():
            break
        if column.position != patient.position:
            alone &= column.blank
    findings.say("note-row", table, totals | (alone & notes), patient)
    return totals | alone


def tidy(table: Table, findings: Findings) -> Table:
    """Drop blank rows, rows of totals and notes; refuse the header line where it comes again further down.

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
    dropped = repeated | _left_out(table, findings)
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
