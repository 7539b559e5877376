"""No table that the program writes holds a cell that a spreadsheet would run; numbers stay numbers."""

import csv

import pandas as pd
import pyarrow as pa
import pytest

from amyloid.adjudication import write_adjudication
from amyloid.adjudication.write import _defused
from amyloid.cli.share import tables_of
from amyloid.cohort import read_cohort
from amyloid.cohort.delivery import FORMULA_STARTS, defused
from amyloid.cohort.schema import TABLES
from amyloid.show import tables
from runs import real_cohort

STARTS = ("=", "+", "-", "@", "\t")


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        *[(f"{sign}1+1", f"'{sign}1+1") for sign in ("=", "+", "-", "@", "\t", "\r")],
        *[
            (number, number)
            for number in ("-3.2", "+4", "-1e-05", "-12 %".replace(" ", ""), ".5", "", "a=1", "12-3")
        ],
    ],
)
def test_cells_that_run_get_an_apostrophe(cell, written):
    assert defused(cell) == written


def test_both_writers_of_tables_agree():
    """The command share finds a patient of categories.csv by the cell that this writer made of the id."""
    cells = ["=1", "-3.2", "-5%", "+4", "-1e-05", "-", "-.", "@x", "\tx", "\r", "a=1", "", "-5%x", "+1\n"]
    written = _defused(pa.array(cells)).to_pylist()
    assert written == [defused(cell) for cell in cells]


@pytest.mark.parametrize("cell", [f"{start}{rest}" for start in FORMULA_STARTS for rest in ("", "1+1", "x")])
def test_figures_and_tables_are_defused_by_the_same_signs(cell):
    """The room that shows imports no other, so that it lists the signs itself; its texts are no numbers."""
    assert tables._FORMULA_STARTS == FORMULA_STARTS
    assert tables.defused(pd.DataFrame({"text": [cell]}))["text"].tolist() == [defused(cell)]


@pytest.fixture(scope="module")
def cohort(tmp_path_factory):
    folder = real_cohort(tmp_path_factory.mktemp("formulas") / "cohort", prefix="=FRM")
    return read_cohort(folder)


def test_adjudication_of_identifiers_that_look_like_formulas(cohort, tmp_path):
    write_adjudication(cohort, tmp_path)
    for name in ("categories.csv", "endpoints.csv"):
        with (tmp_path / name).open(encoding="utf-8", newline="") as file:
            rows = list(csv.reader(file))
        assert rows[1][0].startswith("'=FRM-")
        assert not [cell for row in rows for cell in row if defused(cell) != cell]
    frames = tables_of(tmp_path, cohort)
    assert set(frames["categories"]["patient_id"]) == set(cohort.patients["patient_id"])
    assert set(frames["endpoints"]["patient_id"]) == set(cohort.patients["patient_id"])


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t"])
def test_no_free_text_of_a_cohort_reaches_the_adjudication(tmp_path, start):
    """Drugs, details, groups and recorded responses stand in no reason, so that ids alone are defused."""
    folder = real_cohort(tmp_path / "cohort")
    free = {"group", "recorded_response", "drug", "detail", "stray"}
    for name in TABLES:
        rows = pd.read_csv(folder / f"{name}.csv", dtype=str, keep_default_na=False).assign(stray="")
        if name == "patients":
            rows = rows.assign(group=rows.get("group", ""), recorded_response="")
        for column in free & set(rows.columns):
            rows[column] = f"{start}RUN(1) " + rows[column]
        rows.to_csv(folder / f"{name}.csv", index=False)
    card = folder / "cohort.toml"
    card.write_text(
        card.read_text(encoding="utf-8").replace('title = "', 'title = "=RUN(1) '), encoding="utf-8"
    )
    cohort = read_cohort(folder)
    assert cohort.treatments["drug"].str.contains("RUN(1) lenalidomide", regex=False).any()
    assert "RUN(1)" in cohort.card.title
    write_adjudication(cohort, tmp_path)
    for name in ("categories.csv", "endpoints.csv"):
        written = (tmp_path / name).read_text(encoding="utf-8")
        assert "lenalidomide" not in written
        assert "RUN" not in written
        assert not [cell for row in csv.reader(written.splitlines()) for cell in row if defused(cell) != cell]


def test_numbers_of_a_notebook(tmp_path):
    from amyloid.show.page import Page

    page = Page.__new__(Page)
    page.name, page.results = (
        "07_two_groups",
        pd.DataFrame(
            {
                "id": ["a"],
                "quantity": ["=cmd, patients"],
                "value": [-3.5],
                "n": [1],
                "denominator": [1],
                "note": ["-x"],
                "unit": [""],
            }
        ),
    )
    page.write(tmp_path / "results.csv")
    with (tmp_path / "results.csv").open(encoding="utf-8", newline="") as file:
        _, row = csv.reader(file)
    assert row[2:4] == ["'=cmd, patients", "-3.5"]
    assert "'-x" in row
