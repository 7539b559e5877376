"""Apply a mapping to the tables as typed: columns, tests, units and codes get our names."""

from __future__ import annotations

import re
from collections.abc import Callable
from collections.abc import Mapping as MappingType
from dataclasses import replace
from functools import partial

import numpy as np

from amyloid.cohort.errors import shown
from amyloid.cohort.mapping import FILE_NAME, Mapping
from amyloid.cohort.names import names
from amyloid.cohort.reading.dates import in_iso
from amyloid.cohort.reading.findings import Findings, like, words
from amyloid.cohort.reading.numeric import SPACES, numeric_columns
from amyloid.cohort.reading.table import INVISIBLE, Column, Mask, Table, code, constant_column, fold
from amyloid.cohort.schema import TABLES, TESTS

UNUSED = "unused:"
"""Before the name of a column that a mapping does not choose."""


def rename_columns(table: Table, mapping: Mapping, findings: Findings) -> Table:
    """Give the columns that the mapping names our names; the header stays as typed for messages."""
    wanted = mapping.columns.get(table.name, {})
    if not wanted:
        return table
    columns = list(table.all_columns)
    for ours, theirs in sorted(wanted.items(), key=lambda pair: pair[0] == "unit"):
        found = [position for position, column in enumerate(columns) if fold(column.header) == fold(theirs)]
        shared = ours == "unit" and any(columns[position].known_as in ("value", "test") for position in found)
        if not found:
            findings.say(
                "mapping/column",
                FILE_NAME,
                table=table.name,
                ours=ours,
                theirs=shown(theirs),
                file=table.file,
            )
        for position in () if shared else found:
            columns[position] = replace(columns[position], name=ours)
        for position, column in enumerate(columns):
            if found and position not in found and column.known_as == ours:
                columns[position] = replace(column, name=f"{UNUSED}{ours}")
    return replace(table, all_columns=tuple(columns))


def translate(table: Table, mapping: Mapping, findings: Findings) -> None:
    """Replace the user's tests, units and codes in the matched columns by ours."""
    if mapping.thousands or mapping.flags:
        _numbers_alone(table, mapping)
    if mapping.decimal:
        with_points(table, mapping.decimal)
    if mapping.missing:
        _blank_missing(table, mapping, findings)
    formats = mapping.dates.get(table.name, ())
    for field in TABLES[table.name].fields:
        if formats and field.kind == "date" and field.name in table.columns:
            column = table.columns[field.name]
            table.columns[field.name] = column.changed(lambda text: in_iso(text, formats))
    if table.name == "labs" and "test" in table.columns:
        _tests_of_specimens(table, mapping)
        table.columns["test"] = _with_our_tests(table.columns["test"], mapping, findings)
        _codes_of_tests(table, mapping)
    for name, ours in mapping.codes.items():
        if name in table.columns:
            table.columns[name] = translated(table.columns[name], ours, code)
    if table.name != "labs":
        return
    if mapping.units and "unit" in table.columns:
        table.columns["unit"] = translated(table.columns["unit"], mapping.units, str.strip)
    if mapping.unit_of_test and {"test", "unit"} <= set(table.columns):
        table.columns["unit"] = _filled(table.columns["unit"], table.columns["test"], mapping.unit_of_test)


def _tests_of_specimens(table: Table, mapping: Mapping) -> None:
    """Tests that a name and a specimen say together, as ``"IFE|urine" = "urine_immunofixation"``."""
    specimen = table.columns.get("specimen")
    pairs = [(*key.split("|"), ours) for key, ours in mapping.tests.items() if key.count("|") == 1]
    if specimen is None or not pairs:
        return
    test = made = table.columns["test"]
    for name, kind, ours in pairs:
        rows = _holding(test, name.strip(" _")) & _holding(specimen, kind.strip(" _"))
        made = made.overwritten(rows, ours, name)
    table.columns["test"] = made


def _codes_of_tests(table: Table, mapping: Mapping) -> None:
    """Words in value that mean something for one test only, as ``[codes.serum_m_protein]`` says."""
    test, value = table.columns["test"], table.columns.get("value")
    if value is None or not set(mapping.codes) & set(TESTS):
        return
    made = value
    for name in mapping.codes.keys() & TESTS.keys():
        of_test, ours = _holding(test, name), mapping.codes[name]
        for number, text in enumerate(value.texts):
            if code(text) in ours:
                rows, typed = of_test & (value.codes == number), value.typed[number].as_py()
                made = made.overwritten(rows, ours[code(text)], typed)
    table.columns["value"] = made


def _holding(column: Column, word: str) -> Mask:
    """Rows in which a folded word stands."""
    return column.where(lambda text: fold(text) == word)


_CODE = re.compile(r"(?:(?:https?://)?loinc(?:\.org)?[|:/ ]\s*)?(\d{1,6}-\d)(?:\s.*)?", re.I)


def _loinc_test(text: str) -> str:
    """Our test of a text that is, or begins with, a LOINC code; empty for any other."""
    found = _CODE.fullmatch(text.strip())
    return str(names()["loinc"].get(found.group(1), ("",))[0]) if found else ""


