"""A figure on disk: SVG and PDF with text as text, PNG at 300 dpi, and the CSV of what is drawn.

The same figure gives the same bytes each time.
"""

from __future__ import annotations

import functools
import io
import re
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from amyloid.show.plots.sheet import PRINT_DPI, Panel

_CLIP = re.compile(r"(?<=url\(#)p[0-9a-f]{10}(?=\))|(?<=<clipPath id=.)p[0-9a-f]{10}")
_QUICK = 3
"""Level of compression: without the alpha channel, files are as small as at the usual level with it."""
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def save(
    figure: Panel, folder: str | Path, name: str, data: pd.DataFrame | None = None
) -> Mapping[str, Path]:
    """Write `name`.svg, `name`.pdf, `name`.png and `name`.csv.

    Parameters
    ----------
    figure : Panel
        What a function of this package returned.
    folder : str or Path
        Made when missing.
    name : str
        File name without an ending.
    data : DataFrame, optional
        What the CSV holds; the rows that the figure says it draws when left out.

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
    svg: dict[str, str | None] = {"Date": None, "Creator": None, "Title": title, "Description": figure.alt}
    pdf: dict[str, str | None] = {"CreationDate": None, "Creator": None, "Producer": None, "Title": title}
    paths["png"].write_bytes(png(figure, PRINT_DPI))
    text = io.StringIO()
    figure.savefig(text, format="svg", metadata=svg)
    paths["svg"].write_text(steady_ids(text.getvalue()), encoding="utf-8", newline="\n")
    _embed_no_layout_tables()
    figure.savefig(paths["pdf"], format="pdf", metadata=pdf | {"Subject": figure.alt})
    table = figure.plotted if data is None else data
    defused(table).to_csv(
        paths["csv"], index=False, float_format="%.10g", encoding="utf-8", lineterminator="\n"
    )
    return paths


@functools.cache
def _embed_no_layout_tables() -> None:
    """Text in a PDF is placed already: the font's tables for placing it take half the time of writing it."""
    from fontTools.subset import Options  # only when a figure is saved

    Options._drop_tables_default = [*Options._drop_tables_default, "GDEF", "GPOS", "GSUB"]


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


def defused(frame: pd.DataFrame) -> pd.DataFrame:
    """Copy of a frame in which no text can act as a formula when a spreadsheet opens it."""
    safe = frame.copy()
    for column in safe.columns:
        if not (
            pd.api.types.is_numeric_dtype(safe[column]) or pd.api.types.is_datetime64_dtype(safe[column])
        ):
            safe[column] = safe[column].astype(object).map(_quiet)
    return safe.rename(columns=_quiet)


def _quiet(cell: object) -> object:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA_STARTS) else cell
