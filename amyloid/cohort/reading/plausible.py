"""Values that cannot be true, that can hardly be true, and units that are wrong in a whole file."""

from __future__ import annotations

import numpy as np
import pyarrow.compute as pc
from numpy.typing import NDArray

from amyloid.cohort.names import probable_test
from amyloid.cohort.reading.cells import CODE_NUMBERS, numbers
from amyloid.cohort.reading.findings import Findings
from amyloid.cohort.reading.labs import Labs
from amyloid.cohort.reading.patients import Patients
from amyloid.cohort.reading.table import Mask, Rows, as_numpy, fold, gather
from amyloid.cohort.schema import CONVERSIONS, LIGHT_CHAINS, TEST_DETAILS, TESTS, Test

SURELY_WRONG = 10.0
"""A value so many times above what is likely is refused (project's choice)."""

NEAR = 0.0102
"""Values so near to 99 or 999, as a share of it, show that such values do occur."""

ENOUGH_ROWS = 5
"""Fewer values say nothing about a whole file."""

LOW_INVOLVED_FLC_MG_L = 30.0
"""A lower median of the involved free light chain at baseline is probably in mg/dL."""

_NAMES = tuple(TESTS)
CHAINS = tuple(f"{chain}_flc" for chain in LIGHT_CHAINS)
_TESTS = tuple(TEST_DETAILS.values())
_LIKELY_LOW = np.array([test.likely_low for test in _TESTS])
_LIKELY_HIGH = np.array([test.likely_high for test in _TESTS])
_HIGH = np.array([np.inf if test.high is None else test.high for test in _TESTS])
_NO_ZERO = np.array([not test.zero_allowed for test in _TESTS])
_UNSIGNED = np.array([not test.signed for test in _TESTS])


def check_values(labs: Labs, patients: Patients, findings: Findings) -> None:
    """Check the values of all tests against what is possible and likely."""
    known = ~np.isnan(labs.value) & (labs.test >= 0)
    chains = (labs.test[known] < len(LIGHT_CHAINS)).any()
    texts = labs.table.columns["test"].texts
    if known.any() and not chains and not any(probable_test(fold(text)) in CHAINS for text in texts):
        findings.say("no-light-chains", labs.table)
    outside = _outside(labs, known)
    impossible, unlikely = _judged(labs, outside)
    _say_impossible(labs, impossible, findings)
    for test in np.unique(labs.test[unlikely]):
        if _say_whole_file(labs, known, outside, int(test), findings):
            unlikely = unlikely[labs.test[unlikely] != test]
    _say_unlikely(labs, unlikely, findings)
    _say_low_light_chains(labs, patients, known, findings)
    _say_codes(labs, findings)
    marrow = known & (labs.test == _NAMES.index("marrow_plasma_cells"))
    if np.count_nonzero(marrow) > 2 and labs.value[marrow].max() < 1:
        findings.say("share", labs.table, marrow, labs.table.columns["value"])


def _say_codes(labs: Labs, findings: Findings) -> None:
    """Say numbers such as 999 that come again and again where their neighbors do not."""
    column = labs.table.columns["value"]
    likely = np.flatnonzero(as_numpy(pc.match_substring_regex(column.stripped, CODE_NUMBERS)))
    if not len(likely):
        return
    number = numbers(column, False).value
    beside = np.zeros(len(number), np.bool_)
    for typed in number[likely]:
        beside |= np.abs(number - typed) <= NEAR * typed
    near = np.flatnonzero(labs.usable & column.mask_of(beside))
    for code in likely:
        for test in np.unique(labs.test[near[column.codes[near] == code]]):
            of_test = near[labs.test[near] == test]
            rows = of_test[column.codes[of_test] == code]
            enough = 2 if "9" in column.texts[code] else 3
            others = np.abs(number[column.codes[of_test]] - number[code]) <= NEAR * number[code]
            alone = len(rows) >= enough and len(rows) > 3 * (np.count_nonzero(others) - len(rows))
            if alone and not (number[code] < 100 and _is_in_range(labs, rows[0], int(test))):
                findings.say(
                    "repeated-code",
                    labs.table,
                    rows,
                    column,
                    the_rows=len(rows),
                    test=_NAMES[test],
                    texts=column.texts[code],
                )


def _is_in_range(labs: Labs, row: int, test: int) -> bool:
    """Whether other values of the test come near the value of a row, or go beyond it."""
    values = labs.value[labs.usable & (labs.test == test)]
    return bool(values[values != labs.value[row]].max(initial=0) * 1.5 >= labs.value[row])


