"""Rules for single numbers and cells: which count is too small, how others are rounded, what is a formula."""

import math
import re
from collections.abc import Sequence

DEFAULT_MIN_CELL = 11
"""Smallest count shown (patients): CMS shows no cell of 1 to 10."""
FLOOR_MIN_CELL = 5
"""No parameter lowers the smallest shown count below this (patients)."""
ROUNDING = 5
"""Shown counts are rounded to the nearest multiple of this, or of a multiple of it (patients)."""
OLDEST_AGE_YEARS = 89
"""Ages above this are one group: HIPAA Safe Harbor, 45 CFR 164.514(b)(2)(i)(C)."""

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_SIGNED_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?%?")


def is_formula(cell: str) -> bool:
    """Whether a spreadsheet would run a cell: it starts as a formula does, and is no number."""
    return cell.startswith(_FORMULA_STARTS) and not _SIGNED_NUMBER.fullmatch(cell)


def defused(cell: str) -> str:
    """Return a cell that no spreadsheet runs: one that it would run gets an apostrophe in front."""
    return f"'{cell}" if is_formula(cell) else cell


def applied_min_cell(asked: int) -> int:
    """Return the smallest count shown when `asked` was asked for: never below the floor."""
    return max(asked, FLOOR_MIN_CELL)


def least_shown(min_cell: int) -> int:
    """Return the smallest count that is shown, so that each shown number stands for five counts or more.

    With a smallest count of 12, `10` would stand for 12 alone; so 13 is the first that is shown, as `15`.
    """
    return ROUNDING * math.ceil((min_cell + ROUNDING // 2) / ROUNDING) - ROUNDING // 2


def round_count(count: int, base: int = ROUNDING) -> int:
    """Round a count of patients to the nearest multiple of `base`; by 5: 2 goes down, 3 goes up."""
    if count < 0:
        raise ValueError(f"a count cannot be negative: {count}")
    return base * ((count + base // 2) // base)


def stands_for(rounded: int, base: int = ROUNDING) -> tuple[int, int]:
    """Return the smallest and the largest count that round to this."""
    lowest = rounded - base // 2
    return lowest, lowest + base - 1


def age_text(age_years: float) -> str:
    """Return an age in whole years, `90+` for every age above 89."""
    return "90+" if math.floor(age_years) > OLDEST_AGE_YEARS else str(math.floor(age_years))


def quartiles(values: Sequence[float], min_cell: int) -> tuple[float | None, float | None, float | None]:
    """Return lower quartile, median and upper quartile, to two significant digits.

    Two digits, because an exact quartile is one patient's exact value. Never a minimum or a maximum.
    """
    import numpy as np

    known = np.asarray([value for value in values if not math.isnan(value)], dtype=float)
    if not known.size:
        return None, None, None
    least = applied_min_cell(min_cell)
    found = [
        _two_digits(value) if min((known < value).sum(), (known > value).sum()) >= least else None
        for value in np.quantile(known, [0.25, 0.5, 0.75])
    ]
    return found[0], found[1], found[2]


def _two_digits(value: float) -> float:
    return float(f"{value:.2g}")
