"""Estimates with their intervals: forests of ratios, balance of two groups, ranges over cohorts.

And which denominators can carry a percentage.
"""

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

_MARKERS = "oD^sv"
ALIKE = 0.1
"""A smaller standardized difference than this is usually called balanced."""
_AXIS_MM, _REST_MM = 12.0, 20.0
_BLUE, _MARK = LINES[0][0], LINES[1][0]
_MARKS: dict[str, dict[str, Any]] = {
    "the same in every cohort": {"marker": "s", "ms": 5.5, "ls": "", "color": INK},
    "lowest to highest": {"lw": 1.0, "color": "#8fa6ba"},
    "the middle nine tenths": {"lw": 4.0, "color": "#93bfd9", "solid_capstyle": "butt"},
    "median": {"marker": "|", "ms": 8, "mew": 1.6, "ls": "", "color": _BLUE},
    "the embedded cohort": {"marker": "D", "ms": 4, "ls": "", "mfc": "white", "mec": _MARK, "mew": 1.1},
}


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
    if row.get("heading"):
        said = ""
    elif "text" in row:
        said = row["text"] if isinstance(row["text"], str) else ""
    else:
        value, lower, upper = (float(row[key]) for key in ("estimate", "lower", "upper"))
        said = text.estimate(value, lower, upper, digits=0 if percent else 2, share=percent, missing="")
    return row | {"label": layout.wrap(str(row["label"]), 0.28 * mm), "said": layout.wrap(said, 0.34 * mm)}


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
        _draw_group(ax, part, group, group in log, places)
    handles = [Line2D([], [], label=name, **marks) for name, marks in _MARKS.items()]
    sheet.legend(handles, most=len(handles))
    return sheet.finish(frame, _describe_ranges(frame))


def _draw_group(ax: Axes, rows: pd.DataFrame, name: str, log: bool, places: np.ndarray) -> None:
    low, high = _ends(rows, log)
    ax.set(xlim=(low, high), xlabel=name)
    if log:
        layout.log_axis(ax.xaxis, low, high)
        ax.axvline(1.0, color=MUTED, lw=0.7, ls=(0, (3, 2)), zorder=1)
    elif not name.endswith("(%)"):
        ax.set_xticks(layout.month_ticks(high))
    for place, row in zip(places, layout.each(rows), strict=True):
        ax.axhline(place, color="#ececec", lw=0.5, zorder=0)
        _draw_range(ax, place, row, high)
        layout.beside(ax, place, row.text, bold=bool(row.pinned))


def _ends(rows: pd.DataFrame, log: bool) -> tuple[float, float]:
    values = rows[["lowest", "p5", "median", "p95", "highest", "marked"]].to_numpy(float).ravel()
    values = values[np.isfinite(values)]
    if log:
        return layout.log_range(np.r_[values, 1.0])
    return 0.0, 100.0 if rows["group"].str.endswith("(%)").all() else 1.05 * float(values.max())


def _draw_range(ax: Axes, place: float, row: Any, high: float) -> None:
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
