"""The data cut-off of the card against the rows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from amyloid.cohort.reading.card import Card
from amyloid.cohort.reading.dates import NO_DAY
from amyloid.cohort.reading.duplicates import LabOrder
from amyloid.cohort.reading.findings import Findings
from amyloid.cohort.reading.follow_up import time_column
from amyloid.cohort.reading.intervals import Events
from amyloid.cohort.reading.labs import Labs
from amyloid.cohort.reading.patients import Patients
from amyloid.cohort.reading.table import Rows
from amyloid.cohort.schema import MONTH_DAYS

EPOCH = np.datetime64("1970-01-01", "D")


def check_cutoff(
    card: Card,
    patients: Patients,
    labs: Labs | None,
    order: LabOrder | None,
    events: Events | None,
    findings: Findings,
) -> None:
    """Say rows after the data cut-off, and a cut-off before all the data.

    Parameters
    ----------
    card : Card
    patients : Patients
    labs, order, events
        None where the table cannot be used.
    findings : Findings
    """
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
