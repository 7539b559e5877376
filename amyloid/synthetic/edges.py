"""Planted peculiarities: what every real file holds and every analysis has to survive.

None of them may change an outcome; each is planted in a patient drawn among those in whom it does not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from amyloid.synthetic.chance import between, pick
from amyloid.synthetic.clinic import Lab
from amyloid.synthetic.clone import Clone
from amyloid.synthetic.organs import Renal
from amyloid.synthetic.outcomes import Outcome
from amyloid.synthetic.people import Person

EDGE_PROTEIN = 0.5
"""Urine protein in g/24h exactly on the limit of renal involvement, which is above 0.5."""

CHAINS = ("kappa_flc", "lambda_flc")
UMOL_PER_MG_DL = 88.42
"""Creatinine: 1 mg/dL in umol/L (molar mass 113.1 g/mol)."""


def plant_in_clones(rng: np.random.Generator, clones: list[Clone], outcomes: Sequence[Outcome]) -> None:
    """Plant four clones, in place.

    Two clones in one patient (both chains raised, ratio normal, immunofixation positive); one seen by light
    chains alone (immunofixation negative from the start); one whose remission leaves less involved than
    uninvolved chain (negative difference); and one found by immunofixation of the urine alone, with a ratio
    that becomes normal, so that its grade hangs on a urine sample.
    """
    i = pick(rng, [i for i, o in enumerate(outcomes) if o.course == "unmeasurable"])
    involved = max(45.0, clones[i].involved)
    clones[i] = replace(clones[i], involved=involved, background=involved * 0.85)
    i = pick(
        rng, [i for i, o in enumerate(outcomes) if o.course in ("MR", "NR") and clones[i].involved > 100]
    )
    clones[i] = replace(clones[i], serum_m=0.0, urine_m=0.0, serum_positive=False, urine_positive=False)
    i = pick(rng, [i for i, o in enumerate(outcomes) if o.course == "CR"])
    clones[i] = replace(clones[i], healthy_ratio=0.88)
    i = pick(rng, [i for i, o in enumerate(outcomes) if o.course == "PR"])
    clones[i] = replace(
        clones[i],
        involved=between(rng, 118.0, 140.0),
        background=between(rng, 9.0, 12.0),
        deepest=0.13,
        serum_m=0.0,
        serum_positive=False,
        urine_m=between(rng, 180.0, 320.0),
        urine_positive=True,
    )


def plant_in_kidneys(
    rng: np.random.Generator, kidneys: list[Renal], people: Sequence[Person], outcomes: Sequence[Outcome]
) -> None:
    """Plant two kidneys, in place: protein of exactly 0.5 g/24h without involvement, and one dialysis."""
    i = pick(rng, [i for i, p in enumerate(people) if "kidney" not in p.organs])
    kidneys[i] = replace(kidneys[i], protein=EDGE_PROTEIN, lowest=0.42)
    able = [
        i
        for i, o in enumerate(outcomes)
        if "kidney" in people[i].organs and o.course in ("PR", "MR", "NR") and o.last_seen > 8
    ]
    i = pick(rng, able)
    month = round(between(rng, 6.0, outcomes[i].last_seen - 0.5), 2)
    kidneys[i] = replace(
        kidneys[i], fate="worse", lowest=kidneys[i].protein * 1.3, settled=6.0, dialysis=month
    )


def plant_overflow(
    rng: np.random.Generator,
    clones: list[Clone],
    kidneys: list[Renal],
    people: Sequence[Person],
    outcomes: Sequence[Outcome],
) -> None:
    """Plant one patient, in place, whose urine protein is above 0.5 g/24h but is light chain, not albumin."""
    able = [
        i
        for i, person in enumerate(people)
        if "kidney" not in person.organs
        and outcomes[i].course not in ("CR", "unmeasurable")
        and kidneys[i].protein != EDGE_PROTEIN
        and clones[i].serum_positive
    ]
    i = pick(rng, able)
    protein = between(rng, 0.75, 1.1)
    kidneys[i] = replace(kidneys[i], fate="unchanged", protein=protein, lowest=protein, overflow=True)
    clones[i] = replace(clones[i], urine_m=between(rng, 420.0, 600.0), urine_positive=True)


def plant_in_rows(rng: np.random.Generator, sheets: list[list[Lab]], outcomes: Sequence[Outcome]) -> None:
    """Plant three things in the rows, in place: mg/dL, umol/L, and one sample measured by N Latex."""
    patients = list(range(len(sheets)))
    i = pick(rng, patients)
    sheets[i] = _retyped(sheets[i], CHAINS, "mg/dL", lambda value: f"{value / 10:.2f}")
    j = pick(rng, [k for k in patients if k != i])
    sheets[j] = _retyped(sheets[j], ("creatinine",), "umol/L", lambda value: f"{value * UMOL_PER_MG_DL:.0f}")
    partial = [
        k for k in patients if outcomes[k].course == "PR" and _late_visits(sheets[k]) and k not in (i, j)
    ]
    i = pick(rng, partial)
    month = pick(rng, _late_visits(sheets[i]))
    sheets[i] = [
        row._replace(assay="n_latex") if row.month == month and row.test in CHAINS else row
        for row in sheets[i]
    ]


def _retyped(
    sheet: list[Lab], tests: tuple[str, ...], unit: str, convert: Callable[[float], str]
) -> list[Lab]:
    return [
        row._replace(value=convert(float(row.value)), unit=unit) if row.test in tests else row
        for row in sheet
    ]


def _late_visits(rows: Sequence[Lab]) -> list[float]:
    """Months from the fourth on with light chains and serum immunofixation."""
    chains = {r.month for r in rows if r.test == "kappa_flc" and 3.5 < r.month < 10}
    return sorted(chains & {r.month for r in rows if r.test == "serum_immunofixation"})
