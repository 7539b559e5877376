"""Treatments against each other and against the follow-up."""

from __future__ import annotations

import numpy as np

from amyloid.cohort.reading.duplicates import rows_beside_others
from amyloid.cohort.reading.findings import Findings
from amyloid.cohort.reading.follow_up import FollowUp, check_after, look_like_days, time_column
from amyloid.cohort.reading.intervals import Treatments
from amyloid.cohort.reading.patients import Patients


def say_overlaps(treatments: Treatments, findings: Findings) -> None:
    """Say intervals of one drug that overlap.

    Parameters
    ----------
    treatments : Treatments
    findings : Findings
    """
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
    """Say patients none of whose drugs starts at time zero.

    Parameters
    ----------
    treatments : Treatments
    patients : Patients
    findings : Findings
    """
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
    blank = np.ones(table.n_rows, np.bool_)
    for column in ends:
        blank &= column.blank
    rows = np.flatnonzero(treatments.usable & blank)
    died = rows[~np.isnan(found.death[treatments.patient[rows]])]
    column = ends[0] if ends else table.columns["drug"]
    month = lambda row: found.death[treatments.patient[row]]  # noqa: E731
    findings.say("open-after-death", table, died, column, quote=not ends, month=month)


def check_treatments(treatments: Treatments, found: FollowUp, findings: Findings) -> None:
    """Say treatments after the death or the last contact, and months that are days.

    Parameters
    ----------
    treatments : Treatments
    found : FollowUp
    findings : Findings
    """
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
