"""Treatment over time: one patient's drugs, values, events and categories; everybody's daily dose."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Patch, Rectangle

from amyloid.show.plots import layout
from amyloid.show.plots.sheet import Sheet, figure
from amyloid.show.plots.style import CHIP, INK, LINES, MUTED, SHADES, SMALL_PT, in_order, looks

AXIS_MM, FIRST_MM, BAR_MM, BAND_MM = 15.0, 26.0, 4.2, 3.6
_MARKERS, _TIME = ("o", "s", "^", "D"), "Months from first dose"
OFF = "off drug"


@figure(several=True)
def patient(sheet: Sheet, frames: Mapping[str, pd.DataFrame]) -> object:
    """Draw one patient: drugs, values and events on one axis of time, below them each criterion's category.

    Parameters
    ----------
    frames : mapping of DataFrame
        ``values`` (axis, test, month, value, bound, and log: whether the axis is logarithmic), ``limits``
        (axis, value, words), ``treatments`` (drug, start_month, end_month, dose_mg), ``events`` (month,
        event, detail), ``grades`` (domain, criteria, month, category).

    Examples
    --------
    >>> value = {"axis": "eGFR", "log": False, "test": "eGFR", "month": 0.0, "value": 60.0, "bound": 0}
    >>> columns = {"limits": "axis value words", "treatments": "drug start_month end_month dose_mg",
    ...            "events": "month event detail", "grades": "domain criteria month category"}
    >>> frames = {name: pd.DataFrame(columns=given.split()) for name, given in columns.items()}
    >>> patient(frames | {"values": pd.DataFrame([value])}).alt
    'Timeline of one patient. eGFR 60 at month 0.0, 60 at month 0.0. Events: none.'
    """
    values, grades = frames["values"], _banded(frames["grades"])
    if values.empty:
        return sheet.words("No value of this patient was recorded.")
    first, last = min(float(values["month"].min()), 0.0), _last(frames)
    drugs = frames["treatments"].astype({"drug": str})
    drugs = drugs.assign(end=drugs["end_month"].fillna(last))  # an open one goes to the end of the axis
    axes_names = list(dict.fromkeys(values["axis"]))
    bands = list(dict.fromkeys(zip(grades["domain"], grades["criteria"], strict=True)))
    heights = [
        max(1, drugs["drug"].nunique()) * BAR_MM + 3,
        *(FIRST_MM if place == 0 else AXIS_MM for place in range(len(axes_names))),
        max(1, len(bands)) * (2 * BAND_MM if sheet.narrow else BAND_MM) + 3,
    ]
    tall = sum(heights) + 10 + 5.5 * len(heights)
    axes = sheet.axes(tall, len(heights), sharex=True, height_ratios=heights)[:, 0]
    _draw_drugs(axes[0], drugs)
    for ax, name in zip(axes[1:-1], axes_names, strict=True):
        _draw_values(ax, name, values[values["axis"] == name], frames["limits"])
    shown = _draw_bands(axes[-1], grades, bands, last, "\n" if sheet.narrow else ", ")
    for ax in axes:
        ax.set_xlim(first - 0.02 * (last - first), last + 0.02 * (last - first))
        ax.axvline(0, color=MUTED, lw=0.6, ls=":", zorder=0)
    _draw_events(axes, frames["events"])
    axes[-1].set_xticks(layout.month_ticks(last))
    axes[-1].set_xlabel(_TIME)
    sheet.legend(_legend(shown, values), most=5)
    return sheet.finish(values, _describe(frames))


def _legend(shown: list[str], values: pd.DataFrame) -> list[Patch]:
    """One entry per look, with all words that share it; what an open marker means only where one is drawn."""
    alike: dict[tuple[str, str], list[str]] = {}
    drawn = looks(in_order(shown))
    for look in drawn.values():
        alike.setdefault((look.color, look.hatch), []).append(look.words)
    entries = [
        Patch(facecolor=color, hatch=hatch, edgecolor=INK, lw=0.5, label="; ".join(said))
        for (color, hatch), said in alike.items()
    ]
    if (values["bound"] != 0).any():
        entries.append(Patch(facecolor="none", edgecolor="none", label="▽ △ below, above the limit printed"))
    return entries


def _describe(frames: Mapping[str, pd.DataFrame]) -> str:
    """Say in words what the timeline shows."""
    values, events = frames["values"], frames["events"]
    said = []
    for (_, test), rows in values.groupby(["axis", "test"], sort=False):
        rows = rows.sort_values("month")
        before, after = rows.iloc[0], rows.iloc[-1]
        said.append(
            f"{test} {before['value']:.4g} at month {before['month']:.1f}, "
            f"{after['value']:.4g} at month {after['month']:.1f}"
        )
    happened = [f"{str(e.event).replace('_', ' ')} at month {e.month:.1f}" for e in layout.each(events)]
    drugs = list(dict.fromkeys(frames["treatments"]["drug"].astype(str)))
    given = f"Drugs: {', '.join(drugs)}. " if drugs else ""
    return f"Timeline of one patient. {given}{'; '.join(said)}. Events: {'; '.join(happened) or 'none'}."


def _last(frames: Mapping[str, pd.DataFrame]) -> float:
    """The end of the time axis: the last thing that is known."""
    months = [frames["values"]["month"], frames["events"]["month"], frames["treatments"]["start_month"]]
    return max(1.0, *(float(column.max()) for column in months if len(column)))


def _banded(grades: pd.DataFrame) -> pd.DataFrame:
    """Criteria with at least one visit that could be judged."""
    judged = grades[grades["category"] != "NE"]
    wanted = judged[["domain", "criteria"]].drop_duplicates()
    return grades.merge(wanted, on=["domain", "criteria"]).sort_values("month", kind="stable")


def _draw_drugs(ax: Axes, drugs: pd.DataFrame) -> None:
    names = list(dict.fromkeys(drugs["drug"]))
    layout.rows_axis(ax, names)
    layout.without_line(ax, "bottom")
    for place, name in enumerate(names):
        own = drugs[drugs["drug"] == name]
        dose = None
        for row in layout.each(own):
            length = max(float(row.end) - float(row.start_month), 0.05)
            ax.add_patch(Rectangle((float(row.start_month), place - 0.3), length, 0.6, facecolor="#b9b9b4",
                                   edgecolor="white", lw=0.4))  # fmt: skip
            if pd.notna(row.dose_mg) and row.dose_mg != dose:
                dose = row.dose_mg
                ax.text(row.start_month, place, f" {dose:g}", size=SMALL_PT - 1, va="center", clip_on=True)
    ax.set_title("Drugs, dose in mg" if names else "No drug was recorded", fontsize=SMALL_PT, color=MUTED)


def _draw_values(ax: Axes, name: str, rows: pd.DataFrame, limits: pd.DataFrame) -> None:
    positive = rows["value"][rows["value"] > 0]
    logged = bool(rows["log"].any()) and len(positive) > 0
    floor = float(positive.min()) / 1.6 if logged else None
    ends = {}
    for number, (test, own) in enumerate(rows.groupby("test", sort=False)):
        color, line = LINES[number % len(LINES)]
        height = own["value"].clip(lower=floor) if logged else own["value"]
        ax.plot(own["month"], height, color=color, ls=line, lw=1.0, zorder=2)
        for bound, marker in ((0, _MARKERS[number % 4]), (-1, "v"), (1, "^")):
            at = own["bound"].to_numpy() == bound
            ax.plot(own["month"][at], height[at], ls="", marker=marker, ms=3.0, color=color, zorder=3,
                    mfc=color if bound == 0 else "white", mew=0.8)  # fmt: skip
        ends[str(test)] = (float(height.iloc[-1]), color)
    own_limits = limits[limits["axis"] == name]
    if logged:
        low, high = float(floor or 1), float(rows["value"].max()) * 1.4
        layout.log_axis(ax.yaxis, low, high)
    else:
        within = own_limits["value"][own_limits["value"] < 3 * rows["value"].max()]
        low, high = 0.0, max([float(rows["value"].max()), *within]) * 1.15
    ax.set_ylim(low, high)
    for limit in layout.each(own_limits[own_limits["value"].between(low, high)]):
        ax.axhline(float(limit.value), color=MUTED, lw=0.5, ls=(0, (4, 3)), zorder=1)
        ax.annotate(str(limit.words), (1.0, float(limit.value)), xycoords=("axes fraction", "data"),
                    xytext=(-2, 1), textcoords="offset points", ha="right", fontsize=SMALL_PT - 1,
                    color=MUTED, zorder=4)  # fmt: skip
    if len(ends) > 1:
        _name_lines(ax, ends)
    ax.set_title(name, fontsize=SMALL_PT, color=INK)


def _name_lines(ax: Axes, ends: Mapping[str, tuple[float, str]]) -> None:
    """Write each line's name at its end, moved apart where they would touch."""
    to_share = ax.transData + ax.transAxes.inverted()
    wanted = [float(to_share.transform((1.0, height))[1]) for height, _ in ends.values()]
    for (name, (_, color)), place in zip(ends.items(), layout.spread(wanted, 0.13), strict=True):
        ax.text(1.01, place, name, transform=ax.transAxes, color=color, va="center")


