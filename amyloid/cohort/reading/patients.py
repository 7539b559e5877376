"""The patients table: ids, age (also from a birth, which is never kept), sex, light chain, start, organs."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from amyloid.cohort.errors import kind_of_identifier, shown
from amyloid.cohort.mapping import Mapping, Wide
from amyloid.cohort.names import kind_of_identifying_column, patterns
from amyloid.cohort.reading.columns import check_text, code_column, text_column, yes_no_column
from amyloid.cohort.reading.dates import NO_DAY, Dates, dates, in_iso, proof
from amyloid.cohort.reading.findings import Findings
from amyloid.cohort.reading.numeric import decimal_comma, number_column
from amyloid.cohort.reading.table import Column, Encoder, Mask, Table, as_arrow, as_numpy, fold, gather
from amyloid.cohort.reading.timeline import dates_of
from amyloid.cohort.schema import ORGANS, PATIENTS

_YEAR = re.compile(r"(year_?(of_)?birth|birth_?year|yob|geburtsjahr|jahrgang|annee_naissance|ano_nacimiento)")
_EPOCH = dt.date(1970, 1, 1)


def birth_column(columns: tuple[Column, ...]) -> Column | None:
    """The column with a date or year of birth."""
    for column in columns:
        name = column.known_as
        if _YEAR.fullmatch(name) or kind_of_identifying_column(name) == "a date of birth":
            return column
    return None


def with_age(table: Table, mapping: Mapping, findings: Findings) -> Table:
    """Add the age at the first dose to patients that have a date or year of birth and no age.

    The column of births is still in it, under its own name, which is none of ours.
    """
    births = birth_column(table.all_columns)
    start = next((column for column in table.all_columns if column.known_as == "treatment_start"), None)
    ages = [column for column in table.all_columns if column.known_as == "age"]
    if births is None or start is None or any(not column.blank_texts.all() for column in ages):
        return table
    born, began = (_days(column, mapping) for column in (births, start))
    encoder = Encoder(1)
    unread = impossible = estimated = 0
    for birth, first in zip(births.codes, began.first[start.codes] if len(began.first) else (), strict=False):
        low, high = born.first[birth], born.last[birth]
        unread += bool(born.faults[birth][0])
        known = low != NO_DAY and first != NO_DAY
        age = _years((low + high) // 2, first) if known else None
        impossible += age is not None and age < 0
        estimated += known and low != high
        encoder.append(["" if age is None else str(age)])
    _say(table, births, unread, impossible, estimated, findings)
    made = replace(encoder.columns(["age"])[0], position=births.position)
    kept = tuple(column for column in table.all_columns if column not in ages)
    return replace(table, all_columns=(*kept, made), header=(*(column.header for column in kept), "age"))


def _days(column: Column, mapping: Mapping) -> Dates:
    return dates([in_iso(text, mapping.dates.get("patients", ())) for text in column.texts])


def _years(birth: int, first: int) -> int:
    """Completed years between two days since 1970-01-01."""
    born, began = (_EPOCH + dt.timedelta(int(day)) for day in (birth, first))
    return began.year - born.year - ((began.month, began.day) < (born.month, born.day))


def _say(
    table: Table, births: Column, unread: int, impossible: int, estimated: int, findings: Findings
) -> None:
    header = births.header.strip()
    if unread:
        formats = proof(births.texts).formats
        if len(formats) == 1:
            findings.propose("dates.patients", "format", formats[0], "as the dates of birth prove")
        findings.say("birth-date/unread", table, line=1, unread=unread, header=header)
    if impossible:
        findings.say("birth-date/later", table, line=1, later=impossible, header=header)
    about = (
        f"; of {estimated} only the year or month is known, so that it may be one year off"
        if estimated
        else ""
    )
    findings.note(f"age was computed from {header} at treatment_start{about}.")


def age_hint(columns: tuple[Column, ...]) -> str:
    """What to do about a missing age where there is a date or year of birth; empty where there is none."""
    births = birth_column(columns)
    if births is None:
        return ""
    header = births.header.strip()
    return f"--pseudonymise computes it from {header} and treatment_start, and leaves {header} out."


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
    texts = column.texts
    listed = [_organs(text, wide.organ_words) for text in texts]
    unknown = np.array([None in organs for organs in listed], np.bool_)
    findings.say("unknown-organ", table, column.mask_of(unknown), column)
    named = {organ for organs in listed for organ in organs if organ}
    free = [organ for organ in ORGANS if organ not in {each.known_as for each in table.all_columns}]

    def flag(organ: str) -> Column:
        words = ("yes" if organ in organs else "no" for organs in listed)
        made = pa.array([word if text else "" for word, text in zip(words, texts, strict=True)], pa.string())
        return replace(column, name=organ, dictionary=made, as_typed=column.dictionary)

    every = (*(each for each in table.all_columns if each is not column), *map(flag, free))
    found = ", ".join(organ for organ in ORGANS if organ in named) or "-"
    findings.note(
        f"{column.header.strip()} was read as {found}; an organ that it does not list is not involved, "
        "a blank cell says nothing."
    )
    return replace(table, all_columns=every, header=tuple(each.header for each in every))


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
_SEX = MappingProxyType({"f": "female", "m": "male"})
_LIGHT_CHAIN = MappingProxyType({"k": "kappa", "l": "lambda", "κ": "kappa", "λ": "lambda"})


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
    age: NDArray[np.float64]
    sex: NDArray[np.int8]
    light_chain: NDArray[np.int8]
    start: NDArray[np.int64]
    flags: dict[str, NDArray[np.int8]]
    texts: dict[str, NDArray[np.object_]]
    others: dict[str, Column]


def read_patients(table: Table, findings: Findings) -> Patients:
    """Parse and check the patients table."""
    if not table.n_rows:
        findings.say("no-rows/patients", table, line=1)
    ids = _ids(table, findings)
    comma = decimal_comma(table, ("age",))
    age = number_column(table, PATIENTS.field("age"), findings, comma, missing_words=True)
    _refuse_letter_m(table, findings)
    sex = code_column(
        table, PATIENTS.field("sex"), findings, _SEX, mend="Codes such as 1 and 2 are never guessed."
    )
    light_chain = code_column(table, PATIENTS.field("light_chain"), findings, _LIGHT_CHAIN)
    for rule, name in (("blank-age", "age"), ("blank-sex", "sex"), ("blank-light-chain", "light_chain")):
        findings.say(rule, table, table.columns[name].blank, table.columns[name])
    return Patients(
        table,
        ids,
        age,
        sex,
        light_chain,
        _start(table, findings),
        {
            field.name: yes_no_column(table, field, findings)
            for field in PATIENTS.fields
            if field.kind == "yes_no"
        },
        {name: text_column(table, name, findings) for name in ("group", "recorded_response")},
        _others(table),
    )


def _refuse_letter_m(table: Table, findings: Findings) -> None:
    """M beside H may be hombre and mujer, or homme and masculin: it is not read as male."""
    column = table.columns["sex"]
    letters = {text.strip().casefold() for text in column.typed.to_pylist()}
    if "h" in letters and not letters & {"f", "w"}:
        m = np.array([text.casefold() == "m" for text in column.texts], np.bool_)
        findings.say("letter-m", table, column.mask_of(m), column)
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
    findings.say(rule, table, again, column, place=lambda row: table.place(int(first[row])))
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


def _start(table: Table, findings: Findings) -> NDArray[np.int64]:
    column = table.columns.get("treatment_start")
    if column is None:
        return np.full(table.n_rows, NO_DAY, np.int64)
    parsed = dates_of(table, column, findings)
    partial = column.mask_of(parsed.partial)
    findings.say("partial-start", table, partial, column)
    return gather(parsed.first, column.codes)
