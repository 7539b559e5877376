"""Dates as a country or a program writes them: read by `[dates]`, and what a column proves about its own."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import permutations
from typing import Final

_MONTHS: Final = (
    "jan ene gen",
    "feb fev",
    "mar mrz mrt mae maa",
    "apr avr abr",
    "may mai mei mag maj",
    "jun juin giu",
    "jul juil lug",
    "aug ago aou",
    "sep set",
    "oct okt ott out",
    "nov",
    "dec dez dic des",
)
"""How months begin in English, German, French, Spanish, Italian, Portuguese and Dutch, without accents."""

_MONTH_OF: Final = {word: number for number, words in enumerate(_MONTHS, 1) for word in words.split()}
_PARTS: Final = {
    "YYYY": r"(?P<year>\d{4})",
    "YY": r"(?P<year>\d\d)",
    "MMM": r"(?P<month>[^\W\d_]{3,})\.?",
    "MM": r"(?P<month>\d{1,2})",
    "DD": r"(?P<day>\d{1,2})",
}
_TOKEN = re.compile("YYYY|YY|MMM|MM|DD")
_TIME = r"(?:[T ,]+\d{1,2}:\d\d(?::\d\d)?(?:[.,]\d+)?(?: ?[AaPp]\.?[Mm]\.?|Z|[+-]\d\d:?\d\d)?)?"
_TYPED = re.compile(
    r"(\d{1,4}|[^\W\d_]{3,}\.?)([^\w:]{1,2}|_)(\d{1,2}|[^\W\d_]{3,}\.?)([^\w:]{1,2}|_)(\d{1,4})"
)
_TOGETHER = re.compile(r"(\d\d)()([^\W\d_]{3}|\d\d)()(\d{4})")
MOST_TEXTS = 20_000
EXCEL: Final = {"excel": dt.date(1899, 12, 30), "excel 1904": dt.date(1904, 1, 1)}
"""Names of formats that are numbers of days -> day 0."""

OPEN: Final = "# format"
"""Left side of a proposal that the user has to decide: a comment."""


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
        month = _month(parts.get("month") or "0")
        year = int(parts["year"])
        if len(parts["year"]) == 2:
            year += 2000 if year <= dt.date.today().year % 100 else 1900
        day = int(parts.get("day") or 0)
        words = f"{year:04}" if not parts.get("month") else f"{year:04}-{month:02}"
        return f"{words}-{day:02}" if day and month else words


def _month(text: str) -> int:
    """Number of a month; 0 for a word that is none."""
    if text.isdigit():
        return int(text)
    plain = "".join(sign for sign in unicodedata.normalize("NFKD", text.casefold()) if sign.isalpha())
    return _MONTH_OF.get(plain[:4]) or _MONTH_OF.get(plain[:3], 0)


def date_format(text: str) -> DateFormat | None:
    """Compile a format such as ``DD.MM.YYYY``.

    Parameters
    ----------
    text : str
        Made of DD, MM, MMM, YY and YYYY, each of day, month and year at most once, and a year; or the name
        of a spreadsheet's own numbers of days.

    Returns
    -------
    DateFormat or None
        None when it is no such format.
    """
    if text.strip().casefold() in EXCEL:
        return DateFormat(text.strip(), re.compile(r"(?P<serial>[1-7]\d{4})(?:[.,]\d+)?"))
    upper = text.strip().upper()
    tokens = _TOKEN.findall(upper)
    kinds = [token[0] for token in tokens]
    left = _TOKEN.sub("", upper)
    if "Y" not in kinds or len(set(kinds)) != len(kinds) or ("D" in kinds and "M" not in kinds):
        return None
    if any(sign.isalnum() for sign in left):
        return None
    pattern = "".join(
        _PARTS[part] if part in _PARTS else re.escape(part) for part in re.split("(YYYY|YY|MMM|MM|DD)", upper)
    )
    return DateFormat(text, re.compile(pattern + _TIME))


def in_iso(text: str, formats: Iterable[DateFormat]) -> str:
    """A date as YYYY-MM-DD by the first format that it fits; other texts stay as they are.

    Parameters
    ----------
    text : str
    formats : iterable of DateFormat

    Returns
    -------
    str
    """
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
    """Find the formats in which all dates of a column can be read.

    Parameters
    ----------
    texts : iterable of str
        Distinct texts; what cannot be a date in any format, and what is YYYY-MM-DD, does not count.

    Returns
    -------
    Proof
    """
    fitting: set[str] | None = None
    example, clash = "", None
    last = ""
    for text in [text for text in texts if text][:MOST_TEXTS]:
        found = _formats_of(text)
        if not found:
            continue
        before, fitting = fitting, found if fitting is None else fitting & found
        if before and not fitting:
            clash = (example or last, text)
        example = example or (text if len(found) == 1 else "")
        last = last or text
    return Proof(tuple(sorted(fitting or (), key=_likely)), example, clash)


def _likely(text: str) -> tuple[bool, str]:
    return (text.startswith("MM"), text)


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
    formats = set()
    for order in permutations("DMY"):
        if order.index("M") == 2 or order == ("Y", "D", "M"):
            continue
        names = [_name(kind, part) for kind, part in zip(order, parts, strict=True)]
        if all(names) and not (names[0] == "YY" and (names[1] == "MMM" or first == ".")):
            formats.add(f"{names[0]}{first}{names[1]}{second}{names[2]}")
    return formats


def _name(kind: str, part: str) -> str:
    """Name of a part that can be a day, a month or a year; empty where it cannot."""
    if kind == "Y":
        return {4: "YYYY", 2: "YY"}.get(len(part), "") if part.isdigit() else ""
    if kind == "M":
        word = "MM" if part.isdigit() and len(part) <= 2 else "MMM"
        return word if 1 <= _month(part) <= 12 and (word == "MMM" or len(part) <= 2) else ""
    return "DD" if part.isdigit() and len(part) <= 2 and int(part) <= 31 else ""


def settled(proposed: dict[str, dict[str, tuple[str, str]]]) -> dict[str, dict[str, tuple[str, str]]]:
    """Proposals with one `[dates]` for all tables where their dates agree.

    Parameters
    ----------
    proposed : dict
        Section of mapping.toml -> left side -> right side, and why.

    Returns
    -------
    dict
    """
    ours = {section: lines for section, lines in proposed.items() if section.startswith("dates.")}
    proved = {lines["format"] for lines in ours.values() if "format" in lines}
    formats = {text for text, _ in proved}
    left_open = [{lines[OPEN][0], *re.findall(r"[DMY]\S+(?=:| or)", lines[OPEN][1])}
                 for lines in ours.values() if "format" not in lines]  # fmt: skip
    others = {section: lines for section, lines in proposed.items() if section not in ours}
    if len(formats) == 1 and all(formats <= possible for possible in left_open):
        return others | {"dates": {"format": min(proved)}}
    if not formats and len({frozenset(possible) for possible in left_open}) == 1:
        return others | {"dates": next(iter(ours.values()))}
    return proposed
