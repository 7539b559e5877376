"""The clone over time in those without a complete response: falls, plateaus, comes back.

Every course keeps its distance from the thresholds of response (falls of 25 and 50 %), so that noise makes no
response and takes none away.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from amyloid.synthetic.chance import between, noise
from amyloid.synthetic.clinic import Visit
from amyloid.synthetic.clone import Clone, write_chains, write_immunofixation
from amyloid.synthetic.outcomes import Outcome
from amyloid.synthetic.people import Person
from amyloid.synthetic.sheet import Sheet

FLOOR = {"PR": 0.04, "MR": 0.545, "NR": 0.79, "unmeasurable": 0.7}
CEILING = {"PR": 3.0, "MR": 2.5, "NR": 2.8, "unmeasurable": 1.6}
"""Limits of what is left of a baseline value under treatment, by course."""

CEILING_AT_BEST = {"PR": 0.45, "MR": 0.7}
"""Upper limit from the best response until progression."""

NOISE = {"light chain": 0.08, "serum": 0.05, "urine": 0.1}
"""Standard deviation of the logarithm from visit to visit."""


def clone_left(rng: np.random.Generator, outcome: Outcome, deepest: float) -> Callable[[float], float]:
    """Return the share of the clone that is left at a month, 1 at the first dose."""
    best_at = outcome.best_at if outcome.best_at is not None else between(rng, 2.0, 5.0)
    doubling = between(rng, 4.0, 12.0)
    grows_from = outcome.progressed if outcome.progressed is not None else math.inf
    if outcome.course == "NR":
        grows_from, doubling = between(rng, 1.0, 4.0), between(rng, 8.0, 30.0)
    steepness = between(rng, 0.9, 2.2)

    def left(month: float) -> float:
        gone = 1.0 - math.pow(max(0.0, 1.0 - month / best_at), steepness)
        grown = 0.0
        if month >= grows_from:
            step = 0.75 if outcome.progressed is not None else 0.0
            grown = step + (month - grows_from) / doubling
        return math.exp(math.log(deepest) * gone + math.log(2.0) * grown)

    return left


def write_course(
    rng: np.random.Generator,
    sheet: Sheet,
    person: Person,
    outcome: Outcome,
    clone: Clone,
    visits: Sequence[Visit],
) -> None:
    """Write the clone's laboratory rows of one patient who never reaches a complete response."""
    left = clone_left(rng, outcome, clone.deepest)
    for visit in visits:
        month = visit.month

        def part(item: str, month: float = month) -> float:
            if month <= 0:
                return noise(rng, 0.05) if month < 0 and item != "urine" else 1.0
            return _within(outcome, month, left(month) * noise(rng, NOISE[item]))

        if visit.hematology:
            write_chains(rng, sheet, person, month, clone.involved * part("light chain"), clone.background)
            if clone.serum_m > 0 or month < 0:
                sheet.write(month, "serum_m_protein", clone.serum_m * part("serum"), 2)
        if visit.urine_collection and (clone.urine_m > 0 or month < 0):
            sheet.write(month, "urine_m_protein", clone.urine_m * part("urine"), 0)
        write_immunofixation(sheet, visit, clone.serum_positive, clone.urine_positive)
        if visit.marrow:
            sheet.write(month, "marrow_plasma_cells", clone.marrow, 0)


def _within(outcome: Outcome, month: float, share: float) -> float:
    """Hold a share within the limits of its course."""
    high = CEILING.get(outcome.course, 1.2)
    if outcome.best_at is not None and outcome.best_at <= month < (outcome.progressed or math.inf):
        high = CEILING_AT_BEST[outcome.course]
    return min(high, max(FLOOR.get(outcome.course, 0.8), share))
