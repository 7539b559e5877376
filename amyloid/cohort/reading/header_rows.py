"""Where the column names of a table stand: in row 1, further down, or in two rows that belong together."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence

Row = Sequence[str]
LOOKED_AT = 20


def find_header(rows: Sequence[Row], knows: Callable[[str], bool]) -> tuple[int, ...]:
    """Find the row of the column names, or the two rows of them.

    Parameters
    ----------
    rows : sequence of rows of texts
        The first rows of the table.
    knows : callable
        Whether a cell is the name of a column, or one that other systems use.

    Returns
    -------
    tuple of int
        Row numbers from 1: (1,) for an ordinary table; (1,) too where nothing looks like a header.
    """
    rows = rows[:LOOKED_AT]
    scores = [sum(knows(cell) for cell in row) for row in rows]
    best = max(
        range(len(rows)), key=lambda number: (scores[number] > 1, number == 0, scores[number]), default=0
    )
    if best == 0 and len(rows) > 1 and _groups(rows[0], rows[1]):
        return 1, 2
    if best > 0 and _groups(rows[best - 1], rows[best]):
        return best, best + 1
    return (best + 1,)


def _groups(upper: Row, lower: Row) -> bool:
    """Whether a row holds names of groups of columns, and the one below it the columns of each group."""
    names = [cell.strip().casefold() for cell in lower if cell.strip()]
    repeated = [name for name, count in Counter(names).items() if count > 1]
    if not names or not repeated or any(re.fullmatch(r"[<>]?\s*[\d.,:/ -]+%?", name) for name in names):
        return False
    beside = [
        upper[number].strip() if number < len(upper) else ""
        for number, name in enumerate(lower)
        if name.strip().casefold() in repeated
    ]
    return any(beside) and not all(beside)


def header_of_rows(rows: Sequence[Row], merged: Sequence[tuple[int, int]] = ()) -> tuple[str, ...]:
    """Column names of one or two header rows.

    Parameters
    ----------
    rows : sequence of one or two rows
    merged : sequence of (int, int)
        First and last column of the merged cells of the upper row, where they are known.

    Returns
    -------
    tuple of str
        A name that comes once stands alone; one that comes again has its group before it.
    """
    if len(rows) == 1:
        return tuple(rows[0])
    upper, lower = (list(row) + [""] * (max(map(len, rows)) - len(row)) for row in rows)
    counts = Counter(cell.strip().casefold() for cell in lower)
    names, group, until = [], "", -1
    for number, (above, below) in enumerate(zip(upper, lower, strict=True)):
        if above.strip():
            group = above.strip()
            until = next((last for first, last in merged if first == number), -1)
        elif merged and number > until:
            group = ""
        if not below.strip():
            names.append(above.strip())
            group = ""
        elif group and counts[below.strip().casefold()] > 1:
            names.append(f"{group} {below.strip()}")
        else:
            names.append(below.strip())
    return tuple(names)
