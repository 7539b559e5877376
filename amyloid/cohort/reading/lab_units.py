"""What stands beside a value: its unit, made canonical, its specimen, its comparator and its assay."""

from __future__ import annotations

import re
from dataclasses import replace
from types import MappingProxyType
from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from amyloid.cohort.errors import shown
from amyloid.cohort.mapping import Mapping
from amyloid.cohort.reading.findings import Findings, nearest
from amyloid.cohort.reading.lab_values import BOUNDS
from amyloid.cohort.reading.table import Column, Mask, Table, blank_column, fold, gather
from amyloid.cohort.schema import (
    CONVERSIONS,
    LABS,
    LIGHT_CHAINS,
    SERUM_TESTS,
    TESTS,
    Conversion,
    accepted_units,
    conversion,
    is_unit,
)

_NAMES = tuple(TESTS)
RATIOS = {"urine_protein": "urine_protein_creatinine_ratio", "urine_m_protein": "none of ours"}


CONVENTIONAL: Final = ("troponin_t", "troponin_i")
"""Tests whose values in ng/L may come from a high-sensitivity assay, which is another test."""


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
        for name in CONVENTIONAL:
            rows = converted[test[converted] == _NAMES.index(name)]
            findings.say("troponin-assay", table, rows, column, test=name)
    return np.where(wrong, np.nan, value) if wrong.any() else value


def _offer_units_of_tests(column: Column, tests: NDArray[np.int8], findings: Findings) -> None:
    """Offer `[unit_of_test]`, to be filled in; columns of tests have theirs in `[wide]`."""
    for number in np.unique(tests) if not column.origins else ():
        why = f"fill in the unit: {' or '.join(CONVERSIONS[_NAMES[number]])}"
        findings.propose("unit_of_test", f"# {_NAMES[number]}", "", why)


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
                if _NAMES[test] in CONVENTIONAL:
                    name = column.header.strip()
                    findings.say(
                        "conventional-troponin", table, column=name, text=shown(text)[1:-1], test=_NAMES[test]
                    )


_PATTERNS: Final = {
    "value": re.compile(
        r"([<>=\u2264\u2265\s]*[-+]?\d[\d.,]*(?:[\s'\u2019]\d{3})*(?:[.,]\d+)?)\s*([^\W\d_].*|%)"
    ),
    "test": re.compile(r"(.*\S)\s*[\[(,]\s*([^\])]*?)\s*[\])]?"),
}
"""Column -> what stands before the unit, and the unit."""


def with_units(table: Table, mapping: Mapping) -> Table:
    """Take the units out of the column that the mapping names for them beside their own."""
    theirs = fold(mapping.columns.get("labs", {}).get("unit", ""))
    for column in table.all_columns if table.name == "labs" and theirs else ():
        if column.known_as in _PATTERNS and fold(column.header) == theirs:
            alone, unit = taken_apart(column, len(table.all_columns))
            others = tuple(alone if each is column else each for each in table.all_columns)
            return replace(table, all_columns=(*others, unit))
    return table


def holds_units(column: Column) -> bool:
    """Whether most filled cells of a column of values, or of tests, end in a unit that is known."""
    typed = [text for text in column.texts if text][:200]
    found = [_PATTERNS[column.known_as].fullmatch(text) for text in typed if column.known_as in _PATTERNS]
    return 2 * sum(is_unit(match.group(2)) for match in found if match) > len(typed)


def taken_apart(column: Column, position: int) -> tuple[Column, Column]:
    """A column without its units, and the column of these."""
    found = [_PATTERNS[column.known_as].fullmatch(text) for text in column.texts]
    units = pa.array([match.group(2) if match else "" for match in found], pa.string())
    unit = Column("unit", position, units, column.codes, "unit")
    if column.known_as == "test":
        return column, unit
    numbers = [match.group(1) if match else text for match, text in zip(found, column.texts, strict=True)]
    return column.with_texts(numbers), unit


def no_units(table: Table) -> Column:
    """A blank column of units for a table without one."""
    return blank_column("unit", len(table.header), table.n_rows)


_FLUID = np.array([0 if name in SERUM_TESTS else 1 if name.startswith("urine_") else -1 for name in _NAMES])
"""Test -> 0 for serum, 1 for urine, -1 where it is no fluid's."""

_WORDS = (
    re.compile(r".*(serum|plasma|blood|blut|sang|suero|siero).*|s|p|b|ser([_/].*)?|bld"),
    re.compile(r".*(urin|harn|orina).*|u|ur"),
)
_LIKE_SPECIMEN = re.compile(r".*(specimen|material|sample|probe|matrix|fluid|system|muestra|campione).*")
ASSAY_WORDS: Final = MappingProxyType(
    {"nlatex": "n_latex", "n_latex_flc": "n_latex", "freelite_flc": "freelite"}
)


def _specimens(column: Column) -> NDArray[np.int8]:
    """Distinct texts as 0 for serum or plasma, 1 for urine, -1 for anything else."""
    found = [[bool(word.fullmatch(fold(text))) for word in _WORDS] for text in column.texts]
    return np.array([kinds.index(True) if sum(kinds) == 1 else -1 for kinds in found], np.int8)


