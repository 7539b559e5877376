"""Where checks put what they find, so that everything is said at once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any, Literal

import numpy as np

from amyloid.cohort.errors import MAX_SHOWN, MORE_PLACES, Problem, arranged, shown
from amyloid.cohort.reading.cells import looks_missing
from amyloid.cohort.reading.rules import filled, rules
from amyloid.cohort.reading.table import Codes, Column, Mask, Rows, Table

Severity = Literal["error", "warning"]
Alike = tuple[tuple[str, str | None], str, str]
Proposed = dict[str, dict[str, tuple[Any, str]]]

EXAMINED = 2000
"""Kinds of rows whose words are made one by one; of more only the number is said."""


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
                if section == "missing" and section in self.proposed:
                    earlier = self.proposed[section]["codes"][0]
                    codes, why = lines["codes"]
                    lines = {"codes": (list(dict.fromkeys([*earlier, *codes])), why)}
                    self.proposed.pop(section)
                self.proposed[section] = lines | self.proposed.get(section, {})
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

    def file(
        self,
        rule: str,
        file: str,
        message: str,
        mend: str = "",
        *,
        line: int | None = None,
        severity: Severity = "error",
        sheet: str | None = None,
        column: str | None = None,
    ) -> None:
        """Say something about a file, a sheet, or one line of it."""
        self.problems.append(
            Problem(rule, file, message, line=line, column=column, sheet=sheet, mend=mend, severity=severity)
        )

    def cell(
        self, rule: str, file: str, sheet: str, cell: str, line: int | None, message: str, mend: str
    ) -> None:
        """Say something about one cell of a sheet, whatever table it belongs to."""
        self.said_cells.add((sheet, cell))
        self.problems.append(Problem(rule, file, message, line=line, cell=cell, sheet=sheet, mend=mend))

    def table(
        self,
        rule: str,
        table: Table,
        message: str,
        mend: str = "",
        *,
        line: int | None = None,
        column: str | None = None,
        severity: Severity = "error",
    ) -> None:
        """Say something about a whole table or one of its columns."""
        self.file(
            rule, table.file, message, mend, line=line, severity=severity, sheet=table.sheet, column=column
        )

    def rows(
        self,
        rule: str,
        table: Table,
        rows: Rows | Mask,
        column: Column | None,
        message: str | Callable[[int], str],
        mend: str | Callable[[int], str] = "",
        *,
        severity: Severity = "error",
        quote: bool = True,
        by: Codes | int | None = None,
        examples: int = MAX_SHOWN,
    ) -> None:
        """Say the same thing about some rows: in one line where the words are the same.

        Parameters
        ----------
        rule : str
        table : Table
        rows : numpy.ndarray
            Row numbers, or a mask over the rows.
        column : Column or None
            The column at fault.
        message, mend : str or callable of a row number
            What follows the value, and what to do.
        quote : bool
            Whether the message begins with the distinct values as typed, each with its count.
        by : numpy.ndarray, one per row, or 0
            What else than the value decides the words of `message` and `mend`; 0 for nothing else.
            Without it both are asked for every row, up to `EXAMINED` rows.
        examples : int
            Values that are quoted at most.
        """
        chosen: Rows = np.flatnonzero(rows) if rows.dtype == np.bool_ else np.sort(rows).astype(np.intp)
        if self.said_cells and column is not None:
            fresh = [
                (table.source(int(row))[1], table.cell(int(row), column)) not in self.said_cells
                for row in chosen
            ]
            chosen = chosen[np.array(fresh, np.bool_)]
        if not len(chosen):
            return
        if severity == "error" and column is not None and quote:
            self._offer_missing(column, chosen)
        groups, left = _alike(table, chosen, column, by, message, mend)
        for ((file, sheet), text, hint), alike in groups.items():
            row = int(alike[0])
            quoted = column if quote else None
            self.problems.append(
                Problem(
                    rule,
                    file,
                    text if quoted is None else f"{_values(quoted, alike, examples)} {text}",
                    line=table.line(row),
                    column=column.header_at(row).strip() if column is not None else None,
                    cell=table.cell(row, column) if column is not None else None,
                    sheet=sheet,
                    patient=table.patient(row) if table.one_patient(alike) else None,
                    value=None if quoted is None else quoted.at(row),
                    mend=hint,
                    severity=severity,
                    repeats=len(alike) - 1,
                    also=tuple(_place(table, int(each), column) for each in alike[1 : 1 + MORE_PLACES]),
                )
            )
        self.problems[-1] = replace(self.problems[-1], unlisted=left)

    def say(
        self,
        rule: str,
        table: Table,
        rows: Rows | Mask | None = None,
        column: Column | str | None = None,
        *,
        line: int | None = None,
        by: Codes | int | None = None,
        mend: str | Callable[[int], str] | None = None,
        **words: Any,
    ) -> None:
        """Say what `rules.toml` has for a rule, about some rows, or about the whole table.

        Parameters
        ----------
        rule : str
        table : Table
        rows : numpy.ndarray, optional
            Row numbers, or a mask over the rows; None for the table.
        column : Column or str, optional
        line : int, optional
            Of the table.
        by : numpy.ndarray or 0, optional
            As for `rows`.
        mend : str or callable, optional
            In place of the rule's own.
        **words : object or callable of a row number
            What stands in braces in the rule.
        """
        entry = rules()[rule]
        message, hint = filled(entry["says"], words), filled(entry.get("mend", ""), words)
        severity: Severity = "warning" if entry.get("warning") else "error"
        if rows is None:
            of_table = message if isinstance(message, str) else message(0)
            advice = mend if isinstance(mend, str) else hint if isinstance(hint, str) else hint(0)
            name = column if isinstance(column, str) else None
            self.table(rule, table, of_table, advice, line=line, column=name, severity=severity)
            return
        assert not isinstance(column, str)
        advice_of_rows = hint if mend is None else mend
        quote = entry.get("quote", True)
        self.rows(rule, table, rows, column, message, advice_of_rows, severity=severity, quote=quote, by=by)

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
    message: str | Callable[[int], str],
    mend: str | Callable[[int], str],
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


def _place(table: Table, row: int, column: Column | None) -> str:
    cell = table.cell(row, column) if column is not None else None
    return cell or str(table.line(row))


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
    """Offer the nearest legal word as a sentence, or nothing.

    Parameters
    ----------
    word : str
    known : sequence of str
    alike : float
        How alike they have to be, from 0 to 1.

    Returns
    -------
    str
    """
    from difflib import get_close_matches

    near = get_close_matches(word.casefold()[:60], known, 1, alike)
    return f"Did you mean '{near[0]}'?" if near else ""
