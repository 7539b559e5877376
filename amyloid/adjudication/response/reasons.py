"""One sentence per patient: the rule, the values, the month, and what could not be decided."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from amyloid.adjudication.criteria import Rule
from amyloid.adjudication.labs import Evidence
from amyloid.adjudication.response.grading import (
    NOT_EVALUABLE,
    Best,
    Confirm,
    Grading,
    best_of_patients,
    grade_rows,
)
from amyloid.adjudication.response.obstacles import nearest_row, obstacles, unconfirmed
from amyloid.adjudication.response.wording import quantities_of, sentences
from amyloid.adjudication.texts import (
    Rows,
    Texts,
    append,
    join,
    join_what_is_there,
    lay_out,
    one_decimal,
    put,
)


def reasons(
    grading: Grading, best: Best, at_baseline: Evidence, until: float | None, confirm: Confirm
) -> Texts:
    """Reasons for every patient's category.

    Parameters
    ----------
    grading : Grading
    best : Best
    at_baseline : Evidence
        One row per patient.
    until : float or None
        Landmark month of the grading.
    confirm : {"none", "28-days"}

    Returns
    -------
    pyarrow.StringArray, one per patient
    """
    pieces = list(_reached(grading, best))
    if grading.criteria.otherwise != NOT_EVALUABLE:
        nothing = np.flatnonzero(best.grade == grading.floor)
        pieces.append((nothing, _nothing_reached(grading, nothing)))
    hindered = obstacles(grading, best, at_baseline, until, confirm)
    pieces.append((hindered.patients, join(f"{NOT_EVALUABLE}: ", hindered.sentence)))
    texts = lay_out(grading.evidence.n_patients, pieces)
    texts = _say_what_was_not_confirmed(grading, best, confirm, texts)
    texts = _say_what_was_lowered(grading, best, texts)
    texts = _say_what_was_held_back(grading, until, texts)
    return _say_what_is_odd(grading, at_baseline, texts)


def _reached(grading: Grading, best: Best) -> Iterator[tuple[Rows, Texts]]:
    """Yield who reached a category, rule by rule, with the values that did."""
    evidence, criteria = grading.evidence, grading.criteria
    patients = np.flatnonzero(best.row >= 0)
    rows = best.row[patients]
    for number, rule in enumerate(criteria.rules):
        chosen = np.flatnonzero(grading.rule[rows] == number)
        if not len(chosen):
            continue
        at, who = rows[chosen], patients[chosen]
        limit = f" ({rule.limit})" if rule.limit else ""
        shown = sentences(rule.shows, evidence, at)
        if criteria.when == "baseline":
            said = join(f"{rule.category}: ", shown, limit)
        else:
            given, confirmed = _as_confirmed(rule, criteria.categories, best.grade[who])
            said = join(given, " at month ", one_decimal(evidence.month[at]), ": ", shown, limit, confirmed)
        yield who, said


def _as_confirmed(rule: Rule, categories: tuple[str, ...], grade: NDArray[np.intp]) -> tuple[Texts, Texts]:
    """Categories given, with words where the visit's own is better than what the next sample confirms."""
    names = [*categories, NOT_EVALUABLE]
    words = [
        "" if rule.category == name else f", a {rule.category} that the next sample confirms as {name}"
        for name in names
    ]
    index = pa.array(grade)
    return pa.array(names).take(index), pa.array(words).take(index)


def _nothing_reached(grading: Grading, nothing: Rows) -> Texts:
    """Nearest visit of every way that was judged, by the mildest rule for its test."""
    evidence, criteria = grading.evidence, grading.criteria
    mildest: dict[str, int] = {}
    for number, rule in enumerate(criteria.rules):
        names = quantities_of(rule.shows[0])
        if names and not rule.undecided_lowers:
            mildest[names[0]] = number
    ways = []
    for name, number in mildest.items():
        rule = criteria.rules[number]
        row = nearest_row(grading, name, highest=criteria.otherwise_needs == "any")[nothing]
        open_to = grading.open_rules[nothing, number] & grading.judged_rules[nothing, number]
        told = np.flatnonzero((row >= 0) & open_to)
        limit = f" (needs {rule.limit})" if rule.limit else ""
        months = one_decimal(evidence.month[row[told]])
        shown = sentences(rule.shows, evidence, row[told])
        nearest = join("nearest at month ", months, ", ", shown, limit)
        ways.append(lay_out(len(nothing), [(told, nearest)]))
    return join(f"{criteria.otherwise}: ", join_what_is_there(ways, "; "))


