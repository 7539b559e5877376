"""The warm server: loads the libraries once, then forks a worker for each job.

Started by `amyloid.press.runner.pool`. It reads one job per line (JSON) from standard input and writes
one event per line to standard output. When standard input ends, because the run is over or its
process has died, it ends its workers and removes the private folder.
"""

import contextlib
import errno
import gc
import importlib
import json
import os
import select
import shutil
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from amyloid.cohort.delivery import hold
from amyloid.press.runner.plan import LOG
from amyloid.press.runner.processes import adopt_orphans, die_with_parent, end_children, silence

_TICK_SECONDS = 0.02


class Server:
    """The loop over jobs and workers.

    Parameters
    ----------
    private : Path
        The folder for sockets and settings, removed at the end.
    events : int
        The file descriptor for events.
    run_job : callable
        `amyloid.press.runner.work.run_job`.
    """

    def __init__(self, private: Path, events: int, run_job: Callable[..., None]) -> None:
        self._private = private
        self._run_job = run_job
        self._events = events
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
        parent = os.getpid()
        pid = os.fork()
        if pid:
            self._workers[pid] = job["id"]
            return
        status = 1
        try:
            status = self._work(job, parent)
        finally:
            os._exit(status)

    def _work(self, job: dict[str, Any], parent: int) -> int:
        """Do a job in the forked worker and return its exit status."""
        try:
            die_with_parent(parent)
            adopt_orphans()
            silence(Path(job["work"]) / LOG)
            self._run_job(job, self._private, lambda: self._tell({"event": "cell", "id": job["id"]}))
        except BaseException as error:
            with contextlib.suppress(OSError):  # the log's disk may be full
                traceback.print_exc()
                sys.stderr.flush()
            return errno.ENOSPC if isinstance(error, OSError) and error.errno == errno.ENOSPC else 1
        return 0

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
    run_job = importlib.import_module("amyloid.press.runner.work").run_job
    for name in preload:
        module, _, function = name.partition(":")
        loaded = importlib.import_module(module)
        if function:
            getattr(loaded, function)()
    gc.collect()
    gc.freeze()  # shared pages stay shared: the collector leaves what was loaded alone
    adopt_orphans()
    Server(private, events, run_job).serve()


if __name__ == "__main__":
    main()
