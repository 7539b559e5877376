"""The age at the first dose from a date or year of birth, which is never kept and never printed."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace

from amyloid.cohort.identifiers import kind_of_identifying_column
from amyloid.cohort.mapping import Mapping
from amyloid.cohort.reading.date_formats import in_iso, proof
from amyloid.cohort.reading.dates import NO_DAY, Dates, dates
from amyloid.cohort.reading.findings import Findings
from amyloid.cohort.reading.table import Column, Encoder, Table

_YEAR = re.compile(r"(year_?(of_)?birth|birth_?year|yob|geburtsjahr|jahrgang|annee_naissance|ano_nacimiento)")
_EPOCH = dt.date(1970, 1, 1)


def birth_column(columns: tuple[Column, ...]) -> Column | None:
    """The column with a date or year of birth.

    Parameters
    ----------
    columns : tuple of Column

    Returns
    -------
    Column or None
    """
    for column in columns:
        name = column.known_as
        if _YEAR.fullmatch(name) or kind_of_identifying_column(name) == "a date of birth":
            return column
    return None


def with_age(table: Table, mapping: Mapping, findings: Findings) -> Table:
    """Add the age at the first dose to patients that have a date or year of birth and no age.

    Parameters
    ----------
    table : Table
        With renamed columns.
    mapping : Mapping
    findings : Findings

    Returns
    -------
    Table
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
    """What to do about a missing age where there is a date or year of birth; empty where there is none.

    Parameters
    ----------
    columns : tuple of Column

    Returns
    -------
    str
    """
    births = birth_column(columns)
    if births is None:
        return ""
    header = births.header.strip()
    return f"--pseudonymise computes it from {header} and treatment_start, and leaves {header} out."
