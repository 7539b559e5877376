"""Endpoints as a start, events and censorings, each with its reason. Time zero is the first dose; months."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from amyloid.adjudication.criteria import CRITERIA, DEFAULT, Criteria, keys_of, leading
from amyloid.adjudication.decidable import Bools, Floats
from amyloid.adjudication.labs import Evidence, first_event, gather_evidence
from amyloid.adjudication.labs.visits import SAME_TIME_MONTHS
from amyloid.adjudication.response.grading import Confirm, confirmed_grades, grade_rows
from amyloid.adjudication.texts import Phrase, Texts, choose, code_of, join, one_decimal, written

if TYPE_CHECKING:
    import pandas as pd

    from amyloid.cohort import Cohort

ASSESSED_BY: Final = ("iflc", "serum_m_protein", "urine_m_protein")
"""A sample with one of these is an adequate hematologic assessment (project's choice)."""

RESPONSES: Final = ("CR", "VGPR", "PR")
PROGRESSION: Final = "hematologic progression"
LAST_ASSESSMENT: Final = "last hematologic assessment"
LONG_GAP_MONTHS: Final = 6.0
"""A gap is at least so long, and more than twice the patient's own median interval (project's choice)."""

DEATH, ALIVE, RESPONSE, RELAPSE = "death", "last known alive", "response", "progression after the response"
NEXT_LINE: Final = "next line of therapy"
NEXT_LINES: Final = ("next treatment", "stem cell transplant", "next line found in the treatments")
KIDNEYS: Final = ("dialysis", "kidney transplant")


@dataclass(frozen=True)
class Endpoint:
    """Names of the moments that end it, censor it, start it (else time zero) and close it to later events."""

    events: tuple[str, ...]
    censored: str = LAST_ASSESSMENT
    start: str = ""
    until: str = ""


ENDPOINTS: Final = {
    "overall_survival": Endpoint((DEATH,), ALIVE),
    "hematologic_pfs": Endpoint((PROGRESSION, DEATH)),
    "organ_pfs": Endpoint((DEATH, "heart transplant", *KIDNEYS, PROGRESSION)),
    "duration_of_response": Endpoint((RELAPSE, DEATH), start=RESPONSE, until=NEXT_LINE),
    "time_to_next_treatment": Endpoint((*NEXT_LINES, DEATH), ALIVE),
    "follow_up": Endpoint((), ALIVE),
    "mod_pfs": Endpoint(
        (DEATH, "heart transplant", "lvad", "balloon pump", *KIDNEYS, PROGRESSION), until=NEXT_LINE
    ),
    "hematologic_efs": Endpoint((PROGRESSION, *NEXT_LINES, DEATH)),
}


Moments = dict[str, Floats]
"""Name of something that ends or censors -> its month per patient, infinite where it never happened."""


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
        the cohort's own (`amyloid.adjudication.criteria`).
    progression_criteria : {"gertz-2005", "pavia-2018"}
    confirm : {"none", "28-days"}
        Whether that response must be confirmed.
    evidence : pair of Evidence, optional
        Evidence that was gathered before.

    Returns
    -------
    pandas.DataFrame
        ``patient_id, endpoint, months, event, reason, event_code``; eight rows per patient. ``months`` and
        ``event`` are missing where the endpoint does not apply. ``event_code`` is what the reason begins with
        (``death``, ``censored-next-line-of-therapy``), for whoever counts. ``event`` of ``follow_up`` is 1
        where follow-up ended alive (reverse Kaplan-Meier).

    Raises
    ------
    ValueError
        For criteria that do not exist.

    Notes
    -----
    Overall survival: death, else last known alive. Hematologic PFS: hematologic progression or death, else
    the last hematologic assessment; it goes on after the next line. Organ PFS: death, heart transplant,
    lasting dialysis, kidney transplant or hematologic progression; progression by biomarkers alone does not
    count. MOD-PFS: these, LVAD and balloon pump, censored on the first day of the next line (after Kastritis
    et al., N Engl J Med 2021;385:46). Hematologic EFS: progression, next line or death (Blood 2020;135:1517).
    Duration of response: from the first CR, VGPR or PR to progression or death, censored on the first day of
    the next line. Time to next treatment: next line or death (Blood Adv 2020;4:458).
    """
    import pandas as pd

    tables = endpoint_tables(
        cohort, evidence or gather_evidence(cohort), hematologic_criteria, progression_criteria, confirm
    )
    table: pd.DataFrame = pa.concat_tables(tables).to_pandas(types_mapper={pa.int64(): pd.Int64Dtype()}.get)
    return table


def endpoint_tables(
    cohort: Cohort,
    evidence: tuple[Evidence, Evidence],
    hematologic_criteria: str = DEFAULT,
    progression_criteria: str = "gertz-2005",
    confirm: Confirm = "none",
) -> list[pa.Table]:
    """Return one table per endpoint with the columns of `endpoints`."""
    follow_up, _ = evidence
    criteria = leading(cohort.card, "hematologic_criteria", hematologic_criteria)
    moments = _moments(follow_up, progression_criteria, _first_response(follow_up, criteria, confirm))
    tables = {
        name: _follow_up(moments) if name == "follow_up" else _time_to(wanted, moments)
        for name, wanted in ENDPOINTS.items()
    }
    ids = follow_up.of_patients.ids
    return [
        pa.table({"patient_id": ids, "endpoint": pa.repeat(name, len(ids)), **columns})
        for name, columns in tables.items()
    ]


def _moments(follow_up: Evidence, progression_criteria: str, response: Floats) -> Moments:
    """Every moment that an endpoint names."""
    cohort, lines = follow_up.cohort, follow_up.course.lines
    death = first_event(cohort, "death")
    progressed = _progressed(follow_up, progression_criteria)
    later = progressed & (follow_up.month > response[follow_up.patient])
    organs = ("heart_transplant", "lvad", "balloon_pump", "kidney_transplant")
    return {
        RESPONSE: response,
        RELAPSE: _month_of(follow_up, later),
        DEATH: death,
        PROGRESSION: _month_of(follow_up, progressed),
        LAST_ASSESSMENT: last_assessment(follow_up),
        ALIVE: np.minimum(_last_known_alive(cohort), death),
        NEXT_LINE: lines.next,
        "dialysis": follow_up.course.lasting_dialysis,
        **{event.replace("_", " "): first_event(cohort, event, after=0.0) for event in organs},
        **dict(zip(NEXT_LINES, (lines.said, lines.transplant, lines.found), strict=True)),
    }


def gap_censored(
    cohort: Cohort,
    *,
    progression_criteria: str = "gertz-2005",
    evidence: tuple[Evidence, Evidence] | None = None,
) -> pd.DataFrame:
    """Hematologic PFS in which a death after a long gap is censored at the last hematologic assessment.

    Parameters
    ----------
    cohort : Cohort
    progression_criteria : {"gertz-2005", "pavia-2018"}
    evidence : pair of Evidence, optional

    Returns
    -------
    pandas.DataFrame
        ``patient_id, months, event, reason, gap``: one row per patient; ``gap`` is True where the death came
        at least six months, and more than twice the patient's own median interval between assessments (the
        first counted from time zero), after the last assessment.
    """
    import pandas as pd

    follow_up, _ = evidence or gather_evidence(cohort)
    death = first_event(cohort, "death")
    progression = _month_of(follow_up, _progressed(follow_up, progression_criteria))
    last, usual = last_assessment(follow_up), _median_interval(follow_up)
    gap = death - last
    long = np.isfinite(gap) & (gap >= LONG_GAP_MONTHS - SAME_TIME_MONTHS) & ~(gap <= 2 * usual)
    long &= death < progression
    moments = {PROGRESSION: progression, DEATH: np.where(long, np.inf, death), LAST_ASSESSMENT: last}
    columns = _time_to(ENDPOINTS["hematologic_pfs"], moments)
    del columns["event_code"]
    words = columns["reason"]
    columns["reason"] = choose(long, join(words, ", before a gap of visits and death"), words)
    table = pa.table({"patient_id": follow_up.of_patients.ids, **columns})
    found: pd.DataFrame = table.to_pandas(types_mapper={pa.int64(): pd.Int64Dtype()}.get)
    return found.assign(gap=long)


def _time_to(wanted: Endpoint, moments: Moments) -> dict[str, pa.Array]:
    """First of the events, else the censoring; counted from the start, which must have happened.

    An event after the censoring moment still counts: a death after the last assessment is a death. An event
    after `until` does not: there the patient is censored.
    """
    censored = moments[wanted.censored]
    begin = moments[wanted.start] if wanted.start else np.zeros(len(censored))
    applies = np.isfinite(begin)
    months = (moments[event] for event in wanted.events)
    months_of_events = np.stack([np.where(month >= begin, month, np.inf) for month in months])
    which, first = months_of_events.argmin(axis=0), months_of_events.min(axis=0)
    happened = np.isfinite(first) & applies
    why = pa.repeat(wanted.censored, len(begin))
    if wanted.until:
        until = moments[wanted.until]
        happened &= first <= until + SAME_TIME_MONTHS
        ends = np.isfinite(until)
        censored, why = np.where(ends, until, censored), choose(ends, wanted.until, why)
    end = np.where(happened, first, np.maximum(censored, begin))
    with np.errstate(invalid="ignore"):
        since = np.where(applies, end - begin, np.nan)
    words = [PROGRESSION if event == RELAPSE else event for event in wanted.events]
    names = pa.array(words).take(pa.array(which))
    ended = choose(happened, names, join("censored: ", why))
    reasons = join(ended, " at month ", one_decimal(end))
    if wanted.start:
        reasons = join(reasons, f", counted from the {wanted.start} at month ", one_decimal(begin))
        reasons, ended = (choose(applies, said, f"no {wanted.start}") for said in (reasons, ended))
    return _columns(since, happened, applies, reasons, ended)


def _columns(
    months: Floats, event: Bools, applies: Bools, reasons: Phrase | Texts, ended: Texts
) -> dict[str, pa.Array]:
    return {
        "months": pa.array(months, from_pandas=True),
        "event": pa.array(event.astype(np.int64), mask=~applies),
        "reason": written(reasons, len(months)),
        "event_code": code_of(ended),
    }


def _follow_up(moments: Moments) -> dict[str, pa.Array]:
    alive, died = moments[ALIVE], np.isfinite(moments[DEATH])
    ended = choose(died, DEATH, ALIVE)
    reasons = join(ended, " at month ", one_decimal(alive))
    return _columns(alive, ~died, np.ones(len(died), bool), reasons, ended)


def _wanted(what: str, key: str) -> Criteria:
    """Criteria of hematologic response or progression."""
    domain = f"hematologic_{what}"
    if (domain, key) not in CRITERIA:
        raise ValueError(f"no {what} criteria {key!r}; known: {', '.join(keys_of(domain))}")
    return CRITERIA[domain, key]


def _progressed(follow_up: Evidence, criteria: str) -> Bools:
    """Visits with progression."""
    wanted = _wanted("progression", criteria)
    return np.asarray(grade_rows(wanted, follow_up).grade == 0)


def _month_of(follow_up: Evidence, rows: Bools, month: Floats | None = None) -> Floats:
    """First month of each patient's rows, infinite where there are none."""
    first = np.full(follow_up.n_patients, np.inf)
    chosen = np.flatnonzero(rows)
    np.minimum.at(first, follow_up.patient[chosen], (follow_up.month if month is None else month)[chosen])
    return first


