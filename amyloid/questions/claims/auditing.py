"""Audit of the printed percentages: which counts over which denominators could have been printed so.

It knows only what the abstract prints: the percentages, the counts printed beside three of them, and which
percentages are parts of one whole. Everything else it finds by search.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple, fields
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from amyloid.questions.claims.percentages import Claim, Explanation, relatives_of
from amyloid.questions.claims.percentages import explanations as percentage_explanations
from amyloid.questions.claims.published import published

if TYPE_CHECKING:
    import pandas as pd

COHORT: Final = 43
RESPONSE_IDS: Final = ("C21", "C22", "C24")
"""Complete, partial and minor response."""


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
    own = _as_claim(claim)
    relatives = relatives_of(own, [own, *(_as_claim(c) for c in percentages() if c["id"] != claim["id"])])
    yield from percentage_explanations(own, relatives, range(1, limit + 1))


@cache
def percentages() -> tuple[dict[str, Any], ...]:
    """Published percentages with the printed counts beside them."""
    table = published()
    counts = dict(zip(table["id"], table["published"], strict=True))
    chosen = table[table["unit"] == "%"]
    chosen = chosen.assign(printed_count=chosen["printed_count"].map(counts).fillna(""))
    return tuple({str(name): value for name, value in row.items()} for row in chosen.to_dict("records"))


def _as_claim(claim: dict[str, Any]) -> Claim:
    """One published percentage for the search; what the abstract does not print is left open."""
    count = int(claim["printed_count"]) if claim["printed_count"] else None
    return Claim(
        *("", claim["quantity"], claim["published"]), count=count, group=claim["family"], id=claim["id"]
    )


def drawn(found: pd.DataFrame) -> pd.DataFrame:
    """Explanations as `amyloid.show.plots.percentage_audit` draws them: ``label, denominator, how``.

    Parameters
    ----------
    found : DataFrame
        From `audit`.
    """
    labels = found["printed"].astype(str) + "% " + found["quantity"]
    how = found["how"].replace({"sum of rounded parts": "sum"})
    frame = found.assign(label=labels, how=how)[["label", "denominator", "how"]]
    return frame[frame["how"].isin(["rounded", "truncated", "sum"])].drop_duplicates(ignore_index=True)
