"""The clone: at the first dose, over time without and with a complete response, and its laboratory rows.

Every course keeps its distance from the thresholds of response (falls of 25 and 50 %), so that noise makes no
response and takes none away.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from amyloid.synthetic.chance import COURSES, Chance
from amyloid.synthetic.clinic import Sheet
from amyloid.synthetic.outcomes import NEVER, Outcome
from amyloid.synthetic.people import Person


@dataclass
class Clone:
    """Baseline of the clone and of its healthy neighbor.

    Light chains in mg/L (`background` is the uninvolved one), `serum_m` in g/dL, `urine_m` in mg/24h,
    `marrow` in %; `deepest` is the share of the clone left at its best, `healthy_ratio` is involved over
    uninvolved chain when nothing is left.
    """

    involved: float
    background: float
    serum_m: float
    urine_m: float
    marrow: float
    serum_positive: bool
    urine_positive: bool
    deepest: float
    healthy_ratio: float


def draw_clone(rng: Chance, person: Person, creatinine: float) -> Clone:
    """Draw a clone that can be measured, or cannot, as its course demands; creatinine in mg/dL."""
    course, egfr = person.outcome.course, _filtration(person, creatinine)
    serum_m = rng.between(0.2, 1.6) if rng.happens(0.4) else 0.0
    urine_m = rng.between(20.0, 600.0) if rng.happens(0.35) else 0.0
    if course == "unmeasurable":
        involved = rng.around(45.0, 0.5, 22.0, 90.0)
        serum_m, urine_m = min(serum_m, 0.4), min(urine_m, 80.0)
    elif course in ("PR", "MR", "NR"):
        involved = _measurable_or_not(rng)
        if involved < 100.0 and serum_m < 0.7:
            serum_m = rng.between(0.75, 2.2)
    else:
        involved = rng.around(130.0, 0.9, 30.0, 2500.0)
    renal = math.sqrt(60.0 / egfr) if egfr < 60.0 else 1.0
    background = rng.around(13.0 if person.chain == "kappa" else 8.0, 0.35) * renal
    serum, urine = serum_m > 0 or rng.happens(0.52), urine_m > 0 or rng.happens(0.4)
    return Clone(
        involved=involved,
        background=background,
        serum_m=serum_m,
        urine_m=urine_m,
        marrow=rng.around(9.0, 0.45, 5.0, 28.0),
        serum_positive=serum or (course == "unmeasurable" and not urine),
        urine_positive=urine,
        deepest=rng.between(*COURSES[course]["deepest"]),
        healthy_ratio=rng.between(0.6, 1.15) if person.chain == "kappa" else rng.between(0.85, 1.9),
    )


def _filtration(person: Person, creatinine: float) -> float:
    """Estimate GFR in mL/min/1.73 m2 by CKD-EPI 2009, on its own so as to share nothing with the analysis."""
    kappa, alpha, factor = (0.9, -0.411, 1.0) if person.male else (0.7, -0.329, 1.018)
    ratio = creatinine / kappa
    shape = min(ratio, 1.0) ** alpha * max(ratio, 1.0) ** -1.209
    return float(141.0 * shape * 0.993**person.age * factor)


def _measurable_or_not(rng: Chance) -> float:
    """Involved light chain in mg/L: three in four clearly above 100, the rest clearly below."""
    if rng.happens(0.76):
        return rng.around(190.0, 0.85, 108.0, 3000.0)
    return rng.around(55.0, 0.4, 25.0, 92.0)


NOISE = {"light chain": 0.08, "serum": 0.05, "urine": 0.1}
"""Standard deviation of the logarithm from visit to visit."""


def _left(rng: Chance, outcome: Outcome, deepest: float) -> Callable[[float], float]:
    """Return the share of the clone that is left at a month, 1 at the first dose."""
    best_at = outcome.best_at if outcome.best_at < NEVER else rng.between(2.0, 5.0)
    doubling, grows_from = rng.between(4.0, 12.0), outcome.progressed
    if outcome.course == "NR":
        grows_from, doubling = rng.between(1.0, 4.0), rng.between(8.0, 30.0)
    steepness = rng.between(0.9, 2.2)

    def left(month: float) -> float:
        gone = 1.0 - math.pow(max(0.0, 1.0 - month / best_at), steepness)
        grown = 0.0
        if month >= grows_from:
            step = 0.75 if outcome.progressed < NEVER else 0.0
            grown = step + (month - grows_from) / doubling
        return math.exp(math.log(deepest) * gone + math.log(2.0) * grown)

    return left


def _within(outcome: Outcome, month: float, share: float) -> float:
    """Hold a share within the limits of its course."""
    assumed = COURSES[outcome.course]
    at_best = outcome.best_at <= month < outcome.progressed
    low, high = assumed["floor"], assumed["ceiling_at_best" if at_best else "ceiling"]
    return float(min(high, max(low, share)))


REGROWTH_DOUBLING = 4.0
"""Months in which the involved chain doubles after relapse."""


@dataclass(frozen=True)
class Found:
    """What a visit would find: involved chain in mg/L, shares of the M-proteins, immunofixations.

    What is not sampled is not drawn, so that the first two are asked for.
    """

    involved: Callable[[], float]
    share: Callable[[str], float]
    serum: bool
    urine: bool


def write_clone(rng: Chance, person: Person, clone: Clone, sheet: Sheet) -> None:
    """Write the clone's laboratory rows of one patient; the uninvolved chain wanders by a tenth."""
    remitting = person.outcome.reached < NEVER
    found_at = (_remission if remitting else _course)(rng, person.outcome, clone)
    later_marrow = rng.between(1.0, 4.0) if remitting else clone.marrow
    for visit in sheet.visits:
        month, found = visit.month, found_at(visit.month)
        if visit.hematology:
            involved, other = found.involved(), clone.background * rng.noise(0.09)
            kappa, lambda_ = (involved, other) if person.chain == "kappa" else (other, involved)
            sheet.write(month, "kappa_flc", kappa, 1)
            sheet.write(month, "lambda_flc", lambda_, 1)
            if clone.serum_m > 0 or month < 0:
                sheet.write(month, "serum_m_protein", clone.serum_m * found.share("serum"), 2)
        if visit.urine_collection and (clone.urine_m > 0 or month < 0):
            sheet.write(month, "urine_m_protein", clone.urine_m * found.share("urine"), 0)
        if visit.serum_immunofixation:
            sheet.word(month, "serum_immunofixation", "positive" if found.serum else "negative")
        if visit.urine_immunofixation:
            sheet.word(month, "urine_immunofixation", "positive" if found.urine else "negative")
        if visit.marrow:
            sheet.write(month, "marrow_plasma_cells", clone.marrow if month <= 0 else later_marrow, 0)


