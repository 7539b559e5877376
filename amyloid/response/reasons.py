"""One sentence per patient: the rule, the values, the month, and what could not be decided."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from amyloid.criteria import Rule
from amyloid.labs import Evidence
from amyloid.response.grading import NOT_EVALUABLE, Best, Confirm, Grading, best_of_patients, grade_rows
from amyloid.response.wording import LABELS, phrases, quantities_of

Texts = NDArray[np.object_]


def reasons(grading: Grading, best: Best, at_baseline: Evidence, until: float | None, confirm: Confirm) -> Texts:
    """Reasons for every patient's category.

    Returns
    -------
    numpy.ndarray of str, one per patient
    """
    texts = np.full(grading.evidence.n_patients, "", dtype=object)
    _reached(grading, best, texts)
    not_evaluable = best.grade == len(grading.criteria.categories)
    if grading.criteria.otherwise != NOT_EVALUABLE:
        nothing = np.flatnonzero(best.grade == grading.floor)
        texts[nothing] = _nothing_reached(grading, nothing, confirm)
    texts[not_evaluable] = _not_evaluable(grading, at_baseline, np.flatnonzero(not_evaluable), confirm)
    _say_what_was_lowered(grading, best, texts)
    _say_what_was_held_back(grading, until, texts)
    _say_what_is_odd(grading, at_baseline, texts)
    return texts


def _reached(grading: Grading, best: Best, texts: Texts) -> None:
    evidence, criteria = grading.evidence, grading.criteria
    patients = np.flatnonzero(best.row >= 0)
    rows = best.row[patients]
    for number, rule in enumerate(criteria.rules):
        chosen = grading.rule[rows] == number
        if chosen.any():
            shown = _shown(rule, evidence, rows[chosen])
            when = [f" at month {month:.1f}" for month in evidence.month[rows[chosen]]]
            if criteria.when == "baseline":
                when = [""] * len(when)
            limit = f" ({rule.limit})" if rule.limit else ""
            texts[patients[chosen]] = [f"{rule.category}{at}: {text}{limit}" for at, text in zip(when, shown, strict=True)]


def _shown(rule: Rule, evidence: Evidence, rows: NDArray[np.intp]) -> list[str]:
    columns = [phrases(shown, evidence, rows) for shown in rule.shows]
    return ["; ".join(parts) for parts in zip(*columns, strict=True)]


def _nothing_reached(grading: Grading, patients: NDArray[np.intp], confirm: Confirm) -> list[str]:
    """The visit that came nearest, by the last open rule."""
    evidence, criteria = grading.evidence, grading.criteria
    texts = np.full(evidence.n_patients, "", dtype=object)
    for number, rule in enumerate(criteria.rules):
        names = quantities_of(rule.shows[0])
        if rule.undecided_lowers or not names:
            continue
        row = _nearest_row(grading, names[0], highest=criteria.otherwise_needs == "any")
        open_to = np.flatnonzero((row >= 0) & grading.open_rules[:, number] & grading.judged_rules[:, number])
        limit = f" (needs {rule.limit})" if rule.limit else ""
        for patient, text in zip(open_to, _shown(rule, evidence, row[open_to]), strict=True):
            texts[patient] = f"{criteria.otherwise}: nearest at month {evidence.month[row[patient]]:.1f}, {text}{limit}"
    unconfirmed = _unconfirmed(grading, confirm)
    return [
        f"{criteria.otherwise}: {unconfirmed[patient]}" if patient in unconfirmed else str(texts[patient])
        for patient in patients.tolist()
    ]


def _nearest_row(grading: Grading, name: str, *, highest: bool) -> NDArray[np.intp]:
    """Row of each patient's highest or lowest value among the visits that count; -1 without one."""
    values = getattr(grading.evidence.now, name)
    rows = np.flatnonzero(grading.counted & values.known)
    order = rows[np.argsort(values.high[rows] if highest else -values.high[rows], kind="stable")]
    nearest = np.full(grading.evidence.n_patients, -1)
    nearest[grading.evidence.patient[order]] = order
    return nearest


def _unconfirmed(grading: Grading, confirm: Confirm) -> dict[int, str]:
    """Patients who reached something that no later sample confirmed."""
    if confirm == "none":
        return {}
    alone, confirmed = best_of_patients(grading), best_of_patients(grading, confirm)
    dropped = np.flatnonzero((alone.row >= 0) & (alone.grade != confirmed.grade))
    names = grading.criteria.categories
    return {
        int(patient): f"{names[alone.grade[patient]]} at month {alone.month[patient]:.1f} was not confirmed 28 days later"
        for patient in dropped
    }


