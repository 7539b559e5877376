"""Responders against the others: the naive comparison, the landmark, and response as it happens."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd

from amyloid import stats
from amyloid.cohort import Cohort
from amyloid.questions.description import organ_counts

GROUPS: Final = ("no response", "response")
FEWEST: Final = 5
"""Patients of a group that is compared."""
COVARIATES: Final = {
    "heart": "Heart involved",
    "age10": "Age, per ten years",
    "male": "Male",
    "organs": "Organ systems, each one more",
}
HAZARDS: Final = ("label", "n", "events", "hazard_ratio", "lower", "upper", "p", "method", "note")
"""``method``: Cox, or Firth where all events are on one side; ``note``: why there is no ratio."""


def by_response(survival: pd.DataFrame, cohort_ids: pd.Series, response_month: pd.Series) -> pd.DataFrame:
    """Survival with the month of response beside it.

    Parameters
    ----------
    survival : DataFrame
        ``patient_id, months, event``.
    cohort_ids : Series
        Every patient, in the order of `response_month`.
    response_month : Series
        Month from which the response counts: the first, or where it must be confirmed that of the confirming
        sample; NaN for never.

    Returns
    -------
    DataFrame
        ``patient_id, months, event, response_month, group``; ``group`` (category) is who ever responded.
    """
    month = dict(zip(cohort_ids, response_month, strict=True))
    frame = survival[["patient_id", "months", "event"]].copy()
    frame["response_month"] = frame["patient_id"].map(month).astype(float)
    frame["group"] = _groups(frame["response_month"].notna())
    return frame


def _groups(responded: pd.Series) -> pd.Categorical:
    return pd.Categorical(np.where(responded, GROUPS[1], GROUPS[0]), categories=list(GROUPS))


def from_landmark(frame: pd.DataFrame, landmark: float) -> pd.DataFrame:
    """Patients still followed past the landmark, grouped by their response until then.

    Returns
    -------
    DataFrame
        ``patient_id, months, event, group``, months from the landmark; no row where nobody is followed so
        far.
    """
    if not (frame["months"] > landmark).any():
        return frame.iloc[:0][["patient_id", "months", "event", "group"]]
    entered = stats.landmark(frame["months"], frame["event"], frame["response_month"], landmark)
    rows = entered["enters"]
    return pd.DataFrame(
        {
            "patient_id": frame["patient_id"][rows],
            "months": entered["time"][rows],
            "event": entered["event"][rows].astype("int64"),
            "group": _groups(entered["status"][rows].astype(bool)),
        }
    ).reset_index(drop=True)


def hazards(frame: pd.DataFrame, landmark: float, confidence: float) -> pd.DataFrame:
    """Hazard ratio of death, responders over others, in three ways.

    Parameters
    ----------
    frame : DataFrame
        From `by_response`.
    landmark : float
        Months.
    confidence : float
        Level of the limits.

    Returns
    -------
    DataFrame
        The columns of `HAZARDS`: naive, from the landmark (p of the log-rank tests), and time-dependent (p of
        the Mantel-Byar test). ``note`` says why a row has no ratio.
    """
    rows = [
        _two_groups("Naive: ever responded, from the first dose (wrong)", frame, confidence),
        _landmark(frame, landmark, confidence),
        _as_it_happens("Time-dependent: responder from the response on", frame, confidence),
    ]
    return pd.DataFrame(rows, columns=list(HAZARDS))


def stage_ratios(frame: pd.DataFrame, confidence: float) -> pd.DataFrame:
    """Hazard ratio of death of each stage over the lowest stage of at least five patients.

    Returns
    -------
    DataFrame
        ``group, hazard_ratio, lower, upper, note``, as `amyloid.show.plots.survival` writes it beside a line.
    """
    sizes = frame["stage"].value_counts()
    levels = [str(level) for level in frame["stage"].cat.categories if sizes[level] >= FEWEST]
    rows: list[dict[str, object]] = [{"group": levels[0], "note": "reference"}] if levels else []
    for level in levels[1:]:
        own = frame[frame["stage"].isin([levels[0], level])]
        coded = own.assign(stage=(own["stage"] == level).astype(int))
        rows.append({"group": level, **_ratio(coded, "months", "stage", confidence)})
    found = pd.DataFrame(rows, columns=["group", "hazard_ratio", "lower", "upper", "note"])
    return found.assign(note=found["note"].fillna(""))


def landmark_hazard(frame: pd.DataFrame, landmark: float, confidence: float) -> pd.DataFrame:
    """Row of `hazards` on the landmark alone."""
    return pd.DataFrame([_landmark(frame, landmark, confidence)], columns=list(HAZARDS))


def _landmark(frame: pd.DataFrame, landmark: float, confidence: float) -> dict[str, object]:
    label = f"Landmark: responded by month {landmark:g}, from there"
    return _two_groups(label, from_landmark(frame, landmark), confidence)


def _two_groups(label: str, frame: pd.DataFrame, confidence: float) -> dict[str, object]:
    row = _blank(label, frame)
    row["note"] = _nothing_to_compare(frame["group"].value_counts(), int(frame["event"].sum()))
    if not row["note"]:
        coded = frame.assign(response=(frame["group"] == GROUPS[1]).astype(int))
        row |= _ratio(coded, "months", "response", confidence)
    if not row["note"]:
        row["p"] = float(stats.logrank(frame["months"], frame["event"], frame["group"])["p"].iloc[0])
    return row


def _as_it_happens(label: str, frame: pd.DataFrame, confidence: float) -> dict[str, object]:
    followed = frame[frame["months"] > 0]
    row = _blank(label, followed)
    reached = (followed["response_month"] < followed["months"]).map({True: GROUPS[1], False: GROUPS[0]})
    before = (followed["response_month"].fillna(np.inf) > 0).any()
    counts = reached.value_counts()
    if before and GROUPS[0] not in counts:
        counts[GROUPS[0]] = 1
    row["note"] = _nothing_to_compare(counts, int(followed["event"].sum()))
    if not row["note"]:
        intervals = stats.split_at_status(followed["months"], followed["event"], followed["response_month"])
        row |= _ratio(intervals, "stop", "status", confidence, entry="start")
    if not row["note"]:
        test = stats.mantel_byar(followed["months"], followed["event"], followed["response_month"])
        row["p"] = float(test["p"].iloc[0])
    return row


def _blank(label: str, frame: pd.DataFrame) -> dict[str, object]:
    numbers = dict.fromkeys(("hazard_ratio", "lower", "upper", "p"), float("nan"))
    return {
        "label": label,
        "n": len(frame),
        "events": int(frame["event"].sum()),
        **numbers,
        "method": "",
        "note": "",
    }


def _nothing_to_compare(counts: pd.Series, deaths: int) -> str:
    if counts.sum() == 0:
        return "nobody is followed so far"
    if deaths == 0:
        return "nobody died"
    missing = [name for name in GROUPS if counts.get(name, 0) == 0]
    return f"nobody is in the group “{missing[0]}”" if missing else ""


def _ratio(
    frame: pd.DataFrame, time: str, covariate: str, confidence: float, entry: str | None = None
) -> dict[str, object]:
    """Cox's ratio of one covariate; Firth's where all events are on one side; else why there is none."""
    when = frame[time][frame["event"] == 1]
    if len(when) < 2:
        return {"note": "not estimable from one death"}
    if when.nunique() == 1:
        return {"note": "not estimable: all deaths at one time"}
    for method, fit in (("Cox", stats.cox), ("Firth", stats.firth)):
        row = fit(frame, time, "event", [covariate], entry=entry, confidence=confidence).iloc[0]
        if np.isfinite([row.hazard_ratio, row.upper]).all() and row.lower > 0:
            numbers = {name: float(row[name]) for name in ("hazard_ratio", "lower", "upper", "p")}
            return {**numbers, "method": method}
    return {"note": "not estimable: alike in all who were at risk"}


def covariates(cohort_frame: pd.DataFrame, columns: list[str], confidence: float) -> pd.DataFrame:
    """Cox regression of each baseline covariate alone.

    Parameters
    ----------
    cohort_frame : DataFrame
        ``months, event`` and the covariates as numbers; missing ones leave the patient out of that row.
    columns : list of str
        The covariates.
    confidence : float
        Level of the limits.

    Returns
    -------
    DataFrame
        The columns of `HAZARDS`, ``p`` by Wald (of Firth's estimate by the penalized likelihood ratio), and
        ``p_proportional``: the test of proportional hazards.
    """
    rows = []
    for column in columns:
        known = cohort_frame[["months", "event", column]].dropna().astype(float)
        row = _blank(COVARIATES.get(column, column), known)
        row["note"] = _nothing_known(known[column], int(known["event"].sum()))
        if not row["note"]:
            row |= _ratio(known, "months", column, confidence)
        row["p_proportional"] = float("nan")
        if row["method"] == "Cox":
            test = stats.proportional_hazards(known, "months", "event", [column])
            row["p_proportional"] = float(test["p"].iloc[0])
        rows.append(row)
    return pd.DataFrame(rows, columns=[*HAZARDS, "p_proportional"])


def _nothing_known(values: pd.Series, deaths: int) -> str:
    if values.empty:
        return "not recorded"
    if values.nunique() < 2:
        return "the same in everybody"
    return "" if deaths else "nobody died"


def logrank_p(frame: pd.DataFrame, group: str) -> float:
    """Log-rank test over the groups of a column; NaN where there is one group or nobody died."""
    known = frame[frame[group].notna()]
    if known.empty or known[group].nunique() < 2 or known["event"].sum() == 0:
        return float("nan")
    return float(stats.logrank(known["months"], known["event"], known[group])["p"].iloc[0])


def with_covariates(cohort: Cohort, survival: pd.DataFrame) -> pd.DataFrame:
    """Survival with the covariates of `COVARIATES` as numbers; missing where not recorded."""
    patients = cohort.patients
    columns = pd.DataFrame(
        {
            "patient_id": patients["patient_id"],
            "heart": patients["heart"].astype("Float64"),
            "age10": patients["age"] / 10,
            "male": (patients["sex"] == "male").astype(float).where(patients["sex"].notna()),
            "organs": organ_counts(cohort).astype("Float64"),
        }
    )
    return survival[["patient_id", "months", "event"]].merge(columns, on="patient_id", validate="one_to_one")
