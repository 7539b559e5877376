"""The notebook of one's own: copied for a cohort, and every cell runs on each shipped cohort."""

import json
from pathlib import Path

import matplotlib as mpl
import pytest
from click.testing import CliRunner

from amyloid.cli import group
from amyloid.cohort import COHORTS, NOTEBOOKS
from amyloid.press.runner.notebooks import source

NOTEBOOK = NOTEBOOKS / "explore.ipynb"


def cells(path: Path) -> list[dict]:
    return json.loads(path.read_text(encoding="utf-8"))["cells"]


@pytest.mark.slow
@pytest.mark.parametrize("cohort", COHORTS)
@pytest.mark.filterwarnings("ignore")
def test_every_cell_runs_on_a_shipped_cohort(cohort, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    mpl.use("agg")
    names: dict[str, object] = {}
    for cell in cells(NOTEBOOK):
        if cell["cell_type"] == "code":
            exec(compile(source(cell), "explore", "exec"), names)
        if "parameters" in cell["metadata"].get("tags", []):
            names["cohort_dir"] = cohort
    assert names["study"].n in (43, 120)


def test_a_copy_opens_the_cohort_that_was_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(group, ["explore", "two-regimens"])
    assert done.exit_code == 0, done.output
    copy = tmp_path / "runs" / "explore.ipynb"
    (chosen,) = [source(c) for c in cells(copy) if "parameters" in c["metadata"].get("tags", [])]
    assert chosen == "cohort_dir = 'two-regimens'"
    assert all(not cell.get("outputs") for cell in cells(copy))
    again = CliRunner().invoke(group, ["explore"])
    assert again.exit_code == 2
    assert "exists already" in again.output
    assert CliRunner().invoke(group, ["explore", "--force"]).exit_code == 0


def test_a_cohort_that_is_not_there_is_a_fault_of_the_call(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(group, ["explore", "nowhere/"])
    assert done.exit_code == 2
    assert "nothing at nowhere/" in done.output
