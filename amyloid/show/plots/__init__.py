"""Figures: frames in, figures out. Nothing here fits a model or computes a statistic.

Each function returns a `Panel` that carries its alt text (`.alt`) and the rows it draws (`.plotted`);
with nothing to draw it holds a sentence instead of an empty axis (`.words`). `save` writes SVG, PNG and
CSV. Modules load when first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from amyloid.show.plots.alike import balance, describe_balance
    from amyloid.show.plots.alluvium import criteria_grid, describe_criteria
    from amyloid.show.plots.canvas import STAMP, Panel, words
    from amyloid.show.plots.courses_over_time import courses, describe_courses
    from amyloid.show.plots.doses import describe_doses, dose_over_time, dose_shares
    from amyloid.show.plots.falls import describe_waterfall, waterfall
    from amyloid.show.plots.flowchart import describe_flow, flow
    from amyloid.show.plots.hazards import log_log, residuals
    from amyloid.show.plots.incidence import cumulative_incidence, describe_incidence
    from amyloid.show.plots.intervals import describe_forest, forest
    from amyloid.show.plots.judged import availability, describe_availability
    from amyloid.show.plots.kaplan import describe_survival, survival
    from amyloid.show.plots.kaplan_pair import survival_pair
    from amyloid.show.plots.lanes import describe_swimmer, swimmer
    from amyloid.show.plots.many_ways import describe_specification, specification
    from amyloid.show.plots.marks import swimmer_marks
    from amyloid.show.plots.observed import describe_follow_up, follow_up
    from amyloid.show.plots.over_cohorts import describe_ranges, ranges
    from amyloid.show.plots.pairs import describe_pairs, paired
    from amyloid.show.plots.printed import describe_audit, percentage_audit
    from amyloid.show.plots.rates import describe_response, response_bars
    from amyloid.show.plots.remission import describe_remissions, remissions
    from amyloid.show.plots.saving import png, save
    from amyloid.show.plots.sets import describe_upset, upset
    from amyloid.show.plots.tiles import describe_mosaic, mosaic
    from amyloid.show.plots.timeline import describe_patient, patient

_HOME = {
    "alluvium": ("criteria_grid", "describe_criteria"),
    "alike": ("balance", "describe_balance"),
    "courses_over_time": ("courses", "describe_courses"),
    "doses": ("describe_doses", "dose_over_time", "dose_shares"),
    "falls": ("describe_waterfall", "waterfall"),
    "flowchart": ("describe_flow", "flow"),
    "hazards": ("log_log", "residuals"),
    "incidence": ("cumulative_incidence", "describe_incidence"),
    "intervals": ("describe_forest", "forest"),
    "judged": ("availability", "describe_availability"),
    "kaplan": ("describe_survival", "survival"),
    "kaplan_pair": ("survival_pair",),
    "lanes": ("describe_swimmer", "swimmer"),
    "many_ways": ("describe_specification", "specification"),
    "marks": ("swimmer_marks",),
    "observed": ("describe_follow_up", "follow_up"),
    "pairs": ("describe_pairs", "describe_patient", "paired"),
    "over_cohorts": ("describe_ranges", "ranges"),
    "printed": ("describe_audit", "percentage_audit"),
    "rates": ("describe_response", "response_bars"),
    "remission": ("describe_remissions", "remissions"),
    "saving": ("png", "save"),
    "sets": ("describe_upset", "upset"),
    "canvas": ("STAMP", "Panel", "words"),
    "tiles": ("describe_mosaic", "mosaic"),
    "timeline": ("describe_patient", "patient"),
}

__all__ = [
    "STAMP", "Panel", "availability", "balance", "courses", "criteria_grid", "cumulative_incidence",
    "describe_audit", "describe_availability", "describe_balance", "describe_courses",
    "describe_criteria", "describe_doses", "describe_flow", "describe_follow_up", "describe_forest",
    "describe_incidence", "describe_mosaic", "describe_pairs", "describe_patient", "describe_ranges",
    "describe_remissions", "describe_response", "describe_specification", "describe_survival",
    "describe_swimmer", "describe_upset", "describe_waterfall", "dose_over_time", "dose_shares", "flow",
    "follow_up", "forest", "log_log", "mosaic", "paired", "patient", "percentage_audit", "png", "ranges",
    "remissions", "residuals", "response_bars", "save", "specification", "survival", "survival_pair",
    "swimmer", "swimmer_marks", "upset", "waterfall", "words",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    for module, names in _HOME.items():
        if name in names:
            return getattr(importlib.import_module(f"amyloid.show.plots.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
