"""Endpoints as a start, events and censorings, each with its reason. Time zero is the first dose; months."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from amyloid.adjudication.criteria import CRITERIA
from amyloid.adjudication.criteria.choice import DEFAULT, leading
from amyloid.adjudication.decidable import Bools, Floats
from amyloid.adjudication.labs import Evidence, first_event, gather_evidence
from amyloid.adjudication.response.grading import Confirm, confirmed_grades, grade_rows
from amyloid.adjudication.texts import Texts, choose, join, one_decimal

if TYPE_CHECKING:
    import pandas as pd

    from amyloid.cohort import Cohort

ENDPOINTS: Final = (
    "overall_survival",
    "hematologic_pfs",
    "organ_pfs",
    "duration_of_response",
    "time_to_next_treatment",
    "follow_up",
)
HEMATOLOGIC_TESTS: Final = (
    "iflc",
    "serum_immunofixation",
    "urine_immunofixation",
    "serum_m_protein",
    "urine_m_protein",
)
RESPONSES: Final = ("CR", "VGPR", "PR")
NEXT_LINE: Final = ("next_treatment", "stem_cell_transplant")
PROGRESSION: Final = "hematologic progression"
ORGAN_FAILURE: Final = ("heart_transplant", "dialysis", "kidney_transplant")


@dataclass(frozen=True)
class Moment:
    """Something that ends or censors: its name and month per patient (infinite where it never happened)."""

    name: str
    month: Floats


def endpoints(
    cohort: Cohort,
    *,
    hematologic_criteria: str = DEFAULT,
    progression_criteria: str = "gertz-2005",
    confirm: Confirm = "none",
    evidence: tuple[Evidence, Evidence] | None = None,
) -> pd.DataFrame:
    """Derive every endpoint of every patient.

    Parameters
    ----------
    cohort : Cohort
    hematologic_criteria : str
        Which response opens the duration of response (CR, VGPR or PR; a minor response does not); by default
        the cohort's own (`amyloid.adjudication.criteria.choice`).
    progression_criteria : {"gertz-2005", "pavia-2018"}
    confirm : {"none", "28-days"}
        Whether that response must be confirmed.
    evidence : pair of Evidence, optional
        Evidence that was gathered before.

    Returns
    -------
    pandas.DataFrame
        ``patient_id, endpoint, months, event, reason``; six rows per patient. ``months`` and ``event`` are
        missing where the endpoint does not apply. ``event`` of ``follow_up`` is 1 where follow-up ended alive
        (reverse Kaplan-Meier).

    Raises
    ------
    ValueError
        For criteria that do not exist.

    Notes
    -----
    Overall survival: death, else last known alive. Hematologic PFS: hematologic progression or death, else
    the last hematologic assessment. Organ PFS: death, heart transplant, dialysis, kidney transplant or
    hematologic progression (after Kastritis et al., N Engl J Med 2021;385:46); progression by biomarkers
    alone does not count. Duration of response: from the first CR, VGPR or PR to progression or death. Time
    to next treatment: next line, stem cell transplant or death (Blood Adv 2020;4:458).
    """
    import pandas as pd

    follow_up, _ = evidence or gather_evidence(cohort)
    death = Moment("death", first_event(cohort, "death"))
    progressed = _progressed(follow_up, progression_criteria)
    progression = Moment(PROGRESSION, _month_of(follow_up, follow_up.first_where(progressed)))
    assessed = Moment("last hematologic assessment", _last_assessment(follow_up))
    alive = Moment("last known alive", np.minimum(_last_known_alive(cohort), death.month))
    criteria = leading(cohort.card, "hematologic_criteria", hematologic_criteria)
    response = _first_response(follow_up, criteria, confirm)
    later = progressed & (follow_up.month > response.month[follow_up.patient])
    relapse = Moment(PROGRESSION, _month_of(follow_up, follow_up.first_where(later)))
    failures = [_after_zero(cohort, event) for event in ORGAN_FAILURE]
    next_lines = [_after_zero(cohort, event) for event in NEXT_LINE]
    death_alone = np.isfinite(death.month)
    tables = {
        "overall_survival": _time_to([death], alive),
        "hematologic_pfs": _time_to([progression, death], assessed),
        "organ_pfs": _time_to([death, *failures, progression], assessed),
        "duration_of_response": _time_to([relapse, death], assessed, start=response),
        "time_to_next_treatment": _time_to([*next_lines, death], alive),
        "follow_up": _follow_up(alive, death_alone),
    }
    parts = [
        table.assign(patient_id=cohort.patients["patient_id"], endpoint=name)
        for name, table in tables.items()
    ]
    return pd.concat(parts, ignore_index=True)[["patient_id", "endpoint", "months", "event", "reason"]]


def _time_to(events: list[Moment], censoring: Moment, start: Moment | None = None) -> pd.DataFrame:
    """First of the events, else the censoring; counted from the start, which must have happened.

    An event after the censoring moment still counts: a death after the last assessment is a death.
    """
    begin = np.zeros(len(censoring.month)) if start is None else start.month
    applies = np.isfinite(begin)
    months_of_events = np.stack([np.where(event.month >= begin, event.month, np.inf) for event in events])
    which, first = months_of_events.argmin(axis=0), months_of_events.min(axis=0)
    happened = np.isfinite(first) & applies
    end = np.where(happened, first, np.maximum(censoring.month, begin))
    with np.errstate(invalid="ignore"):
        months = np.where(applies, end - begin, np.nan)
    names = pa.array([event.name for event in events]).take(pa.array(which))
    reasons = join(choose(happened, names, f"censored: {censoring.name}"), " at month ", one_decimal(end))
    if start is not None:
        since = join(reasons, f", counted from the {start.name} at month ", one_decimal(begin))
        reasons = choose(applies, since, f"no {start.name}")
    return _frame(months, happened, applies, reasons)


def _frame(months: Floats, event: Bools, applies: Bools, reasons: Texts) -> pd.DataFrame:
    import pandas as pd

    numbers = pd.array(event.astype(np.int64), dtype="Int64")
    numbers[~applies] = pd.NA
    return pd.DataFrame({"months": months, "event": numbers, "reason": reasons.to_pandas()})


def _follow_up(alive: Moment, died: Bools) -> pd.DataFrame:
    reasons = join(choose(died, "death", alive.name), " at month ", one_decimal(alive.month))
    return _frame(alive.month, ~died, np.ones(len(died), bool), reasons)


def _progressed(follow_up: Evidence, criteria: str) -> Bools:
    """Visits with progression."""
    wanted = CRITERIA.get(("hematologic_progression", criteria))
    if wanted is None:
        known = ", ".join(key for domain, key in CRITERIA if domain == "hematologic_progression")
        raise ValueError(f"no progression criteria {criteria!r}; known: {known}")
    return np.asarray(grade_rows(wanted, follow_up).grade == 0)


def _month_of(follow_up: Evidence, row: NDArray[np.intp]) -> Floats:
    """Month of each patient's row, infinite where there is none."""
    month = np.full(follow_up.n_patients, np.inf)
    month[row >= 0] = follow_up.month[row[row >= 0]]
    return month


