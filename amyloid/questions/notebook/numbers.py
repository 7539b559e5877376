"""Numbers that a notebook prints, kept for `results.csv` under ids that stay."""

from __future__ import annotations

import csv
import math
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from amyloid.questions.narrative.reading import Number

COLUMNS: Final = ("id", "notebook", "quantity", "value", "n", "denominator", "note", "unit")


@dataclass
class Numbers:
    """Numbers of one notebook in the order in which they were kept.

    Attributes
    ----------
    prefix : str
        Number of the notebook; the first part of every id.
    """

    prefix: str
    rows: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def keep(self, number: Number) -> None:
        """Keep a number.

        Raises
        ------
        ValueError
            If the id was used before.
        """
        key = f"{self.prefix}.{number.name}"
        if key in self.rows:
            raise ValueError(f"the number {key} was kept before; an id names one number")
        counts = tuple("" if count is None else str(int(count)) for count in (number.n, number.denominator))
        self.rows[key] = (
            key,
            self.prefix,
            number.quantity,
            _text(number.value),
            *counts,
            "",
            unit_of(key, number.quantity),
        )

    def write(self, path: Path) -> None:
        """Write the numbers as CSV."""
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(COLUMNS)
            writer.writerows(self.rows.values())


_UNITS = re.compile(r", (patients|%|months?|years|mg/day|mg/24h)$|^(months) of ")


def unit_of(key: str, quantity: str) -> str:
    """Return the unit of a number of results.csv; empty when it has none."""
    if re.search(r"\.hr(\.|$)", key):
        return "ratio"
    if re.search(r"\.p(_proportional)?$", key):
        return "p"
    found = _UNITS.search(quantity)
    unit = (found[1] or found[2]) if found else ""
    return "months" if unit == "month" else unit


def _text(value: float) -> str:
    if not math.isfinite(value):
        return ""
    return f"{value:.10g}"
