"""Categories: who can be judged by what, one cohort under every criteria set, and two categories as tiles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.patches import Patch, Rectangle

from amyloid.show.plots import layout
from amyloid.show.plots.sheet import Sheet, figure
from amyloid.show.plots.style import CHIP, FAINT, INK, LOOKS, Look, in_order, level_patches, looks

_HALF = 0.17
_SAME = {"response": ("CR", "VGPR", "PR"), "no response": ("NR",)}
"""A yes/no definition and a graded one that say the same."""
_GAP, _NARROWEST = 0.02, 0.08
_YES, _NO = LOOKS["yes"].color, LOOKS["no"].color


@figure("patient_id criteria category")
def criteria_grid(
    sheet: Sheet, categories: pd.DataFrame, *, names: Mapping[str, str] | None = None
) -> object:
    """Draw one column of stacked grades per criteria set and join those of the same patients.

    Parameters
    ----------
    categories : DataFrame
        `patient_id, criteria, category`: one row per patient and criteria set, of one domain; the sets
        stand from left to right as they come.
    names : Mapping, optional
        Criteria key to the words under its column.

    Examples
    --------
    >>> frame = pd.DataFrame({"patient_id": ["a", "a"], "criteria": ["x", "y"], "category": ["CR", "PR"]})
    >>> criteria_grid(frame).alt
    'Patients by grade under each criteria set. x: CR 1; y: PR 1.'
    """
    keys = list(dict.fromkeys(categories["criteria"]))
    if not keys:
        return sheet.words("No criteria could be applied.")
    wide = categories.astype({"category": str}).pivot(
        index="patient_id", columns="criteria", values="category"
    )
    wide = wide[keys].dropna(how="all")
    levels = in_order(categories["category"])
    drawn = looks(levels)
    room = 0.85 * sheet.mm / len(keys)
    under = [layout.wrap((names or {}).get(key, key), max(room, 22.0)) for key in keys]
    upright = max(map(layout.text_mm, under)) > room
    ax = sheet.ax(112 if upright else 96)
    spans = {key: _spans(wide[key], levels) for key in keys}
    for place, key in enumerate(keys[:-1]):
        _ribbons(ax, place, wide[[key, keys[place + 1]]], spans[key], spans[keys[place + 1]], levels)
    for place, key in enumerate(keys):
        _column(ax, place, spans[key], len(wide), drawn)
    ax.set(xlim=(-0.5, len(keys) - 0.5), ylim=(len(wide) * 1.01, 0), ylabel="Patients")
    ax.yaxis.set_major_formatter("{x:,.0f}")
    ax.set_xticks(range(len(keys)), under, rotation=90 if upright else 0)
    layout.without_line(ax, "bottom")
    counts = grade_counts(categories, keys)
    sheet.legend(level_patches(drawn))
    notes = ["Ribbons join the same patients. Orange: another grade. Dark gray: from or to not evaluable."]
    alt = "; ".join(
        f"{key}: " + ", ".join(f"{r.category} {r.n:,}" for r in layout.each(own[own["n"] > 0]))
        for key, own in counts.groupby("criteria", sort=False)
    )
    alt = f"Patients by grade under each criteria set. {alt}."
    return sheet.finish(counts, alt, notes if len(keys) > 1 else [])


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
    ax: Axes, place: int, spans: Mapping[str, tuple[float, float]], total: int, drawn: Mapping[str, Look]
) -> None:
    for level, (top, bottom) in spans.items():
        n = bottom - top
        if n > 0:
            said = f"{n:,.0f}" if n / total >= 0.035 else ""
            _tile(ax, place - _HALF, top, 2 * _HALF, n, drawn[level], said)


def _tile(ax: Axes, left: float, bottom: float, wide: float, high: float, look: Look, said: str) -> None:
    """One area in its look, with its number where there is room for it."""
    style: dict[str, Any] = {"facecolor": look.color, "hatch": look.hatch, "edgecolor": INK, "lw": 0.5}
    ax.add_patch(Rectangle((left, bottom), wide, high, zorder=3, **style))
    if said:
        x, y = left + wide / 2, bottom + high / 2
        ax.text(x, y, said, ha="center", va="center", zorder=4, bbox=CHIP)


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
    for one, other in ((one, other) for one in levels for other in levels if (one, other) in moves.index):
        n = float(moves[one, other])
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
    return "#e3e3e3" if same else "#c0652a"


@figure("across up n")
def mosaic(sheet: Sheet, frame: pd.DataFrame, *, x_label: str, y_label: str) -> object:
    """Draw a tile for each pair of levels: widths are the totals across, heights the shares.

    Parameters
    ----------
    frame : DataFrame
        `across, up, n`: the level on the x axis, the level stacked, how many patients. Optional `text`
        (written above the column, such as a share with its interval), the same in all rows of a column.
    x_label, y_label : str
        The axes.

    Examples
    --------
    >>> frame = pd.DataFrame({"across": ["CR", "CR"], "up": ["response", "no response"], "n": [5, 2]})
    >>> mosaic(frame, x_label="Depth", y_label="Renal response").alt
    'Depth against Renal response. CR: response 5, no response 2.'
    """
    sizes = frame.groupby("across", sort=False, observed=True)["n"].sum()
    frame = frame.assign(size=frame["across"].map(sizes).astype(int))
    frame, left_out = layout.large_enough(frame[frame["size"] > 0], "size", "across")
    total = int(frame["n"].sum())
    if total == 0:
        return sheet.words(left_out or "No patient has both.")
    columns = in_order(frame["across"])
    drawn = looks(in_order(frame["up"]))
    ax = sheet.ax(82)
    wide = {name: max(int(sizes[name]) / total, _NARROWEST) for name in columns}
    room = (sheet.mm - 22) / sum(wide.values())
    left, centers = 0.0, []
    for name in columns:
        _stacked(ax, frame[frame["across"] == name], left, wide[name], drawn)
        centers.append(left + wide[name] / 2)
        left += wide[name] + _GAP
    heads = {name: f"{looks([name])[name].words.split(',')[0]}\nn = {int(sizes[name]):,}" for name in columns}
    ax.set_xticks(centers, [layout.wrap(heads[name], room * wide[name]) for name in columns])
    if "text" in frame:
        texts = frame.drop_duplicates("across").set_index("across")["text"]
        for place, name in zip(centers, columns, strict=True):
            said = layout.wrap(str(texts[name]), room * wide[name])
            ax.text(place, 1.02, said, ha="center", va="bottom")
    ax.set(xlim=(-0.01, left - _GAP + 0.01), ylim=(0, 1), xlabel=x_label, ylabel=layout.in_percent(y_label))
    layout.percent_axis(ax.yaxis)
    layout.without_line(ax, "bottom")
    sheet.legend(level_patches(drawn))
    narrow = any(int(sizes[name]) / total < _NARROWEST for name in columns)
    widths = "Widths follow the numbers, but no column is narrower than its label." if narrow else ""
    parts = [
        f"{name}: " + ", ".join(f"{r.up} {int(r.n):,}" for r in layout.each(frame[frame["across"] == name]))
        for name in columns
    ]
    alt = f"{x_label} against {y_label}. {'; '.join(parts)}."
    return sheet.finish(frame.drop(columns="size"), alt, [widths, left_out])


def _stacked(ax: Axes, own: pd.DataFrame, left: float, wide: float, drawn: Mapping[str, Look]) -> None:
    counts = own.set_index("up")["n"]
    size, bottom = int(counts.sum()), 0.0
    for level, look in drawn.items():
        n = int(counts.get(level, 0))
        _tile(ax, left, bottom, wide, n / size, look, f"{n:,}" if n / size >= 0.06 else "")
        bottom += n / size


@figure("patient_id domain criteria category")
def availability(sheet: Sheet, categories: pd.DataFrame, *, most: int = layout.ROW_LIMIT) -> object:
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
    labels = [layout.wrap(f"{row.question}: {row.versions}", room) for row in layout.each(counts)]
    heads = ~counts["organ"].duplicated().to_numpy()
    heights = np.array([label.count("\n") + 1.25 for label in labels])
    tops = np.cumsum(np.r_[0, heights[:-1]]) + 1.4 * np.cumsum(heads)
    ax = sheet.ax(22 + layout.LINE_MM * (tops[-1] + heights[-1]))
    shades = ListedColormap([_NO, _YES])
    for top, high, row in zip(tops, heights, grid, strict=True):
        cells = row[None, :] if patients <= most else np.r_[1.0, 0.0][None, :]
        edges = np.arange(patients + 1) if patients <= most else np.array([0, row.mean(), 1.0])
        white = {"edgecolors": "white", "linewidth": 0.4} if patients <= 60 else {"edgecolors": "none"}
        ax.pcolormesh(edges, [top, top + high - 0.25], cells, cmap=shades, vmin=0, vmax=1, snap=True, **white)
    for top, high, judged in zip(tops, heights, counts["judged"], strict=True):
        layout.beside(ax, top + high / 2 - 0.12, f"{judged:,} of {patients:,}")
    for top, organ in zip(tops[heads], counts["organ"][heads], strict=True):
        ax.annotate(organ, (0, top), (-4, 1.5), xycoords=ax.get_yaxis_transform(), ha="right", va="bottom",
                    textcoords="offset points", fontweight="bold")  # fmt: skip
    ax.set_yticks(tops + heights / 2 - 0.12, labels)
    everybody = layout.people(patients)
    ax.set(ylim=(tops[-1] + heights[-1], 0), xticks=[], xlabel=f"{everybody}, those with most criteria first")
    if patients > most:
        ax.set(xlim=(0, 1), xlabel="Patients (%)")
        layout.percent_axis(ax.xaxis)
    layout.without_line(ax, "left", "bottom")
    words = {"can be judged": _YES, "cannot": _NO}
    sheet.legend([Patch(facecolor=color, edgecolor=INK, lw=0.4, label=said) for said, color in words.items()])
    part = f"Bars: shares of all {everybody}, too many for a column each." if patients > most else ""
    parts = [f"{row.question}: {row.versions} {row.judged:,} of {patients:,}" for row in layout.each(counts)]
    alt = f"Patients in whom each criterion can be judged: {'; '.join(parts)}."
    return sheet.finish(counts.assign(patients=patients), alt, part=part)


def judged_counts(categories: pd.DataFrame) -> tuple[pd.DataFrame, np.ndarray]:
    """Criteria that judge the same patients as one row: `organ, question, versions, judged`, and the map.

    The map has those rows and a column per patient, those with most criteria first.
    """
    place_of = categories.groupby(["domain", "criteria"], sort=False, observed=True).ngroup().to_numpy()
    kinds = categories[~pd.Series(place_of).duplicated().to_numpy()]
    domain = kinds["domain"].astype(str).str.replace("_", " ").str.capitalize()
    words = {"organ": domain.str.split(" ").str[0], "question": domain, "version": kinds["criteria"]}
    organ, question, version = (kinds.get(name, said).astype(str).tolist() for name, said in words.items())
    patient, ids = pd.factorize(categories["patient_id"], sort=True)
    grid = np.zeros((len(kinds), len(ids)), dtype=bool)
    grid[place_of, patient] = (categories["category"] != "NE").to_numpy()
    grid = grid[:, np.lexsort((np.arange(grid.shape[1]), -grid.sum(axis=0)))]
    rows: dict[tuple[Any, ...], list[int]] = {}
    for place, key in enumerate(zip(organ, question, strict=True)):
        rows.setdefault((*key, grid[place].tobytes()), []).append(place)
    organs = {name: place for place, name in enumerate(dict.fromkeys(organ))}
    merged = sorted(rows.items(), key=lambda item: organs[item[0][0]])
    first = [places[0] for _, places in merged]
    said = [", ".join(version[place] for place in places) for _, places in merged]
    counts = pd.DataFrame([key[:2] for key, _ in merged], columns=["organ", "question"])
    return counts.assign(versions=said, judged=grid[first].sum(axis=1)), grid[first]
