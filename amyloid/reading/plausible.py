"""Values that cannot be true, that can hardly be true, and units that are wrong in a whole file."""

from __future__ import annotations

import numpy as np

from amyloid.reading.findings import Findings
from amyloid.reading.labs import Labs
from amyloid.reading.patients import Patients
from amyloid.reading.table import Mask
from amyloid.schema import LIGHT_CHAINS, TEST_DETAILS, TESTS
from amyloid.units import CONVERSIONS

SURELY_WRONG = 10.0
"""A value so many times above what is likely is refused (project's choice)."""

ENOUGH_ROWS = 5
"""Fewer values say nothing about a whole file."""

LOW_INVOLVED_FLC_MG_L = 30.0
"""A lower median of the involved free light chain at baseline is probably in mg/dL."""

_NAMES = tuple(TESTS)
_TESTS = tuple(TEST_DETAILS.values())


def check_values(labs: Labs, patients: Patients, findings: Findings) -> None:
    """Check the values of all tests against what is possible and likely.

    Parameters
    ----------
    labs : Labs
    patients : Patients
    findings : Findings
    """
    known = ~np.isnan(labs.value) & (labs.test >= 0)
    impossible, unlikely = _outside(labs, known)
    if impossible.any():
        _say_impossible(labs, impossible, findings)
    for test in np.unique(labs.test[unlikely]):
        if _say_whole_file(labs, known, int(test), findings):
            unlikely &= labs.test != test
    if unlikely.any():
        _say_unlikely(labs, unlikely, findings)
    _say_low_light_chains(labs, patients, known, findings)


def _outside(labs: Labs, known: Mask) -> tuple[Mask, Mask]:
    """Mark values that cannot be true, and those that can hardly be."""
    high = np.array([np.inf if test.high is None else test.high for test in _TESTS])
    likely_low = np.array([test.likely_low for test in _TESTS])
    likely_high = np.array([test.likely_high for test in _TESTS])
    no_zero = np.array([not test.zero_allowed for test in _TESTS])
    value, test = labs.value, labs.test
    with np.errstate(invalid="ignore"):
        low_side = known & (value < likely_low[test])
        high_side = known & (value > likely_high[test])
        impossible = low_side & ((value < 0) | ((value == 0) & no_zero[test]))
        impossible |= high_side & (value > high[test])
    unlikely = ((low_side & (labs.bound >= 0)) | high_side) & ~impossible
    return impossible | (known & (value < 0)), unlikely


def _say_impossible(labs: Labs, rows: Mask, findings: Findings) -> None:
    def message(row: int) -> str:
        test = _TESTS[labs.test[row]]
        if labs.value[row] < 0:
            return f"is negative; {test.name} cannot be."
        if labs.value[row] == 0:
            return f"cannot be true for {test.name}."
        return f"cannot be true for {test.name}; expected at most {test.high:g} {test.unit}."

    findings.rows(
        "impossible-value",
        labs.table,
        rows,
        labs.table.columns["value"],
        message,
        "Leave the cell blank where it is not known.",
    )


def _say_whole_file(labs: Labs, known: Mask, test: int, findings: Findings) -> bool:
    """Say it once when the values of a test as a whole look like another unit."""
    rows = known & (labs.test == test)
    details = _TESTS[test]
    if np.count_nonzero(rows) < ENOUGH_ROWS:
        return False
    median = float(np.median(labs.value[rows]))
    if details.likely_low <= median <= details.likely_high:
        return False
    size = "high" if median > details.likely_high else "low"
    others = ", ".join(unit for unit in CONVERSIONS[details.name] if unit != details.unit)
    mend = f"If the numbers are in {others}, write that in unit." if others else "Check the numbers."
    findings.table(
        f"unit-of-file-{details.name}",
        labs.table,
        f"the median of {details.name} is {median:g} {details.unit}, far too {size}: "
        f"expected {details.likely_low:g} to {details.likely_high:g}. The unit is probably wrong in the "
        "whole file.",
        mend,
        column="unit",
    )
    return True


def _say_unlikely(labs: Labs, rows: Mask, findings: Findings) -> None:
    limits = np.array([test.likely_high for test in _TESTS])
    with np.errstate(invalid="ignore"):
        wrong = rows & (labs.value > SURELY_WRONG * limits[labs.test])
    column = labs.table.columns["value"]
    unit = labs.table.columns["unit"]

    def message(row: int) -> str:
        details = _TESTS[labs.test[row]]
        high = labs.value[row] > details.likely_high
        typed = unit.at(row).strip()
        return (
            f"{typed} is far {'above' if high else 'below'} anything usual for {details.name}; expected "
            f"{details.likely_low:g} to {details.likely_high:g} {details.unit}."
        )

    def mend(row: int) -> str:
        details = _TESTS[labs.test[row]]
        typed = unit.at(row).strip()
        others = [other for other in CONVERSIONS[details.name] if other.casefold() != typed.casefold()]
        return f"If it is in {' or '.join(others)}, write that in unit." if others else "Check it."

    findings.rows("surely-wrong-value", labs.table, wrong, column, message, mend)
    findings.rows("unlikely-value", labs.table, rows & ~wrong, column, message, mend, severity="warning")


def _say_low_light_chains(labs: Labs, patients: Patients, known: Mask, findings: Findings) -> None:
    if not len(patients.light_chain):
        return
    chain = known & (labs.test < len(LIGHT_CHAINS)) & (labs.patient >= 0)
    rows = np.flatnonzero(chain)
    rows = rows[labs.test[rows] == patients.light_chain[labs.patient[rows]]]
    baseline = rows[labs.month[rows] <= 0]
    rows = baseline if len(baseline) >= ENOUGH_ROWS else rows
    if len(rows) < ENOUGH_ROWS:
        return
    median = float(np.median(labs.value[rows]))
    if median < LOW_INVOLVED_FLC_MG_L:
        findings.table(
            "unit-of-light-chains",
            labs.table,
            f"the median involved free light chain (kappa_flc or lambda_flc) at baseline is {median:.3g} "
            "mg/L, which "
            "is low for untreated disease.",
            "If the numbers are in mg/dL, write that in unit.",
            column="unit",
            severity="warning",
        )
