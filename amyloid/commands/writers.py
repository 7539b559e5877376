"""What a run asks of the science and of the pages, called inside the run's warm server."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

PRELOAD = (
    "amyloid.adjudication",
    "amyloid.cohort",
    "amyloid.notebook",
    "amyloid.plots",
    "amyloid.report",
    "amyloid.stats",
    "amyloid.tables",
    "matplotlib.pyplot",
    "lifelines",
    "scipy.stats",
)
"""Modules that the server loads once, so that no notebook has to."""


def write_tables(run_folder: str, cohort_dir: str, parameters: Mapping[str, Any]) -> None:
    """Write `categories.csv` and `endpoints.csv` of the cohort into the run's folder."""
    from amyloid.adjudication import write_adjudication
    from amyloid.cohort import read_cohort

    write_adjudication(
        read_cohort(cohort_dir),
        Path(run_folder),
        hematologic_criteria=parameters["hematologic_criteria"],
        confirm=parameters["confirm"],
    )


def write_pages(run_folder: str, synthetic: bool, title: str) -> None:
    """Write the HTML pages of the run."""
    from amyloid.report import write_pages as write

    write(Path(run_folder), synthetic=synthetic, title=title)
