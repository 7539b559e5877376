"""Figures: frames in, figures out. Nothing here fits a model or computes a statistic.

Each function of `FIGURES` takes plain frames whose columns its docstring names, and `ax` (or `axes`, where it
has several panels) to draw into a figure of your own. It returns a `Panel` that shows itself, carries its alt
text (`.alt`) and the rows it draws (`.plotted`); with nothing to draw it holds a sentence instead of an empty
axis (`.words`). `save` writes SVG, PDF, PNG and CSV.
"""

from amyloid.show.plots.cohort import flow, upset
from amyloid.show.plots.curves import cumulative_incidence, log_log
from amyloid.show.plots.grades import availability, criteria_grid, mosaic
from amyloid.show.plots.intervals import balance, forest, percentage_audit, ranges
from amyloid.show.plots.kaplan import survival, survival_pair
from amyloid.show.plots.lanes import follow_up, remissions, swimmer
from amyloid.show.plots.panel import Panel, png, save
from amyloid.show.plots.response import response_bars, waterfall
from amyloid.show.plots.sheet import FIGURES, ColumnsError, Width
from amyloid.show.plots.timeline import dose_over_time, patient
from amyloid.show.plots.values import courses, paired

__all__ = [
    "FIGURES", "ColumnsError", "Panel", "Width", "availability", "balance", "courses",
    "criteria_grid", "cumulative_incidence", "dose_over_time", "flow", "follow_up", "forest", "log_log",
    "mosaic", "paired", "patient", "percentage_audit", "png", "ranges", "remissions", 
    "response_bars", "save", "survival", "survival_pair", "swimmer", "upset", "waterfall",
]  # fmt: skip
