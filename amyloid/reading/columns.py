"""Checks that hold for one column of any table: patient ids, numbers, code words, yes/no, free text."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow.compute as pc
from numpy.typing import NDArray

from amyloid.errors import shown
from amyloid.identifiers import MAY_IDENTIFY, kind_of_identifier
from amyloid.reading.cells import MISSING_WORDS, Numbers, numbers, uses_decimal_comma, yes_no
from amyloid.reading.findings import Findings, nearest
from amyloid.reading.table import INVISIBLE, Column, Mask, Table, as_numpy, fold
from amyloid.schema import Field

Floats = NDArray[np.float64]


def tidy(table: Table, findings: Findings) -> Table:
    """Drop blank rows; refuse the header line where it comes again further down.

    Parameters
    ----------
    table : Table
    findings : Findings

    Returns
    -------
    Table
    """
    ids = table.columns["patient_id"]
    title = ids.header.strip().casefold()
    again = np.fromiter((text.casefold() == title for text in ids.texts), np.bool_, len(ids.texts))
    repeated = ids.mask_of(again)
    for column in table.all_columns:
        if repeated.any():
            title = column.header.strip().casefold()
            same = np.fromiter(
                (text.casefold() == title for text in column.texts), np.bool_, len(column.texts)
            )
            repeated &= column.mask_of(same)
    if repeated.any():
        findings.rows(
            "header-again",
            table,
            repeated,
            None,
            "the header line comes again here.",
            "Were two exports joined? Delete this line.",
        )
    blank = ids.blank
    for column in table.all_columns:
        if not blank.any():
            break
        blank &= column.blank
    dropped = repeated | blank
    return table.without(dropped) if dropped.any() else table


def decimal_comma(table: Table, names: tuple[str, ...]) -> bool | None:
    """Whether this file writes decimals with a comma; None where a comma cannot be one."""
    if not table.decimal_comma_possible:
        return None
    return uses_decimal_comma([table.columns[name] for name in names if name in table.columns])


def patient_rows(table: Table, row_of: Mapping[str, int], findings: Findings) -> NDArray[np.int32]:
    """Find the patient of every row.

    Parameters
    ----------
    table : Table
    row_of : mapping
        Patient id -> row in patients.
    findings : Findings

    Returns
    -------
    numpy.ndarray of int32
        Row in patients, -1 where there is none, which has been said.
    """
    column = table.columns["patient_id"]
    of_text = np.fromiter((row_of.get(text, -1) for text in column.texts), np.int32, len(column.texts))
    if (column.blank_texts).any():
        findings.rows(
            "blank-id", table, column.blank, column, "patient_id is blank.", "Fill it in.", quote=False
        )
    unknown = (of_text < 0) & ~column.blank_texts
    if unknown.any() and row_of:
        findings.rows(
            "unknown-patient",
            table,
            column.mask_of(unknown),
            column,
            "is not in patients.",
            lambda row: _hint_id(column.at(row), row_of),
        )
    return of_text[column.codes] if len(of_text) else np.zeros(0, np.int32)


def _hint_id(text: str, row_of: Mapping[str, int]) -> str:
    bare = "".join(sign for sign in text.strip() if sign not in INVISIBLE)
    if bare in row_of:
        return f"It differs from '{bare}' only by an invisible character; type it again."
    if not kind_of_identifier(text):
        short = bare.lstrip("0")
        for known in row_of:
            if known.lstrip("0") == short and short:
                return f"patients has {shown(known)}: were leading zeros lost? Format the column as text."
            if known.casefold() == bare.casefold():
                return f"patients has {shown(known)}: write it the same way."
    return "Add the patient to patients, or leave these rows out."


def number_column(
    table: Table, field: Field, findings: Findings, comma: bool | None, *, missing_words: bool = False
) -> Floats:
    """Read a column of numbers and check it against the limits of its field.

    Parameters
    ----------
    table : Table
    field : Field
    findings : Findings
    comma : bool or None
        Whether decimals are written with a comma.
    missing_words : bool
        Whether words such as ``NA`` stand for a blank cell.

    Returns
    -------
    numpy.ndarray of float64, one per row
        NaN where the cell is blank, or at fault, which has been said.
    """
    column = table.columns.get(field.name)
    if column is None:
        return np.full(table.n_rows, np.nan)
    parsed = numbers(column, comma)
    junk = parsed.junk
    if missing_words and junk.any():
        junk = junk & ~_say_missing_words(table, column, field, findings)
    wrong = junk | (parsed.bound != 0)
    findings.rows(
        "not-a-number",
        table,
        column.mask_of(wrong),
        column,
        f"is no number for {field.name}.",
        lambda row: number_hint(column, row, parsed, field.unit),
    )
    value = np.where(wrong, np.nan, parsed.value)
    value = _within_limits(table, column, field, value, findings)
    return value[column.codes]


def number_hint(column: Column, row: int, parsed: Numbers, unit: str) -> str:
    """Say how to mend a text that is no number."""
    text = column.at(row).strip()
    if parsed.ambiguous[column.codes[row]] or ("," in text and text.replace(",", "").isdigit()):
        clear = text.count(",") == 1 and not parsed.ambiguous[column.codes[row]] and len(text.split(",")[1]) != 3
        if clear:
            return "Write decimals with a point, or separate the fields with semicolons."
        return "It can be read in two ways; write decimals with a point and no sign for thousands."
    if text[:1] in "<>" and text[1:].strip():
        return "A censored value is only possible in the value column of labs."
    head = text.split(" ")[0].replace(",", ".")
    if " " in text and head.replace(".", "", 1).isdigit():
        return "Write the number alone, without unit, letters or spaces."
    if len(text) == 10 and text[4] == text[7] == "-":
        return "It is a date; a spreadsheet may have made it from a number."
    if text.startswith("##"):
        return "The spreadsheet's column was too narrow; widen it and export again."
    return f"Expected a number{f' in {unit}' if unit else ''}; leave the cell blank where it is not known."


def _say_missing_words(table: Table, column: Column, field: Field, findings: Findings) -> Mask:
    missing = np.fromiter(
        (text.casefold() in MISSING_WORDS for text in column.texts), np.bool_, len(column.texts)
    )
    findings.rows(
        "missing-word",
        table,
        column.mask_of(missing),
        column,
        f"was read as a blank {field.name}.",
        severity="warning",
    )
    return missing


def _within_limits(table: Table, column: Column, field: Field, value: Floats, findings: Findings) -> Floats:
    refused = np.zeros(len(value), np.bool_)
    limits = f"expected {_limits(field)}"
    with np.errstate(invalid="ignore"):
        if field.low is not None:
            refused |= value < field.low
        if field.high is not None:
            refused |= value > field.high
        unlikely = np.zeros(len(value), np.bool_)
        if field.likely_low is not None:
            unlikely |= value < field.likely_low
        if field.likely_high is not None:
            refused |= value > 10 * field.likely_high
            unlikely |= value > field.likely_high
        year = (value >= 1900) & (value <= 2100) if field.name == "age" else np.zeros(len(value), np.bool_)
    findings.rows(
        "birth-year",
        table,
        column.mask_of(year),
        column,
        "is a year of birth, not an age.",
        "Write the age in years at the first dose.",
    )
    findings.rows(
        "out-of-range",
        table,
        column.mask_of(refused & ~year),
        column,
        f"cannot be true for {field.name}; {limits}.",
        "Leave the cell blank where it is not known.",
    )
    findings.rows(
        "unlikely",
        table,
        column.mask_of(unlikely & ~refused),
        column,
        f"can hardly be true for {field.name}.",
        "Check it.",
        severity="warning",
    )
    return np.where(refused, np.nan, value)


def _limits(field: Field) -> str:
    unit = f" {field.unit}" if field.unit else ""
    high = field.high if field.high is not None else field.likely_high
    return f"{field.low:g} to {high:g}{unit}"


def code_column(
    table: Table, field: Field, findings: Findings, synonyms: Mapping[str, str], *, mend: str = ""
) -> NDArray[np.int8]:
    """Read a column of code words.

    Parameters
    ----------
    table : Table
    field : Field
    findings : Findings
    synonyms : mapping
        Folded other spelling -> code word.
    mend : str
        What to add to the list of code words.

    Returns
    -------
    numpy.ndarray of int8, one per row
        Number of the code word in `field.codes`; -1 where blank, or at fault, which has been said.
    """
    column = table.columns.get(field.name)
    if column is None:
        return np.full(table.n_rows, -1, np.int8)
    codes = np.full(len(column.texts), -1, np.int8)
    for number, text in enumerate(column.texts):
        word = fold(text)
        word = synonyms.get(word, word)
        if word in field.codes:
            codes[number] = field.codes.index(word)
    wrong = (codes < 0) & ~column.blank_texts
    words = ", ".join(field.codes)
    findings.rows(
        f"unknown-{field.name.replace('_', '-')}",
        table,
        column.mask_of(wrong),
        column,
        f"is no {field.name}; expected {words}.",
        lambda row: " ".join(filter(None, [nearest(column.at(row).strip(), field.codes), mend])),
    )
    return codes[column.codes] if len(codes) else np.zeros(0, np.int8)


def yes_no_column(table: Table, field: Field, findings: Findings) -> NDArray[np.int8]:
    """Read a column of yes and no.

    Parameters
    ----------
    table : Table
    field : Field
    findings : Findings

    Returns
    -------
    numpy.ndarray of int8, one per row
        1 yes, 0 no, -1 not known.
    """
    column = table.columns.get(field.name)
    if column is None:
        return np.full(table.n_rows, -1, np.int8)
    codes, junk = yes_no(column.texts)
    findings.rows(
        f"not-yes-no-{field.name}",
        table,
        column.mask_of(junk),
        column,
        f"is neither yes nor no for {field.name}.",
        "Expected yes, no or blank.",
    )
    _say_missing_words(table, column, field, findings)
    return codes[column.codes] if len(codes) else np.zeros(0, np.int8)


def text_column(table: Table, name: str, findings: Findings) -> NDArray[np.object_]:
    """Read a column of free text; control characters and persons' identifiers are refused.

    Parameters
    ----------
    table : Table
    name : str
    findings : Findings

    Returns
    -------
    numpy.ndarray of object, one per row
        Text without spaces around it; None where blank.
    """
    column = table.columns.get(name)
    if column is None:
        return np.full(table.n_rows, None, object)
    check_text(table, column, findings)
    texts = np.array([text or None for text in column.texts], object)
    chosen: NDArray[np.object_] = texts[column.codes] if len(texts) else np.zeros(0, object)
    return chosen


def check_text(table: Table, column: Column, findings: Findings) -> None:
    """Refuse control characters and what looks like a person's identifier."""
    controls = pc.match_substring_regex(column.dictionary, r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
    findings.rows(
        "control-character",
        table,
        column.mask_of(as_numpy(controls)),
        column,
        "holds a control character.",
        "Type it again without it.",
    )
    candidate = pc.match_substring_regex(column.dictionary, MAY_IDENTIFY).to_pylist()
    kinds = [
        kind_of_identifier(text) if may else None for text, may in zip(column.texts, candidate, strict=True)
    ]
    personal = np.fromiter((kind is not None for kind in kinds), np.bool_, len(kinds))
    findings.rows(
        "identifier-id" if column.known_as == "patient_id" else "identifier",
        table,
        column.mask_of(personal),
        column,
        lambda row: f"{column.header.strip()} looks like {kinds[column.codes[row]]}.",
        "Replace it by a study code, or use --pseudonymise.",
        quote=False,
    )
