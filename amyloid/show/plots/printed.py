"""Audit of printed percentages: which denominators could have given them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from amyloid.show.plots.axes import LINE_MM, row_places, rows_axis, wrap
from amyloid.show.plots.sheet import Sheet, figure
from amyloid.show.plots.style import CHIP, LINES, MUTED, SMALL_PT

_HOW = {
    "rounded": ("s", LINES[0][0], LINES[0][0], "by rounding"),
    "sum": ("^", "white", LINES[1][0], "as a sum of rounded parts"),
    "truncated": ("o", "white", LINES[0][0], "only by cutting"),
}


@figure("label denominator how")
def percentage_audit(sheet: Sheet, frame: pd.DataFrame, *, highlight: Sequence[int] = ()) -> object:
    """Draw a mark where a denominator can carry a printed percentage.

    Parameters
    ----------
    frame : DataFrame
        `label` (the printed percentage and what it is of), `denominator`, `how`: rounded, sum (of
        rounded parts) or truncated. The first of these that fits a pair is drawn; a label that
        nothing fits has one row with a missing denominator.
    highlight : sequence of int
        Denominators with a band behind them.

    Examples
    --------
    >>> percentage_audit(pd.DataFrame({"label": ["24% CR"], "denominator": [33], "how": ["rounded"]})).alt
    'Denominators that could have given each printed percentage. 24% CR: 33.'
    """
    if frame.empty:
        return sheet.words("No percentage was printed.")
    labels = list(dict.fromkeys(frame["label"]))
    said = [wrap(str(label), 0.45 * sheet.mm) for label in labels]
    places, end = row_places(said)
    at = dict(zip(labels, places, strict=True))
    ax = sheet.ax(26 + LINE_MM * end)
    ax.hlines(places, 0, 1, color="#e6e6e6", lw=0.5, transform=ax.get_yaxis_transform(), zorder=0)
    for n in highlight:
        ax.axvspan(n - 0.5, n + 0.5, color="#e4eef4", lw=0, zorder=0)
    fits = frame.dropna(subset="denominator")
    fits = fits.sort_values("how", key=lambda how: how.map(list(_HOW).index), kind="stable")
    fits = fits.drop_duplicates(["label", "denominator"])
    handles = _marks(ax, fits, at)
    top = int(fits["denominator"].max()) if len(fits) else 43
    rows_axis(ax, said, (), places, end)
    ax.set(xlim=(0, top + 1), xlabel="Denominator (patients)")
    step, near = (10, 4) if sheet.narrow else (5, 2)
    ticks = [n for n in range(step, top + 1, step) if all(abs(n - one) > near for one in highlight)]
    ax.set_xticks(sorted({*ticks, *highlight}))
    if handles:
        sheet.legend(handles)
    return sheet.finish(frame, _describe(frame))


def _marks(ax: Axes, fits: pd.DataFrame, places: Mapping[str, float]) -> list[Line2D]:
    """Draw a mark per pair that fits, words where none does; return the legend's entries."""
    for label, place in places.items():
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
                rows["label"].map(places),
                ms=3.6,
                zorder=3,
                **mark,
            )
            handles.append(Line2D([], [], ms=4, label=words_of, **mark))
    return handles


def _describe(frame: pd.DataFrame) -> str:

    parts = []
    for label, rows in frame.groupby("label", sort=False):
        found = sorted(int(n) for n in rows["denominator"].dropna().unique())
        listed = ", ".join(map(str, found[:12])) + (f" and {len(found) - 12} more" if len(found) > 12 else "")
        parts.append(f"{label}: {listed or 'none'}")
    return "Denominators that could have given each printed percentage. " + "; ".join(parts) + "."
