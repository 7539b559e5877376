"""How long responses last: relapse with death competing, remissions as intervals, time off therapy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
import pandas as pd

from amyloid.adjudication.endpoints import endpoints
from amyloid.adjudication.labs import Evidence, first_event
from amyloid.adjudication.response import Confirm
from amyloid.cohort import Cohort
from amyloid.cohort.lines import lines_of
from amyloid.questions.curves import medians, one_endpoint, survival_curve

ENDPOINTS: Final = ("duration_of_response", "time_to_next_treatment", "hematologic_pfs")
"""Endpoints of durability whose rules are counted."""

RELAPSE_CAUSES: Final[Mapping[int, str]] = {1: "relapse or progression", 2: "death without relapse"}
NEXT_CAUSES: Final[Mapping[int, str]] = {1: "next treatment", 2: "death before it"}


def by_first_cause(endpoint: pd.DataFrame) -> pd.DataFrame:
    """Divide the events of an endpoint into death (2) and everything else (1).

    Parameters
    ----------
    endpoint : DataFrame
        ``patient_id, months, event, reason`` of one endpoint.

    Returns
    -------
    DataFrame
        The same with ``cause``: 0 censored.
    """
    died = endpoint["reason"].str.startswith("death")
    cause = np.where(endpoint["event"] == 0, 0, np.where(died, 2, 1))
    return endpoint.assign(cause=cause)


def remissions(
    cohort: Cohort, follow_up: Evidence, complete: pd.DataFrame, progression: pd.DataFrame
) -> pd.DataFrame:
    """Complete remissions as intervals, from the first complete response to relapse or the last assessment.

    Parameters
    ----------
    cohort : Cohort
    follow_up : Evidence
    complete : DataFrame
        Best hematologic response, one row per patient in the cohort's order.
    progression : DataFrame
        Hematologic progression, likewise.

    Returns
    -------
    DataFrame
        ``patient_id, start, end, length, off_from, off_months, outcome, alive, death_cause``, months from
        time zero. ``outcome``: relapse, death, next treatment or ongoing (at the last hematologic
        assessment).
        ``off_from`` is the month in which the last drug stopped, missing while one is taken; ``off_months``
        is how much of the remission lies after it.

    Notes
    -----
    A remission without relapse ends with the last hematologic assessment before the next line, also when the
    patient died later: nobody saw it any longer.
    """
    chosen = (complete["category"] == "CR").to_numpy()
    start = complete["month"].to_numpy(float)
    relapse = np.where(progression["month"] > start, progression["month"], np.inf).astype(float)
    death = first_event(cohort, "death")
    next_line = lines_of(cohort).next
    end = np.minimum(relapse, np.minimum(last_assessments(follow_up), next_line))
    relapsed = np.isfinite(relapse) & (relapse <= end)
    outcome = np.select(
        [relapsed, np.isfinite(next_line), np.isfinite(death)],
        ["relapse", "next treatment", "death"],
        "ongoing",
    )
    frame = pd.DataFrame(
        {
            "patient_id": cohort.patients["patient_id"].to_numpy(),
            "start": start,
            "end": np.maximum(end, np.where(np.isnan(start), 0, start)),
            "outcome": outcome,
            "alive": ~np.isfinite(death),
            "death_cause": causes_of_death(cohort),
        }
    )
    frame["off_from"] = stopped(cohort, frame["end"])
    frame["length"] = frame["end"] - frame["start"]
    off = frame["end"] - np.fmax(frame["off_from"], frame["start"])
    frame["off_months"] = off.where(frame["off_from"].notna() & (off > 0), 0.0)
    return frame[chosen].reset_index(drop=True)


def last_assessments(follow_up: Evidence) -> np.ndarray:
    """Month of the last visit of each patient with free light chains or immunofixation; -inf without one."""
    known = follow_up.now.iflc.known | follow_up.now.serum_immunofixation.known
    known |= follow_up.now.urine_immunofixation.known
    last = np.full(follow_up.n_patients, -np.inf)
    np.maximum.at(last, follow_up.patient[known], follow_up.month[known])
    return last


def stopped(cohort: Cohort, until: pd.Series) -> pd.Series:
    """Month in which each patient's last drug stopped, of those begun before `until`; NaN while on one."""
    codes = cohort.treatments["patient_id"].cat.codes.to_numpy()
    begun = cohort.treatments["start_month"].fillna(0.0).to_numpy(float) < until.to_numpy(float)[codes]
    end = cohort.treatments["end_month"].fillna(np.inf).to_numpy(float)
    last = np.full(len(cohort.patients), -np.inf)
    np.maximum.at(last, codes[begun], end[begun])
    return pd.Series(np.where(np.isfinite(last), last, np.nan), index=until.index)


def causes_of_death(cohort: Cohort) -> list[str]:
    """Recorded cause of each death; ``not recorded`` where it is blank, empty for the living."""
    deaths = cohort.events[cohort.events["event"] == "death"]
    words = dict(zip(deaths["patient_id"], deaths["detail"], strict=True))
    found = []
    for patient in cohort.patients["patient_id"]:
        cause = words.get(patient, "")
        found.append(cause if isinstance(cause, str) else "not recorded")
    return found


def median_durations(
    cohort: Cohort, evidence: tuple[Evidence, Evidence], criteria: str, confirm: Confirm
) -> dict[str, float]:
    """Median duration of response under the choices that could have been made otherwise.

    Parameters
    ----------
    cohort : Cohort
    evidence : pair of Evidence
    criteria : str
        Hematologic response criteria.
    confirm : {"none", "28-days"}
        Confirmation in the main analysis; the alternative is the other value.

    Returns
    -------
    dict
        ``main, pavia, death censored, other confirmation`` to months; NaN is not reached.
    """
    other: Confirm = "28-days" if confirm == "none" else "none"
    main = _durations(cohort, evidence, criteria, confirm)
    return {
        "main": _median(main),
        "pavia": _median(_durations(cohort, evidence, criteria, confirm, "pavia-2018")),
        "death censored": _median(main.assign(event=(by_first_cause(main)["cause"] == 1).astype(int))),
        "other confirmation": _median(_durations(cohort, evidence, criteria, other)),
    }


def _durations(
    cohort: Cohort,
    evidence: tuple[Evidence, Evidence],
    criteria: str,
    confirm: Confirm,
    progression: str = "gertz-2005",
) -> pd.DataFrame:
    table = endpoints(
        cohort,
        hematologic_criteria=criteria,
        progression_criteria=progression,
        confirm=confirm,
        evidence=evidence,
    )
    return one_endpoint(table, "duration_of_response")


def _median(frame: pd.DataFrame) -> float:
    found = medians(survival_curve(frame))
    return float(found["median"].iloc[0]) if len(found) else float("nan")
