"""How numbers read: percentages, intervals, months, p-values. Half is rounded up, as readers expect."""

from __future__ import annotations

import math
from decimal import ROUND_HALF_UP, Decimal

STAMP = "synthetic, built from published aggregates, not patient data"
NOT_REACHED = "not reached"
NOT_ESTIMABLE = "not estimable"


def number(value: float, digits: int = 1, missing: str = NOT_ESTIMABLE) -> str:
    """Write a number with a fixed count of decimals.

    Parameters
    ----------
    value : float
        NaN gives `missing`; infinity gives "infinite".
    digits : int
        Decimals.
    missing : str
        What stands for NaN.

    Returns
    -------
    str
        With thousands separators; never a negative zero.
    """
    if math.isnan(value):
        return missing
    if math.isinf(value):
        return "infinite"
    rounded = Decimal(repr(float(value))).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
    text = f"{abs(rounded):,}" if not rounded else f"{rounded:,}"
    return text.replace("-", "−")


def percent(share: float, digits: int = 0) -> str:
    """Write a share of one as a percentage: 0.2424 is "24%"."""
    text = number(round(share * 100, 10), digits)  # 0.285 * 100 is 28.499999999999996
    return text if text in (NOT_ESTIMABLE, "infinite") else f"{text}%"


def count(successes: int, n: int, digits: int = 0) -> str:
    """Write a count with its denominator and percentage: "8 of 33 (24%)"; "0 of 0" has no percentage."""
    head = f"{successes:,} of {n:,}"
    return f"{head} ({percent(successes / n, digits)})" if n else head


def interval(
    lower: float, upper: float, *, digits: int = 1, share: bool = False, missing: str = NOT_ESTIMABLE
) -> str:
    """Write two limits: "11% to 42%", "20.1 to not reached", "not estimable" where there is neither.

    Parameters
    ----------
    lower, upper : float
        Limits; NaN gives `missing`.
    digits : int
        Decimals.
    share : bool
        Limits are shares of one, written in percent.
    missing : str
        What stands for a missing limit; `NOT_REACHED` for times.

    Returns
    -------
    str
    """

    def one(value: float) -> str:
        if math.isnan(value):
            return missing
        return percent(value, digits) if share else number(value, digits)

    if math.isnan(lower) and math.isnan(upper):
        return NOT_ESTIMABLE
    return f"{one(lower)} to {one(upper)}"


def estimate(
    value: float,
    lower: float,
    upper: float,
    *,
    digits: int = 1,
    share: bool = False,
    missing: str = NOT_ESTIMABLE,
) -> str:
    """Write an estimate and its limits: "24% (11% to 42%)"; `missing` alone when there is no estimate."""
    if math.isnan(value):
        return missing
    head = percent(value, digits) if share else number(value, digits)
    return f"{head} ({interval(lower, upper, digits=digits, share=share, missing=missing)})"


def months(value: float, digits: int = 1) -> str:
    """Write a time: "26.5 months", or "not reached" when it is missing."""
    return NOT_REACHED if math.isnan(value) else f"{number(value, digits)} months"


def p_value(p: float) -> str:
    """Write a p-value with two digits, three below 0.01: "p = 0.03", "p < 0.001", "p not computed"."""
    if math.isnan(p):
        return "p not computed"
    if p < 0.001:
        return "p < 0.001"
    return f"p = {number(p, 3 if p < 0.01 else 2)}"


def level(confidence: float) -> str:
    """Write a confidence level: 0.95 is "95% CI"."""
    return f"{confidence * 100:g}% CI"


def stamp(synthetic: bool | str) -> str:
    """Words of the stamp of synthetic data: the usual ones, those that are given, or none."""
    return STAMP if synthetic is True else synthetic or ""
