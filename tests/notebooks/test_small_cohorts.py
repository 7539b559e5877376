"""Cohorts in which little can be estimated: every notebook still ends, and no library warns on a page."""

import subprocess
import sys

import pandas as pd
import pytest

from amyloid.cohort import EMBEDDED_COHORT
from amyloid.runner.manifest import read_manifest

TABLES = ("patients", "labs", "treatments", "events")


def four_patients(tables):
    chosen = tables["patients"]["patient_id"].iloc[:4]
    return {name: table[table["patient_id"].isin(chosen)] for name, table in tables.items()}


def one_isotype(tables):
    patients = tables["patients"]
    chosen = patients.loc[patients["light_chain"] == "lambda", "patient_id"]
    return {name: table[table["patient_id"].isin(chosen)] for name, table in tables.items()}


def no_deaths(tables):
    events = tables["events"]
    died = events["event"] == "death"
    events = events.assign(
        event=events["event"].mask(died, "last_contact"), detail=events["detail"].mask(died, "")
    )
    return tables | {"events": events}


@pytest.mark.slow
@pytest.mark.parametrize("change", [four_patients, one_isotype, no_deaths])
def test_every_notebook_ends_without_a_warning(tmp_path, change):
    tables = {
        name: pd.read_csv(EMBEDDED_COHORT / f"{name}.csv", dtype=str, keep_default_na=False)
        for name in TABLES
    }
    place = tmp_path / "cohort"
    place.mkdir()
    (place / "cohort.toml").write_text((EMBEDDED_COHORT / "cohort.toml").read_text())
    for name, table in change(tables).items():
        table.to_csv(place / f"{name}.csv", index=False)
    call = [sys.executable, "-m", "amyloid.cli", "run", str(place), "--out", str(tmp_path / "run")]
    done = subprocess.run(call, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    parts = read_manifest(tmp_path / "run")["notebooks"]
    assert len(parts) >= 5
    assert [part["warnings"] for part in parts] == [0] * len(parts)
