"""Pages of an invented run: complete, self-contained, escaped."""

import re

import nbformat
import pandas as pd
import pytest
from bs4 import BeautifulSoup
from invented_run import ALT, GLOSSARY, HOSTILE, NAMES, figure, kept, notebook, png, shown, write_run

from amyloid.press.disclosure.formats import PageReader
from amyloid.press.report.layout import STAMPS
from amyloid.press.report.layout import rendered as filled
from amyloid.press.report.outputs import Executed, Figure, executed, label
from amyloid.press.report.pages import (
    explain,
    kind_of,
    overview,
    parameters_used,
    render,
    scoreboard,
    write_pages,
)
from amyloid.press.report.sanitize import LONG, accessible_html


def shown_by(book):
    return Executed(NAMES[1], lambda: book)


def rendered(book, kind):
    return render(shown_by(book), NAMES, kind)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = write_run(tmp_path_factory.mktemp("run") / "r1")
    write_pages(folder, synthetic=True, title="A <b>cohort</b>")
    return folder


@pytest.fixture(scope="module")
def page(run):
    return BeautifulSoup((run / "html" / "02_response.html").read_text(encoding="utf-8"), "html.parser")


def test_one_page_per_notebook_and_an_overview(run):
    assert {path.stem for path in (run / "html").iterdir()} == {*NAMES, "index"}


@pytest.mark.parametrize("name", [*NAMES, "index"])
def test_one_page_alone_is_the_same_page(run, tmp_path, name):
    folder = write_run(tmp_path / "r1")
    write_pages(folder, synthetic=True, title="A <b>cohort</b>", only=name)
    (alone,) = (folder / "html").iterdir()
    assert alone.read_bytes() == (run / "html" / f"{name}.html").read_bytes()


@pytest.mark.parametrize("name", [*NAMES, "index"])
def test_pages_hold_nothing_active_and_no_address(run, name):
    html = (run / "html" / f"{name}.html").read_text(encoding="utf-8")
    assert PageReader(html).faults == []
    assert "://" not in re.sub(r"<style>.*?</style>", "", html, flags=re.DOTALL)
    assert len(html.encode()) < 3_000_000


def test_hostile_text_is_shown_as_text(page):
    cells = [cell.get_text() for cell in page.select("td")]
    for text in HOSTILE:
        visible = re.sub("[\u202a-\u202e\x00\x08]", "", text)
        assert any(cell.strip() == visible.strip() for cell in cells), text


def test_figure_has_alt_caption_and_number(page):
    assert page.select_one("figure img")["alt"] == ALT
    assert page.select_one("figcaption").get_text() == "Figure 1. Survival of 43 patients. All of them."
    assert len(page.main.find_all(string=re.compile("^Figure 1"))) == 1


def test_figure_without_words_still_has_alternative_text():
    book = notebook()
    book.cells[4].outputs[0].metadata = {}
    found = BeautifulSoup(rendered(book, "synthetic"), "html.parser")
    assert found.select_one("figure img")["alt"]


def test_a_listing_says_what_it_makes(page):
    outputs = [
        figure(png()),
        shown({"text/html": "<p>x</p>"}, amyloid={"kind": "table", "label": "Table 2", "title": "B"}),
    ]
    two = nbformat.v4.new_code_cell("1", outputs=outputs)
    one = nbformat.v4.new_code_cell("2", outputs=outputs[1:])
    words = nbformat.v4.new_code_cell("3", outputs=[shown({"text/markdown": "## How soon\n\nSoon."})])
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# Q?"), two, one, words])
    found = BeautifulSoup(rendered(book, "synthetic"), "html.parser")
    assert [mark.get_text() for mark in found.select("details.code > summary")] == [
        "Code: Figure 1 and Table 2",
        "Code: Table 2. B",
        "Code: How soon",
    ]


WORDS = ["Figure 9 shows A vs. B, e.g. C. D", "Table 3", "no full stop, Figure 2. Of 5", "A. B. C."]


@pytest.mark.parametrize("words", WORDS)
def test_no_word_of_a_caption_decides_anything(words):
    drawn, alone = figure(png()), f"<table><tr><td class='gt_heading'>Table 7. {words}</td></tr></table>"
    drawn.metadata["amyloid"] |= {"label": "Figure 4", "title": words, "caption": f"{words}. {words}"}
    listed = shown({"text/html": alone}, amyloid={"kind": "table", "label": "Table 7", "title": words})
    cells = [nbformat.v4.new_code_cell("1", outputs=outputs) for outputs in ([drawn], [listed])]
    book = nbformat.v4.new_notebook(cells=cells)
    found = BeautifulSoup(rendered(book, "synthetic"), "html.parser")
    assert found.figcaption.get_text() == f"Figure 4. {words}. {words}"
    assert found.select_one(".picture")["aria-label"] == "Figure 4"
    assert [mark.get_text() for mark in found.select("details.code > summary")] == [
        f"Code: Figure 4. {words}",
        f"Code: Table 7. {words}",
    ]
    picture, table = shown_by(book).contents()
    assert picture.caption == f"{words}. {words}"
    assert (table.title, table.caption) == (words, f"Table 7. {words.rstrip('.')}")


