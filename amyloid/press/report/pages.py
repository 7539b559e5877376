"""One executed notebook as one self-contained page: no script, no request, readable on paper and by ear."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from html import escape
from typing import TYPE_CHECKING, Any

from bs4 import BeautifulSoup
from bs4.element import NavigableString

from amyloid.press.report.layout import (
    STAMPS,
    TEMPLATE_FOLDER,
    Kind,
    content_policy,
    html_figure,
    html_table,
    stylesheet,
)
from amyloid.press.report.outputs import section_title
from amyloid.press.report.sanitize import accessible_html, visible
from amyloid.press.runner.notebooks import has_tag, read_parameters

if TYPE_CHECKING:
    import nbformat

_UNMARKED = re.compile(r"^(h[1-6]|a|abbr|code|pre)$")
_CAPTION_START = re.compile(r"^(Figure|Table)\s+\d+", re.IGNORECASE)


@dataclass(frozen=True)
class Heading:
    """A heading of the page and where its link leads."""

    level: int
    text: str
    anchor: str


@dataclass
class Page:
    """What the template asks for while it writes one notebook; the parts are numbered as they pass."""

    name: str
    title: str
    kind: Kind
    siblings: Sequence[tuple[str, str, bool]]
    previous: tuple[str, str] | None
    following: tuple[str, str] | None
    parameter_html: str
    glossary: dict[str, str] = field(default_factory=dict)
    headings: list[Heading] = field(default_factory=list)
    codes: int = 0
    figures: int = 0

    @property
    def style(self) -> str:
        """The style sheet."""
        return stylesheet()

    @property
    def policy(self) -> str:
        """The content policy."""
        return content_policy()

    @property
    def stamp(self) -> str:
        """The sentence on whose data this is."""
        return STAMPS[self.kind]

    def shows_code(self, cell: nbformat.NotebookNode) -> bool:
        """Say whether the cell's code belongs on the page: parameters are a table instead."""
        return bool(cell.source.strip()) and not has_tag(cell, "injected-parameters")

    def code_of(self, cell: nbformat.NotebookNode) -> str:
        """Say what a listing makes: its figures and tables, else what the part of the page is about."""
        self.codes += 1
        if has_tag(cell, "parameters"):
            return "parameters"
        own = [output.get("metadata", {}).get("amyloid", {}) for output in cell.outputs]
        captions = [str(mark["caption"]) for mark in own if mark.get("caption")]
        numbered = [match[0] for match in map(_CAPTION_START.match, captions) if match]
        if len(numbered) > 1:
            return " and ".join((", ".join(numbered[:-1]), numbered[-1]))
        if captions:
            return _first_sentences(captions[0], 2 if numbered else 1)
        if any(mark.get("kind") == "answer" for mark in own):
            return "the answer"
        written = [
            section_title(str(output.get("data", {}).get("text/markdown", ""))) for output in cell.outputs
        ]
        return next(filter(None, written), self.headings[-1].text if self.headings else self.title)

    def parameters(self, cell: nbformat.NotebookNode) -> str:
        """Return the table of parameters at the place of the cell that sets them."""
        return self.parameter_html if has_tag(cell, "parameters") else ""

    def prose(self, html: str) -> str:
        """Return cleaned prose: headings have anchors and a place in the contents, links lead somewhere."""
        soup = BeautifulSoup(accessible_html(html), "html.parser")
        there = {f"{name}.html" for name, _, _ in self.siblings}
        for link in soup.find_all("a", href=True):
            page = str(link["href"]).partition("#")[0]
            if page and page not in there:
                link.unwrap()  # a page that this run left out
        for tag in soup.find_all(re.compile(r"h[1-6]$")):
            level = int(tag.name[1])
            if level == 1 and any(heading.level == 1 for heading in self.headings):
                tag.name, level = "h2", 2
            text = tag.get_text(" ", strip=True)
            anchor = f"part-{len(self.headings) + 1}"
            tag["id"] = anchor
            self.headings.append(Heading(level, text, anchor))
        explain(soup, self.glossary)
        return str(soup)

    def output(self, output: Mapping[str, Any]) -> str:
        """Return one output as HTML: a figure, a table, prose or plain text, in this order of choice."""
        data: Mapping[str, Any] = output["data"]
        metadata: Mapping[str, Any] = output.get("metadata", {})
        own: Mapping[str, Any] = metadata.get("amyloid", {})
        caption = str(own.get("caption", ""))
        if own.get("kind") == "caption":
            return ""  # it stands under its figure already
        if own.get("kind") == "stamp":
            return self._about_data(str(data.get("text/markdown", "")))
        if "image/png" in data:
            return self._figure(str(data["image/png"]), metadata, caption)
        if "text/html" in data:
            return accessible_html(str(data["text/html"]), caption)
        if "text/markdown" in data:
            return f'<div class="prose">{self.prose(markdown_html(str(data["text/markdown"])))}</div>'
        return f'<pre class="stream">{escape(visible(str(data.get("text/plain", ""))))}</pre>'

    def _about_data(self, markdown: str) -> str:
        """Return what a notebook says of its data; the stamp itself stands on top of the page."""
        soup = BeautifulSoup(self.prose(markdown_html(markdown)), "html.parser")
        if soup.strong is not None:
            soup.strong.decompose()
        return f'<div class="prose">{soup}</div>'

    def _figure(self, png: str, metadata: Mapping[str, Any], caption: str) -> str:
        self.figures += 1
        name = str(metadata.get("amyloid", {}).get("name", ""))
        alt = (
            str(metadata.get("image/png", {}).get("alt", ""))
            or caption
            or f"Figure {self.figures} {name}".strip()
        )
        words = caption if _CAPTION_START.match(caption) else f"Figure {self.figures}. {caption}".strip()
        return html_figure("".join(png.split()), alt, words, f"Figure {self.figures}")


