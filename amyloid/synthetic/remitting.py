"""The clone of a complete responder: down to healthy light chains, and back when the remission is lost."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from amyloid.synthetic.chance import between, noise
from amyloid.synthetic.clinic import Visit
from amyloid.synthetic.clone import Clone, write_chains, write_immunofixation
from amyloid.synthetic.people import Person
from amyloid.synthetic.remissions import Remission
from amyloid.synthetic.sheet import Sheet

REGROWTH_DOUBLING = 4.0
"""Months in which the involved chain doubles after relapse."""


@dataclass(frozen=True)
class Found:
    """What a visit would find: involved chain in mg/L, shares of the M-proteins, immunofixations."""

    involved: float
    share: float
    serum: bool
    urine: bool


def write_remission(
    rng: np.random.Generator,
    sheet: Sheet,
    remission: Remission,
    person: Person,
    clone: Clone,
    visits: Sequence[Visit],
) -> None:
    """Write the clone's laboratory rows of one complete responder.

    Immunofixation of the serum stays positive until the visit of the response, so that no earlier visit is
    complete; from there to relapse it is negative, the ratio normal and no M-protein is found.
    """
    steepness = between(rng, 1.3, 3.0)
    clears = between(rng, 0.4, 1.0) * remission.reached
    marrow = between(rng, 1.0, 4.0)
    for visit in visits:
        month = visit.month
        if month < remission.reached:
            found = _before(rng, clone, month, remission.reached, steepness, clears)
        elif remission.relapse is None or month < remission.relapse:
            found = Found(_healthy(clone) * noise(rng, 0.06), 0.0, serum=False, urine=False)
        else:
            found = _after_relapse(rng, clone, month - remission.relapse)
        if visit.hematology:
            write_chains(rng, sheet, person, month, found.involved, clone.background)
            if clone.serum_m > 0 or month < 0:
                sheet.write(month, "serum_m_protein", clone.serum_m * found.share, 2)
        if visit.urine_collection and (clone.urine_m > 0 or month < 0):
            sheet.write(month, "urine_m_protein", clone.urine_m * found.share, 0)
        write_immunofixation(sheet, visit, found.serum, found.urine)
        if visit.marrow:
            sheet.write(month, "marrow_plasma_cells", clone.marrow if month <= 0 else marrow, 0)


def _healthy(clone: Clone) -> float:
    """Involved chain in mg/L when nothing of the clone is left."""
    return clone.background * clone.healthy_ratio


def _before(
    rng: np.random.Generator, clone: Clone, month: float, reached: float, steepness: float, clears: float
) -> Found:
    """Fall from the baseline to healthy light chains at the month of the response."""
    to_go = math.pow(1.0 - max(0.0, month) / reached, steepness)
    height = max(1.0, clone.involved / _healthy(clone))
    varied = noise(rng, 0.07)
    involved = max(_healthy(clone), _healthy(clone) * math.pow(height, to_go) * varied)
    share = to_go * (varied if month != 0 else 1.0)
    return Found(involved, share, serum=True, urine=clone.urine_positive and month < clears)


def _after_relapse(rng: np.random.Generator, clone: Clone, since: float) -> Found:
    """Return with at least twice the involved chain, doubling every few months."""
    grown = between(rng, 2.6, 3.2) * math.pow(2.0, since / REGROWTH_DOUBLING)
    return Found(_healthy(clone) * grown, 0.07 * grown, serum=True, urine=clone.urine_positive)
