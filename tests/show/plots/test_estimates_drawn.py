"""Estimates with intervals: forests and specification figures."""

import numpy as np
import pandas as pd
from matplotlib.colors import to_hex

from amyloid.show import plots

ROWS = pd.DataFrame(
    {
        "label": ["Naive", "Landmark", "Time-dependent", "Stage III"],
        "group": ["Response"] * 3 + ["Stage"],
        "estimate": [0.31, 0.55, 0.6, np.nan],
        "lower": [0.12, 0.2, 0.0, np.nan],
        "upper": [0.8, 1.6, np.inf, np.nan],
        "text": ["0.31 (0.12 to 0.80)", "", None, ""],
        "marked": [False, True, False, False],
    }
)


def test_points_and_intervals_stand_where_they_should() -> None:
    ax = plots.forest(ROWS, x_label="Hazard ratio", log=True, reference=1.0).axes[0]
    points = [float(line.get_xdata()[0]) for line in ax.lines if line.get_marker() == "s"]
    assert points == [0.31, 0.55, 0.6]
    spans = [
        tuple(line.get_xdata())
        for line in ax.lines
        if line.get_marker() == "None" and len(line.get_xdata()) == 2
    ]
    assert (0.12, 0.8) in spans
    assert (0.2, 1.6) in spans


def test_an_open_limit_is_an_arrow_and_no_estimate_is_words() -> None:
    ax = plots.forest(ROWS, x_label="Hazard ratio", log=True).axes[0]
    assert [line.get_marker() for line in ax.lines if line.get_marker() in "<>"] == ["<", ">"]
    assert "not estimable" in [text.get_text() for text in ax.texts]


def test_headings_and_the_marked_row_are_bold() -> None:
    ax = plots.forest(ROWS, x_label="Hazard ratio", log=True).axes[0]
    bold = [label.get_text() for label in ax.get_yticklabels() if label.get_fontweight() == "bold"]
    assert bold == ["Response", "Landmark", "Stage"]


def test_missing_limits_and_ratios_are_told_in_the_alt_text() -> None:
    alt = plots.forest(ROWS, x_label="Hazard ratio", log=True).alt
    assert "Naive 0.31 (0.12 to 0.8)" in alt
    assert "Stage III not estimable" in alt


def test_all_missing_leaves_words() -> None:
    panel = plots.forest(ROWS.assign(estimate=np.nan), x_label="Hazard ratio")
    assert panel.words == "Nothing could be estimated."


def test_the_default_analysis_is_the_filled_diamond() -> None:
    frame = pd.DataFrame(
        {
            "estimate": [0.6, 0.4, 0.5],
            "lower": [0.5, 0.3, 0.4],
            "upper": [0.7, 0.5, 0.6],
            "default": [False, False, True],
            "criteria": ["a", "b", "c"],
        }
    )
    panel = plots.specification(frame, y_label="Rate (%)", choices=["criteria"], percent=True)
    (diamond,) = [line for line in panel.axes[0].lines if line.get_marker() == "D"]
    assert (diamond.get_xdata().tolist(), diamond.get_ydata().tolist()) == ([1], [0.5])
    assert panel.plotted["estimate"].tolist() == [0.4, 0.5, 0.6]
    rows = [label.get_text() for label in panel.axes[1].get_yticklabels()]
    assert rows == ["criteria", "b", "c", "a"]
    assert "from 40% to 60%; the default gives 50%" in panel.alt


def test_the_default_survives_thinning() -> None:
    size = 1000
    frame = pd.DataFrame(
        {"estimate": np.linspace(0, 1, size), "lower": 0.0, "upper": 1.0, "default": np.arange(size) == 501}
    )
    panel = plots.specification(frame, y_label="Rate")
    assert panel.plotted["default"].sum() == 1
    diamond = next(line for line in panel.axes[0].lines if line.get_marker() == "D")
    assert to_hex(diamond.get_color()) == "#10375c"


def test_without_a_text_the_estimate_stands_at_the_right() -> None:
    ax = plots.forest(ROWS.drop(columns="text"), x_label="Hazard ratio", log=True).axes[0]
    assert "0.55 (0.20 to 1.60)" in [text.get_text() for text in ax.texts]
    shares = plots.forest(ROWS.drop(columns="text"), x_label="Alive (%)", percent=True).axes[0]
    assert "55% (20% to 160%)" in [text.get_text() for text in shares.texts]
