"""How far numbers move, over cohorts and over ways of doing the analysis; which denominators fit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from amyloid.show import text
from amyloid.show.plots import layout
from amyloid.show.plots.sheet import Sheet, figure
from amyloid.show.plots.style import CHIP, FAINT, INK, LINES, MUTED

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


@figure("estimate lower upper default", several=True)
def specification(
    sheet: Sheet, frame: pd.DataFrame, *, y_label: str, choices: Sequence[str] = (), percent: bool = False
) -> object:
    """Draw one estimate per way of doing the analysis, in rising order, over the choices that gave it.

    Parameters
    ----------
    frame : DataFrame
        `estimate, lower, upper, default` (true for the analysis of the paper) and one column per choice.
    y_label : str
        The axis with its unit.
    choices : sequence of str
        Columns of choices, such as criteria and confirmation.
    percent : bool
        Estimates are shares of one, shown in percent.

    Examples
    --------
    >>> frame = pd.DataFrame({"estimate": [0.5, 0.6], "lower": 0.4, "upper": 0.7, "default": [True, False]})
    >>> specification(frame.assign(criteria=["a", "b"]), y_label="Rate", choices=["criteria"]).alt
    '2 analyses, Rate: estimates from 0.5 to 0.6; the default gives 0.5.'
    """
    known = frame[frame["estimate"].notna()]
    if known.empty:
        return sheet.words("No way of doing this analysis gave an estimate.")
    order = known.sort_values("estimate", kind="stable")
    part = layout.evenly(order, layout.ROW_LIMIT)
    part = order[order.index.isin(part.index) | order["default"].astype(bool)].reset_index(drop=True)
    levels = [(c, str(level)) for c in choices for level in dict.fromkeys(part[c].astype(str))]
    below = 3.9 * (len(levels) + len(choices))
    heights = [46, below] if levels else [46]
    ax, *more = sheet.axes(62 + below, len(heights), sharex=True, height_ratios=heights)[:, 0]
    if levels:
        _choices(more[0], part, levels)
    _estimates(ax, part)
    ax.set_ylabel(y_label)
    if percent:
        layout.percent_axis(ax.yaxis)
    notes = [f"Estimates in rising order (n = {len(part):,}). Filled diamond and gray band: the default."]
    said = layout.part_of(len(part), len(order), "analyses")
    return sheet.finish(part, _describe_ways(known, y_label, percent), notes, said)


def _estimates(ax: Axes, part: pd.DataFrame) -> None:
    color = LINES[0][0]
    default = part["default"].to_numpy(bool)
    shades = np.where(default, color, "#8fa6ba")
    ax.vlines(part.index, part["lower"], part["upper"], color=shades, lw=0.9, zorder=2)
    plain: dict[str, Any] = {"marker": "o", "ms": 3.2, "mfc": "white", "mec": color, "mew": 0.8}
    ax.plot(part.index[~default], part["estimate"][~default], ls="", **plain)
    ax.plot(part.index[default], part["estimate"][default], ls="", marker="D", ms=5, color=color, zorder=4)
    for value in part["estimate"][default]:
        ax.axhline(value, color=MUTED, lw=0.6, ls=(0, (3, 2)), zorder=1)
    ax.set_xlim(-0.8, len(part) - 0.2)
    layout.without_line(ax, "bottom", labelbottom=False)


def _choices(ax: Axes, part: pd.DataFrame, levels: Sequence[tuple[str, str]]) -> None:
    rows = dict.fromkeys(row for column, level in levels for row in ((column, None), (column, level)))
    for place, (column, level) in enumerate(rows):
        if level is None:
            continue
        own = part.index[part[column].astype(str) == level]
        ax.plot(part.index, [place] * len(part), ls="", marker=".", ms=1.5, color=FAINT, mew=0)
        ax.plot(own, [place] * len(own), ls="", marker="s", ms=2.8, color=LINES[0][0], mew=0)
    for place in part.index[part["default"].to_numpy(bool)]:
        ax.axvspan(place - 0.4, place + 0.4, color="#e4e4e0", lw=0, zorder=0)
    names = [column.replace("_", " ") if level is None else level for column, level in rows]
    layout.rows_axis(ax, names, [level is None for _, level in rows])
    ax.set_xticks([])
    ax.spines["bottom"].set_visible(False)


def _describe_ways(known: pd.DataFrame, what: str, percent: bool) -> str:
    def number(value: float) -> str:
        return text.percent(value) if percent else f"{value:.3g}"

    low, high = float(known["estimate"].min()), float(known["estimate"].max())
    default = known[known["default"].astype(bool)]["estimate"]
    said = f"{len(known)} analyses, {what}: estimates from {number(low)} to {number(high)}"
    return said + (f"; the default gives {number(float(default.iloc[0]))}." if len(default) else ".")


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
