"""One function applies every criterion: a category per visit, then one per patient."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
from numpy.typing import NDArray

from amyloid.adjudication.criteria.rule import rests_on
from amyloid.adjudication.decidable import Bools, Floats
from amyloid.adjudication.labs.course import place
from amyloid.adjudication.labs.visits import SAME_TIME_MONTHS
from amyloid.adjudication.response.wording import quantities_of

if TYPE_CHECKING:
    from amyloid.adjudication.criteria import Criteria, Rule
    from amyloid.adjudication.decidable import Truth
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
    rule : numpy.ndarray of int8, one per row
        Number of the rule that gives the row its category; ``len(rules)`` where none holds and the rest is
        judged (`Criteria.otherwise`), ``len(rules) + 1`` where the row cannot be judged.
    counted : numpy.ndarray of bool, one per row
        Rows that count: visits in reach.
    reach : numpy.ndarray of bool, one per row
        Own line of therapy, not later than the landmark, patient not closed.
    open_rules : numpy.ndarray of bool, patients by rules
        Which ways the patient's baseline opens.
    judged_rules : numpy.ndarray of bool, patients by rules
        Which rules were decided at one counted visit at least.
    month : numpy.ndarray of float64, one per row
        Month that dates the row's category: of the latest sample it rests on.
    possible : numpy.ndarray of int8, one per row
        Number of the best rule that may hold and does not surely fail, ``len(rules) + 1`` where none.
    blocked : numpy.ndarray of bool, one per patient
        Something that cannot be scored keeps `Criteria.otherwise` from being said.
    until : float or None
        Last month that counts.
    """

    criteria: Criteria
    evidence: Evidence
    rule: NDArray[np.int8]
    counted: Bools
    reach: Bools
    open_rules: Bools
    judged_rules: Bools
    month: Floats
    possible: NDArray[np.int8]
    blocked: Bools
    until: float | None

    @cached_property
    def grade_of_rule(self) -> NDArray[np.int8]:
        """Number of the category in ``criteria.categories``, by rule number; the last entry stands for NE."""
        categories = self.criteria.categories
        names = [rule.category for rule in self.criteria.rules] + [self.criteria.otherwise, NOT_EVALUABLE]
        known = {name: number for number, name in enumerate(categories)}
        return np.array([known.get(name, len(categories)) for name in names], np.int8)

    @cached_property
    def grade(self) -> NDArray[np.int8]:
        """Number of each row's category, best first; ``len(categories)`` is NE."""
        return self.grade_of_rule.take(self.rule)

    @property
    def floor(self) -> int:
        """Number of the category that is given when nothing was reached."""
        return int(self.grade_of_rule[-2])

    @cached_property
    def possible_grade(self) -> NDArray[np.int8]:
        """Number of the best category that each row may have, by a rule with a value of its own there."""
        return np.minimum(self.grade, self.grade_of_rule.take(self.possible))

    @cached_property
    def floor_judged(self) -> Bools:
        """Patients in whom enough was judged to say that nothing was reached."""
        rules = self.criteria.rules
        ways = self.open_rules & self.criteria.ways
        judged = (ways & self.judged_rules).any(axis=1)
        if self.criteria.otherwise_needs == "any":
            return np.asarray(judged & ~self.blocked)
        needed = ways & np.array([not rule.optional for rule in rules])
        return np.asarray(judged & ~(needed & ~self.judged_rules).any(axis=1))


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
    reach = _reach(criteria, evidence, until)
    counted = reach & evidence.with_own(criteria.visits) if criteria.visits else reach
    asked = [_ask(criteria, rule, evidence, counted, until) for rule in criteria.rules]
    rule_of_row, month = _first_that_holds(criteria, evidence, asked)
    if criteria.otherwise != NOT_EVALUABLE:
        nothing = (rule_of_row == len(asked) + 1) & _nothing_holds(criteria, asked)
        rule_of_row[nothing] = len(asked)
    blocked = np.zeros(evidence.n_patients, dtype=bool)
    for one in asked:
        if one.rule.blocks is not None:
            blocked |= evidence.patients_with(one.rows & one.rule.blocks(evidence).possibly)
    return Grading(
        criteria=criteria,
        evidence=evidence,
        rule=rule_of_row,
        counted=counted,
        reach=reach,
        open_rules=np.stack([one.opens for one in asked], axis=1),
        judged_rules=np.stack([evidence.patients_with(one.judged) for one in asked], axis=1),
        month=month,
        possible=_first_left_open(evidence, asked),
        blocked=blocked,
        until=until,
    )


