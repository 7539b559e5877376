"""Notebooks: which a folder holds, which to run, whether their parameters fit, what executed ones prove."""

import ast
import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePath
from typing import Any

from amyloid.press.runner import PlaceError, RunError

_NAME = re.compile(r"(\d\d)_\w+")
OUTCOME, EXECUTED, LOG, READINGS = "outcome.json", "executed.ipynb", "log.txt", "readings.txt"
"""What a job leaves in its folder: what came of it, the notebook, other output, the cohorts that it read."""


@dataclass(frozen=True)
class Notebook:
    """One numbered notebook on disk."""

    path: Path

    @property
    def stem(self) -> str:
        """The name without its ending, such as ``03_durability``."""
        return self.path.stem

    @property
    def number(self) -> str:
        """The two digits in front."""
        return self.stem[:2]

    @cached_property
    def content(self) -> dict[str, Any]:
        """The notebook as JSON."""
        try:
            content = json.loads(self.path.read_text(encoding="utf-8"))
        except ValueError as error:
            raise RunError(f"{self.path.name} is not a notebook: {error}.") from None
        if not isinstance(content, dict) or not isinstance(content.get("cells"), list):
            raise RunError(f"{self.path.name} is not a notebook: it has no cells.")
        return content

    @property
    def code_cells(self) -> list[dict[str, Any]]:
        """The code cells that hold any code."""
        return [
            cell for cell in self.content["cells"] if cell["cell_type"] == "code" and source(cell).strip()
        ]

    @property
    def parameters(self) -> dict[str, object]:
        """What its cell tagged `parameters` sets; empty unless there is just one such cell."""
        tagged = [cell for cell in self.code_cells if has_tag(cell)]
        return assignments(source(tagged[0])) if len(tagged) == 1 else {}

    @property
    def about_embedded(self) -> bool:
        """Whether its metadata say that it is about the embedded cohort, and makes no sense on another."""
        return mark(self.content).get("about") == "embedded cohort"

    @property
    def needs_groups(self) -> bool:
        """Whether its metadata say that it compares groups, and makes no sense where there are not two."""
        return mark(self.content).get("needs") == "two groups"

    def fingerprint(self) -> str:
        """Hash what is executed: the cells' kinds, sources and tags, not the outputs."""
        cells = [
            (cell["cell_type"], source(cell), cell.get("metadata", {}).get("tags", []))
            for cell in self.content["cells"]
        ]
        return hashlib.sha256(json.dumps(cells).encode()).hexdigest()

    def committed_figures(self) -> int:
        """Count the figures in the committed outputs."""
        return sum(mark(output).get("kind") == "figure" for output in outputs(self.code_cells))


