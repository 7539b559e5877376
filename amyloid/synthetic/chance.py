"""A source of randomness with the small draws that the parts of the generator share."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, TypeVar

import numpy as np

T = TypeVar("T")
Assumed = dict[str, dict[str, Any]]

_ASSUMED: Final = tomllib.loads(Path(__file__).with_name("assumptions.toml").read_text(encoding="utf-8"))
COURSES: Final[Assumed] = {name: _ASSUMED["any_course"] | own for name, own in _ASSUMED["course"].items()}
STAGES: Final[Assumed] = _ASSUMED["stage"]
"""Boston University stage of the heart -> what is assumed of it."""

ATTEMPTS: Final = 10_000
"""A draw that fails its conditions this often means that the assumptions contradict each other."""


class Chance(np.random.Generator):
    """One of several streams of a seed, which do not depend on each other."""

    def __init__(self, seed: int, stream: int) -> None:
        super().__init__(np.random.PCG64([seed, stream]))

    def between(self, low: float, high: float) -> float:
        """Draw uniformly from [low, high)."""
        return low + (high - low) * float(self.random())

    def happens(self, probability: float) -> bool:
        """Toss a coin that shows True with this probability."""
        return bool(self.random() < probability)

    def around(self, median: float, sigma: float, low: float = 0.0, high: float = math.inf) -> float:
        """Draw from a lognormal distribution, again and again until the value lies within [low, high].

        Parameters
        ----------
        median, sigma : float
            Median, and standard deviation of the logarithm.
        low, high : float
            Limits of the truncated distribution.

        Raises
        ------
        RuntimeError
            If the limits are never met.
        """
        for _ in range(ATTEMPTS):
            value = median * math.exp(sigma * float(self.standard_normal()))
            if low <= value <= high:
                return value
        raise RuntimeError(f"no lognormal value with median {median} between {low} and {high}")

    def noise(self, sigma: float) -> float:
        """Draw a factor around 1: lognormal, cut at twice its standard deviation."""
        z = min(2.0, max(-2.0, float(self.standard_normal())))
        return math.exp(sigma * z)

    def pick(self, items: Sequence[T]) -> T:
        """Draw one item, each as likely as another."""
        return items[int(self.integers(len(items)))]

    def pick_some(self, items: Sequence[T], count: int) -> list[T]:
        """Draw `count` different items, in random order."""
        return [items[int(i)] for i in self.permutation(len(items))[:count]]

    def pick_weighted(self, items: Sequence[T], weights: Sequence[float]) -> T:
        """Draw one item with probability proportional to its weight."""
        total = math.fsum(weights)
        left = total * float(self.random())
        for item, weight in zip(items, weights, strict=True):
            left -= weight
            if left < 0:
                return item
        return items[-1]
