"""Figures: frames in, figures out. Nothing here fits a model or computes a statistic.

Each function of `FIGURES` takes plain frames whose columns its docstring names, and `ax` (or `axes`, where it
has several panels) to draw into a figure of your own. It returns a `Panel` that shows itself, carries its alt
text (`.alt`) and the rows it draws (`.plotted`); with nothing to draw it holds a sentence instead of an empty
axis (`.words`). `save` writes SVG, PDF, PNG and CSV. Modules load when first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from amyloid.show.plots.cohort import flow, upset
    from amyloid.show.plots.doses import dose_over_time
    from amyloid.show.plots.grades import criteria_grid, mosaic
    from amyloid.show.plots.hazards import cumulative_incidence, log_log, residuals
    from amyloid.show.plots.intervals import balance, forest
    from amyloid.show.plots.kaplan import survival, survival_pair
    from amyloid.show.plots.lanes import follow_up, remissions, swimmer
    from amyloid.show.plots.maps import availability, percentage_audit
    from amyloid.show.plots.over_cohorts import ranges, specification
    from amyloid.show.plots.response import response_bars, waterfall
    from amyloid.show.plots.saving import png, save
    from amyloid.show.plots.sheet import STAMP, ColumnsError, Panel, Width
    from amyloid.show.plots.timeline import patient
    from amyloid.show.plots.values import courses, paired

_HOME = {
    "availability": "maps", "flow": "cohort", "upset": "cohort", "courses": "values", "paired": "values",
    "dose_over_time": "doses", "criteria_grid": "grades", "mosaic": "grades",
    "cumulative_incidence": "hazards", "log_log": "hazards", "residuals": "hazards", "balance": "intervals",
    "forest": "intervals", "follow_up": "lanes", "remissions": "lanes", "swimmer": "lanes",
    "ranges": "over_cohorts", "specification": "over_cohorts", "percentage_audit": "maps",
    "response_bars": "response", "waterfall": "response", "survival": "kaplan", "survival_pair": "kaplan",
    "patient": "timeline",
}  # fmt: skip
FIGURES = tuple(_HOME)
"""Names of the figures."""
_HOME |= dict.fromkeys(("png", "save"), "saving")
_HOME |= dict.fromkeys(("STAMP", "ColumnsError", "Panel", "Width"), "sheet")

__all__ = [
    "FIGURES", "STAMP", "ColumnsError", "Panel", "Width", "availability", "balance", "courses",
    "criteria_grid", "cumulative_incidence", "dose_over_time", "flow", "follow_up", "forest", "log_log",
    "mosaic", "paired", "patient", "percentage_audit", "png", "ranges", "remissions", "residuals",
    "response_bars", "save", "specification", "survival", "survival_pair", "swimmer", "upset", "waterfall",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(importlib.import_module(f"amyloid.show.plots.{_HOME[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
