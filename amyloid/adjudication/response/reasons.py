"""One sentence per patient: the rule, the values, the month, what could not be decided, and what is odd."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from amyloid.adjudication.criteria import Rule
from amyloid.adjudication.criteria.hematologic import RATIO, clone_found, no_clone
from amyloid.adjudication.criteria.renal import EGFR_FALL, can_progress, overflow
from amyloid.adjudication.labs import Evidence
from amyloid.adjudication.labs.course import TEMPORARY_DIALYSIS_MONTHS
from amyloid.adjudication.response.grading import (
    NOT_EVALUABLE,
    Best,
    Grading,
    best_of_patients,
    grade_rows,
)
from amyloid.adjudication.response.obstacles import Obstacles, dropped, nearest_row
from amyloid.adjudication.response.wording import quantities_of, sentences
from amyloid.adjudication.texts import (
    Phrase,
    Piece,
    Rows,
    Texts,
    join,
    join_what_is_there,
    lay_out,
    one_decimal,
    written,
)


def reasons(best: Best, at_baseline: Evidence, hindered: Obstacles) -> Texts:
    """Reasons for every patient's category.

    Parameters
    ----------
    best : Best
    at_baseline : Evidence
        One row per patient.
    hindered : Obstacles

    Returns
    -------
    pyarrow.StringArray, one per patient
    """
    grading = best.grading
    n_patients = grading.evidence.n_patients
    main = [*_reached(grading, best), *_nothing_reached(grading, best)]
    main += [(patients, join(f"{NOT_EVALUABLE}: ", said)) for patients, said in hindered.said]
    behind: list[Piece] = []
    if best.dropped.any():
        to_floor = np.flatnonzero(best.dropped & (best.grade == grading.floor))
        main.append((to_floor, join(f"{grading.criteria.otherwise}: ", dropped(best, to_floor))))
        apart = best.dropped & (best.grade < grading.floor) & (best.alone.row != best.row)
        behind.append((np.flatnonzero(apart), join("; ", dropped(best, np.flatnonzero(apart)))))
    behind += _left_open(grading, best)
    behind += _held_back(best)
    behind += _of_the_kidney(grading, best)
    behind += _odd(grading, best, at_baseline)
    columns = [lay_out(n_patients, main)]
    columns += [lay_out(n_patients, [piece]) for piece in behind if len(piece[0])]
    return written(join(*columns), n_patients)


def _reached(grading: Grading, best: Best) -> Iterator[Piece]:
    """Yield who reached a category, rule by rule, with the values that did."""
    evidence, criteria = grading.evidence, grading.criteria
    names = [*criteria.categories, NOT_EVALUABLE]
    patients = np.flatnonzero(best.row >= 0)
    rows, levels = best.row[patients], best.grade[patients]
    rules = grading.rule[rows]
    for number, rule in enumerate(criteria.rules):
        limit = f" ({printed_limit(rule, evidence)})" if rule.limit else ""
        for level in np.unique(levels[rules == number]).tolist():
            chosen = np.flatnonzero((rules == number) & (levels == level))
            at = rows[chosen]
            shown = sentences(rule.shows, evidence, at)
            if criteria.when == "baseline":
                yield patients[chosen], join(f"{rule.category}: ", shown, limit)
                continue
            name, confirmed = names[level], ""
            if name != rule.category:  # the visit's own is better than what the next sample confirms
                confirmed = f", a {rule.category} that the next sample confirms as {name}"
            when = _dated(grading, at)
            yield patients[chosen], join(f"{name} at month ", when, ": ", shown, limit, confirmed)


def _dated(grading: Grading, at: Rows) -> Phrase:
    """Months of these rows, with the visit's own where a later sample dates it."""
    month, visit = grading.month[at], grading.evidence.month[at]
    carried = np.flatnonzero(month > visit)
    of_visit = join(" (the last sample of the visit of month ", one_decimal(visit[carried]), ")")
    return join(one_decimal(month), lay_out(len(at), [(carried, of_visit)]) if len(carried) else "")


