"""Best response, time to it, progression, stages and involvement: every category with its reason."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache, partial
from typing import TYPE_CHECKING, Final, Literal, TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from amyloid.adjudication.criteria import CRITERIA, Criteria
from amyloid.adjudication.labs import Evidence, gather_evidence
from amyloid.adjudication.response.grading import (
    CONFIRMED_DOMAINS,
    NOT_EVALUABLE,
    Best,
    Confirm,
    Grading,
    best_of_patients,
    confirmed_grades,
    grade_rows,
)
from amyloid.adjudication.response.obstacles import Obstacles, obstacles
from amyloid.adjudication.response.reasons import reasons, unconfirmed_fall

if TYPE_CHECKING:
    import pandas as pd

    from amyloid.cohort import Cohort


Piece = TypeVar("Piece")
Result = TypeVar("Result")


def side_by_side(work: Callable[[Piece], Result], pieces: Iterable[Piece]) -> Iterator[Result]:
    """Yield the result of each piece in order, working on a few pieces at a time.

    Threads serve, because numpy and Arrow let go of the interpreter in their long loops. There are as many
    as Arrow uses; ``OMP_NUM_THREADS=1`` makes it one.

    Parameters
    ----------
    work : callable
        Touches nothing that another piece changes.
    pieces : iterable
    """
    at_once = pa.cpu_count()
    going: deque[Future[Result]] = deque()
    with ThreadPoolExecutor(at_once) as pool:
        for piece in pieces:
            going.append(pool.submit(work, piece))
            if len(going) > at_once:
                yield going.popleft().result()
        while going:
            yield going.popleft().result()


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

CODES: Final = (pa.field("reason_code", pa.string()), pa.field("undecided_category", pa.string()))
"""Machine codes that `adjudicate` puts beside the words."""

UNDECIDED: Final = (pa.field("undecided", pa.bool_()),)


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
    table = adjudicate(gather_evidence(cohort), criteria, confirm=confirm, until=until)
    return table.drop(columns=[code.name for code in CODES])


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

    Returns
    -------
    pandas.DataFrame
        The columns of `categories`; with reasons also ``reason_code`` (why a patient is not evaluable:
        ``no-clone overflow not-involved dialysis-before transplant-before baseline not-confirmed no-sample
        unscorable missing undecided``; ``unconfirmed-fall`` beside a renal progression of none; else empty)
        and ``undecided_category`` (a better category that some visit leaves open for want of a test; else
        empty). With `with_undecided` the column ``undecided`` says whether that is the complete response.
    """
    columns = COLUMNS if with_reasons else COLUMNS.remove(COLUMNS.get_field_index("reason"))
    columns = pa.schema([*columns, *(CODES if with_reasons else ()), *(UNDECIDED if with_undecided else ())])
    judge = partial(judged, evidence=evidence, columns=columns, confirm=confirm, until=until)
    parts = side_by_side(judge, _chosen(criteria))
    table: pd.DataFrame = pa.concat_tables([columns.empty_table(), *parts]).to_pandas()
    return table


def judged(
    wanted: Criteria,
    evidence: EvidencePair,
    *,
    columns: pa.Schema = COLUMNS,
    confirm: Confirm = "none",
    until: float | None = None,
) -> pa.Table:
    """Return the rows of one criterion; columns are made only where `columns` names them."""
    grading = _grade(wanted, evidence, until)
    best = best_of_patients(grading, confirm)
    hindered = cache(lambda: obstacles(best, evidence[1]))
    ids = evidence[1].ids
    make: dict[str, Callable[[], pa.Array]] = {
        "patient_id": lambda: ids,
        "domain": lambda: pa.repeat(wanted.domain, len(ids)),
        "criteria": lambda: pa.repeat(wanted.key, len(ids)),
        "category": lambda: pa.array([*wanted.categories, NOT_EVALUABLE]).take(pa.array(best.grade)),
        "month": lambda: pa.array(best.month, from_pandas=True),
        "reason": lambda: reasons(best, evidence[1], hindered()),
        "reason_code": lambda: _codes(best, hindered()),
        "undecided_category": lambda: _undecided(best),
        "undecided": lambda: pa.array(_complete_undecided(best)),
    }
    return pa.table({name: make[name]() for name in columns.names})