@dataclass(frozen=True)
class Asked:
    """A rule and its answer: to whom it is open, on which rows it is asked and judged, what dates it."""

    rule: Rule
    opens: Bools
    rows: Bools
    answer: Truth
    judged: Bools
    month: Floats

    @property
    def left_open(self) -> Bools:
        """Rows on which it is asked and not decided."""
        return self.rows & ~self.answer.decided


def _ask(criteria: Criteria, rule: Rule, evidence: Evidence, counted: Bools, until: float | None) -> Asked:
    answer, month = rule.holds(evidence), evidence.dated(rests_on(rule.holds))
    opens, rows = np.ones(evidence.n_patients, dtype=bool), counted
    if rule.applies is not None:
        opens = rule.applies(evidence.of_patients).surely
        rows = rows & opens[evidence.patient]
    if rule.within is not None:
        rows = rows & rule.within(evidence).surely
    if until is not None:
        rows = rows & (month <= until + SAME_TIME_MONTHS)
    judged = rows & (answer.decided | rule.seen_is_judged)
    if rule.sees or criteria.otherwise_needs == "any":
        judged &= _seen(rule.sees, evidence)
    return Asked(rule, opens, rows, answer, judged, month)


def _first_that_holds(
    criteria: Criteria, evidence: Evidence, asked: list[Asked]
) -> tuple[NDArray[np.int8], Floats]:
    """Number of the first rule that surely holds on each row, and the month that dates it.

    Of two rules that give the same category the earlier date counts.
    """
    nothing = len(asked) + 1
    rule_of_row, month = np.full(len(evidence), nothing, np.int8), evidence.month
    for number, one in enumerate(asked):
        holds = one.rows & one.answer.surely
        alike = [rule.category == one.rule.category for rule in criteria.rules[:number]]
        free = rule_of_row == nothing
        if any(alike) and one.month is not month:
            given = np.array([*alike, *[False] * (nothing + 1 - number)]).take(rule_of_row)
            free |= given & (one.month < month)
        holds &= free
        rule_of_row[holds] = number
        if one.month is not month:
            month = np.where(holds, one.month, month)
    return rule_of_row, month


def _nothing_holds(criteria: Criteria, asked: list[Asked]) -> Bools:
    """Rows on which enough was judged to say `Criteria.otherwise`."""
    ways = [one for one in asked if not one.rule.undecided_lowers]
    judged: Bools = np.logical_or.reduce([one.judged for one in ways])
    if criteria.otherwise_needs == "all":
        judged &= ~np.logical_or.reduce([one.left_open for one in ways if not one.rule.optional])
    return judged


def _first_left_open(evidence: Evidence, asked: list[Asked]) -> NDArray[np.int8]:
    """Number of the first rule that stays open on each row with something of what it shows."""
    possible = np.full(len(evidence), len(asked) + 1, np.int8)
    for number, one in reversed(list(enumerate(asked))):
        possible[one.left_open & _seen(quantities_of(*one.rule.shows), evidence)] = number
    return possible


def _reach(criteria: Criteria, evidence: Evidence, until: float | None) -> Bools:
    """Rows of this line and not later than the landmark, of patients that are not closed to the criterion."""
    reach = np.ones(len(evidence), dtype=bool)
    if criteria.when == "follow-up" and criteria.own_line_only:
        reach &= evidence.before_next_line
    for closure in criteria.closed:
        closed = closure.holds(evidence.of_patients).surely
        if closed.any():
            reach &= ~closed[evidence.patient]
    if until is not None:
        reach &= evidence.month <= until + SAME_TIME_MONTHS
    return reach


def _seen(tests: Iterable[str], evidence: Evidence) -> Bools:
    """Rows where one of the tests was measured."""
    seen = np.zeros(len(evidence), dtype=bool)
    for test in tests:
        seen |= evidence.now[test].known
    return seen


