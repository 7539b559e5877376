"""The clone of a complete responder: down to healthy light chains, and back when the remission is lost."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from amyloid.reconstruction.chance import between, noise
from amyloid.reconstruction.clinic import Visit
from amyloid.reconstruction.clone import Clone, write_chains, write_immunofixation
from amyloid.reconstruction.people import Person
from amyloid.reconstruction.remissions import Remission
from amyloid.reconstruction.sheet import Sheet


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
    marrow = round(between(rng, 1.0, 4.0))
    urine_clears = between(rng, 0.4, 1.0) * remission.reached
    healthy = clone.background * clone.healthy_ratio
    for visit in visits:
        month = visit.month
        serum_m = urine_m = 0.0
        if month < remission.reached:
            to_go = (1.0 - max(0.0, month) / remission.reached) ** steepness
            share = to_go * (noise(rng, 0.04) if month > 0 else 1.0)
            involved = healthy * max(1.0, clone.involved / healthy) ** share
            serum_m, urine_m = clone.serum_m * share, clone.urine_m * share
            serum, urine = True, clone.urine_positive and month < urine_clears
        elif remission.relapse is None or month < remission.relapse:
            involved, serum, urine = healthy, False, False
        else:
            grown = between(rng, 2.7, 3.2) * 2.0 ** ((month - remission.relapse) / 4.0)
            involved = healthy * grown
            serum, urine = True, clone.urine_positive
            serum_m = 0.2 * clone.serum_m * grown / 3.0
        if visit.hematology:
            in_remission = serum is False
            value = involved * (noise(rng, 0.05) if in_remission else 1.0)
            write_chains(rng, sheet, person, month, value, clone.background)
            if clone.serum_m > 0:
                sheet.write(month, "serum_m_protein", serum_m, 2)
        if visit.urine_collection and clone.urine_m > 0:
            sheet.write(month, "urine_m_protein", urine_m, 0)
        write_immunofixation(sheet, visit, serum, urine)
        if visit.marrow:
            sheet.write(month, "marrow_plasma_cells", clone.marrow if month <= 0 else marrow, 0)
