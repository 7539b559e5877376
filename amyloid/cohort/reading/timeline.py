"""Months from time zero, from columns in months or from dates."""

from __future__ import annotations

import datetime as dt
import re

import numpy as np
from numpy.typing import NDArray

from amyloid.cohort.errors import shown
from amyloid.cohort.names import month_meant
from amyloid.cohort.reading.cells import Numbers, numbers
from amyloid.cohort.reading.columns import MOST_CODES
from amyloid.cohort.reading.dates import EXCEL, NO_DAY, Dates, dates, day_text, proof, proof_of_shapes
from amyloid.cohort.reading.findings import Findings
from amyloid.cohort.reading.numeric import number_hint
from amyloid.cohort.reading.table import Column, Mask, Table, fold, gather
from amyloid.cohort.schema import MONTH_DAYS, MONTH_LIMIT
from amyloid.cohort.toml import OPEN

Floats = NDArray[np.float64]
SAME_DAY_MONTHS = 0.05


def months(
    table: Table,
    in_months: str,
    in_dates: str,
    start: NDArray[np.int64],
    patient: NDArray[np.int32],
    findings: Findings,
    comma: bool | None,
) -> Floats:
    """Months from time zero of every row, whichever of the two columns the table has.

    NaN where blank, or at fault, which has been said.
    """
    by_months, by_dates = table.columns.get(in_months), table.columns.get(in_dates)
    known_start = bool((start != NO_DAY).any())
    if by_months is not None and by_dates is not None and by_months.blank_texts.all():
        by_months = None
    if by_months is not None and by_dates is not None and not by_dates.blank_texts.all():
        return _both(table, by_months, by_dates, start, patient, findings, comma)
    if by_months is not None:
        return _from_months(table, by_months, findings, comma)
    if by_dates is None:
        return np.full(table.n_rows, np.nan)
    if not known_start:
        dates_of(table, by_dates, findings)
        return np.full(table.n_rows, np.nan)
    return _from_dates(table, by_dates, start, patient, findings)


def _both(
    table: Table,
    by_months: Column,
    by_dates: Column,
    start: NDArray[np.int64],
    patient: NDArray[np.int32],
    findings: Findings,
    comma: bool | None,
) -> Floats:
    value = _from_months(table, by_months, findings, comma)
    names = f"{by_months.header.strip()} and {by_dates.header.strip()}"
    if not (start != NO_DAY).any():
        findings.say("two-times/no-start", table, line=1, names=names, used=by_months.header.strip())
        return value
    dated = _from_dates(table, by_dates, start, patient, findings)
    with np.errstate(invalid="ignore"):
        apart = np.abs(value - dated) > SAME_DAY_MONTHS
    findings.say(
        "two-times",
        table,
        apart,
        by_dates,
        name=by_months.header.strip(),
        dated=lambda row: dated[row],
        month=lambda row: value[row],
    )
    return np.where(np.isnan(value), dated, value)


def _from_months(table: Table, column: Column, findings: Findings, comma: bool | None) -> Floats:
    if comma is None:  # thousands of months cannot be meant
        comma = any("," in text for text in column.texts)
    parsed = numbers(column, comma)
    wrong = parsed.junk | (parsed.bound != 0)
    findings.say(
        "not-a-month",
        table,
        column.mask_of(wrong),
        column,
        by=0,
        name=column.header.strip(),
        mend=lambda row: _number_mend(column, row, parsed),
    )
    _offer_words(column, wrong, findings)
    with np.errstate(invalid="ignore"):
        far = np.abs(parsed.value) > MONTH_LIMIT
    findings.say(
        "month-too-far",
        table,
        column.mask_of(far),
        column,
        by=0,
        mend=lambda row: _month_hint(parsed.value[column.codes[row]]),
    )
    value = np.where(wrong | far, np.nan, parsed.value)
    return gather(value, column.codes)


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


def _month_hint(number: float) -> str:
    if 1900 <= number <= 2100:
        return "It looks like a year; count months from the first dose."
    if 190_000 <= number <= 210_012:
        return "It looks like year and month run together; count months from the first dose."
    if 19_000_000 <= number <= 21_001_231:
        return "It looks like a date; name the column date and write YYYY-MM-DD."
    if 20_000 <= number <= 60_000:
        return "It looks like Excel's number of a date; count months from the first dose."
    if number > 0:
        return "Are these days? Divide by 30.4375; months are counted from the first dose."
    return "Check it; months are counted from the first dose."


