"""What to look for in text that leaves: the cohort's own identifiers, dates, paths, addresses, faults."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

_DASHES = re.compile("[\u2010-\u2015\u2212\ufe58\ufe63\uff0d]")
_UNSEEN = re.compile("[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
_DAY = r"(?:0?[1-9]|[12]\d|3[01])"
_YEAR = r"(?:19|20)\d\d"
_NUMBER = r"(?:0?[1-9]|1[0-2])"
_LETTER = r"[^\W\d_]"
_FORMATS = ("%d%m%Y", "%m%d%Y", "%Y%m%d", "%y%m%d", "%d%m%y")
_EXCEL_DAY_ZERO = date(1899, 12, 30)

GENERAL: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (what, re.compile(pattern))
    for what, pattern in (
        ("date", rf"(?<!\d){_YEAR}\s?([-/.])\s?{_NUMBER}\s?\1\s?{_DAY}(?!\d)"),
        ("date", rf"(?<![\d.]){_DAY}\s?([-/.])\s?{_DAY}\s?\1\s?{_YEAR}(?!\d)"),
        ("date", rf"(?<![\d/-]){_DAY}([-/]){_DAY}\1\d\d(?![\d/-])"),
        ("date", rf"(?<!\w){_DAY}(?:st|nd|rd|th)?[ .-]*{_MONTH}[ .,-]*(?:{_YEAR}|\d\d)(?!\d)"),
        ("date", rf"(?<!\w){_MONTH}[ .]*{_DAY}(?:st|nd|rd|th)?[ ,]+{_YEAR}(?!\d)"),
        ("date", rf"(?<!\w){_MONTH}[ .,-]*{_YEAR}(?!\d)"),
        ("date", rf"(?<!\w){_YEAR}[ ,-]+(?:{_MONTH})(?:[ ,-]+{_DAY})?(?!\w)"),
        ("date", rf"(?<![\w.]){_YEAR}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?![\w.])"),
        ("time of day", r"(?<!\d)(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d"),
        ("address", r"[a-z][a-z0-9+.-]*://|(?<![\w])www\.\w|mailto:|(?<![\w:/])//[\w-]+\.\w"),
        ("address", r"[\w.+-]+@[\w-]+\.\w"),
        ("address", r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])"),
        ("path", r"(?<![\w.)\]/<])/[\w.~-]+/[\w.~ -]*\w"),
        ("path", r"(?<!\w)[a-z]:[\\/][\w.~-]|\\\\[\w.-]+\\|(?<!\w)~[\w-]*/\w"),
        ("path", r"/(?:home|root|users|tmp|var|mnt|media|srv|volumes)/\w"),
        ("traceback", r'traceback \(most recent|file "[^"]*", line \d|(?<!\w)\w+(?:error|exception): '),
    )
)
"""What no shared text may hold, whoever the patients are; matched on normalized, case-folded text."""

_ORDINARY_WORDS = (
    "amyloid amyloidosis analysis cohort data desktop documents downloads excel export exports home local "
    "localhost notebooks output patients project projects report reports results root runs scratch share "
    "shared study survival synthetic table tables temp test tests user users usr work workspace"
)
ORDINARY = frozenset(_ORDINARY_WORDS.split())
"""Folder, user and host names that are ordinary words of a report and point at nobody."""


def normalize(text: str) -> str:
    """Return the text case-folded, in one form of each character, without unseen marks, dashes alike."""
    plain = _UNSEEN.sub("", unicodedata.normalize("NFKC", text))
    return re.sub(r"\s+", " ", _DASHES.sub("-", plain).casefold())


@dataclass(frozen=True)
class Secrets:
    """What this cohort and this computer would be known by.

    Attributes
    ----------
    identifiers
        Patient identifiers, and every text of a column that the format does not know (names, record numbers).
    names
        Folder, user and computer names.
    dates
        Every date of the input.
    """

    identifiers: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    dates: frozenset[date] = frozenset()

    def patterns(self) -> tuple[tuple[str, re.Pattern[str]], ...]:
        """Return one pattern for each kind of secret; match on normalized text."""
        identifiers = [p for text in self.identifiers if (p := identifier_pattern(text))]
        names = [p for text in self.names if (p := name_pattern(text))]
        days = sorted({re.escape(form) for day in self.dates for form in _written(day)})
        kinds = (
            ("identifier", identifiers),
            ("name of a folder, user or computer", names),
            ("date of the input", [rf"(?<![\w.]){form}(?![\w.])" for form in days]),
        )
        return tuple((what, re.compile("|".join(sorted(parts)))) for what, parts in kinds if parts)

    def unsearchable(self) -> tuple[str, ...]:
        """Return the identifiers that cannot be told from ordinary numbers or words, sorted."""
        return tuple(sorted(text for text in self.identifiers if identifier_pattern(text) is None))


def identifier_pattern(text: str) -> str | None:
    """Return the pattern that finds an identifier, or None when it is too short to be told from a count.

    Letters with digits are found whatever stands between their parts and whatever they are glued to;
    long numbers as whole numbers; short numbers only after a word such as "patient", or with a leading
    zero; words as whole words.
    """
    folded = normalize(text).strip()
    signs = [sign for sign in folded if sign.isalnum()]
    bare = "".join(signs)
    if not bare:
        return None
    if bare.isdigit():
        if len(bare) >= 5 or (len(bare) > 1 and bare.startswith("0")):
            between = "[-_ ./]?" if len(bare) >= 7 else "[-_/]?"
            return rf"(?<!\d)(?<!\d[.,]){between.join(bare)}(?![.,]?\d)"
        return rf"(?<!\w)(?:patient|subject|participant|person|pt|id|#)[\W_]*{bare}(?!\w)"
    if bare.isalpha():
        return rf"(?<!{_LETTER}){re.escape(folded)}(?!{_LETTER})" if len(bare) >= 4 else None
    spaced = r"[\W_]*".join(map(re.escape, signs))
    pattern = rf"(?<![^\W_]){spaced}(?![^\W_])"
    return f"{pattern}|{re.escape(folded)}(?![0-9])" if len(bare) >= 5 else pattern


def name_pattern(text: str) -> str | None:
    """Return the pattern that finds a folder, user or computer name, or None for an ordinary word."""
    folded = normalize(text).strip()
    if len(folded) < 4 or folded in ORDINARY or folded.isdigit():
        return None
    return rf"(?<!{_LETTER}){re.escape(folded)}(?!{_LETTER})"


def _written(day: date) -> Iterator[str]:
    """Yield the ways to write a date that the general patterns do not know."""
    for form in _FORMATS:
        yield day.strftime(form)
    yield str((day - _EXCEL_DAY_ZERO).days)


def search(text: str, patterns: Iterable[tuple[str, re.Pattern[str]]]) -> list[tuple[str, str]]:
    """Return what was found in a text, as pairs of kind and the words that were found."""
    folded = normalize(text)
    return [(what, match[0].strip()) for what, pattern in patterns if (match := pattern.search(folded))]
