"""Notebook 04: its sentences on cohorts of any size, and its numbers beside those of lifelines."""

import random

import numpy as np
import pandas as pd
import pytest
from courses import cohort_of
from lifelines import KaplanMeierFitter
from random_patients import random_patient
from studies import study_of

from amyloid import stats
from amyloid.questions import survival
from amyloid.questions.words import FEW_LISTED


@pytest.fixture(scope="module")
def study():
    return study_of(
        cohort_of(random_patient(f"p{number}", random.Random(number)) for number in range(12)), "04_survival"
    )


@pytest.fixture(scope="module")
def words(study):
    return study.words(survival)


def test_rare_causes_of_death_are_counted_together(words):
    causes = pd.Series({f"cause {n}": 40 - n for n in range(40)})
    said = words("deaths", causes).text
    assert said.startswith("Causes: cause 0 in 40, ")
    assert said.endswith(f"and {40 - FEW_LISTED} more.")
    assert words("deaths", causes.iloc[:0]).text == "There is no death to give a cause for."


@pytest.mark.parametrize(
    ("deaths", "said"),
    [
        (0, "With so few deaths no difference between groups could be found."),
        (3, "With so few deaths"),
        (9, "so no model here holds more than one, and even one is too many."),
        (16, "so no model here holds more than one. Between"),
        (40_000, "for every ten deaths: 4,000 here."),
        (40_000, "a hazard ratio of about 1.03 or more"),
    ],
)
def test_what_a_cohort_cannot_say_depends_on_its_deaths(words, deaths, said):
    assert said in words("limits", pd.DataFrame({"event": np.arange(100_000) < deaths})).text


@pytest.mark.parametrize(
    ("deaths", "said"),
    [
        (9, "hazard ratio 1.10 (95% CI 0.90 to 1.30)."),
        (16, "with few deaths the test sees little."),
        (500, "are not contradicted."),
        (9_000, "departures that do not matter."),
    ],
)
def test_the_test_of_proportional_hazards_is_weighed_by_its_deaths(words, deaths, said):
    row = {
        "label": "Male",
        "n": 2 * deaths,
        "events": deaths,
        "note": "",
        "method": "Cox",
        "p": 0.4,
        "p_proportional": 0.2,
    }
    row |= {"hazard_ratio": 1.1, "lower": 0.9, "upper": 1.3}
    assert words("covariates", pd.DataFrame([row])).text.endswith(said)


def test_nobody_died_is_said_where_it_is_so(words):
    alive = pd.DataFrame({"event": [0, 0], "months": [3.0, 5.0]})
    none = pd.DataFrame(columns=["group", "median", "lower", "upper"])
    assert words("answer", alive, none).text == "**Nobody of 2 patients died**, so there is no median."


def test_both_libraries_agree_where_they_should_and_the_exception_is_found():
    """`tiny_half_rounding`: the curve touches one half; R's median is 3.5, lifelines' 4."""
    rng = np.random.default_rng(8)
    lived = pd.DataFrame({"months": rng.exponential(20, 60).round(1) + 0.1, "event": rng.integers(0, 2, 60)})
    curve = stats.kaplan_meier(lived["months"], lived["event"])
    fitted = KaplanMeierFitter().fit(lived["months"], lived["event"])
    found = survival.beside_lifelines(lived, curve, fitted, pd.Series([1.25]), 1.25)
    assert found["same"].all()
    half = pd.DataFrame({"months": [1.0, 2.0, 3.0, 4.0], "event": [1, 1, 1, 1]})
    curve = stats.kaplan_meier(half["months"], half["event"])
    fitted = KaplanMeierFitter().fit(half["months"], half["event"])
    found = survival.beside_lifelines(half, curve, fitted, pd.Series([1.0]), 1.0).set_index("quantity")
    assert found.loc["median, months", "here"] == 2.5  # flat at one half from 2 to 3, as R
    assert not found.loc["median, months", "same"]


def test_numbers_at_risk_are_those_just_before_somebody_leaves():
    lived = pd.DataFrame({"months": [1.0, 2.0, 2.0, 3.0], "event": [1, 1, 0, 1]})
    curve = stats.kaplan_meier(lived["months"], lived["event"])
    fitted = KaplanMeierFitter().fit(lived["months"], lived["event"])
    found = survival.at_risk_both_ways(curve, fitted)
    assert found["before"].tolist() == [4, 3, 1]
    assert found["after"].tolist() == [3, 1, 0]
