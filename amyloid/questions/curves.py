"""Curves, courses and hazards of any cohort: an empty frame, in the right shape, where nobody is followed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd

from amyloid import stats
from amyloid.cohort import Cohort
from amyloid.questions import names
from amyloid.questions.description import organ_counts


def records(frame: pd.DataFrame) -> Iterator[Any]:
    """Rows of a frame as named tuples."""
    yield from frame.itertuples()


SCALES: Final = ("log-log", "log", "plain")
"""Scales of the limits of a survival curve."""

FEWEST: Final = 5
"""Patients behind a median over courses, and of a group that is compared."""
COURSE_MONTHS: Final = (0, 1, 2, 3, 6, 9, 12, 18, 24, 30, 36, 48, 60, 72, 84, 96, 108, 120)
EVENT_MARKS: Final[Mapping[str, str]] = names("event_marks")
GROUPS: Final = ("no response", "response")
COVARIATES: Final[Mapping[str, str]] = names("covariates")
HAZARDS: Final = ("label", "n", "events", "hazard_ratio", "lower", "upper", "p", "method", "note")
"""``method``: Cox, or Firth where all events are on one side; ``note``: why there is no ratio."""


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


def courses(visits: pd.DataFrame, judged: pd.DataFrame, value: str) -> pd.DataFrame:
    """Visits with a value, of the patients who can be judged: ``patient_id, month``, it and ``response``."""
    response = dict(zip(judged["patient_id"], judged["category"].astype(str), strict=True))
    frame = visits.assign(response=visits["patient_id"].astype(str).map(response)).dropna(subset=[value])
    frame = frame[frame["response"] != "NE"].astype({"patient_id": str}).reset_index(drop=True)
    return frame[["patient_id", "month", value, "response"]]


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


# -- responders against the others: naive, from a landmark, and as it happens ------------------------------


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
    row: dict[str, object] = dict.fromkeys(HAZARDS, float("nan"))
    events = int(frame["event"].sum())
    return row | {"label": label, "n": len(frame), "events": events, "method": "", "note": ""}


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
