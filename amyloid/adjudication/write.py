"""The whole adjudication of a cohort as two CSV files."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pyarrow as pa
from pyarrow import csv

from amyloid.adjudication.criteria.choice import DEFAULT, leading
from amyloid.adjudication.endpoints import ENDPOINTS, endpoints
from amyloid.adjudication.labs import gather_evidence
from amyloid.adjudication.response import COLUMNS, Confirm, adjudicated

if TYPE_CHECKING:
    from amyloid.cohort import Cohort

TABLES: Final = ("categories.csv", "endpoints.csv")


def write_adjudication(
    cohort: Cohort, folder: Path, *, hematologic_criteria: str = DEFAULT, confirm: Confirm = "none"
) -> dict[str, list[int]]:
    """Write ``categories.csv`` and ``endpoints.csv`` into a folder.

    Parameters
    ----------
    cohort : Cohort
    folder : Path
        An existing folder.
    hematologic_criteria : str
        Response that opens the duration of response; by default the cohort's own.
    confirm : {"none", "28-days"}

    Returns
    -------
    dict
        For each file, the byte where its header ends, then where the rows of each criterion or endpoint end.

    Notes
    -----
    Columns of categories.csv: ``patient_id, domain, criteria, category, month, reason``; of endpoints.csv:
    ``patient_id, endpoint, months, event, reason``. UTF-8, commas, line feeds; a blank cell does not apply.
    """
    criteria = leading(cohort.card, "hematologic_criteria", hematologic_criteria)
    evidence = gather_evidence(cohort)
    categories = _write(adjudicated(evidence, confirm=confirm), COLUMNS, folder / TABLES[0])
    table = endpoints(cohort, hematologic_criteria=criteria, confirm=confirm, evidence=evidence)
    table = table.drop(columns="event_code")
    rows, n = pa.Table.from_pandas(table, preserve_index=False), len(cohort.patients)
    one_by_one = (rows.slice(number * n, n) for number in range(len(ENDPOINTS)))
    return dict(zip(TABLES, (categories, _write(one_by_one, rows.schema, folder / TABLES[1])), strict=True))


def _write(tables: Iterable[pa.Table], columns: pa.Schema, path: Path) -> list[int]:
    """Write tables one behind the other as they come, and return where each ends, the header first."""
    options = csv.WriteOptions(include_header=False, quoting_style="needed")
    with pa.OSFile(str(path), "wb") as file:
        csv.write_csv(columns.empty_table(), file)
        ends = [file.tell()]
        for table in tables:
            csv.write_csv(table.select(columns.names), file, options)
            ends.append(file.tell())
    return ends
