"""Where checks put what they find, so that everything is said at once."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np

from amyloid.cohort.errors import MAX_SHOWN, MORE_PLACES, Problem, arranged, shown
from amyloid.cohort.reading.table import CODE_NUMBERS, Codes, Column, Mask, Rows, Table

Severity = Literal["error", "warning"]
Words: TypeAlias = str | Callable[[int], str]
Alike = tuple[tuple[str, str | None], str, str]
Proposed = dict[str, dict[str, tuple[Any, str]]]

EXAMINED = 2000
"""Kinds of rows whose words are made one by one; of more only the number is said."""


@cache
def rules() -> dict[str, dict[str, Any]]:
    """Every rule: `says`, and where they are there `mend`, `warning` and `quote`."""
    return tomllib.loads(Path(__file__).with_name("rules.toml").read_text(encoding="utf-8"))


@cache
def words() -> dict[str, Any]:
    """What `words.toml` holds: words that are read as ours, and what texts that are no numbers look like."""
    return tomllib.loads(Path(__file__).with_name("words.toml").read_text(encoding="utf-8"))


@cache
def like(pattern: str) -> re.Pattern[str]:
    """Compile a pattern, with the parts of `words.toml` in place of their names in angle brackets."""
    parts = words()["part"]
    return re.compile(re.sub(r"<(\w+)>", lambda part: like(parts[part.group(1)]).pattern, pattern))


def looks_missing(text: str) -> bool:
    """Whether a text is a code by which projects mark what is missing, such as ``-99`` or ``NASK``."""
    text = text.strip().casefold()
    return bool(like("<missing_code>").fullmatch(text) or re.match(CODE_NUMBERS, text))


def hint(text: str, *sections: str) -> str:
    """The mend of the first kind of text in sections of `words.toml` that fits; empty where none does."""
    kinds = (kind for section in sections for kind in words()[section])
    return next((str(kind["mend"]) for kind in kinds if like(kind["like"]).fullmatch(text)), "")


def advice(kind: str, **named: object) -> str:
    """What `words.toml` advises in a case, with what stands in braces there."""
    return str(words()["advice"][kind]).format(**named)


def filled(text: str, words: dict[str, Any]) -> Words:
    """Fill the names in braces of a rule's text; row by row where a word in it differs from row to row."""
    words |= {name: word.__getitem__ for name, word in words.items() if isinstance(word, np.ndarray)}
    asked = {name: word for name, word in words.items() if callable(word) and f"{{{name}" in text}
    if not asked:
        return text.format(**words)
    return lambda row: text.format(**(words | {name: word(row) for name, word in asked.items()}))


