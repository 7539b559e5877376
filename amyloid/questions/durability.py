"""Notebook 03, how long responses last: its frames, and what its sentences (03_durability.md) name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
import pandas as pd

from amyloid import stats
from amyloid.adjudication.endpoints import endpoints
from amyloid.adjudication.labs import Evidence, first_event
from amyloid.adjudication.response import Confirm
from amyloid.cohort import Cohort
from amyloid.cohort.lines import lines_of
from amyloid.questions import names
from amyloid.questions.curves import by_cause, incidence_milestones, milestones, one_endpoint, records
from amyloid.questions.study import Study
from amyloid.questions.words import Told, plain, tallied

ENDPOINTS: Final[Mapping[str, str]] = names("durability")
"""Endpoints of durability whose rules are counted, in words."""

MONTHS: Final = (6, 12, 24)
"""Months after the first response at which relapse is read."""

FEW_DOSES: Final = range(2, 7)
"""Dose levels of a drug that can be told apart as shades of a lane."""

RELAPSE_CAUSES: Final[Mapping[int, str]] = {1: "relapse or progression", 2: "death without relapse"}
NEXT_CAUSES: Final[Mapping[int, str]] = {1: "next treatment", 2: "death before it"}


def by_first_cause(endpoint: pd.DataFrame) -> pd.DataFrame:
    """Divide the events of an endpoint into death (2) and everything else (1).

    Parameters
    ----------
    endpoint : DataFrame
        ``patient_id, months, event, event_code`` of one endpoint.

    Returns
    -------
    DataFrame
        The same with ``cause``: 0 censored.
    """
    cause = np.where(endpoint["event"] == 0, 0, np.where(endpoint["event_code"] == "death", 2, 1))
    return endpoint.assign(cause=cause)


def remissions(study: Study, complete: pd.DataFrame, progression: pd.DataFrame) -> pd.DataFrame:
    """Complete remissions as intervals, from the first complete response to relapse or the last assessment.

    Parameters
    ----------
    study : Study
    complete, progression : DataFrame
        Best hematologic response, and hematologic progression; from `Study.judge`.

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
    cohort, follow_up = study.cohort, study.evidence[0]
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
    details = deaths["detail"].astype(object).fillna("not recorded")
    causes = dict(zip(deaths["patient_id"], details, strict=True))
    return [causes.get(patient, "") for patient in cohort.patients["patient_id"]]


def median_durations(study: Study) -> dict[str, float]:
    """Median duration of response under the choices that could have been made otherwise.

    Returns
    -------
    dict
        ``main, pavia, death_censored, confirmed`` to months; NaN is not reached. The last is by the other
        way of confirming a response.
    """
    other: Confirm = "28-days" if study.confirm == "none" else "none"
    main = study.endpoint("duration_of_response")
    return {
        "main": _median(main),
        "pavia": _median(_durations(study, study.confirm, "pavia-2018")),
        "death_censored": _median(main.assign(event=(by_first_cause(main)["cause"] == 1).astype(int))),
        "confirmed": _median(_durations(study, other)),
    }


def _durations(study: Study, confirm: Confirm, progression: str = "gertz-2005") -> pd.DataFrame:
    table = endpoints(
        study.cohort,
        hematologic_criteria=study.hematologic_criteria,
        progression_criteria=progression,
        confirm=confirm,
        evidence=study.evidence,
    )
    return one_endpoint(table, "duration_of_response")


def _median(frame: pd.DataFrame) -> float:
    found = stats.median_survival(stats.kaplan_meier(frame["months"], frame["event"]))
    return float(found["median"].iloc[0]) if len(found) else float("nan")


def rules_in_words(counts: pd.Series) -> pd.DataFrame:
    """Counts of ``endpoint, event_code`` as a table: ``endpoint, what, patients``, commonest first."""
    frame = counts.rename("patients").reset_index()
    code = frame["event_code"].str.replace("-", " ").str.replace("censored ", "censored: ")
    endpoint = pd.Categorical(frame["endpoint"].map(ENDPOINTS), list(ENDPOINTS.values()))
    said = pd.DataFrame({"endpoint": endpoint, "what": code, "patients": frame["patients"]})
    ordered = said.sort_values(["endpoint", "patients"], ascending=[True, False], kind="stable")
    return ordered.astype({"endpoint": object}).reset_index(drop=True)


