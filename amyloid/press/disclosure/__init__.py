"""What may leave the building: rules for numbers, a gate for files. Pure functions, no science.

Sources of the rules: HIPAA Safe Harbor, 45 CFR 164.514(b)(2) (ages above 89, dates); EMA Policy 0070;
CMS cell size suppression policy (no cell of 1 to 10); OpenSAFELY's output rules (redact, then round).
"""

from amyloid.press.disclosure.curves import EVERY, Curves, Point, add_curves
from amyloid.press.disclosure.proof import Proof, protect
from amyloid.press.disclosure.release import ALL, GROUPS, Release
from amyloid.press.disclosure.rules import (
    DEFAULT_MIN_CELL,
    FLOOR_MIN_CELL,
    ROUNDING,
    age_text,
    applied_min_cell,
    defused,
    is_formula,
    least_shown,
    quartiles,
    round_count,
)

__all__ = [
    "ALL",
    "DEFAULT_MIN_CELL",
    "EVERY",
    "FLOOR_MIN_CELL",
    "GROUPS",
    "ROUNDING",
    "Curves",
    "Point",
    "Proof",
    "Release",
    "add_curves",
    "age_text",
    "applied_min_cell",
    "defused",
    "is_formula",
    "least_shown",
    "protect",
    "quartiles",
    "round_count",
]
