"""When patients are seen, what is sampled there, and the sheet on which one patient's rows are collected."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np

from amyloid.cohort.schema import TESTS
from amyloid.synthetic.chance import between, chance
from amyloid.synthetic.outcomes import Outcome


class Lab(NamedTuple):
    """One row of labs.csv; `value` is text as a laboratory prints it."""

    month: float
    test: str
    value: str
    unit: str
    assay: str = ""


@dataclass
class Sheet:
    """The laboratory rows of one patient."""

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


def visits(rng: np.random.Generator, outcome: Outcome) -> list[Visit]:
    """Screening, the first dose, then monthly for six months and every three months until last seen.

    Those who die or leave before three months have not come back to be sampled.
    """
    screening = Visit(
        -round(between(rng, 0.35, 1.0), 2), urine_collection=True, marrow=True, echo=True, protocol_month=-1
    )
    first = Visit(0.0, serum_immunofixation=False, urine_immunofixation=False)
    if outcome.course in ("early death", "withdrawn"):
        return [screening, first]
    pinned = _pinned(outcome)
    planned = _calendar(rng, outcome.last_seen, pinned)
    return [screening, first, *(_sampled(rng, month, outcome, pinned) for month in planned)]


def _pinned(o: Outcome) -> list[float]:
    """Months at which a visit certainly takes place."""
    months = [o.last_seen]
    if o.remission is not None:
        months.append(o.remission.reached)
    if o.best_at is not None:
        months.append(o.best_at)
    if o.progressed is not None:
        months.append(o.progressed)
    return sorted(m for m in set(months) if m <= o.last_seen)


def _calendar(rng: np.random.Generator, last: float, pinned: Iterable[float]) -> list[float]:
    """Months of the visits that take place, the pinned ones in the place of their neighbors."""
    nominal = [*range(1, MONTHLY_UNTIL + 1), *range(MONTHLY_UNTIL + EVERY, 60, EVERY)]
    months = list(pinned)
    for month in nominal:
        spread = 0.2 if month <= MONTHLY_UNTIL else 0.6
        seen = round(month + between(rng, -spread, spread), 2)
        near = 0.5 if month <= MONTHLY_UNTIL else 1.2
        missed = chance(rng, MISSED)
        if seen < last and not missed and all(abs(seen - p) >= near for p in pinned):
            months.append(seen)
    return sorted(months)


def _sampled(rng: np.random.Generator, month: float, o: Outcome, pinned: list[float]) -> Visit:
    """Decide what is sampled; at response, relapse and the last visit nothing is forgotten."""
    protocol = round(month)
    full = month in pinned
    quarterly = protocol % EVERY == 0 or full or protocol > MONTHLY_UNTIL
    visit = Visit(
        month,
        hematology=full or not chance(rng, 0.03),
        serum_immunofixation=full or not chance(rng, 0.08),
        urine_immunofixation=full or chance(rng, 0.9 if quarterly else 0.6),
        urine_collection=full or (quarterly and chance(rng, 0.9)),
        echo=protocol >= 6 and protocol % 6 == 0,
        protocol_month=protocol,
    )
    reached = o.remission.reached if o.remission is not None else None
    return replace(visit, marrow=month == reached)
