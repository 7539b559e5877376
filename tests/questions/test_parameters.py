"""Parameters: what was typed is what is used, or it is refused with the nearest name."""

import pytest

from amyloid.adjudication.criteria import CRITERIA
from amyloid.questions.parameters import PARAMETERS, ParameterError, check_values, defaults, read_texts


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
    known = {key for room, key in CRITERIA if room == f"{domain}_response"}
    assert set(PARAMETERS[f"{domain}_criteria"].choices) == known
