"""Cohorts of any size for timing: 51 laboratory rows per patient, the same bytes for the same size.

`python bench/cohorts.py PATIENTS FOLDER` writes FOLDER/csv and FOLDER/parquet.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import csv

SEED = 20071116
MONTHS = np.array([0.0, 1.0, 2.0, 3.0, 6.0, 9.0, 12.0])
TESTS = {
    "kappa_flc": "mg/L",
    "lambda_flc": "mg/L",
    "serum_immunofixation": "",
    "urine_immunofixation": "",
    "urine_protein": "g/24h",
    "creatinine": "mg/dL",
    "nt_probnp": "ng/L",
}
CARD_FILE = "cohort.toml"
CARD = """title = "Generated cohort for timing"
source = "made by a seeded program; describes no real patient"
synthetic = true
"""


def write_cohort(folder: Path, patients: int) -> Path:
    """Write a cohort folder of this many patients unless it is there already, and return it."""
    if (folder / CARD_FILE).exists():
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(SEED)
    ids = np.array([f"BN-{number:06d}" for number in range(patients)])
    kappa = rng.random(patients) < 0.3
    _write(
        folder / "patients.csv",
        {
            "patient_id": ids,
            "age": rng.integers(40, 86, patients),
            "sex": np.where(rng.random(patients) < 0.6, "male", "female"),
            "light_chain": np.where(kappa, "kappa", "lambda"),
        },
    )
    _write(folder / "labs.csv", _labs(rng, ids, kappa))
    start, death = np.zeros(patients), rng.exponential(40.0, patients) + 13.0
    _write(
        folder / "treatments.csv",
        {
            "patient_id": ids,
            "drug": np.full(patients, "melphalan"),
            "start_month": start,
            "end_month": np.round(rng.uniform(3.0, 12.0, patients), 1),
            "dose_mg": np.full(patients, 10),
        },
    )
    followed = rng.uniform(15.0, 60.0, patients)
    _write(
        folder / "events.csv",
        {
            "patient_id": ids,
            "month": np.round(np.minimum(death, followed), 1) + 2.5,
            "event": np.where(death < followed, "death", "last_contact"),
        },
    )
    (folder / CARD_FILE).write_text(CARD, encoding="utf-8")
    return folder


def write_parquet(source: Path, folder: Path) -> None:
    """Write the same cohort with its tables as Parquet, unless it is there already."""
    if (folder / CARD_FILE).exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    for table in source.glob("*.csv"):
        pq.write_table(csv.read_csv(table), folder / f"{table.stem}.parquet")
    shutil.copy(source / CARD_FILE, folder)


def _labs(rng: np.random.Generator, ids: np.ndarray, kappa: np.ndarray) -> dict[str, np.ndarray]:
    """Rows patient by patient, visit by visit; the light chains once more at month 15."""
    patients, visits = len(ids), len(MONTHS)
    visit_months = np.concatenate([[0.0], MONTHS[1:]]) + np.zeros((patients, 1))
    visit_months[:, 1:] = np.round(visit_months[:, 1:] + rng.normal(0, 0.1, (patients, visits - 1)), 1)
    slope = rng.normal(-0.15, 0.12, (patients, 1))
    involved = 150 * np.exp(rng.normal(0, 1, (patients, 1)) + slope * np.append(MONTHS, 15.0))
    uninvolved = 12 * np.exp(rng.normal(0, 0.4, (patients, visits + 1)))
    chains = np.where(
        kappa[:, None, None], np.stack([involved, uninvolved], 2), np.stack([uninvolved, involved], 2)
    )
    deep = involved[:, :visits] < 30
    deep[:, 0] = False  # everybody begins with a clone
    values = np.empty((patients, visits, len(TESTS)), dtype=object)
    values[:, :, 0:2] = np.round(chains[:, :visits], 1)
    values[:, :, 2] = np.where(deep, "negative", "positive")
    values[:, :, 3] = np.where(deep & (rng.random((patients, visits)) < 0.9), "negative", "positive")
    values[:, :, 4] = np.round(5 * np.exp(rng.normal(0, 0.8, (patients, 1)) - 0.05 * MONTHS), 2)
    values[:, :, 5] = np.round(1.15 * np.exp(rng.normal(0, 0.3, (patients, visits))), 2)
    values[:, :, 6] = np.round(1500 * np.exp(rng.normal(0, 1, (patients, 1)) - 0.03 * MONTHS))
    late = np.round(chains[:, visits], 1).astype(object)
    rows = np.concatenate([values.reshape(patients, -1), late], axis=1)
    month = np.concatenate(
        [np.repeat(visit_months, len(TESTS), axis=1), np.full((patients, 2), 15.0)], axis=1
    )
    names = [*list(TESTS) * visits, "kappa_flc", "lambda_flc"]
    per_patient = len(names)
    return {
        "patient_id": np.repeat(ids, per_patient),
        "month": month.ravel(),
        "test": np.tile(names, patients),
        "value": rows.ravel().astype(str),
        "unit": np.tile([TESTS[name] for name in names], patients),
    }


def _write(path: Path, columns: dict[str, np.ndarray]) -> None:
    csv.write_csv(pa.table(columns), path, csv.WriteOptions(quoting_style="none"))


if __name__ == "__main__":
    place = Path(sys.argv[2])
    write_parquet(write_cohort(place / "csv", int(sys.argv[1])), place / "parquet")
