"""A table of printed percentages, read and checked as a whole."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from amyloid.cohort.errors import Problem
from amyloid.questions.claims.percentages import Claim

COLUMNS: Final = {
    "publication": ("publication", "abstract", "paper", "source"),
    "quantity": ("quantity", "what"),
    "percent": ("percent", "percentage", "%"),
    "count": ("count",),
    "n": ("n", "denominator"),
    "group": ("group", "family"),
}
"""What a column says, and the headers that say it; only quantity and percent are needed."""

MOST_BYTES: Final = 5_000_000
_PERCENT: Final = re.compile(r"\d{1,3}(\.\d{1,4})?", re.ASCII)
_WHOLE: Final = re.compile(r"\d{1,7}", re.ASCII)


class ClaimsError(ValueError):
    """A table of claims that cannot be used; every problem is listed."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__("\n".join(str(problem) for problem in problems))


def read_claims(path: Path) -> list[Claim]:
    """Read a CSV file of printed percentages.

    Parameters
    ----------
    path : Path
        Columns ``quantity`` and ``percent`` (as printed, with its decimals), and where known ``publication``,
        ``count``, ``n`` (the stated denominator) and ``group`` (percentages that are parts of one whole).

    Raises
    ------
    ClaimsError
        Everything in the file that cannot be used.
    OSError
        The file cannot be read.
    """
    if path.stat().st_size > MOST_BYTES:
        raise ClaimsError([Problem("large", path.name, "is too large for a table of percentages.")])
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ClaimsError(
            [Problem("encoding", path.name, "is not UTF-8.", mend="Save it as UTF-8.")]
        ) from None
    first = text.partition("\n")[0]
    separator = max(",;\t", key=first.count)
    lines = list(csv.reader(io.StringIO(text), delimiter=separator))
    header = [cell.strip().casefold() for cell in lines[0]] if lines else []
    places = {
        key: next((header.index(name) for name in names if name in header), -1)
        for key, names in COLUMNS.items()
    }
    problems = [
        Problem("column", path.name, f"has no column '{key}'.", mend=f"Its header has: {', '.join(header)}.")
        for key in ("quantity", "percent")
        if places[key] < 0
    ]
    if problems:
        raise ClaimsError(problems)
    claims = []
    for number, cells in enumerate(lines[1:], start=2):
        if any(cell.strip() for cell in cells):
            row = {key: cells[at].strip() if 0 <= at < len(cells) else "" for key, at in places.items()}
            faults = list(_faults(row, path.name, number))
            problems += faults
            if not faults:
                claims.append(_claim(row, number))
    if not problems and not claims:
        problems.append(Problem("empty", path.name, "holds no percentage."))
    if problems:
        raise ClaimsError(problems)
    return claims


def _faults(row: dict[str, str], file: str, line: int) -> Iterator[Problem]:
    """Say what is wrong with one row."""
    percent = row["percent"].removesuffix("%").strip()
    if not _PERCENT.fullmatch(percent) or float(percent) > 100:
        mend = "Write 41.9 or 42." if "," in percent else ""
        words = f"'{percent}' is not a percentage from 0 to 100."
        yield Problem("percent", file, words, line=line, column="percent", mend=mend)
    for key in ("count", "n"):
        if row[key] and not (_WHOLE.fullmatch(row[key]) and (key == "count" or int(row[key]) > 0)):
            words = f"'{row[key]}' is not a whole number."
            yield Problem(key, file, words, line=line, column=key, mend="Leave it blank if unknown.")


def _claim(row: dict[str, str], line: int) -> Claim:
    count, n = (int(row[key]) if row[key] else None for key in ("count", "n"))
    percent = row["percent"].removesuffix("%").strip()
    return Claim(row["publication"], row["quantity"], percent, count, n, row["group"], id=str(line))
