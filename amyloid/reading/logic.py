"""Rules across tables and rows: order in time, follow-up, cut-off, baseline, contradictions."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from amyloid.reading.card import Card
from amyloid.reading.dates import NO_DAY
from amyloid.reading.duplicates import LabOrder, drop_copies
from amyloid.reading.findings import Findings
from amyloid.reading.follow_up import FollowUp, check_after, follow_up
from amyloid.reading.intervals import Events, Treatments
from amyloid.reading.labs import Labs
from amyloid.reading.patients import Patients
from amyloid.reading.table import Column, Rows, Table
from amyloid.schema import EVENTS, LIGHT_CHAINS, MONTH_DAYS

Floats = NDArray[np.float64]

BASELINE_MONTHS = 3.0
LONG_FOLLOW_UP_MONTHS = 240.0
"""A median follow-up of more than 20 years is counted in days (project's choice)."""

EPOCH = np.datetime64("1970-01-01", "D")


def check_across(
    card: Card,
    patients: Patients,
    labs: Labs | None,
    order: LabOrder | None,
    treatments: Treatments | None,
    events: Events | None,
    findings: Findings,
) -> None:
    """Check everything that needs more than one row or table.

    Parameters
    ----------
    card : Card
    patients : Patients
    labs, order, treatments, events
        None where the table cannot be used.
    findings : Findings
    """
    if treatments is not None:
        keys = (
            treatments.days_per_cycle,
            treatments.dose_mg,
            treatments.end,
            treatments.start,
            treatments.drug,
            treatments.patient,
        )
        drop_copies(treatments, keys, findings)
        _say_overlaps(treatments, findings)
    found = None
    if events is not None:
        drop_copies(events, (events.detail, events.event, events.month, events.patient), findings)
        found = follow_up(events, patients, findings)
        _say_long_follow_up(found, events, findings)
    if labs is not None and order is not None:
        last = _last_rows(labs, order)
        _check_labs(labs, order, last, patients, found, findings)
        _say_contradicted_isotype(card, labs, order, patients, findings)
    if found is not None and treatments is not None:
        _check_treatments(treatments, found, findings)
    if found is not None and events is not None:
        others = np.flatnonzero(events.usable & (events.event > EVENTS.index("last_contact")))
        check_after(
            "an event",
            events.table,
            _time(events.table),
            others,
            events.patient,
            events.month,
            found,
            findings,
        )
    _check_cutoff(card, patients, labs, order, events, findings)


def _time(table: Table, *names: str) -> Column:
    return next(table.columns[name] for name in (names or ("month", "date")) if name in table.columns)


def _last_rows(labs: Labs, order: LabOrder) -> Rows:
    """Last laboratory row of every patient who has one."""
    patient = labs.patient[order.rows]
    return order.rows[np.flatnonzero(np.diff(patient, append=-1))]


def _check_labs(
    labs: Labs, order: LabOrder, last: Rows, patients: Patients, found: FollowUp | None, findings: Findings
) -> None:
    column = _time(labs.table)
    unreadable = findings.refused_in(labs.table) or findings.refused_in(patients.table)
    if labs.table.n_rows and not unreadable:
        without = np.ones(len(patients.ids), np.bool_)
        without[labs.patient[last]] = False
        findings.rows(
            "no-labs",
            patients.table,
            without,
            patients.table.columns["patient_id"],
            "has no usable laboratory value; no response can be judged.",
            severity="warning",
            quote=False,
        )
        _say_no_baseline(labs, order, without, patients, findings)
    if found is None or not len(last):
        return
    end = found.end[labs.patient[last]]
    with np.errstate(invalid="ignore"):
        late = labs.month[last] > end
    if _look_like_days(labs.month[last], end):
        findings.table(
            "days-not-months",
            labs.table,
            f"{column.header.strip()} goes far beyond the follow-up of most patients: these are probably "
            "days, not months.",
            "Divide by 30.4375; months are counted from the first dose.",
            column=column.header.strip(),
        )
    elif late.any():
        of_late = np.zeros(len(patients.ids), np.bool_)
        of_late[labs.patient[last[late]]] = True
        rows = np.sort(order.rows[of_late[labs.patient[order.rows]]])
        check_after("a laboratory value", labs.table, column, rows, labs.patient, labs.month, found, findings)


def _look_like_days(last: Floats, end: Floats) -> bool:
    """Whether most last times lie far after the end of follow-up, but not when read as days."""
    known = ~np.isnan(end) & (end > 0)
    if np.count_nonzero(known) < 3:
        return False
    late = last[known] > end[known] + 3
    within = last[known] / MONTH_DAYS <= end[known] + 3
    return bool(late.mean() > 0.5 and within.mean() > 0.9)


def _say_no_baseline(
    labs: Labs, order: LabOrder, without: NDArray[np.bool_], patients: Patients, findings: Findings
) -> None:
    month = labs.month[order.rows]
    at_baseline = order.rows[(month <= 0) & (month >= -BASELINE_MONTHS)]
    no_baseline = ~without
    no_baseline[labs.patient[at_baseline]] = False
    findings.rows(
        "no-baseline",
        patients.table,
        no_baseline,
        patients.table.columns["patient_id"],
        "has no laboratory value within the three months up to time zero; no response can be judged.",
        severity="warning",
        quote=False,
    )


def _say_contradicted_isotype(
    card: Card, labs: Labs, order: LabOrder, patients: Patients, findings: Findings
) -> None:
    rows = order.rows[(labs.test[order.rows] < 2) & (labs.month[order.rows] <= 0)]
    rows = rows[labs.value[rows] > 0]
    chains = []
    for chain in range(len(LIGHT_CHAINS)):
        value = np.full(len(patients.ids), np.nan)
        of_chain = rows[labs.test[rows] == chain]
        value[labs.patient[of_chain]] = labs.value[of_chain]
        chains.append(value)
    ratio = chains[0] / chains[1]
    low, high = card.reference_ranges["flc_ratio"]
    with np.errstate(invalid="ignore"):
        against = ((patients.light_chain == 0) & (ratio < low)) | (
            (patients.light_chain == 1) & (ratio > high)
        )
    findings.rows(
        "isotype-contradicted",
        patients.table,
        against,
        patients.table.columns["light_chain"],
        lambda row: (
            f"contradicts the free light chains at baseline (kappa/lambda ratio {ratio[row]:.3g}); "
            "the table's light chain is used."
        ),
        "Check it; the two may be swapped.",
        severity="warning",
    )


def _say_overlaps(treatments: Treatments, findings: Findings) -> None:
    rows = np.flatnonzero(treatments.usable)
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
    column = _time(treatments.table, "start_month", "start_date")
    findings.rows(
        "overlap",
        treatments.table,
        np.sort(rows[1:][overlap]),
        column,
        lambda row: f"starts the drug again before line {treatments.table.line(before[row])} ends.",
        "Which dose was given then?",
        severity="warning",
    )


SLACK = 0.05


def _check_treatments(treatments: Treatments, found: FollowUp, findings: Findings) -> None:
    table, rows = treatments.table, np.flatnonzero(treatments.usable)
    column = _time(table, "start_month", "start_date")
    if _look_like_days(
        np.fmax(treatments.start[rows], treatments.end[rows]), found.end[treatments.patient[rows]]
    ):
        findings.table(
            "days-not-months",
            table,
            "the months go far beyond the follow-up of most patients: these are probably days.",
            "Divide by 30.4375; months are counted from the first dose.",
            column=column.header.strip(),
        )
        return
    check_after(
        "the start of a treatment", table, column, rows, treatments.patient, treatments.start, found, findings
    )
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


def _say_long_follow_up(found: FollowUp, events: Events, findings: Findings) -> None:
    end = found.end[~np.isnan(found.end)]
    if len(end) >= 3 and float(np.median(end)) > LONG_FOLLOW_UP_MONTHS:
        findings.table(
            "days-not-months",
            events.table,
            f"the median follow-up is {float(np.median(end)):.0f} months: these are probably days.",
            "Divide by 30.4375; months are counted from the first dose.",
            column=_time(events.table).header.strip(),
        )


def _check_cutoff(
    card: Card,
    patients: Patients,
    labs: Labs | None,
    order: LabOrder | None,
    events: Events | None,
    findings: Findings,
) -> None:
    known = patients.start != NO_DAY
    if card.data_cutoff is None or not known.any():
        return
    cutoff = int((np.datetime64(card.data_cutoff, "D") - EPOCH).astype(int))
    if (patients.start[known] > cutoff).all():
        findings.file(
            "cutoff-too-early",
            "cohort.toml",
            f"data_cutoff {card.data_cutoff} lies before all the data.",
            "Check the year.",
            column="data_cutoff",
        )
        return
    at = np.where(known, (cutoff - patients.start) / MONTH_DAYS, np.inf)
    _say_after_cutoff(
        "a laboratory value", labs, order.rows if order is not None else None, card, at, findings
    )
    _say_after_cutoff("an event", events, None, card, at, findings)


def _say_after_cutoff(
    what: str, kept: Labs | Events | None, rows: Rows | None, card: Card, at: Floats, findings: Findings
) -> None:
    if kept is None:
        return
    rows = np.flatnonzero(kept.usable) if rows is None else rows
    late = np.sort(rows[kept.month[rows] > at[kept.patient[rows]] + 1e-9])
    findings.rows(
        "after-cutoff",
        kept.table,
        late,
        _time(kept.table),
        f"puts {what} after the data cut-off {card.data_cutoff}; it is kept.",
        "Check the cut-off.",
        severity="warning",
    )
