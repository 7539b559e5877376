"""The patients table: ids, age, sex, light chain, first dose, organs."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from amyloid.cohort.errors import shown
from amyloid.cohort.identifiers import kind_of_identifier
from amyloid.cohort.reading.arrays import as_arrow, as_numpy, gather
from amyloid.cohort.reading.dates import NO_DAY
from amyloid.cohort.reading.findings import Findings
from amyloid.cohort.reading.numeric import decimal_comma, number_column
from amyloid.cohort.reading.table import Column, Mask, Table
from amyloid.cohort.reading.timeline import dates_of
from amyloid.cohort.reading.words import check_text, code_column, text_column, yes_no_column
from amyloid.cohort.schema import PATIENTS

MOST_GROUPS: Final = 12
"""A column of more different texts divides the patients into no groups."""
_SEX = MappingProxyType({"f": "female", "m": "male"})
_LIGHT_CHAIN = MappingProxyType({"k": "kappa", "l": "lambda", "κ": "kappa", "λ": "lambda"})


@dataclass(frozen=True)
class Patients:
    """The patients, parsed; arrays have one entry per row of the table.

    Attributes
    ----------
    ids : pyarrow.StringArray
        Without spaces around them.
    sex, light_chain : numpy.ndarray of int8
        Number of the code word; -1 where it is not known.
    start : numpy.ndarray of int64
        Day of the first dose since 1970-01-01; `NO_DAY` where it is not known.
    flags : dict
        Yes/no column -> 1, 0 or -1.
    texts : dict
        Free-text column -> texts.
    others : dict
        Column of few different texts that the schema does not know -> that column; it may name groups.
    """

    table: Table
    ids: pa.StringArray
    age: NDArray[np.float64]
    sex: NDArray[np.int8]
    light_chain: NDArray[np.int8]
    start: NDArray[np.int64]
    flags: dict[str, NDArray[np.int8]]
    texts: dict[str, NDArray[np.object_]]
    others: dict[str, Column]


def read_patients(table: Table, findings: Findings) -> Patients:
    """Parse and check the patients table.

    Parameters
    ----------
    table : Table
        With matched columns.
    findings : Findings

    Returns
    -------
    Patients
    """
    if not table.n_rows:
        findings.say("no-rows/patients", table, line=1)
    ids = _ids(table, findings)
    comma = decimal_comma(table, ("age",))
    age = number_column(table, PATIENTS.field("age"), findings, comma, missing_words=True)
    sex = code_column(
        table, PATIENTS.field("sex"), findings, _SEX, mend="Codes such as 1 and 2 are never guessed."
    )
    light_chain = code_column(table, PATIENTS.field("light_chain"), findings, _LIGHT_CHAIN)
    for rule, name in (("blank-age", "age"), ("blank-sex", "sex"), ("blank-light-chain", "light_chain")):
        findings.say(rule, table, table.columns[name].blank, table.columns[name])
    return Patients(
        table,
        ids,
        age,
        sex,
        light_chain,
        _start(table, findings),
        {
            field.name: yes_no_column(table, field, findings)
            for field in PATIENTS.fields
            if field.kind == "yes_no"
        },
        {name: text_column(table, name, findings) for name in ("group", "recorded_response")},
        _others(table),
    )


def _others(table: Table) -> dict[str, Column]:
    """Unknown columns that may divide the patients into groups: few different texts, none personal."""
    found: dict[str, Column] = {}
    for column in table.all_columns:
        few = len(column.texts) - int(column.blank_texts.sum()) <= MOST_GROUPS
        named = column.known_as not in {"", *PATIENTS.names}
        if few and named and not any(map(kind_of_identifier, column.texts)):
            found.setdefault(column.known_as, column)
    return found


def _ids(table: Table, findings: Findings) -> pa.StringArray:
    column = table.columns["patient_id"]
    findings.say("blank-id", table, column.blank, column)
    check_text(table, column, findings)
    ids = column.stripped.take(as_arrow(column.codes))
    first = as_numpy(pc.index_in(ids, value_set=ids))
    again = (first != np.arange(table.n_rows)) & ~column.blank
    redcap = any(header.strip().startswith("redcap_") for header in table.header)
    rule = "patient-twice/redcap" if redcap else "patient-twice"
    findings.say(rule, table, again, column, place=lambda row: table.place(int(first[row])))
    _say_near(table, column, ids, again, findings)
    return ids


def _say_near(table: Table, column: Column, ids: pa.StringArray, again: Mask, findings: Findings) -> None:
    """Say ids that differ only by capitals."""
    ids_are_ascii = pc.all(pc.string_is_ascii(column.stripped)).as_py()
    if ids_are_ascii and pc.count_distinct(pc.ascii_lower(column.stripped)).as_py() == len(column.stripped):
        return
    by_folded: dict[str, str] = {}
    near: dict[int, str] = {}
    for row, patient in enumerate(ids.to_pylist()):
        other = by_folded.setdefault(patient.casefold(), patient)
        if other != patient and not again[row]:
            near[row] = other
    findings.say("near-ids", table, np.array(list(near), np.intp), column, near=lambda row: shown(near[row]))


def _start(table: Table, findings: Findings) -> NDArray[np.int64]:
    column = table.columns.get("treatment_start")
    if column is None:
        return np.full(table.n_rows, NO_DAY, np.int64)
    parsed = dates_of(table, column, findings)
    partial = column.mask_of(parsed.partial)
    findings.say("partial-start", table, partial, column)
    return gather(parsed.first, column.codes)
