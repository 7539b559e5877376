"""Swimmer plot: one lane per patient, treatment shaded by dose, a mark for everything that happened."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from amyloid.plots.style import (
    INK,
    MUTED,
    ROW_LIMIT,
    Panel,
    Width,
    evenly,
    finish,
    house_style,
    legend_of,
    look,
    month_ticks,
    part_of,
    start,
    words,
)  # fmt: skip

MARKS: dict[str, tuple[str, str, str]] = {
    "CR": ("D", look("CR").color, "CR"),
    "VGPR": ("s", look("VGPR").color, "VGPR"),
    "PR": ("o", look("PR").color, "PR"),
    "MR": ("v", look("MR").color, "MR"),
    "relapse": ("X", "#d55e00", "relapse or progression"),
    "next treatment": ("^", "#e6b800", "next treatment"),
    "transplant": ("P", "#8e5ea2", "transplant"),
    "dialysis": ("h", "#8a8a2b", "dialysis"),
    "death": ("x", "#000000", "death"),
}
"""Mark, in the order of the legend: marker, color, words."""
_GRAYS = ("#eeeeec", "#dededb", "#cbcbc7", "#b5b5b1", "#9c9c98")
_EVENTS = {
    "next_treatment": "next treatment", "stem_cell_transplant": "transplant", "heart_transplant": "transplant",
    "kidney_transplant": "transplant", "dialysis": "dialysis",
}  # fmt: skip


def swimmer_marks(
    responses: pd.DataFrame, events: pd.DataFrame, progressions: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Put responses, progressions and events into the shape that `swimmer` draws.

    Parameters
    ----------
    responses : DataFrame
        `patient_id, category, month`: one hematologic criteria set.
    events : DataFrame
        The cohort's events: `patient_id, month, event`.
    progressions : DataFrame, optional
        `patient_id, category, month` with category "progression".

    Returns
    -------
    DataFrame
        `patient_id, month, mark`.
    """
    depth = responses[responses["category"].astype(str).isin(["CR", "VGPR", "PR", "MR"])]
    parts = [depth.assign(mark=depth["category"].astype(str))]
    if progressions is not None:
        parts.append(
            progressions[progressions["category"].astype(str) == "progression"].assign(mark="relapse")
        )
    known = events[events["event"].astype(str).isin(list(_EVENTS))]
    parts.append(known.assign(mark=known["event"].astype(str).map(_EVENTS)))
    columns = [part[["patient_id", "month", "mark"]].astype({"patient_id": str}) for part in parts]
    return pd.concat(columns, ignore_index=True).dropna(subset="month")


@house_style
def swimmer(
    lanes: pd.DataFrame,
    treatments: pd.DataFrame,
    marks: pd.DataFrame,
    *,
    title: str,
    drug: str = "lenalidomide",
    x_label: str = "Months from first dose",
    synthetic: bool = False,
    width: Width = "double",
) -> Panel:
    """Draw a lane per patient, longest follow-up on top.

    Parameters
    ----------
    lanes : DataFrame
        `patient_id, months, event`: follow-up, and 1 when it ended in death. The others end in an arrow.
    treatments : DataFrame
        `patient_id, drug, start_month, end_month, dose_mg`; a missing end means still on it.
    marks : DataFrame
        `patient_id, month, mark`, the mark one of `MARKS`.
    title, x_label : str
        What the figure shows; the axis with its unit.
    drug : str
        Whose doses are shaded.
    synthetic : bool
        Whether the data carry the synthetic stamp.
    width : "single" or "double"
        85 or 170 mm.

    Returns
    -------
    Panel
    """
    known = lanes[lanes["months"].notna()]
    if known.empty:
        return words(
            "Nobody was followed, so there are no lanes.", title=title, synthetic=synthetic, width=width
        )
    order = known.assign(patient_id=known["patient_id"].astype(str))
    order = order.sort_values(["months", "patient_id"], ascending=[False, True], kind="stable")
    part = evenly(order, ROW_LIMIT).reset_index(drop=True)
    places = {patient: place for place, patient in enumerate(part["patient_id"])}
    panel = start(title, width, 40 + min(3.1 * len(part), 195))
    ax = panel.add_subplot()
    pitch = min(3.1, 195 / len(part))
    ax.hlines(part.index, 0, part["months"], color="#c4c4c4", lw=0.8, zorder=1)
    doses = _bars(ax, treatments, part, places, drug)
    drawn = _marks(ax, marks, part, places, pitch)
    going = part[part["event"] != 1]
    if len(going):
        ax.plot(going["months"] + 0.012 * part["months"].max(), going.index, ls="", marker=">", ms=min(4.5, 2 * pitch),
            color=MUTED, mew=0, clip_on=False, zorder=3)  # fmt: skip
    longest = max(float(part["months"].max()), 1.0)
    ax.set(xlim=(min(0.0, -0.01 * longest), longest * 1.04), ylim=(len(part) - 0.3, -0.7), xlabel=x_label)
    ax.set_xticks(month_ticks(longest))
    _lane_names(ax, part, pitch)
    _legend(panel, doses, drawn, drug, len(going) > 0)
    notes = [part_of(len(part), len(order), how="evenly spaced by length of follow-up")]
    plotted = _plotted(part, drawn)
    return finish(panel, plotted, describe_swimmer(known, marks), synthetic=synthetic, notes=notes)


