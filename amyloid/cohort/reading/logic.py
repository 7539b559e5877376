"""Rules across tables and rows: order in time, follow-up, cut-off, baseline, contradictions."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from amyloid.cohort.errors import shown
from amyloid.cohort.lines import say_lines
from amyloid.cohort.reading.card import Card
from amyloid.cohort.reading.courses import say_courses
from amyloid.cohort.reading.dates import NO_DAY
from amyloid.cohort.reading.findings import Findings, nearest
from amyloid.cohort.reading.follow_up import (
    LAST_CONTACT_SLACK_MONTHS,
    LATE_REPORT_MONTHS,
    SAME_MONTH,
    FollowUp,
    check_after,
    check_treatments,
    follow_up,
    look_like_days,
    say_no_start,
    say_overlaps,
    time_column,
)
from amyloid.cohort.reading.intervals import Events, Treatments, drop_copies
from amyloid.cohort.reading.labs import LabOrder, Labs
from amyloid.cohort.reading.patients import Patients
from amyloid.cohort.reading.table import Rows
from amyloid.cohort.schema import EVENTS, LIGHT_CHAINS, MONTH_DAYS, SEXES

EPOCH = np.datetime64("1970-01-01", "D")


def check_cutoff(
    card: Card,
    patients: Patients,
    labs: Labs | None,
    order: LabOrder | None,
    events: Events | None,
    findings: Findings,
) -> None:
    """Say rows after the data cut-off, and a cut-off before all the data."""
    known = patients.start != NO_DAY
    if card.data_cutoff is None or not known.any():
        return
    cutoff = int((np.datetime64(card.data_cutoff, "D") - EPOCH).astype(int))
    if (patients.start[known] > cutoff).all():
        findings.say("cutoff-too-early", "cohort.toml", column="data_cutoff", day=card.data_cutoff)
        return
    at = np.where(known, (cutoff - patients.start) / MONTH_DAYS, np.inf)
    _say_after_cutoff(
        "a laboratory value", labs, order.rows if order is not None else None, card, at, findings
    )
    _say_after_cutoff("an event", events, None, card, at, findings)


def _say_after_cutoff(
    what: str,
    kept: Labs | Events | None,
    rows: Rows | None,
    card: Card,
    at: NDArray[np.float64],
    findings: Findings,
) -> None:
    if kept is None:
        return
    rows = np.flatnonzero(kept.usable) if rows is None else rows
    late = np.sort(rows[kept.month[rows] > at[kept.patient[rows]] + 1e-9])
    findings.say("after-cutoff", kept.table, late, time_column(kept.table), what=what, card=card.data_cutoff)


Floats = NDArray[np.float64]

BASELINE_MONTHS = 3.0
LONG_FOLLOW_UP_MONTHS = 240.0
"""A median follow-up of more than 20 years is counted in days (project's choice)."""


def check_across(
    card: Card,
    patients: Patients,
    labs: Labs | None,
    order: LabOrder | None,
    treatments: Treatments | None,
    events: Events | None,
    findings: Findings,
) -> None:
    """Check everything that needs more than one row or table."""
    _say_unknown_reference(card, patients, findings)
    if treatments is not None:
        keys = (
            treatments.line,
            treatments.days_per_cycle,
            treatments.dose_mg,
            treatments.end,
            treatments.start,
            treatments.drug,
            treatments.patient,
        )
        drop_copies(treatments, keys, findings)
        say_overlaps(treatments, findings)
        say_no_start(treatments, patients, findings)
    found = None
    if events is not None:
        of_events = (events.line, events.detail, events.event, events.month, events.patient)
        drop_copies(events, of_events, findings)
        found = follow_up(events, patients, findings)
        _say_long_follow_up(found, events, findings)
    if labs is not None and order is not None:
        last = _last_rows(labs, order)
        _check_labs(labs, order, last, patients, found, findings)
        _say_contradicted_isotype(card, labs, order, patients, findings)
        say_courses(card, labs, order, patients, findings)
    if treatments is not None and events is not None:
        say_lines(len(patients.ids), treatments, events, findings)
    if found is not None and treatments is not None:
        check_treatments(treatments, found, findings)
    if found is not None and events is not None:
        _check_events(events, found, findings)
    check_cutoff(card, patients, labs, order, events, findings)


def _check_events(events: Events, found: FollowUp, findings: Findings) -> None:
    """Say events after the death or the last contact; nobody begins a treatment when dead."""
    column = time_column(events.table)
    slack = (
        SAME_MONTH if column.known_as == "month" else LAST_CONTACT_SLACK_MONTHS
    )  # of a date, perhaps a part
    late_by = {"next_treatment": slack}
    for name in EVENTS[EVENTS.index("last_contact") + 1 :]:
        rows = np.flatnonzero(events.usable & (events.event == EVENTS.index(name)))
        what, limit = f"an event ({name})", late_by.get(name, LATE_REPORT_MONTHS)
        check_after(
            what, events.table, column, rows, events.patient, events.month, found, findings, limit=limit
        )


def _last_rows(labs: Labs, order: LabOrder) -> Rows:
    """Last laboratory row of every patient who has one."""
    patient = order.of(labs.patient)
    return np.concatenate([order.rows[:-1][patient[1:] != patient[:-1]], order.rows[-1:]])


def _check_labs(
    labs: Labs, order: LabOrder, last: Rows, patients: Patients, found: FollowUp | None, findings: Findings
) -> None:
    column = time_column(labs.table)
    unreadable = findings.refused_in(labs.table) or findings.refused_in(patients.table)
    if labs.table.n_rows and not unreadable and not len(last):
        findings.say("nothing-usable", labs.table)
    elif labs.table.n_rows and not unreadable:
        without = np.ones(len(patients.ids), np.bool_)
        without[labs.patient[last]] = False
        findings.say("no-labs", patients.table, without, patients.table.columns["patient_id"])
        _say_no_baseline(labs, order, without, patients, findings)
    if found is None or not len(last):
        return
    end = found.end[labs.patient[last]]
    with np.errstate(invalid="ignore"):
        late = labs.month[last] > end
    if look_like_days(labs.month[last], end):
        findings.say(
            "days-not-months", labs.table, column=column.header.strip(), header=column.header.strip()
        )
    elif late.any():
        of_late = np.zeros(len(patients.ids), np.bool_)
        of_late[labs.patient[last[late]]] = True
        rows = np.sort(order.rows[of_late[order.of(labs.patient)]])
        check_after("a laboratory value", labs.table, column, rows, labs.patient, labs.month, found, findings)


def _say_no_baseline(
    labs: Labs, order: LabOrder, without: NDArray[np.bool_], patients: Patients, findings: Findings
) -> None:
    month = order.of(labs.month)
    at_baseline = np.flatnonzero((month <= 0) & (month >= -BASELINE_MONTHS))
    no_baseline = ~without
    no_baseline[order.of(labs.patient)[at_baseline]] = False
    findings.say("no-baseline", patients.table, no_baseline, patients.table.columns["patient_id"])


def _say_unknown_reference(card: Card, patients: Patients, findings: Findings) -> None:
    """Say a group to compare with that nobody is in, whatever the column."""
    reference = card.comparison.get("reference")
    groups = {str(name) for name in patients.texts.get("group", ()) if name}
    groups |= {text for column in patients.others.values() for text in column.texts}
    groups |= {*SEXES, *LIGHT_CHAINS, "yes", "no"}
    if reference is not None and reference not in groups:
        findings.say(
            "card-reference", card.file, reference=shown(reference), mend=nearest(reference, tuple(groups))
        )


def _say_contradicted_isotype(
    card: Card, labs: Labs, order: LabOrder, patients: Patients, findings: Findings
) -> None:
    of_chains = (order.of(labs.test) < len(LIGHT_CHAINS)) & (order.of(labs.month) <= 0)
    rows = order.rows[np.flatnonzero(of_chains)]
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
    findings.say(
        "isotype-contradicted",
        patients.table,
        against,
        patients.table.columns["light_chain"],
        ratio=lambda row: ratio[row],
    )


def _say_long_follow_up(found: FollowUp, events: Events, findings: Findings) -> None:
    end = found.end[~np.isnan(found.end)]
    if len(end) >= 3 and float(np.median(end)) > LONG_FOLLOW_UP_MONTHS:
        column = time_column(events.table).header.strip()
        findings.say("days-not-months/events", events.table, column=column, median=float(np.median(end)))
