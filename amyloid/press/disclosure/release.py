"""A release: how its counts may be shown, what a reader knows, and the ledger of what was released before."""

import contextlib
import hashlib
import hmac
import json
import math
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike

DEFAULT_MIN_CELL = 11
"""Smallest count shown (patients): CMS shows no cell of 1 to 10."""
FLOOR_MIN_CELL = 5
"""No parameter lowers the smallest shown count below this (patients)."""
ROUNDING = 5
"""Shown counts are rounded to the nearest multiple of this, or of a multiple of it (patients)."""
OLDEST_AGE_YEARS = 89
"""Ages above this are one group: HIPAA Safe Harbor, 45 CFR 164.514(b)(2)(i)(C)."""

_LEDGER_FORMAT: Final = 1

Key = tuple[str, str, str]
"""Table, row, column."""
Cells = Iterable[int]
"""Places of unknown counts."""
Fact = tuple[Mapping[int, float], tuple[float, float]]
"""What a reader knows of some cells: the sum of these, weighted, lies between two limits."""
ALL: Final = ""
"""The column of a table that is not divided."""
GROUPS: Final = "groups"
"""The table of group sizes, against which every divided table is held."""
_TOLERANCE: Final = 1e-6


def applied_min_cell(asked: int) -> int:
    """Return the smallest count shown when `asked` was asked for: never below the floor."""
    return max(asked, FLOOR_MIN_CELL)