def _draw_bands(
    ax: Axes, grades: pd.DataFrame, bands: list[tuple[str, str]], last: float, between: str
) -> list[str]:
    """Each visit's category from its day to the next visit; what could not be judged is hatched."""
    drawn = looks(in_order(grades["category"]))
    for place, (domain, key) in enumerate(bands):
        own = grades[(grades["domain"] == domain) & (grades["criteria"] == key)]
        months = own["month"].to_numpy()
        ends = np.append(months[1:], last)
        for month, end, category in zip(months, ends, own["category"], strict=True):
            look = drawn[str(category)]
            ax.add_patch(Rectangle((month, place - 0.38), max(end - month, 0.08), 0.76, facecolor=look.color,
                                   hatch=look.hatch, edgecolor=INK, lw=0.3))  # fmt: skip
    ax.set_ylim(max(len(bands), 1) - 0.4, -0.6)
    ax.set_yticks(range(len(bands)), [f"{domain.replace('_', ' ')}{between}{key}" for domain, key in bands])
    ax.tick_params(axis="y", length=0, labelsize=SMALL_PT - 1)
    ax.set_title("Category at each visit", fontsize=SMALL_PT, color=MUTED)
    return list(dict.fromkeys(grades["category"].astype(str)))


def _draw_events(axes: Any, events: pd.DataFrame) -> None:
    known = events.dropna(subset=["month"])
    middle = sum(axes[1].get_xlim()) / 2
    for number, row in enumerate(layout.each(known)):
        side, step = ("left", 2) if row.month < middle else ("right", -2)
        for ax in axes:
            ax.axvline(float(row.month), color="#a63a00", lw=0.7, zorder=1)
        axes[1].annotate(str(row.event).replace("_", " "), (float(row.month), 1.0),
                         xycoords=("data", "axes fraction"), xytext=(step, -3 - 8 * (number % 2)),
                         textcoords="offset points", fontsize=SMALL_PT - 1, color="#a63a00", ha=side,
                         va="top", bbox=CHIP, zorder=5)  # fmt: skip


