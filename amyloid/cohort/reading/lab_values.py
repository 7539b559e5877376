"""The value column of labs: numbers, immunofixation, NYHA class."""

from __future__ import annotations

import re
from dataclasses import replace
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from amyloid.cohort.names import code_meant_by
from amyloid.cohort.reading.cells import Numbers, numbers, parse_number
from amyloid.cohort.reading.columns import MOST_CODES
from amyloid.cohort.reading.findings import Findings
from amyloid.cohort.reading.numeric import number_hint, offer_numbers
from amyloid.cohort.reading.table import Column, Mask, Table, fold, gather
from amyloid.cohort.schema import TEST_DETAILS, TESTS

_NAMES = tuple(TESTS)
_POLARITY = MappingProxyType(
    dict.fromkeys(("positive", "pos", "+"), 1.0)
    | dict.fromkeys(("negative", "neg", "-", "\u2212", "\u2013"), 0.0)
)
_NYHA = MappingProxyType({"i": 1.0, "ii": 2.0, "iii": 3.0, "iv": 4.0})


_SCALES = np.array(
    [
        3 if test.unit == "%" else {"number": 0, "immunofixation": 1, "nyha": 2}[test.scale]
        for test in TEST_DETAILS.values()
    ],
    np.int32,
)
BOUNDS: Final = MappingProxyType(
    dict.fromkeys(("<", "<=", "=<", "\u2264", "lt", "le", "&lt;"), -1)
    | dict.fromkeys((">", ">=", "=>", "\u2265", "gt", "ge", "&gt;"), 1)
    | dict.fromkeys(("=", "eq", ""), 0)
)


def read_values(
    table: Table, test: NDArray[np.int8], used: Mask, comma: bool | None, findings: Findings
) -> tuple[NDArray[np.float64], NDArray[np.int8]]:
    """Read the value of every row on the scale of its test.

    In the unit as typed; NaN where blank, or at fault, which has been said.
    """
    column = table.columns["value"]
    if not table.n_rows:
        return np.zeros(0), np.zeros(0, np.int8)
    parsed = numbers(column, comma)
    n_texts = len(parsed.value)
    percent = _with_percent(column, parsed, comma)
    on_scales = (parsed.value, _in_words(column, parsed, _POLARITY), _classes(column, parsed), percent.value)
    entry = gather(_SCALES * n_texts, np.maximum(test, 0)) + column.codes
    value = gather(np.concatenate(on_scales), entry)
    bound = np.zeros(len(value), np.int8)
    if parsed.bound.any() or percent.bound.any():
        nothing = np.zeros(2 * n_texts, np.int8)
        bound = gather(np.concatenate([parsed.bound, nothing, percent.bound]), entry)
    blank = used & column.blank
    findings.say("blank-value", table, blank, column, by=test, test=lambda row: _NAMES[test[row]])
    wrong = used & np.isnan(value) & ~blank
    findings.say(
        "not-a-value",
        table,
        wrong,
        column,
        by=test,
        test=lambda row: _NAMES[test[row]],
        mend=lambda row: _value_hint(column, row, parsed, _NAMES[test[row]]),
    )
    if wrong.any():
        _propose_words(column, test, wrong, findings)
    return value, bound


def _with_percent(column: Column, parsed: Numbers, comma: bool | None) -> Numbers:
    """The numbers of tests in percent, where ``7%`` is a number too."""
    value, bound = parsed.value.copy(), parsed.bound.copy()
    for number in np.flatnonzero(np.isnan(parsed.value)):
        text = column.texts[number]
        pair = parse_number(text[:-1].rstrip(), comma) if text.endswith("%") else None
        if pair is not None:
            value[number], bound[number] = pair
    return replace(parsed, value=value, bound=bound)


def _in_words(column: Column, parsed: Numbers, words: MappingProxyType[str, float]) -> NDArray[np.float64]:
    """Distinct texts that are no numbers by a list of words; NaN for others."""
    value = np.full(len(parsed.value), np.nan)
    for number in np.flatnonzero(np.isnan(parsed.value)):
        value[number] = words.get(column.texts[number].casefold(), np.nan)
    return value


