"""Every criterion as data, from the values that run: for whoever tests another engine against this one."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from amyloid.adjudication.criteria import CRITERIA, Closure, Criteria, Rule
from amyloid.adjudication.criteria.rule import traced
from amyloid.cohort.schema import REFERENCE_RANGES, TESTS
from amyloid.cohort.shipped import ROOT

FORMAT: Final = 1
BOUNDARY_ROWS: Final = ROOT / "tests" / "literature" / "boundary-suite"
"""A cohort on every threshold, with what must come out."""

TABLES: Final = ("patients", "labs", "treatments", "events", "expected_categories", "expected_endpoints")
OPERATORS: Final = {
    "and": "both; three-valued: false where one is false, else undecided where one is",
    "or": "one at least; three-valued: true where one is true, else undecided where one is",
    "not": "the opposite; undecided stays undecided",
    "<": "surely below; a value with a bound decides where every value within the bound gives one answer",
    "<=": "at most, within a relative distance of 1e-9",
    ">": "surely above",
    ">=": "at least, within a relative distance of 1e-9",
    "-": "difference",
    "*": "product",
    "now": "the value at the visit: of the day, else carried as docs/criteria.md says",
    "today": "the value of the visit's own day, nothing carried",
    "base": "the last value at month 0 or before, not earlier than the baseline window",
    "nadir": "the lowest earlier value, baseline included",
    "highest": "the highest earlier value, baseline included",
    "fall": "(base - now) / base",
    "rise": "(now - base) / base",
    "today_fall": "fall of the own day's value",
    "next_fall": "fall at the next visit that has the value",
    "followed": "whether such a visit follows",
    "lower": "lower end of a reference range",
    "upper": "upper end of a reference range",
    "reference": "reference range of a test: the cohort's card, else the default",
    "isotype": "whether the amyloid is of this light chain",
    "until_next_line": "an option: only visits before the next line of therapy count",
    "shown": "true where it surely holds; what is not known counts as no",
    "had": "whether it surely held at an earlier visit",
    "lowest_since": "lowest value since a rule first held",
    "given": "the value, only in rows where a condition holds",
    "reached": "whether an event has happened by the visit",
    "flag": "a yes or no recorded in the patients table",
    "held_back": "whether a change of the peptide cannot be read: an IMiD is given",
    "repeated": "whether the test was measured after baseline",
    "undecided_where": "undecided wherever the second surely holds",
    "not_scorable_where": "undecided wherever the second may hold, unless the answer is no already",
    "count": "how many of the answers hold",
    "or_else": "the first, where it is missing the second",
}
"""What each step of an expression means; every other word is a quantity, an event or a flag."""


def criteria_data(boundary_rows: bool = True) -> dict[str, Any]:
    """Return every criterion as data that JSON can hold.

    Parameters
    ----------
    boundary_rows : bool
        Whether the boundary cohort with its expected rows comes along.

    Returns
    -------
    dict
        ``format, units, reference_ranges, operators, criteria`` and ``boundary_rows``. An expression is a
        list of an operator and what it is applied to: ``["<", ["dflc", "now"], 40]``.
    """
    found: dict[str, Any] = {
        "format": FORMAT,
        "units": dict(TESTS),
        "reference_ranges": {name: list(limits) for name, limits in REFERENCE_RANGES.items()},
        "operators": OPERATORS,
        "criteria": [_criteria(wanted) for wanted in CRITERIA.values()],
    }
    if boundary_rows:
        found["boundary_rows"] = {name: _rows(BOUNDARY_ROWS / f"{name}.csv") for name in TABLES}
    return found


def _criteria(wanted: Criteria) -> dict[str, Any]:
    return {
        "domain": wanted.domain,
        "key": wanted.key,
        "source": wanted.source,
        "evaluable": wanted.evaluable,
        "judged": wanted.when,
        "own_line_only": wanted.own_line_only,
        "visits": list(wanted.visits),
        "categories": [*wanted.categories, "NE"],
        "otherwise": wanted.otherwise,
        "otherwise_needs": wanted.otherwise_needs,
        "closed": [_closure(closure) for closure in wanted.closed],
        "rules": [_rule(rule) for rule in wanted.rules],
    }


def _closure(closure: Closure) -> dict[str, Any]:
    return {"code": closure.code, "words": closure.words, "holds": traced(closure.holds).data()}


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "category": rule.category,
        "words": rule.words,
        "limit": rule.limit,
        "holds": traced(rule.holds).data(),
        "applies": _expression(rule.applies),
        "within": _expression(rule.within),
        "blocks": _expression(rule.blocks),
        "sees": list(rule.sees),
        "undecided_lowers": rule.undecided_lowers,
        "optional": rule.optional,
    }


def _expression(judge: Callable[..., Any] | None) -> Any:
    return None if judge is None else traced(judge).data()


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return [dict(row) for row in csv.DictReader(file)]
