"""Which part of a large cohort is drawn, and the sentence that says so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

ROW_LIMIT = 150
"""More rows than this cannot be told apart at print size; figures then draw a part and say so."""
LANE_LIMIT = 60
"""Lanes that carry the name of their patient and print on one page."""
FEWEST, FEW = 5, 10
"""Groups of fewer patients are not drawn; a curve is pale where fewer are at risk."""
POINT_LIMIT = 1500
"""Points along a curve that print can tell apart."""
AXIS_DOTS = 750
"""Heights that print at 300 dots an inch can tell apart on an axis of 60 mm."""


def evenly(frame: pd.DataFrame, limit: int) -> pd.DataFrame:
    """At most `limit` rows, evenly spaced, first and last kept."""
    if len(frame) <= limit:
        return frame
    return frame.iloc[np.unique(np.linspace(0, len(frame) - 1, limit).round().astype(int))]


def part_of(shown: int, total: int, what: str = "patients", how: str = "evenly spaced") -> str:
    """Sentence that says that only a part is drawn; empty when all are."""
    return "" if shown >= total else f"{shown:,} of {total:,} {what} drawn, {how}."


def visible_steps(curve: pd.DataFrame, keys: Sequence[str], heights: Mapping[str, float]) -> pd.DataFrame:
    """Rows of step curves without those that nobody could see: at most a printed dot from all of them.

    Parameters
    ----------
    curve : DataFrame
        Rows of each curve in the order of `time`.
    keys : sequence of str
        Columns that tell the curves apart.
    heights : Mapping
        Column that is drawn to the height of its axis.

    Returns
    -------
    DataFrame
        All rows where no curve has more than `POINT_LIMIT` of them; else, of each curve, the first and the
        last row and those in which a height enters another of `AXIS_DOTS` equal parts of the axis.
    """
    place = curve.groupby(list(keys), sort=False, dropna=False).ngroup().to_numpy()
    if not len(curve) or np.bincount(place).max() <= POINT_LIMIT:
        return curve
    begins = np.append(True, place[1:] != place[:-1])
    kept = begins | np.append(begins[1:], True)
    for column, height in heights.items():
        level = np.floor(curve[column].to_numpy(float) / height * AXIS_DOTS)
        kept |= np.append(True, level[1:] != level[:-1]) & ~np.isnan(level)
    seen: pd.DataFrame = curve[kept]
    return seen


def steps_of(shown: int, total: int) -> str:
    """Sentence that says that steps too small to be seen are not drawn; empty when all are."""
    return part_of(shown, total, "steps", "those large enough to be seen")


def large_enough(frame: pd.DataFrame, size: str, group: str = "group") -> tuple[pd.DataFrame, str]:
    """Rows of the groups of at least `FEWEST` patients, and the sentence that names the others.

    `size` is the column whose largest value counts the patients of a group.
    """
    names = frame[group].fillna("").astype(str)
    sizes = frame[size].groupby(names, sort=False).max()
    small = [f"{name or 'everybody'} (n = {int(n)})" for name, n in sizes.items() if n < FEWEST]
    kept: pd.DataFrame = frame[names.map(sizes).ge(FEWEST).to_numpy(bool)]
    return kept, f"Not drawn, fewer than {FEWEST} patients: {', '.join(small)}." if small else ""
