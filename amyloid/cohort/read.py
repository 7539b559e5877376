"""A folder or a workbook to a `Cohort`: read, checked, in months from the first dose."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from amyloid.cohort import place_of
from amyloid.cohort.errors import CohortError, Problem
from amyloid.cohort.reading.assemble import load, parse
from amyloid.cohort.reading.card import Card
from amyloid.cohort.reading.dates import NO_DAY
from amyloid.cohort.reading.findings import Findings
from amyloid.cohort.reading.logic import Parsed
from amyloid.cohort.reading.patients import ParsedRows, Patients
from amyloid.cohort.reading.raw import note_reading
from amyloid.cohort.schema import ASSAYS, EVENTS, LIGHT_CHAINS, SEXES, TESTS
from amyloid.cohort.toml import proposal

if TYPE_CHECKING:
    import pandas as pd

CODED: Final = {"sex": SEXES, "light_chain": LIGHT_CHAINS, "test": TESTS, "assay": ASSAYS, "event": EVENTS}
"""Columns of codes, and the words that they number."""


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
        raise CohortError(findings.problems, proposal(findings.proposed, findings.present))
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

    patient = pd.CategoricalDtype(pd.Index(parsed.patients.ids.to_pylist(), dtype=object))
    labs, treatments, events = parsed.labs, parsed.treatments, parsed.events
    values = _columns(labs, "month", "test", "value", "bound", "assay")
    given = _columns(treatments, "drug", "start_month", "end_month", "dose_mg", "days_per_cycle", "line")
    happened = _columns(events, "month", "event", "detail", "line")
    return Cohort(
        card=parsed.card,
        patients=_frame(_of_patients(parsed.patients)),
        labs=_frame(
            {name: parsed.lab_order.of(cells) for name, cells in values.items()}, patient, copy=False
        ),
        treatments=_frame({name: cells[treatments.usable] for name, cells in given.items()}, patient),
        events=_frame({name: cells[events.usable] for name, cells in happened.items()}, patient),
        notes=(*findings.notes, *(str(problem) for problem in findings.said())),
        fingerprint=parsed.fingerprint,
    )


def _columns(parsed: ParsedRows, *names: str) -> dict[str, Any]:
    """Columns of a frame from the arrays of parsed rows, which name no unit of time."""
    cells = {name: getattr(parsed, name.removesuffix("_month")) for name in names}
    return {"patient_id": parsed.patient, **cells}


def _of_patients(patients: Patients) -> dict[str, Any]:
    """Columns of the frame of patients, in the order of the file."""
    import pandas as pd

    start = np.full(len(patients.ids), np.datetime64("NaT"), "datetime64[ns]")
    known = patients.start != NO_DAY
    start[known] = patients.start[known].astype("datetime64[D]").astype("datetime64[ns]")
    others = {
        name: pd.Categorical(pd.Series(column.texts, dtype=object).replace("", None).take(column.codes))
        for name, column in patients.others.items()
    }
    return {
        "patient_id": np.array(patients.ids.to_pylist(), object),
        "age": patients.age,
        "sex": patients.sex,
        "light_chain": patients.light_chain,
        "treatment_start": start,
        "group": patients.texts["group"],
        **{name: pd.arrays.BooleanArray(codes == 1, codes < 0) for name, codes in patients.flags.items()},
        "recorded_response": patients.texts["recorded_response"],
        **others,
    }


def _frame(
    columns: dict[str, Any], patient: pd.CategoricalDtype | None = None, *, copy: bool | None = None
) -> pd.DataFrame:
    """A frame with words for codes, which are known to be in order: checking millions of them costs time."""
    import pandas as pd

    coded = {name: words for name, words in CODED.items() if isinstance(columns.get(name), np.ndarray)}
    dtypes = {name: pd.CategoricalDtype(list(words)) for name, words in coded.items()}
    dtypes |= {} if patient is None else {"patient_id": patient}
    from_codes: Callable[..., pd.Categorical] = pd.Categorical.from_codes
    words = {name: from_codes(columns[name], dtype=dtype, validate=False) for name, dtype in dtypes.items()}
    return pd.DataFrame(columns | words, copy=copy)


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