def mark(what: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what the project noted in the metadata of a notebook or an output."""
    own: Mapping[str, Any] = what.get("metadata", {}).get("amyloid", {})
    return own


def outputs(cells: Iterable[Mapping[str, Any]]) -> list[Any]:
    """Return the outputs of cells, in order."""
    return [output for cell in cells for output in cell.get("outputs", [])]


def has_tag(cell: Mapping[str, Any], tag: str = "parameters") -> bool:
    """Say whether a cell carries a tag."""
    return tag in cell.get("metadata", {}).get("tags", [])


def source(cell: Mapping[str, Any]) -> str:
    """Return a cell's text, which a file may hold as one string or as a list of lines."""
    text = cell["source"]
    return text if isinstance(text, str) else "".join(text)


def find(folder: Path) -> list[Notebook]:
    """Return the numbered notebooks of a folder in order.

    Raises
    ------
    PlaceError
        The folder holds no numbered notebook.
    """
    found = [Notebook(path) for path in sorted(folder.glob("*.ipynb")) if _NAME.fullmatch(path.stem)]
    if not found:
        raise PlaceError(f"{folder} holds no notebook with a name such as 01_name.ipynb.")
    return found


def select(found: Sequence[Notebook], only: Iterable[str]) -> list[Notebook]:
    """Choose notebooks by number or name: ``3``, ``03``, ``03_durability``.

    Raises
    ------
    PlaceError
        A name fits no notebook; the message lists them.
    """
    chosen: set[str] = set()
    for name in only:
        wanted = name.removesuffix(".ipynb")
        fits = [n.stem for n in found if wanted in (n.stem, n.number) or wanted.zfill(2) == n.number]
        if not fits:
            raise PlaceError(
                f"--only {name}: no such notebook. There are {', '.join(n.stem for n in found)}."
            )
        chosen.update(fits)
    return [n for n in found if n.stem in chosen] if chosen else list(found)


def check_parameters(notebook: Notebook, names: Iterable[str]) -> None:
    """Hold a notebook's cell tagged `parameters` to the names that a run sets.

    papermill only warns when a name is unknown, and when the tag is lost the notebook's own
    values win without a word.

    Raises
    ------
    RunError
        There is not exactly one such cell, or it does not assign exactly these names.
    """
    tagged = [cell for cell in notebook.code_cells if has_tag(cell)]
    if len(tagged) != 1:
        raise RunError(
            f"{notebook.path.name} has {len(tagged)} cells tagged 'parameters'; it needs one. "
            "In JupyterLab, add the tag in the cell's properties."
        )
    assigned = set(notebook.parameters)
    missing, unknown = sorted(set(names) - assigned), sorted(assigned - set(names))
    if missing or unknown:
        said = [f"lacks {', '.join(missing)}"] * bool(missing)
        said += [f"sets {', '.join(unknown)}, which no run knows"] * bool(unknown)
        raise RunError(f"{notebook.path.name}: the cell tagged 'parameters' {' and '.join(said)}.")


def read_parameters(cells: Iterable[Mapping[str, Any]]) -> list[tuple[str, object, object]]:
    """Read name, used value and default from the cells tagged `parameters` and `injected-parameters`.

    A folder is given by its last name only: where a report was made is nobody's concern.
    """
    defaults, values = (
        {
            name: _shown(name, value)
            for cell in cells
            if has_tag(cell, tag)
            for name, value in assignments(source(cell)).items()
        }
        for tag in ("parameters", "injected-parameters")
    )
    return [(name, value, defaults.get(name)) for name, value in (defaults | values).items()]


def _shown(name: str, value: object) -> object:
    if name.endswith("_dir") and isinstance(value, str):
        return PurePath(value.replace("\\", "/")).name
    return value


def assignments(code: str) -> dict[str, object]:
    """Read `name = literal` lines without running them."""
    values: dict[str, object] = {}
    for node in ast.parse(code).body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            values[node.targets[0].id] = ast.literal_eval(node.value)
    return values


_HIDES_FAILURE = re.compile(r"%%.*?(--no-raise-error|--bg)\b")
_NO_PROGRAM = "Couldn't find program"
_FIGURE_KINDS = (".png", ".svg")
_ENDINGS = {
    "SystemExit": "the cell ended the kernel (SystemExit), so the rest never ran",
    "MemoryError": "memory ran out (MemoryError)",
}


def inspect(notebook: Any, stem: str, out: Path, committed_figures: int = 0) -> dict[str, Any]:
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
    dict
        `fault`, why the notebook does not count, in words, or None; `cell`, the code cell at fault, counted
        from 1 as in JupyterLab, or None; `cells` and `warnings`, how many code cells and outputs to standard
        error there are; `figures` and `tables`, the names of those shown.
    """
    cells = [cell for cell in notebook.cells if cell.cell_type == "code" and source(cell).strip()]
    shown = outputs(cells)
    faults = ((_cell_fault(cell, number), number) for number, cell in enumerate(cells, start=1))
    fault, number = next(((said, n) for said, n in faults if said), (None, None))
    return {
        "fault": fault or _figure_fault(shown, stem, out, committed_figures),
        "cell": number,
        "cells": len(cells),
        "figures": _named(shown, "figure"),
        "tables": _named(shown, "table"),
        "warnings": sum(output.get("name") == "stderr" for output in shown),
    }


def _named(shown: Sequence[Any], kind: str) -> list[str]:
    return [str(mark(output)["name"]) for output in shown if mark(output).get("kind") == kind]


def _cell_fault(cell: Any, number: int) -> str | None:
    """Say why the cell that stands at a number does not count."""
    for output in cell.outputs:
        if output.output_type == "error":
            return _ENDINGS.get(output.ename, f"{output.ename}: {output.evalue}")
    if source(cell).startswith("%%"):  # another program ran it, which may fail without an error of the cell
        if hidden := _HIDES_FAILURE.match(source(cell)):
            return f"its script may fail unseen; take away {hidden[1]}"
        said = "".join(output.get("text", "") for output in cell.outputs if output.get("name") == "stdout")
        if said.startswith(_NO_PROGRAM):
            return f"its script never ran. {said.strip()[:200]}"
    if cell.execution_count is None:
        return "this cell never ran"
    return None if cell.execution_count == number else f"this cell ran as number {cell.execution_count}"


def _figure_fault(shown: Sequence[Any], stem: str, out: Path, committed: int) -> str | None:
    """Say what is wrong with the figures of a notebook, which may have drawn none only where it says why."""
    figures = [output for output in shown if mark(output).get("kind") == "figure"]
    for output in figures:
        if "image/png" not in output.get("data", {}):
            return f"figure {mark(output)['name']} shows no picture"
    for name in _named(shown, "figure"):
        for ending in _FIGURE_KINDS:
            file = out / "figures" / f"{stem}_{name}{ending}"
            if not file.is_file() or file.stat().st_size == 0:
                return f"figure {name} was not saved as {file.name}"
    if committed and not figures and not _named(shown, "no_figure"):
        return f"no figure was drawn; the committed notebook shows {committed}"
    return None