def printed_limit(rule: Rule, evidence: Evidence) -> str:
    """The rule's threshold with the reference range of the cohort's card."""
    low, high = evidence.reference("flc_ratio")
    return rule.limit.replace(RATIO, f"{low:g}-{high:g}")


def _nothing_reached(grading: Grading, best: Best) -> Iterator[Piece]:
    """Nearest visit of every way that was judged, by the mildest rule for its test."""
    evidence, criteria = grading.evidence, grading.criteria
    if criteria.otherwise == NOT_EVALUABLE:
        return
    nothing = np.flatnonzero(best.grade == grading.floor)
    mildest: dict[str, int] = {}
    for number, rule in enumerate(criteria.rules):
        names = quantities_of(rule.shows[0])
        if names and not rule.undecided_lowers:
            mildest[names[0]] = number
    bare = np.ones(len(nothing), dtype=bool)
    ways: list[Phrase] = []
    for name, number in mildest.items():
        rule = criteria.rules[number]
        row = nearest_row(grading, name, highest=criteria.otherwise_needs == "any")[nothing]
        open_to = grading.open_rules[nothing, number] & grading.judged_rules[nothing, number]
        told = np.flatnonzero((row >= 0) & open_to)
        bare[told] = False
        limit = f" (needs {printed_limit(rule, evidence)})" if rule.limit else ""
        months = one_decimal(evidence.month[row[told]])
        shown = sentences(rule.shows, evidence, row[told])
        nearest = join("nearest at month ", months, ", ", shown, limit)
        everywhere = len(told) == len(nothing)
        ways.append(nearest if everywhere else join(lay_out(len(nothing), [(told, nearest)])))
    said = join_what_is_there(ways, "; ", len(nothing))
    yield nothing, join(f"{criteria.otherwise}: ", said)
    yield from _without_values(grading, nothing[bare])


def _without_values(grading: Grading, nothing: Rows) -> Iterator[Piece]:
    """Words where no visit has a value to show: what decided without one."""
    evidence, otherwise = grading.evidence, f"{grading.criteria.otherwise}: "
    yield nothing, f"{otherwise}no sample shows it"
    row = evidence.first_where(grading.counted & (grading.rule == len(grading.criteria.rules)))[nothing]
    told, row = nothing[row >= 0], row[row >= 0]
    shown = sentences(grading.criteria.rules[0].shows, evidence, row)
    yield told, join(f"{otherwise}month ", one_decimal(evidence.month[row]), ", ", shown)


def _left_open(grading: Grading, best: Best) -> Iterator[Piece]:
    """A better category that could not be decided, at the visit that has most of its tests."""
    evidence, criteria = grading.evidence, grading.criteria
    if criteria.otherwise_needs == "any" or criteria.when == "baseline":
        return
    open_to, grade = best.possible[evidence.patient], best.grade[evidence.patient]
    left_open = np.flatnonzero((grading.possible_grade == open_to) & (grade > open_to))
    for number, rule in enumerate(criteria.rules):
        rows = left_open[grading.possible[left_open] == number]
        if not rule.undecided_lowers:
            rows = rows[grade[rows] < len(criteria.categories)]
        if not len(rows):
            continue
        known = np.zeros(len(rows), dtype=np.int64)
        for name in quantities_of(*rule.shows):
            known += evidence.now[name].known[rows]
        rows = rows[np.lexsort((-rows, known))]
        row = np.full(evidence.n_patients, -1)
        row[evidence.patient[rows]] = rows
        patients = np.flatnonzero(row >= 0)
        months = one_decimal(evidence.month[row[patients]])
        shown = sentences(rule.shows, evidence, row[patients])
        yield patients, join(f"; {rule.category} not decidable at month ", months, " (", shown, ")")


