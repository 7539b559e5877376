"""All that a release prints about counts: unknown whole numbers, the sums that are printed, what is known."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from amyloid.press.disclosure.rules import ROUNDING, applied_min_cell, least_shown, round_count, stands_for

Key = tuple[str, str, str]
"""Table, row, column."""
ALL: Final = ""
"""The column of a table that is not divided."""
GROUPS: Final = "groups"
"""The table of group sizes, against which every divided table is held."""
_TOLERANCE: Final = 1e-6


@dataclass
class Printed:
    """One count that a release prints: a sum of unknown cells.

    Attributes
    ----------
    cells
        Which cells it sums.
    count
        What it is.
    base
        The multiple that it is rounded to; None while it is hidden.
    spared
        Whether others are given up first: what the page is about.
    """

    cells: tuple[int, ...]
    count: int
    base: int | None = ROUNDING
    spared: bool = False

    @property
    def shown(self) -> int | None:
        """The number as it is printed, None where it is hidden."""
        return None if self.base is None else round_count(self.count, self.base)

    def limits(self, least: int, most: int) -> tuple[int, int]:
        """Return the smallest and the largest count that the print leaves open."""
        if self.base is None:
            return 0, most
        low, high = stands_for(round_count(self.count, self.base), self.base)
        return max(low, least), min(high, most)

    def coarser(self) -> int | None:
        """Return the next larger multiple for what is not rounded to 5; else nothing but hiding is left."""
        wider = (self.base or 0) + ROUNDING
        return wider if wider > 2 * ROUNDING and 2 * wider <= self.count else None


@dataclass(frozen=True)
class Fact:
    """What a reader knows of some cells: their weighted sum lies between two limits."""

    weights: Mapping[int, float]
    low: float
    high: float

    @classmethod
    def of(
        cls, plus: Iterable[int], minus: Iterable[int], low: float, high: float, times: float = 1.0
    ) -> "Fact":
        """Return the fact about the sum of `plus`, less `times` the sum of `minus`."""
        weights: dict[int, float] = {}
        for cells, weight in ((plus, 1.0), (minus, -times)):
            for cell in cells:
                weights[cell] = weights.get(cell, 0.0) + weight
        return cls(weights, low, high)

    def holds(self, counts: Sequence[int]) -> bool:
        """Whether counts fit it."""
        value = sum(weight * counts[cell] for cell, weight in self.weights.items())
        return self.low - _TOLERANCE <= value <= self.high + _TOLERANCE


@dataclass
class Release:
    """The counts of one release about `n` patients; a reader is taken to know `n`.

    Attributes
    ----------
    n
        Patients.
    min_cell
        Counts below this are never shown.
    """

    n: int
    min_cell: int
    truth: list[int] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)
    printed: dict[Key, Printed] = field(default_factory=dict)

    @property
    def least(self) -> int:
        """The smallest count that is shown."""
        return least_shown(applied_min_cell(self.min_cell))

    def unknown(self, counts: Iterable[int]) -> tuple[int, ...]:
        """Add cells and return their places."""
        start = len(self.truth)
        self.truth.extend(counts)
        return tuple(range(start, len(self.truth)))

    def total(self, cells: Iterable[int]) -> int:
        """Return how many patients some cells hold."""
        return sum(self.truth[cell] for cell in cells)

    def print_count(self, key: Key, cells: Sequence[int], base: int = ROUNDING) -> None:
        """Print the sum of some cells: rounded, or hidden where it is small."""
        count = self.total(cells)
        self.printed[key] = Printed(tuple(cells), count, base if count >= self.least else None)

    def know(
        self,
        plus: Iterable[int],
        minus: Iterable[int] = (),
        *,
        low: float = 0.0,
        high: float = 0.0,
        times: float = 1.0,
    ) -> None:
        """Add a fact: the sum of `plus`, less `times` the sum of `minus`, lies between the limits.

        Where the counts themselves do not fit it, it is no fact: a ValueError.
        """
        fact = Fact.of(plus, minus, low, high, times)
        if not fact.holds(self.truth):
            raise ValueError("the tables of this release do not fit each other")
        self.facts.append(fact)

    def suppose(
        self, plus: Iterable[int], minus: Iterable[int], *, low: float = 0.0, high: float = 0.0
    ) -> None:
        """Add what a reader will take for a fact, where it is one."""
        fact = Fact.of(plus, minus, low, high)
        if fact.holds(self.truth):
            self.facts.append(fact)

    def one_way(self, table: str, counts: Mapping[str, int], base: int = ROUNDING) -> None:
        """Print a table that has every patient in exactly one row."""
        cells = self.unknown(counts.values())
        for row, cell in zip(counts, cells, strict=True):
            self.print_count((table, row, ALL), (cell,), base)
        self.know(cells, low=self.n, high=self.n)

    def by_group(self, table: str, counts: Mapping[str, Mapping[str, int]]) -> None:
        """Print a table that has every patient of each group, named in `GROUPS`, in exactly one row."""
        for group, column in counts.items():
            cells = self.unknown(column.values())
            for row, cell in zip(column, cells, strict=True):
                self.print_count((table, row, group), (cell,))
            self.know(cells, self.cells((GROUPS, group, ALL)))

    def spare(self, *keys: Key) -> None:
        """Let others be given up before these."""
        for key in keys:
            self.printed[key].spared = True

    def cells(self, *keys: Key) -> tuple[int, ...]:
        """Return the cells behind printed counts."""
        return tuple(cell for key in keys for cell in self.printed[key].cells)

    def shown(self, table: str, row: str, column: str = ALL) -> int | None:
        """Return a count as it is printed, None where it is hidden."""
        return self.printed[table, row, column].shown
