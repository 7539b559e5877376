"""One job inside a forked worker: a notebook, or a named function of the project."""

import importlib
import json
import os
import time
import traceback
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import nbformat

from amyloid.cohort.reading.files import ASKED
from amyloid.press.runner.execute import execute
from amyloid.press.runner.inspect import inspect
from amyloid.press.runner.kernel import ForkedKernel
from amyloid.press.runner.processes import end_children
from amyloid.press.runner.work_names import CELL_SECONDS, EXECUTED, LOG, OUTCOME, PAGE_MM, READINGS


def run_job(job: dict[str, Any], sockets: Path, on_cell: Callable[[], None]) -> None:
    """Do one job and leave its outcome in the job's folder.

    Parameters
    ----------
    job : dict
        Either `notebook`, `stem`, `parameters`, `committed_figures`, `numbers_only`, or `call`
        (``module:function``) with `arguments`; and in both cases `work`, the job's folder, and
        perhaps `cohort`, whose readings are noted, `cell_seconds` and `width`, of the figures.
    sockets : Path
        A folder with a short path.
    on_cell : callable
        Called after each code cell that ran.
    """
    work = Path(job["work"])
    os.environ[ASKED] = str(work / READINGS)  # this worker's own environment: it does one job
    started = time.monotonic()
    outcome = _call(job) if "call" in job else _notebook(job, work, sockets, on_cell)
    outcome["read"] = _read(work / READINGS, job.get("cohort", ""))
    outcome["seconds"] = round(time.monotonic() - started, 2)
    (work / OUTCOME).write_text(json.dumps(outcome), encoding="utf-8")


def _notebook(job: dict[str, Any], work: Path, sockets: Path, on_cell: Callable[[], None]) -> dict[str, Any]:
    if job["numbers_only"]:
        os.environ["AMYLOID_NUMBERS_ONLY"] = "1"
    os.environ["AMYLOID_WIDTH"] = str(job.get("width", PAGE_MM))
    kernel = ForkedKernel(work / "notebooks", work / LOG)  # before this process has a thread
    notebook = nbformat.read(job["notebook"], as_version=4)
    seconds = job.get("cell_seconds", CELL_SECONDS)
    executed = execute(notebook, job["parameters"], kernel, sockets, on_cell, seconds)
    kernel.kill()
    kernel.wait()
    end_children()  # what the cells had started
    nbformat.write(executed.notebook, work / EXECUTED)
    out = work / "runs" / "notebooks"
    found = inspect(executed.notebook, job["stem"], out, job["committed_figures"])
    outcome = asdict(found)
    if executed.fault is not None:
        outcome |= {"fault": executed.fault, "cell": executed.started or None}
    return outcome


def _read(readings: Path, cohort: str) -> list[str]:
    """Return the fingerprint of the run's cohort as often as the job found another one."""
    lines = readings.read_text(encoding="utf-8").splitlines() if readings.is_file() else []
    return sorted({line.partition(" ")[0] for line in lines if line.partition(" ")[2] == cohort})


def _call(job: dict[str, Any]) -> dict[str, Any]:
    module, function = job["call"].split(":")
    try:
        getattr(importlib.import_module(module), function)(**job["arguments"])
    except Exception as error:
        traceback.print_exc()
        return {"fault": f"{type(error).__name__}: {error}"}
    return {"fault": None}
