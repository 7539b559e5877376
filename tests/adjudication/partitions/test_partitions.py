"""A cohort in parts gives the tables of the whole cohort, byte for byte, wherever its parts were judged."""

import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from amyloid.adjudication.write import find_parts
from amyloid.cli import group

TESTS = Path(__file__).parents[2]
COHORTS = {
    "every threshold": TESTS / "literature" / "boundary-suite",
    "dates": TESTS / "bad_inputs" / "base-dates",
}
TABLES = ("categories.csv", "endpoints.csv")


def amyloid(*arguments):
    return CliRunner().invoke(group, [str(argument) for argument in arguments])


def tables(folder):
    return {name: (folder / name).read_bytes() for name in TABLES}


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The boundary suite adjudicated in one piece."""
    out = tmp_path_factory.mktemp("whole") / "out"
    assert amyloid("adjudicate", COHORTS["every threshold"], "--out", out).exit_code == 0
    return tables(out)


@pytest.fixture
def parts(tmp_path):
    """The boundary suite in six parts, the last one smaller."""
    folder = tmp_path / "parts"
    assert amyloid("partition", COHORTS["every threshold"], "--out", folder, "--patients", 20).exit_code == 0
    assert len(find_parts(folder)) == 6
    return folder


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_parts_of_any_size_give_the_same_tables(size, whole, tmp_path):
    made = amyloid("partition", COHORTS["every threshold"], "--out", tmp_path / "parts", "--patients", size)
    assert made.exit_code == 0, made.output
    done = amyloid("adjudicate", tmp_path / "parts", "--out", tmp_path / "out")
    assert done.exit_code == 0, done.output
    assert tables(tmp_path / "out") == whole
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == list(TABLES)


def test_dates_stay_dates_in_the_parts(tmp_path):
    cohort = COHORTS["dates"]
    assert amyloid("adjudicate", cohort, "--out", tmp_path / "whole").exit_code == 0
    assert amyloid("partition", cohort, "--out", tmp_path / "parts", "--patients", 9).exit_code == 0
    assert amyloid("adjudicate", tmp_path / "parts", "--out", tmp_path / "out").exit_code == 0
    assert tables(tmp_path / "out") == tables(tmp_path / "whole")


@pytest.mark.slow
def test_a_cluster_gives_the_same_tables_although_a_worker_is_killed(cluster, parts, whole, tmp_path):
    address, workers = cluster
    out = tmp_path / "out"
    command = [sys.executable, "-m", "amyloid.cli", "adjudicate", str(parts), "--out", str(out)]
    with subprocess.Popen([*command, "--dask", address], stderr=subprocess.PIPE, text=True) as process:
        while process.poll() is None and not list(tmp_path.glob(".out-*/parts/part-*")):
            time.sleep(0.02)
        workers[0].kill()
        said = process.communicate(timeout=120)[1]
    assert process.returncode == 0, said
    assert tables(out) == whole
    assert sorted(path.name for path in out.iterdir()) == list(TABLES)


def test_every_problem_of_every_part_is_said_and_nothing_is_written(parts, tmp_path):
    for name in ("part-00001", "part-00004"):
        (parts / name / "events.parquet").unlink()
    done = amyloid("adjudicate", parts, "--out", tmp_path / "out")
    assert done.exit_code == 1
    words = str(done.exception)
    assert "part-00001/events.csv" in words
    assert "part-00004/events.csv" in words
    assert not (tmp_path / "out").exists()


def test_a_patient_in_two_parts_is_refused_by_name(parts, tmp_path):
    shutil.copytree(parts / "part-00002", parts / "part-00006")
    done = amyloid("adjudicate", parts, "--out", tmp_path / "out")
    assert done.exit_code == 1
    assert "stands in part-00002 and in part-00006" in str(done.exception)
    assert not (tmp_path / "out").exists()


def test_a_cohort_that_is_refused_is_not_cut(tmp_path):
    broken = shutil.copytree(COHORTS["dates"], tmp_path / "broken")
    (broken / "events.csv").unlink()
    done = amyloid("partition", broken, "--out", tmp_path / "parts")
    assert done.exit_code == 1
    assert "events.csv" in str(done.exception)
    assert not (tmp_path / "parts").exists()


def test_a_cluster_needs_parts_and_a_scheduler(parts, tmp_path):
    out = tmp_path / "out"
    call = amyloid("adjudicate", COHORTS["dates"], "--out", out, "--dask", "tcp://127.0.0.1:9")
    assert (call.exit_code, "amyloid partition" in call.output) == (2, True)
    call = amyloid("adjudicate", parts, "--out", out, "--dask", "nonsense")
    assert call.exit_code == 1
    assert "No Dask scheduler answers at nonsense" in str(call.exception)
    assert not out.exists()


def test_another_command_says_that_it_takes_one_part(parts):
    done = amyloid("check", parts)
    assert done.exit_code == 1
    assert "cohort in parts" in done.output + str(done.exception)
    assert amyloid("check", parts / "part-00000").exit_code == 0


def test_nothing_is_overwritten(parts):
    call = amyloid("partition", COHORTS["dates"], "--out", parts)
    assert (call.exit_code, "not empty" in call.output) == (2, True)
