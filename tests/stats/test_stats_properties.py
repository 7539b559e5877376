"""What must not matter, does not: order of rows, unit of time, names of groups, rounding, doubling the
cohort."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from amyloid import stats

DAYS_PER_MONTH = 30.4375
few = settings(
    max_examples=10,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],  # shrinking a frame takes minutes
    suppress_health_check=list(HealthCheck),
)


@st.composite
def cohorts(draw):
    """Up to 30 patients with many tied days, two causes, three groups."""
    size = draw(st.integers(4, 30))
    day = st.integers(1, 40)
    columns = {
        "time": draw(st.lists(day, min_size=size, max_size=size)),
        "cause": draw(st.lists(st.sampled_from([0, 1, 1, 2]), min_size=size, max_size=size)),
        "group": draw(st.lists(st.sampled_from(["a", "b", "c"]), min_size=size, max_size=size)),
        "x": draw(st.lists(st.integers(-3, 3), min_size=size, max_size=size)),
        "status": draw(st.lists(st.one_of(st.none(), day), min_size=size, max_size=size)),
    }
    frame = pd.DataFrame(columns).assign(event=lambda f: (f["cause"] == 1).astype(int))
    return frame.astype({"time": float, "status": float})


def everything(frame, scale=1.0):
    """Numbers of every survival function; times divided by `scale` are read back in its unit."""
    time, status, group = frame["time"] / scale, frame["status"] / scale, frame["group"]
    curve = stats.kaplan_meier(time, frame["event"], group)
    tau = 20 / scale
    return {
        "curve": curve.drop(columns="time"),
        "curve time": curve[["time"]] * scale,
        "median": stats.median_survival(curve)[["median", "lower", "upper"]] * scale,
        "milestone": stats.survival_at(curve, [10 / scale, 25 / scale]).drop(columns="time"),
        "follow-up": stats.median_follow_up(time, frame["event"]) * scale,
        "logrank": stats.logrank(time, frame["event"], group),
        "trend": stats.logrank_trend(time, frame["event"], group),
        "incidence": stats.cumulative_incidence(time, frame["cause"], group).drop(columns="time"),
        "gray": stats.gray_test(time, frame["cause"], group),
        "mean": stats.restricted_mean(time, frame["event"], tau, group, extend=True).iloc[:, 1:] * scale,
        "mantel-byar": stats.mantel_byar(time, frame["event"], status),
        "cox": stats.cox(frame.assign(time=time), "time", "event", ["x"], ties="breslow"),
    }


def same(found, expected, rtol=1e-7):
    for name, frame in expected.items():
        pd.testing.assert_frame_equal(found[name], frame, rtol=rtol, atol=1e-9, check_dtype=False, obj=name)


@few
@given(cohorts(), st.randoms(use_true_random=False))
def test_the_order_of_the_rows_does_not_matter(frame, random):
    order = list(range(len(frame)))
    random.shuffle(order)
    same(everything(frame.iloc[order]), everything(frame))


@few
@given(cohorts())
def test_the_unit_of_time_does_not_matter(frame):
    same(everything(frame, DAYS_PER_MONTH), everything(frame))


@few
@given(cohorts())
def test_the_names_of_the_groups_do_not_matter(frame):
    renamed = frame.assign(
        group=pd.Categorical(frame["group"].map({"a": 30, "b": 20, "c": 10}), [30, 20, 10])
    )
    found, expected = everything(renamed), everything(frame)
    for name in found:
        for frames in (found, expected):
            frames[name] = frames[name].drop(columns="group", errors="ignore")
    same(found, expected)


@few
@given(cohorts(), st.integers(0, 2**32 - 1))
def test_times_that_differ_by_rounding_are_one_time(frame, seed):
    noise = np.random.default_rng(seed).uniform(-1, 1, len(frame)) * 1e-10
    same(everything(frame.assign(time=frame["time"] + noise)), everything(frame))


@few
@given(cohorts())
def test_a_doubled_cohort_has_the_same_estimates_and_narrower_limits(frame):
    time, event, group = frame["time"], frame["event"], frame["group"]
    twice = pd.concat([frame, frame])
    once = stats.kaplan_meier(time, event, group, interval="log")
    double = stats.kaplan_meier(twice["time"], twice["event"], twice["group"], interval="log")
    np.testing.assert_allclose(double["survival"], once["survival"], rtol=1e-12, atol=1e-15)
    width = [np.log(curve["survival"] / curve["lower"]) for curve in (once, double)]
    np.testing.assert_allclose(width[1], width[0] / np.sqrt(2), rtol=1e-9, atol=1e-12)
    means = [
        stats.restricted_mean(f["time"], f["event"], 15, f["group"], extend=True) for f in (frame, twice)
    ]
    np.testing.assert_allclose(means[1]["mean"], means[0]["mean"], rtol=1e-12)
    np.testing.assert_allclose(means[1]["se"], means[0]["se"] / np.sqrt(2), rtol=1e-9, atol=1e-12)
    curves = [stats.cumulative_incidence(f["time"], f["cause"]) for f in (frame, twice)]
    np.testing.assert_allclose(curves[1]["incidence"], curves[0]["incidence"], rtol=1e-12)


@few
@given(cohorts())
def test_incidences_and_event_free_survival_add_up_to_one(frame):
    free = stats.kaplan_meier(frame["time"], frame["cause"] > 0)
    curve = stats.cumulative_incidence(frame["time"], frame["cause"])
    total = curve.groupby("time")["incidence"].sum().to_numpy()
    np.testing.assert_allclose(total + free["survival"], 1, rtol=1e-12)


@few
@given(cohorts())
def test_with_one_cause_incidence_is_one_minus_survival(frame):
    event = frame["event"]
    curve = stats.cumulative_incidence(frame["time"], event, interval="plain")
    survival = stats.kaplan_meier(frame["time"], event, interval="plain")
    np.testing.assert_allclose(curve["incidence"], 1 - survival["survival"], rtol=1e-9, atol=1e-12)
    alive = survival["survival"] > 0
    np.testing.assert_allclose(curve["lower"][alive], 1 - survival["upper"][alive], rtol=1e-7, atol=1e-9)


@few
@given(cohorts())
def test_entry_before_everything_is_no_delayed_entry(frame):
    entry = np.zeros(len(frame))
    for delayed, plain in (
        (stats.kaplan_meier(frame["time"], frame["event"], frame["group"], entry=entry),
         stats.kaplan_meier(frame["time"], frame["event"], frame["group"])),
        (stats.logrank(frame["time"], frame["event"], frame["group"], entry=entry),
         stats.logrank(frame["time"], frame["event"], frame["group"])),
    ):  # fmt: skip
        pd.testing.assert_frame_equal(delayed, plain)


@few
@given(cohorts())
def test_splitting_follow_up_changes_no_cox_estimate(frame):
    """A covariate that does not change in time has the same coefficient in split rows."""
    rows = stats.split_at_status(frame["time"], frame["event"], frame["status"])
    rows = rows.assign(x=frame["x"].to_numpy()[rows["patient"]])
    split = stats.cox_time_dependent(rows, "patient", "start", "stop", "event", ["x"], ties="breslow")
    whole = stats.cox(frame, "time", "event", ["x"], ties="breslow")
    pd.testing.assert_frame_equal(split, whole, rtol=1e-6)


@pytest.mark.parametrize("seed", range(3))
def test_a_random_cohort_against_a_count_by_hand(seed):
    """Kaplan-Meier with delayed entry, its counts taken patient by patient."""
    rng = np.random.default_rng(seed)
    entry, stay = rng.integers(0, 10, 60), rng.integers(1, 20, 60)
    time, event = entry + stay, rng.integers(0, 2, 60)
    curve = stats.kaplan_meier(time, event, entry=entry)
    survival = 1.0
    for row in curve.itertuples():
        at_risk = sum(e < row.time <= t for e, t in zip(entry, time, strict=True))
        died = sum((t == row.time) and d for t, d in zip(time, event, strict=True))
        survival *= 1 - died / at_risk
        assert (row.at_risk, row.events) == (at_risk, died)
        assert row.survival == pytest.approx(survival, rel=1e-12)
    assert curve["events"].sum() == event.sum()
