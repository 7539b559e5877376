"""The labs table: tests, values, units and assays to canonical numbers, in order and without copies."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

import numpy as np
from numpy.typing import NDArray

from amyloid.cohort.names import never_meant, probable_test
from amyloid.cohort.reading.columns import code_column, patient_rows
from amyloid.cohort.reading.findings import Findings
from amyloid.cohort.reading.intervals import first_of_run, same_as_before
from amyloid.cohort.reading.lab_units import (
    ASSAY_WORDS,
    left_out_by_status,
    of_its_specimen,
    say_undecided,
    to_canonical_units,
)
from amyloid.cohort.reading.lab_values import read_values, with_comparator
from amyloid.cohort.reading.numeric import decimal_comma
from amyloid.cohort.reading.patients import Patients
from amyloid.cohort.reading.table import Mask, Rows, Table, fold, gather
from amyloid.cohort.reading.timeline import months, say_blank_time
from amyloid.cohort.schema import LABS, TEST_SYNONYMS, TESTS

_NAMES = tuple(TESTS)

ALIKE = 0.6
"""How alike a name has to be to one of ours for its difference to be worth a word."""


@dataclass(frozen=True)
class Labs:
    """Laboratory rows, parsed; arrays have one entry per row of the table.

    Attributes
    ----------
    patient : numpy.ndarray of int32
        Row in patients, or -1.
    month : numpy.ndarray of float64
    test : numpy.ndarray of int8
        Number of the test in `schema.TESTS`; -1 for a test that is not used.
    value : numpy.ndarray of float64
        In the canonical unit.
    bound : numpy.ndarray of int8
    assay : numpy.ndarray of int8
        Number of the assay in `schema.ASSAYS`.
    usable : numpy.ndarray of bool
        Rows that are complete and in order.
    """

    table: Table
    patient: NDArray[np.int32]
    month: NDArray[np.float64]
    test: NDArray[np.int8]
    value: NDArray[np.float64]
    bound: NDArray[np.int8]
    assay: NDArray[np.int8]
    usable: Mask


def read_labs(table: Table, patients: Patients, findings: Findings) -> Labs:
    """Parse and check the labs table."""
    if not table.n_rows:
        findings.say("no-rows/labs", table, line=1)
    comma = decimal_comma(table, ("value", "month"))
    (patient, month), (test, value, bound) = findings.side_by_side(
        lambda found: _patients_and_months(table, patients, comma, found),
        lambda found: _tests_and_values(table, comma, found),
    )
    assay = code_column(table, LABS.field("assay"), findings, ASSAY_WORDS)
    say_blank_time(table, ("month", "date"), "blank-time/labs", findings)
    usable = (test >= 0) & (patient >= 0) & ~np.isnan(value) & ~np.isnan(month)
    return Labs(table, patient, month, test, value, bound, np.maximum(assay, 0).astype(np.int8), usable)


def _patients_and_months(
    table: Table, patients: Patients, comma: bool | None, findings: Findings
) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    patient = patient_rows(table, patients.ids, findings)
    return patient, months(table, "month", "date", patients.start, patient, findings, comma)


def _tests_and_values(
    table: Table, comma: bool | None, findings: Findings
) -> tuple[NDArray[np.int8], NDArray[np.float64], NDArray[np.int8]]:
    test = _tests(table, findings)
    test = left_out_by_status(table, say_undecided(table, test, findings), findings)
    test = of_its_specimen(table, test, findings)
    used = test >= 0
    value, bound = read_values(table, test, used, comma, findings)
    bound = with_comparator(table, bound, used, findings)
    return test, to_canonical_units(table, test, used, value, findings), bound


def _tests(table: Table, findings: Findings) -> NDArray[np.int8]:
    column = table.columns["test"]
    number = {name: position for position, name in enumerate(_NAMES)}
    number |= {word: number[name] for word, name in TEST_SYNONYMS.items()}
    of_text = np.fromiter((number.get(fold(text), -1) for text in column.texts), np.int8, len(column.texts))
    findings.say("blank-test", table, column.blank, column)
    unknown = (of_text < 0) & ~column.blank_texts
    if unknown.any():
        counts = np.bincount(column.codes, minlength=len(of_text))
        unknown &= counts > 0
        first = {int(code): int(np.argmax(column.codes == code)) for code in np.flatnonzero(unknown)[:200]}
        rows = np.array([first[code] for code in first], np.intp)
        meant = {code: probable_test(fold(column.texts[code])) for code in first}
        near = {code: _near_miss(fold(column.texts[code])) for code in first}
        for code, test in meant.items():
            if test:
                example = f"{table.columns['value'].at(first[code])} {table.columns['unit'].at(first[code])}"
                findings.propose("tests", column.texts[code], test, f"{counts[code]} rows, such as {example}")
        findings.say(
            "unused-test",
            table,
            rows,
            column,
            counts=lambda row: counts[column.codes[row]],
            mend=lambda row: near[column.codes[row]] or _did_you_mean(meant[column.codes[row]]),
        )
    return gather(of_text, column.codes)


def _did_you_mean(test: str) -> str:
    return f"Did you mean '{test}'?" if test else ""


def _near_miss(name: str) -> str:
    """Which test of ours an unknown name is close to and is not."""
    what = never_meant(name, "kappa_flc") if re.search("kappa|lambda|flc", name) else ""
    if "difference" in what or "which chain" in what:
        return f"It {what}: kappa_flc and lambda_flc are needed."
    if "specimen" in (what := never_meant(name, "serum_immunofixation")):
        return f'It {what}. With a column specimen, say both in [tests]: "{name}|urine" = ...'
    likeliest = max(_NAMES, key=lambda test: SequenceMatcher(None, name[:60], test).ratio())
    near = name in likeliest or SequenceMatcher(None, name[:60], likeliest).ratio() >= ALIKE
    what = never_meant(name, likeliest) if near else ""
    return f"It {what}: not {likeliest}." if what else ""


_BIT_OF_TEST = np.left_shift(1, np.arange(len(_NAMES)), dtype=np.int32)
_MONTH_SPAN = 4096.0


@dataclass(frozen=True)
class LabOrder:
    """Usable laboratory rows without exact copies, sorted by patient, month and place in the file.

    Attributes
    ----------
    rows : numpy.ndarray
    whole : bool
        Whether they are all rows as they stand in the file, so that nothing has to be moved.
    """

    rows: Rows
    whole: bool

    def of(self, values: NDArray[Any]) -> NDArray[Any]:
        """One of the arrays of `Labs` in this order."""
        return values if self.whole else values[self.rows]


def lab_order(labs: Labs, findings: Findings) -> LabOrder:
    """Sort the usable rows, leave out exact copies, and say where two values contradict each other."""
    rows = np.flatnonzero(labs.usable)
    order = LabOrder(rows, len(rows) == len(labs.usable))
    key = order.of(labs.patient) * _MONTH_SPAN
    key += order.of(labs.month)
    if (key[1:] < key[:-1]).any():
        by_key = np.argsort(key, kind="stable")
        order, key = LabOrder(rows[by_key], False), key[by_key]
    if not len(rows):
        return order
    starts = np.flatnonzero(np.concatenate([[True], key[1:] != key[:-1]]))
    sizes = np.diff(starts, append=len(rows))
    seen = np.bitwise_or.reduceat(gather(_BIT_OF_TEST, order.of(labs.test)), starts)
    double = np.flatnonzero(np.bitwise_count(seen) < sizes)
    if not len(double):
        return order
    group = np.repeat(double, sizes[double])
    inside = np.concatenate([np.arange(starts[g], starts[g] + sizes[g]) for g in double])
    copies = _say_doubles(labs, order.rows[inside], group, findings)
    return LabOrder(order.rows[~np.isin(order.rows, copies)], False) if len(copies) else order


def _say_doubles(labs: Labs, rows: Rows, group: NDArray[np.intp], findings: Findings) -> Rows:
    """Say copies and contradictions among rows of the same patient and month; return the copies."""
    test, assay = labs.test[rows], labs.assay[rows]
    value, bound = labs.value[rows], labs.bound[rows]
    order = np.lexsort((rows, bound, value, assay, test, group))
    same = same_as_before(order, group, test, assay, value, bound)
    copies = rows[order[same]]
    origin = dict(zip(copies.tolist(), first_of_run(rows[order], same).tolist(), strict=True))
    findings.say(
        "row-twice", labs.table, np.sort(copies), None, place=lambda row: labs.table.place(origin[row])
    )
    kept = order[~same]
    kept = kept[np.lexsort((rows[kept], assay[kept], test[kept], group[kept]))]
    again = same_as_before(kept, group, test, assay)
    others = rows[kept[again]]
    earlier = dict(zip(others.tolist(), first_of_run(rows[kept], again).tolist(), strict=True))
    column = labs.table.columns["value"]
    findings.say(
        "two-values",
        labs.table,
        np.sort(others),
        column,
        test=lambda row: _NAMES[labs.test[row]],
        place=lambda row: labs.table.place(earlier[row]),
        text=lambda row: column.at(earlier[row]).strip(),
    )
    return copies
