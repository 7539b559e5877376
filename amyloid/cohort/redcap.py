"""A REDCap export: one wide CSV whose repeating instruments become our tables."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Collection
from collections.abc import Mapping as MappingType
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import numpy as np

from amyloid.cohort.errors import shown, shown_patient
from amyloid.cohort.mapping import Mapping
from amyloid.cohort.names import patterns
from amyloid.cohort.reading.columns import NO, YES
from amyloid.cohort.reading.csvfile import find_dialect, read_rows
from amyloid.cohort.reading.findings import Findings, looks_missing
from amyloid.cohort.reading.renaming import translated
from amyloid.cohort.reading.table import Column, Mask, Table, fold
from amyloid.cohort.schema import TABLES

INSTRUMENT: Final = "redcap_repeat_instrument"
EVENT: Final = "redcap_event_name"
VARIABLE: Final = "Variable / Field Name"
CHOICES: Final = "Choices, Calculations, OR Slider Labels"
LABELS: Final = ("repeat instrument", "complete?", "event name")
"""Headers of an export with labels."""

PREFIXES: Final = {"patients": "patient_", "labs": "lab_", "treatments": "treatment_", "events": "event_"}
"""Names of variables have to be unique in a REDCap project, so `value` of labs is `lab_value` there."""

ROW_NUMBERS: Final = frozenset({"", "x", "unnamed:_0", "1", "index", "v1", "row", "rownames"})
"""Names (folded) that R, pandas and spreadsheets give to a first column of row numbers."""

_BOOKKEEPING = re.compile(
    r"redcap_(repeat_instrument|event_name|repeat_instance|data_access_group|survey_identifier)|.*_complete"
)
_ORGAN_FIELD = re.compile(
    r"(al_|amyloid_|baseline_)?(organs?|involvement|involved)(_(organs?|involve[ds]?|involvement|inv))?"
)
"""Checkbox fields that can only mean involvement of organs; of any other field a choice names nothing."""


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


@dataclass(frozen=True)
class Variable:
    """One variable of a data dictionary.

    Attributes
    ----------
    choices : dict
        Code -> label, for radio buttons, drop-downs and checkboxes.
    identifier : bool
        Whether the project marks it as an identifier.
    form : str
        Form that it belongs to.
    """

    kind: str = ""
    choices: MappingType[str, str] = field(default_factory=dict)
    identifier: bool = False
    form: str = ""


Variables = MappingType[str, Variable]
_UNKNOWN: Final = Variable()


def read_dictionary(data: bytes, file: str, findings: Findings) -> dict[str, Variable]:
    """Read a REDCap data dictionary.

    Variable -> what is known of it.
    """
    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8"), newline="")))
    if not rows or VARIABLE not in rows[0]:
        findings.say("redcap-dictionary", file, line=1, name=VARIABLE)
        return {}
    return {
        str(row[VARIABLE]).strip(): Variable(
            kind=str(row.get("Field Type") or "").strip(),
            choices=_choices(str(row.get(CHOICES) or "")),
            identifier=str(row.get("Identifier?") or "").strip().casefold() == "y",
            form=str(row.get("Form Name") or "").strip(),
        )
        for row in rows
    }


def _choices(text: str) -> dict[str, str]:
    """``1, Female | 2, Male`` as code -> label."""
    pairs = (part.split(",", 1) for part in text.split("|"))
    return {pair[0].strip(): pair[1].strip() for pair in pairs if len(pair) == 2}


def split_export(
    data: bytes, file: str, variables: Variables, mapping: Mapping, findings: Findings
) -> dict[str, Table | None]:
    """Split an export into the four tables; lines stay the lines of the export.

    Our table -> rows of its instrument.
    """
    export = read_rows(data, "patients", file, find_dialect(data, {INSTRUMENT}), findings)
    if export is None:
        return dict.fromkeys(TABLES)
    stripped = tuple(replace(column, header=column.header.strip()) for column in export.all_columns)
    export = _without_row_numbers(replace(export, all_columns=stripped), findings)
    by_header = {column.header: column for column in export.all_columns}
    kinds = [by_header[name] for name in (INSTRUMENT, EVENT) if name in by_header]
    if not kinds:
        findings.say("redcap", file, line=1, name=INSTRUMENT)
        return dict.fromkeys(TABLES)
    for name in [column.header for column in export.all_columns[1:]]:
        if variables.get(name, _UNKNOWN).identifier:
            findings.say("identifying-column/redcap", export, line=1, column=name, name=name)
    single = by_header[INSTRUMENT].blank if INSTRUMENT in by_header else np.ones(export.n_rows, np.bool_)
    export = _without_unopened(export, variables, single, findings)
    export = _labelled(export, variables, mapping, findings)
    rows = {name: _rows_of(kinds, name, mapping) for name in TABLES if name != "patients"}
    _say_unread(export, kinds, rows, findings)
    wide = {fold(text) for entry in mapping.wide.tests for text in (entry.column, entry.date, entry.month)}
    tests = {fold(entry.column) for entry in mapping.wide.tests}
    for column in export.all_columns:
        if fold(column.header) in tests:
            rows["labs"] = rows["labs"] | ~column.blank
    taken = rows["treatments"] | rows["events"]
    tables = {
        name: _with_rows(_instrument(export, name, rows[name], mapping, set()), mapping, findings)
        for name in rows
    }
    patients = _instrument(export, "patients", single & ~taken, mapping, wide)
    used = {fold(entry.column) for entry in mapping.wide.events} | {fold(mapping.wide.organs)}
    patients = _joined_events(patients, used, findings)
    # Rows of other events repeat the record's id and nothing else.
    named = [column.blank for column in patients.all_columns[1:] if column.name]
    repeats = np.logical_and.reduce([np.ones(patients.n_rows, np.bool_), *named])
    return {"patients": patients.without(repeats) if repeats.any() else patients, **tables}


def _without_row_numbers(export: Table, findings: Findings) -> Table:
    """Leave out a first column of row numbers, which R and pandas write; read R's NA as blank."""
    first = export.all_columns[0]
    numbered = [int(text) if re.fullmatch("[0-9]{1,9}", text) else -9 for text in first.texts]
    numbers = np.array(numbered)[first.codes]
    if fold(first.header) in ROW_NUMBERS and len(numbers) > 1 and (np.diff(numbers) == 1).all():
        findings.note(f"The first column of {export.file} numbers its rows and was left out.")
        export = replace(export, all_columns=export.all_columns[1:])
    bookkeeping = [column for column in export.all_columns if column.header.startswith("redcap_")]
    if any("NA" in column.texts and "" not in column.texts for column in bookkeeping):
        findings.note(f"NA in {export.file} was read as blank, as R writes it.")
        columns = tuple(translated(column, {"NA": ""}, str.strip) for column in export.all_columns)
        export = replace(export, all_columns=columns)
    return export


