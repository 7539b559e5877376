"""Maps: which criterion can be judged in whom, and which denominators fit a printed percentage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from amyloid.show.plots.layout import (
    LINE_MM,
    ROW_LIMIT,
    beside,
    each,
    people,
    percent_axis,
    row_places,
    rows_axis,
    wrap,
)
from amyloid.show.plots.sheet import Sheet, figure
from amyloid.show.plots.style import CHIP, INK, LINES, LOOKS, MUTED, SMALL_PT

_YES, _NO = LOOKS["yes"].color, LOOKS["no"].color
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


@figure("patient_id domain criteria category")
def availability(sheet: Sheet, categories: pd.DataFrame, *, most: int = ROW_LIMIT) -> object:
    """Draw who can be judged by what, by organ: a column per patient, bars for many; equal rows are one.

    Parameters
    ----------
    categories : DataFrame
        `patient_id, domain, criteria, category`; category NE means it cannot be judged. Optional `organ` and
        `question`, words in place of the domain, and `version`, words in place of the criteria.
    most : int
        Patients who get a column each; of more patients shares are drawn.

    Examples
    --------
    >>> frame = pd.DataFrame({"patient_id": ["a", "b"], "domain": "renal_response", "criteria": "gertz-2005"})
    >>> availability(frame.assign(category=["response", "NE"])).alt
    'Patients in whom each criterion can be judged: Renal response: gertz-2005 1 of 2.'
    """
    if categories.empty:
        return sheet.words("No criterion was applied.")
    counts, grid = judged_counts(categories)
    patients = grid.shape[1]
    room = 0.42 * sheet.mm
    labels = [wrap(f"{row.question}: {row.versions}", room) for row in each(counts)]
    heads = ~counts["organ"].duplicated().to_numpy()
    heights = np.array([label.count("\n") + 1.25 for label in labels])
    tops = np.cumsum(np.r_[0, heights[:-1]]) + 1.4 * np.cumsum(heads)
    ax = sheet.ax(22 + LINE_MM * (tops[-1] + heights[-1]))
    shades = ListedColormap([_NO, _YES])
    for top, high, row in zip(tops, heights, grid, strict=True):
        cells = row[None, :] if patients <= most else np.r_[1.0, 0.0][None, :]
        edges = np.arange(patients + 1) if patients <= most else np.array([0, row.mean(), 1.0])
        white = {"edgecolors": "white", "linewidth": 0.4} if patients <= 60 else {"edgecolors": "none"}
        ax.pcolormesh(edges, [top, top + high - 0.25], cells, cmap=shades, vmin=0, vmax=1, snap=True, **white)
    for top, high, judged in zip(tops, heights, counts["judged"], strict=True):
        beside(ax, top + high / 2 - 0.12, f"{judged:,} of {patients:,}")
    for top, organ in zip(tops[heads], counts["organ"][heads], strict=True):
        ax.annotate(
            organ, (0, top), (-4, 1.5), xycoords=("axes fraction", "data"), textcoords="offset points",
            ha="right", va="bottom", fontsize=SMALL_PT, fontweight="bold",
        )  # fmt: skip
    ax.set_yticks(tops + heights / 2 - 0.12, labels)
    ax.set(
        ylim=(tops[-1] + heights[-1], 0),
        xticks=[],
        xlabel=f"{people(patients)}, those with most criteria first",
    )
    if patients > most:
        ax.set(xlim=(0, 1), xlabel="Patients (%)")
        percent_axis(ax.xaxis)
    ax.tick_params(length=0)
    ax.spines[["left", "bottom"]].set_visible(False)
    words = {"can be judged": _YES, "cannot": _NO}
    sheet.legend([Patch(facecolor=color, edgecolor=INK, lw=0.4, label=said) for said, color in words.items()])
    part = f"Bars: shares of all {people(patients)}, too many for a column each." if patients > most else ""
    parts = [f"{row.question}: {row.versions} {row.judged:,} of {patients:,}" for row in each(counts)]
    alt = f"Patients in whom each criterion can be judged: {'; '.join(parts)}."
    return sheet.finish(counts.assign(patients=patients), alt, part=part)


def judged_counts(categories: pd.DataFrame) -> tuple[pd.DataFrame, np.ndarray]:
    """Criteria that judge the same patients as one row: `organ, question, versions, judged`, and the map.

    The map has those rows and a column per patient, those with most criteria first.
    """
    domain = categories["domain"].astype(str).str.replace("_", " ").str.capitalize()
    words = {
        "organ": domain.str.split(" ").str[0],
        "question": domain,
        "version": categories["criteria"].astype(str),
    }
    table = categories.assign(**{key: said for key, said in words.items() if key not in categories})
    table["judged"] = table["category"].astype(str) != "NE"
    keys = ["organ", "question", "version"]
    order = pd.MultiIndex.from_frame(table[keys].drop_duplicates())
    wide = table.pivot(index=keys, columns="patient_id", values="judged").reindex(order)
    grid = wide.fillna(value=False).to_numpy(bool)
    grid = grid[:, np.lexsort((np.arange(grid.shape[1]), -grid.sum(axis=0)))]
    rows: dict[tuple[Any, ...], list[int]] = {}
    for place, (organ, question, _) in enumerate(order):
        rows.setdefault((organ, question, grid[place].tobytes()), []).append(place)
    organs = {organ: place for place, organ in enumerate(dict.fromkeys(order.get_level_values("organ")))}
    merged = sorted(rows.items(), key=lambda item: organs[item[0][0]])
    first = [places[0] for _, places in merged]
    said = [", ".join(str(order[place][2]) for place in places) for _, places in merged]
    counts = pd.DataFrame([key[:2] for key, _ in merged], columns=["organ", "question"])
    return counts.assign(versions=said, judged=grid[first].sum(axis=1)), grid[first]
