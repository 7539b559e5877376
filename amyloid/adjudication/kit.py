"""Every criterion from the values that run: as data, to test another engine against this one, and as a page.

Run as ``python -m amyloid.adjudication.kit`` it writes the page anew.
"""

from __future__ import annotations

import csv
import json
import tomllib
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from amyloid.adjudication.criteria import CHOSEN, CRITERIA, DOMAINS, Criteria, Rule
from amyloid.adjudication.criteria.hematologic import RATIO
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
PAGE: Final = Path("docs") / "criteria.md"
BOUNDARY_ROWS: Final = tuple(
    ROOT / "tests" / "literature" / name for name in ("boundary-suite", "evidence-suite")
)
"""Cohorts on every threshold, and on every edge of the evidence, with what must come out."""

TABLES: Final = ("patients", "labs", "treatments", "events", "expected_categories", "expected_endpoints")
_WORDS: Final = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
OPERATORS: Final[dict[str, str]] = _WORDS["operators"]
"""What each step of an expression means; every other word is a quantity, an event or a flag."""

EVIDENCE: Final[dict[str, Any]] = {
    "days_of_a_month": MONTH_DAYS,
    "same_time": SAME_TIME_MONTHS,
    "tolerance": TOLERANCE,
    "strictness": STRICTNESS,
    "baseline_window": BASELINE_WINDOW_MONTHS,
    "carried": CARRIED_MONTHS,
    "carried_otherwise": WEEK,
    "hematologic_tests": sorted(HEMATOLOGIC),
    "barriers": BARRIERS,
    "hematologic_items": (*HEMATOLOGIC_ITEMS, *CHAINS),
    "peptides": PEPTIDES,
    "imid": IMID_NAMES,
    "lower_is_worse": sorted(LOWER_IS_WORSE),
    "positive_counts": sorted(POSITIVE_COUNTS),
    "temporary_dialysis": TEMPORARY_DIALYSIS_MONTHS,
    "egfr": asdict(EQUATIONS["ckd-epi-2009"]),
    "first_drugs": FIRST_DRUGS_MONTHS,
    "conditioning": CONDITIONING_MONTHS,
    "steroids": STEROIDS.pattern,
    "beside_a_steroid": BESIDE_A_STEROID.pattern,
    "melphalan": MELPHALAN.pattern,
}
"""What visits, baselines and carried values are made by; the words stand in ``kit.toml``."""


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
        "evidence": {
            name: {"value": value, "words": _WORDS["evidence"][name]} for name, value in EVIDENCE.items()
        },
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


_CRITERIA: Final = ("domain", "key", "source", "evaluable", "when", "own_line_only", "visits")
_CLOSURE: Final = ("code", "words", "holds")
_RULE: Final = (
    *("category", "words", "limit", "holds", "applies", "within", "blocks", "rests_on", "sees"),
    *("seen_is_judged", "undecided_lowers", "optional"),
)
"""What the data say of a criterion, a closure and a rule, in this order."""


def _criteria(wanted: Criteria) -> dict[str, Any]:
    found = _said(wanted, _CRITERIA)
    return {("judged" if name == "when" else name): value for name, value in found.items()} | {
        "categories": [*wanted.categories, "NE"],
        **_said(wanted, ("otherwise", "otherwise_needs")),
        "closed": [_said(closure, _CLOSURE) for closure in wanted.closed],
        "rules": [_said(rule, _RULE) for rule in wanted.rules],
    }


def _said(of: Any, names: tuple[str, ...]) -> dict[str, Any]:
    """Fields by name; a callable as its expression."""
    fields = {name: rests_on(of.holds) if name == "rests_on" else getattr(of, name) for name in names}
    return {name: traced(value).data() if callable(value) else value for name, value in fields.items()}


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return [dict(row) for row in csv.DictReader(file)]


def criteria_page() -> str:
    """Write the page of all criteria.

    Returns
    -------
    str
        Markdown, with a line feed at its end.
    """
    parts = [Path(__file__).with_suffix(".md").read_text(encoding="utf-8")]
    for domain in DOMAINS:
        parts.append(f"## {_title(domain)}\n\n`{domain}`\n")
        parts.extend(_section(wanted) for (name, _), wanted in CRITERIA.items() if name == domain)
    return "\n".join(parts)


def _title(domain: str) -> str:
    if domain == "hematologic_depth":
        return "Depth of hematologic response"
    return domain.replace("involvement_", "involvement of the ").replace("_", " ").capitalize()


def _section(criteria: Criteria) -> str:
    rows = [_page_row(rule) for rule in criteria.rules]
    lines = [f"### {criteria.key}", "", f"Source: {criteria.source}.", ""]
    lines += ["| category | rule | threshold as printed |", "|---|---|---|", *rows]
    if criteria.otherwise != "NE":
        lines.append(f"| {criteria.otherwise} | {_otherwise(criteria)} | |")
    lines += ["", f"Not evaluable: {'; '.join(_not_evaluable(criteria))}.", "", *_notes(criteria)]
    return "\n".join(lines)


def _page_row(rule: Rule) -> str:
    lowers = " If this cannot be decided, the next category is tried and the reason says so."
    limit = rule.limit.replace(RATIO, "{:g}-{:g}".format(*REFERENCE_RANGES["flc_ratio"]))
    return f"| {rule.category} | {rule.words}{'.' + lowers if rule.undecided_lowers else ''} | {limit} |"


def _otherwise(criteria: Criteria) -> str:
    if criteria.otherwise_needs == "all":
        return "none of these, and every way that the baseline opens was judged"
    return "none of these, and one of the tests was judged"


def _not_evaluable(criteria: Criteria) -> list[str]:
    gated = any(rule.applies is not None for rule in criteria.rules) or criteria.when == "baseline"
    reasons = [closure.words for closure in criteria.closed]
    if gated:
        reasons.append(f"the baseline lacks {criteria.evaluable}")
    if criteria.when == "follow-up":
        reasons.append("no later visit decides")
    return reasons


def _notes(criteria: Criteria) -> list[str]:
    notes = []
    if criteria.when == "follow-up":
        line = "do not count" if criteria.own_line_only else "count"
        notes.append(f"Visits after the next line of therapy or a stem cell transplant {line} [C].")
    notes += [f"For {rule.sees[0]}: {rule.unscorable}." for rule in criteria.rules if rule.unscorable]
    if criteria.domain in ("cardiac_response", "cardiac_progression"):
        notes.append(
            "NT-proBNP and BNP are held back while the patient takes lenalidomide, thalidomide or "
            "pomalidomide; the reason gives the category by the numbers alone [C]."
        )
    return [" ".join(notes), ""] if notes else []


if __name__ == "__main__":
    PAGE.write_text(criteria_page(), encoding="utf-8")
