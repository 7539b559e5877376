"""The house style: journal widths, type, palette, footer, and words in place of an empty axis.

Colors differ in lightness as well as in hue, and each level has a hatch, a marker or a line style of
its own, so that a figure stays readable on a gray printer and for color-blind readers.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, ParamSpec, TypeVar

import matplotlib as mpl
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.artist import Artist
from matplotlib.backend_bases import RendererBase
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import TextPath

Width = Literal["single", "double"]
WIDTH_MM: dict[Width, float] = {"single": 85.0, "double": 170.0}
STAMP = "synthetic, built from published aggregates, not patient data"
ROW_LIMIT = 150
"""More rows than this cannot be told apart at print size; figures then draw a part and say so."""
POINT_LIMIT = 1500

INK, MUTED, FAINT = "#222222", "#5f5f5f", "#b8b8b8"
TEXT_PT, SMALL_PT, TITLE_PT = 7.5, 7.0, 9.0
LINES: tuple[tuple[str, Any], ...] = (
    ("#10375c", "-"), ("#d55e00", (0, (5, 1.5))), ("#3f9fd0", (0, (5, 1.5, 1, 1.5))),
    ("#7a3b8f", (0, (1, 1))), ("#8a8a2b", (0, (8, 2, 2, 2))),
)  # fmt: skip
SHADES: tuple[str, ...] = ("#f2f2ee", "#cfe1ec", "#93bfd9", "#4f93bd", "#1f6091", "#0b3154")

_RC: dict[str, Any] = {
    "font.family": ["sans-serif"], "font.sans-serif": ["DejaVu Sans"], "mathtext.fontset": "dejavusans",
    "font.size": TEXT_PT, "axes.labelsize": TEXT_PT, "axes.titlesize": TEXT_PT + 0.5,
    "xtick.labelsize": SMALL_PT, "ytick.labelsize": SMALL_PT, "legend.fontsize": SMALL_PT,
    "legend.title_fontsize": SMALL_PT, "figure.titlesize": TITLE_PT, "axes.titlelocation": "left",
    "text.color": INK, "axes.labelcolor": INK, "axes.edgecolor": INK, "xtick.color": INK,
    "ytick.color": INK, "axes.linewidth": 0.6, "lines.linewidth": 1.3, "patch.linewidth": 0.5,
    "xtick.major.width": 0.6, "ytick.major.width": 0.6, "xtick.major.size": 2.5,
    "ytick.major.size": 2.5, "ytick.minor.size": 1.5, "ytick.minor.width": 0.4,
    "hatch.linewidth": 0.5, "hatch.color": INK, "legend.frameon": False, "axes.spines.top": False,
    "axes.spines.right": False, "axes.unicode_minus": True, "figure.dpi": 100, "savefig.dpi": 300,
    "figure.constrained_layout.h_pad": 0.03, "figure.constrained_layout.w_pad": 0.03,
    "savefig.bbox": None, "figure.facecolor": "white", "savefig.facecolor": "white",
    "svg.hashsalt": "amyloid", "svg.fonttype": "path", "path.simplify": True, "text.usetex": False,
}  # fmt: skip

P = ParamSpec("P")
T = TypeVar("T")


@functools.cache
def _rc() -> dict[str, Any]:
    defaults = {key: mpl.rcParamsDefault[key] for key in mpl.rcParamsDefault if not key.startswith("backend")}
    for key in ("interactive", "toolbar", "timezone", "webagg.address"):
        defaults.pop(key, None)
    return {**defaults, **sns.axes_style("ticks"), **_RC}


def house_style(function: Callable[P, T]) -> Callable[P, T]:
    """Run a drawing function under the house settings, whatever the reader's own are."""

    @functools.wraps(function)
    def styled(*args: P.args, **kwargs: P.kwargs) -> T:
        with mpl.rc_context(_rc()):
            return function(*args, **kwargs)

    return styled