@figure("month dose dose_mg patients followed")
def dose_over_time(sheet: Sheet, shares: pd.DataFrame, *, few: int = layout.FEWEST) -> object:
    """Draw the share of the followed patients on each dose as stacked steps, highest dose at the bottom.

    Parameters
    ----------
    shares : DataFrame
        `month, dose` (text, "off drug" among them), `dose_mg`, `patients`, `followed`.
    few : int
        Months with fewer than this many patients followed are not drawn, and the footer says so.

    Examples
    --------
    >>> shares = pd.DataFrame({"month": [0, 0], "dose": ["15 mg", "off drug"], "dose_mg": [15.0, 0.0]})
    >>> dose_over_time(shares.assign(patients=[5, 1], followed=6)).alt
    'Patients on each daily dose. month 0, 6 followed: 15 mg 5, off drug 1.'
    """
    drawn = shares[shares["followed"] >= min(few, int(shares["followed"].max()))] if len(shares) else shares
    if drawn.empty:
        return sheet.words("No doses were recorded.")
    wide = drawn.pivot(index="month", columns="dose", values="patients")[list(dict.fromkeys(drawn["dose"]))]
    share = wide.div(drawn.drop_duplicates("month").set_index("month")["followed"], axis=0)
    ax = sheet.ax(76)
    colors = _dose_colors(list(share.columns))
    edges = np.r_[share.index.to_numpy(float), share.index[-1] + 1.0]
    bottom = np.zeros(len(share))
    inside: list[tuple[float, float, str]] = []
    outside: list[tuple[float, str]] = []
    for dose in share.columns:
        top = bottom + share[dose].to_numpy()
        ax.fill_between(
            edges, np.r_[bottom, bottom[-1]], np.r_[top, top[-1]], step="post", facecolor=colors[dose],
            edgecolor=INK, lw=0.4, hatch="////" if dose == OFF else "", gid=f"dose-{dose}",
        )  # fmt: skip
        place = _dose_place(share[dose].to_numpy(), (bottom + top) / 2, edges, inside)
        if place is not None:
            inside.append((*place, dose))
        else:
            outside.append((float(bottom[-1] + top[-1]) / 2, dose))
        bottom = top
    for x, mid, dose in inside:
        ax.text(x, mid, dose, ha="center", va="center", bbox=CHIP)
    for y, (mid, dose) in zip(layout.spread([mid for mid, _ in outside], 0.055), outside, strict=True):
        ax.plot([1.0, 1.02], [mid, y], transform=ax.transAxes, color=INK, lw=0.4, clip_on=False)
        ax.text(1.025, y, dose, transform=ax.transAxes, va="center")
    ax.set(xlim=(edges[0], edges[-1]), xlabel=_TIME, ylim=(0, 1), ylabel="Patients still followed (%)")
    ax.set_xticks(layout.month_ticks(float(edges[-1])))
    layout.percent_axis(ax.yaxis)
    cut = shares["month"].max() > drawn["month"].max()
    notes = [f"Drawn while at least {few} patients are followed." if cut else ""]
    return sheet.finish(drawn, _describe_doses(shares), notes)


