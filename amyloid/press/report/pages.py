"""A run as self-contained pages, one for each notebook and an overview: no script, no request."""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

from bs4 import BeautifulSoup
from bs4.element import NavigableString

from amyloid.press.report.layout import (
    STAMPS,
    TEMPLATE_FOLDER,
    Kind,
    content_policy,
    html_figure,
    html_table,
    rendered,
    stylesheet,
)
from amyloid.press.report.outputs import (
    Executed,
    alternative,
    executed,
    label,
    markdown_html,
    markdown_of,
    section_title,
)
from amyloid.press.report.sanitize import accessible_html, visible
from amyloid.press.runner.notebooks import has_tag, mark, outputs, read_parameters

TITLE = "AL amyloidosis: response, durability and survival"
INDEX = "index"
PAGE_LIMIT_BYTES = 3_000_000

_UNMARKED = re.compile(r"^(h[1-6]|a|abbr|code|pre)$")


class Page:
    """What the template asks for while it writes one notebook; the parts are numbered as they pass."""

    def __init__(self, notebook: Executed, names: Sequence[str], kind: Kind) -> None:
        self.notebook, self.kind = notebook, kind_of(notebook, kind)
        self.siblings = [(INDEX, "Overview"), *((name, label(name)) for name in names)]
        self.place = names.index(notebook.name) + 1
        self.glossary = dict(notebook.data("table", "provenance").get("glossary", {}))
        self.headings: list[dict[str, Any]] = []
        self.codes = self.figures = 0

    def code_of(self, cell: Any) -> str:
        """Say what a listing makes: its figures and tables, else what the part of the page is about."""
        self.codes += 1
        if has_tag(cell, "parameters"):
            return "parameters"
        titled = [own for own in map(mark, cell.outputs) if own.get("title")]
        labels = [str(own["label"]) for own in titled if own.get("label")]
        if len(labels) > 1:
            return " and ".join((", ".join(labels[:-1]), labels[-1]))
        if titled:
            return ". ".join(filter(None, map(titled[0].get, ("label", "title"))))
        if any(mark(output).get("kind") == "answer" for output in cell.outputs):
            return "the answer"
        written = (section_title(markdown_of(output)) for output in cell.outputs)
        return next(
            filter(None, written), self.headings[-1]["text"] if self.headings else self.notebook.title
        )

    def prose(self, html: str) -> str:
        """Return cleaned prose: headings have anchors and a place in the contents, links lead somewhere."""
        soup = BeautifulSoup(accessible_html(html), "html.parser")
        there = {f"{name}.html" for name, _ in self.siblings}
        for link in soup.find_all("a", href=True):
            page = str(link["href"]).partition("#")[0]
            if page and page not in there:
                link.unwrap()  # a page that this run left out
        for tag in soup.find_all(re.compile(r"h[1-6]$")):
            level = int(tag.name[1])
            if level == 1 and any(heading["level"] == 1 for heading in self.headings):
                tag.name, level = "h2", 2
            anchor = tag["id"] = f"part-{len(self.headings) + 1}"
            self.headings.append({"level": level, "text": tag.get_text(" ", strip=True), "anchor": anchor})
        explain(soup, self.glossary)
        return str(soup)

    def output(self, output: Mapping[str, Any]) -> str:
        """Return one output as HTML: a figure, a table, prose or plain text, in this order of choice."""
        data: Mapping[str, Any] = output["data"]
        kind = mark(output).get("kind")
        if kind == "caption":
            return ""  # it stands under its figure already
        if "image/png" in data:
            return self._figure(output)
        if "text/html" in data:
            return accessible_html(str(data["text/html"]), str(mark(output).get("title", "")))
        if "text/markdown" in data:
            prose = self.prose(markdown_html(markdown_of(output)))
            return f'<div class="prose">{_without_stamp(prose) if kind == "stamp" else prose}</div>'
        return f'<pre class="stream">{escape(visible(str(data.get("text/plain", ""))))}</pre>'

    def _figure(self, output: Mapping[str, Any]) -> str:
        """Return a picture as HTML; one without a label is numbered by its order.

        Earlier runs have captions that begin with their number, and no label.
        """
        self.figures += 1
        own = mark(output)
        label, caption = str(own.get("label", f"Figure {self.figures}")), str(own.get("caption", ""))
        alt = alternative(output) or caption or f"{label} {own.get('name', '')}".strip()
        words = f"{label}. {caption}".strip() if "label" in own or not caption else caption
        return html_figure("".join(str(output["data"]["image/png"]).split()), alt, words, label)

    def parameters(self) -> str:
        """Return the table of parameters as HTML, unless the notebook shows one of its own."""
        cells = self.notebook.content.cells
        if any(mark(output).get("name") == "parameters" for output in outputs(cells)):
            return ""
        rows = [list(map(str, row)) for row in read_parameters(cells)]
        table = html_table("Parameters of this run", ["Parameter", "Used here", "Default"], rows)
        table = table.replace("<wbr>", "")  # names of parameters are short
        return f"<details class='parameters'><summary>Parameters of this run</summary>{table}</details>"


