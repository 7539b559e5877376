"""Every quantity of every day as criteria see it: its own value, the carried one, and the baseline."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial, wraps
from threading import RLock
from typing import Any, Final, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from amyloid.adjudication.decidable import Bools, Floats, Quantity, exact, missing
from amyloid.adjudication.labs.course import HEMATOLOGIC, PEPTIDES, Course
from amyloid.adjudication.labs.visits import SAME_TIME_MONTHS, Visits
from amyloid.cohort.schema import MONTH_DAYS

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


def lowest_before(values: Floats, later_rows: list[NDArray[np.intp]]) -> Floats:
    """Lowest value of the patient's earlier rows, whose second, third ... rows are given; NaN without one."""
    lowest = np.full(len(values), np.nan)
    for rows in later_rows:
        lowest[rows] = np.fmin(lowest[rows - 1], values[rows - 1])
    return lowest


def next_known(values: Quantity, patient: NDArray[np.intp]) -> NDArray[np.intp]:
    """Row of the patient's next known value after each row; -1 where there is none."""
    rows = np.flatnonzero(values.known)
    at = np.searchsorted(rows, np.arange(len(patient)), side="right")
    following = np.append(rows, -1)[at]
    return np.where((following >= 0) & (patient[following] == patient), following, -1)


BASELINE_WINDOW_MONTHS: Final = 3.0
CHAINS: Final = ("iflc", "uflc", "dflc", "flc_ratio")


Method = TypeVar("Method", bound=Callable[..., Any])


def once(method: Method) -> Method:
    """Answer what many rules ask of an `Evidence` once, and keep it by the question."""

    @wraps(method)
    def kept(self: Any, *question: Any, **options: Any) -> Any:
        key = (method.__name__, *question, *options.items())
        if key not in self._answers:
            self._answers[key] = method(self, *question, **options)
        return self._answers[key]

    return cast(Method, kept)


class Measures:
    """Quantities by name, a test's or a derived one: ``now.dflc``, ``base.urine_protein``."""

    def __init__(self, kind: str, make: Callable[[str], Quantity], kept: dict[tuple[str, str], Quantity]):
        self._kind, self._make, self._kept = kind, make, kept

    def __getattr__(self, name: str) -> Quantity:
        if name.startswith("__"):
            raise AttributeError(name)
        return self[name]

    def __getitem__(self, name: str) -> Quantity:
        key = (self._kind, name)
        if key not in self._kept:
            self._kept[key] = self._make(name)
        return self._kept[key]


