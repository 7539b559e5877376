"""Processes that are timed, how much memory they take, and what else is installed to compare with."""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
from plan import Job

HERE = Path(__file__).resolve().parent
SAMPLING_SECONDS = 0.02
MODULES = {
    "polars": "polars",
    "DuckDB": "duckdb",
    "scikit-survival": "sksurv",
    "statsmodels": "statsmodels",
    "comprisk": "comprisk",
}
"""What has an environment of its own, and what is imported of it."""

RUNS_IF_SLOW = 3


class Tools:
    """Who runs a job: this Python, the Python that has the other libraries, or R."""

    def __init__(self, python: Path) -> None:
        """Look once what is there; `python` may not exist."""
        self._python = str(python)
        asked = "import importlib.util as i, sys; sys.exit(i.find_spec(sys.argv[1]) is None)"
        self._found = {
            name: _succeeds([self._python, "-c", asked, module]) for name, module in MODULES.items()
        }
        for name, package in {"R survival": "survival", "R cmprsk": "cmprsk"}.items():
            self._found[name] = _succeeds(["Rscript", "--vanilla", "-e", f"library({package})"])

    def has(self, tool: str) -> bool:
        """Whether it is installed here; what this Python has always is."""
        return self._found.get(tool, True)

    def command(self, tool: str, job: str, arguments: Sequence[str]) -> list[str]:
        """Command line of a job; R takes the subjects from a file."""
        if tool.startswith("R "):
            return ["Rscript", "--vanilla", str(HERE / "survival.R"), job, *arguments]
        python = self._python if tool in self._found else sys.executable
        return [python, str(HERE / "jobs.py"), job, *arguments]

    def versions(self) -> list[str]:
        """Name and version of everything that takes part."""
        here = _printed(sys.executable, "numpy", "pandas", "pyarrow", "lifelines")
        beside = [name for name in MODULES if self._found[name]]
        found = here + (_printed(self._python, *(name.lower() for name in beside)) if beside else [])
        for tool in ("R survival", "R cmprsk"):
            if self._found[tool]:
                asked = f"cat(as.character(packageVersion('{tool[2:]}')))"
                found.append(f"{tool} {_output(['Rscript', '--vanilla', '-e', asked])}")
        return found


def _succeeds(command: list[str]) -> bool:
    if shutil.which(command[0]) is None:
        return False
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _output(command: list[str]) -> str:
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()


def _printed(python: str, *packages: str) -> list[str]:
    asked = "import sys; from importlib.metadata import version as v; print(*map(v, sys.argv[1:]))"
    found = _output([python, "-c", asked, *packages]).split()
    return [f"{name} {version}" for name, version in zip(packages, found, strict=True)]


@dataclass(frozen=True)
class Taken:
    """Seconds by the clock on the wall, and by those of all processors."""

    wall: float
    processor: float


def seconds(command: list[str]) -> Taken:
    """Run a job and return the seconds that it prints."""
    return Taken(*map(float, _output(command).split()[-2:]))


def wall_seconds(command: list[str]) -> float:
    """Run a whole process and return how long it took; compiled modules are kept, as an installation does."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    begin = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=kept, cwd=HERE.parent)
    return time.perf_counter() - begin


def interleaved(commands: dict[Job, list[str]], runs: int) -> dict[Job, Taken]:
    """Run all in turn, several times, the slow ones fewer times; return the median seconds of each."""
    seen: dict[Job, list[Taken]] = {job: [] for job in commands}
    turns = [(turn, job) for turn in range(runs) for job in commands]
    for turn, job in turns:
        if turn < RUNS_IF_SLOW or not job.slow:
            seen[job].append(seconds(commands[job]))
            print(f"  {job.says}: {seen[job][-1].wall:.2f} s", file=sys.stderr)
    return {
        job: Taken(
            *(statistics.median(getattr(one, clock) for one in taken) for clock in ("wall", "processor"))
        )
        for job, taken in seen.items()
    }


def peak_megabytes(command: list[str]) -> float:
    """Run a job and return the largest memory of its process and all processes that it started.

    Summed are the resident size of the process and what each other one holds alone: a page that a forked
    process shares with it counts once.
    """
    largest = 0
    process = psutil.Popen(command, stdout=subprocess.DEVNULL)
    while process.poll() is None:
        largest = max(largest, _tree_bytes(process))
        time.sleep(SAMPLING_SECONDS)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return largest / 2**20


def _tree_bytes(process: psutil.Process) -> int:
    try:
        started = process.children(recursive=True)
        total = process.memory_info().rss
    except psutil.Error:  # it ended since it was asked
        return 0
    for other in started:
        with suppress(psutil.Error):  # as above
            total += other.memory_full_info().uss
    return int(total)
