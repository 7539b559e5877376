"""Where the next line of therapy begins, which transplants belong to this one, and what is said about it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from amyloid.cohort.reading.findings import Findings
from amyloid.cohort.reading.patients import Events, Treatments
from amyloid.cohort.reading.table import Rows, Table
from amyloid.cohort.schema import EVENTS, MONTH_DAYS

if TYPE_CHECKING:
    import pandas as pd

    from amyloid.cohort.read import Cohort

Floats = NDArray[np.float64]

FIRST_DRUGS_MONTHS: Final = 30 / MONTH_DAYS
"""Drugs begun so early make up this line; a transplant so early belongs to it (project's choice)."""

CONDITIONING_MONTHS: Final = 7 / MONTH_DAYS
"""Melphalan begun so shortly before a planned transplant is its conditioning (project's choice)."""

STEROIDS: Final = re.compile(r"dexa|\bdex\b|predniso|cortiso", re.IGNORECASE)
BESIDE_A_STEROID: Final = re.compile(
    r"high|low|dose|pulsed?|oral(ly)?|iv|po|m?g|m|days?|daily|weeks?|weekly|per|taper|methyl"
)
"""Words of a cell that name no other drug."""

MELPHALAN: Final = re.compile(r"melphalan|alkeran", re.IGNORECASE)
SAME_DAY: Final = 1e-9
_SPAN: Final = 4096.0


@dataclass(frozen=True)
class Treated:
    """Rows of the treatments table; `drug` numbers distinct names, `end` is infinite while it is given."""

    patient: NDArray[np.intp]
    drug: NDArray[np.intp]
    steroid: NDArray[np.bool_]
    melphalan: NDArray[np.bool_]
    start: Floats
    end: Floats
    line: Floats


@dataclass(frozen=True)
class Transplants:
    """Stem cell transplants after time zero began, and which of them belong to this treatment."""

    patient: NDArray[np.intp]
    month: Floats
    own: NDArray[np.bool_]


@dataclass(frozen=True)
class Lines:
    """Per patient: the month of what begins the next line, infinite where nothing does.

    Attributes
    ----------
    said : numpy.ndarray of float64
        First event ``next_treatment``.
    transplant : numpy.ndarray of float64
        First stem cell transplant that is no part of this treatment.
    found : numpy.ndarray of float64
        First treatment that opens a line.
    """

    said: Floats
    transplant: Floats
    found: Floats

    @property
    def next(self) -> Floats:
        """First day of the next line."""
        return np.minimum(np.minimum(self.said, self.transplant), self.found)


def lines_of(cohort: Cohort) -> Lines:
    """Find where each patient's next line of therapy begins.

    Parameters
    ----------
    cohort : Cohort

    Returns
    -------
    Lines

    Notes
    -----
    A ``next_treatment`` event always counts. Where ``line`` of treatments is filled, the first start of a
    line above 1 is the next line. Else a drug opens one when all drugs begun in the first 30 days ended
    before it and none of them is given on or after its start; a steroid alone never does, nor does melphalan
    within seven days before a transplant of this treatment. A transplant belongs to this treatment when its
    detail begins with *planned*, within 30 days of time zero, or when its line is 1.
    """
    table = cohort.treatments
    start, end, line = (table[name].to_numpy(np.float64) for name in ("start_month", "end_month", "line"))
    patient, drug = table["patient_id"].cat.codes.to_numpy(), table["drug"].to_numpy()
    treated = _treated(patient, drug, np.nan_to_num(start), end, line)
    events = cohort.events[cohort.events["month"] > 0]
    said, cells = (events[events["event"] == kind] for kind in ("next_treatment", "stem_cell_transplant"))
    line, detail = cells["line"].to_numpy(np.float64), cells["detail"].to_numpy()
    transplants = _transplants(*_when(cells), detail, line)
    return _lines(len(cohort.patients), treated, transplants, *_when(said))[0]


def _when(events: pd.DataFrame) -> tuple[NDArray[np.integer], Floats]:
    return events["patient_id"].cat.codes.to_numpy(), events["month"].to_numpy(np.float64)


def _lines(
    n: int, treated: Treated, transplants: Transplants, patient: NDArray[np.integer], month: Floats
) -> tuple[Lines, NDArray[np.intp]]:
    """Where lines begin, with the rows that open one; `patient` and `month` are of events that say so."""
    rows = _opening_rows(n, treated, transplants)
    lines = Lines(
        said=_first(n, patient, month),
        transplant=_first(n, transplants.patient[~transplants.own], transplants.month[~transplants.own]),
        found=_first(n, treated.patient[rows], treated.start[rows]),
    )
    return lines, rows


def _first(n: int, patient: NDArray[np.integer], month: Floats) -> Floats:
    first = np.full(n, np.inf)
    np.minimum.at(first, patient, month)
    return first


def _treated(
    patient: NDArray[np.integer], drug: NDArray[np.object_], start: Floats, end: Floats, line: Floats
) -> Treated:
    """Rows of treatments with their drugs numbered by name; a blank end is still to come."""
    names: dict[str, int] = {}
    number = {cell: names.setdefault(str(cell).strip().casefold(), len(names)) for cell in set(drug.tolist())}
    numbers = np.fromiter((number[cell] for cell in drug.tolist()), np.intp, len(drug))
    return Treated(
        patient=patient.astype(np.intp),
        drug=numbers,
        steroid=np.array([_steroid_alone(name) for name in names], np.bool_)[numbers],
        melphalan=np.array([bool(MELPHALAN.search(name)) for name in names], np.bool_)[numbers],
        start=start,
        end=np.where(np.isnan(end), np.inf, end),
        line=line,
    )


def _transplants(
    patient: NDArray[np.integer], month: Floats, detail: NDArray[np.object_], line: Floats
) -> Transplants:
    """Stem cell transplants after time zero, with those that belong to this treatment marked."""
    planned = [str(words or "").strip().casefold().startswith("planned") for words in detail.tolist()]
    early = month <= FIRST_DRUGS_MONTHS + SAME_DAY
    own = np.where(np.isnan(line), np.array(planned, np.bool_) | early, line == 1)
    return Transplants(patient.astype(np.intp), month, own)


def _opening_rows(n: int, treated: Treated, transplants: Transplants) -> NDArray[np.intp]:
    """Rows of treatments that open a line."""
    numbered = np.zeros(n, np.bool_)
    numbered[treated.patient[~np.isnan(treated.line)]] = True
    later = (treated.line > 1) & (treated.start > 0)
    key = treated.patient * (1 + treated.drug.max(initial=0)) + treated.drug
    early = (treated.start >= -SAME_DAY) & (treated.start <= FIRST_DRUGS_MONTHS + SAME_DAY)
    first_line = np.isin(key, key[early])
    ended, begun = np.full(n, -np.inf), np.full(n, -np.inf)
    np.maximum.at(ended, treated.patient[first_line], treated.end[first_line])
    np.maximum.at(begun, treated.patient[first_line], treated.start[first_line])
    by_drug = ~first_line & (treated.start > FIRST_DRUGS_MONTHS) & np.isfinite(begun[treated.patient])
    by_drug &= ~treated.steroid & (treated.start >= ended[treated.patient] - SAME_DAY)
    by_drug &= (treated.start > begun[treated.patient] + SAME_DAY) & ~_conditioning(treated, transplants)
    return np.flatnonzero(np.where(numbered[treated.patient], later, by_drug))


def _steroid_alone(name: str) -> bool:
    """Whether a cell names nothing but a steroid: ``melphalan/dexamethasone`` names more."""
    words = re.findall(r"[^\W\d_]+", name)
    others = [word for word in words if not STEROIDS.search(word) and not BESIDE_A_STEROID.fullmatch(word)]
    return bool(STEROIDS.search(name)) and not others


def _conditioning(treated: Treated, transplants: Transplants) -> NDArray[np.bool_]:
    """Rows of melphalan that begin within seven days before a transplant of this treatment."""
    rows, own = np.flatnonzero(treated.melphalan), transplants.own
    planned = np.sort(transplants.patient[own] * _SPAN + transplants.month[own])
    begun = treated.patient[rows] * _SPAN + treated.start[rows]
    gap = np.append(planned, np.inf)[np.searchsorted(planned, begun - SAME_DAY)] - begun
    found = np.zeros(len(treated.start), np.bool_)
    found[rows] = gap <= CONDITIONING_MONTHS + 1e-6
    return found


NEXT_LINE: Final = "the next line of therapy"
EXAMPLES: Final = 5
_NEXT: Final = EVENTS.index("next_treatment")
_TRANSPLANT: Final = EVENTS.index("stem_cell_transplant")


def say_lines(n_patients: int, treatments: Treatments, events: Events, findings: Findings) -> None:
    """Say which transplants belong to this treatment, and which next lines stand in the treatments alone."""
    after = events.usable & (events.month > 0)
    cells = np.flatnonzero(after & (events.event == _TRANSPLANT))
    transplants = _transplants(
        events.patient[cells], events.month[cells], events.detail[cells], events.line[cells]
    )
    _note(events.table, cells[transplants.own], "part of this treatment", "stem cell transplant", findings)
    _note(events.table, cells[~transplants.own], NEXT_LINE, "stem cell transplant", findings)
    t, rows = treatments, np.flatnonzero(treatments.usable)
    treated = _treated(t.patient[rows], t.drug[rows], t.start[rows], t.end[rows], t.line[rows])
    said = after & (events.event == _NEXT)
    lines, opens = _lines(n_patients, treated, transplants, events.patient[said], events.month[said])
    first = np.minimum(np.minimum(lines.said, lines.transplant), lines.found + 2 * SAME_DAY)
    earliest = opens[treated.start[opens] < first[treated.patient[opens]]]
    taken = f"{NEXT_LINE}; no event says so"
    _note(treatments.table, rows[earliest], taken, "drug that begins there", findings)


def _note(table: Table, rows: Rows, taken_as: str, what: str, findings: Findings) -> None:
    """Say in one sentence what rows were taken for, with their lines in the file."""
    if not len(rows):
        return
    lines = sorted(table.line(int(row)) for row in rows)
    word = "line" if len(lines) == 1 else "lines"
    places = ", ".join(str(line) for line in lines[:EXAMPLES])
    more = f" and {len(lines) - EXAMPLES} more" if len(lines) > EXAMPLES else ""
    mend = "; where it belongs to this treatment, fill in line = 1" if taken_as.startswith(NEXT_LINE) else ""
    findings.note(f"{table.file}, {word} {places}{more}: the {what} is taken as {taken_as}{mend}.")
