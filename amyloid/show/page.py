"""A notebook's page: what it shows, counts, keeps and stamps. Every figure and table is one call on it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final

import pandas as pd

from amyloid.show import display, plots, tables

RESULT: Final = ("id", "quantity", "value", "n", "denominator", "note", "unit")
"""Columns of the numbers that a page keeps; see `result`."""
KEPT: Final = ("id", "notebook", "quantity", "value", "n", "denominator", "note", "unit")
"""Columns of results.csv."""


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
        note = tables.text.NOT_REACHED if unit == "months" else tables.text.NOT_ESTIMABLE
    return {
        "id": id,
        "quantity": quantity,
        "value": float(value),
        "n": n,
        "denominator": denominator,
        "note": note,
        "unit": unit,
    }


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
        self._figures = self._tables = 0
        self.ended = False

    def __getattr__(self, name: str) -> Callable[..., None]:
        if name in plots.FIGURES:
            return partial(self._figure, getattr(plots, name))
        if name in tables.__all__:
            return partial(self._table, getattr(tables, name))
        raise AttributeError(f"there is no figure or table {name!r}; `dir(show)` lists them")

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *plots.FIGURES, *tables.__all__})

    def _figure(self, draw: Callable[..., plots.Panel], *given: Any, **options: Any) -> None:
        """Draw, show and save a figure, then say what it shows; a run for numbers only draws none."""
        *frames, reading = given
        if not reading.title:
            return self.say(reading)
        if display.numbers_only():
            why = f"*{self._caption(reading)}* Not drawn: this run keeps numbers only."
            display.show_no_figure(reading.name, why, shareable=False)
            return self.say(reading)
        panel = draw(*frames, synthetic=self.synthetic, width=display.width(), **options)
        if panel.words:
            display.show_no_figure(reading.name, panel.words, shareable=False)
        else:
            plots.save(panel, self.out / "figures", f"{self.name}_{reading.name}")
            caption = f"{self._caption(reading)} {panel.part}".strip()
            display.show_figure(panel, reading.name, caption, shareable=False)
        self.say(reading)

    def _caption(self, reading: Reading) -> str:
        """The caption of the page's next figure, with its number."""
        self._figures += 1
        return f"Figure {self._figures}. {reading.title}. {reading.caption}".strip()

    def _table(self, draw: Callable[..., Any], *given: Any, shareable: bool = False, **options: Any) -> None:
        """Draw and show a table, then say what it shows."""
        *frames, reading = given
        if not reading.title:
            return self.say(reading)
        self._tables += 1
        title = f"Table {self._tables}. {reading.title}"
        notes = [note for note in (reading.caption, *reading.notes) if note]
        drawn = draw(
            *frames, title=title, name=reading.name, notes=notes, synthetic=self.synthetic, **options
        )
        display.show_table(
            drawn.as_raw_html(), title, reading.name, title, shareable=shareable, data=reading.data
        )
        self.say(reading)

    def foot(self, parameters: pd.DataFrame, provenance: pd.DataFrame, *readings: Reading) -> None:
        """Show the parameters beside their defaults, then what is behind the page."""
        if self.ended:
            return
        labels = {"what": "", "which": ""}
        titles, data = [r.title for r in readings], [r.data for r in readings]
        drawn = (
            tables.parameters_table(parameters, title=titles[0]),
            tables.table(provenance, title=titles[1], name="provenance", stub="what", labels=labels),
        )
        for table, title, name, own in zip(drawn, titles, ("parameters", "provenance"), data, strict=True):
            display.show_table(table.as_raw_html(), title, name, title, shareable=True, data=own)

    def say(self, *readings: Reading, kind: str = "text") -> None:
        """Print sentences as Markdown and keep their numbers; nothing is printed where there are none."""
        for reading in readings:
            if reading.text and not self.ended:
                display.show_text(reading.text, kind=kind, name=reading.name, data=reading.data)
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
        from amyloid.show.plots.saving import defused  # loads matplotlib

        number = self.name[:2]
        rows = self.results.assign(id=f"{number}." + self.results["id"].astype(str), notebook=number)
        finite = rows["value"].where(rows["value"].abs() < float("inf"))
        path.parent.mkdir(parents=True, exist_ok=True)
        defused(rows.assign(value=finite)[list(KEPT)]).to_csv(
            path, index=False, float_format="%.10g", encoding="utf-8", lineterminator="\n"
        )