def _codes(best: Best, hindered: Obstacles) -> pa.Array:
    grading, (codes, _) = best.grading, hindered.of_patients()
    if grading.criteria.domain == "renal_progression":
        taken_back = unconfirmed_fall(grading) >= 0
        codes[taken_back & (best.grade == grading.floor)] = "unconfirmed-fall"
    return pa.array(codes, pa.string())


def _complete_undecided(best: Best) -> npt.NDArray[np.bool_]:
    """Whether a complete response is left open for want of a test."""
    first = best.grading.criteria.rules[0]
    if not first.undecided_lowers:
        return np.zeros(len(best.row), dtype=bool)
    return np.asarray(pc.equal(_undecided(best), first.category).to_numpy(zero_copy_only=False))


def _undecided(best: Best) -> pa.Array:
    """Better category that some visit leaves open."""
    criteria, open_to = best.grading.criteria, best.possible < best.grade
    if criteria.otherwise_needs == "any" or criteria.when == "baseline":
        open_to = np.zeros(len(open_to), np.bool_)
    names = pa.array([*criteria.categories, ""])
    return names.take(pa.array(np.where(open_to, best.possible, len(criteria.categories))))


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
    dated: Literal["reached", "confirmed"] = "reached",
    evidence: EvidencePair | None = None,
) -> pd.DataFrame:
    """First month in which each category, or a better one, was reached; `confirm` as in `categories`.

    With ``dated="confirmed"`` a confirmed response counts from the sample that confirms it: what happened
    after it may be compared with it (landmark and time-dependent analyses).

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
    grade, month_of_row = confirmed_grades(grading) if confirms else (grading.grade, grading.month)
    if dated == "reached":
        month_of_row = grading.month
    columns: dict[str, object] = {"patient_id": cohort.patients["patient_id"]}
    for number, name in enumerate(wanted.categories):
        if number != grading.floor:
            row = follow_up.first_where(grade <= number, month_of_row)
            month = np.full(follow_up.n_patients, np.nan)
            month[row >= 0] = month_of_row[row[row >= 0]]
            columns[name] = month
    return pd.DataFrame(columns)


def judgeable(cohort: Cohort, criteria: Pairs | None = None) -> pd.DataFrame:
    """In how many patients each criterion can be judged.

    Returns
    -------
    pandas.DataFrame
        ``domain, criteria, judgeable, total, commonest_reason, undecided``: why most others cannot be judged,
        and in how many a complete response cannot be decided.
    """
    import pandas as pd

    evidence = gather_evidence(cohort)
    rows = []
    for wanted in _chosen(criteria):
        best = best_of_patients(_grade(wanted, evidence, None))
        why = obstacles(best, evidence[1]).of_patients()[1]
        why = why[why != ""]
        words, counts = np.unique(why.astype(str), return_counts=True)
        commonest = str(words[counts.argmax()]) if len(why) else ""
        total = evidence[1].n_patients
        undecided = int(_complete_undecided(best).sum()) if wanted.when == "follow-up" else 0
        rows.append((wanted.domain, wanted.key, total - len(why), total, commonest, undecided))
    columns = ["domain", "criteria", "judgeable", "total", "commonest_reason", "undecided"]
    return pd.DataFrame(rows, columns=columns)


def _grade(wanted: Criteria, evidence: EvidencePair, until: float | None) -> Grading:
    follow_up, at_baseline = evidence
    if wanted.when == "follow-up":
        return grade_rows(wanted, follow_up, until)
    return grade_rows(wanted, at_baseline.at_worst if wanted.domain.endswith("_stage") else at_baseline)


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
