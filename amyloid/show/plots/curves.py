"""What all curves over time share: steps, limits, names at their ends and numbers at risk below."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from amyloid.show.plots.layout import (
    LINE_MM,
    each,
    in_percent,
    month_ticks,
    percent_axis,
    spread,
    text_mm,
    wrap,
)
from amyloid.show.plots.style import SMALL_PT, Look, legible, lines, pale
from amyloid.show.tables import text

_UNDER_LABEL_PT, _LINE_PT, _PT_MM = 27.0, 9.5, 72 / 25.4


def group_names(curve: pd.DataFrame) -> list[str]:
    """Groups in the order in which they appear; a curve without groups has one, named ''."""
    return [str(name) for name in dict.fromkeys(curve["group"].fillna(""))] if len(curve) else []


def of_group(curve: pd.DataFrame, name: str) -> pd.DataFrame:
    """Rows of one group."""
    return curve[curve["group"].fillna("").astype(str) == name]


def steps(ax: Axes, part: pd.DataFrame, column: str, look: Look, few: int, gid: str, limits: bool) -> bool:
    """Draw one curve with its limits, pale where fewer than `few` are at risk; return whether a part is."""
    first = 1.0 if column == "survival" else 0.0
    time, height = (np.r_[x, part[key].to_numpy(float)] for x, key in ((0.0, "time"), (first, column)))
    if limits:
        lower, upper = (np.r_[first, part[key].to_numpy(float)] for key in ("lower", "upper"))
        ax.fill_between(time, lower, upper, step="post", color=look.line, alpha=0.13, lw=0)
    turn = int(np.flatnonzero(np.r_[True, part["at_risk"].to_numpy() >= few])[-1])
    solid = {"where": "post", "ls": look.dashes, "lw": 1.3}
    if turn < len(time) - 1:
        ax.step(time[turn:], height[turn:], color=pale(look.line), zorder=2, **solid)
    ax.step(time[: turn + 1], height[: turn + 1], color=look.line, gid=gid, zorder=3, **solid)
    return turn < len(time) - 1


def curve_notes(curve: pd.DataFrame, shaded: bool, paled: bool, few: int) -> list[str]:
    """Sentences of the footer on the shading and on pale lines."""
    confidence, kind = curve.attrs.get("confidence"), curve.attrs.get("interval")
    level = "confidence limits" if confidence is None else f"{confidence * 100:g}% confidence limits"
    said = f"Shading: {level}{f' ({kind})' if kind else ''}." if shaded else "Confidence limits are left out."
    return [said, f"Pale line: fewer than {few} at risk." if paled else ""]


def time_axis(ax: Axes, longest: float, top: float, y_label: str) -> None:
    """Scale the axes of curves and label the upright one."""
    ax.set(xlim=(0, max(longest, 1.0) * 1.02), ylim=(0, top), ylabel=in_percent(y_label))
    ax.set_xticks(month_ticks(max(longest, 1.0)))
    percent_axis(ax.yaxis)


def numbers_at(rows: pd.DataFrame, times: Sequence[float]) -> list[int]:
    """Read the numbers at risk just before each time off a curve."""
    risk = np.r_[rows["at_risk"].to_numpy(), 0]
    return [int(risk[np.searchsorted(rows["time"].to_numpy(float), t, side="left")]) for t in times]


def risk_mm(curve: pd.DataFrame, mm: float) -> float:
    """Height of the numbers at risk under a curve."""
    names = group_names(curve)
    rows = len(names) * (2 if _long(names, mm) else 1) + (len(names) > 1)
    return rows * _LINE_PT / _PT_MM


def _long(names: Sequence[str], mm: float) -> bool:
    """Whether names of groups need lines of their own above their numbers."""
    return max(text_mm(name) for name in names) > 0.16 * mm


def numbers_at_risk(ax: Axes, curve: pd.DataFrame, x_label: str, mm: float) -> None:
    """Label the axis of time, and write the numbers at risk below, each under its tick.

    Where the numbers of all ticks would meet, those of every second, third ... are written.
    """
    ax.set_xlabel(x_label)
    names, times = group_names(curve), [t for t in ax.get_xticks() if t <= ax.get_xlim()[1]]
    numbers = {name: numbers_at(of_group(curve, name), times) for name in names}
    longest = max(text_mm(f"{n:,}") for row in numbers.values() for n in row)
    step = max(1, math.ceil(len(times) * (longest + 1.5) / (0.62 * mm)))
    y, below, long = -_UNDER_LABEL_PT, ax.get_xaxis_transform(), len(names) > 1 and _long(names, mm)
    left: dict[str, Any] = {
        "xycoords": "axes fraction",
        "textcoords": "offset points",
        "va": "top",
        "fontsize": SMALL_PT,
    }
    pad = -max(13.0, longest / 2 * _PT_MM + 5)
    ax.annotate("At risk", (0, 0), (pad, y), ha="right", fontweight="bold", **left)
    for name, look in lines(names).items():
        y -= _LINE_PT if len(names) > 1 else 0
        if len(names) > 1:
            place = (2.0, "left") if long else (pad, "right")
            ax.annotate(look.words, (0, 0), (place[0], y), ha=place[1], color=legible(look.line), **left)
        y -= _LINE_PT if long else 0
        for time, number in list(zip(times, numbers[name], strict=True))[::step]:
            ax.annotate(f"{number:,}", (time, 0), (0, y), xycoords=below, textcoords="offset points",
                        ha="center", va="top", fontsize=SMALL_PT)  # fmt: skip


def label_ends(ax: Axes, ends: Mapping[str, tuple[float, float]], said: Mapping[str, str], mm: float) -> None:
    """Write each curve's name, and what is said of it, level with its end, moved apart where they meet."""
    low, high = ax.get_ylim()
    worn = lines(ends)
    texts = {
        name: f"{wrap(look.words, 0.25 * mm)}\n{said.get(name, '')}".strip() for name, look in worn.items()
    }
    tall = max(label.count("\n") + 1 for label in texts.values())
    gap = min(0.95 / len(ends), LINE_MM * (tall + 0.3) / 55) * (high - low)
    heights = spread([y for _, y in ends.values()], gap, low + gap / 2, high - gap / 2)
    right = ax.get_xlim()[1]
    for (name, (x, y)), height, look in zip(ends.items(), heights, worn.values(), strict=True):
        ax.plot([x, right * 1.015], [y, height], color=look.line, lw=0.5, ls=":", clip_on=False, zorder=1)
        ax.text(
            right * 1.02,
            height,
            texts[name],
            color=legible(look.line),
            va="center",
            ha="left",
            fontsize=SMALL_PT,
        )


def ratio_words(ratios: pd.DataFrame | None) -> dict[str, str]:
    """What stands beside each line: its hazard ratio with limits, or why there is none."""
    if ratios is None:
        return {}
    return {str(row.group): _ratio(row) for row in each(ratios)}


def _ratio(row: object) -> str:
    value, lower, upper = (float(getattr(row, key)) for key in ("hazard_ratio", "lower", "upper"))
    if math.isnan(value):
        return str(getattr(row, "note", ""))
    return f"HR {text.number(value, 2)}\n({text.interval(lower, upper, digits=2)})"
