"""An OMOP `measurement` table as our labs: concepts of tests, units, operators and answers to words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pyarrow as pa

from amyloid.cohort.mapping import Mapping
from amyloid.cohort.reading.table import Column, Table, fold
from amyloid.cohort.vocabularies import ANSWERS, LOINC, OMOP_OPERATORS, OMOP_TESTS, OMOP_UNITS

CONCEPT = "measurement_concept_id"
Mapped = dict[str, Column]
_PLAIN = {"person_id": "patient_id", "measurement_date": "date"}


def from_omop(table: Table, mapping: Mapping) -> Table:
    """Give the columns of an OMOP measurement table our names and words; other tables stay as they are.

    Parameters
    ----------
    table : Table
        With renamed columns: what a mapping names wins.
    mapping : Mapping

    Returns
    -------
    Table
    """
    by_name = {fold(column.header): column for column in table.all_columns}
    if CONCEPT not in by_name or table.name != "labs":
        return table
    named = {column.name for column in table.all_columns}
    made = [replace(by_name[theirs], name=ours) for theirs, ours in _PLAIN.items() if theirs in by_name]

    def test(concept: str, source: str) -> str:
        if fold(concept) in mapping.tests:
            return concept
        code = OMOP_TESTS.get(concept)
        return LOINC[code][0] if code else source or ("" if concept == "0" else concept)

    def unit(concept: str, source: str) -> str:
        return OMOP_UNITS.get(concept) or source or ("" if concept == "0" else concept)

    made += [
        _of_two(by_name, "test", CONCEPT, "measurement_source_value", test),
        _of_two(by_name, "unit", "unit_concept_id", "unit_source_value", unit),
        _of_two(by_name, "value", "value_as_number", "value_as_concept_id", _value),
        _of_two(
            by_name, "comparator", "operator_concept_id", "", lambda code, _: OMOP_OPERATORS.get(code, code)
        ),
    ]
    own = [column for column in made if column.name not in named]
    rest = [column for column in table.all_columns if column.name]
    columns = tuple(sorted((*rest, *own), key=lambda column: column.position))
    return replace(table, header=tuple(column.header for column in columns), all_columns=columns, decimal=".")


def _value(number: str, concept: str) -> str:
    return number or ANSWERS.get(concept, "" if concept in ("", "0") else f"concept {concept}")


def _of_two(by_name: Mapped, ours: str, first: str, second: str, word: Callable[[str, str], str]) -> Column:
    """A column of ours from the texts of two others, which may be missing."""
    known = [column for name in (first, second) if (column := by_name.get(name)) is not None]
    if not known:
        rows = len(next(iter(by_name.values())).codes)
        return Column(ours, len(by_name), pa.array([""], pa.string()), np.zeros(rows, np.int8), ours)
    blank = Column("", 0, pa.array([""], pa.string()), np.zeros(len(known[0].codes), np.int8))
    left, right = (by_name.get(name, blank) for name in (first, second))
    pairs = left.codes.astype(np.int64) * max(len(right.texts), 1) + right.codes
    found, codes = np.unique(pairs, return_inverse=True)
    texts = [
        word(left.texts[pair // len(right.texts)], right.texts[pair % len(right.texts)]) for pair in found
    ]
    return Column(
        known[0].header, known[0].position, pa.array(texts, pa.string()), codes.astype(np.int32), ours
    )