def _with_our_tests(column: Column, mapping: Mapping, findings: Findings) -> Column:
    """Tests by the mapping, and LOINC codes by the table of codes; what was read of a code is said."""
    column = translated(column, mapping.tests, fold) if mapping.tests else column
    texts = [text for text in column.texts if text[:1].isdigit() or text[:5].casefold() in ("loinc", "http:")]
    by_code = {fold(text.partition(" ")[0]): text for text in texts}
    words = {text: mapping.tests[code] for code, text in by_code.items() if code in mapping.tests}
    words |= {text: test for text in texts if text not in words and (test := _loinc_test(text))}
    if words:
        read = ", ".join(f"{shown(text)[1:-1]} as {test}" for text, test in sorted(words.items()))
        findings.note(f"LOINC: {read}.")
    return translated(column, words, str.strip) if words else column


def _numbers_alone(table: Table, mapping: Mapping) -> None:
    """Take the sign of thousands out of numbers, and what the laboratory writes beside them."""
    signs = {" ": SPACES, "'": "'\u2019"}.get(mapping.thousands, mapping.thousands)
    flags = "|".join(re.escape(flag) for flag in mapping.flags) or "(?!)"
    beside = re.compile(rf"(?:(?:{flags})\s*)?([-+<>=\u2264\u2265\d.].*?)(?:\s*(?:{flags}))*")
    between = re.compile(rf"(?<=\d)[{signs}](?=\d{{3}}(?!\d))" if signs else "(?!)")

    def alone(text: str, exact: frozenset[str]) -> str:
        found = beside.fullmatch(text)
        number = found.group(1) if found and any(sign.isdigit() for sign in text) else text
        return number if text in exact else between.sub("", number)

    for name, column in numeric_columns(table).items():
        table.columns[name] = column.changed(partial(alone, exact=column.exact))


def with_points(table: Table, sign: str) -> None:
    """Write numbers whose decimal sign is known with points, and without signs of thousands."""
    thousands = "." if sign == "," else ","
    number = re.compile(
        rf"([<>=\u2264\u2265\s+-]*(?:\d{{1,3}}(?:[{thousands}]\d{{3}})*|\d+))(?:[{sign}](\d+))?(%?)"
    )

    def pointed(text: str) -> str:
        found = number.fullmatch(text)
        if not found:
            return text
        whole, part, percent = found.groups(default="")
        return whole.replace(thousands, "") + (f".{part}" if part else "") + percent

    for name, column in numeric_columns(table).items():
        table.columns[name] = column.changed(pointed, column.exact)
    table.decimal = "."


def _blank_missing(table: Table, mapping: Mapping, findings: Findings) -> None:
    blanks = dict.fromkeys(mapping.missing, "")
    for name, column in table.columns.items():
        if name != "patient_id":
            table.columns[name] = translated(column, blanks, code)
            more = np.count_nonzero(table.columns[name].blank) - np.count_nonzero(column.blank)
            if more:
                findings.note(f"{more} missing codes in {name} of {table.name} were read as blank.")


def _filled(unit: Column, test: Column, unit_of_test: MappingType[str, str]) -> Column:
    """The unit column with the unit that the mapping gives to a test where the cell is blank."""
    blank = unit.blank
    for name, ours in unit_of_test.items():
        unit = unit.overwritten(blank & _holding(test, name), ours)
    return unit


def add_units(table: Table, mapping: Mapping) -> Table:
    """Add a blank unit column to labs that have none, for the units that the mapping gives to tests."""
    if table.name != "labs" or not mapping.unit_of_test:
        return table
    if "unit" in {column.known_as for column in table.all_columns}:
        return table
    unit = constant_column("unit", len(table.all_columns), table.n_rows)
    return replace(table, all_columns=(*table.all_columns, unit))


def translated(column: Column, words: MappingType[str, str], key: Callable[[str], str]) -> Column:
    """Change the distinct texts of a column; messages still show them as typed."""
    return column.changed(lambda text: words.get(key(text), text))


def is_note(text: str) -> bool:
    """Whether a text that stands alone in its row is a note under the table."""
    return like("<note>").fullmatch(text.strip()) is not None


def tidy(table: Table, findings: Findings) -> Table:
    """Drop blank rows, rows of totals and notes; refuse the header line where it comes again further down."""
    repeated = np.ones(table.n_rows, np.bool_)
    for column in sorted(table.all_columns, key=lambda column: len(column.dictionary)):  # shortest first
        if repeated.any():
            title = column.header.strip(INVISIBLE + " ").casefold()
            same = [text.strip(INVISIBLE).casefold() == title for text in column.texts]
            repeated &= column.mask_of(np.array(same, np.bool_))
    if repeated.any():
        findings.say("header-again", table, repeated, None)
    dropped = repeated | _left_out(table, findings) | _copies(table, findings)
    return table.without(dropped) if dropped.any() else table


def _left_out(table: Table, findings: Findings) -> Mask:
    """Blank rows; rows of totals and notes, which are said."""
    patient = table.columns["patient_id"]
    of_texts = np.zeros((2, len(patient.texts)), np.bool_)
    for number in np.flatnonzero(patient.matching(words()["may_be_note"])):
        kinds = like("<total>"), like("<note>")
        of_texts[:, number] = [bool(kind.fullmatch(patient.texts[number])) for kind in kinds]
    totals, notes = map(patient.mask_of, of_texts)
    alone = patient.blank | notes
    for column in table.all_columns:
        if column.position != patient.position and alone.any():
            alone &= column.blank
    findings.say("note-row", table, totals | (alone & notes), patient)
    return totals | alone


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
