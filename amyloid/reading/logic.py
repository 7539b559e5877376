"""Rules across tables and rows: order in time, duplicates, contradictions, follow-up."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from amyloid.reading.card import Card
from amyloid.reading.findings import Findings
from amyloid.reading.intervals import Events, Treatments
from amyloid.reading.labs import Labs
from amyloid.reading.patients import Patients
from amyloid.reading.table import Rows


@dataclass(frozen=True)
class LabOrder:
    """Usable laboratory rows without exact copies, sorted by patient, month and place in the file."""

    rows: Rows


def lab_order(labs: Labs, findings: Findings) -> LabOrder:
    """Sort the usable rows and leave out exact copies."""
    rows = np.flatnonzero(labs.usable)
    order = np.lexsort((labs.month[rows], labs.patient[rows]))
    return LabOrder(rows[order])


def check_across(
    card: Card, patients: Patients, labs: Labs | None, order: LabOrder | None, treatments: Treatments | None,
    events: Events | None, findings: Findings,
) -> None:  # fmt: skip
    """Check everything that needs more than one table."""
