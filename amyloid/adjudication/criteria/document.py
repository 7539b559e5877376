"""The criteria as a page, made from the values that adjudicate.

Run as ``python -m amyloid.adjudication.criteria.document``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from amyloid.adjudication.criteria import CRITERIA, DOMAINS, Criteria, Rule
from amyloid.adjudication.criteria.hematologic import RATIO
from amyloid.cohort.schema import REFERENCE_RANGES

PAGE: Final = Path("docs") / "criteria.md"
HEAD: Final = Path(__file__).with_suffix(".md").read_text(encoding="utf-8")


def criteria_page() -> str:
    """Write the page of all criteria.

    Returns
    -------
    str
        Markdown, with a line feed at its end.
    """
    parts = [HEAD]
    for domain in DOMAINS:
        parts.append(f"## {_title(domain)}\n\n`{domain}`\n")
        parts.extend(_section(wanted) for (name, _), wanted in CRITERIA.items() if name == domain)
    return "\n".join(parts)


def _title(domain: str) -> str:
    if domain == "hematologic_depth":
        return "Depth of hematologic response"
    return domain.replace("involvement_", "involvement of the ").replace("_", " ").capitalize()


def _section(criteria: Criteria) -> str:
    rows = [_row(rule) for rule in criteria.rules]
    lines = [f"### {criteria.key}", "", f"Source: {criteria.source}.", ""]
    lines += ["| category | rule | threshold as printed |", "|---|---|---|", *rows]
    if criteria.otherwise != "NE":
        lines.append(f"| {criteria.otherwise} | {_otherwise(criteria)} | |")
    lines += ["", f"Not evaluable: {'; '.join(_not_evaluable(criteria))}.", "", *_notes(criteria)]
    return "\n".join(lines)


def _row(rule: Rule) -> str:
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
