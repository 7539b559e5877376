"""A REDCap export: one wide CSV whose repeating instruments become our tables."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping as MappingType
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np

from amyloid.cohort.mapping import Mapping
from amyloid.cohort.reading.csvfile import Dialect, find_dialect, read_rows
from amyloid.cohort.reading.findings import Findings
from amyloid.cohort.reading.renaming import translated
from amyloid.cohort.reading.table import Column, Mask, Table, fold
from amyloid.cohort.schema import TABLES

INSTRUMENT = "redcap_repeat_instrument"
BOOKKEEPING: Final = frozenset(
    {
        INSTRUMENT,
        "redcap_repeat_instance",
        "redcap_event_name",
        "redcap_data_access_group",
        "redcap_survey_identifier",
    }
)
PREFIXES: Final = {"patients": "patient_", "labs": "lab_", "treatments": "treatment_", "events": "event_"}
"""Names of variables have to be unique in a REDCap project, so `value` of labs is `lab_value` there."""

VARIABLE = "Variable / Field Name"
CHOICES = "Choices, Calculations, OR Slider Labels"


@dataclass(frozen=True)
class ExportFiles:
    """Where a REDCap export and its data dictionary lie."""

    export: Path
    dictionary: Path | None


@dataclass(frozen=True)
class Variable:
    """One variable of a data dictionary.

    Attributes
    ----------
    choices : dict
        Code -> label, for radio buttons, drop-downs and checkboxes.
    identifier : bool
        Whether the project marks it as an identifier.
    """

    kind: str
    choices: dict[str, str]
    identifier: bool


def find_export(entries: list[Path], mapping: Mapping) -> ExportFiles | None:
    """Find a REDCap export among the files of a folder.

    Parameters
    ----------
    entries : list of pathlib.Path
    mapping : Mapping
        Its section ``[redcap]`` may name the files.

    Returns
    -------
    ExportFiles or None
        None when the folder holds ordinary tables.
    """
    files = [entry for entry in entries if entry.suffix.casefold() == ".csv" and entry.is_file()]
    first_lines = {entry: _first_line(entry) for entry in files}
    dictionary = next((entry for entry, line in first_lines.items() if VARIABLE in line), None)
    if "export" in mapping.redcap and entries:
        folder = entries[0].parent
        named = mapping.redcap.get("dictionary")
        return ExportFiles(folder / mapping.redcap["export"], folder / named if named else dictionary)
    ordinary = (entry for entry in entries if entry.name.casefold() in ("patients.csv", "patients.parquet"))
    if any(INSTRUMENT not in first_lines.get(entry, "") for entry in ordinary):
        return None
    export = next((entry for entry, line in first_lines.items() if INSTRUMENT in line), None)
    return ExportFiles(export, dictionary) if export is not None else None


def _first_line(path: Path) -> str:
    with path.open("rb") as file:
        return file.read(1 << 14).split(b"\n", 1)[0].decode("utf-8", "replace")


def read_dictionary(data: bytes, file: str, findings: Findings) -> dict[str, Variable]:
    """Read a REDCap data dictionary.

    Parameters
    ----------
    data : bytes
        UTF-8.
    file : str
    findings : Findings

    Returns
    -------
    dict
        Variable -> what is known of it.
    """
    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8"), newline="")))
    if not rows or VARIABLE not in rows[0]:
        findings.file(
            "redcap-dictionary",
            file,
            f"is no REDCap data dictionary: it has no column '{VARIABLE}'.",
            "Download it from the project's Data Dictionary page.",
            line=1,
        )
        return {}
    return {
        str(row[VARIABLE]).strip(): Variable(
            kind=str(row.get("Field Type") or "").strip(),
            choices=_choices(str(row.get(CHOICES) or "")),
            identifier=str(row.get("Identifier?") or "").strip().casefold() == "y",
        )
        for row in rows
    }


def _choices(text: str) -> dict[str, str]:
    """``1, Female | 2, Male`` as code -> label."""
    pairs = (part.split(",", 1) for part in text.split("|"))
    return {pair[0].strip(): pair[1].strip() for pair in pairs if len(pair) == 2}


def split_export(
    data: bytes, file: str, dictionary: MappingType[str, Variable], mapping: Mapping, findings: Findings
) -> dict[str, Table | None]:
    """Split an export into the four tables; lines stay the lines of the export.

    Parameters
    ----------
    data : bytes
        UTF-8.
    file : str
    dictionary : mapping
        Variable -> what is known of it; may be empty.
    mapping : Mapping
        ``[files]`` may name our table's instrument, ``[columns.TABLE]`` its variables.
    findings : Findings

    Returns
    -------
    dict
        Our table -> rows of its instrument.
    """
    dialect: Dialect = find_dialect(data, {INSTRUMENT})
    export = read_rows(data, "patients", file, dialect, findings)
    if export is None:
        return dict.fromkeys(TABLES)
    by_header = {column.header.strip(): column for column in export.all_columns}
    instrument = by_header.get(INSTRUMENT)
    if instrument is None:
        findings.file(
            "redcap",
            file,
            f"has no column '{INSTRUMENT}'.",
            "Make labs, treatments and events repeating instruments and export raw data.",
            line=1,
        )
        return dict.fromkeys(TABLES)
    _say_tagged(export, dictionary, findings)
    columns = [_labelled(column, dictionary) for column in export.all_columns]
    return {
        name: _instrument(export, columns, name, _rows_of(instrument, name, mapping), mapping)
        for name in TABLES
    }


def _say_tagged(export: Table, dictionary: MappingType[str, Variable], findings: Findings) -> None:
    """Refuse variables that the project itself marks as identifiers (other than the record's id)."""
    for column in export.all_columns[1:]:
        variable = dictionary.get(column.header.strip())
        if variable is not None and variable.identifier:
            findings.table(
                "identifying-column",
                export,
                f"'{column.header.strip()}' is marked as an identifier in the data dictionary.",
                "Export again with 'Remove all identifier fields'.",
                line=1,
                column=column.header.strip(),
            )


def _labelled(column: Column, dictionary: MappingType[str, Variable]) -> Column:
    """Codes of a radio button or drop-down to their labels; a checkbox gets the name of its choice."""
    header = column.header.strip()
    stem, _, code = header.partition("___")
    if code and stem in dictionary:
        labels = {choice.casefold(): label for choice, label in dictionary[stem].choices.items()}
        return replace(column, name=fold(labels.get(code.casefold(), code)))
    if code:
        return replace(column, name=fold(code))
    variable = dictionary.get(header)
    if variable is None or not variable.choices or variable.kind == "calc":
        return column
    return translated(column, variable.choices, str.strip)


def _rows_of(instrument: Column, name: str, mapping: Mapping) -> Mask:
    wanted = {fold(instrument) for instrument in mapping.files.get(name, (name,))}
    texts = [fold(text) for text in instrument.texts]
    if name == "patients":
        return instrument.blank
    return instrument.mask_of(np.fromiter((text in wanted for text in texts), np.bool_, len(texts)))


def _instrument(export: Table, columns: list[Column], name: str, rows: Mask, mapping: Mapping) -> Table:
    """Take the rows of one instrument, with its own columns."""
    ours = {}
    theirs = {fold(text): column for column, text in mapping.columns.get(name, {}).items()}
    for position, column in enumerate(columns):
        known = "patient_id" if position == 0 else _our_name(column, name, theirs)
        if known:
            ours[position] = known
    chosen = np.flatnonzero(rows)
    filled = [
        position for position in range(len(columns)) if _belongs(columns[position], rows, position in ours)
    ]
    kept = tuple(replace(columns[position].taken(chosen), name=ours.get(position, "")) for position in filled)
    table = replace(
        export,
        name=name,
        header=tuple(column.header for column in kept),
        all_columns=kept,
        n_rows=len(chosen),
        columns={},
        lines=np.array([export.line(int(row)) for row in chosen], np.int64),
    )
    return _with_data(table) if name == "patients" else table


def _our_name(column: Column, name: str, theirs: MappingType[str, str]) -> str:
    header = fold(column.header)
    if header in theirs:
        return theirs[header]
    names = TABLES[name].names
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
