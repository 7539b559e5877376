"""Two runs compared, in words and as CSV."""

import csv
import subprocess
import sys

import pytest

from amyloid.runner.comparing import compare_runs
from amyloid.runner.errors import RunError
from amyloid.runner.manifest import write_manifest

CATEGORIES = "patient_id,domain,criteria,category,month,reason\nA,h,isa-2012,{},3.0,x\nB,h,isa-2012,NR,,y\n"
ENDPOINTS = "patient_id,endpoint,months,event,reason\nA,overall_survival,{},1,death\n"
RESULTS = (
    "id,notebook,quantity,value,n,denominator\n02.pr.n,02,responses,{},20,33\n02.all.n,02,patients,43,,\n"
)


@pytest.fixture
def run(tmp_path):
    """A finished run with the files that are compared."""

    def make(name, category="PR", months="12.5", value="20", **parameters):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "categories.csv").write_text(CATEGORIES.format(category))
        (folder / "endpoints.csv").write_text(ENDPOINTS.format(months))
        (folder / "results.csv").write_text(RESULTS.format(value))
        cohort = {"name": "tiny", "fingerprint": "f" * 64}
        facts = {"amyloid": "0.1.0", "parameters": {"confirm": "none"} | parameters, "cohort": cohort}
        write_manifest(folder, facts | {"notebooks": []})
        return folder

    return make


def test_equal_runs_do_not_differ(run):
    found = compare_runs(run("a"), run("b"))
    assert (found.settings, found.numbers, found.categories, found.endpoints) == ((), (), (), ())
    assert found.compared == 2


def test_what_differs_is_said_in_words_and_written(run, tmp_path):
    one, other = run("a"), run("b", "CR", "11", "21", confirm="28-days")
    call = [sys.executable, "-m", "amyloid.cli", "compare", str(one), str(other), "--out", "lists"]
    done = subprocess.run(call, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0
    for line in (
        "  parameter · confirm: none -> 28-days",
        "Numbers: 1 of 2 differ.",
        "  02.pr.n · 02 · responses: 20 -> 21 (+1)",
        "  A · h · isa-2012: PR, month 3.0 -> CR, month 3.0",
        "Patients: 1 differ in a category or an endpoint.",
    ):
        assert line in done.stdout.splitlines()
    with (tmp_path / "lists" / "numbers.csv").open() as file:
        (row,) = csv.DictReader(file)
    assert (row["id"], row["before"], row["after"], row["difference"]) == ("02.pr.n", "20", "21", "1.0")


def test_a_run_that_was_changed_by_hand_is_not_compared(run):
    one, other = run("a"), run("b")
    (other / "results.csv").write_text(RESULTS.format("30"))
    with pytest.raises(RunError, match=r"results\.csv was changed after the run"):
        compare_runs(one, other)
    (other / "manifest.json").unlink()
    with pytest.raises(RunError, match="is incomplete"):
        compare_runs(one, other)
