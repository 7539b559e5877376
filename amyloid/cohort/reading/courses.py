"""What only the course of a patient's light chains shows: another unit, chains swapped at one visit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from amyloid.cohort.reading.card import Card
from amyloid.cohort.reading.findings import Findings
from amyloid.cohort.reading.labs import LabOrder, Labs
from amyloid.cohort.reading.patients import Patients
from amyloid.cohort.reading.table import Mask, Rows
from amyloid.cohort.schema import LIGHT_CHAINS

Floats = NDArray[np.float64]

FAR_BELOW = 2.0
FAR_ABOVE = 5.0
"""An uninvolved chain so many times outside its normal range at baseline is probably in another unit."""

TEN_TIMES = (5.0, 20.0)
"""Both chains of one visit so many times lower or higher than before and after: mg/dL is ten times mg/L."""


@dataclass(frozen=True)
class Pairs:
    """Both light chains of one sample, sorted by patient and month; the row is that of kappa."""

    row: Rows
    patient: NDArray[np.int32]
    month: Floats
    value: Floats
    """Kappa in column 0, lambda in column 1."""
    involved: NDArray[np.int8]

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
    limits = np.array([card.reference_ranges[f"{chain}_flc"] for chain in LIGHT_CHAINS])
    low, high = _far_at_baseline(pairs, limits)
    ten_times = _ten_times(pairs)
    swapped = _swapped(pairs, card.reference_ranges["flc_ratio"])
    for rule, rows, words in (
        ("unit-of-patient", low, {"side": "below", "unit": "mg/dL"}),
        ("unit-of-patient", high, {"side": "above", "unit": "mg/L"}),
        ("unit-of-sample", ten_times, {}),
        ("chains-swapped", swapped, {}),
    ):
        _say(rule, labs, pairs, rows, words, findings)


def _say(rule: str, labs: Labs, pairs: Pairs, rows: Rows, words: dict[str, Any], findings: Findings) -> None:
    values = dict(zip(pairs.row[rows].tolist(), pairs.value[rows].tolist(), strict=True))
    findings.say(
        rule,
        labs.table,
        pairs.row[rows],
        labs.table.columns["value"],
        kappa=lambda row: values[row][0],
        lambda_=lambda row: values[row][1],
        month=lambda row: labs.month[row],
        **words,
    )


def _pairs(labs: Labs, order: LabOrder, patients: Patients) -> Pairs:
    rows = order.rows[np.flatnonzero(order.of(labs.test) < len(LIGHT_CHAINS))]
    rows = rows[(labs.value[rows] > 0) & (patients.light_chain[labs.patient[rows]] >= 0)]
    key = labs.patient[rows] * 4096.0 + labs.month[rows]
    of_chain = [rows[labs.test[rows] == chain] for chain in range(2)]
    keys = [key[labs.test[rows] == chain] for chain in range(2)]
    if not all(map(len, keys)):
        return Pairs(rows[:0], labs.patient[:0], labs.month[:0], np.zeros((0, 2)), patients.light_chain[:0])
    at = np.minimum(np.searchsorted(keys[1], keys[0]), len(keys[1]) - 1)
    both = keys[1][at] == keys[0]
    kappa, lambda_ = of_chain[0][both], of_chain[1][at[both]]
    patient = labs.patient[kappa]
    value = np.column_stack([labs.value[kappa], labs.value[lambda_]])
    return Pairs(kappa, patient, labs.month[kappa], value, patients.light_chain[patient])


def _far_at_baseline(pairs: Pairs, limits: Floats) -> tuple[Rows, Rows]:
    """Last sample at baseline of patients whose uninvolved chain is far below or above normal in it."""
    before = np.flatnonzero(pairs.month <= 0)
    if not len(before):
        return before, before
    last = before[np.append(pairs.patient[before][1:] != pairs.patient[before][:-1], True)]
    chain = 1 - pairs.involved[last]
    value = pairs.value[last, chain]
    low, high = value < limits[chain, 0] / FAR_BELOW, value > limits[chain, 1] * FAR_ABOVE
    return last[low], last[high]


def _ten_times(pairs: Pairs) -> Rows:
    """Samples whose uninvolved chain is about ten times off those before and after, the involved one too."""
    every = np.arange(len(pairs.row))
    off, down, up = (np.ones(len(every), np.bool_) for _ in range(3))
    for step in (-1, 1):
        value, same = pairs.beside(step)
        calm = value[every, 1 - pairs.involved] / pairs.value[every, 1 - pairs.involved]
        other = value[every, pairs.involved] / pairs.value[every, pairs.involved]
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
