"""What a criterion may look at: values now, at baseline and at their lowest, one row per visit."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from functools import cached_property
from threading import RLock
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from amyloid.adjudication.decidable import Bools, Floats, Quantity, Truth, certain, exact, recorded
from amyloid.adjudication.labs.derived import DERIVED
from amyloid.adjudication.labs.visits import SAME_TIME_MONTHS, Visits, collect_visits

if TYPE_CHECKING:
    from amyloid.adjudication.texts import Texts
    from amyloid.cohort import Cohort

BASELINE_WINDOW_MONTHS: Final = 3.0
IMID_NAMES: Final = r"lenalidomid|thalidomid|pomalidomid|revlimid|thalomid|imnovid|pomalyst"
ORGAN_FAILURE_EVENTS: Final = ("dialysis", "kidney_transplant")


class Measures:
    """Quantities by name, a test's or one of `DERIVED`: ``now.dflc``, ``base.urine_protein``."""

    def __init__(self, get: Callable[[str], Quantity]) -> None:
        self._get = get

    def __getattr__(self, name: str) -> Quantity:
        return self._get(name)


class Evidence:
    """Follow-up visits of a cohort as criteria see them, with each patient's baseline beside them.

    Attributes
    ----------
    patient : numpy.ndarray of int32, one per row
    month : numpy.ndarray of float64, one per row
    now, base, nadir, fall, rise : Measures
        The value at the visit; the last value before treatment; the lowest earlier value, baseline included;
        the fraction by which it fell or rose since baseline.
    """

    def __init__(
        self,
        cohort: Cohort,
        visits: Visits,
        rows: NDArray[np.intp] | None,
        baseline_window: float,
        equation: str,
    ) -> None:
        self.cohort = cohort
        self.visits: Visits = visits
        self.n_patients = len(cohort.patients)
        self._rows = rows
        self._window = baseline_window
        self.equation = equation
        self._lock = RLock()  # criteria that are judged side by side wait for what they share
        self._cache: dict[tuple[str, str], Quantity] = {}
        self._answers: dict[str, Truth] = {}
        self._events: dict[tuple[str, ...], Floats] = {}
        self.printed_baseline: dict[str, Texts] = {}
        self._holds_back = True
        self.patient = np.arange(self.n_patients, dtype=np.int32) if rows is None else visits.patient[rows]
        self.month = np.zeros(self.n_patients) if rows is None else visits.month[rows]
        self.now = Measures(lambda name: self._keep("now", name, self._now))
        self.base = Measures(lambda name: self._keep("base", name, self._base))
        self.nadir = Measures(lambda name: self._keep("nadir", name, self._nadir))
        self.fall = Measures(lambda name: self._keep("fall", name, self._fall))
        self.rise = Measures(lambda name: getattr(self.fall, name) * -1.0)

    def __len__(self) -> int:
        return len(self.month)

    def _keep(self, kind: str, name: str, make: Callable[[str], Quantity]) -> Quantity:
        if name.startswith("__"):
            raise AttributeError(name)
        with self._lock:
            if (kind, name) not in self._cache:
                self._cache[kind, name] = make(name)
        return self._cache[kind, name]

    def at_visits(self, name: str) -> Quantity:
        """Quantity at every visit of the cohort, baseline visits included."""
        return self._keep("visits", name, self._at_visits)

    def baseline(self, name: str) -> Quantity:
        """Last known value within the baseline window, one row per patient."""
        return self._keep("baseline", name, self._baseline)

    def _at_visits(self, name: str) -> Quantity:
        derive = DERIVED.get(name)
        return derive(self) if derive else self.visits.quantity(name)

    def _now(self, name: str) -> Quantity:
        return self._base(name) if self._rows is None else self.at_visits(name)[self._rows]

    def _base(self, name: str) -> Quantity:
        baseline = self.baseline(name)
        return baseline if self._rows is None else baseline[self.patient.astype(np.intp)]

    def _baseline(self, name: str) -> Quantity:
        values = self.at_visits(name)
        month = self.visits.month
        within = (month <= SAME_TIME_MONTHS) & (month >= -self._window - SAME_TIME_MONTHS)
        rows = np.flatnonzero(within & values.known)
        last = np.full(self.n_patients, -1)
        last[self.visits.patient[rows]] = rows
        picked = values[np.maximum(last, 0)] if len(values.low) else exact(np.full(self.n_patients, np.nan))
        low = np.where(last >= 0, picked.low, np.nan)
        return (
            exact(low)
            if picked.low is picked.high
            else Quantity(low, np.where(last >= 0, picked.high, np.nan))
        )

    def _fall(self, name: str) -> Quantity:
        now: Quantity = getattr(self.now, name)
        return now.fall_from(getattr(self.base, name))

    def _nadir(self, name: str) -> Quantity:
        now, base = getattr(self.now, name), getattr(self.base, name)
        low = np.fmin(self._lowest_before(now.low), base.low)
        if now.low is now.high and base.low is base.high:
            return exact(low)
        return Quantity(low, np.fmin(self._lowest_before(now.high), base.high))

    def _lowest_before(self, values: Floats) -> Floats:
        """Lowest earlier value of the same patient; NaN at the first visit."""
        order = np.argsort(values, kind="stable")
        rank = np.empty(len(values), dtype=np.int64)
        rank[order] = np.arange(len(values))
        rank[np.isnan(values)] = len(values)
        shift = self.patient.astype(np.int64) * (len(values) + 1)
        lowest = np.minimum.accumulate(rank - shift) + shift
        ranked = np.append(values[order], np.nan)
        before = np.full(len(values), np.nan)
        before[1:] = ranked[np.minimum(lowest[:-1], len(values))]
        before[self.first_rows] = np.nan
        return before

    @cached_property
    def first_rows(self) -> NDArray[np.intp]:
        """Row of each patient's first visit, for the patients who have one."""
        return np.flatnonzero(np.diff(self.patient, prepend=-1))

    def patients_with(self, rows: Bools) -> Bools:
        """Patients who have one of these rows."""
        found = np.zeros(self.n_patients, dtype=bool)
        found[self.patient[self.first_rows]] = np.logical_or.reduceat(rows, self.first_rows)
        return found

    def first_where(self, rows: Bools) -> NDArray[np.intp]:
        """Row of each patient's first visit among `rows`; -1 where there is none."""
        first = np.full(self.n_patients, -1)
        found = np.flatnonzero(rows)[::-1]
        first[self.patient[found]] = found
        return first

    def after_first(self, rows: Bools) -> Bools:
        """Rows that come after the patient's first row among `rows`."""
        first = self.first_where(rows)[self.patient]
        return (first >= 0) & (np.arange(len(self)) > first)

    def at_first(self, rows: Bools, quantity: Quantity) -> Quantity:
        """Value of the quantity at the patient's first row among `rows`, missing where there is none."""
        first = self.first_where(rows)[self.patient]
        if not len(self):
            return quantity
        picked = quantity[np.maximum(first, 0)]
        return Quantity(np.where(first >= 0, picked.low, np.nan), np.where(first >= 0, picked.high, np.nan))

    def nearest(self, name: str, months: float) -> Quantity:
        """Value of the visit itself, else of the last earlier, else of the next later one within `months`."""
        return self._keep(f"nearest within {months:g}", name, lambda name: self._nearest(name, months))

    def _nearest(self, name: str, months: float) -> Quantity:
        values: Quantity = getattr(self.now, name)
        rows = np.flatnonzero(values.known)
        if not len(rows):
            return values
        here = np.arange(len(self))
        before = rows[np.maximum(np.searchsorted(rows, here, side="right") - 1, 0)]
        after = rows[np.minimum(np.searchsorted(rows, here, side="left"), len(rows) - 1)]
        for source in (after, before):
            near = np.abs(self.month[source] - self.month) <= months + SAME_TIME_MONTHS
            near &= self.patient[source] == self.patient
            near &= (source <= here) if source is before else (source >= here)
            values = Quantity(
                np.where(near, getattr(self.now, name).low[source], values.low),
                np.where(near, getattr(self.now, name).high[source], values.high),
            )
        return values

    def remember(self, name: str, judge: Callable[[Evidence], Truth]) -> Truth:
        """Answer of a judge that several rules ask, worked out once."""
        if name not in self._answers:
            self._answers[name] = judge(self)
        return self._answers[name]

    def flag(self, column: str) -> Truth:
        """Answer of a recorded yes, no or blank of the patients table."""
        values = self.cohort.patients[column].to_numpy(dtype=np.float64, na_value=np.nan)
        return recorded(values[self.patient])

    def reached(self, *events: str) -> Truth:
        """One of the events happened at or before the row's month."""
        return certain(self._first_months(events)[self.patient] <= self.month + SAME_TIME_MONTHS)

    def before_treatment(self, *events: str) -> Truth:
        """One of the events happened at or before time zero."""
        return certain(self._first_months(events)[self.patient] <= SAME_TIME_MONTHS)

    def _first_months(self, events: tuple[str, ...]) -> Floats:
        """Month of each patient's first such event, looked up once."""
        if events not in self._events:
            self._events[events] = first_event(self.cohort, *events)
        return self._events[events]

    def reference(self, test: str) -> tuple[float, float]:
        """Lower and upper limit of normal on the cohort's card."""
        return self.cohort.card.reference_ranges[test]

    def by_the_numbers(self) -> Evidence:
        """The same evidence with nothing held back under an IMiD."""
        other = copy(self)
        other._holds_back = False
        return other

    @property
    def held_back_under_imid(self) -> Bools:
        """Rows whose natriuretic peptides are held back from primary results."""
        return self.under_imid if self._holds_back else np.zeros(len(self), dtype=bool)

    @cached_property
    def before_next_line(self) -> Bools:
        """Rows not later than the next line of therapy: later values speak for that line."""
        next_line = first_event(self.cohort, "next_treatment", "stem_cell_transplant", after=0.0)
        return self.month <= next_line[self.patient] + SAME_TIME_MONTHS

    @cached_property
    def under_imid(self) -> Bools:
        """Rows while the patient took lenalidomide, thalidomide or pomalidomide."""
        treatments = self.cohort.treatments
        drugs = treatments["drug"].astype("category").cat
        imids = drugs.categories.astype(str).str.contains(IMID_NAMES, case=False, regex=True)
        taken = treatments[np.append(imids, False)[drugs.codes]]
        patient = np.asarray(taken["patient_id"].cat.codes, dtype=np.float64)
        start = np.asarray(taken["start_month"].fillna(0.0), dtype=np.float64)
        end = np.asarray(taken["end_month"].fillna(_FAR), dtype=np.float64)
        rows = _place(self.patient.astype(np.float64), self.month)
        change = np.zeros(len(self) + 1, dtype=np.int64)
        np.add.at(change, np.searchsorted(rows, _place(patient, start), side="right"), 1)
        np.add.at(change, np.searchsorted(rows, _place(patient, end), side="right"), -1)
        return np.cumsum(change)[:-1] > 0