def _code(text: str) -> str:
    """A code of a choice as the dictionary has it: pandas makes 1 to 1.0."""
    return re.sub(r"\.0$", "", text.strip()).casefold()


def _says(column: Column, words: Collection[str]) -> Mask:
    return column.where(lambda text: _code(text) in words)


def _without_unopened(export: Table, variables: Variables, rows: Mask, findings: Findings) -> Table:
    """Read checkboxes as blank in forms that were never opened, where REDCap writes 0 for every choice."""
    columns = list(export.all_columns)
    for form, status, members in _forms(export, variables):
        boxes = [at for at in members if "___" in columns[at].header]
        never = rows & _says(columns[status], ("", "0", "incomplete"))
        for at in members:
            never = never & (_says(columns[at], ("", *NO)) if at in boxes else columns[at].blank)
        for at in boxes:
            columns[at] = _blanked(columns[at], never)
        if boxes and never.any():
            findings.note(
                f"{np.count_nonzero(never)} patients have a form {form} that was never opened: its "
                "checkboxes were read as blank, not as no."
            )
    for stem in {column.header.partition("___")[0] for column in columns if "___" in column.header}:
        boxes = [at for at, column in enumerate(columns) if column.header.startswith(f"{stem}___")]
        _blank_unknown(columns, boxes, variables.get(stem, _UNKNOWN))
        none = np.logical_and.reduce([rows, *(_says(columns[at], NO) for at in boxes)])
        if _ORGAN_FIELD.fullmatch(fold(stem)) and none.any():
            count = np.count_nonzero(none)
            findings.say("nothing-checked", export, column=stem, count=count, stem=shown(stem))
    return replace(export, all_columns=tuple(columns))


