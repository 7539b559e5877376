"""What the forms of a REDCap export mean: choices, checkboxes, forms never opened, events of one patient."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping as MappingType
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from amyloid.cohort.errors import shown, shown_patient
from amyloid.cohort.mapping import Mapping
from amyloid.cohort.reading.cells import NO, YES, looks_missing
from amyloid.cohort.reading.findings import Findings
from amyloid.cohort.reading.renaming import translated
from amyloid.cohort.reading.table import Column, Mask, Table, fold
from amyloid.cohort.schema import TABLES

VARIABLE = "Variable / Field Name"
CHOICES = "Choices, Calculations, OR Slider Labels"

ROW_NUMBERS: Final = frozenset({"", "x", "unnamed:_0", "1", "index", "v1", "row", "rownames"})
"""Names (folded) that R, pandas and spreadsheets give to a first column of row numbers."""

_ORGAN_FIELD = re.compile(
    r"(al_|amyloid_|baseline_)?(organs?|involvement|involved)(_(organs?|involve[ds]?|involvement|inv))?"
)
"""Checkbox fields that can only mean involvement of organs; of any other field a choice names nothing."""


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

    kind: str
    choices: dict[str, str]
    identifier: bool
    form: str


Variables = MappingType[str, Variable]


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


def without_row_numbers(export: Table, findings: Findings) -> Table:
    """Leave out a first column of row numbers, which R and pandas write; read R's NA as blank."""
    first = export.all_columns[0]
    numbers = np.array([int(text) if text.isdigit() else -9 for text in first.texts])[first.codes]
    if fold(first.header) in ROW_NUMBERS and len(numbers) > 1 and (np.diff(numbers) == 1).all():
        findings.note(f"The first column of {export.file} numbers its rows and was left out.")
        export = replace(export, header=export.header[1:], all_columns=export.all_columns[1:])
    bookkeeping = [column for column in export.all_columns if column.header.startswith("redcap_")]
    if any("NA" in column.texts and "" not in column.texts for column in bookkeeping):
        findings.note(f"NA in {export.file} was read as blank, as R writes it.")
        blank = {"NA": ""}
        export = replace(
            export, all_columns=tuple(translated(c, blank, str.strip) for c in export.all_columns)
        )
    return export


def _code(text: str) -> str:
    """A code of a choice as the dictionary has it: pandas makes 1 to 1.0."""
    return re.sub(r"\.0$", "", text.strip()).casefold()


def labelled(export: Table, variables: Variables, mapping: Mapping, findings: Findings) -> Table:
    """Turn codes of choices to labels, and give a checkbox the name of its choice where the field says so."""
    named = {fold(theirs) for pairs in mapping.columns.values() for theirs in pairs.values()}
    taken: dict[str, list[str]] = {}
    columns = []
    for column in export.all_columns:
        stem, _, code = column.header.strip().partition("___")
        variable = variables.get(stem)
        labels = {_code(choice): label for choice, label in variable.choices.items()} if variable else {}
        if not code:
            coded = labels and variable and variable.kind != "calc"
            columns.append(translated(column, labels, _code) if coded else column)
            continue
        ours = fold(labels.get(_code(code), code))
        mapped = fold(column.header) in named or ours in mapping.columns.get("patients", {})
        if mapped or ours not in TABLES["patients"].names:
            columns.append(column)
        elif stem == mapping.redcap.get("checkboxes") or _ORGAN_FIELD.fullmatch(fold(stem)):
            columns.append(replace(column, name=ours))
            taken.setdefault(stem, []).append(ours)
        else:
            columns.append(column)
            findings.say(
                "checkbox",
                export,
                line=1,
                name=shown(column.header.strip()),
                header=column.header.strip(),
                ours=ours,
                stem=shown(stem),
            )
    for stem, names in taken.items():
        findings.note(f"{', '.join(names)} were read from the checkbox field {stem} of {export.file}.")
    return replace(export, all_columns=tuple(columns))