def _bars(
    ax: Axes, treatments: pd.DataFrame, part: pd.DataFrame, places: dict[str, int], drug: str
) -> list[tuple[str, str]]:
    own = treatments[treatments["drug"].astype(str).str.casefold() == drug.casefold()]
    own = own.assign(lane=own["patient_id"].astype(str).map(places)).dropna(subset="lane")
    if own.empty:
        return []
    last = own["lane"].map(part["months"])
    end = own["end_month"].fillna(last).clip(upper=last)
    levels = sorted(own["dose_mg"].dropna().unique())
    shade = {dose: _GRAYS[round((i + 1) * (len(_GRAYS) - 1) / len(levels))] for i, dose in enumerate(levels)}
    for dose, color in [*shade.items(), (None, "#f3e7cf")]:
        rows = own["dose_mg"].isna() if dose is None else own["dose_mg"] == dose
        boxes = [
            [(a, y - 0.34), (b, y - 0.34), (b, y + 0.34), (a, y + 0.34)]
            for a, b, y in zip(own["start_month"][rows], end[rows], own["lane"][rows], strict=True)
        ]
        ax.add_collection(PolyCollection(boxes, facecolors=color, edgecolors="white", lw=0.2, zorder=2))
    found = [(f"{dose:g} mg", color) for dose, color in shade.items()]
    return found + ([("dose not given", "#f3e7cf")] if own["dose_mg"].isna().any() else [])


def _marks(
    ax: Axes, marks: pd.DataFrame, part: pd.DataFrame, places: dict[str, int], pitch: float
) -> pd.DataFrame:
    deaths = part.loc[part["event"] == 1, ["patient_id", "months"]].rename(columns={"months": "month"})
    own = marks[marks["mark"] != "death"][["patient_id", "month", "mark"]].astype({"patient_id": str})
    own = pd.concat([own, deaths.assign(mark="death")], ignore_index=True)
    own = own.assign(lane=own["patient_id"].map(places)).dropna(subset=["lane", "month"])
    for mark, (marker, color, _) in MARKS.items():
        rows = own[own["mark"] == mark]
        if rows.empty:
            continue
        filled = marker != "x"
        ax.plot(rows["month"], rows["lane"], ls="", marker=marker, ms=min(4.6, 2.1 * pitch), zorder=5,
                mfc=color, mec="white" if filled else color, mew=0.5 if filled else 1.3, clip_on=False)  # fmt: skip
    return own


def _lane_names(ax: Axes, part: pd.DataFrame, pitch: float) -> None:
    if pitch >= 2.7:
        ax.set_yticks(range(len(part)), part["patient_id"].tolist())
    else:
        ax.set_yticks([])
        ax.set_ylabel(f"{len(part):,} patients, longest follow-up on top")
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)


def _legend(
    panel: Panel, doses: Sequence[tuple[str, str]], drawn: pd.DataFrame, drug: str, going: bool
) -> None:
    handles: list[Patch | Line2D] = [Patch(facecolor=c, edgecolor=INK, lw=0.3, label=f"{drug} {t}" if i == 0 else t)
                                     for i, (t, c) in enumerate(doses)]  # fmt: skip
    for mark, (marker, color, text) in MARKS.items():
        if (drawn["mark"] == mark).any():
            handles.append(Line2D([], [], ls="", marker=marker, ms=4.6, mfc=color, label=text,
                                  mec="white" if marker != "x" else color, mew=0.5 if marker != "x" else 1.3))  # fmt: skip
    if going:
        handles.append(
            Line2D([], [], ls="", marker=">", ms=4.5, color=MUTED, mew=0, label="alive, follow-up goes on")
        )
    handles.append(Line2D([], [], color="#c4c4c4", lw=1, label="off the drug, followed"))
    legend_of(panel, handles)


def _plotted(part: pd.DataFrame, drawn: pd.DataFrame) -> pd.DataFrame:
    ends = part[["patient_id", "months"]].rename(columns={"months": "month"}).assign(mark="end of follow-up")
    return pd.concat([ends, drawn[["patient_id", "month", "mark"]]], ignore_index=True)


def describe_swimmer(lanes: pd.DataFrame, marks: pd.DataFrame) -> str:
    """Alt text of the swimmer plot."""
    if lanes.empty:
        return "No lanes: nobody was followed."
    months = lanes["months"].astype(float)
    counts = marks.loc[marks["mark"] != "death", "mark"].value_counts()
    found = [f"{MARKS[mark][2]} {int(counts[mark])}" for mark in MARKS if mark in counts.index]
    found.append(f"death {int((lanes['event'] == 1).sum())}")
    return (
        f"Swimmer plot of {len(lanes)} patients followed for {months.min():.1f} to {months.max():.1f} months. "
        f"Marks: {', '.join(found)}."
    )
