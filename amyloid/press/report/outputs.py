"""What a run's notebooks show, read back from the executed files: figures, tables and paragraphs."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bs4 import BeautifulSoup, Tag

from amyloid.press.report.sanitize import accessible_html

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


@dataclass(frozen=True)
class Text:
    """Markdown that a notebook wrote under a name, such as `methods`."""

    notebook: str
    name: str
    markdown: str


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


def contents(notebook: nbformat.NotebookNode, name: str) -> Iterator[Figure | Table | Text]:
    """Yield what a notebook shows, in reading order; a table without a title takes its section's."""
    section = ""
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            section = section_title(cell.source) or section
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            section = section_title(str(data.get("text/markdown", ""))) or section
            yield from _shown(data, output.get("metadata", {}), name, section)


def tables(notebook: nbformat.NotebookNode, name: str) -> list[Table]:
    """Return every HTML table of a notebook, in order, as text."""
    return [found for found in contents(notebook, name) if isinstance(found, Table)]


def section_title(markdown: str) -> str:
    """Return the last heading below the first level, or nothing."""
    found = re.findall(r"^#{2,}\s+(.+)$", markdown, re.MULTILINE)
    return str(found[-1]).strip() if found else ""


def _shown(
    data: Mapping[str, Any], metadata: Mapping[str, Any], notebook: str, section: str
) -> Iterator[Figure | Table | Text]:
    """Yield what one output shows."""
    own = metadata.get("amyloid", {})
    name, caption = str(own.get("name", "")), str(own.get("caption", ""))
    if "image/png" in data:
        alt = str(metadata.get("image/png", {}).get("alt", "")) or caption
        yield Figure(notebook, name or "figure", caption, alt, base64.b64decode(str(data["image/png"])))
    elif "text/html" in data:
        soup = BeautifulSoup(accessible_html(str(data["text/html"]), caption or section), "html.parser")
        notes = tuple(_words(note) for note in soup.select(".table-notes p"))
        yield from (_table(element, notebook, name or "table", notes) for element in soup.find_all("table"))
    elif "text/markdown" in data and own.get("kind") != "caption":
        yield Text(notebook, name, str(data["text/markdown"]))


def _table(element: Tag, notebook: str, name: str, notes: tuple[str, ...]) -> Table:
    caption = element.find("caption")
    lines = [(row.find_parent("thead") is not None, row) for row in element.find_all("tr")]
    heads = [_cells(row, repeated=True) for in_head, row in lines if in_head]
    body = [_cells(row) for in_head, row in lines if not in_head]
    width = max(map(len, (*heads, *body)), default=0)
    header = tuple(map(_joined, zip(*(_pad(cells, width) for cells in heads), strict=True)))
    rows = tuple(_pad(cells, width) for cells in body)
    return Table(notebook, name, _words(caption) if caption else "", header or ("",) * width, rows, notes)


def _joined(heads: Sequence[str]) -> str:
    """Join the headings that stand above one column, each once."""
    return ", ".join(dict.fromkeys(filter(None, heads)))


def _cells(row: Tag, *, repeated: bool = False) -> tuple[str, ...]:
    """Return the texts of a row; a cell that spans columns is repeated, or followed by empty ones."""
    texts: list[str] = []
    for cell in row.find_all(["th", "td"]):
        words = _words(cell)
        texts += [words, *[words if repeated else ""] * (int(str(cell.get("colspan", "1"))) - 1)]
    return tuple(texts)


def _pad(cells: Sequence[str], width: int) -> tuple[str, ...]:
    return (*cells, *[""] * (width - len(cells)))


def _words(tag: Tag) -> str:
    return re.sub(r"\s+", " ", tag.get_text()).strip()
