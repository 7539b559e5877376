"""Texts to days: in ISO, in the formats that `[dates]` names, and what a column proves about its own."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from calendar import monthrange
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from amyloid.cohort.names import names
from amyloid.cohort.reading.findings import hint
from amyloid.cohort.reading.table import Mask

_PARTS: Final = {
    "YYYY": r"(?P<year>\d{4})",
    "YY": r"(?P<year>\d\d)",
    "MMM": r"(?P<month>[^\W\d_]{3,})\.?",
    "MM": r"(?P<month>\d{1,2})",
    "DD": r"(?P<day>\d{1,2})",
}
_TOKEN = re.compile("(YYYY|YY|MMM|MM|DD)")
_TIME = r"(?:[T ,]+\d{1,2}:\d\d(?::\d\d)?(?:[.,]\d+)?(?: ?[AaPp]\.?[Mm]\.?|Z|[+-]\d\d:?\d\d)?)?"
_TYPED = re.compile(
    r"(\d{1,4}|[^\W\d_]{3,}\.?)([^\w:]{1,2}|_)(\d{1,2}|[^\W\d_]{3,}\.?)([^\w:]{1,2}|_)(\d{1,4})"
)
_TOGETHER = re.compile(r"(\d\d)()([^\W\d_]{3}|\d\d)()(\d{4})")
MOST_TEXTS = 20_000
EXCEL: Final = {"excel": dt.date(1899, 12, 30), "excel 1904": dt.date(1904, 1, 1)}
"""Names of formats that are numbers of days -> day 0."""


@dataclass(frozen=True)
class DateFormat:
    """One format of `[dates]`: as typed, and as a pattern."""

    text: str
    pattern: re.Pattern[str]

    def iso(self, text: str) -> str | None:
        """Write a text that fits as YYYY-MM-DD (YYYY-MM without a day); None where it does not fit."""
        found = self.pattern.fullmatch(text)
        if not found:
            return None
        parts = found.groupdict()
        if "serial" in parts:
            return (EXCEL[self.text.casefold()] + dt.timedelta(int(parts["serial"]))).isoformat()
        year, month, day = int(parts["year"]), _month(parts.get("month") or "0"), int(parts.get("day") or 0)
        if len(parts["year"]) == 2:
            year += 2000 if year <= dt.date.today().year % 100 else 1900
        if not parts.get("month"):
            return f"{year:04}"
        return f"{year:04}-{month:02}-{day:02}" if day and month else f"{year:04}-{month:02}"


def _month(text: str) -> int:
    """Number of a month; 0 for a word that is none."""
    if text.isdigit():
        return int(text)
    plain = "".join(sign for sign in unicodedata.normalize("NFKD", text.casefold()) if sign.isalpha())
    return _month_words().get(plain[:4]) or _month_words().get(plain[:3], 0)


@cache
def _month_words() -> dict[str, int]:
    return {word: number for number, words in enumerate(names()["months"], 1) for word in words.split()}


def date_format(text: str) -> DateFormat | None:
    """Compile a format such as ``DD.MM.YYYY``.

    None when it is no such format.
    """
    if text.strip().casefold() in EXCEL:
        return DateFormat(text.strip(), re.compile(r"(?P<serial>[1-7]\d{4})(?:[.,]\d+)?"))
    parts = _TOKEN.split(text.strip().upper())
    between, kinds = "".join(parts[::2]), [token[0] for token in parts[1::2]]
    if "Y" not in kinds or len(set(kinds)) != len(kinds) or ("D" in kinds and "M" not in kinds):
        return None
    if any(sign.isalnum() for sign in between):
        return None
    pattern = "".join(_PARTS.get(part) or re.escape(part) for part in parts)
    return DateFormat(text, re.compile(pattern + _TIME))


def in_iso(text: str, formats: Iterable[DateFormat]) -> str:
    """A date as YYYY-MM-DD by the first format that it fits; other texts stay as they are."""
    return next((iso for one in formats if (iso := one.iso(text))), text)


@dataclass(frozen=True)
class Proof:
    """What a column says about the format of its dates.

    Attributes
    ----------
    formats : tuple of str
        The formats that all its dates fit; one where the column proves it.
    example : str
        A date that can be read in one format only.
    clash : (str, str) or None
        Two dates that no format can both read.
    """

    formats: tuple[str, ...]
    example: str = ""
    clash: tuple[str, str] | None = None


def proof(texts: Iterable[str]) -> Proof:
    """Find the formats in which all dates of a column can be read."""
    fitting: set[str] = set()
    clash: tuple[str, str] | None = None
    example = first = ""
    for text, found in _all_formats(texts):
        before, fitting = fitting, fitting & found if first else found
        if before and not fitting:
            clash = (example or first, text)
        example = example or (text if len(found) == 1 else "")
        first = first or text
    likely = sorted(fitting, key=lambda text: (text.startswith("MM"), text))
    return Proof(tuple(likely), example, clash)


def proof_of_shapes(texts: Iterable[str]) -> list[str]:
    """The formats of dates written in several ways, where each way proves its own; else none."""
    shapes: dict[str, set[str]] = {}
    for text, found in _all_formats(texts):
        shape = re.sub(r"[^\W\d_]+", "a", re.sub(r"\d+", "0", text))
        shapes[shape] = shapes.get(shape, found) & found
    return [min(found) for found in shapes.values()] if all(len(one) == 1 for one in shapes.values()) else []


def _all_formats(texts: Iterable[str]) -> Iterator[tuple[str, set[str]]]:
    """Each text that is a date, and its formats."""
    for text in [text for text in texts if text][:MOST_TEXTS]:
        if found := _formats_of(text):
            yield text, found


def _formats_of(text: str) -> set[str]:
    """Formats of three parts in which a text is a date."""
    text = re.sub(_TIME + "$", "", text.strip(), count=1)
    if re.fullmatch(r"[1-7]\d{4}(\.\d+)?", text):
        return {"Excel"}
    if found := re.fullmatch(r"(0?[1-9]|1[0-2])([/.-])(19|20)\d\d", text):
        return {f"MM{found.group(2)}YYYY"}
    found = _TYPED.fullmatch(text) or _TOGETHER.fullmatch(text)
    if not found or re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        return set()
    parts, first, second = (found.group(1), found.group(3), found.group(5)), found.group(2), found.group(4)
    formats: set[str] = set()
    for order in ("DMY", "MDY", "MYD", "YMD"):
        tokens = [_name(kind, part) for kind, part in zip(order, parts, strict=True)]
        if all(tokens) and not (tokens[0] == "YY" and (tokens[1] == "MMM" or first == ".")):
            formats.add(f"{tokens[0]}{first}{tokens[1]}{second}{tokens[2]}")
    return formats


def _name(kind: str, part: str) -> str:
    """Name of a part that can be a day, a month or a year; empty where it cannot."""
    if kind == "Y":
        return {4: "YYYY", 2: "YY"}.get(len(part), "") if part.isdigit() else ""
    if kind == "M":
        word = "MM" if part.isdigit() and len(part) <= 2 else "MMM"
        return word if 1 <= _month(part) <= 12 else ""
    return "DD" if part.isdigit() and len(part) <= 2 and int(part) <= 31 else ""


_COMPACT = re.compile(r"\A((?:19|20)\d\d)(\d\d)(\d\d)\Z", re.ASCII)
_WHOLE = re.compile(r"\d{4}-\d\d-\d\d(?:[T ](\d\d:\d\d.*))?", re.ASCII)
_PART = re.compile(r"(?:19|20)\d\d(?:-\d\d)?", re.ASCII)
_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d+)?)?(Z|[+-](0\d|1[0-4]):?[0-5]\d)?", re.ASCII)

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
    """Distinct texts of a column as days."""

    days: list[Day]

    @cached_property
    def first(self) -> Days:
        """Days since 1970-01-01, the first of a month or a year; `NO_DAY` where blank or at fault."""
        return np.array([day.first for day in self.days], np.int64)

    @cached_property
    def last(self) -> Days:
        """The same with the last day of a month or a year."""
        return np.array([day.last for day in self.days], np.int64)

    @property
    def middle(self) -> Days:
        """The day itself, or the middle of the month or year that is known."""
        return self.first + (self.last - self.first) // 2

    @property
    def faulty(self) -> Mask:
        """Texts that are no date."""
        return np.array([bool(day.fault) for day in self.days], np.bool_)


def dates(texts: list[str]) -> Dates:
    """Parse distinct texts as days."""
    today = dt.date.today()
    return Dates([parse_day(text, today) for text in texts])


def parse_day(text: str, today: dt.date) -> Day:
    """Read one date."""
    if not text:
        return Day()
    whole = _WHOLE.fullmatch(text) or _WHOLE.fullmatch(_COMPACT.sub(r"\1-\2-\3", text))
    text = whole.group() if whole else text
    if not whole and not _PART.fullmatch(text):
        return Day(fault="is no date.", mend=hint(text, "no_date"))
    clock = whole.group(1) if whole else None
    if clock and not _CLOCK.fullmatch(clock):
        return Day(fault=f"is followed by {clock}, which is no time of the day.", mend="Write the day alone.")
    try:
        first = dt.date.fromisoformat(f"{text}-01-01"[:10])
    except ValueError:
        kind = "day" if whole else "month"
        return Day(fault=f"is no {kind} of the calendar.", mend="Expected a date such as 2006-03-04.")
    if first.year == 9999:
        return Day(fault="is a stand-in for 'no end', not a date.", mend="Leave the cell blank.")
    if first > today:
        return Day(fault="lies in the future.", mend="Check the year.")
    if first < FIRST_DAY:
        mend = "Leave the cell blank or fill in the day."
        return Day(fault="is too early; a spreadsheet writes it for an empty date.", mend=mend)
    month = first.month if len(text) > len("2006") else 12
    last = first if whole else dt.date(first.year, month, monthrange(first.year, month)[1])
    return Day(first.toordinal() - _EPOCH, last.toordinal() - _EPOCH)


_EPOCH = dt.date(1970, 1, 1).toordinal()