class Findings:
    """Problems found so far, and notes on what was converted, imputed, left out or ignored."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.notes: list[str] = []
        self.proposed: Proposed = {}
        """Section of mapping.toml -> left side -> right side, and why (for a comment behind the line)."""
        self.present: dict[str, Any] = {}
        """The user's mapping.toml, which a proposal repeats."""
        self.said_cells: set[tuple[str, str]] = set()

    @property
    def refused(self) -> bool:
        """Whether anything was found that makes the cohort unusable."""
        return any(problem.severity == "error" for problem in self.problems)

    def refused_in(self, table: Table) -> bool:
        """Whether a table has errors, so that what seems to be missing may only be unreadable."""
        return any(
            problem.severity == "error" and (problem.file, problem.sheet) == (table.file, table.sheet)
            for problem in self.problems
        )

    def side_by_side(self, *checks: Callable[[Findings], Any]) -> list[Any]:
        """Run checks that do not need each other on two cores, and keep what they find in their order.

        Parameters
        ----------
        *checks : callable of Findings
            Each gets findings of its own.

        Returns
        -------
        list
            What each check returned.
        """
        apart = [Findings() for _ in checks]
        for found in apart:
            found.said_cells = self.said_cells
        with ThreadPoolExecutor(2) as pool:
            results = list(pool.map(lambda check, found: check(found), checks, apart))
        for found in apart:
            self.problems += found.problems
            self.notes += found.notes
            for section, lines in found.proposed.items():
                for left, (right, why) in lines.items():
                    offer = self.propose_more if section == "missing" else self.propose
                    offer(section, left, right, why)
        return results

    def propose(self, section: str, left: str, right: Any, why: str = "") -> None:
        """Offer a line of mapping.toml: `left` = `right` (a text, list or table); the first offer stands."""
        self.proposed.setdefault(section, {}).setdefault(left, (right, why))

    def propose_more(self, section: str, left: str, items: list[str], why: str = "") -> None:
        """Offer a line of mapping.toml that holds a list; several offers are joined."""
        offered, _ = self.proposed.get(section, {}).get(left, ([], ""))
        self.proposed.setdefault(section, {})[left] = (list(dict.fromkeys([*offered, *items])), why)

    def said(self) -> tuple[Problem, ...]:
        """Sort what is usable but has to be said; some examples of each rule."""
        return arranged(problem for problem in self.problems if problem.severity == "warning")

    def note(self, sentence: str) -> None:
        """Keep a sentence on what was done with the data."""
        self.notes.append(sentence)

    def say(
        self,
        rule: str,
        where: Table | str,
        rows: Rows | Mask | None = None,
        column: Column | str | None = None,
        *,
        line: int | None = None,
        sheet: str | None = None,
        cell: str | None = None,
        by: Codes | int | None = None,
        mend: str | Callable[[int], str] | None = None,
        warning: bool | None = None,
        quote: bool | None = None,
        **words: object | Callable[[int], object],
    ) -> None:
        """Say what `rules.toml` has for a rule: about some rows, about a whole table, or about a file.

        Parameters
        ----------
        rule : str
            Its key; what stands behind a ``/`` tells several sayings of one rule apart.
        where : Table or str
            A table, or the name of a file.
        rows : numpy.ndarray, optional
            Row numbers of the table, or a mask over its rows.
        column : Column or str, optional
            The column at fault; of rows a `Column`.
        line, sheet, cell : optional
            Place in the table or file.
        by : numpy.ndarray, one per row, or 0
            What else than the value decides the words of a row; 0 for nothing else. Without it words that
            differ from row to row are asked for every row, up to `EXAMINED` rows.
        mend, warning, quote : optional
            In place of the rule's own: what to do about it, whether it is a warning, and whether the message
            begins with the distinct values as typed, each with its count.
        **words : object, array with one entry per row of the table, or callable of a row number
            What stands in braces in the rule.
        """
        entry = rules()[rule]
        says, hint = filled(entry["says"], words), filled(entry.get("mend", ""), words)
        hint = hint if mend is None else mend
        name = rule.partition("/")[0].format(**words)
        warning = entry.get("warning", False) if warning is None else warning
        severity: Severity = "warning" if warning else "error"
        if rows is not None and isinstance(where, Table) and not isinstance(column, str):
            quoted = column if (entry.get("quote", True) if quote is None else quote) else None
            chosen = self._fresh(where, rows, column)
            if not len(chosen):
                return
            if severity == "error" and quoted is not None:
                self._offer_missing(quoted, chosen)
            examples = entry.get("examples", MAX_SHOWN)
            groups, left = _alike(where, chosen, column, by, says, hint)
            first = Problem(name, where.file, "", severity=severity)
            self.problems += _of_rows(first, where, column, quoted, groups, examples)
            if left:
                self.problems[-1] = replace(self.problems[-1], unlisted=left)
            return
        assert not isinstance(column, Column)
        file, sheet = (where.file, where.sheet) if isinstance(where, Table) else (where, sheet)
        if cell is not None:
            self.said_cells.add((str(sheet), cell))
        self.problems.append(
            Problem(name, file, str(says), line, column, cell, sheet, mend=str(hint), severity=severity)
        )

    def _fresh(self, table: Table, rows: Rows | Mask, column: Column | None) -> Rows:
        """Rows in order, without those whose cell has been said already."""
        chosen: Rows = np.flatnonzero(rows) if rows.dtype == np.bool_ else np.sort(rows).astype(np.intp)
        if not self.said_cells or column is None:
            return chosen
        cells = ((table.source(int(row))[1], table.cell(int(row), column)) for row in chosen)
        return chosen[np.array([cell not in self.said_cells for cell in cells], np.bool_)]

    def _offer_missing(self, column: Column, rows: Rows) -> None:
        """Offer what looks like a code for a missing value to the one section for all columns."""
        found = {column.texts[code] for code in np.unique(column.codes[rows])[:MAX_SHOWN]}
        codes = sorted(text for text in found if looks_missing(text))
        if codes:
            why = "read as blank in every column; delete what is a value"
            self.propose_more("missing", "codes", codes, why)


