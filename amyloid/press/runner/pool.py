"""The warm server seen from the command, and the display of how far it came."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO

from tqdm import tqdm

from amyloid.cohort.delivery import temporary_folder
from amyloid.press.runner import RunError
from amyloid.press.runner.notebooks import OUTCOME
from amyloid.press.runner.processes import ending, kernel_environment, short_parent

_GOODBYE_SECONDS = 5


class Pool:
    """A warm server as a context manager.

    Parameters
    ----------
    preload : sequence of str
        Modules that the server imports before the first job; ``module:function`` is called too.
    """

    def __init__(self, preload: Sequence[str]) -> None:
        self._preload = tuple(preload)
        self._going: dict[str, Path] = {}
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - a nameless file, gone with the last process

    def __enter__(self) -> "Pool":
        """Start the server; it loads the libraries while the caller goes on."""
        self._folder = temporary_folder(short_parent())
        self._private = self._folder.__enter__()
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "amyloid.press.runner.server", str(self._private), *self._preload],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            env=kernel_environment(self._private),
            cwd=self._private,
            start_new_session=True,
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the server and everything that it started; at once when something went wrong."""
        assert self._process.stdout is not None
        self._end(_GOODBYE_SECONDS if error is None or self._going else 0)
        self._process.stdout.close()
        self._log.close()
        self._folder.__exit__(None, None, None)

    def _end(self, patience: float) -> None:
        """Close the server's input: it ends its workers and what their cells had started, or is killed."""
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(patience)
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def run(
        self,
        jobs: Iterable[dict[str, Any]],
        at_once: int,
        on_cell: Callable[[str], None],
        on_end: Callable[[str, dict[str, Any]], None],
    ) -> None:
        """Run jobs side by side until all have ended.

        Parameters
        ----------
        jobs : iterable of dict
            See `amyloid.press.runner.server.run_job`; each with an `id`.
        at_once : int
            How many run at the same time.
        on_cell : callable
            Called with the job's id after each code cell.
        on_end : callable
            Called with the job's id and its outcome; an outcome always has `fault`.

        Raises
        ------
        RunError
            The server ended by itself.
        """
        waiting = deque(jobs)
        going = self._going = {}
        try:
            while waiting or going:
                while waiting and len(going) < at_once:
                    job = waiting.popleft()
                    going[job["id"]] = Path(job["work"])
                    self._send(job)
                event = self._hear()
                if event["event"] == "cell":
                    on_cell(event["id"])
                elif event["event"] == "end":
                    on_end(event["id"], _outcome(going.pop(event["id"]), event["status"]))
        except BaseException:
            if going:
                self._end(_GOODBYE_SECONDS)  # nobody goes on writing into a folder that is about to be moved
            raise

    def _send(self, job: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(job).encode() + b"\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            raise RunError(self._ended()) from None

    def _hear(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RunError(self._ended())
        event: dict[str, Any] = json.loads(line)
        return event

    def _ended(self) -> str:
        status = self._process.wait()
        self._log.seek(0)
        lines = self._log.read().decode(errors="replace").strip().splitlines()
        last = lines[-1] if lines else "it said nothing"
        return f"The process that runs the notebooks ended ({ending(status)}): {last}"


def _outcome(work: Path, status: int) -> dict[str, Any]:
    file = work / OUTCOME
    if status == 0 and file.is_file():
        outcome: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        return outcome
    return {"fault": f"its process ended ({ending(status)})", "cell": None}


class Progress:
    """Tell the user about a run.

    Parameters
    ----------
    total : int
        How many code cells will run, or how many of another unit.
    quiet : bool
        Say nothing.
    stream : TextIO or None
        Where to; standard error when None.
    unit : str
        What is counted.
    """

    def __init__(
        self, total: int, *, quiet: bool = False, stream: TextIO | None = None, unit: str = "cells"
    ) -> None:
        self._stream = stream if stream is not None else sys.stderr
        self._quiet = quiet
        form = "{l_bar}{bar}| {n_fmt}/{total_fmt} " + unit + ", {remaining} left"
        unseen = quiet or not total or not self._stream.isatty()
        self._bar = tqdm(
            total=total, bar_format=form, file=self._stream, leave=False, desc="notebooks", disable=unseen
        )

    def cell(self) -> None:
        """Note that one more is done."""
        self._bar.update()

    def say(self, line: str) -> None:
        """Write one line, above the bar if there is one."""
        if not self._quiet:
            self._bar.write(line, file=self._stream)
            self._stream.flush()

    def close(self) -> None:
        """Take the bar away."""
        self._bar.close()
