"""How far each number moves over many cohorts: pinned ones, carried ones, and one cohort marked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from amyloid.show.plots.canvas import (
    Panel,
    Width,
    beside,
    each,
    finish,
    legend_of,
    log_axis,
    month_ticks,
    start,
    words,
)
from amyloid.show.plots.style import INK, LINES, MUTED, house_style

_ROW_MM, _AXIS_MM, _REST_MM = 4.7, 13.0, 22.0
_BLUE, _MARK = LINES[0][0], LINES[1][0]
_MARKS: dict[str, dict[str, Any]] = {
    "the same in every cohort": {"marker": "s", "ms": 5.5, "ls": "", "color": INK},
    "lowest to highest": {"lw": 1.0, "color": "#8fa6ba"},
    "the middle nine tenths": {"lw": 4.0, "color": "#93bfd9", "solid_capstyle": "butt"},
    "median": {"marker": "|", "ms": 8, "mew": 1.6, "ls": "", "color": _BLUE},
    "the embedded cohort": {"marker": "D", "ms": 4, "ls": "", "mfc": "white", "mec": _MARK, "mew": 1.1},
}


@house_style
def ranges(
    frame: pd.DataFrame,
    *,
    title: str = "",
    log: Sequence[str] = (),
    synthetic: bool | str = False,
    width: Width = "double",
) -> Panel:
    """Draw a row for each number: its range, or a square where every cohort has the same value.

    Parameters
    ----------
    frame : DataFrame
        `group` (the axis: ``Months``, words that end in ``(%)``, or one of `log`; rows of a group are
        neighbors), `label`, `lowest, p5, median, p95, highest` (missing: beyond every value, drawn as an
        arrow), `pinned`, `marked` (the value of the cohort that is marked), `text` (written at the right).
    title : str
        What the figure shows.
    log : sequence of str
        Groups of ratios.
    synthetic : bool
        Whether the data carry the synthetic stamp.
    width : "single" or "double"
        85 or 170 mm.

    Returns
    -------
    Panel
    """
    if frame.empty:
        return words("No number was summarized.", title=title, synthetic=synthetic, width=width)
    groups = list(dict.fromkeys(frame["group"]))
    rows = [int((frame["group"] == group).sum()) for group in groups]
    panel = start(title, width, _REST_MM + _AXIS_MM * len(groups) + _ROW_MM * sum(rows))
    axes = panel.subplots(len(groups), 1, height_ratios=rows, squeeze=False)[:, 0]
    for ax, group in zip(axes, groups, strict=True):
        _group(ax, frame[frame["group"] == group], group, group in log)
    handles = [Line2D([], [], label=name, **marks) for name, marks in _MARKS.items()]
    legend_of(panel, handles, most=len(handles))
    return finish(panel, frame, describe_ranges(frame), synthetic=synthetic)


def _group(ax: Axes, rows: pd.DataFrame, name: str, log: bool) -> None:
    low, high = _limits(rows, log)
    ax.set(ylim=(len(rows) - 0.4, -0.6), xlim=(low, high), xlabel=name)
    if log:
        ax.set_xscale("log")
        log_axis(ax.xaxis, low, high)
        ax.axvline(1.0, color=MUTED, lw=0.7, ls=(0, (3, 2)), zorder=1)
    elif not name.endswith("(%)"):
        ax.set_xticks(month_ticks(high))
    for place, row in enumerate(each(rows)):
        ax.axhline(place, color="#ececec", lw=0.5, zorder=0)
        _row(ax, place, row, high)
        beside(ax, place, row.text, bold=bool(row.pinned))
    ax.set_yticks(range(len(rows)), rows["label"])
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    for tick, pinned in zip(ax.get_yticklabels(), rows["pinned"], strict=True):
        tick.set_fontweight("bold" if pinned else "normal")


def _limits(rows: pd.DataFrame, log: bool) -> tuple[float, float]:
    values = rows[["lowest", "p5", "median", "p95", "highest", "marked"]].to_numpy(float).ravel()
    values = values[np.isfinite(values)]
    if log:
        values = np.clip(values[values > 0], 0.01, 100.0)
        return float(min(values.min(), 1.0) / 1.3), float(max(values.max(), 1.0) * 1.3)
    return 0.0, 100.0 if rows["group"].str.endswith("(%)").all() else 1.05 * float(values.max())


def _row(ax: Axes, place: int, row: Any, high: float) -> None:
    if row.pinned:
        ax.plot(row.median, place, clip_on=False, zorder=3, **_MARKS["the same in every cohort"])
        return
    ends = [(row.lowest, row.highest, "lowest to highest"), (row.p5, row.p95, "the middle nine tenths")]
    for lower, upper, name in ends:
        if np.isfinite(lower):
            ax.plot([lower, upper if np.isfinite(upper) else high], [place] * 2, zorder=2, **_MARKS[name])
    if not np.isfinite(row.highest):
        ax.plot(high, place, marker=">", ms=4, color=_BLUE, clip_on=False, zorder=3)
    if np.isfinite(row.median):
        ax.plot(row.median, place, zorder=3, **_MARKS["median"])
    if np.isfinite(row.marked):
        ax.plot(row.marked, place, clip_on=False, zorder=4, **_MARKS["the embedded cohort"])


def describe_ranges(frame: pd.DataFrame) -> str:
    """Alt text: the pinned numbers, then the range of each of the others."""
    pinned, moved = frame[frame["pinned"]], frame[~frame["pinned"]]
    parts = [f"{row.label} ({row.group}): {row.text}" for row in each(pd.concat([pinned, moved]))]
    return f"{len(pinned)} of {len(frame)} numbers are the same in every cohort. " + "; ".join(parts) + "."
