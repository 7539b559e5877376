"""What the report of a cohort says: criteria that fit it, groups side by side, drugs as typed."""

import csv
import io

import numpy as np
import pandas as pd
import pytest
from followed_cohort import GRADES, PARAMETERS, followed_cohort

from amyloid.press.share.blocks import band
from amyloid.press.share.build import aggregate_report, chosen_criteria
from amyloid.press.share.counts import OTHERS, groups_of


def rows(contents, table):
    return list(csv.reader(io.StringIO(contents[f"tables/{table}.csv"].decode())))


@pytest.fixture(scope="module")
def frames():
    return followed_cohort(4, 300, ("=VCd", "D-VCd"))


@pytest.fixture(scope="module")
def divided(frames):
    return aggregate_report(frames, PARAMETERS, GRADES, "A title")


def test_the_groups_stand_side_by_side(frames, divided):
    head, sizes, *lines = rows(divided.contents, "groups")
    assert set(head[2:]) == {"'=VCd", "D-VCd", OTHERS}
    counts = frames["patients"]["group"].value_counts()
    for name, size in zip(head[2:4], sizes[2:4], strict=True):
        assert int(size) == pytest.approx(counts[name.lstrip("'")], abs=15)
    assert {line[0] for line in lines} == {
        "Age, years",
        "Heart involved",
        "Cardiac stage (mayo-2004-european)",
        "Hematologic response",
        "Death during follow-up",
    }


def test_differences_come_from_the_printed_numbers(divided):
    head, _, *lines = rows(divided.contents, "groups")
    sizes = dict(zip(head[2:4], map(int, rows(divided.contents, "groups")[1][2:4]), strict=True))
    counts = next(line for line in lines if line[:2] == ["Hematologic response", "response"])
    shares = {
        name: int(text.split()[0]) / sizes[name] for name, text in zip(head[2:4], counts[2:4], strict=True)
    }
    response, hazard, log_rank = rows(divided.contents, "effects")[1:]
    assert float(response[3]) == pytest.approx(100 * (shares[response[1]] - shares[response[2]]), abs=0.5)
    assert hazard[3] == "hidden" or float(hazard[3]) == round(float(hazard[3]), 1)
    assert log_rank[5] == "hidden" or log_rank[5].split()[0] in ("0.001", "0.01", "0.05", "below", "above")


def test_survival_of_each_group_is_printed_as_points(divided):
    assert "figures/survival_by_group.png" in divided.contents
    months = [line[1] for line in rows(divided.contents, "survival_by_group")[1:] if line[0] == "D-VCd"]
    assert months[0] == "0"
    assert all(float(month) % 6 == 0 for month in months)


def test_no_cell_is_a_formula(divided):
    for name in divided.contents:
        if name.endswith(".csv"):
            cells = [cell for row in csv.reader(io.StringIO(divided.contents[name].decode())) for cell in row]
            assert not [cell for cell in cells if cell[:1] in ("=", "+", "@")]


@pytest.mark.parametrize(
    ("sizes", "compared"),
    [
        ({"a": 40, "b": 40}, True),
        ({"a": 40, "b": 25}, False),
        ({"a": 80}, False),
        ({"a": 40, "b": 26, "c": 9}, True),
    ],
)
def test_groups_are_compared_from_a_size_on(sizes, compared):
    names = [name for name, n in sizes.items() for _ in range(n)]
    patients = pd.DataFrame(
        {"patient_id": [str(i) for i in range(len(names) + 5)], "arm": [*names, *[None] * 5]}
    )
    found = groups_of(patients, "arm", 11)
    assert (found is not None) == compared
    if found is not None:
        assert (found == OTHERS).sum() == 5 + sizes.get("c", 0)


def test_numbers_and_unknown_columns_are_no_groups():
    patients = pd.DataFrame({"patient_id": [str(i) for i in range(80)], "age": np.repeat([1.0, 2.0], 40)})
    assert groups_of(patients, "age", 11) is None
    assert groups_of(patients, "none", 11) is None


def test_the_others_are_held_against_the_reference(frames):
    for reference in ("=VCd", "D-VCd"):
        names = groups_of(frames["patients"], "group", 11, reference).cat.categories
        assert names[0] == reference
        assert names[-1] == OTHERS


def test_a_group_that_may_not_be_named_withholds_the_comparison(frames):
    found = aggregate_report(frames, PARAMETERS, GRADES, fits=lambda text: text != "D-VCd")
    assert "tables/groups.csv" not in found.contents
    assert any("comparison of groups" in words for words in found.withheld)


def test_the_criteria_are_those_by_which_most_can_be_judged():
    def judged(criteria, n):
        grades = ["I"] * n + ["NE"] * (50 - n)
        return pd.DataFrame({"domain": "cardiac_stage", "criteria": criteria, "category": grades})

    grades = dict.fromkeys([("cardiac_stage", "mayo-2012"), ("cardiac_stage", "mayo-2004-european")], ("I",))
    for usual, other, chosen in (
        (30, 40, "mayo-2012"),
        (40, 40, "mayo-2004-european"),
        (0, 0, "mayo-2004-european"),
    ):
        categories = pd.concat([judged("mayo-2004-european", usual), judged("mayo-2012", other)])
        assert chosen_criteria({}, categories, grades)["cardiac_stage"] == chosen
    assert (
        chosen_criteria({"renal_criteria": "gertz-2005"}, categories, grades)["renal_response"]
        == "gertz-2005"
    )


def test_drugs_are_named_as_typed_and_only_where_many_were_given_them(frames):
    ids = frames["patients"]["patient_id"]
    given = pd.DataFrame({"patient_id": [*ids[:150], *ids[:12]], "drug": ["Cy=BorD"] * 150 + ["rare"] * 12})
    found = aggregate_report({**frames, "treatments": given}, PARAMETERS | {"compare_by": "none"}, GRADES)
    assert {row[0] for row in rows(found.contents, "drugs")[1:]} == {"Cy=BorD"}


@pytest.mark.parametrize(
    ("p", "words"),
    [
        (0.0001, "below 0.001"),
        (0.001, "0.001 to 0.01"),
        (0.04, "0.01 to 0.05"),
        (0.5, "above 0.2"),
        (np.nan, "hidden"),
    ],
)
def test_a_p_value_of_single_times_is_a_range(p, words):
    assert band(p) == words