def _first_sentences(text: str, how_many: int) -> str:
    """Return the start of a caption: its number, where it has one, and its title."""
    return ". ".join(text.split(". ")[:how_many]).removesuffix(".")


def explain(soup: BeautifulSoup, glossary: dict[str, str]) -> None:
    """Mark each word of a glossary as `abbr` where it first stands, and take it out: once is enough."""
    texts = [text for text in soup.find_all(string=True) if not text.find_parent(_UNMARKED)]
    while texts and glossary:
        text = texts.pop(0)
        words = "|".join(map(re.escape, sorted(glossary, key=len, reverse=True)))
        match = re.search(rf"(?<![\w-])(?:{words})(?![\w-])", text)
        if match:
            mark = soup.new_tag("abbr", attrs={"title": glossary.pop(match[0])})
            mark.string = match[0]
            rest = NavigableString(text[match.end() :])
            text.replace_with(text[: match.start()], mark, rest)
            texts.insert(0, rest)


def said(notebook: nbformat.NotebookNode, kind: str, name: str = "") -> Mapping[str, Any]:
    """Return the first output of a kind, and of a name where one is given; empty where there is none.

    What the notebook said of it stands under `amyloid`, beside the output's data.
    """
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            own = output.get("metadata", {}).get("amyloid", {})
            if own.get("kind") == kind and name in ("", own.get("name")):
                return {**output["data"], "amyloid": own}
    return {}


def data_of(notebook: nbformat.NotebookNode, table: str) -> Mapping[str, Any]:
    """Return the values that a notebook keeps beside one of its tables."""
    data: Mapping[str, Any] = said(notebook, "table", table).get("amyloid", {}).get("data", {})
    return data


def markdown_html(text: str) -> str:
    """Return Markdown as HTML, uncleaned: pass it through `accessible_html` before it reaches a page."""
    from nbconvert.filters.markdown import markdown2html

    return str(markdown2html(text))


def label(name: str) -> str:
    """Return `01_cohort_description` as `1 Cohort description`."""
    number, _, words = name.partition("_")
    return f"{int(number)} {words.replace('_', ' ').capitalize()}" if number.isdigit() and words else name


def page_title(notebook: nbformat.NotebookNode, name: str) -> str:
    """Return the text of the notebook's first heading, or its name."""
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            match = re.search(r"^#\s+(.+)$", cell.source, re.MULTILINE)
            if match:
                return re.sub(r"[*`]", "", match[1]).strip()
    return label(name)


def render(notebook: nbformat.NotebookNode, name: str, names: Sequence[str], kind: Kind) -> str:
    """Return the page of one executed notebook.

    Parameters
    ----------
    notebook
        The executed notebook (nbformat 4).
    name
        Its file name without ending; one of `names`.
    names
        All pages of the report, in reading order, for the links between them.
    kind
        Whose data it shows; decides the stamp.

    Returns
    -------
    str
        HTML. Everything that came from data is escaped or cleaned by an allow-list.
    """
    place = names.index(name)
    page = Page(
        name=name,
        title=page_title(notebook, name),
        kind=kind,
        siblings=[("index", "Overview", False), *((other, label(other), other == name) for other in names)],
        previous=(names[place - 1], label(names[place - 1])) if place else ("index", "Overview"),
        following=(names[place + 1], label(names[place + 1])) if place + 1 < len(names) else None,
        parameter_html=_parameters(notebook),
        glossary=dict(data_of(notebook, "provenance").get("glossary", {})),
    )
    return visible(_exporter().from_notebook_node(notebook, resources={"page": page})[0])


def _parameters(notebook: nbformat.NotebookNode) -> str:
    """Return the table of parameters, unless the notebook shows one of its own."""
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    if any(output.get("metadata", {}).get("amyloid", {}).get("name") == "parameters" for output in outputs):
        return ""
    rows = [[item.name, str(item.value), str(item.default)] for item in read_parameters(notebook.cells)]
    table = html_table("Parameters of this run", ["Parameter", "Used here", "Default"], rows)
    table = table.replace("<wbr>", "")  # names of parameters are short
    return f"<details class='parameters'><summary>Parameters of this run</summary>{table}</details>"


@cache
def _exporter() -> Any:
    from nbconvert import HTMLExporter

    return HTMLExporter(  # type: ignore[no-untyped-call]
        extra_template_basedirs=[str(TEMPLATE_FOLDER.parent)],
        template_name=TEMPLATE_FOLDER.name,
        embed_images=False,
    )
