"""A REDCap export: one wide CSV whose repeating instruments become our tables."""

from __future__ import annotations

import re
from collections.abc import Mapping as MappingType
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np

from amyloid.cohort.errors import shown
from amyloid.cohort.mapping import Mapping
from amyloid.cohort.names import patterns
from amyloid.cohort.reading.csvfile import Dialect, find_dialect, read_rows
from amyloid.cohort.reading.findings import Findings
from amyloid.cohort.reading.table import Column, Mask, Table, fold
from amyloid.cohort.redcap_forms import (
    VARIABLE,
    Variable,
    joined_events,
    labelled,
    without_row_numbers,
    without_unopened,
)
from amyloid.cohort.schema import TABLES

INSTRUMENT = "redcap_repeat_instrument"
EVENT = "redcap_event_name"
LABELS = ("repeat instrument", "complete?", "event name")
"""Headers of an export with labels."""

BOOKKEEPING: Final = frozenset(
    {
        INSTRUMENT,
        EVENT,
        "redcap_repeat_instance",
        "redcap_data_access_group",
        "redcap_survey_identifier",
    }
)
PREFIXES: Final = {"patients": "patient_", "labs": "lab_", "treatments": "treatment_", "events": "event_"}
"""Names of variables have to be unique in a REDCap project, so `value` of labs is `lab_value` there."""


@dataclass(frozen=True)
class ExportFiles:
    """Where a REDCap export and its data dictionary lie, and whether its header holds labels."""

    export: Path
    dictionary: Path | None
    labels: bool = False


def find_export(entries: list[Path], mapping: Mapping) -> ExportFiles | None:
    """Find a REDCap export among the files of a folder.

    None when the folder holds ordinary tables.
    """
    files = [entry for entry in entries if entry.suffix.casefold() == ".csv" and entry.is_file()]
    first_lines = {entry: _first_line(entry) for entry in files}
    dictionary = next((entry for entry, line in first_lines.items() if VARIABLE in line), None)
    if "export" in mapping.redcap and entries:
        folder = entries[0].parent
        named = mapping.redcap.get("dictionary")
        return ExportFiles(folder / mapping.redcap["export"], folder / named if named else dictionary)
    labels = next((entry for entry, line in first_lines.items() if _has_labels(line)), None)
    if labels is not None:
        return ExportFiles(labels, dictionary, labels=True)
    ordinary = (entry for entry in entries if entry.name.casefold() in ("patients.csv", "patients.parquet"))
    tables = {file.partition("#")[0] for files in mapping.files.values() for file in files}
    if tables & {entry.name for entry in entries} or any(
        INSTRUMENT not in first_lines.get(entry, "") for entry in ordinary
    ):
        return None
    marks = (INSTRUMENT, EVENT)
    export = next((entry for entry, line in first_lines.items() if any(mark in line for mark in marks)), None)
    return ExportFiles(export, dictionary) if export is not None else None


def _has_labels(line: str) -> bool:
    cells = [cell.strip(' "\r\ufeff').casefold() for cell in line.replace(";", ",").split(",")]
    found = sum(cells.count(label) for label in LABELS)
    return LABELS[0] in cells or found > 1 or (found > 0 and "record id" in cells)


def _first_line(path: Path) -> str:
    with path.open("rb") as file:
        return file.read(1 << 14).split(b"\n", 1)[0].decode("utf-8", "replace")


def split_export(
    data: bytes, file: str, dictionary: MappingType[str, Variable], mapping: Mapping, findings: Findings
) -> dict[str, Table | None]:
    """Split an export into the four tables; lines stay the lines of the export.

    Our table -> rows of its instrument.
    """
    dialect: Dialect = find_dialect(data, {INSTRUMENT})
    export = read_rows(data, "patients", file, dialect, findings)
    if export is None:
        return dict.fromkeys(TABLES)
    export = without_row_numbers(export, findings)
    by_header = {column.header.strip(): column for column in export.all_columns}
    instrument, event = by_header.get(INSTRUMENT), by_header.get(EVENT)
    if instrument is None and event is None:
        findings.say("redcap", file, line=1, name=INSTRUMENT)
        return dict.fromkeys(TABLES)
    _say_tagged(export, dictionary, findings)
    single = instrument.blank if instrument is not None else np.ones(export.n_rows, np.bool_)
    export = without_unopened(export, dictionary, single, findings)
    export = labelled(export, dictionary, mapping, findings)
    kinds = [column for column in (instrument, event) if column is not None]
    rows = {name: _rows_of(kinds, name, mapping) for name in TABLES if name != "patients"}
    _say_unread(export, kinds, rows, findings)
    wide = {fold(text) for entry in mapping.wide.tests for text in (entry.column, entry.date, entry.month)}
    for column in export.all_columns:
        if any(fold(column.header) == fold(entry.column) for entry in mapping.wide.tests):
            rows["labs"] = rows["labs"] | ~column.blank
    taken = np.logical_or.reduce([rows[name] for name in ("treatments", "events")])
    tables = {
        name: _with_rows(_instrument(export, name, rows[name], mapping, set()), mapping, findings)
        for name in rows
    }
    patients = _instrument(export, "patients", single & ~taken, mapping, wide)
    used = {fold(entry.column) for entry in mapping.wide.events} | {fold(mapping.wide.organs)}
    return {"patients": _with_data(joined_events(patients, used, findings)), **tables}


