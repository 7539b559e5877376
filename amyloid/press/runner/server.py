"""The warm server: loads the libraries once, then forks a worker for each job.

Started by `amyloid.press.runner.pool`. It reads one job per line (JSON) from standard input and writes
one event per line to standard output. When standard input ends, because the run is over or its
process has died, it ends its workers and removes the private folder.
"""

import gc
import json
import os
import select
import shutil
import sys
import time
import traceback
from collections.abc import Callable
from functools import partial
from pathlib import Path
from pkgutil import resolve_name
from typing import Any

from amyloid.cohort.delivery import hold
from amyloid.press.runner.notebooks import EXECUTED, LOG, OUTCOME, READINGS, inspect
from amyloid.press.runner.plan import CELL_SECONDS, PAGE_MM
from amyloid.press.runner.processes import adopt_orphans, end_children, fork

_TICK_SECONDS = 0.02


def run_job(job: dict[str, Any], sockets: Path, on_cell: Callable[[], None]) -> None:
    """Do one job and leave its outcome in the job's folder.

    Parameters
    ----------
    job : dict
        Either `notebook` and `stem`, perhaps with `parameters`, `committed_figures`, `numbers_only` and
        `cell_seconds`, or `call` (``module:function``) with `arguments`; and in both cases `work`, the
        job's folder, and perhaps `cohort`, whose readings are noted, and `width`, of the figures.
    sockets : Path
        A folder with a short path.
    on_cell : callable
        Called after each code cell that ran.
    """
    from amyloid.cohort.reading.raw import ASKED

    work = Path(job["work"])
    os.environ[ASKED] = str(work / READINGS)  # this worker's own environment: it does one job
    started = time.monotonic()
    outcome = _call(job) if "call" in job else _notebook(job, work, sockets, on_cell)
    outcome["read"] = _read(work / READINGS, job.get("cohort", ""))
    outcome["seconds"] = round(time.monotonic() - started, 2)
    (work / OUTCOME).write_text(json.dumps(outcome), encoding="utf-8")


def _notebook(job: dict[str, Any], work: Path, sockets: Path, on_cell: Callable[[], None]) -> dict[str, Any]:
    import nbformat

    from amyloid.press.runner.kernel import ForkedKernel, execute

    if job.get("numbers_only"):
        os.environ["AMYLOID_NUMBERS_ONLY"] = "1"
    os.environ["AMYLOID_WIDTH"] = str(job.get("width", PAGE_MM))
    kernel = ForkedKernel(work / "notebooks", work / LOG)  # before this process has a thread
    notebook = nbformat.read(job["notebook"], as_version=4)
    seconds = job.get("cell_seconds", CELL_SECONDS)
    executed, fault, cell = execute(notebook, job.get("parameters", {}), kernel, sockets, on_cell, seconds)
    kernel.kill()
    kernel.wait()
    end_children()  # what the cells had started
    nbformat.write(executed, work / EXECUTED)
    outcome = inspect(executed, job["stem"], work / "runs" / "notebooks", job.get("committed_figures", 0))
    return outcome if fault is None else outcome | {"fault": fault, "cell": cell or None}


def _read(readings: Path, cohort: str) -> list[str]:
    """Return the fingerprint of the run's cohort as often as the job found another one."""
    lines = readings.read_text(encoding="utf-8").splitlines() if readings.is_file() else []
    return sorted({line.partition(" ")[0] for line in lines if line.partition(" ")[2] == cohort})


def _call(job: dict[str, Any]) -> dict[str, Any]:
    try:
        resolve_name(job["call"])(**job["arguments"])
    except Exception as error:
        traceback.print_exc()
        return {"fault": f"{type(error).__name__}: {error}"}
    return {"fault": None}


class Server:
    """The loop over jobs and workers.

    Parameters
    ----------
    private : Path
        The folder for sockets and settings, removed at the end.
    events : int
        The file descriptor for events.
    """

    def __init__(self, private: Path, events: int) -> None:
        self._private, self._events = private, events
        self._workers: dict[int, str] = {}

    def serve(self) -> None:
        """Start workers and report their ends until standard input closes."""
        pending = b""
        try:
            self._tell({"event": "ready"})
            while True:
                self._reap()
                if not select.select([0], [], [], _TICK_SECONDS)[0]:
                    continue
                read = os.read(0, 65536)
                if not read:
                    return
                *lines, pending = (pending + read).split(b"\n")
                for line in lines:
                    self._start(json.loads(line))
        finally:
            end_children()

    def _start(self, job: dict[str, Any]) -> None:
        work = partial(self._work, job)
        self._workers[fork(work, Path(job["work"]) / LOG)] = job["id"]

    def _work(self, job: dict[str, Any]) -> None:
        """Do a job in the forked worker."""
        adopt_orphans()
        run_job(job, self._private, lambda: self._tell({"event": "cell", "id": job["id"]}))

    def _reap(self) -> None:
        while self._workers:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                return
            ended = os.waitstatus_to_exitcode(status)
            if pid in self._workers:  # else it is what a killed worker had started
                end_children(spared=self._workers.keys() - {pid})
                self._tell({"event": "end", "id": self._workers.pop(pid), "status": ended})

    def _tell(self, event: dict[str, Any]) -> None:
        """Write one short line; lines below the pipe's limit never mix."""
        os.write(self._events, json.dumps(event).encode() + b"\n")


def main() -> None:
    """Serve in the private folder named on the command line, and remove it whatever happens."""
    private, *preload = sys.argv[1:]
    try:
        with hold(Path(private)):
            _load_and_serve(Path(private), preload)
    finally:
        shutil.rmtree(private, ignore_errors=True)


def _load_and_serve(private: Path, preload: list[str]) -> None:
    """Load the modules, call their functions where one is named, and serve."""
    events = os.dup(1)
    os.dup2(2, 1)  # whatever a library prints goes to the log, not among the events
    # jsonschema, where it can, loads a grammar of addresses that takes seconds and that no notebook's
    # schema uses; every kernel loads a debugger. Without these modules both go on as they are.
    sys.modules |= {"rfc3987_syntax": None, "debugpy": None}  # type: ignore[dict-item]
    for name in ("amyloid.press.runner.kernel", *preload):
        loaded = resolve_name(name)
        if ":" in name:
            loaded()
    gc.collect()
    gc.freeze()  # shared pages stay shared: the collector leaves what was loaded alone
    adopt_orphans()
    Server(private, events).serve()


if __name__ == "__main__":
    main()
