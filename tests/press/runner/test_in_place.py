"""Committed notebooks executed in place: all of them or none."""

import json

import pytest

from amyloid.cli import upkeep
from amyloid.press.runner import RunError
from amyloid.press.runner.notebooks import find
from amyloid.questions.parameters import parameters_cell


@pytest.fixture
def project(monkeypatch, folder, tmp_path):
    (tmp_path / "data" / "lenalidomide-2007").mkdir(parents=True)
    monkeypatch.setattr(upkeep, "PROJECT", tmp_path)
    monkeypatch.setattr(upkeep, "FIGURES", tmp_path / "figures")
    monkeypatch.setattr(upkeep, "PRELOAD", ())
    work = tmp_path / "in place"
    work.mkdir()
    return work


def test_outputs_and_figures_are_put_back_without_an_injected_cell(project, notebook, folder, tmp_path):
    path = notebook("01_one", "print(cohort_dir)", figure=True)
    path.write_text(path.read_text().replace("../data/lenalidomide-2007", "two-regimens"))
    (tmp_path / "figures").mkdir()
    (tmp_path / "figures" / "01_one_gone.png").write_text("")
    upkeep.execute_in_place(find(folder), project)
    cells = json.loads(path.read_text())["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    assert [cell["execution_count"] for cell in code] == [1, 2, 3, 4]
    assert cells[-1]["outputs"][0]["text"] == ["two-regimens\n"]
    assert "".join(code[0]["source"]) == parameters_cell("two-regimens")
    kept = sorted(figure.name for figure in (tmp_path / "figures").iterdir())
    assert kept == ["01_one_line.png", "01_one_line.svg"]


def test_one_failure_changes_no_file(project, notebook, folder):
    notebook("01_one", "1")
    notebook("02_two", "1 / 0")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(RunError, match="02_two, code cell 3: ZeroDivisionError"):
        upkeep.execute_in_place(find(folder), project)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
