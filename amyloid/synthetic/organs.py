"""Kidney, heart and liver over time: creatinine, protein, BNP under lenalidomide, troponin, phosphatase."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from amyloid.synthetic.chance import between, chance, lognormal, noise, pick_some, pick_weighted
from amyloid.synthetic.clinic import Sheet, Visit
from amyloid.synthetic.outcomes import NEVER, Outcome
from amyloid.synthetic.people import Person

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
    dialysis: float = NEVER
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
    return [
        _published(rng, published[i], outcome, at_start)
        if i in published
        else _drawn(rng, person, outcome, at_start)
        for i, (person, outcome, at_start) in enumerate(zip(people, outcomes, creatinine, strict=True))
    ]


def _published(rng: np.random.Generator, role: str, outcome: Outcome, creatinine: float) -> Renal:
    settled = outcome.reached + between(rng, 4.0, 9.0)
    settled = min(settled, 0.95 * outcome.last_seen, outcome.progressed)
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
    if month > outcome.progressed and renal.fate == "improved":
        level = min(renal.protein, level * (1.0 + 0.12 * (month - outcome.progressed)))
    varied = level * noise(rng, 0.11)
    if renal.fate == "improved" and outcome.course == "CR":
        return max(varied, 0.13 * renal.protein, 0.3)
    if renal.fate == "none":
        return min(varied, 0.48)
    return max(varied, 0.66 * renal.protein) if renal.fate == "unchanged" else varied


def _creatinine_course(rng: np.random.Generator, outcome: Outcome, renal: Renal) -> Callable[[float], float]:
    """Creatinine in mg/dL by month: up over two months of drug, back after it, up again before dialysis."""
    drift = 1.0 if renal.fate in ("resolved", "improved", "none") else 1.0 + between(rng, 0.0, 0.006)
    recovers = between(rng, 0.4, 1.0)

    def level(month: float) -> float:
        on = min(1.0, max(0.0, month) / 2.0)
        if month > outcome.stopped:
            on *= 1.0 - recovers * min(1.0, (month - outcome.stopped) / 3.0)
        value = renal.creatinine * math.pow(renal.drug_rise, on) * math.pow(drift, max(0.0, month))
        uremic = 6.2 * math.exp(-max(0.0, renal.dialysis - month) / 4.0)
        return max(value, uremic) if month > 0 else value

    return level


BNP = {
    "I": (36.0, 0.67, 8.0, 78.0),
    "II": (210.0, 0.85, 90.0, 2600.0),
    "III": (719.0, 0.94, 90.0, 640.0),
    "IIIb": (719.0, 0.94, 760.0, 2600.0),
}
TROPONIN_I = {
    "I": (0.011, 0.89, 0.002, 0.09),
    "II": (0.035, 0.92, 0.006, 0.09),
    "III": (0.218, 0.79, 0.11, 0.9),
    "IIIb": (0.218, 0.79, 0.11, 0.9),
}
"""By Boston University stage: median and sigma (Lilleness 2019, IIIb as III), and the limits of the stage.

