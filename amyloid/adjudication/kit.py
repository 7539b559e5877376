"""Every criterion as data, from the values that run: for whoever tests another engine against this one."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from amyloid.adjudication.criteria import CHOSEN, CRITERIA, Closure, Criteria, Rule
from amyloid.adjudication.criteria.rule import rests_on, traced
from amyloid.adjudication.decidable import STRICTNESS, TOLERANCE
from amyloid.adjudication.endpoints import ASSESSED_BY, ENDPOINTS, RESPONSES
from amyloid.adjudication.labs.course import (
    BARRIERS,
    HEMATOLOGIC,
    IMID_NAMES,
    PEPTIDES,
    TEMPORARY_DIALYSIS_MONTHS,
)
from amyloid.adjudication.labs.evidence import HEMATOLOGIC_ITEMS
from amyloid.adjudication.labs.samples import BASELINE_WINDOW_MONTHS, CARRIED_MONTHS, CHAINS, WEEK
from amyloid.adjudication.labs.visits import EQUATIONS, LOWER_IS_WORSE, POSITIVE_COUNTS, SAME_TIME_MONTHS
from amyloid.cohort import ROOT
from amyloid.cohort.lines import (
    BESIDE_A_STEROID,
    CONDITIONING_MONTHS,
    FIRST_DRUGS_MONTHS,
    MELPHALAN,
    STEROIDS,
)
from amyloid.cohort.schema import CONVERSIONS, MONTH_DAYS, REFERENCE_RANGES, TESTS

FORMAT: Final = 2
BOUNDARY_ROWS: Final = tuple(
    ROOT / "tests" / "literature" / name for name in ("boundary-suite", "evidence-suite")
)
"""Cohorts on every threshold, and on every edge of the evidence, with what must come out."""

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
    "fall": "(base - now) / base; missing where the base may be zero or less",
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
    "had": "whether it surely held at a hematologic visit of this line that is dated before the visit",
    "lowest_since": "lowest earlier value of this line from the visit on at which it first surely held",
    "given": "whether there is a value, with a bound or without",
    "reached": "whether one of the events has happened by the visit; a temporary dialysis is none",
    "before_treatment": "whether one of them happened by month 0; of dialysis, whether it goes on at it",
    "flag": "a yes or no recorded in the patients table",
    "held_back": "whether a change of the peptide cannot be read: an IMiD is given",
    "repeated": "whether the test was measured after baseline",
    "undecided_where": "undecided wherever the second surely holds",
    "not_scorable_where": "undecided wherever the second may hold, unless the answer is no already",
    "count": "how many of the answers hold",
    "or_else": "the first, where it is missing the second",
}
"""What each step of an expression means; every other word is a quantity, an event or a flag."""


EVIDENCE: Final[dict[str, tuple[Any, str]]] = {
    "days_of_a_month": (MONTH_DAYS, "months = days / this"),
    "same_time": (SAME_TIME_MONTHS, "months closer than this are one moment"),
    "tolerance": (TOLERANCE, "a threshold is compared within this distance, relative where it is above 1"),
    "strictness": (STRICTNESS, "<1.5 lies below 1.5 by at least this relative distance"),
    "baseline_window": (
        BASELINE_WINDOW_MONTHS,
        "the baseline is the last known value at month 0 or before, not earlier than so many months",
    ),
    "carried": (
        CARRIED_MONTHS,
        "how many months a value of the test reaches to a visit without its own, forward and back",
    ),
    "carried_otherwise": (WEEK, "how many months every other test reaches"),
    "hematologic_tests": (sorted(HEMATOLOGIC), "dialysis and transplants do not bar these"),
    "barriers": (BARRIERS, "nothing of an organ is carried across the day of one of these"),
    "hematologic_items": (
        (*HEMATOLOGIC_ITEMS, *CHAINS),
        "their nadir stops at the next line; a hematologic visit has an own value of one of them",
    ),
    "peptides": (
        PEPTIDES,
        "a value under an IMiD is no nadir, nor carried out of it or into it; nor across an LVAD",
    ),
    "imid": (IMID_NAMES, "drugs that contain one of these, from the day after their start to their end"),
    "lower_is_worse": (sorted(LOWER_IS_WORSE), "of two values the lower is the less favorable"),
    "positive_counts": (sorted(POSITIVE_COUNTS), "of two verdicts positive counts, before treatment too"),
    "temporary_dialysis": (TEMPORARY_DIALYSIS_MONTHS, "dialysis that ends within this is temporary"),
    "egfr": (asdict(EQUATIONS["ckd-epi-2009"]), "computed from creatinine; pairs are female, male"),
    "first_drugs": (FIRST_DRUGS_MONTHS, "drugs begun, and transplants, so early are of this line"),
    "conditioning": (CONDITIONING_MONTHS, "melphalan so shortly before a planned transplant opens no line"),
    "steroids": (STEROIDS.pattern, "a cell that names one of these and nothing else opens no line"),
    "beside_a_steroid": (BESIDE_A_STEROID.pattern, "whole words that name nothing else"),
    "melphalan": (MELPHALAN.pattern, "names of melphalan"),
}
"""What visits, baselines and carried values are made by: each with its words."""


def criteria_data(boundary_rows: bool = True) -> dict[str, Any]:
    """Return every criterion as data that JSON can hold.

    Parameters
    ----------
    boundary_rows : bool
        Whether the boundary cohort with its expected rows comes along.

    Returns
    -------
    dict
        ``format, units, accepted_units, reference_ranges, evidence, operators, criteria, endpoints`` and
        ``boundary_rows``. An expression is a list of an operator and what it is applied to:
        ``["<", ["dflc", "now"], 40]``.
    """
    found: dict[str, Any] = {
        "format": FORMAT,
        "units": dict(TESTS),
        "accepted_units": {
            test: {unit: [known.multiply, known.divide] for unit, known in table.items()}
            for test, table in CONVERSIONS.items()
        },
        "reference_ranges": {name: list(limits) for name, limits in REFERENCE_RANGES.items()},
        "evidence": {name: {"value": value, "words": words} for name, (value, words) in EVIDENCE.items()},
        "operators": OPERATORS,
        "criteria": [_criteria(wanted) for wanted in CRITERIA.values()],
        "endpoints": _endpoints(),
    }
    if boundary_rows:
        found["boundary_rows"] = {
            name: [row for folder in BOUNDARY_ROWS for row in _rows(folder / f"{name}.csv")]
            for name in TABLES
        }
    plain: dict[str, Any] = json.loads(json.dumps(found))
    return plain


def _endpoints() -> dict[str, Any]:
    return {
        "response": {"criteria": CHOSEN["hematologic_criteria"][1], "categories": list(RESPONSES)},
        "progression": {"criteria": "gertz-2005"},
        "assessed_by": list(ASSESSED_BY),
        "definitions": {name: asdict(wanted) for name, wanted in ENDPOINTS.items()},
    }


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
        "rests_on": list(rests_on(rule.holds)),
        "sees": list(rule.sees),
        "seen_is_judged": rule.seen_is_judged,
        "undecided_lowers": rule.undecided_lowers,
        "optional": rule.optional,
    }


def _expression(judge: Callable[..., Any] | None) -> Any:
    return None if judge is None else traced(judge).data()


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return [dict(row) for row in csv.DictReader(file)]
