"""Estimates with their intervals on one axis: forests of ratios, rates, milestones."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from amyloid.show.plots.canvas import (
    Panel,
    Width,
    beside,
    each,
    finish,
    log_axis,
    percent_axis,
    start,
    words,
    wrap,
)
from amyloid.show.plots.style import LINES, MUTED, SMALL_PT, house_style
from amyloid.show.tables import text


@house_style
def forest(
    frame: pd.DataFrame,
    *,
    title: str = "",
    x_label: str,
    log: bool = False,
    percent: bool = False,
    reference: float | None = None,
    sides: tuple[str, str] | None = None,
    synthetic: bool | str = False,
    width: Width = "double",
) -> Panel:
    """Draw a point and an interval per row.

    Parameters
    ----------
    frame : DataFrame
        `label, estimate, lower, upper`; optional `text` (written at the right; the estimate and its
        interval when left out), `group` (a heading over neighboring rows) and `marked` (true rows are
        drawn filled and bold). A missing estimate is written as "not estimable", a missing limit is an
        arrow.
    title, x_label : str
        What the figure shows; the axis with its unit.
    log : bool
        Ratio axis.
    percent : bool
        Estimates are shares of one, shown in percent.
    reference : float, optional
        Where the line of no difference stands.
    sides : tuple of str, optional
        What lies left and right of the reference.
    synthetic : bool
        Whether the data carry the synthetic stamp.
    width : "single" or "double"
        85 or 170 mm.

    Returns
    -------
    Panel
    """
    if frame.empty or frame["estimate"].notna().sum() == 0:
        return words("Nothing could be estimated.", title=title, synthetic=synthetic, width=width)
    rows = _with_headings(frame)
    panel = start(title, width, 26 + 5.2 * len(rows) + (4 if sides else 0))
    ax = panel.add_subplot()
    low, high = _range(frame, log, reference)
    ax.set(ylim=(len(rows) - 0.4, -0.6), xlim=(low, high), xlabel=x_label)
    if log:
        ax.set_xscale("log")
        log_axis(ax.xaxis, low, high)
    if percent:
        percent_axis(ax.xaxis)
    if reference is not None:
        ax.axvline(reference, color=MUTED, lw=0.7, ls=(0, (3, 2)), zorder=1)
    room = 46.0 if width == "double" else 26.0
    ax.set_yticks(range(len(rows)), [wrap(str(row["label"]), room, SMALL_PT) for row in rows])
    for place, row in enumerate(rows):
        _row(ax, place, row, low, high, percent)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    for heading, tick in zip(rows, ax.get_yticklabels(), strict=True):
        tick.set_fontweight("bold" if heading.get("heading") or heading.get("marked") else "normal")
    if sides is not None and reference is not None:
        for text, align, step in ((f"← {sides[0]}", "right", -4), (f"{sides[1]} →", "left", 4)):
            ax.annotate(
                text, (reference, 1.0), xytext=(step, 2), xycoords=("data", "axes fraction"),
                textcoords="offset points", ha=align, va="bottom", fontsize=SMALL_PT, color=MUTED,
            )  # fmt: skip
    return finish(panel, frame, describe_forest(frame, x_label, percent=percent), synthetic=synthetic)


def _with_headings(frame: pd.DataFrame) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    last = None
    for record in frame.to_dict("records"):
        if "group" in frame and record["group"] != last and pd.notna(record["group"]):
            last = record["group"]
            rows.append({"label": last, "heading": True})
        rows.append({str(key): value for key, value in record.items()})
    return rows


def _range(frame: pd.DataFrame, log: bool, reference: float | None) -> tuple[float, float]:
    values = frame[["estimate", "lower", "upper"]].to_numpy(float).ravel()
    values = values[np.isfinite(values)]
    if reference is not None:
        values = np.r_[values, reference]
    if log:
        values = np.clip(values[values > 0], 0.01, 100.0)
        return float(values.min() / 1.3), float(values.max() * 1.3)
    pad = 0.06 * max(float(np.ptp(values)), 1e-9) or 0.5
    low = float(values.min()) - pad
    return (0.0 if values.min() >= 0 and low < 0.35 * values.max() else low), float(values.max()) + pad


def _row(ax: Axes, place: int, row: dict[str, object], low: float, high: float, percent: bool) -> None:
    if row.get("heading"):
        return
    estimate, lower, upper = (float(row[key]) for key in ("estimate", "lower", "upper"))  # type: ignore[arg-type]
    marked = bool(row.get("marked", False))
    said = row.get("text", _estimate_text(estimate, lower, upper, percent))
    if np.isnan(estimate):
        ax.text(0.5, place, "not estimable", transform=ax.get_yaxis_transform(), ha="center", va="center",
                fontsize=SMALL_PT, color=MUTED)  # fmt: skip
    else:
        color = LINES[0][0]
        ends = [low if np.isnan(lower) else max(lower, low), high if np.isnan(upper) else min(upper, high)]
        ax.plot(ends, [place, place], color=color, lw=1.9 if marked else 1.1, solid_capstyle="butt", zorder=2)
        for end, limit, marker in ((ends[0], lower, "<"), (ends[1], upper, ">")):
            if np.isnan(limit) or end != limit:
                ax.plot(end, place, marker=marker, ms=4, color=color, clip_on=False, zorder=3)
        ax.plot(estimate, place, marker="s", ms=5, mfc=color if marked or "marked" not in row else "white",
                mec=color, mew=1.1, zorder=4, clip_on=False)  # fmt: skip
    if isinstance(said, str) and said:
        beside(ax, place, said, bold=marked)


def _estimate_text(value: float, lower: float, upper: float, percent: bool) -> str:
    if np.isnan(value):
        return ""
    return text.estimate(value, lower, upper, digits=0 if percent else 2, share=percent)


def describe_forest(frame: pd.DataFrame, what: str, *, percent: bool = False) -> str:
    """Alt text of a forest: each row with its estimate and interval."""

    def number(value: float) -> str:
        return "not estimable" if pd.isna(value) else (text.percent(value) if percent else f"{value:.3g}")

    def limits(lower: float, upper: float) -> str:
        return "" if pd.isna(lower) and pd.isna(upper) else f" ({number(lower)} to {number(upper)})"

    parts = [
        f"{row.label} {number(row.estimate)}{limits(row.lower, row.upper)}" for row in each(frame.head(40))
    ]
    more = "" if len(frame) <= 40 else f"; and {len(frame) - 40} more rows"
    return f"Estimates with intervals, {what}: " + "; ".join(parts) + more + "."
