"""The engine of words, and the templates of every page."""

import math
from pathlib import Path
from types import SimpleNamespace

import jinja2
import pandas as pd
import pytest

from amyloid.questions import words as engine
from amyloid.questions.words import Words, sections
from amyloid.show import plots, tables
from amyloid.show.page import Page, Reading, counted, result, results_frame

TEMPLATES = sorted(path.stem for path in Path(engine.__file__).parent.glob("*.md"))
STUDY = SimpleNamespace(confidence=0.9, n=1200, show=SimpleNamespace(ended=False))


@pytest.fixture
def fill(monkeypatch):
    """Fill one template, as a section with a title and a text."""

    def filled(template, told=None, **values):
        found = template if isinstance(template, dict) else {"it": ({"title": template}, template)}
        monkeypatch.setattr(engine, "sections", lambda _: {**found, "part": ({}, "p")})
        questions = SimpleNamespace(tell_it=lambda study, *frames: told or {})
        return Words("any", STUDY, questions)("it", **values)

    return filled


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("{{ study.n }} and {{ 0.5 }} and {{ x }}", "1,200 and 0.5 and not estimable"),
        ('{{ 1 | count("patient") }}, {{ 0 | count("patient") }}', "1 patient, 0 patients"),
        ('{{ 2 | form("loses", "lose") }}', "lose"),
        ("{% for n in [1, 2, 3] %}{{ n }}{{ comma(loop) }}{% endfor %}", "1, 2 and 3"),
        ("{% for n in [1] %}{{ n }}{{ comma(loop) }}{% endfor %}", "1"),
        ("{{ [1, 2000] | listed }}", "1 and 2,000"),
        ("{{ 8 | of(33) }}, {{ 0 | of(0) }}", "8 of 33 (24%), 0 of 0"),
        ("{{ row | share_ci }}", "8 of 33 (24%, 90% CI 12% to 41%)"),
        ("{{ level }}, {{ exact }}", "90% CI, exact 90% CI"),
        ("one\ntwo\n\n- three\n- four", "one two\n\n- three\n- four"),
        ('{% include "part" %}', "p"),
        ('{{ "a_b" | plain }}', "a\\_b"),
    ],
)
def test_numbers_plurals_and_lists(fill, template, said):
    row = SimpleNamespace(count=8, n=33, lower=0.12, upper=0.41)
    reading = fill(template, row=row, x=float("nan"))
    assert (reading.title, reading.text) == (said, said)


def test_a_name_that_nobody_told_is_an_error(fill):
    with pytest.raises(jinja2.UndefinedError, match="unknown"):
        fill("{{ unknown }}")


KEEPING = """Said.
{% for row in rows %}
@ at.{{ row.time }}: alive at month {{ row.time }}, % = 100 * row.share, unit="%"
{% endfor %}
@ male: male: of all = 2 of n
@ median: median, months = row.median, unit="months", limits=row
And said.
"""


def test_numbers_stand_beside_the_sentences(fill):
    rows = [SimpleNamespace(time=6.0, share=0.5), SimpleNamespace(time=12.0, share=0.25)]
    row = SimpleNamespace(median=3.5, lower=1.0, upper=math.nan)
    reading = fill({"it": ({}, KEEPING)}, rows=rows, n=8, row=row)
    assert reading.text == "Said. And said."
    assert reading.results[["id", "quantity", "value", "n", "denominator", "note"]].fillna(
        -1
    ).values.tolist() == [
        ["at.6", "alive at month 6, %", 50, -1, -1, ""],
        ["at.12", "alive at month 12, %", 25, -1, -1, ""],
        ["male.n", "male: of all, patients", 2, 2, 8, ""],
        ["male.percent", "male: of all, %", 25, 2, 8, ""],
        ["median", "median, months", 3.5, -1, -1, ""],
        ["median.lower", "its lower limit, months", 1, -1, -1, ""],
        ["median.upper", "its upper limit, months", -1, -1, -1, "not reached"],
    ]


