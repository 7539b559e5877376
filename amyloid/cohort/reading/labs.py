"""The labs table: tests, values, units and assays to canonical numbers; rows of any table that come twice."""

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
from amyloid.cohort.reading.lab_units import left_out, to_canonical_units
from amyloid.cohort.reading.numeric import read_values
from amyloid.cohort.reading.patients import Events, ParsedRows, Patients, Treatments
from amyloid.cohort.reading.table import Codes, Column, Floats, Mask, Rows, Table, fold, gather
from amyloid.cohort.reading.timeline import months, say_blank_time
from amyloid.cohort.schema import LABS, TEST_DETAILS, TEST_SYNONYMS, TESTS, Test

_NAMES = tuple(TESTS)

ALIKE = 0.6
"""How alike a name has to be to one of ours for its difference to be worth a word."""


@dataclass(frozen=True)
class Labs(ParsedRows):
    """Laboratory rows, parsed.

    Attributes
    ----------
    month : numpy.ndarray of float64
    test : numpy.ndarray of int8
        Number of the test in `schema.TESTS`; -1 for a test that is not used.
    value : numpy.ndarray of float64
        In the canonical unit.
    bound : numpy.ndarray of int8
    assay : numpy.ndarray of int8
        Number of the assay in `schema.ASSAYS`.
    """

    month: Floats
    test: Codes
    value: Floats
    bound: Codes
    assay: Codes

    def tested(self, row: int) -> Test:
        """The test of one row."""
        return TEST_DETAILS[_NAMES[self.test[row]]]


def read_labs(table: Table, patients: Patients, findings: Findings) -> Labs:
    """Parse and check the labs table."""
    if not table.n_rows and table.header:
        findings.say("no-rows/labs", table, line=1)

    def whose_and_when(found: Findings) -> tuple[Codes, Floats]:
        patient = patient_rows(table, patients.ids, found)
        return patient, months(table, "", patients.start, patient, found)

    def what(found: Findings) -> tuple[Codes, Floats, Codes]:
        test = left_out(table, _tests(table, found), found)
        value, bound = read_values(table, test, found)
        return test, to_canonical_units(table, test, value, found), bound

    (patient, month), (test, value, bound) = findings.side_by_side(whose_and_when, what)
    assay = code_column(table, LABS.field("assay"), findings)
    say_blank_time(table, "", "blank-time/labs", findings)
    usable = (test >= 0) & (patient >= 0) & ~np.isnan(value) & ~np.isnan(month)
    return Labs(table, patient, usable, month, test, value, bound, np.maximum(assay, 0).astype(np.int8))


def _tests(table: Table, findings: Findings) -> Codes:
    """Number of the test of every row; -1 where it is blank or not known, which is said."""
    column = table.columns["test"]
    number = {name: position for position, name in enumerate(_NAMES)}
    number |= {word: number[name] for word, name in TEST_SYNONYMS.items()}
    of_text = np.fromiter((number.get(fold(text), -1) for text in column.texts), np.int8, len(column.texts))
    findings.say("blank-test", table, column.blank, column)
    unknown = (of_text < 0) & ~column.blank_texts
    if unknown.any():
        counts = np.bincount(column.codes, minlength=len(of_text))
        mends = {}
        for code in np.flatnonzero(unknown & (counts > 0))[:200]:
            row, text = int(np.argmax(column.codes == code)), column.texts[code]
            if test := probable_test(fold(text)):
                example = f"{table.columns['value'].at(row)} {table.columns['unit'].at(row)}"
                findings.propose("tests", text, test, f"{counts[code]} rows, such as {example}")
            mends[row] = _near_miss(fold(text)) or (f"Did you mean '{test}'?" if test else "")
        rows, mend = np.array(list(mends), np.intp), mends.__getitem__
        of_row = lambda row: counts[column.codes[row]]  # noqa: E731
        findings.say("unused-test", table, rows, column, counts=of_row, mend=mend)
    return gather(of_text, column.codes)


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


def same_as_before(*keys: NDArray[np.generic]) -> Mask:
    """Whether the entries of all arrays are those before them."""
    same = np.ones(len(keys[0]), np.bool_)
    same[:1] = False
    for key in keys:
        same[1:] &= key[1:] == key[:-1]
    return same


def say_repeats(
    rule: str,
    table: Table,
    rows: Rows,
    keys: tuple[NDArray[np.generic], ...],
    column: Column | None,
    findings: Findings,
    **words: Any,
) -> Rows:
    """Say those of some rows, in the order of the file, that have the keys of an earlier one; return them."""
    order = np.lexsort(keys)
    same = same_as_before(*(key[order] for key in keys))
    firsts = order[~same][np.cumsum(~same) - 1]
    again: Rows = rows[order[same]]
    earlier = dict(zip(again.tolist(), rows[firsts[same]].tolist(), strict=True))
    findings.say(
        rule,
        table,
        again,
        column,
        place=lambda row: table.place(earlier[row]),
        text=lambda row: column.at(earlier[row]).strip() if column else "",
        **words,
    )
    return again


def drop_copies(kept: Treatments | Events, findings: Findings, *keys: NDArray[np.generic]) -> None:
    """Leave out exact copies of earlier rows (by clearing `usable`), and say so."""
    rows = rows_beside_others(kept)
    texts = ([text or "" for text in key[rows]] if key.dtype == object else key[rows] for key in keys)
    codes = tuple(np.unique(key, return_inverse=True)[1] for key in (kept.patient[rows], *texts))
    kept.usable[say_repeats("row-twice", kept.table, rows, codes, None, findings)] = False


def rows_beside_others(kept: Treatments | Events) -> Rows:
    """Usable rows of patients who have more than one."""
    rows = np.flatnonzero(kept.usable)
    patient = kept.patient[rows]
    beside_others: Rows = rows[np.bincount(patient)[patient] > 1]
    return beside_others


_BIT_OF_TEST = np.left_shift(1, np.arange(len(_NAMES)), dtype=np.int32)
MONTH_SPAN = 4096.0
"""Patient times this, and the month, is one number by which rows are sorted."""


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
    key = order.of(labs.patient) * MONTH_SPAN
    key += order.of(labs.month)
    if (key[1:] < key[:-1]).any():
        by_key = np.argsort(key, kind="stable")
        order, key = LabOrder(rows[by_key], False), key[by_key]
    if not len(rows):
        return order
    starts = np.flatnonzero(np.concatenate([[True], key[1:] != key[:-1]]))
    sizes = np.diff(starts, append=len(rows))
    seen = np.bitwise_or.reduceat(gather(_BIT_OF_TEST, order.of(labs.test)), starts)
    double = np.bitwise_count(seen) < sizes
    if not double.any():
        return order
    copies = _say_doubles(labs, order.rows[np.repeat(double, sizes)], findings)
    return LabOrder(order.rows[~np.isin(order.rows, copies)], False) if len(copies) else order


def _say_doubles(labs: Labs, rows: Rows, findings: Findings) -> Rows:
    """Say copies and contradictions among rows of the same patient and month; return the copies."""
    table = labs.table
    sample = (labs.patient, labs.month, labs.test, labs.assay)
    keys = tuple(of[rows] for of in (*sample, labs.value, labs.bound))
    copies = say_repeats("row-twice", table, rows, keys, None, findings)
    kept = rows[~np.isin(rows, copies)]
    keys = tuple(of[kept] for of in sample)
    say_repeats("two-values", table, kept, keys, table.columns["value"], findings, test=labs.tested)
    return copies