def _classes(column: Column, parsed: Numbers) -> NDArray[np.float64]:
    """Distinct texts as NYHA class, 1 to 4, in Roman or Arabic numerals."""
    arabic = np.isin(parsed.value, (1.0, 2.0, 3.0, 4.0)) & (parsed.bound == 0)
    return np.where(arabic, parsed.value, _in_words(column, parsed, _NYHA))


def _value_hint(column: Column, row: int, parsed: Numbers, test: str) -> str:
    scale = TEST_DETAILS[test].scale
    if scale == "immunofixation":
        return "Expected positive or negative."
    if scale == "nyha":
        return "Expected one class: I, II, III or IV."
    text = column.at(row).strip()
    if not any(sign.isdigit() or sign in "<>=#" for sign in text):
        section, zero = (
            ("value", "") if not code_meant_by(fold(text) or text, "polarity") else (test, "0 or ")
        )
        return (
            f"Expected a number in {TESTS[test]}; [codes.{section}] in mapping.toml may say "
            f"what the word stands for: {zero}a missing result."
        )
    return number_hint(column, row, parsed, TESTS[test], bounds=True)


def _propose_words(column: Column, test: NDArray[np.int8], wrong: Mask, findings: Findings) -> None:
    """Offer what a word means: positive or negative, or blank where a number is expected."""
    for number in np.unique(test[wrong]):
        rows = wrong & (test == number)
        counts = np.bincount(column.codes[rows], minlength=len(column.texts))
        words = {column.texts[code]: counts[code] for code in np.flatnonzero(counts)}
        if TEST_DETAILS[_NAMES[number]].scale == "immunofixation":
            _offer_polarity(_NAMES[number], words, findings)
        elif TEST_DETAILS[_NAMES[number]].scale == "nyha":
            _offer_classes(words, findings)
        else:
            _offer_blanks(_NAMES[number], words, findings)
            offer_numbers(column, list(words), findings)


def _offer_polarity(test: str, words: dict[str, int], findings: Findings) -> None:
    for text, count in list(words.items())[:MOST_CODES]:
        ours = code_meant_by(fold(text) or text, "polarity")
        if ours:
            findings.propose(f"codes.{test}", text, ours, f"{count} rows")
        else:
            findings.propose(f"codes.{test}", f"# {text}", "", f"{count} rows; positive or negative?")


def _offer_classes(words: dict[str, int], findings: Findings) -> None:
    for text, count in list(words.items())[:MOST_CODES]:
        found = re.fullmatch(r"(?:nyha|class|klasse|grade|stadium|stade|_)*(i{1,3}|iv|[1-4])", fold(text))
        meant = found.group(1).upper() if found else ""
        findings.propose("codes.nyha_class", text if meant else f"# {text}", meant, f"{count} rows")


def _offer_blanks(test: str, words: dict[str, int], findings: Findings) -> None:
    """Offer to read words that stand where a number is expected as blank, not one that means 0."""
    for text, count in words.items():
        if any(sign.isdigit() for sign in text):
            continue
        if code_meant_by(fold(text) or text, "polarity"):
            why = f'{count} rows; "0" where nothing was found, "" where it is not known'
            findings.propose(f"codes.{test}", f"# {text}", "", why)
        elif text[0].isalpha():
            findings.propose(
                "codes.value", text, "", f"{count} rows; only where it stands for a missing result"
            )


def with_comparator(
    table: Table, bound: NDArray[np.int8], used: Mask, findings: Findings
) -> NDArray[np.int8]:
    """Bound of every value from the column `comparator`, where the value itself has no sign."""
    column = table.columns.get("comparator")
    if column is None or column.blank_texts.all():
        return bound
    signs = np.array([BOUNDS.get(text.casefold(), 9) for text in column.texts], np.int8)
    beside = gather(signs, column.codes)
    wrong = used & ((beside == 9) | ((beside != 0) & (bound != 0) & (beside != bound)))
    findings.say("comparator", table, wrong, column)
    return np.where((bound == 0) & ~wrong, beside, bound)