def _outside(labs: Labs, known: Mask) -> Rows:
    """Rows with a value outside the likely limits of its test, or typed as below or minus zero."""
    every = np.maximum(labs.test, 0)
    with np.errstate(invalid="ignore"):
        outside = labs.value < gather(_LIKELY_LOW, every)
        outside |= labs.value > gather(_LIKELY_HIGH, every)
    outside |= _below_zero(labs.value, labs.bound)
    return np.flatnonzero(outside & known)


def _below_zero(value: NDArray[np.float64], bound: NDArray[np.int8]) -> Mask:
    """Values below zero: negative, minus zero, or an upper limit of zero."""
    return np.asarray(np.signbit(value) | ((value == 0) & (bound < 0)))


def _judged(labs: Labs, rows: Rows) -> tuple[Rows, Rows]:
    """Of the rows outside the limits, those that cannot be true and those that can hardly be."""
    value, test = labs.value[rows], labs.test[rows]
    high_side = value > _LIKELY_HIGH[test]
    impossible = (_below_zero(value, labs.bound[rows]) & _UNSIGNED[test]) | ((value == 0) & _NO_ZERO[test])
    impossible |= high_side & (value > _HIGH[test])
    unlikely = ~impossible & (high_side | (labs.bound[rows] >= 0))
    return rows[impossible], rows[unlikely]


def _say_impossible(labs: Labs, rows: Rows, findings: Findings) -> None:
    column = labs.table.columns["value"]
    value = labs.value[rows]
    negative = _below_zero(value, labs.bound[rows])
    zero = ~negative & (value == 0)
    for rule, chosen in (
        ("impossible-value/negative", negative),
        ("impossible-value/zero", zero),
        ("impossible-value/high", ~negative & ~zero),
    ):
        findings.say(
            rule,
            labs.table,
            rows[chosen],
            column,
            test=lambda row: _test(labs, row).name,
            most=lambda row: f"{_test(labs, row).high:g} {_test(labs, row).unit}",
        )


def _say_whole_file(labs: Labs, known: Mask, outside: Rows, test: int, findings: Findings) -> bool:
    """Say it once when the values of a test as a whole look like another unit."""
    rows = known & (labs.test == test)
    details = _TESTS[test]
    n_rows = np.count_nonzero(rows)
    if n_rows < ENOUGH_ROWS or 2 * np.count_nonzero(labs.test[outside] == test) < n_rows:
        return False  # where most values are likely, their median is
    median = float(np.median(labs.value[rows]))
    if details.likely_low <= median <= details.likely_high:
        return False
    size = "high" if median > details.likely_high else "low"
    others = ", ".join(unit for unit in CONVERSIONS[details.name] if unit != details.unit)
    mend = f"If the numbers are in {others}, write that in unit." if others else "Check the numbers."
    findings.say(
        "unit-of-file-{test}",
        labs.table,
        column="unit",
        test=details.name,
        unit=details.unit,
        median=median,
        size=size,
        limits=_likely(details),
        mend=mend,
    )
    return True


def _test(labs: Labs, row: int) -> Test:
    return _TESTS[int(labs.test[row])]


def _likely(test: Test) -> str:
    return f"{test.likely_low:g} to {test.likely_high:g}"


def _say_unlikely(labs: Labs, rows: Rows, findings: Findings) -> None:
    wrong = labs.value[rows] > SURELY_WRONG * _LIKELY_HIGH[labs.test[rows]]
    unit = labs.table.columns["unit"]

    def mend(row: int) -> str:
        typed = unit.at(row).strip().casefold()
        others = [other for other in CONVERSIONS[_test(labs, row).name] if other.casefold() != typed]
        return f"If it is in {' or '.join(others)}, write that in unit." if others else "Check it."

    for rule, chosen in (("surely-wrong-value", wrong), ("unlikely-value", ~wrong)):
        findings.say(
            rule,
            labs.table,
            rows[chosen],
            labs.table.columns["value"],
            mend=mend,
            typed=lambda row: unit.at(row).strip(),
            side=lambda row: "above" if labs.value[row] > _test(labs, row).likely_high else "below",
            test=lambda row: _test(labs, row).name,
            limits=lambda row: f"{_likely(_test(labs, row))} {_test(labs, row).unit}",
        )


def _say_low_light_chains(labs: Labs, patients: Patients, known: Mask, findings: Findings) -> None:
    if not len(patients.light_chain):
        return
    chain = known & (labs.test < len(LIGHT_CHAINS)) & (labs.patient >= 0)
    for among in (chain & (labs.month <= 0), chain):
        rows = np.flatnonzero(among)
        rows = rows[labs.test[rows] == patients.light_chain[labs.patient[rows]]]
        if len(rows) >= ENOUGH_ROWS:
            break
    else:
        return
    median = float(np.median(labs.value[rows]))
    if median < LOW_INVOLVED_FLC_MG_L:
        findings.say("unit-of-light-chains", labs.table, column="unit", median=median)
