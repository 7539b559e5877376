"""Other shapes brought to one row per value: columns of tests or visits, told events, FHIR observations."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final, NamedTuple

import numpy as np

from amyloid.cohort.errors import shown
from amyloid.cohort.mapping import FILE_NAME, VISIT, Mapping, WideEvent, WideTest
from amyloid.cohort.names import meant_by, month_meant, names
from amyloid.cohort.reading.findings import Findings, nearest
from amyloid.cohort.reading.patients import organ_columns
from amyloid.cohort.reading.table import (
    Codes,
    Column,
    Encoder,
    Table,
    as_numpy,
    constant_column,
    fold,
    stacked,
)
from amyloid.cohort.schema import TABLES

Parts = dict[str, list[Table]]


class Block(NamedTuple):
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
    kept = {name: [_without_wide(table, mapping) for table in tables] for name, tables in parts.items()}
    if wide.tests:
        kept["labs"] = [table for table in kept["labs"] if "test" in _names(table)]
    kept |= {name: kept[name] + tables for name, tables in new.items()}
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
            yield Block(
                np.flatnonzero(~column.blank), {"test": entry.test, "value": column, "unit": unit, **when}
            )
        else:
            wanted = shown((entry.date or entry.month or "date").replace(VISIT, visit))
            name = shown(column.title)
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
        rows = np.flatnonzero(column.where(lambda text: _tells(text, entry)))
        when = _when(table, entry, visit)
        for time in when.values():
            if isinstance(time, Column):
                without, name = rows[time.blank[rows]], time.title
                findings.say("event-without-date", table, without, column, event=entry.event, name=name)
                rows = rows[~time.blank[rows]]
        if when:
            detail = _column(table, entry.detail.replace(VISIT, visit)) or ""
            yield Block(rows, {"event": entry.event, "detail": detail, **when})


def _tells(text: str, entry: WideEvent) -> bool:
    return fold(text) in entry.values if entry.values else bool(text)


def _say_untold(table: Table, entries: tuple[WideEvent, ...], findings: Findings) -> None:
    """Say the words of a status column that no entry of `[wide.events]` has."""
    for name in dict.fromkeys(entry.column for entry in entries if entry.values):
        known = {value for entry in entries if entry.column == name for value in entry.values}
        for column in _visits(table, name).values():
            untold = column.where(lambda text: bool(text) and fold(text) not in known)  # noqa: B023
            findings.say("untold-status", table, untold, column)


def _stacked(source: Table, name: str, blocks: list[Block], findings: Findings) -> list[Table]:
    """A table of the rows of all blocks, which know the line and column that they come from."""
    blocks = [block for block in blocks if len(block.rows)]
    meant = (each for each in source.all_columns if meant_by(each.known_as, ("patient_id",)))
    patient = _column(source, "patient_id") or next(meant, None)
    if not blocks or patient is None:
        return []  # a missing id is said where the source itself is read
    rows = np.concatenate([block.rows for block in blocks])
    names = dict.fromkeys(key for block in blocks for key in block.cells)
    if source.name != "patients" and patient.known_as != "patient_id":
        header = patient.title  # offered, and read so that the rows are checked too
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
    place = (columns[0].header, columns[0].position) if columns else (name, position)
    parts = [
        piece.taken(block.rows)
        if isinstance(piece, Column)
        else constant_column(*place, len(block.rows), piece)
        for piece, block in zip(pieces, blocks, strict=True)
    ]
    joined = stacked(parts, name=name)
    once = joined.dictionary.dictionary_encode()
    codes = as_numpy(once.indices)[joined.codes]
    return replace(joined, dictionary=once.dictionary, as_typed=None, codes=codes)


def _without_wide(table: Table, mapping: Mapping) -> Table:
    """The table without the columns that were used; its own columns stay."""
    taken = {
        id(_column(table, text.replace(VISIT, visit)))
        for entry in mapping.wide.tests
        for visit in _visits(table, entry.column)
        for text in (entry.column, entry.date, entry.month, entry.unit)
    }
    for entry in mapping.wide.events:
        used = {fold(name) for name in (entry.column, entry.date, entry.month, entry.detail)}
        taken |= {id(column) for column in table.all_columns if fold(column.header) in used}
    kept = tuple(c for c in table.all_columns if c.known_as in TABLES[table.name].names or id(c) not in taken)
    return replace(table, all_columns=kept)


def _say_not_found(entry: WideTest | WideEvent, tables: list[Table], findings: Findings) -> None:
    headers = [column.title.casefold() for table in tables for column in table.all_columns]
    section, name = ("wide", entry.test) if isinstance(entry, WideTest) else ("wide.events", entry.event)
    found = any(_visits(table, entry.column) for table in tables)
    missing = (entry.date or entry.month) if found else entry.column
    mend = nearest(missing.replace(VISIT, "1"), headers) or None
    findings.say("wide-column", FILE_NAME, section=section, name=name, missing=shown(missing), mend=mend)


COLUMNS: Final = ("patient_id", "date", "test", "value", "unit", "comparator")
Resource = dict[str, Any]


def read_observations(data: bytes, file: str, findings: Findings) -> Table | None:
    """Read the observations of a file.

    Labs; the line of a row is the line of the file, in a bundle the number of the entry. None when there is
    no observation in it, which has been said.
    """
    encoder = Encoder(len(COLUMNS))
    left_out: Counter[str] = Counter()
    for line, resource in _resources(data, file, findings):
        kind = str(resource.get("resourceType", "no resource"))
        status = str(resource.get("status", ""))
        if kind != "Observation" or status in ("entered-in-error", "cancelled"):
            left_out[f"{kind}{f' ({status})' if kind == 'Observation' else ''}"] += 1
            continue
        for part in resource.get("component") or [resource]:
            encoder.append(_row(resource, part), line)
    for what, count in left_out.items():
        findings.note(f"{file}: {count} of {shown(what)} left out.")
    if not encoder.lines:
        findings.say("no-rows/fhir", file)
        return None
    findings.note(f"{file} was read as FHIR Observation; in a bundle the line is the number of the entry.")
    return encoder.table("labs", file, None, COLUMNS, decimal=".")


def _resources(data: bytes, file: str, findings: Findings) -> Iterator[tuple[int, Resource]]:
    """Line, or number of the entry, and resource."""
    load = json.JSONDecoder(parse_float=str, parse_int=str).decode
    text = data.decode("utf-8")
    try:
        whole = load(text)
    except json.JSONDecodeError:
        for number, line in enumerate(text.splitlines(), 1):
            try:
                resource = load(line) if line.strip() else None
            except json.JSONDecodeError as fault:
                findings.say("json", file, line=number, fault=fault.msg)
                continue
            if isinstance(resource, dict):
                yield number, resource
        return
    entries = whole if isinstance(whole, list) else [whole]
    if isinstance(whole, dict) and whole.get("resourceType") == "Bundle":
        entries = [entry.get("resource", {}) for entry in whole.get("entry", [])]
    yield from ((number, entry) for number, entry in enumerate(entries, 1) if isinstance(entry, dict))


def _row(resource: Resource, part: Resource) -> tuple[str, ...]:
    """Texts of one value in the order of `COLUMNS`."""
    subject = resource.get("subject") or {}
    patient = str(subject.get("reference") or (subject.get("identifier") or {}).get("value") or "")
    period = resource.get("effectivePeriod") or {}
    day = resource.get("effectiveDateTime") or resource.get("effectiveInstant") or period.get("start") or ""
    quantity = part.get("valueQuantity") or {}
    sign = str(quantity.get("comparator") or "")[:1]
    unit = str(quantity.get("code") or quantity.get("unit") or "")
    patient = patient.rsplit("/", 1)[-1].removeprefix("urn:uuid:")
    return patient, str(day), _code(part.get("code") or {}), _value(part, quantity), unit, sign


def _code(concept: Resource) -> str:
    """LOINC code and name, else the text or the name of another code."""
    codings = concept.get("coding") or []
    loinc = [coding for coding in codings if "loinc" in str(coding.get("system", "")).casefold()]
    coding = (loinc or codings or [{}])[0]
    name = str(coding.get("display") or concept.get("text") or "")
    return f"{coding.get('code', '')} {name}".strip() if loinc else name or str(coding.get("code", ""))


def _value(part: Resource, quantity: Resource) -> str:
    if "value" in quantity:
        return str(quantity["value"])
    answer = part.get("valueCodeableConcept") or {}
    codings = answer.get("coding") or []
    known = (names()["answers"].get(str(coding.get("code"))) for coding in codings)
    displays = (coding.get("display") for coding in codings)
    texts = (*known, answer.get("text"), *displays, part.get("valueString"), part.get("valueInteger"))
    return next((str(text) for text in texts if text), "")
