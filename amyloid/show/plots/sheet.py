"""The sheet a figure is drawn on: its width, legend and footer; and what all figures share.

A figure is a function of a `Sheet` and its frames, made public by `figure`: that adds the keywords that all
share, checks the columns and sets the house style.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.layout_engine import ConstrainedLayoutEngine

from amyloid.show.plots.layout import wrap
from amyloid.show.plots.panel import Panel
from amyloid.show.plots.style import MUTED, SMALL_PT, TEXT_PT, house_style
from amyloid.show.text import stamp

Width = Literal[85, 170]
WIDTHS: tuple[Width, ...] = (85, 170)
FIGURES: dict[str, Callable[..., Any]] = {}
"""Every figure by its name; `figure` enters it."""
_RENDERER: Any = RendererAgg  # untyped in matplotlib
_SHARED = """synthetic : bool or str
        Whether the data carry the stamp of synthetic data, or its words.
    width : 85 or 170
        Millimeters: a column or a page of a journal.
    {axes}
        Where to draw; a sheet of its own when left out.

    Returns
    -------
    Panel
        Shows itself as the last line of a cell, with its alt text. The axes, where they were given.

    Raises
    ------
    ColumnsError
        A frame lacks a column.

    """
_AXES = {False: "ax : Axes, optional", True: "axes : sequence of Axes, optional"}


class ColumnsError(ValueError):
    """A frame lacks columns that a figure draws."""


class Sheet:
    """Where one figure is drawn: a panel of its own, or axes that somebody gave.

    Attributes
    ----------
    mm : float
        Width in millimeters.
    narrow : bool
        Whether it is a column of a journal.
    """

    def __init__(self, synthetic: bool | str, width: Width, given: Sequence[Axes]) -> None:
        if width not in WIDTHS:
            raise ValueError(f"a figure is 85 or 170 mm wide, not {width!r}")
        self.stamp = stamp(synthetic)
        self.given = list(given)
        own = [ax.get_window_extent().width / ax.figure.dpi * 25.4 for ax in self.given]
        self.mm = max(own, default=float(width))
        self.narrow = self.mm < 120
        self.panel: Panel | None = None

    def axes(self, height_mm: float, rows: int = 1, columns: int = 1, **layout: Any) -> np.ndarray:
        """Axes in rows and columns, on a sheet of a height; those that were given, where some were."""
        if self.given:
            if len(self.given) != rows * columns:
                raise ValueError(f"this draws {rows * columns} panels, and `axes` holds {len(self.given)}")
            return np.array(self.given, dtype=object).reshape(rows, columns)
        self.panel = Panel(figsize=(self.mm / 25.4, height_mm / 25.4), layout="constrained")
        made: np.ndarray = self.panel.subplots(rows, columns, squeeze=False, **layout)
        return made

    def grid(self, panels: int, tall_mm: float, **layout: Any) -> np.ndarray:
        """Axes of so many panels, three in a row, two in a column of a journal; spare ones stay blank."""
        columns = 1 if self.given else min(panels, 2 if self.narrow else 3)
        rows = -(-panels // columns)
        axes = self.axes(24 + tall_mm * rows, rows, columns, **layout)
        for spare in axes.ravel()[panels:]:
            spare.set_axis_off()
        return axes

    def ax(self, height_mm: float) -> Axes:
        """One axis on a sheet of a height."""
        ax: Axes = self.axes(height_mm)[0, 0]
        return ax

    def legend(self, handles: Sequence[Artist], most: int = 4) -> None:
        """Put a legend above the footer, in as many columns as the width allows."""
        if self.panel is None:
            self.given[-1].legend(handles=list(handles), frameon=False)
            return
        for columns in range(most, 0, -1):
            legend = self.panel.legend(
                handles=list(handles), loc="lower left", bbox_to_anchor=(0.005, 0.0), ncols=columns,
                borderaxespad=0.0, borderpad=0.2, handlelength=2.0, columnspacing=1.4, handletextpad=0.6,
            )  # fmt: skip
            legend.set_in_layout(False)
            if columns == 1 or _extent(self.panel, legend)[0] <= 0.99:
                return
            legend.remove()

    def words(self, sentence: str) -> Any:
        """Draw a calm panel that says in a sentence why there is no figure."""
        if self.given:
            for ax in self.given:
                ax.set_axis_off()
            ax = self.given[0]
            ax.text(0.5, 0.5, sentence, ha="center", color=MUTED, transform=ax.transAxes, size=TEXT_PT)
            return self.finish(pd.DataFrame(), "")
        ax = self.ax(32.0)
        ax.set_axis_off()
        text = wrap(sentence, self.mm - 12, TEXT_PT)
        ax.text(0.5, 0.5, text, ha="center", va="center", color=MUTED, transform=ax.transAxes, size=TEXT_PT)
        panel: Panel = self.finish(pd.DataFrame({"note": [sentence]}), f"No figure: {sentence}")
        panel.words = sentence
        return panel

    def finish(self, plotted: pd.DataFrame, alt: str, notes: Iterable[str] = (), part: str = "") -> Any:
        """Write the footer (notes, then the stamp) below everything, and keep what is drawn with the figure.

        `part` says that only a part is drawn, and how it was chosen: on the figure, in the alt text, in the
        caption and in a column of the figure's CSV.
        """
        said = " ".join(note for note in (part, *notes) if note)
        lines = [wrap(said, self.mm - 3), wrap(self.stamp, self.mm - 3)]
        text = "\n".join(line for line in lines if line)
        if self.panel is None:
            self.given[0].annotate(text, (0, 0), (0, -36), xycoords="axes fraction", va="top", color=MUTED,
                                   textcoords="offset points")  # fmt: skip
            return self.given[0] if len(self.given) == 1 else np.array(self.given)
        self._footer(self.panel, text)
        self.panel.part = part
        plotted = plotted.assign(drawn_part=part) if part else plotted
        self.panel.plotted = plotted.reset_index(drop=True)
        stamp = f"The data are {self.stamp}." if self.stamp else ""
        self.panel.alt = " ".join(words for words in (alt, part, stamp) if words)
        return self.panel

    def _footer(self, panel: Panel, text: str) -> None:
        """Write the footer, and leave room for it and for the legend below the axes."""
        reserved = (
            (SMALL_PT * 1.25 * (text.count("\n") + 1) + 5) / 72 / panel.get_figheight() if text else 0.0
        )
        if text:
            panel.text(0.01, 0.12 * reserved, text, ha="left", va="bottom", color=MUTED,
                       linespacing=1.2, gid="footer")  # fmt: skip
        for legend in panel.legends:
            legend.set_bbox_to_anchor((0.005, reserved), transform=panel.transFigure)
            reserved += _extent(panel, legend)[1] + 0.03 / panel.get_figheight()
        engine = panel.get_layout_engine()
        if isinstance(engine, ConstrainedLayoutEngine) and reserved:
            engine.set(rect=(0, reserved, 1, 1 - reserved))


def _extent(panel: Panel, artist: Artist) -> tuple[float, float]:
    """Width and height of an artist as shares of the figure."""
    box = artist.get_window_extent(_RENDERER(panel.bbox.width, panel.bbox.height, panel.dpi))
    return box.width / panel.bbox.width, box.height / panel.bbox.height


def figure(*needs: str, several: bool = False) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Make a drawing of a sheet public: shared keywords, checked columns, house style.

    Parameters
    ----------
    needs : str
        The columns of each frame in turn, separated by blanks.
    several : bool
        Whether it has several panels: then it takes `axes`, else `ax`.
    """

    def public(draw: Callable[..., Any]) -> Callable[..., Any]:
        own = "axes" if several else "ax"
        names = list(inspect.signature(draw).parameters.values())
        frames = [one.name for one in names[1 : 1 + len(needs)]]

        @functools.wraps(draw)
        def drawn(*given: Any, synthetic: bool | str = False, width: Width = 170, **options: Any) -> Any:
            where = options.pop(own, None)
            axes = [] if where is None else np.ravel(np.array(where, dtype=object)).tolist()
            checked = [_with_columns(draw.__name__, *one) for one in zip(frames, given, needs, strict=False)]
            with house_style():
                return draw(Sheet(synthetic, width, axes), *checked, *given[len(checked) :], **options)

        shared = [("synthetic", False), ("width", 170), (own, None)]
        added = [
            inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=value) for name, value in shared
        ]
        drawn.__signature__ = inspect.Signature([*names[1:], *added])  # type: ignore[attr-defined]
        head, examples, rest = (draw.__doc__ or "").partition("Examples\n")
        drawn.__doc__ = f"{head.rstrip()}\n    {_SHARED.format(axes=_AXES[several])}{examples}{rest}"
        FIGURES[draw.__name__] = drawn
        return drawn

    return public


def _with_columns(figure: str, name: str, frame: pd.DataFrame, needs: str) -> pd.DataFrame:
    """Return the frame; without any column, as an empty one has them, with those that are needed."""
    wanted = needs.split()
    if not isinstance(frame, pd.DataFrame) or not wanted:
        return frame
    if not len(frame.columns):
        return frame.reindex(columns=wanted)
    missing = [column for column in wanted if column not in frame.columns]
    if missing:
        raise ColumnsError(
            f"{figure}: the frame `{name}` lacks {', '.join(missing)}. "
            f"It needs {', '.join(wanted)}; it has {', '.join(map(str, frame.columns))}."
        )
    return frame