def _alike(
    table: Table,
    rows: Rows,
    column: Column | None,
    by: Codes | int | None,
    message: Words,
    mend: Words,
) -> tuple[dict[Alike, Rows], int]:
    """Rows by place, message and mend, in the order of their first row; and how many were not examined."""
    if not callable(message) and not callable(mend):
        keys = np.zeros(len(rows), np.int64)
    elif by is None or column is None:
        keys = np.arange(len(rows))
    else:
        extra = np.zeros(len(rows), np.int64) if isinstance(by, int) else by[rows].astype(np.int64)
        keys = extra * (len(column.dictionary) + 1) + column.codes[rows]
    if table.place_of is not None:
        keys = keys * len(table.places) + table.place_of[rows]
    _, first, key = np.unique(keys, return_index=True, return_inverse=True)
    words: dict[Alike, int] = {}
    group = np.full(len(first), -1)
    for number in np.argsort(first, kind="stable")[:EXAMINED]:
        row = int(rows[first[number]])
        text = message(row) if callable(message) else message
        hint = mend(row) if callable(mend) else mend
        group[number] = words.setdefault((table.source(row), text, hint), len(words))
    of_row = group[key]
    return {text: rows[of_row == number] for text, number in words.items()}, int((of_row < 0).sum())


def _of_rows(
    kind: Problem,
    table: Table,
    column: Column | None,
    quoted: Column | None,
    groups: dict[Alike, Rows],
    most: int,
) -> Iterator[Problem]:
    """One problem for the rows of each group: its first row, where the next ones are, how many there are."""

    def cell(row: int) -> str | None:
        return None if column is None else table.cell(row, column)

    for ((file, sheet), text, mend), rows in groups.items():
        row, *more = (int(each) for each in rows[: 1 + MORE_PLACES])
        yield replace(
            kind,
            file=file,
            message=text if quoted is None else f"{_values(quoted, rows, most)} {text}",
            line=table.line(row),
            column=None if column is None else column.header_at(row).strip(),
            cell=cell(row),
            sheet=sheet,
            patient=table.patient(row) if table.one_patient(rows) else None,
            value=None if quoted is None else quoted.at(row),
            mend=mend,
            repeats=len(rows) - 1,
            also=tuple(cell(each) or str(table.line(each)) for each in more),
        )


def _values(column: Column, rows: Rows, examples: int) -> str:
    """The distinct values of some rows as typed, each with its count where there are several rows."""
    _, first, counts = np.unique(column.codes[rows], return_index=True, return_counts=True)
    order = np.argsort(first)
    values = [shown(column.at(int(rows[first[number]]))) for number in order[:examples]]
    if len(order) == 1:
        return values[0]
    if (counts > 1).any():
        values = [f"{value} ({counts[number]})" for value, number in zip(values, order, strict=False)]
    left = len(order) - examples
    more = [f"{left} other value{'s' if left > 1 else ''}"] if left > 0 else []
    return f"{', '.join(values + more)}:"


def nearest(word: str, known: list[str] | tuple[str, ...], alike: float = 0.6) -> str:
    """Offer the nearest legal word as a sentence, or nothing."""
    near = get_close_matches(word.casefold()[:60], known, 1, alike)
    return f"Did you mean '{near[0]}'?" if near else ""