@pytest.mark.parametrize("name", TEMPLATES)
def test_every_template_is_well_formed_and_names_no_patient_of_one_cohort(name):
    jinja = jinja2.Environment()
    assert sections(name)
    for heads, said in sections(name).values():
        for template in (*heads.values(), engine._calling(said)):
            jinja.parse(template)
            assert not any(line.lstrip().startswith("@") for line in template.splitlines())
    assert "LEN-" not in str(sections(name))


def test_a_table_of_words_is_handed_over_as_a_frame(monkeypatch):
    rows = "{% for name in names %}\n| group {{ name }} | {{ 'a' | becomes('b') }} |\n{% endfor %}\n"
    text = f"| choice | effect |\n{rows}"
    monkeypatch.setattr(engine, "sections", lambda _: {"it": ({"title": "Log", "frames": "names"}, text)})
    frame, reading = Words("any", STUDY, SimpleNamespace()).table("it", ["A", "b | {{ c }} |\n| d"])
    told = {"choice": ["group A", "group b | {{ c }} |\n| d"], "effect": ["a becomes b"] * 2}
    assert frame.to_dict("list") == told
    assert (reading.title, reading.text) == ("Log", "")


def test_a_page_keeps_each_number_once_and_writes_blanks_for_what_has_no_value(tmp_path):
    page = Page("04_survival", tmp_path, synthetic=True)
    rows = [result("os.median", "median, months", float("inf"), unit="months", note="not reached")]
    page.keep(results_frame([*rows, *counted("deaths", "deaths", 16, 43), *counted("x", "x", 0, 0)]))
    with pytest.raises(ValueError, match=r"deaths\.n"):
        page.keep(results_frame(counted("deaths", "deaths", 1, 2)))
    page.write(tmp_path / "04.csv")
    assert (tmp_path / "04.csv").read_text(encoding="utf-8").splitlines() == [
        "id,notebook,quantity,value,n,denominator,note,unit",
        '04.os.median,04,"median, months",,,,not reached,months',
        '04.deaths.n,04,"deaths, patients",16,16,43,,patients',
        '04.deaths.percent,04,"deaths, %",37.20930233,16,43,,%',
        '04.x.n,04,"x, patients",0,0,0,,patients',
    ]


def test_every_figure_and_table_is_a_call_and_any_other_name_is_not(tmp_path):
    page = Page("04_survival", tmp_path, synthetic=True)
    assert {"survival", "waterfall", "listing", "table"} <= set(dir(page))
    assert callable(page.survival)
    with pytest.raises(AttributeError, match="surival"):
        page.surival(None, Reading("x"))


@pytest.mark.parametrize(
    ("synthetic", "said"),
    [
        (True, "Synthetic, built from published aggregates, not patient data."),
        ("synthetic, not patient data", "Synthetic, not patient data."),
        (False, ""),
    ],
)
def test_a_stamp_says_what_the_data_are(synthetic, said):
    frame = pd.DataFrame({"category": ["CR"], "denominator": "all", "count": 1, "n": 2})
    drawn = plots.response_bars(frame.assign(estimate=0.5, lower=0.1, upper=0.9), synthetic=synthetic)
    html = tables.table(frame, title="Best", name="best", synthetic=synthetic).as_raw_html()
    if said:
        assert said in html
        assert drawn.alt.endswith(f"The data are {said[0].lower()}{said[1:]}")
    else:
        assert "ynthetic" not in html + drawn.alt


@pytest.mark.parametrize(
    ("value", "unit", "note", "said"),
    [
        (math.nan, "months", "", "not reached"),
        (math.inf, "ratio", "", "not estimable"),
        (math.nan, "p", "no test: 9 events", "no test: 9 events"),
        (1.5, "months", "", ""),
    ],
)
def test_a_blank_number_says_why(value, unit, note, said):
    assert result("a", "what", value, unit=unit, note=note)["note"] == said
