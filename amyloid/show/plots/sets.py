"""UpSet figure: how many patients have each combination of involved organs."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from amyloid.show.plots.canvas import Panel, Width, finish, people, start, words
from amyloid.show.plots.style import LINES, SMALL_PT, house_style

_MOST = 20


@house_style
def upset(
    members: pd.DataFrame,
    *,
    title: str = "",
    names: Mapping[str, str] | None = None,
    synthetic: bool | str = False,
    width: Width = "double",
) -> Panel:
    """Draw the size of each combination over a grid of the sets.

    Parameters
    ----------
    members : DataFrame
        One row per patient, one true/false/missing column per set. Patients with a missing entry are
        left out and counted in the footer.
    title : str
        What the figure shows.
    names : Mapping, optional
        Column to the words beside its row.
    synthetic : bool
        Whether the data carry the synthetic stamp.
    width : "single" or "double"
        85 or 170 mm.

    Returns
    -------
    Panel
    """
    known = members.dropna().astype(bool)
    if known.empty or not len(known.columns):
        return words("No patient has every organ recorded.", title=title, synthetic=synthetic, width=width)
    sizes = known.sum().sort_values(ascending=False, kind="stable")
    empty = [(names or {}).get(k, str(k).replace("_", " ")) for k in sizes.index[sizes == 0]]
    sizes = sizes[sizes > 0] if (sizes > 0).any() else sizes
    combos = combinations(known[list(sizes.index)])
    shown = combos.head(_MOST)
    panel = start(title, width, 58 + 4.6 * len(sizes))
    grid = panel.add_gridspec(2, 2, width_ratios=[1, 3.2], height_ratios=[38, 4.6 * len(sizes)])
    bars, dots = panel.add_subplot(grid[0, 1]), panel.add_subplot(grid[1, 1])
    totals = panel.add_subplot(grid[1, 0])
    _sizes(bars, shown)
    _dots(dots, shown, list(sizes.index))
    _totals(totals, sizes, names or {})
    missing = len(members) - len(known)
    rest = combos.iloc[_MOST:]
    notes = [
        f"{people(len(known))}.",
        f"In nobody: {', '.join(empty)}." if empty else "",
        f"{missing} with an organ not recorded are left out." if missing else "",
        f"{len(rest)} smaller combinations ({int(rest['n'].sum()):,} patients) are not drawn."
        if len(rest)
        else "",
    ]
    return finish(panel, combos, describe_upset(members, names), synthetic=synthetic, notes=notes)


def combinations(known: pd.DataFrame) -> pd.DataFrame:
    """Patients by combination, largest first: the set columns and `n`."""
    counts = known.value_counts(sort=False).rename("n").reset_index()
    counts["sets"] = counts[known.columns].sum(axis=1)
    order = ["n", "sets", *known.columns]
    counts = counts.sort_values(order, ascending=[False, True] + [False] * known.shape[1], kind="stable")
    return counts.drop(columns="sets").reset_index(drop=True)


def _sizes(ax: Axes, shown: pd.DataFrame) -> None:
    ax.bar(shown.index, shown["n"], color=LINES[0][0], width=0.62)
    top = int(shown["n"].max())
    for place, n in enumerate(shown["n"]):
        ax.text(place, n + 0.015 * top, f"{n:,}", ha="center", va="bottom", fontsize=SMALL_PT)
    ax.set(xlim=(-0.6, max(len(shown), 4) - 0.4), ylim=(0, top * 1.12), ylabel="Patients", xticks=[])
    ax.yaxis.set_major_locator(MaxNLocator(integer=True, nbins=5))
    ax.spines["bottom"].set_visible(False)


def _dots(ax: Axes, shown: pd.DataFrame, sets: list[str]) -> None:
    for row in range(0, len(sets), 2):
        ax.axhspan(row - 0.5, row + 0.5, color="#f1f3f4", lw=0, zorder=0)
    for place, combo in enumerate(shown[sets].to_numpy(bool)):
        inside = np.flatnonzero(combo)
        ax.plot(
            [place] * len(sets), range(len(sets)), ls="", marker="o", ms=4.6, color="#d3d3d3", mew=0, zorder=1
        )
        ax.plot([place] * len(inside), inside, lw=1.4, marker="o", ms=5.2, color=LINES[0][0], mew=0, zorder=2)
    ax.set(xlim=(-0.6, max(len(shown), 4) - 0.4), ylim=(len(sets) - 0.5, -0.5), xticks=[], yticks=[])
    ax.spines[["left", "bottom"]].set_visible(False)


def _totals(ax: Axes, sizes: pd.Series, names: Mapping[str, str]) -> None:
    ax.barh(range(len(sizes)), sizes, color="#7fa8c4", height=0.6)
    top = max(int(sizes.max()), 1)
    for place, n in enumerate(sizes):
        ax.text(n + 0.03 * top, place, f"{n:,}", ha="right", va="center", fontsize=SMALL_PT)
    ax.set(xlim=(top * 1.25, 0), ylim=(len(sizes) - 0.5, -0.5), xlabel="Patients", yticks=range(len(sizes)))
    ax.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=3))
    ax.yaxis.tick_right()
    ax.set_yticklabels([names.get(key, key.replace("_", " ")) for key in sizes.index])
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)


def describe_upset(members: pd.DataFrame, names: Mapping[str, str] | None = None) -> str:
    """Alt text of the UpSet figure: set sizes and the largest combinations."""
    known = members.dropna().astype(bool)
    if known.empty:
        return "No patient has every organ recorded."
    words_of = {str(key): (names or {}).get(key, str(key).replace("_", " ")) for key in known.columns}
    sizes = known.sum().sort_values(ascending=False, kind="stable")
    singles = ", ".join(f"{words_of[str(k)]} {int(n):,}" for k, n in sizes.items() if n)
    parts = []
    for row in combinations(known).head(5).to_dict("records"):
        inside = " + ".join(words_of[k] for k in known.columns if row[k]) or "none"
        parts.append(f"{inside} {int(row['n']):,}")
    head = f"Organ involvement of {people(len(known))}. By organ: {singles or 'none'}."
    return f"{head} Largest combinations: {', '.join(parts)}."
