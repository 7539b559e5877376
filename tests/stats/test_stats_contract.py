"""Names, columns, and what no function may do: change input, touch the random state, load libraries early."""

import inspect
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from amyloid import stats

TIME = [3.0, 5.0, 5.0, 8.0, 2.0, 9.0]
EVENT = [1, 0, 1, 1, 1, 0]
GROUP = ["a", "a", "a", "b", "b", "b"]
CAUSE = [1, 0, 2, 1, 2, 0]
STATUS = [1.0, np.nan, 5.0, 3.0, np.nan, 2.0]
FRAME = pd.DataFrame(
    {"time": TIME, "event": EVENT, "x": [1.0, 2, 4, 3, 1, 2], "group": GROUP, "patient": range(6)}
)
CURVE = stats.kaplan_meier(TIME, EVENT)

CALLS = {
    "kaplan_meier": ((TIME, EVENT, GROUP), "group time at_risk events censored survival lower upper"),
    "survival_at": ((CURVE, [0, 4]), "group time at_risk survival lower upper"),
    "median_survival": ((CURVE,), "group median lower upper"),
    "survival_quantile": ((CURVE, 0.25), "group quantile lower upper"),
    "median_follow_up": ((TIME, EVENT), "median lower upper"),
    "reverse_kaplan_meier": ((TIME, EVENT), "group time at_risk events censored survival lower upper"),
    "logrank": ((TIME, EVENT, GROUP), "chi2 df p"),
    "logrank_groups": ((TIME, EVENT, GROUP), "group n observed expected"),
    "logrank_trend": ((TIME, EVENT, GROUP), "chi2 df p z"),
    "logrank_pairwise": ((TIME, EVENT, GROUP), "a b chi2 df p p_adjusted"),
    "cumulative_incidence": ((TIME, CAUSE, GROUP), "group cause time at_risk incidence lower upper"),
    "gray_test": ((TIME, CAUSE, GROUP), "chi2 df p"),
    "restricted_mean": ((TIME, EVENT, 5), "group mean se lower upper"),
    "landmark": ((TIME, EVENT, STATUS, 2.5), "enters status time event"),
    "split_at_status": ((TIME, EVENT, STATUS), "patient start stop event status"),
    "mantel_byar": ((TIME, EVENT, STATUS), "chi2 df p"),
    "cox": ((FRAME, "time", "event", ["x"]), "covariate hazard_ratio lower upper p"),
    "firth": ((FRAME, "time", "event", ["x"]), "covariate hazard_ratio lower upper p"),
    "proportional_hazards": ((FRAME, "time", "event", ["x"]), "covariate chi2 df p"),
    "proportion": ((3, 7), "estimate lower upper"),
    "proportion_difference": ((3, 7, 1, 6), "estimate lower upper"),
    "fisher": (([[3, 1], [1, 3]],), "odds_ratio lower upper p"),
    "mcnemar": (([[3, 1], [1, 3]],), "b c p"),
    "cochran_armitage": (([1, 2, 3], [4, 4, 4]), "chi2 df p z"),
    "wilcoxon_rank_sum": ((TIME[:3], TIME[3:]), "statistic p method"),
    "wilcoxon_signed_rank": ((TIME[:3], TIME[3:]), "statistic p method n"),
    "kruskal_wallis": ((TIME, GROUP), "chi2 df p"),
    "kappa": ((GROUP, ["a", "a", "b", "b", "b", "a"]), "estimate lower upper agreement expected"),
    "weighted_difference": (([1, 0, 1, 1, 0, 0], EVENT, [1.0] * 6), "estimate se lower upper p"),
    "weighted_hazard_ratio": ((TIME, EVENT, [0, 1, 0, 1, 0, 1], [1.0] * 6), "hazard_ratio lower upper p"),
    "standardized_difference": ((TIME, GROUP), "a b difference kind"),
}


@pytest.mark.parametrize("name", CALLS)
def test_columns(name):
    arguments, columns = CALLS[name]
    assert list(getattr(stats, name)(*arguments).columns) == columns.split()


def test_columns_of_cox_time_dependent():
    rows = stats.split_at_status(TIME, EVENT, STATUS)
    fit = stats.cox_time_dependent(rows, "patient", "start", "stop", "event", ["status"])
    assert list(fit.columns) == ["covariate", "hazard_ratio", "lower", "upper", "p"]


