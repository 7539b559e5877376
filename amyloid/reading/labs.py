"""The labs table: tests, values, units and assays to canonical numbers."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from amyloid.errors import shown
from amyloid.reading.cells import Numbers, numbers
from amyloid.reading.columns import code_column, decimal_comma, number_hint, patient_rows
from amyloid.reading.findings import Findings, nearest
from amyloid.reading.patients import Patients
from amyloid.reading.table import Column, Mask, Table, fold
from amyloid.reading.timeline import months
from amyloid.schema import ASSAYS, LABS, TEST_DETAILS, TESTS
from amyloid.units import CONVERSIONS, Conversion, accepted_units, conversion

_ASSAY = MappingProxyType({"nlatex": "n_latex", "n_latex_flc": "n_latex", "freelite_flc": "freelite"})
_POLARITY = MappingProxyType(
    {
        "positive": 1.0,
        "pos": 1.0,
        "+": 1.0,
        "negative": 0.0,
        "neg": 0.0,
        "-": 0.0,
        "\u2212": 0.0,
        "\u2013": 0.0,
    }
)
_NYHA = MappingProxyType({"i": 1.0, "ii": 2.0, "iii": 3.0, "iv": 4.0})
_NAMES = tuple(TESTS)
_SCALES = np.array(
    [{"number": 0, "immunofixation": 1, "nyha": 2}[test.scale] for test in TEST_DETAILS.values()], np.int8
)


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
    """Parse and check the labs table.

    Parameters
    ----------
    table : Table
        With matched columns.
    patients : Patients
    findings : Findings

    Returns
    -------
    Labs
    """
    if not table.n_rows:
        findings.table("no-rows", table, "has a header but no rows.", "Export it again.", line=1)
    patient = patient_rows(table, patients.row_of, findings)
    comma = decimal_comma(table, ("value", "month"))
    month = months(table, "month", "date", patients.start, patient, findings, comma)
    test = _tests(table, findings)
    used = test >= 0
    value, bound = _values(table, test, used, comma, findings)
    value = _canonical(table, test, used, value, findings)
    assay = code_column(table, LABS.field("assay"), findings, _ASSAY)
    _say_blank_time(table, findings)
    usable = used & (patient >= 0) & ~np.isnan(value) & ~np.isnan(month)
    return Labs(table, patient, month, test, value, bound, np.maximum(assay, 0).astype(np.int8), usable)


def _tests(table: Table, findings: Findings) -> NDArray[np.int8]:
    column = table.columns["test"]
    number = {name: position for position, name in enumerate(_NAMES)}
    of_text = np.fromiter((number.get(fold(text), -1) for text in column.texts), np.int8, len(column.texts))
    findings.rows(
        "blank-test", table, column.blank, column, "test is blank.", "Fill in which test it is.", quote=False
    )
    unknown = (of_text < 0) & ~column.blank_texts
    if unknown.any():
        counts = np.bincount(column.codes, minlength=len(of_text))
        first = {int(code): int(np.argmax(column.codes == code)) for code in np.flatnonzero(unknown)[:200]}
        rows = np.array([first[code] for code in first], np.intp)
        for code in first:
            if near := nearest(fold(column.texts[code]), _NAMES):
                findings.tests[column.texts[code]] = near.split("'")[1]
        findings.rows(
            "unused-test",
            table,
            rows,
            column,
            lambda row: f"is no test that is used here; {counts[column.codes[row]]} row(s) left out.",
            lambda row: nearest(fold(column.at(row)), _NAMES),
            severity="warning",
        )
    return of_text[column.codes] if len(of_text) else np.zeros(0, np.int8)


def _values(
    table: Table, test: NDArray[np.int8], used: Mask, comma: bool | None, findings: Findings
) -> tuple[NDArray[np.float64], NDArray[np.int8]]:
    column = table.columns["value"]
    if not table.n_rows:
        return np.zeros(0), np.zeros(0, np.int8)
    parsed = numbers(column, comma)
    value, bound = parsed.value[column.codes], parsed.bound[column.codes]
    scale = np.where(used, _SCALES[test], 0)
    for number, words in ((1, _POLARITY), (2, _NYHA)):
        rows = np.flatnonzero(used & (scale == number))
        of_text = _scale_values(column, parsed, number, words)
        value[rows] = of_text[column.codes[rows]]
        bound[rows] = 0
    blank = used & column.blank
    findings.rows(
        "blank-value",
        table,
        blank,
        column,
        lambda row: f"value of {_NAMES[test[row]]} is blank; the row is left out.",
        severity="warning",
        quote=False,
    )
    wrong = used & np.isnan(value) & ~blank if np.isnan(value).any() else np.zeros(len(value), np.bool_)
    findings.rows(
        "not-a-value",
        table,
        wrong,
        column,
        lambda row: f"is no value of {_NAMES[test[row]]}.",
        lambda row: _value_hint(column, row, parsed, _NAMES[test[row]]),
    )
    return value, bound


def _scale_values(
    column: Column, parsed: Numbers, scale: int, words: MappingProxyType[str, float]
) -> NDArray[np.float64]:
    """Distinct texts as immunofixation (1 positive, 0 negative) or as NYHA class (1 to 4)."""
    value = np.full(len(parsed.value), np.nan)
    for number in np.flatnonzero(np.isnan(parsed.value)):
        value[number] = words.get(column.texts[number].casefold(), np.nan)
    if scale == 2:
        classes = np.isin(parsed.value, (1.0, 2.0, 3.0, 4.0)) & (parsed.bound == 0)
        value[classes] = parsed.value[classes]
    return value


def _value_hint(column: Column, row: int, parsed: Numbers, test: str) -> str:
    scale = TEST_DETAILS[test].scale
    if scale == "immunofixation":
        return "Expected positive or negative."
    if scale == "nyha":
        return "Expected one class: I, II, III or IV."
    text = column.at(row).strip()
    if text.startswith(("<", ">")):
        return "Write the limit behind the sign, such as <1.5."
    if text.startswith("="):
        return "It is a formula; paste its value."
    if text.startswith("#") and not text.startswith("##"):
        return "It is a formula's error; mend it or leave the cell blank."
    if "-" in text[1:] and text.replace("-", "").replace(".", "").isdigit() and len(text) != 10:
        return "A range is not a value; write one number."
    if any(sign in text for sign in "/%") and text[:1].isdigit():
        return "The unit belongs in the column unit, the number alone in value."
    return number_hint(column, row, parsed, TESTS[test])


def _canonical(
    table: Table, test: NDArray[np.int8], used: Mask, value: NDArray[np.float64], findings: Findings
) -> NDArray[np.float64]:
    """Convert to canonical units; NaN where the unit is missing or unknown, which is said."""
    column = table.columns["unit"]
    if not table.n_rows:
        return value
    found = [[conversion(name, unit) for unit in column.texts] for name in _NAMES]
    ok = np.array([[pair is not None for pair in row] for row in found])
    n_units = len(column.texts)
    combined = np.where(used, test, 0).astype(np.int32) * n_units + column.codes
    wrong = used & ~ok.ravel()[combined]
    blank = column.blank
    mend = lambda row: _unit_mend(column.at(row).strip(), _NAMES[test[row]])  # noqa: E731
    findings.rows(
        "missing-unit",
        table,
        wrong & blank,
        column,
        lambda row: f"unit of {_NAMES[test[row]]} is missing; it is never assumed.",
        mend,
        quote=False,
    )
    findings.rows(
        "unknown-unit", table, wrong & ~blank, column, lambda row: f"is no unit of {_NAMES[test[row]]}.", mend
    )
    factors = [pair if pair is not None else Conversion() for row in found for pair in row]
    multiply = np.array([pair.multiply for pair in factors])
    divide = np.array([pair.divide for pair in factors])
    present = np.bincount(combined[used], minlength=len(factors)) > 0
    _note_conversions(column, found, present.reshape(len(_NAMES), n_units), findings)
    if (multiply[present] != 1).any():
        value = value * multiply[combined]
    if (divide[present] != 1).any():
        value = value / divide[combined]
    if wrong.any():
        value[wrong] = np.nan
    return value


def _unit_mend(unit: str, test: str) -> str:
    near = nearest(unit, tuple(CONVERSIONS[test])) if unit else ""
    extra = (
        " A ratio to creatinine is not a 24-hour amount." if test == "urine_protein" and "/g" in unit else ""
    )
    return f"Expected {accepted_units(test)}.{extra}{' ' + near if near else ''}"


def _note_conversions(
    column: Column, found: list[list[Conversion | None]], present: Mask, findings: Findings
) -> None:
    said = set()
    for test, unit in zip(*np.nonzero(present), strict=True):
        pair = found[test][unit]
        if pair is not None and (pair.multiply != 1 or pair.divide != 1):
            text = column.texts[unit]
            if (test, text) not in said:
                said.add((test, text))
                findings.note(
                    f"{_NAMES[test]} in {shown(text)[1:-1]} was converted to {TESTS[_NAMES[test]]} ({pair.source})."
                )


def _say_blank_time(table: Table, findings: Findings) -> None:
    columns = [table.columns[name] for name in ("month", "date") if name in table.columns]
    blank = np.ones(table.n_rows, np.bool_)
    for column in columns:
        blank &= column.blank
    if blank.any():
        name = columns[0].header.strip()
        findings.rows(
            "blank-time",
            table,
            blank,
            columns[0],
            f"{name} is blank; the row is left out.",
            "Fill it in if it is known.",
            severity="warning",
            quote=False,
        )


__all__ = ["ASSAYS", "Labs", "read_labs"]