def _forms(export: Table, variables: Variables) -> list[tuple[str, int, list[int]]]:
    """Each form's name, the place of its status and of its fields: by the dictionary, else by their order."""
    headers = [column.header for column in export.all_columns]
    forms, since = [], 1
    for at, header in enumerate(headers):
        if header.endswith("_complete"):
            form = header.removesuffix("_complete")
            by_order = [place for place in range(since, at) if not headers[place].startswith("redcap_")]
            stems = {name for name, variable in variables.items() if fold(variable.form) == form}
            by_form = [place for place in range(1, len(headers)) if headers[place].split("___")[0] in stems]
            forms.append((form, at, sorted({*by_order, *by_form})))
            since = at + 1
    return forms


def _blank_unknown(columns: list[Column], boxes: list[int], variable: Variable) -> None:
    """Read all choices of a field as blank where the choice "unknown" is checked."""
    for at in boxes:
        code = columns[at].header.partition("___")[2].replace("_", "-")
        if looks_missing(variable.choices.get(code, code)):
            checked = _says(columns[at], YES)
            for other in boxes:
                columns[other] = _blanked(columns[other], checked) if other != at else columns[other]


def _blanked(column: Column, rows: Mask) -> Column:
    """The column with blank cells in some rows."""
    return column.overwritten(rows, "") if rows.any() else column


def _labelled(export: Table, variables: Variables, mapping: Mapping, findings: Findings) -> Table:
    """Turn codes of choices to labels, and give a checkbox the name of its choice where the field says so."""
    named = {fold(theirs) for pairs in mapping.columns.values() for theirs in pairs.values()}
    taken: dict[str, list[str]] = {}
    columns = []
    for column in export.all_columns:
        stem, _, code = column.header.partition("___")
        variable = variables.get(stem, _UNKNOWN)
        labels = {_code(choice): label for choice, label in variable.choices.items()}
        ours = fold(labels.get(_code(code), code))
        mapped = fold(column.header) in named or ours in mapping.columns.get("patients", {})
        if not code:
            coded = labels and variable.kind != "calc"
            column = translated(column, labels, _code) if coded else column
        elif not mapped and ours in TABLES["patients"].names:
            if stem == mapping.redcap.get("checkboxes") or _ORGAN_FIELD.fullmatch(fold(stem)):
                column = replace(column, name=ours)
                taken.setdefault(stem, []).append(ours)
            else:
                name = column.header
                findings.say(
                    "checkbox", export, line=1, name=shown(name), header=name, ours=ours, stem=shown(stem)
                )
        columns.append(column)
    for stem, names in taken.items():
        findings.note(f"{', '.join(names)} were read from the checkbox field {stem} of {export.file}.")
    return replace(export, all_columns=tuple(columns))


def _rows_of(kinds: list[Column], name: str, mapping: Mapping) -> Mask:
    """Rows whose instrument, or event, is that of a table."""
    wanted = {fold(kind) for kind in mapping.files.get(name, (name,))}
    chosen = np.zeros(len(kinds[0].codes), np.bool_)
    for column in kinds:
        chosen |= column.where(lambda text: bool(wanted & {fold(text), re.sub(r"_arm_\d+$", "", fold(text))}))
    return chosen


