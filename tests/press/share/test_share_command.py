"""`amyloid share` from the command line: what leaves, what is refused, and that nothing half-made is left."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from amyloid.cli import group, words
from amyloid.cohort import read_cohort
from amyloid.press.disclosure.gate import MANIFEST
from amyloid.press.runner.manifest import write_manifest
from runs import finished_run, real_cohort


def share(*arguments):
    """Return exit code and text, as `amyloid.cli.main` gives them; each call has a ledger of its own."""
    given = [*map(str, arguments)]
    with tempfile.TemporaryDirectory() as folder:
        own = [] if "--ledger" in given else ["--ledger", str(Path(folder) / "ledger.json")]
        result = CliRunner().invoke(group, ["share", *given, *own])
    if result.exception is None or isinstance(result.exception, SystemExit):
        return result.exit_code, result.output
    said = words(result.exception)
    assert said is not None, result.exception
    return 1, said


def contents(path):
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("sharing")


@pytest.fixture(scope="module")
def cohort(place):
    return real_cohort(place / "kiruna_cohort")


@pytest.fixture(scope="module")
def run(place, cohort):
    return finished_run(place / "run", cohort)


@pytest.fixture(scope="module")
def shared(place, run):
    code, said = share(run, "--out", place / "shared.zip")
    assert code == 0, said
    return contents(place / "shared.zip")


@pytest.fixture(scope="module")
def synthetic_run(place):
    return finished_run(place / "synthetic")


def test_no_identifier_of_a_patient_leaves(shared, cohort):
    ids = [patient.casefold() for patient in read_cohort(cohort).patients["patient_id"]]
    for name, body in shared.items():
        text = (name + body.decode("latin-1")).casefold()
        assert not any(patient in text for patient in ids), name
        assert "kiruna" not in text
        assert "zqx" not in text


def test_what_a_patients_report_holds(shared):
    assert sorted(name for name in shared if not name.startswith("figures/")) == [
        "CHECKLIST.txt",
        "index.html",
        MANIFEST,
        "tables/drugs.csv",
        "tables/patients.csv",
        "tables/quartiles.csv",
        "tables/responses.csv",
        "tables/time_to_event.csv",
    ]


def test_small_counts_are_hidden_in_every_table(shared):
    for name in ("patients", "responses"):
        for line in shared[f"tables/{name}.csv"].decode().splitlines()[1:]:
            count, share_of_total = line.split(",")[-2:]
            assert count == "hidden" or int(count) >= 15, line
            assert (count == "hidden") == (share_of_total == "hidden")


def test_a_grade_that_nobody_reached_has_a_line_all_the_same(shared):
    lines = shared["tables/responses.csv"].decode().splitlines()
    grades = [line.split(",")[1] for line in lines if line.startswith("Best hematologic response")]
    assert grades == ["CR", "VGPR", "PR", "NR", "NE", "Total"]
    assert next(line for line in lines if ",CR," in line).endswith("hidden,hidden")


def test_what_is_not_recorded_and_what_nobody_has_have_lines(shared):
    lines = shared["tables/patients.csv"].decode().splitlines()
    for name in {line.split(",")[0] for line in lines[1:]}:
        assert [line for line in lines if line.startswith(f"{name},not recorded,")]


def test_the_manifest_holds_the_proof_and_the_status_of_each_output(shared):
    manifest = json.loads(shared[MANIFEST])
    assert manifest["proof"]["hidden"] > 0
    assert manifest["proof"]["narrowest"] >= manifest["rules"]["min_cell"] == 11
    assert set(manifest["outputs"]) == set(shared) - {MANIFEST, "CHECKLIST.txt"}
    assert manifest["outputs"]["tables/patients.csv"]["status"] == "partly hidden"
    checklist = shared["CHECKLIST.txt"].decode()
    assert all(f"[ ] {name}: " in checklist for name in manifest["outputs"])
    assert "a second person (name, day):" in checklist


def test_the_page_says_that_plots_of_patients_are_absent(shared):
    page = shared["index.html"].decode()
    assert "Swimmer plot" in page
    assert "The smallest count shown is 13: no count below 11 is shown" in page
    assert "hidden" in page


def test_no_extreme_and_no_date_is_shown(shared, cohort):
    ages = read_cohort(cohort).patients["age"]
    quartiles = shared["tables/quartiles.csv"].decode()
    assert "Age, years" in quartiles
    cells = re.split(r"[,\n]", quartiles)
    assert f"{ages.max():g}" not in cells
    assert f"{ages.min():g}" not in cells


def test_min_cell_of_the_run_raises_the_floor(place, cohort):
    run = finished_run(place / "run20", cohort, min_cell=20)
    assert share(run, "--out", place / "20.zip")[0] == 0
    assert json.loads(contents(place / "20.zip")[MANIFEST])["rules"]["min_cell"] == 20


def test_min_cell_below_the_floor_is_said_and_not_followed(place, cohort):
    run = finished_run(place / "run1", cohort, min_cell=1)
    assert share(run, "--out", place / "1.zip")[0] == 0
    page = contents(place / "1.zip")["index.html"].decode()
    assert "The smallest count shown is 8: no count below 5 is shown" in page
    assert "asked for 1" in page


def test_two_shares_of_one_run_are_the_same(place, run, shared):
    assert share(run, "--out", place / "again.zip")[0] == 0
    assert (place / "again.zip").read_bytes() == (place / "shared.zip").read_bytes()


def test_the_synthetic_cohort_leaves_whole_and_says_why(place, synthetic_run, monkeypatch):
    monkeypatch.setattr("amyloid.cohort.NOTEBOOKS", synthetic_run / "notebooks")
    code, said = share(synthetic_run, "--out", place / "synthetic.zip")
    assert code == 0, said
    found = contents(place / "synthetic.zip")
    assert {
        "index.html",
        "02_response.html",
        "categories.csv",
        "results.csv",
        "figures/02_response_best.png",
    } <= set(found)
    for name, body in found.items():
        if name.endswith(".html"):
            assert b"not patient data" in body
    assert b"generated from published aggregates" in found["CHECKLIST.txt"]
    assert found["figures/02_response_best.csv"] == b"grade,n\n'=1+1,-3.2\n"


def test_a_cell_added_to_a_notebook_takes_the_whole_report_back(place, synthetic_run, monkeypatch):
    own = place / "own-notebooks"
    shutil.copytree(synthetic_run / "notebooks", own)
    notebook = next(own.glob("*.ipynb"))
    content = json.loads(notebook.read_text(encoding="utf-8"))
    content["cells"] = content["cells"][:-1]  # so the run's own has one cell more than the program's
    notebook.write_text(json.dumps(content), encoding="utf-8")
    monkeypatch.setattr("amyloid.cohort.NOTEBOOKS", own)
    code, said = share(synthetic_run, "--out", place / "added.zip")
    assert code == 0, said
    assert "categories.csv" not in contents(place / "added.zip")


def test_a_second_release_that_differs_by_few_is_refused(place):
    cohort = real_cohort(place / "two_releases", prefix="TWO")
    ledger = place / "two-ledger.json"
    first = finished_run(place / "first", cohort)
    assert share(first, "--out", place / "first.zip", "--ledger", ledger)[0] == 0
    assert share(first, "--out", place / "first-again.zip", "--ledger", ledger)[0] == 0
    assert not any(name in ledger.read_text(encoding="utf-8") for name in ("TWO-", "TWO_"))
    patients = (cohort / "patients.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    gone = patients[-1].split(",")[0]
    for table in ("patients", "labs", "treatments", "events"):
        lines = (cohort / f"{table}.csv").read_text(encoding="utf-8").splitlines(keepends=True)
        kept = [line for line in lines if not line.startswith(f"{gone},")]
        (cohort / f"{table}.csv").write_text("".join(kept), encoding="utf-8")
    second = finished_run(place / "second", cohort)
    code, said = share(second, "--out", place / "second.zip", "--ledger", ledger)
    assert code == 1
    assert "differs from this one by fewer than 11 patients" in said
    assert not (place / "second.zip").exists()
    allowed = ("--ledger", ledger, "--reason", "the patient withdrew consent")
    assert share(second, "--out", place / "second.zip", *allowed)[0] == 0
    assert "withdrew consent" in ledger.read_text(encoding="utf-8")


def test_the_same_patients_under_other_rules_are_refused(place):
    cohort = real_cohort(place / "two_rules", prefix="RUL")
    ledger = place / "rules-ledger.json"
    assert (
        share(finished_run(place / "rules1", cohort), "--out", place / "r1.zip", "--ledger", ledger)[0] == 0
    )
    other = finished_run(place / "rules2", cohort, hematologic_criteria="isa-2021")
    code, said = share(other, "--out", place / "r2.zip", "--ledger", ledger)
    assert code == 1
    assert "the same patients under other rules or criteria" in said


def test_the_checklist_counts_no_identifiers(place):
    cohort = real_cohort(place / "kx_ids", prefix="NUM")
    for table in cohort.glob("*.csv"):
        table.write_text(re.sub(r"NUM-0*", "", table.read_text(encoding="utf-8")), encoding="utf-8")
    run = finished_run(place / "kx_run", cohort)
    code, said = share(run, "--out", place / "kx.zip")
    assert code == 0, said
    checklist = contents(place / "kx.zip")["CHECKLIST.txt"].decode()
    assert "Some identifiers are too short" in checklist
    n = len((cohort / "patients.csv").read_text(encoding="utf-8").splitlines()) - 1
    assert f"{n} " not in checklist


def test_a_card_that_calls_itself_synthetic_is_not_believed(place):
    cohort = real_cohort(place / "liar", prefix="LIE")
    card = cohort / "cohort.toml"
    card.write_text(
        card.read_text(encoding="utf-8").replace("synthetic = false", "synthetic = true"), encoding="utf-8"
    )
    run = finished_run(place / "liars", cohort)
    assert share(run, "--out", place / "liar.zip")[0] == 0
    assert "categories.csv" not in contents(place / "liar.zip")


def test_a_changed_page_is_refused_by_name(place, cohort):
    run = finished_run(place / "changed", cohort)
    page = run / "html" / "index.html"
    page.write_text(page.read_text(encoding="utf-8") + " ", encoding="utf-8")
    code, said = share(run, "--out", place / "changed.zip")
    assert code == 1
    assert "html/index.html was changed" in said
    assert not (place / "changed.zip").exists()


def test_a_missing_page_is_refused_by_name(place, cohort):
    run = finished_run(place / "missing", cohort)
    (run / "html" / "03_durability.html").unlink()
    code, said = share(run, "--out", place / "missing.zip")
    assert code == 1
    assert "html/03_durability.html is missing" in said


def test_an_unfinished_run_is_refused(place, cohort):  # R26
    run = finished_run(place / "unfinished", cohort)
    (run / "manifest.json").unlink()
    code, said = share(run, "--out", place / "unfinished.zip")
    assert code == 1
    assert "incomplete" in said


def test_a_cohort_that_changed_since_is_refused(place):
    cohort = real_cohort(place / "moving")
    run = finished_run(place / "moved", cohort)
    patients = cohort / "patients.csv"
    patients.write_text(patients.read_text(encoding="utf-8").replace("female", "male", 1), encoding="utf-8")
    code, said = share(run, "--out", place / "moved.zip")
    assert code == 1
    assert "changed since" in said


def test_a_cohort_that_was_moved_has_to_be_named(place):
    cohort = real_cohort(place / "before")
    run = finished_run(place / "wander", cohort)
    cohort.rename(place / "after")
    code, said = share(run, "--out", place / "wander.zip")
    assert code == 2
    assert "--cohort" in said
    assert share(run, "--out", place / "wander.zip", "--cohort", place / "after")[0] == 0


def test_a_category_of_unknown_origin_is_refused(place, cohort):
    run = finished_run(place / "odd", cohort)
    table = run / "categories.csv"
    table.write_text(
        re.sub(
            '"hematologic_response","isa-2012","[A-Z]+"',
            '"hematologic_response","isa-2012","ZQX-001 died"',
            table.read_text(encoding="utf-8"),
            count=1,
        ),
        encoding="utf-8",
    )
    facts = json.loads((run / "manifest.json").read_text(encoding="utf-8"))
    (run / "manifest.json").unlink()
    write_manifest(run, {key: facts[key] for key in ("parameters", "cohort")})
    code, said = share(run, "--out", place / "odd.zip")
    assert code == 1
    assert "no criteria version knows" in said
    assert "ZQX-001" not in said


@pytest.fixture
def leaking(monkeypatch):
    """Let the page say a patient's identifier, as a fault of the program would."""
    from amyloid.press.share import build

    page = build.shared_page
    monkeypatch.setattr(
        build, "shared_page", lambda *given: page(*given).replace("<h1>", "<h1>About ZQX-001 ")
    )


