"""Every broken cohort of the battery, through the command line, as a user would meet it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent


@pytest.mark.slow
def test_the_whole_battery_passes(tmp_path):
    command = f"'{sys.executable}' -m amyloid.cli check '{{cohort}}' --no-map"
    done = subprocess.run(
        [sys.executable, HERE / "run_battery.py", "--jobs", "2", "--command", command],
        cwd=tmp_path,
        env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=900,
    )
    assert done.returncode == 0, done.stdout
    assert done.stdout.splitlines()[-1] == "248 passed, 0 failed"


def test_some_cases_with_the_map_of_what_can_be_judged(tmp_path):
    command = f"'{sys.executable}' -m amyloid.cli check '{{cohort}}'"
    cases = "V001,V158,V159,V225,V227"
    done = subprocess.run(
        [sys.executable, HERE / "run_battery.py", "--only", cases, "--command", command],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.stdout.splitlines()[-1] == "5 passed, 0 failed", done.stdout
