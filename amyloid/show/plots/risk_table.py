"""What stands under and beside a time-to-event curve: numbers at risk, and names at the ends."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from amyloid.show.plots.canvas import spread
from amyloid.show.plots.style import LINES, SMALL_PT

_LABELS = {"at_risk": "At risk", "events": "Events", "censored": "Censored"}
AT_RISK = ("at_risk",)
"""What stands under a curve; events and censored patients stand in the CSV of the figure."""


def risk_rows(groups: int, columns: Sequence[str] = AT_RISK) -> int:
    """How many text rows the table needs."""
    return len(columns) if groups == 1 else len(columns) * (groups + 1)


def numbers_at(rows: pd.DataFrame, times: Sequence[float], column: str) -> list[int]:
    """Read one line of the table off a curve.

    At risk: just before each time. Events and censored: up to and including each time.
    """
    time = rows["time"].to_numpy(float)
    if column == "at_risk":
        risk = np.r_[rows["at_risk"].to_numpy(), 0]
        return [int(risk[np.searchsorted(time, t, side="left")]) for t in times]
    total = np.r_[0, np.cumsum(rows[column].to_numpy())]
    return [int(total[np.searchsorted(time, t, side="right")]) for t in times]


def risk_table(
    ax: Axes,
    curve: pd.DataFrame,
    times: Sequence[float],
    columns: Sequence[str] = AT_RISK,
    labels: bool = True,
    room_mm: float = 138.0,
) -> None:
    """Write the table into an axis of a width, which shares its x with the curve.

    Where the numbers of all times would meet, those of every second, third ... time are written.
    """
    names = [str(name) for name in dict.fromkeys(curve["group"].fillna(""))]
    lines: list[tuple[str, list[int] | None, int]] = []
    for column in columns:
        if len(names) > 1:
            lines.append((_LABELS[column], None, -1))
        for place, name in enumerate(names):
            rows = curve[curve["group"].fillna("").astype(str) == name]
            text = name if len(names) > 1 else _LABELS[column]
            lines.append((text, numbers_at(rows, times, column), place if len(names) > 1 else -1))
    step = max(1, math.ceil(len(times) * (_width_mm(lines) + 1.5) / room_mm))
    ax.set(ylim=(len(lines) - 0.5, -0.5), yticks=range(len(lines)))
    ax.set_yticklabels([text for text, _, _ in lines] if labels else [])
    for place, (tick, (_, numbers, group)) in enumerate(zip(ax.get_yticklabels(), lines, strict=False)):
        tick.set_color(LINES[group % len(LINES)][0] if group >= 0 else "#222222")
        tick.set_fontweight("bold" if numbers is None else "normal")
        for t, number in list(zip(times, numbers or [], strict=False))[::step]:
            ax.text(t, place, f"{number:,}", ha="center", va="center", fontsize=SMALL_PT)
    ax.tick_params(axis="y", length=0, pad=max(13.0, 5 + _width_mm(lines, 1) / 2 * 72 / 25.4))
    ax.tick_params(axis="x", length=0, labelbottom=True)
    ax.spines[["left", "bottom"]].set_visible(False)


def _width_mm(lines: Sequence[tuple[str, list[int] | None, int]], first: int | None = None) -> float:
    """Width of the longest number, of all or of the first so many times."""
    longest = max((len(f"{n:,}") for _, numbers, _ in lines for n in (numbers or [])[:first]), default=1)
    return 0.64 * SMALL_PT * longest / 72 * 25.4


def label_ends(ax: Axes, ends: Sequence[tuple[str, float, float]]) -> None:
    """Write each curve's name at the right, level with its end, moved apart where they meet."""
    if len(ends) < 2:
        return
    low, high = ax.get_ylim()
    right = ax.get_xlim()[1]
    heights = spread([y for _, _, y in ends], 0.075 * (high - low), low + 0.03, high - 0.03)
    for place, ((name, x, y), height) in enumerate(zip(ends, heights, strict=True)):
        color = LINES[place % len(LINES)][0]
        ax.plot([x, right * 1.015], [y, height], color=color, lw=0.5, ls=":", clip_on=False, zorder=1)
        ax.text(right * 1.02, height, name, color=color, va="center", ha="left", fontsize=SMALL_PT)
