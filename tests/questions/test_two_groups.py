"""What notebook 07 says: verdicts held back, what leads where hazards cross, several groups."""

import numpy as np
import pandas as pd
import pytest
from notebook_cohorts import PROJECT
from studies import study_of

from amyloid import stats
from amyloid.cohort import read_cohort
from amyloid.questions import two_groups
from amyloid.questions.group_response import compared, yes_no
from amyloid.questions.group_survival import compare_survival
from amyloid.questions.groups import read_groups


@pytest.fixture(scope="module")
def study():
    return study_of(read_cohort(PROJECT / "data" / "two-regimens"), "07_two_groups")


def followed(study, months: dict[str, np.ndarray], events: dict[str, int]) -> pd.DataFrame:
    """The two regimens with other times; the first so many of each group have the event."""
    frame = study.groups.join(study.cohort.patients[["patient_id", "age"]])
    place = frame.groupby("group", observed=True).cumcount()
    frame["months"] = [months[group][at] for group, at in zip(frame["group"], place, strict=True)]
    frame["event"] = [int(at < events[group]) for group, at in zip(frame["group"], place, strict=True)]
    return frame.assign(stage=pd.Categorical(np.where(place % 2, "I", "II")))


def said(study, frame: pd.DataFrame) -> str:
    effects = compare_survival("os", frame, study.groups, study.confidence)
    median = stats.median_survival(stats.kaplan_meier(frame["months"], frame["event"], frame["group"]))
    return study.words(two_groups)("os", frame, median, effects).text


def test_where_hazards_are_not_proportional_the_restricted_mean_leads(study):
    early, late = np.linspace(1, 6, 31), np.linspace(60, 80, 30)
    crossing = {"VCd": np.r_[early, late], "D-VCd": np.linspace(10, 30, 61)}
    text = said(study, followed(study, crossing, {"VCd": 61, "D-VCd": 61}))
    assert "Hazards are not proportional" in text
    assert text.index("the mean in D-VCd minus that in VCd is") < text.index("Hazard ratio")


def test_where_they_are_the_ratio_leads(study):
    rng = np.random.default_rng(4)
    times = {name: rng.exponential(20, 61) for name in ("VCd", "D-VCd")}
    text = said(study, followed(study, times, {"VCd": 40, "D-VCd": 40}))
    assert "not proportional" not in text
    assert text.index("Hazard ratio") < text.index("the mean in D-VCd minus that in VCd is")


@pytest.mark.parametrize(("events", "held"), [(9, True), (10, False)])
def test_below_ten_events_in_a_group_there_is_no_verdict(study, events, held):
    rng = np.random.default_rng(4)
    times = {name: rng.exponential(20, 61) for name in ("VCd", "D-VCd")}
    text = said(study, followed(study, times, {"VCd": 40, "D-VCd": events}))
    assert ("there is no verdict" in text) == held
    assert ("No test: 9 events in D-VCd, fewer than 10 (log-rank)" in text) == held
    assert ("the mean in D-VCd" in text) != held


def test_one_small_group_does_not_silence_the_others():
    names = ["a"] * 30 + ["b"] * 30 + ["c"] * 30
    patients = pd.DataFrame({"patient_id": [f"P{i}" for i in range(90)], "group": names})
    groups = read_groups(patients, "group")
    rng = np.random.default_rng(6)
    frame = groups.join(
        patients[["patient_id"]].assign(
            months=rng.exponential(20, 90),
            event=[1] * 20 + [0] * 10 + [1] * 20 + [0] * 10 + [1] * 2 + [0] * 28,
            age=rng.normal(65, 9, 90),
            stage=pd.Categorical(rng.choice(["I", "II"], 90)),
        )
    )
    found = compare_survival("os", frame, groups, 0.95).set_index(["measure", "group"])
    for measure in ("adjusted.hazard_ratio", "rmst.difference"):
        assert pd.notna(found.at[(measure, "b"), "p"])
        assert pd.isna(found.at[(measure, "c"), "p"])
    assert found.at[("logrank", ""), "note"] == "no test: 2 events in c, fewer than 10"


def test_nobody_with_an_endpoint_is_said(study):
    empty = followed(study, {"VCd": np.ones(61), "D-VCd": np.ones(61)}, {"VCd": 1, "D-VCd": 1}).iloc[:0]
    assert said(study, empty) == "Nobody has this endpoint."


def test_what_is_held_back_stands_blank_with_its_reason(study):
    answers = yes_no(study.judge("hematologic_response", study.hematologic_criteria)).assign(yes=False)
    found = {"": (answers, compared("response", answers, study.groups, 0.95))}
    rows = study.words(two_groups)("organs", found).results.set_index("id").to_dict("index")
    assert np.isnan(rows["response.fisher.p"]["value"])
    assert rows["response.fisher.p"]["note"] == "no test: 0 responders, fewer than 10"
    assert rows["response.difference"]["value"] == 0
