"""One column of any table: texts to numbers, yes and no, code words, free text, patients; each text once."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from amyloid.cohort.errors import MAY_BE_NAME, MAY_IDENTIFY, is_name, kind_of_identifier, shown
from amyloid.cohort.names import code_meant_by
from amyloid.cohort.reading.findings import Findings, advice, like, nearest, words
from amyloid.cohort.reading.table import (
    INVISIBLE,
    Codes,
    Column,
    Floats,
    Mask,
    Table,
    Texts,
    as_arrow,
    as_numpy,
    fold,
    gather,
)
from amyloid.cohort.schema import Field

PLAIN: Final = r"^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$"
_BOUND = "<=|>=|=<|=>|<|>|\u2264|\u2265"
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

MISSING_WORDS: Final = frozenset(words()["missing"])
YES: Final = frozenset(words()["yes"])
NO: Final = frozenset(words()["no"])


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

    value: Floats
    bound: Codes
    junk: Mask
    ambiguous: Mask


def numbers(column: Column, comma: bool | None = None) -> Numbers:
    """Parse the distinct texts of a column as numbers.

    `comma` says whether a comma is the decimal sign in this file; None where the file does not say.
    """
    plain = column.matching(PLAIN)
    bare = pc.utf8_ltrim(pc.take(column.stripped, as_arrow(np.flatnonzero(plain))), characters="+")
    value, bound = np.full(len(plain), np.nan), np.zeros(len(plain), np.int8)
    value[plain] = as_numpy(bare.cast(pa.float64()))
    for number in np.flatnonzero(~plain):
        pair = parse_number(column.texts[number].translate(_MINUS), comma)
        if pair is not None:
            value[number], bound[number] = pair
    ambiguous = np.zeros(len(plain), np.bool_)
    for possible, pattern in ((comma is not True, TWO_WAYS_COMMA), (comma is not False, TWO_WAYS_POINT)):
        if possible:
            ambiguous |= _typed(column, pattern)
    value[ambiguous | ~np.isfinite(value)] = np.nan
    return Numbers(value, bound, np.isnan(value) & ~column.blank_texts, ambiguous)


def _typed(column: Column, pattern: str) -> Mask:
    """Which of the distinct texts match a pattern, and do not come from numbers."""
    found = column.matching(pattern)
    if not column.exact:
        return found
    return found & np.array([text not in column.exact for text in column.texts], np.bool_)


def parse_number(text: str, comma: bool | None = None) -> tuple[float, int] | None:
    """Read one number, censored or not.

    The number and its bound; None when it is no number.
    """
    for sign, before in words()["bound_words"].items():
        text = like(before).sub(sign, text)
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
        return any(_typed(column, pattern).any() for column in columns)

    commas, points = some(CLEAR_COMMA), some(CLEAR_POINT)
    if not commas and not points and (some(TWO_WAYS_COMMA) or some(TWO_WAYS_POINT)):
        return None
    return commas and not points


def number_text(value: float | None) -> str:
    """Text of a number as a person would type it: a whole one without a point, none as blank."""
    if value is None or value != value:
        return ""
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)


def say_missing_words(table: Table, column: Column, field: Field, findings: Findings) -> Mask:
    """Say words such as ``NA`` and ``unknown`` that are read as a blank cell."""
    missing = np.array([text.casefold() in MISSING_WORDS for text in column.texts], np.bool_)
    findings.say("missing-word", table, column.mask_of(missing), column, name=field.name)
    return missing


MOST_CODES = 12
"""Words of one column that are offered with their place for a code."""

IN_IDS = r"[\x00-\x1f\x7f]"
IN_TEXTS = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]"
"""Control characters (regular expressions of RE2); a remark may have several lines, an id may not."""


def code_column(table: Table, field: Field, findings: Findings, *, mend: str = "") -> Codes:
    """Read a column of code words, by `words.toml` too.

    Number of the code word in `field.codes`; -1 where blank, or at fault, which has been said.
    """
    column = table.column(field.name)
    number = {word: position for position, word in enumerate(field.codes)}
    number |= {theirs: number[ours] for theirs, ours in words()[field.name].items()}
    codes = np.array([number.get(fold(text), -1) for text in column.texts], np.int8)
    wrong = (codes < 0) & ~column.blank_texts
    _offer_codes(column, field, wrong, findings)
    name, key, known = field.name, field.name.replace("_", "-"), ", ".join(field.codes)
    near = lambda row: f"{nearest(column.at(row).strip(), field.codes)} {mend}".strip()  # noqa: E731
    rows = column.mask_of(wrong)
    findings.say("unknown-{key}", table, rows, column, by=0, mend=near, key=key, name=name, codes=known)
    return gather(codes, column.codes)


def _offer_codes(column: Column, field: Field, wrong: Mask, findings: Findings) -> None:
    """Offer `[codes]` for the words of a column: with our word where it is clear, else to be filled in."""
    kind = "yes_no" if field.kind == "yes_no" else field.name
    for number in np.flatnonzero(wrong)[:MOST_CODES]:
        text = column.texts[number]
        ours = code_meant_by(fold(text) or text, kind)
        if ours:
            findings.propose(f"codes.{field.name}", text, ours)
        elif len(text) < 40 and not kind_of_identifier(text):
            findings.propose(f"codes.{field.name}", f"# {text}", "", f"{' or '.join(field.codes[:4])}?")


def yes_no_column(table: Table, field: Field, findings: Findings) -> Codes:
    """Read a column of yes and no.

    1 yes, 0 no, -1 not known.
    """
    column = table.column(field.name)
    typed = [text.casefold() for text in column.texts]
    codes = np.array([1 if word in YES else 0 if word in NO else -1 for word in typed], np.int8)
    missing = say_missing_words(table, column, field, findings)
    junk = (codes < 0) & ~missing & ~column.blank_texts
    _offer_codes(column, field, junk, findings)
    findings.say("not-yes-no-{name}", table, column.mask_of(junk), column, name=field.name)
    return gather(codes, column.codes)


def text_column(table: Table, name: str, findings: Findings) -> Texts:
    """Read a column of free text; control characters and persons' identifiers are refused.

    Text without spaces around it; None where blank.
    """
    column = table.column(name)
    check_text(table, column, findings)
    texts = np.array([text or None for text in column.texts], object)
    chosen: Texts = texts[column.codes] if len(texts) else np.zeros(0, object)
    return chosen


def check_text(table: Table, column: Column, findings: Findings) -> None:
    """Refuse control characters and what looks like a person's identifier."""
    is_id = column.known_as == "patient_id"
    controls = column.matching(IN_IDS if is_id else IN_TEXTS)
    findings.say("control-character", table, column.mask_of(controls), column)
    candidates = np.flatnonzero(as_numpy(pc.match_substring_regex(column.dictionary, MAY_IDENTIFY)))
    kinds = {code: kind for code in candidates if (kind := kind_of_identifier(column.texts[code]))}
    if is_id:
        names = np.flatnonzero(column.matching(MAY_BE_NAME))
        kinds |= {code: "a person's name" for code in names if is_name(column.texts[code])}
    personal = np.zeros(len(column.texts), np.bool_)
    personal[list(kinds)] = True
    rule, name = "identifier-id" if is_id else "identifier", column.title
    rows = column.mask_of(personal)
    findings.say(rule, table, rows, column, name=name, kind=lambda row: kinds[column.codes[row]])


