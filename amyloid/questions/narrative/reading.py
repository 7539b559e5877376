"""What is said about one result: its title, caption, sentences, and the numbers in them."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ParamSpec

P = ParamSpec("P")


@dataclass(frozen=True)
class Number:
    """One number for `results.csv`.

    Attributes
    ----------
    name : str
        Id without the notebook's number, such as ``os.median``.
    quantity : str
        What the number is, with its unit.
    value : float
        NaN: not reached or not estimable; infinite: without an end. Both stay empty in the file.
    n, denominator : int, optional
        How many of how many, where it is a count or a share.
    claim : str, optional
        The published number that it derives again.
    parts : tuple of int
        Counts whose rounded percentages were added, for a sum.
    """

    name: str
    quantity: str
    value: float
    n: int | None = None
    denominator: int | None = None
    claim: str | None = None
    parts: tuple[int, ...] = ()


@dataclass(frozen=True)
class Reading:
    """Words and numbers of one figure, table or sentence.

    Attributes
    ----------
    name : str
        Name of the figure's files or the table's output.
    title : str
        What it shows, without a full stop.
    caption : str
        Denominators, criteria, interval, missing.
    text : str
        Sentences in Markdown that read the result.
    numbers : tuple of Number
    notes : tuple of str
        Further footnotes of a table.
    options : mapping
        What else the drawing function is told: labels of axes, lines, intervals.
    """

    name: str
    title: str
    caption: str = ""
    text: str = ""
    numbers: tuple[Number, ...] = ()
    notes: tuple[str, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)


def drawn(**options: Any) -> Callable[[Callable[P, Reading]], Callable[P, Reading]]:
    """Give every reading of a function what its figure or table is drawn with."""

    def decorate(function: Callable[P, Reading]) -> Callable[P, Reading]:
        @functools.wraps(function)
        def with_options(*args: P.args, **kwargs: P.kwargs) -> Reading:
            reading = function(*args, **kwargs)
            return replace(reading, options={**options, **reading.options})

        return with_options

    return decorate


def counted_number(
    name: str,
    quantity: str,
    n: int,
    denominator: int,
    claim: str | None = None,
    *,
    percent_claim: str | None = None,
) -> tuple[Number, ...]:
    """Count and, where there is a denominator, its percentage, each under its own id."""
    count = Number(f"{name}.n", f"{quantity}, patients", float(n), n, denominator, claim)
    if not denominator:
        return (count,)
    return count, Number(
        f"{name}.percent", f"{quantity}, %", 100 * n / denominator, n, denominator, percent_claim
    )
