"""Texts to days: ISO dates, dates without a day or month, and why anything else is refused."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_ISO = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d:\d\d.*))?", re.ASCII)
_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d+)?)?(Z|[+-](0\d|1[0-4]):?[0-5]\d)?", re.ASCII)
_COMPACT = re.compile(r"((?:19|20)\d\d)(\d\d)(\d\d)", re.ASCII)
_MONTH = re.compile(r"((?:19|20)\d\d)-(\d\d)", re.ASCII)
_YEAR = re.compile(r"(?:19|20)\d\d", re.ASCII)
_LOCAL = re.compile(r"\d{1,2}[./-]\d{1,2}[./-](\d{4}|\d\d)")
_NUMBER = re.compile(r"-?\d+([.,]\d+)?")

FIRST_DAY = dt.date(1900, 1, 2)
"""Earlier dates are the empty date of a spreadsheet or a typing error."""

NO_DAY = np.iinfo(np.int32).min
"""Stands for a day that is not known."""

Days = NDArray[np.int64]


@dataclass(frozen=True)
class Day:
    """One text as a day, or why it is none.

    Attributes
    ----------
    first, last : int
        Days since 1970-01-01 between which it lies; equal for a whole date. They come from the text alone,
        so that a month or a year that has not ended is read alike on any day of it.
    fault : str
        Why it cannot be read; empty for a date.
    mend : str
        What to write.
    """

    first: int = NO_DAY
    last: int = NO_DAY
    fault: str = ""
    mend: str = ""


@dataclass(frozen=True)
class Dates:
    """Distinct texts of a column as days since 1970-01-01; `NO_DAY` where blank or at fault."""

    first: Days
    last: Days
    faults: list[tuple[str, str]]

    @property
    def middle(self) -> Days:
        """The day itself, or the middle of the month or year that is known."""
        return self.first + (self.last - self.first) // 2

    @property
    def partial(self) -> NDArray[np.bool_]:
        """Texts that leave out the day or the month."""
        partial: NDArray[np.bool_] = self.first != self.last
        return partial

    @property
    def faulty(self) -> NDArray[np.bool_]:
        """Texts that are no date."""
        return np.fromiter((bool(fault) for fault, _ in self.faults), np.bool_, len(self.faults))


def dates(texts: list[str]) -> Dates:
    """Parse distinct texts as days.

    Parameters
    ----------
    texts : list of str
        Without spaces around them.

    Returns
    -------
    Dates
    """
    today = dt.date.today()
    days = [parse_day(text, today) for text in texts]
    return Dates(
        np.fromiter((day.first for day in days), np.int64, len(days)),
        np.fromiter((day.last for day in days), np.int64, len(days)),
        [(day.fault, day.mend) for day in days],
    )


def parse_day(text: str, today: dt.date) -> Day:
    """Read one date.

    Parameters
    ----------
    text : str
        Without spaces around it; blank is a day that is not known.
    today : datetime.date
        No date may lie after it.

    Returns
    -------
    Day
    """
    if not text:
        return Day()
    if found := _ISO.fullmatch(text) or _COMPACT.fullmatch(text):
        year, month, day = (int(part) for part in found.groups()[:3])
        clock = found.group(4) if found.re is _ISO else None
        if clock and not _CLOCK.fullmatch(clock):
            return Day(
                fault=f"is followed by {clock}, which is no time of the day.", mend="Write the day alone."
            )
        try:
            return _checked(dt.date(year, month, day), dt.date(year, month, day), today)
        except ValueError:
            return Day(fault="is no day of the calendar.", mend="Expected a date such as 2006-03-04.")
    if found := _MONTH.fullmatch(text):
        year, month = int(found.group(1)), int(found.group(2))
        if not 1 <= month <= 12:
            return Day(fault="is no month of the calendar.", mend="Expected a date such as 2006-03-04.")
        after = dt.date(year + month // 12, month % 12 + 1, 1)
        return _checked(dt.date(year, month, 1), after - dt.timedelta(1), today)
    if _YEAR.fullmatch(text):
        return _checked(dt.date(int(text), 1, 1), dt.date(int(text), 12, 31), today)
    return Day(fault="is no date.", mend=_hint(text))


def _checked(first: dt.date, last: dt.date, today: dt.date) -> Day:
    if first.year == 9999:
        return Day(fault="is a stand-in for 'no end', not a date.", mend="Leave the cell blank.")
    if first > today:
        return Day(fault="lies in the future.", mend="Check the year.")
    if first < FIRST_DAY:
        return Day(
            fault="is too early; a spreadsheet writes it for an empty date.",
            mend="Leave the cell blank or fill in the day.",
        )
    return Day(first.toordinal() - _EPOCH, last.toordinal() - _EPOCH)


_EPOCH = dt.date(1970, 1, 1).toordinal()


def _hint(text: str) -> str:
    if _LOCAL.fullmatch(text):
        return "Day and month cannot be told apart; write YYYY-MM-DD, such as 2006-03-04."
    if _NUMBER.fullmatch(text):
        return "Expected YYYY-MM-DD, such as 2006-03-04; months belong in a column for months."
    return "Expected YYYY-MM-DD, such as 2006-03-04."


def day_text(day: int) -> str:
    """Write a day since 1970-01-01 as YYYY-MM-DD.

    Parameters
    ----------
    day : int

    Returns
    -------
    str
    """
    return dt.date.fromordinal(int(day) + _EPOCH).isoformat()
