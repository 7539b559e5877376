"""The report's first page, and the function that writes the whole report."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bs4 import BeautifulSoup

from amyloid.press.report.outputs import Table, figures, notebook_names, read_notebooks, tables
from amyloid.press.report.pages import (
    TEMPLATE_FOLDER,
    content_policy,
    label,
    markdown_html,
    page_title,
    render,
    stylesheet,
)
from amyloid.press.report.sanitize import clean_html, visible
from amyloid.press.report.stamps import STAMPS, Kind

if TYPE_CHECKING:
    import nbformat

TITLE = "Lenalidomide and dexamethasone in AL amyloidosis"
INDEX = "index"
AGREES, DIFFERS = "agrees", "differs"
PAGE_LIMIT_BYTES = 3_000_000


@dataclass(frozen=True)
class Score:
    """How many published numbers one notebook derived again; `others` names those it did not."""

    name: str
    label: str
    total: int
    agree: int
    others: tuple[str, ...]


def write_pages(
    run_folder: Path,
    *,
    synthetic: bool | None = None,
    title: str | None = None,
    only: str | None = None,
) -> None:
    """Write `html/<notebook>.html` and `html/index.html` of a run.

    Parameters
    ----------
    run_folder
        Holds `notebooks/*.ipynb`, executed.
    synthetic
        Whether the cohort is synthetic. None reads it from the run's `manifest.json`; without one the
        pages say that they hold patient data.
    title
        Heading of the overview, for instance the cohort card's title.
    only
        The one page to write, a notebook's name or `index`; all when None.

    Raises
    ------
    FileNotFoundError
        If the run has no executed notebook.
    ValueError
        If a page exceeds 3 MB.
    """
    pages = build_pages(run_folder, kind=_kind(run_folder, synthetic), title=title, only=only)
    folder = run_folder / "html"
    folder.mkdir(exist_ok=True)
    for name, html in pages.items():
        (folder / f"{name}.html").write_text(html, encoding="utf-8", newline="\n")


def build_pages(
    run_folder: Path, *, kind: Kind, title: str | None = None, only: str | None = None
) -> dict[str, str]:
    """Return the HTML of every page of a run by name, the overview under `index`; see `write_pages`."""
    names = notebook_names(run_folder)
    wanted = [*names, INDEX] if only is None else [only]
    notebooks = read_notebooks(run_folder, names if INDEX in wanted else wanted)
    pages = {name: render(notebooks[name], name, names, kind) for name in wanted if name != INDEX}
    if INDEX in wanted:
        pages[INDEX] = overview(notebooks, kind, title or TITLE)
    for name, html in pages.items():
        if len(html.encode()) > PAGE_LIMIT_BYTES:
            raise ValueError(f"{name}.html is {len(html.encode()) / 1e6:.1f} MB; a page may have 3 MB")
    return pages


def _kind(run_folder: Path, synthetic: bool | None) -> Kind:
    if synthetic is None:
        manifest = run_folder / "manifest.json"
        card: Mapping[str, Any] = {}
        if manifest.is_file():
            card = json.loads(manifest.read_text(encoding="utf-8")).get("cohort", {})
        synthetic = card.get("synthetic") is True
    return "synthetic" if synthetic else "patient-data"


def overview(notebooks: Mapping[str, nbformat.NotebookNode], kind: Kind, title: str) -> str:
    """Return the overview: the score, one sentence and one figure for each notebook."""
    from jinja2 import Environment, FileSystemLoader

    environment = Environment(
        loader=FileSystemLoader(TEMPLATE_FOLDER), autoescape=True, keep_trailing_newline=True
    )
    rows = scoreboard(notebooks) if kind == "synthetic" else []
    html: str = environment.get_template("overview.html.j2").render(
        title=visible(title),
        kind=kind,
        stamp=STAMPS[kind],
        style=stylesheet(),
        policy=content_policy(),
        pages=[_card(notebook, name) for name, notebook in notebooks.items()],
        score={"rows": rows, "total": sum(r.total for r in rows), "agree": sum(r.agree for r in rows)},
    )
    return visible(html)


def _card(notebook: nbformat.NotebookNode, name: str) -> dict[str, Any]:
    first = next(iter(figures(notebook, name)), None)
    picture = first and {
        "png": base64.b64encode(first.png).decode(),
        "alt": first.alt or f"First figure of {label(name)}",
        "caption": _short(first.caption),
    }
    return {
        "name": name,
        "label": label(name),
        "title": page_title(notebook, name),
        "sentence": first_sentence(notebook),
        "figure": picture,
    }


def _short(caption: str) -> str:
    """Return the caption's number and title: `Figure 1. Flow.`, for instance."""
    return "".join(re.findall(r"[^.]*\.(?=\s|$)\s*", caption)[:2]).strip() or caption


def first_sentence(notebook: nbformat.NotebookNode) -> str:
    """Return the first sentence of the notebook's first paragraph, as plain text."""
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            soup = BeautifulSoup(clean_html(markdown_html(cell.source)), "html.parser")
            for paragraph in soup.find_all("p"):
                text = re.sub(r"\s+", " ", paragraph.get_text()).strip()
                if text:
                    return re.split(r"(?<=[.?!])\s+(?=[A-Z])", text, maxsplit=1)[0]
    return ""


def scoreboard(notebooks: Mapping[str, nbformat.NotebookNode]) -> list[Score]:
    """Count, notebook by notebook, the published numbers that were derived again.

    Read from each notebook's table of published against computed: the one with a column that says
    `agrees` or `differs` in every row.
    """
    scores = []
    for name, notebook in notebooks.items():
        marks = [
            mark for table in tables(notebook, name, holding=(AGREES, DIFFERS)) for mark in _marks(table)
        ]
        if marks:
            others = tuple(words for words, agrees in marks if not agrees)
            scores.append(Score(name, label(name), len(marks), len(marks) - len(others), others))
    return scores


def _marks(table: Table) -> Sequence[tuple[str, bool]]:
    """Return each claim's first two cells and whether its row says that it agrees; empty for other tables."""
    for column in zip(*table.rows, strict=True):
        if set(column) <= {AGREES, DIFFERS}:
            words = (" ".join(row[:2]) for row in table.rows)
            return [(name, said == AGREES) for name, said in zip(words, column, strict=True)]
    return []