class Panel(Figure):
    """A figure that knows what it shows.

    Attributes
    ----------
    plotted : DataFrame
        The rows that are drawn, after any sampling; saved beside the picture.
    alt : str
        Text in place of the picture, written from the same numbers.
    words : str
        The sentence shown when there was nothing to draw; empty otherwise.
    """

    plotted: pd.DataFrame
    alt: str
    words: str = ""

    def draw(self, renderer: RendererBase) -> None:
        """Draw under the house settings."""
        with mpl.rc_context(_rc()):
            super().draw(renderer)

    def savefig(self, fname: Any, **kwargs: Any) -> None:
        """Save under the house settings, at the exact journal width."""
        with mpl.rc_context(_rc()):
            super().savefig(fname, **kwargs)


@dataclass(frozen=True)
class Look:
    """How one level is drawn: fill, hatch, marker, and the words of the legend."""

    color: str
    hatch: str
    marker: str
    words: str


LOOKS: dict[str, Look] = {
    "CR": Look("#0b3154", "", "D", "CR, complete"),
    "VGPR": Look("#2f7aa8", "", "s", "VGPR, very good partial"),
    "PR": Look("#7fb8d6", "\\\\\\\\", "o", "PR, partial"),
    "MR": Look("#c9e0ec", "....", "v", "MR, minor"),
    "NR": Look("#f3e7cf", "", "X", "NR, none"),
    "NE": Look("#ffffff", "////", "P", "NE, not evaluable"),
    "response": Look("#1f6091", "", "D", "response"),
    "no response": Look("#f3e7cf", "", "X", "no response"),
    "progression": Look("#a63a00", "xxxx", "X", "progression"),
    "none": Look("#dfe8ee", "", "o", "none"),
    "yes": Look("#1f6091", "", "D", "yes"),
    "no": Look("#f3e7cf", "", "X", "no"),
}
_SPARE = ("#4b2e6b", "#b5651d", "#6c9a8b", "#d9b44a", "#9a9a9a", "#e3c9d6")


def look(level: str) -> Look:
    """Return how a grade or level is drawn; unknown levels get a look of their own by name."""
    if level in LOOKS:
        return LOOKS[level]
    place = sum(map(ord, level)) % len(_SPARE)
    return Look(_SPARE[place], ("", "---", "|||", "+++", "ooo", "xx")[place], "ov^sDP"[place], level)


def in_order(levels: Iterable[str]) -> list[str]:
    """Levels in clinical order: grades best first, unknown ones by name, not evaluable last."""
    known = [key for key in LOOKS if key != "NE"]
    found = set(map(str, levels))
    other = sorted(found - set(LOOKS))
    return [k for k in known if k in found] + other + (["NE"] if "NE" in found else [])


def wrap(text: str, width_mm: float, size_pt: float, bold: bool = False) -> str:
    """Break a text into lines that fit a width at a type size."""
    font = FontProperties(family="DejaVu Sans", weight="bold" if bold else "normal")
    limit = width_mm / 25.4 * 72
    lines: list[str] = []
    for paragraph in text.split("\n"):
        line = ""
        for word in paragraph.split():
            trial = f"{line} {word}".strip()
            path = TextPath((0, 0), trial.replace("$", r"\$"), size=size_pt, prop=font)
            if line and path.get_extents().width > limit:
                lines.append(line)
                line = word
            else:
                line = trial
        lines.append(line)
    return "\n".join(lines)


def start(title: str, width: Width, height_mm: float) -> Panel:
    """Open a figure of a journal width with its title at the top left."""
    mm = WIDTH_MM[width]
    panel = Panel(figsize=(mm / 25.4, height_mm / 25.4), layout="constrained")
    text = wrap(title, mm - 3, TITLE_PT, bold=True)
    panel.suptitle(text, x=0.01, ha="left", fontsize=TITLE_PT, fontweight="bold", linespacing=1.15)
    return panel


