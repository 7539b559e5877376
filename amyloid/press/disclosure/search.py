"""What to look for in text that leaves: the cohort's own identifiers, dates, paths, addresses, faults."""

import re
import tomllib
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from pathlib import Path

_DASHES = re.compile("[\u2010-\u2015\u2212\ufe58\ufe63\uff0d]")
_UNSEEN = re.compile("[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
_LETTER = r"[^\W\d_]"
_FORMATS = ("%d%m%Y", "%m%d%Y", "%Y%m%d", "%y%m%d", "%d%m%y")
_WHOLE_NUMBER = re.compile(r"(?<![\w.])\d{5,8}(?![\w.])")
_NAMED_NUMBER = re.compile(
    r"(?<!\w)(?:patient|subject|participant|person|case|record|mrn|pat|pt|id|#)[\W_]*(\d+)(?!\w)"
)
_PART = re.compile(r"[^\W\d_]+|\d+")
_JOINT = r"[\W_]{0,3}"
_EXCEL_DAY_ZERO = date(1899, 12, 30)

_TABLES = tomllib.loads(Path(__file__).with_name("search.toml").read_text("utf-8"))
ORDINARY = frozenset(_TABLES["ordinary"].split())
"""Folder, user and host names that are ordinary words of a report and point at nobody."""
BETWEEN_BLOCKS = "\u241e"
"""Stands between two blocks in a page's text, so that two cells are not one number."""


def normalize(text: str) -> str:
    """Return the text case-folded, in one form of each character, without unseen marks, dashes alike."""
    plain = _UNSEEN.sub("", unicodedata.normalize("NFKC", text))
    return re.sub(r"\s+", " ", _DASHES.sub("-", plain).casefold())


Find = Callable[[str], str | None]
"""What finds one kind of thing in normalized text: the words that were found, or None."""


@dataclass(frozen=True)
class Secrets:
    """What this cohort and this computer would be known by.

    Attributes
    ----------
    identifiers
        Patient identifiers.
    names
        Folder, user and computer names.
    dates
        Every date of the input.
    texts
        Other texts as they were typed: columns that the format does not know (names, record numbers), details
        of events.
    headings
        Groups, title and source.
    allowed
        Words that were found before, and somebody gave a reason why they may leave.
    """

    identifiers: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    dates: frozenset[date] = frozenset()
    texts: frozenset[str] = frozenset()
    headings: frozenset[str] = frozenset()
    allowed: frozenset[str] = frozenset()

    def unsearchable(self) -> tuple[str, ...]:
        """Return the identifiers that cannot be told from ordinary numbers or words, sorted."""
        return tuple(sorted(text for text in self.identifiers if _weak(_signs(normalize(text)))))

    @cached_property
    def finders(self) -> tuple[tuple[str, Find], ...]:
        """What finds each kind of thing that may not leave, whoever the patients are, and each secret."""
        names = sorted(pattern for text in self.names if (pattern := _name_pattern(text)))
        return (
            *GENERAL,
            ("identifier", IdentifierFinder(self.identifiers).find),
            ("date of the input", _date_finder(self.dates)),
            ("text of the input", IdentifierFinder(self.texts | self.headings).find),
            ("name of a folder, user or computer", _pattern_finder("|".join(names) or "(?!)")),
        )

    def search(self, text: str) -> list[tuple[str, str]]:
        """Return what may not leave of a text, as pairs of kind and the words that were found."""
        folded = normalize(text)
        for words in self.allowed:
            folded = normalize(folded.replace(normalize(words), f" {BETWEEN_BLOCKS} "))
        return [(what, found) for what, find in self.finders if (found := find(folded))]

    def search_heading(self, text: str) -> list[tuple[str, str]]:
        """Search a title, drug or group as it was typed, which is not found in itself."""
        others = frozenset(other for other in self.texts if other.casefold() != text.casefold())
        return replace(self, texts=others, headings=frozenset()).search(text)


def _pattern_finder(pattern: str) -> Find:
    """Find whatever matches a pattern."""
    compiled = re.compile(pattern)

    def find(text: str) -> str | None:
        match = compiled.search(text)
        return match[0].strip() if match else None

    return find


def _general() -> Iterator[tuple[str, Find]]:
    """Find what no shared text may hold, whoever the patients are, by the patterns of search.toml."""
    months = "|".join(" ".join(_TABLES["months"].values()).split())
    parts = {**_TABLES["parts"], "month": f"(?:{months})"}
    for what, patterns in _TABLES["patterns"].items():
        for pattern in patterns:
            whole = re.sub("<([a-z]+)>", lambda name: parts[name[1]], pattern)
            yield what, _pattern_finder(whole)


GENERAL = tuple(_general())


def _date_finder(days: frozenset[date]) -> Find:
    """Find dates written as one number, which no general pattern knows: 210304, a spreadsheet's day."""
    written = {day.strftime(form) for day in days for form in _FORMATS}
    written |= {str((day - _EXCEL_DAY_ZERO).days) for day in days}

    def find(text: str) -> str | None:
        return next((number for number in _WHOLE_NUMBER.findall(text) if number in written), None)

    return find


class IdentifierFinder:
    """Find any of many identifiers, in time that does not grow with their number.

    Letters with digits are found, from five signs on, whatever stands between their parts and whatever they
    are glued to; long numbers as whole numbers; words as whole words, whatever stands where the typed text
    has a space or a mark; short numbers only after a word such as "patient", or with a leading zero.
    """

    def __init__(self, identifiers: Iterable[str]) -> None:
        self._typed: dict[str, set[tuple[str, ...]]] = {}
        self._weak: set[str] = set()
        for text in identifiers:
            folded = normalize(text)
            if _weak(_signs(folded)):
                self._weak.add(_signs(folded))
            else:
                self._typed.setdefault(_signs(folded), set()).add(tuple(_PART.findall(folded)))
        self._lengths = sorted({len(bare) for bare in self._typed})

    def find(self, text: str) -> str | None:
        """Return the first identifier as it stands in the text."""
        for match in _NAMED_NUMBER.finditer(text):
            if match[1] in self._weak:
                return match[0]
        places = [place for place, sign in enumerate(text) if sign.isalnum()]
        squeezed = "".join(text[place] for place in places)
        for length in self._lengths:
            for start in range(len(squeezed) - length + 1):
                bare = squeezed[start : start + length]
                if bare in self._typed:
                    first, last = places[start], places[start + length - 1] + 1
                    if self._stands_alone(bare, text, first, last):
                        return text[first:last]
        return None

    def _stands_alone(self, bare: str, text: str, first: int, last: int) -> bool:
        before, after, written = text[:first][-2:], text[last:][:2], text[first:last]
        if bare.isdigit():
            whole = not re.search(r"\d[.,]?$", before) and not re.match(r"[.,]?\d", after)
            marks = "[-_ ./]?" if len(bare) >= 7 else "[-_/]?"
            return whole and (
                re.fullmatch(marks.join(bare), written) is not None or self._jointed(bare, written)
            )
        if bare.isalpha():
            whole = not before[-1:].isalpha() and not after[:1].isalpha()
            return whole and self._jointed(bare, written)
        if len(bare) < 5 and not re.fullmatch("[-_ ./]?".join(bare), written):
            return False
        glued = before[-1:].isalnum() or after[:1].isalnum()
        typed = len(bare) >= 5 and self._jointed(bare, written) and not after[:1].isdigit()
        return typed or not glued

    def _jointed(self, bare: str, written: str) -> bool:
        """Whether a text is an identifier with other marks, or none, between the parts it was typed in."""
        return any(re.fullmatch(_JOINT.join(parts), written) for parts in self._typed[bare])


def _signs(text: str) -> str:
    return "".join(sign for sign in text if sign.isalnum())


def _weak(bare: str) -> bool:
    """Say whether an identifier is too short to be told from a count or a word."""
    if bare.isdigit():
        return len(bare) < 5 and not (len(bare) > 1 and bare.startswith("0"))
    return len(bare) < (4 if bare.isalpha() else 2)


def _name_pattern(text: str) -> str | None:
    """Return the pattern that finds a folder, user or computer name, or None for an ordinary word."""
    folded = normalize(text).strip()
    if len(folded) < 4 or folded in ORDINARY or folded.isdigit():
        return None
    return rf"(?<!{_LETTER}){re.escape(folded)}(?!{_LETTER})"
