"""Parameters: what was typed is what is used, or it is refused with the nearest name."""

from dataclasses import replace
from pathlib import Path

import pytest

from amyloid.adjudication.criteria import CRITERIA
from amyloid.cohort import Card
from amyloid.cohort.errors import CohortError
from amyloid.questions.parameters import (
    PARAMETERS,
    ParameterError,
    check_values,
    defaults,
    out_folder,
    parameters_cell,
    printed,
    read_texts,
    resolved,
)


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("landmark_months", "6", 6),
        ("landmark_months", "6.5", 6.5),
        ("landmark_months", " 12 ", 12),
        ("landmark_months", "120", 120),
        ("confidence", ".9", 0.9),
        ("confidence", "9e-1", 0.9),
        ("min_cell", "5", 5),
        ("confirm", "28-days", "28-days"),
        ("hematologic_criteria", "isa-2021", "isa-2021"),
        ("renal_criteria", "default", "default"),
        ("compare_by", "Study arm", "Study arm"),
        ("compare_by", "none", "none"),
    ],
)
def test_a_text_becomes_a_plain_literal(name, text, value):
    found = read_texts({name: text})[name]
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("landmark_months", "six", "'six' is not a number; expected a number above 0 up to 120."),
        ("landmark_months", "0", "0 is out of range"),
        ("landmark_months", "121", "121 is out of range"),
        ("landmark_months", "nan", "'nan' is not a number"),
        ("landmark_months", "inf", "'inf' is not a number"),
        ("landmark_months", "1_0", "'1_0' is not a number"),
        ("landmark_months", "٦", "is not a number"),
        ("landmark_months", "1e999", "inf is not a number"),
        ("confidence", "95", "between 0 and 1. Did you mean 0.95?"),
        ("confidence", "1", "1 is out of range; expected a number between 0 and 1."),
        ("confidence", "0", "0 is out of range"),
        ("hematologic_criteria", "", "'' is not known; expected default, gertz-2005"),
        ("compare_by", " ", "'' is no name; expected a column of patients, or none."),
        ("compare_by", "a\tb", "is no name"),
        ("min_cell", "4", "4 is out of range; expected a whole number from 5 up to 1000."),
        ("min_cell", "11.0", "11.0 is not a whole number"),
        ("confirm", "no", "'no' is not known; expected none, 28-days."),
        ("hematologic_criteria", "isa2012", "Did you mean isa-2012?"),
        ("renal_criteria", "Gertz-2005", "Did you mean gertz-2005?"),
        ("landmark_month", "6", "'landmark_month' is not a parameter. Did you mean landmark_months?"),
        ("x", "6", "Known: hematologic_criteria, renal_criteria"),
        ("out_dir", "x", "it comes from --out"),
    ],
)
def test_what_cannot_be_used_is_refused_with_the_mend(name, text, words):
    with pytest.raises(ParameterError) as error:
        read_texts({name: text})
    assert words in str(error.value)


def test_all_problems_are_said_at_once():
    with pytest.raises(ParameterError) as error:
        read_texts({"confidence": "2", "confirm": "yes", "min_cell": "x"})
    assert len(error.value.problems) == 3


@pytest.mark.parametrize("value", ["6", True, None, [6], float("nan")])
def test_a_typed_value_is_not_retyped(value):
    with pytest.raises(ParameterError, match="is not a number"):
        check_values({"landmark_months": value})


def test_the_defaults_pass_their_own_checks():
    assert check_values(defaults()) == defaults()


@pytest.mark.parametrize("domain", ["hematologic", "renal"])
def test_the_criteria_offered_are_those_that_exist(domain):
    known = [key for room, key in CRITERIA if room == f"{domain}_response"]
    assert list(PARAMETERS[f"{domain}_criteria"].choices) == ["default", *known]


def card(**defaults):
    return Card("x", "x", False, None, {}, defaults=defaults)


@pytest.mark.parametrize(
    ("named", "found"),
    [
        ({}, ("isa-2012", "palladini-2014")),
        ({"renal_criteria": "graded-2018"}, ("isa-2012", "graded-2018")),
        (
            {"hematologic_criteria": "boston-2007", "renal_criteria": "gertz-2005"},
            ("boston-2007", "gertz-2005"),
        ),
    ],
)
def test_the_card_decides_what_default_is_and_without_one_the_consensus(named, found):
    values = resolved(defaults(), card(**named))
    assert (values["hematologic_criteria"], values["renal_criteria"]) == found
    assert {k: v for k, v in values.items() if not k.endswith("_criteria")} == {
        k: v for k, v in defaults().items() if not k.endswith("_criteria")
    }
    assert printed("renal_criteria", found[1], card(**named)) == f"default ({found[1]})"


def test_a_named_criterion_wins_over_the_card():
    values = resolved(defaults() | {"renal_criteria": "palladini-2014"}, card(renal_criteria="graded-2018"))
    assert values["renal_criteria"] == "palladini-2014"
    assert printed("renal_criteria", "palladini-2014", card(renal_criteria="graded-2018")) == "palladini-2014"


def test_a_card_that_names_what_does_not_exist_is_refused_with_the_mend():
    with pytest.raises(CohortError) as error:
        resolved(defaults(), card(hematologic_criteria="ISA-2012", renal_criteria="kdigo"))
    said = str(error.value)
    assert "cohort.toml: defaults.hematologic_criteria = 'ISA-2012' is not known." in said
    assert "Did you mean isa-2012?" in said
    assert "Expected gertz-2005, palladini-2014, graded-2018" in said


@pytest.mark.parametrize(("here", "found"), [("notebooks", "../runs/notebooks"), ("x", "runs/notebooks")])
def test_the_default_folder_lies_beside_the_notebooks(tmp_path, monkeypatch, here, found):
    (tmp_path / here).mkdir()
    monkeypatch.chdir(tmp_path / here)
    assert out_folder("runs/notebooks") == Path(found)
    assert out_folder("elsewhere") == Path("elsewhere")


def test_a_long_list_of_allowed_values_goes_on_below(monkeypatch):
    many = replace(PARAMETERS["confirm"], choices=tuple(f"version-{n}" for n in range(40)))
    monkeypatch.setitem(PARAMETERS, "confirm", many)
    lines = parameters_cell("two-regimens").splitlines()
    assert lines[0].startswith('cohort_dir = "two-regimens"  # ')
    assert max(map(len, lines)) <= 110
    assert all(word in parameters_cell() for word in many.choices)
