"""Planted peculiarities: what every real file holds and every analysis has to survive.

None of them may change an outcome; each is planted in a patient drawn among those in whom it does not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from amyloid.synthetic.chance import Chance
from amyloid.synthetic.clinic import Lab
from amyloid.synthetic.clone import Clone
from amyloid.synthetic.organs import Renal
from amyloid.synthetic.people import Person

EDGE_PROTEIN = 0.5
"""Urine protein in g/24h exactly on the limit of renal involvement, which is above 0.5."""

CHAINS = ("kappa_flc", "lambda_flc")
UMOL_PER_MG_DL = 88.42
"""Creatinine: 1 mg/dL in umol/L (molar mass 113.1 g/mol)."""


def plant_in_clones(rng: Chance, people: Sequence[Person], clones: Sequence[Clone]) -> None:
    """Plant four clones.

    Two clones in one patient (both chains raised, ratio normal, immunofixation positive); one seen by light
    chains alone (immunofixation negative from the start); one whose remission leaves less involved than
    uninvolved chain (negative difference); and one found by immunofixation of the urine alone, with a ratio
    that becomes normal, so that its grade hangs on a urine sample.
    """

    def one(*courses: str, above: float = 0.0) -> Clone:
        pairs = zip(people, clones, strict=True)
        return rng.pick([c for p, c in pairs if p.outcome.course in courses and c.involved > above])

    two_clones = one("unmeasurable")
    two_clones.involved = max(45.0, two_clones.involved)
    two_clones.background = two_clones.involved * 0.85
    chains_alone = one("MR", "NR", above=100.0)
    chains_alone.serum_m, chains_alone.serum_positive = 0.0, False
    chains_alone.urine_m, chains_alone.urine_positive = 0.0, False
    one("CR").healthy_ratio = 0.88
    urine_alone = one("PR")
    urine_alone.involved, urine_alone.background = rng.between(118.0, 140.0), rng.between(9.0, 12.0)
    urine_alone.serum_m, urine_alone.serum_positive = 0.0, False
    urine_alone.urine_m, urine_alone.urine_positive = rng.between(180.0, 320.0), True
    urine_alone.deepest = 0.13


def plant_in_kidneys(rng: Chance, people: Sequence[Person], kidneys: Sequence[Renal]) -> None:
    """Plant two kidneys: protein of exactly 0.5 g/24h without involvement, and one dialysis."""
    pairs = list(zip(people, kidneys, strict=True))
    on_the_limit = rng.pick([k for p, k in pairs if "kidney" not in p.organs])
    on_the_limit.protein, on_the_limit.lowest = EDGE_PROTEIN, 0.42
    able = [
        (person.outcome.last_seen, kidney)
        for person, kidney in pairs
        if "kidney" in person.organs
        and person.outcome.course in ("PR", "MR", "NR")
        and person.outcome.last_seen > 8
    ]
    last_seen, failing = rng.pick(able)
    failing.dialysis = round(rng.between(6.0, last_seen - 0.5), 2)
    failing.fate, failing.lowest, failing.settled = "worse", failing.protein * 1.3, 6.0


def plant_overflow(
    rng: Chance, people: Sequence[Person], clones: Sequence[Clone], kidneys: Sequence[Renal]
) -> None:
    """Plant one patient whose urine protein is above 0.5 g/24h but is light chain, not albumin."""
    able = [
        (clone, kidney)
        for person, clone, kidney in zip(people, clones, kidneys, strict=True)
        if "kidney" not in person.organs
        and person.outcome.course not in ("CR", "unmeasurable")
        and kidney.protein != EDGE_PROTEIN
        and clone.serum_positive
    ]
    clone, kidney = rng.pick(able)
    kidney.fate, kidney.overflow = "unchanged", True
    kidney.protein = kidney.lowest = rng.between(0.75, 1.1)
    clone.urine_m, clone.urine_positive = rng.between(420.0, 600.0), True


def plant_in_rows(rng: Chance, people: Sequence[Person], sheets: list[list[Lab]]) -> None:
    """Plant three things in the rows, in place: mg/dL, umol/L, and one sample measured by N Latex."""
    patients = range(len(sheets))
    i = rng.pick(patients)
    sheets[i] = _retyped(sheets[i], CHAINS, "mg/dL", lambda value: f"{value / 10:.2f}")
    j = rng.pick([k for k in patients if k != i])
    sheets[j] = _retyped(sheets[j], ("creatinine",), "umol/L", lambda value: f"{value * UMOL_PER_MG_DL:.0f}")
    late = [_late_visits(sheet) for sheet in sheets]
    k = rng.pick([k for k in patients if people[k].outcome.course == "PR" and late[k] and k not in (i, j)])
    month = rng.pick(late[k])
    sheets[k] = [
        row._replace(assay="n_latex") if row.month == month and row.test in CHAINS else row
        for row in sheets[k]
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
