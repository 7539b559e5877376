"""Who is at risk, and what happens, at each distinct time: the counts every survival estimate is made of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from amyloid.stats.checks import ROUNDING, Bools, Floats, Ints, Values, flags, levels, same_length, times


@dataclass(frozen=True)
class RiskTable:
    """Counts at each distinct time of one group, times ascending."""

    time: Floats
    at_risk: Floats
    events: Floats
    censored: Floats


def distinct(ascending: Floats) -> Bools:
    """Mark in an ascending array the first of each run of times that are one but for rounding.

    R's `timefix` rule: a gap of at most 1.5e-8 of the mean distinct time is no gap.
    """
    first = np.empty(ascending.size, dtype=bool)
    first[0] = True
    gap = ascending[1:] - ascending[:-1]
    np.greater(gap, 0, out=first[1:])
    count = np.count_nonzero(first)
    total = ascending.sum() if count == ascending.size else ascending[first].sum()
    np.greater(gap, ROUNDING * total / count, out=first[1:])
    return first


def snap(*columns: Floats) -> list[Floats]:
    """Give all times that are one but for rounding, in any of the columns, their smallest value."""
    pooled = np.sort(np.concatenate(columns))
    known = pooled[distinct(pooled)]
    return [known[np.searchsorted(known, column, side="right") - 1] for column in columns]


def sort_labeled(time: Floats, label: Ints | Bools, bits: int = 1) -> tuple[Floats, Ints]:
    """Sort times with a label of so many bits each; ties in the order of the label.

    The bits of a non-negative double order as an integer does and its sign bit is free, so time and label
    travel in one integer and a plain sort suffices: several times faster than an argsort. A label of more
    than one bit takes the last bits of the time, far below what counts as a tie.
    """
    mask = np.uint64((1 << bits) - 1)
    key = (time + 0.0).view(np.uint64)
    key <<= np.uint64(1)
    key &= ~mask
    key |= label.astype(np.uint64)
    key.sort()
    sorted_label = (key & mask).astype(np.int64)
    key &= ~mask
    key >>= np.uint64(1)
    return key.view(np.float64), sorted_label


def risk_table(time: Floats, event: Bools, entry: Floats | None = None, *, tied: bool = False) -> RiskTable:
    """Count at each distinct time; `time` ascending, `tied` says that rounding is already dealt with.

    At risk at t: entry < t <= time (Andersen et al. 1993, Statistical models based on counting processes, ch.
    IV).
    """
    first = np.empty(time.size, dtype=bool)
    if tied:
        first[0] = True
        np.not_equal(time[1:], time[:-1], out=first[1:])
    else:
        first = distinct(time)
    start = np.flatnonzero(first)
    total = np.diff(start, append=time.size)
    events = np.add.reduceat(event, start, dtype=float)
    at_time = time[start]
    entered: Any = time.size
    if entry is not None:
        entered = np.searchsorted(np.sort(entry), at_time, side="left")
    return RiskTable(at_time, (entered - start).astype(float), events, total - events)


@dataclass(frozen=True)
class Subjects:
    """Checked survival data: times without rounding ties, events, entries, and the group of each row."""

    time: Floats
    event: Bools
    entry: Floats | None
    code: Ints | None
    level: list[Any]

    def tables(self) -> Iterator[tuple[Any, RiskTable]]:
        """One risk table per group, in the order of the groups."""
        if self.code is None and self.entry is None:
            time, censored = sort_labeled(self.time, ~self.event)
            yield self.level[0], risk_table(time, censored == 0)
            return
        order = np.argsort(self.time)
        time, event = self.time[order], self.event[order]
        entry = None if self.entry is None else self.entry[order]
        if entry is None:
            time = merge_sorted(time)
        for position, level in enumerate(self.level):
            member = slice(None) if self.code is None else self.code[order] == position
            late = None if entry is None else entry[member]
            yield level, risk_table(time[member], event[member], late, tied=True)


def merge_sorted(ascending: Floats) -> Floats:
    """Give ascending times that are one but for rounding their smallest value."""
    first = distinct(ascending)
    if np.count_nonzero(first) == 1 + np.count_nonzero(ascending[1:] > ascending[:-1]):
        return ascending  # all ties are exact
    start = np.flatnonzero(first)
    return np.repeat(ascending[start], np.diff(start, append=ascending.size))


def subjects(durations: Values, events: Values, groups: Values | None, entry: Values | None) -> Subjects:
    """Check survival data; `entry` given, refuse who leaves before entering."""
    time, event = times(durations), flags(events)
    same_length(durations=time, events=event)
    code, level = (None, ["all"]) if groups is None else levels(groups)
    same_length(durations=time, groups=code)
    if entry is None:
        return Subjects(time, event, None, code, level)
    late = times(entry, "entry")
    same_length(durations=time, entry=late)
    time, late = snap(time, late)
    if (late >= time).any():
        rows = int((late >= time).sum())
        raise ValueError(
            f"{rows} of {time.size} rows have an entry at or after their duration; nobody is at risk there"
        )
    return Subjects(time, event, late, code, level)


def counts_by_group(
    time: Floats, code: Ints, count: int, happened: tuple[Bools, ...], entry: Floats | None = None
) -> list[Floats]:
    """At risk, then each kind of event, at the distinct times at which any happened: arrays (groups, times).

    `time` ascending and without rounding ties; `code` from 0 to count - 1; `happened` marks the rows with
    each kind.
    """
    edges = np.flatnonzero(np.concatenate([[True], time[1:] > time[:-1], [True]]))
    totals = [np.diff(_before(mark, edges)) for mark in happened]
    some = np.flatnonzero(sum(totals))
    found: list[Floats] = [np.empty((count, some.size)) for _ in range(1 + len(happened))]
    last = count - 1 if entry is None else count  # without entry the last group is what the others leave
    for group in range(last):
        member = code == group
        left = _before(member, edges)
        entered: Any = left[-1]
        if entry is not None:
            entered = np.searchsorted(np.sort(entry[member]), time[edges[some]])
        found[0][group] = entered - left[some]
        for counts, mark in zip(found[1:], happened, strict=True):
            counts[group] = np.diff(_before(member & mark, edges))[some]
    if entry is None:
        for counts, total in zip(found, [time.size - edges, *totals], strict=True):
            counts[last] = total[some] - counts[:last].sum(axis=0)
    return found


def _before(mark: Bools, edges: Ints) -> Ints:
    """How many are marked before each edge."""
    return np.concatenate([[0], np.cumsum(mark)])[edges]
