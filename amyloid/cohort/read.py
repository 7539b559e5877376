"""A folder or a workbook to a `Cohort`: read, checked, in months from the first dose."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from amyloid.cohort import place_of
from amyloid.cohort.errors import CohortError, Problem
from amyloid.cohort.reading.assemble import Parsed, load, parse
from amyloid.cohort.reading.card import Card
from amyloid.cohort.reading.findings import Findings
from amyloid.cohort.reading.raw import note_reading
from amyloid.cohort.toml import proposal, settled

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Cohort:
    """A checked cohort.

    Attributes
    ----------
    card : Card
        Title, source, synthetic or not, cut-off, reference ranges.
    patients : pandas.DataFrame
        One row per patient.
    labs : pandas.DataFrame
        One row per value in canonical units, sorted by patient, month and place in the file.
    treatments, events : pandas.DataFrame
        One row per interval and per event.
    notes : tuple of str
        What was converted, imputed, left out or ignored, in sentences.
    fingerprint : str
        SHA-256 of the input files, hexadecimal.
    """

    card: Card
    patients: pd.DataFrame
    labs: pd.DataFrame
    treatments: pd.DataFrame
    events: pd.DataFrame
    notes: tuple[str, ...]
    fingerprint: str

    def __repr__(self) -> str:
        rows = ", ".join(f"{len(getattr(self, name)):,} {name}" for name in _ROWS)
        return f"Cohort {self.card.title!r}: {rows}"

    def _repr_html_(self) -> str:
        from html import escape

        rows = "".join(
            f"<tr><th>{name}</th><td>{len(getattr(self, name)):,}</td><td>{words}</td></tr>"
            for name, words in _ROWS.items()
        )
        return f"<b>{escape(self.card.title)}</b><table><tbody>{rows}</tbody></table>"


_ROWS = {
    "patients": "one row per patient",
    "labs": "one row per value, in canonical units",
    "treatments": "one row per drug and interval",
    "events": "one row per event",
}


def read_cohort(path: str | Path) -> Cohort:
    """Read and check a cohort.

    Parameters
    ----------
    path : str or pathlib.Path
        A folder with patients, labs, treatments and events as CSV or Parquet and cohort.toml, or one
        ``.xlsx`` workbook with those sheets; or the bare name of a shipped cohort, such as
        ``lenalidomide-2007``, from any folder.

    Returns
    -------
    Cohort

    Raises
    ------
    amyloid.cohort.errors.CohortError
        With every problem of all tables at once.
    """
    parsed, findings = parse_cohort(path)
    return build_cohort(parsed, findings)


def parse_cohort(path: str | Path) -> tuple[Parsed, Findings]:
    """Read and check a cohort without building its frames (and without importing pandas).

    Parameters
    ----------
    path : str or pathlib.Path

    Returns
    -------
    (Parsed, Findings)

    Raises
    ------
    amyloid.cohort.errors.CohortError
    """
    findings = Findings()
    path = place_of(path)
    if not path.exists():
        raise CohortError([Problem("no-cohort", str(path), "there is no such folder or workbook.")])
    parsed = parse(load(path, findings), findings)
    if parsed is None or findings.refused:
        raise CohortError(findings.problems, proposal(settled(findings.proposed), findings.present))
    note_reading(path, parsed.fingerprint)
    return parsed, findings


def build_cohort(parsed: Parsed, findings: Findings) -> Cohort:
    """Build the frames of a parsed cohort.

    Parameters
    ----------
    parsed : Parsed
    findings : Findings

    Returns
    -------
    Cohort
    """
    import pandas as pd

    from amyloid.cohort.reading.frames import events_frame, labs_frame, patients_frame, treatments_frame

    patient = pd.CategoricalDtype(pd.Index(parsed.patients.ids.to_pylist(), dtype=object))
    return Cohort(
        card=parsed.card,
        patients=patients_frame(parsed, patient),
        labs=labs_frame(parsed, patient),
        treatments=treatments_frame(parsed, patient),
        events=events_frame(parsed, patient),
        notes=(*findings.notes, *(str(problem) for problem in findings.said())),
        fingerprint=parsed.fingerprint,
    )


def of_patient(cohort: Cohort, patient: str) -> Cohort:
    """Cohort of one of its patients; its fingerprint stays that of the files."""

    def own(table: pd.DataFrame) -> pd.DataFrame:
        rows = table[table["patient_id"] == patient]
        ids = rows["patient_id"].cat.set_categories([patient])
        return rows.assign(patient_id=ids).reset_index(drop=True)

    return replace(
        cohort,
        patients=cohort.patients[cohort.patients["patient_id"] == patient].reset_index(drop=True),
        labs=own(cohort.labs),
        treatments=own(cohort.treatments),
        events=own(cohort.events),
    )
