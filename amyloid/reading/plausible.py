"""Values that cannot be true, that can hardly be true, and units that are wrong in a whole file."""

from __future__ import annotations

from amyloid.reading.findings import Findings
from amyloid.reading.labs import Labs
from amyloid.reading.patients import Patients


def check_values(labs: Labs, patients: Patients, findings: Findings) -> None:
    """Check the values of all tests."""
