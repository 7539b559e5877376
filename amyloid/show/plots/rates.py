"""Response rates as bars with exact limits, on each denominator."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from amyloid.show.plots.canvas import Panel, Width, beside, each, finish, percent_axis, start, words, wrap
from amyloid.show.plots.style import FAINT, SMALL_PT, house_style, in_order, looks
from amyloid.show.tables import text


@house_style
def response_bars(
    frame: pd.DataFrame, *, title: str = "", synthetic: bool | str = False, width: Width = "double"
) -> Panel:
    """Draw the share in each category as bars with exact limits, on each denominator.

    Parameters
    ----------
    frame : DataFrame
        `category, denominator, count, n, estimate, lower, upper`: `denominator` is its name
        ("evaluable"), `n` its size; shares of one.
    title : str
        What the figure shows.
    synthetic : bool
        Whether the data carry the synthetic stamp.
    width : "single" or "double"
        85 or 170 mm.

    Returns
    -------
    Panel
    """
    frame = frame[frame["n"] > 0]
    if frame.empty:
        return words("Nobody could be judged.", title=title, synthetic=synthetic, width=width)
    names = list(dict.fromkeys(frame["denominator"]))
    levels = list(dict.fromkeys(frame["category"]))
    levels = in_order(levels) if set(levels) <= {"CR", "VGPR", "PR", "MR", "NR", "NE"} else levels
    panel = start(title, width, 30 + 5.2 * len(levels) * len(names))
    ax = panel.add_subplot()
    drawn = looks(map(str, levels))
    thick = 0.8 / len(names)
    for row in each(frame):
        y = levels.index(row.category) + (names.index(row.denominator) - (len(names) - 1) / 2) * thick
        style = drawn[str(row.category)]
        ax.barh(
            y, row.estimate, height=thick * 0.86, color=style.color, hatch=style.hatch, edgecolor="#444444",
            alpha=1.0 if row.denominator == names[0] else 0.55,
        )  # fmt: skip
        ax.plot([row.lower, row.upper], [y, y], color="white", lw=2.6, zorder=3, solid_capstyle="butt")
        ax.plot([row.lower, row.upper], [y, y], color="black", lw=1.1, zorder=4, solid_capstyle="butt")
        words_of = _cell(row)
        beside(ax, y, words_of)
    top = float(np.nanmax(frame[["estimate", "upper"]].to_numpy(float)))
    ax.set(ylim=(len(levels) - 0.4, -0.6), xlim=(0, min(1.0, top * 1.05)), xlabel="Patients (%)")
    ax.set_yticks(range(len(levels)), [wrap(drawn[str(k)].words, 34, SMALL_PT) for k in levels])
    percent_axis(ax.xaxis)
    ax.tick_params(axis="y", length=0)
    for edge in range(1, len(levels)):
        ax.axhline(edge - 0.5, color=FAINT, lw=0.4, zorder=0)
    notes = ["Black line: exact confidence limits."]
    return finish(panel, frame, describe_response(frame), synthetic=synthetic, notes=notes)


def _cell(row: Any) -> str:
    limits = text.interval(row.lower, row.upper, digits=0, share=True)
    return f"{row.count:,}/{row.n:,} {row.denominator}: {text.percent(row.estimate)} ({limits})"


def describe_response(frame: pd.DataFrame) -> str:
    """Alt text of the response bars."""
    parts = [f"{row.category} {_cell(row)}" for row in each(frame)]
    return "Best response: " + "; ".join(parts) + "." if parts else "No response could be judged."
