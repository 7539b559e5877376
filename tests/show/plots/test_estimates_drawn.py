"""Estimates with intervals: forests."""

import numpy as np
import pandas as pd

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


def test_without_a_text_the_estimate_stands_at_the_right() -> None:
    ax = plots.forest(ROWS.drop(columns="text"), x_label="Hazard ratio", log=True).axes[0]
    assert "0.55 (0.20 to 1.60)" in [text.get_text() for text in ax.texts]
    shares = plots.forest(ROWS.drop(columns="text"), x_label="Alive (%)", percent=True).axes[0]
    assert "55% (20% to 160%)" in [text.get_text() for text in shares.texts]
