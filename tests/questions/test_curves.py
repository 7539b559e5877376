"""Curves of endpoints, also where nobody has the endpoint."""

import math

import pandas as pd
import pytest

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
    curve = curves.survival_curve(FRAME)
    assert curve["survival"].tolist() == [0.75, 0.5, 0.5, 0.5]
    assert curves.medians(curve)["median"].tolist() == [2.0]
    assert curves.milestones(curve, [2])["survival"].tolist() == [0.5]
    assert curves.milestones(curve, [0.5, 2])["lower"].isna().tolist() == [True, False]
    assert curves.without_limits(curve)[["lower", "upper"]].isna().all().all()


def test_patients_without_a_group_are_left_out():
    curve = curves.survival_curve(FRAME.assign(group=["x", "y", None, "y"]), "group")
    assert curve.groupby("group")["at_risk"].max().to_dict() == {"x": 1, "y": 2}


@pytest.mark.parametrize("group", [None, "group"])
def test_nobody_gives_an_empty_curve_in_the_right_shape(group):
    nobody = FRAME.iloc[:0].assign(group=pd.Series(dtype=object))
    curve, incidence = curves.survival_curve(nobody, group), curves.incidence_curve(nobody, group)
    assert (list(curve), len(curve)) == (list(curves.CURVE), 0)
    assert (list(incidence), len(incidence)) == (list(curves.INCIDENCE), 0)
    assert curves.medians(curve).empty
    assert curves.milestones(curve, [6]).empty
    assert curves.incidence_milestones(incidence, [6]).empty


def test_an_incidence_is_read_only_where_somebody_is_followed():
    curve = curves.incidence_curve(FRAME)
    found = curves.incidence_milestones(curve, [1, 2, 99])
    assert found["time"].tolist() == [1, 2]
    assert found["incidence"].tolist() == [0.25, 0.25]
