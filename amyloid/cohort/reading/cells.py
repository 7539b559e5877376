"""Texts to numbers and yes/no: each distinct text is parsed once."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from amyloid.cohort.reading.arrays import as_numpy
from amyloid.cohort.reading.table import Column, Mask

PLAIN: Final = r"^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$"
_NUMBER = re.compile(
    r"(<=|>=|<|>|\u2264|\u2265)?\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d{1,3})?)", re.ASCII
)
_MINUS = str.maketrans({"\u2212": "-", "\u2013": "-"})
_COMMA_NUMBER = re.compile(r"([<>]?\s*[-+]?)(\d+),(\d+)", re.ASCII)
_POINT_NUMBER = re.compile(r"[<>]?\s*[-+]?(\d+)\.(\d+)", re.ASCII)

MISSING_WORDS: Final = frozenset({"na", "n/a", "unk", "unknown", "nk"})
"""Words of other systems for a value that is not known; read as blank in optional cells, and said."""

YES: Final = frozenset({"yes", "y", "true", "1"})
NO: Final = frozenset({"no", "n", "false", "0"})


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

    Parameters
    ----------
    column : Column
    comma : bool or None
        Whether a comma is the decimal sign in this file; None where a comma can only separate fields.

    Returns
    -------
    Numbers
    """
    stripped = pc.utf8_trim_whitespace(column.dictionary)
    plain = pc.match_substring_regex(stripped, PLAIN)
    plain_mask = as_numpy(plain)
    value = np.full(len(stripped), np.nan)
    value[plain_mask] = _to_float(stripped, plain)
    bound = np.zeros(len(stripped), np.int8)
    ambiguous = np.zeros(len(stripped), np.bool_)
    if comma:
        for number in np.flatnonzero(plain_mask):
            point = _POINT_NUMBER.fullmatch(column.texts[number])
            if point and len(point.group(2)) == 3 and point.group(1) != "0":
                ambiguous[number] = True
    others = np.flatnonzero(~plain_mask)
    for number in others:
        text = column.texts[number].translate(_MINUS)
        pair = parse_number(text, comma)
        if pair is not None:
            value[number], bound[number] = pair
        elif comma is False and _COMMA_NUMBER.fullmatch(text):
            ambiguous[number] = True
    value[ambiguous] = np.nan
    value[~np.isfinite(value)] = np.nan
    return Numbers(value, bound, np.isnan(value) & ~column.blank_texts, ambiguous)


def _to_float(stripped: pa.StringArray, plain: pa.BooleanArray) -> NDArray[np.float64]:
    numbers = stripped.filter(plain)
    signed = pc.utf8_ltrim(numbers, characters="+")
    floats: NDArray[np.float64] = as_numpy(signed.cast(pa.float64()))
    return floats


def parse_number(text: str, comma: bool | None = None) -> tuple[float, int] | None:
    """Read one number, censored or not.

    Parameters
    ----------
    text : str
        Without spaces around it.
    comma : bool or None
        Whether a comma is the decimal sign.

    Returns
    -------
    (float, int) or None
        The number and its bound; None when it is no number.
    """
    if comma:
        text = with_point(text)
    found = _NUMBER.fullmatch(text)
    if not found:
        return None
    number = float(found.group(2))
    sign = found.group(1)
    bound = 0 if not sign else -1 if sign[0] in "<\u2264" else 1
    return (number, bound) if np.isfinite(number) else None


def with_point(text: str) -> str:
    """Write a number that has a decimal comma with a decimal point; other texts stay as they are.

    Parameters
    ----------
    text : str

    Returns
    -------
    str
    """
    found = _COMMA_NUMBER.fullmatch(text)
    return f"{found.group(1)}{found.group(2)}.{found.group(3)}" if found else text


def uses_decimal_comma(columns: list[Column]) -> bool | None:
    """Decide from all numbers of a file whether its decimal sign is the comma.

    ``3,5`` can only be a decimal comma, ``3.5`` only a decimal point; ``1,250`` and ``1.250`` say nothing.

    Parameters
    ----------
    columns : list of Column
        The columns that hold numbers, of a file whose fields are not separated by commas.

    Returns
    -------
    bool or None
        True or False where the file says it; None where no number holds a comma.
    """
    commas = points = unclear = 0
    for column in columns:
        if not pc.any(pc.match_substring(column.dictionary, ",")).as_py():
            points += bool(
                pc.any(pc.match_substring_regex(column.dictionary, r"\d\.(\d{1,2}|\d{4,})$")).as_py()
            )
            continue
        for text in column.texts:
            if found := _COMMA_NUMBER.fullmatch(text):
                clear = len(found.group(3)) != 3 or found.group(2) == "0"
                commas, unclear = commas + clear, unclear + (not clear)
            elif found := _POINT_NUMBER.fullmatch(text):
                points += len(found.group(2)) != 3 or found.group(1) == "0"
    if not commas and not unclear:
        return None
    return bool(commas) and not points


def yes_no(texts: list[str]) -> tuple[NDArray[np.int8], Mask]:
    """Parse distinct texts as yes (1), no (0) or not known (-1).

    Parameters
    ----------
    texts : list of str
        Without spaces around them.

    Returns
    -------
    (codes, junk)
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
