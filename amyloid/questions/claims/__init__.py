"""The 48 numbers that the abstract prints, held against the computed, and an audit of its percentages."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, fields
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from itertools import combinations
from typing import TYPE_CHECKING, Any, Final

from amyloid.cohort.shipped import DATA
from amyloid.questions.claims.percentages import Claim, Explanation, relatives_of, rounded, truncated
from amyloid.questions.claims.percentages import explanations as percentage_explanations

if TYPE_CHECKING:
    import pandas as pd

    from amyloid.cohort import Cohort


CLAIMS_FILE: Final = DATA / "published_claims.csv"
CITATION: Final = "Blood 2007;110(11):192"
WAYS: Final = ("exact", "rounded", "truncated", "sum of rounded parts", "complement")
MISSING: Final = "missing"


def published() -> pd.DataFrame:
    """Read the published numbers.

    Returns
    -------
    pandas.DataFrame
        One row per number: ``id, notebook, quantity, published, unit, count, denominator, how_printed``,
        ``family`` (percentages that are parts of one whole share a name), ``printed_count`` (id of the number
        that prints the count behind a percentage), ``note``, and ``result`` (id of the number of results.csv
        that derives it again). ``count`` and ``denominator`` are nullable integers, all others text.

    References
    ----------
    Sanchorawala et al., Blood 2007;110(11):192.
    """
    import pandas as pd

    table = pd.read_csv(CLAIMS_FILE, dtype=str, keep_default_na=False)
    for column in ("count", "denominator"):
        table[column] = pd.to_numeric(table[column].replace("", None)).astype("Int64")
    return table


def reproduces_the_abstract(cohort: Cohort) -> bool:
    """Say whether a cohort claims to be the trial of the abstract: its card's source cites it."""
    return CITATION in cohort.card.source


def joined(results: pd.DataFrame, notebook: str) -> pd.DataFrame:
    """Set a notebook's published numbers beside its own, by id, printed by each number's own rule.

    Parameters
    ----------
    results : DataFrame
        What the notebook keeps: ``id`` without the notebook's number, ``value, n, denominator``.
    notebook : str
        Such as ``"02"``.

    Returns
    -------
    pandas.DataFrame
        ``id, quantity, published, computed, unit, agrees``.
    """
    import pandas as pd

    table = published()
    table = table[table["notebook"] == notebook]
    own = {f"{notebook}.{row['id']}": row for row in results.to_dict("records")}
    wanted = zip(table["result"], table["how_printed"], table["published"], strict=True)
    computed = pd.Series(
        [_computed(own[id], how, printed) if id in own else MISSING for id, how, printed in wanted],
        index=table.index,
        dtype=object,
    )
    found = table.assign(computed=computed, agrees=table["published"] == computed)
    return found[["id", "quantity", "published", "computed", "unit", "agrees"]].reset_index(drop=True)


def _computed(own: Mapping[Any, Any], how_printed: str, printed: str) -> str:
    if how_printed in ("exact", "sum of rounded parts"):  # the parts were rounded when they were added
        return as_printed(own["value"], decimals=len(printed.partition(".")[2]))
    return as_printed(int(own["n"]), int(own["denominator"]), how_printed)


def as_printed(
    value: float | Sequence[int],
    denominator: int | None = None,
    how_printed: str = "exact",
    *,
    decimals: int = 0,
) -> str:
    """Print a number as the abstract would.

    Parameters
    ----------
    value : float or sequence of int
        The number itself where it is printed exactly, else the count behind a percentage; for a sum of
        rounded parts the counts of its parts.
    denominator : int, optional
        What the count is a part of; needed for percentages.
    how_printed : str
        One of `WAYS`. ``exact``: the number, rounded half up to `decimals`. ``rounded``, ``truncated``: the
        percentage, rounded half up or cut. ``sum of rounded parts``: each part rounded, then added.
        ``complement``: 100 less the truncated percentage of all others.
    decimals : int
        Decimals of an exact number.

    Returns
    -------
    str
        ``missing`` when the value is NaN.

    Raises
    ------
    ValueError
        For an unknown way of printing, or a percentage without a positive denominator.
    """
    if how_printed not in WAYS:
        raise ValueError(f"{how_printed!r} is no way of printing; expected one of {', '.join(WAYS)}")
    if how_printed == "exact":
        return _exact(_single(value), decimals)
    if denominator is None or denominator <= 0:
        raise ValueError(f"a percentage needs a positive denominator, not {denominator}")
    if how_printed == "sum of rounded parts":
        parts = [value] if isinstance(value, (int, float)) else value
        return str(sum(rounded(int(part), denominator) for part in parts))
    count = _single(value)
    if math.isnan(count):
        return MISSING
    if how_printed == "rounded":
        return str(rounded(int(count), denominator))
    if how_printed == "truncated":
        return str(truncated(int(count), denominator))
    return str(100 - truncated(denominator - int(count), denominator))


