"""The unit column of labs: every value to the canonical unit of its test."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from amyloid.cohort.errors import shown
from amyloid.cohort.reading.arrays import gather
from amyloid.cohort.reading.findings import Findings, nearest
from amyloid.cohort.reading.table import Column, Mask, Table
from amyloid.cohort.schema import TESTS
from amyloid.cohort.units import CONVERSIONS, Conversion, accepted_units, conversion

_NAMES = tuple(TESTS)
RATIOS = {"urine_protein": "urine_protein_creatinine_ratio", "urine_m_protein": "none of ours"}


def to_canonical_units(
    table: Table, test: NDArray[np.int8], used: Mask, value: NDArray[np.float64], findings: Findings
) -> NDArray[np.float64]:
    """Convert to canonical units; NaN where the unit is missing or unknown, which is said."""
    column = table.columns["unit"]
    if not table.n_rows:
        return value
    found = [[conversion(name, unit) for unit in column.texts] for name in _NAMES]
    ok = np.array([[pair is not None for pair in row] for row in found])
    n_units = len(column.texts)
    combined = np.maximum(test, 0).astype(np.int32) * n_units + column.codes
    wrong = used & gather(~ok.ravel(), combined)
    blank = column.blank
    mend = lambda row: _unit_mend(column.at(row).strip(), _NAMES[test[row]])  # noqa: E731
    _offer_units_of_tests(column, test[wrong & blank], findings)
    if column.position < len(table.header):  # else the column is missing, which is said
        findings.say(
            "missing-unit",
            table,
            wrong & blank,
            column,
            by=test,
            test=lambda row: _NAMES[test[row]],
            mend=mend,
        )
    findings.say(
        "unknown-unit", table, wrong & ~blank, column, by=test, test=lambda row: _NAMES[test[row]], mend=mend
    )
    factors = [pair if pair is not None else Conversion() for row in found for pair in row]
    multiply = np.array([pair.multiply for pair in factors])
    divide = np.array([pair.divide for pair in factors])
    converted = np.flatnonzero(used & gather((multiply != 1) | (divide != 1), combined))
    if len(converted):
        present = np.bincount(combined[converted], minlength=len(factors)) > 0
        _note_conversions(table, found, present.reshape(len(_NAMES), n_units), findings)
        value = value * gather(multiply, combined) / gather(divide, combined)
        _say_assay(table, converted[test[converted] == _NAMES.index("troponin_i")], column, findings)
    return np.where(wrong, np.nan, value) if wrong.any() else value


def _offer_units_of_tests(column: Column, tests: NDArray[np.int8], findings: Findings) -> None:
    """Offer `[unit_of_test]`, to be filled in; columns of tests have theirs in `[wide]`."""
    for number in np.unique(tests) if not column.origins else ():
        why = f"fill in the unit: {' or '.join(CONVERSIONS[_NAMES[number]])}"
        findings.propose("unit_of_test", f"# {_NAMES[number]}", "", why)


def _say_assay(table: Table, rows: NDArray[np.intp], column: Column, findings: Findings) -> None:
    findings.say("troponin-i-assay", table, rows, column)


def _unit_mend(unit: str, test: str) -> str:
    near = nearest(unit, tuple(CONVERSIONS[test])) if unit else ""
    ratio = re.fullmatch(r".*/\s*(g|mmol|mol)(\W.*)?", unit, re.I) and RATIOS.get(test)
    extra = f" A ratio to creatinine is not a 24-hour amount; its test is {ratio}." if ratio else ""
    if test in RATIOS and re.fullmatch(r"\S+\s*/\s*(\d+\s*)?[dm]?l", unit, re.I):
        extra = " A concentration is not a 24-hour amount; multiply it by the volume of the day."
    return f"Expected {accepted_units(test)}.{extra}{' ' + near if near else ''}"


def _note_conversions(
    table: Table, found: list[list[Conversion | None]], present: Mask, findings: Findings
) -> None:
    said, column = set(), table.columns["unit"]
    for test, unit in zip(*np.nonzero(present), strict=True):
        pair = found[test][unit]
        if pair is not None and (pair.multiply != 1 or pair.divide != 1):
            text = column.texts[unit]
            if (test, text) not in said:
                said.add((test, text))
                findings.note(
                    f"{_NAMES[test]} in {shown(text)[1:-1]} was converted to {TESTS[_NAMES[test]]} "
                    f"({pair.source})."
                )
                if _NAMES[test] == "troponin_i":
                    findings.say(
                        "conventional-troponin-i", table, column=column.header.strip(), text=shown(text)[1:-1]
                    )
