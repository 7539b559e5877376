"""Laboratory rows to visits: which samples belong together, and one value per test and visit."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from amyloid.adjudication.decidable import Floats, Quantity, exact, measured
from amyloid.adjudication.labs.egfr import egfr

if TYPE_CHECKING:
    from amyloid.cohort import Cohort

VISIT_WINDOW_MONTHS: Final = 7 / 30.4375
"""Samples within seven days of a visit's first sample belong to that visit (project's choice)."""

LOWER_IS_WORSE: Final = frozenset({"egfr", "ejection_fraction"})
LIGHT_CHAINS: Final = ("kappa_flc", "lambda_flc")
SAME_TIME_MONTHS: Final = 1e-9

RowsOfTest = tuple[NDArray[np.int32], Floats, NDArray[np.int8]]
"""Visit, value and bound of each row of one test."""


@dataclass(frozen=True)
class Visits:
    """All visits of a cohort, sorted by patient and month.

    Attributes
    ----------
    patient : numpy.ndarray of int32, one per visit
        Row of the patient in ``cohort.patients``.
    month : numpy.ndarray of float64, one per visit
        Month of the visit's first sample, counted from time zero.
    """

    patient: NDArray[np.int32]
    month: Floats
    n_patients: int
    _rows: dict[str, RowsOfTest] = field(repr=False)
    _age: Floats = field(repr=False)
    _sex: NDArray[np.object_] = field(repr=False)
    n_latex: NDArray[np.bool_] = field(repr=False)
    _cache: dict[str, Quantity] = field(default_factory=dict, repr=False)

    def __len__(self) -> int:
        return len(self.month)

    def quantity(self, test: str) -> Quantity:
        """Values of one test at every visit; missing where it was not measured.

        Of several samples in one visit the last one counts; of several at the same time the worse one.
        Free light chains that were measured with N Latex are missing: no criterion is validated for them.
        """
        if test not in self._cache:
            visit, value, bound = self._rows.get(test, _NO_ROWS)
            values = np.full(len(self), np.nan)
            bounds = np.zeros(len(self), dtype=np.int8)
            values[visit], bounds[visit] = value, bound
            self._cache[test] = measured(values, bounds)
        return self._cache[test]

    def egfr_from_creatinine(self, equation: str) -> Quantity:
        """Compute the eGFR at every visit with a creatinine, with the age at time zero."""
        key = f"egfr by {equation}"
        if key not in self._cache:
            creatinine = self.quantity("creatinine")
            age, sex = self._age[self.patient], self._sex[self.patient]
            high = egfr(creatinine.low, age, sex, equation)
            if creatinine.low is creatinine.high:
                self._cache[key] = exact(high)
            else:
                self._cache[key] = Quantity(egfr(creatinine.high, age, sex, equation), high)
        return self._cache[key]


_NO_ROWS: RowsOfTest = (np.zeros(0, np.int32), np.zeros(0), np.zeros(0, np.int8))


def collect_visits(cohort: Cohort, also_at: tuple[NDArray[np.int32], Floats] | None = None) -> Visits:
    """Group a cohort's laboratory rows into visits.

    Parameters
    ----------
    cohort : Cohort
    also_at : (patient rows, months), optional
        Moments that begin a visit even without a sample, such as the start of dialysis.

    Returns
    -------
    Visits
    """
    patient = np.asarray(cohort.labs["patient_id"].cat.codes, dtype=np.int32)
    month = np.asarray(cohort.labs["month"], dtype=np.float64)
    new = np.ones(len(month), dtype=bool)
    new[1:] = (patient[1:] != patient[:-1]) | (month[1:] != month[:-1])
    starts = np.flatnonzero(new)
    moments = (patient[starts], month[starts])
    begins = (np.zeros(0, np.int32), np.zeros(0)) if also_at is None else also_at
    first, visit_of_moment = _visits_of_moments(moments, begins)
    visit = np.repeat(visit_of_moment.astype(np.int32), np.diff(starts, append=len(month)))
    rows, n_latex = _rows_by_test(cohort, visit, len(first[0]))
    return Visits(
        patient=first[0],
        month=first[1],
        n_patients=len(cohort.patients),
        n_latex=n_latex,
        _rows=rows,
        _age=cohort.patients["age"].to_numpy(np.float64),
        _sex=cohort.patients["sex"].astype(object).to_numpy(),
    )


Moments = tuple[NDArray[np.int32], Floats]


def _visits_of_moments(samples: Moments, begins: Moments) -> tuple[Moments, NDArray[np.intp]]:
    """First moment of every visit, and the visit of each sample; `samples` come by patient and month."""
    patient, month = np.concatenate([samples[0], begins[0]]), np.concatenate([samples[1], begins[1]])
    is_sample = np.arange(len(month)) < len(samples[1])
    order = np.lexsort((is_sample, month, patient)) if len(begins[1]) else np.arange(len(month))
    patient, month = patient[order], month[order]
    visit = _visit_numbers(patient, month, ~is_sample[order])
    first = np.flatnonzero(np.diff(visit, prepend=-1))
    of_moment = np.empty_like(visit)
    of_moment[order] = visit
    return (patient[first], month[first]), of_moment[: len(samples[1])]


def _visit_numbers(patient: NDArray[np.int32], month: Floats, begins: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Number the visits of sorted moments; none spans time zero, none spans a moment that begins one."""
    if not len(month):
        return np.zeros(0, np.intp)
    starts = np.ones(len(month), dtype=bool)
    changes = (np.diff(patient) != 0) | (np.diff(month) != 0)
    starts[1:] = (np.diff(patient) != 0) | (np.diff(month <= 0) != 0) | (begins[1:] & changes)
    starts[1:] |= np.diff(month) > VISIT_WINDOW_MONTHS + SAME_TIME_MONTHS
    while True:
        visit = np.cumsum(starts) - 1
        late = month - month[starts][visit] > VISIT_WINDOW_MONTHS + SAME_TIME_MONTHS
        first_late = late & ~np.concatenate([[False], late[:-1]])
        if not first_late.any():
            return visit
        starts |= first_late


