"""Curves of endpoints on any cohort: an empty frame, in the right shape, where nobody has the endpoint."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

import pandas as pd

from amyloid import stats


def records(frame: pd.DataFrame) -> Iterator[Any]:
    """Rows of a frame as named tuples."""
    yield from frame.itertuples()


CURVE: Final = ("group", "time", "at_risk", "events", "censored", "survival", "lower", "upper")
INCIDENCE: Final = ("group", "cause", "time", "at_risk", "incidence", "lower", "upper")
SCALES: Final = ("log-log", "log", "plain")
"""Scales of the limits of a survival curve."""

MEDIAN: Final = ("group", "median", "lower", "upper")


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


def survival_curve(
    frame: pd.DataFrame, group: str | None = None, confidence: float = 0.95, interval: str = "log-log"
) -> pd.DataFrame:
    """Kaplan-Meier curve of ``months`` and ``event``; no row where nobody has the endpoint.

    Parameters
    ----------
    frame : DataFrame
        ``months, event`` and the group's column.
    group : str, optional
        Column; patients without a group are left out.
    confidence : float
        Level of the limits.
    interval : {"log-log", "log", "plain"}
        Scale of the limits.

    Returns
    -------
    DataFrame
        As `amyloid.stats.kaplan_meier`.
    """
    known = frame if group is None else frame[frame[group].notna()]
    if known.empty:
        return pd.DataFrame({name: pd.Series(dtype="float64") for name in CURVE})
    groups = None if group is None else known[group]
    return stats.kaplan_meier(
        known["months"], known["event"], groups, confidence=confidence, interval=interval
    )


def without_limits(curve: pd.DataFrame) -> pd.DataFrame:
    """Same curve without its limits, for figures of many groups; the limits then stand in a table."""
    return curve.assign(lower=float("nan"), upper=float("nan"))


def medians(curve: pd.DataFrame) -> pd.DataFrame:
    """Median of each group of a curve; no row for an empty curve."""
    if curve.empty:
        return pd.DataFrame({name: pd.Series(dtype="float64") for name in MEDIAN})
    return stats.median_survival(curve)


def milestones(curve: pd.DataFrame, times: Sequence[float]) -> pd.DataFrame:
    """Survival at chosen months; no row for an empty curve.

    While nobody, or once everybody, has had the event there are no limits, on whatever scale.
    """
    if curve.empty:
        return pd.DataFrame(columns=["group", "time", "at_risk", "survival", "lower", "upper"])
    found = stats.survival_at(curve, list(times))
    found.loc[found["survival"].isin([0.0, 1.0]), ["lower", "upper"]] = float("nan")
    return found


def incidence_curve(frame: pd.DataFrame, group: str | None = None, confidence: float = 0.95) -> pd.DataFrame:
    """Cumulative incidence of ``months`` and ``cause`` (0 is censored); no row where there is nobody.

    Returns
    -------
    DataFrame
        As `amyloid.stats.cumulative_incidence`.
    """
    known = frame if group is None else frame[frame[group].notna()]
    if known.empty:
        return pd.DataFrame({name: pd.Series(dtype="float64") for name in INCIDENCE})
    groups = None if group is None else known[group]
    return stats.cumulative_incidence(known["months"], known["cause"], groups, confidence=confidence)


def incidence_milestones(curve: pd.DataFrame, times: Sequence[float], cause: int = 1) -> pd.DataFrame:
    """Cumulative incidence of one cause at chosen months, where somebody is still followed."""
    if curve.empty:
        return pd.DataFrame(columns=list(INCIDENCE))
    found = stats.incidence_at(curve, list(times))
    found.loc[found["incidence"].isin([0.0, 1.0]), ["lower", "upper"]] = float("nan")
    return found[(found["cause"] == cause) & found["incidence"].notna()].reset_index(drop=True)
