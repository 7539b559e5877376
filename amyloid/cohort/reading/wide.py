"""Tables with a column for each test or visit, and events told by columns: brought to one row per value."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from amyloid.cohort.errors import shown
from amyloid.cohort.mapping import FILE_NAME, VISIT, Mapping, WideEvent, WideTest
from amyloid.cohort.names import meant_by, month_meant
from amyloid.cohort.reading.findings import Findings, nearest
from amyloid.cohort.reading.patients import organ_columns
from amyloid.cohort.reading.table import Codes, Column, Table, as_numpy, exact_of, fold
from amyloid.cohort.schema import TABLES

Parts = dict[str, list[Table]]


@dataclass(frozen=True)
class Block:
    """Rows that come from one column: which ones, and what stands in the columns of the new table."""

    rows: Codes
    cells: dict[str, Column | str]


def widened(parts: Parts, mapping: Mapping, findings: Findings) -> Parts:
    """Make the rows that `[wide]` describes; the tables that they come from keep their other columns.

    The same with new labs, events and columns of organs.
    """
    wide = mapping.wide
    found: set[WideTest | WideEvent] = set()
    new: Parts = {"labs": [], "events": []}
    every = [table for tables in parts.values() for table in tables]
    for table in every:
        tests = [(entry, list(_test_blocks(table, entry, findings))) for entry in wide.tests]
        told = [(entry, list(_event_blocks(table, entry, findings))) for entry in wide.events]
        for name, made in (("labs", tests), ("events", told)):
            found |= {entry for entry, blocks in made if blocks}
            new[name] += _stacked(table, name, [block for _, blocks in made for block in blocks], findings)
        _say_untold(table, wide.events, findings)
    entries: tuple[WideTest | WideEvent, ...] = (*wide.tests, *wide.events)
    for entry in entries:
        if entry not in found and every and (entry.date or entry.month):
            _say_not_found(entry, every, findings)
    used = {
        fold(name) for entry in wide.events for name in (entry.column, entry.date, entry.month, entry.detail)
    }
    kept = {name: [_without_wide(table, mapping, used) for table in tables] for name, tables in parts.items()}
    if wide.tests:
        kept["labs"] = [table for table in kept["labs"] if "test" in _names(table)]
    for name, tables in new.items():
        kept[name] = kept[name] + tables
    return kept | {"patients": [organ_columns(table, wide, findings) for table in kept["patients"]]}


def _names(table: Table) -> set[str]:
    return {column.known_as for column in table.all_columns}


def _column(table: Table, name: str) -> Column | None:
    """The column of a name as the user writes it, or as we call it."""
    wanted = fold(name)
    found = [column for column in table.all_columns if fold(column.header) == wanted]
    found += [column for column in table.all_columns if column.name == wanted]
    return found[0] if wanted and found else None


def _visits(table: Table, pattern: str) -> dict[str, Column]:
    """Visit -> the column of a pattern; the visit is empty where the pattern has none."""
    if VISIT not in pattern:
        column = _column(table, pattern)
        return {} if column is None else {"": column}
    before, after = (re.escape(part) for part in fold(pattern).split(VISIT, 1))
    whole = re.compile(f"{before}(.+){after}")
    found = ((whole.fullmatch(fold(column.header)), column) for column in table.all_columns)
    return {match.group(1): column for match, column in found if match}


def _test_blocks(table: Table, entry: WideTest, findings: Findings) -> Iterator[Block]:
    """The filled cells of every column of a test."""
    for visit, column in _visits(table, entry.column).items():
        when = _when(table, entry, visit)
        if when:
            unit = _column(table, entry.unit.replace(VISIT, visit)) or entry.unit
            cells = {"test": entry.test, "value": column, "unit": unit, **when}
            yield Block(np.flatnonzero(~column.blank), cells)
            continue
        wanted = shown((entry.date or entry.month or "date").replace(VISIT, visit))
        name = shown(column.header.strip())
        findings.say("wide-time", table, line=1, name=name, wanted=wanted, test=entry.test)


def _when(table: Table, entry: WideTest | WideEvent, visit: str) -> dict[str, Column | str]:
    """The date or month of a visit: a column, or a number of months; empty where there is none."""
    for kind, text in (("date", entry.date), ("month", entry.month)):
        name = text.replace(VISIT, visit)
        column = _column(table, name)
        if column is not None:
            return {kind: column}
        number = re.fullmatch(r"-?\d+([._,]\d+)?", name.strip())
        month = re.sub("[_,]", ".", number.group()) if number else month_meant(fold(name))
        if kind == "month" and month:
            return {kind: month}
    names = () if entry.date or entry.month else ("date", "month")
    return {name: column for name in names if (column := _column(table, name)) is not None}


def _event_blocks(table: Table, entry: WideEvent, findings: Findings) -> Iterator[Block]:
    """The rows in which a column tells an event."""
    for visit, column in _visits(table, entry.column).items():
        rows = np.flatnonzero(
            column.mask_of(np.array([_tells(text, entry) for text in column.texts], np.bool_))
        )
        when = _when(table, entry, visit)
        for time in when.values():
            if isinstance(time, Column):
                without, name = rows[time.blank[rows]], time.header.strip()
                findings.say("event-without-date", table, without, column, event=entry.event, name=name)
                rows = rows[~time.blank[rows]]
        if when:
            detail = _column(table, entry.detail.replace(VISIT, visit)) or ""
            yield Block(rows, {"event": entry.event, "detail": detail, **when})


def _tells(text: str, entry: WideEvent) -> bool:
    return fold(text) in entry.values if entry.values else bool(text)


def _say_untold(table: Table, entries: Iterable[WideEvent], findings: Findings) -> None:
    """Say the words of a status column that no entry of `[wide.events]` has."""
    values: dict[str, set[str]] = {}
    for entry in entries:
        if entry.values:
            values.setdefault(entry.column, set()).update(entry.values)
    for name, known in values.items():
        for column in _visits(table, name).values():
            untold = np.array([bool(text) and fold(text) not in known for text in column.texts], np.bool_)
            findings.say("untold-status", table, column.mask_of(untold), column)


def _stacked(source: Table, name: str, blocks: list[Block], findings: Findings) -> list[Table]:
    """A table of the rows of all blocks, which know the line and column that they come from."""
    blocks = [block for block in blocks if len(block.rows)]
    if not blocks:
        return []
    rows = np.concatenate([block.rows for block in blocks])
    names = dict.fromkeys(key for block in blocks for key in block.cells)
    meant = (each for each in source.all_columns if meant_by(each.known_as, ("patient_id",)))
    patient = _column(source, "patient_id") or next(meant, None)
    if patient is None:
        return []  # said where the source itself is read
    if source.name != "patients" and patient.known_as != "patient_id":
        header = patient.header.strip()  # offered, and read so that the rows are checked too
        findings.propose(f"columns.{source.name}", "patient_id", header)
        mend = f"Is it {shown(header)}? Rename that column, or name it in mapping.toml."
        findings.say("missing-column", source, line=1, names="patient_id", dates="", mend=mend)
    columns = [replace(patient.taken(rows), name="patient_id")]
    columns += [_joined(key, position, blocks) for position, key in enumerate(names, 1)]
    lines = source.row_lines[rows]
    return [replace(source, name=name, all_columns=tuple(columns), n_rows=len(rows), lines=lines, columns={})]


def _joined(name: str, position: int, blocks: list[Block]) -> Column:
    """One column made of the columns and constants of all blocks."""
    pieces = [block.cells.get(name, "") for block in blocks]
    columns = [piece for piece in pieces if isinstance(piece, Column)]
    origins = tuple(dict.fromkeys((column.header, column.position) for column in columns)) or (
        (name, position),
    )
    parts = [
        piece.taken(block.rows)
        if isinstance(piece, Column)
        else Column(*origins[0], pa.array([piece], pa.string()), np.zeros(len(block.rows), np.int8))
        for piece, block in zip(pieces, blocks, strict=True)
    ]
    encoded = pa.concat_arrays([part.dictionary for part in parts]).dictionary_encode()
    starts = np.cumsum([0, *(len(part.dictionary) for part in parts)])
    codes = np.concatenate([part.codes + start for part, start in zip(parts, starts, strict=False)])
    place = np.array([origins.index((part.header, part.position)) for part in parts], np.int32)
    return Column(
        *origins[0],
        encoded.dictionary,
        as_numpy(encoded.indices)[codes],
        name,
        origins=origins,
        origin=np.repeat(place, [len(part.codes) for part in parts]),
        exact=exact_of(columns),
    )


def _without_wide(table: Table, mapping: Mapping, used: set[str]) -> Table:
    """The table without the columns that were used; its own columns stay."""
    taken = {
        id(_column(table, text.replace(VISIT, visit)))
        for entry in mapping.wide.tests
        for visit in _visits(table, entry.column)
        for text in (entry.column, entry.date, entry.month, entry.unit)
    }
    kept = tuple(
        column
        for column in table.all_columns
        if column.known_as in TABLES[table.name].names
        or (id(column) not in taken and fold(column.header) not in used)
    )
    return replace(table, all_columns=kept)


def _say_not_found(entry: WideTest | WideEvent, tables: list[Table], findings: Findings) -> None:
    headers = [column.header.strip() for table in tables for column in table.all_columns]
    section, name = ("wide", entry.test) if isinstance(entry, WideTest) else ("wide.events", entry.event)
    missing = entry.column
    if any(_visits(table, entry.column) for table in tables):
        missing = entry.date or entry.month
    near = nearest(missing.replace(VISIT, "1"), [header.casefold() for header in headers])
    findings.say(
        "wide-column", FILE_NAME, section=section, name=name, missing=shown(missing), mend=near or None
    )