def first_grades(first_months: pd.DataFrame) -> pd.DataFrame:
    """First visit of each grade as rows; a grade passed over on the way to a better one at once is left out.

    Parameters
    ----------
    first_months : DataFrame
        From `Study.first_months`: ``patient_id`` and a column per grade, best first.

    Returns
    -------
    DataFrame
        ``patient_id, category, month``.
    """
    grades = [column for column in first_months.columns if column != "patient_id"]
    parts = []
    for place, grade in enumerate(grades):
        better = first_months[grades[:place]].min(axis=1).fillna(np.inf) if place else np.inf
        own = first_months[first_months[grade] < better]
        parts.append(pd.DataFrame({"patient_id": own["patient_id"], "category": grade, "month": own[grade]}))
    return pd.concat(parts, ignore_index=True)


def shaded_drug(study: Study) -> str:
    """The drug given to most patients, where its doses can be told apart as shades; else none."""
    if not study.drugs:
        return ""
    treatments = study.cohort.treatments
    doses = treatments.loc[treatments["drug"] == study.drugs[0], "dose_mg"].dropna().nunique()
    return study.drugs[0] if doses in FEW_DOSES else ""


def off_therapy(frame: pd.DataFrame) -> pd.DataFrame:
    """Remissions that go on, in the living, after the last drug was stopped."""
    return frame[(frame["outcome"] == "ongoing") & frame["alive"] & (frame["off_months"] > 0)]


def listed(study: Study, frame: pd.DataFrame) -> pd.DataFrame:
    """Complete responders as a table, in the order of their response."""
    ordered = frame.sort_values("start", kind="stable")
    return pd.DataFrame(
        {
            "Patient": ordered["patient_id"],
            "Complete from month": ordered["start"].astype(float),
            "Remission, months": ordered["length"].astype(float),
            "Drugs stopped at month": ordered["off_from"].astype(float),
            "Off therapy, months": ordered["off_months"].astype(float) if study.drugs else np.nan,
            "Remission": ordered["outcome"].replace({"death": "until last assessment; died later"}),
            "Patient now": [
                f"died: {plain(cause)}" if not alive else "alive"
                for alive, cause in zip(ordered["alive"], ordered["death_cause"], strict=True)
            ],
        }
    )


# -- what the sentences name --------------------------------------------------------------------------------


def tell_answer(study: Study, frame: pd.DataFrame, found: pd.DataFrame, *others: pd.DataFrame) -> Told:
    """What became of the complete responders, the first of the others."""
    return {"cr": tell_complete(study, others[0])}


tell_results = tell_answer


def tell_relapse(study: Study, frame: pd.DataFrame, curve: pd.DataFrame, naive: pd.DataFrame) -> Told:
    """Relapse with death competing, beside the naive estimate at the last month that is read."""
    at = list(records(incidence_milestones(curve, MONTHS)))
    wrong = milestones(naive, [at[-1].time])["survival"].dropna().tolist() if at else []
    return {
        "counts": by_cause(frame, RELAPSE_CAUSES),
        "at": at,
        "naive": 1 - wrong[0] if wrong else None,
    }


def tell_complete(study: Study, frame: pd.DataFrame, evaluable: int = 0) -> Told:
    """The complete responders one by one; months of remission, and of remission off therapy."""
    died = frame.loc[~frame["alive"].astype(bool), "death_cause"]
    return {
        "n": len(frame),
        "alive": int(frame["alive"].sum()),
        "relapsed": int((frame["outcome"] == "relapse").sum()),
        "lasting": frame.loc[frame["outcome"] != "relapse", "length"].tolist(),
        "off": off_therapy(frame)["off_months"].tolist(),
        "causes": [plain(cause) for cause in died] if died.is_unique else tallied(died.value_counts()),
    }


def tell_next_treatment(study: Study, frame: pd.DataFrame, found: pd.DataFrame) -> Told:
    """What came first."""
    return {"counts": by_cause(frame, NEXT_CAUSES)}


def tell_decisions(study: Study, progression: pd.DataFrame) -> Told:
    """What other choices give: progressions, and the median duration of response."""
    pavia = study.judge("hematologic_progression", "pavia-2018", reasons=False)
    first, second = (str(int((part["category"] == "progression").sum())) for part in (progression, pavia))
    return {"first": first, "second": second, "medians": median_durations(study)}
