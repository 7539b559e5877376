"""Swimmer plot: one lane per patient, treatment shaded by dose, a mark for everything that happened."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from amyloid.show.plots.canvas import Panel, Width, finish, legend_of, month_ticks, people, start, words
from amyloid.show.plots.marks import MARKS, mark_style
from amyloid.show.plots.sampling import ROW_LIMIT, evenly, part_of
from amyloid.show.plots.style import INK, MUTED, house_style
from amyloid.show.tables import text

_ARROW: dict[str, Any] = {"ls": "", "marker": ">", "color": MUTED, "mew": 0}
_GRAYS = ("#eeeeec", "#dededb", "#cbcbc7", "#b5b5b1", "#9c9c98")


@house_style
def swimmer(
    lanes: pd.DataFrame,
    treatments: pd.DataFrame,
    marks: pd.DataFrame,
    *,
    title: str = "",
    drug: str = "",
    x_label: str = "Months from first dose",
    synthetic: bool | str = False,
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
        Whose doses are shaded; without one a bar stands for any drug.
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
        beyond = going["months"] + 0.012 * part["months"].max()
        ax.plot(beyond, going.index, ms=min(4.5, 2 * pitch), clip_on=False, zorder=3, **_ARROW)
    longest = max(float(part["months"].max()), 1.0)
    ax.set(xlim=(min(0.0, -0.01 * longest), longest * 1.04), ylim=(len(part) - 0.3, -0.7), xlabel=x_label)
    ax.set_xticks(month_ticks(longest))
    _lane_names(ax, part, pitch)
    _legend(panel, doses, drawn, drug, len(going) > 0)
    said = part_of(len(part), len(order), how="evenly spaced by length of follow-up")
    alt = describe_swimmer(known, marks)
    return finish(panel, _plotted(part, drawn), alt, synthetic=synthetic, part=said)


def _bars(
    ax: Axes, treatments: pd.DataFrame, part: pd.DataFrame, places: dict[str, int], drug: str
) -> list[tuple[str, str]]:
    own = treatments
    if drug:
        own = treatments[treatments["drug"].astype(str).str.casefold() == drug.casefold()]
    else:
        own = own.assign(dose_mg=0.0)
    own = own.assign(lane=own["patient_id"].astype(str).map(places)).dropna(subset="lane")
    if own.empty:
        return []
    last = own["lane"].map(part["months"])
    end = own["end_month"].fillna(last).clip(upper=last)
    levels = sorted(own["dose_mg"].dropna().unique())
    steps = len(_GRAYS) - 1
    shade = {
        dose: _GRAYS[round((i + 1) * steps / len(levels)) if drug else 2] for i, dose in enumerate(levels)
    }
    for dose, color in [*shade.items(), (None, "#f3e7cf")]:
        rows = own["dose_mg"].isna() if dose is None else own["dose_mg"] == dose
        boxes = [
            [(a, y - 0.34), (b, y - 0.34), (b, y + 0.34), (a, y + 0.34)]
            for a, b, y in zip(own["start_month"][rows], end[rows], own["lane"][rows], strict=True)
        ]
        ax.add_collection(PolyCollection(boxes, facecolors=color, edgecolors=color, lw=0.3, zorder=2))
    if not drug:
        return [("on treatment", shade[0.0])]
    found = [(f"{dose:g} mg", color) for dose, color in shade.items()]
    return found + ([("dose not given", "#f3e7cf")] if own["dose_mg"].isna().any() else [])


def _marks(
    ax: Axes, marks: pd.DataFrame, part: pd.DataFrame, places: dict[str, int], pitch: float
) -> pd.DataFrame:
    deaths = part.loc[part["event"] == 1, ["patient_id", "months"]].rename(columns={"months": "month"})
    own = marks[marks["mark"] != "death"][["patient_id", "month", "mark"]].astype({"patient_id": str})
    own = pd.concat([own, deaths.assign(mark="death")], ignore_index=True)
    own = own.assign(lane=own["patient_id"].map(places)).dropna(subset=["lane", "month"])
    for mark in MARKS:
        rows = own[own["mark"] == mark]
        if len(rows):
            size = min(4.6, 2.1 * pitch)
            ax.plot(rows["month"], rows["lane"], ms=size, zorder=5, clip_on=False, **mark_style(mark))
    return own


def _lane_names(ax: Axes, part: pd.DataFrame, pitch: float) -> None:
    if pitch >= 2.7:
        ax.set_yticks(range(len(part)), part["patient_id"].tolist())
    else:
        ax.set_yticks([])
        ax.set_ylabel(f"{people(len(part))}, longest follow-up on top")
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)


def _legend(
    panel: Panel, doses: Sequence[tuple[str, str]], drawn: pd.DataFrame, drug: str, going: bool
) -> None:
    handles: list[Patch | Line2D] = [
        Patch(facecolor=color, edgecolor=INK, lw=0.3, label=f"{drug} {dose}".strip()) for dose, color in doses
    ]
    for mark, (_, _, words_of) in MARKS.items():
        if (drawn["mark"] == mark).any():
            handles.append(Line2D([], [], ms=4.6, label=words_of, **mark_style(mark)))
    if going:
        handles.append(Line2D([], [], ms=4.5, label="alive, follow-up goes on", **_ARROW))
    handles.append(
        Line2D([], [], color="#c4c4c4", lw=1, label=f"off {'the drug' if drug else 'treatment'}, followed")
    )
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
    found = [f"{MARKS[mark][2]} {int(counts[mark]):,}" for mark in MARKS if mark in counts.index]
    found.append(f"death {int((lanes['event'] == 1).sum()):,}")
    span = f"{text.number(months.min())} to {text.number(months.max())} months"
    return f"Swimmer plot of {people(len(lanes))} followed for {span}. Marks: {', '.join(found)}."
