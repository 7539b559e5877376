"""Texts to numbers and yes/no: each distinct text is parsed once."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from amyloid.cohort.reading.table import Column, Mask, as_numpy

PLAIN: Final = r"^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$"
_BOUND = "<=|>=|=<|=>|<|>|\u2264|\u2265"
_LESS = r"less than|below|under|kleiner( als)?|unter|inf\u00e9rieur \u00e0"
_MORE = r"greater than|more than|above|gr\u00f6\u00dfer( als)?|\u00fcber|sup\u00e9rieur \u00e0"
_BOUND_WORDS = tuple(
    (re.compile(rf"^({words})\s+(?=\d)", re.I), sign) for words, sign in ((_LESS, "<"), (_MORE, ">"))
)
_SIGNS = rf"(?:{_BOUND})?\s*[-+]?"
_NUMBER = re.compile(rf"({_BOUND})?\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d{{1,3}})?)", re.ASCII)
_MINUS = str.maketrans({"\u2212": "-", "\u2013": "-"})
_COMMA_NUMBER = re.compile(rf"({_SIGNS})(\d+|\d{{1,3}}(?:\.\d{{3}})+),(\d+)", re.ASCII)
_GROUPED_NUMBER = re.compile(rf"({_SIGNS})(\d{{1,3}}(?:,\d{{3}})+)(\.\d+)", re.ASCII)


def _clear(sign: str, other: str) -> str:
    groups = rf"\d{{1,3}}({other}\d{{3}})+"
    return rf"^{_SIGNS}(\d+{sign}(\d{{1,2}}|\d{{4,}})|0+{sign}\d+|(\d{{4,}}|{groups}){sign}\d+)$"


CLEAR_COMMA: Final = _clear(",", r"\.")
CLEAR_POINT: Final = _clear(r"\.", ",")
"""Numbers that can be read in one way only: ``3,5``, ``0,125`` and ``1.300,5``."""

TWO_WAYS_COMMA: Final = rf"^{_SIGNS}[1-9]\d{{0,2}},\d{{3}}$"
TWO_WAYS_POINT: Final = rf"^{_SIGNS}[1-9]\d{{0,2}}\.\d{{3}}$"
"""Numbers whose sign may be that of thousands or of decimals."""

MISSING_WORDS: Final = frozenset({"na", "n/a", "unk", "unknown", "nk"})
"""Words of other systems for a value that is not known; read as blank in optional cells, and said."""

CODE_NUMBERS: Final = r"^-?(9{2,6}|8{2,6}|7{2,6}|9{1,4}\.9{1,2})(\.0+)?$"
"""Numbers that stand for a missing value in many projects."""

_MISSING_CODE = re.compile(
    r"-[1-9]|ni|inv|unk|nask|asku|nav|msk|na|navu|np|nasked|nd|n\.?d\.?|n\.?a\.?|nan|null|missing"
    r"|\.{1,3}|-{2,}|\*+|/+|#n/a|not (done|available|known|applicable|assessed)|unknown|unbekannt|k\.?a\.?",
    re.ASCII,
)


def looks_missing(text: str) -> bool:
    """Whether a text is a code by which projects mark what is missing, such as ``-99`` or ``NASK``."""
    text = text.strip().casefold()
    return bool(_MISSING_CODE.fullmatch(text) or re.match(CODE_NUMBERS, text))


YES: Final = frozenset(
    {"yes", "y", "true", "1", "1.0", "checked", "ja", "oui", "si", "s\u00ed"}
    | {"wahr", "vrai", "vero", "verdadero"}
)
NO: Final = frozenset({"no", "n", "false", "0", "0.0", "unchecked", "nein", "non", "falsch", "faux", "falso"})
"""In the languages of the spreadsheets that write them, and as REDCap labels a checkbox."""


@dataclass(frozen=True)
class Numbers:
    """Distinct texts of a column as numbers.

    Attributes
    ----------
    value : numpy.ndarray of float64, one per distinct text
        NaN where the text is blank or no number.
    bound : numpy.ndarray of int8
        -1 for ``<``, +1 for ``>``, 0 otherwise.
    junk : numpy.ndarray of bool
        Texts that are neither blank nor a number.
    ambiguous : numpy.ndarray of bool
        Texts that could be two numbers, such as ``1,250``; they are junk too.
    """

    value: NDArray[np.float64]
    bound: NDArray[np.int8]
    junk: Mask
    ambiguous: Mask


def numbers(column: Column, comma: bool | None = None) -> Numbers:
    """Parse the distinct texts of a column as numbers.

    `comma` says whether a comma is the decimal sign in this file; None where the file does not say.
    """
    stripped = pc.utf8_trim_whitespace(column.dictionary)
    plain = pc.match_substring_regex(stripped, PLAIN)
    plain_mask = as_numpy(plain)
    value = np.full(len(stripped), np.nan)
    value[plain_mask] = _to_float(stripped, plain)
    bound = np.zeros(len(stripped), np.int8)
    for number in np.flatnonzero(~plain_mask):
        pair = parse_number(column.texts[number].translate(_MINUS), comma)
        if pair is not None:
            value[number], bound[number] = pair
    ambiguous = np.zeros(len(stripped), np.bool_)
    for possible, pattern in ((comma is not True, TWO_WAYS_COMMA), (comma is not False, TWO_WAYS_POINT)):
        if possible:
            ambiguous |= as_numpy(pc.match_substring_regex(stripped, pattern))
    for number in np.flatnonzero(ambiguous) if column.exact else ():
        ambiguous[number] = column.texts[number] not in column.exact
    value[ambiguous | ~np.isfinite(value)] = np.nan
    return Numbers(value, bound, np.isnan(value) & ~column.blank_texts, ambiguous)


def _to_float(stripped: pa.StringArray, plain: pa.BooleanArray) -> NDArray[np.float64]:
    numbers = stripped.filter(plain)
    signed = pc.utf8_ltrim(numbers, characters="+")
    floats: NDArray[np.float64] = as_numpy(signed.cast(pa.float64()))
    return floats


def parse_number(text: str, comma: bool | None = None) -> tuple[float, int] | None:
    """Read one number, censored or not.

    The number and its bound; None when it is no number.
    """
    for words, sign in _BOUND_WORDS:
        text = words.sub(sign, text)
    if comma:
        text = with_point(text)
    elif grouped := _GROUPED_NUMBER.fullmatch(text):
        text = grouped.group(1) + grouped.group(2).replace(",", "") + grouped.group(3)
    found = _NUMBER.fullmatch(text)
    if not found:
        return None
    number = float(found.group(2))
    sign = found.group(1)
    bound = 0 if not sign else -1 if "<" in sign or sign == "\u2264" else 1
    return (number, bound) if np.isfinite(number) else None


def with_point(text: str) -> str:
    """Write a number that has a decimal comma with a decimal point; other texts stay as they are."""
    found = _COMMA_NUMBER.fullmatch(text)
    return f"{found.group(1)}{found.group(2).replace('.', '')}.{found.group(3)}" if found else text


def uses_decimal_comma(columns: list[Column]) -> bool | None:
    """Decide from all numbers of a table whether its decimal sign is the comma.

    ``3,5`` can only be a decimal comma, ``3.5`` only a decimal point; ``1,250`` and ``1.250`` say nothing.

    None where a number can be read in two ways and no other number says in which.
    """

    def some(pattern: str) -> bool:
        return any(pc.any(pc.match_substring_regex(texts, pattern)).as_py() for texts in typed)

    typed = [column.stripped for column in columns if not column.exact]
    for column in columns:
        if column.exact:
            typed.append(pa.array([text for text in column.texts if text not in column.exact], pa.string()))
    commas, points = some(CLEAR_COMMA), some(CLEAR_POINT)
    if not commas and not points and (some(TWO_WAYS_COMMA) or some(TWO_WAYS_POINT)):
        return None
    return commas and not points


def yes_no(texts: list[str]) -> tuple[NDArray[np.int8], Mask]:
    """Parse distinct texts as yes (1), no (0) or not known (-1).

    Texts that are no yes/no word are marked in `junk`.
    """
    codes = np.full(len(texts), -1, np.int8)
    junk = np.zeros(len(texts), np.bool_)
    for number, text in enumerate(text.casefold() for text in texts):
        if text in YES:
            codes[number] = 1
        elif text in NO:
            codes[number] = 0
        elif text and text not in MISSING_WORDS:
            junk[number] = True
    return codes, junk


def number_text(value: float | None) -> str:
    """Text of a number as a person would type it: a whole one without a point, none as blank."""
    if value is None or value != value:
        return ""
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
