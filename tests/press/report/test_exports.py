"""Workbook, Word document and PDF of an invented run."""

import csv
import io
import re
import zipfile
from xml.etree import ElementTree

import docx
import nbformat
import openpyxl
import pytest
from bs4 import BeautifulSoup
from click.testing import CliRunner
from invented_run import ALT, HOSTILE, NAMES, png, shown, write_run

from amyloid.cli import group
from amyloid.press.report.export import find_chromium, one_page, write_excel, write_pdf
from amyloid.press.report.layout import csv_bytes
from amyloid.press.report.outputs import Executed
from amyloid.press.report.pages import write_pages
from amyloid.press.report.word import write_word
from amyloid.press.runner import RunError
from amyloid.press.runner.manifest import write_manifest


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = write_run(tmp_path_factory.mktemp("exports") / "run")
    write_pages(folder, synthetic=True)
    rows = [["name", "value"], ["=1+1", "-3.2"], ["+cmd", "007"], ["@x", "12"]]
    for name in ("results", "categories", "endpoints"):
        text = io.StringIO()
        csv.writer(text).writerows(rows)
        (folder / f"{name}.csv").write_text(text.getvalue(), encoding="utf-8")
    write_manifest(folder, {"parameters": {}, "cohort": {"synthetic": True}})
    return folder


def test_no_cell_of_a_workbook_is_a_formula(run, tmp_path):
    write_excel(run, tmp_path / "t.xlsx", "synthetic")
    book = openpyxl.load_workbook(tmp_path / "t.xlsx")
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} == {"s", "n"}
    starts = [cell for cell in cells if isinstance(cell.value, str) and cell.value[0] in "=+-@"]
    assert {cell.value for cell in starts} >= {"=1+1", "+cmd", "@x", HOSTILE[2]}
    assert all(cell.quotePrefix for cell in starts)
    with zipfile.ZipFile(tmp_path / "t.xlsx") as archive:
        assert all(b"<f>" not in archive.read(name) for name in archive.namelist())


def test_numbers_stay_numbers_and_identifiers_stay_text(run, tmp_path):
    write_excel(run, tmp_path / "t.xlsx", "patient-data")
    book = openpyxl.load_workbook(tmp_path / "t.xlsx")
    sheet = next(sheet for sheet in book if sheet.title.endswith("results"))
    assert [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)] == [
        ["name", "value"],
        ["=1+1", -3.2],
        ["+cmd", "007"],
        ["@x", 12],
    ]
    assert "holds patient data" in book["Contents"]["A1"].value


def test_no_cell_of_a_csv_file_is_a_formula():
    cells = ["=1+1", "-3.2", "+cmd", "007", "@x", "1e-5", "-5%", "a,b"]
    assert csv_bytes([cells]) == b"'=1+1,-3.2,'+cmd,007,'@x,1e-5,-5%,\"a,b\"\n"


def test_every_table_has_a_sheet(run, tmp_path):
    write_excel(run, tmp_path / "t.xlsx", "synthetic")
    contents = openpyxl.load_workbook(tmp_path / "t.xlsx")["Contents"]
    captions = [row[1].value for row in contents.iter_rows(min_row=3)]
    assert captions.count("Best response. 33 evaluable") == 3
    assert captions[-3:] == ["results.csv", "categories.csv", "endpoints.csv"]


W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
EMU_PER_MM = 36000


def written(run, target, paper="a4"):
    """Return the blocks of the Word document's body in their order: pictures, tables and texts."""
    write_word(run, target, "synthetic", paper)
    with zipfile.ZipFile(target) as archive:
        return list(ElementTree.fromstring(archive.read("word/document.xml"))[0])


def words(block):
    return "".join(text.text or "" for text in block.iter(f"{W}t"))


def test_word_document_holds_figures_with_words_and_tables(run, tmp_path):
    write_word(run, tmp_path / "t.docx", "synthetic")
    document = docx.Document(str(tmp_path / "t.docx"))
    assert len(document.inline_shapes) == 3
    assert document.inline_shapes[0]._inline.docPr.get("descr") == ALT
    texts = [cell.text for table in document.tables for cell in table.column_cells(0)]
    assert HOSTILE[0] in texts
    assert "not patient data" in document.paragraphs[1].text
    assert document.core_properties.author == ""


def test_word_document_has_everything_in_reading_order_and_numbered(run, tmp_path):
    blocks = written(run, tmp_path / "t.docx")
    said = [words(block) for block in blocks]
    marks = r"\d (?:Cohort|Response|Durability)|(?:Figure|Table) \d+|Methods|Results|Parameters"
    order = [match[0] for match in (re.match(marks, text) for text in said) if match]
    assert order == [
        *("1 Cohort", "Figure 1", "Table 1", "Table 2", "Table 3", "Methods", "Results"),
        *("2 Response", "Figure 2", "Table 4", "Table 5", "Table 6", "Methods", "Results"),
        *("3 Durability", "Figure 3", "Table 7", "Table 8", "Table 9", "Methods", "Results"),
        *("Parameters", "Table 10"),
    ]
    assert not any("For the reader" in text for text in said)
    pictures = [n for n, block in enumerate(blocks) if block.find(f".//{W}drawing") is not None]
    assert all(said[n + 1].startswith("Figure") for n in pictures)  # captions below figures, above tables
    grids = [n for n, block in enumerate(blocks) if block.tag == f"{W}tbl"]
    assert all(said[n - 1].startswith("Table") for n in grids)
    fields = {code.get(f"{W}instr").split()[1] for block in blocks for code in block.iter(f"{W}fldSimple")}
    assert fields == {"Figure", "Table"}


