"""One function applies every criterion: a category per visit, then one per patient."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
from numpy.typing import NDArray

from amyloid.adjudication.decidable import Bools, Floats
from amyloid.adjudication.labs.visits import SAME_TIME_MONTHS

if TYPE_CHECKING:
    from amyloid.adjudication.criteria import Criteria
    from amyloid.adjudication.labs import Evidence

Confirm = Literal["none", "28-days"]
CONFIRM: Final = ("none", "28-days")
CONFIRMATION_MONTHS: Final = 28 / 30.4375
CONFIRMED_DOMAINS: Final = ("hematologic_response",)
NOT_EVALUABLE: Final = "NE"
PLACE_PRECISION_MONTHS: Final = 1e-5
"""Some seconds: what a number holding both the patient and the month can tell apart."""


@dataclass(frozen=True)
class Grading:
    """A criterion applied to every row of its evidence.

    Attributes
    ----------
    criteria : Criteria
    evidence : Evidence
    rule : numpy.ndarray of int, one per row
        Number of the rule that gives the row its category; ``len(rules)`` where none holds and the rest is
        judged (`Criteria.otherwise`), ``len(rules) + 1`` where the row cannot be judged.
    counted : numpy.ndarray of bool, one per row
        Rows that count: own line of therapy, not later than the landmark, patient not closed.
    open_rules : numpy.ndarray of bool, patients by rules
        Which ways the patient's baseline opens.
    judged_rules : numpy.ndarray of bool, patients by rules
        Which rules were decided at one counted visit at least.
    lowered : numpy.ndarray of bool, one per row
        A better category could not be decided and the row fell to the next.
    """

    criteria: Criteria
    evidence: Evidence
    rule: NDArray[np.intp]
    counted: Bools
    open_rules: Bools
    judged_rules: Bools
    lowered: Bools

    @cached_property
    def grade_of_rule(self) -> NDArray[np.intp]:
        """Number of the category in ``criteria.categories``, by rule number; the last entry stands for NE."""
        categories = self.criteria.categories
        names = [rule.category for rule in self.criteria.rules] + [self.criteria.otherwise, NOT_EVALUABLE]
        known = {name: number for number, name in enumerate(categories)}
        return np.array([known.get(name, len(categories)) for name in names])

    @cached_property
    def grade(self) -> NDArray[np.intp]:
        """Number of each row's category, best first; ``len(categories)`` is NE."""
        return np.asarray(self.grade_of_rule[self.rule])

    @property
    def floor(self) -> int:
        """Number of the category that is given when nothing was reached."""
        return int(self.grade_of_rule[-2])

    @cached_property
    def floor_judged(self) -> Bools:
        """Patients in whom enough was judged to say that nothing was reached."""
        wanted = np.array([not rule.undecided_lowers for rule in self.criteria.rules])
        ways = self.open_rules & wanted
        if self.criteria.otherwise_needs == "any":
            return np.asarray((ways & self.judged_rules).any(axis=1))
        return np.asarray(ways.any(axis=1) & ~(ways & ~self.judged_rules).any(axis=1))


def grade_rows(criteria: Criteria, evidence: Evidence, until: float | None = None) -> Grading:
    """Give every row of the evidence its category.

    Parameters
    ----------
    criteria : Criteria
    evidence : Evidence
        Follow-up visits, or one row per patient for criteria judged at baseline.
    until : float, optional
        Last month that counts (landmark response).
    """
    n_rules = len(criteria.rules)
    counted = np.ones(len(evidence), dtype=bool)
    for closure in criteria.closed:
        counted &= ~closure.holds(evidence).surely
    if criteria.own_line_only and criteria.when == "follow-up":
        counted &= evidence.before_next_line
    if until is not None:
        counted &= evidence.month <= until + SAME_TIME_MONTHS
    rule_of_row = np.full(len(evidence), n_rules + 1)
    open_rules = np.zeros((evidence.n_patients, n_rules), dtype=bool)
    judged_rules = np.zeros((evidence.n_patients, n_rules), dtype=bool)
    lowered = np.zeros(len(evidence), dtype=bool)
    undecided_somewhere = np.zeros(len(evidence), dtype=bool)
    judged_somewhere = np.zeros(len(evidence), dtype=bool)
    for number, rule in enumerate(criteria.rules):
        answer = rule.holds(evidence)
        applies = np.ones(len(evidence), bool) if rule.applies is None else rule.applies(evidence).surely
        open_rules[:, number] = evidence.patients_with(applies)
        judged = answer.decided & _seen(rule.sees, evidence, needed=criteria.otherwise_needs == "any")
        judged &= applies & counted
        judged_rules[:, number] = evidence.patients_with(judged)
        holds = answer.surely & applies & counted & (rule_of_row == n_rules + 1)
        rule_of_row[holds] = number
        if rule.undecided_lowers:
            lowered |= applies & counted & answer.possibly & ~answer.surely
        else:
            judged_somewhere |= judged
            undecided_somewhere |= applies & counted & ~answer.decided
    nothing = counted & judged_somewhere & (rule_of_row == n_rules + 1)
    if criteria.otherwise_needs == "all":
        nothing &= ~undecided_somewhere
    if criteria.otherwise != NOT_EVALUABLE:
        rule_of_row[nothing] = n_rules
    return Grading(criteria, evidence, rule_of_row, counted, open_rules, judged_rules, lowered)


