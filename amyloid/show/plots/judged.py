"""Map of which criterion can be judged in which patient."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.patches import Patch

from amyloid.show.plots.canvas import (
    Panel,
    Width,
    beside,
    each,
    finish,
    legend_of,
    people,
    percent_axis,
    start,
    words,
)
from amyloid.show.plots.sampling import ROW_LIMIT
from amyloid.show.plots.style import INK, LOOKS, house_style

_YES, _NO = LOOKS["yes"].color, "#efe9dc"


@house_style
def availability(
    categories: pd.DataFrame,
    *,
    title: str = "",
    names: Mapping[str, str] | None = None,
    most: int = ROW_LIMIT,
    synthetic: bool | str = False,
    width: Width = "double",
) -> Panel:
    """Draw a cell per patient and criterion, dark where it can be judged; bars for large cohorts.

    Parameters
    ----------
    categories : DataFrame
        `patient_id, domain, criteria, category`; category NE means it cannot be judged.
    title : str
        What the figure shows.
    names : Mapping, optional
        Domain to the words before the criteria key.
    most : int
        Patients who get a column each; of more patients shares are drawn.
    synthetic : bool
        Whether the data carry the synthetic stamp.
    width : "single" or "double"
        85 or 170 mm.

    Returns
    -------
    Panel
    """
    if categories.empty:
        return words("No criterion was applied.", title=title, synthetic=synthetic, width=width)
    counts = judged_counts(categories)
    patients = categories["patient_id"].nunique()
    panel = start(title, width, 30 + 4.1 * len(counts))
    ax = panel.add_subplot()
    if patients <= most:
        _map(ax, _grid(categories))
    else:
        _bars(ax, counts["judged"].to_numpy(float) / patients)
    for place, judged in enumerate(counts["judged"]):
        beside(ax, place, f"{judged:,} of {patients:,}")
    rows = [f"{(names or {}).get(row.domain, str(row.domain).replace('_', ' '))}, {row.criteria}"
            for row in each(counts)]  # fmt: skip
    ax.set_yticks(range(len(rows)), rows)
    ax.set_ylim(len(rows) - 0.5, -0.5)
    ax.tick_params(length=0)
    ax.spines[["left", "bottom"]].set_visible(False)
    handles = [Patch(facecolor=_YES, edgecolor=INK, lw=0.4, label="can be judged"),
               Patch(facecolor=_NO, edgecolor=INK, lw=0.4, label="cannot")]  # fmt: skip
    legend_of(panel, handles)
    many = patients > most
    said = f"Bars: shares of all {people(patients)}, too many for a column each." if many else ""
    return finish(panel, counts, describe_availability(categories), synthetic=synthetic, part=said)


def judged_counts(categories: pd.DataFrame) -> pd.DataFrame:
    """Patients in whom each criterion can be judged: `domain, criteria, judged, patients`."""
    known = categories[["domain", "criteria"]].assign(judged=categories["category"] != "NE")
    counts = known.groupby(["domain", "criteria"], sort=False, observed=True)["judged"]
    return counts.agg(judged="sum", patients="size").reset_index()


def _grid(categories: pd.DataFrame) -> np.ndarray:
    """Criteria by patients, true where it can be judged, those with most criteria first."""
    table = categories.assign(judged=categories["category"].astype(str) != "NE")
    table["row"] = table.groupby(["domain", "criteria"], sort=False, observed=True).ngroup()
    table["patient"] = table["patient_id"].astype(str)
    grid = table.pivot(index="row", columns="patient", values="judged").fillna(False).to_numpy(bool)
    return grid[:, np.lexsort((np.arange(grid.shape[1]), -grid.sum(axis=0)))]


def _map(ax: Axes, grid: np.ndarray) -> None:
    x, y = np.arange(grid.shape[1] + 1) - 0.5, np.arange(grid.shape[0] + 1) - 0.5
    lines = {"edgecolors": "white", "linewidth": 0.4} if grid.shape[1] <= 60 else {"edgecolors": "none"}
    ax.pcolormesh(x, y, grid, cmap=ListedColormap([_NO, _YES]), vmin=0, vmax=1, snap=True, **lines)
    ax.set(xticks=[], xlabel=f"{people(grid.shape[1])}, those with most criteria first")


def _bars(ax: Axes, share: np.ndarray) -> None:
    ax.barh(range(len(share)), np.ones(len(share)), color=_NO, height=0.7)
    ax.barh(range(len(share)), share, color=_YES, height=0.7)
    ax.set(xlim=(0, 1), xlabel="Patients (%)")
    percent_axis(ax.xaxis)


def describe_availability(categories: pd.DataFrame) -> str:
    """Alt text of the map: judged of all, per criterion."""
    if categories.empty:
        return "No criterion was applied."
    parts = [
        f"{str(row.domain).replace('_', ' ')} {row.criteria} {row.judged:,} of {row.patients:,}"
        for row in each(judged_counts(categories))
    ]
    return "Patients in whom each criterion can be judged: " + "; ".join(parts) + "."