def _rows_by_test(
    cohort: Cohort, visit: NDArray[np.int32], n_visits: int
) -> tuple[dict[str, RowsOfTest], NDArray[np.bool_]]:
    """Split the rows by test, ordered so that the row that counts comes last in its visit."""
    code = cohort.labs["test"].cat.codes.to_numpy()
    value = cohort.labs["value"].to_numpy(np.float64)
    bound = cohort.labs["bound"].to_numpy(np.int8)
    month = cohort.labs["month"].to_numpy(np.float64)
    latex = (cohort.labs["assay"] == "n_latex").to_numpy()
    n_latex = np.zeros(n_visits, dtype=bool)
    known = ~np.isnan(value)

    def rows_of(number: int, test: str) -> RowsOfTest:
        chosen = np.flatnonzero(known & (code == number))
        if test in LIGHT_CHAINS and latex[chosen].any():
            n_latex[visit[chosen[latex[chosen]]]] = True
            chosen = chosen[~latex[chosen]]
        at = visit[chosen]
        if (at[1:] <= at[:-1]).any():
            sign = -1 if test in LOWER_IS_WORSE else 1
            worse = (sign * bound[chosen], sign * value[chosen])
            chosen = chosen[np.lexsort((*worse, month[chosen], at))]
            chosen = chosen[np.flatnonzero(np.diff(visit[chosen], append=-1))]
            at = visit[chosen]
        return at, value[chosen], bound[chosen]

    tests = [str(test) for test in cohort.labs["test"].cat.categories]
    with ThreadPoolExecutor(2) as pool:
        rows = dict(zip(tests, pool.map(rows_of, range(len(tests)), tests), strict=True))
    return {test: found for test, found in rows.items() if len(found[0])}, n_latex
