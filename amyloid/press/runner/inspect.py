"""What an executed notebook proves: every code cell ran, none failed, its figures are there."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from amyloid.press.runner.notebooks import source

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
    if committed and not figures:
        return f"no figure was drawn; the committed notebook shows {committed}"
    return None
