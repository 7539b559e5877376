"""Columns of numbers: what a text means, and limits within which a number can be true."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from amyloid.cohort.reading.cells import (
    CLEAR_COMMA,
    CLEAR_POINT,
    Numbers,
    numbers,
    uses_decimal_comma,
    with_point,
)
from amyloid.cohort.reading.columns import say_missing_words
from amyloid.cohort.reading.findings import Findings
from amyloid.cohort.reading.table import Column, Table, gather
from amyloid.cohort.schema import TABLES, Field


def decimal_comma(table: Table, names: tuple[str, ...]) -> bool | None:
    """Whether this table writes decimals with a comma; None where it does not say."""
    if table.decimal:
        return table.decimal == ","
    comma = uses_decimal_comma([table.columns[name] for name in names if name in table.columns])
    return False if comma and not table.decimal_comma_possible else comma


def known_texts(table: Table) -> dict[str, list[str]]:
    """Return the distinct texts of each known column, as typed but with decimal points, by our names."""
    fields = [TABLES[table.name].field(name) for name in TABLES[table.name].names if name in table.columns]
    numeric = tuple(field.name for field in fields if field.kind in ("number", "test_value"))
    texts = {field.name: table.columns[field.name].texts for field in fields}
    for name in numeric if decimal_comma(table, numeric) else ():
        texts[name] = [with_point(text) for text in texts[name]]
    return texts


def number_column(
    table: Table, field: Field, findings: Findings, comma: bool | None, *, missing_words: bool = False
) -> NDArray[np.float64]:
    """Read a column of numbers and check it against the limits of its field.

    NaN where the cell is blank, or at fault, which has been said.
    """
    column = table.columns.get(field.name)
    if column is None:
        return np.full(table.n_rows, np.nan)
    column = _without_own_unit(table, column, field, findings)
    parsed = numbers(column, comma)
    junk = parsed.junk
    if missing_words and junk.any():
        junk = junk & ~say_missing_words(table, column, field, findings)
    wrong = junk | (parsed.bound != 0)
    findings.say(
        "not-a-number",
        table,
        column.mask_of(wrong),
        column,
        by=0,
        name=field.name,
        mend=lambda row: number_hint(column, row, parsed, field.unit),
    )
    typed = [column.texts[number] for number in np.flatnonzero(wrong)]
    offer_numbers(column, typed, findings)
    for text in typed[:20]:
        if re.fullmatch(r"[\d.,]+\s*\w+/.*", text):
            findings.propose(f"codes.{field.name}", text, "", "no amount; left out")
    value = np.where(wrong, np.nan, parsed.value)
    _say_codes(table, column, field, value, findings)
    value = _within_limits(table, column, field, value, findings)
    return gather(value, column.codes)


OWN_UNITS = {
    "age": r"y|yrs?|years?|y/?o|y\.o\.|j|jahre?|a|ans?|a\u00f1os|anni",
    "dose_mg": "mg",
    "line": r"(?:(?:st|nd|rd|th|\.)\s*)?(?:line|linie|ligne|linea|l)|st|nd|rd|th",
    "days_per_cycle": "d|days?|tage?|jours?",
}
"""Column -> how the unit that it is in is written behind a number."""


def _without_own_unit(table: Table, column: Column, field: Field, findings: Findings) -> Column:
    """Read ``63y`` as 63 in a column of years, which is said."""
    own = re.compile(rf"(\d[\d.,]*)\s*(?:{OWN_UNITS.get(field.name, '(?!)')})\.?", re.I)
    words = {text: found.group(1) for text in column.texts if (found := own.fullmatch(text))}
    if not words:
        return column
    rows = column.mask_of(np.array([text in words for text in column.texts], np.bool_))
    findings.say("own-unit", table, rows, column, name=field.name)
    return column.with_texts([words.get(text, text) for text in column.texts])


_SIGN = r"[<>=\u2264\u2265\s]*"
SPACES = r"\s\u00a0\u202f\u2009"
THOUSANDS = rf"{_SIGN}\d{{1,3}}(([\s'\u2019])\d{{3}})+([.,]\d+)?"
_FLAG = r"\(?(?:HH?|LL?|N|AA?|HI|LO|!{1,2}|\*{1,3}|#|[\u2191\u2193\u25b2\u25bc])\)?"
FLAGGED = rf"(?:({_FLAG}|\+)\s+)?{_SIGN}[\d.,]+\s*({_FLAG})?"
"""A number with a sign of thousands; one with what laboratories write beside it."""
HINTS = (
    (r"[<>\u2264\u2265]=?", "Write the limit behind the sign, such as <1.5."),
    (r"=.*", "It is a formula; paste its value."),
    (r"##.*", "The spreadsheet's column was too narrow; widen it and export again."),
    (r"#.*", "It is a formula's error; mend it or leave the cell blank."),
    (rf"{_SIGN}\d+\s*:\s*\d+", "It is a dilution (titer), not a concentration; leave the cell blank."),
    (r"\d{4}-\d\d-\d\d", "It is a date; a spreadsheet may have made it from a number."),
    (r"[\d.,]+\s*[-\u2013]\s*[\d.,]+", "A range is not a value; write one number."),
    (
        THOUSANDS,
        "It holds a sign for thousands ({sign}); write the digits together, or name it in mapping.toml: "
        "[numbers] thousands.",
    ),
    (FLAGGED, "Write the number alone, or name what stands beside it in mapping.toml: [numbers] flags."),
    (r"[\d.,]+\s*%", "It is a percentage, perhaps by the cell's format; write the number in its unit."),
    (
        rf"{_SIGN}[\d.,]+\s*[A-Za-z\u00b5\u03bc]*[/%].*",
        "The unit belongs in the column unit, the number alone in value.",
    ),
    (
        rf"[*!]?{_SIGN}[\d.,]+[\s*!(]*[^\W\d]*[*!)]*",
        "Write the number alone, without unit, letters or spaces.",
    ),
)
"""What a text that is no number looks like, and the mend; the first one that fits is said."""


def number_hint(column: Column, row: int, parsed: Numbers, unit: str, *, bounds: bool = False) -> str:
    """Say how to mend a text that is no number; `bounds` where censored values are possible."""
    text = column.at(row).strip()
    if parsed.ambiguous[column.codes[row]] or ("," in text and text.replace(",", "").isdigit()):
        if text.count(",") == 1 and not parsed.ambiguous[column.codes[row]]:
            return "Write decimals with a point, or say [numbers] decimal in mapping.toml."
        return (
            "It can be read in two ways; write decimals with a point and no sign for thousands, "
            "or say [numbers] decimal in mapping.toml."
        )
    if not bounds and text[:1] in "<>" and text[1:].strip():
        return "A censored value is only possible in the value column of labs."
    if not bounds and re.fullmatch(r"[\d.,]+\s*\w+/.*", text):
        return "It is a rate, not an amount; write the amount, or leave the cell blank."
    for pattern, mend in HINTS:
        if re.fullmatch(pattern, text):
            signs = {sign for sign in text if not (sign.isdigit() or sign in "<>=\u2264\u2265.,")}
            named = " ".join(f"U+{ord(sign):04X}" for sign in sorted(signs))
            return mend.format(sign=named)
    return f"Expected a number{f' in {unit}' if unit else ''}; leave the cell blank where it is not known."


def offer_numbers(column: Column, texts: list[str], findings: Findings) -> None:
    """Offer `[numbers]` for texts that are numbers with a sign of thousands, or with flags beside them."""
    flags: dict[str, None] = {}
    points = any(re.match(CLEAR_POINT, text) for text in column.texts)
    for text in texts:
        if not points and re.match(CLEAR_COMMA, text):
            findings.propose("numbers", "decimal", ",")
        if found := re.fullmatch(THOUSANDS, text):
            findings.propose("numbers", "thousands", "'" if found.group(2) in "'\u2019" else " ")
        elif found := re.fullmatch(FLAGGED, text):
            flags |= dict.fromkeys(flag for flag in found.groups() if flag)
    if flags:
        findings.propose_more("numbers", "flags", list(flags), "what stands beside numbers; read without it")


def _say_codes(
    table: Table, column: Column, field: Field, value: NDArray[np.float64], findings: Findings
) -> None:
    """Say a number such as 99 that comes more often than others, or far above them."""
    likely = np.array([bool(re.fullmatch(r"9{2,6}|8{3,6}|7{3,6}", text)) for text in column.texts], np.bool_)
    if not likely.any():
        return
    counts = np.bincount(column.codes, minlength=len(column.texts))
    others = ~likely & ~np.isnan(value)
    often = counts >= counts[others].max(initial=0)
    codes = likely & (counts > 1) & (often | (value > 1.15 * value[others].max(initial=0)))
    findings.say("repeated-code/column", table, column.mask_of(codes), column, name=field.name)


def _within_limits(
    table: Table, column: Column, field: Field, value: NDArray[np.float64], findings: Findings
) -> NDArray[np.float64]:
    low, likely_low = (-np.inf if limit is None else limit for limit in (field.low, field.likely_low))
    high, likely_high = (np.inf if limit is None else limit for limit in (field.high, field.likely_high))
    with np.errstate(invalid="ignore"):
        refused = (value < low) | (value > min(high, 10 * likely_high)) | (np.signbit(value) & (low >= 0))
        unlikely = (value < likely_low) | (value > likely_high)
        year = (value >= 1900) & (value <= 2100) & (field.name == "age")
        broken = ~refused & ~np.isnan(value) & (value % 1 != 0) & field.whole
    most = f"{likely_high if field.high is None else high:g}"
    limits = f"{low:g} to {most} {field.unit}".rstrip()
    findings.say("birth-year", table, column.mask_of(year), column)
    impossible = column.mask_of(refused & ~year)
    findings.say("out-of-range", table, impossible, column, name=field.name, limits=limits)
    findings.say("out-of-range/whole", table, column.mask_of(broken), column, name=field.name)
    findings.say("unlikely", table, column.mask_of(unlikely & ~refused), column, name=field.name)
    return np.where(refused | broken, np.nan, value)
