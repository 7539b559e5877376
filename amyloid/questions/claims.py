"""The 48 numbers that the abstract prints, held against the computed, and an audit of its percentages."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, fields
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from itertools import combinations
from typing import Any, Final

import pandas as pd

from amyloid.cohort import DATA, Cohort
from amyloid.questions.curves import records
from amyloid.questions.percentages import (
    COMPLEMENT,
    ROUNDED,
    SUM,
    TRUNCATED,
    Claim,
    Explanation,
    explanations,
    relatives_of,
    rounded,
    truncated,
)

CLAIMS_FILE: Final = DATA / "published_claims.csv"
CITATION: Final = "Blood 2007;110(11):192"
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
    table = published()
    table = table[table["notebook"] == notebook].reset_index(drop=True)
    own = {f"{notebook}.{row['id']}": row for row in results.to_dict("records")}
    wanted = zip(table["result"], table["how_printed"], table["published"], strict=True)
    table["computed"] = [
        _computed(own[id], how, printed) if id in own else MISSING for id, how, printed in wanted
    ]
    table["agrees"] = table["published"] == table["computed"]
    return table[["id", "quantity", "published", "computed", "unit", "agrees"]]


def _computed(own: Mapping[Any, Any], how_printed: str, printed: str) -> str:
    if how_printed in ("exact", SUM):  # the parts were rounded when they were added
        return as_printed(own["value"], decimals=len(printed.partition(".")[2]))
    return as_printed(int(own["n"]), int(own["denominator"]), how_printed)


def as_printed(
    value: float | Sequence[int], denominator: int = 0, how_printed: str = "exact", *, decimals: int = 0
) -> str:
    """Print a number as the abstract would.

    Parameters
    ----------
    value : float or sequence of int
        The number itself where it is printed exactly, else the count behind a percentage; for a sum of
        rounded parts the counts of its parts.
    denominator : int
        What the count is a part of; needed for percentages.
    how_printed : str
        ``exact``: the number, rounded half up to `decimals`. ``rounded``, ``truncated``: the percentage,
        rounded half up or cut. ``sum of rounded parts``: each part rounded, then added. ``complement``: 100
        less the truncated percentage of all others.
    decimals : int
        Decimals of an exact number.

    Returns
    -------
    str
        ``missing`` when the value is NaN.
    """
    parts = value if isinstance(value, Sequence) else [value]
    if any(math.isnan(part) for part in parts):
        return MISSING
    if how_printed == "exact":
        return str(Decimal(repr(value)).quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP))
    if how_printed == COMPLEMENT:
        return str(100 - truncated(denominator - int(parts[0]), denominator))
    rule = truncated if how_printed == TRUNCATED else rounded
    return str(sum(rule(int(part), denominator) for part in parts))


COHORT: Final = 43
"""Patients of the abstract: no denominator is larger."""
RESPONSE_IDS: Final = ("C21", "C22", "C24")
"""Complete, partial and minor response."""


@cache
def percentages() -> tuple[Claim, ...]:
    """Published percentages with the printed counts beside them."""
    table = published()
    counts = dict(zip(table["id"], table["published"], strict=True))
    return tuple(
        Claim("", row.quantity, row.published, int(counts[row.printed_count]) if row.printed_count else None,
              int(row.denominator), row.family, row.id)
        for row in records(table[table["unit"] == "%"])
    )  # fmt: skip


@cache
def audit() -> pd.DataFrame:
    """List every explanation of every printed percentage, over every denominator up to `COHORT`.

    Returns
    -------
    pandas.DataFrame
        ``id, quantity, printed`` (percent), ``how`` (rounded, truncated, sum of rounded parts, complement),
        ``denominator, count, parts``. Where the abstract prints the count itself, only that count appears.
    """
    every = percentages()
    rows = [
        (claim.id, claim.quantity, int(claim.percent), *astuple(explanation))
        for claim in every
        for explanation in explanations(claim, relatives_of(claim, every), range(1, COHORT + 1))
    ]
    columns = ["id", "quantity", "printed", *(field.name for field in fields(Explanation))]
    return pd.DataFrame(rows, columns=columns)


def denominators(ids: Iterable[str]) -> list[int]:
    """Find the denominators that carry all of these percentages at once, each by rounding."""
    rows = audit()[audit()["how"] == ROUNDED]
    return sorted(set.intersection(*(set(rows.loc[rows["id"] == id, "denominator"]) for id in ids)))


def drawn(found: pd.DataFrame) -> pd.DataFrame:
    """Explanations as `amyloid.show.plots.percentage_audit` draws them: ``label, denominator, how``.

    Parameters
    ----------
    found : DataFrame
        From `audit`.
    """
    labels = found["printed"].astype(str) + "% " + found["quantity"]
    how = found["how"].replace({SUM: "sum"})
    frame = found.assign(label=labels, how=how)[["label", "denominator", "how"]]
    return frame[frame["how"].isin(["rounded", "truncated", "sum"])].drop_duplicates(ignore_index=True)


def pinned() -> list[tuple[int, list[tuple[Claim, list[int]]]]]:
    """Families with a printed count whose percentages fit one denominator only, each with its counts."""
    found = []
    for family in dict.fromkeys(claim.group for claim in percentages() if claim.count is not None):
        members = [claim for claim in percentages() if claim.group == family]
        sums = {a.units + b.units for a, b in combinations(members, 2)}
        parts = [claim for claim in members if claim.units not in sums]
        carried = denominators([claim.id for claim in parts])
        if len(carried) == 1:
            found.append((carried[0], [(part, _explained(part, carried[0], ROUNDED)["count"].tolist())
                                       for part in parts]))  # fmt: skip
    return found


def not_rounded() -> list[tuple[Claim, pd.DataFrame]]:
    """Percentages that no count over their denominator rounds to, with what explains them instead."""
    return [
        (claim, _explained(claim, claim.n))
        for claim in percentages()
        if _explained(claim, claim.n, ROUNDED).empty
    ]


def _explained(claim: Claim, n: int | None, *how: str) -> pd.DataFrame:
    """Rows of the audit on one percentage over one denominator."""
    rows = audit()[(audit()["id"] == claim.id) & (audit()["denominator"] == n)]
    return rows[rows["how"].isin(how)] if how else rows
