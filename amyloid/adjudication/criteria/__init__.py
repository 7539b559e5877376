"""Published criteria for AL amyloidosis as values: words, threshold, unit and source side by side."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

from amyloid.adjudication.criteria import (
    baseline,
    cardiac,
    hematologic,
    hematologic_progression,
    hepatic,
    renal,
)
from amyloid.adjudication.criteria.rule import Closure, Criteria, Rule
from amyloid.cohort.errors import CohortError, Problem, shown

if TYPE_CHECKING:
    from amyloid.cohort import Card


__all__ = [
    "CHOSEN",
    "CRITERIA",
    "DEFAULT",
    "DOMAINS",
    "Closure",
    "Criteria",
    "Rule",
    "by_default",
    "keys_of",
    "label",
    "leading",
]

CRITERIA: Final[dict[tuple[str, str], Criteria]] = {
    (criteria.domain, criteria.key): criteria
    for criteria in (
        *hematologic.RESPONSE,
        *hematologic_progression.PROGRESSION,
        *hematologic.DEPTH,
        *renal.RESPONSE,
        *renal.PROGRESSION,
        *cardiac.RESPONSE,
        *cardiac.PROGRESSION,
        *hepatic.RESPONSE,
        *hepatic.PROGRESSION,
        *baseline.STAGES,
        *renal.STAGES,
        *baseline.INVOLVEMENT,
    )
}
"""Every version by domain and key, in the order in which results are written."""

DOMAINS: Final = tuple(dict.fromkeys(domain for domain, _ in CRITERIA))


def keys_of(domain: str) -> tuple[str, ...]:
    """Versions of a domain, in order: what can be chosen for it."""
    return tuple(key for known, key in CRITERIA if known == domain)


def label(key: str) -> str:
    """Name of a version as a reader knows it: ``Boston 2007`` for ``boston-2007``."""
    return next((criteria.name for (_, known), criteria in CRITERIA.items() if known == key), key)


DEFAULT: Final = "default"
CHOSEN: Final = {
    "hematologic_criteria": ("hematologic_response", "isa-2012"),
    "renal_criteria": ("renal_response", "palladini-2014"),
}
"""What can be chosen -> its domain, and the version where neither the call nor the card names one."""


def by_default(card: Card) -> dict[str, str]:
    """Return the versions that lead in a cohort when nobody names one.

    Returns
    -------
    dict
        ``hematologic_criteria`` and ``renal_criteria`` -> key.

    Raises
    ------
    amyloid.cohort.errors.CohortError
        The card names versions that do not exist.
    """
    found = {name: card.defaults.get(name, consensus) for name, (_, consensus) in CHOSEN.items()}
    problems = [
        _unknown(card, name, key) for name, key in found.items() if key not in keys_of(CHOSEN[name][0])
    ]
    if problems:
        raise CohortError(problems)
    return found


def leading(card: Card, name: str, key: str) -> str:
    """Return a version that was named, or the cohort's own where it is ``default``; see `by_default`."""
    return by_default(card)[name] if key == DEFAULT else key


def _unknown(card: Card, name: str, key: str) -> Problem:
    known = keys_of(CHOSEN[name][0])
    near = get_close_matches(key.lower(), known, 1, cutoff=0.5)
    mend = f"Expected {', '.join(known)}.{f' Did you mean {near[0]}?' if near else ''}"
    return Problem("card-criteria", card.file, f"defaults.{name} = {shown(key)} is not known.", mend=mend)
