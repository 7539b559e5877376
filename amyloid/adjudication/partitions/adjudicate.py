"""Adjudication part by part, on this machine or another, and the parts' tables put together."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from amyloid.adjudication import TABLES, write_adjudication
from amyloid.adjudication.criteria.choice import by_default
from amyloid.cohort import read_cohort
from amyloid.cohort.errors import CohortError, Problem, shown_patient

if TYPE_CHECKING:
    from amyloid.adjudication.response import Confirm

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
