"""Files to a checked `Cohort`, or every problem at once; and where the project's own cohorts lie.

What other rooms open a cohort with is loaded when it is first asked for.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from amyloid.cohort.read import Cohort, build_cohort, of_patient, parse_cohort, read_cohort
    from amyloid.cohort.reading.card import Card

__all__ = ["EMBEDDED_COHORT", "Card", "Cohort", "build_cohort", "of_patient", "parse_cohort", "read_cohort"]

_PACKAGE: Final = Path(__file__).resolve().parents[1]
CHECKOUT: Final = (_PACKAGE.parent / "pyproject.toml").is_file()
"""Whether the package lies in a checkout of the project."""
ROOT: Final = _PACKAGE.parent if CHECKOUT else _PACKAGE / "shipped"
"""Holds ``notebooks``, ``data`` and the lock: a checkout's own, else the wheel's."""
DATA: Final = ROOT / "data"
NOTEBOOKS: Final = ROOT / "notebooks"

EMBEDDED: Final = "lenalidomide-2007"
EMBEDDED_COHORT: Final = DATA / EMBEDDED
"""The synthetic cohort of 43 patients that comes with the project."""
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
        from amyloid.cohort.errors import CohortError, Problem

        found = f"lies in this folder, and {cohort} is also the name of a cohort that comes with the project."
        raise CohortError(
            [Problem("two-cohorts", str(cohort), found, mend=f"Write ./{cohort} for the one in this folder.")]
        )
    return ours


def __getattr__(name: str) -> Any:
    if name in __all__:
        from amyloid.cohort import read

        return getattr(read, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
