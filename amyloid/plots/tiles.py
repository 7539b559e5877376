"""Two categories against each other as tiles: widths are the row totals, heights the shares."""

from __future__ import annotations

import pandas as pd
from matplotlib.patches import Rectangle
from matplotlib.ticker import PercentFormatter

from amyloid.plots.style import (
    INK,
    SMALL_PT,
    Panel,
    Width,
    finish,
    house_style,
    in_order,
    legend_of,
    look,
    start,
    words,
    wrap,
)


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
    panel = start(title, width, 82)
    ax = panel.add_subplot()
    gap, left, centers = 0.02, 0.0, []
    for column in columns:
        own = frame[frame["across"] == column].set_index("up")["n"]
        size, bottom = int(own.sum()), 0.0
        wide = size / total
        for level in levels:
            n = int(own.get(level, 0))
            style = look(str(level))
            ax.add_patch(Rectangle((left, bottom), wide, n / size, facecolor=style.color, hatch=style.hatch,
                                   edgecolor=INK, lw=0.5))  # fmt: skip
            if n / size >= 0.06:
                ax.text(left + wide / 2, bottom + n / size / 2, f"{n:,}", ha="center", va="center", fontsize=SMALL_PT,
                        bbox={"boxstyle": "round,pad=0.2", "facecolor": "white", "edgecolor": "none"})  # fmt: skip
            bottom += n / size
        centers.append(left + wide / 2)
        left += wide + gap
    room = (140 if width == "double" else 60) / len(columns)
    names = [
        f"{look(str(k)).words.split(',')[0]}\nn = {int(frame.loc[frame['across'] == k, 'n'].sum()):,}"
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
    ax.yaxis.set_major_formatter(PercentFormatter(1.0, symbol=""))
    ax.tick_params(axis="x", length=0)
    ax.spines["bottom"].set_visible(False)
    handles = [Rectangle((0, 0), 1, 1, facecolor=look(str(k)).color, hatch=look(str(k)).hatch, edgecolor=INK, lw=0.5,
                         label=look(str(k)).words) for k in levels]  # fmt: skip
    legend_of(panel, handles)
    return finish(panel, frame, describe_mosaic(frame, x_label, y_label), synthetic=synthetic)


def describe_mosaic(frame: pd.DataFrame, across: str, up: str) -> str:
    """Alt text of the tiles."""
    parts = []
    for column in in_order(frame["across"]) if len(frame) else []:
        own = frame[frame["across"] == column]
        parts.append(f"{column}: " + ", ".join(f"{r.up} {int(r.n)}" for r in own.itertuples()))
    return f"{across} against {up}. " + "; ".join(parts) + "." if parts else "No patient has both."
