"""How far numbers move, over cohorts and over ways of doing the analysis; which denominators fit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from amyloid.show.plots import layout
from amyloid.show.plots.sheet import Sheet, figure
from amyloid.show.plots.style import CHIP, INK, LINES, MUTED

_AXIS_MM, _REST_MM = 12.0, 20.0
_BLUE, _MARK = LINES[0][0], LINES[1][0]
_MARKS: dict[str, dict[str, Any]] = {
    "the same in every cohort": {"marker": "s", "ms": 5.5, "ls": "", "color": INK},
    "lowest to highest": {"lw": 1.0, "color": "#8fa6ba"},
    "the middle nine tenths": {"lw": 4.0, "color": "#93bfd9", "solid_capstyle": "butt"},
    "median": {"marker": "|", "ms": 8, "mew": 1.6, "ls": "", "color": _BLUE},
    "the embedded cohort": {"marker": "D", "ms": 4, "ls": "", "mfc": "white", "mec": _MARK, "mew": 1.1},
}


@figure("group label lowest p5 median p95 highest pinned marked text", several=True)
def ranges(sheet: Sheet, frame: pd.DataFrame, *, log: Sequence[str] = ()) -> object:
    """Draw a row for each number: its range, or a square where every cohort has the same value.

    Parameters
    ----------
    frame : DataFrame
        `group` (the axis: ``Months``, words that end in ``(%)``, or one of `log`; rows of a group are
        neighbors), `label`, `lowest, p5, median, p95, highest` (missing: beyond every value, drawn as an
        arrow), `pinned`, `marked` (the value of the cohort that is marked), `text` (written at the right).
    log : sequence of str
        Groups of ratios.

    Examples
    --------
    >>> row = {"group": "Months", "label": "Median", "pinned": True, "text": "31 in all"}
    >>> row |= dict.fromkeys(["lowest", "p5", "median", "p95", "highest", "marked"], 31.0)
    >>> ranges(pd.DataFrame([row])).alt
    '1 of 1 numbers are the same in every cohort. Median (Months): 31 in all.'
    """
    if frame.empty:
        return sheet.words("No number was summarized.")
    groups = list(dict.fromkeys(frame["group"]))
    shown = frame.assign(label=[layout.wrap(label, 0.3 * sheet.mm) for label in frame["label"]],
                         text=[layout.wrap(said, 0.24 * sheet.mm) for said in frame["text"]])  # fmt: skip
    parts = {group: shown[shown["group"] == group] for group in groups}
    rows = [layout.row_places(part["label"].tolist(), part["text"].tolist()) for part in parts.values()]
    ends = [end for _, end in rows]
    axes = sheet.axes(
        _REST_MM + _AXIS_MM * len(groups) + layout.LINE_MM * sum(ends), len(groups), height_ratios=ends
    )
    for ax, (group, part), (places, end) in zip(axes[:, 0], parts.items(), rows, strict=True):
        layout.rows_axis(ax, part["label"].tolist(), part["pinned"].tolist(), places, end)
        _group(ax, part, group, group in log, places)
    handles = [Line2D([], [], label=name, **marks) for name, marks in _MARKS.items()]
    sheet.legend(handles, most=len(handles))
    return sheet.finish(frame, _describe_ranges(frame))


def _group(ax: Axes, rows: pd.DataFrame, name: str, log: bool, places: np.ndarray) -> None:
    low, high = _limits(rows, log)
    ax.set(xlim=(low, high), xlabel=name)
    if log:
        layout.log_axis(ax.xaxis, low, high)
        ax.axvline(1.0, color=MUTED, lw=0.7, ls=(0, (3, 2)), zorder=1)
    elif not name.endswith("(%)"):
        ax.set_xticks(layout.month_ticks(high))
    for place, row in zip(places, layout.each(rows), strict=True):
        ax.axhline(place, color="#ececec", lw=0.5, zorder=0)
        _row(ax, place, row, high)
        layout.beside(ax, place, row.text, bold=bool(row.pinned))


def _limits(rows: pd.DataFrame, log: bool) -> tuple[float, float]:
    values = rows[["lowest", "p5", "median", "p95", "highest", "marked"]].to_numpy(float).ravel()
    values = values[np.isfinite(values)]
    if log:
        return layout.log_range(np.r_[values, 1.0])
    return 0.0, 100.0 if rows["group"].str.endswith("(%)").all() else 1.05 * float(values.max())


def _row(ax: Axes, place: float, row: Any, high: float) -> None:
    if row.pinned:
        ax.plot(row.median, place, clip_on=False, zorder=3, **_MARKS["the same in every cohort"])
        return
    ends = [(row.lowest, row.highest, "lowest to highest"), (row.p5, row.p95, "the middle nine tenths")]
    for lower, upper, name in ends:
        if np.isfinite(lower):
            ax.plot([lower, upper if np.isfinite(upper) else high], [place] * 2, zorder=2, **_MARKS[name])
    if not np.isfinite(row.highest):
        ax.plot(high, place, marker=">", ms=4, color=_BLUE, clip_on=False, zorder=3)
    if np.isfinite(row.median):
        ax.plot(row.median, place, zorder=3, **_MARKS["median"])
    if np.isfinite(row.marked):
        ax.plot(row.marked, place, clip_on=False, zorder=4, **_MARKS["the embedded cohort"])


def _describe_ranges(frame: pd.DataFrame) -> str:
    pinned, moved = frame[frame["pinned"]], frame[~frame["pinned"]]
    parts = [f"{row.label} ({row.group}): {row.text}" for row in layout.each(pd.concat([pinned, moved]))]
    return f"{len(pinned)} of {len(frame)} numbers are the same in every cohort. " + "; ".join(parts) + "."


_HOW = {
    "rounded": ("s", LINES[0][0], LINES[0][0], "by rounding"),
    "sum": ("^", "white", LINES[1][0], "as a sum of rounded parts"),
    "truncated": ("o", "white", LINES[0][0], "only by cutting"),
}


@figure("label denominator how")
def percentage_audit(sheet: Sheet, frame: pd.DataFrame, *, highlight: Sequence[int] = ()) -> object:
    """Draw a mark where a denominator can carry a printed percentage.

    Parameters
    ----------
    frame : DataFrame
        `label` (the printed percentage and what it is of), `denominator`, `how`: rounded, sum (of
        rounded parts) or truncated. The first of these that fits a pair is drawn; a label that
        nothing fits has one row with a missing denominator.
    highlight : sequence of int
        Denominators with a band behind them.

    Examples
    --------
    >>> percentage_audit(pd.DataFrame({"label": ["24% CR"], "denominator": [33], "how": ["rounded"]})).alt
    'Denominators that could have given each printed percentage. 24% CR: 33.'
    """
    if frame.empty:
        return sheet.words("No percentage was printed.")
    labels = list(dict.fromkeys(frame["label"]))
    said = [layout.wrap(str(label), 0.45 * sheet.mm) for label in labels]
    places, end = layout.row_places(said)
    at = dict(zip(labels, places, strict=True))
    ax = sheet.ax(26 + layout.LINE_MM * end)
    ax.hlines(places, 0, 1, color="#e6e6e6", lw=0.5, transform=ax.get_yaxis_transform(), zorder=0)
    for n in highlight:
        ax.axvspan(n - 0.5, n + 0.5, color="#e4eef4", lw=0, zorder=0)
    fits = frame.dropna(subset="denominator")
    fits = fits.sort_values("how", key=lambda how: how.map(list(_HOW).index), kind="stable")
    fits = fits.drop_duplicates(["label", "denominator"])
    handles = _fits(ax, fits, at)
    top = int(fits["denominator"].max()) if len(fits) else 43
    layout.rows_axis(ax, said, (), places, end)
    ax.set(xlim=(0, top + 1), xlabel="Denominator (patients)")
    step, near = (10, 4) if sheet.narrow else (5, 2)
    ticks = [n for n in range(step, top + 1, step) if all(abs(n - one) > near for one in highlight)]
    ax.set_xticks(sorted({*ticks, *highlight}))
    if handles:
        sheet.legend(handles)
    return sheet.finish(frame, _describe_audit(frame))


def _fits(ax: Axes, fits: pd.DataFrame, places: Mapping[str, float]) -> list[Line2D]:
    """Draw a mark per pair that fits, words where none does; return the legend's entries."""
    for label, place in places.items():
        if label not in set(fits["label"]):
            layout.beside(ax, place, "no denominator fits", x=0.5, ha="center", color=MUTED, bbox=CHIP)
    handles = []
    for how, (marker, face, edge, words_of) in _HOW.items():
        rows = fits[fits["how"] == how]
        if len(rows):
            mark: dict[str, Any] = {"ls": "", "marker": marker, "mfc": face, "mec": edge, "mew": 0.8}
            ax.plot(rows["denominator"], rows["label"].map(places), ms=3.6, zorder=3, **mark)
            handles.append(Line2D([], [], ms=4, label=words_of, **mark))
    return handles


def _describe_audit(frame: pd.DataFrame) -> str:
    parts = []
    for label, rows in frame.groupby("label", sort=False):
        found = sorted(int(n) for n in rows["denominator"].dropna().unique())
        listed = ", ".join(map(str, found[:12])) + (f" and {len(found) - 12} more" if len(found) > 12 else "")
        parts.append(f"{label}: {listed or 'none'}")
    return "Denominators that could have given each printed percentage. " + "; ".join(parts) + "."
