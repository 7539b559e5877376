"""Rates on both denominators, competing times, largest changes, and who moves between definitions."""

import numpy as np
import pandas as pd
import pytest
from courses import cohort_of, patient

from amyloid.adjudication.labs import gather_evidence
from amyloid.adjudication.response import adjudicate, first_months
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


def test_death_and_next_therapy_compete_with_response():
    months = first_months(COHORT, *BOSTON, evidence=EVIDENCE)
    reached = months[["CR", "PR"]].min(axis=1)
    times = hematology.time_to_response(COHORT, reached, pd.Series([10.0, 12.0, 1.0, 9.0]))
    assert times["cause"].tolist() == [1, 3, 2, 0]
    assert times["months"].tolist() == [2.0, 8.0, 1.0, 9.0]


def test_the_largest_change_counts_this_line_only(best):
    changes = hematology.best_changes(EVIDENCE, "dflc", best)
    assert changes["patient_id"].tolist() == ["deep", "minor", "small"]
    assert changes["change"].tolist() == pytest.approx([-100 * 188 / 190, -100 * 60 / 190, -50.0])


def test_who_moves_between_definitions(best):
    other = adjudicate(EVIDENCE, [("hematologic_response", "isa-2012")])
    moved = hematology.changed(best, other)
    assert moved[["patient_id", "first", "second"]].to_numpy().tolist() == [
        ["deep", "PR", "VGPR"],
        ["minor", "MR", "NR"],
    ]
    assert hematology.moves(moved)["n"].tolist() == [1, 1]
    assert hematology.moves(moved.iloc[:0]).empty


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


def test_landmark_rates_count_everybody(best):
    early = adjudicate(EVIDENCE, [BOSTON], until=1.0)
    rates = hematology.landmark_rates({"By month 1": early, "Best": best}, 0.95)
    assert rates[["group", "label", "count", "n"]].to_numpy().tolist() == [
        ["By month 1", "CR", 0, 4],
        ["By month 1", "Any response", 0, 4],
        ["Best", "CR", 0, 4],
        ["Best", "Any response", 1, 4],
    ]


@pytest.mark.parametrize(("criteria", "other"), [("boston-2007", "isa-2012"), ("isa-2012", "gertz-2005")])
def test_a_definition_is_never_compared_with_itself(criteria, other):
    assert hematology.compared_with(criteria) == other


def test_a_patient_alone_is_judged_as_among_all():
    cohort = read_cohort(EMBEDDED_COHORT)
    among = adjudicate(gather_evidence(cohort))
    for name in cohort.patients["patient_id"]:
        alone = adjudicate(gather_evidence(of_patient(cohort, name)))
        own = among[among["patient_id"] == name].reset_index(drop=True)
        pd.testing.assert_frame_equal(alone, own)