@pytest.mark.usefixtures("leaking")
def test_an_alarm_names_the_place_offers_a_way_out_and_writes_no_file(place, run):
    code, said = share(run, "--out", place / "alarm.zip")
    assert code == 1
    assert "index.html, text: identifier (zqx-001)" in said
    assert '--allow "zqx-001" --reason' in said
    assert not list(place.glob("*alarm*"))


@pytest.mark.usefixtures("leaking")
def test_words_that_may_leave_are_written_down_with_the_reason(place, run):
    ledger = place / "allowed-ledger.json"
    given = ("--out", place / "allowed.zip", "--ledger", ledger, "--allow", "ZQX-001")
    code, said = share(run, *given)
    assert code == 2
    assert "--reason" in said
    code, said = share(run, *given, "--reason", "the name of a trial")
    assert code == 0, said
    release = json.loads(ledger.read_text(encoding="utf-8"))["releases"][-1]
    assert (release["allowed"], release["reason"]) == (["ZQX-001"], "the name of a trial")


def test_a_title_leaves_as_typed_and_one_that_names_a_patient_is_withheld(place):
    cohort = real_cohort(place / "titled", prefix="TTL")
    card = cohort / "cohort.toml"
    plain = re.sub("(?m)^title = .*$", 'title = "=Our $cohort$, 2004-2010"', card.read_text(encoding="utf-8"))
    card.write_text(plain, encoding="utf-8")
    assert share(finished_run(place / "titles", cohort), "--out", place / "titled.zip")[0] == 0
    assert "=Our $cohort$, 2004-2010" in contents(place / "titled.zip")["index.html"].decode()
    card.write_text(plain.replace("=Our", "TTL 003 and"), encoding="utf-8")
    code, said = share(finished_run(place / "named", cohort), "--out", place / "named.zip")
    assert code == 0, said
    assert "is withheld: identifier (ttl 003)" in said
    assert '--allow "ttl 003"' in said
    found = contents(place / "named.zip")
    assert "TTL" not in found["index.html"].decode()
    assert json.loads(found[MANIFEST])["outputs"]["the cohort's title"]["status"] == "withheld"


