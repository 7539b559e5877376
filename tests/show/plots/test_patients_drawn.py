"""Figures with a row, a bar or a line per patient."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex

from amyloid.questions.curves import course_medians, swimmer_marks
from amyloid.show import plots
from amyloid.show.plots.lanes import _LOOKS, MARKS, _said
from amyloid.show.plots.style import LOOKS

Frames = dict[str, Callable[..., pd.DataFrame]]


def legend(panel: plots.Panel) -> list[str]:
    return [text.get_text() for one in panel.legends for text in one.get_texts()]


def footer(panel: plots.Panel) -> str:
    return " ".join(t.get_text() for t in panel.texts if t.get_gid() == "footer").replace("\n", " ")


def bars_of(panel: plots.Panel) -> dict[str, dict[int, float]]:
    """Height of each bar of a waterfall, by category and place."""
    found: dict[str, dict[int, float]] = {}
    for bars in panel.axes[0].collections:
        corners = [path.vertices for path in bars.get_paths()]
        found[bars.get_gid()] = {round(float((c[0, 0] + c[2, 0]) / 2)): float(c[1, 1]) for c in corners}
    return found


def test_waterfall_bars_fall_in_order_and_wear_their_grade() -> None:
    frame = pd.DataFrame(
        {
            "patient_id": list("abcd"),
            "change": [-20.0, 30.0, -95.0, -60.0],
            "category": ["NR", "NR", "CR", "PR"],
        }
    )
    panel = plots.waterfall(frame, thresholds={-50: "fall of 50%"})
    assert bars_of(panel) == {"CR": {3: -95.0}, "PR": {2: -60.0}, "NR": {0: 30.0, 1: -20.0}}
    for bars in panel.axes[0].collections:
        look = LOOKS[bars.get_gid()]
        assert to_hex(bars.get_facecolor()[0]) == look.color
        assert (bars.get_hatch() or "") == look.hatch
    assert legend(panel) == [LOOKS[k].words for k in ("CR", "PR", "NR")]
    assert [text.get_text() for text in panel.axes[0].texts] == ["fall of 50%"]
    assert "from +30 to −95; 3 fall, 1 rise, 2 fall by at least 50%" in panel.alt


def test_waterfall_cuts_and_missing_are_told() -> None:
    frame = pd.DataFrame(
        {"patient_id": list("abc"), "change": [250.0, np.nan, -130.0], "category": ["NR", "NE", "CR"]}
    )
    panel = plots.waterfall(frame)
    assert bars_of(panel) == {"CR": {1: -100.0}, "NR": {0: 100.0}}
    assert "Bars above 100% are cut there (1)." in footer(panel)
    assert "drawn as 100% (1)" in footer(panel)
    assert "Not drawn: 1 without two values." in footer(panel)
    assert panel.plotted["change"].tolist() == [250.0, -130.0]


def test_courses_draw_each_visit_and_lift_what_lies_below_the_floor() -> None:
    frame = pd.DataFrame(
        {"patient_id": ["a"] * 3 + ["b"] * 2, "month": [0.0, 1, 2, 0, 3], "dflc": [200.0, 20, -4, 90, np.nan]}
    )
    panel = plots.courses(frame, "dflc", y_label="dFLC (mg/L)", floor=1.0)
    drawn = [np.c_[line.get_xdata(), line.get_ydata()].tolist() for line in panel.axes[0].lines]
    assert drawn == [[[0, 200], [1, 20], [2, 1]], [[0, 90]]]
    assert "1 values below 1 are drawn there." in footer(panel)
    assert panel.plotted["dflc"].tolist() == [200, 20, -4, 90]


def test_long_names_of_panels_keep_apart_in_a_column(
    frames: Frames, collisions: Callable[[plots.Panel], list[str]]
) -> None:
    visits = frames["visits"](130).replace({"best": {"PR": "VGPR"}})
    panel = plots.courses(visits, "dflc", y_label="dFLC (mg/L)", panel_by="best", width=85)
    assert collisions(panel) == []
    assert panel.axes[1].get_title("left").startswith("VGPR, very good\n")


def test_medians_stand_over_many_lines_only(frames: Frames) -> None:
    visits = frames["visits"](130)
    visits = visits[(visits["best"] != "CR") | (visits["patient_id"] < "AL-030")]
    medians = course_medians(visits, "dflc", "best")
    panel = plots.courses(visits, "dflc", y_label="dFLC (mg/L)", panel_by="best", medians=medians, floor=1.0)
    over = {
        ax.get_title("left"): [line for line in ax.lines if line.get_gid() == "medians"] for ax in panel.axes
    }
    assert [len(found) for title, found in over.items() if title] == [0, 1, 1, 1, 1]
    own = medians[medians["best"] == "PR"]
    (line,) = over["PR, partial (n = 26)"]
    np.testing.assert_array_equal(line.get_xdata(), own["month"])
    np.testing.assert_array_equal(line.get_ydata(), own["median"])
    assert "Thick line: median" in footer(panel)


def test_a_median_over_courses_takes_the_nearest_value_of_at_least_five() -> None:
    rows = [(f"p{n}", month, float(n)) for n in range(5) for month in (2.9, 3.4)]
    visits = pd.DataFrame(rows, columns=["patient_id", "month", "value"])
    visits.loc[visits["month"] == 3.4, "value"] = 99.0
    found = course_medians(pd.concat([visits, visits.head(4).assign(month=9.0)]), "value")
    assert found.to_dict("list") == {"month": [3.0], "median": [2.0]}


def test_courses_in_panels_name_the_grade_and_its_size(frames: Frames) -> None:
    panel = plots.courses(frames["visits"](20), "dflc", y_label="dFLC (mg/L)", panel_by="best")
    assert [ax.get_title("left") for ax in panel.axes if ax.axison] == [
        "CR, complete (n = 4)",
        "PR, partial (n = 4)",
        "MR, minor (n = 4)",
        "NR, none (n = 4)",
        "NE, not evaluable (n = 4)",
    ]


def test_every_mark_of_the_swimmer_is_in_the_legend(frames: Frames) -> None:
    panel = plots.swimmer(
        *(frames[name](43) for name in ("follow_up", "treatments", "marks")),
        drug="lenalidomide",
    )
    drawn = {line.get_marker() for line in panel.axes[0].lines if len(line.get_xdata())}
    assert {_LOOKS[mark].marker for mark in MARKS} <= drawn
    words = legend(panel)
    names = [_said(mark) for mark in MARKS]
    assert [word for word in words if word in names] == names
    assert {"lenalidomide 5 mg", "lenalidomide 10 mg", "lenalidomide 15 mg"} <= set(words)
    assert {"alive, follow-up goes on", "off the drug, followed"} <= set(words)


def test_without_a_drug_a_bar_of_the_swimmer_is_any_treatment(frames: Frames) -> None:
    panel = plots.swimmer(*(frames[name](43) for name in ("follow_up", "treatments", "marks")))
    words = legend(panel)
    assert "on treatment" in words
    assert "off treatment, followed" in words
    assert not any("mg" in word for word in words)


def test_swimmer_puts_deaths_arrows_and_bars_where_they_belong() -> None:
    lanes = pd.DataFrame({"patient_id": ["a", "b"], "months": [20.0, 12.0], "event": [0, 1]})
    doses = pd.DataFrame(
        {
            "patient_id": ["a", "b", "b"],
            "drug": ["Lenalidomide", "lenalidomide", "dexamethasone"],
            "start_month": [0.0, 1.0, 0.0],
            "end_month": [np.nan, 4.0, 9.0],
            "dose_mg": [15.0, 10.0, 20.0],
        }
    )
    marks = pd.DataFrame({"patient_id": ["a"], "month": [5.0], "mark": ["CR"]})
    panel = plots.swimmer(lanes, doses, marks, drug="lenalidomide")
    ax = panel.axes[0]
    at = {line.get_marker(): (list(line.get_xdata()), list(line.get_ydata())) for line in ax.lines}
    assert at["x"] == ([12.0], [1.0])
    assert at["D"] == ([5.0], [0.0])
    assert at[">"][1] == [0]
    boxes = [path.get_extents() for bars in ax.collections[1:] for path in bars.get_paths()]
    assert sorted((box.x0, box.x1) for box in boxes) == [(0.0, 20.0), (1.0, 4.0)]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["a", "b"]
    assert "next treatment" not in legend(panel)


def test_marks_come_from_responses_progressions_and_events() -> None:
    responses = pd.DataFrame(
        {"patient_id": ["a", "b", "c"], "category": ["CR", "NR", "NE"], "month": [4.0, np.nan, np.nan]}
    )
    events = pd.DataFrame(
        {
            "patient_id": ["a", "b", "b"],
            "month": [9.0, 3.0, 8.0],
            "event": ["stem_cell_transplant", "next_treatment", "last_contact"],
        }
    )
    progressions = pd.DataFrame(
        {"patient_id": ["a", "b"], "category": ["progression", "none"], "month": [7.0, np.nan]}
    )
    found = swimmer_marks(responses, events, progressions)
    assert list(found.itertuples(index=False, name=None)) == [
        ("a", 4.0, "CR"),
        ("a", 7.0, "relapse"),
        ("a", 9.0, "transplant"),
        ("b", 3.0, "next treatment"),
    ]


def test_remissions_are_thick_from_the_end_of_treatment() -> None:
    frame = pd.DataFrame(
        {
            "patient_id": ["a", "b"],
            "start": [4.0, 5.0],
            "end": [30.0, 9.0],
            "off_from": [12.0, np.nan],
            "outcome": ["ongoing", "relapse"],
        }
    )
    panel = plots.remissions(frame)
    thick = [list(line.get_xdata()) for line in panel.axes[0].lines if line.get_linewidth() > 4]
    assert thick == [[12.0, 30.0], [9.0, 9.0]]
    assert [t.get_text() for t in panel.axes[0].texts] == [
        "26.0, off drug 18.0",
        "4.0, on drug",
        "months in remission",
    ]
    assert legend(panel) == ["on treatment", "off treatment", "in remission at last contact", "relapse"]


def test_paired_values_are_joined_and_written() -> None:
    frame = pd.DataFrame(
        {"patient_id": ["a", "b"], "before": [8.8, 2.0], "after": [0.14, 0.12], "outcome": ["resolved"] * 2}
    )
    panel = plots.paired(frame, y_label="Urine protein (g/24 h)", thresholds={0.5: "0.5 g"})
    pieces = np.array(panel.axes[0].lines[0].get_ydata()).reshape(-1, 3)[:, :2]
    assert pieces.tolist() == [[8.8, 0.14], [2.0, 0.12]]
    assert {"8.80", "2.00", "0.14", "0.12", "0.5 g"} == {text.get_text() for text in panel.axes[0].texts}
    assert panel.axes[0].get_yscale() == "log"
    assert "8.8 to 0.14 (resolved)" in panel.alt


def test_follow_up_marks_each_end_once(frames: Frames) -> None:
    frame = frames["follow_up"](43)
    panel = plots.follow_up(frame, medians={"Median": 20.0, "Reverse": float("nan")})
    counts = {line.get_label(): len(line.get_xdata()) for line in panel.axes[0].lines}
    died = int(frame["event"].sum())
    assert counts[f"died (n = {died})"] == died
    assert counts[f"alive at last contact (n = {43 - died})"] == 43 - died
    assert "Reverse" not in " ".join(legend(panel))


@pytest.mark.parametrize("event", [0, 1])
def test_everybody_dead_or_nobody(event: int, frames: Frames) -> None:
    lanes = frames["follow_up"](9).assign(event=event)
    panel = plots.swimmer(lanes, frames["treatments"](9), frames["marks"](0))
    assert ("death" in legend(panel)) == bool(event)
    assert ("alive, follow-up goes on" in legend(panel)) == (not event)
