"""Kaplan-Meier curves with limits, numbers under the axis, and gray where few remain."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter

from amyloid.plots.risk_table import label_ends, risk_rows, risk_table
from amyloid.plots.style import (
    FAINT,
    LINES,
    MUTED,
    POINT_LIMIT,
    SMALL_PT,
    Panel,
    Width,
    evenly,
    finish,
    house_style,
    month_ticks,
    part_of,
    start,
    words,
)  # fmt: skip


@house_style
def survival(
    curve: pd.DataFrame,
    *,
    title: str,
    x_label: str = "Months from first dose",
    y_label: str = "Alive",
    few: int = 10,
    medians: pd.DataFrame | None = None,
    synthetic: bool = False,
    width: Width = "double",
) -> Panel:
    """Draw Kaplan-Meier curves, one per group.

    Parameters
    ----------
    curve : DataFrame
        `group, time, at_risk, events, censored, survival, lower, upper`, times in months.
    title, x_label, y_label : str
        What the figure shows; the axes. The y axis is in percent.
    few : int
        The line turns gray where fewer than this many are at risk.
    medians : DataFrame, optional
        `group, median, lower, upper`; a reached median is marked where the curve crosses one half.
    synthetic : bool
        Whether the data carry the synthetic stamp.
    width : "single" or "double"
        85 or 170 mm.

    Returns
    -------
    Panel
    """
    groups = group_names(curve)
    if not groups:
        return words(
            "Nobody was followed, so there is no curve.", title=title, synthetic=synthetic, width=width
        )
    rows = risk_rows(len(groups))
    panel = start(title, width, 74 + 4.2 * rows)
    ax, below = panel.subplots(2, 1, sharex=True, height_ratios=[60, 4.2 * rows])
    notes = draw_curves(ax, curve, few)
    _axis(ax, curve, y_label)
    if medians is not None:
        _mark_medians(ax, medians)
    label_ends(ax, _ends(curve))
    risk_table(below, curve, ax.get_xticks())
    below.set_xlabel(x_label)
    return finish(
        panel, curve, describe_survival(curve, medians, what=y_label), synthetic=synthetic, notes=notes
    )


@house_style
def survival_pair(
    left: pd.DataFrame,
    right: pd.DataFrame,
    *,
    title: str,
    left_title: str,
    right_title: str,
    left_x_label: str = "Months from first dose",
    right_x_label: str = "Months from landmark",
    y_label: str = "Alive",
    few: int = 10,
    synthetic: bool = False,
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
    sides = ((left, left_title, left_x_label), (right, right_title, right_x_label))
    for place, (curve, heading, x_label) in enumerate(sides):
        ax, below = axes[0, place], axes[1, place]
        ax.set_title(heading)
        below.set_xlabel(x_label)
        if not group_names(curve):
            ax.text(0.5, 0.5, "Nobody enters here.", transform=ax.transAxes, ha="center", color=MUTED)
            below.set_axis_off()
            continue
        notes += [note for note in draw_curves(ax, curve, few) if note not in notes]
        _axis(ax, curve, y_label if place == 0 else "")
        label_ends(ax, _ends(curve), inside=True)
        risk_table(below, curve, ax.get_xticks())
    plotted = pd.concat([left.assign(panel=left_title), right.assign(panel=right_title)], ignore_index=True)
    alt = f"{left_title}. {describe_survival(left)} {right_title}. {describe_survival(right)}"
    return finish(panel, plotted, alt, synthetic=synthetic, notes=notes)


def group_names(curve: pd.DataFrame) -> list[str]:
    """Groups in the order in which they appear; a curve without groups has one, named ''."""
    if curve.empty:
        return []
    return [str(name) for name in dict.fromkeys(curve["group"].fillna(""))]


def of_group(curve: pd.DataFrame, name: str) -> pd.DataFrame:
    """Rows of one group."""
    return curve[curve["group"].fillna("").astype(str) == name]


def draw_curves(ax: Axes, curve: pd.DataFrame, few: int) -> list[str]:
    """Draw each group's steps and limits; return the notes for the footer."""
    notes = ["Shading: confidence limits. Ticks: censored."]
    for place, name in enumerate(group_names(curve)):
        color, dashes = LINES[place % len(LINES)]
        whole = of_group(curve, name)
        part = evenly(whole, POINT_LIMIT)
        if len(part) < len(whole):
            notes.append(part_of(len(part), len(whole), "steps"))
        time = np.r_[0.0, part["time"].to_numpy(float)]
        height = np.r_[1.0, part["survival"].to_numpy(float)]
        enough = np.r_[True, part["at_risk"].to_numpy() >= few]
        turn = int(np.flatnonzero(enough)[-1])
        limits = [np.r_[1.0, part[key].to_numpy(float)] for key in ("lower", "upper")]
        ax.fill_between(time, *limits, step="post", color=color, alpha=0.13, lw=0)
        if turn < len(time) - 1:
            ax.step(time[turn:], height[turn:], where="post", color=FAINT, ls=dashes, lw=1.3, zorder=2)
            notes.append(f"Gray line: fewer than {few} at risk.")
        ax.step(
            time[: turn + 1],
            height[: turn + 1],
            where="post",
            color=color,
            ls=dashes,
            gid=f"km-{name}",
            zorder=3,
        )
        lost = part[part["censored"] > 0]
        if len(lost) <= 400:
            ax.plot(lost["time"], lost["survival"], ls="", marker="|", ms=4.5, mew=0.8, color=color, zorder=4)
        else:
            notes[0] = "Shading: confidence limits. Marks of censoring left out."
    return list(dict.fromkeys(notes))