BNP in ng/L, troponin I in ug/L.
"""

NT_PROBNP = {
    "I": (130.0, 0.5, 20.0, 300.0),
    "II": (1500.0, 0.8, 400.0, 8000.0),
    "III": (3000.0, 0.6, 800.0, 8000.0),
    "IIIb": (11000.0, 0.4, 8800.0, 25000.0),
}
NYHA = {"I": (0.7, 0.3, 0.0), "II": (0.3, 0.55, 0.15), "III": (0.1, 0.55, 0.35), "IIIb": (0.0, 0.4, 0.6)}
"""Chances of class I, II and III."""

EJECTION = {"I": (56.0, 70.0), "II": (48.0, 65.0), "III": (42.0, 62.0), "IIIb": (38.0, 56.0)}

TROPONIN_LIMIT = 0.006
"""Detection limit of troponin I in ug/L; below it the laboratory prints `<0.006`."""


def write_heart(
    rng: np.random.Generator, sheet: Sheet, person: Person, outcome: Outcome, visits: Sequence[Visit]
) -> None:
    """Write BNP and troponin I at the visits, functional class and echocardiography at some."""
    involved = "heart" in person.organs
    stage = person.cardiac_stage
    bnp, troponin = lognormal(rng, *BNP[stage]), lognormal(rng, *TROPONIN_I[stage])
    under_drug = bnp_factor(rng, outcome, elevated=bnp >= 100.0)
    nt_probnp = _nt_probnp(rng, stage, outcome)
    wall = lognormal(rng, 14.6, 0.12, 12.6, 19.5) if involved else lognormal(rng, 9.8, 0.1, 7.5, 11.6)
    ejection = between(rng, *EJECTION[stage])
    nyha = pick_weighted(rng, [1, 2, 3], NYHA[stage])
    for visit in visits:
        month = visit.month
        new_heart = month > outcome.transplanted
        factor = between(rng, 0.15, 0.3) if new_heart else under_drug(month)
        sheet.write(month, "bnp", bnp * factor * noise(rng, 0.1 if month > 0 else 0.03), 0)
        if nt_probnp is not None:
            sheet.write(month, "nt_probnp", nt_probnp * factor * noise(rng, 0.1 if month > 0 else 0.03), 0)
        if month <= 0 or (visit.hematology and visit.protocol_month % 3 == 0):
            _write_troponin(sheet, month, troponin * noise(rng, 0.12 if month > 0 else 0.03))
        if visit.echo:
            sheet.word(month, "nyha_class", "I" * (1 if new_heart else nyha))
            sheet.write(month, "wall_thickness", 10.4 if new_heart else wall + between(rng, -0.4, 0.4), 1)
            sheet.write(month, "ejection_fraction", ejection + between(rng, -3.0, 3.0), 0)


def _nt_probnp(rng: np.random.Generator, stage: str, outcome: Outcome) -> float | None:
    """NT-proBNP in ng/L at the start, of the stage but else apart from BNP; in half of the extension only."""
    if outcome.original or chance(rng, 0.5):
        return None
    return lognormal(rng, *NT_PROBNP[stage])


def _write_troponin(sheet: Sheet, month: float, value: float) -> None:
    if value < TROPONIN_LIMIT:
        sheet.word(month, "troponin_i", f"<{TROPONIN_LIMIT}")
    else:
        sheet.write(month, "troponin_i", value, 3)


def bnp_factor(rng: np.random.Generator, outcome: Outcome, elevated: bool) -> Callable[[float], float]:
    """Return the factor on baseline BNP by month.

    With BNP of at least 100 ng/L, 68 % have risen by more than 30 % after one cycle and 86 % after three
    (Blood 2010;116(21):3021); the rise fades within five months of the last dose, and in complete remission
    BNP halves in 20 months.
    """
    luck = float(rng.random())
    rise = lognormal(rng, 1.64, 0.5, 1.4, 4.0)
    if not elevated:
        first, third = between(rng, 1.0, 1.3), between(rng, 1.0, 1.4)
    elif luck < 0.68:
        first, third = rise, rise * between(rng, 0.95, 1.25)
    elif luck < 0.86:
        first, third = between(rng, 1.0, 1.2), rise
    else:
        first, third = between(rng, 0.85, 1.1), between(rng, 0.85, 1.15)
    fades = between(rng, 1.2, 2.2)

    def factor(month: float) -> float:
        if month <= 0:
            return 1.0
        level = math.pow(first, min(1.0, month / 0.9))
        if month > 0.9:
            level = first * math.pow(third / first, min(1.0, (month - 0.9) / 1.9))
        if month > outcome.stopped:
            level = 1.0 + (level - 1.0) * math.exp(-(month - outcome.stopped) / fades)
        if month > outcome.reached and elevated:
            level *= math.pow(0.5, (min(month, outcome.progressed) - outcome.reached) / 20.0)
        return level

    return factor


def write_liver(rng: np.random.Generator, sheet: Sheet, person: Person, visits: Sequence[Visit]) -> None:
    """Write alkaline phosphatase at the visits; the liver's span at the start, and with the echo if involved.

    Involved: phosphatase 2 to 4 times the upper limit of 120 U/L; otherwise below 1.5 times.
    """
    involved = "liver" in person.organs
    phosphatase = (
        lognormal(rng, 330.0, 0.25, 245.0, 475.0) if involved else lognormal(rng, 82.0, 0.25, 45.0, 135.0)
    )
    span = between(rng, 15.6, 20.0) if involved else between(rng, 10.5, 14.0)
    slope = between(rng, -0.01, 0.008) if involved else 0.0
    for visit in visits:
        month = max(0.0, visit.month)
        if visit.month <= 0 or visit.protocol_month % 3 == 0 or chance(rng, 0.3):
            value = phosphatase * math.exp(slope * month) * noise(rng, 0.06)
            sheet.write(visit.month, "alkaline_phosphatase", value, 0)
        if visit.month < 0 or (involved and visit.echo):
            sheet.write(visit.month, "liver_span", span + between(rng, -0.3, 0.3), 1)
