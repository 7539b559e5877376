"""Survival curves and incidence: what is drawn is the estimate."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from matplotlib.lines import Line2D
from matplotlib.text import Annotation

from amyloid import stats
from amyloid.show import plots
from amyloid.show.plots.curves import numbers_at
from amyloid.show.plots.style import LOOKS, pale

MONTHS = [2, 3, 3, 5, 8, 8, 11, 14, 20, 26]
DIED = [1, 0, 1, 1, 0, 1, 0, 1, 0, 0]


@pytest.fixture
def curve() -> pd.DataFrame:
    return stats.kaplan_meier(MONTHS, DIED)


def lines_of(panel: plots.Panel, gid: str) -> list[Line2D]:
    return [line for line in panel.axes[0].lines if line.get_gid() == gid]


def test_step_heights_equal_the_estimate(curve: pd.DataFrame) -> None:
    (line,) = lines_of(plots.survival(curve, few=0), "km-all")
    np.testing.assert_array_equal(line.get_xdata(), [0.0, *curve["time"]])
    np.testing.assert_array_equal(line.get_ydata(), [1.0, *curve["survival"]])
    assert line.get_drawstyle() == "steps-post"


def test_limits_are_drawn_as_given(curve: pd.DataFrame) -> None:
    (band,) = plots.survival(curve).axes[0].collections
    drawn = band.get_paths()[0].vertices[:, 1]
    for limit in (curve["lower"].dropna(), curve["upper"].dropna()):
        assert np.isin(np.round(limit, 12), np.round(drawn, 12)).all()


def test_the_line_turns_pale_where_fewer_than_k_remain(curve: pd.DataFrame) -> None:
    panel = plots.survival(curve, few=5)
    (dark,) = lines_of(panel, "km-all")
    turn = curve.loc[curve["at_risk"] >= 5, "time"].max()
    assert dark.get_xdata()[-1] == turn
    (faint,) = [line for line in panel.axes[0].lines if line.get_color() == pale(dark.get_color())]
    assert faint.get_xdata()[0] == turn
    assert "fewer than 5 at risk" in " ".join(text.get_text() for text in panel.texts)


def test_censored_are_ticked_on_the_line(curve: pd.DataFrame) -> None:
    (ticks,) = [line for line in plots.survival(curve).axes[0].lines if line.get_marker() == "|"]
    lost = curve[curve["censored"] > 0]
    np.testing.assert_array_equal(ticks.get_xdata(), lost["time"])
    np.testing.assert_array_equal(ticks.get_ydata(), lost["survival"])


def below_axis(panel: plots.Panel, place: int = 0) -> list[str]:
    return [t.get_text() for t in panel.axes[place].texts if isinstance(t, Annotation) and t.xyann[1] < -20]


def test_numbers_at_risk_stand_under_their_ticks_below_the_label(curve: pd.DataFrame) -> None:
    times = [0, 3, 8, 12, 30]
    assert numbers_at(curve, times) == [10, 9, 6, 3, 0]
    panel = plots.survival(curve)
    (ax,) = panel.axes
    ticks = [t for t in ax.get_xticks() if t <= ax.get_xlim()[1]]
    assert below_axis(panel) == ["At risk", *(f"{n}" for n in numbers_at(curve, ticks))]
    panel.draw_without_rendering()
    label = ax.xaxis.label.get_window_extent()
    for text, tick in zip(ax.texts[1:], ticks, strict=True):
        box = text.get_window_extent()
        assert box.y1 < label.y0
        assert abs((box.x0 + box.x1) / 2 - ax.transData.transform((tick, 0))[0]) < 1


def test_groups_are_named_at_their_ends_and_in_the_table() -> None:
    curve = stats.kaplan_meier(MONTHS, DIED, ["new", "old"] * 5)
    panel = plots.survival(curve, medians=stats.median_survival(curve))
    names = [text.get_text() for text in panel.axes[0].texts]
    assert names[:2] == ["new", "old"]
    assert below_axis(panel)[0] == "At risk"
    assert {"new", "old"} <= set(below_axis(panel))
    assert "new: 5 at risk at the start" in panel.alt


def test_a_group_below_five_is_not_drawn_and_named() -> None:
    curve = stats.kaplan_meier(MONTHS, DIED, ["large"] * 6 + ["small"] * 4)
    panel = plots.survival(curve)
    assert not lines_of(panel, "km-small")
    assert "small" not in " ".join(text.get_text() for text in panel.axes[0].texts)
    footer = " ".join(text.get_text() for text in panel.texts).replace("\u00a0", " ").replace("\n", " ")
    assert "Not drawn, fewer than 5 patients: small (n = 4)." in footer
    nobody = plots.survival(curve[curve["group"] == "small"])
    assert nobody.words.replace("\u00a0", " ").endswith("fewer than 5 patients: small (n = 4).")


def test_ratios_stand_beside_their_line_and_in_the_alt_text() -> None:
    curve = stats.kaplan_meier(MONTHS, DIED, ["I", "II"] * 5)
    rows = [("I", np.nan, np.nan, np.nan, "reference"), ("II", 2.1, 0.9, 4.85, "")]
    ratios = pd.DataFrame(rows, columns=["group", "hazard_ratio", "lower", "upper", "note"])
    panel = plots.survival(curve, ratios=ratios)
    said = {text.get_text() for text in panel.axes[0].texts}
    assert {"stage I\nreference", "stage II\nHR 2.10\n(0.90 to 4.85)"} <= said
    assert "HR 2.10 (0.90 to 4.85)" in panel.alt
    (first,) = lines_of(panel, "km-I") or [None]
    assert {line.get_color() for line in panel.axes[0].lines} >= {LOOKS["II"].line, pale(LOOKS["II"].line)}
    assert first is None or first.get_color() == LOOKS["I"].line


def test_an_effect_stands_above_the_curves_of_two_groups_only() -> None:
    two = stats.kaplan_meier(MONTHS, DIED, ["a", "b"] * 5)
    panel = plots.survival(two, effect="Hazard ratio 0.42 (0.23 to 0.78)")
    (text,) = [text for text in panel.axes[0].texts if text.get_text().startswith("Hazard")]
    panel.draw_without_rendering()
    top = panel.axes[0].transData.transform((0, 1.0))[1]
    assert text.get_window_extent().y0 > top
    assert panel.alt.endswith("Hazard ratio 0.42 (0.23 to 0.78).")
    one = plots.survival(stats.kaplan_meier(MONTHS, DIED), effect="Hazard ratio")
    assert not [text for text in one.axes[0].texts if text.get_text() == "Hazard ratio"]


def test_a_reached_median_is_marked_and_told() -> None:
    curve = stats.kaplan_meier([1, 2, 3, 4] * 2, [1] * 8)
    panel = plots.survival(curve, medians=stats.median_survival(curve))
    assert "median 2.5" in [text.get_text().strip() for text in panel.axes[0].texts]
    assert "median 2.5 months" in panel.alt


def test_all_censored_stays_at_one_and_says_not_reached() -> None:
    curve = stats.kaplan_meier([5.0, 9.0, 9.0, 9.0, 12.0], [0] * 5)
    panel = plots.survival(curve, few=0, medians=stats.median_survival(curve))
    (line,) = lines_of(panel, "km-all")
    assert set(line.get_ydata()) == {1.0}
    assert "0 events, 100% at 12.0 months, median not reached" in panel.alt


def test_a_long_curve_is_thinned_and_says_so() -> None:
    rng = np.random.default_rng(1)
    curve = stats.kaplan_meier(rng.exponential(30, 5000), rng.integers(0, 2, 5000))
    panel = plots.survival(curve, few=0)
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
        panel = plots.survival(curve)
        ticks = [line for line in panel.axes[0].lines if line.get_marker() == "|"]
        drawn = sum(len(line.get_xdata()) for line in ticks)
        assert drawn == (int((curve["censored"] > 0).sum()) if marks else 0)
        footer = " ".join(text.get_text() for text in panel.texts).replace("\n", " ")
        assert ("Ticks: censored." in footer) == marks
        assert ("Marks of censoring left out." in footer) == (not marks)


def test_the_pair_draws_both_curves_and_their_titles() -> None:
    left = stats.kaplan_meier(MONTHS, DIED, ["responders", "others"] * 5)
    right = stats.kaplan_meier(
        MONTHS[:0:-1] + MONTHS[1:], DIED[:0:-1] + DIED[1:], ["responders", "others"] * 9
    )
    panel = plots.survival_pair(left, right, titles=("Naive", "Landmark"), few=0)
    assert [ax.get_title("left") for ax in panel.axes[:2]] == ["Naive", "Landmark"]
    for ax, curve in zip(panel.axes[:2], (left, right), strict=True):
        drawn = [line.get_ydata() for line in ax.lines if str(line.get_gid()).startswith("km-")]
        for height, (_, part) in zip(drawn, curve.groupby("group", sort=False), strict=True):
            np.testing.assert_array_equal(height, [1.0, *part["survival"]])
    assert set(panel.plotted["panel"]) == {"Naive", "Landmark"}


def test_nobody_at_the_landmark_is_said_in_words() -> None:
    left = stats.kaplan_meier(MONTHS, DIED)
    panel = plots.survival_pair(left, left.iloc[:0], titles=("Naive", "Landmark"))
    assert [text.get_text() for text in panel.axes[1].texts] == ["Fewer than five enter here."]
    assert not panel.axes[1].axison


def test_incidence_steps_equal_the_estimate_per_cause() -> None:
    causes = [1, 0, 2, 1, 0, 2, 0, 1, 0, 0]
    curve = stats.cumulative_incidence(MONTHS, causes)
    panel = plots.cumulative_incidence(curve, causes={1: "relapse", 2: "death"}, few=0)
    for cause, name in ((1, "relapse"), (2, "death")):
        (line,) = lines_of(panel, f"cif-{name}")
        np.testing.assert_array_equal(
            line.get_ydata(), [0.0, *curve.loc[curve["cause"] == cause, "incidence"]]
        )
    assert [text.get_text() for text in panel.axes[0].texts][:2] == ["relapse", "death"]


def test_incidence_by_group_is_named_by_group() -> None:
    curve = stats.cumulative_incidence(MONTHS, [1, 0] * 5, ["CR", "PR"] * 5)
    panel = plots.cumulative_incidence(curve, causes={1: "relapse"})
    assert [text.get_text() for text in panel.axes[0].texts][:2] == ["CR", "PR"]
    assert "CR reaches" in panel.alt


def test_a_cause_that_nobody_had_leaves_words() -> None:
    curve = stats.cumulative_incidence(MONTHS, [1, 0] * 5)
    assert plots.cumulative_incidence(curve, causes={7: "dialysis"}).words


def test_log_log_draws_the_transformed_curve(frames: dict[str, Callable[..., pd.DataFrame]]) -> None:
    curve = frames["curve"](43, groups=2)
    panel = plots.log_log(curve)
    first = panel.plotted[panel.plotted["group"] == panel.plotted["group"].iloc[0]]
    np.testing.assert_allclose(panel.axes[0].lines[0].get_ydata(), np.log(-np.log(first["survival"])))


def test_more_than_two_groups_are_drawn_without_shading() -> None:
    curve = stats.kaplan_meier(MONTHS * 3, DIED * 3, ["I", "II", "III", "I", "II"] * 6)
    panel = plots.survival(curve, few=5)
    assert len(panel.axes[0].collections) == 0
    footer = " ".join(text.get_text() for text in panel.texts)
    assert "Confidence limits are left out" in footer
    assert "Pale line: fewer than 5 at risk" in footer
