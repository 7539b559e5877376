"""Published criteria for AL amyloidosis as values: words, threshold, unit and source side by side."""

from __future__ import annotations

from typing import Final

from amyloid.adjudication.criteria import (
    cardiac,
    cardiac_stage,
    hematologic,
    hematologic_progression,
    hepatic,
    involvement,
    renal,
)
from amyloid.adjudication.criteria.rule import Closure, Criteria, Rule

__all__ = ["CRITERIA", "DOMAINS", "Closure", "Criteria", "Rule", "keys_of", "label"]

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
        *cardiac_stage.STAGES,
        *renal.STAGES,
        *involvement.INVOLVEMENT,
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
