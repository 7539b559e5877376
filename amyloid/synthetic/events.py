"""Rows of treatments.csv and events.csv: drugs by cycle; withdrawal, dialysis, transplants, death."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from amyloid.synthetic.chance import between, chance, pick, pick_some, pick_weighted
from amyloid.synthetic.organs import Renal
from amyloid.synthetic.outcomes import Outcome
from amyloid.synthetic.people import Person

CYCLE = round(28 / 30.4375, 2)
START_DOSE, DAYS = 15, 21
DEXAMETHASONE_DAYS = 4
AT_MOST_15 = 19


@dataclass(frozen=True)
class Cycle:
    """One row of treatments.csv; `end` is None while the drug is still taken."""

    drug: str
    start: float
    end: float | None
    dose_mg: int
    days: int


def draw_tolerated_doses(rng: np.random.Generator, outcomes: list[Outcome]) -> list[int]:
    """Draw the dose in mg that each patient settles on.

    5 mg in 6 to 9 patients; 15 mg in most of those with fewer than five cycles and in 2 to 6 others, but in
    no more than 19; 10 mg in the rest. So neither end reaches the middle of the 43.
    """
    cycles_given = [len(_cycle_starts(o)) for o in outcomes]
    doses = [15 if n < 3 or (n < 5 and chance(rng, 0.75)) else 10 for n in cycles_given]
    long = [i for i, n in enumerate(cycles_given) if n >= 5]
    order = pick_some(rng, long, len(long))
    low = int(rng.integers(6, 10))
    high = max(0, min(int(rng.integers(2, 7)), AT_MOST_15 - doses.count(15)))
    for i in order[:low]:
        doses[i] = 5
    for i in order[low : low + high]:
        doses[i] = 15
    return doses


def _cycle_starts(o: Outcome) -> list[float]:
    end = o.stopped if o.stopped is not None else o.last_seen
    return [round(k * CYCLE, 2) for k in range(60) if k == 0 or (k + 0.4) * CYCLE < end]


def cycles(rng: np.random.Generator, outcome: Outcome, tolerated: int) -> list[Cycle]:
    """Write one patient's lenalidomide from 15 mg down to the tolerated dose, and dexamethasone beside it."""
    starts = _with_delays(rng, _cycle_starts(outcome), outcome)
    doses = _steps(rng, len(starts), tolerated)
    rows = [
        Cycle("lenalidomide", start, end, dose, DAYS)
        for (start, end), dose in zip(_spans(starts, outcome.stopped), doses, strict=True)
    ]
    return rows + _dexamethasone(rng, rows)


def _with_delays(rng: np.random.Generator, starts: list[float], o: Outcome) -> list[float]:
    """Put off one cycle in ten by one or two weeks, and all that follow."""
    end = o.stopped if o.stopped is not None else o.last_seen
    delayed, late = [], 0.0
    for k, start in enumerate(starts):
        if k > 0 and chance(rng, 0.1):
            late += 0.23 if chance(rng, 0.6) else 0.46
        if k == 0 or start + late < end - 0.3:
            delayed.append(round(start + late, 2))
    return delayed


def _steps(rng: np.random.Generator, count: int, tolerated: int) -> list[int]:
    """Doses by cycle: first reductions after cycles 1 to 3, the tolerated dose held longest."""
    if tolerated == START_DOSE:
        return [START_DOSE] * count
    first = min(int(rng.integers(1, 4)), max(1, (count - 1) // 2))
    if tolerated == 10:
        doses = [15] * first + [10] * (count - first)
        if count >= 9 and chance(rng, 0.2):
            doses[-2:] = [5, 5]
        return doses
    second = min(int(rng.integers(1, 3)), max(1, (count - first - 1) // 2))
    return [15] * first + [10] * second + [5] * (count - first - second)


def _spans(starts: list[float], stopped: float | None) -> list[tuple[float, float | None]]:
    """Close every cycle after 28 days, the last one with the last dose or not at all."""
    spans: list[tuple[float, float | None]] = []
    for start, following in pairwise(starts):
        spans.append((start, min(following, round(start + CYCLE, 2))))
    return [*spans, (starts[-1], stopped)]


def _dexamethasone(rng: np.random.Generator, lenalidomide: list[Cycle]) -> list[Cycle]:
    """Add weekly dexamethasone from cycle 2 to 4 in two of three who get that far, reduced in some."""
    first = int(rng.integers(1, 4))
    if len(lenalidomide) <= first or not chance(rng, 0.67):
        return []
    dose = pick_weighted(rng, [40, 20, 10], [0.3, 0.6, 0.1])
    reduced_from = first + int(between(rng, 2, 12))
    lasts = first + int(between(rng, 3, 30))
    return [
        Cycle(
            "dexamethasone",
            c.start,
            c.end,
            max(4, dose // 2) if k >= reduced_from else dose,
            DEXAMETHASONE_DAYS,
        )
        for k, c in enumerate(lenalidomide)
        if first <= k < lasts
    ]


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
