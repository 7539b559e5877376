"""Individual courses of one measurement, with the bands that grade it, in small multiples."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection

from amyloid.show.plots.canvas import (
    Panel,
    Width,
    beside,
    finish,
    log_axis,
    month_ticks,
    people,
    start,
    words,
)
from amyloid.show.plots.falls import log_floor
from amyloid.show.plots.sampling import ROW_LIMIT, evenly, part_of
from amyloid.show.plots.style import LINES, MUTED, house_style, in_order, looks

_BANDS = ("#e4eef4", "#f4f6f1", "#f8f1e3", "#f6e6da")


@house_style
def courses(
    visits: pd.DataFrame,
    value: str,
    *,
    title: str = "",
    y_label: str,
    x_label: str = "Months from first dose",
    bands: Sequence[tuple[float, float, str]] = (),
    lines: Sequence[tuple[float, str]] = (),
    panel_by: str | None = None,
    log: bool = True,
    floor: float | None = None,
    synthetic: bool | str = False,
    width: Width = "double",
) -> Panel:
    """Draw one line per patient.

    Parameters
    ----------
    visits : DataFrame
        `patient_id, month`, the column named by `value`, and the one named by `panel_by`.
    value : str
        What is drawn.
    title, y_label, x_label : str
        What the figure shows; the axes with their units.
    bands : sequence of (lower, upper, words)
        Shaded ranges, such as the grades.
    lines : sequence of (height, words)
        Horizontal lines.
    panel_by : str, optional
        Column whose levels get a small multiple each, at most six.
    log : bool
        Log axis. Values at or below `floor` are drawn at the floor.
    floor : float, optional
        Lowest value of a log axis; the smallest positive value when left out.
    synthetic : bool
        Whether the data carry the synthetic stamp.
    width : "single" or "double"
        85 or 170 mm.

    Returns
    -------
    Panel
    """
    known = visits[visits[value].notna() & visits["month"].notna()]
    if known.empty:
        return words("There are no values over time to draw.", title=title, synthetic=synthetic, width=width)
    levels = in_order(known[panel_by])[:6] if panel_by else [""]
    if not levels:
        return words("There are no groups to draw.", title=title, synthetic=synthetic, width=width)
    sizes = known.groupby(known[panel_by].astype(str) if panel_by else lambda _: "")["patient_id"].nunique()
    part = known[known["patient_id"].isin(_chosen(known, value, panel_by))].copy()
    part["patient_id"] = part["patient_id"].astype(str)
    part["drawn"] = log_floor(part[value].to_numpy(float), floor) if log else part[value].astype(float)
    columns = min(len(levels), 3)
    rows = -(-len(levels) // columns)
    panel = start(title, width, 24 + (52 if rows == 1 else 44) * rows)
    axes = panel.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    for ax, level in zip(axes.ravel(), levels, strict=False):
        own = part[part[panel_by].astype(str) == level] if panel_by else part
        _draw(ax, own, level, bands, lines, log, int(sizes[level]))
    for spare in axes.ravel()[len(levels) :]:
        spare.set_axis_off()
    _axes(axes, part, log, bands, lines, width)
    panel.supylabel(y_label, fontsize=7.5)
    axes[-1, columns // 2 if columns == 3 else 0].set_xlabel(x_label)
    floored = int((part[value].astype(float) < part["drawn"] - 1e-12).sum()) if log else 0
    notes = [f"{floored:,} values below {float(part['drawn'].min()):g} are drawn there." if floored else ""]
    kept = part[["patient_id", "month", value, *([panel_by] if panel_by else [])]]
    how = "evenly spaced by the first value" + (" in each panel" if panel_by else "")
    said = part_of(part["patient_id"].nunique(), known["patient_id"].nunique(), how=how)
    alt = describe_courses(visits, value, y_label)
    return finish(panel, kept, alt, synthetic=synthetic, notes=notes, part=said)


def _chosen(known: pd.DataFrame, value: str, panel_by: str | None) -> pd.Series:
    """Ids whose courses are drawn: all, or of each panel as many as can be told apart."""
    first = known.drop_duplicates("patient_id")
    if len(first) <= ROW_LIMIT:
        return first["patient_id"]
    parts = [own for _, own in first.groupby(panel_by, observed=True)] if panel_by else [first]
    ordered = [own.sort_values([value, "patient_id"], kind="stable") for own in parts]
    chosen: pd.DataFrame = pd.concat([evenly(own, max(ROW_LIMIT // len(parts), 1)) for own in ordered])
    return chosen["patient_id"]


def _draw(
    ax: Axes, own: pd.DataFrame, level: str, bands: Sequence[tuple[float, float, str]],
    lines: Sequence[tuple[float, str]], log: bool, n: int,
) -> None:  # fmt: skip
    for place, (low, high, _) in enumerate(bands):
        bottom = max(low, 1e-9) if log else low
        ax.axhspan(
            bottom, high if np.isfinite(high) else 1e9, color=_BANDS[place % len(_BANDS)], lw=0, zorder=0
        )
    for height, _ in lines:
        ax.axhline(height, color=MUTED, lw=0.7, ls=(0, (4, 2)), zorder=1)
    color = LINES[0][0]
    paths = [part[["month", "drawn"]].to_numpy(float) for _, part in own.groupby("patient_id", sort=True)]
    faint = 0.75 if len(paths) <= 15 else (0.5 if len(paths) <= 50 else 0.3)
    ax.add_collection(LineCollection(paths, colors=color, lw=0.8, alpha=faint, zorder=2))
    ax.plot(own["month"], own["drawn"], ls="", marker="o", ms=1.7, color=color, alpha=faint, mew=0, zorder=3)
    if level:
        name = looks([level])[level].words
        all_drawn = len(paths) == n
        ax.set_title(f"{name} (n = {n:,})" if all_drawn else f"{name}\nn = {n:,}, {len(paths)} drawn")


def _axes(
    axes: np.ndarray, part: pd.DataFrame, log: bool, bands: Sequence[tuple[float, float, str]],
    lines: Sequence[tuple[float, str]], width: Width,
) -> None:  # fmt: skip
    first, low, high = axes[0, 0], float(part["drawn"].min()), float(part["drawn"].max())
    marks = [height for height, _ in lines] + [edge for band in bands for edge in band[:2]]
    inside = [m for m in marks if np.isfinite(m) and low / 2 <= m <= high * 2]
    low, high = min([low, *inside]), max([high, *inside])
    if log:
        first.set_yscale("log")
        first.set_ylim(low / 1.25, high * 1.25)
        log_axis(first.yaxis, low / 1.25, high * 1.25)
    else:
        pad = 0.05 * max(high - low, 1e-9)
        first.set_ylim(0 if 0 <= low < 0.4 * high else low - pad, high + pad)
    longest = max(float(part["month"].max()), 1.0)
    first.set_xlim(min(float(part["month"].min()), 0.0) - 0.02 * longest, longest * 1.02)
    first.set_xticks(month_ticks(longest)[:: 2 if axes.shape[1] == 3 else 1])
    bottom, top = first.get_ylim()
    _name_marks(axes[0, -1], bands, lines, bottom, top, log)


def _name_marks(
    ax: Axes, bands: Sequence[tuple[float, float, str]], lines: Sequence[tuple[float, str]],
    bottom: float, top: float, log: bool,
) -> None:  # fmt: skip
    def middle(low: float, high: float) -> float:
        low, high = max(low, bottom), min(high, top)
        return float(np.sqrt(low * high)) if log else (low + high) / 2

    names = [(middle(low, high), text) for low, high, text in bands if high > bottom and low < top]
    names += [(height, text) for height, text in lines if bottom <= height <= top]
    for height, text in names:
        beside(ax, height, text, color=MUTED)


def describe_courses(visits: pd.DataFrame, value: str, what: str) -> str:
    """Alt text of individual courses."""
    known = visits[visits[value].notna()]
    if known.empty:
        return "No courses: there are no values."
    count = known["patient_id"].astype(str).nunique()
    low, high = float(known[value].min()), float(known[value].max())
    return (
        f"Courses of {people(count)}, {what}: {len(known):,} values from {low:.3g} to {high:.3g}, "
        f"months {float(known['month'].min()):.1f} to {float(known['month'].max()):.1f}."
    )