def _not_evaluable(
    grading: Grading, at_baseline: Evidence, patients: NDArray[np.intp], confirm: Confirm
) -> list[str]:
    criteria, evidence = grading.criteria, grading.evidence
    open_rules = grading.open_rules.copy()
    ways = np.array([not rule.undecided_lowers for rule in criteria.rules])
    can_open = (open_rules & ways).any(axis=1)
    visits = np.bincount(evidence.patient[grading.counted], minlength=evidence.n_patients)
    unconfirmed = _unconfirmed(grading, confirm)
    closed = [(closure.words, closure.holds(at_baseline).surely) for closure in criteria.closed]
    missing = _missing_tests(grading)
    texts = []
    for patient in patients.tolist():
        shut = next((words for words, holds in closed if holds[patient]), None)
        if shut is not None:
            reason = shut
        elif criteria.when == "baseline":
            reason = criteria.evaluable
        elif patient in unconfirmed:
            reason = unconfirmed[patient]
        elif not can_open[patient]:
            reason = criteria.evaluable + _baseline_values(grading, at_baseline, patient)
        elif not visits[patient]:
            reason = "no sample after baseline"
        else:
            reason = f"not judged at any of {visits[patient]} visits{missing[patient]}"
        texts.append(f"NE: {reason}")
    return texts


def _baseline_values(grading: Grading, at_baseline: Evidence, patient: int) -> str:
    """What the baseline was, for the quantity of the first rule that it did not open."""
    names = dict.fromkeys(
        name for rule in grading.criteria.rules if not rule.undecided_lowers for s in rule.shows for name in quantities_of(s)
    )
    first = next(iter(names), None)
    if first is None:
        return ""
    return f"; {phrases('base_' + first, at_baseline, np.array([patient]))[0]}"


def _missing_tests(grading: Grading) -> dict[int, str]:
    """Why a patient's counted visits decide nothing: tests they never show, or a test that is not scorable."""
    evidence = grading.evidence
    lacking: dict[int, dict[str, None]] = {patient: {} for patient in range(evidence.n_patients)}
    unscorable: dict[int, str] = {}
    for number, rule in enumerate(grading.criteria.rules):
        for name in (name for shown in rule.shows for name in quantities_of(shown)):
            seen = np.zeros(evidence.n_patients, dtype=bool)
            seen[evidence.patient[grading.counted & getattr(evidence.now, name).known]] = True
            for patient in np.flatnonzero(~seen & grading.open_rules[:, number]).tolist():
                lacking[patient][LABELS[name][0]] = None
            if rule.unscorable:
                unscorable |= dict.fromkeys(np.flatnonzero(seen).tolist(), rule.unscorable)
    return {
        patient: f": {unscorable[patient]}"
        if patient in unscorable
        else f": {', '.join(tests)} missing"
        if tests
        else ""
        for patient, tests in lacking.items()
    }


def _say_what_was_lowered(grading: Grading, best: Best, texts: Texts) -> None:
    """A better category that could not be decided, with the test that was missing."""
    evidence = grading.evidence
    row = evidence.first_where(grading.lowered & grading.counted)
    lower = np.flatnonzero((row >= 0) & (best.grade > 0))
    if not len(lower):
        return
    rule = next(rule for rule in grading.criteria.rules if rule.undecided_lowers)
    for patient in lower.tolist():
        at = np.array([row[patient]])
        what = "; ".join(part for shown in rule.shows for part in phrases(shown, evidence, at))
        texts[patient] += f"; {rule.category} not decidable at month {evidence.month[at[0]]:.1f} ({what})"


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
    for patient in np.flatnonzero(numbers.grade != held.grade).tolist():
        at = f" at month {numbers.month[patient]:.1f}" if numbers.row[patient] >= 0 else ""
        texts[patient] += (
            f"; held back: natriuretic peptide under an IMiD (imid_confounded), by the numbers alone "
            f"{names[numbers.grade[patient]]}{at}"
        )


def _say_what_is_odd(grading: Grading, at_baseline: Evidence, texts: Texts) -> None:
    """Flags for a baseline ratio that points to the other chain, and for N Latex samples."""
    if not grading.criteria.domain.startswith("hematologic"):
        return
    for patient in np.flatnonzero(ratio_points_elsewhere(at_baseline)).tolist():
        texts[patient] += "; flag: the baseline ratio points away from the amyloid's isotype"
    visits = grading.evidence.visits
    latex = np.unique(visits.patient[visits.n_latex])
    for patient in latex.tolist():
        first = visits.month[visits.n_latex & (visits.patient == patient)][0]
        texts[patient] += f"; flag: N Latex free light chains from month {first:.1f} are not used"


def ratio_points_elsewhere(at_baseline: Evidence) -> NDArray[np.bool_]:
    """Patients whose baseline kappa/lambda ratio is abnormal toward the chain that is not the amyloid's."""
    from amyloid.criteria.hematologic import RATIO_RANGE

    isotype = at_baseline.cohort.patients["light_chain"].astype(object).to_numpy()
    ratio = at_baseline.base.flc_ratio
    low, high = (ratio < RATIO_RANGE[0]).surely, (ratio > RATIO_RANGE[1]).surely
    return np.asarray(((isotype == "kappa") & low) | ((isotype == "lambda") & high))
