"""The treatments and events tables, and rows that come twice."""

from __future__ import annotations

import re
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from amyloid.cohort.reading.columns import code_column, patient_rows, text_column
from amyloid.cohort.reading.findings import Findings
from amyloid.cohort.reading.numeric import decimal_comma, number_column
from amyloid.cohort.reading.patients import Patients
from amyloid.cohort.reading.table import Mask, Rows, Table
from amyloid.cohort.reading.timeline import months, say_blank_time
from amyloid.cohort.schema import EVENTS_TABLE, TREATMENTS

_EVENT = MappingProxyType(
    {
        "lost_to_follow_up": "last_contact",
        "asct": "stem_cell_transplant",
        "left_ventricular_assist_device": "lvad",
        "iabp": "balloon_pump",
        "intra_aortic_balloon_pump": "balloon_pump",
        "end_of_dialysis": "dialysis_end",
        "dialysis_stopped": "dialysis_end",
    }
)


_DRUG = r"[a-z\u00e4\u00f6\u00fc\u00e9 ]{3,}"
_REGIMEN = re.compile(
    rf"{_DRUG}(\s*([/+,;&]|\band\b|\bund\b|\bet\b)\s*{_DRUG})+"
    r"|((dara|d|isa)[- ]?)?"
    r"(cybord|vcd|vrd|rvd|krd|kcd|vmp|vtd|mpt|mp|bmdex|mdex|mel-?dex|ctd|crd|rcd|bcd|vd|rd|kd|td)",
    re.I,
)
"""Several drugs in one cell, or one of the usual short names of regimens."""


@dataclass(frozen=True)
class Treatments:
    """Treatment rows, parsed; arrays have one entry per row of the table."""

    table: Table
    patient: NDArray[np.int32]
    drug: NDArray[np.object_]
    start: NDArray[np.float64]
    end: NDArray[np.float64]
    dose_mg: NDArray[np.float64]
    days_per_cycle: NDArray[np.float64]
    line: NDArray[np.float64]
    usable: Mask


@dataclass(frozen=True)
class Events:
    """Event rows, parsed; `event` numbers `schema.EVENTS`, -1 where it is not known."""

    table: Table
    patient: NDArray[np.int32]
    month: NDArray[np.float64]
    event: NDArray[np.int8]
    detail: NDArray[np.object_]
    line: NDArray[np.float64]
    usable: Mask


def read_treatments(table: Table, patients: Patients, findings: Findings) -> Treatments:
    """Parse and check the treatments table."""
    if not table.n_rows and table.header:
        findings.say("no-rows/treatments", table, line=1)
    patient = patient_rows(table, patients.ids, findings)
    comma = decimal_comma(table, ("start_month", "end_month", "dose_mg", "days_per_cycle", "line"))
    start = months(table, "start_month", "start_date", patients.start, patient, findings, comma)
    end = months(table, "end_month", "end_date", patients.start, patient, findings, comma)
    drug = text_column(table, "drug", findings)
    column = table.columns["drug"]
    findings.say("blank-drug", table, column.blank, column)
    several = np.array([bool(_REGIMEN.fullmatch(text)) for text in column.texts], np.bool_)
    findings.say("regimen", table, column.mask_of(several), column)
    say_blank_time(table, ("start_month", "start_date"), "blank-time", findings)
    dose, days, therapy_line = (
        number_column(table, TREATMENTS.field(name), findings, comma, missing_words=True)
        for name in ("dose_mg", "days_per_cycle", "line")
    )
    with np.errstate(invalid="ignore"):
        reversed_rows = end < start
    _say_reversed(table, reversed_rows, int(np.count_nonzero(end > start)), findings)
    usable = (patient >= 0) & ~np.isnan(start) & ~reversed_rows & ~column.blank
    return Treatments(table, patient, drug, start, end, dose, days, therapy_line, usable)


def _say_reversed(table: Table, reversed_rows: Mask, n_right: int, findings: Findings) -> None:
    """Say ends before their starts; when most are, the two columns are swapped."""
    start, end = (
        next(
            (table.columns[name] for name in (f"{which}_month", f"{which}_date") if name in table.columns),
            None,
        )
        for which in ("start", "end")
    )
    if start is None or end is None:
        return
    first, last = start.header.strip(), end.header.strip()
    if np.count_nonzero(reversed_rows) > max(n_right, 2):
        findings.say("swapped-columns", table, column=first, line=1, start=first, end=last)
    else:
        findings.say("end-before-start", table, reversed_rows, end, start=first, end=last)


def read_events(table: Table, patients: Patients, findings: Findings) -> Events:
    """Parse and check the events table."""
    patient = patient_rows(table, patients.ids, findings)
    comma = decimal_comma(table, ("month", "line"))
    month = months(table, "month", "date", patients.start, patient, findings, comma)
    event = code_column(table, EVENTS_TABLE.field("event"), findings, _EVENT)
    column = table.columns["event"]
    findings.say("blank-event", table, column.blank, column)
    say_blank_time(table, ("month", "date"), "blank-time", findings)
    detail = text_column(table, "detail", findings)
    therapy_line = number_column(table, EVENTS_TABLE.field("line"), findings, comma, missing_words=True)
    usable = (patient >= 0) & (event >= 0) & ~np.isnan(month)
    return Events(table, patient, month, event, detail, therapy_line, usable)


def same_as_before(order: Rows, *keys: NDArray[np.generic]) -> NDArray[np.bool_]:
    """Whether a row, in an order, has the same keys as the one before it."""
    same = np.ones(len(order), np.bool_)
    same[:1] = False
    for key in keys:
        same[1:] &= key[order][1:] == key[order][:-1]
    return same


def first_of_run(rows: Rows, same: NDArray[np.bool_]) -> Rows:
    """Row that began the run, for every row that continues one."""
    begins = np.flatnonzero(~same)
    firsts: Rows = rows[begins[np.cumsum(~same) - 1]][same]
    return firsts


def drop_copies(kept: Treatments | Events, keys: tuple[NDArray[np.generic], ...], findings: Findings) -> None:
    """Leave out exact copies of earlier rows (by clearing `usable`), and say so."""
    rows = rows_beside_others(kept)
    if len(rows) < 2:
        return
    codes = [np.unique(_comparable(key[rows]), return_inverse=True)[1] for key in keys]
    order = np.lexsort((rows, *codes))
    same = same_as_before(order, *codes)
    copies = rows[order[same]]
    origin = dict(zip(copies.tolist(), first_of_run(rows[order], same).tolist(), strict=True))
    table: Table = kept.table
    findings.say("row-twice", table, np.sort(copies), None, place=lambda row: table.place(origin[row]))
    kept.usable[copies] = False


def rows_beside_others(kept: Treatments | Events) -> Rows:
    """Usable rows of patients who have more than one."""
    rows = np.flatnonzero(kept.usable)
    patient = kept.patient[rows]
    beside_others: Rows = rows[np.bincount(patient)[patient] > 1]
    return beside_others


def _comparable(key: NDArray[np.generic]) -> NDArray[np.generic]:
    if key.dtype == object:
        return np.array(["" if text is None else str(text) for text in key], object).astype(str)
    return np.nan_to_num(key, nan=-9e9) if key.dtype.kind == "f" else key