def test_pictures_without_a_label_are_numbered_by_their_order():
    """A notebook of one's own has plain outputs; captions of earlier runs began with their number."""
    plain, older = figure(png()), figure(png())
    plain.metadata.clear()
    older.metadata["amyloid"] = {"kind": "figure", "name": "x", "caption": "Figure 2. Older. All of them."}
    listed = {"kind": "table", "name": "y", "caption": "Table 1. Older"}
    table = shown({"text/html": "<table><caption>Table 1. Older</caption></table>"}, amyloid=listed)
    outputs = [plain, older, plain, table]
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1", outputs=outputs)])
    found = BeautifulSoup(rendered(book, "synthetic"), "html.parser")
    said = [mark.get_text() for mark in found.select("figcaption")]
    assert said == ["Figure 1.", "Figure 2. Older. All of them.", "Figure 3."]
    assert [mark["aria-label"] for mark in found.select(".picture")] == ["Figure 1", "Figure 2", "Figure 3"]
    assert found.caption.get_text() == "Table 1. Older"
    assert found.select_one("details.code > summary").get_text() == "Code: 2 Response"


@pytest.mark.parametrize("words", STAMPS.values())
def test_the_stamp_stands_once_on_a_page(words):
    (kind,) = (kind for kind, said in STAMPS.items() if said == words)
    table = (
        f"<table><tr><td>1</td></tr><tfoot><tr><td class='gt_sourcenote'>{words}</td></tr></tfoot></table>"
    )
    stamp = shown(
        {"text/markdown": f"> **{words}** It is made up."}, amyloid={"kind": "stamp", "name": "stamp"}
    )
    cell = nbformat.v4.new_code_cell(
        outputs=[stamp, shown({"text/html": table}), shown({"text/html": table})]
    )
    found = BeautifulSoup(rendered(nbformat.v4.new_notebook(cells=[cell]), kind), "html.parser")
    assert found.body.get_text().count(words) == 1
    assert "It is made up." in found.get_text()


def test_contents_lead_to_headings(page):
    links = [a["href"][1:] for a in page.select("nav.contents a")]
    assert len(links) == len(set(links)) >= 4
    assert all(page.find(id=anchor).name in {"h1", "h2", "h3"} for anchor in links)
    assert len(page.find_all("h1")) == 1


def test_code_is_folded_and_parameters_are_a_table(page):
    listings = page.select("details.code")
    assert len(listings) == 4
    assert not any("open" in listing.attrs for listing in listings)
    assert [listing.summary.get_text() for listing in listings] == [
        "Code: parameters",
        "Code: Figure 1. Survival of 43 patients",
        "Code: Best response",
        "Code: the answer",
    ]
    assert "# Parameters" not in page.get_text()
    rows = [
        [cell.get_text() for cell in row.find_all(["th", "td"])]
        for row in page.select(".parameters tbody tr")
    ]
    assert rows == [["cohort_dir", 'My {cohort} "2009"', "x"], ["min_cell", "12", "11"]]


def test_pages_are_linked_in_order(page):
    assert page.select_one("a[rel=prev]")["href"] == "01_cohort_description.html"
    assert page.select_one("a[rel=next]")["href"] == "03_durability.html"
    assert page.select_one("[aria-current]").get_text() == "2 Response"


@pytest.mark.parametrize(
    ("synthetic", "words"),
    [(True, "not patient data"), (False, "holds patient data")],
)
def test_each_page_says_whose_data_it_holds(tmp_path, synthetic, words):
    folder = write_run(tmp_path / "r")
    write_pages(folder, synthetic=synthetic)
    for path in (folder / "html").iterdir():
        assert (
            words
            in BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser").select_one(".stamp").get_text()
        )


def test_overview_counts_the_published_numbers(run):
    found = BeautifulSoup((run / "html" / "index.html").read_text(encoding="utf-8"), "html.parser")
    assert "3 of 6" in found.select_one(".score").get_text()
    assert found.h1.get_text() == "A <b>cohort</b>"
    assert "C21 rate" in found.get_text()


def test_overview_answers_every_question_and_explains_its_words(run):
    found = BeautifulSoup((run / "html" / "index.html").read_text(encoding="utf-8"), "html.parser")
    answers = [answer.get_text() for answer in found.select(".answers dd")]
    assert answers == ["8 of 33 reached CR, as a landmark."] * 3
    assert found.select_one(".answers dd b") is not None
    assert [link["href"] for link in found.select(".answers dt a")] == [f"{name}.html" for name in NAMES]
    assert found.select_one(".lead").get_text() == "43 patients, treated with a drug."
    assert found.select(".other") == []
    assert found.select_one(".used").get_text() == "min cell: 12 (changed)."
    assert [entry.get_text(" ") for entry in found.select(".glossary div")] == [
        "CR complete response",
        "landmark a month",
    ]