def _axis(ax: Axes, curve: pd.DataFrame, y_label: str) -> None:
    longest = max(float(curve["time"].max()), 1.0)
    ax.set(xlim=(0, longest * 1.02), ylim=(0, 1.03), ylabel=f"{y_label} (%)" if y_label else "")
    ax.set_xticks(month_ticks(longest))
    ax.yaxis.set_major_formatter(PercentFormatter(1.0, symbol=""))
    ax.tick_params(axis="x", labelbottom=False)


def _ends(curve: pd.DataFrame) -> list[tuple[str, float, float]]:
    last = [(name, of_group(curve, name).iloc[-1]) for name in group_names(curve)]
    return [(name, float(row["time"]), float(row["survival"])) for name, row in last]


def _mark_medians(ax: Axes, medians: pd.DataFrame) -> None:
    reached = medians[medians["median"].notna()]
    for median in reached["median"].astype(float):
        ax.plot([0, median, median], [0.5, 0.5, 0], color=MUTED, lw=0.6, ls=(0, (2, 2)), zorder=1)
    if len(reached) == 1:
        ax.text(float(reached["median"].iloc[0]), 0.02, f" median {float(reached['median'].iloc[0]):.1f}",
                fontsize=SMALL_PT, color=MUTED, va="bottom")  # fmt: skip


def describe_survival(
    curve: pd.DataFrame, medians: pd.DataFrame | None = None, *, what: str = "Alive"
) -> str:
    """Alt text of Kaplan-Meier curves, from the curve and, when given, its medians."""
    if curve.empty:
        return "No curve: nobody was followed."
    centers: Mapping[str, float] = (
        {}
        if medians is None
        else dict(zip(medians["group"].fillna("").astype(str), medians["median"], strict=True))
    )
    parts = []
    for name in group_names(curve):
        rows = of_group(curve, name)
        text = f"{name + ': ' if name else ''}{int(rows['at_risk'].max())} at risk at the start, "
        text += f"{int(rows['events'].sum())} events, {float(rows['survival'].iloc[-1]):.0%} at "
        text += f"{float(rows['time'].iloc[-1]):.1f} months"
        if name in centers:
            reached = pd.notna(centers[name])
            text += f", median {centers[name]:.1f} months" if reached else ", median not reached"
        parts.append(text)
    return f"Kaplan-Meier curve ({what.lower()}). " + "; ".join(parts) + "."
