"""Remissions as intervals: when each began, when treatment stopped, and when or whether it ended."""

from __future__ import annotations

from typing import Any

import pandas as pd
from matplotlib.lines import Line2D

from amyloid.show.plots.canvas import (
    Panel,
    Width,
    beside,
    each,
    finish,
    legend_of,
    month_ticks,
    people,
    start,
    words,
)
from amyloid.show.plots.sampling import ROW_LIMIT, evenly, part_of
from amyloid.show.plots.style import LINES, MUTED, SMALL_PT, house_style
from amyloid.show.tables import text

_ENDS = {
    "ongoing": (">", "#10375c", "in remission at last contact"),
    "relapse": ("X", "#d55e00", "relapse"),
    "death": ("x", "#000000", "death"),
    "next treatment": ("^", "#e6b800", "next treatment"),
}


@house_style
def remissions(
    frame: pd.DataFrame,
    *,
    title: str = "",
    x_label: str = "Months from first dose",
    synthetic: bool | str = False,
    width: Width = "double",
) -> Panel:
    """Draw one interval per patient in remission; the part off treatment is thick.

    Parameters
    ----------
    frame : DataFrame
        `patient_id, start, end` in months, `off_from` (month when treatment stopped; missing = never) and
        `outcome`: ongoing, relapse, death or next treatment.
    title, x_label : str
        What the figure shows; the axis with its unit.
    synthetic : bool
        Whether the data carry the synthetic stamp.
    width : "single" or "double"
        85 or 170 mm.

    Returns
    -------
    Panel
    """
    known = frame.dropna(subset=["start", "end"])
    if known.empty:
        return words("Nobody reached a remission.", title=title, synthetic=synthetic, width=width)
    order = known.assign(length=known["end"] - known["start"]).sort_values(
        ["length", "patient_id"], ascending=[False, True], kind="stable"
    )
    part = evenly(order, ROW_LIMIT).reset_index(drop=True)
    pitch = max(1.3, min(5.6, 200 / len(part)))
    panel = start(title, width, 34 + pitch * len(part))
    ax = panel.add_subplot()
    longest = float(part["end"].max())
    for row in each(part):
        off = min(max(float(row.off_from), row.start), row.end) if pd.notna(row.off_from) else row.end
        ax.plot([row.start, off], [row.Index] * 2, color="#93bfd9", lw=1.6, solid_capstyle="butt", zorder=2)
        ax.plot([off, row.end], [row.Index] * 2, color="#10375c", lw=4.2 if pitch > 3 else 2, zorder=2,
                solid_capstyle="butt")  # fmt: skip
        ax.plot(row.end, row.Index, clip_on=False, zorder=4, **_end_mark(str(row.outcome), pitch))
        if pitch > 3:
            beside(ax, row.Index, _length(row, off))
    ax.set(ylim=(len(part) - 0.4, -0.7), xlim=(0, longest * 1.03), xlabel=x_label)
    ax.set_xticks(month_ticks(longest))
    ax.set_yticks(range(len(part)) if pitch > 3 else [], part["patient_id"].astype(str) if pitch > 3 else [])
    ax.set_ylabel("" if pitch > 3 else people(len(part)))
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    if pitch > 3:
        ax.text(1.02, -0.7, "months in remission", transform=ax.get_yaxis_transform(), va="bottom",
                fontsize=SMALL_PT, color=MUTED)  # fmt: skip
    handles = [
        Line2D([], [], color="#93bfd9", lw=1.6, label="on treatment"),
        Line2D([], [], color=LINES[0][0], lw=4.2, label="off treatment"),
    ]
    for outcome, (_, _, words_of) in _ENDS.items():
        if (part["outcome"] == outcome).any():
            handles.append(Line2D([], [], ls="", label=words_of, **_end_mark(outcome, pitch)))
    legend_of(panel, handles)
    said = part_of(len(part), len(order), how="evenly spaced by length")
    return finish(panel, part, describe_remissions(frame), synthetic=synthetic, part=said)


def _length(row: Any, off: float) -> str:
    rest = f"off drug {text.number(row.end - off)}" if row.end > off else "on drug"
    return f"{text.number(row.length)}, {rest}"


def _end_mark(outcome: str, pitch: float) -> dict[str, Any]:
    marker, color, _ = _ENDS[outcome]
    edge = {"mec": color, "mew": 1.4} if marker == "x" else {"mec": "white", "mew": 0.5}
    return {"marker": marker, "color": color, "ms": 5.5 if pitch > 3 else 3.0, **edge}


def describe_remissions(frame: pd.DataFrame) -> str:
    """Alt text of the remission intervals."""
    known = frame.dropna(subset=["start", "end"])
    if known.empty:
        return "No remission to draw."
    length = (known["end"] - known["start"]).astype(float)
    counts = known["outcome"].value_counts()
    ended = ", ".join(f"{_ENDS[key][2]} {int(counts[key]):,}" for key in _ENDS if key in counts.index)
    off = int(known["off_from"].notna().sum())
    return (
        f"Remissions of {people(len(known))}, lasting {length.min():.1f} to {length.max():.1f} months; "
        f"{off:,} had stopped treatment. Ends: {ended}."
    )
