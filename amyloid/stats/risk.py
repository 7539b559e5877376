"""Who is at risk, and what happens, at each distinct time: the counts every survival estimate is made of."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
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


def merge_sorted(ascending: Floats) -> Floats:
    """Give ascending times that are one but for rounding their smallest value.

    R's `timefix` rule: a gap of at most 1.5e-8 of the mean distinct time is no gap.
    """
    first = np.empty(ascending.size, dtype=bool)
    first[0] = True
    gap = ascending[1:] - ascending[:-1]
    np.greater(gap, 0, out=first[1:])
    distinct = np.count_nonzero(first)
    total = ascending.sum() if distinct == ascending.size else ascending[first].sum()
    np.greater(gap, ROUNDING * total / distinct, out=first[1:])
    if np.count_nonzero(first) == distinct:
        return ascending  # all ties are exact
    start = np.flatnonzero(first)
    return np.repeat(ascending[start], np.diff(start, append=ascending.size))


def snap(*columns: Floats) -> list[Floats]:
    """Give all times that are one but for rounding, in any of the columns, their smallest value."""
    known = merge_sorted(np.sort(np.concatenate(columns)))
    return [known[np.searchsorted(known, column, side="right") - 1] for column in columns]


def starts(ascending: Floats) -> Bools:
    """Mark the first of each run of equal times."""
    first = np.empty(ascending.size, dtype=bool)
    first[0] = True
    np.not_equal(ascending[1:], ascending[:-1], out=first[1:])
    return first


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
    sorted_label = (key & mask).view(np.int64)
    key &= ~mask
    key >>= np.uint64(1)
    return key.view(np.float64), sorted_label


def risk_table(time: Floats, event: Bools, entry: Floats | None = None) -> RiskTable:
    """Count at each distinct time; `time` ascending and without rounding ties.

    At risk at t: entry < t <= time (Andersen et al. 1993, Statistical models based on counting processes, ch.
    IV).
    """
    start = np.flatnonzero(starts(time))
    total = np.diff(start, append=time.size)
    events = np.add.reduceat(event, start, dtype=float)
    at_time = time[start]
    entered: Any = time.size
    if entry is not None:
        entered = np.searchsorted(np.sort(entry), at_time, side="left")
    return RiskTable(at_time, (entered - start).astype(float), events, total - events)


def rows_of(code: Ints | None) -> list[Any]:
    """Say of each code from 0 on which rows have it; all rows where there are no codes."""
    if code is None:
        return [slice(None)]
    return [np.flatnonzero(code == position) for position in range(code.max() + 1)]


@dataclass(frozen=True)
class Subjects:
    """Checked survival data: times, what ended them, and of each row the group, stratum and entry."""

    time: Floats
    end: Any  # Bools: whether the event; Ints: 0 censored or the cause
    code: Any  # Ints, from 0; None without groups
    level: list[Any]
    stratum: Ints | None = None
    entry: Floats | None = None

    def ascending(self) -> Subjects:
        """Return the rows in the order of their times, which are without rounding ties."""
        if self.code is None and self.entry is None and self.end.dtype == bool:
            time, event = sort_labeled(self.time, self.end)
            return replace(self, time=merge_sorted(time), end=event == 1)
        order = np.argsort(self.time)
        columns: dict[str, Any] = {
            name: value[order] for name, value in vars(self).items() if isinstance(value, np.ndarray)
        }
        if self.entry is None:
            columns["time"] = merge_sorted(columns["time"])
        return replace(self, **columns)

    def groups(self) -> Iterator[tuple[Any, Any]]:
        """Name each group, and say which rows are its own."""
        return zip(self.level, rows_of(self.code), strict=True)

    def tables(self) -> Iterator[tuple[Any, RiskTable]]:
        """One risk table per group, in the order of the groups."""
        rows = self.ascending()
        for level, member in rows.groups():
            late = None if rows.entry is None else rows.entry[member]
            yield level, risk_table(rows.time[member], rows.end[member], late)


def subjects(
    durations: Values,
    ends: Values,
    groups: Values | None,
    strata: Values | None = None,
    entry: Values | None = None,
    *,
    read: Callable[[Values], Any] = flags,
) -> Subjects:
    """Check survival data; `read` checks how the durations ended, `entry` refuses who leaves before."""
    time, end = times(durations), read(ends)
    same_length(durations=time, **{"events" if read is flags else "causes": end})
    code, level = (None, ["all"]) if groups is None else levels(groups)
    same_length(durations=time, groups=code)
    late = None if entry is None else times(entry, "entry")
    same_length(durations=time, entry=late)
    if late is not None:
        time, late = snap(time, late)
        if (late >= time).any():
            rows = int((late >= time).sum())
            raise ValueError(
                f"{rows} of {time.size} rows have an entry at or after their duration; "
                "nobody is at risk there"
            )
    stratum = None if strata is None else levels(strata, "strata")[0]
    same_length(durations=time, strata=stratum)
    return Subjects(time, end, code, level, stratum, late)


def counts_by_group(
    time: Floats, label: Ints, groups: int, kinds: int, entry: Floats | None = None
) -> list[Floats]:
    """At risk, then each kind of event, at the distinct times at which any happened: arrays (groups, times).

    `time` ascending and without rounding ties; a row's `label` is its group times `kinds` plus its kind of
    end, of which 0 is no event.
    """
    first = starts(time)
    moment = np.cumsum(first)  # from 1
    cells = int(moment[-1]) + 1
    ends = np.bincount(label * cells + moment, minlength=groups * kinds * cells)
    ends = ends.reshape(groups, kinds, cells)
    left = ends.sum(axis=1)
    entered: Any = left.sum(axis=1, keepdims=True)
    if entry is not None:
        own = (np.sort(entry[label // kinds == group]) for group in range(groups))
        entered = np.array([np.searchsorted(late, time[first]) for late in own])
    at_risk = entered - np.cumsum(left[:, :-1], axis=1)
    some = np.flatnonzero(ends[:, 1:, 1:].any(axis=(0, 1)))
    counts = (at_risk, *(ends[:, kind, 1:] for kind in range(1, kinds)))
    return [np.take(count, some, axis=1).astype(float) for count in counts]
