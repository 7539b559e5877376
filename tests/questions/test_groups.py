"""Who is compared with whom, and the names that are refused."""

import pandas as pd
import pytest

from amyloid.questions.groups import read_groups


def patients(names: list[object], column: str = "group") -> pd.DataFrame:
    return pd.DataFrame({"patient_id": [f"P{i}" for i in range(len(names))], column: names})


def test_the_larger_group_is_the_reference_and_the_missing_are_counted():
    groups = read_groups(patients(["new"] * 5 + ["old"] * 6 + [None, "  "]), "group")
    assert groups.reference == "old"
    assert groups.others == ("new",)
    assert groups.two
    assert groups.sizes.to_dict("list") == {
        "group": ["old", "new", "not recorded"],
        "n": [6, 5, 2],
        "role": ["reference", "compared", "left out"],
    }


def test_in_a_tie_the_first_of_the_alphabet_is_the_reference():
    assert read_groups(patients(["b"] * 5 + ["a"] * 5), "group").compared == ("a", "b")


def test_the_card_names_the_reference():
    assert read_groups(patients(["old"] * 6 + ["new"] * 5), "group", "new").compared == ("new", "old")


def test_the_reference_of_the_card_is_not_asked_of_another_column():
    groups = read_groups(patients(["male"] * 6 + ["female"] * 5, "sex"), "sex", "new")
    assert groups.compared == ("male", "female")


def test_a_group_of_four_is_shown_and_not_compared():
    groups = read_groups(patients(["a"] * 6 + ["b"] * 5 + ["c"] * 4), "group")
    assert groups.compared == ("a", "b")
    assert groups.small == ("c",)
    assert list(groups.sizes["role"]) == ["reference", "compared", "shown only", "left out"]


@pytest.mark.parametrize("names", [["a"] * 9 + ["b"] * 4, ["a"] * 9, [None] * 9])
def test_without_two_groups_of_five_nothing_is_compared(names):
    groups = read_groups(patients(names), "group")
    assert groups.compared == ()
    assert groups.join(patients(names)[["patient_id"]]).empty


def test_none_compares_nobody():
    groups = read_groups(patients(["a"] * 9 + ["b"] * 9), "none")
    assert groups.compared == ()
    assert groups.sizes["n"].tolist() == [18]


def test_a_reference_of_four_leaves_nothing_to_compare():
    assert read_groups(patients(["a"] * 9 + ["b"] * 9 + ["c"] * 4), "group", "c").compared == ()


def test_yes_and_no_are_groups():
    frame = patients([True] * 6 + [False] * 5 + [None], "heart").astype({"heart": "boolean"})
    assert read_groups(frame, "heart").compared == ("yes", "no")


@pytest.mark.parametrize(
    ("names", "column", "said"),
    [
        (["Dara s.c."] * 6 + ["VCd"] * 6, "group", "'Dara s.c.' has a point in its name"),
        (["adjusted"] * 6 + ["VCd"] * 6, "group", "'adjusted' is named as a word of results.csv"),
        (["CyBorD"] * 6 + ["CYBORD"] * 6, "group", "'CYBORD', 'CyBorD' differ only by case"),
        ([50.0, 60.0] * 6, "age", "age holds numbers or dates"),
        ([f"c{i}" for i in range(13)], "centre", "centre has 13 different values; at most 12"),
    ],
)
def test_what_cannot_be_a_group_is_refused(names, column, said):
    with pytest.raises(ValueError, match="compare_by") as refused:
        read_groups(patients(names, column), column)
    assert said in str(refused.value)


def test_a_column_is_found_as_a_header_is():
    assert read_groups(patients(["a"] * 6 + ["b"] * 5, "study_centre"), "Study centre").compared == ("a", "b")


def test_every_problem_is_said_at_once():
    with pytest.raises(ValueError, match="compare_by") as refused:
        read_groups(patients(["a.b"] * 6 + ["os"] * 6 + ["x"] * 5 + ["X"] * 5), "group")
    assert len(str(refused.value).splitlines()) == 3


def test_a_column_that_is_not_there_is_refused_with_the_nearest_name():
    with pytest.raises(ValueError, match=r"no column 'centr' of at most 12 names\. Did you mean 'centre'"):
        read_groups(patients(["a"], "centre"), "centr")


def test_a_reference_that_is_no_group_is_refused():
    with pytest.raises(ValueError, match="'VCD' is no group of the cohort; the groups: D-VCd, VCd"):
        read_groups(patients(["VCd"] * 6 + ["D-VCd"] * 5), "group", "VCD")