def _first_response(follow_up: Evidence, criteria: str, confirm: Confirm) -> Moment:
    """First visit with a response, whatever its depth."""
    wanted = CRITERIA.get(("hematologic_response", criteria))
    if wanted is None:
        known = ", ".join(key for domain, key in CRITERIA if domain == "hematologic_response")
        raise ValueError(f"no response criteria {criteria!r}; known: {known}")
    grading = grade_rows(wanted, follow_up)
    grade = grading.grade if confirm == "none" else confirmed_grades(grading)
    deep = np.array([name in RESPONSES for name in (*wanted.categories, "NE")])
    return Moment("response", _month_of(follow_up, follow_up.first_where(deep[grade])))


def _last_assessment(follow_up: Evidence) -> Floats:
    """Last visit with a hematologic test; time zero for patients without one."""
    known = np.zeros(len(follow_up), dtype=bool)
    for test in HEMATOLOGIC_TESTS:
        known |= getattr(follow_up.now, test).known
    last = np.zeros(follow_up.n_patients)
    np.maximum.at(last, follow_up.patient[known], follow_up.month[known])
    return last


def _last_known_alive(cohort: Cohort) -> Floats:
    """Last row of any kind that needs a living patient; time zero for patients without one."""
    seen = np.zeros(len(cohort.patients))
    for table, column in (
        (cohort.events, "month"),
        (cohort.labs, "month"),
        (cohort.treatments, "start_month"),
        (cohort.treatments, "end_month"),
    ):
        months = table[column].to_numpy(np.float64)
        rows = np.isfinite(months)
        np.maximum.at(seen, table["patient_id"].cat.codes.to_numpy()[rows], months[rows])
    return seen


def _after_zero(cohort: Cohort, event: str) -> Moment:
    return Moment(event.replace("_", " "), first_event(cohort, event, after=0.0))
