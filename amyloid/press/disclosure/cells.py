"""Tables of counts with totals: small cells hidden, and enough others that no sum gives them back."""

from typing import TYPE_CHECKING

import numpy as np

from amyloid.press.disclosure.bounds import Counts, Mask, hidden_bounds, lines, with_margins
from amyloid.press.disclosure.rules import applied_min_cell, round_count

if TYPE_CHECKING:
    import pandas as pd

TOTAL = "Total"


def suppress(counts: "pd.DataFrame", min_cell: int) -> "pd.DataFrame":
    """Return a table of counts, with totals, that may be shown.

    Parameters
    ----------
    counts
        Numbers of patients, non-negative whole numbers; every patient in exactly one cell. A single
        column is a one-way table.
    min_cell
        Counts below this are hidden, zero included; never less than 5.

    Returns
    -------
    pandas.DataFrame
        The same rows and columns and a last row (and, with several columns, a last column) `Total`.
        Shown counts are rounded to 5, hidden ones are NA. Whatever a reader derives from the sums, the
        rounding and the rule, every hidden cell keeps a range of at least `min_cell`.

    Raises
    ------
    ValueError
        If a count is negative or not whole.
    """
    import pandas as pd

    inner = counts.to_numpy(dtype=float)
    if not np.all((inner >= 0) & (inner == np.floor(inner))):
        raise ValueError("counts must be whole numbers of patients, zero or more")
    table = with_margins(inner.astype(np.int64))
    hidden = hide(table, applied_min_cell(min_cell))
    rounded = np.vectorize(round_count, otypes=[np.int64])(table)
    columns = [*counts.columns, TOTAL] if counts.shape[1] > 1 else counts.columns
    return pd.DataFrame(rounded, index=[*counts.index, TOTAL], columns=columns, dtype="Int64").mask(hidden)


def hide(table: Counts, min_cell: int) -> Mask:
    """Return which cells of a table with margins to hide: the small ones, then what protects them."""
    hidden = table < min_cell
    while True:
        exposed = _exposed(table, hidden, min_cell)
        if exposed is None:
            return hidden
        hidden.flat[_protector(table, hidden, exposed)] = True


def _exposed(table: Counts, hidden: Mask, min_cell: int) -> int | None:
    """Return a hidden cell whose count can be told too well, or None when there is none."""
    for line in lines((table.shape[0], table.shape[1])):
        secret = line[hidden.flat[line]]
        if len(secret) == 1:
            return int(secret[0])
    lower, upper = hidden_bounds(table, hidden, min_cell)
    width = np.where(hidden, upper - lower, np.inf)
    return int(np.argmin(width)) if width.min() < min_cell else None


def _protector(table: Counts, hidden: Mask, cell: int) -> int:
    """Return the shown cell to hide for `cell`: the smallest in its row or column, totals last."""
    sums = [set(line.tolist()) for line in lines((table.shape[0], table.shape[1]))]
    totals = {int(line[-1]) for line in lines((table.shape[0], table.shape[1]))}
    near = set().union(*(line for line in sums if cell in line))
    for candidates in (near, set(range(table.size))):
        shown = [place for place in candidates if not hidden.flat[place]]
        if shown:
            return min(shown, key=lambda place: (place in totals, table.flat[place], place))
    raise RuntimeError("every cell is hidden and one is still exposed")


def percentages(shown: "pd.DataFrame") -> "pd.DataFrame":
    """Return whole percentages of each column's total, computed from the rounded counts only.

    Parameters
    ----------
    shown
        What `suppress` returned.

    Returns
    -------
    pandas.DataFrame
        Same shape, Float64; NA where the count or its total is hidden.
    """
    total = shown.loc[TOTAL]
    return (100 * shown.astype("Float64") / total.astype("Float64")).round(0)
