"""The same cohort under every criteria set: stacked grades side by side, ribbons for who changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from amyloid.show.plots.canvas import Panel, Width, each, finish, legend_of, start, words, wrap
from amyloid.show.plots.style import (
    CHIP,
    FAINT,
    INK,
    SMALL_PT,
    Look,
    house_style,
    in_order,
    level_patches,
    looks,
)

_HALF = 0.17
_SAME = {"response": ("CR", "VGPR", "PR"), "no response": ("NR",)}
"""A yes/no definition and a graded one that say the same."""


@house_style
def criteria_grid(
    categories: pd.DataFrame,
    *,
    title: str = "",
    order: Sequence[str] | None = None,
    names: Mapping[str, str] | None = None,
    synthetic: bool | str = False,
    width: Width = "double",
) -> Panel:
    """Draw one column of stacked grades per criteria set and join those of the same patients.

    Parameters
    ----------
    categories : DataFrame
        `patient_id, criteria, category`: one row per patient and criteria set, of one domain.
    title : str
        What the figure shows.
    order : sequence of str, optional
        Criteria from left to right; as they appear when left out.
    names : Mapping, optional
        Criteria key to the words under its column.
    synthetic : bool
        Whether the data carry the synthetic stamp.
    width : "single" or "double"
        85 or 170 mm.

    Returns
    -------
    Panel
    """
    keys = [
        k for k in (order or list(dict.fromkeys(categories["criteria"]))) if k in set(categories["criteria"])
    ]
    if categories.empty or not keys:
        return words("No criteria could be applied.", title=title, synthetic=synthetic, width=width)
    wide = categories.astype({"category": str}).pivot(
        index="patient_id", columns="criteria", values="category"
    )
    wide = wide[keys].dropna(how="all")
    levels = in_order(categories.loc[categories["criteria"].isin(keys), "category"])
    drawn = looks(levels)
    panel = start(title, width, 96)
    ax = panel.add_subplot()
    spans = {key: _spans(wide[key], levels) for key in keys}
    for place, key in enumerate(keys[:-1]):
        _ribbons(ax, place, wide[[key, keys[place + 1]]], spans[key], spans[keys[place + 1]], levels)
    for place, key in enumerate(keys):
        _column(ax, place, spans[key], wide[key], drawn)
    ax.set(xlim=(-0.5, len(keys) - 0.5), ylim=(len(wide) * 1.01, 0), ylabel="Patients")
    if len(wide) >= 1000:
        ax.yaxis.set_major_formatter("{x:,.0f}")
    room = (160 if width == "double" else 75) / len(keys) * 0.9
    ax.set_xticks(range(len(keys)), [wrap((names or {}).get(k, k), room, SMALL_PT) for k in keys])
    ax.tick_params(axis="x", length=0)
    ax.spines[["bottom"]].set_visible(False)
    counts = grade_counts(categories, keys)
    legend_of(panel, level_patches(drawn))
    notes = (
        ["Ribbons join the same patients. Orange: another grade. Dark gray: from or to not evaluable."]
        if len(keys) > 1
        else []
    )
    return finish(panel, counts, describe_criteria(categories, keys), synthetic=synthetic, notes=notes)


def grade_counts(categories: pd.DataFrame, keys: Sequence[str]) -> pd.DataFrame:
    """Patients by criteria set and grade: `criteria, category, n`."""
    table = categories.astype({"category": str}).groupby(["criteria", "category"]).size()
    levels = in_order(categories["category"])
    rows = [(key, level, int(table.get((key, level), 0))) for key in keys for level in levels]
    return pd.DataFrame(rows, columns=["criteria", "category", "n"])


def _spans(column: pd.Series, levels: Sequence[str]) -> dict[str, tuple[float, float]]:
    counts = column.value_counts()
    edges = np.r_[0, np.cumsum([int(counts.get(level, 0)) for level in levels])]
    return {level: (float(edges[i]), float(edges[i + 1])) for i, level in enumerate(levels)}


def _column(
    ax: Axes,
    place: int,
    spans: Mapping[str, tuple[float, float]],
    column: pd.Series,
    drawn: Mapping[str, Look],
) -> None:
    total = max(int(column.notna().sum()), 1)
    for level, (top, bottom) in spans.items():
        if bottom == top:
            continue
        style = drawn[level]
        ax.add_patch(Rectangle((place - _HALF, top), 2 * _HALF, bottom - top, facecolor=style.color,
                               hatch=style.hatch, edgecolor=INK, lw=0.5, zorder=3))  # fmt: skip
        if (bottom - top) / total >= 0.035:
            ax.text(place, (top + bottom) / 2, f"{bottom - top:,.0f}", ha="center", va="center", zorder=4,
                    fontsize=SMALL_PT, bbox=CHIP)  # fmt: skip


def _ribbons(
    ax: Axes, place: int, pair: pd.DataFrame, left: Mapping[str, tuple[float, float]],
    right: Mapping[str, tuple[float, float]], levels: Sequence[str],
) -> None:  # fmt: skip
    moves = pair.dropna().value_counts()
    out = {level: left[level][0] for level in levels}
    into = {level: right[level][0] for level in levels}
    ease = np.linspace(0, 1, 40)
    bend = ease * ease * (3 - 2 * ease)
    x = place + _HALF + ease * (1 - 2 * _HALF)
    for one in levels:
        for other in levels:
            n = float(moves.get((one, other), 0))
            if not n:
                continue
            top = out[one] + (into[other] - out[one]) * bend
            color = _ribbon_color(one, other)
            ax.fill_between(x, top, top + n, color=color, alpha=0.75, lw=0.3, edgecolor="white", zorder=1)
            out[one] += n
            into[other] += n


def _ribbon_color(one: str, other: str) -> str:
    """Light for the same answer, orange for another, darker gray where one side cannot be judged."""
    if "NE" in (one, other) and one != other:
        return FAINT
    same = one == other or other in _SAME.get(one, ()) or one in _SAME.get(other, ())
    return "#e3e3e3" if same else "#e0a070"


def describe_criteria(categories: pd.DataFrame, keys: Sequence[str]) -> str:
    """Alt text of the criteria grid: counts per grade under each set."""
    counts = grade_counts(categories, keys)
    parts = []
    for key in keys:
        own = counts[(counts["criteria"] == key) & (counts["n"] > 0)]
        parts.append(f"{key}: " + ", ".join(f"{r.category} {r.n:,}" for r in each(own)))
    return "Patients by grade under each criteria set. " + "; ".join(parts) + "."
