"""What becomes of the 43 patients: response, progression, end of treatment, death, follow-up.

Nothing of this is written to the tables. The laboratory rows are made to fit it, and the analysis has to find
it again.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from amyloid.synthetic.chance import ATTEMPTS, COURSES, Chance

EARLY, ALL = 6, 8
LAST_MONTH = 38.0
PATIENTS, ORIGINAL = 43, 34
PARTIAL, MINOR, NONE, NOT_EVALUABLE = 12, 5, 8, 10
MEDIAN_FOLLOW_UP = 26.5

NEVER: Final = math.inf


@dataclass
class Outcome:
    """What becomes of one patient, in months from the first dose; what does not happen is at infinity.

    `course` is CR, PR, MR, NR, early death, withdrawn or unmeasurable; `reached` the month of the complete
    response, `best_at` that in which another clone is first at its lowest. `last_seen` is the last laboratory
    visit, `stopped` the last lenalidomide (`NEVER` = still on it), `transplanted` the month of a new heart.
    """

    course: str
    follow_up: float = NEVER
    died: bool = False
    original: bool = True
    last_seen: float = 0.0
    stopped: float = NEVER
    withdrawn: float = NEVER
    progressed: float = NEVER
    next_treatment: float = NEVER
    best_at: float = NEVER
    reached: float = NEVER
    transplanted: float = NEVER

    @property
    def treated_until(self) -> float:
        """End of the last cycle, for who is still on the drug the last visit."""
        return self.stopped if self.stopped < NEVER else self.last_seen


def draw_outcomes(rng: Chance) -> list[Outcome]:
    """Draw 43 outcomes, those of the original series first, in the order of enrolment.

    Raises
    ------
    RuntimeError
        If the conditions on deaths and follow-up are never met together.
    """
    for _ in range(ATTEMPTS):
        outcomes = _draw_deaths(rng, _remissions(rng))
        short = sum(o.follow_up < MEDIAN_FOLLOW_UP for o in outcomes)
        borderline = any(0 < abs(o.follow_up - MEDIAN_FOLLOW_UP) < 0.1 for o in outcomes)
        if 12 <= short <= 19 and not borderline:
            _follow_the_living(rng, outcomes, PATIENTS // 2 - short)
            return _enrolled(rng, outcomes)
    raise RuntimeError("no set of outcomes has the published median follow-up")


def _remissions(rng: Chance) -> list[Outcome]:
    """Draw the eight complete responders, the six early ones first; one dies of the graft's rejection."""
    reached = _months_of_response(rng)
    relapsed = set(rng.pick_some(range(ALL), ALL - 5))
    died = int(rng.integers(EARLY))
    kept = [i for i in range(ALL) if i not in relapsed]
    on_drug = died if died in kept else rng.pick(kept)
    lengths, off = _lengths(rng, kept, on_drug, alive_early=[i for i in kept if i < EARLY and i != died])
    outcomes = []
    for i, month in enumerate(reached):
        if i in relapsed:  # 4 to 14 months after the response, as late as follow-up allows
            relapse = round(month + rng.between(4.0, min(14.0, LAST_MONTH - 4.0 - month)), 2)
            last = round(relapse + rng.between(1.5, min(8.0, LAST_MONTH - 1.0 - relapse)), 2)
            stopped = round(rng.between(month + 1.0, relapse + 1.0), 2)
        else:
            relapse, last = NEVER, round(month + lengths[i], 2)
            stopped = NEVER if i == on_drug else round(last - off[i], 2)
        outcomes.append(Outcome("CR", last_seen=last, stopped=stopped, progressed=relapse, reached=month))
        if i == died:
            _reject(rng, outcomes[i])
    for o in outcomes:
        if not o.died and o.progressed < NEVER:
            o.follow_up = round(rng.between(max(26.8, o.last_seen), LAST_MONTH + 0.2), 2)
        elif not o.died:
            o.follow_up = round(o.last_seen + rng.between(0.0, 0.5), 2)
    return outcomes


