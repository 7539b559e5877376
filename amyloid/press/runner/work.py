"""One job inside a forked worker, and what an executed notebook proves."""

import importlib
import json
import os
import re
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import nbformat

from amyloid.cohort.reading.raw import ASKED
from amyloid.press.runner.kernel import ForkedKernel, execute
from amyloid.press.runner.notebooks import source
from amyloid.press.runner.plan import CELL_SECONDS, EXECUTED, LOG, OUTCOME, PAGE_MM, READINGS
from amyloid.press.runner.processes import end_children


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
    work = Path(job["work"])
    os.environ[ASKED] = str(work / READINGS)  # this worker's own environment: it does one job
    started = time.monotonic()
    outcome = _call(job) if "call" in job else _notebook(job, work, sockets, on_cell)
    outcome["read"] = _read(work / READINGS, job.get("cohort", ""))
    outcome["seconds"] = round(time.monotonic() - started, 2)
    (work / OUTCOME).write_text(json.dumps(outcome), encoding="utf-8")


def _notebook(job: dict[str, Any], work: Path, sockets: Path, on_cell: Callable[[], None]) -> dict[str, Any]:
    if job.get("numbers_only"):
        os.environ["AMYLOID_NUMBERS_ONLY"] = "1"
    os.environ["AMYLOID_WIDTH"] = str(job.get("width", PAGE_MM))
    kernel = ForkedKernel(work / "notebooks", work / LOG)  # before this process has a thread
    notebook = nbformat.read(job["notebook"], as_version=4)
    seconds = job.get("cell_seconds", CELL_SECONDS)
    executed = execute(notebook, job.get("parameters", {}), kernel, sockets, on_cell, seconds)
    kernel.kill()
    kernel.wait()
    end_children()  # what the cells had started
    nbformat.write(executed.notebook, work / EXECUTED)
    out = work / "runs" / "notebooks"
    found = inspect(executed.notebook, job["stem"], out, job.get("committed_figures", 0))
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


_HIDES_FAILURE = re.compile(r"%%.*?(--no-raise-error|--bg)\b")
_NO_PROGRAM = "Couldn't find program"
FIGURE_KINDS = (".png", ".svg")


@dataclass(frozen=True)
class Inspection:
    """What was found in an executed notebook.

    Attributes
    ----------
    fault : str or None
        Why the notebook does not count, in words; None when it counts.
    cell : int or None
        The code cell at fault, counted from 1 as in JupyterLab.
    cells : int
        How many code cells there are.
    figures, tables : tuple of str
        The names of the figures and tables shown.
    warnings : int
        How many outputs went to standard error.
    """

    fault: str | None
    cell: int | None
    cells: int
    figures: tuple[str, ...]
    tables: tuple[str, ...]
    warnings: int


def inspect(notebook: Any, stem: str, out: Path, committed_figures: int = 0) -> Inspection:
    """Judge an executed notebook.

    Parameters
    ----------
    notebook : NotebookNode
        The executed notebook.
    stem : str
        Its name without the ending.
    out : Path
        The folder that it wrote into.
    committed_figures : int
        How many figures the committed notebook shows.

    Returns
    -------
    Inspection
        The counts, and the first fault if there is one.
    """
    cells = [c for c in notebook.cells if c.cell_type == "code" and source(c).strip()]
    figures, tables = _named(cells, "figure"), _named(cells, "table")
    fault, cell = _first_fault(cells)
    if fault is None:
        fault = _figure_fault(cells, figures, stem, out, committed_figures)
    warnings = sum(output.get("name") == "stderr" for output in _outputs(cells))
    return Inspection(fault, cell, len(cells), figures, tables, warnings)


def _outputs(cells: list[Any]) -> Iterator[Any]:
    for cell in cells:
        yield from cell.outputs


def _named(cells: list[Any], kind: str) -> tuple[str, ...]:
    marks = (output.get("metadata", {}).get("amyloid", {}) for output in _outputs(cells))
    return tuple(str(mark["name"]) for mark in marks if mark.get("kind") == kind)


def _first_fault(cells: list[Any]) -> tuple[str | None, int | None]:
    for number, cell in enumerate(cells, start=1):
        for output in cell.outputs:
            if output.output_type == "error":
                return _error_words(output), number
        if fault := _script_fault(cell):
            return fault, number
        if cell.execution_count is None:
            return "this cell never ran", number
        if cell.execution_count != number:
            return f"this cell ran as number {cell.execution_count}", number
    return None, None


def _script_fault(cell: Any) -> str | None:
    """Say how a cell that another program runs (%%script, %%bash ...) failed without an error of its own."""
    if not source(cell).startswith("%%"):
        return None
    if hidden := _HIDES_FAILURE.match(source(cell)):
        return f"its script may fail unseen; take away {hidden[1]}"
    said = "".join(output.get("text", "") for output in cell.outputs if output.get("name") == "stdout")
    return f"its script never ran. {said.strip()[:200]}" if said.startswith(_NO_PROGRAM) else None


def _error_words(output: Any) -> str:
    if output.ename == "SystemExit":
        return "the cell ended the kernel (SystemExit), so the rest never ran"
    if output.ename == "MemoryError":
        return "memory ran out (MemoryError)"
    return f"{output.ename}: {output.evalue}"


def _figure_fault(
    cells: list[Any], figures: tuple[str, ...], stem: str, out: Path, committed: int
) -> str | None:
    for output in _outputs(cells):
        mark = output.get("metadata", {}).get("amyloid", {})
        if mark.get("kind") == "figure" and "image/png" not in output.get("data", {}):
            return f"figure {mark['name']} shows no picture"
    for name in figures:
        for ending in FIGURE_KINDS:
            file = out / "figures" / f"{stem}_{name}{ending}"
            if not file.is_file() or file.stat().st_size == 0:
                return f"figure {name} was not saved as {file.name}"
    if committed and not figures and not _named(cells, "no_figure"):
        return f"no figure was drawn; the committed notebook shows {committed}"
    return None
