"""A checked cohort cut into parts of so many patients, each a folder of Parquet tables."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from amyloid.cohort.errors import CohortError
from amyloid.cohort.reading.assemble import load, parse
from amyloid.cohort.reading.card import card_text
from amyloid.cohort.reading.findings import Findings
from amyloid.cohort.reading.numeric import known_texts
from amyloid.cohort.reading.table import Table


def cut(cohort: Path, folder: Path, patients_per_part: int) -> int:
    """Write a cohort as parts `part-00000`, `part-00001` and so on, in the order of its patients.

    The known columns are written as typed, with decimal points and in our own names; unknown columns stay
    behind.

    Parameters
    ----------
    cohort : Path
        Folder or workbook.
    folder : Path
        An existing folder.
    patients_per_part : int

    Returns
    -------
    int
        How many parts there are.

    Raises
    ------
    CohortError
        The cohort is refused, with the same messages as `amyloid check`.
    """
    findings = Findings()
    loaded = load(cohort, findings)
    parsed = parse(loaded, findings)
    if parsed is None or findings.refused:
        raise CohortError(findings.problems)
    card = card_text(loaded.sources.card)
    ids = parsed.patients.ids
    n_parts = -(-len(ids) // patients_per_part)
    parts = [folder / f"part-{number:05d}" for number in range(n_parts)]
    for part in parts:
        part.mkdir()
        (part / "cohort.toml").write_text(card, encoding="utf-8")
    for name, table in loaded.tables.items():
        assert table is not None  # otherwise nothing would have been parsed
        column = table.columns[
            "patient_id"
        ]  # what belongs to nobody goes where it is said again: to the first
        patient = pc.fill_null(pc.index_in(column.stripped, ids), 0).to_numpy()
        part_of_row = (patient // patients_per_part)[column.codes]
        _write(_as_typed(table), part_of_row, [part / f"{name}.parquet" for part in parts])
    return n_parts


def _as_typed(table: Table) -> pa.Table:
    """Return the known columns of a table as texts."""
    columns = {
        name: pa.DictionaryArray.from_arrays(
            pa.array(table.columns[name].codes), pa.array(texts, pa.string())
        )
        for name, texts in known_texts(table).items()
    }
    return pa.table(columns)


def _write(table: pa.Table, part_of_row: NDArray[np.intp], files: list[Path]) -> None:
    """Write each part's rows, in the order they came."""
    order = np.argsort(part_of_row, kind="stable")
    ends = np.cumsum(np.bincount(part_of_row, minlength=len(files)))
    for file, end, start in zip(files, ends, [0, *ends[:-1]], strict=True):
        pq.write_table(table.take(pa.array(order[start:end])), file)
