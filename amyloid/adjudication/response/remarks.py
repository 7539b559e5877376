"""What a reason says besides: what was held back, what is odd, what was not confirmed."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from amyloid.adjudication.criteria.hematologic import clone_found, no_clone
from amyloid.adjudication.criteria.renal import EGFR_FALL, can_progress, overflow
from amyloid.adjudication.labs import Evidence
from amyloid.adjudication.labs.course import TEMPORARY_DIALYSIS_MONTHS
from amyloid.adjudication.response.grading import NOT_EVALUABLE, Best, Grading, best_of_patients, grade_rows
from amyloid.adjudication.response.wording import sentences
from amyloid.adjudication.texts import Texts, append, join, lay_out, one_decimal


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
