"""What stands beside a value: its unit, made canonical, its specimen, its comparator and its assay."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import numpy as np
import pyarrow as pa

from amyloid.cohort.errors import shown
from amyloid.cohort.mapping import Mapping
from amyloid.cohort.reading.findings import Findings, advice, like, nearest, words
from amyloid.cohort.reading.numeric import named, numbers_of
from amyloid.cohort.reading.table import Codes, Column, Floats, Mask, Table, fold, gather
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


def to_canonical_units(table: Table, test: Codes, value: Floats, findings: Findings) -> Floats:
    """Convert to canonical units; NaN where the unit is missing or unknown, which is said."""
    column, used = table.columns["unit"], test >= 0
    if not table.n_rows:
        return value
    n_units = len(column.texts)
    found = [conversion(name, unit) for name in _NAMES for unit in column.texts]
    factors = [each or Conversion() for each in found]
    combined = np.maximum(test, 0).astype(np.int32) * n_units + column.codes
    wrong = used & gather(np.array([each is None for each in found]), combined)
    if wrong.any():
        _say_units(table, column, test, wrong, findings)
        value = np.where(wrong, np.nan, value)
    multiply, divide = np.array([(each.multiply, each.divide) for each in factors]).T
    converted = np.flatnonzero(used & gather((multiply != 1) | (divide != 1), combined))
    if not len(converted):
        return value
    entries = np.flatnonzero(np.bincount(combined[converted]))
    said = {(_NAMES[entry // n_units], column.texts[entry % n_units]): factors[entry] for entry in entries}
    _note_conversions(table, said, findings)
    for name in CONVENTIONAL:
        rows = converted[test[converted] == _NAMES.index(name)]
        findings.say("troponin-assay", table, rows, column, test=name)
    return value * gather(multiply, combined) / gather(divide, combined)


def _say_units(table: Table, column: Column, test: Codes, wrong: Mask, findings: Findings) -> None:
    """Say missing and unknown units; offer `[unit_of_test]`, to be filled in."""
    blank = wrong & column.blank
    for name in (_NAMES[number] for number in np.unique(test[blank]) if not column.origins):
        # columns of tests have their units in [wide]
        why = f"fill in the unit: {' or '.join(CONVERSIONS[name])}"
        findings.propose("unit_of_test", f"# {name}", "", why)
    there = column.position < len(table.header)  # else the column is missing, which is said
    for rule, rows in (("missing-unit", blank & there), ("unknown-unit", wrong & ~blank)):
        findings.say(
            rule,
            table,
            rows,
            column,
            by=test,
            test=named(test),
            mend=lambda row: _unit_mend(column.at(row).strip(), _NAMES[test[row]]),
        )


def _unit_mend(unit: str, test: str) -> str:
    near = nearest(unit, tuple(CONVERSIONS[test])) if unit else ""
    ratio = re.fullmatch(r".*/\s*(g|mmol|mol)(\W.*)?", unit, re.I) and RATIOS.get(test)
    extra = advice("ratio", ratio=ratio) if ratio else ""
    if test in RATIOS and re.fullmatch(r"\S+\s*/\s*(\d+\s*)?[dm]?l", unit, re.I):
        extra = advice("concentration")
    return " ".join(filter(None, [f"Expected {accepted_units(test)}.", extra, near]))


def _note_conversions(table: Table, converted: dict[tuple[str, str], Conversion], findings: Findings) -> None:
    """Note which units of which tests were converted."""
    header = table.columns["unit"].title
    for (test, unit), factors in converted.items():
        text = shown(unit)[1:-1]
        findings.note(f"{test} in {text} was converted to {TESTS[test]} ({factors.source}).")
        if test in CONVENTIONAL:
            findings.say("conventional-troponin", table, column=header, text=text, test=test)


def with_units(table: Table, mapping: Mapping) -> Table:
    """Take the units out of the column that the mapping names for them beside their own."""
    theirs = fold(mapping.columns.get("labs", {}).get("unit", ""))
    for column in table.all_columns if table.name == "labs" and theirs else ():
        if column.known_as in words()["before_unit"] and fold(column.header) == theirs:
            alone, unit = taken_apart(column, len(table.all_columns))
            others = tuple(alone if each is column else each for each in table.all_columns)
            return replace(table, all_columns=(*others, unit))
    return table


def holds_units(column: Column) -> bool:
    """Whether most filled cells of a column of values, or of tests, end in a unit that is known."""
    typed = [text for text in column.texts if text][:200]
    found = [like(words()["before_unit"][column.known_as]).fullmatch(text) for text in typed]
    return 2 * sum(is_unit(match.group(2)) for match in found if match) > len(typed)


def taken_apart(column: Column, position: int) -> tuple[Column, Column]:
    """A column without its units, and the column of these."""
    found = [like(words()["before_unit"][column.known_as]).fullmatch(text) for text in column.texts]
    units = pa.array([match.group(2) if match else "" for match in found], pa.string())
    unit = Column("unit", position, units, column.codes, "unit")
    if column.known_as == "test":
        return column, unit
    numbers = [match.group(1) if match else text for match, text in zip(found, column.texts, strict=True)]
    return column.with_texts(numbers), unit


_FLUID = np.array([0 if name in SERUM_TESTS else 1 if name.startswith("urine_") else -1 for name in _NAMES])
"""Test -> 0 for serum, 1 for urine, -1 where it is no fluid's."""


