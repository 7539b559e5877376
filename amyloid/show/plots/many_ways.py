"""Specification figure: one estimate per way of doing the analysis, and the choices behind each."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from amyloid.show.plots.canvas import Panel, Width, finish, percent_axis, start, words
from amyloid.show.plots.sampling import ROW_LIMIT, evenly, part_of
from amyloid.show.plots.style import FAINT, LINES, MUTED, house_style
from amyloid.show.tables import text


@house_style
def specification(
    frame: pd.DataFrame,
    *,
    title: str = "",
    y_label: str,
    choices: Sequence[str] = (),
    percent: bool = False,
    synthetic: bool | str = False,
    width: Width = "double",
) -> Panel:
    """Draw the estimates in rising order over a grid of the choices that gave them.

    Parameters
    ----------
    frame : DataFrame
        `estimate, lower, upper, default` (true for the analysis of the paper) and one column per choice.
    title, y_label : str
        What the figure shows; the axis with its unit.
    choices : sequence of str
        Columns of choices, such as criteria and confirmation.
    percent : bool
        Estimates are shares of one, shown in percent.
    synthetic : bool
        Whether the data carry the synthetic stamp.
    width : "single" or "double"
        85 or 170 mm.

    Returns
    -------
    Panel
    """
    known = frame[frame["estimate"].notna()]
    if known.empty:
        return words(
            "No way of doing this analysis gave an estimate.", title=title, synthetic=synthetic, width=width
        )
    order = known.sort_values("estimate", kind="stable")
    part = evenly(order, ROW_LIMIT)
    part = order[order.index.isin(part.index) | order["default"].astype(bool)].reset_index(drop=True)
    levels = [(c, str(level)) for c in choices for level in dict.fromkeys(part[c].astype(str))]
    panel = start(title, width, 62 + 3.9 * (len(levels) + len(choices)))
    if levels:
        ax, below = panel.subplots(2, 1, sharex=True, height_ratios=[46, 3.9 * (len(levels) + len(choices))])
        _choices(below, part, levels)
    else:
        ax = panel.add_subplot()
        ax.set_xticks([])
    _estimates(ax, part)
    ax.set_ylabel(y_label)
    if percent:
        percent_axis(ax.yaxis)
    notes = [f"Estimates in rising order (n = {len(part):,}). Filled diamond and gray band: the default."]
    said = part_of(len(part), len(order), "analyses")
    alt = describe_specification(frame, y_label, percent=percent)
    return finish(panel, part, alt, synthetic=synthetic, notes=notes, part=said)


def _estimates(ax: Axes, part: pd.DataFrame) -> None:
    color = LINES[0][0]
    default = part["default"].to_numpy(bool)
    ax.vlines(
        part.index, part["lower"], part["upper"], color=np.where(default, color, "#8fa6ba"), lw=0.9, zorder=2
    )
    ax.plot(
        part.index[~default],
        part["estimate"][~default],
        ls="",
        marker="o",
        ms=3.2,
        mfc="white",
        mec=color,
        mew=0.8,
    )
    ax.plot(part.index[default], part["estimate"][default], ls="", marker="D", ms=5, color=color, zorder=4)
    for value in part["estimate"][default]:
        ax.axhline(value, color=MUTED, lw=0.6, ls=(0, (3, 2)), zorder=1)
    ax.set_xlim(-0.8, len(part) - 0.2)
    ax.tick_params(axis="x", length=0, labelbottom=False)
    ax.spines["bottom"].set_visible(False)


def _choices(ax: Axes, part: pd.DataFrame, levels: Sequence[tuple[str, str]]) -> None:
    rows: list[tuple[str, str | None]] = []
    for column, choice in levels:
        if not rows or (column, None) not in rows:
            rows.append((column, None))
        rows.append((column, choice))
    for place, (column, level) in enumerate(rows):
        if level is None:
            continue
        own = part.index[part[column].astype(str) == level]
        ax.plot(part.index, [place] * len(part), ls="", marker=".", ms=1.5, color=FAINT, mew=0)
        ax.plot(own, [place] * len(own), ls="", marker="s", ms=2.8, color=LINES[0][0], mew=0)
    for place in part.index[part["default"].to_numpy(bool)]:
        ax.axvspan(place - 0.4, place + 0.4, color="#e4e4e0", lw=0, zorder=0)
    ax.set(ylim=(len(rows) - 0.5, -0.6), xticks=[])
    ax.set_yticks(
        range(len(rows)), [column.replace("_", " ") if level is None else level for column, level in rows]
    )
    for tick, (_, level) in zip(ax.get_yticklabels(), rows, strict=True):
        tick.set_fontweight("bold" if level is None else "normal")
    ax.tick_params(axis="both", length=0)
    ax.spines[["left", "bottom"]].set_visible(False)


def describe_specification(frame: pd.DataFrame, what: str, *, percent: bool = False) -> str:
    """Alt text of the specification figure."""
    known = frame[frame["estimate"].notna()]
    if known.empty:
        return "No way of doing this analysis gave an estimate."

    def number(value: float) -> str:
        return text.percent(value) if percent else f"{value:.3g}"

    low, high = float(known["estimate"].min()), float(known["estimate"].max())
    default = known[known["default"].astype(bool)]["estimate"]
    said = f"{len(known)} analyses, {what}: estimates from {number(low)} to {number(high)}"
    return said + (f"; the default gives {number(float(default.iloc[0]))}." if len(default) else ".")
