"""The figures and tables that a run's notebooks hold, read back from the executed files."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bs4 import BeautifulSoup, Tag

from amyloid.press.report.accessible import accessible_html

if TYPE_CHECKING:
    import nbformat


@dataclass(frozen=True)
class Figure:
    """One picture with its words."""

    notebook: str
    name: str
    caption: str
    alt: str
    png: bytes


@dataclass(frozen=True)
class Table:
    """One table as text cells: `header` and `rows` have the same width; `notes` follow it."""

    notebook: str
    name: str
    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...]


def notebook_names(run_folder: Path) -> list[str]:
    """Return the names of a run's executed notebooks, in reading order.

    Raises
    ------
    FileNotFoundError
        If the run has no notebook.
    """
    names = sorted(path.stem for path in (run_folder / "notebooks").glob("*.ipynb"))
    if not names:
        raise FileNotFoundError(f"{run_folder.name}: no executed notebook in notebooks/")
    return names


def read_notebooks(run_folder: Path, names: Sequence[str] | None = None) -> dict[str, nbformat.NotebookNode]:
    """Return the executed notebooks of a run by name, in reading order; all of them when none is named.

    Raises
    ------
    FileNotFoundError
        If the run has no notebook.
    """
    wanted = notebook_names(run_folder) if names is None else names
    return {name: _read(run_folder / "notebooks" / f"{name}.ipynb") for name in wanted}


def _read(path: Path) -> nbformat.NotebookNode:
    import nbformat  # takes half a second, and the page of a sweep needs none

    notebook: nbformat.NotebookNode = nbformat.read(path, as_version=4)
    return notebook


def figures(notebook: nbformat.NotebookNode, name: str) -> list[Figure]:
    """Return every picture of a notebook, in order."""
    found: list[Figure] = []
    for data, metadata in _outputs(notebook):
        if "image/png" in data:
            own = metadata.get("amyloid", {})
            caption = str(own.get("caption", ""))
            alt = str(metadata.get("image/png", {}).get("alt", "")) or caption
            png = base64.b64decode(str(data["image/png"]))
            found.append(Figure(name, str(own.get("name", f"figure-{len(found) + 1}")), caption, alt, png))
    return found


def tables(notebook: nbformat.NotebookNode, name: str, holding: Sequence[str] = ("",)) -> list[Table]:
    """Return every HTML table of a notebook that holds one of some words, in order, as text."""
    found: list[Table] = []
    for data, metadata in _outputs(notebook):
        if "text/html" not in data or "image/png" in data:
            continue
        if not any(word in str(data["text/html"]) for word in holding):
            continue
        own = metadata.get("amyloid", {})
        soup = BeautifulSoup(
            accessible_html(str(data["text/html"]), str(own.get("caption", ""))), "html.parser"
        )
        notes = tuple(_words(note) for note in soup.select(".table-notes p"))
        for element in soup.find_all("table"):
            label = str(own.get("name", "")) or f"table-{len(found) + 1}"
            found.append(_table(element, name, label, notes))
    return found


def _outputs(notebook: nbformat.NotebookNode) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if "data" in output:
                yield output["data"], output.get("metadata", {})


def _table(element: Tag, notebook: str, name: str, notes: tuple[str, ...]) -> Table:
    caption = element.find("caption")
    lines = [(_in_head(row), _cells(row)) for row in element.find_all("tr")]
    heads = [cells for in_head, cells in lines if in_head]
    width = max((len(cells) for _, cells in lines), default=0)
    header = _pad(heads[-1], width) if heads else ("",) * width
    rows = tuple(_pad(cells, width) for in_head, cells in lines if not in_head)
    return Table(notebook, name, _words(caption) if caption else "", header, rows, notes)


def _in_head(row: Tag) -> bool:
    return row.find_parent("thead") is not None


def _cells(row: Tag) -> tuple[str, ...]:
    """Return the texts of a row; a cell that spans columns is followed by empty ones."""
    texts: list[str] = []
    for cell in row.find_all(["th", "td"]):
        texts += [_words(cell), *[""] * (int(str(cell.get("colspan", "1"))) - 1)]
    return tuple(texts)


def _pad(cells: Sequence[str], width: int) -> tuple[str, ...]:
    return (*cells, *[""] * (width - len(cells)))


def _words(tag: Tag) -> str:
    return re.sub(r"\s+", " ", tag.get_text()).strip()
