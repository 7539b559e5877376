"""One exception that lists every problem of a cohort: where it is, what was found, how to mend it."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from typing import Literal

from amyloid.cohort.identifiers import kind_of_identifier

MAX_SHOWN = 20
"""Examples that are printed of one rule in one column; the others are counted."""

MAX_VALUE_LENGTH = 40
TABLE_ORDER = ("patients", "labs", "treatments", "events", "cohort", "mapping")


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong (`error`) or that has to be said (`warning`).

    Attributes
    ----------
    rule : str
        Short key of the rule, such as ``unknown-unit``.
    file : str
        Name of the file as the user knows it.
    message : str
        What was found and what was expected, without the place.
    line : int or None
        Physical line in the file, or row in the sheet; the header is line 1.
    column, cell, sheet : str or None
        Column as the file names it; for a workbook also the cell, such as ``D29``, and the sheet.
    patient : str or None
        The patient's id as typed.
    value : str or None
        The cell as typed.
    mend : str
        What to do about it.
    repeats : int
        How many more of the same kind follow that are not listed.
    """

    rule: str
    file: str
    message: str
    line: int | None = None
    column: str | None = None
    cell: str | None = None
    sheet: str | None = None
    patient: str | None = None
    value: str | None = None
    mend: str = ""
    severity: Literal["error", "warning"] = "error"
    repeats: int = 0

    @property
    def place(self) -> str:
        """Where it is, in words."""
        parts = [visible(self.file)]
        if self.sheet:
            parts.append(f"sheet {visible(self.sheet)}")
        if self.cell:
            parts.append(f"cell {self.cell}")
        elif self.line:
            parts.append(f"row {self.line}" if self.sheet else f"line {self.line}")
        if self.column:
            parts.append(f"column {visible(self.column)}")
        return ", ".join(parts) + (f" ({shown_patient(self.patient)})" if self.patient else "")

    def as_dict(self) -> dict[str, str | int | None]:
        """Fields for JSON; values are shortened, and what identifies a person is left out."""
        fields = asdict(self)
        for name in ("value", "patient"):
            text = fields[name]
            fields[name] = None if text is None or kind_of_identifier(text) else text[:MAX_VALUE_LENGTH]
        return fields

    def __str__(self) -> str:
        text = f"{self.place}: {'warning: ' if self.severity == 'warning' else ''}{self.message}"
        text = f"{text} {self.mend}" if self.mend else text
        return f"{text}\n    and {self.repeats} more of this kind" if self.repeats else text


class CohortError(Exception):
    """A cohort that cannot be used as it stands, with everything that has to be mended.

    Attributes
    ----------
    problems : tuple of Problem
        Errors and warnings, sorted by file and line.
    proposal : str
        A mapping.toml that would mend some of them; often empty.
    """

    def __init__(self, problems: Iterable[Problem], proposal: str = "") -> None:
        self.problems = arranged(problems)
        self.proposal = proposal
        super().__init__(self.problems)

    def __str__(self) -> str:
        errors = sum(1 + problem.repeats for problem in self.problems if problem.severity == "error")
        count = "1 problem" if errors == 1 else f"{errors} problems"
        lines = [str(problem) for problem in self.problems]
        return "\n".join([*lines, f"The cohort cannot be used as it stands: {count} to mend."])


def arranged(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Sort problems by table and line, and keep at most `MAX_SHOWN` of one rule in one column.

    Parameters
    ----------
    problems : iterable of Problem

    Returns
    -------
    tuple of Problem
        The last one that is kept of a rule carries the number of those that are not.
    """
    groups: dict[tuple[str, ...], list[Problem]] = {}
    totals: Counter[tuple[str, ...]] = Counter()
    for problem in sorted(problems, key=_position):
        group = groups.setdefault(_kind(problem), [])
        totals[_kind(problem)] += 1 + problem.repeats
        if len(group) < MAX_SHOWN:
            group.append(replace(problem, repeats=0))
    for kind, group in groups.items():
        group[-1] = replace(group[-1], repeats=totals[kind] - len(group))
    return tuple(sorted((problem for group in groups.values() for problem in group), key=_position))


def visible(text: str) -> str:
    """Text with control, invisible and formatting characters written as escapes.

    Parameters
    ----------
    text : str

    Returns
    -------
    str
    """
    return "".join(
        sign if sign.isprintable() and unicodedata.category(sign) != "Cf" else ascii(sign)[1:-1]
        for sign in text
    )


def shown(text: str) -> str:
    """Write a value as typed, in quotes, shortened; what looks like a person's identifier stays hidden.

    Parameters
    ----------
    text : str

    Returns
    -------
    str
    """
    kind = kind_of_identifier(text)
    if kind:
        return f"a value that looks like {kind} (not repeated here)"
    short = text if len(text) <= MAX_VALUE_LENGTH else f"{text[:MAX_VALUE_LENGTH]}..."
    return f"'{visible(short)}'"


def shown_patient(text: str) -> str:
    """Write a patient's id as typed, unless it looks like a person's identifier.

    Parameters
    ----------
    text : str

    Returns
    -------
    str
    """
    return "id hidden" if kind_of_identifier(text) else shown(text)[1:-1]


def _position(problem: Problem) -> tuple[int, str, int]:
    name = (problem.sheet or problem.file.rsplit(".", 1)[0]).casefold()
    rank = TABLE_ORDER.index(name) if name in TABLE_ORDER else len(TABLE_ORDER)
    return (rank, problem.file, problem.line or 0)


def _kind(problem: Problem) -> tuple[str, ...]:
    return (problem.rule, problem.file, problem.sheet or "", problem.column or "")
