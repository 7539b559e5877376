"""Which counts over which denominators can carry a printed percentage: for any publication.

A percentage is carried by rounding (half up, or half to even), by cutting after the last printed decimal, as
the sum of rounded parts of its group, or as what another of its group leaves of 100. Nothing here says that a
number is wrong: it says what could have been printed so.
"""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import combinations, product
from pathlib import Path
from typing import Final

from amyloid.cohort.errors import Problem

ROUNDED: Final = "rounded"
HALF_EVEN: Final = "rounded half to even"
TRUNCATED: Final = "truncated"
SUM: Final = "sum of rounded parts"
COMPLEMENT: Final = "complement"
OTHER: Final = "other denominator"
NONE: Final = "none"
NO_N: Final = "no n stated"
MOST_PARTS: Final = 3
"""Parts that a sum may have: of more, chance finds one for almost any percentage."""

NEAREST: Final = 3
"""Other denominators that are named beside the stated one."""


@dataclass(frozen=True)
class Claim:
    """One printed percentage.

    Attributes
    ----------
    publication, quantity : str
    percent : str
        As printed, without the sign; its decimals count.
    count, n : int or None
        The count that is printed beside it, and the denominator that the publication states.
    group : str
        Percentages of one publication and group are of one whole: they share a denominator and may add up.
    id : str
        For whoever joins the answers to something else.
    """

    publication: str
    quantity: str
    percent: str
    count: int | None = None
    n: int | None = None
    group: str = ""
    id: str = ""

    @property
    def scale(self) -> int:
        """Ten to the power of the printed decimals."""
        return int(10 ** len(self.percent.partition(".")[2]))

    @property
    def units(self) -> int:
        """The percentage in units of its last printed decimal."""
        return int(self.percent.replace(".", ""))


@dataclass(frozen=True)
class Explanation:
    """One way in which a percentage could have come about; `parts` tells of a sum or a complement."""

    how: str
    denominator: int
    count: int
    parts: str = ""


def rounded(count: int, denominator: int, scale: int = 1) -> int:
    """Percentage in units of its last decimal, half up, in integers so that no half is lost."""
    return (200 * scale * count + denominator) // (2 * denominator)


def truncated(count: int, denominator: int, scale: int = 1) -> int:
    """Percentage in units of its last decimal, cut after it."""
    return 100 * scale * count // denominator


def half_to_even(count: int, denominator: int, scale: int = 1) -> int:
    """Percentage in units of its last decimal; an exact half goes to the even neighbor."""
    return round(Fraction(100 * scale * count, denominator))


PRINTERS: Final[dict[str, Callable[[int, int, int], int]]] = {
    ROUNDED: rounded,
    HALF_EVEN: half_to_even,
    TRUNCATED: truncated,
}


def counts(claim: Claim, n: int, how: str) -> list[int]:
    """Counts over `n` that print as the claim does; only the printed count where there is one."""
    near = claim.units * n // (100 * claim.scale)
    possible = range(max(0, near - 1), min(n, near + 2) + 1) if claim.count is None else [claim.count]
    return [k for k in possible if k <= n and PRINTERS[how](k, n, claim.scale) == claim.units]


def explanations(
    claim: Claim, relatives: Sequence[Claim] = (), denominators: Iterable[int] = ()
) -> Iterator[Explanation]:
    """Search every way in which one percentage could have come about.

    Parameters
    ----------
    claim : Claim
    relatives : sequence of Claim
        The other percentages of its group.
    denominators : iterable of int
        Those to try.
    """
    tried = tuple(denominators)
    for how in PRINTERS:
        for n in tried:
            seen = counts(claim, n, ROUNDED) if how == HALF_EVEN else []
            yield from (Explanation(how, n, k) for k in counts(claim, n, how) if k not in seen)
    for n in tried:
        yield from _sums(claim, relatives, n)
        yield from _complements(claim, relatives, n)


def _sums(claim: Claim, relatives: Sequence[Claim], n: int) -> Iterator[Explanation]:
    """Relatives whose printed percentages add up to this one, each rounded from n."""
    alike = [other for other in relatives if other.scale == claim.scale]
    for size in range(2, min(MOST_PARTS, len(alike)) + 1):
        for parts in combinations(alike, size):
            if sum(part.units for part in parts) == claim.units:
                words = " + ".join(part.percent for part in parts)
                for found in product(*(counts(part, n, ROUNDED) for part in parts)):
                    if sum(found) <= n and claim.count in (None, sum(found)):
                        yield Explanation(SUM, n, sum(found), words)


