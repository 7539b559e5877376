"""One run of a sweep: its name, its parameters, its cohort."""

from collections.abc import Mapping
from dataclasses import dataclass

Value = str | int | float
"""What a parameter may be."""

DEFAULT = "default"
EMBEDDED = "embedded"
"""The embedded cohort, with which reconstructions are compared."""


@dataclass(frozen=True)
class Scenario:
    """One run of a sweep.

    Attributes
    ----------
    name : str
        Unique; also the name of its folder.
    parameters : mapping
        Every parameter but the places.
    cohort : str or None
        The cohort's place as written; None for the sweep's own.
    seed : int or None
        The seed of a reconstruction that is the scenario's cohort.
    """

    name: str
    parameters: Mapping[str, Value]
    cohort: str | None = None
    seed: int | None = None
