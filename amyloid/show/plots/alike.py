"""How alike two groups are: the standardized difference of each trait, before and after weighting."""

from __future__ import annotations

import numpy as np
import pandas as pd

from amyloid.show.plots.canvas import Panel, Width, each, finish, legend_of, start, words, wrap
from amyloid.show.plots.style import FAINT, LINES, MUTED, SMALL_PT, house_style

_MARKERS = "oD^sv"
ALIKE = 0.1
"""A smaller difference than this is usually called balanced."""


@house_style
def balance(
    frame: pd.DataFrame,
    *,
    title: str = "",
    x_label: str,
    synthetic: bool | str = False,
    width: Width = "double",
) -> Panel:
    """Draw the standardized difference of each trait, a marker for each series.

    Parameters
    ----------
    frame : DataFrame
        `trait, series, difference`; the series are groups, or before and after weighting. A missing
        difference is not drawn, an infinite one stands at the edge.
    title, x_label : str
        What the figure shows; the axis, with its direction.
    synthetic : bool
        Whether the data carry the synthetic stamp.
    width : "single" or "double"
        85 or 170 mm.

    Returns
    -------
    Panel
    """
    known = frame[frame["difference"].notna()]
    if known.empty:
        return words("No trait could be compared.", title=title, synthetic=synthetic, width=width)
    traits, series = list(dict.fromkeys(known["trait"])), list(dict.fromkeys(known["series"]))
    panel = start(title, width, 28 + 4.6 * len(traits) + 5 * (len(series) > 1))
    ax = panel.add_subplot()
    finite = known["difference"][np.isfinite(known["difference"])].abs()
    edge = 1.12 * max(float(finite.max()) if len(finite) else 0.0, 3 * ALIKE)
    ax.axvspan(-ALIKE, ALIKE, color=FAINT, alpha=0.3, lw=0, zorder=0)
    ax.axvline(0, color=MUTED, lw=0.7, ls=(0, (3, 2)), zorder=1)
    handles = []
    for place, name in enumerate(series):
        rows = known[known["series"] == name]
        at, color = [traits.index(trait) for trait in rows["trait"]], LINES[place % len(LINES)][0]
        (drawn,) = ax.plot(
            rows["difference"].clip(-edge, edge), at, ls="", marker=_MARKERS[place % len(_MARKERS)], ms=5,
            color=color, mfc="white" if place else color, label=str(name), clip_on=False, zorder=3,
        )  # fmt: skip
        handles.append(drawn)
    ax.set(xlim=(-edge, edge), ylim=(len(traits) - 0.4, -0.6), xlabel=x_label)
    ax.set_yticks(range(len(traits)), [wrap(str(trait), 60, SMALL_PT) for trait in traits])
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    if len(series) > 1:
        legend_of(panel, handles)
    notes = [f"Gray band: less than {ALIKE:g} of a standard deviation."]
    return finish(panel, known, describe_balance(known), synthetic=synthetic, notes=notes)


def describe_balance(frame: pd.DataFrame) -> str:
    """Alt text of the differences."""
    parts = [f"{row.trait} {row.difference:+.2f} ({row.series})" for row in each(frame)]
    return "Standardized differences: " + "; ".join(parts) + "." if parts else "No trait could be compared."