def without_unopened(export: Table, variables: Variables, rows: Mask, findings: Findings) -> Table:
    """Read checkboxes as blank in forms that were never opened, where REDCap writes 0 for every choice."""
    columns = list(export.all_columns)
    for form, status, members in _forms(export, variables):
        boxes = [at for at in members if "___" in columns[at].header]
        never = rows & _says(columns[status], {"", "0", "incomplete"})
        for at in members:
            never = never & (_says(columns[at], {"", *NO}) if at in boxes else columns[at].blank)
        for at in boxes:
            columns[at] = blanked(columns[at], never)
        if boxes and never.any():
            findings.note(
                f"{np.count_nonzero(never)} patients have a form {form} that was never opened: its "
                "checkboxes were read as blank, not as no."
            )
    for stem in {column.header.strip().partition("___")[0] for column in columns if "___" in column.header}:
        _blank_unknown(columns, stem, variables)
        choices = [column for column in columns if column.header.strip().startswith(f"{stem}___")]
        none = np.logical_and.reduce([rows, *(_says(choice, set(NO)) for choice in choices)])
        if _ORGAN_FIELD.fullmatch(fold(stem)) and none.any():
            findings.say(
                "nothing-checked", export, column=stem, count=np.count_nonzero(none), stem=shown(stem)
            )
    return replace(export, all_columns=tuple(columns))


def _forms(export: Table, variables: Variables) -> list[tuple[str, int, list[int]]]:
    """Each form's name, the place of its status and of its fields: by the dictionary, else by their order."""
    headers = [column.header.strip() for column in export.all_columns]
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


def _says(column: Column, words: set[str]) -> Mask:
    return column.mask_of(np.array([_code(text) in words for text in column.texts], np.bool_))


def _blank_unknown(columns: list[Column], stem: str, variables: Variables) -> None:
    """Read all choices of a field as blank where the choice "unknown" is checked."""
    places = [at for at, column in enumerate(columns) if column.header.strip().startswith(f"{stem}___")]
    labels = variables[stem].choices if stem in variables else {}
    for at in places:
        code = columns[at].header.strip().removeprefix(f"{stem}___").replace("_", "-")
        if looks_missing(labels.get(code, code)):
            checked = _says(columns[at], set(YES))
            for other in places:
                columns[other] = blanked(columns[other], checked) if other != at else columns[other]


def blanked(column: Column, rows: Mask) -> Column:
    """The column with blank cells in some rows."""
    if not rows.any():
        return column
    codes = np.where(rows, len(column.dictionary), column.codes).astype(np.int32)
    return column.with_more([""], [""], codes)


def _say_repeated(table: Table, findings: Findings) -> None:
    """Say records that stand twice in the same words: an export has each once in an event."""
    ids = table.all_columns[0]
    first: dict[tuple[int, ...], int] = {}
    rows = zip(*(column.codes.tolist() for column in table.all_columns), strict=True)
    earlier = [first.setdefault(codes, row) for row, codes in enumerate(rows)]
    again = np.flatnonzero(np.array(earlier, np.intp) != np.arange(table.n_rows))
    findings.say(
        "redcap-twice",
        table,
        again,
        ids,
        record=lambda row: _id(ids, row),
        place=lambda row: table.place(earlier[row]),
    )


def _id(ids: Column, row: int) -> str:
    return shown_patient(ids.texts[ids.codes[row]])


def joined_events(table: Table, used: set[str], findings: Findings) -> Table:
    """Join the rows of a record, one for each event, to one row where they do not contradict each other."""
    ids = table.all_columns[0]
    first: dict[str, int] = {}
    of_row = [first.setdefault(ids.texts[code], row) for row, code in enumerate(ids.codes)]
    if len(first) == table.n_rows:
        return table
    _say_repeated(table, findings)
    columns = []
    for column in table.all_columns:
        filled: dict[int, int] = {}
        against = []
        for row in np.flatnonzero(~column.blank).tolist():
            earlier = filled.setdefault(of_row[row], row)
            if column.texts[column.codes[earlier]] != column.texts[column.codes[row]]:
                against.append(row)
        if column.name or fold(column.header) in used:
            findings.say(
                "redcap-contradiction",
                table,
                np.array(against, np.intp),
                column,
                record=lambda row: _id(ids, row),
            )
        codes = np.array([column.codes[filled.get(row, row)] for row in first.values()], np.int32)
        columns.append(replace(column, codes=codes))
    lines = np.array([table.line(row) for row in first.values()], np.int64)
    return replace(table, all_columns=tuple(columns), n_rows=len(first), lines=lines)