def confirmed_grades(grading: Grading) -> tuple[NDArray[np.int8], Floats]:
    """Each row's category as a later sample confirms it, and the month of that sample.

    The next sample at least 28 days later in which it is decided whether the category still holds confirms
    or refutes it; one without immunofixation does neither to a complete response. The same or a better
    category confirms; without such a sample nothing above the floor is confirmed
    [C; neither the 2005 nor the 2012 text asks for it].
    """
    grade, evidence, floor = grading.grade, grading.evidence, grading.floor
    not_evaluable = len(grading.criteria.categories)
    confirmed = np.where(grade == not_evaluable, grade, np.int8(floor))
    month = grading.month.copy()
    for level in reversed(range(floor)):
        sampled = _sampled_for(grading, level)
        decided = (grade < not_evaluable) & ((grade <= level) | (grading.possible_grade > level))
        rows = np.flatnonzero(decided)
        rows = rows[np.lexsort((sampled[rows], evidence.patient[rows]))]
        wanted = place(evidence.patient, grading.month) + CONFIRMATION_MONTHS - PLACE_PRECISION_MONTHS
        at = np.searchsorted(place(evidence.patient[rows], sampled[rows]), wanted)
        later = np.append(rows, -1)[at]
        shows = (later >= 0) & (evidence.patient[later] == evidence.patient) & (grade[later] <= level)
        shows &= grade <= level
        confirmed[shows], month[shows] = level, grading.month[later[shows]]
    return confirmed, month


def _sampled_for(grading: Grading, level: int) -> Floats:
    """Month of the earliest sample behind the answer to this category; a marrow may be an older one."""
    criteria, evidence = grading.criteria, grading.evidence
    rules = [rule for rule in criteria.rules if rule.category == criteria.categories[level]]
    earliest = []
    for rule in rules:
        names = [name for name in rests_on(rule.holds) if name != "marrow_plasma_cells"]
        earliest.append(np.minimum.reduce([evidence.month, *map(evidence.sampled_on, names)]))
    sampled: Floats = np.minimum.reduce(earliest)
    for rule, month in zip(rules, earliest, strict=True):
        sampled = np.where(rule.holds(evidence).surely, np.maximum(sampled, month), sampled)
    return sampled


@dataclass(frozen=True)
class Best:
    """Each patient's category, and the row that gave it.

    Attributes
    ----------
    grading : Grading
    confirm : {"none", "28-days"}
    grade : numpy.ndarray of int8, one per patient
        Number of the category; ``len(categories)`` is NE.
    row : numpy.ndarray of int, one per patient
        First row of that category; -1 for the floor and for NE.
    month : numpy.ndarray of float64, one per patient
        Month that dates it; NaN where nothing was reached.
    possible : numpy.ndarray of int8, one per patient
        Number of the best category that some counted visit leaves open; `grade` where none is better.
    """

    grading: Grading
    confirm: Confirm
    grade: NDArray[np.int8]
    row: NDArray[np.intp]
    month: Floats
    possible: NDArray[np.int8]

    @cached_property
    def alone(self) -> Best:
        """The same without confirmation."""
        return self if self.confirm == "none" else best_of_patients(self.grading)

    @property
    def dropped(self) -> Bools:
        """Patients who reached something better alone that no later sample confirmed."""
        return (self.alone.row >= 0) & (self.alone.grade < self.grade)


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
    grade = confirmed_grades(grading)[0] if confirms else grading.grade
    best = np.full(evidence.n_patients, not_evaluable, np.int8)
    np.minimum.at(best, evidence.patient, grade)
    if criteria.otherwise != NOT_EVALUABLE:
        nothing = best >= grading.floor
        best[nothing] = np.where(grading.floor_judged[nothing], grading.floor, not_evaluable)
    reached = (grade == best[evidence.patient]) & (grade < not_evaluable)
    if criteria.otherwise != NOT_EVALUABLE:
        reached &= grade != grading.floor
    row = evidence.first_where(reached, grading.month)
    month = np.full(evidence.n_patients, np.nan)
    if criteria.when == "follow-up":
        month[row >= 0] = grading.month[row[row >= 0]]
    possible = best.copy()
    np.minimum.at(possible, evidence.patient, grading.possible_grade)
    return Best(grading, confirm, best, row, month, possible)
