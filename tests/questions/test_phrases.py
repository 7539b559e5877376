"""Numbers in sentences: denominators, levels, and words for what is missing."""

import math
from types import SimpleNamespace

import pytest

from amyloid.adjudication.criteria import label
from amyloid.questions import words as phrases

NAN = math.nan


def test_a_share_names_its_denominator_and_its_exact_limits():
    row = SimpleNamespace(count=8, n=33, lower=0.11, upper=0.42)
    assert phrases.share(row) == "8 of 33 (24%)"
    assert phrases.share(row, 0.95) == "8 of 33 (24%, 95% CI 11% to 42%)"
    nobody = SimpleNamespace(count=0, n=0, lower=NAN, upper=NAN)
    assert phrases.share(nobody, 0.95) == "not estimable (nobody can be judged)"


@pytest.mark.parametrize(
    ("lower", "upper", "words"),
    [
        (12.34, 40.0, "95% CI 12.3 to 40.0"),
        (12.34, NAN, "95% CI 12.3 to not reached"),
        (NAN, NAN, "95% CI not estimable"),
    ],
)
def test_limits_of_a_time(lower, upper, words):
    assert phrases.limits(lower, upper, 0.95) == words


def test_limits_of_a_share_are_missing_together():
    assert phrases.percent_limits(NAN, 0.5, 0.9) == "90% CI not estimable"


@pytest.mark.parametrize(
    ("p", "events", "words"),
    [
        (0.03, 10, "p = 0.03"),
        (0.0004, 40, "p < 0.001"),
        (0.03, 9, "no p-value with 9 events (the rule asks for 10)"),
        (0.03, 1, "no p-value with 1 event (the rule asks for 10)"),
        (NAN, 12, "no test is possible"),
    ],
)
def test_no_p_value_with_few_events(p, events, words):
    assert phrases.p_value(p, events) == words


@pytest.mark.parametrize(
    ("ratio", "words"),
    [
        (0.5, "hazard ratio 0.50 (95% CI 0.20 to 1.10)"),
        (0.0, "a hazard ratio without an end"),
        (math.inf, "a hazard ratio without an end"),
        (NAN, "a hazard ratio that cannot be estimated"),
    ],
)
def test_a_hazard_ratio_without_an_end_is_said_in_words(ratio, words):
    row = SimpleNamespace(hazard_ratio=ratio, lower=0.2, upper=1.1)
    assert phrases.hazard_ratio(row, 0.95) == words


def test_an_incidence_of_zero_has_no_interval():
    row = SimpleNamespace(time=6.0, incidence=0.0, lower=NAN, upper=NAN)
    assert phrases.incidence(row, 0.95) == "0% by month 6"
    row = SimpleNamespace(time=12.0, incidence=0.25, lower=0.1, upper=0.45)
    assert phrases.incidence(row, 0.95) == "25% by month 12 (95% CI 10% to 45%)"


def test_lists_and_counts():
    assert phrases.listed([]) == ""
    assert phrases.listed(["a", "b", "c"]) == "a, b and c"
    assert phrases.listed(["a", "b"], "or") == "a or b"
    assert phrases.some(["a", "b", "c"], limit=2) == "a, b and 1 more"
    assert [phrases.counted(n, "patient") for n in (0, 1, 2000)] == [
        "0 patients",
        "1 patient",
        "2,000 patients",
    ]
    assert (phrases.spelled(3), phrases.spelled(11)) == ("Three", "11")
    assert (phrases.span([6.2, 30.1]), phrases.span([5.0])) == ("6 to 30", "5")


def test_text_from_data_cannot_act_as_markdown():
    assert phrases.plain("a*b_[x](y) <i>\n`z`") == r"a\*b\_\[x\](y) \<i\> \`z\`"


def test_definitions_have_names():
    assert label("boston-2007") == "Boston 2007"
    assert label("palladini-2014") == "Palladini 2014"
    assert label("new-2030") == "new-2030"


def test_a_citation_leaves_the_tags_of_evidence_out():
    source = "Gertz et al., Am J Hematol 2005;79:319-328 [R; marrow M], with our choice [C]"
    assert phrases.citation(source) == "Gertz et al., Am J Hematol 2005;79:319-328, with our choice"


@pytest.mark.parametrize(
    ("words", "inside"),
    [("Male", "male"), ("MRD negative", "MRD negative"), ("NT-proBNP", "NT-proBNP"), ("", "")],
)
def test_an_abbreviation_keeps_its_capitals_inside_a_sentence(words, inside):
    assert phrases.lowered(words) == inside


def test_what_does_not_change_stays():
    assert phrases.becomes("8 of 33", "8 of 33") == "stays 8 of 33"
    assert phrases.becomes("8 of 33", "9 of 33") == "8 of 33 becomes 9 of 33"