def _with_rows(table: Table, mapping: Mapping, findings: Findings) -> Table | None:
    """The table, where it has rows or at least its columns; otherwise it is said what it lacks."""
    if table.n_rows or sum(bool(column.name) for column in table.all_columns) > 1:
        return table
    if table.name not in mapping.wide.makes:
        warning = table.name == "treatments"
        findings.say("redcap-instrument", table.file, line=1, name=table.name, warning=warning)
    return None


def _say_unread(export: Table, kinds: list[Column], rows: dict[str, Mask], findings: Findings) -> None:
    """Say repeating instruments that are none of our tables; what is probably one is read on as it."""
    if kinds[0].header.strip() != INSTRUMENT:
        return
    read = np.logical_or.reduce(list(rows.values())) | kinds[0].blank
    free = [name for name, chosen in rows.items() if not chosen.any()]
    meant = patterns("instruments")
    counts = np.bincount(kinds[0].codes[~read], minlength=len(kinds[0].texts))
    for code in np.flatnonzero(counts):
        text = kinds[0].texts[code]
        near = next((name for name in free if meant[name].search(fold(text))), "")
        if near:
            findings.propose("files", near, text, f"{counts[code]} rows of this instrument")
            rows[near] = rows[near] | (kinds[0].codes == code)
            free.remove(near)
        findings.say(
            "instrument/near" if near else "instrument",
            export,
            line=1,
            column=INSTRUMENT,
            text=shown(text),
            typed=text,
            count=counts[code],
            near=near,
        )


def _say_tagged(export: Table, dictionary: MappingType[str, Variable], findings: Findings) -> None:
    """Refuse variables that the project itself marks as identifiers (other than the record's id)."""
    for column in export.all_columns[1:]:
        variable = dictionary.get(column.header.strip())
        if variable is not None and variable.identifier:
            findings.say(
                "identifying-column/redcap",
                export,
                line=1,
                column=column.header.strip(),
                name=column.header.strip(),
            )


def _rows_of(kinds: list[Column], name: str, mapping: Mapping) -> Mask:
    """Rows whose instrument, or event, is that of a table."""
    wanted = {fold(kind) for kind in mapping.files.get(name, (name,))}
    chosen = np.zeros(len(kinds[0].codes), np.bool_)
    for column in kinds:
        texts = [fold(text) for text in column.texts]
        chosen |= column.mask_of(
            np.array([text in wanted or re.sub(r"_arm_\d+$", "", text) in wanted for text in texts], np.bool_)
        )
    return chosen


def _instrument(export: Table, name: str, rows: Mask, mapping: Mapping, without: set[str]) -> Table:
    """Take the rows of one instrument, with its own columns; the record's id becomes `patient_id`."""
    columns = export.all_columns
    theirs = {fold(text): ours for ours, text in mapping.columns.get(name, {}).items()}
    headers = [fold(column.header) for column in columns]
    record = next((headers.index(text) for text in ("patient_id", "record_id") if text in headers), 0)
    kept, chosen = [], np.flatnonzero(rows)
    for position in (record, *(other for other in range(len(columns)) if other != record)):
        column = columns[position]
        ours = "patient_id" if position == record else _our_name(column, name, theirs)
        if _belongs(column, rows, bool(ours)) and (ours or headers[position] not in without):
            kept.append(replace(column.taken(chosen), name=ours))
    return replace(
        export,
        name=name,
        header=tuple(column.header for column in kept),
        all_columns=tuple(kept),
        n_rows=len(chosen),
        columns={},
        lines=np.array([export.line(int(row)) for row in chosen], np.int64),
    )


def _our_name(column: Column, name: str, theirs: MappingType[str, str]) -> str:
    header = fold(column.header)
    if header in theirs:
        return theirs[header]
    names = [ours for ours in TABLES[name].names if ours not in theirs.values()]
    for candidate in (column.known_as, header.removeprefix(PREFIXES[name])):
        if candidate in names and (
            name == "patients" or header != candidate or candidate not in TABLES["patients"].names
        ):
            return candidate
    return ""


def _belongs(column: Column, rows: Mask, known: bool) -> bool:
    header = column.header.strip()
    if header in BOOKKEEPING or header.endswith("_complete"):
        return False
    return known or bool((rows & ~column.blank).any())


def _with_data(table: Table) -> Table:
    """Drop the rows of other events, which repeat the record's id and nothing else."""
    blank = np.ones(table.n_rows, np.bool_)
    for column in table.all_columns[1:]:
        if column.name:
            blank &= column.blank
    return table.without(blank) if blank.any() else table
