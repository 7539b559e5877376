"""One laboratory row, and the sheet on which one patient's rows are collected."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from amyloid.cohort.schema import TESTS


class Lab(NamedTuple):
    """One row of labs.csv; `value` is text as a laboratory prints it."""

    month: float
    test: str
    value: str
    unit: str
    assay: str = ""


@dataclass
class Sheet:
    """The laboratory rows of one patient."""

    rows: list[Lab] = field(default_factory=list)

    def write(self, month: float, test: str, value: float, decimals: int) -> float:
        """Add a number, rounded as the laboratory reports it, and return it as reported."""
        reported = round(value, decimals) + 0.0
        assay = "freelite" if test.endswith("_flc") else ""
        text = f"{reported:.{decimals}f}" if decimals > 0 else f"{reported:.0f}"
        self.rows.append(Lab(month, test, text, TESTS[test], assay))
        return float(text)

    def word(self, month: float, test: str, value: str) -> None:
        """Add a result that is a word or carries a sign, such as positive, II or <0.006."""
        self.rows.append(Lab(month, test, value, TESTS[test]))

    def ordered(self) -> list[Lab]:
        """Rows by month, then in the order of the tests."""
        order = list(TESTS)
        return sorted(self.rows, key=lambda row: (row.month, order.index(row.test)))
