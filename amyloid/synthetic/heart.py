"""Heart and liver: BNP under lenalidomide, troponin, echocardiography, alkaline phosphatase."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from amyloid.synthetic.chance import between, chance, lognormal, noise, pick_weighted
from amyloid.synthetic.clinic import Visit
from amyloid.synthetic.outcomes import Outcome
from amyloid.synthetic.people import Person
from amyloid.synthetic.sheet import Sheet

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
    graft = outcome.remission.transplanted if outcome.remission is not None else None
    for visit in visits:
        month = visit.month
        new_heart = graft is not None and month > graft
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
    stopped = outcome.stopped if outcome.stopped is not None else math.inf
    sinks_from = outcome.remission.reached if outcome.remission is not None else math.inf
    rises_from = outcome.progressed if outcome.progressed is not None else math.inf

    def factor(month: float) -> float:
        if month <= 0:
            return 1.0
        level = math.pow(first, min(1.0, month / 0.9))
        if month > 0.9:
            level = first * math.pow(third / first, min(1.0, (month - 0.9) / 1.9))
        if month > stopped:
            level = 1.0 + (level - 1.0) * math.exp(-(month - stopped) / fades)
        if month > sinks_from and elevated:
            level *= math.pow(0.5, (min(month, rises_from) - sinks_from) / 20.0)
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
