"""Where checks put what they find, so that everything is said at once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Literal

import numpy as np

from amyloid.cohort.errors import MAX_SHOWN, Problem, arranged, shown
from amyloid.cohort.reading.table import Column, Mask, Rows, Table

Severity = Literal["error", "warning"]
Proposed = dict[str, dict[str, tuple[Any, str]]]


class Findings:
    """Problems found so far, and notes on what was converted, imputed, left out or ignored."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.notes: list[str] = []
        self.proposed: Proposed = {}
        """Section of mapping.toml -> left side -> right side, and why (for a comment behind the line)."""
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
                self.proposed[section] = lines | self.proposed.get(section, {})
        return results

    def propose(self, section: str, left: str, right: Any, why: str = "") -> None:
        """Offer a line of mapping.toml: `left` = `right` (a text, list or table); the first offer stands."""
        self.proposed.setdefault(section, {}).setdefault(left, (right, why))

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
    ) -> None:
        """Say the same thing about some rows: a few examples, then a count.

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
            Whether the message begins with the value as typed.
        """
        if rows.dtype == np.bool_:
            rows = np.flatnonzero(rows)
        for row in sorted(int(row) for row in rows[:MAX_SHOWN]):
            cell = table.cell(row, column) if column is not None else None
            if (table.sheet, cell) in self.said_cells:
                continue
            text = message(row) if callable(message) else message
            value = column.at(row) if column is not None and quote else None
            self.problems.append(
                Problem(
                    rule,
                    table.file,
                    text if value is None else f"{shown(value)} {text}",
                    line=table.line(row),
                    column=column.header.strip() if column is not None else None,
                    cell=cell,
                    sheet=table.sheet,
                    patient=table.patient(row),
                    value=value,
                    mend=mend(row) if callable(mend) else mend,
                    severity=severity,
                )
            )
        if len(rows) > MAX_SHOWN and self.problems:
            last = self.problems.pop()
            self.problems.append(_repeated(last, len(rows) - MAX_SHOWN))


def _repeated(problem: Problem, more: int) -> Problem:
    from dataclasses import replace

    return replace(problem, repeats=more)


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
