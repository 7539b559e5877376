"""One sentence per patient: the rule, the values, the month, and what could not be decided."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from amyloid.criteria import Rule
from amyloid.labs import Evidence
from amyloid.response.grading import NOT_EVALUABLE, Best, Confirm, Grading, best_of_patients, grade_rows
from amyloid.response.obstacles import nearest_row, obstacles, unconfirmed
from amyloid.response.wording import quantities_of, sentences

Texts = NDArray[np.object_]


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
    numpy.ndarray of str, one per patient
    """
    texts = np.full(grading.evidence.n_patients, "", dtype=object)
    _reached(grading, best, texts)
    if grading.criteria.otherwise != NOT_EVALUABLE:
        nothing = np.flatnonzero(best.grade == grading.floor)
        texts[nothing] = _nothing_reached(grading, nothing)
    hindered = obstacles(grading, best, at_baseline, until, confirm)
    texts[hindered.patients] = f"{NOT_EVALUABLE}: " + hindered.sentence
    _say_what_was_not_confirmed(grading, best, confirm, texts)
    _say_what_was_lowered(grading, best, texts)
    _say_what_was_held_back(grading, until, texts)
    _say_what_is_odd(grading, at_baseline, texts)
    return texts


def _reached(grading: Grading, best: Best, texts: Texts) -> None:
    evidence, criteria = grading.evidence, grading.criteria
    patients = np.flatnonzero(best.row >= 0)
    rows = best.row[patients]
    names = np.array([*criteria.categories, NOT_EVALUABLE], dtype=object)
    for number, rule in enumerate(criteria.rules):
        chosen = np.flatnonzero(grading.rule[rows] == number)
        if not len(chosen):
            continue
        at = rows[chosen]
        given = names[best.grade[patients[chosen]]]
        limit = f" ({rule.limit})" if rule.limit else ""
        shown = sentences(rule.shows, evidence, at)
        if criteria.when == "baseline":
            texts[patients[chosen]] = [f"{rule.category}: {text}{limit}" for text in shown]
        else:
            months = evidence.month[at].tolist()
            texts[patients[chosen]] = [
                f"{name} at month {month:.1f}: {text}{limit}{_as_confirmed(rule, name)}"
                for name, month, text in zip(given, months, shown, strict=True)
            ]


def _as_confirmed(rule: Rule, category: str) -> str:
    """Words for a visit whose own category is better than the one that the next sample confirms."""
    return (
        ""
        if rule.category == category
        else f", a {rule.category} that the next sample confirms as {category}"
    )


def _nothing_reached(grading: Grading, nothing: NDArray[np.intp]) -> list[str]:
    """Nearest visit of every way that was judged, by the mildest rule for its test."""
    evidence, criteria = grading.evidence, grading.criteria
    mildest: dict[str, int] = {}
    for number, rule in enumerate(criteria.rules):
        names = quantities_of(rule.shows[0])
        if names and not rule.undecided_lowers:
            mildest[names[0]] = number
    parts = np.full(evidence.n_patients, "", dtype=object)
    for name, number in mildest.items():
        rule = criteria.rules[number]
        row = nearest_row(grading, name, highest=criteria.otherwise_needs == "any")
        open_to = (row >= 0) & grading.open_rules[:, number] & grading.judged_rules[:, number]
        patients = nothing[open_to[nothing]]
        limit = f" (needs {rule.limit})" if rule.limit else ""
        months = evidence.month[row[patients]].tolist()
        shown = sentences(rule.shows, evidence, row[patients])
        parts[patients] += [
            f"; nearest at month {month:.1f}, {text}{limit}"
            for month, text in zip(months, shown, strict=True)
        ]
    start = f"{criteria.otherwise}: "
    return [start + text.removeprefix("; ") for text in parts[nothing].tolist()]


