"""One table of several: files of one kind, and rows made of other columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa

from amyloid.cohort.reading.numeric import decimal_comma
from amyloid.cohort.reading.renaming import with_points
from amyloid.cohort.reading.table import Column, Table, exact_of
from amyloid.cohort.schema import TABLES


def joined(tables: Sequence[Table]) -> Table:
    """Put the rows of tables with matched columns below one another.

    Parameters
    ----------
    tables : sequence of Table
        At least one.

    Returns
    -------
    Table
        Each row knows its file and line; a column that one of them lacks is blank there.
    """
    if len(tables) == 1:
        return tables[0]
    _with_one_decimal_sign(tables)
    names = [name for name in TABLES[tables[0].name].names if any(name in table.columns for table in tables)]
    columns = {name: _stacked(name, tables) for name in names}
    sources = [(table.file, table.sheet) for table in tables]
    places = tuple(dict.fromkeys(sources))
    return replace(
        tables[0],
        all_columns=tuple(columns.values()),
        header=tuple(column.header for column in columns.values()),
        n_rows=sum(table.n_rows for table in tables),
        lines=np.concatenate(
            [np.arange(table.n_rows) + 2 if table.lines is None else table.lines for table in tables]
        ),
        columns=columns,
        places=places,
        place_of=np.repeat(
            np.array([places.index(source) for source in sources], np.int16),
            [table.n_rows for table in tables],
        ),
        decimal_comma_possible=any(table.decimal_comma_possible for table in tables),
        decimal="." if all(table.decimal == "." for table in tables) else "",
    )


def _with_one_decimal_sign(tables: Sequence[Table]) -> None:
    """Write decimal points in the tables with decimal commas, where not all have them."""
    fields = TABLES[tables[0].name].fields
    names = tuple(field.name for field in fields if field.kind in ("number", "test_value"))
    commas = [decimal_comma(table, names) for table in tables]
    for table, comma in zip(tables, commas, strict=True):
        if comma and not all(commas):
            with_points(table, ",")


def _stacked(name: str, tables: Sequence[Table]) -> Column:
    """One column of all tables; its distinct texts are those of all."""
    first = next(table.columns[name] for table in tables if name in table.columns)
    blank = pa.array([""], pa.string())
    texts: list[pa.StringArray] = []
    typed, codes, origin = [], [], []
    origins: dict[tuple[str, int], int] = {}
    for table in tables:
        column = table.columns.get(name) or Column(
            first.header, first.position, blank, np.zeros(table.n_rows, np.int8)
        )
        codes.append(column.codes.astype(np.int32) + sum(len(part) for part in texts))
        texts.append(column.dictionary)
        typed.append(column.dictionary if column.as_typed is None else column.as_typed)
        own = column.origins or ((column.header, column.position),)
        new = np.array([origins.setdefault(each, len(origins)) for each in own], np.int32)
        origin.append(new[np.zeros(table.n_rows, np.int8) if column.origin is None else column.origin])
    return replace(
        first,
        dictionary=pa.concat_arrays(texts),
        as_typed=pa.concat_arrays(typed),
        codes=np.concatenate(codes),
        origins=tuple(origins),
        origin=np.concatenate(origin),
        exact=exact_of(table.columns[name] for table in tables if name in table.columns),
    )
