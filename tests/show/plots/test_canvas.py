"""The sheet: breaking lines, ticks, labels that move apart, and the ruler of the tests itself."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from amyloid.show import plots
from amyloid.show.plots.layout import (
    evenly,
    large_enough,
    log_axis,
    month_ticks,
    part_of,
    people,
    row_places,
    spread,
    wrap,
)
from amyloid.show.plots.sheet import Sheet
from amyloid.show.plots.style import in_order, looks


def test_wrap_keeps_paragraphs_and_never_drops_a_word() -> None:
    assert wrap("a b\nc", 100, 7) == "a b\nc"
    assert wrap("incomprehensibilities", 1, 7) == "incomprehensibilities"
    assert wrap("", 10, 7) == ""
    assert wrap("ratio 0.42 (0.23 to 0.78)", 24, 7) == "ratio 0.42\n(0.23 to 0.78)"
    assert wrap("(0.23 to 0.78)", 12, 7) == "(0.23 to\n0.78)"


def test_the_ruler_finds_text_that_meets_and_text_that_leaves(
    collisions: Callable[[plots.Panel], list[str]],
) -> None:
    sheet = Sheet(False, 85, ())
    ax = sheet.ax(40)
    panel = sheet.panel
    ax.text(0.5, 0.5, "first")
    ax.text(0.52, 0.5, "second")
    assert collisions(panel) == ["'first' meets 'second'"]
    ax.texts[1].set_position((0.9, 0.9))
    ax.texts[1].set_in_layout(False)
    ax.texts[1].set_text("a word that goes on over the edge")
    assert collisions(panel) == ["'a word that goes on over the edge' leaves the sheet"]


@pytest.mark.parametrize(("longest", "step"), [(5, 1), (20, 3), (38, 6), (90, 12), (150, 24)])
def test_ticks_stand_on_whole_clinical_months(longest: float, step: float) -> None:
    ticks = month_ticks(longest)
    assert ticks[0] == 0
    assert set(np.diff(ticks)) == {step}
    assert ticks[-1] <= longest


def test_labels_move_apart_and_keep_their_order() -> None:
    placed = spread([0.5, 0.5, 0.51], 0.1)
    assert np.diff(placed).min() >= 0.1 - 1e-6
    assert spread([0.2, 0.8], 0.1) == [0.2, 0.8]
    crowded = spread([0.0, 0.0, 0.0], 0.1)
    assert min(crowded) >= 0.0
    assert np.diff(crowded).min() >= 0.099


def test_a_part_keeps_both_ends_and_is_announced() -> None:
    frame = pd.DataFrame({"x": range(1000)})
    part = evenly(frame, 150)
    assert len(part) == 150
    assert part["x"].iloc[[0, -1]].tolist() == [0, 999]
    assert part_of(150, 1000) == "150 of 1,000 patients drawn, evenly spaced."
    assert part_of(43, 43) == ""
    assert people(1) == "1 patient"


@pytest.mark.parametrize(("low", "high"), [(0.08, 12.0), (0.6, 3.4), (1.0, 1200.0), (2.2, 4.1)])
def test_log_ticks_are_plain_and_at_least_three(low: float, high: float) -> None:
    ax = Sheet(False, 85, ()).ax(40)
    ax.set(yscale="log", ylim=(low, high))
    log_axis(ax.yaxis, low, high)
    texts = [label.get_text() for label in ax.get_yticklabels()]
    assert len(texts) >= 3
    assert all(low <= float(text) <= high for text in texts)


def test_grades_come_best_first_and_not_evaluable_last() -> None:
    assert in_order(["NE", "zebra", "PR", "CR", "NR"]) == ["CR", "PR", "NR", "zebra", "NE"]
    ordered = pd.Series(pd.Categorical(["b", "NE", "a"], ["b", "a", "NE"]))
    assert in_order(ordered) == ["b", "a", "NE"]
    assert in_order(pd.Series(["above", None, "below"])) == ["above", "below"]


def test_rows_are_as_high_as_their_longest_text() -> None:
    places, end = row_places(["one", "two\nlines", "one"], ["", "", "of\nthree\nlines"])
    assert places.tolist() == pytest.approx([0.8, 2.85, 5.85])
    assert end == pytest.approx(7.6)


def test_groups_of_fewer_than_five_are_left_out_by_name() -> None:
    frame = pd.DataFrame({"group": ["I", "I", "II", None], "at_risk": [5, 3, 4, 2]})
    kept, said = large_enough(frame, "at_risk")
    assert kept["group"].tolist() == ["I", "I"]
    assert said.replace("\u00a0", " ") == "Not drawn, fewer than 5 patients: II (n = 4), everybody (n = 2)."
    assert large_enough(kept, "at_risk")[1] == ""


def test_levels_without_a_look_of_their_own_never_share_one() -> None:
    names = [f"shade {n}" for n in range(10)]
    worn = looks(["CR", *names])
    assert len({(one.color, one.hatch) for one in worn.values()}) == 11
    assert [worn[name].words for name in names] == names
    assert looks(["IIIa"])["IIIa"].words == "stage IIIa"
