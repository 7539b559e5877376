"""Curves of endpoints, also where nobody has the endpoint."""

import math

import pandas as pd

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
