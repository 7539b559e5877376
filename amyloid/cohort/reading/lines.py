"""What the tables were taken to say about lines of therapy: found ones, and whose a transplant is."""

from __future__ import annotations

from typing import Final

import numpy as np

from amyloid.cohort.lines import SAME_DAY, opening_rows, transplants_of, treated_of
from amyloid.cohort.reading.findings import Findings
from amyloid.cohort.reading.follow_up import time_column
from amyloid.cohort.reading.intervals import Events, Treatments
from amyloid.cohort.schema import EVENTS

_NEXT: Final = EVENTS.index("next_treatment")
_TRANSPLANT: Final = EVENTS.index("stem_cell_transplant")


def say_lines(n_patients: int, treatments: Treatments, events: Events, findings: Findings) -> None:
    """Say which transplants belong to this treatment, and which next lines stand in the treatments alone.

    Parameters
    ----------
    n_patients : int
    treatments, events
        Parsed and checked.
    findings : Findings
    """
    after = events.usable & (events.month > 0)
    cells = np.flatnonzero(after & (events.event == _TRANSPLANT))
    transplants = transplants_of(
        events.patient[cells], events.month[cells], events.detail[cells], events.line[cells]
    )
    for rule, own, words in (
        ("transplant-own", transplants.own, "is taken as part of this treatment."),
        ("transplant-next", ~transplants.own, "is taken as the next line of therapy."),
    ):
        mend = (
            "Begin its detail with 'planned' where it was, or fill in line." if rule.endswith("next") else ""
        )
        findings.rows(
            rule, events.table, cells[own], events.table.columns["event"], words, mend, severity="warning"
        )
    rows = np.flatnonzero(treatments.usable)
    treated = treated_of(
        treatments.patient[rows],
        treatments.drug[rows],
        treatments.start[rows],
        treatments.end[rows],
        treatments.line[rows],
    )
    first = np.full(n_patients, np.inf)
    said = after & (events.event == _NEXT)
    np.minimum.at(first, events.patient[said], events.month[said])
    np.minimum.at(first, transplants.patient[~transplants.own], transplants.month[~transplants.own])
    opens = opening_rows(n_patients, treated, transplants)
    np.minimum.at(first, treated.patient[opens], treated.start[opens] + 2 * SAME_DAY)
    earliest = opens[treated.start[opens] < first[treated.patient[opens]]]
    findings.rows(
        "line-found",
        treatments.table,
        rows[earliest],
        time_column(treatments.table, "start_month", "start_date"),
        "is taken as the first day of the next line of therapy; no event says so.",
        "Where it belongs to this treatment, such as maintenance, fill in line = 1.",
        severity="warning",
    )
