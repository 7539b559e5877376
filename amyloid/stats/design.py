"""A caller's frame as the checked data of a Cox model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from amyloid.stats import checks
from amyloid.stats.checks import Bools, Floats
from amyloid.stats.partial import Design
from amyloid.stats.risk import snap


@dataclass(frozen=True)
class Columns:
    """Names of the columns with the time, the event, the entry and the patient."""

    time: str
    event: str
    entry: str | None = None
    id: str | None = None


def read_design(
    frame: pd.DataFrame, columns: Columns, covariates: Sequence[str], strata: str | Sequence[str] | None
) -> Design:
    """Check the columns and put them in arrays; times without rounding ties."""
    if isinstance(covariates, str) or not len(covariates):
        raise ValueError("covariates must name at least one column, in a list")
    if len(set(covariates)) < len(covariates):
        raise ValueError("covariates names a column twice")
    by = [strata] if isinstance(strata, str) else list(strata or ())
    require_columns(
        frame, [columns.time, columns.event, *covariates, *by, *([columns.entry] if columns.entry else [])]
    )
    time, event = (
        checks.times(frame[columns.time], columns.time),
        checks.flags(frame[columns.event], columns.event),
    )
    entry = None
    if columns.entry:
        time, entry = snap(time, checks.times(frame[columns.entry], columns.entry))
        if (entry >= time).any():
            rows = int((entry >= time).sum())
            raise ValueError(
                f"{rows} rows have {columns.entry} at or after {columns.time}; nobody is at risk there"
            )
        if columns.id:
            _intervals(frame[columns.id], entry, time, event)
    else:
        (time,) = snap(time)
    stratum = np.zeros(time.size, dtype=np.int64)
    for name in by:
        code, level = checks.levels(frame[name], name)
        stratum = stratum * len(level) + code
    matrix, names = _matrix(frame, covariates)
    return Design(matrix, names, time, event, entry, stratum)


def require_columns(frame: pd.DataFrame, names: Sequence[str]) -> None:
    """Refuse names that are no columns of the frame, or of more than one."""
    absent = [name for name in names if name not in frame.columns]
    if absent:
        raise ValueError(f"the frame has no column {', '.join(absent)}")
    again = [name for name in dict.fromkeys(names) if (frame.columns == name).sum() > 1]
    if again:
        raise ValueError(f"the frame has more than one column {', '.join(again)}")


def _intervals(patient: pd.Series, entry: Floats, time: Floats, event: Bools) -> None:
    """Refuse intervals of one patient that overlap, and an event that is not the patient's last row."""
    code, _ = checks.levels(patient, "id")
    order = np.lexsort((entry, code))
    same = code[order][1:] == code[order][:-1]
    if (same & (entry[order][1:] < time[order][:-1])).any():
        raise ValueError("intervals of one patient overlap")
    if (same & event[order][:-1]).any():
        raise ValueError("a patient has an interval after the event")


def _matrix(frame: pd.DataFrame, covariates: Sequence[str]) -> tuple[Floats, list[str]]:
    """Covariates as numbers: text and categories as one 0/1 column per level after the first."""
    columns, names = [], []
    for name in covariates:
        column = frame[name]
        if pd.api.types.is_numeric_dtype(column.dtype):
            columns.append(checks.finite(column, name))
            names.append(name)
            continue
        code, level = checks.levels(column, name)
        for position in range(1, len(level)):
            columns.append((code == position).astype(float))
            names.append(f"{name}[{level[position]}]")
    if not columns:
        return np.zeros((len(frame), 0)), names
    return np.column_stack(columns), names
