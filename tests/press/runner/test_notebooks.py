"""Which notebooks there are, which are run, and whether their parameters fit."""

import json

import pytest

from amyloid.press.runner import PlaceError, RunError
from amyloid.press.runner.notebooks import Notebook, check_parameters, find, select
from amyloid.questions.parameters import PARAMETERS, PLACES

NAMES = [*PLACES, *PARAMETERS]


@pytest.mark.parametrize("name", ["3", "03", "03_three", "03_three.ipynb"])
def test_a_notebook_is_chosen_by_number_or_name(notebook, folder, name):  # R10
    for stem in ("01_one", "03_three", "30_thirty"):
        notebook(stem)
    assert [found.stem for found in select(find(folder), [name])] == ["03_three"]


def test_without_a_choice_all_are_run_in_order(notebook, folder):
    for stem in ("10_ten", "02_two"):
        notebook(stem)
    (folder / "scratch.ipynb").write_text("{}")
    assert [found.stem for found in select(find(folder), [])] == ["02_two", "10_ten"]


def test_a_folder_without_notebooks_is_a_fault_of_the_call(folder):
    with pytest.raises(PlaceError, match="holds no notebook"):
        find(folder)


def test_parameters_must_be_all_there_and_no_other(notebook, folder):
    path = notebook("01_one")
    check_parameters(Notebook(path), NAMES)
    path.write_text(path.read_text().replace("min_cell = 11", "mincell = 11"))
    with pytest.raises(RunError, match="lacks min_cell and sets mincell, which no run knows"):
        check_parameters(Notebook(path), NAMES)


def test_outputs_do_not_count_in_a_notebooks_fingerprint(notebook):
    path = notebook("01_one", "1")
    before = Notebook(path).fingerprint()
    path.write_text(path.read_text().replace('"execution_count": null', '"execution_count": 9'))
    assert Notebook(path).fingerprint() == before
    content = json.loads(path.read_text())
    content["cells"][-1]["source"] = "2"
    path.write_text(json.dumps(content))
    assert Notebook(path).fingerprint() != before


@pytest.mark.parametrize("text", ["", "{", "[]", "{}"])
def test_a_file_that_is_no_notebook_is_said(folder, text):
    (folder / "01_one.ipynb").write_text(text)
    with pytest.raises(RunError, match=r"01_one\.ipynb is not a notebook"):
        find(folder)[0].code_cells  # noqa: B018
