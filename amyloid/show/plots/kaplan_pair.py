"""Two sets of Kaplan-Meier curves side by side, such as the naive comparison and the landmark."""

from __future__ import annotations

import pandas as pd

from amyloid.show.plots.canvas import Panel, finish, start, words
from amyloid.show.plots.kaplan import (
    HEIGHTS,
    censor_ticks,
    curve_axis,
    curve_ends,
    describe_survival,
    draw_curves,
    group_names,
)
from amyloid.show.plots.risk_table import label_ends, risk_rows, risk_table
from amyloid.show.plots.sampling import steps_of, visible_steps
from amyloid.show.plots.style import MUTED, house_style


@house_style
def survival_pair(
    left: pd.DataFrame,
    right: pd.DataFrame,
    *,
    title: str = "",
    left_title: str,
    right_title: str,
    left_x_label: str = "Months from first dose",
    right_x_label: str = "Months from landmark",
    y_label: str = "Alive",
    few: int = 10,
    synthetic: bool | str = False,
) -> Panel:
    """Draw two sets of curves side by side, such as the naive comparison and the landmark.

    Parameters
    ----------
    left, right : DataFrame
        As in `survival`.
    title, left_title, right_title, left_x_label, right_x_label, y_label : str
        Titles and axes.
    few : int
        The line turns gray where fewer than this many are at risk.
    synthetic : bool
        Whether the data carry the synthetic stamp.

    Returns
    -------
    Panel
        Always 170 mm wide.
    """
    if not group_names(left) and not group_names(right):
        return words(
            "Nobody was followed, so there is no curve.", title=title, synthetic=synthetic, width="double"
        )
    rows = risk_rows(max(len(group_names(left)), len(group_names(right))))
    panel = start(title, "double", 78 + 4.2 * rows)
    axes = panel.subplots(2, 2, sharex="col", height_ratios=[58, 4.2 * rows])
    notes: list[str] = []
    drawn: list[pd.DataFrame] = []
    sides = ((left, left_title, left_x_label), (right, right_title, right_x_label))
    for place, (curve, heading, x_label) in enumerate(sides):
        ax, below = axes[0, place], axes[1, place]
        ax.set_title(heading)
        below.set_xlabel(x_label)
        if not group_names(curve):
            ax.text(0.5, 0.5, "Nobody enters here.", transform=ax.transAxes, ha="center", color=MUTED)
            ax.set_axis_off()
            below.set_axis_off()
            continue
        drawn.append(visible_steps(curve, ["group"], HEIGHTS).assign(panel=heading))
        found = draw_curves(ax, drawn[-1], few, ticks=censor_ticks(curve))
        notes += [note for note in found if note not in notes]
        curve_axis(ax, curve, y_label if place == 0 else "")
        label_ends(ax, curve_ends(curve))
        risk_table(below, curve, ax.get_xticks(), room_mm=42.0)
    plotted = pd.concat(drawn, ignore_index=True)
    part = steps_of(len(plotted), len(left) + len(right))
    alt = f"{left_title}. {describe_survival(left)} {right_title}. {describe_survival(right)}"
    return finish(panel, plotted, alt, synthetic=synthetic, notes=notes, part=part)
