"""Curves over time: what they share, cumulative incidence, and two looks at proportional hazards."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from amyloid.show import text
from amyloid.show.plots import layout
from amyloid.show.plots.sheet import Sheet, figure
from amyloid.show.plots.style import Look, legible, lines, pale

_UNDER_LABEL_PT, _LINE_PT, _PT_MM = 27.0, 9.5, 72 / 25.4


def by_group(curve: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Rows of each group in the order in which they appear; a curve without groups has one, named ''."""
    names = curve["group"].fillna("").astype(str)
    return {str(name): rows for name, rows in curve.groupby(names, sort=False)}


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
    ax.set(xlim=(0, max(longest, 1.0) * 1.02), ylim=(0, top), ylabel=layout.in_percent(y_label))
    ax.set_xticks(layout.month_ticks(max(longest, 1.0)))
    layout.percent_axis(ax.yaxis)


def numbers_at(rows: pd.DataFrame, times: Sequence[float]) -> list[int]:
    """Read the numbers at risk just before each time off a curve."""
    risk = np.r_[rows["at_risk"].to_numpy(), 0]
    return [int(risk[np.searchsorted(rows["time"].to_numpy(float), t, side="left")]) for t in times]


def risk_mm(curve: pd.DataFrame, mm: float) -> float:
    """Height of the numbers at risk under a curve."""
    names = list(by_group(curve))
    rows = len(names) * (2 if _long(names, mm) else 1) + (len(names) > 1)
    return rows * _LINE_PT / _PT_MM


def _long(names: Sequence[str], mm: float) -> bool:
    """Whether names of groups need lines of their own above their numbers."""
    return max(layout.text_mm(name) for name in names) > 0.16 * mm


def numbers_at_risk(ax: Axes, curve: pd.DataFrame, x_label: str, mm: float) -> None:
    """Label the axis of time, and write the numbers at risk below, each under its tick.

    Where the numbers of all ticks would meet, those of every second, third ... are written.
    """
    ax.set_xlabel(x_label)
    times = [t for t in ax.get_xticks() if t <= ax.get_xlim()[1]]
    numbers = {name: numbers_at(rows, times) for name, rows in by_group(curve).items()}
    names = list(numbers)
    longest = max(layout.text_mm(f"{n:,}") for row in numbers.values() for n in row)
    step = max(1, math.ceil(len(times) * (longest + 1.5) / (0.62 * mm)))
    y, below, long = -_UNDER_LABEL_PT, ax.get_xaxis_transform(), len(names) > 1 and _long(names, mm)
    left: dict[str, Any] = {"xycoords": "axes fraction", "textcoords": "offset points", "va": "top"}
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
                        ha="center", va="top")  # fmt: skip


def label_ends(
    ax: Axes, parts: Mapping[str, pd.DataFrame], column: str, mm: float, said: Mapping[str, str] | None = None
) -> None:
    """Write each curve's name, and what is said of it, level with its end, moved apart where they meet."""
    said, worn, (low, high) = said or {}, lines(parts), ax.get_ylim()
    ends = {name: rows[["time", column]].iloc[-1].astype(float) for name, rows in parts.items()}
    words = {name: layout.wrap(look.words, 0.25 * mm) for name, look in worn.items()}
    texts = {name: f"{word}\n{said.get(name, '')}".strip() for name, word in words.items()}
    tall = max(label.count("\n") + 1 for label in texts.values())
    gap = min(0.95 / len(ends), layout.LINE_MM * (tall + 0.3) / 55) * (high - low)
    heights = layout.spread([y for _, y in ends.values()], gap, low + gap / 2, high - gap / 2)
    right = ax.get_xlim()[1]
    for (name, (x, y)), height, look in zip(ends.items(), heights, worn.values(), strict=True):
        ax.plot([x, right * 1.015], [y, height], color=look.line, lw=0.5, ls=":", clip_on=False, zorder=1)
        ax.text(right * 1.02, height, texts[name], color=legible(look.line), va="center", ha="left")


def ratio_words(ratios: pd.DataFrame | None) -> dict[str, str]:
    """What stands beside each line: its hazard ratio with limits, or why there is none."""
    if ratios is None:
        return {}
    return {str(row.group): _ratio(row) for row in layout.each(ratios)}


def _ratio(row: object) -> str:
    value, lower, upper = (float(getattr(row, key)) for key in ("hazard_ratio", "lower", "upper"))
    if math.isnan(value):
        return str(getattr(row, "note", ""))
    return f"HR {text.number(value, 2)}\n({text.interval(lower, upper, digits=2)})"


