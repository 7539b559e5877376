"""Kaplan-Meier curves with limits, numbers under the axis, and gray where few remain."""

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
from amyloid.show.plots.risk_table import label_ends, risk_rows, risk_table
from amyloid.show.plots.sampling import steps_of, visible_steps
from amyloid.show.plots.style import CHIP, FAINT, LINES, MUTED, SMALL_PT, house_style, pale
from amyloid.show.tables import text

HEIGHTS = {"survival": 1.0, "lower": 1.0, "upper": 1.0}
"""What is drawn of a curve, on an axis from 0 to 1."""
TICK_LIMIT = 400
"""More marks of censoring than this on one curve run into a band."""


@house_style
def survival(
    curve: pd.DataFrame,
    *,
    title: str = "",
    x_label: str = "Months from first dose",
    y_label: str = "Alive",
    few: int = 10,
    medians: pd.DataFrame | None = None,
    effect: str = "",
    synthetic: bool | str = False,
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
    effect : str
        Written into the lower left corner, such as a hazard ratio with its limits.
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
    drawn = visible_steps(curve, ["group"], HEIGHTS)
    notes = draw_curves(ax, drawn, few, ticks=censor_ticks(curve))
    curve_axis(ax, curve, y_label)
    if medians is not None:
        _mark_medians(ax, medians)
    if effect:
        _write_effect(ax, curve, effect)
    label_ends(ax, curve_ends(curve))
    risk_table(below, curve, ax.get_xticks(), room_mm=WIDTH_MM[width] - 32)
    below.set_xlabel(x_label)
    said = " ".join(effect.split()).rstrip(".")
    alt = describe_survival(curve, medians, what=y_label) + (f" {said}." if said else "")
    return finish(panel, drawn, alt, synthetic=synthetic, notes=notes, part=steps_of(len(drawn), len(curve)))


def _write_effect(ax: Axes, curve: pd.DataFrame, effect: str) -> None:
    """Write into the lower left corner, or the upper right one where a curve comes down early."""
    early = curve[curve["time"] < 0.5 * ax.get_xlim()[1]]["survival"]
    x, y, side, level = (
        (0.985, 0.97, "right", "top") if early.min() < 0.25 else (0.015, 0.03, "left", "bottom")
    )
    ax.text(x, y, effect, transform=ax.transAxes, ha=side, va=level, fontsize=SMALL_PT, bbox=CHIP, zorder=5)


def group_names(curve: pd.DataFrame) -> list[str]:
    """Groups in the order in which they appear; a curve without groups has one, named ''."""
    if curve.empty:
        return []
    return [str(name) for name in dict.fromkeys(curve["group"].fillna(""))]


def of_group(curve: pd.DataFrame, name: str) -> pd.DataFrame:
    """Rows of one group."""
    return curve[curve["group"].fillna("").astype(str) == name]


def censor_ticks(curve: pd.DataFrame) -> pd.DataFrame | None:
    """Times and heights at which somebody was censored; None when they are too many to tell apart."""
    lost = curve[curve["censored"] > 0]
    most = lost["group"].fillna("").astype(str).value_counts().max() if len(lost) else 0
    return lost if most <= TICK_LIMIT else None


def draw_curves(ax: Axes, curve: pd.DataFrame, few: int, ticks: pd.DataFrame | None) -> list[str]:
    """Draw each group's steps, limits and marks of censoring; return the notes for the footer."""
    many, shaded = len(group_names(curve)) > 1, len(group_names(curve)) <= 2
    limits = limits_words(curve) if shaded else "Confidence limits are left out, for legibility."
    notes = [f"{limits} {'Marks of censoring left out.' if ticks is None else 'Ticks: censored.'}"]
    for place, name in enumerate(group_names(curve)):
        color, dashes = LINES[place % len(LINES)]
        part = of_group(curve, name)
        time = np.r_[0.0, part["time"].to_numpy(float)]
        height = np.r_[1.0, part["survival"].to_numpy(float)]
        enough = np.r_[True, part["at_risk"].to_numpy() >= few]
        turn = int(np.flatnonzero(enough)[-1])
        lower, upper = (np.r_[1.0, part[key].to_numpy(float)] for key in ("lower", "upper"))
        if shaded:
            ax.fill_between(time, lower, upper, step="post", color=color, alpha=0.13, lw=0)
        if turn < len(time) - 1:
            faint, said = (pale(color), "Pale") if many else (FAINT, "Gray")
            ax.step(time[turn:], height[turn:], where="post", color=faint, ls=dashes, lw=1.3, zorder=2)
            notes.append(f"{said} line: fewer than {few} at risk.")
        ax.step(
            time[: turn + 1],
            height[: turn + 1],
            where="post",
            color=color,
            ls=dashes,
            gid=f"km-{name}",
            zorder=3,
        )
        if ticks is not None:
            lost = of_group(ticks, name)
            ax.plot(lost["time"], lost["survival"], ls="", marker="|", ms=4.5, mew=0.8, color=color, zorder=4)
    return list(dict.fromkeys(notes))


def limits_words(curve: pd.DataFrame) -> str:
    """What the shading is, from what the curve says about itself."""
    confidence, kind = curve.attrs.get("confidence"), curve.attrs.get("interval")
    if confidence is None:
        return "Shading: confidence limits."
    return f"Shading: {confidence * 100:g}% confidence limits{f' ({kind})' if kind else ''}."


def curve_axis(ax: Axes, curve: pd.DataFrame, y_label: str) -> None:
    """Scale and label the axes of Kaplan-Meier curves."""
    longest = max(float(curve["time"].max()), 1.0)
    ax.set(xlim=(0, longest * 1.02), ylim=(0, 1.03), ylabel=in_percent(y_label))
    ax.set_xticks(month_ticks(longest))
    percent_axis(ax.yaxis)
    ax.tick_params(axis="x", labelbottom=False)


def curve_ends(curve: pd.DataFrame) -> list[tuple[str, float, float]]:
    """Name, last time and last height of each curve."""
    last = [(name, of_group(curve, name).iloc[-1]) for name in group_names(curve)]
    return [(name, float(row["time"]), float(row["survival"])) for name, row in last]


def _mark_medians(ax: Axes, medians: pd.DataFrame) -> None:
    reached = medians[medians["median"].notna()]
    for median in reached["median"].astype(float):
        ax.plot([0, median, median], [0.5, 0.5, 0], color=MUTED, lw=0.6, ls=(0, (2, 2)), zorder=1)
    if len(medians) == 1 and len(reached) == 1:
        median = float(reached["median"].iloc[0])
        ax.text(median, 0.02, f" median {text.number(median)}", fontsize=SMALL_PT, color=MUTED, va="bottom")


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
        head = f"{name}: " if len(group_names(curve)) > 1 else ""
        end = rows.iloc[-1]
        said = f"{head}{int(rows['at_risk'].max()):,} at risk at the start, "
        said += f"{int(rows['events'].sum()):,} events, "
        said += f"{text.percent(float(end['survival']))} at {text.months(float(end['time']))}"
        if name in centers:
            said += f", median {text.months(float(centers[name]))}"
        parts.append(said)
    return f"Kaplan-Meier curve ({what.lower()}). " + "; ".join(parts) + "."
