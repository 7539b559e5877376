"""Kaplan-Meier curves with their limits, pale where few remain, numbers at risk below."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from amyloid.show import text
from amyloid.show.plots import curves, layout
from amyloid.show.plots.sheet import Sheet, figure
from amyloid.show.plots.style import MUTED, TEXT_PT, lines

CURVE = "group time at_risk events censored survival lower upper"
_HEIGHTS = {"survival": 1.0, "lower": 1.0, "upper": 1.0}
_PLOT_MM = 52.0
_TICK_LIMIT = 400
"""More marks of censoring than this on one curve run into a band."""


@figure(CURVE)
def survival(
    sheet: Sheet,
    curve: pd.DataFrame,
    *,
    x_label: str = "Months from first dose",
    y_label: str = "Alive",
    few: int = layout.FEW,
    medians: pd.DataFrame | None = None,
    ratios: pd.DataFrame | None = None,
    effect: str = "",
) -> object:
    """Draw Kaplan-Meier curves, one for each group of at least five patients.

    Parameters
    ----------
    curve : DataFrame
        `group, time, at_risk, events, censored, survival, lower, upper`, times in months.
    x_label, y_label : str
        The axes; the y axis is in percent.
    few : int
        The line turns pale where fewer than this many are at risk.
    medians : DataFrame, optional
        `group, median, lower, upper`; a reached median is marked where the curve crosses one half.
    ratios : DataFrame, optional
        `group, hazard_ratio, lower, upper`, written beside each line; `note` where there is no ratio.
    effect : str
        Written into a corner, such as a hazard ratio with its limits.

    Examples
    --------
    >>> from amyloid import stats
    >>> curve = stats.kaplan_meier([2, 3, 3, 5, 8, 11], [1, 0, 1, 1, 0, 0])
    >>> survival(curve).alt
    'Kaplan-Meier curve (alive). 6 at risk at the start, 3 events, 44% at 11.0 months.'
    """
    curve, left_out = layout.large_enough(curve, "at_risk")
    if curve.empty:
        return sheet.words(f"There is no curve. {left_out}" if left_out else "Nobody was followed: no curve.")
    effect = layout.wrap(effect, 0.75 * sheet.mm)
    ax = sheet.ax(72 + curves.risk_mm(curve, sheet.mm) + layout.LINE_MM * effect.count("\n"))
    drawn, notes = _draw(ax, curve, sheet.mm, few, (x_label, y_label), effect, ratios)
    if medians is not None:
        _mark_medians(ax, medians[medians["group"].fillna("").astype(str).isin(list(curves.by_group(curve)))])
    said = " ".join(effect.split()).rstrip(".")
    alt = _describe(curve, medians, ratios, y_label) + (f" {said}." if said else "")
    return sheet.finish(drawn, alt, [*notes, left_out], layout.steps_of(len(drawn), len(curve)))


@figure(CURVE, CURVE, several=True)
def survival_pair(
    sheet: Sheet,
    left: pd.DataFrame,
    right: pd.DataFrame,
    *,
    titles: tuple[str, str],
    x_labels: tuple[str, str] = ("Months from first dose", "Months from landmark"),
    y_label: str = "Alive",
    few: int = layout.FEW,
    effects: tuple[str, str] = ("", ""),
) -> object:
    """Draw two sets of curves side by side, or one over the other in a column of a journal.

    Parameters
    ----------
    left, right : DataFrame
        As in `survival`.
    titles, x_labels : pair of str
        What each side is, and its axis of time.
    y_label : str
        The upright axes.
    few : int
        The lines turn pale where fewer than this many are at risk.
    effects : pair of str
        Written into a corner of each, such as a hazard ratio with its limits.

    Examples
    --------
    >>> from amyloid import stats
    >>> curve = stats.kaplan_meier([2, 3, 3, 5, 8, 11], [1, 0, 1, 1, 0, 0])
    >>> survival_pair(curve, curve, titles=("All", "All again")).alt[:24]
    'All. Kaplan-Meier curve '
    """
    sides = [layout.large_enough(curve, "at_risk") for curve in (left, right)]
    kept = [curve for curve, _ in sides]
    if all(curve.empty for curve in kept):
        return sheet.words(f"There are no curves. {sides[0][1]}".strip())
    mm = sheet.mm if sheet.narrow else sheet.mm / 2
    said_of = [layout.wrap(effect, 0.7 * mm) for effect in effects]
    rows = max(curves.risk_mm(curve, mm) for curve in kept if len(curve))
    shape = (2, 1) if sheet.narrow else (1, 2)
    axes = sheet.axes((78 + rows) * shape[0], *shape).ravel()
    notes: list[str] = []
    drawn: list[pd.DataFrame] = []
    for ax, curve, head, label, effect in zip(axes, kept, titles, x_labels, said_of, strict=True):
        ax.set_title(head)
        if curve.empty:
            few_enter = "Fewer than five enter here."
            ax.text(0.5, 0.5, few_enter, transform=ax.transAxes, ha="center", color=MUTED, size=TEXT_PT)
            ax.set_axis_off()
            continue
        seen, said = _draw(ax, curve, mm, few, (label, y_label), effect)
        drawn.append(seen.assign(panel=head))
        notes += said
    plotted = pd.concat(drawn, ignore_index=True)
    notes += [f"{head}: {out}" for head, (_, out) in zip(titles, sides, strict=True) if out]
    alt = " ".join(f"{head}. {_describe(curve, None, None, y_label)} {' '.join(effect.split())}".strip()
                   for head, curve, effect in zip(titles, kept, effects, strict=True))  # fmt: skip
    return sheet.finish(
        plotted, alt, dict.fromkeys(notes), layout.steps_of(len(plotted), sum(map(len, kept)))
    )


def _draw(
    ax: Axes, curve: pd.DataFrame, mm: float, few: int, labels: tuple[str, str], effect: str,
    ratios: pd.DataFrame | None = None,
) -> tuple[pd.DataFrame, list[str]]:  # fmt: skip
    """Draw each group's steps, limits and marks of censoring; return the rows and the footer's notes."""
    drawn = layout.visible_steps(curve, ["group"], _HEIGHTS)
    groups, seen, lost = map(curves.by_group, (curve, drawn, curve[curve["censored"] > 0]))
    ticked = max(map(len, lost.values()), default=0) <= _TICK_LIMIT
    shaded, paled = len(groups) <= 2 and bool(curve["lower"].notna().any()), False
    for name, look in lines(groups).items():
        paled |= curves.steps(ax, seen[name], "survival", look, few, f"km-{name}", shaded)
        if ticked and name in lost:
            tick: dict[str, Any] = {"marker": "|", "ms": 4.5, "mew": 0.8, "color": look.line, "zorder": 4}
            ax.plot(lost[name]["time"], lost[name]["survival"], ls="", **tick)
    curves.time_axis(ax, float(curve["time"].max()), 1.03, labels[1])
    if len(groups) > 1:
        curves.label_ends(ax, groups, "survival", mm, curves.ratio_words(ratios))
    curves.numbers_at_risk(ax, curve, labels[0], mm)
    if effect and len(groups) > 1:
        _write_effect(ax, effect)
    marks = "Ticks: censored." if ticked else "Marks of censoring left out."
    return drawn, [*curves.curve_notes(curve, shaded, paled, few), marks]


def _write_effect(ax: Axes, effect: str) -> None:
    """Write above the curves, on an axis that is made higher by the lines it takes."""
    share = layout.LINE_MM * (effect.count("\n") + 1.4) / _PLOT_MM
    ax.set_ylim(0, 1.03 / (1 - share))
    ax.set_yticks([tick for tick in ax.get_yticks() if tick <= 1.0])
    ax.spines["left"].set_bounds(0, 1)
    ax.text(0.015, 0.995, effect, transform=ax.transAxes, va="top", linespacing=1.2)


def _mark_medians(ax: Axes, medians: pd.DataFrame) -> None:
    reached = medians[medians["median"].notna()]
    for median in reached["median"].astype(float):
        ax.plot([0, median, median], [0.5, 0.5, 0], color=MUTED, lw=0.6, ls=(0, (2, 2)), zorder=1)
    if len(medians) == 1 and len(reached) == 1:
        median = float(reached["median"].iloc[0])
        side = "right" if median > 0.6 * ax.get_xlim()[1] else "left"
        said = f" median {text.number(median)} "
        ax.text(median, 0.02, said, color=MUTED, va="bottom", ha=side)


def _describe(
    curve: pd.DataFrame, medians: pd.DataFrame | None, ratios: pd.DataFrame | None, what: str
) -> str:
    """Alt text of Kaplan-Meier curves, from the curve and, when given, its medians and ratios."""
    if curve.empty:
        return "No curve."
    centers: Mapping[str, float] = {}
    if medians is not None:
        centers = dict(zip(medians["group"].fillna("").astype(str), medians["median"], strict=True))
    beside = {name: " ".join(said.split()) for name, said in curves.ratio_words(ratios).items()}
    parts, groups = [], curves.by_group(curve)
    for name, rows in groups.items():
        head = f"{name}: " if len(groups) > 1 else ""
        end = rows.iloc[-1]
        said = f"{head}{int(rows['at_risk'].max()):,} at risk at the start, "
        said += f"{int(rows['events'].sum()):,} events, "
        said += f"{text.percent(float(end['survival']))} at {text.months(float(end['time']))}"
        said += f", median {text.months(float(centers[name]))}" if name in centers else ""
        parts.append(said + (f", {beside[name]}" if beside.get(name) else ""))
    return f"Kaplan-Meier curve ({what.lower()}). " + "; ".join(parts) + "."
