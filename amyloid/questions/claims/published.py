"""The 48 numbers that the abstract prints, and how a number has to look to be one of them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any, Final

from amyloid.cohort.shipped import DATA
from amyloid.questions.claims.percentages import rounded, truncated

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
