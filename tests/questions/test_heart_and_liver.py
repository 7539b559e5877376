"""Notebook 06: which version leads, who is judged, why not, and what came first."""

import pandas as pd
import pytest
from courses import cohort_of, patient
from studies import study_of

from amyloid.questions import heart_and_liver

HEART = "heart=yes"
FALL = "0: nt_probnp=2000 egfr=60 | 6: nt_probnp=900 egfr=60 | 12: !last_contact"
STAYS = "0: nt_probnp=2000 egfr=60 | 6: nt_probnp=1900 egfr=60 | 9: !death"
LOW = "0: nt_probnp=400 egfr=60 | 6: nt_probnp=100 egfr=60 | 12: !last_contact"


@pytest.fixture(scope="module")
def study():
    people = [patient("a", FALL, HEART), patient("b", STAYS, HEART), patient("c", LOW, HEART)]
    return study_of(cohort_of(people), "06_heart_and_liver")


@pytest.fixture(scope="module")
def cardiac(study):
    return study.judge("cardiac_response", "isa-2012")


def test_rates_are_of_those_whom_a_version_can_judge(study):
    rates = heart_and_liver.organ_rates(study.judge_each("cardiac_response"), 0.95).set_index("criteria")
    assert (rates.loc["isa-2012", "count"], rates.loc["isa-2012", "n"]) == (1, 2)
    assert rates.loc["boston-bnp-2020", "n"] == 0
    assert heart_and_liver.lead(rates.reset_index()) == "isa-2012"


def test_the_version_that_judges_most_leads_and_the_first_of_equals():
    rates = pd.DataFrame({"criteria": ["a", "b", "c"], "n": [2, 5, 5]})
    assert heart_and_liver.lead(rates) == "b"


def test_the_peptide_is_the_one_that_most_have_before_and_after(study):
    assert heart_and_liver.peptide(study) == "nt_probnp"
    people = [patient("a", "0: bnp=300 | 6: bnp=100", HEART), patient("b", "0: nt_probnp=900", HEART)]
    assert heart_and_liver.peptide(study_of(cohort_of(people))) == "bnp"


def test_who_cannot_be_judged_is_counted_with_the_reason(study, cardiac):
    codes = cardiac.loc[cardiac["category"] == "NE", "reason_code"].value_counts()
    why = heart_and_liver.reasons_in_words(codes)
    assert why.to_numpy().tolist() == [["baseline below the limit, or not measured", 1]]
    told = study.words(heart_and_liver)("held", cardiac, "isa-2012")
    assert told.text.startswith("1 of 3 (33%) cannot be judged")


def test_survival_by_cardiac_response_leaves_out_who_cannot_be_judged(study, cardiac):
    frame = heart_and_liver.by_cardiac_response(study, cardiac)
    assert frame["patient_id"].tolist() == ["a", "b"]
    assert frame["response_month"].tolist()[0] == 6.0
    assert frame["response_month"].isna().tolist() == [False, True]


def test_a_ratio_is_held_back_below_ten_deaths_in_a_group(study):
    groups = pd.DataFrame({"group": pd.Categorical(["response"] * 12 + ["no response"] * 12)})
    row = {"label": "x", "n": 24, "hazard_ratio": 0.5, "lower": 0.2, "upper": 1.1, "p": 0.1, "note": ""}
    for events, said in ((9, "no ratio is given"), (10, "hazard ratio 0.50")):
        frame = groups.assign(event=[1] * events + [0] * (12 - events) + [1] * 12, months=5.0)
        words = study.words(heart_and_liver)("landmark", frame, pd.DataFrame([{**row, "events": 22}]))
        assert said in words.text
        assert words.results["value"].isna().tolist() == [events < 10]
