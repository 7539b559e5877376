"""One sentence per patient: the rule, the values, the month, what could not be decided, and what is odd."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from amyloid.adjudication.criteria import Rule
from amyloid.adjudication.criteria.hematologic import RATIO, clone_found, no_clone
from amyloid.adjudication.criteria.renal import EGFR_FALL, can_progress, overflow
from amyloid.adjudication.labs import Evidence
from amyloid.adjudication.labs.course import TEMPORARY_DIALYSIS_MONTHS
from amyloid.adjudication.response.grading import (
    NOT_EVALUABLE,
    Best,
    Confirm,
    Grading,
    best_of_patients,
    grade_rows,
)
from amyloid.adjudication.response.obstacles import Obstacles, nearest_row, unconfirmed
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
    repeated,
)


def say_what_was_held_back(grading: Grading, until: float | None, texts: Texts) -> Texts:
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


def say_what_is_odd(grading: Grading, best: Best, at_baseline: Evidence, texts: Texts) -> Texts:
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
    texts = _say_what_clone_was_seen(grading, best, at_baseline, texts)
    return append(texts, patients, "; flag: N Latex free light chains from month ", months, " are not used")


def ratio_points_elsewhere(at_baseline: Evidence) -> NDArray[np.bool_]:
    """Patients whose baseline kappa/lambda ratio is abnormal toward the chain that is not the amyloid's."""
    low, high = at_baseline.reference("flc_ratio")
    ratio = at_baseline.base.flc_ratio
    of_kappa = at_baseline.isotype("kappa").surely & (ratio < low).surely
    of_lambda = at_baseline.isotype("lambda").surely & (ratio > high).surely
    return np.asarray(of_kappa | of_lambda)


def _say_what_clone_was_seen(grading: Grading, best: Best, at_baseline: Evidence, texts: Texts) -> Texts:
    if grading.criteria.domain == "hematologic_progression":
        return texts
    seen = clone_found(at_baseline).surely | no_clone(at_baseline).surely
    judged = best.grade < len(grading.criteria.categories)
    unknown = np.flatnonzero(judged & ~seen)
    return append(texts, unknown, "; flag: the baseline does not show whether a clone was detectable")


def unconfirmed_fall(grading: Grading) -> NDArray[np.intp]:
    """Row of each patient's first fall of eGFR by a quarter; -1 without one."""
    open_to = can_progress(grading.evidence).surely & grading.counted
    return grading.evidence.first_where(open_to & (grading.evidence.today_fall.egfr >= EGFR_FALL).surely)


def say_what_the_kidney_did(grading: Grading, best: Best, texts: Texts) -> Texts:
    """Overruled involvement, falls of eGFR that the next sample took back, dialysis that was temporary."""
    domain, evidence = grading.criteria.domain, grading.evidence
    if domain == "involvement_kidney":
        overruled = overflow(evidence) & evidence.flag("kidney")
        rows = np.flatnonzero(overruled.surely & (best.grade == 1))
        return append(texts, rows, "; this overrules the kidney recorded as involved")
    if domain not in ("renal_progression", "renal_response"):
        return texts
    if domain == "renal_progression":
        row = unconfirmed_fall(grading)
        patients = np.flatnonzero((row >= 0) & (best.grade == grading.floor))
        months = one_decimal(evidence.month[row[patients]])
        shown = sentences(("egfr_of_day",), evidence, row[patients])
        texts = append(texts, patients, "; not confirmed by the next sample: month ", months, ", ", shown)
    dialysis = evidence.course.dialysis
    ended = (dialysis.start > 0) & (dialysis.end - dialysis.start <= TEMPORARY_DIALYSIS_MONTHS + 1e-9)
    start = np.full(evidence.n_patients, np.nan)
    start[dialysis.patient[ended].astype(np.intp)] = dialysis.start[ended]
    patients = np.flatnonzero(~np.isnan(start))
    months = one_decimal(start[patients])
    return append(texts, patients, "; the dialysis of month ", months, " ended within 91 days: temporary")


