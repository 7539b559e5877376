"""Values that cannot or can hardly be true, units wrong in a file, a patient or a sample, swapped chains."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow.compute as pc

from amyloid.cohort.names import probable_test
from amyloid.cohort.reading.card import Card
from amyloid.cohort.reading.columns import numbers
from amyloid.cohort.reading.findings import Findings
from amyloid.cohort.reading.labs import MONTH_SPAN, LabOrder, Labs
from amyloid.cohort.reading.patients import Patients
from amyloid.cohort.reading.table import CODE_NUMBERS, Codes, Floats, Mask, Rows, as_numpy, fold, gather
from amyloid.cohort.schema import CONVERSIONS, LIGHT_CHAINS, TEST_DETAILS, TESTS

SURELY_WRONG = 10.0
"""A value so many times above what is likely is refused (project's choice)."""

NEAR = 0.0102
"""Values so near to 99 or 999, as a share of it, show that such values do occur."""

ENOUGH_ROWS = 5
"""Fewer values say nothing about a whole file."""

LOW_INVOLVED_FLC_MG_L = 30.0
"""A lower median of the involved free light chain at baseline is probably in mg/dL."""

FAR_BELOW = 2.0
FAR_ABOVE = 5.0
"""An uninvolved chain so many times outside its normal range at baseline is probably in another unit."""

TEN_TIMES = (5.0, 20.0)
"""Both chains of one visit so many times lower or higher than before and after: mg/dL is ten times mg/L."""

_NAMES = tuple(TESTS)
CHAINS = tuple(f"{chain}_flc" for chain in LIGHT_CHAINS)
_TESTS = tuple(TEST_DETAILS.values())
_LIKELY_LOW = np.array([test.likely_low for test in _TESTS])
_LIKELY_HIGH = np.array([test.likely_high for test in _TESTS])
_HIGH = np.array([np.inf if test.high is None else test.high for test in _TESTS])
_NO_ZERO = np.array([not test.zero_allowed for test in _TESTS])
_UNSIGNED = np.array([not test.signed for test in _TESTS])


def check_values(labs: Labs, patients: Patients, findings: Findings) -> None:
    """Check the values of all tests against what is possible and likely."""
    known = ~np.isnan(labs.value) & (labs.test >= 0)
    chains = (labs.test[known] < len(LIGHT_CHAINS)).any()
    texts = labs.table.columns["test"].texts
    if known.any() and not chains and not any(probable_test(fold(text)) in CHAINS for text in texts):
        findings.say("no-light-chains", labs.table)
    outside = _outside(labs, known)
    unlikely = _say_impossible(labs, outside, findings)
    for test in np.unique(labs.test[unlikely]):
        if _say_whole_file(labs, known, outside, int(test), findings):
            unlikely = unlikely[labs.test[unlikely] != test]
    _say_unlikely(labs, unlikely, findings)
    _say_low_light_chains(labs, patients, known, findings)
    _say_codes(labs, findings)
    marrow = known & (labs.test == _NAMES.index("marrow_plasma_cells"))
    if np.count_nonzero(marrow) > 2 and labs.value[marrow].max() < 1:
        findings.say("share", labs.table, marrow, labs.table.columns["value"])


def _outside(labs: Labs, known: Mask) -> Rows:
    """Rows with a value outside the likely limits of its test, or typed as below or minus zero."""
    every = np.maximum(labs.test, 0)
    outside = labs.value < gather(_LIKELY_LOW, every)
    outside |= labs.value > gather(_LIKELY_HIGH, every)
    outside |= _below_zero(labs.value, labs.bound)
    return np.flatnonzero(outside & known)


def _below_zero(value: Floats, bound: Codes) -> Mask:
    """Values below zero: negative, minus zero, or an upper limit of zero."""
    return np.asarray(np.signbit(value) | ((value == 0) & (bound < 0)))


def _say_impossible(labs: Labs, rows: Rows, findings: Findings) -> Rows:
    """Of the rows outside the limits, say those that cannot be true; return those that can hardly be."""
    value, test, bound = labs.value[rows], labs.test[rows], labs.bound[rows]
    below, zero, high = _below_zero(value, bound), value == 0, value > _LIKELY_HIGH[test]
    impossible = (below & _UNSIGNED[test]) | (zero & _NO_ZERO[test]) | (high & (value > _HIGH[test]))
    for rule, chosen in (
        ("impossible-value/negative", below),
        ("impossible-value/zero", zero & ~below),
        ("impossible-value/high", ~zero & ~below),
    ):
        column = labs.table.columns["value"]
        findings.say(rule, labs.table, rows[impossible & chosen], column, test=labs.tested)
    unlikely: Rows = rows[~impossible & (high | (bound >= 0))]
    return unlikely


def _say_whole_file(labs: Labs, known: Mask, outside: Rows, test: int, findings: Findings) -> bool:
    """Say it once when the values of a test as a whole look like another unit."""
    rows = known & (labs.test == test)
    details = _TESTS[test]
    n_rows = np.count_nonzero(rows)
    if n_rows < ENOUGH_ROWS or 2 * np.count_nonzero(labs.test[outside] == test) < n_rows:
        return False  # where most values are likely, their median is
    median = float(np.median(labs.value[rows]))
    if details.likely_low <= median <= details.likely_high:
        return False
    others = ", ".join(unit for unit in CONVERSIONS[details.name] if unit != details.unit)
    mend = f"If the numbers are in {others}, write that in unit." if others else "Check the numbers."
    words: dict[str, Any] = {"test": details.name, "of": details, "median": median, "mend": mend}
    size = "high" if median > details.likely_high else "low"
    findings.say("unit-of-file-{test}", labs.table, column="unit", size=size, **words)
    return True


def _say_unlikely(labs: Labs, rows: Rows, findings: Findings) -> None:
    wrong = labs.value[rows] > SURELY_WRONG * _LIKELY_HIGH[labs.test[rows]]
    unit = labs.table.columns["unit"]

    def mend(row: int) -> str:
        typed = unit.at(row).strip().casefold()
        others = [other for other in CONVERSIONS[labs.tested(row).name] if other.casefold() != typed]
        return f"If it is in {' or '.join(others)}, write that in unit." if others else "Check it."

    for rule, chosen in (("surely-wrong-value", wrong), ("unlikely-value", ~wrong)):
        findings.say(
            rule,
            labs.table,
            rows[chosen],
            labs.table.columns["value"],
            mend=mend,
            typed=lambda row: unit.at(row).strip(),
            side=lambda row: "above" if labs.value[row] > labs.tested(row).likely_high else "below",
            test=labs.tested,
        )


def _say_low_light_chains(labs: Labs, patients: Patients, known: Mask, findings: Findings) -> None:
    """Say a low median of the involved chains: up to time zero, or of all where those are few."""
    chain = known & (labs.test < len(LIGHT_CHAINS)) & (labs.patient >= 0)
    for among in (chain & (labs.month <= 0), chain):
        rows = np.flatnonzero(among)
        rows = rows[labs.test[rows] == patients.light_chain[labs.patient[rows]]]
        if len(rows) >= ENOUGH_ROWS:
            median = float(np.median(labs.value[rows]))
            if median < LOW_INVOLVED_FLC_MG_L:
                findings.say("unit-of-light-chains", labs.table, column="unit", median=median)
            return


def _say_codes(labs: Labs, findings: Findings) -> None:
    """Say numbers such as 999 that come again and again where their neighbors do not."""
    column = labs.table.columns["value"]
    likely = np.flatnonzero(as_numpy(pc.match_substring_regex(column.stripped, CODE_NUMBERS)))
    if not len(likely):
        return
    number = numbers(column, False).value
    beside = np.zeros(len(number), np.bool_)
    for typed in number[likely]:
        beside |= np.abs(number - typed) <= NEAR * typed
    near = np.flatnonzero(labs.usable & column.mask_of(beside))
    for code in likely:
        enough, text = 2 if "9" in column.texts[code] else 3, column.texts[code]
        for test in np.unique(labs.test[near[column.codes[near] == code]]):
            of_test = near[labs.test[near] == test]
            rows = of_test[column.codes[of_test] == code]
            others = np.abs(number[column.codes[of_test]] - number[code]) <= NEAR * number[code]
            n_rows = len(rows)
            alone = n_rows >= enough and n_rows > 3 * (np.count_nonzero(others) - n_rows)
            if alone and not (number[code] < 100 and _is_in_range(labs, rows[0], int(test))):
                name = _NAMES[test]
                findings.say(
                    "repeated-code", labs.table, rows, column, the_rows=n_rows, test=name, texts=text
                )


def _is_in_range(labs: Labs, row: int, test: int) -> bool:
    """Whether other values of the test come near the value of a row, or go beyond it."""
    values = labs.value[labs.usable & (labs.test == test)]
    return bool(values[values != labs.value[row]].max(initial=0) * 1.5 >= labs.value[row])


@dataclass(frozen=True)
class Pairs:
    """Both light chains of one sample, sorted by patient and month; the row is that of kappa."""

    row: Rows
    patient: Codes
    month: Floats
    value: Floats
    """Kappa in column 0, lambda in column 1."""
    involved: Codes

    def beside(self, step: int) -> tuple[Floats, Mask]:
        """Values of the sample before (-1) or after (1), and whether the same patient has one."""
        value, patient = np.roll(self.value, -step, 0), np.roll(self.patient, -step)
        same = patient == self.patient
        same[0 if step < 0 else -1] = False
        return value, same


def say_courses(card: Card, labs: Labs, order: LabOrder, patients: Patients, findings: Findings) -> None:
    """Say light chains of single patients or samples that look like another unit or are swapped."""
    pairs = _pairs(labs, order, patients)
    if not len(pairs.row):
        return
    limits = np.array([card.reference_ranges[chain] for chain in CHAINS])
    low, high = _far_at_baseline(pairs, limits)
    said: tuple[tuple[str, Rows, dict[str, Any]], ...] = (
        ("unit-of-patient", low, {"side": "below", "unit": "mg/dL"}),
        ("unit-of-patient", high, {"side": "above", "unit": "mg/L"}),
        ("unit-of-sample", _ten_times(pairs), {}),
        ("chains-swapped", _swapped(pairs, card.reference_ranges["flc_ratio"]), {}),
    )
    for rule, samples, words in said:
        rows, column = pairs.row[samples], labs.table.columns["value"]
        beside = dict(zip(rows.tolist(), pairs.value[samples, 1].tolist(), strict=True))
        words |= {"kappa": labs.value, "lambda_": beside.__getitem__, "month": labs.month}
        findings.say(rule, labs.table, rows, column, **words)


def _pairs(labs: Labs, order: LabOrder, patients: Patients) -> Pairs:
    rows = order.rows[order.of(labs.test) < len(CHAINS)]
    rows = rows[(labs.value[rows] > 0) & (patients.light_chain[labs.patient[rows]] >= 0)]
    kappa, lambda_ = (rows[labs.test[rows] == chain] for chain in range(len(CHAINS)))
    of_kappa, of_lambda = (labs.patient[chain] * MONTH_SPAN + labs.month[chain] for chain in (kappa, lambda_))
    at = np.searchsorted(of_lambda, of_kappa)
    both = np.append(of_lambda, np.inf)[at] == of_kappa
    kappa, lambda_ = kappa[both], lambda_[at[both]]
    patient = labs.patient[kappa]
    value = np.column_stack([labs.value[kappa], labs.value[lambda_]])
    return Pairs(kappa, patient, labs.month[kappa], value, patients.light_chain[patient])


def _far_at_baseline(pairs: Pairs, limits: Floats) -> tuple[Rows, Rows]:
    """Last sample at baseline of patients whose uninvolved chain is far below or above normal in it."""
    before = np.flatnonzero(pairs.month <= 0)[::-1]
    last = before[np.unique(pairs.patient[before], return_index=True)[1]]
    chain = 1 - pairs.involved[last]
    value = pairs.value[last, chain]
    low, high = value < limits[chain, 0] / FAR_BELOW, value > limits[chain, 1] * FAR_ABOVE
    return last[low], last[high]


def _ten_times(pairs: Pairs) -> Rows:
    """Samples whose uninvolved chain is about ten times off those before and after, the involved one too."""
    every = np.arange(len(pairs.row))
    off, down, up = np.ones((3, len(every)), np.bool_)
    for step in (-1, 1):
        value, same = pairs.beside(step)
        times = value / pairs.value
        calm, other = times[every, 1 - pairs.involved], times[every, pairs.involved]
        off &= same
        down &= (calm >= TEN_TIMES[0]) & (calm <= TEN_TIMES[1]) & (other >= 2)
        up &= (calm <= 1 / TEN_TIMES[0]) & (calm >= 1 / TEN_TIMES[1]) & (other <= 0.5)
    return np.flatnonzero(off & (down | up))


def _swapped(pairs: Pairs, normal: tuple[float, float]) -> Rows:
    """Samples with a ratio abnormal to the wrong side that fit their neighbors far better when swapped."""
    ratio = pairs.value[:, 0] / pairs.value[:, 1]
    kappa_high, lambda_high = ratio > normal[1], ratio < normal[0]
    right = np.where(pairs.involved == 0, kappa_high, lambda_high)
    found = np.flatnonzero(np.where(pairs.involved == 0, lambda_high, kappa_high))
    here = np.log(pairs.value[found])
    fits, right_beside = np.ones(len(found), np.bool_), np.zeros(len(found), np.bool_)
    for step in (-1, 1):
        value, same = pairs.beside(step)
        neighbor, same = np.log(value[found]), same[found]
        better = np.abs(here[:, ::-1] - neighbor).sum(1) < np.abs(here - neighbor).sum(1) / 2
        fits &= ~same | better
        right_beside |= same & np.roll(right, -step)[found]
    return found[fits & right_beside]