def patient_rows(table: Table, ids: pa.StringArray, findings: Findings) -> Codes:
    """Find the patient of every row.

    Row in patients, -1 where there is none, which has been said.
    """
    column = table.columns["patient_id"]
    found = as_numpy(pc.fill_null(pc.index_in(column.stripped, value_set=ids), -1))
    of_text = np.where(column.blank_texts, np.int32(-1), found)
    if column.blank_texts.any():
        findings.say("blank-id", table, column.blank, column)
    unknown = (of_text < 0) & ~column.blank_texts
    if unknown.any() and pc.any(pc.not_equal(ids, "")).as_py():
        mend = _hints_of_ids([column.texts[code] for code in np.flatnonzero(unknown)], ids, findings)
        rows = column.mask_of(unknown)
        hint = lambda row: mend[column.texts[column.codes[row]]]  # noqa: E731
        findings.say("unknown-patient", table, rows, column, by=0, mend=hint)
    return gather(of_text, column.codes)


def _hints_of_ids(texts: list[str], ids: pa.StringArray, findings: Findings) -> dict[str, str]:
    """What to do about each unknown id; one that only zeros set apart from one of patients is offered."""
    known: dict[str, list[str]] = {}
    for one in filter(None, ids.to_pylist()):
        known.setdefault(_bare(one), []).append(one)
    hints, zeros = {}, ""
    for text in texts:
        typed = "".join(sign for sign in text if sign not in INVISIBLE)
        near = [] if kind_of_identifier(text) else known.get(_bare(typed), [])
        if typed in known.get(_bare(typed), []):
            hints[text] = advice("invisible", ours=typed)
        elif alike := [one for one in near if one.casefold() == typed.casefold()]:
            hints[text] = advice("other_capitals", ours=shown(alike[0]))
        elif near:
            zeros = zeros or advice("zeros", ours=shown(near[0]), theirs=shown(text))
            hints[text] = zeros
            if len(set(near)) == 1:
                findings.propose("codes.patient_id", text, near[0], "only zeros differ")
        else:
            hints[text] = advice("no_patient")
    return hints


def _bare(text: str) -> str:
    """An id without what programs add to numbers or take from them: zeros before it, and ``.0`` behind it."""
    return re.sub(r"^0+(?=.)|(?<=\d)\.0+$", "", text).casefold()
