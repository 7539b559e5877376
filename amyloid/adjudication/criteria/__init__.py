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

__all__ = ["CRITERIA", "DOMAINS", "Closure", "Criteria", "Rule"]

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
        renal.STAGE_2014,
        *involvement.INVOLVEMENT,
    )
}
"""Every version by domain and key, in the order in which results are written."""

DOMAINS: Final = tuple(dict.fromkeys(domain for domain, _ in CRITERIA))
