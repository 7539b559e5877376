"""Where the column names of a table stand, and which of them is which column of the schema."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

from amyloid.cohort.errors import kind_of_identifier, shown
from amyloid.cohort.mapping import Mapping
from amyloid.cohort.names import kind_of_identifying_column, meant_by, misspelt, without_unit
from amyloid.cohort.reading.findings import Findings, like
from amyloid.cohort.reading.lab_units import holds_units, taken_apart
from amyloid.cohort.reading.patients import lists_organs
from amyloid.cohort.reading.table import Column, Table, constant_column, fold
from amyloid.cohort.reading.timeline import age_hint
from amyloid.cohort.schema import TABLES, TIME_COLUMNS, is_unit
from amyloid.cohort.toml import in_toml

Row = Sequence[str]
LOOKED_AT = 20


def find_header(rows: Sequence[Row], knows: Callable[[str], bool]) -> tuple[int, ...]:
    """Find the row of the column names, or the two rows of them.

    Row numbers from 1: (1,) for an ordinary table; (1,) too where nothing looks like a header.
    """
    rows = rows[:LOOKED_AT]
    scores = [sum(knows(cell) for cell in row) for row in rows]
    ranks = [(score > 1, number == 0, score) for number, score in enumerate(scores)]
    best = ranks.index(max(ranks)) if ranks else 0
    if best + 1 < len(rows) and _are_units(rows[best + 1]):
        return best + 1, best + 2
    if best == 0 and len(rows) > 1 and _groups(rows[0], rows[1]):
        return 1, 2
    if best > 0 and _groups(rows[best - 1], rows[best]):
        return best, best + 1
    return (best + 1,)


def _are_units(row: Row) -> bool:
    """Whether a row below the column names holds their units."""
    filled = [cell for cell in row if cell.strip()]
    return len(filled) > 1 and not row[0].strip() and all(map(is_unit, filled))


def _groups(upper: Row, lower: Row) -> bool:
    """Whether a row holds names of groups of columns, and the one below it the columns of each group."""
    names = [cell.strip().casefold() for cell in lower if cell.strip()]
    repeated = [name for name, count in Counter(names).items() if count > 1]
    if not names or not repeated or any(re.fullmatch(r"[<>]?\s*[\d.,:/ -]+%?", name) for name in names):
        return False
    above = [*map(str.strip, upper), *[""] * len(lower)]
    beside = [group for group, name in zip(above, lower, strict=False) if name.strip().casefold() in repeated]
    return any(beside) and not all(beside)


def header_of_rows(rows: Sequence[Row], merged: Sequence[tuple[int, int]] = ()) -> tuple[str, ...]:
    """Column names of one or two header rows.

    A name that comes once stands alone; one that comes again has its group before it.
    """
    if len(rows) == 1:
        return tuple(rows[0])
    upper, lower = (list(row) + [""] * (max(map(len, rows)) - len(row)) for row in rows)
    counts = Counter(cell.strip().casefold() for cell in lower)
    names, group, until = [], "", -1
    for number, (above, below) in enumerate(zip(upper, lower, strict=True)):
        if above.strip():
            group = above.strip()
            until = next((last for first, last in merged if first == number), -1)
        elif merged and number > until:
            group = ""
        if not below.strip():
            names.append(above.strip())
            group = ""
        elif above.strip() and is_unit(below):
            names.append(f"{above.strip()} [{below.strip(' []()')}]")
        elif group and counts[below.strip().casefold()] > 1:
            names.append(f"{group} {below.strip()}")
        else:
            names.append(below.strip())
    return tuple(names)


def required_names(name: str) -> list[str]:
    """Names of the columns that a table has to have; alternatives joined by ``or``."""
    times = [" or ".join(pair) for pair in TIME_COLUMNS.get(name, ())]
    fields = [field.name for field in TABLES[name].fields if field.required]
    return [fields[0], *times, *fields[1:]]


def known_words(name: str, mapping: Mapping) -> set[str]:
    """Folded names of the columns of a table: ours and, where a mapping gives them, the user's."""
    return set(TABLES[name].names) | {fold(theirs) for theirs in mapping.columns.get(name, {}).values()}


def knows(cell: str, name: str, mapping: Mapping) -> bool:
    """Whether a cell is a column name of this table, or one that other systems use."""
    folded = fold(cell)
    return folded in known_words(name, mapping) or bool(meant_by(folded, TABLES[name].names))


def is_header(
    cells: Iterable[str], name: str, mapping: Mapping, rule: str, file: str, findings: Findings, **place: Any
) -> bool:
    """Whether a line holds a name of a column, ours or one that other systems use; said by a rule if not."""
    if any(knows(cell, name, mapping) for cell in cells):
        return True
    findings.say(rule, file, names=", ".join(required_names(name)), **place)
    return False


def say_header(
    rows: tuple[int, ...], name: str, file: str, findings: Findings, sheet: str | None = None
) -> None:
    """Say that the column names stand further down, or in two rows, with the line for mapping.toml."""
    word = "row" if sheet else "line"
    where = f"on {word} {rows[0]}" if len(rows) == 1 else f"in {word}s {rows[0]} and {rows[1]} together"
    entry = rows[0] if len(rows) == 1 else list(rows)
    findings.propose("header", name, entry)
    findings.say("no-header/below", file, line=1, sheet=sheet, word=word, place=where, name=name, entry=entry)


