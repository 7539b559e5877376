"""The value column of labs: numbers, immunofixation, NYHA class."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from amyloid.cohort.errors import shown
from amyloid.cohort.reading.arrays import gather
from amyloid.cohort.reading.cells import Numbers, numbers, parse_number
from amyloid.cohort.reading.findings import Findings
from amyloid.cohort.reading.numeric import number_hint
from amyloid.cohort.reading.table import Column, Mask, Table
from amyloid.cohort.schema import TEST_DETAILS, TESTS

_NAMES = tuple(TESTS)
_POLARITY = MappingProxyType(
    {
        "positive": 1.0,
        "pos": 1.0,
        "+": 1.0,
        "negative": 0.0,
        "neg": 0.0,
        "-": 0.0,
        "\u2212": 0.0,
        "\u2013": 0.0,
    }
)


_NYHA = MappingProxyType({"i": 1.0, "ii": 2.0, "iii": 3.0, "iv": 4.0})


_SCALES = np.array(
    [
        3 if test.unit == "%" else {"number": 0, "immunofixation": 1, "nyha": 2}[test.scale]
        for test in TEST_DETAILS.values()
    ],
    np.int32,
)


def read_values(
    table: Table, test: NDArray[np.int8], used: Mask, comma: bool | None, findings: Findings
) -> tuple[NDArray[np.float64], NDArray[np.int8]]:
    """Read the value of every row on the scale of its test.

    Parameters
    ----------
    table : Table
    test : numpy.ndarray of int8
        Number of the test in `schema.TESTS`, -1 for a test that is not used.
    used : numpy.ndarray of bool
        Rows of a test that is used.
    comma : bool or None
        Whether decimals are written with a comma.
    findings : Findings

    Returns
    -------
    (value, bound)
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
        _propose_blanks(column, test, wrong, findings)
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
        return (
            f"Expected a number in {TESTS[test]}; where the word stands for a missing result, write "
            f'[codes.value] {shown(text)} = "" in mapping.toml.'
        )
    return number_hint(column, row, parsed, TESTS[test], bounds=True)


def _propose_blanks(column: Column, test: NDArray[np.int8], wrong: Mask, findings: Findings) -> None:
    """Offer to read words that stand where a number is expected as blank."""
    counts = np.bincount(column.codes[wrong & (_SCALES[test] != 1)], minlength=len(column.texts))
    for number in np.flatnonzero(counts):
        text = column.texts[number]
        if text and text[0].isalpha() and not any(sign.isdigit() for sign in text):
            rows = f"{counts[number]} rows; only where it stands for a missing result"
            findings.propose("codes.value", text, "", rows)
