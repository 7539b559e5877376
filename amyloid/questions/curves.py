"""Curves and courses on any cohort: an empty frame, in the right shape, where nobody has the endpoint."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd

from amyloid import stats


def records(frame: pd.DataFrame) -> Iterator[Any]:
    """Rows of a frame as named tuples."""
    yield from frame.itertuples()


SCALES: Final = ("log-log", "log", "plain")
"""Scales of the limits of a survival curve."""

FEWEST: Final = 5
"""Patients behind a median over courses."""
COURSE_MONTHS: Final = (0, 1, 2, 3, 6, 9, 12, 18, 24, 30, 36, 48, 60, 72, 84, 96, 108, 120)
EVENT_MARKS: Final = {
    "next_treatment": "next treatment",
    "stem_cell_transplant": "transplant",
    "heart_transplant": "transplant",
    "kidney_transplant": "transplant",
    "dialysis": "dialysis",
}


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


def by_cause(times: pd.DataFrame, causes: Mapping[int, str]) -> list[tuple[str, int]]:
    """How many had each cause first, by its name."""
    return [(name, int((times["cause"] == cause).sum())) for cause, name in causes.items()]


def course_medians(visits: pd.DataFrame, value: str, by: str | None = None) -> pd.DataFrame:
    """Median of a value over time, for a figure of many courses.

    Parameters
    ----------
    visits : DataFrame
        ``patient_id, month``, the value and the column `by`.
    value : str
        Which value; of a patient the one nearest to each month of `COURSE_MONTHS` counts.
    by : str, optional
        Column of the groups.

    Returns
    -------
    DataFrame
        `by`, ``month, median``, where at least five patients have a value.
    """
    months = np.array(COURSE_MONTHS, dtype=float)
    known = visits.dropna(subset=["month", value])
    place = np.abs(known["month"].to_numpy(float)[:, None] - months).argmin(axis=1)
    known = known.assign(target=months[place])
    known = known.assign(away=(known["month"] - known["target"]).abs()).sort_values("away", kind="stable")
    nearest = known.drop_duplicates(["patient_id", "target"])
    keys = [*([by] if by else []), "target"]
    found = nearest.groupby(keys, observed=True)[value].agg(["median", "size"]).reset_index()
    found = found[found["size"] >= FEWEST].drop(columns="size")
    return found.rename(columns={"target": "month"}).reset_index(drop=True)


def swimmer_marks(
    responses: pd.DataFrame, events: pd.DataFrame, progressions: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Put responses, progressions and events into the shape that `amyloid.show.plots.swimmer` draws.

    Parameters
    ----------
    responses : DataFrame
        ``patient_id, category, month``: one hematologic criteria set.
    events : DataFrame
        The cohort's events: ``patient_id, month, event``.
    progressions : DataFrame, optional
        ``patient_id, category, month`` with category "progression".

    Returns
    -------
    DataFrame
        ``patient_id, month, mark``.
    """
    depth = responses[responses["category"].astype(str).isin(["CR", "VGPR", "PR", "MR"])]
    parts = [depth.assign(mark=depth["category"].astype(str))]
    if progressions is not None:
        relapses = progressions[progressions["category"].astype(str) == "progression"]
        parts.append(relapses.assign(mark="relapse"))
    known = events[events["event"].astype(str).isin(list(EVENT_MARKS))]
    parts.append(known.assign(mark=known["event"].astype(str).map(EVENT_MARKS)))
    columns = [part[["patient_id", "month", "mark"]].astype({"patient_id": str}) for part in parts]
    return pd.concat(columns, ignore_index=True).dropna(subset="month")
