"""A run as a Word document: figures, tables, methods and results in reading order, for a manuscript."""

import io
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from bs4 import BeautifulSoup
from bs4.element import NavigableString
from docx import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Length, Mm, Pt, RGBColor

from amyloid.press.report.layout import STAMPS, Kind, Paper
from amyloid.press.report.outputs import Figure, Table, Text, executed, markdown_html, writable

PAPERS: dict[Paper, tuple[float, float]] = {"a4": (210.0, 297.0), "letter": (215.9, 279.4)}
"""Width and height in mm."""

_MARGIN_MM, _CAPTION_MM = 20.0, 40.0
_MM_PER_CHARACTER, _PADDING, _WIDEST_COLUMN = 1.8, 3, 60
_WRITTEN = ("answer", "methods", "results")
"""The paragraphs that a manuscript takes over; the others speak to the reader of the page."""
_FOOT = ("parameters", "provenance")
"""Tables that close every notebook: their rows stand once, at the end."""


def write_word(run: Path, target: Path, kind: Kind, paper: Paper = "a4") -> None:
    """Write the figures, tables, methods and results of a run into one Word document.

    Parameters
    ----------
    run
        A finished run.
    target
        The `.docx` file.
    kind
        Whose data it is; the first lines say so.
    paper
        The size of the sheets.

    Notes
    -----
    Figures keep the size that they were drawn for unless the sheet is smaller. Captions are Word's own
    (fields that count), so that a list of figures and references to them can be inserted.
    """
    sheet = _Sheet(paper, STAMPS[kind])
    sheet.document.add_heading("Figures, tables, methods and results", level=0)
    sheet.document.add_paragraph(STAMPS[kind])
    foot: dict[str, Table] = {}
    for notebook in executed(run):
        sheet.document.add_heading(f"{notebook.label}: {writable(notebook.title)}", level=1)
        for content in notebook.contents():
            if isinstance(content, Figure):
                sheet.add_figure(content)
            elif isinstance(content, Text):
                if content.name in _WRITTEN:
                    sheet.add_text(content.markdown)
            elif content.name in _FOOT:
                first = foot.get(content.name, content)
                rows = dict.fromkeys((*first.rows, *content.rows))
                foot[content.name] = replace(first, rows=tuple(rows))
            else:
                sheet.add_table(content)
    sheet.document.add_heading("Parameters, data, criteria and versions", level=1)
    for name in filter(foot.get, _FOOT):
        sheet.add_table(foot[name])
    sheet.save(target)