def _dose_place(
    thick: np.ndarray, middle: np.ndarray, edges: np.ndarray, taken: list[tuple[float, float, str]]
) -> tuple[float, float] | None:
    """Where a dose's name stands in its band: where it is thickest and no other name stands."""
    room = 0.06 * (edges[-1] - edges[0])
    around = np.convolve(thick, np.ones(3))[1:-1]  # a month with its neighbors, also of one month or two
    for month in np.argsort(-around, kind="stable"):
        x = float(np.clip(month + edges[0] + 0.5, edges[0] + room, edges[-1] - room))
        y = float(middle[month])
        free = all(abs(x - a) > 2 * room or abs(y - b) > 0.07 for a, b, _ in taken)
        if free and thick[month] >= 0.07:
            return x, y
    return None


def _dose_colors(doses: list[str]) -> dict[str, str]:
    ladder = [dose for dose in doses if dose.endswith(" mg")]
    shades = [SHADES[-1 - round(i * (len(SHADES) - 2) / max(len(ladder) - 1, 1))] for i in range(len(ladder))]
    return {**dict.fromkeys(doses, "#e9e2d0"), **dict(zip(ladder, shades, strict=True)), OFF: "#ffffff"}


def _describe_doses(shares: pd.DataFrame) -> str:
    """Alt text of the doses over time: who is on what at 0, 6 and 12 months."""
    parts = []
    for month in (0, 6, 12, 24):
        rows = shares[(shares["month"] == month) & (shares["patients"] > 0)]
        if len(rows):
            listed = ", ".join(f"{r.dose} {r.patients:,}" for r in layout.each(rows))
            parts.append(f"month {month}, {int(rows['followed'].iloc[0]):,} followed: {listed}")
    return "Patients on each daily dose. " + "; ".join(parts) + "."
