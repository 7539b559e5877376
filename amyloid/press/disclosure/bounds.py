"""What a reader can work out about hidden counts: linear bounds from sums, rounding and the rule itself."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from amyloid.press.disclosure.rules import ROUNDING

Counts = NDArray[np.int64]
Mask = NDArray[np.bool_]
Floats = NDArray[np.float64]


def with_margins(inner: Counts) -> Counts:
    """Return the table with a last row and, when it has several columns, a last column of totals."""
    rows = np.vstack([inner, inner.sum(axis=0, keepdims=True)])
    return rows if inner.shape[1] == 1 else np.hstack([rows, rows.sum(axis=1, keepdims=True)])


def lines(shape: tuple[int, int]) -> Iterator[Counts]:
    """Yield, for a table with margins, the flat positions of each sum: its parts, then its total."""
    place = np.arange(shape[0] * shape[1]).reshape(shape)
    yield from place.T
    if shape[1] > 1:
        yield from place


def shown_range(rounded: Counts, min_cell: int) -> tuple[Counts, Counts]:
    """Return the least and the largest count that a shown, rounded count can stand for."""
    half = ROUNDING // 2
    return np.maximum(rounded - half, min_cell), rounded + half


def hidden_bounds(counts: Counts, hidden: Mask, min_cell: int) -> tuple[Floats, Floats]:
    """Return the tightest lower and upper bound of every cell, given what is shown.

    Parameters
    ----------
    counts
        Table from `with_margins`: true counts; only what is shown is used.
    hidden
        True where a cell is hidden; same shape.
    min_cell
        Shown counts are known to be at least this.

    Returns
    -------
    lower, upper
        Same shape; `upper` is infinite when nothing limits a cell. Shown cells: their rounding range.
    """
    from scipy.optimize import linprog

    from amyloid.press.disclosure.rules import round_count

    rounded = np.vectorize(round_count, otypes=[np.int64])(counts)
    least, most = shown_range(rounded, min_cell)
    lower = np.where(hidden, 0.0, least).astype(float)
    upper = np.where(hidden, np.inf, most).astype(float)
    sums = _sums(counts.shape)
    limits = np.column_stack([lower.ravel(), upper.ravel()])
    for cell in np.flatnonzero(hidden):
        for sign, bound in ((1.0, lower), (-1.0, upper)):
            aim = np.zeros(counts.size)
            aim[cell] = sign
            answer = linprog(aim, A_eq=sums, b_eq=np.zeros(len(sums)), bounds=limits, method="highs")
            if answer.status == 0:
                bound.flat[cell] = sign * answer.fun
            elif answer.status != 3:  # 3: unbounded, so the limits stand
                raise RuntimeError(f"the disclosure check did not finish: {answer.message}")
    return lower, upper


def _sums(shape: tuple[int, ...]) -> Floats:
    """Return one row per sum: +1 for its parts, -1 for its total."""
    matrix = []
    for line in lines((shape[0], shape[1])):
        row = np.zeros(shape[0] * shape[1])
        row[line[:-1]] = 1.0
        row[line[-1]] = -1.0
        matrix.append(row)
    return np.array(matrix)
