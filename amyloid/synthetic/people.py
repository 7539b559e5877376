"""Who the 43 patients are: age, sex, isotype, organs, cardiac stage, prior therapy.

The counts that the abstract prints are fixed; who carries what is drawn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from amyloid.synthetic.chance import chance, lognormal, pick, pick_some, pick_weighted
from amyloid.synthetic.outcomes import NEVER, PATIENTS, Outcome

MALE, LAMBDA = 30, 29
HEART, MULTI_ORGAN = 18, 20
MELPHALAN, TRANSPLANT, THALIDOMIDE, BORTEZOMIB = 39, 26, 6, 2
AGE_MEDIAN, AGE_LOW, AGE_HIGH, AGE_SD = 64, 44, 84, 9.0
OTHER_ORGANS = ("liver", "nerve", "gastrointestinal", "lung", "soft_tissue")
OTHER_WEIGHTS = (3.0, 2.0, 2.0, 0.7, 2.0)
RECIPIENT_AGE = 60
STAGES = {"II": 0.6, "III": 0.2, "IIIb": 0.2}
"""Share of the involved hearts in each Boston University stage; the other hearts are in stage I."""

HAZARD = {"I": 1.0, "II": 2.0, "III": 4.0, "IIIb": 8.0}
"""Hazard of death by stage, stage I as one: whoever dies at a time is drawn by it from those then alive."""

FIBRILLATION = {"I": 0.04, "II": 0.25, "III": 0.25, "IIIb": 0.25}
FAILURE = {"I": 0.0, "II": 0.35, "III": 0.65, "IIIb": 0.9}
"""Chances of atrial fibrillation and of heart failure by stage."""

Organs = tuple[frozenset[str], str]
"""A set of involved organs, and the stage of the heart."""


@dataclass(frozen=True)
class Person:
    """One patient at the first dose; `prior` names the columns of prior therapy that say yes."""

    age: int
    male: bool
    chain: str
    organs: frozenset[str]
    cardiac_stage: str
    prior: frozenset[str]
    atrial_fibrillation: bool
    heart_failure: bool


def draw_people(rng: np.random.Generator, outcomes: Sequence[Outcome]) -> list[Person]:
    """Draw one person per outcome; deaths and proteinuria decide who has which organs."""
    organs = _matched_organs(rng, outcomes, [_staged(rng, found) for found in _organ_sets(rng)])
    ages = _with_young_recipient(rng, _ages(rng), outcomes)
    male = _members(rng, MALE)
    lambda_ = _members(rng, LAMBDA)
    priors = _priors(rng)
    people = []
    for i in range(PATIENTS):
        involved, stage = organs[i]
        conditions = chance(rng, FIBRILLATION[stage]), chance(rng, FAILURE[stage])
        chain = "lambda" if i in lambda_ else "kappa"
        people.append(Person(ages[i], i in male, chain, involved, stage, priors[i], *conditions))
    return people


def _members(rng: np.random.Generator, count: int) -> frozenset[int]:
    return frozenset(pick_some(rng, range(PATIENTS), count))


def _ages(rng: np.random.Generator) -> list[int]:
    """Ages around 64 with its exact median and both ends of the range."""
    half = PATIENTS // 2 - 1

    def between_ages(low: int, high: int) -> list[int]:
        values: list[int] = []
        while len(values) < half:
            age = round(AGE_MEDIAN + AGE_SD * float(rng.standard_normal()))
            if low <= age <= high:
                values.append(age)
        return values

    ages = [AGE_LOW, *between_ages(AGE_LOW + 1, AGE_MEDIAN), AGE_MEDIAN]
    ages += [*between_ages(AGE_MEDIAN, AGE_HIGH - 1), AGE_HIGH]
    return pick_some(rng, ages, PATIENTS)


def _with_young_recipient(
    rng: np.random.Generator, ages: list[int], outcomes: Sequence[Outcome]
) -> list[int]:
    """Exchange two ages where needed, so that whoever receives a heart is at most 60."""
    swapped = list(ages)
    recipient = next(i for i, o in enumerate(outcomes) if o.transplanted < NEVER)
    if ages[recipient] > RECIPIENT_AGE:
        giver = pick(rng, [i for i, age in enumerate(ages) if age <= RECIPIENT_AGE])
        swapped[recipient], swapped[giver] = ages[giver], ages[recipient]
    return swapped


def _priors(rng: np.random.Generator) -> list[frozenset[str]]:
    """Prior therapies: the four without melphalan had none, so all else lies within the other 39."""
    treated = pick_some(rng, range(PATIENTS), MELPHALAN)
    given = {"prior_melphalan": set(treated)}
    for name, count in (
        ("prior_transplant", TRANSPLANT),
        ("prior_thalidomide", THALIDOMIDE),
        ("prior_bortezomib", BORTEZOMIB),
    ):
        given[name] = set(pick_some(rng, treated, count))
    return [frozenset(name for name, who in given.items() if i in who) for i in range(PATIENTS)]


def _organ_sets(rng: np.random.Generator) -> list[set[str]]:
    """43 sets of involved organs: 18 with the heart, 20 with two or more, 30 to 32 with the kidney."""
    heart_only, other_only = int(rng.integers(3, 6)), int(rng.integers(2, 5))
    kidney_only = PATIENTS - MULTI_ORGAN - heart_only - other_only
    kidneys = int(rng.integers(30, 33)) - kidney_only
    single = [{"heart"} for _ in range(heart_only)] + [{"kidney"} for _ in range(kidney_only)]
    single += [{_other(rng)} for _ in range(other_only)]
    multiple: list[set[str]] = [set() for _ in range(MULTI_ORGAN)]
    for i in pick_some(rng, range(MULTI_ORGAN), HEART - heart_only):
        multiple[i].add("heart")
    without = [i for i in range(MULTI_ORGAN) if not multiple[i]]
    others = [i for i in pick_some(rng, range(MULTI_ORGAN), MULTI_ORGAN) if i not in without]
    for i in (without + others)[:kidneys]:
        multiple[i].add("kidney")
    for organs in multiple:
        while len(organs) < 2 or chance(rng, 0.12):
            organs.add(_other(rng))
    return single + multiple


def _staged(rng: np.random.Generator, organs: set[str]) -> Organs:
    if "heart" not in organs:
        return frozenset(organs), "I"
    return frozenset(organs), pick_weighted(rng, list(STAGES), list(STAGES.values()))


def _other(rng: np.random.Generator) -> str:
    return pick_weighted(rng, OTHER_ORGANS, OTHER_WEIGHTS)


def _matched_organs(
    rng: np.random.Generator, outcomes: Sequence[Outcome], sets: Sequence[Organs]
) -> list[Organs]:
    """Give each outcome a set of organs.

    Seven of the eight complete responders have the kidney, the one who dies of graft rejection the heart. The
    others follow in the order in which they leave: who dies is drawn by `HAZARD` from the sets that are left,
    who is censored at random, which is a proportional hazards model.
    """
    left = list(sets)
    matched: dict[int, Organs] = {}
    remitting = [i for i, o in enumerate(outcomes) if o.course == "CR"]
    without_kidney = pick(rng, remitting)

    def take(i: int, allowed: list[Organs], weights: list[float]) -> None:
        chosen = pick_weighted(rng, allowed, weights)
        matched[i] = chosen
        left.remove(chosen)

    for i in sorted(remitting, key=lambda i: not outcomes[i].died):
        fits = [organs for organs in left if ("kidney" in organs[0]) == (i != without_kidney)]
        cardiac = [organs for organs in fits if "heart" in organs[0]]
        allowed = cardiac if outcomes[i].died else fits
        take(i, allowed, [1 / HAZARD[stage] for _, stage in allowed])
    others = [i for i in range(PATIENTS) if i not in matched]
    for i in sorted(others, key=lambda i: outcomes[i].follow_up):
        take(i, left, [HAZARD[stage] if outcomes[i].died else 1.0 for _, stage in left])
    return [matched[i] for i in range(PATIENTS)]


def creatinine_at_start(rng: np.random.Generator, kidney: bool) -> float:
    """Serum creatinine in mg/dL: median 1.15, wider with renal involvement, at most 3."""
    return lognormal(rng, 1.2 if kidney else 1.0, 0.42 if kidney else 0.25, 0.6, 3.0)