def _held_back(best: Best) -> Iterator[Piece]:
    """What the natriuretic peptides alone would say under an IMiD."""
    grading, evidence = best.grading, best.grading.evidence
    if not grading.criteria.domain.startswith("cardiac") or grading.criteria.when == "baseline":
        return
    if not evidence.under_imid.any():
        return
    numbers = best_of_patients(grade_rows(grading.criteria, evidence.by_the_numbers(), grading.until))
    patients = np.flatnonzero(numbers.grade != best.alone.grade)
    names = pa.array([*grading.criteria.categories, NOT_EVALUABLE])
    category = names.take(pa.array(numbers.grade[patients]))
    month = numbers.month[patients]
    dated = np.flatnonzero(~np.isnan(month))
    when = lay_out(len(patients), [(dated, join(" at month ", one_decimal(month[dated])))])
    held_back = "; held back: natriuretic peptide under an IMiD (imid_confounded), by the numbers alone "
    yield patients, join(held_back, category, when)


def unconfirmed_fall(grading: Grading) -> NDArray[np.intp]:
    """Row of each patient's first fall of eGFR by a quarter; -1 without one."""
    open_to = can_progress(grading.evidence).surely & grading.counted
    return grading.evidence.first_where(open_to & (grading.evidence.today_fall.egfr >= EGFR_FALL).surely)


def _of_the_kidney(grading: Grading, best: Best) -> Iterator[Piece]:
    """Overruled involvement, falls of eGFR that the next sample took back, dialysis that was temporary."""
    domain, evidence = grading.criteria.domain, grading.evidence
    if domain == "involvement_kidney":
        overruled = overflow(evidence) & evidence.flag("kidney")
        rows = np.flatnonzero(overruled.surely & (best.grade == 1))
        yield rows, "; this overrules the kidney recorded as involved"
    if domain == "renal_progression":
        row = unconfirmed_fall(grading)
        patients = np.flatnonzero((row >= 0) & (best.grade == grading.floor))
        months = one_decimal(evidence.month[row[patients]])
        shown = sentences(("egfr_of_day",), evidence, row[patients])
        yield patients, join("; not confirmed by the next sample: month ", months, ", ", shown)
    if domain in ("renal_progression", "renal_response"):
        dialysis = evidence.course.dialysis
        ended = (dialysis.start > 0) & (dialysis.end - dialysis.start <= TEMPORARY_DIALYSIS_MONTHS + 1e-9)
        start = np.full(evidence.n_patients, np.nan)
        start[dialysis.patient[ended].astype(np.intp)] = dialysis.start[ended]
        patients = np.flatnonzero(~np.isnan(start))
        months = one_decimal(start[patients])
        yield patients, join("; the dialysis of month ", months, " ended within 91 days: temporary")


def _odd(grading: Grading, best: Best, at_baseline: Evidence) -> Iterator[Piece]:
    """Flags for a baseline that points to the other chain or shows no clone, and for N Latex samples."""
    domain = grading.criteria.domain
    if not domain.startswith("hematologic"):
        return
    elsewhere = np.flatnonzero(ratio_points_elsewhere(at_baseline))
    yield elsewhere, "; flag: the baseline ratio points away from the amyloid's isotype"
    if domain != "hematologic_progression":
        seen = clone_found(at_baseline).surely | no_clone(at_baseline).surely
        unknown = np.flatnonzero((best.grade < len(grading.criteria.categories)) & ~seen)
        yield unknown, "; flag: the baseline does not show whether a clone was detectable"
    visits = grading.evidence.visits
    rows = np.flatnonzero(visits.n_latex)[::-1]
    first = np.full(grading.evidence.n_patients, np.nan)
    first[visits.patient[rows]] = visits.month[rows]
    patients = np.flatnonzero(~np.isnan(first))
    months = one_decimal(first[patients])
    yield patients, join("; flag: N Latex free light chains from month ", months, " are not used")


def ratio_points_elsewhere(at_baseline: Evidence) -> NDArray[np.bool_]:
    """Patients whose baseline kappa/lambda ratio is abnormal toward the chain that is not the amyloid's."""
    low, high = at_baseline.reference("flc_ratio")
    ratio = at_baseline.base.flc_ratio
    of_kappa = at_baseline.isotype("kappa").surely & (ratio < low).surely
    of_lambda = at_baseline.isotype("lambda").surely & (ratio > high).surely
    return np.asarray(of_kappa | of_lambda)
