"""Two categories against each other as tiles: widths are the row totals, heights the shares."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from amyloid.show.plots.canvas import (
    Panel,
    Width,
    each,
    finish,
    in_percent,
    legend_of,
    percent_axis,
    start,
    words,
    wrap,
)
from amyloid.show.plots.style import CHIP, INK, SMALL_PT, Look, house_style, in_order, level_patches, looks

_GAP, _NARROWEST = 0.02, 0.08


@house_style
def mosaic(
    frame: pd.DataFrame,
    *,
    title: str = "",
    x_label: str,
    y_label: str,
    synthetic: bool | str = False,
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
    sizes = frame.groupby("across", sort=False, observed=True)["n"].sum()
    columns = [name for name in in_order(frame["across"]) if sizes[name]]
    drawn = looks(in_order(frame["up"]))
    panel = start(title, width, 82)
    ax = panel.add_subplot()
    wide = {name: max(int(sizes[name]) / total, _NARROWEST) for name in columns}
    sheet = (148 if width == "double" else 64) / sum(wide.values())
    left = 0.0
    centers = []
    for name in columns:
        _column(ax, frame[frame["across"] == name], left, wide[name], drawn)
        centers.append(left + wide[name] / 2)
        left += wide[name] + _GAP
    heads = {name: f"{looks([name])[name].words.split(',')[0]}\nn = {int(sizes[name]):,}" for name in columns}
    ax.set_xticks(centers, [wrap(heads[name], sheet * wide[name], SMALL_PT) for name in columns])
    if "text" in frame:
        texts = frame.drop_duplicates("across").set_index("across")["text"]
        for place, name in zip(centers, columns, strict=True):
            said = wrap(str(texts[name]), sheet * wide[name], SMALL_PT)
            ax.text(place, 1.02, said, ha="center", va="bottom", fontsize=SMALL_PT)
    ax.set(xlim=(-0.01, left - _GAP + 0.01), ylim=(0, 1), xlabel=x_label, ylabel=in_percent(y_label))
    percent_axis(ax.yaxis)
    ax.tick_params(axis="x", length=0)
    ax.spines["bottom"].set_visible(False)
    legend_of(panel, level_patches(drawn))
    narrow = any(int(sizes[name]) / total < _NARROWEST for name in columns)
    notes = ["Widths follow the numbers, but no column is narrower than its label."] if narrow else []
    alt = describe_mosaic(frame, x_label, y_label)
    return finish(panel, frame, alt, synthetic=synthetic, notes=notes)


def _column(ax: Axes, own: pd.DataFrame, left: float, wide: float, drawn: Mapping[str, Look]) -> None:
    counts = own.set_index("up")["n"]
    size, bottom = int(counts.sum()), 0.0
    for level, style in drawn.items():
        n = int(counts.get(level, 0))
        fill: dict[str, Any] = {"facecolor": style.color, "hatch": style.hatch, "edgecolor": INK, "lw": 0.5}
        ax.add_patch(Rectangle((left, bottom), wide, n / size, **fill))
        if n / size >= 0.06:
            y = bottom + n / size / 2
            ax.text(left + wide / 2, y, f"{n:,}", ha="center", va="center", fontsize=SMALL_PT, bbox=CHIP)
        bottom += n / size


def describe_mosaic(frame: pd.DataFrame, across: str, up: str) -> str:
    """Alt text of the tiles."""
    parts = []
    for column in in_order(frame["across"]) if len(frame) else []:
        own = frame[frame["across"] == column]
        parts.append(f"{column}: " + ", ".join(f"{r.up} {int(r.n):,}" for r in each(own)))
    return f"{across} against {up}. " + "; ".join(parts) + "." if parts else "No patient has both."
