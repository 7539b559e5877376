"""All tables of a cohort, parsed and checked within and across tables; still without pandas."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from amyloid.reading.card import Card
from amyloid.reading.columns import tidy
from amyloid.reading.dates import NO_DAY
from amyloid.reading.findings import Findings
from amyloid.reading.headers import match_columns
from amyloid.reading.intervals import Events, Treatments, read_events, read_treatments
from amyloid.reading.labs import Labs, read_labs
from amyloid.reading.duplicates import LabOrder, lab_order
from amyloid.reading.logic import check_across
from amyloid.reading.patients import Patients, read_patients
from amyloid.reading.plausible import check_values
from amyloid.reading.sources import Sources, read_folder, read_one_file
from amyloid.reading.table import Table
from amyloid.schema import TIME_COLUMNS


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


def read_sources(path: Path, findings: Findings) -> Sources:
    """Read whatever a path holds: a folder, or a workbook.

    Parameters
    ----------
    path : pathlib.Path
    findings : Findings

    Returns
    -------
    Sources
    """
    return read_folder(path, findings) if path.is_dir() else read_one_file(path, findings)


def parse(path: Path, findings: Findings) -> Parsed | None:
    """Read and check a cohort.

    Parameters
    ----------
    path : pathlib.Path
        Folder or workbook.
    findings : Findings
        Everything that was found is in there afterwards.

    Returns
    -------
    Parsed or None
        None when a table is missing or cannot be used.
    """
    sources = read_sources(path, findings)
    tables = {name: _matched(table, findings) for name, table in sources.tables.items()}
    if tables["patients"] is None:
        tables_seen = [table for name, table in tables.items() if table is not None]
        patients = None if not tables_seen else _nobody(tables_seen[0])
    else:
        patients = read_patients(tables["patients"], findings)
        _check_start(tables, patients, findings)
    if patients is None:
        return None
    labs = read_labs(tables["labs"], patients, findings) if tables["labs"] else None
    treatments = read_treatments(tables["treatments"], patients, findings) if tables["treatments"] else None
    events = read_events(tables["events"], patients, findings) if tables["events"] else None
    order = None
    if labs is not None:
        check_values(labs, patients, findings)
        order = lab_order(labs, findings)
    if tables["patients"] is not None:
        check_across(sources.card, patients, labs, order, treatments, events, findings)
    if labs is None or order is None or treatments is None or events is None or tables["patients"] is None:
        return None
    return Parsed(sources.card, sources.fingerprint, patients, labs, order, treatments, events)


def _matched(table: Table | None, findings: Findings) -> Table | None:
    if table is None or not match_columns(table, findings):
        return None
    return tidy(table, findings)


def _nobody(table: Table) -> Patients:
    """Stand-in for a patients table that cannot be read, so that the other tables are checked all the same."""
    empty = np.zeros(0)
    codes = np.zeros(0, np.int8)
    return Patients(table, [], {}, empty, codes, codes, np.zeros(0, np.int64), {}, {})


def _check_start(tables: dict[str, Table | None], patients: Patients, findings: Findings) -> None:
    """Dates need the day of the first dose."""
    table = patients.table
    by_dates = {
        name: pair[1]
        for name, pairs in TIME_COLUMNS.items()
        for pair in pairs
        if (other := tables[name]) is not None and pair[1] in other.columns and pair[0] not in other.columns
    }
    if not by_dates:
        return
    column = table.columns.get("treatment_start")
    if column is None:
        findings.table("missing-column", table, "the column 'treatment_start' is missing.",
                       f"{' and '.join(by_dates)} use dates, which count from the day of the first dose.", line=1)  # fmt: skip
        return
    without = (patients.start == NO_DAY) & column.blank
    findings.rows("blank-start", table, without, column, "treatment_start is blank.",
                  "Months cannot be counted from dates without the day of the first dose.", quote=False)  # fmt: skip
