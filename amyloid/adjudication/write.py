"""The whole adjudication of a cohort as two CSV files: in one piece, or in parts with some patients each."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from pyarrow import csv

from amyloid.adjudication.criteria import CRITERIA, DEFAULT, by_default, leading
from amyloid.adjudication.endpoints import endpoint_tables
from amyloid.adjudication.labs import gather_evidence
from amyloid.adjudication.response import Confirm, judged, side_by_side
from amyloid.cohort import read_cohort
from amyloid.cohort.delivery import FORMULA_STARTS, SIGNED_NUMBER
from amyloid.cohort.errors import CohortError, Problem, shown_patient
from amyloid.cohort.reading.assemble import load, parse
from amyloid.cohort.reading.card import card_text
from amyloid.cohort.reading.findings import Findings
from amyloid.cohort.reading.numeric import known_texts
from amyloid.cohort.reading.table import Table

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
    jobs: list[Callable[[], Any]] = [
        partial(judged, wanted, evidence, confirm=confirm) for wanted in CRITERIA.values()
    ]
    jobs.append(partial(endpoint_tables, cohort, evidence, criteria, confirm=confirm))
    done = side_by_side(lambda job: job(), jobs)
    ids = _defused(evidence[1].ids)
    categories = _write(islice(done, len(CRITERIA)), ids, folder / TABLES[0])
    own = (table.drop_columns("event_code") for table in next(done))
    return dict(zip(TABLES, (categories, _write(own, ids, folder / TABLES[1])), strict=True))


def _write(tables: Iterable[pa.Table], ids: pa.StringArray, path: Path) -> list[int]:
    """Write tables one behind the other as they come, and return where each ends, the header first."""
    options = csv.WriteOptions(include_header=False, quoting_style="needed")
    ends: list[int] = []
    with pa.OSFile(str(path), "wb") as file:
        for table in tables:
            if not ends:
                csv.write_csv(table.slice(0, 0), file)
                ends.append(file.tell())
            csv.write_csv(table.set_column(0, "patient_id", ids), file, options)
            ends.append(file.tell())
    return ends


def _defused(texts: pa.StringArray) -> pa.StringArray:
    """Put an apostrophe before each text that a spreadsheet would run as a formula."""
    begins = pc.is_in(pc.utf8_slice_codeunits(texts, 0, 1), pa.array(FORMULA_STARTS))
    runs = pc.and_not(begins, pc.match_substring_regex(texts, f"^(?:{SIGNED_NUMBER})$"))
    return pc.if_else(runs, pc.binary_join_element_wise("'", texts, ""), texts)


PARTS: Final = "part-*"
"""A part is a folder of this name, with a cohort's tables and card; its patients stand in no other part."""