def dates_of(table: Table, column: Column, findings: Findings) -> Dates:
    """Parse a column of dates and say which texts are none.

    One per distinct text.
    """
    parsed = dates(column.texts)
    mend = _propose_format(table, column, parsed, findings) if parsed.faulty.any() else ""
    _offer_words(column, parsed.faulty, findings)

    def fault(row: int) -> tuple[str, str]:
        return parsed.faults[int(column.codes[row])]

    findings.say(
        "not-a-date",
        table,
        column.mask_of(parsed.faulty),
        column,
        by=0,
        fault=lambda row: fault(row)[0],
        mend=lambda row: mend or fault(row)[1],
    )
    return parsed


def _propose_format(table: Table, column: Column, parsed: Dates, findings: Findings) -> str:
    """Offer the format that the dates of a column prove; say what they leave open or contradict."""
    texts = column.texts
    found = proof(texts[number] for number in np.flatnonzero(parsed.faulty))
    if found.clash and (shapes := proof_of_shapes(texts[number] for number in np.flatnonzero(parsed.faulty))):
        findings.propose(f"dates.{table.name}", "format", shapes, "dates written in several ways")
        return "Its dates are written in several ways; [dates] in mapping.toml may name them all."
    if found.clash:
        first, second = found.clash
        findings.propose(f"dates.{table.name}", OPEN, "", f"{shown(first)} and {shown(second)} differ")
        return f"{shown(first)} and {shown(second)} cannot be of one format; which of them is wrong?"
    if not found.formats:
        return ""
    section, only = f"dates.{table.name}", found.formats[0]
    if len(found.formats) == 1:
        why = (
            f"{shown(found.example)} can be read in no other way"
            if found.example
            else "all dates fit it alone"
        )
        findings.propose(section, "format", only, why)
        if only == "Excel":
            number = int(found.example.partition(".")[0])
            day = (EXCEL["excel"] + dt.timedelta(number)).isoformat()
            return (
                f"{shown(found.example)} looks like Excel's number of a date ({day}); format the column as "
                'YYYY-MM-DD, or write [dates] format = "Excel" in mapping.toml.'
            )
        return f'In mapping.toml write [dates] format = "{only}": {why}.'
    findings.propose(
        section, OPEN, only, f"or {' or '.join(found.formats[1:])}: no date of the column says which"
    )
    return (
        f"Day and month cannot be told apart: {' or '.join(found.formats)}? Say it in mapping.toml as "
        f'[dates] format = "...", or write YYYY-MM-DD.'
    )


def _from_dates(
    table: Table, column: Column, start: NDArray[np.int64], patient: NDArray[np.int32], findings: Findings
) -> Floats:
    parsed = dates_of(table, column, findings)
    if not len(parsed.first):
        return np.zeros(0)
    zero = np.where(patient >= 0, start[patient], NO_DAY)
    first, last, day = (gather(of, column.codes) for of in (parsed.first, parsed.last, parsed.middle))
    partial = first != last
    if partial.any():
        day = np.where(partial & (zero > day) & (zero <= last), zero, day)
        _say_partial(table, column, partial, first, last, day, findings)
    value = (day - zero) / MONTH_DAYS
    value[(day == NO_DAY) | (zero == NO_DAY)] = np.nan
    far = np.abs(value) > MONTH_LIMIT
    findings.say("date-too-far", table, far, column, years=lambda row: value[row] / 12)
    value[far] = np.nan
    return value


def _say_partial(
    table: Table,
    column: Column,
    partial: NDArray[np.bool_],
    first: NDArray[np.int64],
    last: NDArray[np.int64],
    day: NDArray[np.int64],
    findings: Findings,
) -> None:
    findings.say(
        "partial-date",
        table,
        partial,
        column,
        day=lambda row: day_text(day[row]),
        first=lambda row: day_text(first[row]),
        last=lambda row: day_text(last[row]),
    )


def say_blank_time(table: Table, names: tuple[str, str], rule: str, findings: Findings) -> None:
    """Say rows without a time, in months or as a date."""
    columns = [table.columns[name] for name in names if name in table.columns]
    if columns:
        findings.say(rule, table, table.blank_in(names), columns[0], name=columns[0].header.strip())