def _say_unread(export: Table, kinds: list[Column], rows: dict[str, Mask], findings: Findings) -> None:
    """Say repeating instruments that are none of our tables; what is probably one is read on as it."""
    if kinds[0].header != INSTRUMENT:
        return
    read = np.logical_or.reduce(list(rows.values())) | kinds[0].blank
    free = [name for name, chosen in rows.items() if not chosen.any()]
    counts = np.bincount(kinds[0].codes[~read], minlength=len(kinds[0].texts))
    for code in np.flatnonzero(counts):
        text = kinds[0].texts[code]
        near = next((name for name in free if patterns("instruments")[name].search(fold(text))), "")
        if near:
            findings.propose("files", near, text, f"{counts[code]} rows of this instrument")
            rows[near] = rows[near] | (kinds[0].codes == code)
            free.remove(near)
        rule, named, count = "instrument/near" if near else "instrument", shown(text), counts[code]
        findings.say(rule, export, line=1, column=INSTRUMENT, text=named, typed=text, count=count, near=near)


def _with_rows(table: Table, mapping: Mapping, findings: Findings) -> Table | None:
    """The table, where it has rows or at least its columns; otherwise it is said what it lacks."""
    if table.n_rows or sum(bool(column.name) for column in table.all_columns) > 1:
        return table
    if table.name not in mapping.wide.makes:
        warning = table.name == "treatments"
        findings.say("redcap-instrument", table.file, line=1, name=table.name, warning=warning)
    return None


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
        foreign = headers[position] in without or not (rows & ~column.blank).any()
        if not _BOOKKEEPING.fullmatch(column.header) and (ours or not foreign):
            kept.append(replace(column.taken(chosen), name=ours))
    return replace(
        export,
        name=name,
        all_columns=tuple(kept),
        n_rows=len(chosen),
        columns={},
        lines=export.row_lines[chosen],
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


def _joined_events(table: Table, used: set[str], findings: Findings) -> Table:
    """Join the rows of a record, one for each event, to one row where they do not contradict each other."""
    ids = table.all_columns[0]
    first: dict[str, int] = {}
    of_row = [first.setdefault(ids.texts[code], row) for row, code in enumerate(ids.codes)]
    if len(first) == table.n_rows:
        return table

    def record(row: int) -> str:
        return shown_patient(ids.texts[ids.codes[row]])

    _say_repeated(table, record, findings)
    columns = []
    for column in table.all_columns:
        filled: dict[int, int] = {}
        against = []
        for row in np.flatnonzero(~column.blank).tolist():
            earlier = filled.setdefault(of_row[row], row)
            if column.texts[column.codes[earlier]] != column.texts[column.codes[row]]:
                against.append(row)
        if column.name or fold(column.header) in used:
            findings.say("redcap-contradiction", table, np.array(against, np.intp), column, record=record)
        codes = np.array([column.codes[filled.get(row, row)] for row in first.values()], np.int32)
        columns.append(replace(column, codes=codes))
    lines = np.array([table.line(row) for row in first.values()], np.int64)
    return replace(table, all_columns=tuple(columns), n_rows=len(first), lines=lines)


def _say_repeated(table: Table, record: Callable[[int], str], findings: Findings) -> None:
    """Say records that stand twice in the same words: an export has each once in an event."""
    first: dict[tuple[int, ...], int] = {}
    rows = zip(*(column.codes.tolist() for column in table.all_columns), strict=True)
    earlier = [first.setdefault(codes, row) for row, codes in enumerate(rows)]
    again = np.flatnonzero(np.array(earlier, np.intp) != np.arange(table.n_rows))
    ids = table.all_columns[0]
    findings.say(
        "redcap-twice", table, again, ids, record=record, place=lambda row: table.place(earlier[row])
    )
