"""The clone over time in those without a complete response: falls, plateaus, comes back.

Every course keeps its distance from the thresholds of response (falls of 25 and 50 %), so that noise makes no
response and takes none away. Values on a threshold come only from the planted rows.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from amyloid.reconstruction.chance import between, noise
from amyloid.reconstruction.clinic import Visit
from amyloid.reconstruction.clone import Clone, write_chains, write_immunofixation
from amyloid.reconstruction.outcomes import Outcome
from amyloid.reconstruction.people import Person
from amyloid.reconstruction.sheet import Sheet

Course = Callable[[float], float]

BANDS = {"PR": (0.04, 3.0), "MR": (0.545, 2.5), "NR": (0.79, 2.8), "unmeasurable": (0.7, 1.6)}
"""Limits of what is left of a baseline value while off remission, by course."""


def clone_left(rng: np.random.Generator, outcome: Outcome, deepest: float) -> Course:
    """Return the share of the clone that is left at a month, 1 at the first dose."""
    best_by = min(9.0, 0.6 * (outcome.progressed or outcome.last_seen))
    nadir_at = between(rng, 2.5, max(3.0, best_by))
    doubling = between(rng, 4.0, 12.0)
    grows_from = outcome.progressed if outcome.progressed is not None else math.inf
    if outcome.course == "NR":
        grows_from, doubling = between(rng, 1.0, 4.0), between(rng, 8.0, 30.0)
    steepness = between(rng, 1.0, 2.5)

    def left(month: float) -> float:
        gone = 1.0 - max(0.0, 1.0 - month / nadir_at) ** steepness
        grown = 0.0
        if month >= grows_from:
            step = 0.75 if outcome.course in ("PR", "MR") else 0.0
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
    low, high = BANDS.get(outcome.course, (0.8, 1.2))
    for visit in visits:
        share = left(max(0.0, visit.month))

        def part(sigma: float, share: float = share, started: bool = visit.month > 0) -> float:
            factor = share * noise(rng, sigma) if started else 1.0
            return min(high, max(low, factor))

        repeat = noise(rng, 0.05) if visit.month < 0 else 1.0
        if visit.hematology:
            write_chains(
                rng, sheet, person, visit.month, clone.involved * part(0.04) * repeat, clone.background
            )
            if clone.serum_m > 0:
                sheet.write(visit.month, "serum_m_protein", clone.serum_m * part(0.03) * repeat, 2)
        if visit.urine_collection and clone.urine_m > 0:
            sheet.write(visit.month, "urine_m_protein", clone.urine_m * part(0.06), 0)
        write_immunofixation(sheet, visit, clone.serum_positive, clone.urine_positive)
        if visit.marrow:
            sheet.write(visit.month, "marrow_plasma_cells", clone.marrow, 0)
