"""What a criterion may look at: values now, at baseline and at their lowest, one row per day of follow-up."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from amyloid.adjudication.decidable import (
    Bools,
    Floats,
    Quantity,
    Truth,
    certain,
    count_true,
    exact,
    missing,
    recorded,
)
from amyloid.adjudication.labs.course import PEPTIDES, course_of, place
from amyloid.adjudication.labs.samples import (
    BASELINE_WINDOW_MONTHS,
    CHAINS,
    Measures,
    Samples,
    latest,
    lowest_before,
    next_known,
    once,
)
from amyloid.adjudication.labs.visits import LIGHT_CHAINS, SAME_TIME_MONTHS, Visits, collect_visits

if TYPE_CHECKING:
    from amyloid.adjudication.texts import Texts
    from amyloid.cohort import Cohort

Judge = Callable[["Evidence"], Truth]
HEMATOLOGIC_ITEMS: Final = (*LIGHT_CHAINS, "serum_m_protein", "urine_m_protein")
"""A day with one of these is a hematologic visit (project's choice)."""


class Evidence:
    """Days of follow-up as criteria see them, with each patient's baseline beside them.

    Attributes
    ----------
    patient : numpy.ndarray of int, one per row
    month : numpy.ndarray of float64, one per row
    now, today : Measures
        The value of the day, else of the nearest sample in reach; the value of the day alone.
    base : Measures
        The last value before treatment.
    nadir, highest : Measures
        The lowest and the highest earlier value of a day, baseline included. Hematologic ones stop at the
        next line; a natriuretic peptide under an IMiD is no nadir.
    fall, rise : Measures
        The fraction by which `now` lies below the baseline, and above it.
    today_fall, next_fall : Measures
        The same of `today`, and of the patient's next sample.
    """

    def __init__(self, samples: Samples, rows: NDArray[np.intp] | None) -> None:
        visits = samples.visits
        self.samples, self.visits, self.course = samples, visits, samples.course
        self.cohort: Cohort = samples.course.cohort
        self.n_patients = visits.n_patients
        self._rows = rows
        self._kept: dict[tuple[str, str], Quantity] = {}
        self._answers: dict[object, Any] = {}
        self.printed_baseline: dict[tuple[str, str], Texts] = {}
        self._holds_back = True
        self.patient = np.arange(self.n_patients) if rows is None else visits.patient[rows]
        self.month = np.zeros(self.n_patients) if rows is None else visits.month[rows]
        self.now = self._measures("now", lambda name: self._of_day(name, samples.carried))
        self.today = self._measures("today", lambda name: self._of_day(name, samples.own))
        self.base = self._measures("base", lambda name: self._base(name, samples.carried))
        self.fall = self._measures("fall", lambda name: self.now[name].fall_from(self.base[name]))
        self.rise = self._measures("rise", lambda name: self.fall[name] * -1.0)
        self.today_fall = self._measures("today fall", self._today_fall)
        self.next_fall = self._measures("next fall", lambda name: self._next(self.today_fall[name]))
        self.nadir = self._measures("nadir", lambda name: self._extreme(name, 1.0))
        self.highest = self._measures("highest", lambda name: self._extreme(name, -1.0) * -1.0)

    def __len__(self) -> int:
        return len(self.month)

    def _measures(self, kind: str, make: Callable[[str], Quantity]) -> Measures:
        return Measures(kind, make, self._kept)

    # ---- values

    def baseline(self, name: str) -> Quantity:
        """Last known value within the baseline window, one row per patient."""
        return self.samples.baseline(name)

    def _of_day(self, name: str, get: Callable[[str], Quantity]) -> Quantity:
        return self.baseline(name) if self._rows is None else get(name)[self._rows]

    def _base(self, name: str, get: Callable[[str], Quantity]) -> Quantity:
        """Baseline value; of eGFR the one that the value of the day can be held against."""
        if self._rows is None:
            return self.baseline(name)
        if name != "egfr":
            return self.baseline(name)[self.patient]
        by_creatinine = self.samples.by_creatinine(get("reported_egfr"), get("computed_egfr"))[self._rows]
        computed, reported = (
            self.baseline(f"{kind}_egfr")[self.patient] for kind in ("computed", "reported")
        )
        return computed.where(by_creatinine, reported)

    def _today_fall(self, name: str) -> Quantity:
        today: Quantity = self.today[name]
        return today.fall_from(self._base(name, self.samples.own))

    def _next(self, values: Quantity) -> Quantity:
        """Value of the patient's next row that has one."""
        if values.absent:
            return values
        row = next_known(values, self.patient)
        return values[np.maximum(row, 0)].where(row >= 0, missing(len(self)))

    def followed(self, name: str) -> Truth:
        """A later day has a value that can be held against baseline."""
        return certain(self.next_fall[name].known)

    def _extreme(self, name: str, sign: float) -> Quantity:
        """Lowest earlier value times `sign`, baseline included."""
        today, base = self.today[name] * sign, self.base[name] * sign
        if today.absent:
            return base
        counts = np.ones(len(self), np.bool_)
        if name in HEMATOLOGIC_ITEMS or name in CHAINS:
            counts = self.before_next_line
        elif name in PEPTIDES:
            counts = ~self.under_imid
        today = today.where(counts, missing(len(self)))
        low = np.fmin(lowest_before(today.low, self._later_rows), base.low)
        if today.low is today.high and base.low is base.high:
            return exact(low)
        return Quantity(low, np.fmin(lowest_before(today.high, self._later_rows), base.high))

    @cached_property
    def _later_rows(self) -> list[NDArray[np.intp]]:
        """Every patient's second row, every patient's third row, and so on."""
        first = np.diff(self.patient, prepend=-1) != 0
        number = np.arange(len(self)) - np.flatnonzero(first)[np.cumsum(first) - 1]
        return np.split(np.argsort(number, kind="stable"), np.cumsum(np.bincount(number)))[1:-1]

    @once
    def dated(self, names: tuple[str, ...]) -> Floats:
        """Month of the latest sample behind these quantities, one per row; never before the row's own day."""
        if self._rows is None:
            return self.month
        source = latest(*(self.samples.source(name) for name in names))
        if source is None:
            return self.month
        return np.fmax(source[self._rows], self.month)

    def sampled_on(self, name: str) -> Floats:
        """Month of the sample behind one quantity, one per row."""
        source = None if self._rows is None else self.samples.source(name)
        return self.month if source is None else source[self._rows]

    @once
    def with_own(self, tests: tuple[str, ...]) -> Bools:
        """Rows with an own sample of one of the tests; ``kidney_failure`` is the day it began."""
        rows = np.zeros(len(self), np.bool_)
        for test in tests:
            rows |= self.failure_days if test == "kidney_failure" else self.today[test].known
        return rows

    # ---- rows and patients

    def patients_with(self, rows: Bools) -> Bools:
        """Patients who have one of these rows."""
        found = np.zeros(self.n_patients, dtype=bool)
        found[self.patient.take(np.flatnonzero(rows))] = True
        return found

    def first_where(self, rows: Bools, lowest: Floats | None = None) -> NDArray[np.intp]:
        """Row of each patient's first among `rows`, or of the first where this is lowest; -1 without one."""
        found = np.flatnonzero(rows)
        patient = self.patient.take(found)
        if lowest is not None and lowest is not self.month and len(found):
            values = lowest.take(found)
            starts = np.flatnonzero(np.diff(patient, prepend=-1))
            least = np.minimum.reduceat(values, starts)
            kept = np.flatnonzero(values == np.repeat(least, np.diff(starts, append=len(found))))
            found, patient = found.take(kept), patient.take(kept)
        first = np.full(self.n_patients, -1)
        first[patient[::-1]] = found[::-1]
        return first

    @cached_property
    def before_next_line(self) -> Bools:
        """Rows not later than the first day of the next line: later values speak for that line."""
        return np.asarray(self.month <= self.course.lines.next[self.patient] + SAME_TIME_MONTHS)

    @cached_property
    def failure_days(self) -> Bools:
        """Rows on which lasting dialysis began or a kidney was transplanted."""
        failures = place(*self.course.kidney_failures())
        return np.isin(place(self.patient, self.month), failures)

    @cached_property
    def under_imid(self) -> Bools:
        """Rows while the patient took lenalidomide, thalidomide or pomalidomide."""
        return self.course.imid.hold(self.patient, self.month)

    def by_the_numbers(self) -> Evidence:
        """The same evidence with nothing held back under an IMiD."""
        other = copy(self)
        other._holds_back = False
        other._answers = {}
        return other

    @cached_property
    def ids(self) -> Texts:
        """Id of each patient as Arrow holds it, one per patient."""
        return pa.array(self.cohort.patients["patient_id"], pa.string())

    @cached_property
    def of_patients(self) -> Evidence:
        """One row per patient, before treatment."""
        return self if self._rows is None else Evidence(self.samples, None)

    @cached_property
    def at_worst(self) -> Evidence:
        """The same rows with the worse of two baseline values of one sample, as stages take it."""
        samples = self.samples
        worst = Samples(
            samples.visits, self.course, window=samples.window, equation=samples.equation, worst=True
        )
        return Evidence(worst, self._rows)

    # ---- what a rule may ask besides values

    @property
    def held_back(self) -> Truth:
        """Natriuretic peptides under an IMiD are held back from primary results."""
        return certain(self.under_imid if self._holds_back else np.zeros(len(self), dtype=bool))

    @once
    def flag(self, column: str) -> Truth:
        """Answer of a recorded yes, no or blank of the patients table."""
        values = self.cohort.patients[column].to_numpy(dtype=np.float64, na_value=np.nan)
        return recorded(values[self.patient])

    def isotype(self, chain: str) -> Truth:
        """The amyloid's light chain is this one; undecided where it is not recorded."""
        code, wanted = self.visits.isotype[self.patient], ("kappa", "lambda").index(chain)
        return Truth(code == wanted, (code == wanted) | (code < 0))

    @once
    def reached(self, *events: str) -> Truth:
        """One of the events happened at or before the row's month; of dialysis, one that lasts."""
        return certain(self.course.first(*events)[self.patient] <= self.month + SAME_TIME_MONTHS)

    def before_treatment(self, *events: str) -> Truth:
        """One of the events happened at or before time zero; a dialysis goes on at it."""
        others = tuple(event for event in events if event != "dialysis")
        answer = self.course.first(*others) <= SAME_TIME_MONTHS
        if "dialysis" in events:
            answer = answer | self.course.dialysis_at_zero
        return certain(answer[self.patient])

    @once
    def repeated(self, name: str, *, until_next_line: bool = False) -> Truth:
        """The patient has a value after time zero."""
        visits = self.visits
        rows = self.samples.own(name).known & (visits.month > SAME_TIME_MONTHS)
        if until_next_line:
            rows &= visits.month <= self.course.lines.next[visits.patient] + SAME_TIME_MONTHS
        found = np.zeros(self.n_patients, np.bool_)
        found[visits.patient[rows]] = True
        return certain(found[self.patient])

    def had(self, judge: Judge) -> Truth:
        """A visit of this line fulfilled this before the row's day."""
        return certain(self._begun(judge)[self.patient] < self.month - SAME_TIME_MONTHS)

    def lowest_since(self, judge: Judge) -> Measures:
        """Lowest value of this line from the visit that first fulfilled this to the row's day."""
        first = self.first_where(self._fulfilled(judge))[self.patient]
        here = np.arange(len(self))
        since = (first >= 0) & (here >= first) & self.before_next_line

        def lowest(name: str) -> Quantity:
            values = self.now[name].where(here == first, self.today[name])
            values = values.where(since, missing(len(self)))
            return Quantity(*(lowest_before(side, self._later_rows) for side in (values.low, values.high)))

        return Measures("lowest", lowest, {})

    @once
    def _fulfilled(self, judge: Judge) -> Bools:
        return judge(self).surely & self.before_next_line & self.with_own(HEMATOLOGIC_ITEMS)

    def _begun(self, judge: Judge) -> Floats:
        """Month from which the patient fulfils this: of the latest sample that the first visit rests on."""
        from amyloid.adjudication.criteria.rule import rests_on

        rows = np.flatnonzero(self._fulfilled(judge))
        begun = np.full(self.n_patients, np.inf)
        np.minimum.at(begun, self.patient[rows], self.dated(rests_on(judge))[rows])
        return begun

    count = staticmethod(count_true)

    def reference(self, test: str) -> tuple[float, float]:
        """Lower and upper limit of normal on the cohort's card."""
        return self.cohort.card.reference_ranges[test]


def gather_evidence(
    cohort: Cohort, *, baseline_window: float = BASELINE_WINDOW_MONTHS, equation: str = "ckd-epi-2009"
) -> tuple[Evidence, Evidence]:
    """Collect a cohort's evidence once.

    Returns
    -------
    follow_up, at_baseline : Evidence
        One row per day after time zero (kidney failure counts as a day), and one row per patient.
    """
    course = course_of(cohort)
    visits: Visits = collect_visits(cohort, course.kidney_failures())
    samples = Samples(visits, course, window=baseline_window, equation=equation)
    after = np.flatnonzero(visits.month > SAME_TIME_MONTHS)
    follow_up = Evidence(samples, after)
    return follow_up, follow_up.of_patients