def test_criteria_are_named_whether_or_not_they_are_the_default():
    criteria, changed, left = (
        ("renal_criteria", "x-1", False),
        ("min_cell", "12", True),
        ("confirm", "", False),
    )
    cell = nbformat.v4.new_code_cell(outputs=[kept("parameters", rows=[criteria, changed, left])])
    assert parameters_used(shown_by(nbformat.v4.new_notebook(cells=[cell]))) == [criteria, changed]


def test_a_word_is_explained_where_it_first_stands(page):
    assert [(mark.get_text(), mark["title"]) for mark in page.select("abbr")] == list(GLOSSARY.items())
    soup = BeautifulSoup("<p>CRP <code>CR</code> <b>no CR</b> CR</p>", "html.parser")
    explain(soup, dict(GLOSSARY))
    marked = '<b>no <abbr title="complete response">CR</abbr></b>'
    assert str(soup) == f"<p>CRP <code>CR</code> {marked} CR</p>"


@pytest.mark.parametrize(("rows", "folded"), [(LONG, 0), (LONG + 1, 1)])
def test_a_long_table_is_folded(rows, folded):
    html = accessible_html(pd.DataFrame({"n": range(rows)}).to_html(), "Many rows")
    found = BeautifulSoup(html, "html.parser")
    assert len(found.select("details.long > summary")) == folded
    assert len(found.select("tbody tr")) == rows


def test_overview_of_patients_has_no_score(tmp_path):
    folder = write_run(tmp_path / "r")
    write_pages(folder, synthetic=False)
    assert "published numbers" not in (folder / "html" / "index.html").read_text(encoding="utf-8")


def test_outputs_are_read_back(run):
    found = executed(run)[1]
    shown_there = list(found.contents())
    assert [content.alt for content in shown_there if isinstance(content, Figure)] == [ALT]
    best = found.tables()[0]
    assert best.caption == "Best response. 33 evaluable"
    assert best.header == ("", "n")
    assert best.rows[0] == ("Response", "")
    assert best.rows[1] == (HOSTILE[0], "0")
    assert best.notes == ("Counts of patients.",)


def test_scoreboard_names_what_differs():
    (score,) = scoreboard([shown_by(notebook())])
    assert (score["total"], score["agree"], score["others"]) == (2, 1, ["C21 rate"])


def test_a_notebook_without_an_answer_is_told_by_its_first_paragraph():
    assert shown_by(notebook()).opening.startswith(
        "This page counts responses. It has one table. Next, paper (doi:"
    )
    assert shown_by(nbformat.v4.new_notebook()).opening == ""


def test_labels():
    assert label("01_cohort_description") == "1 Cohort description"
    assert label("appendix") == "appendix"


def test_a_run_without_notebooks_is_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match="no executed notebook"):
        write_pages(tmp_path, synthetic=True)


def test_a_page_over_three_megabytes_is_refused(tmp_path):
    folder = tmp_path / "r"
    (folder / "notebooks").mkdir(parents=True)
    book = notebook()
    book.cells[4].outputs[0].data["image/png"] = "A" * 3_000_004
    nbformat.write(book, folder / "notebooks" / "02_response.ipynb")
    with pytest.raises(ValueError, match=r"02_response\.html is 3.*MB"):
        write_pages(folder, synthetic=True)


def test_the_same_notebook_gives_the_same_page():
    assert rendered(notebook(), "synthetic") == rendered(notebook(), "synthetic")


@pytest.mark.parametrize(
    ("reconstruction", "stamp"), [(True, "published aggregates"), (False, "Synthetic, not")]
)
def test_made_up_patients_are_not_called_built_from_a_publication(reconstruction, stamp):
    own = {"kind": "stamp", "data": {"synthetic": True, "reconstruction": reconstruction}}
    cell = nbformat.v4.new_code_cell(outputs=[shown({"text/markdown": "> Synthetic."}, amyloid=own)])
    book = nbformat.v4.new_notebook(cells=[cell])
    assert stamp in STAMPS[kind_of(shown_by(book), "synthetic")]
    assert kind_of(shown_by(book), "patient-data") == "patient-data"


def test_a_page_over_another_cohort_says_so():
    here, there = (shown_by(nbformat.v4.new_notebook(cells=[about(n)])) for n in (43, 120))
    found = BeautifulSoup(overview([here, there], "synthetic", "T"), "html.parser")
    assert found.select_one(".lead").get_text() == "43 patients."
    assert [mark.get_text() for mark in found.select(".other")] == ["Another cohort: 120 patients."]


def about(n):
    return nbformat.v4.new_code_cell(
        outputs=[shown({"text/markdown": f"{n} patients."}, amyloid={"kind": "cohort"})]
    )


def test_only_templates_of_html_are_escaped():
    outputs = {"a & b.csv": {"status": "released", "reason": "it's <small>"}}
    text = filled("checklist.txt.j2", least=11, unsearchable=[], outputs=outputs)
    assert "a & b.csv" in text
    assert "&amp;" not in text
    page = filled("plain.html.j2", title="<b>", kind="", stamp="it's", body="")
    assert "<title>&lt;b&gt;</title>" in page
    assert "it&#39;s" in page
