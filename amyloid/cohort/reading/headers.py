"""Which column of a file is which column of the schema; what is missing, double or unknown."""

from __future__ import annotations

import re
from collections.abc import Iterable

from amyloid.cohort.errors import shown, visible
from amyloid.cohort.identifiers import kind_of_identifier, kind_of_identifying_column
from amyloid.cohort.mapping import Mapping
from amyloid.cohort.reading.findings import Findings, nearest
from amyloid.cohort.reading.table import Column, Table, fold
from amyloid.cohort.schema import TABLES, TIME_COLUMNS

ALIKE = 0.75
"""How alike a header has to be to be offered; short words are soon a little alike."""

_OTHER_WORDS = {
    "record_id": "patient_id",
    "subject_id": "patient_id",
    "study_id": "patient_id",
    "gender": "sex",
    "isotype": "light_chain",
    "result": "value",
    "analyte": "test",
    "parameter": "test",
    "units": "unit",
    "medication": "drug",
    "dose": "dose_mg",
    "method": "assay",
}
"""Names that other systems use, offered as a hint and never taken for granted."""


def required_names(name: str) -> list[str]:
    """Names of the columns that a table has to have; alternatives joined by ``or``."""
    times = [" or ".join(pair) for pair in TIME_COLUMNS.get(name, ())]
    fields = [field.name for field in TABLES[name].fields if field.required]
    return [fields[0], *times, *fields[1:]]


def known_words(name: str, mapping: Mapping) -> set[str]:
    """Folded names of the columns of a table: ours and, where a mapping gives them, the user's."""
    return set(TABLES[name].names) | {fold(theirs) for theirs in mapping.columns.get(name, {}).values()}


def has_known_column(header: Iterable[str], name: str, mapping: Mapping) -> bool:
    """Whether a line holds at least one column name of this table, or one that other systems use."""
    known = known_words(name, mapping) | set(_OTHER_WORDS)
    return any(fold(cell) in known for cell in header)


def match_columns(table: Table, findings: Findings) -> bool:
    """Fill `table.columns` from the header.

    Parameters
    ----------
    table : Table
    findings : Findings

    Returns
    -------
    bool
        Whether everything that is required is there.
    """
    schema = TABLES[table.name]
    by_name: dict[str, list[Column]] = {}
    for column in table.all_columns:
        by_name.setdefault(column.known_as, []).append(column)
    nameless = [column for column in by_name.pop("", []) if not column.blank_texts.all()]
    for column in nameless:
        _say(
            findings,
            "nameless-column",
            table,
            column,
            "the column has values but no name and is not used.",
            "Give it its name.",
        )
    for name in schema.names:
        found = by_name.pop(name, [])
        if len(found) > 1:
            findings.table(
                "double-column",
                table,
                f"the column '{name}' is there twice; which one counts?",
                "Keep one of them.",
                line=1,
                column=name,
            )
        if found:
            table.columns[name] = found[0]
    missing = _missing(table)
    for name in missing:
        theirs = _near_column(name, list(by_name))
        if theirs:
            _propose(findings, table, name, by_name[theirs][0])
        hint = f"Is it '{visible(theirs)}'? Rename that column, or name it in mapping.toml." if theirs else ""
        findings.table(
            "missing-column",
            table,
            f"the column '{name}' is missing{' (or one with dates)' if 'month' in name else ''}.",
            hint or f"Expected columns: {', '.join(required_names(table.name))}.",
            line=1,
        )
    _say_unused(table, {name: columns[0] for name, columns in by_name.items()}, findings)
    return not missing


def _missing(table: Table) -> list[str]:
    missing = [
        field.name
        for field in TABLES[table.name].fields
        if field.required and field.name not in table.columns
    ]
    for in_months, in_dates in TIME_COLUMNS.get(table.name, ()):
        if in_months not in table.columns and in_dates not in table.columns:
            missing.append(in_months)
    return missing


def _near_column(missing: str, unknown: list[str]) -> str:
    """Find the unknown column that is probably meant; empty when there is none."""
    by_other_word = (name for name in unknown if _OTHER_WORDS.get(name) == missing)
    by_spelling = (name for name in unknown if nearest(_without_unit(name), (missing,), ALIKE))
    return next(by_other_word, next(by_spelling, ""))


def _without_unit(name: str) -> str:
    """Folded name without what stands in brackets: ``age_(years)`` is ``age``."""
    return re.sub(r"_?[(\[].*$", "", name)


def _say_unused(table: Table, unknown: dict[str, Column], findings: Findings) -> None:
    known = list(TABLES[table.name].names)
    for name, column in unknown.items():
        kind = kind_of_identifying_column(name)
        if kind:
            findings.table(
                "identifying-column",
                table,
                f"the column {shown_header(column)} looks like {kind}.",
                "Delete it before the table leaves the clinic, or use --pseudonymise.",
                line=1,
                column=column.header.strip(),
            )
            continue
        free = [field for field in known if field not in table.columns]
        other = _OTHER_WORDS.get(name)
        hint = f"Did you mean '{other}'?" if other in free else nearest(_without_unit(name), free, ALIKE)
        if hint:
            _propose(findings, table, hint.split("'")[1], column)
        _say(findings, "unused-column", table, column, "the column is not known and not used.", hint)


def _propose(findings: Findings, table: Table, ours: str, column: Column) -> None:
    """Offer a column for one of ours, with an example of what it holds."""
    example = next((text for text in column.texts if text), "") if ours != "patient_id" else ""
    why = f"such as {shown(example)[1:-1]}" if example and not kind_of_identifier(example) else ""
    findings.propose(f"columns.{table.name}", ours, column.header.strip(), why)


def _say(findings: Findings, rule: str, table: Table, column: Column, message: str, mend: str) -> None:
    header = column.header.strip()
    if header:
        message = f"{shown_header(column)}: {message}"
    findings.table(rule, table, message, mend, line=1, severity="warning")


def shown_header(column: Column) -> str:
    """Name of a column as typed, shortened, control characters visible."""
    return shown(column.header.strip())