def least_shown(min_cell: int) -> int:
    """Return the smallest count that is shown, so that each shown number stands for five counts or more.

    With a smallest count of 12, `10` would stand for 12 alone; so 13 is the first that is shown, as `15`.
    """
    return ROUNDING * math.ceil((min_cell + ROUNDING // 2) / ROUNDING) - ROUNDING // 2


def round_count(count: int, base: int = ROUNDING) -> int:
    """Round a count of patients to the nearest multiple of `base`; by 5: 2 goes down, 3 goes up."""
    if count < 0:
        raise ValueError(f"a count cannot be negative: {count}")
    return base * ((count + base // 2) // base)


def stands_for(rounded: int, base: int = ROUNDING) -> tuple[int, int]:
    """Return the smallest and the largest count that round to this."""
    lowest = rounded - base // 2
    return lowest, lowest + base - 1


def age_text(age_years: float) -> str:
    """Return an age in whole years, `90+` for every age above 89."""
    return "90+" if math.floor(age_years) > OLDEST_AGE_YEARS else str(math.floor(age_years))


def quartiles(values: ArrayLike, min_cell: int) -> tuple[float | None, float | None, float | None]:
    """Return lower quartile, median and upper quartile of the known values, to two significant digits.

    Two digits, because an exact quartile is one patient's exact value. Never a minimum or a maximum.
    """
    known = np.asarray(values, dtype=float)
    known = known[~np.isnan(known)]
    if not known.size:
        return None, None, None
    least = applied_min_cell(min_cell)
    lower, median, upper = (
        float(f"{value:.2g}") if min((known < value).sum(), (known > value).sum()) >= least else None
        for value in np.quantile(known, [0.25, 0.5, 0.75])
    )
    return lower, median, upper


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


@dataclass
class Release:
    """The counts of one release about `n` patients; a reader is taken to know `n`.

    Attributes
    ----------
    n
        Patients.
    min_cell
        Counts below this are never shown; raised to the floor where less was asked for.
    truth
        The unknown cells, as they are.
    facts
        What a reader knows of them.
    printed
        What is printed of them.
    """

    n: int
    min_cell: int
    truth: list[int] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)
    printed: dict[Key, Printed] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.min_cell = applied_min_cell(self.min_cell)

    @property
    def least(self) -> int:
        """The smallest count that is shown."""
        return least_shown(self.min_cell)

    def unknown(self, counts: Iterable[int]) -> tuple[int, ...]:
        """Add cells and return their places."""
        start = len(self.truth)
        self.truth.extend(counts)
        return tuple(range(start, len(self.truth)))

    def print_count(self, key: Key, cells: Cells, base: int = ROUNDING) -> None:
        """Print the sum of some cells: rounded, or hidden where it is small."""
        cells = tuple(cells)
        count = sum(self.truth[cell] for cell in cells)
        self.printed[key] = Printed(cells, count, base if count >= self.least else None)

    def know(self, plus: Cells, minus: Cells = (), low: float = 0, high: float = 0, times: float = 1) -> None:
        """Add a fact: the sum of `plus`, less `times` the sum of `minus`, lies between the limits.

        Where the counts themselves do not fit it, it is no fact: a ValueError.
        """
        weights: dict[int, float] = {}
        for cells, weight in ((plus, 1.0), (minus, -times)):
            for cell in cells:
                weights[cell] = weights.get(cell, 0.0) + weight
        value = sum(weight * self.truth[cell] for cell, weight in weights.items())
        if not low - _TOLERANCE <= value <= high + _TOLERANCE:
            raise ValueError("the tables of this release do not fit each other")
        self.facts.append((weights, (low, high)))

    def suppose(self, plus: Cells, minus: Cells, high: float = 0) -> None:
        """Add what a reader will take for a fact, where it is one."""
        with contextlib.suppress(ValueError):
            self.know(plus, minus, high=high)

    def one_way(self, table: str, counts: Mapping[str, int], base: int = ROUNDING, group: str = ALL) -> None:
        """Print a table that has every patient, or every one of a group in `GROUPS`, in exactly one row."""
        cells = self.unknown(counts.values())
        for row, cell in zip(counts, cells, strict=True):
            self.print_count((table, row, group), (cell,), base)
        if group == ALL:
            self.know(cells, low=self.n, high=self.n)
        else:
            self.know(cells, self.cells((GROUPS, group, ALL)))

    def spare(self, *keys: Key) -> None:
        """Let others be given up before these, where they are printed."""
        for key in keys:
            if key in self.printed:
                self.printed[key].spared = True

    def cells(self, *keys: Key) -> tuple[int, ...]:
        """Return the cells behind printed counts."""
        return tuple(cell for key in keys for cell in self.printed[key].cells)

    def shown(self, table: str, row: str, column: str = ALL) -> int | None:
        """Return a count as it is printed, None where it is hidden."""
        return self.printed[table, row, column].shown


@dataclass
class Ledger:
    """The releases of one cohort; patients stand in it as salted hashes only.

    Attributes
    ----------
    salt : str
        Drawn once per ledger.
    releases : list of mapping
        ``fingerprint, n, rules, patients`` (hashes), ``day``, and of an override its ``reason`` and the words
        that it ``allowed``.
    format : int
        Of the file.
    """

    format: int = _LEDGER_FORMAT
    salt: str = field(default_factory=lambda: secrets.token_hex(16))
    releases: list[dict[str, Any]] = field(default_factory=list)

    @classmethod
    def read(cls, path: Path) -> "Ledger":
        """Read a ledger; a new one where there is none, a ValueError where the file is no ledger."""
        if not path.exists():
            return cls()
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            if content["format"] != _LEDGER_FORMAT:
                raise KeyError("format")
            return cls(salt=str(content["salt"]), releases=list(content["releases"]))
        except (UnicodeDecodeError, json.JSONDecodeError, KeyError, TypeError):
            raise ValueError(
                f"{path.name} is not a ledger of releases; move it away only if nothing was released yet."
            ) from None

    def written(self) -> bytes:
        """Return the ledger as its file."""
        return (json.dumps(asdict(self), indent=1) + "\n").encode()

    def entry(self, patients: Iterable[str], fingerprint: str, rules: Mapping[str, Any]) -> dict[str, Any]:
        """Return what a release of these patients under these rules would be written down as."""
        salt = self.salt.encode()
        hashes = sorted(hmac.new(salt, each.encode(), hashlib.sha256).hexdigest()[:24] for each in patients)
        return {"fingerprint": fingerprint, "n": len(hashes), "rules": dict(rules), "patients": hashes}

    def add(
        self, entry: Mapping[str, Any], min_cell: int, reason: str = "", allowed: Sequence[str] = ()
    ) -> list[tuple[str, str]]:
        """Write a release down, the same one again only once; without a reason not beside one like it.

        Returns
        -------
        list of (str, str)
            What stands against it: the days of earlier releases, and in what they differ: few `patients`
            apart, or the same ones under other `rules` or with another `fingerprint`.
        """
        found = []
        for earlier in self.releases:
            apart = len(set(entry["patients"]) ^ set(earlier["patients"]))
            differ = [name for name in ("rules", "fingerprint") if entry[name] != earlier[name]]
            if 0 < apart < min_cell:
                differ = ["patients"]
            if apart < min_cell and differ:
                found.append((earlier["day"], differ[0]))
        if found and not reason:
            return list(dict.fromkeys(found))
        reason = reason if found or allowed else ""
        if reason or all({name: one[name] for name in entry} != entry for one in self.releases):
            told = {"allowed": list(allowed)} if allowed else {}
            self.releases.append({**entry, "day": date.today().isoformat(), "reason": reason, **told})
        return []
