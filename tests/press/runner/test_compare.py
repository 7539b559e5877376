"""Two runs compared, in words and as CSV."""

import csv
import json
import subprocess
import sys

import pytest

from amyloid.cli.compare import LISTS, rounded
from amyloid.press.runner import RunError
from amyloid.press.runner.manifest import write_manifest
from amyloid.press.sweep.findings import compare_runs, read_findings

CATEGORIES = "patient_id,domain,criteria,category,month,reason\nA,h,isa-2012,{},3.0,x\nB,h,isa-2012,NR,,y\n"
ENDPOINTS = "patient_id,endpoint,months,event,reason\nA,overall_survival,{},1,death\n"
RESULTS = (
    "id,notebook,quantity,value,n,denominator,note,unit\n"
    "02.pr.n,02,responses,{},20,33,,patients\n02.all.n,02,patients,43,,,,patients\n"
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
    found, compared = compare_runs(run("a"), run("b"))
    assert {name: len(rows) for name, rows in found.items()} == dict.fromkeys(LISTS, 0)
    assert compared == 2


def test_what_differs_is_said_in_words_and_written(run, tmp_path):
    one, other = run("a"), run("b", "CR", "11", "21", confirm="28-days")
    call = [sys.executable, "-m", "amyloid.cli", "compare", str(one), str(other), "--out", "lists"]
    done = subprocess.run(call, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0
    for line in (
        "  parameter · confirm: none -> 28-days",
        "Numbers: 1 of 2 differ.",
        "  02.pr.n · 02 · responses: 20 -> 21 (+1)",
        "  A · h · isa-2012: PR, month 3 -> CR, month 3",
        "Patients: 1 differ in a category or an endpoint.",
    ):
        assert line in done.stdout.splitlines()
    with (tmp_path / "lists" / "numbers.csv").open() as file:
        (row,) = csv.DictReader(file)
    assert (row["id"], row["before"], row["after"], row["difference"]) == ("02.pr.n", "20", "21", "1.0")


def test_another_choice_of_criteria_shows_who_changes_category(tmp_path):
    """Every criteria set is in every run; the choice of one is a difference of its own."""
    rows = "".join(
        f"{patient},hematologic_response,{key},{category},,x\n"
        for patient, key, category in [
            ("A", "boston-2007", "PR"),
            ("A", "isa-2012", "VGPR"),
            ("B", "boston-2007", "NR"),
            ("B", "isa-2012", "NR"),
        ]
    )
    folders = []
    for key in ("boston-2007", "isa-2012"):
        folder = tmp_path / key
        folder.mkdir()
        (folder / "results.csv").write_text(RESULTS.format("20"))
        (folder / "categories.csv").write_text("patient_id,domain,criteria,category,month,reason\n" + rows)
        (folder / "endpoints.csv").write_text(ENDPOINTS.format("12"))
        cohort = {"name": "tiny", "fingerprint": "f" * 64}
        facts = {"amyloid": "0.1.0", "parameters": {"hematologic_criteria": key}, "cohort": cohort}
        write_manifest(folder, facts | {"notebooks": []})
        folders.append(folder)
    found, _ = compare_runs(*folders)
    own = ["A", "hematologic_response", "the run's own criteria", "PR", "VGPR", ""]
    assert found["categories"].to_numpy().tolist() == [own]
    moved = read_findings({folder.name: folder for folder in folders}).moved
    columns = ["scenario", "patient_id", "default", "category"]
    assert moved[columns].to_numpy().tolist() == [["isa-2012", "A", "PR", "VGPR"]]


def test_endpoints_are_said_with_their_months_and_event(run):
    found, _ = compare_runs(run("a"), run("b", months="11"))
    said = ["A", "overall_survival", "12.5 months, event 1", "11 months, event 1", ""]
    assert found["endpoints"].to_numpy().tolist() == [said]


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("26.50308008", "27.40041068", ("26.5", "27.4")),
        ("0.0231188903355", "0.0045448345429", ("0.02312", "0.004545")),
        ("33.3333333", "33.3333334", ("33.3333333", "33.3333334")),
        ("100.04", "not there", ("100", "not there")),
        ("12345.678", "-0.5", ("12346", "-0.5")),
        (
            "26.503 months, event 1",
            "26.503 months, event 0",
            ("26.5 months, event 1", "26.5 months, event 0"),
        ),
        ("0.0", "43", ("0", "43")),
        ("v1.2.3", "6.25.1", ("v1.2.3", "6.25.1")),
        ("1.0000000001e-05", "2e-05", ("0.00001", "2e-05")),
    ],
)
def test_numbers_are_printed_with_the_digits_that_count(before, after, said):
    assert rounded(before, after) == said


def test_a_run_of_another_format_is_refused_in_one_sentence(run):
    one, other = run("a"), run("b")
    manifest = json.loads((other / "manifest.json").read_text())
    (other / "manifest.json").write_text(json.dumps(manifest | {"format": 1}))
    with pytest.raises(RunError) as error:
        compare_runs(one, other)
    assert str(error.value) == f"{other} is of format 1; this version reads format 2: make it again."


def test_a_run_that_was_changed_by_hand_is_not_compared(run):
    one, other = run("a"), run("b")
    (other / "results.csv").write_text(RESULTS.format("30"))
    with pytest.raises(RunError, match=r"results\.csv was changed after the run"):
        compare_runs(one, other)
    (other / "manifest.json").unlink()
    with pytest.raises(RunError, match="is incomplete"):
        compare_runs(one, other)
