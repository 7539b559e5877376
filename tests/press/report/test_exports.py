"""Workbook, Word document and PDF of an invented run."""

import csv
import io
import zipfile

import openpyxl
import pytest
from click.testing import CliRunner
from invented_run import ALT, HOSTILE, png, write_run

from amyloid.cli import group
from amyloid.press.report import browser, pdf, write_pages
from amyloid.press.report.exports import write_excel, write_word
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


def test_every_table_has_a_sheet(run, tmp_path):
    write_excel(run, tmp_path / "t.xlsx", "synthetic")
    contents = openpyxl.load_workbook(tmp_path / "t.xlsx")["Contents"]
    captions = [row[1].value for row in contents.iter_rows(min_row=3)]
    assert captions.count("Best response. 33 evaluable") == 3
    assert captions[-3:] == ["results.csv", "categories.csv", "endpoints.csv"]


def test_word_document_holds_figures_with_words_and_tables(run, tmp_path):
    docx = pytest.importorskip("docx")
    write_word(run, tmp_path / "t.docx", "synthetic")
    document = docx.Document(tmp_path / "t.docx")
    assert len(document.inline_shapes) == 3
    assert document.inline_shapes[0]._inline.docPr.get("descr") == ALT
    texts = [cell.text for table in document.tables for cell in table.column_cells(0)]
    assert HOSTILE[0] in texts
    assert "not patient data" in document.paragraphs[1].text


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
    assert browser.find_chromium() is None
    result = export(run, "--out", tmp_path / "x", "--pdf", "--excel")
    assert "none was found" in str(result.exception)
    assert not (tmp_path / "x").exists()


@pytest.mark.browser
def test_a_page_is_printed(run, tmp_path):
    if browser.find_chromium() is None:
        pytest.skip("no Chromium found")
    pages = tmp_path / "html"
    pages.mkdir()
    (pages / "index.html").write_bytes((run / "html" / "index.html").read_bytes())
    (written,) = pdf.write_pdf(pages, tmp_path)
    assert written.read_bytes().startswith(b"%PDF")


def test_a_browser_that_fails_is_named(run, tmp_path, monkeypatch):
    monkeypatch.setenv("AMYLOID_CHROMIUM", "false")
    with pytest.raises(pdf.ExportError, match=r"01_cohort_description\.html could not be printed"):
        pdf.write_pdf(run / "html", tmp_path)
