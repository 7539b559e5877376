"""Rates on both denominators, competing times, largest changes, and who moves between definitions."""

import numpy as np
import pandas as pd
import pytest
from courses import cohort_of, patient

from amyloid.adjudication.labs import gather_evidence
from amyloid.adjudication.response import adjudicate
from amyloid.cohort import EMBEDDED_COHORT, of_patient, read_cohort
from amyloid.questions import hematology

BOSTON = ("hematologic_response", "boston-2007")
COHORT = cohort_of(
    [
        patient("deep", "0: kappa=10 lambda=200 | 2: kappa=10 lambda=90 | 4: kappa=10 lambda=12"),
        patient("minor", "0: kappa=10 lambda=200 | 3: kappa=10 lambda=140 | 8: !next_treatment"),
        patient("dead", "0: kappa=10 lambda=200 | 1: !death"),
        patient("small", "0: kappa=10 lambda=30 | 2: kappa=10 lambda=20"),
    ]
)
EVIDENCE = gather_evidence(COHORT)


@pytest.fixture
def best():
    return adjudicate(EVIDENCE, [BOSTON])


def test_rates_stand_on_both_denominators(best):
    rates = hematology.response_rates(best, 0.95)
    table = rates.pivot(index="category", columns="denominator", values="count")
    assert table["evaluable"].to_dict() == {"CR": 0, "PR": 1, "MR": 1, "NR": 0, "CR + PR": 1}
    assert set(rates[rates["denominator"] == "evaluable"]["n"]) == {2}
    assert set(rates[rates["denominator"] == "all treated"]["n"]) == {4}


def test_a_grade_passed_over_at_once_is_not_a_grade_reached():
    months = pd.DataFrame({"patient_id": ["a", "b"], "CR": [4.0, np.nan], "PR": [2.0, 3.0], "MR": [2.0, 1.0]})
    grades = hematology.first_grades(months)
    assert sorted(map(tuple, grades.to_numpy().tolist())) == [
        ("a", "CR", 4.0),
        ("a", "PR", 2.0),
        ("b", "MR", 1.0),
        ("b", "PR", 3.0),
    ]


def test_responders_are_missing_where_nothing_can_be_judged(best):
    assert hematology.responders(best).tolist() == [True, False, pd.NA, pd.NA]


def test_one_patient_is_found_by_id_and_a_near_miss_is_named():
    table = adjudicate(EVIDENCE)
    found = hematology.why(table, "deep")
    assert len(found) == table["criteria"].groupby(table["domain"]).nunique().sum()
    with pytest.raises(KeyError, match="did you mean 'deep'"):
        hematology.why(table, "Deep")


def test_a_patient_alone_is_judged_as_among_all():
    cohort = read_cohort(EMBEDDED_COHORT)
    among = adjudicate(gather_evidence(cohort))
    for name in cohort.patients["patient_id"]:
        alone = adjudicate(gather_evidence(of_patient(cohort, name)))
        own = among[among["patient_id"] == name].reset_index(drop=True)
        pd.testing.assert_frame_equal(alone, own)