def _say_what_was_not_confirmed(grading: Grading, best: Best, confirm: Confirm, texts: Texts) -> Texts:
    patients, sentence = unconfirmed(grading, best, confirm)
    if not len(patients):
        return texts
    floor = grading.floor
    alone = best_of_patients(grading)
    to_floor = np.flatnonzero(best.grade[patients] == floor)
    said = join(f"{grading.criteria.otherwise}: ", sentence.take(pa.array(to_floor)))
    texts = put(texts, patients[to_floor], said)
    apart = np.flatnonzero((best.grade[patients] < floor) & (alone.row[patients] != best.row[patients]))
    return append(texts, patients[apart], "; ", sentence.take(pa.array(apart)))


def lowered_visits(grading: Grading, best: Best) -> NDArray[np.intp]:
    """The visit, with most of its tests, at which a better category stayed undecided; -1 where none."""
    evidence = grading.evidence
    row = np.full(evidence.n_patients, -1)
    rule = next((rule for rule in grading.criteria.rules if rule.undecided_lowers), None)
    if rule is None:
        return row
    known = np.zeros(len(evidence), dtype=np.int64)
    for name in (name for shown in rule.shows for name in quantities_of(shown)):
        known += getattr(evidence.now, name).known
    rows = np.flatnonzero(grading.lowered & grading.counted & (known > 0))
    rows = rows[np.lexsort((-rows, known[rows]))]
    row[evidence.patient[rows]] = rows
    return np.where(best.grade > 0, row, -1)


def _say_what_was_lowered(grading: Grading, best: Best, texts: Texts) -> Texts:
    evidence, row = grading.evidence, lowered_visits(grading, best)
    lower = np.flatnonzero(row >= 0)
    if not len(lower):
        return texts
    rule = next(rule for rule in grading.criteria.rules if rule.undecided_lowers)
    months = one_decimal(evidence.month[row[lower]])
    shown = sentences(rule.shows, evidence, row[lower])
    return append(texts, lower, f"; {rule.category} not decidable at month ", months, " (", shown, ")")


def _say_what_was_held_back(grading: Grading, until: float | None, texts: Texts) -> Texts:
    """What the natriuretic peptides alone would say under an IMiD."""
    evidence = grading.evidence
    if not grading.criteria.domain.startswith("cardiac") or grading.criteria.when == "baseline":
        return texts
    if not evidence.under_imid.any():
        return texts
    alone = grade_rows(grading.criteria, evidence.by_the_numbers(), until)
    numbers, held = best_of_patients(alone), best_of_patients(grading)
    patients = np.flatnonzero(numbers.grade != held.grade)
    names = pa.array([*grading.criteria.categories, NOT_EVALUABLE])
    category = names.take(pa.array(numbers.grade[patients]))
    month = numbers.month[patients]
    dated = np.flatnonzero(~np.isnan(month))
    when = lay_out(len(patients), [(dated, join(" at month ", one_decimal(month[dated])))])
    held_back = "; held back: natriuretic peptide under an IMiD (imid_confounded), by the numbers alone "
    return append(texts, patients, held_back, category, when)


def _say_what_is_odd(grading: Grading, at_baseline: Evidence, texts: Texts) -> Texts:
    """Flags for a baseline ratio that points to the other chain, and for N Latex samples."""
    if not grading.criteria.domain.startswith("hematologic"):
        return texts
    elsewhere = np.flatnonzero(ratio_points_elsewhere(at_baseline))
    texts = append(texts, elsewhere, "; flag: the baseline ratio points away from the amyloid's isotype")
    visits = grading.evidence.visits
    rows = np.flatnonzero(visits.n_latex)[::-1]
    first = np.full(grading.evidence.n_patients, np.nan)
    first[visits.patient[rows]] = visits.month[rows]
    patients = np.flatnonzero(~np.isnan(first))
    months = one_decimal(first[patients])
    return append(texts, patients, "; flag: N Latex free light chains from month ", months, " are not used")


def ratio_points_elsewhere(at_baseline: Evidence) -> NDArray[np.bool_]:
    """Patients whose baseline kappa/lambda ratio is abnormal toward the chain that is not the amyloid's."""
    from amyloid.adjudication.criteria.hematologic import RATIO_RANGE

    isotype = at_baseline.cohort.patients["light_chain"].astype(object).to_numpy()
    ratio = at_baseline.base.flc_ratio
    low, high = (ratio < RATIO_RANGE[0]).surely, (ratio > RATIO_RANGE[1]).surely
    return np.asarray(((isotype == "kappa") & low) | ((isotype == "lambda") & high))
