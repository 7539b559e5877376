"""The benchmark's own promises: the jobs find the same categories, and the page says what is missing."""

import subprocess
import sys
from pathlib import Path

import pytest

BENCH = Path(__file__).parents[2] / "bench"
PATIENTS = 150


def run(program, *arguments):
    call = [sys.executable, str(BENCH / program), *map(str, arguments)]
    return subprocess.run(call, check=True, capture_output=True, text=True).stdout


@pytest.fixture(scope="module")
def cohort(tmp_path_factory):
    place = tmp_path_factory.mktemp("cohort")
    run("cohorts.py", PATIENTS, place)
    return place


@pytest.fixture(scope="module")
def ours(cohort):
    run("jobs.py", "best_response", cohort / "csv", cohort / "csv", "--keep", cohort / "ours.txt")
    return (cohort / "ours.txt").read_text().splitlines()


def test_every_category_occurs_in_a_generated_cohort(ours):
    assert len(ours) == PATIENTS
    assert {line.split(",")[1] for line in ours} == {"CR", "VGPR", "PR", "NR", "NE"}


@pytest.mark.parametrize(("job", "form"), [("best_response", "parquet"), ("naive_pandas", "csv")])
def test_other_ways_find_the_same_categories_and_months(cohort, ours, job, form):
    run("jobs.py", job, cohort / form, cohort / form, "--keep", cohort / "theirs.txt")
    assert (cohort / "theirs.txt").read_text().splitlines() == ours


def test_the_numpy_log_rank_test_is_ours(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCH))
    import statistics_jobs

    ours = statistics_jobs.logrank(5_000)()
    assert statistics_jobs.logrank_numpy(5_000)() == pytest.approx(ours["chi2"][0], rel=1e-9)


def test_the_page_relates_to_floor_and_ours_and_says_what_is_not_installed(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCH))
    from measure import Taken
    from page import Row, page
    from plan import STATISTICS, cohort_block

    small, large, curve = cohort_block(10_000), cohort_block(100_000), STATISTICS[2]
    sksurv, r_survival = (
        next(job for job in curve.others if job.tool == tool) for tool in ("scikit-survival", "R survival")
    )
    fast, floor, slow = Taken(0.1, 0.1), Taken(0.2, 0.3), Taken(2.0, 1.5)
    rows = [
        Row(small, small.ours, Taken(0.4, 0.3), floor, Taken(0.4, 0.3), 150.0),
        Row(large, large.ours, Taken(4.0, 6.0), slow, Taken(4.0, 6.0), 850.0),
        Row(curve, curve.ours, fast, floor, fast, 90.0),
        Row(curve, sksurv, None, floor, fast, None),
        Row(curve, r_survival, slow, floor, fast, 300.0),
    ]
    written = page(rows, [], [], [], 5)
    assert "| best response | 100,000 | 4 s | 6 s | 2.00 (goal 2.5) |  | 850 MB (goal 900) |" in written
    assert "| best response | 1.00 |" in written
    assert "there is no growth to tell" in page(rows[1:], [], [], [], 5)
    assert "| the same by scikit-survival | 1,000,000 | scikit-survival is not installed here | |" in written
    assert "| 10.00 | 20 (goal at least 10) | 300 MB |" in written
    assert "| best response, 100,000 | 2 times the floor | 2.5 | met |" in written
    assert "| Kaplan-Meier with limits, 1,000,000, over R survfit | 0.05 times | 0.1 | met |" in written
    slower = Row(large, large.ours, Taken(6.0, 6.0), slow, Taken(6.0, 6.0), 850.0)
    busy = page([slower, rows[2]], [], [], [], 5, (12.0, 9.0))
    assert "| best response, 100,000 | 4 times the floor | 2.5 | **not met** |" in busy
    assert "12.0 and 9.0" in busy


def test_memory_of_a_child_counts(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCH))
    from measure import peak_megabytes

    child = "import time; held = b'x' * 200_000_000; time.sleep(1)"
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}], check=True)"
    assert peak_megabytes([sys.executable, "-c", parent]) > 190  # MiB: the 200 million bytes of the child


def test_memory_that_a_forked_process_shares_counts_once(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCH))
    from measure import peak_megabytes

    held = "import os, time; held = b'x' * 200_000_000; child = os.fork(); time.sleep(1)"
    assert 190 < peak_megabytes([sys.executable, "-c", held]) < 300