def _reject(rng: Chance, o: Outcome) -> None:
    """Add a heart transplant once the light chains are controlled, at least a month before the rejection."""
    o.follow_up, o.died = round(o.last_seen + rng.between(0.2, 0.8), 2), True
    o.transplanted = round(rng.between(o.reached + 2.0, o.follow_up - 1.0), 2)
    o.stopped = min(o.stopped, o.follow_up)


def _months_of_response(rng: Chance) -> list[float]:
    """Six months that span 3 to 6, then 18 and 19, each up to ten days off."""
    months: list[int] = []
    while not months or (min(months), max(months)) != (3, 6):
        months = [int(m) for m in rng.integers(3, 7, EARLY)]
    return [round(m + rng.between(-0.3, 0.3), 2) for m in [*months, 18, 19]]


def _lengths(
    rng: Chance, kept: list[int], on_drug: int, alive_early: list[int]
) -> tuple[dict[int, float], dict[int, float]]:
    """Months in remission of the five who keep it, and off the drug of the four who stopped.

    The ends of both printed ranges are each held by one patient; the rest lies between.
    """
    longest = rng.pick(alive_early)
    holders = [i for i in alive_early if i not in (on_drug, longest)]
    same = longest != on_drug and (not holders or rng.happens(0.6))
    longest_off = longest if same else rng.pick(holders)
    rest = [i for i in kept if i not in (longest, longest_off)]
    shortest = rng.pick(rest)
    shortest_off = shortest
    if shortest == on_drug:
        shortest_off = rng.pick([i for i in kept if i not in (on_drug, longest_off)])

    lengths = {i: rng.between(7.5, 28.0 if i < EARLY else 16.5) for i in kept}
    lengths[shortest] = rng.between(5.8, 6.4)
    if longest_off != longest:
        lengths[longest_off] = rng.between(22.5, 28.5)
    lengths[longest] = rng.between(29.6, 30.4)
    off = {i: rng.between(6.7, min(20.0, lengths[i] - 0.3)) for i in kept if i not in (on_drug, shortest)}
    if shortest_off == shortest:
        off[shortest] = rng.between(5.6, lengths[shortest] - 0.05)
    else:
        off[shortest_off] = rng.between(5.7, 6.4)
    off[longest_off] = rng.between(20.6, 21.4)
    return lengths, off


def _draw_deaths(rng: Chance, remitting: list[Outcome]) -> list[Outcome]:
    """Add the other 35: 14 to 18 deaths in all; the follow-up of the living is not yet drawn."""
    early, withdrawn = (int(n) for n in rng.integers(3, 5, 2))
    courses = ["PR"] * PARTIAL + ["MR"] * MINOR + ["NR"] * NONE
    courses += ["withdrawn"] * withdrawn + ["unmeasurable"] * (NOT_EVALUABLE - early - withdrawn)
    others = [Outcome(course) for course in courses]
    for _ in range(int(rng.integers(14, 19)) - 1 - early):
        left = [o for o in others if not o.died]
        rng.pick_weighted(left, [COURSES[o.course]["death_weight"] for o in left]).died = True
    # Death before the first hematologic sample under treatment.
    first = [Outcome("early death", round(rng.between(0.3, 2.0), 2), died=True) for _ in range(early)]
    for o in others:
        if o.died:
            o.follow_up = round(_death_time(rng, COURSES[o.course]["earliest_death"], LAST_MONTH - 2), 2)
    return remitting + first + others


def _follow_the_living(rng: Chance, outcomes: list[Outcome], short: int) -> None:
    """Give the living their follow-up: `short` of them below the median, one on it, the rest above."""
    living = [o for o in outcomes if o.follow_up == NEVER]
    recent = 9 - sum(o.follow_up < MEDIAN_FOLLOW_UP and not o.died for o in outcomes)
    for place, o in enumerate(rng.pick_some(living, len(living))):
        if place < short:
            months = rng.between(7.5, 24.0) if place < recent else rng.between(21.0, 26.3)
        elif place == short:
            months = MEDIAN_FOLLOW_UP
        else:
            months = rng.between(26.7, LAST_MONTH + 0.2)
        o.follow_up = round(months, 2)


