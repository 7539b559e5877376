"""Columns of numbers and the values of tests: what a text means, and within which limits it can be true."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

import numpy as np

from amyloid.cohort.names import code_meant_by
from amyloid.cohort.reading.columns import (
    CLEAR_COMMA,
    CLEAR_POINT,
    MOST_CODES,
    Numbers,
    numbers,
    parse_number,
    say_missing_words,
    uses_decimal_comma,
    with_point,
)
from amyloid.cohort.reading.findings import Findings, advice, hint, like, words
from amyloid.cohort.reading.table import Codes, Column, Floats, Mask, Table, fold, gather
from amyloid.cohort.schema import TABLES, TEST_DETAILS, TESTS, Field


def numeric_columns(table: Table) -> dict[str, Column]:
    """Columns of numbers that the table has, by our names."""
    names = [field.name for field in TABLES[table.name].fields if field.kind in ("number", "test_value")]
    return {name: table.columns[name] for name in names if name in table.columns}


def decimal_comma(table: Table) -> bool | None:
    """Whether this table writes decimals with a comma; None where it does not say."""
    if table.decimal:
        return table.decimal == ","
    comma = uses_decimal_comma(list(numeric_columns(table).values()))
    return False if comma and not table.decimal_comma_possible else comma


def known_texts(table: Table) -> dict[str, list[str]]:
    """Return the distinct texts of each known column, as typed but with decimal points, by our names."""
    names = [name for name in TABLES[table.name].names if name in table.columns]
    texts = {name: table.columns[name].texts for name in names}
    for name, column in numeric_columns(table).items() if decimal_comma(table) else ():
        texts[name] = [with_point(text) for text in column.texts]
    return texts


def number_column(table: Table, field: Field, findings: Findings) -> Floats:
    """Read a column of numbers and check it against the limits of its field.

    NaN where the cell is blank, or at fault, which has been said.
    """
    column = _without_own_unit(table, table.column(field.name), field, findings)
    parsed = numbers(column, table.comma)
    wrong = parsed.junk | (parsed.bound != 0)
    if parsed.junk.any():
        wrong &= ~say_missing_words(table, column, field, findings)
    mend = lambda row: number_hint(column, row, parsed, field.unit)  # noqa: E731
    findings.say("not-a-number", table, column.mask_of(wrong), column, by=0, name=field.name, mend=mend)
    typed = [column.texts[number] for number in np.flatnonzero(wrong)]
    offer_numbers(column, typed, findings)
    for text in typed[:20]:
        if re.fullmatch(r"[\d.,]+\s*\w+/.*", text):
            findings.propose(f"codes.{field.name}", text, "", "no amount; left out")
    value = np.where(wrong, np.nan, parsed.value)
    _say_codes(table, column, field, value, findings)
    value = _within_limits(table, column, field, value, findings)
    return gather(value, column.codes)


def _without_own_unit(table: Table, column: Column, field: Field, findings: Findings) -> Column:
    """Read ``63y`` as 63 in a column of years, which is said."""
    unit = words()["own_unit"].get(field.name, "(?!)")
    own = re.compile(rf"(\d[\d.,]*)\s*(?:{unit})\.?", re.I)
    bare = {text: found.group(1) for text in column.texts if (found := own.fullmatch(text))}
    if not bare:
        return column
    rows = column.mask_of(np.array([text in bare for text in column.texts], np.bool_))
    findings.say("own-unit", table, rows, column, name=field.name)
    return column.changed(lambda text: bare.get(text, text))


SPACES = r"\s\u00a0\u202f\u2009"


def number_hint(column: Column, row: int, parsed: Numbers, unit: str, *, bounds: bool = False) -> str:
    """Say how to mend a text that is no number; `bounds` where censored values are possible."""
    text, ambiguous = column.at(row).strip(), parsed.ambiguous[column.codes[row]]
    commas = text.count(",") if text.replace(",", "").isdigit() else 0
    if commas or ambiguous:
        return advice("comma" if commas == 1 and not ambiguous else "two_ways")
    if mend := hint(text, *(() if bounds else ("no_bound",)), "no_number"):
        signs = {sign for sign in text if not (sign.isdigit() or sign in "<>=\u2264\u2265.,")}
        return mend.format(sign=" ".join(f"U+{ord(sign):04X}" for sign in sorted(signs)))
    return f"Expected a number{f' in {unit}' if unit else ''}; leave the cell blank where it is not known."


def offer_numbers(column: Column, texts: list[str], findings: Findings) -> None:
    """Offer `[numbers]` for texts that are numbers with a sign of thousands, or with flags beside them."""
    flags: dict[str, None] = {}
    points = any(re.match(CLEAR_POINT, text) for text in column.texts)
    for text in texts:
        if not points and re.match(CLEAR_COMMA, text):
            findings.propose("numbers", "decimal", ",")
        if found := like("<thousands>").fullmatch(text):
            findings.propose("numbers", "thousands", "'" if found.group(2) in "'\u2019" else " ")
        elif found := like("<flagged>").fullmatch(text):
            flags |= dict.fromkeys(flag for flag in found.groups() if flag)
    if flags:
        findings.propose_more("numbers", "flags", list(flags), "what stands beside numbers; read without it")


def _say_codes(table: Table, column: Column, field: Field, value: Floats, findings: Findings) -> None:
    """Say a number such as 99 that comes more often than others, or far above them."""
    likely = np.array([bool(re.fullmatch(r"9{2,6}|8{3,6}|7{3,6}", text)) for text in column.texts], np.bool_)
    if not likely.any():
        return
    counts = np.bincount(column.codes, minlength=len(column.texts))
    others = ~likely & ~np.isnan(value)
    often = counts >= counts[others].max(initial=0)
    codes = likely & (counts > 1) & (often | (value > 1.15 * value[others].max(initial=0)))
    findings.say("repeated-code/column", table, column.mask_of(codes), column, name=field.name)


def _within_limits(table: Table, column: Column, field: Field, value: Floats, findings: Findings) -> Floats:
    low, likely_low = (-np.inf if limit is None else limit for limit in (field.low, field.likely_low))
    high, likely_high = (np.inf if limit is None else limit for limit in (field.high, field.likely_high))
    refused = (value < low) | (value > min(high, 10 * likely_high)) | (np.signbit(value) & (low >= 0))
    unlikely = (value < likely_low) | (value > likely_high)
    year = (value >= 1900) & (value <= 2100) & (field.name == "age")
    broken = ~refused & ~np.isnan(value) & (value % 1 != 0) & field.whole
    most = f"{likely_high if field.high is None else high:g}"
    limits = f"{low:g} to {most} {field.unit}".rstrip()
    name, impossible = field.name, column.mask_of(refused & ~year)
    findings.say("birth-year", table, column.mask_of(year), column)
    findings.say("out-of-range", table, impossible, column, name=name, limits=limits)
    findings.say("out-of-range/whole", table, column.mask_of(broken), column, name=name)
    findings.say("unlikely", table, column.mask_of(unlikely & ~refused), column, name=name)
    return np.where(refused | broken, np.nan, value)


_NAMES = tuple(TESTS)
_SCALES: Final = ("number", "immunofixation", "nyha", "percent")
_SCALE_OF_TEST = np.array(
    [_SCALES.index("percent" if test.unit == "%" else test.scale) for test in TEST_DETAILS.values()], np.int32
)


def numbers_of(section: str) -> dict[str, float]:
    """Words of a section of `words.toml` -> the number that they stand for."""
    return {word: float(number) for number, of_number in words()[section].items() for word in of_number}


def named(test: Codes) -> Callable[[int], str]:
    """The name of the test of one row."""
    return lambda row: _NAMES[int(test[row])]


def read_values(table: Table, test: Codes, findings: Findings) -> tuple[Floats, Codes]:
    """Read the value of every row on the scale of its test.

    In the unit as typed; NaN where blank, or at fault, which has been said.
    """
    column, used = table.columns["value"], test >= 0
    parsed = numbers(column, table.comma)
    values, bounds = _on_scales(column, parsed, table.comma)
    entry = gather(_SCALE_OF_TEST * len(parsed.value), np.maximum(test, 0)) + column.codes
    value = gather(values.ravel(), entry)
    bound = gather(bounds.ravel(), entry) if bounds.any() else np.zeros(len(value), np.int8)
    blank = used & column.blank
    wrong = used & np.isnan(value) & ~blank
    name = named(test)
    mend = lambda row: _value_hint(column, row, parsed, name(row))  # noqa: E731
    findings.say("blank-value", table, blank, column, by=test, test=name)
    findings.say("not-a-value", table, wrong, column, by=test, test=name, mend=mend)
    for number in np.unique(test[wrong]):
        counts = np.bincount(column.codes[wrong & (test == number)], minlength=len(column.texts))
        of_texts = {column.texts[code]: int(counts[code]) for code in np.flatnonzero(counts)}
        _offer_words(column, _NAMES[number], of_texts, findings)
    return value, _with_comparator(table, bound, used, findings)


def _on_scales(column: Column, parsed: Numbers, comma: bool | None) -> tuple[Floats, Codes]:
    """Value and bound of each distinct text, one row for each of `_SCALES`; NaN where it is none of it."""
    values = np.full((len(_SCALES), len(parsed.value)), np.nan)
    bounds = np.zeros(values.shape, np.int8)
    _, polarity, classes, percent = values
    values[[0, 3]], bounds[[0, 3]] = parsed.value, parsed.bound
    arabic = np.isin(parsed.value, (1.0, 2.0, 3.0, 4.0)) & (parsed.bound == 0)
    classes[arabic] = parsed.value[arabic]
    positive, class_of = numbers_of("immunofixation"), numbers_of("nyha")
    for number in np.flatnonzero(np.isnan(parsed.value)):
        text = column.texts[number].casefold()
        polarity[number], classes[number] = positive.get(text, np.nan), class_of.get(text, np.nan)
        pair = parse_number(text[:-1].rstrip(), comma) if text.endswith("%") else None
        if pair is not None:
            percent[number], bounds[3, number] = pair
    return values, bounds


def _value_hint(column: Column, row: int, parsed: Numbers, test: str) -> str:
    match TEST_DETAILS[test].scale:
        case "immunofixation":
            return "Expected positive or negative."
        case "nyha":
            return "Expected one class: I, II, III or IV."
    text = column.at(row).strip()
    if any(sign.isdigit() or sign in "<>=#" for sign in text):
        return number_hint(column, row, parsed, TESTS[test], bounds=True)
    section, zero = (test, "0 or ") if _polarity(text) else ("value", "")
    return advice("word_for_number", unit=TESTS[test], section=section, zero=zero)


def _polarity(text: str) -> str:
    """What a word means as a result of immunofixation; empty where it means nothing."""
    return code_meant_by(fold(text) or text, "polarity")


_CLASS = re.compile(r"(?:nyha|class|klasse|grade|stadium|stade|_)*(i{1,3}|iv|[1-4])")


def _offer_words(column: Column, test: str, counts: dict[str, int], findings: Findings) -> None:
    """Offer what words mean: positive or negative, a class, or blank where a number is expected."""
    scale = TEST_DETAILS[test].scale
    for text, count in list(counts.items())[: None if scale == "number" else MOST_CODES]:
        why = f"{count} rows"
        if scale == "immunofixation" and (meant := _polarity(text)):
            findings.propose(f"codes.{test}", text, meant, why)
        elif scale == "immunofixation":
            findings.propose(f"codes.{test}", f"# {text}", "", f"{why}; positive or negative?")
        elif scale == "nyha":
            found = _CLASS.fullmatch(fold(text))
            meant = found.group(1).upper() if found else ""
            findings.propose("codes.nyha_class", text if meant else f"# {text}", meant, why)
        elif any(sign.isdigit() for sign in text):
            continue
        elif _polarity(text):
            why = f'{why}; "0" where nothing was found, "" where it is not known'
            findings.propose(f"codes.{test}", f"# {text}", "", why)
        elif text[0].isalpha():
            findings.propose("codes.value", text, "", f"{why}; only where it stands for a missing result")
    if scale == "number":
        offer_numbers(column, list(counts), findings)


def _with_comparator(table: Table, bound: Codes, used: Mask, findings: Findings) -> Codes:
    """Bound of every value from the column `comparator`, where the value itself has no sign."""
    column = table.column("comparator")
    if column.blank_texts.all():
        return bound
    bounds = numbers_of("bound")
    signs = np.array([bounds.get(text.casefold(), 9) for text in column.texts], np.int8)
    beside = gather(signs, column.codes)
    wrong = used & ((beside == 9) | ((beside != 0) & (bound != 0) & (beside != bound)))
    findings.say("comparator", table, wrong, column)
    return np.where((bound == 0) & ~wrong, beside, bound)