@figure("group cause time at_risk incidence lower upper")
def cumulative_incidence(
    sheet: Sheet,
    curve: pd.DataFrame,
    *,
    causes: Mapping[int, str],
    x_label: str = "Months from first dose",
    y_label: str = "Cumulative incidence",
    few: int = layout.FEW,
) -> object:
    """Draw one line per cause (one group) or per group and cause, for groups of at least five patients.

    Parameters
    ----------
    curve : DataFrame
        `group, cause, time, at_risk, incidence, lower, upper`, times in months.
    causes : Mapping
        Which causes are drawn, in order, and their names.
    x_label, y_label : str
        The axes; the y axis is in percent.
    few : int
        The lines turn pale where fewer than this many are at risk.

    Examples
    --------
    >>> from amyloid import stats
    >>> curve = stats.cumulative_incidence([2, 3, 3, 5, 8, 11], [1, 0, 2, 1, 0, 0])
    >>> cumulative_incidence(curve, causes={1: "relapse"}).alt
    'Cumulative incidence, at most 6 at risk: relapse reaches 39% at 11.0 months.'
    """
    drawn, left_out = layout.large_enough(curve[curve["cause"].isin(list(causes))], "at_risk")
    if drawn.empty:
        return sheet.words(f"There is no curve. {left_out}" if left_out else "Nobody was at risk: no curve.")
    top = min(1.03, 1.08 * float(np.nanmax([drawn["incidence"].max(), drawn["upper"].max(), 0.1])))
    heights = dict.fromkeys(("incidence", "lower", "upper"), top)
    seen = layout.visible_steps(drawn, ["group", "cause"], heights)
    named = _named(seen, causes)
    risk = drawn.drop_duplicates(["group", "time"])
    ax = sheet.ax(72 + risk_mm(risk, sheet.mm))
    shaded = len(named) <= 3
    paled = [
        steps(ax, named[name], "incidence", look, few, f"cif-{name}", shaded)
        for name, look in lines(named).items()
    ]
    time_axis(ax, float(drawn["time"].max()), top, y_label)
    label_ends(ax, named, "incidence", sheet.mm)
    numbers_at_risk(ax, risk, x_label, sheet.mm)
    notes = [*curve_notes(curve, shaded, any(paled), few), left_out]
    return sheet.finish(seen, _describe(drawn, causes), notes, layout.steps_of(len(seen), len(drawn)))


def _named(drawn: pd.DataFrame, causes: Mapping[int, str]) -> dict[str, pd.DataFrame]:
    """Rows of each line, by the name at its end."""
    groups, found = by_group(drawn), {}
    for group, own in groups.items():
        for cause, name in causes.items():
            part = own[own["cause"] == cause]
            if len(part):
                both = group if len(causes) == 1 else f"{name}, {group}"
                found[name if len(groups) == 1 else both] = part
    return found


def _describe(curve: pd.DataFrame, causes: Mapping[int, str]) -> str:
    parts = [
        f"{name} reaches {text.percent(float(rows['incidence'].iloc[-1]))} "
        f"at {text.months(float(rows['time'].iloc[-1]))}"
        for name, rows in _named(curve, causes).items()
    ]
    return f"Cumulative incidence, at most {int(curve['at_risk'].max()):,} at risk: " + "; ".join(parts) + "."


@figure("group time at_risk survival")
def log_log(sheet: Sheet, curve: pd.DataFrame) -> object:
    """Draw log(-log survival) against log time: parallel lines speak for proportional hazards.

    Parameters
    ----------
    curve : DataFrame
        A Kaplan-Meier curve with groups: `group, time, at_risk, survival`.

    Examples
    --------
    >>> from amyloid import stats
    >>> months, died = [2, 3, 4, 5, 8, 11, 12, 13, 15, 16], [1, 0, 1, 1, 0, 0, 1, 1, 0, 0]
    >>> log_log(stats.kaplan_meier(months, died, ["old", "new"] * 5)).alt
    'Log minus log survival against log time for new, old.'
    """
    curve, left_out = layout.large_enough(curve, "at_risk")
    inside = curve[(curve["survival"] > 0) & (curve["survival"] < 1) & (curve["time"] > 0)]
    if len(by_group(inside)) < 2:
        return sheet.words("Fewer than two groups have an event, so there are no lines to compare.")
    whole = inside.assign(log_log=np.log(-np.log(inside["survival"].to_numpy(float))))
    drawn = layout.visible_steps(whole, ["group"], {"log_log": float(np.ptp(whole["log_log"]))})
    ax = sheet.ax(72)
    groups = by_group(drawn)
    for name, look in lines(groups).items():
        own = groups[name]
        ax.step(own["time"], own["log_log"], where="post", color=look.line, ls=look.dashes)
    ax.set(xlabel="Months from first dose, log scale", ylabel="log(−log(alive))")
    layout.log_axis(ax.xaxis, float(drawn["time"].min()) / 1.2, float(drawn["time"].max()) * 1.2)
    label_ends(ax, groups, "log_log", sheet.mm)
    alt = f"Log minus log survival against log time for {', '.join(groups)}."
    return sheet.finish(drawn, alt, [left_out], layout.steps_of(len(drawn), len(whole)))