def _complements(claim: Claim, relatives: Sequence[Claim], n: int) -> Iterator[Explanation]:
    """A relative whose printed percentage leaves this one of 100."""
    for other in relatives:
        if other.scale == claim.scale and 100 * claim.scale - other.units == claim.units:
            found = sorted({k for how in PRINTERS for k in counts(other, n, how)})
            for k in found:
                if claim.count in (None, n - k):
                    yield Explanation(COMPLEMENT, n, n - k, f"100 - {other.percent}")


def relatives_of(claim: Claim, claims: Sequence[Claim]) -> list[Claim]:
    """Return the other percentages of the claim's group; none where no group is named."""
    whole = (claim.publication, claim.group)
    alike = [other for other in claims if (other.publication, other.group) == whole]
    return [other for other in alike if claim.group and other is not claim]


@dataclass(frozen=True)
class Verdict:
    """What the search says of one claim.

    Attributes
    ----------
    claim : Claim
    code : str
        How the stated denominator carries it (``rounded``, ``rounded half to even``, ``truncated``,
        ``sum of rounded parts``, ``complement``), else ``other denominator`` or ``none``;
        ``no n stated`` where the publication states no denominator.
    found : tuple of Explanation
        Over the stated denominator; else over the nearest others.
    mixed : bool
        Carried by cutting only, while others of the publication are rounded.
    """

    claim: Claim
    code: str
    found: tuple[Explanation, ...]
    mixed: bool = False

    @property
    def remarkable(self) -> bool:
        """Whether the stated denominator carries it in no way, or by cutting where others are rounded."""
        return self.mixed or self.code in (OTHER, NONE)

    @property
    def words(self) -> str:
        """The verdict as a sentence, which never calls an author wrong."""
        claim, shown = self.claim, _ways(self.found)
        if self.code in (ROUNDED, HALF_EVEN):
            kind = " (half to even)" if self.code == HALF_EVEN else ""
            return f"can be rounded{kind} from the stated n, {shown}"
        if self.code == NO_N:
            return f"no n is stated; can be rounded {shown}" if shown else "no n is stated"
        beside = f" with the printed count {claim.count}" if claim.count is not None else ""
        start = f"cannot be rounded from the stated n {claim.n}{beside}"
        if not shown:
            return f"{start}, nor from another denominator that was tried"
        others = "; others here are rounded" if self.mixed else ""
        return f"{start}; can be {shown}{others}"


def _ways(found: Sequence[Explanation]) -> str:
    """Say explanations of one kind together: ``14 or 15 of 17``."""
    said = []
    for how, n, parts in dict.fromkeys((e.how, e.denominator, e.parts) for e in found):
        ks = " or ".join(str(e.count) for e in found if (e.how, e.denominator, e.parts) == (how, n, parts))
        said.append(
            {
                TRUNCATED: f"cut from {ks} of {n}",
                SUM: f"the sum of rounded parts {parts}: {ks} of {n}",
                COMPLEMENT: f"what another leaves, {parts}: {ks} of {n}",
            }.get(how, f"from {ks} of {n}")
        )
    return ", or ".join(said)


def verdicts(claims: Sequence[Claim]) -> list[Verdict]:
    """Judge every claim of one or more publications.

    Parameters
    ----------
    claims : sequence of Claim
        Of a publication all that is known, so that groups are whole.

    Returns
    -------
    list of Verdict
        In the order of the claims.
    """
    largest: dict[str, int] = {}
    for claim in claims:
        largest[claim.publication] = max(largest.get(claim.publication, 0), claim.n or 0, claim.count or 0)
    found = [_verdict(claim, relatives_of(claim, claims), largest[claim.publication]) for claim in claims]
    sure = [v.claim for v in found if v.code == ROUNDED and not counts(v.claim, v.claim.n or 0, TRUNCATED)]
    rounds = {claim.publication for claim in sure}
    return [
        replace(v, mixed=True, found=(*v.found, *_elsewhere(v.claim, largest[v.claim.publication])))
        if v.code == TRUNCATED and v.claim.publication in rounds
        else v
        for v in found
    ]


