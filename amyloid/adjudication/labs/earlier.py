"""Looking back and ahead within each patient, for rows that come by patient and month."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from amyloid.adjudication.decidable import Floats, Quantity


def lowest_before(values: Floats, patient: NDArray[np.int32]) -> Floats:
    """Lowest earlier value of the same patient; NaN where there is none."""
    order = np.argsort(values, kind="stable")
    rank = np.empty(len(values), dtype=np.int64)
    rank[order] = np.arange(len(values))
    rank[np.isnan(values)] = len(values)
    shift = patient.astype(np.int64) * (len(values) + 1)
    lowest = np.minimum.accumulate(rank - shift) + shift
    ranked = np.append(values[order], np.nan)
    before = np.full(len(values), np.nan)
    before[1:] = ranked[np.minimum(lowest[:-1], len(values))]
    before[np.diff(patient, prepend=-1) != 0] = np.nan
    return before


def next_known(values: Quantity, patient: NDArray[np.int32]) -> NDArray[np.intp]:
    """Row of the patient's next known value after each row; -1 where there is none."""
    rows = np.flatnonzero(values.known)
    at = np.searchsorted(rows, np.arange(len(patient)), side="right")
    following = np.append(rows, -1)[at]
    return np.where((following >= 0) & (patient[following] == patient), following, -1)
