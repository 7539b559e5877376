"""What the clinic writes down: visits and the sheet of laboratory rows, drugs by cycle, events."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from amyloid.cohort.schema import TESTS
from amyloid.synthetic.chance import Chance
from amyloid.synthetic.outcomes import NEVER, Outcome
from amyloid.synthetic.people import Person


class Lab(NamedTuple):
    """One row of labs.csv; `value` is text as a laboratory prints it."""

    month: float
    test: str
    value: str
    unit: str
    assay: str = ""


MONTHLY_UNTIL, EVERY = 6, 3
MISSED = 0.07
"""Share of planned visits that do not take place."""


@dataclass(frozen=True)
class Visit:
    """One visit and what is sampled there; chemistry and BNP are drawn at every visit."""

    month: float
    hematology: bool = True
    serum_immunofixation: bool = True
    urine_immunofixation: bool = True
    urine_collection: bool = False
    marrow: bool = False
    echo: bool = False
    protocol_month: int = 0


@dataclass
class Sheet:
    """The visits of one patient, and the laboratory rows that are written at them."""

    visits: list[Visit]
    rows: list[Lab] = field(default_factory=list)

    def write(self, month: float, test: str, value: float, decimals: int) -> None:
        """Add a number, rounded as the laboratory reports it."""
        reported = round(value, decimals) + 0.0
        assay = "freelite" if test.endswith("_flc") else ""
        text = f"{reported:.{decimals}f}" if decimals > 0 else f"{reported:.0f}"
        self.rows.append(Lab(month, test, text, TESTS[test], assay))

    def word(self, month: float, test: str, value: str) -> None:
        """Add a result that is a word or carries a sign, such as positive, II or <0.006."""
        self.rows.append(Lab(month, test, value, TESTS[test]))

    def ordered(self) -> list[Lab]:
        """Rows by month, then in the order of the tests."""
        order = list(TESTS)
        return sorted(self.rows, key=lambda row: (row.month, order.index(row.test)))


def visits(rng: Chance, outcome: Outcome) -> list[Visit]:
    """Screening, the first dose, then monthly for six months and every three months until last seen.

    Those who die or leave before three months have not come back to be sampled.
    """
    screening = Visit(
        -round(rng.between(0.35, 1.0), 2), urine_collection=True, marrow=True, echo=True, protocol_month=-1
    )
    first = Visit(0.0, serum_immunofixation=False, urine_immunofixation=False)
    if outcome.course in ("early death", "withdrawn"):
        return [screening, first]
    turns = {outcome.last_seen, outcome.reached, outcome.best_at, outcome.progressed}
    pinned = sorted(month for month in turns if month <= outcome.last_seen)  # certainly take place
    planned = _calendar(rng, outcome.last_seen, pinned)
    return [screening, first, *(_sampled(rng, month, outcome, pinned) for month in planned)]


def _calendar(rng: Chance, last: float, pinned: Iterable[float]) -> list[float]:
    """Months of the visits that take place, the pinned ones in the place of their neighbors."""
    nominal = [*range(1, MONTHLY_UNTIL + 1), *range(MONTHLY_UNTIL + EVERY, 60, EVERY)]
    months = list(pinned)
    for month in nominal:
        spread = 0.2 if month <= MONTHLY_UNTIL else 0.6
        seen = round(month + rng.between(-spread, spread), 2)
        near = 0.5 if month <= MONTHLY_UNTIL else 1.2
        missed = rng.happens(MISSED)
        if seen < last and not missed and all(abs(seen - p) >= near for p in pinned):
            months.append(seen)
    return sorted(months)


def _sampled(rng: Chance, month: float, o: Outcome, pinned: list[float]) -> Visit:
    """Decide what is sampled; at response, relapse and the last visit nothing is forgotten."""
    protocol = round(month)
    full = month in pinned
    quarterly = protocol % EVERY == 0 or full or protocol > MONTHLY_UNTIL
    return Visit(
        month,
        hematology=full or not rng.happens(0.03),
        serum_immunofixation=full or not rng.happens(0.08),
        urine_immunofixation=full or rng.happens(0.9 if quarterly else 0.6),
        urine_collection=full or (quarterly and rng.happens(0.9)),
        marrow=month == o.reached,
        echo=protocol >= 6 and protocol % 6 == 0,
        protocol_month=protocol,
    )


CYCLE = round(28 / 30.4375, 2)
START_DOSE, DAYS = 15, 21
DEXAMETHASONE_DAYS = 4
AT_MOST_15 = 19


class Cycle(NamedTuple):
    """One row of treatments.csv; the end is at infinity while the drug is still taken."""

    drug: str
    start_month: float
    end_month: float
    dose_mg: int
    days_per_cycle: int


def draw_tolerated_doses(rng: Chance, people: list[Person]) -> list[int]:
    """Draw the dose in mg that each patient settles on.

    5 mg in 6 to 9 patients; 15 mg in most of those with fewer than five cycles and in 2 to 6 others, but in
    no more than 19; 10 mg in the rest. So neither end reaches the middle of the 43.
    """
    cycles_given = [len(_cycle_starts(person.outcome)) for person in people]
    doses = [15 if n < 3 or (n < 5 and rng.happens(0.75)) else 10 for n in cycles_given]
    long = [i for i, n in enumerate(cycles_given) if n >= 5]
    order = rng.pick_some(long, len(long))
    low = int(rng.integers(6, 10))
    high = max(0, min(int(rng.integers(2, 7)), AT_MOST_15 - doses.count(15)))
    for i in order[:low]:
        doses[i] = 5
    for i in order[low : low + high]:
        doses[i] = 15
    return doses


def _cycle_starts(o: Outcome) -> list[float]:
    return [round(k * CYCLE, 2) for k in range(60) if k == 0 or (k + 0.4) * CYCLE < o.treated_until]


def cycles(rng: Chance, outcome: Outcome, tolerated: int) -> list[Cycle]:
    """Write one patient's lenalidomide from 15 mg down to the tolerated dose, and dexamethasone beside it."""
    starts = _with_delays(rng, _cycle_starts(outcome), outcome)
    doses = _steps(rng, len(starts), tolerated)
    ends = [min(following, round(start + CYCLE, 2)) for start, following in pairwise(starts)]
    given = zip(starts, [*ends, outcome.stopped], doses, strict=True)
    rows = [Cycle("lenalidomide", *cycle, DAYS) for cycle in given]
    return rows + _dexamethasone(rng, rows)


