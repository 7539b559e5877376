"""Follow-up: how long each patient was seen, and how it ended."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from amyloid.show.plots.canvas import Panel, Width, finish, legend_of, month_ticks, people, start, words
from amyloid.show.plots.sampling import ROW_LIMIT, evenly, part_of
from amyloid.show.plots.style import LINES, MUTED, house_style
from amyloid.show.tables import text


@house_style
def follow_up(
    frame: pd.DataFrame,
    *,
    title: str = "",
    medians: Mapping[str, float] | None = None,
    x_label: str = "Months from first dose",
    synthetic: bool | str = False,
    width: Width = "single",
) -> Panel:
    """Draw a line per patient from time zero to the last contact or death.

    Parameters
    ----------
    frame : DataFrame
        `patient_id, months, event`: event 1 is death.
    title, x_label : str
        What the figure shows; the axis with its unit.
    medians : Mapping, optional
        Words to a month at which a vertical line stands, such as the reverse Kaplan-Meier median.
    synthetic : bool
        Whether the data carry the synthetic stamp.
    width : "single" or "double"
        85 or 170 mm.

    Returns
    -------
    Panel
    """
    known = frame[frame["months"].notna()]
    if known.empty:
        return words("Nobody was followed.", title=title, synthetic=synthetic, width=width)
    order = known.assign(patient_id=known["patient_id"].astype(str))
    order = order.sort_values(["months", "patient_id"], ascending=[False, True], kind="stable")
    part = evenly(order, ROW_LIMIT).reset_index(drop=True)
    panel = start(title, width, 34 + max(18.0, min(1.35 * len(part), 75)))
    ax = panel.add_subplot()
    died = part["event"] == 1
    ax.hlines(part.index, 0, part["months"], color="#9fb8c9", lw=0.8, zorder=1)
    deaths, whole = LINES[1][0], order["event"] == 1
    for rows, n, marker, face, edge, end in (
        (died, int(whole.sum()), "s", deaths, deaths, "died"),
        (~died, int((~whole).sum()), "o", "white", LINES[0][0], "alive at last contact"),
    ):
        if rows.any():
            look: dict[str, Any] = {
                "marker": marker,
                "ms": 3,
                "mfc": face,
                "mec": edge,
                "mew": 0.8,
                "label": f"{end} (n = {n:,})",
            }
            ax.plot(part["months"][rows], part.index[rows], ls="", zorder=3, clip_on=False, **look)
    for place, (name, month) in enumerate((medians or {}).items()):
        if pd.notna(month):
            ax.axvline(
                month,
                color=MUTED,
                lw=0.8,
                ls=("--", ":", "-.")[place % 3],
                zorder=0,
                label=f"{name} {text.number(month)}",
            )
    longest = max(float(part["months"].max()), 1.0)
    ax.set(
        xlim=(0, longest * 1.03), ylim=(len(part) - 0.3, -0.7), xlabel=x_label, yticks=[], ylabel="Patients"
    )
    ax.set_xticks(month_ticks(longest))
    ax.spines["left"].set_visible(False)
    legend_of(panel, ax.get_legend_handles_labels()[0])
    said = part_of(len(part), len(order), how="evenly spaced by length")
    return finish(panel, part, describe_follow_up(frame, medians), synthetic=synthetic, part=said)


def describe_follow_up(frame: pd.DataFrame, medians: Mapping[str, float] | None = None) -> str:
    """Alt text of the follow-up figure."""
    months = frame["months"].dropna().astype(float)
    if months.empty:
        return "Nobody was followed."
    said = f"Follow-up of {people(len(months))}, {text.number(months.min())} to {text.months(months.max())}, "
    said += f"{int((frame['event'] == 1).sum()):,} died."
    listed = [f"{name} {text.months(value)}" for name, value in (medians or {}).items() if pd.notna(value)]
    return said + (f" {'; '.join(listed)}." if listed else "")