class Samples:
    """Quantities by name, a test's or a derived one, for all days of a cohort.

    Derived: ``iflc uflc dflc`` in mg/L by the amyloid's isotype, whatever the ratio says later; ``flc_ratio``
    kappa over lambda; ``reported_egfr``, ``computed_egfr`` and ``egfr``, which takes the reported one where
    it can.
    """

    def __init__(
        self, visits: Visits, course: Course, *, window: float, equation: str, worst: bool = False
    ) -> None:
        self.visits, self.course = visits, course
        self.window, self.equation, self.worst = window, equation, worst
        self._lock = RLock()  # criteria that are judged side by side wait for what they share
        self._cache: dict[tuple[str, str], Carried] = {}
        self._baseline: dict[str, Quantity] = {}
        self._of_period: dict[tuple[bool, bool], NDArray[np.intp]] = {}

    def _get(self, kind: str, name: str) -> Carried:
        with self._lock:
            if (kind, name) not in self._cache:
                self._cache[kind, name] = self._made(kind, name)
        return self._cache[kind, name]

    def raw(self, name: str) -> Quantity:
        """Values as they stand in the table, for display."""
        values = self._made("raw", "computed_egfr" if name == "egfr" else name).values
        if name != "egfr":
            return values
        computes = ~self.baseline("reported_egfr").known & self.baseline("computed_egfr").known
        return values.where(computes[self.visits.patient], self.visits.quantity("egfr"))

    def own(self, name: str) -> Quantity:
        """Values of the days themselves; kidney function under dialysis is none."""
        return self._get("own", name).values

    def carried(self, name: str) -> Quantity:
        """Values of the days, else of the nearest sample in reach."""
        return self._get("carried", name).values

    def source(self, name: str) -> Floats | None:
        """Month of the sample behind each carried value; None where nothing is carried."""
        return self._get("carried", name).source

    def _made(self, kind: str, name: str) -> Carried:
        get = partial(self._made if kind == "raw" else self._get, kind)
        if name in CHAINS:
            return self._chain(name, get)
        if name in ("egfr", "reported_egfr", "computed_egfr"):
            return self._kidney(name, get)
        test = name.removesuffix("_test")
        if kind == "carried":
            return carried(self.visits, test, self.own(name), self._periods(test))
        values = self.visits.quantity(test, worst=self.worst and kind == "own")
        if kind == "own" and name in ("egfr_test", "creatinine") and len(self.course.dialysis.patient):
            values = missing(len(self.visits)).where(self._under_dialysis, values)
        return Carried(values, None)

    def _periods(self, test: str) -> NDArray[np.intp]:
        kind = (test in HEMATOLOGIC, test in PEPTIDES)
        if kind not in self._of_period:
            self._of_period[kind] = self.course.periods(self.visits.patient, self.visits.month, test)
        return self._of_period[kind]

    @cached_property
    def _under_dialysis(self) -> Bools:
        """Days after the start of a dialysis, up to its end."""
        return self.course.dialysis.hold(self.visits.patient, self.visits.month)

    def _of_either(self, rows: Bools, one: Carried, other: Carried) -> Floats | None:
        """Months of the samples behind one in these rows, behind the other elsewhere."""
        if one.source is None and other.source is None:
            return None
        months = [self.visits.month if each.source is None else each.source for each in (one, other)]
        return np.where(rows, *months)

    def _chain(self, name: str, get: Callable[[str], Carried]) -> Carried:
        kappa, lambda_ = get("kappa_flc"), get("lambda_flc")
        source = latest(kappa.source, lambda_.source)
        if name == "flc_ratio":
            return Carried(kappa.values.over(lambda_.values), source)
        if name == "dflc":
            return Carried(self._chain("iflc", get).values - self._chain("uflc", get).values, source)
        isotype = self.visits.isotype[self.visits.patient]
        of_kappa, of_lambda = (kappa, lambda_) if name == "iflc" else (lambda_, kappa)
        known_lambda = of_lambda.values.where(isotype == 1, missing(len(self.visits)))
        values = of_kappa.values.where(isotype == 0, known_lambda)
        return Carried(values, self._of_either(isotype == 0, of_kappa, of_lambda))

    def _kidney(self, name: str, get: Callable[[str], Carried]) -> Carried:
        if name == "reported_egfr":
            return get("egfr_test")
        creatinine = get("creatinine")
        if name == "computed_egfr":
            if creatinine.values is self.own("creatinine") and ("own", name) in self._cache:
                return self._cache["own", name]
            return Carried(
                self.visits.egfr_from_creatinine(creatinine.values, self.equation), creatinine.source
            )
        computed, reported = get("computed_egfr").values, get("egfr_test")
        by_creatinine = self.by_creatinine(reported.values, computed)
        values = computed.where(by_creatinine, reported.values)
        return Carried(values, self._of_either(by_creatinine, creatinine, reported))

    def by_creatinine(self, reported: Quantity, computed: Quantity) -> Bools:
        """Days whose eGFR is held against baseline by creatinine: both ends come from one source.

        The reported one goes first; where one of its ends is missing or censored, such as ``>60``, the
        creatinine decides if it covers both.
        """
        patient = self.visits.patient
        base, base_computed = (self.baseline(name)[patient] for name in ("reported_egfr", "computed_egfr"))
        by_reported = reported.single & base.single
        return np.asarray(computed.known & base_computed.known & ~by_reported)

    def baseline(self, name: str) -> Quantity:
        """Last known value within the baseline window, one row per patient."""
        with self._lock:
            if name not in self._baseline:
                if name == "egfr":
                    reported, computed = self.baseline("reported_egfr"), self.baseline("computed_egfr")
                    self._baseline[name] = computed.where(computed.known & ~reported.single, reported)
                else:
                    self._baseline[name] = self._last(
                        self.carried(name) if name in CHAINS else self.own(name)
                    )
        return self._baseline[name]

    def _last(self, values: Quantity) -> Quantity:
        if values.absent:
            return missing(self.visits.n_patients)
        month = self.visits.month
        within = (month <= SAME_TIME_MONTHS) & (month >= -self.window - SAME_TIME_MONTHS)
        rows = np.flatnonzero(within & values.known)
        last = np.full(self.visits.n_patients, -1)
        last[self.visits.patient[rows]] = rows
        return values[np.maximum(last, 0)].where(last >= 0, missing(len(last)))


def latest(*months: Floats | None) -> Floats | None:
    """Later of several months day by day; None where there are none."""
    known = [month for month in months if month is not None]
    return np.maximum.reduce(known) if known else None
