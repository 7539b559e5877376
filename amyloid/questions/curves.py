"""Curves of endpoints on any cohort: an empty frame, in the right shape, where nobody has the endpoint."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

import pandas as pd

from amyloid import stats


def records(frame: pd.DataFrame) -> Iterator[Any]:
    """Rows of a frame as named tuples."""
    yield from frame.itertuples()


SCALES: Final = ("log-log", "log", "plain")
"""Scales of the limits of a survival curve."""


def one_endpoint(endpoints: pd.DataFrame, name: str) -> pd.DataFrame:
    """Rows of one endpoint, for the patients to whom it applies.

    Parameters
    ----------
    endpoints : DataFrame
        From `amyloid.adjudication.endpoints.endpoints`.
    name : str
        Such as ``overall_survival``.

    Returns
    -------
    DataFrame
        ``patient_id, months, event, reason``; ``event`` is 0 or 1.
    """
    rows = endpoints[(endpoints["endpoint"] == name) & endpoints["months"].notna()]
    return rows.drop(columns="endpoint").astype({"event": "int64"}).reset_index(drop=True)


def without_limits(curve: pd.DataFrame) -> pd.DataFrame:
    """Same curve without its limits, for figures of many groups; the limits then stand in a table."""
    return curve.assign(lower=float("nan"), upper=float("nan"))


def milestones(curve: pd.DataFrame, times: Sequence[float]) -> pd.DataFrame:
    """Survival at chosen months.

    While nobody, or once everybody, has had the event there are no limits, on whatever scale.
    """
    found = stats.survival_at(curve, list(times))
    found.loc[found["survival"].isin([0.0, 1.0]), ["lower", "upper"]] = float("nan")
    return found


def incidence_milestones(curve: pd.DataFrame, times: Sequence[float], cause: int = 1) -> pd.DataFrame:
    """Cumulative incidence of one cause at chosen months, where somebody is still followed."""
    found = stats.incidence_at(curve, list(times))
    found.loc[found["incidence"].isin([0.0, 1.0]), ["lower", "upper"]] = float("nan")
    return found[(found["cause"] == cause) & found["incidence"].notna()].reset_index(drop=True)
