"""Rows that come twice, and rows that contradict each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from amyloid.cohort.reading.findings import Findings
from amyloid.cohort.reading.intervals import Events, Treatments
from amyloid.cohort.reading.labs import Labs
from amyloid.cohort.reading.table import Rows, Table, gather
from amyloid.cohort.schema import TESTS

_NAMES = tuple(TESTS)
_BIT_OF_TEST = np.left_shift(1, np.arange(len(_NAMES)), dtype=np.int32)
_MONTH_SPAN = 4096.0


@dataclass(frozen=True)
class LabOrder:
    """Usable laboratory rows without exact copies, sorted by patient, month and place in the file.

    Attributes
    ----------
    rows : numpy.ndarray
    whole : bool
        Whether they are all rows as they stand in the file, so that nothing has to be moved.
    """

    rows: Rows
    whole: bool

    def of(self, values: NDArray[Any]) -> NDArray[Any]:
        """One of the arrays of `Labs` in this order."""
        return values if self.whole else values[self.rows]


def lab_order(labs: Labs, findings: Findings) -> LabOrder:
    """Sort the usable rows, leave out exact copies, and say where two values contradict each other."""
    rows = np.flatnonzero(labs.usable)
    order = LabOrder(rows, len(rows) == len(labs.usable))
    key = order.of(labs.patient) * _MONTH_SPAN
    key += order.of(labs.month)
    if (key[1:] < key[:-1]).any():
        by_key = np.argsort(key, kind="stable")
        order, key = LabOrder(rows[by_key], False), key[by_key]
    if not len(rows):
        return order
    starts = np.flatnonzero(np.concatenate([[True], key[1:] != key[:-1]]))
    sizes = np.diff(starts, append=len(rows))
    seen = np.bitwise_or.reduceat(gather(_BIT_OF_TEST, order.of(labs.test)), starts)
    double = np.flatnonzero(np.bitwise_count(seen) < sizes)
    if not len(double):
        return order
    group = np.repeat(double, sizes[double])
    inside = np.concatenate([np.arange(starts[g], starts[g] + sizes[g]) for g in double])
    copies = _say_doubles(labs, order.rows[inside], group, findings)
    return LabOrder(order.rows[~np.isin(order.rows, copies)], False) if len(copies) else order


def _say_doubles(labs: Labs, rows: Rows, group: NDArray[np.intp], findings: Findings) -> Rows:
    """Say copies and contradictions among rows of the same patient and month; return the copies."""
    test, assay = labs.test[rows], labs.assay[rows]
    value, bound = labs.value[rows], labs.bound[rows]
    order = np.lexsort((rows, bound, value, assay, test, group))
    same = _same_as_before(order, group, test, assay, value, bound)
    copies = rows[order[same]]
    origin = dict(zip(copies.tolist(), _first_of_run(rows[order], same).tolist(), strict=True))
    findings.say(
        "row-twice", labs.table, np.sort(copies), None, place=lambda row: labs.table.place(origin[row])
    )
    kept = order[~same]
    kept = kept[np.lexsort((rows[kept], assay[kept], test[kept], group[kept]))]
    again = _same_as_before(kept, group, test, assay)
    others = rows[kept[again]]
    earlier = dict(zip(others.tolist(), _first_of_run(rows[kept], again).tolist(), strict=True))
    column = labs.table.columns["value"]
    findings.say(
        "two-values",
        labs.table,
        np.sort(others),
        column,
        test=lambda row: _NAMES[labs.test[row]],
        place=lambda row: labs.table.place(earlier[row]),
        text=lambda row: column.at(earlier[row]).strip(),
    )
    return copies


def _same_as_before(order: Rows, *keys: NDArray[np.generic]) -> NDArray[np.bool_]:
    same = np.ones(len(order), np.bool_)
    same[:1] = False
    for key in keys:
        same[1:] &= key[order][1:] == key[order][:-1]
    return same


def _first_of_run(rows: Rows, same: NDArray[np.bool_]) -> Rows:
    """Row that began the run, for every row that continues one."""
    begins = np.flatnonzero(~same)
    firsts: Rows = rows[begins[np.cumsum(~same) - 1]][same]
    return firsts


def drop_copies(kept: Treatments | Events, keys: tuple[NDArray[np.generic], ...], findings: Findings) -> None:
    """Leave out exact copies of earlier rows (by clearing `usable`), and say so."""
    rows = rows_beside_others(kept)
    if len(rows) < 2:
        return
    codes = [np.unique(_comparable(key[rows]), return_inverse=True)[1] for key in keys]
    order = np.lexsort((rows, *codes))
    same = _same_as_before(order, *codes)
    copies = rows[order[same]]
    origin = dict(zip(copies.tolist(), _first_of_run(rows[order], same).tolist(), strict=True))
    table: Table = kept.table
    findings.say("row-twice", table, np.sort(copies), None, place=lambda row: table.place(origin[row]))
    kept.usable[copies] = False


def rows_beside_others(kept: Treatments | Events) -> Rows:
    """Usable rows of patients who have more than one."""
    rows = np.flatnonzero(kept.usable)
    patient = kept.patient[rows]
    beside_others: Rows = rows[np.bincount(patient)[patient] > 1]
    return beside_others


def _comparable(key: NDArray[np.generic]) -> NDArray[np.generic]:
    if key.dtype == object:
        return np.array(["" if text is None else str(text) for text in key], object).astype(str)
    return np.nan_to_num(key, nan=-9e9) if key.dtype.kind == "f" else key