def _verdict(claim: Claim, relatives: Sequence[Claim], largest: int) -> Verdict:
    if claim.n is not None:
        here = list(explanations(claim, relatives, [claim.n]))
        if here:
            return Verdict(claim, here[0].how, tuple(e for e in here if e.how == here[0].how))
    found = _elsewhere(claim, largest)
    return Verdict(claim, NO_N if claim.n is None else OTHER if found else NONE, found)


def _elsewhere(claim: Claim, largest: int) -> tuple[Explanation, ...]:
    """Return how the nearest other denominators carry it: by rounding, and where none does, by cutting."""
    center = claim.n or largest
    others = [e for e in explanations(claim, (), _others(claim, largest)) if e.denominator != claim.n]
    others = [e for e in others if e.how != TRUNCATED] or others
    near = sorted({e.denominator for e in others}, key=lambda d: (abs(d - center), d))[:NEAREST]
    return tuple(sorted((e for e in others if e.denominator in near), key=lambda e: e.denominator))


def _others(claim: Claim, largest: int) -> range:
    """Denominators to try: all that the printed count allows, else up to the largest stated one."""
    if not claim.count:
        return range(1, largest + 1)
    most = 100 * claim.scale * claim.count // max(claim.units - 1, 1) + 1
    return range(claim.count, min(most, 100 * max(largest, 1)) + 1)


def joint_denominators(claims: Sequence[Claim], limit: int) -> dict[int, int]:
    """How many of these claims each denominator carries by rounding, up to a limit.

    Returns
    -------
    dict
        Denominator to number of claims, the most first; only those that carry at least one.
    """
    carried = {
        n: sum(bool(counts(c, n, ROUNDED) or counts(c, n, HALF_EVEN)) for c in claims)
        for n in range(1, limit + 1)
    }
    return {n: k for n, k in sorted(carried.items(), key=lambda item: (-item[1], item[0])) if k}


def groups(claims: Sequence[Claim]) -> dict[tuple[str, str], list[Claim]]:
    """Return the claims that share a denominator: of one named group, else of one stated n.

    Groups of a single claim are left out.
    """
    found: dict[tuple[str, str], list[Claim]] = {}
    for claim in claims:
        key = claim.group or (f"n = {claim.n}" if claim.n else "")
        if key:
            found.setdefault((claim.publication, key), []).append(claim)
    return {key: members for key, members in found.items() if len(members) > 1}


def group_words(members: Sequence[Claim]) -> str:
    """Say which denominators carry all percentages of a group at once."""
    stated = max((claim.n or 0 for claim in members), default=0)
    limit = max([stated + max(2, math.ceil(stated / 10)), *(claim.count or 0 for claim in members)])
    carried = joint_denominators(members, limit)
    whole = [n for n, k in carried.items() if k == len(members)]
    if whole:
        shown = ", ".join(str(n) for n in sorted(whole)[-8:])
        more = f" and {len(whole) - 8} smaller" if len(whole) > 8 else ""
        return f"all {len(members)} can be rounded from one denominator: {shown}{more} (tried up to {limit})"
    best = ", ".join(f"{n} carries {k}" for n, k in list(carried.items())[:NEAREST])
    return f"no single denominator up to {limit} carries all {len(members)}: {best or 'none carries one'}"


# -- a table of them as a file ------------------------------------------------------------------------------


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
        problem = Problem("encoding", path.name, "is not UTF-8.", mend="Save it as UTF-8.")
        raise ClaimsError([problem]) from None
    separator = max(",;\t", key=text.partition("\n")[0].count)
    head, *lines = [*csv.reader(io.StringIO(text), delimiter=separator)] or [[]]
    header = [cell.strip().casefold() for cell in head]
    places = {
        key: next((header.index(name) for name in names if name in header), -1)
        for key, names in COLUMNS.items()
    }
    mend = f"Its header has: {', '.join(header)}."
    problems = [
        Problem("column", path.name, f"has no column '{key}'.", mend=mend)
        for key in ("quantity", "percent")
        if places[key] < 0
    ]
    claims = []
    for number, cells in enumerate([] if problems else lines, start=2):
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