_STATUS = re.compile(r"(result_|lab_|test_|observation_|order_)?(status|state)|ergebnisstatus|statut")
_NOT_VALID = re.compile(
    r"cancell?ed|entered_in_error|rejected|invalid(ated)?|deleted|storn\w+|ung\w+ltig|annul\w+|x"
)


def left_out_by_status(table: Table, test: NDArray[np.int8], findings: Findings) -> NDArray[np.int8]:
    """Leave out the rows that a column such as `status` calls cancelled or wrong, and say them.

    Parameters
    ----------
    table : Table
    test : numpy.ndarray of int8
    findings : Findings

    Returns
    -------
    numpy.ndarray of int8
        -1 for the rows that are left out, too.
    """
    for column in table.all_columns:
        if not _STATUS.fullmatch(column.known_as):
            continue
        wrong = np.array([_NOT_VALID.fullmatch(fold(text)) is not None for text in column.texts], np.bool_)
        rows = column.mask_of(wrong) & (test >= 0)
        if rows.any():
            texts = ", ".join(shown(column.texts[number]) for number in np.flatnonzero(wrong))
            name = shown(column.header.strip())
            findings.say("not-valid", table, the_rows=int(rows.sum()), header=name, texts=texts)
            test = np.where(rows, np.int8(-1), test)
    return test


def of_its_specimen(table: Table, test: NDArray[np.int8], findings: Findings) -> NDArray[np.int8]:
    """Leave out rows whose specimen is not that of their test, and say them.

    -1 for the rows that are left out, too.
    """
    column = table.columns.get("specimen")
    if column is None or not table.n_rows:
        return test
    fluid = gather(_FLUID, np.maximum(test, 0))
    kind = gather(_specimens(column), column.codes)
    of_fluid = (test >= 0) & (fluid >= 0) & ~column.blank
    findings.say("unknown-specimen", table, of_fluid & (kind < 0), column, test=lambda row: _NAMES[test[row]])
    other = of_fluid & (kind >= 0) & (kind != fluid)
    for number in np.unique(test[other]):
        rows = np.flatnonzero(other & (test == number))
        findings.say(
            "other-specimen",
            table,
            column=column.header.strip(),
            the_rows=len(rows),
            number=_NAMES[number],
            text=column.at(rows[0]).strip(),
            the_line=table.line(rows[0]),
        )
    return np.where(other, np.int8(-1), test)


def say_undecided(table: Table, test: NDArray[np.int8], findings: Findings) -> NDArray[np.int8]:
    """Refuse a column of another name that says which specimen, sign or assay a value has.

    -1 for the rows of another specimen, too, so that they are not compared with others.
    """
    known = {column.position for column in table.columns.values()}
    for column in table.all_columns:
        if column.position in known or not column.header.strip() or not 1 < len(column.texts) <= 50:
            continue
        for name, decides in (("specimen", _other_fluid), ("comparator", _signed), ("assay", _other_assay)):
            rows = decides(column, test) if name not in table.columns else test < -1
            if not rows.any():
                continue
            first = int(np.argmax(rows))
            counts = np.bincount(column.codes, minlength=len(column.texts))
            kinds = ", ".join(
                f"{shown(text) if text else 'blank'} ({count} rows)"
                for text, count in zip(column.texts[:6], counts, strict=False)
            )
            findings.propose("columns.labs", name, column.header.strip(), kinds)
            findings.say(
                "undecided-column",
                table,
                line=1,
                header=shown(column.header.strip()),
                kinds=kinds,
                test=_NAMES[test[first]],
                the_line=table.line(first),
                name=name,
            )
            test = np.where(rows, np.int8(-1), test)
    return test


def _other_fluid(column: Column, test: NDArray[np.int8]) -> Mask:
    kinds = _specimens(column)
    sure = max(map(len, column.texts)) > 2 and not ((kinds < 0) & ~column.blank_texts).any()
    if not sure and not _LIKE_SPECIMEN.fullmatch(column.known_as):
        return test < -1
    kind: NDArray[np.int8] = gather(kinds, column.codes)
    fluid = gather(_FLUID, np.maximum(test, 0))
    other: Mask = (test >= 0) & (fluid >= 0) & (kind >= 0) & (kind != fluid)
    return other


def _signed(column: Column, test: NDArray[np.int8]) -> Mask:
    if not all(text.casefold() in BOUNDS for text in column.texts):
        return test < -1
    signed: Mask = gather(np.array([BOUNDS[text.casefold()] != 0 for text in column.texts]), column.codes)
    return (test >= 0) & signed


def _other_assay(column: Column, test: NDArray[np.int8]) -> Mask:
    codes = LABS.field("assay").codes
    words = [ASSAY_WORDS.get(fold(text), fold(text)) for text in column.texts]
    if not set(words) <= {"", *codes}:
        return test < -1
    other: Mask = gather(np.array([word == "n_latex" for word in words]), column.codes)
    chosen: Mask = (test >= 0) & (test < len(LIGHT_CHAINS)) & other
    return chosen