def finish(
    panel: Panel, plotted: pd.DataFrame, alt: str, *, synthetic: bool, notes: Iterable[str] = ()
) -> Panel:
    """Write the footer (notes, then the stamp) below everything, and keep what is drawn with the figure."""
    room = panel.get_figwidth() * 25.4 - 3
    lines = [wrap(" ".join(note for note in notes if note), room, SMALL_PT), STAMP if synthetic else ""]
    text = "\n".join(line for line in lines if line)
    depth = (SMALL_PT * 1.25 * (text.count("\n") + 1) + 5) / 72 / panel.get_figheight() if text else 0.0
    if text:
        panel.text(0.01, 0.12 * depth, text, ha="left", va="bottom", fontsize=SMALL_PT, color=MUTED,
                   linespacing=1.2, gid="footer")  # fmt: skip
    reserved = depth
    for legend in panel.legends:
        legend.set_bbox_to_anchor((0.005, depth), transform=panel.transFigure)
        reserved += _extent(panel, legend)[1] + 0.03 / panel.get_figheight()
    engine = panel.get_layout_engine()
    if engine is not None and reserved:
        engine.set(rect=(0, reserved, 1, 1 - reserved))
    panel.plotted = plotted.reset_index(drop=True)
    panel.alt = alt + (f" The data are {STAMP}." if synthetic else "")
    return panel


def legend_of(panel: Panel, handles: Sequence[Artist], most: int = 4) -> None:
    """Put a legend above the footer, in as many columns as the width allows."""
    for columns in range(most, 0, -1):
        legend = panel.legend(
            handles=list(handles), loc="lower left", bbox_to_anchor=(0.005, 0.0), ncols=columns,
            borderaxespad=0.0, borderpad=0.2, handlelength=2.0, columnspacing=1.4, handletextpad=0.6,
        )  # fmt: skip
        legend.set_in_layout(False)
        if columns == 1 or _extent(panel, legend)[0] <= 0.99:
            return
        legend.remove()


def _extent(panel: Panel, artist: Artist) -> tuple[float, float]:
    """Width and height of an artist as shares of the figure."""
    box = artist.get_window_extent(FigureCanvasAgg(panel).get_renderer())
    return box.width / panel.bbox.width, box.height / panel.bbox.height


@house_style
def words(sentence: str, *, title: str, synthetic: bool = False, width: Width = "single") -> Panel:
    """Draw a calm panel that says in a sentence why there is no figure."""
    panel = start(title, width, 32.0)
    ax = panel.add_subplot()
    ax.set_axis_off()
    text = wrap(sentence, WIDTH_MM[width] - 12, TEXT_PT)
    ax.text(0.5, 0.5, text, ha="center", va="center", color=MUTED, transform=ax.transAxes)
    panel.words = sentence
    return finish(panel, pd.DataFrame({"note": [sentence]}), f"No figure: {sentence}", synthetic=synthetic)


def month_ticks(longest: float) -> np.ndarray:
    """Whole-month ticks from 0 that a clinician expects: every 3, 6, 12, 24 or more months."""
    step = next((s for s in (1, 2, 3, 6, 12, 24, 60, 120) if longest / s <= 8), 240)
    return np.arange(0, longest + 1e-9, step)


def spread(wanted: Sequence[float], gap: float, low: float = 0.0, high: float = 1.0) -> list[float]:
    """Move label positions apart by at least `gap`, keeping their order and staying near."""
    order = sorted(range(len(wanted)), key=lambda i: (wanted[i], i))
    placed = list(map(float, wanted))
    for _ in range(200):
        moved = False
        for below, above in zip(order, order[1:], strict=False):
            lack = gap - (placed[above] - placed[below])
            if lack > 1e-9:
                placed[below], placed[above] = placed[below] - lack / 2, placed[above] + lack / 2
                moved = True
        placed = [min(max(p, low), high) for p in placed]
        if not moved:
            break
    return placed


def evenly(frame: pd.DataFrame, limit: int) -> pd.DataFrame:
    """At most `limit` rows, evenly spaced, first and last kept."""
    if len(frame) <= limit:
        return frame
    return frame.iloc[np.unique(np.linspace(0, len(frame) - 1, limit).round().astype(int))]


def part_of(shown: int, total: int, what: str = "patients", how: str = "evenly spaced") -> str:
    """Sentence that says that only a part is drawn; empty when all are."""
    return "" if shown >= total else f"{shown:,} of {total:,} {what} drawn, {how}."
