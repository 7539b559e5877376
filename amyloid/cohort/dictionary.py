"""The data dictionary as rows and as Markdown, from the schema."""

from __future__ import annotations

from dataclasses import dataclass

from amyloid.cohort.measurements import CONVERSIONS
from amyloid.cohort.schema import CARD_KEYS, MONTH_DAYS, REFERENCE_RANGES, TABLES, TEST_DETAILS, Field

CARD_WORDS = {
    "title": "what the cohort is called on every page",
    "source": "where the data come from",
    "synthetic": "true when no real patient is described, else false",
    "data_cutoff": "day at which the data were closed, YYYY-MM-DD",
    "reference_ranges": "low and high limits that differ from the defaults, in canonical units",
    "defaults": "`hematologic_criteria` and `renal_criteria`: the versions that lead when nobody names one",
    "comparison": "`reference`: the group with which the others are compared",
    "text": "`opening` and `limits`: Markdown of this cohort's own, at the head and the end of each page",
}


@dataclass(frozen=True)
class Entry:
    """One column of one table, in words."""

    table: str
    column: str
    required: str
    expected: str
    words: str


def entries() -> list[Entry]:
    """List every column of every table.

    In the order of the schema.
    """
    return [
        Entry(table.name, field.name, "yes" if field.required else "", expected(field), field.words)
        for table in TABLES.values()
        for field in table.fields
    ]


def expected(field: Field) -> str:
    """Say what a cell of a column may hold."""
    if field.name == "test":
        return "one of the tests below"
    if field.kind in ("code", "yes_no"):
        words = ", ".join(field.codes)
        return words if not field.blank_allowed else f"{words}, or blank"
    if field.kind == "date":
        return "YYYY-MM-DD"
    if field.kind == "number":
        number = "whole number" if field.whole else "number"
        return f"{number}, {field.unit}" if field.unit else number
    if field.kind == "test_value":
        return "number, <number, >number, positive, negative, or NYHA class"
    return "text"


def accepted(test: str) -> str:
    """Accepted units of a test with their conversion, the canonical one first."""
    words = []
    for unit, conversion in CONVERSIONS[test].items():
        if conversion.multiply == conversion.divide == 1:
            words.append(unit)
        elif conversion.multiply != 1:
            words.append(f"{unit} (times {conversion.multiply:g}, {conversion.source})")
        else:
            words.append(f"{unit} (divided by {conversion.divide:g}, {conversion.source})")
    scale = TEST_DETAILS[test].scale
    return ", ".join(words) or (
        "positive, negative" if scale == "immunofixation" else "I, II, III, IV or 1 to 4"
    )


def markdown() -> str:
    """Write the data dictionary as Markdown.

    The contents of ``data/DICTIONARY.md``.
    """
    lines = [
        "# Data dictionary",
        "",
        "Written by `amyloid.cohort.dictionary` from the schema and the units; a test holds it to them.",
        "",
        f"Time zero is the first dose. Months are days / {MONTH_DAYS}. A table counts in months or in dates.",
    ]
    for table in TABLES.values():
        lines += [
            "",
            f"## {table.name}: {table.one_row}",
            "",
            "| column | required | holds | meaning |",
            "|---|---|---|---|",
        ]
        lines += [
            f"| `{entry.column}` | {entry.required} | {entry.expected} | {entry.words} |"
            for entry in entries()
            if entry.table == table.name
        ]
    return "\n".join([*lines, *_tests_section(), *_card_section()])


def _tests_section() -> list[str]:
    lines = [
        "",
        "## Tests",
        "",
        "| test | units (first one is used) | meaning | usual limits |",
        "|---|---|---|---|",
    ]
    for test in TEST_DETAILS.values():
        limits = f"{test.likely_low:,g} to {test.likely_high:,g}" if test.scale == "number" else ""
        lines.append(f"| `{test.name}` | {accepted(test.name)} | {test.words} | {limits} |")
    return [
        *lines,
        "",
        "Values outside the usual limits are said; ten times above them, negative ones and impossible "
        "zeros are refused.",
    ]


def _card_section() -> list[str]:
    return [
        "",
        "## Card (cohort.toml)",
        "",
        "| key | meaning |",
        "|---|---|",
        *(f"| `{key}` | {CARD_WORDS[key]} |" for key in CARD_KEYS),
        "",
        "Default reference ranges:",
        "",
        *(f"- `{name}`: {low:g} to {high:g}" for name, (low, high) in REFERENCE_RANGES.items()),
        "",
    ]
