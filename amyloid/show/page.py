"""A notebook's page: what it shows, counts, keeps and stamps. Every figure and table is one call on it."""

from __future__ import annotations

import math
import os
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pandas as pd
from IPython.display import display

from amyloid.show import tables, text

if TYPE_CHECKING:
    from amyloid.show.plots import Panel

RESULT: Final = ("id", "quantity", "value", "n", "denominator", "note", "unit")
"""Columns of the numbers that a page keeps; see `result`."""
KEPT: Final = ("id", "notebook", "quantity", "value", "n", "denominator", "note", "unit")
"""Columns of results.csv."""
SCREEN_DPI: Final = 150
"""Pixels per inch of the picture in the notebook; the saved PNG has 300."""


@dataclass(frozen=True)
class Reading:
    """Words and numbers of one figure, table or sentence.

    Attributes
    ----------
    name : str
        Name of the figure's files or the table's output.
    title, caption, text : str
        What it shows; denominators, criteria and interval; the sentences, in Markdown, that read it.
    notes : tuple of str
        Further footnotes of a table.
    results : DataFrame
        Numbers for results.csv: the columns of `RESULT`.
    data : mapping
        Values of a table that the index of a run repeats: plain numbers and texts.
    """

    name: str
    title: str = ""
    caption: str = ""
    text: str = ""
    notes: tuple[str, ...] = ()
    results: pd.DataFrame = field(default_factory=lambda: results_frame([]))
    data: Mapping[str, Any] = field(default_factory=dict)


def result(
    id: str,
    quantity: str,
    value: float,
    n: int | None = None,
    denominator: int | None = None,
    *,
    unit: str = "",
    note: str = "",
) -> dict[str, Any]:
    """One number for results.csv, as a row.

    Parameters
    ----------
    id : str
        Without the notebook's number, such as ``os.median``.
    quantity : str
        What the number is, with its unit in words.
    value : float
        NaN or infinite: the file then holds a blank and `note` the reason; by default, that a time is not
        reached or another number not estimable.
    n, denominator : int, optional
        How many of how many, where it is a count or a share.
    unit : str
        The unit alone, such as ``months``, ``%``, ``patients``, ``ratio`` or ``p``.
    """
    if not note and not math.isfinite(value):
        note = text.NOT_REACHED if unit == "months" else text.NOT_ESTIMABLE
    return dict(zip(RESULT, (id, quantity, float(value), n, denominator, note, unit), strict=True))


def counted(id: str, quantity: str, n: int, denominator: int) -> list[dict[str, Any]]:
    """A count and, where there is a denominator, its percentage: ``<id>.n`` and ``<id>.percent``."""
    count = result(f"{id}.n", f"{quantity}, patients", n, n, denominator, unit="patients")
    if not denominator:
        return [count]
    share = result(f"{id}.percent", f"{quantity}, %", 100 * n / denominator, n, denominator, unit="%")
    return [count, share]