def _with_delays(rng: Chance, starts: list[float], o: Outcome) -> list[float]:
    """Put off one cycle in ten by one or two weeks, and all that follow."""
    delayed, late = [], 0.0
    for k, start in enumerate(starts):
        if k > 0 and rng.happens(0.1):
            late += 0.23 if rng.happens(0.6) else 0.46
        if k == 0 or start + late < o.treated_until - 0.3:
            delayed.append(round(start + late, 2))
    return delayed


def _steps(rng: Chance, count: int, tolerated: int) -> list[int]:
    """Doses by cycle: first reductions after cycles 1 to 3, the tolerated dose held longest."""
    if tolerated == START_DOSE:
        return [START_DOSE] * count
    first = min(int(rng.integers(1, 4)), max(1, (count - 1) // 2))
    if tolerated == 10:
        doses = [15] * first + [10] * (count - first)
        if count >= 9 and rng.happens(0.2):
            doses[-2:] = [5, 5]
        return doses
    second = min(int(rng.integers(1, 3)), max(1, (count - first - 1) // 2))
    return [15] * first + [10] * second + [5] * (count - first - second)


def _dexamethasone(rng: Chance, lenalidomide: list[Cycle]) -> list[Cycle]:
    """Add weekly dexamethasone from cycle 2 to 4 in two of three who get that far, reduced in some."""
    first = int(rng.integers(1, 4))
    if len(lenalidomide) <= first or not rng.happens(0.67):
        return []
    dose = rng.pick_weighted([40, 20, 10], [0.3, 0.6, 0.1])
    reduced_from = first + int(rng.between(2, 12))
    lasts = first + int(rng.between(3, 30))
    taken = [(k, max(4, dose // 2) if k >= reduced_from else dose) for k in range(first, lasts)]
    return [
        Cycle("dexamethasone", *lenalidomide[k][1:3], mg, DEXAMETHASONE_DAYS)
        for k, mg in taken
        if k < len(lenalidomide)
    ]


ALLOGRAFT_REJECTION = "cardiac allograft rejection"
NEXT_TREATMENTS = ("bortezomib", "melphalan and dexamethasone", "high-dose melphalan", "thalidomide")


class Happening(NamedTuple):
    """One row of events.csv."""

    month: float
    event: str
    detail: str = ""


Row = Lab | Cycle | Happening


def happenings(rng: Chance, person: Person, dialysis: float) -> list[Happening]:
    """List one patient's events by month, the end of follow-up last."""
    found, outcome = [], person.outcome
    if outcome.withdrawn < NEVER:
        reason = rng.pick_weighted(["toxicity", "patient's choice", "moved away"], [0.6, 0.3, 0.1])
        found.append(Happening(outcome.withdrawn, "withdrawal", reason))
    found += [Happening(dialysis, "dialysis"), Happening(outcome.transplanted, "heart_transplant")]
    if outcome.next_treatment < NEVER:
        found += _next_treatment(rng, person, outcome.next_treatment)
    found = sorted((event for event in found if event.month < NEVER), key=lambda event: event.month)
    end = Happening(outcome.follow_up, "death", _cause(rng, person))
    return [*found, end if outcome.died else Happening(outcome.follow_up, "last_contact")]


def _next_treatment(rng: Chance, person: Person, month: float) -> list[Happening]:
    fit = "heart" not in person.organs and person.age <= 70 and "prior_transplant" not in person.prior
    drug = rng.pick([d for d in NEXT_TREATMENTS if fit or d != "high-dose melphalan"])
    rows = [Happening(month, "next_treatment", drug)]
    return [*rows, Happening(month, "stem_cell_transplant")] if drug == "high-dose melphalan" else rows


def _cause(rng: Chance, person: Person) -> str:
    if person.outcome.course == "CR":
        return ALLOGRAFT_REJECTION
    if "heart" in person.organs:
        return rng.pick_weighted(["cardiac amyloidosis", "sudden death", "infection"], [0.6, 0.25, 0.15])
    return rng.pick_weighted(["progressive amyloidosis", "infection", "renal failure"], [0.6, 0.2, 0.2])