def test_rows_of_a_word_table_are_whole_and_their_heading_repeats(run, tmp_path):
    repeated = []
    for table in (block for block in written(run, tmp_path / "t.docx") if block.tag == f"{W}tbl"):
        rows = table.findall(f"{W}tr")
        assert all(row.find(f"{W}trPr/{W}cantSplit") is not None for row in rows)
        repeated.append([n for n, row in enumerate(rows) if row.find(f"{W}trPr/{W}tblHeader") is not None])
    assert repeated == [[0]] * 9 + [[]]  # the last one has no heading


@pytest.mark.parametrize(("paper", "size"), [("a4", (210, 297)), ("letter", (215.9, 279.4))])
@pytest.mark.parametrize("pixels", [(3000, 300), (300, 3000), (300, 150)])
def test_a_figure_lies_within_the_margins_and_is_never_enlarged(run, tmp_path, paper, size, pixels):
    folder = write_run(tmp_path / "run", picture=png(*pixels))
    write_word(folder, tmp_path / "t.docx", "synthetic", paper)
    document = docx.Document(str(tmp_path / "t.docx"))
    section, shape = document.sections[0], document.inline_shapes[0]
    assert (section.page_width / EMU_PER_MM, section.page_height / EMU_PER_MM) == pytest.approx(size, abs=0.1)
    assert shape.width <= section.page_width - section.left_margin - section.right_margin
    assert shape.height <= section.page_height - section.top_margin - section.bottom_margin - 30 * EMU_PER_MM
    assert shape.width / EMU_PER_MM <= pixels[0] / 72 * 25.4 + 0.1
    assert shape.width / shape.height == pytest.approx(pixels[0] / pixels[1], rel=0.01)


def test_headings_above_headings_are_joined():
    html = (
        "<table><thead><tr><th></th><th colspan='2'>A</th></tr><tr><th></th><th>n</th><th>%</th></tr></thead>"
        "<tbody><tr><td>x</td><td>1</td><td>2</td></tr></tbody></table>"
    )
    cell = nbformat.v4.new_code_cell(outputs=[shown({"text/html": html})])
    heading = nbformat.v4.new_markdown_cell("# T\n\n## Who\n\nwords")
    (table,) = Executed("01_a", lambda: nbformat.v4.new_notebook(cells=[heading, cell])).tables()
    assert (table.caption, table.header) == ("Who", ("", "A, n", "A, %"))


def export(*arguments):
    return CliRunner().invoke(group, ["export", *map(str, arguments)])


def test_export_writes_a_folder_of_its_own(run, tmp_path):
    assert export(run, "--out", tmp_path / "x", "--excel").exit_code == 0
    assert [path.name for path in (tmp_path / "x").iterdir()] == ["tables.xlsx"]
    assert export(run, "--out", tmp_path / "x", "--excel").exit_code == 2
    assert export(run, "--out", tmp_path / "x", "--excel", "--force").exit_code == 0


@pytest.mark.parametrize("arguments", [["--out", "x"], ["--excel"]])
def test_a_call_that_says_too_little_is_refused(run, arguments):
    assert export(run, *arguments).exit_code == 2


def test_the_export_does_not_lie_inside_the_run(run):
    assert export(run, "--out", run / "x", "--excel").exit_code == 2
    assert not (run / "x").exists()


def test_a_changed_run_is_not_exported(tmp_path):
    folder = write_run(tmp_path / "run")
    write_manifest(folder, {"parameters": {}, "cohort": {"synthetic": True}})
    (folder / "notebooks" / "02_response.ipynb").write_bytes(png())
    result = export(folder, "--out", tmp_path / "x", "--excel")
    assert "was changed" in str(result.exception)
    assert not (tmp_path / "x").exists()


def test_without_a_browser_the_export_says_so(run, tmp_path, monkeypatch):
    monkeypatch.setenv("AMYLOID_CHROMIUM", "no-such-browser")
    assert find_chromium() is None
    result = export(run, "--out", tmp_path / "x", "--pdf", "--excel")
    assert "none was found" in str(result.exception)
    assert not (tmp_path / "x").exists()


@pytest.mark.browser
@pytest.mark.parametrize(("paper", "width"), [("a4", b"59[45]"), ("letter", b"61[12]")])
def test_a_report_is_printed_as_one_file_without_a_path(run, tmp_path, paper, width):
    if find_chromium() is None:
        pytest.skip("no Chromium found")
    assert export(run, "--out", tmp_path / "x", "--pdf", "--paper", paper).exit_code == 0
    (file,) = (tmp_path / "x").iterdir()
    printed = file.read_bytes()
    assert printed.startswith(b"%PDF")
    assert re.search(rb"/MediaBox \[\s*0 0 " + width, printed)
    assert b"/URI" not in printed
    assert b"file:" not in printed
    assert str(tmp_path).encode() not in printed


def test_all_pages_on_one_lead_inside_it(run):
    soup = BeautifulSoup(one_page(run / "html", "a4"), "html.parser")
    ids = [mark["id"] for mark in soup.find_all(id=True)]
    assert len(ids) == len(set(ids))
    links = [link["href"] for link in soup.find_all("a", href=True)]
    assert links
    assert {link.removeprefix("#") for link in links} <= set(ids)
    assert [part["id"] for part in soup.body.find_all("section", recursive=False)] == ["index", *NAMES]
    assert len(soup.select(".stamp")) == 1


def test_a_browser_that_fails_is_named(run, tmp_path, monkeypatch):
    monkeypatch.setenv("AMYLOID_CHROMIUM", "false")
    with pytest.raises(RunError, match=r"report\.pdf could not be printed"):
        write_pdf(run / "html", tmp_path / "report.pdf")
