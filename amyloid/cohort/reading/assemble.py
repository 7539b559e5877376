"""All tables of a cohort, parsed and checked within and across tables; still without pandas."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from amyloid.cohort.mapping import Mapping, Wide
from amyloid.cohort.reading.card import Card
from amyloid.cohort.reading.dates import NO_DAY
from amyloid.cohort.reading.files import read_folder, read_one_file
from amyloid.cohort.reading.findings import Findings
from amyloid.cohort.reading.headers import match_columns
from amyloid.cohort.reading.lab_units import with_units
from amyloid.cohort.reading.labs import LabOrder, Labs, lab_order, read_labs
from amyloid.cohort.reading.logic import Parsed, check_across
from amyloid.cohort.reading.numeric import decimal_comma
from amyloid.cohort.reading.patients import Patients, read_events, read_patients, read_treatments
from amyloid.cohort.reading.plausible import check_values
from amyloid.cohort.reading.raw import cells_are_sound
from amyloid.cohort.reading.renaming import add_units, rename_columns, tidy, translate, with_points
from amyloid.cohort.reading.shapes import from_omop
from amyloid.cohort.reading.table import Column, Table, constant_column, stacked
from amyloid.cohort.reading.timeline import with_age
from amyloid.cohort.schema import TABLES, TIME_COLUMNS


def joined(tables: Sequence[Table]) -> Table:
    """Put the rows of tables with matched columns below one another.

    Each row knows its file and line; a column that one of them lacks is blank there.
    """
    if len(tables) == 1:
        return tables[0]
    commas = [decimal_comma(table) for table in tables]
    for table, comma in zip(tables, commas, strict=True):
        if comma and not all(commas):
            with_points(table, ",")
    names = [name for name in TABLES[tables[0].name].names if any(name in table.columns for table in tables)]
    columns = {name: _of_all(name, tables) for name in names}
    sources = [(table.file, table.sheet) for table in tables]
    places = tuple(dict.fromkeys(sources))
    place = np.array([places.index(source) for source in sources], np.int16)
    return replace(
        tables[0],
        all_columns=tuple(columns.values()),
        n_rows=sum(table.n_rows for table in tables),
        lines=np.concatenate([table.row_lines for table in tables]),
        columns=columns,
        places=places,
        place_of=np.repeat(place, [table.n_rows for table in tables]),
        decimal_comma_possible=any(table.decimal_comma_possible for table in tables),
        decimal="." if all(table.decimal == "." for table in tables) else "",
    )


def _of_all(name: str, tables: Sequence[Table]) -> Column:
    """One column of all tables; where one lacks it, it is blank."""
    there = [table.columns[name] for table in tables if name in table.columns]
    first = there[0]
    blank = (constant_column(first.header, first.position, table.n_rows) for table in tables)
    columns = [table.columns.get(name) or rest for table, rest in zip(tables, blank, strict=True)]
    return stacked(columns, name=first.name)


@dataclass(frozen=True)
class Loaded:
    """The card, a hash of the bytes, the tables with matched columns; None where one cannot be used."""

    card: Card
    fingerprint: str
    tables: dict[str, Table | None]


def load(path: Path, findings: Findings, *, ages: bool = False) -> Loaded:
    """Read the tables of a cohort as typed.

    Parameters
    ----------
    path : pathlib.Path
        Folder or workbook.
    findings : Findings
    ages : bool
        Whether ages may be computed from dates of birth.

    Returns
    -------
    Loaded
    """
    sources = read_folder(path, findings) if path.is_dir() else read_one_file(path, findings)
    mapping = sources.mapping
    parts = {
        name: [
            from_omop(with_units(rename_columns(table, mapping, findings), mapping), mapping)
            for table in tables
            if cells_are_sound(table, findings)
        ]
        for name, tables in sources.parts.items()
    }
    if ages:
        parts["patients"] = [with_age(table, mapping, findings) for table in parts["patients"]]
    parts, mapping = _made_long(parts, mapping, findings)
    matched = {
        name: [found for table in tables if (found := _matched(table, mapping, findings)) is not None]
        for name, tables in parts.items()
    }
    whole = {
        name: joined(tables) if tables and len(tables) == len(parts[name]) else None
        for name, tables in matched.items()
    }
    if not parts["treatments"] and any(parts.values()):
        whole["treatments"] = nothing("treatments")
    return Loaded(sources.card, sources.fingerprint, whole)


def parse(loaded: Loaded, findings: Findings) -> Parsed | None:
    """Parse and check the tables of a cohort.

    Parameters
    ----------
    loaded : Loaded
    findings : Findings
        Everything that was found is in there afterwards.

    Returns
    -------
    Parsed or None
        None when a table is missing or cannot be used.
    """
    tables = {name: table or nothing(name) for name, table in loaded.tables.items()}
    for table in tables.values():
        table.comma = decimal_comma(table)
    patients = read_patients(tables["patients"], findings)
    _check_start(tables, patients, findings)
    (labs, order), treatments, events = findings.side_by_side(
        lambda found: _labs(tables["labs"], patients, found),
        lambda found: read_treatments(tables["treatments"], patients, found),
        lambda found: read_events(tables["events"], patients, found),
    )
    if loaded.tables["patients"] is None:
        return None
    parsed = Parsed(loaded.card, loaded.fingerprint, patients, labs, order, treatments, events)
    check_across(parsed, findings)
    return None if None in loaded.tables.values() else parsed


def _labs(table: Table, patients: Patients, findings: Findings) -> tuple[Labs, LabOrder]:
    labs = read_labs(table, patients, findings)
    _, order = findings.side_by_side(
        lambda found: check_values(labs, patients, found), lambda found: lab_order(labs, found)
    )
    return labs, order


def _made_long(
    parts: dict[str, list[Table]], mapping: Mapping, findings: Findings
) -> tuple[dict[str, list[Table]], Mapping]:
    """Make rows of wide tables; what `[wide]` does not say is recognized and offered."""
    names = {column.known_as for table in parts["labs"] for column in table.all_columns}
    if mapping.wide == Wide() and parts["labs"] and parts["events"] and {"test", "value"} <= names:
        return parts, mapping  # one row per value already
    from amyloid.cohort.reading.shapes import recognized
    from amyloid.cohort.reading.wide import widened

    mapping = replace(mapping, wide=recognized(parts, mapping.wide, findings))
    return widened(parts, mapping, findings) if mapping.wide != Wide() else parts, mapping


def nothing(name: str) -> Table:
    """A table without a header, in place of one that is missing or cannot be used, which has been said."""
    fields = [field.name for field in TABLES[name].fields if field.required or field.name.endswith("month")]
    columns = {field: constant_column(field, position, 0) for position, field in enumerate(fields)}
    return Table(name, f"{name}.csv", None, (), 0, columns=columns)


def _matched(table: Table, mapping: Mapping, findings: Findings) -> Table | None:
    table = add_units(table, mapping)
    if not match_columns(table, findings):
        return None
    translate(table, mapping, findings)
    return tidy(table, findings)


def _check_start(tables: dict[str, Table], patients: Patients, findings: Findings) -> None:
    """Dates need the day of the first dose."""
    by_dates = [
        name
        for name, pairs in TIME_COLUMNS.items()
        for in_months, in_dates in pairs
        if (column := tables[name].columns.get(in_dates)) is not None
        if (tables[name].blank_in((in_months,)) & ~column.blank).any()
    ]
    column = patients.table.columns.get("treatment_start")
    if not by_dates or not patients.table.header:
        return
    if column is None:
        names = " and ".join(dict.fromkeys(by_dates))
        findings.say("missing-column/start", patients.table, line=1, tables=names)
    else:
        findings.say("blank-start", patients.table, (patients.start == NO_DAY) & column.blank, column)
