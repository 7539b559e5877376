"""Map of which criterion can be judged in which patient."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.patches import Patch

from amyloid.plots.canvas import (
    ROW_LIMIT,
    Panel,
    Width,
    beside,
    finish,
    legend_of,
    people,
    percent_axis,
    start,
    words,
)
from amyloid.plots.style import INK, LOOKS, house_style

_YES, _NO = LOOKS["yes"].color, "#efe9dc"


@house_style
def availability(
    categories: pd.DataFrame,
    *,
    title: str,
    names: Mapping[str, str] | None = None,
    synthetic: bool = False,
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
    table = categories.assign(
        judged=categories["category"].astype(str) != "NE", patient=categories["patient_id"].astype(str)
    )
    table["row"] = [f"{(names or {}).get(d, str(d).replace('_', ' '))}, {c}" for d, c in
                    zip(table["domain"], table["criteria"], strict=True)]  # fmt: skip
    wide = table.pivot(index="row", columns="patient", values="judged").reindex(
        list(dict.fromkeys(table["row"]))
    )
    grid = wide.fillna(False).to_numpy(bool)
    order = np.lexsort((np.arange(grid.shape[1]), -grid.sum(axis=0)))
    panel = start(title, width, 30 + 4.1 * len(wide))
    ax = panel.add_subplot()
    if grid.shape[1] <= ROW_LIMIT:
        _map(ax, grid[:, order])
    else:
        _bars(ax, grid.mean(axis=1))
    for place, row in enumerate(grid):
        beside(ax, place, f"{int(row.sum()):,} of {row.size:,}")
    ax.set_yticks(range(len(wide)), list(wide.index))
    ax.set_ylim(len(wide) - 0.5, -0.5)
    ax.tick_params(length=0)
    ax.spines[["left", "bottom"]].set_visible(False)
    handles = [Patch(facecolor=_YES, edgecolor=INK, lw=0.4, label="can be judged"),
               Patch(facecolor=_NO, edgecolor=INK, lw=0.4, label="cannot")]  # fmt: skip
    legend_of(panel, handles)
    counts = (
        table.groupby(["domain", "criteria"], sort=False)["judged"]
        .agg(judged="sum", patients="size")
        .reset_index()
    )
    return finish(panel, counts, describe_availability(categories), synthetic=synthetic)


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
    judged = (categories["category"].astype(str) != "NE").groupby(
        [categories["domain"], categories["criteria"]], sort=False
    )
    parts = [f"{str(d).replace('_', ' ')} {c} {int(g.sum())} of {len(g)}" for (d, c), g in judged]
    return "Patients in whom each criterion can be judged: " + "; ".join(parts) + "."