class _Sheet:
    """A document of one paper size, whose figures and tables are counted."""

    def __init__(self, paper: Paper, stamp: str) -> None:
        self.document: Any = Document()
        section: Any = self.document.sections[0]
        section.page_width, section.page_height = map(Mm, PAPERS[paper])
        for side in ("left", "right", "top", "bottom"):
            setattr(section, f"{side}_margin", Mm(_MARGIN_MM))
        self.width = Length(section.page_width - section.left_margin - section.right_margin)
        self.height = Length(section.page_height - section.top_margin - section.bottom_margin)
        for style in ("Title", "Heading 1", "Caption"):
            self.document.styles[style].font.color.rgb = RGBColor(0, 0, 0)
        self.document.styles["Normal"].font.name = "Times New Roman"
        small = self.document.styles.add_style("Table text", WD_STYLE_TYPE.PARAGRAPH)
        small.font.size, small.paragraph_format.space_after = Pt(8), Pt(0)
        small.paragraph_format.line_spacing = 1.0
        head = self.document.styles.add_style("Table head", WD_STYLE_TYPE.PARAGRAPH)
        head.base_style, head.font.bold = small, True
        self.document.styles["Caption"].paragraph_format.space_before = Pt(10)
        foot = section.footer.paragraphs[0]
        foot.add_run(f"{stamp} Page ")
        _add_field(foot, "PAGE", "1")
        self.document.core_properties.comments = stamp
        self._counted = {"Figure": 0, "Table": 0}

    def add_text(self, markdown: str) -> None:
        """Add paragraphs; what is bold or in italics stays so."""
        for source in BeautifulSoup(markdown_html(markdown), "html.parser").find_all("p"):
            paragraph = self.document.add_paragraph()
            for text in source.find_all(string=True):
                run = paragraph.add_run(writable(re.sub(r"\s+", " ", text)))
                run.bold = _within(text, "strong")
                run.italic = _within(text, "em")

    def add_figure(self, figure: Figure) -> None:
        """Add a picture that fits on the sheet together with its caption below it."""
        shape = self.document.add_picture(io.BytesIO(figure.png))
        most = self.width, Length(self.height - Mm(_CAPTION_MM))
        scale = min(1.0, most[0] / shape.width, most[1] / shape.height)
        shape.width, shape.height = Length(int(shape.width * scale)), Length(int(shape.height * scale))
        shape._inline.docPr.set("descr", writable(figure.alt))
        self.document.paragraphs[-1].paragraph_format.keep_with_next = True
        self._add_caption("Figure", figure.caption)

    def add_table(self, table: Table) -> None:
        """Add a table below its caption; its heading stands again on every sheet, no row is divided."""
        self._add_caption("Table", table.title).paragraph_format.keep_with_next = True
        widths = _widths(table, self.width)
        grid = self.document.add_table(rows=0, cols=len(widths))
        grid.autofit = False
        grid._tblPr.append(_lines())
        for column, width in zip(grid.columns, widths, strict=True):
            column.width = width
        if any(table.header):
            head = grid.add_row()
            _fill(head, table.header, widths, "Tablehead")
            head._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
        for texts in table.rows:
            _fill(grid.add_row(), texts, widths, "Tabletext")
        for note in table.notes or ("",):  # an empty line keeps it apart from what follows
            self.document.add_paragraph(writable(note), style="Table text")

    def save(self, target: Path) -> None:
        """Write the file; nobody is named as its author."""
        self.document.core_properties.author = ""
        self.document.save(str(target))

    def _add_caption(self, word: Literal["Figure", "Table"], caption: str) -> Any:
        """Add a caption with a number of its own: notebooks count each for itself."""
        self._counted[word] += 1
        paragraph = self.document.add_paragraph(f"{word} ", style="Caption")
        _add_field(paragraph, f"SEQ {word} \\* ARABIC", str(self._counted[word]))
        paragraph.add_run(f". {writable(caption)}" if caption else ".")
        return paragraph


def _widths(table: Table, most: Length) -> list[Length]:
    """Give each column room for its longest word, and share out what is left by the longest texts."""
    columns = list(zip(*(table.header, *table.rows), strict=True))
    words = [max(len(word) for text in column for word in text.split(" ")) for column in columns]
    texts = [
        min(max(map(len, column)), max(word, _WIDEST_COLUMN))
        for column, word in zip(columns, words, strict=True)
    ]
    room = most / Mm(_MM_PER_CHARACTER) - _PADDING * len(columns)
    share = max(0.0, min(1.0, (room - sum(words)) / max(1, sum(texts) - sum(words))))
    wanted = [_PADDING + word + share * (text - word) for word, text in zip(words, texts, strict=True)]
    unit = min(float(Mm(_MM_PER_CHARACTER)), most / sum(wanted))
    return [Length(int(unit * width)) for width in wanted]


def _lines() -> Any:
    """Return the borders of a table: lines above, below and thin ones between its rows."""
    sides = {"top": 8, "bottom": 8, "insideH": 2}
    lines = "".join(f'<w:{side} w:val="single" w:sz="{eighths}"/>' for side, eighths in sides.items())
    return parse_xml(f"<w:tblBorders {nsdecls('w')}>{lines}</w:tblBorders>")


def _fill(row: Any, texts: Sequence[str], widths: Sequence[Length], style: str) -> None:
    row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
    cells = row.cells
    for cell, text, width in zip(cells, texts, widths, strict=True):
        cell.width = width
        cell.paragraphs[0]._p.style = style  # by its id: to look up a name takes milliseconds
        if text:
            cell.paragraphs[0].add_run(writable(text))
    if len(cells) > 1 and texts[0] and not any(texts[1:]):  # the name of a group of rows
        cells[0].merge(cells[-1]).paragraphs[0].runs[0].bold = True


def _add_field(paragraph: Any, instruction: str, shown: str) -> None:
    """Add a field that Word computes, with what it shows until then."""
    field: Any = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), f" {instruction} ")
    paragraph._p.append(field)
    field.append(paragraph.add_run(shown)._r)


def _within(text: NavigableString, tag: str) -> bool | None:
    return True if text.find_parent(tag) is not None else None