def test_every_public_function_is_called_here():
    apart = {"cox_time_dependent", "restricted_mean_difference", "incidence_at", "model_tests"}
    apart |= {"propensity_weights", "effective_size"}  # which give numbers, not frames
    assert set(stats.__all__) == CALLS.keys() | apart


@pytest.mark.parametrize("name", stats.__all__)
def test_every_public_function_says_what_it_takes_and_gives(name):
    text = inspect.getdoc(getattr(stats, name))
    assert "Returns" in text or name == "reverse_kaplan_meier"
    assert "Parameters" in text or name in ("reverse_kaplan_meier", "logrank_groups")


def _columns():
    return {
        "durations": pd.Series(TIME, index=[9, 8, 7, 6, 5, 4]),
        "events": pd.Series(EVENT, index=[9, 8, 7, 6, 5, 4]),
        "groups": pd.Series(GROUP, dtype="category"),
        "causes": pd.Series(CAUSE),
        "months_to_status": pd.Series(STATUS),
        "entry": np.array([0.0, 1, 0, 2, 1, 0]),
    }


@pytest.mark.parametrize(
    ("name", "inputs", "others"),
    [
        ("kaplan_meier", "durations events groups entry", {}),
        ("median_follow_up", "durations events groups", {}),
        ("logrank", "durations events groups entry", {}),
        ("cumulative_incidence", "durations causes groups", {}),
        ("gray_test", "durations causes groups", {}),
        ("restricted_mean", "durations events groups", {"tau": 4}),
        ("landmark", "durations events months_to_status", {"landmark": 2.5}),
        ("mantel_byar", "durations events months_to_status", {}),
    ],
)
def test_input_and_random_state_stay_as_they_are(name, inputs, others):
    given, kept = _columns(), _columns()
    np.random.seed(7)
    before = np.random.get_state()
    getattr(stats, name)(**{key: given[key] for key in inputs.split()}, **others)
    after = np.random.get_state()
    for key in inputs.split():
        np.testing.assert_array_equal(given[key], kept[key])
    assert before[0] == after[0]
    assert np.array_equal(before[1], after[1])
    assert before[2:] == after[2:]


def test_cox_leaves_frame_and_random_state_alone():
    frame, before = FRAME.copy(), np.random.get_state()[1].copy()
    stats.cox(frame, "time", "event", ["x", "group"])
    stats.proportional_hazards(frame, "time", "event", ["x"])
    stats.firth(frame, "time", "event", ["x", "group"])
    pd.testing.assert_frame_equal(frame, FRAME)
    assert np.array_equal(np.random.get_state()[1], before)


def test_the_interval_travels_with_the_numbers():
    curve = stats.kaplan_meier(TIME, EVENT, interval="log", confidence=0.9)
    for frame in (curve, stats.survival_at(curve, [3]), stats.median_survival(curve)):
        assert frame.attrs["interval"] == "log"
        assert frame.attrs["confidence"] == 0.9
    assert stats.median_follow_up(TIME, EVENT).attrs["convention"] == "flip"
    assert stats.proportion(1, 3, "wilson").attrs["method"] == "wilson"


def test_groups_come_in_category_order_else_sorted():
    groups = pd.Categorical(GROUP, ["b", "a", "never seen"])
    assert list(stats.kaplan_meier(TIME, EVENT, groups)["group"].unique()) == ["b", "a"]
    assert list(stats.kaplan_meier(TIME, EVENT, GROUP[::-1])["group"].unique()) == ["a", "b"]
    nullable = pd.array([True, True, True, False, False, False], dtype="boolean")
    assert list(stats.kaplan_meier(TIME, EVENT, nullable)["group"].unique()) == [False, True]


def test_nullable_columns_are_read():
    expected = stats.kaplan_meier(TIME, EVENT)
    found = stats.kaplan_meier(pd.Series(TIME, dtype="Float64"), pd.Series(EVENT, dtype="boolean"))
    pd.testing.assert_frame_equal(found, expected)


def test_importing_loads_neither_lifelines_nor_scipy():
    code = "import sys, amyloid.stats; print({'lifelines', 'scipy', 'matplotlib'} & sys.modules.keys())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
