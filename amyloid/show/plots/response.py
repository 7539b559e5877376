"""Response: the best one of everybody as stacked bars with limits, and the change of each patient."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.lines import Line2D

from amyloid.show import text
from amyloid.show.plots import layout
from amyloid.show.plots.sheet import Sheet, figure
from amyloid.show.plots.style import CHIP, FAINT, INK, LOOKS, in_order, level_patches, look_of, looks

_POINTS: tuple[dict[str, Any], ...] = (
    {"marker": "o", "mfc": INK, "mec": INK}, {"marker": "s", "mfc": "white", "mec": INK},
)  # fmt: skip


@figure("category denominator count n estimate lower upper", several=True)
def response_bars(sheet: Sheet, frame: pd.DataFrame) -> object:
    """Draw the categories stacked to a bar for each denominator, and below each share with its limits.

    Parameters
    ----------
    frame : DataFrame
        `category, denominator, count, n, estimate, lower, upper`: `denominator` is its name
        ("evaluable"), `n` its size; shares of one. A category without a look of its own, such as the
        responders together, has a point and no part of the bar; what the bar lacks is not evaluable.

    Examples
    --------
    >>> row = {"category": "CR", "denominator": "evaluable", "count": 8, "n": 33}
    >>> response_bars(pd.DataFrame([row | {"estimate": 8 / 33, "lower": 0.11, "upper": 0.42}])).alt
    'Best response: CR 8/33 evaluable: 24% (11% to 42%).'
    """
    frame = frame[frame["n"] > 0]
    if frame.empty:
        return sheet.words("Nobody could be judged.")
    names, levels = (list(dict.fromkeys(frame[key])) for key in ("denominator", "category"))
    grades = in_order(level for level in levels if look_of(str(level)))
    rows = [*grades, *(str(level) for level in levels if str(level) not in grades)]
    heights = [7.0 * len(names), 4.4 * len(rows) * len(names)]
    bars, points = sheet.axes(44 + sum(heights), 2, sharex=True, height_ratios=heights)[:, 0]
    sizes = frame.drop_duplicates("denominator").set_index("denominator")["n"]
    _stack(bars, frame[frame["category"].isin(grades)], names, looks(grades))
    heads = [f"{name} (n = {int(sizes[name]):,})" for name in names]
    layout.rows_axis(bars, [layout.wrap(head, 0.2 * sheet.mm) for head in heads])
    _shares(points, frame, names, rows, sheet.narrow)
    said = {level: look.words for level, look in looks(rows).items()}
    layout.rows_axis(points, [layout.wrap(said[level], 0.26 * sheet.mm) for level in rows])
    points.set(xlim=(0, 1), xlabel="Patients (%)")
    layout.percent_axis(points.xaxis)
    graded = frame[frame["category"].isin(grades)].groupby("denominator", sort=False)["count"].sum()
    shown = looks(grades) | ({"NE": LOOKS["NE"]} if graded.lt(sizes).any() else {})
    handles: list[Artist] = [*level_patches(shown)]
    if len(names) > 1:
        marks = zip(names, _POINTS, strict=False)
        handles += [Line2D([], [], ls="", ms=4, label=name, **look) for name, look in marks]
    sheet.legend(handles)
    alt = "Best response: " + "; ".join(f"{row.category} {_cell(row)}" for row in layout.each(frame)) + "."
    return sheet.finish(frame, alt, ["Lines: exact confidence limits."])


def _stack(ax: Axes, frame: pd.DataFrame, names: Sequence[str], drawn: Mapping[str, Any]) -> None:
    """A bar for each denominator: its grades from the left, over what is not evaluable."""
    rest = LOOKS["NE"]
    ax.barh(range(len(names)), 1.0, height=0.7, color=rest.color, hatch=rest.hatch, edgecolor=INK, lw=0.5)
    for place, name in enumerate(names):
        own = frame[frame["denominator"] == name].set_index("category")
        left = 0.0
        for level, look in drawn.items():
            if level not in own.index:
                continue
            share, n = float(own["estimate"][level]), int(own["count"][level])
            ax.barh(place, share, left=left, height=0.7, color=look.color, edgecolor=INK, lw=0.5)
            if share >= 0.05:
                ax.text(left + share / 2, place, f"{n:,}", ha="center", va="center", bbox=CHIP)
            left += share
    layout.without_line(ax, "bottom", labelbottom=False)


def _shares(ax: Axes, frame: pd.DataFrame, names: Sequence[str], rows: Sequence[str], narrow: bool) -> None:
    """A point with its limits for each category and denominator, in words at the right."""
    for row in layout.each(frame):
        order = names.index(row.denominator)
        y = rows.index(str(row.category)) + (order - (len(names) - 1) / 2) * 0.8 / len(names)
        ax.plot([row.lower, row.upper], [y, y], color=INK, lw=1.0, solid_capstyle="butt", gid="limits")
        ax.plot(row.estimate, y, ms=4, mew=0.9, ls="", **_POINTS[order % 2])
        layout.beside(ax, y, _limits(row) if narrow else _cell(row))
    for edge in range(1, len(rows)):
        ax.axhline(edge - 0.5, color=FAINT, lw=0.4, zorder=0)


def _limits(row: Any) -> str:
    limits = text.interval(row.lower, row.upper, digits=0, share=True)
    return f"{text.percent(row.estimate)} ({limits})"


def _cell(row: Any) -> str:
    return f"{row.count:,}/{row.n:,} {row.denominator}: {_limits(row)}"


@figure("patient_id change category")
def waterfall(
    sheet: Sheet,
    frame: pd.DataFrame,
    *,
    y_label: str = "Best change of dFLC (%)",
    thresholds: Mapping[float, str] | None = None,
    cap: float = 100.0,
) -> object:
    """Draw one bar for each patient, the largest rise first.

    Parameters
    ----------
    frame : DataFrame
        `patient_id, change` in percent (a fall is negative), `category`.
    y_label : str
        The axis with its unit.
    thresholds : Mapping, optional
        Height of a line to its words, such as {-50: "fall of 50%"}.
    cap : float
        Bars above this many percent are cut there, and the footer says so.

    Examples
    --------
    >>> frame = pd.DataFrame({"patient_id": ["a", "b"], "change": [-60.0, 10.0], "category": ["PR", "NR"]})
    >>> waterfall(frame).alt[:57]
    'Waterfall of 2 patients, Best change of dFLC (%): from +1'
    """
    known = frame[frame["change"].notna()]
    if known.empty:
        return sheet.words("Nobody has a value before and after treatment started.")
    order = known.sort_values(["change", "patient_id"], ascending=[False, True], kind="stable")
    order = order.reset_index(drop=True)
    heights = order["change"].to_numpy(float).clip(-100.0, cap)
    ax = sheet.ax(82)
    worn = looks(in_order(order["category"]))
    if len(order) > 80:  # bars too thin for a hatch: white and hatched becomes gray
        worn = {key: replace(one, hatch="") for key, one in worn.items()}
        worn |= {"NE": replace(worn["NE"], color=FAINT)} if "NE" in worn else {}
    _bars(ax, heights, order["category"].astype(str), worn)
    ax.axhline(0, color=INK, lw=0.6)
    for height, words_of in (thresholds or {}).items():
        layout.threshold(ax, height, words_of)
    ax.set(xlim=(-0.8, max(len(order), 8) - 0.2), ylabel=y_label, xticks=[],
           xlabel=f"{layout.people(len(order))}, from the largest rise to the largest fall")  # fmt: skip
    drawn = [*heights.tolist(), *(thresholds or {})]
    ax.set_ylim(min(min(drawn) * 1.08, -10.0), max(max(drawn) * 1.08, 10.0))
    sheet.legend(level_patches(worn))
    over, under = int((order["change"] > cap).sum()), int((order["change"] < -100).sum())
    notes = [
        f"Bars above {cap:g}% are cut there ({over:,})." if over else "",
        f"Falls beyond 100%, to a value below zero, are drawn as 100% ({under:,})." if under else "",
        f"Not drawn: {len(frame) - len(known):,} without two values." if len(frame) > len(known) else "",
    ]
    return sheet.finish(order, _describe_changes(order, y_label), notes)


DOTS: Final = 4_000
"""More bars than a printed page has dots: an SVG or a PDF shows them as a picture."""


def _bars(ax: Axes, heights: np.ndarray, categories: pd.Series, worn: Mapping[str, Any]) -> None:
    """All bars of a category as one collection; thin ones without an edge."""
    half, edge = (0.43, 0.4) if len(heights) <= 80 else (0.5, 0.0)
    for level, look in worn.items():
        at = np.flatnonzero((categories == level).to_numpy())
        corners = [[(x - half, 0), (x - half, heights[x]), (x + half, heights[x]), (x + half, 0)] for x in at]
        bars = PolyCollection(corners, facecolor=look.color, hatch=look.hatch, lw=edge, gid=level)
        bars.set_edgecolor(INK if edge else look.color)
        bars.set_rasterized(len(heights) > DOTS)
        ax.add_collection(bars)


def _describe_changes(known: pd.DataFrame, what: str) -> str:
    change = known["change"].astype(float)
    span = f"from {_signed(change.max())} to {_signed(change.min())}"
    said = f"Waterfall of {layout.people(len(change))}, {what}: {span}; "
    said += f"{int((change < 0).sum()):,} fall, {int((change > 0).sum()):,} rise, "
    said += f"{int((change <= -50).sum()):,} fall by at least 50%. "
    counts = known["category"].astype(str).value_counts()
    return f"{said}Categories: {', '.join(f'{k} {int(counts[k]):,}' for k in in_order(known['category']))}."


def _signed(value: float) -> str:
    return f"{'+' if value >= 0.5 else ''}{text.number(value, 0)}"
