"""Best response, time to it, progression, stages and involvement: every category with its reason."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from amyloid.adjudication.criteria import CRITERIA, Criteria
from amyloid.adjudication.labs import Evidence, gather_evidence
from amyloid.adjudication.response.grading import (
    CONFIRMED_DOMAINS,
    NOT_EVALUABLE,
    Confirm,
    Grading,
    best_of_patients,
    confirmed_grades,
    grade_rows,
    open_by_baseline,
)
from amyloid.adjudication.response.reasons import lowered_visits, reasons
from amyloid.adjudication.response.threads import side_by_side
from amyloid.adjudication.texts import repeated

if TYPE_CHECKING:
    import pandas as pd

    from amyloid.cohort import Cohort

__all__ = [
    "NOT_EVALUABLE",
    "Confirm",
    "adjudicate",
    "categories",
    "first_months",
    "judgeable",
    "visit_grades",
]

Pairs = Iterable[tuple[str, str]]
EvidencePair = tuple[Evidence, Evidence]

COLUMNS: Final = pa.schema(
    [
        ("patient_id", pa.string()),
        ("domain", pa.string()),
        ("criteria", pa.string()),
        ("category", pa.string()),
        ("month", pa.float64()),
        ("reason", pa.string()),
    ]
)
"""What `categories` returns, as Arrow writes it."""


def categories(
    cohort: Cohort,
    criteria: Pairs | None = None,
    *,
    confirm: Confirm = "none",
    until: float | None = None,
) -> pd.DataFrame:
    """Adjudicate a cohort.

    Parameters
    ----------
    cohort : Cohort
    criteria : iterable of (domain, key), optional
        Which criteria; all by default.
    confirm : {"none", "28-days"}
        Whether a hematologic response counts only when the next judged sample at least 28 days later shows
        the same or a better one.
    until : float, optional
        Last month that counts (landmark response).

    Returns
    -------
    pandas.DataFrame
        ``patient_id, domain, criteria, category, month, reason``: one row per patient, domain and criteria,
        in the order of `criteria.CRITERIA` and of the patients. ``month`` is the first month of the
        category, missing where nothing was reached or nothing happens in time.

    Raises
    ------
    ValueError
        For criteria that do not exist, or an unknown `confirm`.
    """
    return adjudicate(gather_evidence(cohort), criteria, confirm=confirm, until=until)


def adjudicate(
    evidence: EvidencePair,
    criteria: Pairs | None = None,
    *,
    confirm: Confirm = "none",
    until: float | None = None,
    with_reasons: bool = True,
    with_undecided: bool = False,
) -> pd.DataFrame:
    """Adjudicate evidence that was gathered before; `categories` says the rest.

    With `with_undecided` a column ``undecided`` says whether a better category stayed undecided for want of
    a test: the patient has that category or a lower one, and nobody can tell.
    """
    parts = adjudicated(
        evidence,
        criteria,
        confirm=confirm,
        until=until,
        with_reasons=with_reasons,
        with_undecided=with_undecided,
    )
    columns = COLUMNS if with_reasons else COLUMNS.remove(COLUMNS.get_field_index("reason"))
    columns = columns.append(pa.field("undecided", pa.bool_())) if with_undecided else columns
    table: pd.DataFrame = pa.concat_tables([columns.empty_table(), *parts]).to_pandas()
    return table


def adjudicated(
    evidence: EvidencePair,
    criteria: Pairs | None = None,
    *,
    confirm: Confirm = "none",
    until: float | None = None,
    with_reasons: bool = True,
    with_undecided: bool = False,
) -> Iterator[pa.Table]:
    """Yield one table per criterion, in order; the criteria are judged side by side on the local cores.

    Little more than as many tables as there are cores is held at a time, so that a registry's reasons can be
    written as they come. The columns are those of `categories`.
    """
    patients = pa.array(evidence[1].cohort.patients["patient_id"], pa.string())

    def judge(wanted: Criteria) -> pa.Table:
        grading = _grade(wanted, evidence, until)
        best = best_of_patients(grading, confirm)
        columns = {
            "patient_id": patients,
            "domain": repeated(wanted.domain, len(patients)),
            "criteria": repeated(wanted.key, len(patients)),
            "category": pa.array([*wanted.categories, NOT_EVALUABLE]).take(pa.array(best.grade)),
            "month": pa.array(best.month, from_pandas=True),
        }
        if with_reasons:
            columns["reason"] = reasons(grading, best, evidence[1], until, confirm)
        if with_undecided:
            columns["undecided"] = pa.array(lowered_visits(grading, best) >= 0)
        return pa.table(columns)

    yield from side_by_side(judge, _chosen(criteria))


def visit_grades(
    cohort: Cohort, domain: str, criteria: str, *, evidence: EvidencePair | None = None
) -> pd.DataFrame:
    """Category of every visit after baseline.

    Returns
    -------
    pandas.DataFrame
        ``patient_id`` (the cohort's Categorical), ``month``, ``category``.
    """
    import pandas as pd

    wanted = _one(domain, criteria)
    follow_up = (evidence or gather_evidence(cohort))[0]
    grading = grade_rows(wanted, follow_up)
    ids = pd.Categorical.from_codes(
        follow_up.patient,  # type: ignore[arg-type]
        categories=pd.Index(cohort.patients["patient_id"]),
    )
    names = np.array([*wanted.categories, NOT_EVALUABLE], dtype=object)
    return pd.DataFrame({"patient_id": ids, "month": follow_up.month, "category": names[grading.grade]})


def first_months(
    cohort: Cohort,
    domain: str,
    criteria: str,
    *,
    confirm: Confirm = "none",
    evidence: EvidencePair | None = None,
) -> pd.DataFrame:
    """First month in which each category, or a better one, was reached; `confirm` as in `categories`.

    Returns
    -------
    pandas.DataFrame
        ``patient_id`` and one float column per category above the floor, best first; NaN where never reached.
    """
    import pandas as pd

    wanted = _one(domain, criteria)
    follow_up = (evidence or gather_evidence(cohort))[0]
    grading = grade_rows(wanted, follow_up)
    confirms = confirm == "28-days" and domain in CONFIRMED_DOMAINS
    grade = confirmed_grades(grading) if confirms else grading.grade
    columns: dict[str, object] = {"patient_id": cohort.patients["patient_id"]}
    for number, name in enumerate(wanted.categories):
        if number != grading.floor:
            row = follow_up.first_where(grade <= number)
            month = np.full(follow_up.n_patients, np.nan)
            month[row >= 0] = follow_up.month[row[row >= 0]]
            columns[name] = month
    return pd.DataFrame(columns)


def judgeable(cohort: Cohort, criteria: Pairs | None = None) -> pd.DataFrame:
    """In how many patients each criterion can be judged.

    Returns
    -------
    pandas.DataFrame
        ``domain, criteria, judgeable, total, commonest_reason``: the last is why most others cannot be.
    """
    import pandas as pd

    from amyloid.adjudication.response.obstacles import obstacles

    evidence = gather_evidence(cohort)
    rows = []
    for wanted in _chosen(criteria):
        grading = _grade(wanted, evidence, None)
        why = obstacles(grading, best_of_patients(grading), evidence[1]).general
        words, counts = np.unique(why.astype(str), return_counts=True)
        commonest = str(words[counts.argmax()]) if len(why) else ""
        total = evidence[1].n_patients
        rows.append((wanted.domain, wanted.key, total - len(why), total, commonest))
    return pd.DataFrame(rows, columns=["domain", "criteria", "judgeable", "total", "commonest_reason"])


def _grade(wanted: Criteria, evidence: EvidencePair, until: float | None) -> Grading:
    follow_up, at_baseline = evidence
    if wanted.when == "baseline":
        return grade_rows(wanted, at_baseline)
    grading = grade_rows(wanted, follow_up, until)
    grading.open_rules[:] = open_by_baseline(wanted, at_baseline)
    return grading


def _one(domain: str, criteria: str) -> Criteria:
    return _chosen([(domain, criteria)])[0]


def _chosen(criteria: Pairs | None) -> list[Criteria]:
    if criteria is None:
        return list(CRITERIA.values())
    wanted = list(criteria)
    for domain, key in wanted:
        if (domain, key) not in CRITERIA:
            known = ", ".join(k for d, k in CRITERIA if d == domain) or "no such domain"
            raise ValueError(f"no criteria {key!r} for {domain!r}; known: {known}")
    return [CRITERIA[pair] for pair in wanted]