def _course(rng: Chance, outcome: Outcome, clone: Clone) -> Callable[[float], Found]:
    """What is found in a patient who never reaches a complete response."""
    left = _left(rng, outcome, clone.deepest)

    def share(item: str, month: float) -> float:
        if month <= 0:
            return rng.noise(0.05) if month < 0 and item != "urine" else 1.0
        return _within(outcome, month, left(month) * rng.noise(NOISE[item]))

    def found(month: float) -> Found:
        return Found(
            lambda: clone.involved * share("light chain", month),
            lambda item: share(item, month),
            clone.serum_positive,
            clone.urine_positive,
        )

    return found


def _remission(rng: Chance, outcome: Outcome, clone: Clone) -> Callable[[float], Found]:
    """What is found in a complete responder.

    Immunofixation of the serum stays positive until the visit of the response, so that no earlier visit is
    complete; from there to relapse it is negative, the ratio normal and no M-protein is found.
    """
    steepness = rng.between(1.3, 3.0)
    clears = rng.between(0.4, 1.0) * outcome.reached
    healthy = clone.background * clone.healthy_ratio

    def found(month: float) -> Found:
        if month < outcome.reached:  # a fall from the baseline to healthy light chains
            to_go = math.pow(1.0 - max(0.0, month) / outcome.reached, steepness)
            height, varied = max(1.0, clone.involved / healthy), rng.noise(0.07)
            involved = max(healthy, healthy * math.pow(height, to_go) * varied)
            share = to_go * (varied if month != 0 else 1.0)
        elif month < outcome.progressed:
            involved, share = healthy * rng.noise(0.06), 0.0
        else:  # at least twice the involved chain, doubling every few months
            doublings = (month - outcome.progressed) / REGROWTH_DOUBLING
            grown = rng.between(2.6, 3.2) * math.pow(2.0, doublings)
            involved, share = healthy * grown, 0.07 * grown
        complete = outcome.reached <= month < outcome.progressed
        urine = clone.urine_positive and not complete and not clears <= month < outcome.reached
        return Found(lambda: involved, lambda _: share, not complete, urine)

    return found
