"""The whole adjudication of a cohort as two CSV files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from amyloid.endpoints import endpoints
from amyloid.labs import gather_evidence
from amyloid.response import Confirm, adjudicate

if TYPE_CHECKING:
    import pandas as pd

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
    _write(adjudicate(evidence, confirm=confirm), folder / "categories.csv")
    table = endpoints(cohort, hematologic_criteria=hematologic_criteria, confirm=confirm, evidence=evidence)
    _write(table, folder / "endpoints.csv")


def _write(table: pd.DataFrame, path: Path) -> None:
    import pyarrow as pa
    from pyarrow import csv

    rows = pa.Table.from_pandas(table, preserve_index=False)
    csv.write_csv(rows, path, csv.WriteOptions(quoting_style="needed"))
