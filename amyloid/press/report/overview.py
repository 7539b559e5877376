"""The report's first page, and the function that writes the whole report."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bs4 import BeautifulSoup
from markupsafe import Markup, escape

from amyloid.press.report.layout import STAMPS, TEMPLATE_FOLDER, Kind, content_policy, stylesheet
from amyloid.press.report.outputs import notebook_names, read_notebooks
from amyloid.press.report.pages import data_of, label, markdown_html, page_title, render, said
from amyloid.press.report.sanitize import clean_html, visible
from amyloid.press.runner.notebooks import read_parameters

if TYPE_CHECKING:
    import nbformat

TITLE = "AL amyloidosis: response, durability and survival"
INDEX = "index"
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
    run_folder: Path, *, synthetic: bool | None = None, title: str | None = None, only: str | None = None
) -> None:
    """Write `html/<notebook>.html` and `html/index.html` of a run.

    Parameters
    ----------
    run_folder
        Holds `notebooks/*.ipynb`, executed.
    synthetic
        Whether the cohort is synthetic; else the pages say that they hold patient data.
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
    pages = build_pages(run_folder, kind="synthetic" if synthetic else "patient-data", title=title, only=only)
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
    pages = {
        name: render(notebooks[name], name, names, kind_of(notebooks[name], kind))
        for name in wanted
        if name != INDEX
    }
    if INDEX in wanted:
        pages[INDEX] = overview(notebooks, kind_of(next(iter(notebooks.values())), kind), title or TITLE)
    for name, html in pages.items():
        if len(html.encode()) > PAGE_LIMIT_BYTES:
            raise ValueError(f"{name}.html is {len(html.encode()) / 1e6:.1f} MB; a page may have 3 MB")
    return pages


def kind_of(notebook: nbformat.NotebookNode, kind: Kind) -> Kind:
    """Return the kind of a page: synthetic data that no publication was the model of are made up."""
    own = said(notebook, "stamp").get("amyloid", {}).get("data", {})
    return "made-up" if kind == "synthetic" and own.get("reconstruction") is False else kind


def overview(notebooks: Mapping[str, nbformat.NotebookNode], kind: Kind, title: str) -> str:
    """Return the overview: who was studied and how, each page's answer, and what the words mean."""
    from jinja2 import Environment, FileSystemLoader

    environment = Environment(
        loader=FileSystemLoader(TEMPLATE_FOLDER), autoescape=True, keep_trailing_newline=True
    )
    lead = next(filter(None, (_sentence(notebook, "cohort") for notebook in notebooks.values())), "")
    rows = scoreboard(notebooks) if kind == "synthetic" else []
    glossaries = [data_of(notebook, "provenance").get("glossary") for notebook in notebooks.values()]
    html: str = environment.get_template("overview.html.j2").render(
        title=visible(title),
        kind=kind,
        stamp=STAMPS[kind],
        style=stylesheet(),
        policy=content_policy(),
        cohort=lead,
        parameters=parameters_used(next(iter(notebooks.values()))),
        pages=[_card(notebook, name, lead) for name, notebook in notebooks.items()],
        score={"rows": rows, "total": sum(r.total for r in rows), "agree": sum(r.agree for r in rows)},
        glossary=next(filter(None, glossaries), {}),
    )
    return visible(html)


def parameters_used(notebook: nbformat.NotebookNode) -> list[tuple[str, str, bool]]:
    """Return what was set for a notebook: criteria in any case, and whatever is not at its default."""
    rows = data_of(notebook, "parameters").get("rows")
    if rows is None:
        found = read_parameters(notebook.cells)
        rows = [(p.name, p.value, p.value != p.default) for p in found if not p.name.endswith("_dir")]
    return [(name, str(value), bool(new)) for name, value, new in rows if new or name.endswith("_criteria")]


def _card(notebook: nbformat.NotebookNode, name: str, lead: str) -> dict[str, str]:
    """Return one page for the list; `other` says over whom it is where that is not the cohort on top."""
    own = _sentence(notebook, "cohort")
    answer = _sentence(notebook, "answer") or Markup(escape(first_sentence(notebook)))
    card = {"name": name, "label": label(name), "title": page_title(notebook, name)}
    return {**card, "answer": answer, "other": own if own != lead else ""}


def _sentence(notebook: nbformat.NotebookNode, kind: str) -> Markup:
    """Return what a notebook said of a kind as HTML that may stand inside a paragraph."""
    words = str(said(notebook, kind).get("text/markdown", ""))
    paragraphs = BeautifulSoup(clean_html(markdown_html(words)), "html.parser").find_all("p")
    return Markup(" ".join(paragraph.decode_contents() for paragraph in paragraphs))


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
    """Count, notebook by notebook, the published numbers that were derived again."""
    found = {name: data_of(notebook, "claims") for name, notebook in notebooks.items()}
    return [
        Score(name, label(name), int(score["total"]), int(score["agree"]), tuple(score["others"]))
        for name, score in found.items()
        if score
    ]