def match_columns(table: Table, findings: Findings) -> bool:
    """Fill `table.columns` from the header.

    Whether everything that is required is there.
    """
    schema = TABLES[table.name]
    by_name: dict[str, list[Column]] = {}
    for column in table.all_columns:
        by_name.setdefault(column.known_as, []).append(column)
    nameless = [column for column in by_name.pop("", []) if not column.blank_texts.all()]
    for column in nameless:
        named = f"{shown(column.title)}: " if column.title else ""
        findings.say("nameless-column", table, line=1, named=named)
    for name in schema.names:
        found = by_name.pop(name, [])
        if len(found) > 1:
            findings.say("double-column", table, line=1, column=name, name=name)
        if found:
            table.columns[name] = found[0]
    unit = table.columns.get("unit")
    without = unit is not None and table.n_rows and unit.blank_texts.all()
    if without and (mend := _units_beside(table, findings)):
        findings.say("blank-units", table, line=1, mend=mend)
    missing = _missing(table)
    for names in missing:
        _say_missing(table, names, by_name, findings)
    unknown = {name: columns[0] for name, columns in by_name.items()}
    _say_unused(table, unknown, findings, taken=bool(missing))
    return not _missing(table)


def _missing(table: Table) -> list[tuple[str, ...]]:
    """Required columns that are not there; of months and dates one is enough."""
    required = [(field.name,) for field in TABLES[table.name].fields if field.required]
    every = (*required, *TIME_COLUMNS.get(table.name, ()))
    return [names for names in every if not any(name in table.columns for name in names)]


def _say_missing(
    table: Table, names: tuple[str, ...], by_name: dict[str, list[Column]], findings: Findings
) -> None:
    """Say a missing column; the one that is probably meant is read, so that its cells are checked too."""
    columns = [name for name, found in by_name.items() if not _holds_json(found[0])]
    near = ((name, theirs) for name in names[::-1] if (theirs := _near_column(name, columns, table.name)))
    ours, theirs = next(near, (names[0], ""))
    hint = f"Expected columns: {', '.join(required_names(table.name))}."
    if names == ("age",):
        computed = age_hint(table.all_columns)
        hint = computed or hint
        if computed:  # the other columns are checked all the same
            table.columns["age"] = constant_column("age", len(table.header), table.n_rows)
    if names == ("unit",) and not theirs:
        hint = _units_beside(table, findings) or _NO_UNIT
        table.columns.setdefault("unit", constant_column("unit", len(table.header), table.n_rows))
    if theirs:
        table.columns[ours] = by_name.pop(theirs)[0]
        _propose(findings, table, ours, table.columns[ours])
        hint = f"Is it {shown(table.columns[ours].title)}? Rename that column, or name it in mapping.toml."
    dates = " (or one with dates)" if len(names) > 1 else ""
    findings.say("missing-column", table, line=1, names=names[0], dates=dates, mend=hint)


_NO_UNIT = "A unit is never assumed; [unit_of_test] in mapping.toml may say it of each test."


def _units_beside(table: Table, findings: Findings) -> str:
    """Offer the column in whose cells the units stand, and read on with it; empty where there is none."""
    for name in ("value", "test"):
        column = table.columns.get(name)
        if column is not None and holds_units(replace(column, name=name)):
            apart = taken_apart(replace(column, name=name), len(table.header))
            table.columns[name], table.columns["unit"] = apart
            header = column.title
            findings.propose("columns.labs", "unit", header, "the units stand in its cells")
            return f"The units stand in {shown(column.title)}: name it for unit too in mapping.toml."
    return ""


def _holds_json(column: Column) -> bool:
    """Whether the cells of a column hold whole JSON objects."""
    return next((text for text in column.texts if text), "").startswith(("{", "[{"))


def _near_column(missing: str, unknown: list[str], table: str) -> str:
    """Find the unknown column that is probably meant; empty when there is none."""
    unknown = [name for name in unknown if not kind_of_identifying_column(name)]
    by_other_word = (name for name in unknown if meant_by(name, (missing,), table))
    by_spelling = (name for name in unknown if misspelt(without_unit(name), missing))
    return next(by_other_word, next(by_spelling, ""))


def _say_unused(table: Table, unknown: dict[str, Column], findings: Findings, *, taken: bool) -> None:
    """Say unknown columns; in a table that is refused anyway (`taken`) the meant ones are read."""
    known = list(TABLES[table.name].names)
    beside = ["dose_mg"] if any(map(like("<dose_unit>").fullmatch, unknown)) else []
    for name, column in unknown.items():
        header, value, hint = column.title, shown(column.title), ""
        if kind := kind_of_identifying_column(name):
            findings.say("identifying-column", table, line=1, column=header, value=value, kind=kind)
            continue
        free = [field for field in known if field not in table.columns and field not in beside]
        meant = meant_by(name, free, table.name)
        meant += [ours for ours in free if misspelt(without_unit(name), ours)]
        if _holds_json(column):
            hint = "It holds JSON: write one row for each value that is in it."
        elif meant:
            hint = f"Did you mean '{meant[0]}'?"
            _propose(findings, table, meant[0], column)
            if taken:
                table.columns[meant[0]] = column
        elif table.name == "patients" and lists_organs(column):
            findings.propose("wide.organs", "column", header, "organs that are not listed: no")
            hint = f"It lists organs: [wide.organs] column = {in_toml(header)} in mapping.toml reads it."
        findings.say("unused-column", table, line=1, name=value, mend=hint)


def _propose(findings: Findings, table: Table, ours: str, column: Column) -> None:
    """Offer a column for one of ours, with an example of what it holds."""
    example = next((text for text in column.texts if text), "") if ours != "patient_id" else ""
    why = f"such as {shown(example)[1:-1]}" if example and not kind_of_identifier(example) else ""
    findings.propose(f"columns.{table.name}", ours, column.title, why)