def _first_response(follow_up: Evidence, criteria: str, confirm: Confirm) -> Floats:
    """First response, whatever its depth, at its own first sample whether confirmed or not."""
    wanted = _wanted("response", criteria)
    grading = grade_rows(wanted, follow_up)
    grade = grading.grade if confirm == "none" else confirmed_grades(grading)[0]
    deep = np.array([name in RESPONSES for name in (*wanted.categories, "NE")])
    return _month_of(follow_up, deep[grade], grading.month)


def last_assessment(follow_up: Evidence) -> Floats:
    """Month of each patient's last adequate assessment; time zero for patients without one."""
    known = follow_up.with_own(ASSESSED_BY)
    last = np.zeros(follow_up.n_patients)
    np.maximum.at(last, follow_up.patient[known], follow_up.month[known])
    return last


def _median_interval(follow_up: Evidence) -> Floats:
    """Each patient's own median interval between adequate assessments; NaN for patients without one."""
    rows = np.flatnonzero(follow_up.with_own(ASSESSED_BY))
    patient, month = follow_up.patient[rows], follow_up.month[rows]
    begins = np.diff(patient, prepend=-1) != 0
    interval = np.where(begins, month, month - np.roll(month, 1))
    order = np.lexsort((interval, patient))
    starts = np.flatnonzero(begins)
    counts = np.diff(starts, append=len(rows))
    sized = interval[order]
    median = np.full(follow_up.n_patients, np.nan)
    if len(rows):
        median[patient[starts]] = (sized[starts + (counts - 1) // 2] + sized[starts + counts // 2]) / 2
    return median


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
