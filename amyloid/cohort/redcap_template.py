"""A REDCap data dictionary whose raw export `amyloid check` reads."""

from __future__ import annotations

from collections.abc import Iterator

from amyloid.cohort.redcap import PREFIXES
from amyloid.cohort.schema import TABLES, TESTS, Field

REDCAP_COLUMNS = (
    "Variable / Field Name",
    "Form Name",
    "Section Header",
    "Field Type",
    "Field Label",
    "Choices, Calculations, OR Slider Labels",
    "Field Note",
    "Text Validation Type OR Show Slider Number",
    "Text Validation Min",
    "Text Validation Max",
    "Identifier?",
    "Branching Logic (Show field only if...)",
    "Required Field?",
    "Custom Alignment",
    "Question Number (surveys only)",
    "Matrix Group Name",
    "Matrix Ranking?",
    "Field Annotation",
)


def redcap_rows() -> Iterator[tuple[str, ...]]:
    """Yield the rows of a REDCap data dictionary whose raw export `amyloid check` reads.

    Yields
    ------
    tuple of str
        One variable, in the order of `REDCAP_COLUMNS`.
    """
    for table in TABLES.values():
        for field in table.fields:
            if table.name == "patients" or field.name != "patient_id":
                yield _redcap_row(table.name, field)


def redcap_variable(table: str, column: str) -> str:
    """Name of a column's variable in REDCap, where names are unique in a project.

    Parameters
    ----------
    table, column : str

    Returns
    -------
    str
    """
    return column if table == "patients" else f"{PREFIXES[table]}{column}"


def _redcap_row(table: str, field: Field) -> tuple[str, ...]:
    kind, choices, validation = "text", "", ""
    if field.kind == "yes_no":
        kind = "yesno"
    elif field.codes:
        kind, choices = "dropdown", " | ".join(f"{word}, {word}" for word in field.codes)
    elif field.kind == "number":
        validation = "number"
    elif field.kind == "date":
        validation = "date_ymd"
    note = (
        "Units: " + "; ".join(f"{test} {unit}" for test, unit in TESTS.items() if unit)
        if field.name == "unit"
        else ""
    )
    label = field.words[:1].upper() + field.words[1:]
    low, high = (
        f"{limit:g}" if limit is not None and validation == "number" else ""
        for limit in (field.low, field.high)
    )
    required = "y" if field.required and not field.name.startswith("unit") else ""
    return (
        redcap_variable(table, field.name),
        table,
        "",
        kind,
        label,
        choices,
        note,
        validation,
        low,
        high,
        "",
        "",
        required,
        "",
        "",
        "",
        "",
        "",
    )
