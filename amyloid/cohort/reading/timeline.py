"""Months from time zero, from columns in months or from dates; ages from births, which are never kept."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa

from amyloid.cohort.errors import shown
from amyloid.cohort.mapping import Mapping
from amyloid.cohort.names import kind_of_identifying_column, month_meant
from amyloid.cohort.reading.columns import MOST_CODES, Numbers, numbers
from amyloid.cohort.reading.dates import EXCEL, NO_DAY, Dates, Days, dates, in_iso, proof, proof_of_shapes
from amyloid.cohort.reading.findings import Findings, advice, words
from amyloid.cohort.reading.numeric import number_hint
from amyloid.cohort.reading.table import Codes, Column, Floats, Mask, Table, fold, gather
from amyloid.cohort.schema import MONTH_DAYS, MONTH_LIMIT
from amyloid.cohort.toml import OPEN

SAME_MONTH = 0.05
"""Times are written with one decimal; closer ones are the same time."""


def time_columns(table: Table, which: str = "") -> list[Column]:
    """Columns of times that the table has, months before dates; `which` may be ``start_`` or ``end_``."""
    names = (f"{which}month", f"{which}date")
    return [table.columns[name] for name in names if name in table.columns]


def months(table: Table, which: str, start: Days, patient: Codes, findings: Findings) -> Floats:
    """Months from time zero of every row, by whichever of `time_columns` the table has, or by both.

    NaN where blank, or at fault, which has been said.
    """
    columns = time_columns(table, which)
    first, *by_dates = [column for column in columns if not column.blank_texts.all()] or columns[-1:]
    if first is table.columns.get(f"{which}date"):
        return _from_dates(table, first, start, patient, findings)
    value, name = _from_months(table, first, findings), first.title
    for column in by_dates:
        if not (start != NO_DAY).any():
            names = f"{name} and {column.title}"
            findings.say("two-times/no-start", table, line=1, names=names, used=name)
            return value
        dated = _from_dates(table, column, start, patient, findings)
        apart = np.abs(value - dated) > SAME_MONTH
        findings.say("two-times", table, apart, column, name=name, dated=dated, month=value)
        value = np.where(np.isnan(value), dated, value)
    return value


def _from_months(table: Table, column: Column, findings: Findings) -> Floats:
    comma = table.comma
    if comma is None:  # thousands of months cannot be meant
        comma = any("," in text for text in column.texts)
    parsed = numbers(column, comma)
    wrong = parsed.junk | (parsed.bound != 0)
    far = np.abs(parsed.value) > MONTH_LIMIT
    name = column.title

    mend = lambda row: _number_mend(column, row, parsed)  # noqa: E731
    findings.say("not-a-month", table, column.mask_of(wrong), column, by=0, name=name, mend=mend)
    _offer_words(column, wrong, findings)
    too_far = lambda row: _far_mend(float(parsed.value[column.codes[row]]))  # noqa: E731
    findings.say("month-too-far", table, column.mask_of(far), column, by=0, mend=too_far)
    return gather(np.where(wrong | far, np.nan, parsed.value), column.codes)


def _far_mend(month: float) -> str:
    kinds = words()["far_month"]
    return next(str(kind["mend"]) for kind in kinds if kind["low"] <= month <= kind["high"])


def _offer_words(column: Column, wrong: Mask, findings: Findings) -> None:
    """Offer what words in a column of times mean: months, or a blank end of what goes on."""
    for number in np.flatnonzero(wrong)[:MOST_CODES]:
        text = column.texts[number]
        if column.known_as.startswith("end_") and re.fullmatch(r"[^\W\d]+([ .][^\W\d]+)*", text):
            findings.propose(f"codes.{column.known_as}", text, "", "while the patient is still on it")
        elif column.known_as == "month" and any(sign.isalpha() for sign in text):
            meant = month_meant(fold(text))
            why = "" if meant else "months from the first dose?"
            findings.propose("codes.month", text if meant else f"# {text}", meant, why)


def _number_mend(column: Column, row: int, parsed: Numbers) -> str:
    if column.known_as.startswith("end_") and column.at(row).strip().isalpha():
        return "Leave the cell blank while the patient is still on it."
    if not parsed.ambiguous[column.codes[row]] and month_meant(fold(column.at(row))):
        return "[codes.month] in mapping.toml says which month it is."
    return number_hint(column, row, parsed, "months from the first dose")


def dates_of(table: Table, column: Column, findings: Findings) -> Dates:
    """Parse a column of dates and say which texts are none.

    One per distinct text.
    """
    parsed = dates(column.texts)
    faulty = parsed.faulty
    whole = _propose_format(table, column, faulty, findings) if faulty.any() else ""
    _offer_words(column, faulty, findings)
    fault = lambda row: parsed.days[column.codes[row]].fault  # noqa: E731
    mend = lambda row: whole or parsed.days[column.codes[row]].mend  # noqa: E731
    findings.say("not-a-date", table, column.mask_of(faulty), column, by=0, fault=fault, mend=mend)
    return parsed


def _propose_format(table: Table, column: Column, faulty: Mask, findings: Findings) -> str:
    """Offer the format that the dates of a column prove; say what they leave open or contradict."""
    section, texts = f"dates.{table.name}", [column.texts[number] for number in np.flatnonzero(faulty)]
    found = proof(texts)
    if found.clash and (shapes := proof_of_shapes(texts)):
        findings.propose(section, "format", shapes, "dates written in several ways")
        return advice("several_ways")
    if found.clash:
        first, second = map(shown, found.clash)
        findings.propose(section, OPEN, (), f"{first} and {second} differ")
        return advice("no_format", first=first, second=second)
    if not found.formats:
        return ""
    only, *others = found.formats
    if others:
        why = f"or {' or '.join(others)}: no date of the column says which"
        findings.propose(section, OPEN, tuple(found.formats), why)
        return advice("day_or_month", formats=" or ".join(found.formats))
    example = shown(found.example)
    why = f"{example} can be read in no other way" if found.example else "all dates fit it alone"
    findings.propose(section, "format", only, why)
    if only != "Excel":
        return advice("one_format", format=only, why=why)
    day = EXCEL["excel"] + dt.timedelta(int(found.example.partition(".")[0]))
    return advice("excel", example=example, day=day)


def _from_dates(table: Table, column: Column, start: Days, patient: Codes, findings: Findings) -> Floats:
    parsed = dates_of(table, column, findings)
    if not (start != NO_DAY).any():
        return np.full(table.n_rows, np.nan)
    zero = np.where(patient >= 0, start[patient], NO_DAY)
    first, last, day = (gather(of, column.codes) for of in (parsed.first, parsed.last, parsed.middle))
    partial = first != last
    if partial.any():
        day = np.where(partial & (zero > day) & (zero <= last), zero, day)
        days = {"day": day, "first": first, "last": last}
        texts: Any = {name: of.astype("datetime64[D]") for name, of in days.items()}
        findings.say("partial-date", table, partial, column, **texts)
    value = (day - zero) / MONTH_DAYS
    value[(day == NO_DAY) | (zero == NO_DAY)] = np.nan
    far = np.abs(value) > MONTH_LIMIT
    findings.say("date-too-far", table, far, column, years=value / 12)
    value[far] = np.nan
    return value


def say_blank_time(table: Table, which: str, rule: str, findings: Findings) -> None:
    """Say rows without a time, in months or as a date."""
    columns = time_columns(table, which)
    blank = np.logical_and.reduce([column.blank for column in columns])
    findings.say(rule, table, blank, columns[0], name=columns[0].title)


_YEAR = re.compile(r"(year_?(of_)?birth|birth_?year|yob|geburtsjahr|jahrgang|annee_naissance|ano_nacimiento)")


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
    given = [column for column in table.all_columns if column.known_as == "age"]
    if births is None or start is None or not all(column.blank_texts.all() for column in given):
        return table
    born, began = (
        dates([in_iso(text, mapping.dates.get("patients", ())) for text in column.texts])
        for column in (births, start)
    )
    low, high, first = born.first[births.codes], born.last[births.codes], began.first[start.codes]
    known = (low != NO_DAY) & (first != NO_DAY)
    age = np.where(known, _years((low + high) // 2, first), NO_DAY)
    unread, estimated = births.mask_of(born.faulty), known & (low != high)
    _say_births(table, births, unread, known & (age < 0), estimated, findings)
    ages, codes = np.unique(age, return_inverse=True)
    texts = pa.array(["" if each == NO_DAY else str(each) for each in ages.tolist()], pa.string())
    made = Column("age", births.position, texts, codes)
    kept = tuple(column for column in table.all_columns if column not in given)
    return replace(table, all_columns=(*kept, made))


def _years(birth: Days, first: Days) -> Days:
    """Completed years between two days since 1970-01-01."""
    (born, born_on), (began, began_on) = (_month_and_day(days) for days in (birth, first))
    return (began - born - (began_on < born_on)) // 12


def _month_and_day(days: Days) -> tuple[Days, Days]:
    """Months since 1970-01, and days since the first of the month."""
    day = days.astype("datetime64[D]")
    month = day.astype("datetime64[M]")
    return month.astype(np.int64), (day - month).astype(np.int64)


def _say_births(
    table: Table, births: Column, unread: Mask, impossible: Mask, estimated: Mask, findings: Findings
) -> None:
    header = births.title
    if unread.any():
        formats = proof(births.texts).formats
        if len(formats) == 1:
            findings.propose("dates.patients", "format", formats[0], "as the dates of birth prove")
        findings.say("birth-date/unread", table, line=1, unread=unread.sum(), header=header)
    if impossible.any():
        findings.say("birth-date/later", table, line=1, later=impossible.sum(), header=header)
    about = f"; of {estimated.sum()} only the year or month is known, so that it may be one year off"
    findings.note(f"age was computed from {header} at treatment_start{about if estimated.any() else ''}.")


def age_hint(columns: tuple[Column, ...]) -> str:
    """What to do about a missing age where there is a date or year of birth; empty where there is none."""
    births = birth_column(columns)
    if births is None:
        return ""
    header = births.title
    return f"--pseudonymise computes it from {header} and treatment_start, and leaves {header} out."
