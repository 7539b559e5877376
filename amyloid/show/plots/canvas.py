"""The sheet a figure is drawn on: journal width, title, legend, footer; words when nothing can be drawn."""

from __future__ import annotations

import functools
import io
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Any, Literal

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.backend_bases import RendererBase
from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator, PercentFormatter
from PIL import Image

from amyloid.show.plots.style import INK, MUTED, SMALL_PT, TEXT_PT, TITLE_PT, house_style, settings

Width = Literal["single", "double"]
WIDTH_MM: dict[Width, float] = {"single": 85.0, "double": 170.0}
STAMP = "synthetic, built from published aggregates, not patient data"
PRINT_DPI = 300
_RENDERER: Any = RendererAgg  # untyped in matplotlib
_CANVAS: Any = FigureCanvasAgg  # untyped too


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
    part : str
        The sentence that says that only a part is drawn, for the caption; empty when all is.
    """

    plotted: pd.DataFrame
    alt: str
    words: str = ""
    part: str = ""

    def draw(self, renderer: RendererBase) -> None:
        """Draw under the house settings."""
        with mpl.rc_context(settings()):
            super().draw(renderer)

    @functools.cached_property
    def picture(self) -> Image.Image:
        """The figure in pixels, at the resolution of print.

        It is laid out and drawn once. Every other file keeps this layout: laying out takes as long as
        drawing, and at another resolution it would come out a little different.
        """
        with mpl.rc_context(settings()):
            canvas = _CANVAS(self)
            self.set_dpi(PRINT_DPI)
            canvas.draw()
            self.set_layout_engine(None)
        return Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB")

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """Show itself as the last line of a cell: the picture with its alt text."""
        buffer = io.BytesIO()
        shown = self.picture.resize((self.picture.width // 2, self.picture.height // 2))
        shown.save(buffer, "PNG", dpi=(PRINT_DPI // 2, PRINT_DPI // 2))
        data = {"image/png": buffer.getvalue(), "text/plain": f"Figure: {self.alt}"}
        return data, {"image/png": {"alt": self.alt, "width": round(self.get_figwidth() * 96)}}

    def savefig(self, fname: Any, **kwargs: Any) -> None:
        """Save under the house settings, at the exact journal width."""
        with mpl.rc_context(settings()):
            super().savefig(fname, **kwargs)


def wrap(text: str, width_mm: float, size_pt: float, bold: bool = False) -> str:
    """Break a text into lines that fit a width at a type size."""
    limit = width_mm / 25.4 * 72 / size_pt
    lines: list[str] = []
    for paragraph in text.split("\n"):
        line = ""
        for word in paragraph.split():
            trial = f"{line} {word}".strip()
            if line and sum(_em(part, bold) for part in trial.split(" ")) + trial.count(" ") * 0.318 > limit:
                lines.append(line)
                line = word
            else:
                line = trial
        lines.append(line)
    return "\n".join(lines)


@functools.cache
def _em(word: str, bold: bool) -> float:
    """Width of a word as a multiple of the type size."""
    font = get_font(findfont(FontProperties(family="DejaVu Sans", weight="bold" if bold else "normal")))
    font.set_size(100, 72)
    font.set_text(word)
    return float(font.get_width_height()[0]) / 64 / 100


def start(title: str, width: Width, height_mm: float) -> Panel:
    """Open a figure of a journal width with its title at the top left."""
    mm = WIDTH_MM[width]
    panel = Panel(figsize=(mm / 25.4, height_mm / 25.4), layout="constrained")
    if title:
        text = wrap(title, mm - 3, TITLE_PT, bold=True)
        panel.suptitle(text, x=0.01, ha="left", fontsize=TITLE_PT, fontweight="bold", linespacing=1.15)
    return panel


def finish(
    panel: Panel,
    plotted: pd.DataFrame,
    alt: str,
    *,
    synthetic: bool | str,
    notes: Iterable[str] = (),
    part: str = "",
) -> Panel:
    """Write the footer (notes, then the stamp) below everything, and keep what is drawn with the figure.

    `part` says that only a part is drawn, and how it was chosen: on the figure, in the alt text, in the
    caption and in a column of the figure's CSV.
    """
    room = panel.get_figwidth() * 25.4 - 3
    said = " ".join(note for note in (part, *notes) if note)
    stamp = STAMP if synthetic is True else synthetic or ""
    lines = [wrap(said, room, SMALL_PT), stamp]
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
    if isinstance(engine, ConstrainedLayoutEngine) and reserved:
        engine.set(rect=(0, reserved, 1, 1 - reserved))
    panel.part = part
    panel.plotted = plotted.assign(drawn_part=part) if part else plotted
    panel.plotted = panel.plotted.reset_index(drop=True)
    panel.alt = " ".join(said for said in (alt, part, f"The data are {stamp}." if stamp else "") if said)
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
    box = artist.get_window_extent(_RENDERER(panel.bbox.width, panel.bbox.height, panel.dpi))
    return box.width / panel.bbox.width, box.height / panel.bbox.height


@house_style
def words(sentence: str, *, title: str, synthetic: bool | str = False, width: Width = "single") -> Panel:
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
        for below, above in pairwise(order):
            lack = gap - (placed[above] - placed[below])
            if lack > 1e-9:
                placed[below], placed[above] = placed[below] - lack / 2, placed[above] + lack / 2
                moved = True
        placed = [min(max(p, low), high) for p in placed]
        if not moved:
            break
    return placed


def each(frame: pd.DataFrame) -> Iterator[Any]:
    """Rows as named tuples."""
    return iter(frame.itertuples())


def beside(ax: Axes, y: float, text: str, *, color: str = INK, bold: bool = False) -> None:
    """Write a text right of an axis, level with a height of its data."""
    ax.text(
        1.02, y, text, transform=ax.get_yaxis_transform(), ha="left", va="center",
        fontsize=SMALL_PT, color=color, fontweight="bold" if bold else "normal",
    )  # fmt: skip


def log_axis(axis: Axis, low: float, high: float) -> None:
    """Ticks of a log axis as plain numbers, close enough that at least three stand on it."""
    candidates = [
        np.array([step * 10.0**decade for decade in range(-6, 9) for step in series])
        for series in ((1.0,), (1.0, 3.0), (1.0, 2.0, 5.0))
    ]
    candidates.append(np.asarray(MaxNLocator(nbins=5).tick_values(low, high)))
    inside = [ticks[(ticks >= low) & (ticks <= high)] for ticks in candidates]
    ticks = next((some for some in inside if len(some) >= 3), inside[-1])
    axis.set_major_locator(FixedLocator(ticks.tolist()))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))


def percent_axis(axis: Axis) -> None:
    """Shares of one as whole percentages; the unit stands in the label."""
    low, high = axis.get_view_interval()
    axis.set_major_locator(MaxNLocator(nbins=6, steps=[1, 2, 5, 10]))
    axis.set_major_formatter(PercentFormatter(1.0, decimals=0 if high - low >= 0.04 else 1, symbol=""))


def people(n: int) -> str:
    """Write a number of patients."""
    return f"{n:,} patient{'' if n == 1 else 's'}"


def in_percent(label: str) -> str:
    """Axis label with its unit, once."""
    return label if not label or label.endswith("(%)") else f"{label} (%)"
