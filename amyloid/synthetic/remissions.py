"""The eight complete responders: when they reach remission, keep it, lose it, stop the drug, die.

The abstract fixes: six reach complete response at 3-6 months, two at 18 and 19; three relapse; five stay in
remission for 6-30 months, four of them off therapy for 6-21; one dies of cardiac allograft rejection. Who
does what is drawn.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from amyloid.synthetic.chance import between, chance, pick, pick_some

EARLY, ALL = 6, 8
LAST_MONTH = 38.0


@dataclass(frozen=True)
class Remission:
    """One complete responder's course, in months from the first dose.

    `relapse` is None while the remission lasts, `stopped` (last lenalidomide) None while on the drug, `died`
    and `transplanted` (heart) None when it did not happen; `last_seen` is the last hematologic assessment.
    """

    reached: float
    last_seen: float
    relapse: float | None = None
    stopped: float | None = None
    transplanted: float | None = None
    died: float | None = None


def draw_remissions(rng: np.random.Generator) -> list[Remission]:
    """Draw the eight complete responders, the six early ones first."""
    reached = _months_of_response(rng)
    relapsed = set(pick_some(rng, range(ALL), ALL - 5))
    died = int(rng.integers(EARLY))
    kept = [i for i in range(ALL) if i not in relapsed]
    on_drug = died if died in kept else pick(rng, kept)
    lengths, off = _lengths(rng, kept, on_drug, alive_early=[i for i in kept if i < EARLY and i != died])
    remissions = []
    for i in range(ALL):
        if i in relapsed:
            remissions.append(_relapsing(rng, reached[i], dies=i == died))
        elif i == died:
            last = round(reached[i] + lengths[i], 2)
            death = round(last + between(rng, 0.2, 0.8), 2)
            graft = _transplant(rng, reached[i], death)
            remissions.append(Remission(reached[i], last, None, death, graft, death))
        else:
            last = round(reached[i] + lengths[i], 2)
            stopped = None if i == on_drug else round(last - off[i], 2)
            remissions.append(Remission(reached[i], last, None, stopped))
    return remissions


def _months_of_response(rng: np.random.Generator) -> list[float]:
    """Six months that span 3 to 6, then 18 and 19, each up to ten days off."""
    months: list[int] = []
    while not months or (min(months), max(months)) != (3, 6):
        months = [int(m) for m in rng.integers(3, 7, EARLY)]
    return [round(m + between(rng, -0.3, 0.3), 2) for m in [*months, 18, 19]]


def _lengths(
    rng: np.random.Generator, kept: list[int], on_drug: int, alive_early: list[int]
) -> tuple[dict[int, float], dict[int, float]]:
    """Months in remission of the five who keep it, and off the drug of the four who stopped.

    The ends of both printed ranges are each held by one patient; the rest lies between.
    """
    longest = pick(rng, alive_early)
    holders = [i for i in alive_early if i not in (on_drug, longest)]
    same = longest != on_drug and (not holders or chance(rng, 0.6))
    longest_off = longest if same else pick(rng, holders)
    rest = [i for i in kept if i not in (longest, longest_off)]
    shortest = pick(rng, rest)
    shortest_off = shortest
    if shortest == on_drug:
        shortest_off = pick(rng, [i for i in kept if i not in (on_drug, longest_off)])

    lengths = {i: between(rng, 7.5, 28.0 if i < EARLY else 16.5) for i in kept}
    lengths[shortest] = between(rng, 5.8, 6.4)
    if longest_off != longest:
        lengths[longest_off] = between(rng, 22.5, 28.5)
    lengths[longest] = between(rng, 29.6, 30.4)
    off = {i: between(rng, 6.7, min(20.0, lengths[i] - 0.3)) for i in kept if i not in (on_drug, shortest)}
    if shortest_off == shortest:
        off[shortest] = between(rng, 5.6, lengths[shortest] - 0.05)
    else:
        off[shortest_off] = between(rng, 5.7, 6.4)
    off[longest_off] = between(rng, 20.6, 21.4)
    return lengths, off


def _relapsing(rng: np.random.Generator, reached: float, dies: bool) -> Remission:
    """Relapse 4 to 14 months after the response, as late as follow-up allows."""
    relapse = round(reached + between(rng, 4.0, min(14.0, LAST_MONTH - 4.0 - reached)), 2)
    last = round(relapse + between(rng, 1.5, min(8.0, LAST_MONTH - 1.0 - relapse)), 2)
    stopped = round(between(rng, reached + 1.0, relapse + 1.0), 2)
    if not dies:
        return Remission(reached, last, relapse, stopped)
    death = round(last + between(rng, 0.2, 0.8), 2)
    return Remission(reached, last, relapse, stopped, _transplant(rng, reached, death), death)


def _transplant(rng: np.random.Generator, reached: float, death: float) -> float:
    """Heart transplant once the light chains are controlled, at least a month before the rejection."""
    return round(between(rng, reached + 2.0, death - 1.0), 2)
