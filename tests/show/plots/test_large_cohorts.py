"""What a figure of thousands of patients draws, and how it says so."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex

from amyloid import stats
from amyloid.show import plots
from amyloid.show.plots.layout import AXIS_DOTS, visible_steps
from amyloid.show.text import STAMP

Draw = Callable[[int], plots.Panel]
Frames = dict[str, Callable[..., pd.DataFrame]]
ONE_PER_PATIENT = {"courses": 150, "swimmer": 60, "remissions": 60, "follow_up": 150, "paired": 150}


def footer(panel: plots.Panel) -> str:
    return " ".join(t.get_text() for t in panel.texts if t.get_gid() == "footer").replace("\n", " ")


@pytest.mark.parametrize("name", ONE_PER_PATIENT)
def test_the_part_is_named_on_the_figure_in_its_words_and_in_its_data(
    figures: dict[str, Draw], name: str
) -> None:
    panel = figures[name](2000)
    assert panel.part.startswith(f"{ONE_PER_PATIENT[name]} of 2,000 patients drawn, evenly spaced by ")
    assert panel.part in footer(panel)
    assert panel.part in panel.alt
    assert set(panel.plotted["drawn_part"]) == {panel.part}
    assert panel.plotted["patient_id"].nunique() == ONE_PER_PATIENT[name]


@pytest.mark.parametrize("name", ONE_PER_PATIENT)
def test_everybody_is_drawn_while_lanes_can_be_told_apart(figures: dict[str, Draw], name: str) -> None:
    panel = figures[name](ONE_PER_PATIENT[name])
    assert panel.part == ""
    assert "drawn_part" not in panel.plotted
    assert panel.plotted["patient_id"].nunique() == ONE_PER_PATIENT[name]


def test_a_sample_is_the_same_each_time(figures: dict[str, Draw]) -> None:
    for name in ONE_PER_PATIENT:
        pd.testing.assert_frame_equal(figures[name](2000).plotted, figures[name](2000).plotted)


def test_the_waterfall_draws_everybody(frames: Frames) -> None:
    changes = frames["changes"](5000)
    panel = plots.waterfall(changes)
    drawn = sum(len(bars.get_paths()) for bars in panel.axes[0].collections)
    assert drawn == len(panel.plotted) == 5000
    assert panel.part == ""
    assert f"Bars above 100% are cut there ({(changes['change'] > 100).sum()})." in footer(panel)


def test_thin_bars_have_no_hatch_and_the_legend_neither(frames: Frames) -> None:
    panel = plots.waterfall(frames["changes"](500))
    bars, entries = panel.axes[0].collections, panel.legends[0].get_patches()
    assert {patch.get_hatch() or "" for patch in (*bars, *entries)} == {""}
    faces = {to_hex(bar.get_facecolor()[0]) for bar in bars}
    assert faces == {to_hex(patch.get_facecolor()) for patch in entries}
    assert "#ffffff" not in faces


@pytest.mark.parametrize(("name", "column"), [("swimmer", "month"), ("follow_up", "months")])
def test_lanes_keep_the_longest_and_the_shortest(
    figures: dict[str, Draw], frames: Frames, name: str, column: str
) -> None:
    months = frames["follow_up"](3000)["months"]
    plotted = figures[name](3000).plotted
    lanes = plotted[plotted["mark"] == "end of follow-up"] if name == "swimmer" else plotted
    assert (lanes[column].min(), lanes[column].max()) == (months.min(), months.max())


def test_courses_give_each_panel_its_share_and_its_own_size(frames: Frames) -> None:
    visits = frames["visits"](3000)
    rare = visits["patient_id"].isin(["AL-000001", "AL-000006"])
    visits = visits[(visits["best"] != "CR") | rare]
    panel = plots.courses(visits, "dflc", y_label="dFLC (mg/L)", panel_by="best")
    titles = [ax.get_title("left") for ax in panel.axes if ax.axison]
    assert titles[0] == "CR, complete (n = 2)"
    assert titles[1] == "PR, partial\nn = 600, 30 drawn"
    first = visits[visits["best"] == "PR"].drop_duplicates("patient_id")["dflc"]
    drawn = panel.plotted[panel.plotted["best"] == "PR"].drop_duplicates("patient_id")["dflc"]
    assert (drawn.min(), drawn.max()) == (first.min(), first.max())
    assert panel.part == "122 of 2,402 patients drawn, evenly spaced by the first value in each panel."


def test_pairs_keep_the_largest_fall_and_rise(frames: Frames) -> None:
    pairs = frames["pairs"](2000)
    drawn = plots.paired(pairs, y_label="Protein (g/24 h)").plotted
    whole, part = (frame["after"] / frame["before"] for frame in (pairs, drawn))
    assert (part.min(), part.max()) == (whole.min(), whole.max())


def test_map_of_what_can_be_judged_turns_into_shares(frames: Frames) -> None:
    categories = frames["categories"](400)
    panel = plots.availability(categories, synthetic=True)
    assert panel.part == "Bars: shares of all 400 patients, too many for a column each."
    assert panel.alt.endswith(f"{panel.part} The data are {STAMP}.")
    judged = (categories["category"] != "NE").groupby(categories["criteria"], sort=False).sum()
    assert panel.plotted["judged"].tolist() == judged.tolist()
    dark = [mesh.get_coordinates()[0, 1, 0] for mesh in panel.axes[0].collections]
    np.testing.assert_allclose(dark, judged / 400)


def test_steps_that_are_left_out_could_not_be_seen() -> None:
    rng = np.random.default_rng(3)
    parts = []
    for group, n in (("a", 4000), ("b", 50)):
        height = np.sort(rng.uniform(0.06, 1, n))[::-1]
        height[-5:] = [0.05, 0.04, 0.03, 0.02, 0.01]
        parts.append(pd.DataFrame({"group": group, "time": np.arange(n) + 1.0, "height": height}))
    curve = pd.concat(parts, ignore_index=True)
    seen = visible_steps(curve, ["group"], {"height": 1.0})
    assert len(seen) <= 2 * (AXIS_DOTS + 2)
    for group, whole in curve.groupby("group"):
        own = seen[seen["group"] == group]
        place = np.searchsorted(own["time"], whole["time"], side="right") - 1
        gap = np.abs(own["height"].to_numpy()[place] - whole["height"].to_numpy())
        assert gap.max() < 1 / AXIS_DOTS
        assert set(whole["time"].iloc[[0, -5, -4, -3, -2, -1]]) <= set(own["time"])
    short = curve[curve["group"] == "b"]
    assert visible_steps(short, ["group"], {"height": 1.0}) is short


@pytest.mark.parametrize(
    "name", [*ONE_PER_PATIENT, "availability", "cumulative_incidence", "survival_groups"]
)
def test_nothing_collides_when_numbers_are_long(
    figures: dict[str, Draw], collisions: Callable[[plots.Panel], list[str]], name: str
) -> None:
    assert collisions(figures[name](20_000)) == []


def test_numbers_under_two_curves_keep_apart(collisions: Callable[[plots.Panel], list[str]]) -> None:
    rng = np.random.default_rng(7)
    months = np.round(rng.exponential(15, 100_000).clip(max=45), 1)
    curve = stats.kaplan_meier(months, rng.integers(0, 2, 100_000), ["no response", "response"] * 50_000)
    panel = plots.survival_pair(curve, curve, titles=("Naive", "Landmark"))
    assert collisions(panel) == []
    assert "50,000" in {text.get_text() for text in panel.axes[0].texts}
