"""Survival curves as points: enough events between two of them, each share rounded as the counts are."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from amyloid.press.disclosure.release import ALL, GROUPS, ROUNDING, Key, Release, round_count

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]
Cells = NDArray[np.int64]
"""Cells of follow-up: events or other ends, slot, group."""

EVERY: float = 6.0
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


@dataclass(frozen=True)
class Curves:
    """One endpoint's curves in a release.

    Attributes
    ----------
    points
        Column to points, in order; `ALL` is everybody.
    entered
        Column to the cells of everybody who entered.
    events
        Column to the cells of all events.
    """

    points: Mapping[str, Sequence[Point]]
    entered: Mapping[str, Sequence[int]]
    events: Mapping[str, Sequence[int]]


def add_curves(release: Release, table: str, rows: "pd.DataFrame", groups: Sequence[str] = ()) -> Curves:
    """Add one endpoint's curves to a release: one of everybody, and one of each group.

    A point stands at a multiple of `EVERY` months, and only where at least `min_cell` events lie between it
    and the point before. A curve stops where too few are at risk. There are no marks for censored patients.
    """
    of = {group: rows[rows["group"] == group] for group in groups} or {ALL: rows}
    wanted = {ALL: rows, **of}
    months = {column: _months(release, own) for column, own in wanted.items()}
    edges = np.arange(EVERY, max([0.0, *chain(*months.values())]) + EVERY, EVERY)
    parts = {column: _slots(release, own, edges) for column, own in of.items()}
    for group in groups:
        release.know(release.cells((GROUPS, group, ALL)), _after(parts[group], -1), high=release.n)
    parts = {ALL: np.concatenate(list(parts.values()), axis=2), **parts}
    release.know(_after(parts[ALL], -1), high=release.n)
    points = {
        column: _points(release, (table, column), own, parts[column], edges, months[column])
        for column, own in wanted.items()
    }
    return Curves(
        points,
        {column: _after(part, -1) for column, part in parts.items()},
        {column: _events(part, 0, None) for column, part in parts.items()},
    )


def _months(release: Release, rows: "pd.DataFrame") -> list[float]:
    """Choose the months at which a curve may be shown."""
    months = rows["months"].to_numpy(float)
    event = rows["event"].to_numpy(float) == 1
    found: list[float] = []
    last = -math.inf
    for month in np.arange(EVERY, max(months.max(initial=0), EVERY) + EVERY, EVERY):
        if (months >= month).sum() < release.least:
            break
        if (event & (months > last) & (months <= month)).sum() >= release.min_cell:
            found.append(float(month))
            last = month
    return found


def _slots(release: Release, rows: "pd.DataFrame", edges: Floats) -> Cells:
    """Add the cells of some patients' follow-up: its events and its other ends, by slot, for one group.

    Slot 0 lies before the first candidate month, 1 is that month itself, 2 lies between it and the next.
    """
    months = rows["months"].to_numpy(float)
    slots = np.searchsorted(edges, months, "left") + np.searchsorted(edges, months, "right")
    event, size = rows["event"].to_numpy(float) == 1, 2 * len(edges) + 1
    counts = [np.bincount(slots[which], minlength=size) for which in (event, ~event)]
    return np.array(release.unknown(np.concatenate(counts).tolist())).reshape(2, size, 1)


def _after(part: Cells, slot: int) -> list[int]:
    """Return the cells of everybody who was followed beyond a slot."""
    found: list[int] = part[:, slot + 1 :].ravel().tolist()
    return found


def _events(part: Cells, first: int, end: int | None) -> list[int]:
    """Return the cells of the events from a slot on, before another."""
    found: list[int] = part[0, first:end].ravel().tolist()
    return found


def _points(
    release: Release,
    name: tuple[str, str],
    rows: "pd.DataFrame",
    part: Cells,
    edges: Floats,
    months: Sequence[float],
) -> list[Point]:
    """Print one curve: its counts and shares, and what a reader knows of them, are added to the release."""
    from amyloid.stats import kaplan_meier, survival_at

    found: list[Point] = []
    first, size = 0, round_count(len(rows))
    if not months:
        return found
    candidates = edges[edges <= months[-1]].tolist()
    estimates = survival_at(kaplan_meier(rows["months"], rows["event"]), candidates)["survival"]
    for number, (month, estimate) in enumerate(zip(candidates, estimates, strict=True)):
        slot = 2 * number + 1
        at_risk, events = _after(part, slot - 1), _events(part, first, slot + 1)
        if month not in months:  # left out, because too few events lie before it
            release.know(events, high=release.min_cell - 1)
            continue
        key = (name[0], f"{month:g}", name[1])
        release.print_count(key, at_risk)
        release.know(events, low=release.min_cell, high=release.n)
        point = Point(month, key, size, round_count(math.floor(estimate * size + 0.5)))
        _know_share(release, point, part, slot)
        ratios = _ratios(found[-1] if found else None, point)
        release.know(events, at_risk, high=release.n, times=1 - ratios[1])
        release.know(events, _after(part, first - 1), low=-math.inf, times=1 - ratios[0])
        found.append(point)
        first = slot + 1
    return found


def _know_share(release: Release, point: Point, part: Cells, slot: int) -> None:
    """Add what a printed share says: at most so many are left, at most so many had the event."""
    entered = _after(part, -1)
    release.know(_after(part, slot), entered, low=-math.inf, times=point.limits[1])
    release.know(_events(part, 0, slot + 1), entered, low=-math.inf, times=1 - point.limits[0])


def _ratios(before: Point | None, point: Point) -> tuple[float, float]:
    """Return what share of those free at one point can be free at the next, at the least and at the most.

    One less the ratio is at least the events between the two over the patients at risk after the first, and
    at most the events over the patients at risk at the second.
    """
    low, high = before.limits if before else (1.0, 1.0)
    return point.limits[0] / high, min(1.0, point.limits[1] / low) if low > 0 else 1.0