@dataclass(frozen=True)
class Adjudicated:
    """What came of one part.

    Attributes
    ----------
    part : str
        Name of its folder.
    folder : str
        Name of the folder of its tables.
    patients : pyarrow.StringArray
        Their ids.
    ends : dict
        Table's file name to the byte where its header and each of its blocks end.
    notes : tuple of str
        What was said while it was read.
    problems : tuple of Problem
        Why it cannot be used; empty when it can.
    """

    part: str
    folder: str
    patients: pa.StringArray = field(default_factory=lambda: pa.array([], pa.string()))
    ends: dict[str, list[int]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()


def find_parts(dataset: Path) -> list[Path]:
    """Return the parts of a dataset in order; none when the folder holds a patients table of its own."""
    if any(dataset.glob("patients.*")):
        return []
    return sorted(path for path in dataset.glob(PARTS) if path.is_dir())


def adjudicate_part(part: Path, folder: Path, *, hematologic_criteria: str, confirm: Confirm) -> Adjudicated:
    """Adjudicate one part into a folder of its own below `folder`; done again, it does the same again."""
    try:
        cohort = read_cohort(part)
        by_default(cohort.card)
    except CohortError as fault:
        problems = (replace(problem, file=f"{part.name}/{problem.file}") for problem in fault.problems)
        return Adjudicated(part.name, "", problems=tuple(problems))
    folder.mkdir(0o700, exist_ok=True)
    own = Path(tempfile.mkdtemp(prefix=f"{part.name}-", dir=folder))
    ends = write_adjudication(cohort, own, hematologic_criteria=hematologic_criteria, confirm=confirm)
    patients = pa.array(cohort.patients["patient_id"], pa.string())
    notes = tuple(f"{part.name}: {note}" for note in cohort.notes)
    return Adjudicated(part.name, own.name, patients, ends, notes)


def put_together(done: Iterable[Adjudicated], folder: Path, out: Path) -> int:
    """Join the tables of all parts as if the cohort had been in one piece, and return its patients' number.

    Parameters
    ----------
    done : iterable of Adjudicated
        One for each part, in any order.
    folder : Path
        Where `adjudicate_part` wrote.
    out : Path
        An existing folder for the tables.

    Raises
    ------
    CohortError
        A part cannot be used, or a patient stands in two parts; with every problem of every part.
    """
    parts = sorted(done, key=lambda part: part.part)
    problems = [problem for part in parts for problem in part.problems]
    problems += _in_two_parts(parts)
    if any(problem.severity == "error" for problem in problems):
        raise CohortError(problems)
    for name in TABLES:
        _join(name, parts, folder, out / name)
    return sum(len(part.patients) for part in parts)


def _in_two_parts(parts: Sequence[Adjudicated]) -> Iterator[Problem]:
    counts = pa.chunked_array([part.patients for part in parts], pa.string()).value_counts()
    often = np.flatnonzero(counts.field("counts").to_numpy() > 1)
    for patient in counts.field("values").take(pa.array(often)).to_pylist():
        names = [part.part for part in parts if patient in part.patients.to_pylist()]
        what = f"{shown_patient(patient)} stands in {' and in '.join(names)}."
        mend = "Keep all rows of a patient in one part."
        yield Problem("patient-in-two-parts", names[0], what, patient=patient, mend=mend)


def _join(name: str, parts: Sequence[Adjudicated], folder: Path, target: Path) -> None:
    """Copy block by block: a criterion's rows of all parts, then those of the next."""
    with target.open("wb") as out:
        for block in range(len(parts[0].ends[name])):
            for part in parts[:1] if block == 0 else parts:
                start = part.ends[name][block - 1] if block else 0
                with (folder / part.folder / name).open("rb") as file:
                    file.seek(start)
                    out.write(file.read(part.ends[name][block] - start))


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
    card = card_text(loaded.card)
    ids = parsed.patients.ids
    n_parts = -(-len(ids) // patients_per_part)
    parts = [folder / f"part-{number:05d}" for number in range(n_parts)]
    for part in parts:
        part.mkdir()
        (part / "cohort.toml").write_text(card, encoding="utf-8")
    for name, table in loaded.tables.items():
        assert table is not None  # otherwise nothing would have been parsed
        # what belongs to nobody goes where it is said again: to the first
        column = table.columns["patient_id"]
        patient = pc.fill_null(pc.index_in(column.stripped, ids), 0).to_numpy()
        part_of_row = (patient // patients_per_part)[column.codes]
        _write_parts(_as_typed(table), part_of_row, [part / f"{name}.parquet" for part in parts])
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


def _write_parts(table: pa.Table, part_of_row: NDArray[np.intp], files: list[Path]) -> None:
    """Write each part's rows, in the order they came."""
    import pyarrow.parquet as pq  # loaded only when asked for

    order = np.argsort(part_of_row, kind="stable")
    ends = np.cumsum(np.bincount(part_of_row, minlength=len(files)))
    for file, end, start in zip(files, ends, [0, *ends[:-1]], strict=True):
        pq.write_table(table.take(pa.array(order[start:end])), file)
