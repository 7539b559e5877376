"""Survival curves with steps that no single patient makes."""

from typing import TYPE_CHECKING

import numpy as np

from amyloid.press.disclosure.rules import applied_min_cell, round_count

if TYPE_CHECKING:
    import pandas as pd


def coarsen(curve: "pd.DataFrame", min_cell: int, every: float = 6.0) -> "pd.DataFrame":
    """Return the points of a survival curve that may be shown.

    A point stands at a fixed month, a multiple of `every`, and only where at least `min_cell` events lie
    between it and the point before. The curve stops where fewer than `min_cell` are at risk. There are no
    marks for censored patients.

    Parameters
    ----------
    curve
        One group of `stats.kaplan_meier`: `time` (months), `at_risk`, `events`, `survival`, `lower`, `upper`,
        one row per distinct time, sorted.
    min_cell
        Events between two points, and patients at risk, at the least; never less than 5.
    every
        Months between candidate points.

    Returns
    -------
    pandas.DataFrame
        `time`, `at_risk` (rounded to 5), `survival`, `lower`, `upper` (two decimals); the first row is
        month 0. Empty when fewer than `min_cell` patients enter; one row when no block of events is full.
    """
    import pandas as pd

    least = applied_min_cell(min_cell)
    time = curve["time"].to_numpy(dtype=float)
    events = curve["events"].to_numpy(dtype=float)
    at_risk = curve["at_risk"].to_numpy(dtype=float)
    entered = int(at_risk[0]) if len(at_risk) else 0
    points = []
    if entered >= least:
        points.append((0.0, round_count(entered), 1.0, 1.0, 1.0))
    last, month = 0.0, every
    while points and (time >= month).any():
        row = int(np.searchsorted(time, month, side="left"))
        if at_risk[row] < least:
            break
        # events at time 0 belong to the first block
        block = (time <= month) & ((time > last) | (last == 0))
        if events[block].sum() >= least:
            points.append((month, round_count(int(at_risk[row])), *_values(curve, time, month)))
            last = month
        month += every
    return pd.DataFrame(points, columns=["time", "at_risk", "survival", "lower", "upper"])


def _values(curve: "pd.DataFrame", time: np.ndarray, month: float) -> tuple[float, float, float]:
    row = int(np.searchsorted(time, month, side="right")) - 1
    survival, lower, upper = (
        round(float(curve[name].iloc[row]), 2) for name in ("survival", "lower", "upper")
    )
    return survival, lower, upper
