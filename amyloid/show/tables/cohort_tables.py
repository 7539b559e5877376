"""Tables on who is in the cohort: Table 1, patient listing, cross-tabulation, parameters, claims."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from great_tables import GT

from amyloid.show.tables import text
from amyloid.show.tables.style import table

LISTED = 100
"""Rows of a listing; more are left out of the page."""
_MOST_DECIMALS = 3


def table_one(
    cells: pd.DataFrame,
    *,
    title: str,
    name: str = "table-one",
    notes: Sequence[str] = (),
    synthetic: bool | str = False,
) -> GT:
    """Draw Table 1: overall and by group, with missing rows and standardized differences.

    Parameters
    ----------
    cells : DataFrame
        One row per line and column of the table, as `characteristics.characteristics` gives:
        `variable, level, group, kind, n, denominator, missing, median, q1, q3, low, high, difference`;
        `attrs` may name the direction of the difference.
    title, name : str
        Title; name behind the HTML ids.
    notes : sequence of str
        Footnotes.
    synthetic : bool
        Whether the stamp closes the table.

    Returns
    -------
    GT
    """
    columns = list(dict.fromkeys(cells["group"]))
    rows = []
    for (variable, level), part in cells.groupby(["variable", "level"], sort=False, dropna=False):
        row: dict[str, object] = {"variable": variable, "level": level or ""}
        for record in part.to_dict("records"):
            row[record["group"]] = _characteristic(record)
        gap = part["difference"].dropna()
        row["difference"] = text.number(float(gap.iloc[0]), 2) if len(gap) else ""
        rows.append(row)
    frame = pd.DataFrame(rows, columns=["variable", "level", *columns, "difference"])
    frame = frame.drop(columns="difference") if (frame["difference"] == "").all() else frame
    kept = [
        *notes,
        "Numbers are n (%) of those known, or median (quartiles; range).",
        "A value printed as below or above a limit counts as the limit.",
    ]
    direction = cells.attrs.get("difference", "between the groups")
    difference = f"Difference: standardized difference, {direction}; of categories without a sign."
    kept += [difference] if "difference" in frame else []
    return table(
        frame,
        title=title,
        name=name,
        stub="level",
        groups="variable",
        notes=kept,
        synthetic=synthetic,
        labels={"difference": "Difference"},
    )


def _characteristic(record: Mapping[Any, Any]) -> str | None:
    kind = record["kind"]
    if kind == "missing":
        return f"{int(str(record['missing'])):,}"
    if kind == "number":
        values = [float(record[key]) for key in ("median", "q1", "q3", "low", "high")]
        decimals = _decimals(values[0])
        median, q1, q3, low, high = (text.number(value, decimals, "–") for value in values)
        return None if median == "–" else f"{median} ({q1} to {q3}; {low} to {high})"
    n, total = int(record["n"]), int(record["denominator"])
    return f"{n:,} ({text.percent(n / total)})" if total else "–"


def _decimals(median: float) -> int:
    """Decimals that give a median two significant digits, three at the most."""
    if not math.isfinite(median) or median == 0:
        return 0
    return min(max(1 - math.floor(math.log10(abs(median))), 0), _MOST_DECIMALS)


def crosstab(
    counts: pd.DataFrame,
    *,
    title: str,
    name: str,
    corner: str = "",
    notes: Sequence[str] = (),
    synthetic: bool | str = False,
    labels: Mapping[str, str] | None = None,
) -> GT:
    """Draw a table of counts.

    Parameters
    ----------
    counts : DataFrame
        Whole numbers or finished text; the index names the rows, the columns the columns. Margins are
        drawn as given; a row called "Total" is set in bold.
    title, name : str
        Title; name behind the HTML ids.
    corner : str
        What the rows are, written over the row names.
    notes : sequence of str
        Footnotes.
    synthetic : bool
        Whether the stamp closes the table.
    labels : Mapping, optional
        Column to its heading.

    Returns
    -------
    GT
    """
    frame = counts.rename(columns=str).reset_index(names="row_name")
    frame["row_name"] = frame["row_name"].astype(str)
    total = [place for place, label in enumerate(frame["row_name"]) if label == "Total"]
    return table(
        frame,
        title=title,
        name=name,
        stub="row_name",
        marked=total,
        notes=notes,
        synthetic=synthetic,
        labels={"row_name": corner, **(labels or {})},
        numeric=list(map(str, counts.columns)),
    )


def listing(
    frame: pd.DataFrame,
    *,
    title: str,
    name: str,
    labels: Mapping[str, str] | None = None,
    notes: Sequence[str] = (),
    digits: int = 1,
    most: int = LISTED,
    rest: str = "",
    synthetic: bool | str = False,
) -> GT:
    """List patients, one row each, the first column naming the row.

    Parameters
    ----------
    frame : DataFrame
        What is listed; numbers get `digits` decimals, unless they are whole.
    title, name : str
        Title; name behind the HTML ids.
    labels : Mapping, optional
        Column to its heading.
    notes : sequence of str
        Footnotes.
    digits : int
        Decimals of numbers.
    most : int
        Rows beyond this many are left out, and a note says so.
    rest : str
        What follows in that note: where all rows are.
    synthetic : bool
        Whether the stamp closes the table.

    Returns
    -------
    GT
    """
    shown = frame.head(most).copy()
    numeric = [str(c) for c in shown.columns if pd.api.types.is_float_dtype(shown[c])]
    for column in numeric:
        shown[column] = [None if pd.isna(v) else text.number(float(v), digits) for v in shown[column]]
    left_out = len(frame) > most
    more = [f"The first {most:,} of {len(frame):,} rows. {rest}".strip()] if left_out else []
    first = str(shown.columns[0]) if len(shown.columns) > 1 else None
    return table(
        shown,
        title=title,
        name=name,
        stub=first,
        labels=labels,
        notes=[*more, *notes],
        numeric=[c for c in numeric if c != first],
        synthetic=synthetic,
    )


def parameters_table(
    frame: pd.DataFrame,
    *,
    title: str = "Parameters of this run",
    name: str = "parameters",
    notes: Sequence[str] = (),
) -> GT:
    """Draw the parameters; those that differ from their default are bold and marked.

    Parameters
    ----------
    frame : DataFrame
        `parameter, value, default, meaning`.
    title, name : str
        Title; name behind the HTML ids.
    notes : sequence of str
        Footnotes.

    Returns
    -------
    GT
    """
    changed = (frame["value"].astype(str) != frame["default"].astype(str)).to_numpy(bool)
    shown = frame.assign(changed=["changed" if flag else "" for flag in changed])
    said = (
        f"{int(changed.sum())} of {len(frame)} parameters differ from their default."
        if changed.any()
        else ("All parameters have their default.")
    )
    return table(
        shown,
        title=title,
        name=name,
        stub="parameter",
        marked=[int(i) for i in changed.nonzero()[0]],
        notes=[said, *notes],
        labels={
            "parameter": "Parameter",
            "value": "Value",
            "default": "Default",
            "meaning": "Meaning",
            "changed": "",
        },
    )


def claims_table(
    frame: pd.DataFrame,
    *,
    title: str = "Published against computed",
    name: str = "claims",
    notes: Sequence[str] = (),
    synthetic: bool | str = False,
) -> GT:
    """Draw what was published beside what was computed.

    Parameters
    ----------
    frame : DataFrame
        `id, quantity, published, computed, agrees`, and optionally `unit`, `count`, `denominator`, `note`.
    title, name : str
        Title; name behind the HTML ids.
    notes : sequence of str
        Footnotes.
    synthetic : bool
        Whether the stamp closes the table.

    Returns
    -------
    GT
        Rows that do not agree are bold and say so in words.
    """
    keep = [
        c
        for c in ("id", "quantity", "published", "computed", "unit", "count", "denominator", "agrees", "note")
        if c in frame.columns
    ]
    agrees = frame["agrees"].astype(bool).to_numpy()
    shown = frame[keep].assign(agrees=["agrees" if flag else "differs" for flag in agrees])
    for column in ("published", "computed", "count", "denominator"):
        if column in shown:
            shown[column] = [_plain(value) for value in shown[column]]
    empty = [
        c
        for c in ("unit", "count", "denominator", "note")
        if c in shown and (shown[c].isna() | (shown[c] == "")).all()
    ]
    if "note" in shown:
        shown["note"] = shown["note"].fillna("")
    said = f"{int(agrees.sum())} of {len(frame)} published numbers are met."
    return table(
        shown.drop(columns=empty),
        title=title,
        name=name,
        stub="id",
        notes=[said, *notes],
        synthetic=synthetic,
        marked=[place for place, flag in enumerate(agrees) if not flag],
        numeric=[
            c for c in ("published", "computed", "count", "denominator") if c in shown and c not in empty
        ],
        labels={
            "id": "Claim",
            "quantity": "Quantity",
            "published": "Published",
            "computed": "Computed",
            "unit": "Unit",
            "count": "Count",
            "denominator": "Of",
            "agrees": "",
            "note": "Note",
        },
    )


def _plain(value: object) -> str | None:
    if value is None or value is pd.NA or (isinstance(value, float) and value != value):
        return None
    if isinstance(value, float) and value == int(value):
        return f"{int(value):,}"
    return f"{value:.4g}" if isinstance(value, float) else str(value)
