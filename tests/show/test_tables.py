"""House tables: what stands in them, in which order, and that no reader is shut out."""

import re
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest
from great_tables import GT

from amyloid.questions.group_response import balance, table_one
from amyloid.questions.groups import Groups
from amyloid.show import tables


class Grid(HTMLParser):
    """Rows of cell texts, with the scope of each heading cell."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.scopes: list[str | None] = []
        self._open = False
        self.feed(markup[markup.index("<table") :])

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self._open = True
            self.rows[-1].append("")
            if tag == "th":
                self.scopes.append(dict(attrs).get("scope"))

    def handle_endtag(self, tag: str) -> None:
        self._open = self._open and tag not in ("td", "th")

    def handle_data(self, data: str) -> None:
        if self._open:
            self.rows[-1][-1] += data.strip()


def grid(table: GT) -> list[list[str]]:
    return [row for row in Grid(table.as_raw_html()).rows if row]


def test_title_stub_labels_notes_and_stamp() -> None:
    frame = pd.DataFrame({"name": ["a", "b"], "n": [8, 1200], "p": [None, "24%"]})
    made = tables.table(
        frame,
        title="Title",
        name="One Two",
        stub="name",
        labels={"n": "Patients"},
        notes=["Denominator: all.", ""],
        numeric=["n"],
        synthetic=True,
    )
    assert grid(made) == [
        ["Title"],
        ["", "Patients", "p"],
        ["a", "8", "–"],
        ["b", "1,200", "24%"],
        ["Denominator: all."],
        ["Synthetic, built from published aggregates, not patient data."],
    ]


def test_html_is_the_same_twice_and_ids_come_from_the_name() -> None:
    frame = pd.DataFrame({"name": ["a"], "n": [1]})
    first = tables.table(frame, title="T", name="Best response, 2005").as_raw_html()
    assert first == tables.table(frame, title="T", name="Best response, 2005").as_raw_html()
    assert 'id="tbl-best-response-2005"' in first


def test_every_heading_has_a_scope_and_the_table_is_named() -> None:
    frame = pd.DataFrame({"kind": ["x", "x"], "name": ["a", "b"], "n": [1, 2]})
    markup = tables.table(frame, title="T", name="t", stub="name", groups="kind").as_raw_html()
    assert set(Grid(markup).scopes) == {"col", "row", "colgroup"}
    assert 'aria-labelledby="tbl-t-title"' in markup


def test_text_from_data_stays_text() -> None:
    frame = pd.DataFrame({"patient_id": ["<script>alert(1)</script>"], "reason": ["<img src=x onerror=y>"]})
    markup = tables.listing(frame, title="<b>T</b>", name="t", notes=["<i>note</i>"]).as_raw_html()
    assert "<script" not in markup
    assert "<img" not in markup
    assert "<i>" not in markup


def test_nothing_is_fetched() -> None:
    markup = tables.table(pd.DataFrame({"a": ["b"]}), title="T", name="t").as_raw_html()
    assert re.search(r"https?://|@import|url\(|<link|<script", markup) is None


def test_an_empty_frame_leaves_a_sentence() -> None:
    assert ["There is nothing to list here."] in grid(tables.listing(pd.DataFrame(), title="T", name="t"))


@pytest.fixture
def people() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "age": [50.0, 60.0, 70.0, 80.0, np.nan, 64.0],
            "sex": pd.Categorical(["male", "female", "male", "male", "male", "female"], ["female", "male"]),
            "heart": pd.array([True, False, True, None, False, False], dtype="boolean"),
            "group": ["original"] * 4 + ["extension"] * 2,
        }
    )


def cells_of(people: pd.DataFrame, names: dict[str, str], *, by: str | None = None) -> pd.DataFrame:
    table = people.assign(patient_id=[f"p{place}" for place in range(len(people))])
    names_of = pd.Categorical(people[by] if by else [None] * len(people), ["original", "extension"])
    of = pd.Series(names_of, index=table["patient_id"])
    groups = Groups("group", of, "original", ("extension",)) if by else Groups("none", of)
    return table_one(table, names, balance(table, names, groups), groups)


def test_table_one_cells(people: pd.DataFrame) -> None:
    cells = cells_of(people, {"age": "Age, years", "sex": "Sex", "heart": "Heart involved"}, by="group")
    assert list(dict.fromkeys(cells["group"])) == ["All (n = 6)", "original (n = 4)", "extension (n = 2)"]
    age = cells[(cells["variable"] == "Age, years") & (cells["kind"] == "number")].iloc[0]
    assert (age["median"], age["q1"], age["q3"], age["low"], age["high"]) == (64.0, 60.0, 70.0, 50.0, 80.0)
    assert (age["denominator"], age["missing"]) == (5, 1)
    heart = cells[(cells["variable"] == "Heart involved") & (cells["level"] == "yes")]
    assert heart["n"].tolist() == [2, 2, 0]
    assert heart["denominator"].tolist() == [5, 3, 2]
    sex = cells[(cells["variable"] == "Sex") & (cells["group"] == "All (n = 6)")]
    assert sex[["level", "n"]].to_numpy().tolist() == [["female", 2], ["male", 4]]
    assert "missing" not in sex["kind"].tolist()


def test_standardized_difference_stands_once_per_trait(people: pd.DataFrame) -> None:
    cells = cells_of(people, {"sex": "Sex", "age": "Age"}, by="group")
    assert cells.loc[cells["variable"] == "Sex", "difference"].notna().sum() == 1
    assert cells.loc[cells["variable"] == "Age", "difference"].isna().all(), (
        "one age in a group has no variance"
    )
    assert cells_of(people, {"sex": "Sex"})["difference"].isna().all()


def test_all_missing_and_nobody_still_have_lines(people: pd.DataFrame) -> None:
    blank = cells_of(people.assign(lung=pd.array([None] * 6, dtype="boolean")), {"lung": "Lung"})
    assert blank["n"].tolist()[0] == 0
    assert blank["missing"].tolist() == [6, 6]
    assert ["yes", "–"] in grid(tables.table_one(blank, title="T", name="t"))
    assert "Age" in str(
        grid(tables.table_one(cells_of(people.iloc[:0], {"age": "Age"}), title="T", name="t"))
    )


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        ([0.006, 0.022, 0.6], "0.022 (0.014 to 0.311; 0.006 to 0.600)"),
        ([1.0, 4.3, 12.9], "4.3 (2.7 to 8.6; 1.0 to 12.9)"),
        ([40.0, 147.0, 982.0], "147 (94 to 565; 40 to 982)"),
        ([0.0, 0.0, 0.0], "0 (0 to 0; 0 to 0)"),
    ],
)
def test_a_median_has_two_significant_digits(values: list[float], shown: str) -> None:
    cells = cells_of(pd.DataFrame({"x": values}), {"x": "X"})
    assert shown in grid(tables.table_one(cells, title="T", name="t"))[3]


def test_table_one_reads_like_a_paper(people: pd.DataFrame) -> None:
    cells = cells_of(people, {"age": "Age, years", "sex": "Sex"}, by="group")
    rows = grid(tables.table_one(cells, title="Table 1", name="t"))
    assert [
        "median (quartiles; range)",
        "64 (60 to 70; 50 to 80)",
        "65 (58 to 73; 50 to 80)",
        "64 (64 to 64; 64 to 64)",
        "",
    ] in rows
    assert ["missing", "1", "0", "1", ""] in rows
    assert ["male", "4 (67%)", "3 (75%)", "1 (50%)", ""] in rows
    assert ["Sex"] in rows


def test_proportions() -> None:
    frame = pd.DataFrame(
        {"label": ["CR"], "count": [8], "n": [33], "estimate": [8 / 33], "lower": [0.111], "upper": [0.423]}
    )
    rows = grid(tables.proportions(frame, title="T", name="t"))
    assert rows[1:] == [["", "Patients", "Percent", "Exact 95% CI"], ["CR", "8 of 33", "24%", "11% to 42%"]]


def test_milestones_and_median_mark_the_thin_end() -> None:
    at = pd.DataFrame(
        {
            "group": "all",
            "time": [12.0, 36.0],
            "at_risk": [34, 4],
            "survival": [0.86, 0.62],
            "lower": [0.74, 0.4],
            "upper": [0.95, 0.8],
        }
    )
    median = pd.DataFrame({"group": ["all"], "median": [np.nan], "lower": [22.1], "upper": [np.nan]})
    rows = grid(tables.milestones(at, median, title="T", name="t"))
    assert rows[2:] == [
        ["12 months", "34", "86%", "74% to 95%"],
        ["36 months *", "4", "62%", "40% to 80%"],
        ["Median", "–", "not reached", "22.1 to not reached"],
        ["* Fewer than 10 at risk."],
    ]


def test_milestones_of_nobody_are_a_table_without_a_row() -> None:
    nobody = dict.fromkeys(["group", "time", "at_risk", "survival", "lower", "upper"], np.array([], float))
    assert grid(tables.milestones(pd.DataFrame(nobody), title="T", name="t"))[2:] == []


def test_groups_head_their_milestones_and_medians() -> None:
    at = pd.DataFrame(
        {"group": ["b", "a"], "time": 12.0, "at_risk": 20, "survival": 0.5, "lower": 0.4, "upper": 0.6}
    )
    median = pd.DataFrame({"group": ["b", "a"], "median": [9.0, 8.0], "lower": 1.0, "upper": 20.0})
    rows = [row[0] for row in grid(tables.milestones(at, median, title="T", name="t"))]
    assert rows == ["T", "Time", "b", "12 months", "Median", "a", "12 months", "Median"]


def test_claims_say_which_differ() -> None:
    frame = pd.DataFrame(
        {
            "id": ["C01", "C02"],
            "quantity": ["patients", "median"],
            "published": [43.0, 26.5],
            "computed": [43.0, 27.1],
            "agrees": [True, False],
            "note": [None, None],
        }
    )
    rows = grid(tables.claims_table(frame, title="T", name="t"))
    assert rows[2:4] == [
        ["C01", "patients", "43", "43", "agrees"],
        ["C02", "median", "26.5", "27.1", "differs"],
    ]
    assert ["1 of 2 published numbers are met."] in rows


def test_changed_parameters_are_marked() -> None:
    frame = pd.DataFrame(
        {
            "parameter": ["confirm", "landmark_months"],
            "value": ["28-days", 6],
            "default": ["none", 6],
            "meaning": ["Confirmation", "Landmark"],
        }
    )
    rows = grid(tables.parameters_table(frame, title="T", name="t"))
    assert rows[2] == ["confirm", "28-days", "none", "Confirmation", "changed"]
    assert rows[3][-1] == ""
    assert ["1 of 2 parameters differ from their default."] in rows


def test_crosstab_keeps_its_margins() -> None:
    counts = pd.DataFrame({"response": [5, 9], "Total": [7, 17]}, index=["CR", "Total"])
    rows = grid(tables.crosstab(counts, title="T", name="t", corner="Depth"))
    assert rows[1:] == [["Depth", "response", "Total"], ["CR", "5", "7"], ["Total", "9", "17"]]


def test_a_long_listing_is_cut_and_says_so() -> None:
    frame = pd.DataFrame({"patient_id": [f"P{n}" for n in range(250)], "month": 1.25})
    rows = grid(tables.listing(frame, title="T", name="t", labels={"patient_id": "Patient"}))
    assert rows[2] == ["P0", "1.3"]
    assert len(rows) == 2 + 100 + 1
    assert rows[-1] == ["The first 100 of 250 rows."]
    rows = grid(tables.listing(frame, title="T", name="t", rest="All are in a file."))
    assert rows[-1] == ["The first 100 of 250 rows. All are in a file."]
