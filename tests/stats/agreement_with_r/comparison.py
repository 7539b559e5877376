"""One comparison, and reading the reference files."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

ORACLE = Path(__file__).parents[2] / "literature" / "oracle"
Z = 1.959963984540054


@dataclass(frozen=True)
class Comparison:
    """A number computed here beside the reference; `path` names the key in the file, list positions left
    out."""

    function: str
    file: str
    record: str
    path: str
    found: float
    expected: float | None
    tolerance: float = 1e-9

    @property
    def difference(self) -> float:
        """Relative difference; absolute where the reference is below 1e-12, infinite where only one is
        missing."""
        found, expected = float(self.found), math.nan if self.expected is None else float(self.expected)
        if math.isnan(found) or math.isnan(expected):
            return 0.0 if math.isnan(found) and math.isnan(expected) else math.inf
        if found == expected:
            return 0.0
        gap = abs(found - expected)
        return gap if abs(expected) < 1e-12 else gap / abs(expected)

    @property
    def agrees(self) -> bool:
        return self.difference <= self.tolerance

    def __str__(self) -> str:
        return f"{self.function} {self.record} {self.path}: {self.found!r}, reference {self.expected!r}"


class Against:
    """Compares one function with one record of a file."""

    def __init__(self, file: str, record: str) -> None:
        self.file, self.record = file, record

    def __call__(
        self, function: str, path: str, found: Any, expected: Any, tolerance: float = 1e-9
    ) -> Iterator[Comparison]:
        pairs = zip(found, expected, strict=True) if isinstance(expected, list) else [(found, expected)]
        for here, there in pairs:
            value = there["value"] if isinstance(there, dict) else there
            key = f"{path}.value" if isinstance(there, dict) else path
            yield Comparison(function, self.file, self.record, key, here, value, tolerance)


@cache
def records(file: str) -> Any:
    return json.loads((ORACLE / f"{file}.json").read_text())


@cache
def _table(name: str) -> pd.DataFrame:
    return pd.read_csv(ORACLE / name)


def table(name: str) -> pd.DataFrame:
    """A data set, as text reads it; a fresh copy each time."""
    return _table(name).copy()


def column(rows: list[dict[str, Any]], key: str) -> list[Any]:
    return [row[key] for row in rows]


def leaves(value: Any, path: str = "") -> Iterator[str]:
    """Paths of all numbers and nulls in a file, list positions left out."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for inner in value:
            yield from leaves(inner, path)
    elif not isinstance(value, str):
        yield path
