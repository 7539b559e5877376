"""What the tables were taken to say about lines of therapy: found ones, and whose a transplant is."""

from __future__ import annotations

from typing import Final

import numpy as np

from amyloid.cohort.lines import SAME_DAY, opening_rows, transplants_of, treated_of
from amyloid.cohort.reading.findings import Findings
from amyloid.cohort.reading.intervals import Events, Treatments
from amyloid.cohort.reading.table import Rows, Table
from amyloid.cohort.schema import EVENTS

NEXT_LINE: Final = "the next line of therapy"
EXAMPLES: Final = 5
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
    _note(events.table, cells[transplants.own], "part of this treatment", "stem cell transplant", findings)
    _note(events.table, cells[~transplants.own], NEXT_LINE, "stem cell transplant", findings)
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
    _note(
        treatments.table, rows[earliest], f"{NEXT_LINE}; no event says so", "drug that begins there", findings
    )


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
