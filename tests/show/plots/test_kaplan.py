"""Survival curves and incidence: what is drawn is the estimate."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from matplotlib.lines import Line2D

from amyloid import stats
from amyloid.show import plots
from amyloid.show.plots.risk_table import numbers_at

MONTHS = [2, 3, 3, 5, 8, 8, 11, 14, 20, 26]
DIED = [1, 0, 1, 1, 0, 1, 0, 1, 0, 0]


@pytest.fixture
def curve() -> pd.DataFrame:
    return stats.kaplan_meier(MONTHS, DIED)


def lines_of(panel: plots.Panel, gid: str) -> list[Line2D]:
    return [line for line in panel.axes[0].lines if line.get_gid() == gid]


def test_step_heights_equal_the_estimate(curve: pd.DataFrame) -> None:
    (line,) = lines_of(plots.survival(curve, title="Survival", few=0), "km-all")
    np.testing.assert_array_equal(line.get_xdata(), [0.0, *curve["time"]])
    np.testing.assert_array_equal(line.get_ydata(), [1.0, *curve["survival"]])
    assert line.get_drawstyle() == "steps-post"


def test_limits_are_drawn_as_given(curve: pd.DataFrame) -> None:
    (band,) = plots.survival(curve, title="Survival").axes[0].collections
    drawn = band.get_paths()[0].vertices[:, 1]
    for limit in (curve["lower"].dropna(), curve["upper"].dropna()):
        assert np.isin(np.round(limit, 12), np.round(drawn, 12)).all()


def test_the_line_turns_gray_where_fewer_than_k_remain(curve: pd.DataFrame) -> None:
    panel = plots.survival(curve, title="Survival", few=5)
    (dark,) = lines_of(panel, "km-all")
    turn = curve.loc[curve["at_risk"] >= 5, "time"].max()
    assert dark.get_xdata()[-1] == turn
    (gray,) = [line for line in panel.axes[0].lines if line.get_color() == "#b8b8b8"]
    assert gray.get_xdata()[0] == turn
    assert "fewer than 5 at risk" in " ".join(text.get_text() for text in panel.texts)


def test_censored_are_ticked_on_the_line(curve: pd.DataFrame) -> None:
    (ticks,) = [
        line for line in plots.survival(curve, title="Survival").axes[0].lines if line.get_marker() == "|"
    ]
    lost = curve[curve["censored"] > 0]
    np.testing.assert_array_equal(ticks.get_xdata(), lost["time"])
    np.testing.assert_array_equal(ticks.get_ydata(), lost["survival"])


def test_numbers_under_the_axis(curve: pd.DataFrame) -> None:
    times = [0, 3, 8, 12, 30]
    assert numbers_at(curve, times, "at_risk") == [10, 9, 6, 3, 0]
    assert numbers_at(curve, times, "events") == [0, 2, 4, 4, 5]
    assert numbers_at(curve, times, "censored") == [0, 1, 2, 3, 5]
    below = plots.survival(curve, title="Survival").axes[1]
    assert [label.get_text() for label in below.get_yticklabels()] == ["At risk"]
    ticks = below.get_xticks()
    wanted = [f"{n}" for n in numbers_at(curve, ticks, "at_risk")]
    assert [text.get_text() for text in below.texts] == wanted


def test_groups_are_named_at_their_ends_and_in_the_table() -> None:
    curve = stats.kaplan_meier(MONTHS, DIED, ["responders", "others"] * 5)
    panel = plots.survival(curve, title="Survival", medians=stats.median_survival(curve))
    assert [text.get_text() for text in panel.axes[0].texts] == ["others", "responders"]
    labels = [label.get_text() for label in panel.axes[1].get_yticklabels()]
    assert labels == ["At risk", "others", "responders"]
    assert "others: 5 at risk at the start" in panel.alt


def test_a_reached_median_is_marked_and_told() -> None:
    curve = stats.kaplan_meier([1, 2, 3, 4], [1, 1, 1, 1])
    panel = plots.survival(curve, title="Survival", medians=stats.median_survival(curve))
    (text,) = panel.axes[0].texts
    assert text.get_text().strip() == "median 2.5"
    assert "median 2.5 months" in panel.alt


def test_all_censored_stays_at_one_and_says_not_reached() -> None:
    curve = stats.kaplan_meier([5.0, 9.0, 12.0], [0, 0, 0])
    panel = plots.survival(curve, title="Survival", few=0, medians=stats.median_survival(curve))
    (line,) = lines_of(panel, "km-all")
    assert set(line.get_ydata()) == {1.0}
    assert "0 events, 100% at 12.0 months, median not reached" in panel.alt


def test_a_long_curve_is_thinned_and_says_so() -> None:
    rng = np.random.default_rng(1)
    curve = stats.kaplan_meier(rng.exponential(30, 5000), rng.integers(0, 2, 5000))
    panel = plots.survival(curve, title="Survival", few=0)
    (line,) = lines_of(panel, "km-all")
    drawn = np.searchsorted(line.get_xdata(), curve["time"], side="right") - 1
    assert np.abs(line.get_ydata()[drawn] - curve["survival"]).max() < 1 / 750
    assert line.get_ydata()[-1] == curve["survival"].iloc[-1]
    steps = len(panel.plotted)
    assert len(line.get_xdata()) == steps + 1 < 2500
    assert panel.part == f"{steps:,} of 5,000 steps drawn, those large enough to be seen."
    assert panel.part in " ".join(text.get_text() for text in panel.texts).replace("\n", " ")
    assert panel.part in panel.alt


def test_marks_of_censoring_are_all_drawn_or_none() -> None:
    rng = np.random.default_rng(2)
    for n, marks in ((300, True), (3000, False)):
        curve = stats.kaplan_meier(rng.exponential(30, n), rng.integers(0, 2, n))
        panel = plots.survival(curve, title="Survival")
        ticks = [line for line in panel.axes[0].lines if line.get_marker() == "|"]
        drawn = sum(len(line.get_xdata()) for line in ticks)
        assert drawn == (int((curve["censored"] > 0).sum()) if marks else 0)
        footer = " ".join(text.get_text() for text in panel.texts).replace("\n", " ")
        assert ("Ticks: censored." in footer) == marks
        assert ("Marks of censoring left out." in footer) == (not marks)


def test_the_pair_draws_both_curves_and_their_titles() -> None:
    left = stats.kaplan_meier(MONTHS, DIED, ["responders", "others"] * 5)
    right = stats.kaplan_meier(MONTHS[4:], DIED[4:], ["responders", "others"] * 3)
    panel = plots.survival_pair(
        left, right, title="Two ways", left_title="Naive", right_title="Landmark", few=0
    )
    assert [ax.get_title("left") for ax in panel.axes[:2]] == ["Naive", "Landmark"]
    for ax, curve in zip(panel.axes[:2], (left, right), strict=True):
        drawn = [line.get_ydata() for line in ax.lines if str(line.get_gid()).startswith("km-")]
        for height, (_, part) in zip(drawn, curve.groupby("group", sort=False), strict=True):
            np.testing.assert_array_equal(height, [1.0, *part["survival"]])
    assert set(panel.plotted["panel"]) == {"Naive", "Landmark"}


def test_nobody_at_the_landmark_is_said_in_words() -> None:
    left = stats.kaplan_meier(MONTHS, DIED)
    panel = plots.survival_pair(
        left, left.iloc[:0], title="Two ways", left_title="Naive", right_title="Landmark"
    )
    assert [text.get_text() for text in panel.axes[1].texts] == ["Nobody enters here."]
    assert not panel.axes[1].axison


def test_incidence_steps_equal_the_estimate_per_cause() -> None:
    causes = [1, 0, 2, 1, 0, 2, 0, 1, 0, 0]
    curve = stats.cumulative_incidence(MONTHS, causes)
    panel = plots.cumulative_incidence(curve, title="Relapse", causes={1: "relapse", 2: "death"})
    for cause, name in ((1, "relapse"), (2, "death")):
        (line,) = lines_of(panel, f"cif-{name}")
        np.testing.assert_array_equal(
            line.get_ydata(), [0.0, *curve.loc[curve["cause"] == cause, "incidence"]]
        )
    assert [text.get_text() for text in panel.axes[0].texts] == ["relapse", "death"]


def test_incidence_by_group_is_named_by_group() -> None:
    curve = stats.cumulative_incidence(MONTHS, [1, 0] * 5, ["CR", "PR"] * 5)
    panel = plots.cumulative_incidence(curve, title="Relapse", causes={1: "relapse"})
    assert [text.get_text() for text in panel.axes[0].texts] == ["CR", "PR"]
    assert "CR reaches" in panel.alt


def test_a_cause_that_nobody_had_leaves_words() -> None:
    curve = stats.cumulative_incidence(MONTHS, [1, 0] * 5)
    assert plots.cumulative_incidence(curve, title="Dialysis", causes={7: "dialysis"}).words


def test_log_log_draws_the_transformed_curve(frames: dict[str, Callable[..., pd.DataFrame]]) -> None:
    curve = frames["curve"](43, groups=2)
    panel = plots.log_log(curve, title="Parallel")
    first = panel.plotted[panel.plotted["group"] == panel.plotted["group"].iloc[0]]
    np.testing.assert_allclose(panel.axes[0].lines[0].get_ydata(), np.log(-np.log(first["survival"])))


def test_more_than_two_groups_are_drawn_without_shading() -> None:
    curve = stats.kaplan_meier(MONTHS, DIED, ["I", "II", "III", "I", "II"] * 2)
    panel = plots.survival(curve, title="Survival by stage", few=3)
    assert len(panel.axes[0].collections) == 0
    footer = " ".join(text.get_text() for text in panel.texts)
    assert "Confidence limits are left out" in footer
    assert "Pale line: fewer than 3 at risk" in footer
