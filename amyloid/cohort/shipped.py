"""What comes with the project: notebooks, cohorts, published numbers; a checkout's own, else the wheel's."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from amyloid.cohort.errors import CohortError, Problem

_PACKAGE: Final = Path(__file__).resolve().parents[1]
CHECKOUT: Final = (_PACKAGE.parent / "pyproject.toml").is_file()
"""Whether the package lies in a checkout of the project."""
ROOT: Final = _PACKAGE.parent if CHECKOUT else _PACKAGE / "shipped"
"""Holds ``notebooks``, ``data`` and the lock."""
DATA: Final = ROOT / "data"
NOTEBOOKS: Final = ROOT / "notebooks"

EMBEDDED: Final = "lenalidomide-2007"
COHORTS: Final = (EMBEDDED, "two-regimens")
"""Names that stand for a shipped cohort, from any folder."""


def place_of(cohort: str | Path) -> Path:
    """Return where a cohort lies; the bare name of a shipped one is its place.

    Parameters
    ----------
    cohort : str or Path
        What was typed. A path is taken as it is.

    Raises
    ------
    amyloid.cohort.errors.CohortError
        Something else of a shipped cohort's name lies in the working directory.
    """
    if cohort not in COHORTS:
        return Path(cohort)
    ours, theirs = DATA / cohort, Path.cwd() / cohort
    if theirs.exists() and not (ours.exists() and theirs.samefile(ours)):
        found = f"lies in this folder, and {cohort} is also the name of a cohort that comes with the project."
        raise CohortError(
            [Problem("two-cohorts", str(cohort), found, mend=f"Write ./{cohort} for the one in this folder.")]
        )
    return ours
