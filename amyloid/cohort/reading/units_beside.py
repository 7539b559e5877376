"""Units that stand in the cells of value, or behind the name of a test: brought to a column of their own."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

import numpy as np
import pyarrow as pa

from amyloid.cohort.mapping import Mapping
from amyloid.cohort.reading.table import Column, Table, fold
from amyloid.cohort.units import CONVERSIONS, fold_unit

_KNOWN: Final = {fold_unit(unit) for units in CONVERSIONS.values() for unit in units}
_PATTERNS: Final = {
    "value": re.compile(
        r"([<>=\u2264\u2265\s]*[-+]?\d[\d.,]*(?:[\s'\u2019]\d{3})*(?:[.,]\d+)?)\s*([^\W\d_].*|%)"
    ),
    "test": re.compile(r"(.*\S)\s*[\[(,]\s*([^\])]*?)\s*[\])]?"),
}
"""Column -> what stands before the unit, and the unit."""


def with_units(table: Table, mapping: Mapping) -> Table:
    """Take the units out of the column that the mapping names for them beside their own.

    Parameters
    ----------
    table : Table
        With renamed columns.
    mapping : Mapping

    Returns
    -------
    Table
    """
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
    units = [match.group(2) for match in found if match]
    return 2 * sum(fold_unit(unit) in _KNOWN for unit in units) > len(typed)


def taken_apart(column: Column, position: int) -> tuple[Column, Column]:
    """A column without its units, and the column of these.

    Parameters
    ----------
    column : Column
        Known as value or test; a name keeps its unit.
    position : int
        Of the column of units.

    Returns
    -------
    (Column, Column)
    """
    found = [_PATTERNS[column.known_as].fullmatch(text) for text in column.texts]
    units = pa.array([match.group(2) if match else "" for match in found], pa.string())
    unit = Column("unit", position, units, column.codes, "unit")
    if column.known_as == "test":
        return column, unit
    numbers = [match.group(1) if match else text for match, text in zip(found, column.texts, strict=True)]
    typed = column.as_typed if column.as_typed is not None else column.dictionary
    return replace(column, dictionary=pa.array(numbers, pa.string()), as_typed=typed), unit


def no_units(table: Table) -> Column:
    """A blank column of units for a table without one."""
    return Column("unit", len(table.header), pa.array([""], pa.string()), np.zeros(table.n_rows, np.int8))
