"""Which notebooks run over which cohort, and with which criteria: planned, not executed."""

import json
import shutil

import pytest

from amyloid.cli.planning import plan_run
from amyloid.cohort import DATA, EMBEDDED
from amyloid.press.runner import PlaceError
from amyloid.press.runner.notebooks import find
from amyloid.press.runner.runs import notebook_job
from amyloid.questions.parameters import ParameterError, defaults

TWO = "two-regimens"


@pytest.fixture
def notebooks(notebook, folder):
    """One notebook for any cohort, and one that compares two groups and was written over two-regimens."""
    notebook("01_one")
    path = notebook("07_two")
    text = path.read_text().replace("../data/lenalidomide-2007", TWO)
    content = json.loads(text)
    content["metadata"]["amyloid"] = {"needs": "two groups"}
    path.write_text(json.dumps(content))
    return find(folder)


@pytest.fixture
def plan(notebooks, tmp_path):
    def make(cohort=None, only=(), **parameters):
        chosen = [n for n in notebooks if not only or n.number in only]
        source = DATA / EMBEDDED if cohort is None else cohort
        said = []
        values = defaults() | parameters
        made = plan_run(tmp_path / "run", source, chosen, values, cohort is None, only, said)
        return made, said

    return make


def stems(plan):
    return [notebook.stem for notebook in plan.notebooks]


def test_without_a_cohort_each_runs_over_the_one_it_was_written_for(plan, tmp_path):
    made, said = plan()
    assert (stems(made), said) == (["01_one", "07_two"], [])
    assert made.cohort == DATA / EMBEDDED
    assert made.of("01_one") is made
    assert made.of("07_two").cohort == DATA / TWO
    assert made.parameters["hematologic_criteria"] == "boston-2007"
    assert made.of("07_two").parameters["hematologic_criteria"] == "isa-2012"
    for notebook in made.notebooks:
        job = notebook_job(tmp_path, made.of(notebook.stem), notebook)
        assert job["parameters"]["cohort_dir"] == f"../data/{EMBEDDED if notebook.number == '01' else TWO}"
    pages = [call.arguments["page"] for call in made.last]
    assert sorted(pages) == ["01_one", "07_two", "index"]


def test_asked_for_alone_it_still_has_its_own_cohort(plan):
    made, _ = plan(only=("07",))
    assert (stems(made), made.cohort, made.elsewhere) == (["07_two"], DATA / TWO, {})


def test_over_a_cohort_with_two_groups_both_run_over_it(plan):
    made, said = plan(DATA / TWO)
    assert (stems(made), said, made.elsewhere) == (["01_one", "07_two"], [], {})


def grouped(tmp_path, sizes):
    """The embedded cohort with groups of these sizes."""
    place = tmp_path / "ours"
    shutil.copytree(DATA / EMBEDDED, place)
    lines = (place / "patients.csv").read_text(encoding="utf-8").splitlines()
    column = lines[0].split(",").index("group")
    names = [name for name, n in sizes.items() for _ in range(n)]
    rows = [line.split(",") for line in lines[1:]]
    for row, name in zip(rows, names, strict=True):
        row[column] = name
    (place / "patients.csv").write_text("\n".join([lines[0], *map(",".join, rows)]), encoding="utf-8")
    return place


@pytest.mark.parametrize(("smaller", "runs"), [(5, True), (4, False)])
def test_two_groups_of_five_are_needed(plan, tmp_path, smaller, runs):
    made, said = plan(grouped(tmp_path, {"A": 43 - smaller, "B": smaller}))
    assert stems(made) == ["01_one", *["07_two"] * runs]
    assert said == [] if runs else ["07_two is left out: group has no two groups of 5 patients."]


def test_what_was_asked_for_and_cannot_be_compared_is_a_fault_of_the_call(plan, tmp_path):
    ours = grouped(tmp_path, {"A": 43})
    with pytest.raises(PlaceError, match="07_two is left out: group has no two groups of 5 patients"):
        plan(ours, only=("07",))
    with pytest.raises(ParameterError, match="compare_by"):
        plan(ours, compare_by="gruop")


def test_another_column_or_none(plan, tmp_path):
    ours = grouped(tmp_path, {"A": 43})
    assert stems(plan(ours, compare_by="Sex")[0]) == ["01_one", "07_two"]
    made, said = plan(DATA / TWO, compare_by="none")
    assert (stems(made), said) == (["01_one"], ["07_two is left out: compare_by is none."])


def test_naming_what_the_card_chose_is_the_same_run(plan):
    by_card, _ = plan()
    named, _ = plan(hematologic_criteria="boston-2007", renal_criteria="gertz-2005")
    other, _ = plan(hematologic_criteria="isa-2012")
    assert by_card.part_keys()["01_one"] == named.part_keys()["01_one"] != other.part_keys()["01_one"]
    assert by_card.injected() == named.injected()
    assert by_card.injected()["hematologic_criteria"] == "default"
    assert other.injected()["hematologic_criteria"] == "isa-2012"
