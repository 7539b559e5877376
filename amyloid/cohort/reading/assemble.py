"""All tables of a cohort, parsed and checked within and across tables; still without pandas."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa

from amyloid.cohort.mapping import Mapping, Wide
from amyloid.cohort.reading.card import Card
from amyloid.cohort.reading.columns import tidy
from amyloid.cohort.reading.dates import NO_DAY
from amyloid.cohort.reading.encoding import cells_are_sound
from amyloid.cohort.reading.findings import Findings
from amyloid.cohort.reading.headers import match_columns
from amyloid.cohort.reading.intervals import Events, Treatments, read_events, read_treatments
from amyloid.cohort.reading.lab_units import with_units
from amyloid.cohort.reading.labs import LabOrder, Labs, lab_order, read_labs
from amyloid.cohort.reading.logic import check_across
from amyloid.cohort.reading.numeric import decimal_comma
from amyloid.cohort.reading.patients import Patients, read_patients, with_age
from amyloid.cohort.reading.plausible import check_values
from amyloid.cohort.reading.renaming import add_units, rename_columns, translate, with_points
from amyloid.cohort.reading.sources import Sources, read_folder, read_one_file
from amyloid.cohort.reading.standards import from_omop
from amyloid.cohort.reading.table import Column, Table, blank_column, exact_of
from amyloid.cohort.schema import TABLES, TIME_COLUMNS


def joined(tables: Sequence[Table]) -> Table:
    """Put the rows of tables with matched columns below one another.

    Each row knows its file and line; a column that one of them lacks is blank there.
    """
    if len(tables) == 1:
        return tables[0]
    _with_one_decimal_sign(tables)
    names = [name for name in TABLES[tables[0].name].names if any(name in table.columns for table in tables)]
    columns = {name: _stacked(name, tables) for name in names}
    sources = [(table.file, table.sheet) for table in tables]
    places = tuple(dict.fromkeys(sources))
    return replace(
        tables[0],
        all_columns=tuple(columns.values()),
        header=tuple(column.header for column in columns.values()),
        n_rows=sum(table.n_rows for table in tables),
        lines=np.concatenate(
            [np.arange(table.n_rows) + 2 if table.lines is None else table.lines for table in tables]
        ),
        columns=columns,
        places=places,
        place_of=np.repeat(
            np.array([places.index(source) for source in sources], np.int16),
            [table.n_rows for table in tables],
        ),
        decimal_comma_possible=any(table.decimal_comma_possible for table in tables),
        decimal="." if all(table.decimal == "." for table in tables) else "",
    )


def _with_one_decimal_sign(tables: Sequence[Table]) -> None:
    """Write decimal points in the tables with decimal commas, where not all have them."""
    fields = TABLES[tables[0].name].fields
    names = tuple(field.name for field in fields if field.kind in ("number", "test_value"))
    commas = [decimal_comma(table, names) for table in tables]
    for table, comma in zip(tables, commas, strict=True):
        if comma and not all(commas):
            with_points(table, ",")


def _stacked(name: str, tables: Sequence[Table]) -> Column:
    """One column of all tables; its distinct texts are those of all."""
    first = next(table.columns[name] for table in tables if name in table.columns)
    texts: list[pa.StringArray] = []
    typed, codes, origin = [], [], []
    origins: dict[tuple[str, int], int] = {}
    for table in tables:
        column = table.columns.get(name) or blank_column(first.header, first.position, table.n_rows)
        codes.append(column.codes.astype(np.int32) + sum(len(part) for part in texts))
        texts.append(column.dictionary)
        typed.append(column.dictionary if column.as_typed is None else column.as_typed)
        own = column.origins or ((column.header, column.position),)
        new = np.array([origins.setdefault(each, len(origins)) for each in own], np.int32)
        origin.append(new[np.zeros(table.n_rows, np.int8) if column.origin is None else column.origin])
    return replace(
        first,
        dictionary=pa.concat_arrays(texts),
        as_typed=pa.concat_arrays(typed),
        codes=np.concatenate(codes),
        origins=tuple(origins),
        origin=np.concatenate(origin),
        exact=exact_of(table.columns[name] for table in tables if name in table.columns),
    )


@dataclass(frozen=True)
class Parsed:
    """Everything that was read of a cohort that is in order."""

    card: Card
    fingerprint: str
    patients: Patients
    labs: Labs
    lab_order: LabOrder
    treatments: Treatments
    events: Events


@dataclass(frozen=True)
class Loaded:
    """The tables of a cohort as typed, with matched columns; None where one cannot be used."""

    sources: Sources
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
    if mapping.wide != Wide() or not _is_long(parts):
        parts, mapping = _made_long(parts, mapping, findings)
    matched = {
        name: [found for table in tables if (found := _matched(table, mapping, findings)) is not None]
        for name, tables in parts.items()
    }
    whole = {name: joined(tables) if tables and len(tables) == len(parts[name]) else None
             for name, tables in matched.items()}  # fmt: skip
    if not parts["treatments"] and any(parts.values()):
        whole["treatments"] = _no_treatments()
    return Loaded(sources, whole)


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
    sources, tables = loaded.sources, loaded.tables
    patients = _patients(tables, findings)
    if patients is None:
        return None
    labs_table, treatments_table, events_table = tables["labs"], tables["treatments"], tables["events"]
    (labs, order), treatments, events = findings.side_by_side(
        lambda found: _labs(labs_table, patients, found) if labs_table else (None, None),
        lambda found: read_treatments(treatments_table, patients, found) if treatments_table else None,
        lambda found: read_events(events_table, patients, found) if events_table else None,
    )
    if tables["patients"] is None:
        return None
    check_across(sources.card, patients, labs, order, treatments, events, findings)
    if labs is None or order is None or treatments is None or events is None:
        return None
    return Parsed(sources.card, sources.fingerprint, patients, labs, order, treatments, events)


def _patients(tables: dict[str, Table | None], findings: Findings) -> Patients | None:
    """Parse the patients; a stand-in without patients lets the other tables be checked all the same."""
    table = tables["patients"]
    if table is not None:
        patients = read_patients(table, findings)
        _check_start(tables, patients, findings)
        return patients
    other = next((found for found in tables.values() if found is not None), None)
    return _nobody(other) if other is not None else None


def _labs(table: Table, patients: Patients, findings: Findings) -> tuple[Labs, LabOrder]:
    labs = read_labs(table, patients, findings)
    _, order = findings.side_by_side(
        lambda found: check_values(labs, patients, found), lambda found: lab_order(labs, found)
    )
    return labs, order


def _is_long(parts: dict[str, list[Table]]) -> bool:
    """Whether labs have one row per value, and there are events."""
    names = {column.known_as for table in parts["labs"] for column in table.all_columns}
    return bool(parts["labs"] and parts["events"]) and {"test", "value"} <= names


def _made_long(
    parts: dict[str, list[Table]], mapping: Mapping, findings: Findings
) -> tuple[dict[str, list[Table]], Mapping]:
    """Make rows of wide tables; what `[wide]` does not say is recognized and offered."""
    from amyloid.cohort.reading.shapes import recognized
    from amyloid.cohort.reading.wide import widened

    mapping = replace(mapping, wide=recognized(parts, mapping.wide, findings))
    return widened(parts, mapping, findings) if mapping.wide != Wide() else parts, mapping


def _no_treatments() -> Table:
    """Treatments of nobody, where the table is missing (which has been said)."""
    nothing = pa.array([], pa.string())
    columns = {
        name: Column(name, position, nothing, np.zeros(0, np.int8))
        for position, name in enumerate(("patient_id", "drug", "start_month", "end_month"))
    }
    return Table("treatments", "treatments.csv", None, (), tuple(columns.values()), 0, columns=columns)


def _matched(table: Table, mapping: Mapping, findings: Findings) -> Table | None:
    table = add_units(table, mapping)
    if not match_columns(table, findings):
        return None
    translate(table, mapping, findings)
    return tidy(table, findings)


def _nobody(table: Table) -> Patients:
    """Stand-in for a patients table that cannot be read, so that the others are checked all the same."""
    empty = np.zeros(0)
    codes = np.zeros(0, np.int8)
    return Patients(table, pa.array([], pa.string()), empty, codes, codes, np.zeros(0, np.int64), {}, {}, {})


def _check_start(tables: dict[str, Table | None], patients: Patients, findings: Findings) -> None:
    """Dates need the day of the first dose."""
    table = patients.table
    by_dates = [name for name, found in tables.items() if found is not None and _needs_dates(found)]
    if not by_dates:
        return
    column = table.columns.get("treatment_start")
    if column is None:
        findings.say("missing-column/start", table, line=1, tables=" and ".join(by_dates))
        return
    without = (patients.start == NO_DAY) & column.blank
    findings.say("blank-start", table, without, column)


def _needs_dates(table: Table) -> bool:
    """Whether some row has a date and no month."""
    for in_months, in_dates in TIME_COLUMNS.get(table.name, ()):
        months, days = table.columns.get(in_months), table.columns.get(in_dates)
        if days is not None and (~days.blank & (months.blank if months is not None else True)).any():
            return True
    return False
