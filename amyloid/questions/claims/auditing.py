"""Audit of the printed percentages: which counts over which denominators could have been printed so.

It knows only what the abstract prints: the percentages, the counts printed beside three of them, and which
percentages are parts of one whole. Everything else it finds by search.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass, fields
from functools import cache
from itertools import combinations, product
from typing import TYPE_CHECKING, Any, Final

from amyloid.questions.claims.published import published, rounded, truncated

if TYPE_CHECKING:
    import pandas as pd

COHORT: Final = 43
PRINTERS: Final = {"rounded": rounded, "truncated": truncated}


@dataclass(frozen=True)
class Explanation:
    """One way in which a percentage could have come about; `parts` tells of a sum or a complement."""

    how: str
    denominator: int
    count: int
    parts: str = ""


def audit(limit: int = COHORT) -> pd.DataFrame:
    """List every explanation of every printed percentage.

    Parameters
    ----------
    limit : int
        Largest denominator to try.

    Returns
    -------
    pandas.DataFrame
        ``id, quantity, printed`` (percent), ``how`` (rounded, truncated, sum of rounded parts, complement),
        ``denominator, count, parts``. Where the abstract prints the count itself, only that count appears.
    """
    import pandas as pd

    rows = [
        (claim["id"], claim["quantity"], int(claim["published"]), *astuple(explanation))
        for claim in percentages()
        for explanation in explanations(claim, limit)
    ]
    return pd.DataFrame(
        rows, columns=["id", "quantity", "printed", *(field.name for field in fields(Explanation))]
    )


def denominators(ids: Iterable[str], ways: Sequence[str] = ("rounded",), limit: int = COHORT) -> list[int]:
    """Find the denominators that carry all of these percentages at once.

    Parameters
    ----------
    ids : iterable of str
        Ids of percentages; a count that is printed beside one is held fixed.
    ways : sequence of str
        Which ways of printing may explain them.
    limit : int
        Largest denominator to try.

    Raises
    ------
    ValueError
        If an id is not that of a printed percentage.
    """
    claims = {claim["id"]: claim for claim in percentages()}
    unknown = sorted(set(ids := list(ids)) - set(claims))
    if unknown:
        raise ValueError(f"not printed as percentages: {', '.join(unknown)}")
    found = [{e.denominator for e in explanations(claims[i], limit) if e.how in ways} for i in ids]
    return sorted(set.intersection(*found)) if found else []


def explanations(claim: dict[str, Any], limit: int = COHORT) -> Iterator[Explanation]:
    """Search all explanations of one printed percentage, by way and denominator."""
    percentage, fixed = int(claim["published"]), _printed_count(claim)
    for how in PRINTERS:
        for n in range(1, limit + 1):
            for count in _counts(percentage, n, how):
                if fixed is None or count == fixed:
                    yield Explanation(how, n, count)
    relatives = [c for c in percentages() if c["family"] == claim["family"] != "" and c["id"] != claim["id"]]
    for n in range(1, limit + 1):
        yield from _sums(percentage, relatives, n)
        yield from _complements(percentage, relatives, n)


def _counts(percentage: int, n: int, how: str) -> list[int]:
    return [count for count in range(n + 1) if PRINTERS[how](count, n) == percentage]


def _sums(percentage: int, relatives: list[dict[str, Any]], n: int) -> Iterator[Explanation]:
    """Two or more relatives whose printed percentages add up, each rounded from n."""
    for size in range(2, len(relatives) + 1):
        for parts in combinations(relatives, size):
            if sum(int(part["published"]) for part in parts) != percentage:
                continue
            words = " + ".join(part["published"] for part in parts)
            for counts in product(*(_possible(part, n, "rounded") for part in parts)):
                if sum(counts) <= n:
                    yield Explanation("sum of rounded parts", n, sum(counts), words)


def _complements(percentage: int, relatives: list[dict[str, Any]], n: int) -> Iterator[Explanation]:
    """A relative whose printed percentage leaves this one of 100."""
    for other in relatives:
        if 100 - int(other["published"]) == percentage:
            counts = sorted({count for how in PRINTERS for count in _possible(other, n, how)})
            for count in counts:
                yield Explanation("complement", n, n - count, f"100 - {other['published']}")


def _possible(claim: dict[str, Any], n: int, how: str) -> list[int]:
    fixed = _printed_count(claim)
    return [c for c in _counts(int(claim["published"]), n, how) if fixed is None or c == fixed]


@cache
def percentages() -> tuple[dict[str, Any], ...]:
    """Published percentages with the printed counts beside them."""
    table = published()
    counts = dict(zip(table["id"], table["published"], strict=True))
    chosen = table[table["unit"] == "%"]
    chosen = chosen.assign(printed_count=chosen["printed_count"].map(counts).fillna(""))
    return tuple({str(name): value for name, value in row.items()} for row in chosen.to_dict("records"))


def _printed_count(claim: dict[str, Any]) -> int | None:
    return int(claim["printed_count"]) if claim["printed_count"] else None
