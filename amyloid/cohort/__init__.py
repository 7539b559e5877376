"""Files to a checked `Cohort`, or every problem at once.

What other rooms open a cohort with is loaded when it is first asked for.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from amyloid.cohort.read import (
        EMBEDDED_COHORT,
        Card,
        Cohort,
        build_cohort,
        of_patient,
        parse_cohort,
        read_cohort,
    )

__all__ = ["EMBEDDED_COHORT", "Card", "Cohort", "build_cohort", "of_patient", "parse_cohort", "read_cohort"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        from amyloid.cohort import read

        return getattr(read, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
