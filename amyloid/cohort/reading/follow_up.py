"""How long each patient was seen, treatments against each other, and rows after death or last contact."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from amyloid.cohort.reading.findings import Findings
from amyloid.cohort.reading.intervals import Events, Treatments, rows_beside_others
from amyloid.cohort.reading.patients import Patients
from amyloid.cohort.reading.table import Column, Rows, Table
from amyloid.cohort.schema import EVENTS, MONTH_DAYS

Floats = NDArray[np.float64]

SAME_MONTH = 0.05
"""Times are written with one decimal; closer ones are the same time."""

LATE_REPORT_MONTHS = 3.0
"""What lies so long after a death cannot be a late report and is refused (project's choice)."""

LAST_CONTACT_SLACK_MONTHS = 0.5

_NUMBER = {event: number for number, event in enumerate(EVENTS)}
AFTER_TIME_ZERO = ("death", "last_contact", "next_treatment", "withdrawal")


@dataclass(frozen=True)
class FollowUp:
    """Per patient, in months; NaN where there is none.

    Attributes
    ----------
    death, last_contact : numpy.ndarray of float64
    """

    death: Floats
    last_contact: Floats

    @property
    def end(self) -> Floats:
        """Month of death, else of the last contact."""
        return np.where(np.isnan(self.death), self.last_contact, self.death)


def follow_up(events: Events, patients: Patients, findings: Findings) -> FollowUp:
    """Find death and last contact of every patient, and what contradicts them."""
    column = time_column(events.table)
    _say_before_time_zero(events, column, findings)
    death = _deaths(events, len(patients.ids), column, findings)
    contacts = np.flatnonzero(events.usable & (events.event == _NUMBER["last_contact"]))
    last_contact = np.full(len(patients.ids), -np.inf)
    np.maximum.at(last_contact, events.patient[contacts], events.month[contacts])
    last_contact[np.isinf(last_contact)] = np.nan
    with np.errstate(invalid="ignore"):
        late = contacts[events.month[contacts] > death[events.patient[contacts]] + LAST_CONTACT_SLACK_MONTHS]
    findings.say(
        "contact-after-death", events.table, late, column, death=lambda row: death[events.patient[row]]
    )
    order = contacts[np.lexsort((events.month[contacts], events.patient[contacts]))]
    earlier = order[:-1][events.patient[order][1:] == events.patient[order][:-1]]
    findings.say(
        "two-contacts",
        events.table,
        np.sort(earlier),
        column,
        last_contact=lambda row: last_contact[events.patient[row]],
    )
    found = FollowUp(death, last_contact)
    _say_missing(found, patients, events, findings)
    return found


def time_column(table: Table, *names: str) -> Column:
    """Column that holds the time of a row: the first of `names` (month, then date) that the table has."""
    return next(table.columns[name] for name in (names or ("month", "date")) if name in table.columns)


def look_like_days(last: Floats, end: Floats) -> bool:
    """Whether most last times lie far after the end of follow-up, but not when read as days."""
    known = ~np.isnan(end) & (end > 0)
    if np.count_nonzero(known) < 3:
        return False
    late = last[known] > end[known] + 3
    within = last[known] / MONTH_DAYS <= end[known] + 3
    return bool(late.mean() > 0.5 and within.mean() > 0.9)


def _say_before_time_zero(events: Events, column: Column, findings: Findings) -> None:
    impossible = np.isin(events.event, [_NUMBER[name] for name in AFTER_TIME_ZERO])
    with np.errstate(invalid="ignore"):
        early = events.usable & impossible & (events.month < -SAME_MONTH)
    findings.say("before-time-zero", events.table, early, column, event=lambda row: EVENTS[events.event[row]])


def _deaths(events: Events, n_patients: int, column: Column, findings: Findings) -> Floats:
    death = np.full(n_patients, np.nan)
    rows = np.flatnonzero(events.usable & (events.event == _NUMBER["death"]))
    order = rows[np.lexsort((rows, events.patient[rows]))]
    again = (
        np.concatenate([[False], events.patient[order][1:] == events.patient[order][:-1]])
        if len(order)
        else order > 0
    )
    first = dict(zip(events.patient[order][~again].tolist(), order[~again].tolist(), strict=True))
    findings.say(
        "second-death",
        events.table,
        np.sort(order[again]),
        column,
        place=lambda row: events.table.place(first[events.patient[row]]),
    )
    death[events.patient[order[~again]]] = events.month[order[~again]]
    return death


def _say_missing(found: FollowUp, patients: Patients, events: Events, findings: Findings) -> None:
    without = np.isnan(found.end)
    if not events.table.n_rows:
        findings.say("no-rows", events.table, line=1)
        return
    if findings.refused_in(events.table) or findings.refused_in(patients.table):
        return
    findings.say("no-follow-up", patients.table, without, patients.table.columns["patient_id"])


def check_after(
    what: str,
    table: Table,
    column: Column,
    rows: Rows,
    patient: NDArray[np.int32],
    month: Floats,
    found: FollowUp,
    findings: Findings,
    limit: float = LATE_REPORT_MONTHS,
) -> None:
    """Say rows that lie after the patient's death or last contact; long after a death is refused."""
    death, contact = found.death[patient[rows]], found.last_contact[patient[rows]]
    with np.errstate(invalid="ignore"):
        after_death = month[rows] - death
        too_late = (after_death >= limit - 1e-9) & (after_death > SAME_MONTH)
        soon = (after_death > SAME_MONTH) & ~too_late
        after_contact = np.isnan(death) & (month[rows] - contact > SAME_MONTH)

    def late_by(row: int) -> float:
        return float(month[row] - found.death[patient[row]])

    def last_contact(row: int) -> float:
        return float(found.last_contact[patient[row]])

    findings.say("after-death", table, rows[too_late], column, what=what, month=late_by)
    findings.say("soon-after-death", table, rows[soon], column, what=what, month=late_by)
    late = rows[after_contact]
    findings.say("after-last-contact", table, late, column, what=what, last_contact=last_contact)


def say_overlaps(treatments: Treatments, findings: Findings) -> None:
    """Say intervals of one drug that overlap."""
    rows = rows_beside_others(treatments)
    if len(rows) < 2:
        return
    drugs = np.unique(
        np.array([str(drug).casefold() for drug in treatments.drug[rows]]), return_inverse=True
    )[1]
    order = np.lexsort((rows, treatments.start[rows], drugs, treatments.patient[rows]))
    rows, drugs = rows[order], drugs[order]
    end = np.where(np.isnan(treatments.end[rows]), np.inf, treatments.end[rows])
    same = (treatments.patient[rows][1:] == treatments.patient[rows][:-1]) & (drugs[1:] == drugs[:-1])
    overlap = same & (treatments.start[rows][1:] < end[:-1] - SLACK)
    before = dict(zip(rows[1:][overlap].tolist(), rows[:-1][overlap].tolist(), strict=True))
    column = time_column(treatments.table, "start_month", "start_date")
    findings.say(
        "overlap",
        treatments.table,
        np.sort(rows[1:][overlap]),
        column,
        place=lambda row: treatments.table.place(before[row]),
    )


SLACK = 0.05


def say_no_start(treatments: Treatments, patients: Patients, findings: Findings) -> None:
    """Say patients none of whose drugs starts at time zero."""
    rows = np.flatnonzero(treatments.usable)
    order = rows[np.argsort(np.abs(treatments.start[rows]), kind="stable")]
    treated, first = np.unique(treatments.patient[order], return_index=True)
    nearest = treatments.start[order[first]]
    off = np.abs(nearest) > SLACK
    months = dict(zip(treated[off].tolist(), nearest[off].tolist(), strict=True))
    table = patients.table
    column = table.columns.get("treatment_start", table.columns["patient_id"])
    rows = treated[off].astype(np.intp)
    quote = column.known_as == "treatment_start"
    findings.say("no-drug-at-start", table, rows, column, quote=quote, month=lambda row: months[row])


def _say_open(treatments: Treatments, found: FollowUp, findings: Findings) -> None:
    """Say treatments without an end in patients who have died."""
    table = treatments.table
    ends = [table.columns[name] for name in ("end_month", "end_date") if name in table.columns]
    rows = np.flatnonzero(treatments.usable & table.blank_in(("end_month", "end_date")))
    died = rows[~np.isnan(found.death[treatments.patient[rows]])]
    column = ends[0] if ends else table.columns["drug"]
    month = lambda row: found.death[treatments.patient[row]]  # noqa: E731
    findings.say("open-after-death", table, died, column, quote=not ends, month=month)


def check_treatments(treatments: Treatments, found: FollowUp, findings: Findings) -> None:
    """Say treatments after the death or the last contact, and months that are days."""
    table, rows = treatments.table, np.flatnonzero(treatments.usable)
    column = time_column(table, "start_month", "start_date")
    if look_like_days(
        np.fmax(treatments.start[rows], treatments.end[rows]), found.end[treatments.patient[rows]]
    ):
        findings.say("days-not-months/treatments", table, column=column.header.strip())
        return
    check_after(
        "the start of a treatment", table, column, rows, treatments.patient, treatments.start, found, findings
    )
    _say_open(treatments, found, findings)
    ends = [table.columns[name] for name in ("end_month", "end_date") if name in table.columns]
    if ends:
        with np.errstate(invalid="ignore"):
            later = rows[treatments.end[rows] > treatments.start[rows]]
        check_after(
            "the end of a treatment",
            table,
            ends[0],
            later,
            treatments.patient,
            treatments.end,
            found,
            findings,
        )
