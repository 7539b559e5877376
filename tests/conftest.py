"""What tests of several rooms share."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def _state_of_its_own(tmp_path_factory, monkeypatch) -> None:
    """What commands that were killed on this machine left behind is nothing to a test."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))


@pytest.fixture
def cluster(tmp_path) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """A real scheduler and two workers, on the loopback address."""
    file = tmp_path / "scheduler.json"
    dask = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0"]
    started = [
        subprocess.Popen([*dask, "--no-dashboard", "--scheduler-file", str(file)], stderr=subprocess.DEVNULL)
    ]
    while not file.exists() or not file.read_text().strip():
        time.sleep(0.1)
    worker = [sys.executable, "-m", "distributed.cli.dask_worker", "--scheduler-file", str(file)]
    options = ["--nthreads", "1", "--no-dashboard", "--no-nanny", "--local-directory", str(tmp_path)]
    for _ in range(2):
        started.append(subprocess.Popen([*worker, *options], stderr=subprocess.DEVNULL))
    yield json.loads(file.read_text())["address"], started[1:]
    for process in started:
        process.kill()
        process.wait()