def reasons(
    grading: Grading,
    best: Best,
    at_baseline: Evidence,
    hindered: Obstacles,
    until: float | None,
    confirm: Confirm,
) -> Texts:
    """Reasons for every patient's category.

    Parameters
    ----------
    grading : Grading
    best : Best
    at_baseline : Evidence
        One row per patient.
    hindered : Obstacles
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
    pieces.append((hindered.patients, join(f"{NOT_EVALUABLE}: ", hindered.sentence)))
    texts = lay_out(grading.evidence.n_patients, pieces)
    texts = _say_what_was_not_confirmed(grading, best, confirm, texts)
    texts = _say_what_was_left_open(grading, best, texts)
    texts = say_what_was_held_back(grading, until, texts)
    texts = say_what_the_kidney_did(grading, best, texts)
    return say_what_is_odd(grading, best, at_baseline, texts)


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
        limit = f" ({printed_limit(rule, evidence)})" if rule.limit else ""
        shown = sentences(rule.shows, evidence, at)
        if criteria.when == "baseline":
            said = join(f"{rule.category}: ", shown, limit)
        else:
            given, confirmed = _as_confirmed(rule, criteria.categories, best.grade[who])
            when = one_decimal(grading.month[at])
            carried = np.flatnonzero(grading.month[at] > evidence.month[at])
            visits = join(
                " (the last sample of the visit of month ", one_decimal(evidence.month[at[carried]]), ")"
            )
            when = append(when, carried, visits)
            said = join(given, " at month ", when, ": ", shown, limit, confirmed)
        yield who, said


def printed_limit(rule: Rule, evidence: Evidence) -> str:
    """The rule's threshold with the reference range of the cohort's card."""
    low, high = evidence.reference("flc_ratio")
    return rule.limit.replace(RATIO, f"{low:g}-{high:g}")


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
        limit = f" (needs {printed_limit(rule, evidence)})" if rule.limit else ""
        months = one_decimal(evidence.month[row[told]])
        shown = sentences(rule.shows, evidence, row[told])
        nearest = join("nearest at month ", months, ", ", shown, limit)
        ways.append(lay_out(len(nothing), [(told, nearest)]))
    told = join_what_is_there(ways, "; ")
    bare = np.flatnonzero(pc.equal(told, "").to_numpy(zero_copy_only=False))
    if len(bare):
        told = put(told, bare, _without_values(grading, nothing[bare]))
    return join(f"{criteria.otherwise}: ", told)


def _without_values(grading: Grading, nothing: Rows) -> Texts:
    """Words where no visit has a value to show: what decided without one."""
    evidence = grading.evidence
    row = evidence.first_where(grading.counted & (grading.rule == len(grading.criteria.rules)))[nothing]
    told = np.flatnonzero(row >= 0)
    shown = sentences(grading.criteria.rules[0].shows, evidence, row[told])
    values = join("month ", one_decimal(evidence.month[row[told]]), ", ", shown)
    return put(repeated("no sample shows it", len(nothing)), told, values)


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


def _say_what_was_left_open(grading: Grading, best: Best, texts: Texts) -> Texts:
    """A better category that could not be decided, at the visit that has most of its tests."""
    evidence, criteria = grading.evidence, grading.criteria
    if criteria.otherwise_needs == "any" or criteria.when == "baseline":
        return texts
    open_to, grade = best.possible[evidence.patient], best.grade[evidence.patient]
    left_open = np.flatnonzero((grading.possible_grade == open_to) & (grade > open_to))
    for number, rule in enumerate(criteria.rules):
        rows = left_open[grading.possible[left_open] == number]
        if not rule.undecided_lowers:
            rows = rows[grade[rows] < len(criteria.categories)]
        if not len(rows):
            continue
        known = np.zeros(len(rows), dtype=np.int64)
        for name in (name for shown in rule.shows for name in quantities_of(shown)):
            known += evidence.now[name][rows].known
        rows = rows[np.lexsort((-rows, known))]
        row = np.full(evidence.n_patients, -1)
        row[evidence.patient[rows]] = rows
        patients = np.flatnonzero(row >= 0)
        months = one_decimal(evidence.month[row[patients]])
        shown = sentences(rule.shows, evidence, row[patients])
        texts = append(
            texts, patients, f"; {rule.category} not decidable at month ", months, " (", shown, ")"
        )
    return texts
