"""What a run's notebooks show, read back from the executed files: figures, tables and paragraphs."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import nbformat
from bs4 import BeautifulSoup, Tag
from markupsafe import Markup

from amyloid.press.report.sanitize import accessible_html, clean_html
from amyloid.press.runner.notebooks import mark, outputs


@dataclass(frozen=True)
class Figure:
    """One picture with its words; its label, such as Figure 3, is not part of the caption."""

    caption: str
    alt: str
    png: bytes


@dataclass(frozen=True)
class Table:
    """One table as text cells: `header` and `rows` have the same width; `notes` follow it.

    The caption begins with a label, such as Table 2, where the table has one; the title never does.
    """

    name: str
    title: str
    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Text:
    """Markdown that a notebook wrote under a name, such as `methods`."""

    name: str
    markdown: str


@dataclass(frozen=True)
class Executed:
    """An executed notebook: its name, and what it says; it is read when it is first asked."""

    name: str
    read: Callable[[], Any]

    @cached_property
    def content(self) -> Any:
        """The notebook itself (nbformat 4)."""
        return self.read()

    @property
    def prose(self) -> str:
        """The Markdown of its cells."""
        return "\n\n".join(cell.source for cell in self.content.cells if cell.cell_type == "markdown")

    @property
    def label(self) -> str:
        """Its name for a reader; see `label`."""
        return label(self.name)

    @property
    def title(self) -> str:
        """The text of its first heading, or its label."""
        found = re.search(r"^#\s+(.+)$", self.prose, re.MULTILINE)
        return re.sub(r"[*`]", "", found[1]).strip() if found else self.label

    @property
    def cohort(self) -> Markup:
        """Over whom it is, in a sentence."""
        return sentence(self.said("cohort"))

    @property
    def answer(self) -> str:
        """Its answer in a sentence; one that prints none is told by its first paragraph."""
        return sentence(self.said("answer")) or self.opening

    @property
    def opening(self) -> str:
        """Its first paragraph, as plain text."""
        paragraphs = BeautifulSoup(clean_html(markdown_html(self.prose)), "html.parser").find_all("p")
        return next(filter(None, (" ".join(paragraph.get_text().split()) for paragraph in paragraphs)), "")

    def said(self, kind: str, name: str = "") -> Mapping[str, Any]:
        """Return the first output of a kind, and of a name where one is given; empty where there is none."""
        found = (output for output in outputs(self.content.cells) if mark(output).get("kind") == kind)
        return next((dict(output) for output in found if name in ("", mark(output).get("name"))), {})

    def data(self, kind: str, name: str = "") -> Mapping[str, Any]:
        """Return the values that it keeps beside what it shows; see `said`."""
        data: Mapping[str, Any] = mark(self.said(kind, name)).get("data", {})
        return data

    def contents(self) -> Iterator[Figure | Table | Text]:
        """Yield what it shows, in reading order; a table without a title takes its section's."""
        section = ""
        for cell in self.content.cells:
            if cell.cell_type == "markdown":
                section = section_title(cell.source) or section
            for output in cell.get("outputs", []):
                section = section_title(markdown_of(output)) or section
                yield from _shown(output, section)

    def tables(self) -> list[Table]:
        """Return every HTML table, in order, as text."""
        return [found for found in self.contents() if isinstance(found, Table)]


def executed(run_folder: Path) -> list[Executed]:
    """Return the executed notebooks of a run, in reading order.

    Raises
    ------
    FileNotFoundError
        If the run has no notebook.
    """
    paths = sorted((run_folder / "notebooks").glob("*.ipynb"), key=lambda path: path.stem)
    if not paths:
        raise FileNotFoundError(f"{run_folder.name}: no executed notebook in notebooks/")
    return [Executed(path.stem, partial(nbformat.read, path, as_version=4)) for path in paths]


def section_title(markdown: str) -> str:
    """Return the last heading below the first level, or nothing."""
    found = re.findall(r"^#{2,}\s+(.+)$", markdown, re.MULTILINE)
    return str(found[-1]).strip() if found else ""


def _shown(output: Mapping[str, Any], section: str) -> Iterator[Figure | Table | Text]:
    """Yield what one output shows."""
    data: Mapping[str, Any] = output.get("data", {})
    own = mark(output)
    name, title, caption = (str(own.get(key, "")) for key in ("name", "title", "caption"))
    if "image/png" in data:
        yield Figure(caption, alternative(output) or caption, base64.b64decode(str(data["image/png"])))
    elif "text/html" in data:
        soup = BeautifulSoup(accessible_html(str(data["text/html"]), title or section), "html.parser")
        notes = tuple(_words(note) for note in soup.select(".table-notes p"))
        for element in soup.find_all("table"):
            yield _table(element, name or "table", title, notes)
    elif "text/markdown" in data and own.get("kind") != "caption":
        yield Text(name, markdown_of(output))


def alternative(output: Mapping[str, Any]) -> str:
    """Return the words of a picture for those who do not see it."""
    return str(output.get("metadata", {}).get("image/png", {}).get("alt", ""))


def _table(element: Tag, name: str, title: str, notes: tuple[str, ...]) -> Table:
    found = element.find("caption")
    caption = _words(found) if found else ""
    lines = [(row.find_parent("thead") is not None, row) for row in element.find_all("tr")]
    heads = [_cells(row, repeated=True) for in_head, row in lines if in_head]
    body = [_cells(row) for in_head, row in lines if not in_head]
    width = max(map(len, (*heads, *body)), default=0)
    header = tuple(map(_joined, zip(*(_pad(cells, width) for cells in heads), strict=True)))
    rows = tuple(_pad(cells, width) for cells in body)
    return Table(name, title or caption, caption, header or ("",) * width, rows, notes)


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


_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def writable(text: str) -> str:
    """Return the text without the characters that no file of an office program may hold."""
    return _NOT_IN_XML.sub("", text)


def markdown_of(output: Mapping[str, Any]) -> str:
    """Return the Markdown of an output; nothing where it has none."""
    return str(output.get("data", {}).get("text/markdown", ""))


def sentence(output: Mapping[str, Any]) -> Markup:
    """Return the Markdown of an output as HTML that may stand inside a paragraph."""
    html = clean_html(markdown_html(markdown_of(output)))
    paragraphs = BeautifulSoup(html, "html.parser").find_all("p")
    return Markup(" ".join(paragraph.decode_contents() for paragraph in paragraphs))


def markdown_html(text: str) -> str:
    """Return Markdown as HTML, uncleaned: pass it through `accessible_html` before it reaches a page."""
    from nbconvert.filters.markdown import markdown2html

    return str(markdown2html(text))


def label(name: str) -> str:
    """Return `01_cohort_description` as `1 Cohort description`."""
    number, _, words = name.partition("_")
    return f"{int(number)} {words.replace('_', ' ').capitalize()}" if number.isdigit() and words else name
