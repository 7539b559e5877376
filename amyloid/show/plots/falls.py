"""Waterfall: each patient's best change, largest rise first, colored by category."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from amyloid.show.plots.canvas import Panel, Width, beside, finish, legend_of, people, start, words
from amyloid.show.plots.sampling import ROW_LIMIT, evenly, part_of
from amyloid.show.plots.style import FAINT, INK, MUTED, Look, house_style, in_order, level_patches, looks
from amyloid.show.tables import text


@house_style
def waterfall(
    frame: pd.DataFrame,
    *,
    title: str = "",
    y_label: str = "Best change of dFLC (%)",
    thresholds: Mapping[float, str] | None = None,
    cap: float = 100.0,
    synthetic: bool | str = False,
    width: Width = "double",
) -> Panel:
    """Draw one bar per patient.

    Parameters
    ----------
    frame : DataFrame
        `patient_id, change` in percent (a fall is negative), `category`.
    title, y_label : str
        What the figure shows; the axis with its unit.
    thresholds : Mapping, optional
        Height of a line to its words, such as {-50: "fall of 50%"}.
    cap : float
        Bars above this many percent are cut there, and the footer says so.
    synthetic : bool
        Whether the data carry the synthetic stamp.
    width : "single" or "double"
        85 or 170 mm.

    Returns
    -------
    Panel
    """
    known = frame[frame["change"].notna()]
    if known.empty:
        sentence = "Nobody has a value before and after treatment started."
        return words(sentence, title=title, synthetic=synthetic, width=width)
    order = known.sort_values(["change", "patient_id"], ascending=[False, True], kind="stable")
    part = evenly(order, ROW_LIMIT).reset_index(drop=True)
    heights = part["change"].to_numpy(float).clip(-100.0, cap)
    panel = start(title, width, 82)
    ax = panel.add_subplot()
    thin = len(part) > 80
    worn = looks(in_order(part["category"]))
    if thin:
        worn = {level: _without_hatch(level, look) for level, look in worn.items()}
    for place, (height, category) in enumerate(zip(heights, part["category"].astype(str), strict=True)):
        style = worn[category]
        edge = {"edgecolor": style.color, "lw": 0.0} if thin else {"hatch": style.hatch, "edgecolor": INK}
        ax.bar(place, height, width=1.0 if thin else 0.86, color=style.color, **edge)
    ax.axhline(0, color=INK, lw=0.6)
    for height, words_of in (thresholds or {}).items():
        ax.axhline(height, color=MUTED, lw=0.7, ls=(0, (4, 2)), zorder=0)
        beside(ax, height, words_of, color=MUTED)
    ax.set(xlim=(-0.8, max(len(part), 8) - 0.2), ylabel=y_label, xticks=[],
           xlabel=f"{people(len(part))}, from the largest rise to the largest fall")  # fmt: skip
    drawn = [*heights.tolist(), *(thresholds or {})]
    ax.set_ylim(min(min(drawn) * 1.08, -10.0), max(max(drawn) * 1.08, 10.0))
    legend_of(panel, level_patches(worn))
    over, under = int((order["change"] > cap).sum()), int((order["change"] < -100).sum())
    notes = [
        f"Bars above {cap:g}% are cut there ({over:,})." if over else "",
        f"Falls beyond 100%, to a value below zero, are drawn as 100% ({under:,})." if under else "",
        f"Not drawn: {len(frame) - len(known):,} without two values." if len(frame) > len(known) else "",
    ]
    said = part_of(len(part), len(order), how="evenly spaced by rank")
    alt = describe_waterfall(frame, y_label)
    return finish(panel, part, alt, synthetic=synthetic, notes=notes, part=said)


def _without_hatch(level: str, look: Look) -> Look:
    """Look of bars too thin for a hatch; what is white and hatched otherwise becomes gray."""
    return replace(look, hatch="", color=FAINT if level == "NE" else look.color)


def describe_waterfall(frame: pd.DataFrame, what: str = "Best change of dFLC (%)") -> str:
    """Alt text of a waterfall."""
    change = frame["change"].dropna().astype(float)
    if change.empty:
        return "No waterfall: nobody has two values."
    span = f"from {_signed(change.max())} to {_signed(change.min())}"
    said = f"Waterfall of {people(len(change))}, {what}: {span}; "
    said += f"{int((change < 0).sum()):,} fall, {int((change > 0).sum()):,} rise, "
    said += f"{int((change <= -50).sum()):,} fall by at least 50%. "
    counts = frame.loc[change.index, "category"].astype(str).value_counts()
    return (
        said
        + "Categories: "
        + ", ".join(f"{k} {int(counts[k]):,}" for k in in_order(frame.loc[change.index, "category"]))
        + "."
    )


def _signed(value: float) -> str:
    return f"{'+' if value >= 0.5 else ''}{text.number(value, 0)}"


def log_floor(values: np.ndarray, floor: float | None) -> np.ndarray:
    """Values for a log axis: those at or below the floor are drawn at the floor."""
    positive = values[np.isfinite(values) & (values > 0)]
    low = floor if floor is not None else (float(positive.min()) if positive.size else 1.0)
    return np.where(np.isnan(values), np.nan, np.maximum(values, low))