def _death_time(rng: Chance, low: float, high: float) -> float:
    """Draw a time of death in months between two limits, front-loaded.

    Weibull with shape 0.75 and scale 81 months (survival 79 % at one and 58 % at three years), conditional on
    the limits. The shape is that of AL amyloidosis cohorts, where cardiac deaths come first.
    """
    shape, scale = 0.75, 81.0
    below, above = (1.0 - math.exp(-((t / scale) ** shape)) for t in (low, high))
    return scale * math.pow(-math.log(1.0 - rng.between(below, above)), 1.0 / shape)


def _enrolled(rng: Chance, outcomes: list[Outcome]) -> list[Outcome]:
    """Say who came with the extension: the nine living with the shortest follow-up, else early deaths."""
    shuffled = rng.pick_some(outcomes, len(outcomes))
    short = [o for o in shuffled if o.follow_up < MEDIAN_FOLLOW_UP]
    living = sorted((o for o in short if not o.died), key=lambda o: o.follow_up)
    dead = [o for o in short if o.died and o.course != "CR" and o.follow_up < 20]
    for o in (living + dead)[: PATIENTS - ORIGINAL]:
        o.original = False
    shuffled.sort(key=lambda o: not o.original)
    for o in shuffled:
        _treat(rng, o)
    return shuffled


def _treat(rng: Chance, o: Outcome) -> None:
    """Add progression, the end of lenalidomide, the next treatment, and the last laboratory visit."""
    if o.course == "early death":
        o.stopped, o.last_seen = o.follow_up, round(0.9 * o.follow_up, 2)
    elif o.course == "withdrawn":
        o.withdrawn = o.stopped = o.last_seen = round(rng.between(0.6, 2.4), 2)
        o.next_treatment = _next_treatment(rng, o, o.withdrawn + rng.between(0.5, 4.0), 0.6)
    elif o.course != "CR":
        _treat_until_it_fails(rng, o)
    elif not o.died and o.progressed < NEVER:
        o.next_treatment = _next_treatment(rng, o, o.last_seen + 0.1, 0.7)


def _treat_until_it_fails(rng: Chance, o: Outcome) -> None:
    """Add what follows in those who stay on the drug and never reach a complete response."""
    o.progressed = _progression(rng, o)
    start = {"NR": rng.between(3.4, 9.0), "unmeasurable": rng.between(4.0, 14.0)}.get(o.course, NEVER)
    if o.progressed < NEVER:
        start = o.progressed + rng.between(0.3, 3.0)
    o.next_treatment = _next_treatment(rng, o, start, COURSES[o.course]["next_treatment"])
    if o.next_treatment < NEVER:
        end = o.next_treatment - rng.between(0.05, 0.3)
    else:
        end = o.follow_up - rng.between(0.1, 0.9 if o.died else 0.4)
    o.last_seen = round(end, 2)
    if o.course in ("PR", "MR"):
        best_by = min(11.0, 0.6 * min(o.progressed, o.next_treatment, o.follow_up))
        o.best_at = round(rng.between(min(4.0, 0.8 * best_by), best_by), 2)
    o.stopped = _stop(rng, o)


def _progression(rng: Chance, o: Outcome) -> float:
    """Hematologic progression after a partial or minor response, if it comes within follow-up."""
    share, low, high = COURSES[o.course]["progression"]
    month = round(rng.between(low, high), 2)
    return month if rng.happens(share) and month < o.follow_up - 1.0 else NEVER


def _next_treatment(rng: Chance, o: Outcome, month: float, share: float) -> float:
    """The month of the next treatment, if the patient lives to get it."""
    given = rng.happens(share)
    return round(month, 2) if given and month <= o.follow_up - 0.7 else NEVER


def _stop(rng: Chance, o: Outcome) -> float:
    """Last day of lenalidomide: before the next treatment, at death at the latest."""
    month = rng.between(*COURSES[o.course]["stopped"])
    if o.next_treatment < NEVER:
        month = min(month, o.next_treatment - rng.between(0.1, 0.8))
    if month >= o.follow_up:
        return o.follow_up if o.died else NEVER
    return round(month, 2)
