"""Rows of events.csv: withdrawal, dialysis, transplants, next treatment, death or last contact."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from amyloid.synthetic.chance import pick, pick_weighted
from amyloid.synthetic.kidney import Renal
from amyloid.synthetic.outcomes import Outcome
from amyloid.synthetic.people import Person

ALLOGRAFT_REJECTION = "cardiac allograft rejection"
NEXT_TREATMENTS = ("bortezomib", "melphalan and dexamethasone", "high-dose melphalan", "thalidomide")


class Happening(NamedTuple):
    """One row of events.csv."""

    month: float
    event: str
    detail: str = ""


def happenings(rng: np.random.Generator, person: Person, outcome: Outcome, renal: Renal) -> list[Happening]:
    """List one patient's events by month, the end of follow-up last."""
    found = []
    if outcome.withdrawn is not None:
        reason = pick_weighted(rng, ["toxicity", "patient's choice", "moved away"], [0.6, 0.3, 0.1])
        found.append(Happening(outcome.withdrawn, "withdrawal", reason))
    if renal.dialysis is not None:
        found.append(Happening(renal.dialysis, "dialysis"))
    if outcome.remission is not None and outcome.remission.transplanted is not None:
        found.append(Happening(outcome.remission.transplanted, "heart_transplant"))
    if outcome.next_treatment is not None:
        found += _next_treatment(rng, person, outcome.next_treatment)
    found.sort(key=lambda h: h.month)
    end = Happening(outcome.follow_up, "death", _cause(rng, person, outcome))
    return [*found, end if outcome.died else Happening(outcome.follow_up, "last_contact")]


def _next_treatment(rng: np.random.Generator, person: Person, month: float) -> list[Happening]:
    fit = "heart" not in person.organs and person.age <= 70 and "prior_transplant" not in person.prior
    drug = pick(rng, [d for d in NEXT_TREATMENTS if fit or d != "high-dose melphalan"])
    rows = [Happening(month, "next_treatment", drug)]
    return [*rows, Happening(month, "stem_cell_transplant")] if drug == "high-dose melphalan" else rows


def _cause(rng: np.random.Generator, person: Person, outcome: Outcome) -> str:
    if outcome.remission is not None:
        return ALLOGRAFT_REJECTION
    if "heart" in person.organs:
        return pick_weighted(rng, ["cardiac amyloidosis", "sudden death", "infection"], [0.6, 0.25, 0.15])
    return pick_weighted(rng, ["progressive amyloidosis", "infection", "renal failure"], [0.6, 0.2, 0.2])
