"""Survival curves as points: enough events between two of them, each share rounded as the counts are."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, count
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from amyloid.press.disclosure.release import ALL, GROUPS, ROUNDING, Key, Release, round_count
from amyloid.stats import kaplan_meier, survival_at

Floats = NDArray[np.float64]

EVERY: Final = 6.0
"""Months between candidate points."""


@dataclass(frozen=True)
class Point:
    """One point of a curve that may be shown.

    Attributes
    ----------
    month
        A multiple of `EVERY`.
    at_risk
        Key of the printed count of patients at risk.
    entered
        Patients at month 0, rounded: what the share is a share of.
    free
        Patients that the Kaplan-Meier estimate stands for, of `entered`, rounded.
    """

    month: float
    at_risk: Key
    entered: int
    free: int

    @property
    def share(self) -> float:
        """The estimate as it is printed."""
        return self.free / self.entered

    @property
    def limits(self) -> tuple[float, float]:
        """The smallest and the largest estimate that it can stand for."""
        half = ROUNDING / 2 / self.entered
        return self.share - half, self.share + half


class Curve:
    """The survival of everybody or of one group.

    Attributes
    ----------
    points
        Where it may be shown, in order.
    """

    def __init__(self, release: Release, rows: pd.DataFrame) -> None:
        self.months = rows["months"].to_numpy(float)
        self.event = rows["event"].to_numpy(float) == 1
        self.shown = self._choose_months(release)
        self.points: list[Point] = []
        self._cells: NDArray[np.int64] = np.empty((2, 0, 0), dtype=np.int64)
        # events or other ends, slot, group

    def _choose_months(self, release: Release) -> list[float]:
        """Choose the months at which the curve may be shown."""
        found: list[float] = []
        last = -math.inf
        for month in np.arange(EVERY, self.months.max(initial=0) + EVERY, EVERY).tolist():
            if (self.months >= month).sum() < release.least:
                break
            if (self.event & (self.months > last) & (self.months <= month)).sum() >= release.min_cell:
                found.append(month)
                last = month
        return found

    def add_cells(self, release: Release, edges: Floats) -> None:
        """Add the cells of the patients' follow-up: its events and its other ends, by slot.

        Slot 0 lies before the first candidate month, 1 is that month itself, 2 lies between it and the next.
        """
        slots = np.searchsorted(edges, self.months, "left") + np.searchsorted(edges, self.months, "right")
        size = 2 * len(edges) + 1
        counts = [np.bincount(slots[which], minlength=size) for which in (self.event, ~self.event)]
        self._cells = np.array(release.unknown(np.concatenate(counts).tolist())).reshape(2, size, 1)

    def join(self, parts: Iterable["Curve"]) -> None:
        """Take the cells of the groups that everybody stands in."""
        self._cells = np.concatenate([part._cells for part in parts], axis=2)

    def after(self, slot: int = -1) -> list[int]:
        """Return the cells of everybody who was followed beyond a slot, or who entered."""
        found: list[int] = self._cells[:, slot + 1 :].ravel().tolist()
        return found

    def events(self, first: int = 0, end: int | None = None) -> list[int]:
        """Return the cells of the events from a slot on, before another."""
        found: list[int] = self._cells[0, first:end].ravel().tolist()
        return found

    def add_points(self, release: Release, table: str, column: str, edges: Floats) -> None:
        """Print the curve's counts and shares, and add what a reader knows of them.

        A share says that at most so many are left, and at most so many had the event. One less the ratio of
        two shares is at least the events between them over the patients at risk after the first, and at most
        these events over the patients at risk at the second.
        """
        candidates = edges[edges <= max(self.shown, default=0.0)].tolist()
        if not candidates:
            return
        estimates = survival_at(kaplan_meier(self.months, self.event), candidates)["survival"]
        first, size, low, high = 0, round_count(len(self.months)), 1.0, 1.0
        for slot, month, estimate in zip(count(1, 2), candidates, estimates, strict=False):
            at_risk, events = self.after(slot - 1), self.events(first, slot + 1)
            if month not in self.shown:  # left out, because too few events lie before it
                release.know(events, high=release.min_cell - 1)
                continue
            key = (table, f"{month:g}", column)
            release.print_count(key, at_risk)
            release.know(events, low=release.min_cell, high=release.n)
            point = Point(month, key, size, round_count(math.floor(estimate * size + 0.5)))
            least, most = point.limits
            release.know(self.after(slot), self.after(), low=-math.inf, times=most)
            release.know(self.events(0, slot + 1), self.after(), low=-math.inf, times=1 - least)
            ratio = min(1.0, most / low) if low > 0 else 1.0
            release.know(events, at_risk, high=release.n, times=1 - ratio)
            release.know(events, self.after(first - 1), low=-math.inf, times=1 - least / high)
            self.points.append(point)
            first, low, high = slot + 1, least, most


def add_curves(
    release: Release, table: str, rows: pd.DataFrame, groups: Sequence[str] = ()
) -> dict[str, Curve]:
    """Add one endpoint's curves to a release: one of everybody, under `ALL`, and one of each group.

    A point stands at a multiple of `EVERY` months, and only where at least `min_cell` events lie between it
    and the point before. A curve stops where too few are at risk. There are no marks for censored patients.
    """
    whole, of = Curve(release, rows), {each: Curve(release, rows[rows["group"] == each]) for each in groups}
    curves = {ALL: whole, **of}
    edges = np.arange(EVERY, max([0.0, *chain(*(each.shown for each in curves.values()))]) + EVERY, EVERY)
    parts = list(of.values()) or [whole]
    for part in parts:
        part.add_cells(release, edges)
    for group, part in of.items():
        release.know(release.cells((GROUPS, group, ALL)), part.after(), high=release.n)
    whole.join(parts)
    release.know(whole.after(), high=release.n)
    for column, curve in curves.items():
        curve.add_points(release, table, column, edges)
    return curves
