"""The cells of Table 1: counts and quartiles of each trait, with denominator and missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

_NUMBERS = ("median", "q1", "q3", "low", "high")


def characteristics(
    frame: pd.DataFrame, variables: Mapping[str, str], *, by: str | None = None, overall: str = "All"
) -> pd.DataFrame:
    """Summarize traits overall and by group.

    Parameters
    ----------
    frame : DataFrame
        One row per patient.
    variables : Mapping
        Column to its name in the table, in order. Numbers give median, quartiles and range; yes/no
        columns the count of yes; text and categories one line per level.
    by : str, optional
        Column of groups, in category order or as they appear. With two groups each variable carries its
        standardized difference.
    overall : str
        Name of the column over all patients.

    Returns
    -------
    DataFrame
        `variable, level, group, kind` (count, number, missing), `n, denominator, missing, median, q1, q3,
        low, high, difference`. Denominators count those known. A line "missing" is there for each variable
        that lacks a value in anybody. The difference stands on the first line of each variable;
        `attrs` names its direction, such as "original minus extension".

    Raises
    ------
    KeyError
        When a column is not there.
    """
    levels: list[object] = []
    groups = {f"{overall} (n = {len(frame):,})": frame}
    if by is not None:
        names = frame[by].dropna()
        levels = (
            list(names.cat.categories)
            if isinstance(names.dtype, pd.CategoricalDtype)
            else list(names.unique())
        )
        for level in levels:
            part = frame[frame[by] == level]
            groups[f"{level} (n = {len(part):,})"] = part
    rows: list[dict[str, object]] = []
    for column, name in variables.items():
        lines = _lines(frame[column])
        gap = _difference(frame, column, by, levels)
        for place, (level, kind) in enumerate(lines):
            for group, part in groups.items():
                cell = _cell(part[column], level, kind)
                rows.append({"variable": name, "level": level, "group": group, "kind": kind, **cell,
                             "difference": gap if place == 0 else np.nan})  # fmt: skip
    columns = ["variable", "level", "group", "kind", "n", "denominator", "missing", *_NUMBERS, "difference"]
    table = pd.DataFrame(rows, columns=columns).astype({"n": "Int64"})
    if len(levels) == 2:
        table.attrs["difference"] = f"{levels[0]} minus {levels[1]}"
    return table


def _lines(values: pd.Series) -> list[tuple[str, str]]:
    """Levels of the table for one variable, and what each line shows."""
    if pd.api.types.is_bool_dtype(values.dtype):
        lines = [("yes", "count")]
    elif pd.api.types.is_numeric_dtype(values.dtype):
        lines = [("median (quartiles; range)", "number")]
    elif isinstance(values.dtype, pd.CategoricalDtype):
        lines = [(str(level), "count") for level in values.cat.categories]
    else:
        lines = [(str(level), "count") for level in sorted(values.dropna().unique(), key=str)]
    return lines + ([("missing", "missing")] if values.isna().any() or not lines else [])


def _cell(values: pd.Series, level: str, kind: str) -> dict[str, object]:
    known = values.dropna()
    cell: dict[str, object] = {"n": None, "denominator": len(known), "missing": len(values) - len(known)}
    cell |= dict.fromkeys(_NUMBERS, np.nan)
    if kind == "count":
        yes = known.astype(bool) if pd.api.types.is_bool_dtype(known.dtype) else known.astype(str) == level
        cell["n"] = int(yes.sum())
    elif kind == "number" and len(known):
        quantiles = np.quantile(known.to_numpy(float), [0.5, 0.25, 0.75, 0.0, 1.0])
        cell |= dict(zip(_NUMBERS, map(float, quantiles), strict=True))
    return cell


def _difference(frame: pd.DataFrame, column: str, by: str | None, levels: Sequence[object]) -> float:
    """Standardized difference, first level minus second; NaN unless there are two and it can be computed."""
    from amyloid.stats import standardized_difference

    if by is None:
        return float("nan")
    known = frame[[column, by]].dropna()
    if known[by].nunique() != 2 or known[by].value_counts().min() < 2:
        return float("nan")
    values = known[column]
    if isinstance(values.dtype, pd.CategoricalDtype) or values.dtype == object:
        values = values.astype(str)
    elif pd.api.types.is_bool_dtype(values.dtype):
        values = values.astype(bool)
    else:
        values = values.astype(float)
    groups = pd.Categorical(known[by].astype(object), categories=list(levels))
    return float(standardized_difference(values, groups)["difference"].iloc[0])
