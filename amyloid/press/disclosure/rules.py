"""Rules for single numbers: which count is too small, how the others are rounded, ages, quartiles."""

import math
from collections.abc import Sequence

DEFAULT_MIN_CELL = 11
"""Smallest count shown (patients): CMS shows no cell of 1 to 10."""
FLOOR_MIN_CELL = 5
"""No parameter lowers the smallest shown count below this (patients)."""
ROUNDING = 5
"""Shown counts are rounded to the nearest multiple of this (patients)."""
OLDEST_AGE_YEARS = 89
"""Ages above this are one group: HIPAA Safe Harbor, 45 CFR 164.514(b)(2)(i)(C)."""


def applied_min_cell(asked: int) -> int:
    """Return the smallest count shown when `asked` was asked for: never below the floor."""
    return max(asked, FLOOR_MIN_CELL)


def round_count(count: int) -> int:
    """Round a count of patients to the nearest multiple of 5; 2 goes down, 3 goes up."""
    if count < 0:
        raise ValueError(f"a count cannot be negative: {count}")
    return ROUNDING * ((count + ROUNDING // 2) // ROUNDING)


def age_text(age_years: float) -> str:
    """Return an age in whole years, `90+` for every age above 89."""
    return "90+" if math.floor(age_years) > OLDEST_AGE_YEARS else str(math.floor(age_years))


def quartiles(values: Sequence[float], min_cell: int) -> tuple[float, float, float] | None:
    """Return lower quartile, median and upper quartile, to two significant digits.

    Parameters
    ----------
    values
        One number per patient, in any unit; NaN where it was not measured.
    min_cell
        None is returned when fewer patients than this were measured.

    Notes
    -----
    Two digits, because an exact quartile is one patient's exact value. Never a minimum or a maximum.
    """
    import numpy as np

    known = np.asarray([value for value in values if not math.isnan(value)], dtype=float)
    if known.size < applied_min_cell(min_cell):
        return None
    lower, middle, upper = np.quantile(known, [0.25, 0.5, 0.75])
    return _two_digits(lower), _two_digits(middle), _two_digits(upper)


def _two_digits(value: float) -> float:
    return float(f"{value:.2g}")
