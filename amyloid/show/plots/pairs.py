"""Paired values before and after, patient by patient, on a log axis."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from amyloid.show.plots.canvas import (
    Panel,
    Width,
    beside,
    finish,
    legend_of,
    log_axis,
    people,
    spread,
    start,
    words,
)
from amyloid.show.plots.falls import log_floor
from amyloid.show.plots.sampling import ROW_LIMIT, evenly, part_of
from amyloid.show.plots.style import LINES, MUTED, SMALL_PT, house_style
from amyloid.show.tables import text


@house_style
def paired(
    frame: pd.DataFrame,
    *,
    title: str = "",
    y_label: str,
    before: str = "Before",
    after: str = "After",
    lines: Sequence[tuple[float, str]] = (),
    floor: float | None = None,
    unit_digits: int = 2,
    synthetic: bool | str = False,
    width: Width = "single",
) -> Panel:
    """Join each patient's two values.

    Parameters
    ----------
    frame : DataFrame
        `patient_id, before, after, outcome`; the outcome chooses line style and color.
    title, y_label, before, after : str
        What the figure shows; the axis with its unit; names of the two times.
    lines : sequence of (height, words)
        Thresholds.
    floor : float, optional
        Values at or below it are drawn there.
    unit_digits : int
        Decimals of the values written at both ends when there are at most twelve patients.
    synthetic : bool
        Whether the data carry the synthetic stamp.
    width : "single" or "double"
        85 or 170 mm.

    Returns
    -------
    Panel
    """
    known = frame.dropna(subset=["before", "after"]).reset_index(drop=True)
    if known.empty:
        return words("Nobody has a value at both times.", title=title, synthetic=synthetic, width=width)
    rank = (known["after"] / known["before"]).sort_values(kind="stable").index
    part = known.loc[evenly(known.loc[rank], ROW_LIMIT).index.sort_values()].reset_index(drop=True)
    left, right = (log_floor(part[key].to_numpy(float), floor) for key in ("before", "after"))
    panel = start(title, width, 92)
    ax = panel.add_subplot()
    outcomes = list(dict.fromkeys(part["outcome"].astype(str)))
    seen: set[str] = set()
    for a, b, outcome in zip(left, right, part["outcome"].astype(str), strict=True):
        color, dashes = LINES[outcomes.index(outcome) % len(LINES)]
        marker = "oDs^v"[outcomes.index(outcome) % 5]
        ax.plot(
            [0, 1], [a, b], color=color, ls=dashes, marker=marker, ms=4, lw=1.1, mec="white", mew=0.4,
            zorder=3, alpha=0.9 if len(part) <= 40 else 0.4,
            label=outcome if outcome not in seen else "_",
        )  # fmt: skip
        seen.add(outcome)
    ax.set_yscale("log")
    values = [*left, *right, *[height for height, _ in lines]]
    ax.set(xlim=(-0.28, 1.28), ylim=(min(values) / 1.35, max(values) * 1.35), ylabel=y_label)
    log_axis(ax.yaxis, *ax.get_ylim())
    ax.set_xticks([0, 1], [before, after])
    for height, words_of in lines:
        ax.axhline(height, color=MUTED, lw=0.7, ls=(0, (4, 2)), zorder=1)
        beside(ax, height, words_of, color=MUTED)
    if len(part) <= 12:
        for x, side, shown, align in ((0, left, "before", "right"), (1, right, "after", "left")):
            ends = _fractions(ax.get_ylim(), side)
            for height, value in zip(spread(ends, 0.042), part[shown], strict=True):
                ax.annotate(
                    text.number(value, unit_digits), (x, height), xycoords=("data", "axes fraction"),
                    ha=align, va="center", xytext=(-5 if x == 0 else 5, 0), textcoords="offset points",
                    fontsize=SMALL_PT,
                )  # fmt: skip
    legend_of(panel, ax.get_legend_handles_labels()[0])
    said = part_of(len(part), len(known), how="evenly spaced by the change")
    return finish(panel, part, describe_pairs(frame, y_label), synthetic=synthetic, part=said)


def _fractions(limits: tuple[float, float], values: np.ndarray) -> list[float]:
    import numpy as np

    low, high = np.log(limits)
    return [float((np.log(v) - low) / (high - low)) for v in values]


def describe_pairs(frame: pd.DataFrame, what: str) -> str:
    """Alt text of paired values."""
    known = frame.dropna(subset=["before", "after"])
    if known.empty:
        return "No pairs: nobody has a value at both times."
    head = f"Paired values of {people(len(known))}, {what}: "
    if len(known) <= 12:
        rows = zip(known["before"], known["after"], known["outcome"], strict=True)
        return head + "; ".join(f"{a:.3g} to {b:.3g} ({outcome})" for a, b, outcome in rows) + "."
    counts = known["outcome"].astype(str).value_counts(sort=False)
    return head + ", ".join(f"{key} {int(n):,}" for key, n in counts.items()) + "."
