"""What fits on a page: lines of text, ticks, labels apart, and which part of a large cohort is drawn."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.axis import Axis, XAxis, YAxis
from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator, PercentFormatter

from amyloid.show.plots.style import MUTED, SMALL_PT

_BRACKETS, _STICKY = re.compile(r"\([^()\n]+\)"), "\u00a0"
LINE_MM = 1.25 * SMALL_PT / 72 * 25.4
"""Height of a line of small text."""
ROW_LIMIT = 150
"""More rows than this cannot be told apart at print size; figures then draw a part and say so."""
LANE_LIMIT = 60
"""Lanes that carry the name of their patient and print on one page."""
FEWEST, FEW = 5, 10
"""Groups of fewer patients are not drawn; a curve is pale where fewer are at risk."""
POINT_LIMIT = 1500
"""Points along a curve that print can tell apart."""
AXIS_DOTS = 750
"""Heights that print at 300 dots an inch can tell apart on an axis of 60 mm."""


def wrap(text: str, width_mm: float, size_pt: float = SMALL_PT) -> str:
    """Break a text into lines that fit a width at a type size; what stands in brackets is kept together."""
    limit = width_mm / 25.4 * 72 / size_pt
    lines: list[str] = []
    short = (one for one in set(_BRACKETS.findall(text)) if _em(one) <= limit)
    for part in short:
        text = text.replace(part, part.replace(" ", _STICKY))
    for paragraph in text.split("\n"):
        line = ""
        for word in paragraph.split(" "):
            trial = f"{line} {word}".strip()
            if line and _em(trial) > limit:
                lines.append(line)
                line = word
            else:
                line = trial
        lines.append(line)
    return "\n".join(lines).replace(_STICKY, " ")


def text_mm(text: str, size_pt: float = SMALL_PT) -> float:
    """Width of the longest line of a text."""
    return max(_em(line) for line in text.split("\n")) * size_pt / 72 * 25.4


def _em(text: str) -> float:
    """Width of a line as a multiple of the type size."""
    return sum(_em_of_word(word) for word in text.split(" ")) + text.count(" ") * 0.318


@functools.cache
def _em_of_word(word: str) -> float:
    font = get_font(findfont(FontProperties(family="DejaVu Sans")))
    font.set_size(100, 72)
    font.set_text(word)
    return float(font.get_width_height()[0]) / 64 / 100


def month_ticks(longest: float) -> np.ndarray:
    """Whole-month ticks from 0 that a clinician expects: every 3, 6, 12, 24 or more months."""
    step = next((s for s in (1, 2, 3, 6, 12, 24, 60, 120) if longest / s <= 8), 240)
    return np.arange(0, longest + 1e-9, step)


def spread(wanted: Sequence[float], gap: float, low: float = 0.0, high: float = 1.0) -> list[float]:
    """Move label positions apart by at least `gap`, keeping their order and staying near."""
    order = sorted(range(len(wanted)), key=lambda i: (wanted[i], i))
    placed = list(map(float, wanted))
    for _ in range(200):
        moved = False
        for below, above in pairwise(order):
            lack = gap - (placed[above] - placed[below])
            if lack > 1e-9:
                placed[below], placed[above] = placed[below] - lack / 2, placed[above] + lack / 2
                moved = True
        placed = [min(max(p, low), high) for p in placed]
        if not moved:
            break
    return placed


def each(frame: pd.DataFrame) -> Iterator[Any]:
    """Rows as named tuples."""
    return iter(frame.itertuples())


def beside(ax: Axes, y: float, text: str, *, x: float = 1.02, bold: bool = False, **look: Any) -> None:
    """Write a text right of an axis, or at a share `x` of its width, level with a height of its data."""
    look = {"ha": "left", "va": "center", "fontweight": "bold" if bold else "normal"} | look
    ax.text(x, y, text, transform=ax.get_yaxis_transform(), **look)


def threshold(ax: Axes, height: float, said: str = "") -> None:
    """Draw a dashed line across an axis, with its words at the right."""
    ax.axhline(height, color=MUTED, lw=0.7, ls=(0, (4, 2)), zorder=1)
    if said:
        beside(ax, height, said, color=MUTED)


def row_places(*columns: Sequence[str], least: float = 1.6) -> tuple[np.ndarray, float]:
    """Middle of each row below the other, by the lines of its texts; and where the last one ends.

    Both count lines of small text, of `LINE_MM` each.
    """
    lines = np.max([[text.count("\n") + 1 for text in column] for column in columns], axis=0)
    heights = np.maximum(lines + 0.5, least)
    ends = np.cumsum(heights)
    return ends - heights / 2, float(ends[-1])


def without_line(ax: Axes, *sides: str, **ticks: Any) -> None:
    """Leave out the line and the tick marks at some sides of an axis; what the ticks say stays."""
    ax.spines[list(sides)].set_visible(False)
    for side in sides:
        ax.tick_params("x" if side == "bottom" else "y", length=0, **ticks)


def rows_axis(
    ax: Axes,
    labels: Sequence[str],
    bold: Sequence[bool] = (),
    places: np.ndarray | None = None,
    end: float = 0,
) -> None:
    """Name rows from top to bottom at the left of an axis that has no line there."""
    ax.set_ylim((max(len(labels), 1) - 0.4, -0.6) if places is None else (end, 0))
    ax.set_yticks(range(len(labels)) if places is None else places, labels)
    without_line(ax, "left")
    for tick, heavy in zip(ax.get_yticklabels(), bold, strict=False):
        tick.set_fontweight("bold" if heavy else "normal")


def log_range(values: np.ndarray) -> tuple[float, float]:
    """Ends of a log axis around values, of which those beyond a hundredth and a hundred stand at its end."""
    inside = np.clip(values[values > 0], 0.01, 100.0)
    return float(inside.min() / 1.3), float(inside.max() * 1.3)


def log_axis(axis: XAxis | YAxis, low: float, high: float) -> None:
    """A log axis between two ends: plain numbers as ticks, close enough that at least three stand on it."""
    axis.axes.set(**{f"{axis.axis_name}scale": "log", f"{axis.axis_name}lim": (low, high)})
    candidates = [
        np.array([step * 10.0**decade for decade in range(-6, 9) for step in series])
        for series in ((1.0,), (1.0, 3.0), (1.0, 2.0, 5.0))
    ]
    candidates.append(np.asarray(MaxNLocator(nbins=5).tick_values(low, high)))
    inside = [ticks[(ticks >= low) & (ticks <= high)] for ticks in candidates]
    ticks = next((some for some in inside if len(some) >= 3), inside[-1])
    axis.set_major_locator(FixedLocator(ticks.tolist()))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))


def log_floor(values: np.ndarray, floor: float | None) -> np.ndarray:
    """Values for a log axis: those at or below the floor are drawn at the floor."""
    positive = values[np.isfinite(values) & (values > 0)]
    low = floor if floor is not None else (float(positive.min()) if positive.size else 1.0)
    return np.where(np.isnan(values), np.nan, np.maximum(values, low))


def percent_axis(axis: Axis) -> None:
    """Shares of one as whole percentages; the unit stands in the label."""
    low, high = axis.get_view_interval()
    axis.set_major_locator(MaxNLocator(nbins=6, steps=[1, 2, 5, 10]))
    axis.set_major_formatter(PercentFormatter(1.0, decimals=0 if high - low >= 0.04 else 1, symbol=""))


def people(n: int) -> str:
    """Write a number of patients."""
    return f"{n:,} patient{'' if n == 1 else 's'}"


def in_percent(label: str) -> str:
    """Axis label with its unit, once."""
    return label if not label or label.endswith("(%)") else f"{label} (%)"


def evenly(frame: pd.DataFrame, limit: int) -> pd.DataFrame:
    """At most `limit` rows, evenly spaced, first and last kept."""
    if len(frame) <= limit:
        return frame
    return frame.iloc[np.unique(np.linspace(0, len(frame) - 1, limit).round().astype(int))]


def part_of(shown: int, total: int, what: str = "patients", how: str = "evenly spaced") -> str:
    """Sentence that says that only a part is drawn; empty when all are."""
    return "" if shown >= total else f"{shown:,} of {total:,} {what} drawn, {how}."


def visible_steps(curve: pd.DataFrame, keys: Sequence[str], heights: Mapping[str, float]) -> pd.DataFrame:
    """Rows of step curves without those that nobody could see: at most a printed dot from all of them.

    Parameters
    ----------
    curve : DataFrame
        Rows of each curve in the order of `time`.
    keys : sequence of str
        Columns that tell the curves apart.
    heights : Mapping
        Column that is drawn to the height of its axis.

    Returns
    -------
    DataFrame
        All rows where no curve has more than `POINT_LIMIT` of them; else, of each curve, the first and the
        last row and those in which a height enters another of `AXIS_DOTS` equal parts of the axis.
    """
    place = curve.groupby(list(keys), sort=False, dropna=False).ngroup().to_numpy()
    if not len(curve) or np.bincount(place).max() <= POINT_LIMIT:
        return curve
    begins = np.append(True, place[1:] != place[:-1])
    kept = begins | np.append(begins[1:], True)
    for column, height in heights.items():
        level = np.floor(curve[column].to_numpy(float) / height * AXIS_DOTS)
        kept |= np.append(True, level[1:] != level[:-1]) & ~np.isnan(level)
    seen: pd.DataFrame = curve[kept]
    return seen


def steps_of(shown: int, total: int) -> str:
    """Sentence that says that steps too small to be seen are not drawn; empty when all are."""
    return part_of(shown, total, "steps", "those large enough to be seen")


def large_enough(frame: pd.DataFrame, size: str, group: str = "group") -> tuple[pd.DataFrame, str]:
    """Rows of the groups of at least `FEWEST` patients, and the sentence that names the others.

    `size` is the column whose largest value counts the patients of a group.
    """
    names = frame[group].fillna("").astype(str)
    sizes = frame[size].groupby(names, sort=False).max()
    small = [f"{name or 'everybody'} (n = {int(n)})" for name, n in sizes.items() if n < FEWEST]
    kept: pd.DataFrame = frame[names.map(sizes).ge(FEWEST).to_numpy(bool)]
    return kept, f"Not drawn, fewer than {FEWEST} patients: {', '.join(small)}." if small else ""
