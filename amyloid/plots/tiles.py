"""Two categories against each other as tiles: widths are the row totals, heights the shares."""

from __future__ import annotations

from typing import Any

import pandas as pd
from matplotlib.patches import Rectangle

from amyloid.plots.canvas import Panel, Width, each, finish, legend_of, percent_axis, start, words, wrap
from amyloid.plots.style import CHIP, INK, SMALL_PT, house_style, in_order, level_patches, looks


@house_style
def mosaic(
    frame: pd.DataFrame,
    *,
    title: str,
    x_label: str,
    y_label: str,
    synthetic: bool = False,
    width: Width = "double",
) -> Panel:
    """Draw a tile for each pair of levels.

    Parameters
    ----------
    frame : DataFrame
        `across, up, n`: the level on the x axis, the level stacked, how many patients. Optional `text`
        (written above the column, such as a share with its interval), the same in all rows of a column.
    title, x_label, y_label : str
        What the figure shows; the axes.
    synthetic : bool
        Whether the data carry the synthetic stamp.
    width : "single" or "double"
        85 or 170 mm.

    Returns
    -------
    Panel
    """
    total = int(frame["n"].sum()) if len(frame) else 0
    if total == 0:
        return words("No patient has both.", title=title, synthetic=synthetic, width=width)
    columns = [k for k in in_order(frame["across"]) if int(frame.loc[frame["across"] == k, "n"].sum())]
    levels = in_order(frame["up"])
    drawn = looks(levels)
    panel = start(title, width, 82)
    ax = panel.add_subplot()
    gap, left, centers = 0.02, 0.0, []
    for column in columns:
        own = frame[frame["across"] == column].set_index("up")["n"]
        size, bottom = int(own.sum()), 0.0
        wide = size / total
        for level in levels:
            n = int(own.get(level, 0))
            style = drawn[level]
            fill: dict[str, Any] = {
                "facecolor": style.color,
                "hatch": style.hatch,
                "edgecolor": INK,
                "lw": 0.5,
            }
            ax.add_patch(Rectangle((left, bottom), wide, n / size, **fill))
            if n / size >= 0.06:
                y = bottom + n / size / 2
                ax.text(left + wide / 2, y, f"{n:,}", ha="center", va="center", fontsize=SMALL_PT, bbox=CHIP)
            bottom += n / size
        centers.append(left + wide / 2)
        left += wide + gap
    room = (140 if width == "double" else 60) / len(columns)
    names = [
        f"{looks([k])[k].words.split(',')[0]}\nn = {int(frame.loc[frame['across'] == k, 'n'].sum()):,}"
        for k in columns
    ]
    ax.set_xticks(centers, [wrap(name, room, SMALL_PT) for name in names])
    if "text" in frame:
        texts = frame.drop_duplicates("across").set_index("across")["text"]
        for place, key in zip(centers, columns, strict=True):
            ax.text(
                place,
                1.02,
                wrap(str(texts[key]), room, SMALL_PT),
                ha="center",
                va="bottom",
                fontsize=SMALL_PT,
            )
    ax.set(xlim=(-0.01, left - gap + 0.01), ylim=(0, 1), xlabel=x_label, ylabel=f"{y_label} (%)")
    percent_axis(ax.yaxis)
    ax.tick_params(axis="x", length=0)
    ax.spines["bottom"].set_visible(False)
    legend_of(panel, level_patches(drawn))
    return finish(panel, frame, describe_mosaic(frame, x_label, y_label), synthetic=synthetic)


def describe_mosaic(frame: pd.DataFrame, across: str, up: str) -> str:
    """Alt text of the tiles."""
    parts = []
    for column in in_order(frame["across"]) if len(frame) else []:
        own = frame[frame["across"] == column]
        parts.append(f"{column}: " + ", ".join(f"{r.up} {int(r.n)}" for r in each(own)))
    return f"{across} against {up}. " + "; ".join(parts) + "." if parts else "No patient has both."
