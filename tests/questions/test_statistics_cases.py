"""Small cohorts with one fault each: what the analysis functions make of them."""

import shutil
from pathlib import Path

import pandas as pd
import pytest

from amyloid.adjudication.endpoints import endpoints
from amyloid.adjudication.response import categories
from amyloid.cohort import read_cohort
from amyloid.questions import comparison, curves, description
from amyloid.questions.response import timing

CASES = Path(__file__).parents[1] / "cases" / "statistics"
PROJECT = Path(__file__).parents[2]


def survival_of(cohort):
    return curves.one_endpoint(endpoints(cohort), "overall_survival")


def test_one_death_gives_rows_that_say_why():
    cohort = read_cohort(CASES / "one-death")
    survival = survival_of(cohort)
    rows = comparison.covariates(
        comparison.with_covariates(cohort, survival), list(comparison.COVARIATES), 0.95
    )
    assert rows["note"].tolist() == [
        "not recorded", "not estimable from one death", "the same in everybody", "not recorded",
    ]  # fmt: skip
    nobody = pd.Series([float("nan")] * len(survival))
    groups = comparison.by_response(survival, survival["patient_id"], nobody)
    empty = "nobody is in the group “response”"
    assert comparison.hazards(groups, 6, 0.95)["note"].tolist() == [empty, "nobody died", empty]
    curve = curves.survival_curve(survival)
    assert curves.milestones(curve, [4, 6])["lower"].isna().tolist() == [True, False]


def test_a_blank_heart_is_not_recorded():
    cohort = read_cohort(CASES / "heart-blank")
    frame = comparison.with_covariates(cohort, survival_of(cohort))
    rows = comparison.covariates(frame, ["heart", "age10"], 0.95).set_index("label")
    assert rows.loc["Heart involved", "note"] == "not recorded"
    assert rows.loc["Age, per ten years", "events"] == 3


def test_six_complete_responses_are_all_counted():
    cohort = read_cohort(CASES / "cr-early")
    best = categories(cohort, [("hematologic_response", "isa-2012")])
    found = timing(best)
    assert found == {"n": 6, "before": 2, "early": 2, "late": [7, 14]}


@pytest.mark.parametrize("spelling", [("CyBorD", "CYBORD"), ("Cybord", "CyBorD", "CYBORD")])
def test_spellings_of_a_group_stay_in_the_flow(tmp_path, spelling):
    shutil.copytree(PROJECT / "data" / "lenalidomide-2007", tmp_path / "cohort")
    path = tmp_path / "cohort" / "patients.csv"
    patients = pd.read_csv(path, dtype=str, keep_default_na=False)
    patients["group"] = [spelling[place % len(spelling)] for place in range(len(patients))]
    patients.to_csv(path, index=False)
    cohort = read_cohort(tmp_path / "cohort")
    sizes = description.group_sizes(cohort)
    assert list(sizes.values()) == [43]
    assert next(iter(sizes)).casefold() == "cybord patients"
