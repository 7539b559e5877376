"""A lane per patient: treatment and what happened, remissions, and how long each was followed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from amyloid.show import text
from amyloid.show.plots import layout
from amyloid.show.plots.sheet import Sheet, figure
from amyloid.show.plots.style import INK, LINES, LOOKS, MUTED

_ARROW: dict[str, Any] = {"ls": "", "marker": ">", "color": MUTED, "mew": 0}
_GRAYS = ("#eeeeec", "#dededb", "#cbcbc7", "#b5b5b1", "#9c9c98")
_NO_DOSE = "#f3e7cf"
_PITCH, _PAGE, _TIME = 3.1, 195.0, "Months from first dose"
MARKS = ("CR", "VGPR", "PR", "MR", "relapse", "next treatment", "transplant", "dialysis", "death")
"""What can stand on a lane, in the order of the legend."""
_LOOKS = {mark: LOOKS.get(mark, LOOKS["next"]) for mark in MARKS}
_ENDS = {"relapse": "relapse", "death": "death", "next treatment": "next treatment"}


def _mark(name: str) -> dict[str, Any]:
    """Marker, color and edge of a mark, as keywords of `plot`."""
    look = _LOOKS[name]
    edge = {"mec": look.color, "mew": 1.3} if look.marker == "x" else {"mec": INK, "mew": 0.4}
    return {"ls": "", "marker": look.marker, "mfc": look.color, **edge}


def _said(mark: str) -> str:
    return mark if mark in ("CR", "VGPR", "PR", "MR") else _LOOKS[mark].words


def _lanes(frame: pd.DataFrame, by: str, limit: int) -> tuple[pd.DataFrame, int, float]:
    """At most `limit` rows, longest first; of how many; and millimeters from lane to lane."""
    order = frame.assign(patient_id=frame["patient_id"].astype(str))
    order = order.sort_values([by, "patient_id"], ascending=[False, True], kind="stable")
    part = layout.evenly(order, limit).reset_index(drop=True)
    return part, len(order), min(_PITCH, _PAGE / len(part))


def _name_lanes(ax: Axes, part: pd.DataFrame, longest: float, names: Sequence[str]) -> None:
    """The axis of time, and the names of the lanes, or none where they could not be read."""
    layout.rows_axis(ax, names)
    ax.set(xlim=(-0.01 * longest, longest * 1.04), ylim=(len(part) - 0.3, -0.7), xlabel=_TIME)
    ax.set_xticks(layout.month_ticks(longest))


@figure("patient_id months event", "patient_id drug start_month end_month dose_mg", "patient_id month mark")
def swimmer(
    sheet: Sheet,
    lanes: pd.DataFrame,
    treatments: pd.DataFrame,
    marks: pd.DataFrame,
    *,
    drug: str = "",
) -> object:
    """Draw a lane per patient, longest follow-up on top; of more than 60 patients some, evenly spaced.

    Parameters
    ----------
    lanes : DataFrame
        `patient_id, months, event`: follow-up, and 1 when it ended in death. The others end in an arrow.
    treatments : DataFrame
        `patient_id, drug, start_month, end_month, dose_mg`; a missing end means still on it.
    marks : DataFrame
        `patient_id, month, mark`, the mark one of `MARKS`.
    drug : str
        Whose doses are shaded; without one a bar stands for any drug.

    Examples
    --------
    >>> lanes = pd.DataFrame({"patient_id": ["a"], "months": [20.0], "event": [0]})
    >>> swimmer(lanes, pd.DataFrame(), pd.DataFrame()).alt
    'Swimmer plot of 1 patient followed for 20.0 to 20.0 months. Marks: death 0.'
    """
    known = lanes[lanes["months"].notna()]
    if known.empty:
        return sheet.words("Nobody was followed, so there are no lanes.")
    part, total, pitch = _lanes(known, "months", layout.LANE_LIMIT)
    places = {patient: place for place, patient in enumerate(part["patient_id"])}
    ax = sheet.ax(42 + pitch * len(part))
    ax.hlines(part.index, 0, part["months"], color="#c4c4c4", lw=0.8, zorder=1)
    doses = _bars(ax, treatments, part, places, drug)
    drawn = _marks(ax, marks, part, places)
    going = part[part["event"] != 1]
    if len(going):
        beyond = going["months"] + 0.012 * part["months"].max()
        ax.plot(beyond, going.index, ms=4.5, clip_on=False, zorder=3, **_ARROW)
    _name_lanes(ax, part, max(float(part["months"].max()), 1.0), part["patient_id"].tolist())
    sheet.legend(_legend(doses, drawn, drug, len(going) > 0))
    ends = part[["patient_id", "months"]].rename(columns={"months": "month"}).assign(mark="end of follow-up")
    plotted = pd.concat([ends, drawn[["patient_id", "month", "mark"]]], ignore_index=True)
    said = layout.part_of(len(part), total, how="evenly spaced by length of follow-up")
    return sheet.finish(plotted, _describe_lanes(known, marks), part=said)


def _bars(
    ax: Axes, treatments: pd.DataFrame, part: pd.DataFrame, places: Mapping[str, int], drug: str
) -> list[tuple[str, str]]:
    """Bars of treatment, darker for a higher dose; return the words and color of each shade."""
    own = treatments.assign(dose_mg=0.0)
    if drug:
        own = treatments[treatments["drug"].astype(str).str.casefold() == drug.casefold()]
    own = own.assign(lane=own["patient_id"].astype(str).map(places)).dropna(subset="lane")
    if own.empty:
        return []
    last = own["lane"].map(part["months"])
    end = own["end_month"].fillna(last).clip(upper=last)
    levels = sorted(own["dose_mg"].dropna().unique())
    steps = (len(_GRAYS) - 1) / max(len(levels), 1)
    shade = {dose: _GRAYS[round((i + 1) * steps) if drug else 2] for i, dose in enumerate(levels)}
    for dose, color in [*shade.items(), (None, _NO_DOSE)]:
        rows = own["dose_mg"].isna() if dose is None else own["dose_mg"] == dose
        a, b, y = own["start_month"][rows], end[rows], own["lane"][rows]
        boxes = list(np.dstack([np.c_[a, b, b, a], np.c_[y - 0.34, y - 0.34, y + 0.34, y + 0.34]]))
        ax.add_collection(PolyCollection(boxes, facecolors=color, edgecolors=color, lw=0.3, zorder=2))
    if not drug:
        return [("on treatment", shade[0.0])]
    found = [(f"{drug} {dose:g} mg", color) for dose, color in shade.items()]
    return found + ([(f"{drug} dose not given", _NO_DOSE)] if own["dose_mg"].isna().any() else [])


def _marks(ax: Axes, marks: pd.DataFrame, part: pd.DataFrame, places: Mapping[str, int]) -> pd.DataFrame:
    deaths = part.loc[part["event"] == 1, ["patient_id", "months"]].rename(columns={"months": "month"})
    own = marks[marks["mark"] != "death"][["patient_id", "month", "mark"]].astype({"patient_id": str})
    own = pd.concat([own, deaths.assign(mark="death")], ignore_index=True)
    own = own.assign(lane=own["patient_id"].map(places)).dropna(subset=["lane", "month"])
    for mark in MARKS:
        rows = own[own["mark"] == mark]
        if len(rows):
            ax.plot(rows["month"], rows["lane"], ms=4.6, zorder=5, clip_on=False, **_mark(mark))
    return own


def _legend(doses: Sequence[tuple[str, str]], drawn: pd.DataFrame, drug: str, going: bool) -> list[Artist]:
    look: dict[str, Any] = {"edgecolor": INK, "lw": 0.3}
    handles: list[Artist] = [Patch(facecolor=color, label=said, **look) for said, color in doses]
    there = [mark for mark in MARKS if (drawn["mark"] == mark).any()]
    handles += [Line2D([], [], ms=4.6, label=_said(mark), **_mark(mark)) for mark in there]
    if going:
        handles.append(Line2D([], [], ms=4.5, label="alive, follow-up goes on", **_ARROW))
    off = f"off {'the drug' if drug else 'treatment'}, followed"
    return [*handles, Line2D([], [], color="#c4c4c4", lw=1, label=off)]


def _describe_lanes(lanes: pd.DataFrame, marks: pd.DataFrame) -> str:
    months = lanes["months"].astype(float)
    counts = marks.loc[marks["mark"] != "death", "mark"].value_counts()
    found = [f"{_said(mark)} {int(counts[mark]):,}" for mark in MARKS if mark in counts.index]
    found.append(f"death {int((lanes['event'] == 1).sum()):,}")
    span = f"{text.number(months.min())} to {text.number(months.max())} months"
    return f"Swimmer plot of {layout.people(len(lanes))} followed for {span}. Marks: {', '.join(found)}."


@figure("patient_id start end off_from outcome")
def remissions(sheet: Sheet, frame: pd.DataFrame) -> object:
    """Draw one interval per patient in remission; the part off treatment is thick.

    Parameters
    ----------
    frame : DataFrame
        `patient_id, start, end` in months, `off_from` (month when treatment stopped; missing = never) and
        `outcome`: ongoing, relapse, death or next treatment.

    Examples
    --------
    >>> frame = pd.DataFrame({"patient_id": ["a"], "start": [3.0], "end": [12.0], "off_from": [6.0]})
    >>> remissions(frame.assign(outcome="relapse")).alt[:53]
    'Remissions of 1 patient, lasting 9.0 to 9.0 months; 1'
    """
    known = frame.dropna(subset=["start", "end"])
    if known.empty:
        return sheet.words("Nobody reached a remission.")
    known = known.assign(length=known["end"] - known["start"])
    part, total, pitch = _lanes(known, "length", layout.LANE_LIMIT)
    pitch = max(pitch, min(5.6, 120 / len(part)))
    ax = sheet.ax(36 + pitch * len(part))
    ends = {}
    for row in layout.each(part):
        off = min(max(float(row.off_from), row.start), row.end) if pd.notna(row.off_from) else row.end
        ax.plot([row.start, off], [row.Index] * 2, color="#93bfd9", lw=1.6, solid_capstyle="butt", zorder=2)
        ax.plot([off, row.end], [row.Index] * 2, color=LINES[0][0], lw=4.2, zorder=2, solid_capstyle="butt")
        outcome = str(row.outcome)
        ends[outcome] = _mark(outcome) if outcome in _ENDS else _ARROW | {"color": LINES[0][0]}
        ax.plot(row.end, row.Index, ms=5, clip_on=False, zorder=4, **ends[outcome])
        rest = f"off drug {text.number(row.end - off)}" if row.end > off else "on drug"
        layout.beside(ax, row.Index, f"{text.number(row.length)}, {rest}")
    _name_lanes(ax, part, float(part["end"].max()), part["patient_id"].tolist())
    layout.beside(ax, -0.7, "months in remission", va="bottom", color=MUTED)
    lines = (("on treatment", "#93bfd9", 1.6), ("off treatment", LINES[0][0], 4.2))
    handles = [Line2D([], [], color=color, lw=lw, label=said) for said, color, lw in lines]
    handles += [Line2D([], [], ms=5, label=_ENDS.get(key, "in remission at last contact"), **look)
                for key, look in ends.items()]  # fmt: skip
    sheet.legend(handles)
    said = layout.part_of(len(part), total, how="evenly spaced by length")
    return sheet.finish(part, _describe_remissions(known), part=said)


def _describe_remissions(known: pd.DataFrame) -> str:
    length = (known["end"] - known["start"]).astype(float)
    counts = known["outcome"].value_counts()
    names = {"ongoing": "in remission at last contact", **_ENDS}
    ended = ", ".join(f"{said} {int(counts[key]):,}" for key, said in names.items() if key in counts.index)
    off = int(known["off_from"].notna().sum())
    span = f"lasting {length.min():.1f} to {length.max():.1f} months"
    head = f"Remissions of {layout.people(len(known))}, {span}; {off:,} had stopped treatment."
    return f"{head} Ends: {ended}."


@figure("patient_id months event")
def follow_up(sheet: Sheet, frame: pd.DataFrame, *, medians: Mapping[str, float] | None = None) -> object:
    """Draw a line per patient from time zero to the last contact or death.

    Parameters
    ----------
    frame : DataFrame
        `patient_id, months, event`: event 1 is death.
    medians : Mapping, optional
        Words to a month at which a vertical line stands, such as the reverse Kaplan-Meier median.

    Examples
    --------
    >>> follow_up(pd.DataFrame({"patient_id": ["a", "b"], "months": [2.0, 9.0], "event": [1, 0]})).alt
    'Follow-up of 2 patients, 2.0 to 9.0 months, 1 died.'
    """
    known = frame[frame["months"].notna()]
    if known.empty:
        return sheet.words("Nobody was followed.")
    part, total, _ = _lanes(known, "months", layout.ROW_LIMIT)
    ax = sheet.ax(34 + max(18.0, min(1.35 * len(part), 75)))
    thick = 0.8 if len(part) <= layout.LANE_LIMIT else 0.3
    ax.hlines(part.index, 0, part["months"], color="#9fb8c9", lw=thick, zorder=1)
    death: dict[str, Any] = {"marker": "s", "mfc": LOOKS["relapse"].color, "mec": LOOKS["relapse"].color}
    alive: dict[str, Any] = {"marker": "o", "mfc": "white", "mec": LINES[0][0]}
    for event, end, look in ((1, "died", death), (0, "alive at last contact", alive)):
        own, n = part[part["event"] == event], int((known["event"] == event).sum())
        if len(own):
            ax.plot(own["months"], own.index, ls="", ms=3, mew=0.8, zorder=3, clip_on=False,
                    label=f"{end} (n = {n:,})", **look)  # fmt: skip
    given = {name: month for name, month in (medians or {}).items() if pd.notna(month)}
    for place, (name, month) in enumerate(given.items()):
        ax.axvline(month, color=MUTED, lw=0.8, ls=("--", ":", "-.")[place % 3], zorder=0,
                   label=f"{name} {text.number(month)}")  # fmt: skip
    _name_lanes(ax, part, max(float(part["months"].max()), 1.0), ())
    ax.set_ylabel("Patients")
    sheet.legend(ax.get_legend_handles_labels()[0])
    alt = f"Follow-up of {layout.people(len(known))}, {text.number(known['months'].min())} to "
    alt += f"{text.months(known['months'].max())}, {int((known['event'] == 1).sum()):,} died."
    listed = "; ".join(f"{name} {text.months(month)}" for name, month in given.items())
    said = layout.part_of(len(part), total, how="evenly spaced by length")
    return sheet.finish(part, alt + (f" {listed}." if listed else ""), part=said)
