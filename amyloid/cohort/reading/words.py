"""Columns of code words, of yes and no, and of free text."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow.compute as pc
from numpy.typing import NDArray

from amyloid.cohort.identifiers import MAY_IDENTIFY, kind_of_identifier
from amyloid.cohort.reading.arrays import as_numpy, gather
from amyloid.cohort.reading.cells import MISSING_WORDS, yes_no
from amyloid.cohort.reading.column_names import code_meant_by
from amyloid.cohort.reading.findings import Findings, nearest
from amyloid.cohort.reading.table import Column, Mask, Table, fold
from amyloid.cohort.schema import Field


def say_missing_words(table: Table, column: Column, field: Field, findings: Findings) -> Mask:
    """Say words such as ``NA`` and ``unknown`` that are read as a blank cell.

    Parameters
    ----------
    table : Table
    column : Column
    field : Field
    findings : Findings

    Returns
    -------
    numpy.ndarray of bool, one per distinct text
    """
    missing = np.fromiter(
        (text.casefold() in MISSING_WORDS for text in column.texts), np.bool_, len(column.texts)
    )
    findings.say("missing-word", table, column.mask_of(missing), column, name=field.name)
    return missing


MOST_CODES = 12
"""Words of one column that are offered with their place for a code."""

IN_IDS = r"[\x00-\x1f\x7f]"
IN_TEXTS = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]"
"""Control characters (regular expressions of RE2); a remark may have several lines, an id may not."""


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
    _offer_codes(column, field, wrong, findings)
    findings.say(
        "unknown-{key}",
        table,
        column.mask_of(wrong),
        column,
        by=0,
        key=field.name.replace("_", "-"),
        name=field.name,
        codes=", ".join(field.codes),
        mend=lambda row: " ".join(filter(None, [nearest(column.at(row).strip(), field.codes), mend])),
    )
    return gather(codes, column.codes)


def _offer_codes(column: Column, field: Field, wrong: Mask, findings: Findings) -> None:
    """Offer `[codes]` for the words of a column: with our word where it is clear, else to be filled in."""
    kind = "yes_no" if field.kind == "yes_no" else field.name
    for number in np.flatnonzero(wrong)[:MOST_CODES]:
        text = column.texts[number]
        ours = code_meant_by(fold(text) or text, kind)
        if ours:
            findings.propose(f"codes.{field.name}", text, ours)
        elif len(text) < 40 and not kind_of_identifier(text):
            findings.propose(f"codes.{field.name}", f"# {text}", "", f"{' or '.join(field.codes[:4])}?")


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
    _offer_codes(column, field, junk, findings)
    findings.say("not-yes-no-{name}", table, column.mask_of(junk), column, name=field.name)
    say_missing_words(table, column, field, findings)
    return gather(codes, column.codes)


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
    controls = pc.match_substring_regex(
        pc.utf8_trim_whitespace(column.dictionary), IN_IDS if column.known_as == "patient_id" else IN_TEXTS
    )
    findings.say("control-character", table, column.mask_of(as_numpy(controls)), column)
    candidates = np.flatnonzero(as_numpy(pc.match_substring_regex(column.dictionary, MAY_IDENTIFY)))
    kinds = {code: kind for code in candidates if (kind := kind_of_identifier(column.texts[code]))}
    personal = np.zeros(len(column.texts), np.bool_)
    personal[list(kinds)] = True
    rule = "identifier-id" if column.known_as == "patient_id" else "identifier"
    findings.say(
        rule,
        table,
        column.mask_of(personal),
        column,
        name=column.header.strip(),
        kind=lambda row: kinds[column.codes[row]],
    )
