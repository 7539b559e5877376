"""Curves of endpoints, also where nobody has the endpoint."""

import math

import numpy as np
import pandas as pd
import pytest

from amyloid import stats
from amyloid.questions import curves

FRAME = pd.DataFrame({"months": [1.0, 2.0, 3.0, 4.0], "event": [1, 1, 0, 0], "cause": [1, 2, 0, 0]})


def test_an_endpoint_keeps_the_patients_to_whom_it_applies():
    table = pd.DataFrame(
        {
            "patient_id": ["a", "b", "a", "b"],
            "endpoint": ["dor", "dor", "os", "os"],
            "months": [3.0, math.nan, 9.0, 8.0],
            "event": pd.array([1, pd.NA, 0, 1], dtype="Int64"),
            "reason": ["", "no response", "", ""],
        }
    )
    found = curves.one_endpoint(table, "dor")
    assert found["patient_id"].tolist() == ["a"]
    assert found["event"].dtype == "int64"


def test_a_curve_and_what_is_read_from_it():
    curve = stats.kaplan_meier(FRAME["months"], FRAME["event"])
    assert curves.milestones(curve, [2])["survival"].tolist() == [0.5]
    assert curves.milestones(curve, [0.5, 2])["lower"].isna().tolist() == [True, False]
    assert curves.without_limits(curve)[["lower", "upper"]].isna().all().all()


def test_nothing_is_read_from_a_curve_of_nobody():
    nobody = FRAME.iloc[:0]
    curve = stats.kaplan_meier(nobody["months"], nobody["event"])
    incidence = stats.cumulative_incidence(nobody["months"], nobody["cause"])
    assert curves.milestones(curve, [6]).empty
    assert curves.incidence_milestones(incidence, [6]).empty


def test_an_incidence_is_read_only_where_somebody_is_followed():
    curve = stats.cumulative_incidence(FRAME["months"], FRAME["cause"])
    found = curves.incidence_milestones(curve, [1, 2, 99])
    assert found["time"].tolist() == [1, 2]
    assert found["incidence"].tolist() == [0.25, 0.25]


NAN = np.nan
SURVIVAL = pd.DataFrame(
    {
        "patient_id": list("abcdefgh"),
        "months": [2.0, 4.0, 8.0, 12.0, 20.0, 22.0, 30.0, 31.0],
        "event": [1, 1, 1, 0, 1, 1, 0, 0],
    }
)
RESPONSE = pd.Series([NAN, 1.0, NAN, 3.0, 7.0, NAN, 4.0, NAN])


@pytest.fixture
def groups():
    return curves.by_response(SURVIVAL, SURVIVAL["patient_id"], RESPONSE)


def test_the_naive_group_is_who_ever_responded(groups):
    assert groups["group"].tolist() == [
        "no response" if np.isnan(month) else "response" for month in RESPONSE
    ]


def test_a_late_responder_is_without_response_at_the_landmark(groups):
    later = curves.from_landmark(groups, 6)
    assert later["patient_id"].tolist() == list("cdefgh")
    assert later["months"].tolist() == [2.0, 6.0, 14.0, 16.0, 24.0, 25.0]
    assert dict(zip(later["patient_id"], later["group"], strict=True))["e"] == "no response"


def test_the_three_ratios_are_those_of_the_statistics(groups):
    found = curves.hazards(groups, 6, 0.95)
    assert found["n"].tolist() == [8, 6, 8]
    assert found["events"].tolist() == [5, 3, 5]
    coded = groups.assign(response=(groups["group"] == "response").astype(int))
    naive = stats.cox(coded, "months", "event", ["response"])["hazard_ratio"].iloc[0]
    assert found["hazard_ratio"].iloc[0] == pytest.approx(naive)
    test = stats.mantel_byar(groups["months"], groups["event"], groups["response_month"])
    assert found["p"].iloc[2] == pytest.approx(test["p"].iloc[0])
    assert (found["note"] == "").all()


def test_the_landmark_alone_is_the_second_of_the_three(groups):
    alone = curves.landmark_hazard(groups, 6, 0.95)
    pd.testing.assert_frame_equal(alone, curves.hazards(groups, 6, 0.95).iloc[[1]].reset_index(drop=True))


