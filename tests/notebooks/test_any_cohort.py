"""The notebooks on cohorts that are small, large, empty in places, or without the event in question."""

import re

import pandas as pd
import pytest
from notebook_cohorts import NOTEBOOKS, TWO_GROUPS, VARIANTS

COHORTS = ["boundary_suite", *VARIANTS]
UNSPOKEN = re.compile(r"\bnan\b|\bNaN\b|\bNaT\b|<NA>|\bNone\b(?! of)|\binf\b|Traceback|Warning|\b0 of 0 \(")
PATH = re.compile(r"(?<![\w.])/[a-z]+/[\w.-]+/")
EVERYWHERE = [(path, cohort) for cohort in COHORTS for path in [*NOTEBOOKS, TWO_GROUPS]]


@pytest.mark.slow  # R35
@pytest.mark.parametrize(
    ("path", "cohort"), EVERYWHERE, ids=[f"{cohort}-{path.stem[:2]}" for path, cohort in EVERYWHERE]
)
def test_every_notebook_finishes_and_says_what_it_cannot(
    path, cohort, run_notebook, cohort_of, capfd, tmp_path
):
    ran = run_notebook(path, cohort_of(cohort))
    assert capfd.readouterr() == ("", "")
    for text in ran.said:
        assert not UNSPOKEN.search(text), text
        assert not PATH.search(text), text
    for panel in ran.panels:
        assert panel.alt
        assert panel.words or len(panel.plotted)
    numbers = pd.read_csv(tmp_path / "notebooks" / "results" / f"{path.stem[:2]}.csv", dtype=str)
    assert numbers["id"].is_unique
    assert numbers["id"].str.startswith(f"{path.stem[:2]}.").all()
    assert not numbers["value"].isin(["nan", "inf", "-inf"]).any()


SENTENCES = [
    ("nobody_responds", "02", r"Nobody of \d+ evaluable patients responded"),
    ("nobody_responds", "03", "Nobody responded, so no response has a duration."),
    ("nobody_responds", "03", "No complete response is proven"),
    ("nobody_responds", "04", "nobody is in the group “response”"),
    ("nobody_dies", "04", "Nobody of 43 patients died"),
    ("nobody_dies", "04", "There is no death to give a cause for."),
    ("no_organ_data", "01", "No organ involvement is recorded in this cohort."),
    ("no_organ_data", "05", "renal response cannot be judged"),
    ("nothing_but_a_baseline", "01", "No treatment is recorded in this cohort."),
    ("nothing_but_a_baseline", "02", "None of 43 patients can be judged"),
    ("five_patients", "01", "5 patients describe themselves"),
    ("recorded_responses", "02", "Cohen's kappa is"),
    ("recorded_responses", "02", "Not read as a category: better."),
    ("three_hundred_patients", "03", "300"),
    ("one_isotype", "01", r"29 of 29 \(100%\) have the lambda isotype"),
]


@pytest.mark.slow
@pytest.mark.parametrize(("cohort", "number", "sentence"), SENTENCES)
def test_the_page_says_it_in_words(cohort, number, sentence, run_notebook, cohort_of):
    path = next(path for path in NOTEBOOKS if path.stem.startswith(number))
    said = " ".join(run_notebook(path, cohort_of(cohort)).said)
    assert re.search(sentence, said)
