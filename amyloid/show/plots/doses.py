"""Daily dose over time: the share of patients on each dose, month by month."""

from __future__ import annotations

import numpy as np
import pandas as pd

from amyloid.show.plots.layout import FEWEST, each, month_ticks, percent_axis, spread
from amyloid.show.plots.sheet import Sheet, figure
from amyloid.show.plots.style import CHIP, INK, SHADES, SMALL_PT

OFF = "off drug"


@figure("month dose dose_mg patients followed")
def dose_over_time(
    sheet: Sheet, shares: pd.DataFrame, *, x_label: str = "Months from first dose", few: int = FEWEST
) -> object:
    """Draw the share of the followed patients on each dose as stacked steps, highest dose at the bottom.

    Parameters
    ----------
    shares : DataFrame
        `month, dose` (text, "off drug" among them), `dose_mg`, `patients`, `followed`.
    x_label : str
        The axis of time.
    few : int
        Months with fewer than this many patients followed are not drawn, and the footer says so.

    Examples
    --------
    >>> shares = pd.DataFrame({"month": [0, 0], "dose": ["15 mg", "off drug"], "dose_mg": [15.0, 0.0]})
    >>> dose_over_time(shares.assign(patients=[5, 1], followed=6)).alt
    'Patients on each daily dose. month 0, 6 followed: 15 mg 5, off drug 1.'
    """
    drawn = shares[shares["followed"] >= min(few, int(shares["followed"].max()))] if len(shares) else shares
    if drawn.empty:
        return sheet.words("No doses were recorded.")
    wide = drawn.pivot(index="month", columns="dose", values="patients")[list(dict.fromkeys(drawn["dose"]))]
    share = wide.div(drawn.drop_duplicates("month").set_index("month")["followed"], axis=0)
    ax = sheet.ax(76)
    colors = _colors(list(share.columns))
    edges = np.r_[share.index.to_numpy(float), share.index[-1] + 1.0]
    bottom = np.zeros(len(share))
    inside: list[tuple[float, float, str]] = []
    outside: list[tuple[float, str]] = []
    for dose in share.columns:
        top = bottom + share[dose].to_numpy()
        ax.fill_between(
            edges, np.r_[bottom, bottom[-1]], np.r_[top, top[-1]], step="post", facecolor=colors[dose],
            edgecolor=INK, lw=0.4, hatch="////" if dose == OFF else "", gid=f"dose-{dose}",
        )  # fmt: skip
        place = _place(share[dose].to_numpy(), (bottom + top) / 2, edges, inside)
        if place is not None:
            inside.append((*place, dose))
        else:
            outside.append((float(bottom[-1] + top[-1]) / 2, dose))
        bottom = top
    for x, mid, dose in inside:
        ax.text(x, mid, dose, ha="center", va="center", fontsize=SMALL_PT,
                bbox=CHIP)  # fmt: skip
    for y, (mid, dose) in zip(spread([mid for mid, _ in outside], 0.055), outside, strict=True):
        ax.plot([1.0, 1.02], [mid, y], transform=ax.transAxes, color=INK, lw=0.4, clip_on=False)
        ax.text(1.025, y, dose, transform=ax.transAxes, va="center", fontsize=SMALL_PT)
    ax.set(xlim=(edges[0], edges[-1]), ylim=(0, 1), xlabel=x_label, ylabel="Patients still followed (%)")
    ax.set_xticks(month_ticks(float(edges[-1])))
    percent_axis(ax.yaxis)
    cut = shares["month"].max() > drawn["month"].max()
    notes = [f"Drawn while at least {few} patients are followed." if cut else ""]
    return sheet.finish(drawn, _describe(shares), notes)


def _place(
    thick: np.ndarray, middle: np.ndarray, edges: np.ndarray, taken: list[tuple[float, float, str]]
) -> tuple[float, float] | None:
    """Where a dose's name stands in its band: where it is thickest and no other name stands."""
    room = 0.06 * (edges[-1] - edges[0])
    around = np.convolve(thick, np.ones(3))[1:-1]  # a month with its neighbors, also of one month or two
    for month in np.argsort(-around, kind="stable"):
        x = float(np.clip(month + edges[0] + 0.5, edges[0] + room, edges[-1] - room))
        y = float(middle[month])
        free = all(abs(x - a) > 2 * room or abs(y - b) > 0.07 for a, b, _ in taken)
        if free and thick[month] >= 0.07:
            return x, y
    return None


def _colors(doses: list[str]) -> dict[str, str]:
    ladder = [dose for dose in doses if dose.endswith(" mg")]
    shades = [SHADES[-1 - round(i * (len(SHADES) - 2) / max(len(ladder) - 1, 1))] for i in range(len(ladder))]
    return {**dict.fromkeys(doses, "#e9e2d0"), **dict(zip(ladder, shades, strict=True)), OFF: "#ffffff"}


def _describe(shares: pd.DataFrame) -> str:
    """Alt text of the doses over time: who is on what at 0, 6 and 12 months."""
    parts = []
    for month in (0, 6, 12, 24):
        rows = shares[(shares["month"] == month) & (shares["patients"] > 0)]
        if len(rows):
            listed = ", ".join(f"{r.dose} {r.patients:,}" for r in each(rows))
            parts.append(f"month {month}, {int(rows['followed'].iloc[0]):,} followed: {listed}")
    return "Patients on each daily dose. " + "; ".join(parts) + "."
