"""Tables: frames in, great-tables out, and how numbers read in a sentence (`text`).

Nothing here computes a statistic. Modules load when first used; `text` alone is light.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from amyloid.show.tables import text
    from amyloid.show.tables.cohort_tables import claims_table, crosstab, listing, parameters_table, table_one
    from amyloid.show.tables.result_tables import milestones, proportions, ratios
    from amyloid.show.tables.style import STAMP, table

_HOME = {
    "cohort_tables": ("claims_table", "crosstab", "listing", "parameters_table", "table_one"),
    "result_tables": ("milestones", "proportions", "ratios"),
    "style": ("STAMP", "table"),
}

__all__ = [
    "STAMP", "claims_table", "crosstab", "listing", "milestones", "parameters_table", "proportions", "ratios",
    "table", "table_one", "text",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name == "text":
        return importlib.import_module("amyloid.show.tables.text")
    for module, names in _HOME.items():
        if name in names:
            return getattr(importlib.import_module(f"amyloid.show.tables.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
