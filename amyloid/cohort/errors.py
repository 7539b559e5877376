"""One exception that lists every problem of a cohort: where it is, what was found, how to mend it.

What looks like it identifies a person is told from other columns and values here, and never repeated.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

MAX_SHOWN = 20
"""Problems of one rule in one column, and values of one problem, that are printed; others are counted."""

MORE_PLACES = 3
"""Lines or cells that are named beside the first one."""

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
        How many more rows have the very same problem.
    also : tuple of str
        The first few of these: lines, or cells of a workbook.
    unlisted : int
        How many more problems of this kind follow that are not listed.
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
    unlisted: int = 0
    also: tuple[str, ...] = ()

    @property
    def place(self) -> str:
        """Where it is, in words."""
        parts = [visible(self.file)]
        if self.sheet:
            parts.append(f"sheet {visible(self.sheet)}")
        if self.cell or self.line:
            parts.append(self._cells)
        if self.column:
            parts.append(f"column {visible(self.column)}")
        return ", ".join(parts) + (f" ({shown_patient(self.patient)})" if self.patient else "")

    @property
    def _cells(self) -> str:
        """Cells, rows or lines, the first few by name."""
        word = "cell" if self.cell else "row" if self.sheet else "line"
        names = [self.cell or str(self.line), *self.also]
        more = self.repeats - len(self.also)
        names += [f"{more} more"] * bool(more)
        listed = ", ".join(names[:-1])
        return f"{word}s {listed} and {names[-1]}" if listed else f"{word} {names[0]}"

    def as_dict(self) -> dict[str, Any]:
        """Fields for JSON; values are shortened, and what identifies a person is left out."""
        fields = asdict(self)
        for name in ("value", "patient"):
            text = fields[name]
            fields[name] = None if text is None or kind_of_identifier(text) else text[:MAX_VALUE_LENGTH]
        return fields

    def __str__(self) -> str:
        text = f"{self.place}: {'warning: ' if self.severity == 'warning' else ''}{self.message}"
        text = f"{text} {self.mend}" if self.mend else text
        return f"{text}\n    and {self.unlisted} more of this kind" if self.unlisted else text


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
        wrong = [problem for problem in self.problems if problem.severity == "error"]
        errors = sum(1 + problem.unlisted for problem in wrong)
        count = "1 problem" if errors == 1 else f"{errors} problems"
        lines = [str(problem) for problem in self.problems]
        return "\n".join([*lines, f"The cohort cannot be used as it stands: {count} to mend."])


def arranged(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Sort problems by table and line, merge equal ones, keep at most `MAX_SHOWN` of a rule in a column.

    The last one that is kept of a rule carries the number of those that are not.
    """
    merged: dict[Problem, Problem] = {}
    for problem in sorted(problems, key=_position):
        alike = replace(problem, line=None, cell=None, patient=None, repeats=0, unlisted=0, also=())
        first = merged.get(alike)
        if first is None or not problem.line:
            merged.setdefault(alike, problem)
        else:
            repeats, unlisted = first.repeats + 1 + problem.repeats, first.unlisted + problem.unlisted
            patient = first.patient if first.patient == problem.patient else None
            also = (*first.also, problem.cell or str(problem.line), *problem.also)[:MORE_PLACES]
            merged[alike] = replace(first, patient=patient, repeats=repeats, unlisted=unlisted, also=also)
    groups: dict[tuple[str, ...], list[Problem]] = {}
    for problem in merged.values():
        kind = (problem.rule, problem.file, problem.sheet or "", problem.column or "")
        groups.setdefault(kind, []).append(problem)
    kept: list[Problem] = []
    for group in groups.values():
        *listed, last = group[:MAX_SHOWN]
        more = sum(1 + problem.repeats + problem.unlisted for problem in group[MAX_SHOWN:])
        kept += [*listed, replace(last, unlisted=last.unlisted + more)]
    return tuple(sorted(kept, key=_position))


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
    return "id hidden" if kind_of_identifier(text) or is_name(text) else shown(text)[1:-1]


def _position(problem: Problem) -> tuple[int, str, int]:
    name = (problem.sheet or problem.file.rsplit(".", 1)[0]).casefold()
    rank = TABLE_ORDER.index(name) if name in TABLE_ORDER else len(TABLE_ORDER)
    return (rank, problem.file, problem.line or 0)


_VALUES = (
    ("an e-mail address", re.compile(r"[^@\s]+@[^@\s]+\.[a-z]{2,}", re.I)),
    ("a national or hospital number", re.compile(r"\A[a-z]{0,3}[-/ ]?\d(?:[-/. ]?\d){8,}[a-z]?\Z", re.I)),
    ("a telephone number", re.compile(r"\A(?=[+(0])\(?\+?\d{1,5}\)?(?:[-/. ()]+\d{2,}){2,}\Z")),
    ("a national or hospital number", re.compile(r"(?<![\d.])\d{9,}(?![\d.])")),
)
"""What a value may be, and what it then looks like: the first that is found counts."""

_NAME = re.compile(r"(?!(?:patient|subject|case|pat|test)\b)[^\W\d_]{2,}(,? [^\W\d_][^\W\d_.'-]+){1,4}", re.I)
MAY_BE_NAME = r"^\D+[, ]\D+$"
MAY_IDENTIFY = r"@|(\d\D{0,2}){9}|^\s*[+(0]"
"""Quick tests (regular expressions of RE2) that every name and identifying value passes, and few others."""

_DATE = re.compile(r"\d{4}-\d\d(-\d\d([T ].*)?)?|\d{1,2}[./-]\d{1,2}[./-]\d{2,4}")
_PLAIN_NUMBER = re.compile(r"[-+]?\d*\.\d+(e[-+]?\d+)?", re.I)


def is_name(text: str) -> bool:
    """Whether an id looks like a person's name: words of letters and no number."""
    return _NAME.fullmatch(text.strip()) is not None


def kind_of_identifier(text: str) -> str | None:
    """Say what a value looks like, when that identifies a person.

    Such as ``"an e-mail address"``; None for an ordinary value. Dates and decimal numbers are ordinary.
    """
    text = text.strip()
    if len(text) < 6 or len(text) > 200 or _DATE.fullmatch(text) or _PLAIN_NUMBER.fullmatch(text):
        return None
    return next((kind for kind, pattern in _VALUES if pattern.search(text)), None)
