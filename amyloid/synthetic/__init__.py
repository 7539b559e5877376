"""A seeded cohort that satisfies every published number, and what the numbers leave open drawn at random.

It shares no code with the analysis, so that their agreement is a test.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from amyloid.cohort.schema import ORGANS, PRIOR
from amyloid.synthetic.chance import Chance
from amyloid.synthetic.clinic import Lab, Row, Sheet, cycles, draw_tolerated_doses, happenings, visits
from amyloid.synthetic.clone import Clone, draw_clone, write_clone
from amyloid.synthetic.edges import plant_in_clones, plant_in_kidneys, plant_in_rows, plant_overflow
from amyloid.synthetic.organs import Renal, draw_kidneys, write_heart, write_kidney, write_liver
from amyloid.synthetic.outcomes import NEVER, draw_outcomes
from amyloid.synthetic.people import Person, draw_people

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
    who, fate, body, sampling, drug = (Chance(seed, stream) for stream in range(5))
    people = draw_people(who, draw_outcomes(fate))
    kidneys = draw_kidneys(body, people)
    plant_in_kidneys(body, people, kidneys)
    clones = [draw_clone(body, p, k.creatinine) for p, k in zip(people, kidneys, strict=True)]
    plant_in_clones(body, people, clones)
    plant_overflow(body, people, clones, kidneys)
    sheets = [_sheet(sampling, *row) for row in zip(people, clones, kidneys, strict=True)]
    plant_in_rows(sampling, people, sheets)
    doses = draw_tolerated_doses(drug, people)
    treated = [cycles(drug, p.outcome, dose) for p, dose in zip(people, doses, strict=True)]
    events = [happenings(drug, p, k.dialysis) for p, k in zip(people, kidneys, strict=True)]
    tables = {
        "patients": [_patient(i, *row) for i, row in enumerate(zip(people, kidneys, strict=True))],
        "labs": _rows(sheets),
        "treatments": _rows(treated),
        "events": _rows(events),
    }
    card = Path(__file__).with_name("card.toml").read_text(encoding="utf-8")
    return Reconstruction(tables, card.replace("{seed}", str(seed)))


def _sheet(rng: Chance, person: Person, clone: Clone, renal: Renal) -> list[Lab]:
    sheet = Sheet(visits(rng, person.outcome))
    write_clone(rng, person, clone, sheet)
    write_kidney(rng, person, renal, sheet)
    write_heart(rng, person, sheet)
    write_liver(rng, person, sheet)
    return sheet.ordered()


def _name(i: int) -> str:
    return f"LEN-{i + 1:02d}"


def _rows(of_patients: Sequence[Sequence[Row]]) -> Rows:
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


def _patient(i: int, p: Person, k: Renal) -> dict[str, str]:
    return {
        "patient_id": _name(i),
        "age": str(p.age),
        "sex": "male" if p.male else "female",
        "light_chain": p.chain,
        "group": "original" if p.outcome.original else "extension",
        **{name: _yes(name in p.organs | p.prior) for name in (*ORGANS, *PRIOR)},
        "urine_albumin_predominant": "no" if k.overflow else "yes" if "kidney" in p.organs else "",
        "atrial_fibrillation": _yes(p.atrial_fibrillation),
        "heart_failure": _yes(p.heart_failure),
    }


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
