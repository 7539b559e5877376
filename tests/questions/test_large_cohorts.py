"""Sentences on thousands of patients name numbers, not patients."""

from types import SimpleNamespace

import pandas as pd
from courses import cohort_of, patient
from studies import study_of

from amyloid.questions import cohort_description
from amyloid.questions.words import share


def test_thousands_are_separated():
    row = SimpleNamespace(count=8000, n=33000, lower=0.238, upper=0.247)
    assert share(row, 0.95) == "8,000 of 33,000 (24%, 95% CI 24% to 25%)"


def test_the_caption_of_what_can_be_judged_fits_what_is_drawn():
    for n, words in (
        (cohort_description.COLUMNS, "one column per patient (150)"),
        (151, "dark: can be judged"),
    ):
        study = study_of(cohort_of([patient("a", "0: kappa=10")]), "01_cohort_description")
        study.n = n
        known = pd.Series([0], pd.MultiIndex.from_tuples([("d", "k")], names=["domain", "criteria"]))
        assert words in study.words(cohort_description)("availability", known).caption