@pytest.mark.parametrize(
    ("survival", "response", "landmark", "notes"),
    [
        (SURVIVAL, RESPONSE * NAN, 6, ["nobody is in the group “response”"] * 3),
        (SURVIVAL.assign(event=0), RESPONSE, 6, ["nobody died"] * 3),
        (SURVIVAL, RESPONSE, 60, ["", "nobody is followed so far", ""]),
        (
            SURVIVAL.assign(months=0.0),
            RESPONSE,
            6,
            [
                "not estimable: all deaths at one time",
                "nobody is followed so far",
                "nobody is followed so far",
            ],
        ),
    ],
)
def test_what_cannot_be_compared_is_said(survival, response, landmark, notes):
    groups = curves.by_response(survival, survival["patient_id"], response)
    found = curves.hazards(groups, landmark, 0.95)
    assert found["note"].tolist() == notes
    assert found.loc[found["note"] != "", "hazard_ratio"].isna().all()


def test_covariates_stand_alone_and_missing_ones_say_so():
    frame = SURVIVAL.assign(heart=[1.0, 0, 1, 0, 1, 0, NAN, 0], male=1.0)
    found = curves.covariates(frame, ["heart", "male"], 0.95)
    assert found["label"].tolist() == ["Heart involved", "Male"]
    assert found["n"].tolist() == [7, 8]
    assert found["note"].tolist() == ["", "the same in everybody"]
    assert 0 < found["p_proportional"].iloc[0] <= 1


def test_one_group_is_no_test():
    assert np.isnan(curves.logrank_p(SURVIVAL.assign(stage="I"), "stage"))


def test_one_death_is_not_enough_for_a_ratio(groups):
    one = groups.assign(event=[0, 0, 0, 0, 1, 0, 0, 0])
    found = curves.hazards(one, 6, 0.95)
    assert found["note"].tolist() == ["not estimable from one death"] * 3
    assert found[["hazard_ratio", "lower", "upper", "p"]].isna().all(axis=None)
    alone = curves.covariates(one.assign(heart=[1.0, 0] * 4), ["heart"], 0.95)
    assert alone["note"].tolist() == ["not estimable from one death"]


def test_a_blank_covariate_is_not_recorded_rather_than_nobody_died():
    frame = SURVIVAL.assign(heart=NAN, male=[1.0, 0] * 4, organs=[NAN, NAN, NAN, 1, NAN, NAN, 2, 1])
    found = curves.covariates(frame, ["heart", "male", "organs"], 0.95)
    assert found["note"].tolist() == ["not recorded", "", "nobody died"]
    assert found["n"].tolist() == [0, 8, 3]


def test_firth_stands_in_where_all_deaths_are_on_one_side():
    frame = SURVIVAL.assign(heart=SURVIVAL["event"].astype(float))
    row = curves.covariates(frame, ["heart"], 0.95).iloc[0]
    expected = stats.firth(frame, "months", "event", ["heart"]).iloc[0]
    assert row["method"] == "Firth"
    assert row["note"] == ""
    assert [row[name] for name in ("hazard_ratio", "lower", "upper", "p")] == expected.tolist()[1:]
    assert np.isnan(row["p_proportional"])
    responders = curves.by_response(SURVIVAL, SURVIVAL["patient_id"], pd.Series([1.0, 1, 1, NAN] * 2))
    none_died = responders.assign(event=(responders["group"] == "response").astype(int))
    found = curves.hazards(none_died, 6, 0.95)
    assert set(found["method"]) == {"Firth"}
    assert (found["hazard_ratio"] > 1).all()
    assert found["p"].notna().all()


def test_a_covariate_alike_in_all_at_risk_has_no_ratio():
    frame = pd.DataFrame({"months": [1.0, 2, 3, 4], "event": [0, 0, 1, 1], "heart": [1.0, 1, 0, 0]})
    row = curves.covariates(frame, ["heart"], 0.95).iloc[0]
    assert row["note"] == "not estimable: alike in all who were at risk"
