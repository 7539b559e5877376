"""A figure that knows what it shows, and its files: SVG and PDF with text as text, PNG, CSV of what is drawn.

The same figure gives the same bytes each time.
"""

from __future__ import annotations

import functools
import io
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.backend_bases import RendererBase
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import get_font
from PIL import Image

from amyloid.show.plots.style import house_style
from amyloid.show.tables import write_csv

PRINT_DPI = 300
_CANVAS: Any = FigureCanvasAgg  # untyped in matplotlib
_CLIP = re.compile(r"(?<=url\(#)p[0-9a-f]{10}(?=\))|(?<=<clipPath id=.)p[0-9a-f]{10}")
_SIGNS = {*map(chr, range(32, 384)), *"–—‘’“”•…←→−≤≥▽△ﬀﬁﬂﬃﬄ"}
_QUICK = 3
"""Level of compression: without the alpha channel, files are as small as at the usual level with it."""


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
        with house_style():
            super().draw(renderer)

    @functools.cached_property
    def picture(self) -> Image.Image:
        """The figure in pixels, at the resolution of print.

        It is laid out and drawn once. Every other file keeps this layout: laying out takes as long as
        drawing, and at another resolution it would come out a little different.
        """
        with house_style():
            canvas = _CANVAS(self)
            self.set_dpi(PRINT_DPI)
            canvas.draw()
            self.set_layout_engine(None)
        return Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB")

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """Show itself as the last line of a cell: the picture with its alt text."""
        data = {"image/png": png(self, PRINT_DPI // 2), "text/plain": f"Figure: {self.alt}"}
        return data, {"image/png": {"alt": self.alt, "width": round(self.get_figwidth() * 96)}}

    def savefig(self, fname: Any, **kwargs: Any) -> None:
        """Save under the house settings, at the exact journal width."""
        with house_style():
            super().savefig(fname, **kwargs)


def save(figure: Panel, folder: str | Path, name: str) -> Mapping[str, Path]:
    """Write `name`.svg, `name`.pdf, `name`.png and `name`.csv.

    Parameters
    ----------
    figure : Panel
        What a function of this package returned.
    folder : str or Path
        Made when missing.
    name : str
        File name without an ending.

    Returns
    -------
    Mapping
        Ending (svg, pdf, png, csv) to path.

    Raises
    ------
    ValueError
        When the name holds a path separator.
    """
    if Path(name).name != name:
        raise ValueError(f"a figure name has no folder in it: {name!r}")
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    paths = {ending: folder / f"{name}.{ending}" for ending in ("svg", "pdf", "png", "csv")}
    title = name.replace("_", " ")
    svg = {"Date": None, "Creator": None, "Title": title, "Description": figure.alt}
    pdf = {"CreationDate": None, "Creator": None, "Producer": None, "Title": title, "Subject": figure.alt}
    paths["png"].write_bytes(png(figure, PRINT_DPI))
    text = io.StringIO()
    figure.savefig(text, format="svg", metadata=svg)
    paths["svg"].write_text(steady_ids(text.getvalue()), encoding="utf-8", newline="\n")
    embed_from_small_fonts()
    figure.savefig(paths["pdf"], format="pdf", metadata=pdf)
    write_csv(figure.plotted, paths["csv"])
    return paths


@functools.cache
def embed_from_small_fonts() -> None:
    """Let every PDF of this process, and of its forks, take its glyphs from the fonts of `_small_font`.

    matplotlib reads a whole font anew for each file, which takes longer than drawing it.
    """
    from fontTools.subset import Options  # only when a figure is saved
    from matplotlib.backends import _backend_pdf_ps

    fonts: Any = _backend_pdf_ps
    # text in a PDF is placed already: it needs no table for placing it
    Options._drop_tables_default = [*Options._drop_tables_default, "GDEF", "GPOS", "GSUB"]
    whole = fonts.get_glyphs_subset
    if not hasattr(fonts, "SubsetResults"):  # before matplotlib 3.11
        return

    @contextmanager
    def subset(path: Any, glyphs: Collection[int]) -> Iterator[Any]:
        small, places = _small_font(whole, fonts.font_as_file, path)
        if not places.keys() >= set(glyphs):
            with whole(path, glyphs) as found:
                yield found
            return
        with whole(_FontFile(small), {places[glyph] for glyph in glyphs}) as found:
            now = {glyph: found.glyph_index_map[place] for glyph, place in places.items() if glyph in glyphs}
            yield fonts.SubsetResults(found.font, now)

    fonts.get_glyphs_subset = subset


@functools.cache
def _small_font(subset: Callable[..., Any], as_file: Callable[..., Any], path: Any) -> Any:
    """A font that holds the characters of English, as bytes, and the place of each of its glyphs in it."""
    glyphs = {glyph for sign, glyph in get_font(path).get_charmap().items() if chr(sign) in _SIGNS}
    with subset(path, glyphs) as found:
        return as_file(found.font).getvalue(), found.glyph_index_map


class _FontFile(io.BytesIO):
    """A font in memory, as matplotlib asks for one."""

    face_index = 0


def png(figure: Panel, dpi: int) -> bytes:
    """Return a figure as PNG; `dpi` divides that of print, so that pixels are averaged in whole squares."""
    picture = figure.picture if dpi == PRINT_DPI else figure.picture.reduce(PRINT_DPI // dpi)
    file = io.BytesIO()
    picture.save(file, "PNG", dpi=(dpi, dpi), compress_level=_QUICK)
    return file.getvalue()


def steady_ids(svg: str) -> str:
    """Name the clip paths of an SVG by their order.

    matplotlib names them by a hash of their corners, of which the layout leaves the last bit to chance.
    """
    names = {name: f"clip{place}" for place, name in enumerate(dict.fromkeys(_CLIP.findall(svg)))}
    return _CLIP.sub(lambda match: names[match[0]], svg)