def _say_what_was_not_confirmed(grading: Grading, best: Best, confirm: Confirm, texts: Texts) -> None:
    dropped = unconfirmed(grading, best, confirm)
    if not len(dropped.patients):
        return
    patients, floor = dropped.patients, grading.floor
    alone = best_of_patients(grading)
    to_floor = best.grade[patients] == floor
    texts[patients[to_floor]] = f"{grading.criteria.otherwise}: " + dropped.sentence[to_floor]
    apart = (best.grade[patients] < floor) & (alone.row[patients] != best.row[patients])
    texts[patients[apart]] += "; " + dropped.sentence[apart]


def _say_what_was_lowered(grading: Grading, best: Best, texts: Texts) -> None:
    """A better category that could not be decided, at the visit that has most of its tests."""
    evidence = grading.evidence
    rule = next((rule for rule in grading.criteria.rules if rule.undecided_lowers), None)
    if rule is None:
        return
    known = np.zeros(len(evidence), dtype=np.int64)
    for name in (name for shown in rule.shows for name in quantities_of(shown)):
        known += getattr(evidence.now, name).known
    rows = np.flatnonzero(grading.lowered & grading.counted & (known > 0))
    rows = rows[np.lexsort((-rows, known[rows]))]
    row = np.full(evidence.n_patients, -1)
    row[evidence.patient[rows]] = rows
    lower = np.flatnonzero((row >= 0) & (best.grade > 0))
    months = evidence.month[row[lower]].tolist()
    texts[lower] += [
        f"; {rule.category} not decidable at month {month:.1f} ({text})"
        for month, text in zip(months, sentences(rule.shows, evidence, row[lower]), strict=True)
    ]


def _say_what_was_held_back(grading: Grading, until: float | None, texts: Texts) -> None:
    """What the natriuretic peptides alone would say under an IMiD."""
    evidence = grading.evidence
    if not grading.criteria.domain.startswith("cardiac") or grading.criteria.when == "baseline":
        return
    if not evidence.under_imid.any():
        return
    alone = grade_rows(grading.criteria, evidence.by_the_numbers(), until)
    numbers, held = best_of_patients(alone), best_of_patients(grading)
    names = (*grading.criteria.categories, NOT_EVALUABLE)
    patients = np.flatnonzero(numbers.grade != held.grade)
    grades, months = numbers.grade[patients].tolist(), numbers.month[patients].tolist()
    texts[patients] += [
        "; held back: natriuretic peptide under an IMiD (imid_confounded), by the numbers alone "
        f"{names[grade]}{f' at month {month:.1f}' if month == month else ''}"
        for grade, month in zip(grades, months, strict=True)
    ]


def _say_what_is_odd(grading: Grading, at_baseline: Evidence, texts: Texts) -> None:
    """Flags for a baseline ratio that points to the other chain, and for N Latex samples."""
    if not grading.criteria.domain.startswith("hematologic"):
        return
    texts[ratio_points_elsewhere(at_baseline)] += (
        "; flag: the baseline ratio points away from the amyloid's isotype"
    )
    visits = grading.evidence.visits
    rows = np.flatnonzero(visits.n_latex)[::-1]
    first = np.full(grading.evidence.n_patients, np.nan)
    first[visits.patient[rows]] = visits.month[rows]
    patients = np.flatnonzero(~np.isnan(first))
    texts[patients] += [
        f"; flag: N Latex free light chains from month {month:.1f} are not used"
        for month in first[patients].tolist()
    ]


def ratio_points_elsewhere(at_baseline: Evidence) -> NDArray[np.bool_]:
    """Patients whose baseline kappa/lambda ratio is abnormal toward the chain that is not the amyloid's."""
    from amyloid.criteria.hematologic import RATIO_RANGE

    isotype = at_baseline.cohort.patients["light_chain"].astype(object).to_numpy()
    ratio = at_baseline.base.flc_ratio
    low, high = (ratio < RATIO_RANGE[0]).surely, (ratio > RATIO_RANGE[1]).surely
    return np.asarray(((isotype == "kappa") & low) | ((isotype == "lambda") & high))