def _specimens(column: Column) -> Codes:
    """Distinct texts as 0 for serum or plasma, 1 for urine, -1 for anything else."""
    fluids = like("<serum>"), like("<urine>")
    found = [[bool(fluid.fullmatch(fold(text))) for fluid in fluids] for text in column.texts]
    return np.array([kinds.index(True) if sum(kinds) == 1 else -1 for kinds in found], np.int8)


def left_out(table: Table, test: Codes, findings: Findings) -> Codes:
    """Leave out the rows that columns beside the value call cancelled, of another fluid or undecided.

    Parameters
    ----------
    table : Table
    test : numpy.ndarray of int8
    findings : Findings
        What was left out is said.

    Returns
    -------
    numpy.ndarray of int8
        -1 for the rows that are left out, too.
    """
    for check in (_say_undecided, _by_status, _of_its_specimen):
        test = check(table, test, findings)
    return test


def _by_status(table: Table, test: Codes, findings: Findings) -> Codes:
    """Leave out the rows that a column such as `status` calls cancelled or wrong, and say them."""
    for column in table.all_columns:
        if not like("<status>").fullmatch(column.known_as):
            continue
        wrong = np.array([bool(like("<not_valid>").fullmatch(fold(text))) for text in column.texts], np.bool_)
        rows = column.mask_of(wrong) & (test >= 0)
        if rows.any():
            texts = ", ".join(shown(column.texts[number]) for number in np.flatnonzero(wrong))
            name = shown(column.title)
            findings.say("not-valid", table, the_rows=int(rows.sum()), header=name, texts=texts)
            test = np.where(rows, np.int8(-1), test)
    return test


def _of_its_specimen(table: Table, test: Codes, findings: Findings) -> Codes:
    """Leave out rows whose specimen is not that of their test, and say them."""
    column = table.column("specimen")
    kinds = _specimens(column)
    unknown = _marked((_FLUID >= 0)[:, None] & (kinds < 0) & ~column.blank_texts, column, test)
    findings.say("unknown-specimen", table, unknown, column, test=named(test))
    other = _marked(_other_fluid(kinds), column, test)
    for number in np.unique(test[other]):
        rows = np.flatnonzero(other & (test == number))
        findings.say(
            "other-specimen",
            table,
            column=column.title,
            the_rows=len(rows),
            number=_NAMES[number],
            text=column.at(rows[0]).strip(),
            the_line=table.line(rows[0]),
        )
    return np.where(other, np.int8(-1), test)


def _other_fluid(kinds: Codes) -> Mask:
    """Tests by specimens: where one is not the fluid of the other."""
    other: Mask = (_FLUID >= 0)[:, None] & (kinds >= 0) & (_FLUID[:, None] != kinds)
    return other


def _marked(marks: Mask, column: Column, test: Codes) -> Mask:
    """Rows whose test and text are marked in a table of tests by distinct texts."""
    marked: Mask = gather(marks.ravel(), np.maximum(test, 0).astype(np.int32) * marks.shape[1] + column.codes)
    return marked & (test >= 0)


def _say_undecided(table: Table, test: Codes, findings: Findings) -> Codes:
    """Refuse a column of another name that says which specimen, sign or assay a value has.

    The rows that it decides about are left out, so that they are not compared with others.
    """
    known = {column.position for column in table.columns.values()}
    for column in table.all_columns:
        if column.position in known or not column.title or not 1 < len(column.texts) <= 50:
            continue
        for name, marks in _decided_by(column):
            rows = _marked(marks, column, test)
            if name in table.columns or not rows.any():
                continue
            first = int(np.argmax(rows))
            counts = np.bincount(column.codes, minlength=len(column.texts))
            kinds = ", ".join(
                f"{shown(text) if text else 'blank'} ({count} rows)"
                for text, count in zip(column.texts[:6], counts, strict=False)
            )
            findings.propose("columns.labs", name, column.title, kinds)
            findings.say(
                "undecided-column",
                table,
                line=1,
                header=shown(column.title),
                kinds=kinds,
                test=_NAMES[test[first]],
                the_line=table.line(first),
                name=name,
            )
            test = np.where(rows, np.int8(-1), test)
    return test


def _decided_by(column: Column) -> Iterator[tuple[str, Mask]]:
    """What a column may decide of a value, and for which tests and distinct texts it does."""
    kinds = _specimens(column)
    sure = max(map(len, column.texts)) > 2 and not ((kinds < 0) & ~column.blank_texts).any()
    if sure or like("<specimen>").fullmatch(column.known_as):
        yield "specimen", _other_fluid(kinds)
    bounds, signs = numbers_of("bound"), [text.casefold() for text in column.texts]
    if set(signs) <= set(bounds):
        yield "comparator", np.tile([bounds[sign] != 0 for sign in signs], (len(_NAMES), 1))
    assays = [words()["assay"].get(fold(text), fold(text)) for text in column.texts]
    if set(assays) <= {"", *LABS.field("assay").codes}:
        of_chains = np.arange(len(_NAMES)) < len(LIGHT_CHAINS)
        yield "assay", of_chains[:, None] & (np.array(assays) == "n_latex")
