"""Values of each patient over time, with the thresholds that grade them; and before and after."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from amyloid.show import text
from amyloid.show.plots import layout
from amyloid.show.plots.sheet import Sheet, figure
from amyloid.show.plots.style import LINES, TEXT_PT, in_order, lines, looks

MANY = 20
"""With more lines than this in a panel their medians stand over them, and the lines are faint."""
_MEDIANS: dict[str, Any] = {"color": "#08306b", "lw": 2.2, "marker": "s", "ms": 3}
Heights = Mapping[float, str]


@figure("patient_id month", several=True)
def courses(
    sheet: Sheet,
    visits: pd.DataFrame,
    value: str,
    *,
    y_label: str,
    x_label: str = "Months from first dose",
    thresholds: Heights | None = None,
    panel_by: str | None = None,
    medians: pd.DataFrame | None = None,
    log: bool = True,
    floor: float | None = None,
) -> object:
    """Draw one line per patient, and the medians over them where the lines are many.

    Parameters
    ----------
    visits : DataFrame
        `patient_id, month`, the column named by `value`, and the one named by `panel_by`.
    value : str
        What is drawn.
    y_label, x_label : str
        The axes with their units.
    thresholds : Mapping, optional
        Height of a horizontal line to its words.
    panel_by : str, optional
        Column whose levels get a small multiple each, at most six.
    medians : DataFrame, optional
        `month, median`, and the column named by `panel_by`.
    log : bool
        Log axis. Values at or below `floor` are drawn at the floor.
    floor : float, optional
        Lowest value of a log axis; the smallest positive value when left out.

    Examples
    --------
    >>> visits = pd.DataFrame({"patient_id": ["a", "a"], "month": [0, 3], "dflc": [200.0, 20.0]})
    >>> courses(visits, "dflc", y_label="dFLC (mg/L)").alt
    'Courses of 1 patient, dFLC (mg/L): 2 values from 20 to 200, months 0.0 to 3.0.'
    """
    known = visits[visits[value].notna() & visits["month"].notna()]
    levels = in_order(known[panel_by])[:6] if panel_by else [""]
    if known.empty or not levels:
        return sheet.words("There are no values over time to draw.")
    known = known.assign(patient_id=known["patient_id"].astype(str), panel=_panels(known, panel_by))
    sizes = known.groupby("panel")["patient_id"].nunique()
    part = known[known["patient_id"].isin(_chosen(known, value))]
    values = part[value].to_numpy(float)
    part = part.assign(drawn=layout.log_floor(values, floor) if log else values)
    axes = sheet.grid(len(levels), 52 if len(levels) <= 3 else 44, sharex=True, sharey=True)
    middle = None if medians is None else medians.assign(panel=_panels(medians, panel_by))
    marked = False
    for ax, level in zip(axes.ravel(), levels, strict=False):
        n = int(sizes[level])
        _draw(ax, part[part["panel"] == level], faint=n > MANY)
        if level:
            drawn = part.loc[part["panel"] == level, "patient_id"].nunique()
            said = f" (n = {n:,})" if drawn == n else f"\nn = {n:,}, {drawn} drawn"
            head = looks([level])[level].words + said
            ax.set_title(layout.wrap(head, sheet.mm / axes.shape[1] - 14, TEXT_PT))
        if middle is not None and n > MANY:
            own = middle[middle["panel"] == level]
            ax.plot(own["month"], own["median"], gid="medians", zorder=4, **_MEDIANS)
            marked |= len(own) > 0
    _scale(axes, part, log, thresholds or {})
    for row in axes:
        row[0].set_ylabel(y_label)
    for place, ax in enumerate(axes.ravel()[: len(levels)]):
        if place + axes.shape[1] >= len(levels):  # the lowest of its column
            ax.set_xlabel(x_label)
            ax.tick_params(labelbottom=True)
    floored = int((values < part["drawn"] - 1e-12).sum())
    notes = [f"{floored:,} values below {float(part['drawn'].min()):g} are drawn there." if floored else "",
             "Thick line: median, while at least five have a value." if marked else ""]  # fmt: skip
    kept = part[["patient_id", "month", value, *([panel_by] if panel_by else [])]]
    how = "evenly spaced by the first value" + (" in each panel" if panel_by else "")
    said = layout.part_of(part["patient_id"].nunique(), known["patient_id"].nunique(), how=how)
    return sheet.finish(kept, _describe_courses(known, value, y_label), notes, said)


def _panels(frame: pd.DataFrame, by: str | None) -> pd.Series:
    return frame[by].astype(str) if by else pd.Series("", index=frame.index)


def _chosen(known: pd.DataFrame, value: str) -> pd.Series:
    """Ids whose courses are drawn: all, or of each panel as many as can be told apart."""
    first = known.drop_duplicates("patient_id")
    if len(first) <= layout.ROW_LIMIT:
        return first["patient_id"]
    parts = [own for _, own in first.groupby("panel")]
    ordered = [own.sort_values([value, "patient_id"], kind="stable") for own in parts]
    limit = max(layout.ROW_LIMIT // len(parts), 1)
    chosen: pd.Series = pd.concat([layout.evenly(own, limit)["patient_id"] for own in ordered])
    return chosen


def _draw(ax: Axes, own: pd.DataFrame, faint: bool) -> None:
    """Lines of the patients with a dot for each value."""
    import seaborn as sns  # slow to load

    look = {"color": "#93aec2" if faint else LINES[0][0], "lw": 0.6 if faint else 0.8}
    sns.lineplot(
        own, x="month", y="drawn", units="patient_id", estimator=None, marker="o", ms=1.7, mew=0,
        alpha=0.6 if faint else 0.8, legend=False, ax=ax, zorder=2, **look,
    )  # fmt: skip
    ax.set(xlabel="", ylabel="")


def _scale(axes: np.ndarray, part: pd.DataFrame, log: bool, thresholds: Heights) -> None:
    """Scale the axes so that values and near thresholds are inside; name the thresholds at the right."""
    low, high = float(part["drawn"].min()), float(part["drawn"].max())
    inside = [height for height in thresholds if low / 2 <= height <= high * 2]
    low, high = min([low, *inside]), max([high, *inside])
    longest = max(float(part["month"].max()), 1.0)
    pad = 0.05 * max(high - low, 1e-9)
    bottom = 0 if 0 <= low < 0.4 * high else low - pad
    for ax in axes.ravel():
        if log:
            layout.log_axis(ax.yaxis, low / 1.25, high * 1.25)
        else:
            ax.set_ylim(bottom, high + pad)
        ax.set_xlim(min(float(part["month"].min()), 0.0) - 0.02 * longest, longest * 1.02)
        ax.set_xticks(layout.month_ticks(longest)[:: 2 if axes.shape[1] > 1 else 1])
        for height, said in thresholds.items():
            if ax.axison and height in inside:
                layout.threshold(ax, height, said if ax is axes[0, -1] else "")


def _describe_courses(known: pd.DataFrame, value: str, what: str) -> str:
    low, high = float(known[value].min()), float(known[value].max())
    first, last = float(known["month"].min()), float(known["month"].max())
    count = layout.people(known["patient_id"].nunique())
    span = f"{len(known):,} values from {low:.3g} to {high:.3g}, months {first:.1f} to {last:.1f}"
    return f"Courses of {count}, {what}: {span}."


@figure("patient_id before after outcome")
def paired(
    sheet: Sheet,
    frame: pd.DataFrame,
    *,
    y_label: str,
    before: str = "Before",
    after: str = "After",
    thresholds: Heights | None = None,
    floor: float | None = None,
) -> object:
    """Join each patient's two values on a log axis; at most twelve patients have them written at both ends.

    Parameters
    ----------
    frame : DataFrame
        `patient_id, before, after, outcome`; the outcome chooses line and color.
    y_label, before, after : str
        The axis with its unit; names of the two times.
    thresholds : Mapping, optional
        Height of a horizontal line to its words.
    floor : float, optional
        Values at or below it are drawn there.

    Examples
    --------
    >>> frame = pd.DataFrame({"patient_id": ["a"], "before": [8.8], "after": [0.14], "outcome": ["resolved"]})
    >>> paired(frame, y_label="Proteinuria (g/24 h)").alt
    'Paired values of 1 patient, Proteinuria (g/24 h): 8.8 to 0.14 (resolved).'
    """
    known = frame.dropna(subset=["before", "after"]).reset_index(drop=True)
    if known.empty:
        return sheet.words("Nobody has a value at both times.")
    rank = (known["after"] / known["before"]).sort_values(kind="stable").index
    drawn = layout.evenly(known.loc[rank], layout.ROW_LIMIT)
    part = drawn.sort_index().reset_index(drop=True)
    left, right = (layout.log_floor(part[key].to_numpy(float), floor) for key in ("before", "after"))
    ax = sheet.ax(92)
    for outcome, look in lines(dict.fromkeys(part["outcome"].astype(str))).items():
        own = np.flatnonzero(part["outcome"].astype(str) == outcome)
        ends = np.c_[left[own], right[own], np.full(len(own), np.nan)].ravel()
        ax.plot(np.tile([0, 1, np.nan], len(own)), ends, color=look.line, ls=look.dashes, marker=look.marker,
                ms=4, lw=1.1, mec="white", mew=0.4, zorder=3, alpha=0.9 if len(part) <= 40 else 0.4,
                label=f"{outcome} (n = {int((known['outcome'] == outcome).sum()):,})")  # fmt: skip
    values = [*left, *right, *(thresholds or {})]
    layout.log_axis(ax.yaxis, min(values) / 1.35, max(values) * 1.35)
    ax.set(xlim=(-0.28, 1.28), ylabel=y_label)
    ax.set_xticks([0, 1], [before, after])
    for height, said in (thresholds or {}).items():
        layout.threshold(ax, height, said)
    if len(part) <= 12:
        _write_ends(ax, part, left, right)
    sheet.legend(ax.get_legend_handles_labels()[0])
    said = layout.part_of(len(part), len(known), how="evenly spaced by the change")
    return sheet.finish(part, _describe_pairs(known, y_label), part=said)


def _write_ends(ax: Axes, part: pd.DataFrame, left: np.ndarray, right: np.ndarray) -> None:
    low, high = np.log(ax.get_ylim())
    for x, side, shown, align in ((0, left, "before", "right"), (1, right, "after", "left")):
        ends = ((np.log(side) - low) / (high - low)).tolist()
        for height, value in zip(layout.spread(ends, 0.042), part[shown], strict=True):
            ax.annotate(text.number(value, 2), (x, height), (10 * x - 5, 0), textcoords="offset points",
                        xycoords=ax.get_xaxis_transform(), ha=align, va="center")  # fmt: skip


def _describe_pairs(known: pd.DataFrame, what: str) -> str:
    head = f"Paired values of {layout.people(len(known))}, {what}: "
    if len(known) <= 12:
        pairs = (f"{row.before:.3g} to {row.after:.3g} ({row.outcome})" for row in layout.each(known))
        return f"{head}{'; '.join(pairs)}."
    counts = known["outcome"].astype(str).value_counts(sort=False)
    return head + ", ".join(f"{key} {int(n):,}" for key, n in counts.items()) + "."
