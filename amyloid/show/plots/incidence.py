"""Cumulative incidence with competing causes, direct labels and the number at risk below."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from amyloid.show.plots.canvas import (
    WIDTH_MM,
    Panel,
    Width,
    finish,
    in_percent,
    month_ticks,
    percent_axis,
    start,
    words,
)
from amyloid.show.plots.kaplan import limits_words
from amyloid.show.plots.risk_table import label_ends, risk_rows, risk_table
from amyloid.show.plots.sampling import steps_of, visible_steps
from amyloid.show.plots.style import LINES, house_style
from amyloid.show.tables import text


@house_style
def cumulative_incidence(
    curve: pd.DataFrame,
    *,
    title: str = "",
    causes: Mapping[int, str],
    x_label: str = "Months from first dose",
    y_label: str = "Cumulative incidence",
    synthetic: bool | str = False,
    width: Width = "double",
) -> Panel:
    """Draw one line per cause (one group) or per group and cause.

    Parameters
    ----------
    curve : DataFrame
        `group, cause, time, at_risk, incidence, lower, upper`, times in months.
    title, x_label, y_label : str
        What the figure shows; the axes. The y axis is in percent.
    causes : Mapping
        Which causes are drawn, in order, and their names.
    synthetic : bool
        Whether the data carry the synthetic stamp.
    width : "single" or "double"
        85 or 170 mm.

    Returns
    -------
    Panel
    """
    drawn = curve[curve["cause"].isin(list(causes))]
    if drawn.empty:
        return words(
            "Nobody was at risk, so there is no curve.", title=title, synthetic=synthetic, width=width
        )
    longest = max(float(drawn["time"].max()), 1.0)
    top = min(1.03, 1.08 * float(np.nanmax([drawn["incidence"].max(), drawn["upper"].max(), 0.1])))
    seen = visible_steps(drawn, ["group", "cause"], dict.fromkeys(("incidence", "lower", "upper"), top))
    lines = _lines(seen, causes)
    risk = at_risk(drawn)
    rows = risk_rows(risk["group"].nunique(), ("at_risk",))
    panel = start(title, width, 68 + 4 * rows)
    ax, below = panel.subplots(2, 1, sharex=True, height_ratios=[60, 4 * rows])
    for place, (name, part) in enumerate(lines.items()):
        _draw(ax, name, part, place)
    ax.set(xlim=(0, longest * 1.02), ylim=(0, top), ylabel=in_percent(y_label))
    ax.set_xticks(month_ticks(longest))
    percent_axis(ax.yaxis)
    ax.tick_params(axis="x", labelbottom=False)
    ends = [
        (name, float(part["time"].iloc[-1]), float(part["incidence"].iloc[-1]))
        for name, part in lines.items()
    ]
    label_ends(ax, ends)
    risk_table(below, risk, ax.get_xticks(), ("at_risk",), room_mm=WIDTH_MM[width] - 50)
    below.set_xlabel(x_label)
    said = steps_of(len(seen), len(drawn))
    alt = describe_incidence(drawn, causes)
    return finish(panel, seen, alt, synthetic=synthetic, notes=[limits_words(curve)], part=said)


def _lines(drawn: pd.DataFrame, causes: Mapping[int, str]) -> dict[str, pd.DataFrame]:
    groups = list(dict.fromkeys(drawn["group"].fillna("").astype(str)))
    found: dict[str, pd.DataFrame] = {}
    for group in groups:
        for cause, name in causes.items():
            part = drawn[(drawn["group"].fillna("").astype(str) == group) & (drawn["cause"] == cause)]
            if len(part):
                found[name if len(groups) == 1 else (group if len(causes) == 1 else f"{name}, {group}")] = (
                    part
                )
    return found


def at_risk(drawn: pd.DataFrame) -> pd.DataFrame:
    """Number at risk by group and time, once per time, the groups in the order of the curves."""
    return drawn.drop_duplicates(["group", "time"])


def _draw(ax: Axes, name: str, part: pd.DataFrame, place: int) -> None:
    color, dashes = LINES[place % len(LINES)]
    time = np.r_[0.0, part["time"].to_numpy(float)]
    height = np.r_[0.0, part["incidence"].to_numpy(float)]
    lower, upper = (np.r_[0.0, part[key].to_numpy(float)] for key in ("lower", "upper"))
    ax.fill_between(time, lower, upper, step="post", color=color, alpha=0.12, lw=0)
    ax.step(time, height, where="post", color=color, ls=dashes, gid=f"cif-{name}")


def describe_incidence(curve: pd.DataFrame, causes: Mapping[int, str]) -> str:
    """Alt text of cumulative incidence curves."""
    lines = _lines(curve[curve["cause"].isin(list(causes))], causes)
    if not lines:
        return "No curve: nobody was at risk."
    parts = [
        f"{name} reaches {text.percent(float(rows['incidence'].iloc[-1]))} "
        f"at {text.months(float(rows['time'].iloc[-1]))}"
        for name, rows in lines.items()
    ]
    start_size = int(curve["at_risk"].max())
    return f"Cumulative incidence, at most {start_size:,} at risk: " + "; ".join(parts) + "."
