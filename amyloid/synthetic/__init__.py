"""A seeded cohort that satisfies every published number, and what the numbers leave open drawn at random.

It shares no code with the analysis, so that their agreement is a test.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from amyloid.cohort.schema import ORGANS, PRIOR
from amyloid.synthetic.clinic import (
    Cycle,
    Happening,
    Lab,
    Sheet,
    cycles,
    draw_tolerated_doses,
    happenings,
    visits,
)
from amyloid.synthetic.clone import Clone, draw_clone, write_clone
from amyloid.synthetic.edges import plant_in_clones, plant_in_kidneys, plant_in_rows, plant_overflow
from amyloid.synthetic.organs import Renal, draw_kidneys, write_heart, write_kidney, write_liver
from amyloid.synthetic.outcomes import NEVER, Outcome, draw_outcomes
from amyloid.synthetic.people import Person, creatinine_at_start, draw_people

Rows = list[dict[str, str]]


@dataclass(frozen=True)
class Reconstruction:
    """One synthetic cohort as text.

    `tables` holds the rows of patients, labs, treatments and events in file order, every value as it is
    written; `card` is the text of cohort.toml.
    """

    tables: dict[str, Rows]
    card: str


def reconstruct(seed: int) -> Reconstruction:
    """Make a cohort of 43 patients that satisfies every number of the abstract.

    Parameters
    ----------
    seed : int
        Any whole number from 0. The same seed gives the same text, everything that the abstract leaves open
        differs between seeds.

    Returns
    -------
    Reconstruction
        The four tables and the card; times in months from the first dose, units beside the values.

    Raises
    ------
    ValueError
        If the seed is negative.

    References
    ----------
    Sanchorawala et al., Blood 2007;110(11):192.
    """
    if seed < 0:
        raise ValueError(f"seed {seed} is negative; expected a whole number from 0")
    who, fate, body, sampling, drug = (np.random.default_rng([seed, part]) for part in range(5))
    outcomes = draw_outcomes(fate)
    people = draw_people(who, outcomes)
    creatinine = [creatinine_at_start(body, "kidney" in p.organs) for p in people]
    kidneys = draw_kidneys(body, people, outcomes, creatinine)
    plant_in_kidneys(body, kidneys, people, outcomes)
    clones = [
        draw_clone(body, p, o, _filtration(p, c))
        for p, o, c in zip(people, outcomes, creatinine, strict=True)
    ]
    plant_in_clones(body, clones, outcomes)
    plant_overflow(body, clones, kidneys, people, outcomes)
    sheets = [
        _sheet(sampling, p, o, c, k) for p, o, c, k in zip(people, outcomes, clones, kidneys, strict=True)
    ]
    plant_in_rows(sampling, sheets, outcomes)
    doses = draw_tolerated_doses(drug, outcomes)
    treated = [cycles(drug, o, dose) for o, dose in zip(outcomes, doses, strict=True)]
    events = [happenings(drug, p, o, k.dialysis) for p, o, k in zip(people, outcomes, kidneys, strict=True)]
    tables = {
        "patients": [_patient(i, *row) for i, row in enumerate(zip(people, outcomes, kidneys, strict=True))],
        "labs": _rows(sheets),
        "treatments": _rows(treated),
        "events": _rows(events),
    }
    return Reconstruction(tables, _card(seed))


def _filtration(person: Person, creatinine: float) -> float:
    """Estimate GFR in mL/min/1.73 m2 by CKD-EPI 2009, on its own so as to share nothing with the analysis."""
    kappa, alpha, factor = (0.9, -0.411, 1.0) if person.male else (0.7, -0.329, 1.018)
    ratio = creatinine / kappa
    shape = min(ratio, 1.0) ** alpha * max(ratio, 1.0) ** -1.209
    return float(141.0 * shape * 0.993**person.age * factor)


def _sheet(
    rng: np.random.Generator, person: Person, outcome: Outcome, clone: Clone, renal: Renal
) -> list[Lab]:
    sheet, seen = Sheet(), visits(rng, outcome)
    write_clone(rng, sheet, person, outcome, clone, seen)
    write_kidney(rng, sheet, outcome, renal, seen)
    write_heart(rng, sheet, person, outcome, seen)
    write_liver(rng, sheet, person, seen)
    return sheet.ordered()


def _name(i: int) -> str:
    return f"LEN-{i + 1:02d}"


def _rows(of_patients: Sequence[Sequence[Lab | Cycle | Happening]]) -> Rows:
    return [
        {"patient_id": _name(i), **{name: _text(value) for name, value in row._asdict().items()}}
        for i, rows in enumerate(of_patients)
        for row in rows
    ]


def _text(value: str | float) -> str:
    """A word as it is, a number with two decimals at most; blank where something never happens."""
    if isinstance(value, str):
        return value
    return f"{value:.2f}".rstrip("0").rstrip(".") if value < NEVER else ""


def _yes(answer: bool) -> str:
    return "yes" if answer else "no"


def _albumin(person: Person, renal: Renal) -> str:
    """Say whether albumin predominates; blank where there is hardly any protein to ask about."""
    if renal.overflow:
        return "no"
    return "yes" if "kidney" in person.organs else ""


def _patient(i: int, p: Person, o: Outcome, k: Renal) -> dict[str, str]:
    return {
        "patient_id": _name(i),
        "age": str(p.age),
        "sex": "male" if p.male else "female",
        "light_chain": p.chain,
        "group": "original" if o.original else "extension",
        **{name: _yes(name in p.organs | p.prior) for name in (*ORGANS, *PRIOR)},
        "urine_albumin_predominant": _albumin(p, k),
        "atrial_fibrillation": _yes(p.atrial_fibrillation),
        "heart_failure": _yes(p.heart_failure),
    }


def _card(seed: int) -> str:
    return f"""# Synthetic, built from published aggregates, not patient data.
title = "Lenalidomide in AL amyloidosis, 43 patients (synthetic reconstruction, seed {seed})"
source = "Synthetic cohort that satisfies every number printed in Blood 2007;110(11):192; not patient data"
synthetic = true

[defaults]
hematologic_criteria = "boston-2007"
renal_criteria = "gertz-2005"

[reference_ranges]
alkaline_phosphatase = [40, 120]  # U/L
"""


def file_texts(reconstruction: Reconstruction) -> dict[str, str]:
    """Return the text of every file by its name: four tables as CSV with plain line feeds, and the card."""
    texts = {f"{name}.csv": _csv(rows) for name, rows in reconstruction.tables.items()}
    return {**texts, "cohort.toml": reconstruction.card}


def write_files(reconstruction: Reconstruction, folder: Path) -> None:
    """Write the five files of a cohort into a folder that exists."""
    for name, text in file_texts(reconstruction).items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")


def _csv(rows: Rows) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, fieldnames=list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()
