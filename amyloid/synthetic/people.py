"""Who the 43 patients are: age, sex, isotype, organs, cardiac stage, prior therapy.

The counts that the abstract prints are fixed; who carries what is drawn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from amyloid.synthetic.chance import STAGES, Chance
from amyloid.synthetic.outcomes import NEVER, PATIENTS, Outcome

MALE, LAMBDA = 30, 29
HEART, MULTI_ORGAN = 18, 20
MELPHALAN = 39
OTHER_PRIORS = {"prior_transplant": 26, "prior_thalidomide": 6, "prior_bortezomib": 2}
AGE_MEDIAN, AGE_LOW, AGE_HIGH, AGE_SD = 64, 44, 84, 9.0
OTHER_ORGANS = ("liver", "nerve", "gastrointestinal", "lung", "soft_tissue")
OTHER_WEIGHTS = (3.0, 2.0, 2.0, 0.7, 2.0)
RECIPIENT_AGE = 60
Organs = tuple[frozenset[str], str]
"""A set of involved organs, and the stage of the heart."""


@dataclass(frozen=True)
class Person:
    """One patient at the first dose, and what becomes of them.

    `prior` names the columns of prior therapy that say yes.
    """

    outcome: Outcome
    age: int
    male: bool
    chain: str
    organs: frozenset[str]
    cardiac_stage: str
    prior: frozenset[str]
    atrial_fibrillation: bool
    heart_failure: bool


def draw_people(rng: Chance, outcomes: Sequence[Outcome]) -> list[Person]:
    """Draw one person per outcome; deaths and proteinuria decide who has which organs."""
    organs = _matched_organs(rng, outcomes, _organ_sets(rng))
    ages = _ages(rng, outcomes)
    male, lambda_ = (rng.pick_some(range(PATIENTS), count) for count in (MALE, LAMBDA))
    priors = _priors(rng)
    return [
        Person(
            outcome=outcome,
            age=ages[i],
            male=i in male,
            chain="lambda" if i in lambda_ else "kappa",
            organs=involved,
            cardiac_stage=stage,
            prior=priors[i],
            atrial_fibrillation=rng.happens(STAGES[stage]["atrial_fibrillation"]),
            heart_failure=rng.happens(STAGES[stage]["heart_failure"]),
        )
        for i, (outcome, (involved, stage)) in enumerate(zip(outcomes, organs, strict=True))
    ]


def _ages(rng: Chance, outcomes: Sequence[Outcome]) -> list[int]:
    """Ages around 64 with its exact median and both ends of the range; who receives a heart is at most 60."""
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
    ages = rng.pick_some(ages, PATIENTS)
    recipient = next(i for i, o in enumerate(outcomes) if o.transplanted < NEVER)
    if ages[recipient] > RECIPIENT_AGE:
        giver = rng.pick([i for i, age in enumerate(ages) if age <= RECIPIENT_AGE])
        ages[recipient], ages[giver] = ages[giver], ages[recipient]
    return ages


def _priors(rng: Chance) -> list[frozenset[str]]:
    """Prior therapies: the four without melphalan had none, so all else lies within the other 39."""
    treated = rng.pick_some(range(PATIENTS), MELPHALAN)
    given = {"prior_melphalan": treated}
    given |= {name: rng.pick_some(treated, count) for name, count in OTHER_PRIORS.items()}
    return [frozenset(name for name, who in given.items() if i in who) for i in range(PATIENTS)]


def _organ_sets(rng: Chance) -> list[Organs]:
    """43 sets of involved organs: 18 with the heart, 20 with two or more, 30 to 32 with the kidney."""
    heart_only, other_only = int(rng.integers(3, 6)), int(rng.integers(2, 5))
    kidney_only = PATIENTS - MULTI_ORGAN - heart_only - other_only
    kidneys = int(rng.integers(30, 33)) - kidney_only
    single = [{"heart"} for _ in range(heart_only)] + [{"kidney"} for _ in range(kidney_only)]
    single += [{rng.pick_weighted(OTHER_ORGANS, OTHER_WEIGHTS)} for _ in range(other_only)]
    multiple: list[set[str]] = [set() for _ in range(MULTI_ORGAN)]
    for organs in rng.pick_some(multiple, HEART - heart_only):
        organs.add("heart")
    without = [organs for organs in multiple if not organs]
    others = [organs for organs in rng.pick_some(multiple, MULTI_ORGAN) if organs]
    for organs in (without + others)[:kidneys]:
        organs.add("kidney")
    for organs in multiple:
        while len(organs) < 2 or rng.happens(0.12):
            organs.add(rng.pick_weighted(OTHER_ORGANS, OTHER_WEIGHTS))
    shares = [stage["share"] for stage in STAGES.values()]
    return [
        (frozenset(organs), rng.pick_weighted(list(STAGES), shares) if "heart" in organs else "I")
        for organs in single + multiple
    ]


def _matched_organs(rng: Chance, outcomes: Sequence[Outcome], sets: Sequence[Organs]) -> list[Organs]:
    """Give each outcome a set of organs.

    Seven of the eight complete responders have the kidney, the one who dies of graft rejection the heart. The
    others follow in the order in which they leave: who dies is drawn by the hazard of the stage from the sets
    that are left, who is censored at random, which is a proportional hazards model.
    """
    left = list(sets)
    matched: dict[int, Organs] = {}
    remitting = [i for i, o in enumerate(outcomes) if o.course == "CR"]
    without_kidney = rng.pick(remitting)

    def take(i: int, allowed: list[Organs], weights: list[float]) -> None:
        chosen = rng.pick_weighted(allowed, weights)
        matched[i] = chosen
        left.remove(chosen)

    for i in sorted(remitting, key=lambda i: not outcomes[i].died):
        fits = [organs for organs in left if ("kidney" in organs[0]) == (i != without_kidney)]
        cardiac = [organs for organs in fits if "heart" in organs[0]]
        allowed = cardiac if outcomes[i].died else fits
        take(i, allowed, [1 / STAGES[stage]["hazard"] for _, stage in allowed])
    others = [i for i in range(PATIENTS) if i not in matched]
    for i in sorted(others, key=lambda i: outcomes[i].follow_up):
        take(i, left, [STAGES[stage]["hazard"] if outcomes[i].died else 1.0 for _, stage in left])
    return [matched[i] for i in range(PATIENTS)]
