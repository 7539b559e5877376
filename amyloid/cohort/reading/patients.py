"""The tables of patients, treatments and events; also organs that one column of patients lists."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from amyloid.cohort.errors import kind_of_identifier, shown
from amyloid.cohort.mapping import Wide
from amyloid.cohort.names import patterns
from amyloid.cohort.reading.columns import check_text, code_column, patient_rows, text_column, yes_no_column
from amyloid.cohort.reading.dates import Days
from amyloid.cohort.reading.findings import Findings, advice, like
from amyloid.cohort.reading.numeric import number_column
from amyloid.cohort.reading.table import (
    Codes,
    Column,
    Floats,
    Mask,
    Table,
    Texts,
    as_arrow,
    as_numpy,
    fold,
    gather,
)
from amyloid.cohort.reading.timeline import dates_of, months, say_blank_time, time_columns
from amyloid.cohort.schema import EVENTS_TABLE, ORGANS, PATIENTS, TREATMENTS

_SEPARATOR = re.compile(r"[,;/+&|\n]| and | und | et | y | e |(?<=\w)\s{2,}")
_NOBODY = re.compile(r"none|no|keine?s?|nil|aucun|ninguno|nessuno|-")


def organ_columns(table: Table, wide: Wide, findings: Findings) -> Table:
    """Add a yes/no column for each organ that the column of `[wide.organs]` may list."""
    if not wide.organs:
        return table
    column = next((each for each in table.all_columns if fold(each.header) == fold(wide.organs)), None)
    if column is None:
        findings.say("wide-column/organs", table, name=shown(wide.organs))
        return table
    listed = [_organs(text, wide.organ_words) for text in column.texts]
    unknown = np.array([None in organs for organs in listed], np.bool_)
    findings.say("unknown-organ", table, column.mask_of(unknown), column)
    named = {organ for organs in listed for organ in organs if organ}
    free = [organ for organ in ORGANS if organ not in {each.known_as for each in table.all_columns}]

    def flag(organ: str) -> Column:
        words = np.where(column.blank_texts, "", ["yes" if organ in organs else "no" for organs in listed])
        made = pa.array(words.tolist(), pa.string())
        return replace(column, name=organ, dictionary=made, as_typed=column.dictionary)

    every = (*(each for each in table.all_columns if each is not column), *map(flag, free))
    found = ", ".join(organ for organ in ORGANS if organ in named) or "-"
    findings.note(advice("organs", column=column.title, found=found))
    return replace(table, all_columns=every)


def _organs(text: str, words: dict[str, str]) -> set[str | None]:
    """The organs of one text; None among them for a word that is none."""
    found: set[str | None] = set()
    for part in _SEPARATOR.split(f"{text.casefold()}"):
        word = re.sub(r"_?(involvement|involved|amyloid\w*|befall|beteiligung)$", "", fold(part))
        if word in words:
            found |= {words[word]} - {""}
        elif word and not _NOBODY.fullmatch(word):
            known = patterns("organs").items()
            found.add(next((organ for organ, pattern in known if pattern.fullmatch(word)), None))
    return found


def lists_organs(column: Column) -> bool:
    """Whether most texts of a column are lists of organs."""
    texts = [text for text in column.texts if text][:200]
    named = [text for text in texts if (found := _organs(text, {})) and None not in found]
    return len(named) * 2 > len(texts) and bool(named)


MOST_GROUPS: Final = 12
"""A column of more different texts divides the patients into no groups."""


@dataclass(frozen=True)
class Patients:
    """The patients, parsed; arrays have one entry per row of the table.

    Attributes
    ----------
    ids : pyarrow.StringArray
        Without spaces around them.
    sex, light_chain : numpy.ndarray of int8
        Number of the code word; -1 where it is not known.
    start : numpy.ndarray of int64
        Day of the first dose since 1970-01-01; `NO_DAY` where it is not known.
    flags : dict
        Yes/no column -> 1, 0 or -1.
    texts : dict
        Free-text column -> texts.
    others : dict
        Column of few different texts that the schema does not know -> that column; it may name groups.
    """

    table: Table
    ids: pa.StringArray
    age: Floats
    sex: Codes
    light_chain: Codes
    start: Days
    flags: dict[str, Codes]
    texts: dict[str, Texts]
    others: dict[str, Column]


def read_patients(table: Table, findings: Findings) -> Patients:
    """Parse and check the patients table."""
    if not table.n_rows and table.header:
        findings.say("no-rows/patients", table, line=1)
    ids = _ids(table, findings)
    age = number_column(table, PATIENTS.field("age"), findings)
    _refuse_letter_m(table, findings)
    never = "Codes such as 1 and 2 are never guessed."
    sex = code_column(table, PATIENTS.field("sex"), findings, mend=never)
    light_chain = code_column(table, PATIENTS.field("light_chain"), findings)
    for rule, name in (("blank-age", "age"), ("blank-sex", "sex"), ("blank-light-chain", "light_chain")):
        findings.say(rule, table, table.columns[name].blank, table.columns[name])
    start = _start(table, findings)
    yes_no = [field for field in PATIENTS.fields if field.kind == "yes_no"]
    flags = {field.name: yes_no_column(table, field, findings) for field in yes_no}
    texts = {name: text_column(table, name, findings) for name in ("group", "recorded_response")}
    return Patients(table, ids, age, sex, light_chain, start, flags, texts, _others(table))


def _refuse_letter_m(table: Table, findings: Findings) -> None:
    """M beside H may be hombre and mujer, or homme and masculin: it is not read as male."""
    column = table.columns["sex"]
    letters = {text.strip().casefold() for text in column.typed.to_pylist()}
    if "h" in letters and not letters & {"f", "w"}:
        m = column.where(lambda text: text.casefold() == "m")
        findings.say("letter-m", table, m, column)
        for letter in ("H", "M") if m.any() else ():
            findings.propose("codes.sex", f"# {letter}", "", "female or male?")


def _others(table: Table) -> dict[str, Column]:
    """Unknown columns that may divide the patients into groups: few different texts, none personal."""
    found: dict[str, Column] = {}
    for column in table.all_columns:
        few = len(column.texts) - int(column.blank_texts.sum()) <= MOST_GROUPS
        named = column.known_as not in {"", *PATIENTS.names}
        if few and named and not any(map(kind_of_identifier, column.texts)):
            found.setdefault(column.known_as, column)
    return found


def _ids(table: Table, findings: Findings) -> pa.StringArray:
    column = table.columns["patient_id"]
    findings.say("blank-id", table, column.blank, column)
    check_text(table, column, findings)
    ids = column.stripped.take(as_arrow(column.codes))
    first = as_numpy(pc.index_in(ids, value_set=ids))
    again = (first != np.arange(table.n_rows)) & ~column.blank
    redcap = any(header.strip().startswith("redcap_") for header in table.header)
    rule = "patient-twice/redcap" if redcap else "patient-twice"
    findings.say(rule, table, again, column, place=lambda row: table.place(first[row]))
    _say_near(table, column, ids, again, findings)
    return ids


def _say_near(table: Table, column: Column, ids: pa.StringArray, again: Mask, findings: Findings) -> None:
    """Say ids that differ only by capitals."""
    ids_are_ascii = pc.all(pc.string_is_ascii(column.stripped)).as_py()
    if ids_are_ascii and pc.count_distinct(pc.ascii_lower(column.stripped)).as_py() == len(column.stripped):
        return
    by_folded: dict[str, str] = {}
    near: dict[int, str] = {}
    for row, patient in enumerate(ids.to_pylist()):
        other = by_folded.setdefault(patient.casefold(), patient)
        if other != patient and not again[row]:
            near[row] = other
    findings.say("near-ids", table, np.array(list(near), np.intp), column, near=lambda row: shown(near[row]))


def _start(table: Table, findings: Findings) -> Days:
    column = table.column("treatment_start")
    parsed = dates_of(table, column, findings)
    findings.say("partial-start", table, column.mask_of(parsed.first != parsed.last), column)
    return gather(parsed.first, column.codes)


@dataclass(frozen=True)
class ParsedRows:
    """Rows of a table, parsed; arrays have one entry per row of the table.

    Attributes
    ----------
    patient : numpy.ndarray of int32
        Row in patients, or -1.
    usable : numpy.ndarray of bool
        Rows that are complete and in order.
    """

    table: Table
    patient: Codes
    usable: Mask

    def months(self, which: str = "") -> Floats:
        """Month of every row; of treatments `which` is ``start_`` or ``end_``."""
        found: Floats = getattr(self, which.rstrip("_") or "month")
        return found


@dataclass(frozen=True)
class Treatments(ParsedRows):
    """Treatment rows, parsed; times are months."""

    drug: Texts
    start: Floats
    end: Floats
    dose_mg: Floats
    days_per_cycle: Floats
    line: Floats


@dataclass(frozen=True)
class Events(ParsedRows):
    """Event rows, parsed; `event` numbers `schema.EVENTS`, -1 where it is not known."""

    month: Floats
    event: Codes
    detail: Texts
    line: Floats


def read_treatments(table: Table, patients: Patients, findings: Findings) -> Treatments:
    """Parse and check the treatments table."""
    if not table.n_rows and table.header:
        findings.say("no-rows/treatments", table, line=1)
    patient = patient_rows(table, patients.ids, findings)
    start, end = (months(table, which, patients.start, patient, findings) for which in ("start_", "end_"))
    drug = text_column(table, "drug", findings)
    column = table.columns["drug"]
    findings.say("blank-drug", table, column.blank, column)
    several = column.where(lambda text: bool(like("<regimen>").fullmatch(text)))
    findings.say("regimen", table, several, column)
    say_blank_time(table, "start_", "blank-time", findings)
    fields = map(TREATMENTS.field, ("dose_mg", "days_per_cycle", "line"))
    numbers = [number_column(table, field, findings) for field in fields]
    _say_reversed(table, start, end, findings)
    usable = (patient >= 0) & ~np.isnan(start) & ~(end < start) & ~column.blank
    return Treatments(table, patient, usable, drug, start, end, *numbers)


def _say_reversed(table: Table, start: Floats, end: Floats, findings: Findings) -> None:
    """Say ends before their starts; when most are, the two columns are swapped."""
    starts, ends = (time_columns(table, which) for which in ("start_", "end_"))
    first, last = starts[0].title, ends[0].title
    if np.count_nonzero(end < start) > max(int(np.count_nonzero(end > start)), 2):
        findings.say("swapped-columns", table, column=first, line=1, start=first, end=last)
    else:
        findings.say("end-before-start", table, end < start, ends[0], start=first, end=last)


def read_events(table: Table, patients: Patients, findings: Findings) -> Events:
    """Parse and check the events table."""
    patient = patient_rows(table, patients.ids, findings)
    month = months(table, "", patients.start, patient, findings)
    event = code_column(table, EVENTS_TABLE.field("event"), findings)
    column = table.columns["event"]
    findings.say("blank-event", table, column.blank, column)
    say_blank_time(table, "", "blank-time", findings)
    detail = text_column(table, "detail", findings)
    line = number_column(table, EVENTS_TABLE.field("line"), findings)
    usable = (patient >= 0) & (event >= 0) & ~np.isnan(month)
    return Events(table, patient, usable, month, event, detail, line)