def _single(value: float | Sequence[int]) -> float:
    if not isinstance(value, (int, float)):
        raise ValueError("several counts are only for a sum of rounded parts")
    return float(value)


def _exact(value: float, decimals: int) -> str:
    if math.isnan(value):
        return MISSING
    return str(Decimal(repr(value)).quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP))


def verdict(comparison: pd.DataFrame) -> str:
    """Say in one sentence what a comparison found."""
    if comparison.empty:
        return (
            "This cohort is not the trial of the abstract, so there are no published numbers to compare with."
        )
    agrees = comparison["agrees"].astype(bool)
    if agrees.all():
        return f"All {len(comparison)} published numbers come out as printed."
    missed = ", ".join(comparison["id"][~agrees])
    return f"{int(agrees.sum())} of {len(comparison)} published numbers come out as printed; not {missed}."


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


def findings(limit: int = COHORT) -> list[str]:
    """Say which denominators the percentages pin down, and which no rounding explains.

    Parameters
    ----------
    limit : int
        Largest denominator to try.

    Returns
    -------
    list of str
        First a sentence per family of percentages that only one denominator carries; then one per percentage
        that no count over its denominator rounds to, with what explains it instead.
    """
    return [*_pinned(limit), *_not_rounded(limit)]


def _pinned(limit: int) -> list[str]:
    """Families with a printed count whose percentages fit one denominator only."""
    sentences = []
    for family in dict.fromkeys(c["family"] for c in percentages() if c["printed_count"]):
        members = [c for c in percentages() if c["family"] == family]
        sums = {int(a["published"]) + int(b["published"]) for a, b in combinations(members, 2)}
        parts = [c for c in members if int(c["published"]) not in sums]
        carried = denominators([c["id"] for c in parts], limit=limit)
        if len(carried) == 1:
            sentences.append(_pinned_words(parts, carried[0], limit))
    return sentences


def _pinned_words(parts: list[dict[str, Any]], n: int, limit: int) -> str:
    words = []
    for part in parts:
        counts = [e.count for e in explanations(part, n) if e.how == "rounded" and e.denominator == n]
        told = "printed" if part["printed_count"] else "found"
        words.append(f"{part['published']} % {part['quantity']} ({_either(counts)} patients, {told})")
    return f"Of all denominators up to {limit} only {n} carries {_and(words)}, each rounded."


def _not_rounded(limit: int) -> list[str]:
    """Percentages that no count over their denominator rounds to."""
    sentences = []
    for claim in percentages():
        n = int(claim["denominator"])
        here = [e for e in explanations(claim, max(n, limit)) if e.denominator == n]
        if any(e.how == "rounded" for e in here):
            continue
        start = f"{claim['published']} % {claim['quantity']}: no count over {n} rounds to it."
        ways = [_way(e.how, e.count, n, e.parts) for e in here]
        sentences.append(f"{start} {' Or: '.join(ways) or 'Nothing explains it.'}")
    return sentences


def _way(how: str, count: int, n: int, parts: str) -> str:
    share = f"{100 * count / n:.1f} %"
    if how == "truncated":
        return f"{count} of {n} is {share}, cut after the decimal point."
    origin = "a sum of rounded parts" if how == "sum of rounded parts" else "what another percentage leaves"
    return f"{parts} is {origin}: {count} of {n}, {share}."


def _either(counts: list[int]) -> str:
    return " or ".join(str(count) for count in counts)


def _and(words: list[str]) -> str:
    return f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else words[0]
