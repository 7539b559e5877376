"""Numbers kept for results.csv, the parameter table, and what stands behind a page."""

import math

import pandas as pd
import pytest
from notebook_cohorts import EMBEDDED

from amyloid.cohort import read_cohort
from amyloid.questions import page
from amyloid.questions.narrative.reading import Number, Reading, counted_number, drawn
from amyloid.questions.notebook.numbers import Numbers
from amyloid.questions.parameters import defaults, resolved


def test_numbers_are_written_under_ids_that_name_their_notebook(tmp_path):
    numbers = Numbers("04")
    numbers.keep(Number("os.median", "median survival, months", 34.56789012345))
    numbers.keep(Number("os.upper", "upper limit, months", math.nan))
    numbers.keep(Number("hr.upper", "upper limit", math.inf))
    for number in counted_number("deaths", "deaths", 16, 43):
        numbers.keep(number)
    numbers.write(tmp_path / "results" / "04.csv")
    assert (tmp_path / "results" / "04.csv").read_text(encoding="utf-8").splitlines() == [
        "id,notebook,quantity,value,n,denominator,note,unit",
        '04.os.median,04,"median survival, months",34.56789012,,,,months',
        '04.os.upper,04,"upper limit, months",,,,,months',
        "04.hr.upper,04,upper limit,,,,,",
        '04.deaths.n,04,"deaths, patients",16,16,43,,patients',
        '04.deaths.percent,04,"deaths, %",37.20930233,16,43,,%',
    ]


def test_an_id_names_one_number():
    numbers = Numbers("01")
    numbers.keep(Number("age", "age", 64))
    with pytest.raises(ValueError, match=r"01\.age was kept before"):
        numbers.keep(Number("age", "age", 65))


def test_nothing_is_a_percentage_of_nobody():
    assert [number.name for number in counted_number("x", "x", 0, 0)] == ["x.n"]


def test_folders_are_shown_by_their_last_name():
    card = read_cohort(EMBEDDED).card
    values = {"cohort_dir": "/somewhere/private/clinic", "out_dir": "..\\runs\\notebooks"}
    table = page.parameter_table(values | resolved(defaults(), card), card).set_index("parameter")
    assert table.loc["cohort_dir", ["value", "default"]].tolist() == ["clinic", "lenalidomide-2007"]
    assert table.loc["out_dir", "value"] == "notebooks"
    assert (table.loc[list(defaults()), "value"] == table.loc[list(defaults()), "default"]).all()
    assert table.loc["hematologic_criteria", "value"] == "default (boston-2007)"


def test_another_criterion_stands_beside_the_default():
    card = read_cohort(EMBEDDED).card
    table = page.parameter_table({"renal_criteria": "graded-2018"}, card)
    assert table.loc[0, ["value", "default"]].tolist() == ["graded-2018", "default (gertz-2005)"]


def test_the_page_names_data_criteria_and_versions():
    cohort = read_cohort(EMBEDDED)
    table = page.provenance_table(cohort, [("renal_stage", "palladini-2014")]).set_index("what")["which"]
    assert table["Data, SHA-256"] == cohort.fingerprint
    assert "Blood 2014;124:2325-2332" in table["Renal stage, palladini-2014"]
    assert [part.split()[0] for part in table["Versions"].split(", ")] == list(page.PACKAGES)


def test_a_reading_carries_what_its_figure_is_drawn_with():
    @drawn(log=True, few=10)
    def read(few: int) -> Reading:
        return Reading("a", "A", options={"few": few})

    assert read(3).options == {"log": True, "few": 3}
    assert pd.Series(read(3).numbers).empty
