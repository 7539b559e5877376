"""`amyloid check` on the command line."""

import json

from click.testing import CliRunner

from amyloid.cli.check import command


def run(*arguments):
    return CliRunner().invoke(command, [str(argument) for argument in arguments])


def test_a_good_cohort_says_what_can_be_judged(folder):
    done = run(folder.path)
    assert done.exit_code == 0
    assert (
        "40 patients, 1293 laboratory values, 106 treatment intervals, 57 events, 12 deaths." in done.output
    )
    line = next(
        line for line in done.output.splitlines() if "isa-2012" in line and "hematologic_response" in line
    )
    assert "39 of 40" in line


def test_a_bad_cohort_leaves_with_one(folder):
    folder.set("events", 5, "event", "dead")
    done = run(folder.path)
    assert done.exit_code == 1
    assert "Did you mean 'death'?" in done.output


def test_json_of_a_bad_cohort(folder):
    folder.set("events", 5, "event", "dead")
    done = run(folder.path, "--json")
    assert done.exit_code == 1
    found = json.loads(done.output)
    assert found["usable"] is False
    problem = found["problems"][0]
    assert (problem["file"], problem["line"], problem["column"], problem["patient"], problem["rule"]) == (
        "events.csv", 5, "event", "AL-003", "unknown-event"
    )  # fmt: skip


def test_json_of_a_good_cohort(folder):
    found = json.loads(run(folder.path, "--json").output)
    assert found["usable"] is True
    assert (found["patients"], found["lab_rows"], found["deaths"]) == (40, 1293, 12)


def test_a_single_table_and_a_place_that_is_not_there(folder):
    assert run(folder.path / "labs.csv").exit_code == 2
    assert "give the folder" in run(folder.path / "labs.csv").output
    assert run(folder.path / "nowhere").exit_code == 2


def test_nothing_in_the_folder_changes(folder):
    before = {path: path.read_bytes() for path in folder.path.iterdir()}
    run(folder.path)
    assert {path: path.read_bytes() for path in folder.path.iterdir()} == before


def test_json_names_no_person(folder):
    folder.set("patients", 5, "sex", "jane@example.org")
    folder.set("labs", 5, "patient_id", "john@example.org")
    assert "example.org" not in run(folder.path, "--json").output
