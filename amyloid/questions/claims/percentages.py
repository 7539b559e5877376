"""Which counts over which denominators can carry a printed percentage: for any publication.

A percentage is carried by rounding (half up, or half to even), by cutting after the last printed decimal, as
the sum of rounded parts of its group, or as what another of its group leaves of 100. Nothing here says that a
number is wrong: it says what could have been printed so.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import combinations, product
from typing import Final

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
    return [
        other for other in claims if claim.group and other is not claim and _whole(other) == _whole(claim)
    ]


def _whole(claim: Claim) -> tuple[str, str]:
    return claim.publication, claim.group


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
    rounds = {v.claim.publication for v in found if v.code == ROUNDED and not _could_be_cut(v)}
    return [
        replace(v, mixed=True, found=(*v.found, *_elsewhere(v.claim, largest[v.claim.publication])))
        if v.code == TRUNCATED and v.claim.publication in rounds
        else v
        for v in found
    ]


def _could_be_cut(verdict: Verdict) -> bool:
    return bool(counts(verdict.claim, verdict.claim.n or 0, TRUNCATED))


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