def _without_stamp(prose: str) -> str:
    """Return what a notebook says of its data without the stamp, which stands on top of the page."""
    soup = BeautifulSoup(prose, "html.parser")
    if soup.strong is not None:
        soup.strong.decompose()
    return str(soup)


def explain(soup: BeautifulSoup, glossary: dict[str, str]) -> None:
    """Mark each word of a glossary as `abbr` where it first stands, and take it out: once is enough."""
    texts = [text for text in soup.find_all(string=True) if not text.find_parent(_UNMARKED)]
    while texts and glossary:
        text = texts.pop(0)
        words = "|".join(map(re.escape, sorted(glossary, key=len, reverse=True)))
        match = re.search(rf"(?<![\w-])(?:{words})(?![\w-])", text)
        if match:
            word = soup.new_tag("abbr", attrs={"title": glossary.pop(match[0])})
            word.string = match[0]
            rest = NavigableString(text[match.end() :])
            text.replace_with(text[: match.start()], word, rest)
            texts.insert(0, rest)


def render(notebook: Executed, names: Sequence[str], kind: Kind) -> str:
    """Return the page of one executed notebook.

    Parameters
    ----------
    notebook
        The executed notebook.
    names
        All pages of the report, in reading order, for the links between them.
    kind
        Whose data it shows; decides the stamp.

    Returns
    -------
    str
        HTML. Everything that came from data is escaped or cleaned by an allow-list.
    """
    page = Page(notebook, names, kind)
    return visible(_exporter().from_notebook_node(notebook.content, resources={"page": page})[0])


@cache
def _exporter() -> Any:
    from nbconvert import HTMLExporter

    exporter = HTMLExporter(  # type: ignore[no-untyped-call]
        extra_template_basedirs=[str(TEMPLATE_FOLDER.parent)],
        template_name=TEMPLATE_FOLDER.name,
        embed_images=False,
    )
    exporter.environment.globals |= {"style": stylesheet(), "policy": content_policy(), "stamps": STAMPS}
    return exporter


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
    notebooks = {notebook.name: notebook for notebook in executed(run_folder)}
    pages = {}
    for name in [*notebooks, INDEX] if only is None else [only]:
        if name == INDEX:
            pages[name] = overview(list(notebooks.values()), kind, title or TITLE)
        else:
            pages[name] = render(notebooks[name], list(notebooks), kind)
        size = len(pages[name].encode())
        if size > PAGE_LIMIT_BYTES:
            raise ValueError(f"{name}.html is {size / 1e6:.1f} MB; a page may have 3 MB")
    return pages


def kind_of(notebook: Executed, kind: Kind) -> Kind:
    """Return the kind of a page: synthetic data that no publication was the model of are made up."""
    reconstruction = notebook.data("stamp").get("reconstruction")
    return "made-up" if kind == "synthetic" and reconstruction is False else kind


def overview(notebooks: Sequence[Executed], kind: Kind, title: str) -> str:
    """Return the overview: who was studied and how, each page's answer, and what the words mean."""
    kind = kind_of(notebooks[0], kind)
    glossaries = (notebook.data("table", "provenance").get("glossary") for notebook in notebooks)
    html = rendered(
        "overview.html.j2",
        title=visible(title),
        kind=kind,
        stamp=STAMPS[kind],
        cohort=next((notebook.cohort for notebook in notebooks if notebook.cohort), ""),
        parameters=parameters_used(notebooks[0]),
        pages=notebooks,
        score=scoreboard(notebooks) if kind == "synthetic" else [],
        glossary=next(filter(None, glossaries), {}),
    )
    return visible(html)


def parameters_used(notebook: Executed) -> list[tuple[str, str, bool]]:
    """Return what was set for a notebook: criteria in any case, and whatever is not at its default."""
    rows = notebook.data("table", "parameters").get("rows")
    if rows is None:
        found = read_parameters(notebook.content.cells)
        rows = [(name, value, value != usual) for name, value, usual in found if not name.endswith("_dir")]
    return [(name, str(value), bool(new)) for name, value, new in rows if new or name.endswith("_criteria")]


def scoreboard(notebooks: Sequence[Executed]) -> list[dict[str, Any]]:
    """Count by notebook the published numbers that were derived again; `others` names those that were not."""
    found = [(notebook, notebook.data("table", "claims")) for notebook in notebooks]
    return [{"name": notebook.name, "label": notebook.label, **score} for notebook, score in found if score]
