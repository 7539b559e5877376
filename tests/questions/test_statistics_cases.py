"""Small cohorts with one fault each: what the analysis functions make of them."""

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from courses import cohort_of, patient

from amyloid import stats
from amyloid.adjudication.endpoints import endpoints
from amyloid.adjudication.response import categories, first_months
from amyloid.cohort import read_cohort
from amyloid.questions import curves, description, response
from amyloid.questions.parameters import PARAMETERS
from amyloid.questions.response import Agreement, timing
from amyloid.questions.study import Study

CASES = Path(__file__).parents[1] / "cases" / "statistics"
PROJECT = Path(__file__).parents[2]


def survival_of(cohort):
    return curves.one_endpoint(endpoints(cohort), "overall_survival")


def test_one_death_gives_rows_that_say_why():
    cohort = read_cohort(CASES / "one-death")
    survival = survival_of(cohort)
    rows = curves.covariates(curves.with_covariates(cohort, survival), list(curves.COVARIATES), 0.95)
    assert rows["note"].tolist() == [
        "not recorded", "not estimable from one death", "the same in everybody", "not recorded",
    ]  # fmt: skip
    nobody = pd.Series([float("nan")] * len(survival))
    groups = curves.by_response(survival, survival["patient_id"], nobody)
    empty = "nobody is in the group “response”"
    assert curves.hazards(groups, 6, 0.95)["note"].tolist() == [empty, "nobody died", empty]
    curve = stats.kaplan_meier(survival["months"], survival["event"])
    assert curves.milestones(curve, [4, 6])["lower"].isna().tolist() == [True, False]


def test_a_blank_heart_is_not_recorded():
    cohort = read_cohort(CASES / "heart-blank")
    frame = curves.with_covariates(cohort, survival_of(cohort))
    rows = curves.covariates(frame, ["heart", "age10"], 0.95).set_index("label")
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


@pytest.fixture
def study(tmp_path):
    """A notebook's study of a cohort by ISA 2012; keyword arguments replace the other parameters."""

    def opened(cohort_dir, notebook="04_survival", **values):
        every = {name: item.default for name, item in PARAMETERS.items()}
        places = {"cohort_dir": str(cohort_dir), "out_dir": str(tmp_path / "out")}
        return Study(notebook, {**every, "hematologic_criteria": "isa-2012", **places, **values})

    return opened


def test_a_confirmed_response_counts_from_the_sample_that_confirms_it(study):
    """All die by one hazard; whoever died before month 8 had no sample to confirm the response of 5.5."""
    opened = study(CASES / "confirm", confirm="28-days")
    assert set(opened.first_response.dropna()) == {5.5}
    assert set(opened.counted_response.dropna()) == {8.0}
    survival = opened.endpoint("overall_survival")
    groups = curves.by_response(survival, opened.patients, opened.counted_response)
    found = curves.hazards(groups, 6, 0.95)
    assert found["note"].tolist()[1:] == [
        "nobody is in the group “response”", "not estimable: alike in all who were at risk",
    ]  # fmt: skip
    biased = curves.by_response(survival, opened.patients, opened.first_response)
    assert curves.hazards(biased, 6, 0.95)["hazard_ratio"].iloc[1] < 0.5


def test_without_confirmation_a_response_counts_from_its_first_sample(study):
    opened = study(CASES / "confirm")
    pd.testing.assert_series_equal(opened.counted_response, opened.first_response)


def random_courses(rng, n):
    """Courses in which response has nothing to do with survival: a sample a month, later every third."""
    for place in range(n):
        death = float(rng.exponential(18)) + 0.2
        reached = float(rng.exponential(8)) if rng.random() < 0.7 else 99.0
        visits = [month for month in (1, 2, 3, 4, 5, 6, 9, 12, 15, 18, 21, 24, 27, 30) if month < death]
        labs = [f"{month}: kappa=10 lambda={90 if month >= reached else 390}" for month in visits]
        end = f"{death:.2f}: !death" if death < 36 else "36: !last_contact"
        yield patient(f"P{place}", " | ".join(["0: kappa=10 lambda=400", *labs, end]))


def test_response_by_chance_has_a_ratio_of_one_when_it_counts_from_its_confirmation():
    """True ratio 1 by construction; from the first sample the same patients seem to live longer."""
    cohort = cohort_of(list(random_courses(np.random.default_rng(14), 1500)))
    survival = survival_of(cohort)

    def ratio(dated):
        months = first_months(cohort, "hematologic_response", "isa-2012", confirm="28-days", dated=dated)
        groups = curves.by_response(
            survival, cohort.patients["patient_id"], months[["CR", "VGPR", "PR"]].min(axis=1)
        )
        return curves.hazards(groups, 6, 0.95).iloc[2]

    counted, first = ratio("confirmed"), ratio("reached")
    assert counted["lower"] < 1 < counted["upper"]
    assert first["upper"] < 1


def test_kappa_with_a_constant_rater_says_that_it_is_not_estimable(study):
    compared = pd.DataFrame({"recorded": ["PR"] * 4, "derived": ["PR", "CR", "NR", "PR"]})
    found = Agreement(compared.assign(patient_id=list("abcd")), pd.DataFrame({"recorded": []}))
    reading = study(CASES / "cr-early", "02_response").words(response)("agreement", found)
    assert "not estimable" in reading.text
    row = reading.results.set_index("id").loc["agreement.kappa"]
    assert np.isnan(row["value"])
    assert row["note"] == "not estimable: one judgement never varies"
