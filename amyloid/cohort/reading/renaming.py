"""Apply a mapping to the tables as typed: columns, tests, units and codes get our names."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping as MappingType
from dataclasses import replace

import pyarrow as pa

from amyloid.cohort.errors import shown
from amyloid.cohort.mapping import FILE_NAME, Mapping
from amyloid.cohort.reading.findings import Findings
from amyloid.cohort.reading.table import Column, Table, fold


def rename_columns(table: Table, mapping: Mapping, findings: Findings) -> Table:
    """Give the columns that the mapping names our names; the header stays as typed for messages.

    Parameters
    ----------
    table : Table
    mapping : Mapping
    findings : Findings

    Returns
    -------
    Table
    """
    wanted = mapping.columns.get(table.name, {})
    if not wanted:
        return table
    columns = list(table.all_columns)
    for ours, theirs in wanted.items():
        found = [position for position, column in enumerate(columns) if fold(column.header) == fold(theirs)]
        if not found:
            findings.file(
                "mapping",
                FILE_NAME,
                f"[columns.{table.name}] {ours} = {shown(theirs)}: {table.file} has no such column.",
                "Check the spelling.",
            )
        for position in found:
            columns[position] = replace(columns[position], name=ours)
    return replace(table, all_columns=tuple(columns))


def translate(table: Table, mapping: Mapping) -> None:
    """Replace the user's tests, units and codes in the matched columns by ours.

    Parameters
    ----------
    table : Table
        Its columns are replaced.
    mapping : Mapping
    """
    for name, words in mapping.codes.items():
        if name in table.columns:
            table.columns[name] = translated(table.columns[name], words, fold)
    if table.name != "labs":
        return
    if mapping.tests and "test" in table.columns:
        table.columns["test"] = translated(table.columns["test"], mapping.tests, fold)
    if mapping.units and "unit" in table.columns:
        table.columns["unit"] = translated(table.columns["unit"], mapping.units, str.strip)


def add_units(table: Table, mapping: Mapping) -> Table:
    """Make the unit column of a labs table that has none, from the units that the mapping gives to tests.

    Parameters
    ----------
    table : Table
    mapping : Mapping

    Returns
    -------
    Table
    """
    if table.name != "labs" or not mapping.unit_of_test:
        return table
    by_name = {column.known_as: column for column in table.all_columns}
    if "unit" in by_name or "test" not in by_name:
        return table
    tests = translated(by_name["test"], mapping.tests, fold)
    units = pa.array([mapping.unit_of_test.get(fold(text), "") for text in tests.texts], pa.string())
    unit = Column("unit", len(table.all_columns), units, tests.codes)
    return replace(table, header=(*table.header, "unit"), all_columns=(*table.all_columns, unit))


def translated(column: Column, words: MappingType[str, str], key: Callable[[str], str]) -> Column:
    """Change the distinct texts of a column; messages still show them as typed.

    Parameters
    ----------
    column : Column
    words : mapping
        The user's word -> ours.
    key : callable
        Brings a text to the form in which `words` knows it.

    Returns
    -------
    Column
    """
    texts = [words.get(key(text), text) for text in column.texts]
    if texts == column.texts:
        return column
    as_typed = column.as_typed if column.as_typed is not None else column.dictionary
    return replace(column, dictionary=pa.array(texts, pa.string()), as_typed=as_typed)
