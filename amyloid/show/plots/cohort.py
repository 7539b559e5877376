"""Who is in the cohort: the flow of patients, and the organs involved."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator

from amyloid.show.plots import layout
from amyloid.show.plots.sheet import Sheet, figure
from amyloid.show.plots.style import INK, LINES, TEXT_PT

_LINE_MM, _PAD_MM, _GAP_MM = 3.9, 2.2, 7.0


@figure("level text n kind")
def flow(sheet: Sheet, steps: pd.DataFrame) -> object:
    """Draw the flow of patients as CONSORT does: boxes downwards, exclusions with their reasons at the right.

    Parameters
    ----------
    steps : DataFrame
        `level` (0 at the top), `text`, `n`, and `kind`: "main" for a box on the way down (several on
        one level stand side by side), "reason" for a line of the box at the right, below that level. A reason
        with n = 0 is kept.

    Examples
    --------
    >>> steps = [(0, "Treated", 43, "main"), (0, "Died early", 10, "reason"), (1, "Evaluable", 33, "main")]
    >>> flow(pd.DataFrame(steps, columns=["level", "text", "n", "kind"])).alt
    'Flow diagram: Treated (n = 43); then excluded 10: Died early (n = 10); then Evaluable (n = 33).'
    """
    main = steps[steps["kind"] == "main"]
    if main.empty:
        return sheet.words("No patient entered the cohort.")
    mm = sheet.mm - 4
    reasons = dict(list(steps[steps["kind"] == "reason"].groupby("level")))
    way = mm * (0.5 if reasons else 1.0)
    boxes: list[tuple[str, float, float, float, float, bool]] = []
    arrows: list[tuple[float, float, float, float]] = []
    above: list[tuple[float, float]] = []
    y = 0.0
    for level, part in main.groupby("level", sort=True):
        row = _row(part, way)
        high = max(text.count("\n") + 1 for text, *_ in row) * _LINE_MM + 2 * _PAD_MM
        boxes += [(text, x, y - high, wide, high, False) for text, x, wide in row]
        arrows += _between(above, [(x, y) for _, x, _ in row])
        above = [(x, y - high) for _, x, _ in row]
        y -= high + _GAP_MM
        if level in reasons:
            text = _excluded(reasons[level], mm - way - 8)
            tall = (text.count("\n") + 1) * _LINE_MM + 2 * _PAD_MM
            boxes.append((text, way + (mm - way) / 2, y - tall, mm - way, tall, True))
            arrows.append((way / 2, y - tall / 2, way, y - tall / 2))
            y -= tall + _GAP_MM
    depth = -y - _GAP_MM
    ax = sheet.ax(depth + 12)
    ax.set_axis_off()
    ax.set(xlim=(0, mm), ylim=(-depth - 1, 1))
    ax.set_aspect("equal", anchor="NW")
    for x, top, to_x, to_y in arrows:
        _line(ax, x, top, to_x, to_y)
    for box in boxes:
        _box(ax, *box)
    return sheet.finish(steps, _describe_flow(steps))


def _row(part: pd.DataFrame, way: float) -> list[tuple[str, float, float]]:
    """Boxes of one level side by side: text, middle, width."""
    room = way / len(part)
    wide = min(room - 4, 60.0)
    return [
        (f"{layout.wrap(str(row.text), wide - 5, TEXT_PT)}\n(n = {int(row.n):,})", (place + 0.5) * room, wide)
        for place, row in enumerate(layout.each(part))
    ]


def _excluded(part: pd.DataFrame, wide: float) -> str:
    """Text of the box at the right: everybody excluded, then each reason."""
    lines = [
        layout.wrap(f"{row.text} (n = {int(row.n):,})", wide - 4, TEXT_PT).replace("\n", "\n   ")
        for row in layout.each(part)
    ]
    return "\n".join([f"Excluded (n = {int(part['n'].sum()):,})", *(f"• {line}" for line in lines)])


def _between(
    above: list[tuple[float, float]], below: list[tuple[float, float]]
) -> list[tuple[float, float, float, float]]:
    """Lines from the boxes of a level to those of the next: straight where they are as many."""
    pairs = zip(above, below, strict=True) if len(above) == len(below) else product(above, below)
    return [(*start, *end) for start, end in pairs]


def _line(ax: Axes, x: float, y: float, to_x: float, to_y: float) -> None:
    """Draw an arrow by right angles: down, across, down."""
    turn = to_y + _GAP_MM / 2
    corners = [(x, y), (x, turn), (to_x, turn)] if abs(to_x - x) > 0.01 and y > turn else [(x, y)]
    ax.plot(*zip(*corners, (to_x, to_y), strict=True), color=INK, lw=0.7, zorder=1)
    style = {"lw": 0.7, "color": INK, "shrinkA": 0, "shrinkB": 0}
    style["arrowstyle"] = "-|>,head_width=0.18,head_length=0.36"
    ax.annotate("", xy=(to_x, to_y), xytext=corners[-1], arrowprops=style, size=TEXT_PT)


def _box(ax: Axes, text: str, x: float, bottom: float, wide: float, high: float, listed: bool) -> None:
    corner = (x - wide / 2, bottom)
    ax.add_patch(Rectangle(corner, wide, high, facecolor="white", edgecolor=INK, lw=0.7, zorder=2))
    ax.text(corner[0] + 2.5 if listed else x, bottom + high / 2, text, ha="left" if listed else "center",
            va="center", fontsize=TEXT_PT, linespacing=1.35)  # fmt: skip


def _describe_flow(steps: pd.DataFrame) -> str:
    def listed(rows: pd.DataFrame) -> str:
        return ", ".join(f"{row.text} (n = {int(row.n):,})" for row in layout.each(rows))

    parts = []
    for _, level in steps.groupby("level", sort=True):
        side = level[level["kind"] == "reason"]
        parts.append(listed(level[level["kind"] == "main"]))
        parts += [f"excluded {int(side['n'].sum()):,}: {listed(side)}"] if len(side) else []
    return "Flow diagram: " + "; then ".join(part for part in parts if part) + "."


@figure("", several=True)
def upset(sheet: Sheet, members: pd.DataFrame, *, names: Mapping[str, str] | None = None) -> object:
    """Draw the size of each combination over a grid of the sets.

    Parameters
    ----------
    members : DataFrame
        One row per patient, one true/false/missing column per set. Patients with a missing entry are
        left out and counted in the footer.
    names : Mapping, optional
        Column to the words beside its row.

    Examples
    --------
    >>> upset(pd.DataFrame({"heart": [True, False], "kidney": [True, True]})).alt[:43]
    'Organ involvement of 2 patients. By organ: '
    """
    known = members.dropna().astype(bool)
    if known.empty or not len(known.columns):
        return sheet.words("No patient has every organ recorded.")
    said = {str(key): (names or {}).get(str(key), str(key).replace("_", " ")) for key in known.columns}
    sizes = known.sum().sort_values(ascending=False, kind="stable")
    empty = [said[str(key)] for key in sizes.index[sizes == 0]]
    sizes = sizes[sizes > 0] if (sizes > 0).any() else sizes
    combos = combinations(known[list(sizes.index)])
    most = 12 if sheet.narrow else 20
    shown, rest = combos.head(most), combos.iloc[most:]
    below = 4.6 * len(sizes)
    axes = sheet.axes(58 + below, 2, 2, width_ratios=[1, 3.2], height_ratios=[38, below])
    (blank, bars), (totals, dots) = axes
    blank.set_axis_off()
    _sizes(bars, shown)
    _dots(dots, shown, list(sizes.index))
    _totals(totals, sizes, [said[str(key)] for key in sizes.index], 2 if sheet.narrow else 3)
    missing = len(members) - len(known)
    left = f"{len(rest)} smaller combinations ({int(rest['n'].sum()):,} patients) are not drawn."
    notes = [
        f"{layout.people(len(known))}.",
        f"In nobody: {', '.join(empty)}." if empty else "",
        f"{missing} with an organ not recorded are left out." if missing else "",
        left if len(rest) else "",
    ]
    singles = ", ".join(f"{said[str(key)]} {int(n):,}" for key, n in sizes.items() if n)
    largest = [
        f"{' + '.join(said[k] for k in said if row.get(k)) or 'none'} {int(row['n']):,}"
        for row in combos.head(5).to_dict("records")
    ]
    alt = f"Organ involvement of {layout.people(len(known))}. By organ: {singles or 'none'}. "
    return sheet.finish(combos, f"{alt}Largest combinations: {', '.join(largest)}.", notes)


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
        ax.text(place, n + 0.015 * top, f"{n:,}", ha="center", va="bottom")
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


def _totals(ax: Axes, sizes: pd.Series, names: list[str], ticks: int) -> None:
    ax.barh(range(len(sizes)), sizes, color="#7fa8c4", height=0.6)
    top = max(int(sizes.max()), 1)
    for place, n in enumerate(sizes):
        ax.text(n + 0.03 * top, place, f"{n:,}", ha="right", va="center")
    ax.set(xlim=(top * 1.4, 0), ylim=(len(sizes) - 0.5, -0.5), xlabel="Patients")
    ax.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=ticks))
    ax.yaxis.tick_right()
    ax.set_yticks(range(len(sizes)), names)
    layout.without_line(ax, "left")
