"""What only the course of a patient's light chains shows: another unit, chains swapped at one visit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from amyloid.cohort.reading.card import Card
from amyloid.cohort.reading.duplicates import LabOrder
from amyloid.cohort.reading.findings import Findings
from amyloid.cohort.reading.labs import Labs
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
    """Say light chains of single patients or samples that look like another unit or are swapped.

    Parameters
    ----------
    card : Card
        For the reference ranges.
    labs : Labs
    order : LabOrder
    patients : Patients
    findings : Findings
    """
    pairs = _pairs(labs, order, patients)
    if not len(pairs.row):
        return
    column = labs.table.columns["value"]
    limits = np.array([card.reference_ranges[f"{chain}_flc"] for chain in LIGHT_CHAINS])

    def chains(row: int) -> str:
        kappa, lambda_ = of_row[row]
        return f"kappa {kappa:g} and lambda {lambda_:g} mg/L in month {labs.month[row]:.1f}"

    of_row = dict(zip(pairs.row.tolist(), pairs.value.tolist(), strict=True))
    low, high = _far_at_baseline(pairs, limits)
    for rows, where, unit in ((low, "below", "mg/dL"), (high, "above", "mg/L")):
        findings.rows(
            "unit-of-patient",
            labs.table,
            pairs.row[rows],
            column,
            lambda row, where=where: (  # type: ignore[misc]
                f"with {chains(row)} the uninvolved chain is far {where} normal at baseline, as if this "
                "patient's light chains were in another unit."
            ),
            f"If they are in {unit}, write that in unit.",
            severity="warning",
            quote=False,
        )
    findings.rows(
        "unit-of-sample",
        labs.table,
        pairs.row[_ten_times(pairs)],
        column,
        lambda row: f"{chains(row)}: both chains are about ten times off the samples before and after.",
        "Check the unit of this sample: mg/L or mg/dL?",
        severity="warning",
        quote=False,
    )
    findings.rows(
        "chains-swapped",
        labs.table,
        pairs.row[_swapped(pairs, card.reference_ranges["flc_ratio"])],
        column,
        lambda row: f"{chains(row)}: the two chains look swapped against the patient's other samples.",
        "Check which is kappa and which is lambda.",
        severity="warning",
        quote=False,
    )


def _pairs(labs: Labs, order: LabOrder, patients: Patients) -> Pairs:
    rows = order.rows[np.flatnonzero(order.of(labs.test) < len(LIGHT_CHAINS))]
    rows = rows[(labs.value[rows] > 0) & (patients.light_chain[labs.patient[rows]] >= 0)]
    key = labs.patient[rows] * 4096.0 + labs.month[rows]
    of_chain = [rows[labs.test[rows] == chain] for chain in range(2)]
    keys = [key[labs.test[rows] == chain] for chain in range(2)]
    _, first, second = np.intersect1d(*keys, return_indices=True)
    kappa, lambda_ = of_chain[0][first], of_chain[1][second]
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


def _ten_times(pairs: Pairs) -> Mask:
    """Samples in which both chains are about ten times lower, or higher, than before and after."""
    off = np.ones(len(pairs.row), np.bool_)
    ways = []
    for step in (-1, 1):
        value, same = pairs.beside(step)
        off &= same
        ways.append(value / pairs.value)
    ratios = np.concatenate(ways, axis=1)
    return np.asarray(off & (_within(ratios) | _within(1 / ratios)))


def _within(ratios: Floats) -> Mask:
    return np.asarray(((ratios >= TEN_TIMES[0]) & (ratios <= TEN_TIMES[1])).all(axis=1))


def _swapped(pairs: Pairs, normal: tuple[float, float]) -> Mask:
    """Samples with a ratio abnormal to the wrong side that fit their neighbors far better when swapped."""
    ratio = pairs.value[:, 0] / pairs.value[:, 1]
    kappa_high, lambda_high = ratio > normal[1], ratio < normal[0]
    wrong: Mask = np.where(pairs.involved == 0, lambda_high, kappa_high)
    right = np.where(pairs.involved == 0, kappa_high, lambda_high)
    logs, swapped = np.log(pairs.value), np.log(pairs.value[:, ::-1])
    beside_any = np.zeros(len(ratio), np.bool_)
    for step in (-1, 1):
        value, same = pairs.beside(step)
        neighbor = np.log(value)
        better = np.abs(swapped - neighbor).sum(1) < np.abs(logs - neighbor).sum(1) / 2
        wrong = np.asarray(wrong & (~same | (better & np.roll(right, -step))))
        beside_any |= same
    return np.asarray(wrong & beside_any)
