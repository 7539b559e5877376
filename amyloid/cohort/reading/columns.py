"""Checks that hold for one column of any table: patient ids, code words, yes and no, free text."""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from amyloid.cohort.errors import MAY_BE_NAME, MAY_IDENTIFY, is_name, kind_of_identifier, shown
from amyloid.cohort.names import code_meant_by
from amyloid.cohort.reading.cells import MISSING_WORDS, yes_no
from amyloid.cohort.reading.findings import Findings, nearest
from amyloid.cohort.reading.table import INVISIBLE, Column, Mask, Table, as_numpy, fold, gather
from amyloid.cohort.schema import Field


def say_missing_words(table: Table, column: Column, field: Field, findings: Findings) -> Mask:
    """Say words such as ``NA`` and ``unknown`` that are read as a blank cell."""
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
    if column.known_as == "patient_id":
        names = np.flatnonzero(as_numpy(pc.match_substring_regex(column.stripped, MAY_BE_NAME)))
        kinds |= {code: "a person's name" for code in names if is_name(column.texts[code])}
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


Floats = NDArray[np.float64]

_TOTAL = re.compile(
    r"((sub|grand)?[ -]?totals?|totale?|summe|suma?|somme|gesamt|mean|average|mittelwert|median|moyenne)"
    r"(\s*[:=(].*)?",
    re.I | re.S,
)
_NOTE = re.compile(
    r"[*#\u2020\u2021\u00a7].*|(source|note|notes|legend|legende|quelle|exported|export)\b.*|\S+( \S+){3,}",
    re.I | re.S,
)
_MAY_BE_NOTE = (
    r"\S\s+\S|(?i)^([*#\x{2020}\x{2021}\x{a7}]|sub|grand|total|sum|som|gesamt|mean|average|mittel|med|moy"
    r"|std|sd|source|note|legend|quelle|export)"
)
"""Quick test (a regular expression of RE2) that both pass, and few ids."""


def is_note(text: str) -> bool:
    """Whether a text that stands alone in its row is a note under the table."""
    return _NOTE.fullmatch(text.strip()) is not None


def _left_out(table: Table, findings: Findings) -> Mask:
    """Blank rows; rows of totals and notes, which are said."""
    patient = table.columns["patient_id"]
    candidates = np.flatnonzero(as_numpy(pc.match_substring_regex(patient.stripped, _MAY_BE_NOTE)))
    of_texts = np.zeros((2, len(patient.texts)), np.bool_)
    for code in candidates:
        of_texts[:, code] = [found.fullmatch(patient.texts[code]) is not None for found in (_TOTAL, _NOTE)]
    totals, notes = map(patient.mask_of, of_texts)
    alone = patient.blank | notes
    for column in table.all_columns:
        if not alone.any():
            break
        if column.position != patient.position:
            alone &= column.blank
    findings.say("note-row", table, totals | (alone & notes), patient)
    return totals | alone


def tidy(table: Table, findings: Findings) -> Table:
    """Drop blank rows, rows of totals and notes; refuse the header line where it comes again further down."""
    repeated = np.ones(table.n_rows, np.bool_)
    for column in sorted(table.all_columns, key=lambda column: len(column.dictionary)):  # shortest first
        if not repeated.any():
            break
        title = column.header.strip(INVISIBLE + " ").casefold()
        same = np.fromiter(
            (text.strip(INVISIBLE).casefold() == title for text in column.texts), np.bool_, len(column.texts)
        )
        repeated &= column.mask_of(same)
    if repeated.any():
        findings.say("header-again", table, repeated, None)
    dropped = repeated | _left_out(table, findings) | _copies(table, findings)
    return table.without(dropped) if dropped.any() else table


def _copies(table: Table, findings: Findings) -> Mask:
    """Rows of patients that are exact copies of earlier ones, which is said."""
    codes = table.columns["patient_id"].codes
    if table.name != "patients" or len(np.unique(codes)) == len(codes):
        return np.zeros(table.n_rows, np.bool_)
    _, first, of_row = np.unique(codes, return_index=True, return_inverse=True)
    same: Mask = first[of_row] != np.arange(table.n_rows)
    for column in table.all_columns:
        same &= column.codes == column.codes[first[of_row]]
    findings.say("row-twice", table, same, None, place=lambda row: table.place(int(first[of_row[row]])))
    return same


def patient_rows(table: Table, ids: pa.StringArray, findings: Findings) -> NDArray[np.int32]:
    """Find the patient of every row.

    Row in patients, -1 where there is none, which has been said.
    """
    column = table.columns["patient_id"]
    found = as_numpy(pc.fill_null(pc.index_in(column.stripped, value_set=ids), -1))
    of_text = np.where(column.blank_texts, np.int32(-1), found)
    if column.blank_texts.any():
        findings.say("blank-id", table, column.blank, column)
    unknown = (of_text < 0) & ~column.blank_texts
    if unknown.any() and pc.any(pc.not_equal(ids, "")).as_py():
        known = ids.to_pylist()
        findings.say(
            "unknown-patient",
            table,
            column.mask_of(unknown),
            column,
            by=0,
            mend=lambda row: _hint_id(column.at(row), known),
        )
    return gather(of_text, column.codes)


def _hint_id(text: str, ids: list[str]) -> str:
    bare = "".join(sign for sign in text.strip() if sign not in INVISIBLE)
    if bare and bare in ids:
        return f"It differs from '{bare}' only by an invisible character; type it again."
    if not kind_of_identifier(text):
        short = bare.lstrip("0")
        for known in filter(None, ids):
            if known.lstrip("0") == short and short:
                return f"patients has {shown(known)}: were leading zeros lost? Format the column as text."
            if known.casefold() == bare.casefold():
                return f"patients has {shown(known)}: write it the same way."
    return "Add the patient to patients, or leave these rows out."
