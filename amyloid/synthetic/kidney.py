"""Creatinine and 24-hour protein over time."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from amyloid.synthetic.chance import between, chance, lognormal, noise, pick_some
from amyloid.synthetic.clinic import Visit
from amyloid.synthetic.outcomes import Outcome
from amyloid.synthetic.people import Person
from amyloid.synthetic.sheet import Sheet

RESOLVED = ((2.0, 0.12), (8.8, 0.14))
"""Protein in g/24h before and after in the two complete responders whose proteinuria resolved."""


@dataclass(frozen=True)
class Renal:
    """One kidney: protein in g/24h, creatinine in mg/dL.

    `fate` is resolved, improved, unchanged, worse or none (no renal involvement); `lowest` the protein
    reached at `settled` months; `drug_rise` the factor on creatinine under lenalidomide; `overflow`
    marks protein that is mostly light chain.
    """

    fate: str
    protein: float
    lowest: float
    settled: float
    creatinine: float
    drug_rise: float
    dialysis: float | None = None
    overflow: bool = False


def draw_kidneys(
    rng: np.random.Generator,
    people: Sequence[Person],
    outcomes: Sequence[Outcome],
    creatinine: Sequence[float],
) -> list[Renal]:
    """Draw every patient's renal course; those of the seven complete responders are the published ones."""
    remitting = [i for i, o in enumerate(outcomes) if o.course == "CR" and "kidney" in people[i].organs]
    order = pick_some(rng, remitting, len(remitting))
    published = dict(zip(order, ["first", "second", *["improved"] * 3, *["unchanged"] * 2], strict=True))
    kidneys = []
    for i, (person, outcome) in enumerate(zip(people, outcomes, strict=True)):
        if i in published:
            kidneys.append(_published(rng, published[i], outcome, creatinine[i]))
        else:
            kidneys.append(_drawn(rng, person, outcome, creatinine[i]))
    return kidneys


def _published(rng: np.random.Generator, role: str, outcome: Outcome, creatinine: float) -> Renal:
    assert outcome.remission is not None
    lost = outcome.remission.relapse if outcome.remission.relapse is not None else math.inf
    settled = min(outcome.remission.reached + between(rng, 4.0, 9.0), 0.95 * outcome.last_seen, lost)
    calm = between(rng, 0.97, 1.1)
    if role in ("first", "second"):
        before, after = RESOLVED[role == "second"]
        return Renal("resolved", before, after, settled, creatinine, calm)
    protein = round(lognormal(rng, 4.5, 0.55, 1.3, 14.0), 2)
    if role == "improved":
        return Renal("improved", protein, protein * between(rng, 0.18, 0.38), settled, creatinine, calm)
    return Renal("unchanged", protein, protein, settled, creatinine, _drug_rise(rng))


def _drawn(rng: np.random.Generator, person: Person, outcome: Outcome, creatinine: float) -> Renal:
    rise = _drug_rise(rng)
    if "kidney" not in person.organs:
        protein = lognormal(rng, 0.15, 0.5, 0.04, 0.44)
        return Renal("none", protein, protein, 1.0, creatinine, rise)
    protein = lognormal(rng, 5.5, 0.75, 0.6, 22.0)
    better = {"PR": 0.5, "MR": 0.25}.get(outcome.course, 0.08)
    if chance(rng, better):
        settled = between(rng, 6.0, 14.0)
        return Renal("improved", protein, protein * between(rng, 0.12, 0.4), settled, creatinine, rise)
    if chance(rng, 0.3):
        return Renal("worse", protein, protein * between(rng, 1.3, 2.0), 14.0, creatinine, rise)
    return Renal("unchanged", protein, protein, 1.0, creatinine, rise)


def _drug_rise(rng: np.random.Generator) -> float:
    """Creatinine rises in 56 % under lenalidomide, in 18 % enough for an eGFR fall of a quarter."""
    luck = float(rng.random())
    if luck < 0.18:
        return between(rng, 1.38, 1.9)
    return between(rng, 1.06, 1.2) if luck < 0.56 else between(rng, 0.94, 1.03)


def write_kidney(
    rng: np.random.Generator, sheet: Sheet, outcome: Outcome, renal: Renal, visits: Sequence[Visit]
) -> None:
    """Write creatinine at every visit and protein where urine was collected."""
    creatinine = _creatinine_course(rng, outcome, renal)
    calm = renal.fate in ("resolved", "improved")
    collections = [v.month for v in visits if v.urine_collection and v.month > 0]
    lowest_at = [m for m in collections if m >= renal.settled][:1] or collections[-1:]
    for visit in visits:
        month = visit.month
        sheet.write(month, "creatinine", creatinine(month) * noise(rng, 0.02 if calm else 0.04), 2)
        if not visit.urine_collection:
            continue
        if month <= 0:
            protein = renal.protein
        elif month in lowest_at and renal.fate == "resolved":
            protein = renal.lowest
        else:
            protein = _protein(rng, renal, outcome, month)
        sheet.write(month, "urine_protein", protein, 2)


def _protein(rng: np.random.Generator, renal: Renal, outcome: Outcome, month: float) -> float:
    """24-hour protein in g at a month: a geometric way to its lowest, with day-to-day variation."""
    way = min(1.0, max(0.0, (month - 1.0) / max(1.0, renal.settled - 1.0)))
    level = renal.protein * math.pow(renal.lowest / renal.protein, way)
    if renal.fate == "resolved":
        return max(level * noise(rng, 0.1), renal.lowest + between(rng, 0.01, 0.05))
    if outcome.progressed is not None and month > outcome.progressed and renal.fate == "improved":
        level = min(renal.protein, level * (1.0 + 0.12 * (month - outcome.progressed)))
    varied = level * noise(rng, 0.11)
    if renal.fate == "improved" and outcome.course == "CR":
        return max(varied, 0.13 * renal.protein, 0.3)
    if renal.fate == "none":
        return min(varied, 0.48)
    return max(varied, 0.66 * renal.protein) if renal.fate == "unchanged" else varied


def _creatinine_course(rng: np.random.Generator, outcome: Outcome, renal: Renal) -> Callable[[float], float]:
    """Creatinine in mg/dL by month: up over two months of drug, back after it, up again before dialysis."""
    stopped = outcome.stopped if outcome.stopped is not None else math.inf
    drift = 1.0 if renal.fate in ("resolved", "improved", "none") else 1.0 + between(rng, 0.0, 0.006)
    recovers = between(rng, 0.4, 1.0)

    def level(month: float) -> float:
        on = min(1.0, max(0.0, month) / 2.0)
        if month > stopped:
            on *= 1.0 - recovers * min(1.0, (month - stopped) / 3.0)
        value = renal.creatinine * math.pow(renal.drug_rise, on) * math.pow(drift, max(0.0, month))
        if renal.dialysis is not None:
            to_go = renal.dialysis - month
            value = max(value, 6.2 * math.exp(-max(0.0, to_go) / 4.0)) if month > 0 else value
        return value

    return level
