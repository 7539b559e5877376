"""Kidney, heart and liver over time: creatinine, protein, BNP under lenalidomide, troponin, phosphatase."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from amyloid.synthetic.chance import COURSES, STAGES, Chance
from amyloid.synthetic.clinic import Sheet
from amyloid.synthetic.outcomes import NEVER, Outcome
from amyloid.synthetic.people import Person

RESOLVED = ((2.0, 0.12), (8.8, 0.14))
"""Protein in g/24h before and after in the two complete responders whose proteinuria resolved."""


@dataclass
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


def draw_kidneys(rng: Chance, people: Sequence[Person]) -> list[Renal]:
    """Draw every patient's renal course; those of the seven complete responders are the published ones.

    Serum creatinine at the start: median 1.15, wider with renal involvement, at most 3.
    """
    renal = ["kidney" in person.organs for person in people]
    creatinine = [rng.around(*((1.2, 0.42) if kidney else (1.0, 0.25)), 0.6, 3.0) for kidney in renal]
    remitting = [i for i, person in enumerate(people) if person.outcome.course == "CR" and renal[i]]
    order = rng.pick_some(remitting, len(remitting))
    published = dict(zip(order, ["first", "second", *["improved"] * 3, *["unchanged"] * 2], strict=True))
    return [
        _published(rng, published[i], person.outcome, creatinine[i])
        if i in published
        else _drawn(rng, person, creatinine[i])
        for i, person in enumerate(people)
    ]


def _published(rng: Chance, role: str, outcome: Outcome, creatinine: float) -> Renal:
    settled = outcome.reached + rng.between(4.0, 9.0)
    settled = min(settled, 0.95 * outcome.last_seen, outcome.progressed)
    calm = rng.between(0.97, 1.1)
    if role in ("first", "second"):
        before, after = RESOLVED[role == "second"]
        return Renal("resolved", before, after, settled, creatinine, calm)
    protein = round(rng.around(4.5, 0.55, 1.3, 14.0), 2)
    if role == "improved":
        return Renal("improved", protein, protein * rng.between(0.18, 0.38), settled, creatinine, calm)
    return Renal("unchanged", protein, protein, settled, creatinine, _drug_rise(rng))


def _drawn(rng: Chance, person: Person, creatinine: float) -> Renal:
    rise = _drug_rise(rng)
    if "kidney" not in person.organs:
        protein = rng.around(0.15, 0.5, 0.04, 0.44)
        return Renal("none", protein, protein, 1.0, creatinine, rise)
    protein = rng.around(5.5, 0.75, 0.6, 22.0)
    if rng.happens(COURSES[person.outcome.course]["kidney_improves"]):
        settled = rng.between(6.0, 14.0)
        return Renal("improved", protein, protein * rng.between(0.12, 0.4), settled, creatinine, rise)
    if rng.happens(0.3):
        return Renal("worse", protein, protein * rng.between(1.3, 2.0), 14.0, creatinine, rise)
    return Renal("unchanged", protein, protein, 1.0, creatinine, rise)


def _drug_rise(rng: Chance) -> float:
    """Creatinine rises in 56 % under lenalidomide, in 18 % enough for an eGFR fall of a quarter."""
    luck = float(rng.random())
    if luck < 0.18:
        return rng.between(1.38, 1.9)
    return rng.between(1.06, 1.2) if luck < 0.56 else rng.between(0.94, 1.03)


def write_kidney(rng: Chance, person: Person, renal: Renal, sheet: Sheet) -> None:
    """Write creatinine at every visit and protein where urine was collected."""
    creatinine = _creatinine_course(rng, person.outcome, renal)
    calm = renal.fate in ("resolved", "improved")
    collections = [v.month for v in sheet.visits if v.urine_collection and v.month > 0]
    lowest_at = [m for m in collections if m >= renal.settled][:1] or collections[-1:]
    for visit in sheet.visits:
        month = visit.month
        sheet.write(month, "creatinine", creatinine(month) * rng.noise(0.02 if calm else 0.04), 2)
        if not visit.urine_collection:
            continue
        if month <= 0:
            protein = renal.protein
        elif month in lowest_at and renal.fate == "resolved":
            protein = renal.lowest
        else:
            protein = _protein(rng, renal, person.outcome, month)
        sheet.write(month, "urine_protein", protein, 2)


def _protein(rng: Chance, renal: Renal, outcome: Outcome, month: float) -> float:
    """24-hour protein in g at a month: a geometric way to its lowest, with day-to-day variation."""
    way = min(1.0, max(0.0, (month - 1.0) / max(1.0, renal.settled - 1.0)))
    level = renal.protein * math.pow(renal.lowest / renal.protein, way)
    if renal.fate == "resolved":
        return max(level * rng.noise(0.1), renal.lowest + rng.between(0.01, 0.05))
    if month > outcome.progressed and renal.fate == "improved":
        level = min(renal.protein, level * (1.0 + 0.12 * (month - outcome.progressed)))
    varied = level * rng.noise(0.11)
    if renal.fate == "improved" and outcome.course == "CR":
        return max(varied, 0.13 * renal.protein, 0.3)
    if renal.fate == "none":
        return min(varied, 0.48)
    return max(varied, 0.66 * renal.protein) if renal.fate == "unchanged" else varied


def _creatinine_course(rng: Chance, outcome: Outcome, renal: Renal) -> Callable[[float], float]:
    """Creatinine in mg/dL by month: up over two months of drug, back after it, up again before dialysis."""
    drift = 1.0 if renal.fate in ("resolved", "improved", "none") else 1.0 + rng.between(0.0, 0.006)
    recovers = rng.between(0.4, 1.0)

    def level(month: float) -> float:
        on = min(1.0, max(0.0, month) / 2.0)
        if month > outcome.stopped:
            on *= 1.0 - recovers * min(1.0, (month - outcome.stopped) / 3.0)
        value = renal.creatinine * math.pow(renal.drug_rise, on) * math.pow(drift, max(0.0, month))
        uremic = 6.2 * math.exp(-max(0.0, renal.dialysis - month) / 4.0)
        return max(value, uremic) if month > 0 else value

    return level


TROPONIN_LIMIT = 0.006
"""Detection limit of troponin I in ug/L; below it the laboratory prints `<0.006`."""


def write_heart(rng: Chance, person: Person, sheet: Sheet) -> None:
    """Write BNP and troponin I at the visits, functional class and echocardiography at some.

    NT-proBNP is measured in half of the extension only.
    """
    involved = "heart" in person.organs
    stage, outcome = STAGES[person.cardiac_stage], person.outcome
    peptides, troponin = {"bnp": rng.around(*stage["bnp"])}, rng.around(*stage["troponin_i"])
    under_drug = bnp_factor(rng, outcome, elevated=peptides["bnp"] >= 100.0)
    if not outcome.original and not rng.happens(0.5):  # of the stage, but else apart from BNP
        peptides["nt_probnp"] = rng.around(*stage["nt_probnp"])
    wall = rng.around(14.6, 0.12, 12.6, 19.5) if involved else rng.around(9.8, 0.1, 7.5, 11.6)
    ejection = rng.between(*stage["ejection_fraction"])
    nyha = rng.pick_weighted([1, 2, 3], stage["nyha"])
    for visit in sheet.visits:
        month = visit.month
        new_heart = month > outcome.transplanted
        factor = rng.between(0.15, 0.3) if new_heart else under_drug(month)
        for name, peptide in peptides.items():
            sheet.write(month, name, peptide * factor * rng.noise(0.1 if month > 0 else 0.03), 0)
        if month <= 0 or (visit.hematology and visit.protocol_month % 3 == 0):
            level = troponin * rng.noise(0.12 if month > 0 else 0.03)
            if level < TROPONIN_LIMIT:
                sheet.word(month, "troponin_i", f"<{TROPONIN_LIMIT}")
            else:
                sheet.write(month, "troponin_i", level, 3)
        if visit.echo:
            sheet.word(month, "nyha_class", "I" * (1 if new_heart else nyha))
            sheet.write(month, "wall_thickness", 10.4 if new_heart else wall + rng.between(-0.4, 0.4), 1)
            sheet.write(month, "ejection_fraction", ejection + rng.between(-3.0, 3.0), 0)


def bnp_factor(rng: Chance, outcome: Outcome, elevated: bool) -> Callable[[float], float]:
    """Return the factor on baseline BNP by month.

    With BNP of at least 100 ng/L, 68 % have risen by more than 30 % after one cycle and 86 % after three
    (Blood 2010;116(21):3021); the rise fades within five months of the last dose, and in complete remission
    BNP halves in 20 months.
    """
    luck = float(rng.random())
    rise = rng.around(1.64, 0.5, 1.4, 4.0)
    if not elevated:
        first, third = rng.between(1.0, 1.3), rng.between(1.0, 1.4)
    elif luck < 0.68:
        first, third = rise, rise * rng.between(0.95, 1.25)
    elif luck < 0.86:
        first, third = rng.between(1.0, 1.2), rise
    else:
        first, third = rng.between(0.85, 1.1), rng.between(0.85, 1.15)
    fades = rng.between(1.2, 2.2)

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


def write_liver(rng: Chance, person: Person, sheet: Sheet) -> None:
    """Write alkaline phosphatase at the visits; the liver's span at the start, and with the echo if involved.

    Involved: phosphatase 2 to 4 times the upper limit of 120 U/L; otherwise below 1.5 times.
    """
    involved = "liver" in person.organs
    phosphatase = rng.around(330.0, 0.25, 245.0, 475.0) if involved else rng.around(82.0, 0.25, 45.0, 135.0)
    span = rng.between(15.6, 20.0) if involved else rng.between(10.5, 14.0)
    slope = rng.between(-0.01, 0.008) if involved else 0.0
    for visit in sheet.visits:
        month = max(0.0, visit.month)
        if visit.month <= 0 or visit.protocol_month % 3 == 0 or rng.happens(0.3):
            value = phosphatase * math.exp(slope * month) * rng.noise(0.06)
            sheet.write(visit.month, "alkaline_phosphatase", value, 0)
        if visit.month < 0 or (involved and visit.echo):
            sheet.write(visit.month, "liver_span", span + rng.between(-0.3, 0.3), 1)
