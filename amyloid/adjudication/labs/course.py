"""What happens to patients between samples: the next line, dialysis, transplants, drugs that confound."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from amyloid.adjudication.decidable import Bools, Floats
from amyloid.adjudication.labs.visits import SAME_TIME_MONTHS, Moments
from amyloid.cohort.lines import Lines, lines_of

if TYPE_CHECKING:
    from amyloid.cohort import Cohort

TEMPORARY_DIALYSIS_MONTHS: Final = 3.0
"""Dialysis that ends within 91.3 days is acute injury, no renal progression (project's choice)."""

IMID_NAMES: Final = r"lenalidomid|thalidomid|pomalidomid|revlimid|thalomid|imnovid|pomalyst"
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

PEPTIDES: Final = ("nt_probnp", "bnp")
BARRIERS: Final = ("dialysis", "dialysis_end", "heart_transplant", "kidney_transplant")
_FAR: Final = 9_000.0


@dataclass(frozen=True)
class Spans:
    """Intervals of patients; a day belongs to one when it lies after its start and not after its end."""

    patient: Floats
    start: Floats
    end: Floats

    def hold(self, patient: NDArray[np.integer], month: Floats) -> Bools:
        """Days inside one of the intervals; the days come by patient and month."""
        days = place(patient, month)
        change = np.zeros(len(days) + 1, dtype=np.int64)
        np.add.at(change, np.searchsorted(days, place(self.patient, self.start), side="right"), 1)
        np.add.at(change, np.searchsorted(days, place(self.patient, self.end), side="right"), -1)
        return np.asarray(np.cumsum(change)[:-1] > 0)


def place(patient: NDArray[np.generic], month: Floats) -> Floats:
    """One increasing number for a patient and a month, to look moments up among sorted days."""
    return np.asarray(patient, np.float64) * 20_000.0 + np.clip(month, -_FAR, _FAR)


@dataclass(frozen=True)
class Course:
    """Events of a cohort by patient; months are infinite where nothing happened.

    Attributes
    ----------
    lines : Lines
    dialysis : Spans
        Every dialysis with its end.
    lasting_dialysis : numpy.ndarray of float64
        Start of the first dialysis after time zero that does not end in time.
    dialysis_at_zero : numpy.ndarray of bool
    imid : Spans
    barriers : numpy.ndarray of float64
        `place` of everything that separates organ values, sorted.
    """

    cohort: Cohort
    lines: Lines
    dialysis: Spans
    lasting_dialysis: Floats
    dialysis_at_zero: Bools
    imid: Spans
    barriers: Floats
    _events: dict[tuple[str, ...], Floats] = field(default_factory=dict)

    def first(self, *events: str) -> Floats:
        """Month of each patient's first event of these kinds; a dialysis that was temporary is none."""
        if events not in self._events:
            others = tuple(event for event in events if event != "dialysis")
            month = first_event(self.cohort, *others)
            self._events[events] = np.minimum(month, self.lasting_dialysis) if "dialysis" in events else month
        return self._events[events]

    def periods(self, patient: NDArray[np.intp], month: Floats, test: str) -> NDArray[np.intp]:
        """Number of each day's period: nothing of this test is carried from one to another.

        Before time zero, up to the next line, after it; for organs also between what separates them, for
        natriuretic peptides with and without an IMiD or an LVAD.
        """
        period = (month > SAME_TIME_MONTHS).astype(np.intp)
        period += month > self.lines.next[patient] + SAME_TIME_MONTHS
        if test not in HEMATOLOGIC:
            period += 3 * np.searchsorted(self.barriers, place(patient, month), side="left")
        if test in PEPTIDES:
            confounded = self.imid.hold(patient, month)
            assisted = month > self.first("lvad")[patient] + SAME_TIME_MONTHS
            period = 4 * period + 2 * assisted + confounded
        return period

    def kidney_failures(self) -> Moments:
        """Patients and months of lasting dialysis and kidney transplants after time zero."""
        both = [self.lasting_dialysis, first_event(self.cohort, "kidney_transplant", after=0.0)]
        patients = [np.flatnonzero(np.isfinite(month)) for month in both]
        months = [month[rows] for month, rows in zip(both, patients, strict=True)]
        return np.concatenate(patients).astype(np.int32), np.concatenate(months)


def course_of(cohort: Cohort) -> Course:
    """Read the events and treatments of a cohort."""
    dialysis = _dialysis(cohort)
    lasting = ~(dialysis.end - dialysis.start <= TEMPORARY_DIALYSIS_MONTHS + SAME_TIME_MONTHS)
    lasting &= dialysis.start > SAME_TIME_MONTHS
    month = np.full(len(cohort.patients), np.inf)
    np.minimum.at(month, dialysis.patient[lasting].astype(np.intp), dialysis.start[lasting])
    at_zero = np.zeros(len(cohort.patients), np.bool_)
    going = (dialysis.start <= SAME_TIME_MONTHS) & (dialysis.end > SAME_TIME_MONTHS)
    at_zero[dialysis.patient[going].astype(np.intp)] = True
    separating = cohort.events[cohort.events["event"].isin(BARRIERS)]
    return Course(
        cohort=cohort,
        lines=lines_of(cohort),
        dialysis=dialysis,
        lasting_dialysis=month,
        dialysis_at_zero=at_zero,
        imid=_imid(cohort),
        barriers=np.sort(place(separating["patient_id"].cat.codes.to_numpy(), _months(separating["month"]))),
    )


def _months(column: object) -> Floats:
    return np.asarray(column, dtype=np.float64)


def _dialysis(cohort: Cohort) -> Spans:
    """Each dialysis up to the first recorded end that follows it."""
    starts, ends = (cohort.events[cohort.events["event"] == kind] for kind in ("dialysis", "dialysis_end"))
    patient, stopped = (np.asarray(rows["patient_id"].cat.codes, np.float64) for rows in (starts, ends))
    start, end = _months(starts["month"]), _months(ends["month"])
    order = np.lexsort((end, stopped))
    stopped, end = np.append(stopped[order], -1.0), np.append(end[order], np.inf)
    follows = np.searchsorted(place(stopped[:-1], end[:-1]), place(patient, start), side="left")
    return Spans(patient, start, np.where(stopped[follows] == patient, end[follows], np.inf))


def _imid(cohort: Cohort) -> Spans:
    """Intervals with lenalidomide, thalidomide or pomalidomide."""
    treatments = cohort.treatments
    drugs = treatments["drug"].astype("category").cat
    imids = drugs.categories.astype(str).str.contains(IMID_NAMES, case=False, regex=True)
    taken = treatments[np.append(imids, False)[drugs.codes]]
    return Spans(
        np.asarray(taken["patient_id"].cat.codes, dtype=np.float64),
        _months(taken["start_month"].fillna(0.0)),
        _months(taken["end_month"].fillna(np.inf)),
    )


def first_event(cohort: Cohort, *events: str, after: float = -np.inf) -> Floats:
    """Month of each patient's first event of these kinds later than `after`; infinite where none happened."""
    table = cohort.events
    chosen = table[table["event"].isin(events) & (table["month"] > after)]
    first = np.full(len(cohort.patients), np.inf)
    np.minimum.at(first, chosen["patient_id"].cat.codes.to_numpy(), chosen["month"].to_numpy(np.float64))
    return first
