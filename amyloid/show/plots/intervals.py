"""Estimates with their intervals on one axis: forests of ratios, and how alike two groups are."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from amyloid.show import text
from amyloid.show.plots import layout
from amyloid.show.plots.sheet import Sheet, figure
from amyloid.show.plots.style import FAINT, LINES, MUTED

_MARKERS = "oD^sv"
ALIKE = 0.1
"""A smaller standardized difference than this is usually called balanced."""


@figure("label estimate lower upper")
def forest(
    sheet: Sheet,
    frame: pd.DataFrame,
    *,
    x_label: str,
    log: bool = False,
    percent: bool = False,
    reference: float | None = None,
    sides: tuple[str, str] | None = None,
) -> object:
    """Draw a point and an interval per row.

    Parameters
    ----------
    frame : DataFrame
        `label, estimate, lower, upper`; optional `text` (written at the right; the estimate and its
        interval when left out), `group` (a heading over neighboring rows) and `marked` (true rows are
        drawn filled and bold). A missing estimate is written as "not estimable", a missing limit is an
        arrow.
    x_label : str
        The axis with its unit.
    log : bool
        Ratio axis.
    percent : bool
        Estimates are shares of one, shown in percent.
    reference : float, optional
        Where the line of no difference stands.
    sides : tuple of str, optional
        What lies left and right of the reference.

    Examples
    --------
    >>> row = {"label": "Heart involved", "estimate": 4.2, "lower": 1.1, "upper": 16.0}
    >>> forest(pd.DataFrame([row]), x_label="Hazard ratio", log=True).alt
    'Estimates with intervals, Hazard ratio: Heart involved 4.2 (1.1 to 16).'
    """
    if frame.empty or frame["estimate"].notna().sum() == 0:
        return sheet.words("Nothing could be estimated.")
    rows = [_in_words(row, sheet.mm, percent) for row in _with_headings(frame)]
    labels = [row["label"] for row in rows]
    places, end = layout.row_places(labels, [row["said"] for row in rows])
    ax = sheet.ax(22 + layout.LINE_MM * (end + 2 * bool(sides)))
    low, high = _range(frame, log, reference)
    bold = [bool(row.get("heading") or row.get("marked")) for row in rows]
    layout.rows_axis(ax, labels, bold, places, end)
    ax.set(xlim=(low, high), xlabel=x_label)
    if log:
        layout.log_axis(ax.xaxis, low, high)
    if percent:
        layout.percent_axis(ax.xaxis)
    if reference is not None:
        ax.axvline(reference, color=MUTED, lw=0.7, ls=(0, (3, 2)), zorder=1)
    for place, row in zip(places, rows, strict=True):
        if not row.get("heading"):
            _row(ax, place, row, low, high)
    if sides is not None and reference is not None:
        for said, align, step in ((f"← {sides[0]}", "right", -4), (f"{sides[1]} →", "left", 4)):
            said = layout.wrap(said, 0.2 * sheet.mm)
            ax.annotate(said, (reference, 1.0), (step, 2), xycoords=ax.get_xaxis_transform(), color=MUTED,
                        textcoords="offset points", ha=align, va="bottom")  # fmt: skip
    return sheet.finish(frame, _describe(frame, x_label, percent))


def _with_headings(frame: pd.DataFrame) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    last = None
    for record in frame.to_dict("records"):
        if "group" in frame and record["group"] != last and pd.notna(record["group"]):
            last = record["group"]
            rows.append({"label": last, "heading": True})
        rows.append({str(key): value for key, value in record.items()})
    return rows


def _in_words(row: dict[str, Any], mm: float, percent: bool) -> dict[str, Any]:
    """Row with its label and its text broken to fit."""
    said = row.get("text", "" if row.get("heading") else _estimate(row, percent))
    said = said if isinstance(said, str) else ""
    return row | {"label": layout.wrap(str(row["label"]), 0.28 * mm), "said": layout.wrap(said, 0.34 * mm)}


def _estimate(row: dict[str, Any], percent: bool) -> str:
    value, lower, upper = (float(row[key]) for key in ("estimate", "lower", "upper"))
    return text.estimate(value, lower, upper, digits=0 if percent else 2, share=percent, missing="")


def _range(frame: pd.DataFrame, log: bool, reference: float | None) -> tuple[float, float]:
    values = frame[["estimate", "lower", "upper"]].to_numpy(float).ravel()
    values = values[np.isfinite(values)]
    if reference is not None:
        values = np.r_[values, reference]
    if log:
        return layout.log_range(values)
    pad = 0.06 * max(float(np.ptp(values)), 1e-9) or 0.5
    low = float(values.min()) - pad
    return (0.0 if values.min() >= 0 and low < 0.35 * values.max() else low), float(values.max()) + pad


def _row(ax: Axes, place: float, row: dict[str, Any], low: float, high: float) -> None:
    estimate, lower, upper = (float(row[key]) for key in ("estimate", "lower", "upper"))
    marked = bool(row.get("marked", False))
    if np.isnan(estimate):
        layout.beside(ax, place, "not estimable", x=0.5, ha="center", color=MUTED)
    else:
        color = LINES[0][0]
        ends = [low if np.isnan(lower) else max(lower, low), high if np.isnan(upper) else min(upper, high)]
        ax.plot(ends, [place, place], color=color, lw=1.9 if marked else 1.1, solid_capstyle="butt", zorder=2)
        for end, limit, marker in ((ends[0], lower, "<"), (ends[1], upper, ">")):
            if np.isnan(limit) or end != limit:
                ax.plot(end, place, marker=marker, ms=4, color=color, clip_on=False, zorder=3)
        ax.plot(estimate, place, marker="s", ms=5, mfc=color if marked or "marked" not in row else "white",
                mec=color, mew=1.1, zorder=4, clip_on=False)  # fmt: skip
    layout.beside(ax, place, row["said"], bold=marked)


def _describe(frame: pd.DataFrame, what: str, percent: bool) -> str:
    def number(value: float) -> str:
        return "not estimable" if pd.isna(value) else (text.percent(value) if percent else f"{value:.3g}")

    def limits(lower: float, upper: float) -> str:
        return "" if pd.isna(lower) and pd.isna(upper) else f" ({number(lower)} to {number(upper)})"

    parts = [
        f"{row.label} {number(row.estimate)}{limits(row.lower, row.upper)}"
        for row in layout.each(frame.head(40))
    ]
    more = "" if len(frame) <= 40 else f"; and {len(frame) - 40} more rows"
    return f"Estimates with intervals, {what}: " + "; ".join(parts) + more + "."


@figure("trait series difference")
def balance(sheet: Sheet, frame: pd.DataFrame, *, x_label: str) -> object:
    """Draw how alike two groups are: the standardized difference of each trait, a marker for each series.

    Parameters
    ----------
    frame : DataFrame
        `trait, series, difference`; the series are groups, or before and after weighting. A missing
        difference is not drawn, an infinite one stands at the edge.
    x_label : str
        The axis, with its direction.

    Examples
    --------
    >>> frame = pd.DataFrame({"trait": ["Age"], "series": ["before weighting"], "difference": [0.3]})
    >>> balance(frame, x_label="Standardized difference").alt
    'Standardized differences: Age +0.30 (before weighting).'
    """
    known = frame[frame["difference"].notna()]
    if known.empty:
        return sheet.words("No trait could be compared.")
    traits, series = list(dict.fromkeys(known["trait"])), list(dict.fromkeys(known["series"]))
    said = [layout.wrap(str(trait), 0.35 * sheet.mm) for trait in traits]
    places, end = layout.row_places(said)
    ax = sheet.ax(24 + layout.LINE_MM * end + 5 * (len(series) > 1))
    finite = known["difference"][np.isfinite(known["difference"])].abs()
    edge = 1.12 * max(float(finite.max()) if len(finite) else 0.0, 3 * ALIKE)
    ax.axvspan(-ALIKE, ALIKE, color=FAINT, alpha=0.3, lw=0, zorder=0)
    ax.axvline(0, color=MUTED, lw=0.7, ls=(0, (3, 2)), zorder=1)
    for place, name in enumerate(series):
        rows = known[known["series"] == name]
        at, color = places[[traits.index(trait) for trait in rows["trait"]]], LINES[place % len(LINES)][0]
        ax.plot(
            rows["difference"].clip(-edge, edge), at, ls="", marker=_MARKERS[place % len(_MARKERS)], ms=5,
            color=color, mfc="white" if place else color, label=str(name), clip_on=False, zorder=3,
        )  # fmt: skip
    layout.rows_axis(ax, said, (), places, end)
    ax.set(xlim=(-edge, edge), xlabel=x_label)
    if len(series) > 1:
        sheet.legend(ax.get_legend_handles_labels()[0])
    notes = [f"Gray band: less than {ALIKE:g} of a standard deviation."]
    parts = [f"{row.trait} {row.difference:+.2f} ({row.series})" for row in layout.each(known)]
    return sheet.finish(known, "Standardized differences: " + "; ".join(parts) + ".", notes)
