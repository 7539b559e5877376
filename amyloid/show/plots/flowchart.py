"""Flow diagram: who was enrolled, who was left out and why, who is analyzed. Zero boxes stay."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch

from amyloid.show.plots.canvas import WIDTH_MM, Panel, Width, finish, start, words, wrap
from amyloid.show.plots.style import INK, MUTED, TEXT_PT, house_style

_LINE_MM, _PAD_MM, _GAP_MM = 3.7, 2.2, 7.0


@dataclass(frozen=True)
class _Box:
    """A box in millimeters: its text, its center, its size."""

    text: str
    x: float
    y: float
    wide: float
    high: float


@house_style
def flow(
    steps: pd.DataFrame, *, title: str = "", synthetic: bool | str = False, width: Width = "double"
) -> Panel:
    """Draw the boxes from top to bottom.

    Parameters
    ----------
    steps : DataFrame
        `level` (0 at the top), `text`, `n`, and `kind`: "main" for a box on the way down (several on
        one level stand side by side), "reason" for a line of the side box that leaves the way below
        that level. A reason with n = 0 is kept.
    title : str
        What the figure shows.
    synthetic : bool
        Whether the data carry the synthetic stamp.
    width : "single" or "double"
        85 or 170 mm.

    Returns
    -------
    Panel
    """
    main = steps[steps["kind"] == "main"]
    if main.empty:
        return words("No patient entered the cohort.", title=title, synthetic=synthetic, width=width)
    mm = WIDTH_MM[width] - 4
    reasons = dict(list(steps[steps["kind"] == "reason"].groupby("level")))
    way = mm * (0.56 if reasons else 1.0)
    rows: list[list[_Box]] = []
    sides: list[tuple[float, _Box]] = []
    y = 0.0
    for level, part in main.groupby("level", sort=True):
        rows.append(_row(part, way, y))
        y -= max(box.high for box in rows[-1]) + _GAP_MM
        if level in reasons:
            box = _side(reasons[level], mm - way - 5, way + 4, y)
            sides.append((way / 2, box))
            y -= box.high + _GAP_MM
    depth = -y - _GAP_MM
    panel = start(title, width, depth + 20)
    ax = panel.add_subplot()
    ax.set_axis_off()
    ax.set(xlim=(0, mm), ylim=(-depth - 1, 1))
    ax.set_aspect("equal", anchor="NW")
    for above, below in pairwise(rows):
        _arrows(ax, above, below)
    for x, box in sides:
        middle = box.y
        _arrow(ax, (x, middle), (box.x - box.wide / 2, middle), MUTED)
        _draw(ax, box, "square,pad=0", "white", MUTED)
    for box in (box for row in rows for box in row):
        _draw(ax, box, "round,pad=0,rounding_size=1.2", "#eaf1f6", INK)
    return finish(panel, steps, describe_flow(steps), synthetic=synthetic)


def _row(part: pd.DataFrame, way: float, top: float) -> list[_Box]:
    room = way / len(part)
    texts = [
        f"{wrap(str(text), room - 10, TEXT_PT)}\nn = {int(n):,}"
        for text, n in zip(part["text"], part["n"], strict=True)
    ]
    high = max(text.count("\n") + 1 for text in texts) * _LINE_MM + 2 * _PAD_MM
    wide = min(room - 4, 56.0)
    return [_Box(text, (place + 0.5) * room, top - high / 2, wide, high) for place, text in enumerate(texts)]


def _side(part: pd.DataFrame, wide: float, left: float, top: float) -> _Box:
    lines = [
        wrap(f"{int(n):,} {text}", wide - 6, TEXT_PT) for text, n in zip(part["text"], part["n"], strict=True)
    ]
    text = "\n".join([f"Left out, n = {int(part['n'].sum()):,}", *lines])
    high = (text.count("\n") + 1) * _LINE_MM + 2 * _PAD_MM
    return _Box(text, left + wide / 2, top - high / 2, wide, high)


def _arrows(ax: Axes, above: list[_Box], below: list[_Box]) -> None:
    if len(above) == len(below):
        pairs = list(zip(above, below, strict=True))
    else:
        pairs = [(one, other) for one in above for other in below]
    for one, other in pairs:
        _arrow(ax, (one.x, one.y - one.high / 2), (other.x, other.y + other.high / 2), INK)


def _arrow(ax: Axes, tail: tuple[float, float], head: tuple[float, float], color: str) -> None:
    style = {
        "arrowstyle": "-|>,head_width=0.2,head_length=0.4",
        "lw": 0.8,
        "color": color,
        "shrinkA": 0,
        "shrinkB": 0,
    }
    ax.annotate("", xy=head, xytext=tail, arrowprops=style)


def _draw(ax: Axes, box: _Box, shape: str, face: str, edge: str) -> None:
    corner = (box.x - box.wide / 2, box.y - box.high / 2)
    ax.add_patch(
        FancyBboxPatch(corner, box.wide, box.high, boxstyle=shape, facecolor=face, edgecolor=edge, lw=0.7)
    )
    left = shape.startswith("square")
    ax.text(corner[0] + 2.5 if left else box.x, box.y, box.text, ha="left" if left else "center", va="center",
            fontsize=TEXT_PT, linespacing=1.35)  # fmt: skip


def describe_flow(steps: pd.DataFrame) -> str:
    """Alt text of the flow diagram."""
    parts = []
    for _, level in steps.groupby("level", sort=True):
        main, side = level[level["kind"] == "main"], level[level["kind"] == "reason"]
        parts.append(
            ", ".join(f"{text} (n = {int(n):,})" for text, n in zip(main["text"], main["n"], strict=True))
        )
        if len(side):
            listed = ", ".join(
                f"{text} (n = {int(n):,})" for text, n in zip(side["text"], side["n"], strict=True)
            )
            parts.append(f"left out {int(side['n'].sum()):,}: {listed}")
    return "Flow diagram: " + "; then ".join(part for part in parts if part) + "."
