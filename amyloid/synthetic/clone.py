"""The clone at the first dose, and how its laboratory rows are written."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from amyloid.synthetic.chance import between, chance, lognormal, noise
from amyloid.synthetic.clinic import Visit
from amyloid.synthetic.outcomes import Outcome
from amyloid.synthetic.people import Person
from amyloid.synthetic.sheet import Sheet

DEEPEST = {"PR": (0.1, 0.38), "MR": (0.58, 0.66)}
"""Share of the clone left at its best, by course; in all others it hardly falls."""


@dataclass(frozen=True)
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


def draw_clone(rng: np.random.Generator, person: Person, outcome: Outcome, egfr: float) -> Clone:
    """Draw a clone that can be measured, or cannot, as its course demands."""
    serum_m = between(rng, 0.2, 1.6) if chance(rng, 0.4) else 0.0
    urine_m = between(rng, 20.0, 600.0) if chance(rng, 0.35) else 0.0
    if outcome.course == "unmeasurable":
        involved = lognormal(rng, 45.0, 0.5, 22.0, 90.0)
        serum_m, urine_m = min(serum_m, 0.4), min(urine_m, 80.0)
    elif outcome.course in ("PR", "MR", "NR"):
        involved = _measurable_or_not(rng)
        if involved < 100.0 and serum_m < 0.7:
            serum_m = between(rng, 0.75, 2.2)
    else:
        involved = lognormal(rng, 130.0, 0.9, 30.0, 2500.0)
    renal = math.sqrt(60.0 / egfr) if egfr < 60.0 else 1.0
    background = lognormal(rng, 13.0 if person.chain == "kappa" else 8.0, 0.35) * renal
    serum, urine = serum_m > 0 or chance(rng, 0.52), urine_m > 0 or chance(rng, 0.4)
    return Clone(
        involved=involved,
        background=background,
        serum_m=serum_m,
        urine_m=urine_m,
        marrow=lognormal(rng, 9.0, 0.45, 5.0, 28.0),
        serum_positive=serum or (outcome.course == "unmeasurable" and not urine),
        urine_positive=urine,
        deepest=between(rng, *DEEPEST.get(outcome.course, (0.9, 1.05))),
        healthy_ratio=between(rng, 0.6, 1.15) if person.chain == "kappa" else between(rng, 0.85, 1.9),
    )


def _measurable_or_not(rng: np.random.Generator) -> float:
    """Involved light chain in mg/L: three in four clearly above 100, the rest clearly below."""
    if chance(rng, 0.76):
        return lognormal(rng, 190.0, 0.85, 108.0, 3000.0)
    return lognormal(rng, 55.0, 0.4, 25.0, 92.0)


def write_chains(
    rng: np.random.Generator, sheet: Sheet, person: Person, month: float, involved: float, background: float
) -> None:
    """Write kappa and lambda; the uninvolved chain wanders by a tenth."""
    other = background * noise(rng, 0.09)
    kappa, lambda_ = (involved, other) if person.chain == "kappa" else (other, involved)
    sheet.write(month, "kappa_flc", kappa, 1)
    sheet.write(month, "lambda_flc", lambda_, 1)


def write_immunofixation(sheet: Sheet, visit: Visit, serum: bool, urine: bool) -> None:
    """Write what was sampled of serum and urine immunofixation."""
    words = {True: "positive", False: "negative"}
    if visit.serum_immunofixation:
        sheet.word(visit.month, "serum_immunofixation", words[serum])
    if visit.urine_immunofixation:
        sheet.word(visit.month, "urine_immunofixation", words[urine])