def results_frame(rows: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """Rows of `result` as a frame; counts are nullable whole numbers."""
    frame = pd.DataFrame(list(rows), columns=list(RESULT))
    return frame.astype({"value": "float64", "n": "Int64", "denominator": "Int64"})


class Page:
    """What one notebook shows: ``show.survival(curve, words("overall", curve))``.

    Every figure of `amyloid.show.plots` and table of `amyloid.show.tables` is a method. It takes the frames
    and, last, their `Reading`; it numbers and draws the figure or table, saves it, prints the sentences,
    and keeps the numbers. A reading without a title has nothing to draw: only its sentences are printed;
    a figure in which nothing can be drawn is a sentence too, without a number.

    Attributes
    ----------
    results : DataFrame
        Every number kept so far: the columns of `RESULT`.
    ended : bool
        Whether `end` said its last sentence: nothing is shown any longer.
    """

    def __init__(self, name: str, out: Path, *, synthetic: bool | str) -> None:
        self.name, self.out, self.synthetic = name, out, synthetic
        self.results = results_frame([])
        self._counted: Counter[str] = Counter()
        self.ended = False

    def __getattr__(self, name: str) -> Callable[..., None]:
        if name in tables.TABLES:
            return partial(self._table, getattr(tables, name))
        if not name.startswith("_"):
            from amyloid.show import plots  # loads matplotlib

            if name in plots.FIGURES:
                return partial(self._figure, plots.FIGURES[name])
        raise AttributeError(f"there is no figure or table {name!r}; `dir(show)` lists them")

    def __dir__(self) -> list[str]:
        from amyloid.show import plots

        return sorted({*super().__dir__(), *plots.FIGURES, *tables.TABLES})

    def _figure(self, draw: Callable[..., Panel], *given: Any, **options: Any) -> None:
        """Draw, show and save a figure, then say what it shows; a run for numbers only draws none."""
        *frames, reading = given
        if not reading.title:
            return self.say(reading)
        if os.environ.get("AMYLOID_NUMBERS_ONLY") == "1":  # the runner says so, and how wide figures are
            why = f"*{self._label('Figure')}. {caption(reading)}* Not drawn: this run keeps numbers only."
            show_text(why, kind="no_figure", name=reading.name)
            return self.say(reading)
        width = 85 if os.environ.get("AMYLOID_WIDTH") == "85" else 170
        panel = draw(*frames, synthetic=self.synthetic, width=width, **options)
        if panel.words:
            show_text(panel.words, kind="no_figure", name=reading.name)
        else:
            from amyloid.show import plots

            plots.save(panel, self.out / "figures", f"{self.name}_{reading.name}")
            show_figure(panel, reading, self._label("Figure"))
        self.say(reading)

    def _label(self, word: str) -> str:
        """Count the page's next figure or table: `Figure 3`."""
        self._counted[word] += 1
        return f"{word} {self._counted[word]}"

    def _table(self, draw: Callable[..., Any], *given: Any, shareable: bool = False, **options: Any) -> None:
        """Draw and show a table, then say what it shows."""
        *frames, reading = given
        if not reading.title:
            return self.say(reading)
        label = self._label("Table")
        options |= {"notes": (reading.caption, *reading.notes), "synthetic": self.synthetic}
        drawn = draw(*frames, title=f"{label}. {reading.title}", name=reading.name, **options)
        show_table(drawn, reading, label=label, shareable=shareable)
        self.say(reading)

    def foot(self, parameters: pd.DataFrame, provenance: pd.DataFrame, *readings: Reading) -> None:
        """Show the parameters beside their defaults, then what is behind the page."""
        if self.ended:
            return
        one, other = readings
        show_table(tables.parameters_table(parameters, title=one.title, name=one.name), one, shareable=True)
        labels = {"what": "", "which": ""}
        drawn = tables.table(provenance, title=other.title, name=other.name, stub="what", labels=labels)
        show_table(drawn, other, shareable=True)

    def say(self, *readings: Reading, kind: str = "text") -> None:
        """Print sentences as Markdown and keep their numbers; nothing is printed where there are none."""
        for reading in readings:
            if reading.text and not self.ended:
                show_text(reading.text, kind=kind, name=reading.name, data=reading.data)
            self.keep(reading.results)

    def end(self, reading: Reading) -> None:
        """Print a sentence after which the page shows nothing more; without words the page goes on."""
        self.say(reading)
        self.ended = bool(reading.text)

    def answer(self, reading: Reading) -> None:
        """Print the page's answer in one sentence; the index of a run repeats it."""
        self.say(reading, kind="answer")

    def keep(self, results: pd.DataFrame) -> None:
        """Keep numbers for results.csv.

        Raises
        ------
        ValueError
            If an id was used before.
        """
        again = results.loc[results["id"].isin(self.results["id"]) | results["id"].duplicated(), "id"]
        if len(again):
            raise ValueError(f"kept before, but an id names one number: {', '.join(again)}")
        if len(results):
            self.results = (
                pd.concat([self.results, results], ignore_index=True) if len(self.results) else results
            )

    def write(self, path: Path) -> None:
        """Write the numbers as CSV; what is not finite is blank."""
        number = self.name[:2]
        rows = self.results.assign(id=f"{number}." + self.results["id"].astype(str), notebook=number)
        finite = rows["value"].where(rows["value"].abs() < float("inf"))
        path.parent.mkdir(parents=True, exist_ok=True)
        tables.write_csv(rows.assign(value=finite)[list(KEPT)], path)


def caption(reading: Reading, part: str = "") -> str:
    """Return what stands below a figure after its label: title, caption, and that only a part is drawn."""
    return " ".join(filter(None, (f"{reading.title}.", reading.caption, part)))


def show_figure(panel: Panel, reading: Reading, label: str) -> None:
    """Show a figure as PNG, with its alt text, and its caption below."""
    from amyloid.show.plots import png

    shown = {"image/png": png(panel, SCREEN_DPI), "text/plain": f"Figure: {panel.alt}"}
    words = caption(reading, panel.part)
    _show(shown, "figure", reading.name, alt=panel.alt, label=label, title=reading.title, caption=words)
    show_text(f"*{label}. {words}*", kind="caption", name=reading.name)


def show_table(table: Any, reading: Reading, *, label: str = "", shareable: bool = False) -> None:
    """Show a table as HTML, with the values of it that the index of a run repeats."""
    said: dict[str, Any] = {"label": label, "title": reading.title, "data": reading.data}
    plain = ". ".join(filter(None, (label, reading.title)))
    shown = {"text/html": table.as_raw_html(), "text/plain": plain}
    _show(shown, "table", reading.name, shareable=shareable, **said)


def show_text(text: str, *, kind: str, name: str, data: Mapping[str, Any] | None = None) -> None:
    """Show Markdown."""
    _show({"text/markdown": text, "text/plain": text}, kind, name, data=data)


def _show(
    shown: Mapping[str, Any], kind: str, name: str, *, shareable: bool = False, alt: str = "", **said: Any
) -> None:
    """Show an output, which says in its metadata what it is."""
    own = {"kind": kind, "name": name, "shareable": shareable}
    metadata: dict[str, Any] = {"amyloid": own | {key: value for key, value in said.items() if value}}
    metadata |= {"image/png": {"alt": alt}} if alt else {}
    display(dict(shown), raw=True, metadata=metadata)  # type: ignore[no-untyped-call]