def _seen(tests: tuple[str, ...], evidence: Evidence, *, needed: bool) -> Bools:
    """Rows where one of the tests was measured; no test named counts only where none is needed."""
    seen = np.full(len(evidence), not needed and not tests)
    for test in tests:
        seen |= getattr(evidence.now, test).known
    return seen


def open_by_baseline(criteria: Criteria, at_baseline: Evidence) -> Bools:
    """Which ways each patient's baseline opens: patients by rules, with those who have no later visit."""
    answers = [
        np.ones(len(at_baseline), bool) if rule.applies is None else rule.applies(at_baseline).surely
        for rule in criteria.rules
    ]
    return np.stack(answers, axis=1)


def confirmed_grades(grading: Grading) -> NDArray[np.intp]:
    """Each row's category as the next judged sample at least 28 days later confirms it.

    The same or a better category confirms; a lower one confirms only itself; without a later sample nothing
    above the floor is confirmed [C; neither the 2005 nor the 2012 text asks for it].
    """
    grade, evidence = grading.grade, grading.evidence
    not_evaluable = len(grading.criteria.categories)
    judged = np.flatnonzero(grade < not_evaluable)
    place = evidence.patient * 20_000.0 + evidence.month
    wanted = place + CONFIRMATION_MONTHS - PLACE_PRECISION_MONTHS
    position = np.searchsorted(place[judged], wanted)
    found = judged[np.minimum(position, len(judged) - 1)] if len(judged) else np.zeros(len(grade), np.intp)
    exists = (position < len(judged)) & (evidence.patient[found] == evidence.patient)
    later = np.where(exists, grade[found], grading.floor) if len(judged) else grade
    return np.where(grade == not_evaluable, grade, np.maximum(grade, np.minimum(later, grading.floor)))


@dataclass(frozen=True)
class Best:
    """Each patient's category, and the row that gave it.

    Attributes
    ----------
    grade : numpy.ndarray of int, one per patient
        Number of the category; ``len(categories)`` is NE.
    row : numpy.ndarray of int, one per patient
        First row of that category; -1 for the floor and for NE.
    """

    grade: NDArray[np.intp]
    row: NDArray[np.intp]
    month: Floats


def best_of_patients(grading: Grading, confirm: Confirm = "none") -> Best:
    """Best category over the rows that count, and the first month it was reached.

    Raises
    ------
    ValueError
        For an unknown `confirm`.
    """
    if confirm not in CONFIRM:
        raise ValueError(f"confirm is one of {', '.join(CONFIRM)}, not {confirm!r}")
    evidence, criteria = grading.evidence, grading.criteria
    not_evaluable = len(criteria.categories)
    confirms = confirm == "28-days" and criteria.domain in CONFIRMED_DOMAINS
    grade = confirmed_grades(grading) if confirms else grading.grade
    best = np.full(evidence.n_patients, not_evaluable)
    np.minimum.at(best, evidence.patient, grade)
    if criteria.otherwise != NOT_EVALUABLE:
        nothing = best >= grading.floor
        best[nothing] = np.where(grading.floor_judged, grading.floor, not_evaluable)[nothing]
    reached = (grade == best[evidence.patient]) & (grade < not_evaluable)
    if criteria.otherwise != NOT_EVALUABLE:
        reached &= grade != grading.floor
    row = evidence.first_where(reached)
    month = np.full(evidence.n_patients, np.nan)
    if criteria.when == "follow-up":
        month[row >= 0] = evidence.month[row[row >= 0]]
    return Best(best, row, month)
