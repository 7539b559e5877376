"""Audit of printed percentages: which denominators could have given them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from amyloid.show.plots.canvas import Panel, Width, finish, legend_of, start, words
from amyloid.show.plots.style import CHIP, LINES, MUTED, SMALL_PT, house_style

_HOW = {
    "rounded": ("s", LINES[0][0], LINES[0][0], "by rounding"),
    "sum": ("^", "white", LINES[1][0], "as a sum of rounded parts"),
    "truncated": ("o", "white", LINES[0][0], "only by cutting"),
}


@house_style
def percentage_audit(
    frame: pd.DataFrame,
    *,
    title: str = "",
    highlight: Sequence[int] = (),
    synthetic: bool | str = False,
    width: Width = "double",
) -> Panel:
    """Draw a mark where a denominator can carry a printed percentage.

    Parameters
    ----------
    frame : DataFrame
        `label` (the printed percentage and what it is of), `denominator`, `how`: rounded, sum (of
        rounded parts) or truncated. The first of these that fits a pair is drawn; a label that
        nothing fits has one row with a missing denominator.
    title : str
        What the figure shows.
    highlight : sequence of int
        Denominators with a band behind them.
    synthetic : bool
        Whether the data carry the synthetic stamp.
    width : "single" or "double"
        85 or 170 mm.

    Returns
    -------
    Panel
    """
    if frame.empty:
        return words("No percentage was printed.", title=title, synthetic=synthetic, width=width)
    labels = list(dict.fromkeys(frame["label"]))
    panel = start(title, width, 32 + 4.6 * len(labels))
    ax = panel.add_subplot()
    ax.hlines(range(len(labels)), 0, 1, color="#e6e6e6", lw=0.5, transform=ax.get_yaxis_transform(), zorder=0)
    for n in highlight:
        ax.axvspan(n - 0.5, n + 0.5, color="#e4eef4", lw=0, zorder=0)
    fits = frame.dropna(subset="denominator")
    fits = fits.sort_values("how", key=lambda how: how.map(list(_HOW).index), kind="stable")
    fits = fits.drop_duplicates(["label", "denominator"])
    handles = _marks(ax, fits, labels)
    top = int(fits["denominator"].max()) if len(fits) else 43
    ax.set(xlim=(0, top + 1), ylim=(len(labels) - 0.5, -0.6), xlabel="Denominator (patients)")
    ax.set_xticks(
        sorted({*range(5, top + 1, 5), *highlight} - {n + d for n in highlight for d in (-2, -1, 1, 2)})
    )
    ax.set_yticks(range(len(labels)), labels)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    if handles:
        legend_of(panel, handles)
    return finish(panel, frame, describe_audit(frame), synthetic=synthetic)


def _marks(ax: Axes, fits: pd.DataFrame, labels: list[str]) -> list[Line2D]:
    """Draw a mark per pair that fits, words where none does; return the legend's entries."""
    for place, label in enumerate(labels):
        if label not in set(fits["label"]):
            ax.text(
                0.5, place, "no denominator fits", transform=ax.get_yaxis_transform(), ha="center",
                va="center", fontsize=SMALL_PT, color=MUTED, bbox=CHIP,
            )  # fmt: skip
    handles = []
    for how, (marker, face, edge, words_of) in _HOW.items():
        rows = fits[fits["how"] == how]
        if len(rows):
            mark: dict[str, Any] = {"ls": "", "marker": marker, "mfc": face, "mec": edge, "mew": 0.8}
            ax.plot(
                rows["denominator"],
                [labels.index(label) for label in rows["label"]],
                ms=3.6,
                zorder=3,
                **mark,
            )
            handles.append(Line2D([], [], ms=4, label=words_of, **mark))
    return handles


def describe_audit(frame: pd.DataFrame) -> str:
    """Alt text of the audit: the denominators that fit each percentage."""
    parts = []
    for label, rows in frame.groupby("label", sort=False):
        found = sorted(int(n) for n in rows["denominator"].dropna().unique())
        listed = ", ".join(map(str, found[:12])) + (f" and {len(found) - 12} more" if len(found) > 12 else "")
        parts.append(f"{label}: {listed or 'none'}")
    return "Denominators that could have given each printed percentage. " + "; ".join(parts) + "."
