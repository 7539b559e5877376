"""A value of a day without its own: from the nearest sample in reach that nothing separates from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from amyloid.adjudication.decidable import Floats, Quantity, exact
from amyloid.adjudication.labs.visits import SAME_TIME_MONTHS, Visits
from amyloid.cohort.schema import MONTH_DAYS

HEMATOLOGIC: Final = frozenset(
    {
        "kappa_flc",
        "lambda_flc",
        "serum_immunofixation",
        "urine_immunofixation",
        "serum_m_protein",
        "urine_m_protein",
        "marrow_plasma_cells",
        "mass_spectrometry",
        "mrd",
    }
)
"""Tests that dialysis or an organ transplant does not separate."""

WEEK: Final = 7 / MONTH_DAYS
THIRTY_DAYS: Final = 30 / MONTH_DAYS
CARRIED_MONTHS: Final = {
    "serum_immunofixation": THIRTY_DAYS,
    "urine_immunofixation": THIRTY_DAYS,
    "urine_m_protein": THIRTY_DAYS,
    "urine_protein": THIRTY_DAYS,
    "urine_protein_creatinine_ratio": THIRTY_DAYS,
    "urine_albumin_creatinine_ratio": THIRTY_DAYS,
    "creatinine": THIRTY_DAYS,
    "egfr": THIRTY_DAYS,
    "marrow_plasma_cells": 6.0,
}
"""How far each test reaches; the others reach a week (project's choice)."""


@dataclass(frozen=True)
class Carried:
    """Values of every day with those that were carried to it.

    Attributes
    ----------
    values : Quantity
    source : numpy.ndarray of float64 or None
        Month of the sample behind the value of each day; None where nothing was carried.
    """

    values: Quantity
    source: Floats | None


def carried(visits: Visits, test: str, own: Quantity, period: NDArray[np.intp]) -> Carried:
    """Fill days without a value from the nearest sample in reach; of two equally near the less favorable.

    Parameters
    ----------
    visits : Visits
    test : str
    own : Quantity
        Values of the days themselves.
    period : numpy.ndarray of int, one per day
        Nothing is carried from one period of a patient to another.
    """
    known = own.known
    rows, need = np.flatnonzero(known), np.flatnonzero(~known)
    if not len(rows) or not len(need):
        return Carried(own, None)
    reach = CARRIED_MONTHS.get(test, WEEK) + SAME_TIME_MONTHS
    at = np.cumsum(known)[need]
    before, after = rows[np.maximum(at - 1, 0)], rows[np.minimum(at, len(rows) - 1)]
    gaps = []
    for source, exists in ((before, at > 0), (after, at < len(rows))):
        near = exists & (visits.patient[source] == visits.patient[need]) & (period[source] == period[need])
        gap = np.abs(visits.month[source] - visits.month[need])
        gaps.append(np.where(near & (gap <= reach), gap, np.inf))
    found = np.isfinite(gaps[0]) | np.isfinite(gaps[1])
    if not found.any():
        return Carried(own, None)
    need, before, after = need[found], before[found], after[found]
    earlier, later = gaps[0][found], gaps[1][found]
    sign = visits.worse_sign(test, need)
    worse = sign * own.high[after] > sign * own.high[before]
    with np.errstate(invalid="ignore"):
        alike = np.abs(later - earlier) <= SAME_TIME_MONTHS
    source = np.where(np.where(alike, worse, later < earlier), after, before)
    low, month = own.low.copy(), visits.month.copy()
    low[need], month[need] = own.low[source], visits.month[source]
    if own.low is own.high:
        return Carried(exact(low), month)
    high = own.high.copy()
    high[need] = own.high[source]
    return Carried(Quantity(low, high), month)