def test_an_existing_file_stays_without_force(place, run):
    out = place / "kept.zip"
    out.write_bytes(b"earlier")
    code, said = share(run, "--out", out)
    assert (code, out.read_bytes()) == (2, b"earlier")
    assert "--force" in said
    assert share(run, "--out", out, "--force")[0] == 0
    assert out.read_bytes() != b"earlier"


def test_a_fault_while_writing_leaves_nothing(place, run, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    code, said = share(run, "--out", place / "full.zip")
    assert code == 1
    assert "space" in said
    assert not list(place.glob("*full*"))


KILLED_WHILE_WRITING = """
import os, signal, sys
os.fsync = lambda _: os.kill(os.getpid(), signal.SIGKILL)
from amyloid.cli import main
sys.argv = ["amyloid", "share", *sys.argv[1:]]
main()
"""


def test_a_kill_while_writing_leaves_no_file_under_the_final_name(place, run):  # R22
    out = place / "killed.zip"
    call = [sys.executable, "-c", KILLED_WHILE_WRITING, str(run), "--out", str(out)]
    ended = subprocess.run(call, capture_output=True, check=False)
    assert ended.returncode == -signal.SIGKILL
    assert not out.exists()
    assert share(run, "--out", out)[0] == 0
    assert contents(out)


@pytest.mark.parametrize("name", ["a.tar", "nowhere/a.zip"])
def test_a_place_that_cannot_be_used_is_a_fault_of_the_call(place, run, name):
    assert share(run, "--out", place / name)[0] == 2


def test_the_file_does_not_lie_inside_the_run(run):
    assert share(run, "--out", run / "a.zip")[0] == 2


def test_a_handful_of_patients_cannot_be_shared(place):
    cohort = real_cohort(place / "few")
    lines = (cohort / "patients.csv").read_text(encoding="utf-8").splitlines()
    ids = {line.split(",")[0] for line in lines[1:9]}
    for path in cohort.glob("*.csv"):
        head, *rows = path.read_text(encoding="utf-8").splitlines()
        kept = [row for row in rows if row.split(",")[0] in ids]
        path.write_text("\n".join([head, *kept, ""]), encoding="utf-8")
    code, said = share(finished_run(place / "fews", cohort), "--out", place / "few.zip")
    assert code == 1
    assert "fewer than 13" in said
