"""The notebooks on cohorts that are small, large, empty in places, or without the event in question."""

import re

import pandas as pd
import pytest
from notebook_cohorts import NOTEBOOKS, TWO_GROUPS, VARIANTS

COHORTS = ["boundary_suite", "two_regimens", *VARIANTS]
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
    assert numbers.loc[numbers["value"].isna(), "note"].notna().all(), "a blank says why"


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
    ("one_isotype", "01", r"lambda isotype: 29 of 29 \(100%\)"),
    ("one_patient", "01", "1 patient describes one person"),
    ("one_patient", "04", "Everybody responded, so there are no others to compare with|Nobody responded"),
    ("nobody_dies", "04", "No ratio can be estimated: nobody died"),
    ("nobody_dies", "04", r"Nobody of \d+ died"),
    ("nobody_responds", "04", "Nobody responded, so there are no responders to compare"),
    ("nothing_but_a_baseline", "02", "Nobody can be judged, so no response is known"),
    ("nothing_but_a_baseline", "03", "Nobody can be judged, so no response has a duration"),
    ("nothing_but_a_baseline", "04", "Nobody can be judged, so there are no responders to compare"),
    ("nothing_but_a_baseline", "05", "No complete response is proven, so there is nobody to follow"),
]


@pytest.mark.slow
@pytest.mark.parametrize(("cohort", "number", "sentence"), SENTENCES)
def test_the_page_says_it_in_words(cohort, number, sentence, run_notebook, cohort_of):
    path = next(path for path in NOTEBOOKS if path.stem.startswith(number))
    said = " ".join(run_notebook(path, cohort_of(cohort)).said)
    assert re.search(sentence, said)


FALSE = [
    ("one_patient", "01", r"All 1 patient|all 1 patient|1 patient are|describe themselves"),
    ("one_patient", "02", r"All 1 patient|all 1 patient|No patients lose"),
    ("nobody_responds", "04", "immortal time, not|left panel is wrong"),
    ("nobody_dies", "04", "immortal time, not|95% CI not estimable; |0 patients of"),
    ("five_patients", "04", "immortal time, not|all deaths are on one side"),
    ("nothing_but_a_baseline", "02", "Nobody responded|Nobody reached a complete response"),
    ("nothing_but_a_baseline", "03", "Nobody responded"),
    ("nothing_but_a_baseline", "05", "Of 0 complete|0 patients in the cohort"),
]


@pytest.mark.slow
@pytest.mark.parametrize(("cohort", "number", "untrue"), FALSE)
def test_what_is_not_so_is_not_said(cohort, number, untrue, run_notebook, cohort_of):
    path = next(path for path in NOTEBOOKS if path.stem.startswith(number))
    said = " ".join(run_notebook(path, cohort_of(cohort)).said)
    assert not re.search(untrue, said)
