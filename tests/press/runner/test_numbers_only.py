"""Runs for their numbers only: no figure, and never taken for a whole run."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from amyloid.press.runner.manifest import read_manifest
from amyloid.press.runner.pool import Progress
from amyloid.press.runner.runs import make_run
from amyloid.press.sweep.scenarios import is_done

SAY = "import os, uuid\nprint(os.environ.get('AMYLOID_NUMBERS_ONLY'), uuid.uuid4())"


@pytest.fixture
def said(plan):
    """Run the tiny notebooks and return what the last cell of the first printed."""

    def run(target: str, **changes: object) -> str:
        made = make_run(plan(target, **changes), lambda _: Progress(0, quiet=True))
        content = json.loads((made / "notebooks" / "01_one.ipynb").read_text())
        return "".join(content["cells"][-1]["outputs"][0]["text"])

    return run


def test_the_kernel_is_told_and_so_is_the_manifest(said, plan, notebook, monkeypatch):
    notebook("01_one", SAY)
    monkeypatch.setenv("AMYLOID_NUMBERS_ONLY", "1")  # only the runner's own word counts
    assert said("whole/run").startswith("None ")
    assert said("numbers/run", numbers_only=True).startswith("1 ")
    assert read_manifest(plan("whole/run").target)["numbers_only"] is False
    assert read_manifest(plan("numbers/run").target)["numbers_only"] is True


def test_one_kind_is_never_taken_over_into_the_other(said, plan, notebook):
    notebook("01_one", SAY)
    numbers = said("run", numbers_only=True)
    assert is_done(plan("run", numbers_only=True))
    assert not is_done(plan("run"))
    whole = said("run", force=True)
    assert whole.startswith("None ")
    assert not is_done(plan("run", numbers_only=True))
    again = said("run", numbers_only=True, force=True)
    assert again.startswith("1 ")
    assert said("run", numbers_only=True, force=True) == again != numbers


def test_figures_of_the_committed_notebook_are_not_expected(said, notebook):
    path = notebook("01_one", SAY)
    content = json.loads(path.read_text())
    content["cells"][-1]["outputs"] = [
        {"output_type": "display_data", "data": {}, "metadata": {"amyloid": {"kind": "figure", "name": "x"}}}
    ]
    path.write_text(json.dumps(content))
    assert said("run", numbers_only=True)


def test_figures_of_one_width_are_never_taken_for_those_of_the_other(said, plan, notebook, monkeypatch):
    notebook("01_one", SAY.replace("NUMBERS_ONLY", "WIDTH"))
    monkeypatch.setenv("AMYLOID_WIDTH", "85")  # only the runner's own word counts
    page = said("run")
    assert page.startswith("170 ")
    assert not is_done(plan("run", width=85))
    column = said("run", width=85, force=True)
    assert column.startswith("85 ")
    assert read_manifest(plan("run").target)["width"] == 85
    assert said("run", width=85, force=True) == column


@pytest.mark.slow
def test_a_sweep_keeps_the_same_numbers_and_no_figure(tmp_path):
    (tmp_path / "grid.toml").write_text("[[scenario]]\nname = 'early'\nlandmark_months = 3\n")
    call = [sys.executable, "-m", "amyloid.cli", "sweep", "grid.toml", "--only", "05", "--quiet"]
    for place in (["--out", "whole"], ["--out", "numbers", "--numbers-only"]):
        subprocess.run([*call, *place], cwd=tmp_path, check=True)
    for scenario in ("default", "early"):
        whole, numbers = (tmp_path / place / "scenarios" / scenario for place in ("whole", "numbers"))
        for file in ("results.csv", "categories.csv", "endpoints.csv"):
            assert (numbers / file).read_bytes() == (whole / file).read_bytes()
        assert not (numbers / "figures").exists()
        drawn, told = (_figures(run / "notebooks" / "05_renal_response.ipynb") for run in (whole, numbers))
        assert drawn == (7, 0)
        assert told == (0, 7)
    tables = [(tmp_path / place / "summary.csv").read_bytes() for place in ("whole", "numbers")]
    assert tables[0] == tables[1]


def _figures(notebook: Path) -> tuple[int, int]:
    """Count the pictures, and the sentences in place of one."""
    content = json.loads(notebook.read_text())
    outputs = [output for cell in content["cells"] for output in cell.get("outputs", [])]
    shown = [output["data"] for output in outputs if "data" in output]
    words = ["".join(data.get("text/markdown", "")) for data in shown]
    return sum("image/png" in data for data in shown), sum("Not drawn: this run" in text for text in words)
