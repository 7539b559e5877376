"""The whole adjudication of a cohort as two CSV files."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
from pyarrow import csv

from amyloid.endpoints import endpoints
from amyloid.labs import gather_evidence
from amyloid.response import COLUMNS, Confirm, adjudicated

if TYPE_CHECKING:
    from amyloid.cohort import Cohort


def write_adjudication(
    cohort: Cohort, folder: Path, *, hematologic_criteria: str = "boston-2007", confirm: Confirm = "none"
) -> None:
    """Write ``categories.csv`` and ``endpoints.csv`` into a folder.

    Parameters
    ----------
    cohort : Cohort
    folder : Path
        An existing folder.
    hematologic_criteria : str
        Response that opens the duration of response.
    confirm : {"none", "28-days"}

    Notes
    -----
    Columns of categories.csv: ``patient_id, domain, criteria, category, month, reason``; of endpoints.csv:
    ``patient_id, endpoint, months, event, reason``. UTF-8, commas, line feeds; a blank cell does not apply.
    """
    evidence = gather_evidence(cohort)
    _write(adjudicated(evidence, confirm=confirm), COLUMNS, folder / "categories.csv")
    table = endpoints(cohort, hematologic_criteria=hematologic_criteria, confirm=confirm, evidence=evidence)
    rows = pa.Table.from_pandas(table, preserve_index=False)
    _write([rows], rows.schema, folder / "endpoints.csv")


def _write(tables: Iterable[pa.Table], columns: pa.Schema, path: Path) -> None:
    """Write tables one behind the other as they come."""
    with csv.CSVWriter(path, columns, write_options=csv.WriteOptions(quoting_style="needed")) as writer:
        for table in tables:
            writer.write_table(table)
