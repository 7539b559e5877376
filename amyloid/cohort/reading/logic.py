"""Rules across tables and rows: follow-up, order in time, cut-off, baseline, contradictions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from amyloid.cohort.errors import shown
from amyloid.cohort.lines import say_lines
from amyloid.cohort.reading.card import Card
from amyloid.cohort.reading.dates import NO_DAY
from amyloid.cohort.reading.findings import Findings, nearest
from amyloid.cohort.reading.labs import (
    LabOrder,
    Labs,
    drop_copies,
    rows_beside_others,
    same_as_before,
    say_repeats,
)
from amyloid.cohort.reading.patients import Events, ParsedRows, Patients, Treatments
from amyloid.cohort.reading.plausible import say_courses
from amyloid.cohort.reading.table import Floats, Rows
from amyloid.cohort.reading.timeline import SAME_MONTH, time_columns
from amyloid.cohort.schema import EVENTS, LIGHT_CHAINS, MONTH_DAYS, SEXES

BASELINE_MONTHS = 3.0

LATE_REPORT_MONTHS = 3.0
"""What lies so long after a death cannot be a late report and is refused (project's choice)."""

LAST_CONTACT_SLACK_MONTHS = 0.5

LONG_FOLLOW_UP_MONTHS = 240.0
"""A median follow-up of more than 20 years is counted in days (project's choice)."""

AFTER_TIME_ZERO = ("death", "last_contact", "next_treatment", "withdrawal")


@dataclass(frozen=True)
class Parsed:
    """Everything that was read of a cohort that is in order."""

    card: Card
    fingerprint: str
    patients: Patients
    labs: Labs
    lab_order: LabOrder
    treatments: Treatments
    events: Events


def check_across(parsed: Parsed, findings: Findings) -> None:
    """Check everything that needs more than one row or table."""
    drugs, events = parsed.treatments, parsed.events
    _say_unknown_reference(parsed.card, parsed.patients, findings)
    of_drug = (drugs.start, drugs.end, drugs.drug, drugs.dose_mg, drugs.days_per_cycle, drugs.line)
    drop_copies(drugs, findings, *of_drug)
    _say_overlaps(drugs, findings)
    _say_no_start(drugs, parsed.patients, findings)
    drop_copies(events, findings, events.month, events.event, events.detail, events.line)
    found = _follow_up(events, parsed.patients, findings)
    _check_labs(parsed, found, findings)
    _say_contradicted_isotype(parsed, findings)
    say_courses(parsed.card, parsed.labs, parsed.lab_order, parsed.patients, findings)
    say_lines(len(parsed.patients.ids), drugs, events, findings)
    _check_treatments(drugs, found, findings)
    _check_events(events, found, findings)
    _check_cutoff(parsed, findings)


def _say_unknown_reference(card: Card, patients: Patients, findings: Findings) -> None:
    """Say a group to compare with that nobody is in, whatever the column."""
    reference = card.comparison.get("reference")
    groups = {str(name) for name in patients.texts.get("group", ()) if name}
    groups |= {text for column in patients.others.values() for text in column.texts}
    groups |= {*SEXES, *LIGHT_CHAINS, "yes", "no"}
    if reference is not None and reference not in groups:
        mend = nearest(reference, tuple(groups))
        findings.say("card-reference", card.file, reference=shown(reference), mend=mend)


def _say_overlaps(treatments: Treatments, findings: Findings) -> None:
    """Say intervals of one drug that overlap."""
    rows = rows_beside_others(treatments)
    if not len(rows):
        return
    _, drug = np.unique([drug.casefold() for drug in treatments.drug[rows]], return_inverse=True)
    order = np.lexsort((treatments.start[rows], drug, treatments.patient[rows]))
    rows, drug = rows[order], drug[order]
    end = np.where(np.isnan(treatments.end[rows]), np.inf, treatments.end[rows])
    overlap = same_as_before(treatments.patient[rows], drug)
    overlap[1:] &= treatments.start[rows][1:] < end[:-1] - SAME_MONTH
    before = dict(zip(rows[overlap].tolist(), np.roll(rows, 1)[overlap].tolist(), strict=True))
    table = treatments.table
    column, *_ = time_columns(table, "start_")
    findings.say("overlap", table, rows[overlap], column, place=lambda row: table.place(before[row]))


def _say_no_start(treatments: Treatments, patients: Patients, findings: Findings) -> None:
    """Say patients none of whose drugs starts at time zero."""
    rows = np.flatnonzero(treatments.usable)
    nearest = np.full(len(patients.ids), np.nan)
    order = rows[np.argsort(np.abs(treatments.start[rows]), kind="stable")][::-1]
    nearest[treatments.patient[order]] = treatments.start[order]  # the last one stays
    table = patients.table
    column = table.columns.get("treatment_start", table.columns["patient_id"])
    off = np.abs(nearest) > SAME_MONTH
    quote = column.known_as == "treatment_start"
    findings.say("no-drug-at-start", table, off, column, quote=quote, month=nearest)


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


def _rows_of(events: Events, *names: str) -> Rows:
    return np.flatnonzero(events.usable & np.isin(events.event, [EVENTS.index(name) for name in names]))


def _follow_up(events: Events, patients: Patients, findings: Findings) -> FollowUp:
    """Find death and last contact of every patient, and what contradicts them."""
    table, patient, month = events.table, events.patient, events.month
    column, *_ = time_columns(table)
    rows = _rows_of(events, *AFTER_TIME_ZERO)
    early = rows[month[rows] < -SAME_MONTH]
    findings.say("before-time-zero", table, early, column, event=lambda row: EVENTS[events.event[row]])
    deaths, contacts = _rows_of(events, "death"), _rows_of(events, "last_contact")
    say_repeats("second-death", table, deaths, (patient[deaths],), column, findings)
    death, last_contact = np.full((2, len(patients.ids)), np.nan)
    death[patient[deaths[::-1]]] = month[deaths[::-1]]  # the first one stays
    np.fmax.at(last_contact, patient[contacts], month[contacts])
    late = contacts[month[contacts] > death[patient[contacts]] + LAST_CONTACT_SLACK_MONTHS]
    findings.say("contact-after-death", table, late, column, death=lambda row: death[patient[row]])
    order = contacts[np.lexsort((month[contacts], patient[contacts]))]
    earlier = order[:-1][same_as_before(patient[order])[1:]]
    findings.say("two-contacts", table, earlier, column, last_contact=lambda row: last_contact[patient[row]])
    found = FollowUp(death, last_contact)
    if not table.n_rows and table.header:
        findings.say("no-rows", table, line=1)
    elif table.header and not findings.refused_in(table) and not findings.refused_in(patients.table):
        without = np.isnan(found.end)
        findings.say("no-follow-up", patients.table, without, patients.table.columns["patient_id"])
    end = found.end[~np.isnan(found.end)]
    if len(end) >= 3 and (median := float(np.median(end))) > LONG_FOLLOW_UP_MONTHS:
        findings.say("days-not-months/events", table, column=column.title, median=median)
    return found


def _say_contradicted_isotype(parsed: Parsed, findings: Findings) -> None:
    """Say patients whose last ratio up to time zero is abnormal for the other light chain."""
    labs, order, patients = parsed.labs, parsed.lab_order, parsed.patients
    rows = order.rows[(order.of(labs.test) < len(LIGHT_CHAINS)) & (order.of(labs.month) <= 0)]
    rows = rows[labs.value[rows] > 0]
    chains = np.full((len(LIGHT_CHAINS), len(patients.ids)), np.nan)
    chains[labs.test[rows], labs.patient[rows]] = labs.value[rows]  # the last one counts
    ratio = chains[0] / chains[1]
    low, high = parsed.card.reference_ranges["flc_ratio"]
    against = np.where(patients.light_chain == 0, ratio < low, (patients.light_chain == 1) & (ratio > high))
    column = patients.table.columns["light_chain"]
    findings.say("isotype-contradicted", patients.table, against, column, ratio=ratio)


def _look_like_days(last: Floats, end: Floats) -> bool:
    """Whether most last times lie far after the end of follow-up, but not when read as days."""
    known = end > 0
    if np.count_nonzero(known) < 3:
        return False
    late = last[known] > end[known] + 3
    within = last[known] / MONTH_DAYS <= end[known] + 3
    return bool(late.mean() > 0.5 and within.mean() > 0.9)


def _say_after(
    what: str,
    kept: ParsedRows,
    rows: Rows,
    found: FollowUp,
    findings: Findings,
    which: str = "",
    limit: float = LATE_REPORT_MONTHS,
) -> None:
    """Say rows that lie after the patient's death or last contact; so long after a death they are refused."""
    patient, month = kept.patient, kept.months(which)
    late = month[rows] - found.death[patient[rows]]
    after_contact = month[rows] - found.last_contact[patient[rows]] > SAME_MONTH
    too_late = (late >= limit - 1e-9) & (late > SAME_MONTH)
    for rule, chosen in (
        ("after-death", too_late),
        ("soon-after-death", (late > SAME_MONTH) & ~too_late),
        ("after-last-contact", np.isnan(late) & after_contact),
    ):
        findings.say(
            rule,
            kept.table,
            rows[chosen],
            time_columns(kept.table, which)[0],
            what=what,
            month=lambda row: month[row] - found.death[patient[row]],
            last_contact=lambda row: found.last_contact[patient[row]],
        )


def _check_labs(parsed: Parsed, found: FollowUp, findings: Findings) -> None:
    """Say patients without a value, or without one at baseline, and values after the follow-up."""
    labs, order, patients = parsed.labs, parsed.lab_order, parsed.patients
    patient, month = order.of(labs.patient), order.of(labs.month)
    last = np.concatenate([order.rows[:-1][patient[1:] != patient[:-1]], order.rows[-1:]])
    if labs.table.n_rows and not (findings.refused_in(labs.table) or findings.refused_in(patients.table)):
        if len(last):
            without, no_baseline = np.ones((2, len(patients.ids)), np.bool_)
            without[labs.patient[last]] = False
            no_baseline[patient[np.flatnonzero((month <= 0) & (month >= -BASELINE_MONTHS))]] = False
            for rule, chosen in (("no-labs", without), ("no-baseline", no_baseline & ~without)):
                findings.say(rule, patients.table, chosen, patients.table.columns["patient_id"])
        else:
            findings.say("nothing-usable", labs.table)
    end = found.end[labs.patient[last]]
    late = labs.month[last] > end
    if _look_like_days(labs.month[last], end):
        header = time_columns(labs.table)[0].title
        findings.say("days-not-months", labs.table, column=header, header=header)
    elif late.any():
        of_late = np.zeros(len(patients.ids), np.bool_)
        of_late[labs.patient[last[late]]] = True
        _say_after("a laboratory value", labs, order.rows[of_late[patient]], found, findings)


def _check_treatments(treatments: Treatments, found: FollowUp, findings: Findings) -> None:
    """Say treatments after the death or the last contact, and months that are days."""
    table, start, end = treatments.table, treatments.start, treatments.end
    rows, ends = np.flatnonzero(treatments.usable), time_columns(table, "end_")
    if _look_like_days(np.fmax(start[rows], end[rows]), found.end[treatments.patient[rows]]):
        findings.say("days-not-months/treatments", table, column=time_columns(table, "start_")[0].title)
        return
    _say_after("the start of a treatment", treatments, rows, found, findings, "start_")
    died = ~np.isnan(found.death[treatments.patient[rows]])
    still_on = rows[table.blank_in(("end_month", "end_date"))[rows] & died]
    month = lambda row: found.death[treatments.patient[row]]  # noqa: E731
    findings.say("open-after-death", table, still_on, ends[0], month=month)
    later = rows[end[rows] > start[rows]]
    _say_after("the end of a treatment", treatments, later, found, findings, "end_")


def _check_events(events: Events, found: FollowUp, findings: Findings) -> None:
    """Say events after the death or the last contact; nobody begins a treatment when dead."""
    in_months = time_columns(events.table)[0].known_as == "month"
    for name in EVENTS[EVENTS.index("last_contact") + 1 :]:
        limit = SAME_MONTH if in_months else LAST_CONTACT_SLACK_MONTHS
        limit = limit if name == "next_treatment" else LATE_REPORT_MONTHS
        _say_after(f"an event ({name})", events, _rows_of(events, name), found, findings, limit=limit)


def _check_cutoff(parsed: Parsed, findings: Findings) -> None:
    """Say rows after the data cut-off, and a cut-off before all the data."""
    day, start, labs, events = parsed.card.data_cutoff, parsed.patients.start, parsed.labs, parsed.events
    known = start != NO_DAY
    if day is None or not known.any():
        return
    cutoff = np.datetime64(day, "D").astype(np.int64)
    if (start[known] > cutoff).all():
        findings.say("cutoff-too-early", "cohort.toml", column="data_cutoff", day=day)
        return
    at = np.where(known, (cutoff - start) / MONTH_DAYS, np.inf)
    of_events = np.flatnonzero(events.usable)
    for what, kept, rows in (
        ("a laboratory value", labs, parsed.lab_order.rows),
        ("an event", events, of_events),
    ):
        late = rows[kept.month[rows] > at[kept.patient[rows]] + 1e-9]
        findings.say("after-cutoff", kept.table, late, time_columns(kept.table)[0], what=what, card=day)