_FAR: Final = 9_000.0


def _place(patient: Floats, month: Floats) -> Floats:
    """One increasing number for a patient and a month, to look intervals up among sorted rows."""
    return patient * 20_000.0 + np.clip(month, -_FAR, _FAR)


def first_event(cohort: Cohort, *events: str, after: float = -np.inf) -> Floats:
    """Month of each patient's first event of these kinds later than `after`; infinite where none happened."""
    table = cohort.events
    chosen = table[table["event"].isin(events) & (table["month"] > after)]
    first = np.full(len(cohort.patients), np.inf)
    np.minimum.at(first, chosen["patient_id"].cat.codes.to_numpy(), chosen["month"].to_numpy(np.float64))
    return first


def gather_evidence(
    cohort: Cohort,
    *,
    baseline_window: float = BASELINE_WINDOW_MONTHS,
    equation: str = "ckd-epi-2009",
) -> tuple[Evidence, Evidence]:
    """Collect a cohort's evidence once.

    Returns
    -------
    follow_up, at_baseline : Evidence
        One row per visit after time zero (organ failure counts as a visit), and one row per patient.
    """
    failures = cohort.events[cohort.events["event"].isin(ORGAN_FAILURE_EVENTS) & (cohort.events["month"] > 0)]
    moments = (
        np.asarray(failures["patient_id"].cat.codes, dtype=np.int32),
        np.asarray(failures["month"], dtype=np.float64),
    )
    visits = collect_visits(cohort, moments)
    after = np.flatnonzero(visits.month > SAME_TIME_MONTHS)
    at_baseline = Evidence(cohort, visits, None, baseline_window, equation)
    return Evidence(cohort, visits, after, baseline_window, equation), at_baseline
