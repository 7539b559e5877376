"""What is judged once, before treatment: cardiac stage and organ involvement.

NT-proBNP and BNP in ng/L, troponin T and I in ug/L.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from amyloid.adjudication.criteria.hepatic import alp_abnormal
from amyloid.adjudication.criteria.renal import overflow
from amyloid.adjudication.criteria.rule import Criteria, before_treatment

if TYPE_CHECKING:
    from amyloid.adjudication.criteria.rule import Judge
    from amyloid.adjudication.decidable import Quantity, Truth
    from amyloid.adjudication.labs import Evidence


def _troponin_high(v: Evidence, t: float, hs: float, i: float | None) -> Truth:
    """The first troponin that was measured: T, then high-sensitivity T, then I."""
    limits = [("troponin_t", t), ("hs_troponin_t", hs)] + ([] if i is None else [("troponin_i", i)])
    share: Quantity | None = None
    for name, limit in limits:
        scaled = v.base[name] * (1 / limit)
        share = scaled if share is None else share.or_else(scaled)
    assert share is not None
    return share >= 1


def _mayo_2004_points(v: Evidence) -> Quantity:
    return v.count(v.base.nt_probnp >= 332, _troponin_high(v, t=0.035, hs=50, i=0.1))


def _mayo_2012_points(v: Evidence) -> Quantity:
    return v.count(v.base.dflc >= 180, v.base.nt_probnp >= 1800, _troponin_high(v, t=0.025, hs=40, i=None))


def _boston_points(v: Evidence) -> Quantity:
    return v.count(v.base.bnp > 81, v.base.troponin_i > 0.1)


def _exactly(points: Callable[[Evidence], Quantity], number: int) -> Callable[[Evidence], Truth]:
    return lambda v: (points(v) >= number) & (points(v) <= number)


_TROPONIN_LOW = "troponin low (T < 0.035 ug/L, high-sensitivity T < 50 ng/L, or I < 0.1 ug/L)"
MAYO_2004_EUROPEAN: Final = before_treatment(
    "cardiac_stage",
    "mayo-2004-european",
    "Dispenzieri et al., J Clin Oncol 2004;22:3751-3757 [R]; stage III divided by Wechalekar et al., "
    "Blood 2013;121:3420 [R]; hs-troponin T 50 ng/L by Dispenzieri et al. [R]",
    "NT-proBNP and troponin",
    ("base_nt_probnp", "base_troponin"),
    ("I", f"NT-proBNP < 332 ng/L and {_TROPONIN_LOW}", _exactly(_mayo_2004_points, 0)),
    ("II", "one of NT-proBNP and troponin high", _exactly(_mayo_2004_points, 1)),
    (
        "IIIa",
        "both high, NT-proBNP <= 8500 ng/L",
        lambda v: (_mayo_2004_points(v) >= 2) & (v.base.nt_probnp <= 8500),
    ),
    (
        "IIIb",
        "both high, NT-proBNP > 8500 ng/L",
        lambda v: (_mayo_2004_points(v) >= 2) & (v.base.nt_probnp > 8500),
    ),
)
MAYO_2012: Final = before_treatment(
    "cardiac_stage",
    "mayo-2012",
    "Kumar et al., J Clin Oncol 2012;30:989-995 [R]; hs-troponin T 40 ng/L [R]",
    "dFLC, NT-proBNP and troponin T",
    ("base_dflc", "base_nt_probnp", "base_troponin"),
    *(
        (
            stage,
            f"{number} of dFLC >= 180 mg/L, NT-proBNP >= 1800 ng/L, "
            "troponin T >= 0.025 ug/L (or high-sensitivity T >= 40 ng/L)",
            _exactly(_mayo_2012_points, number),
        )
        for number, stage in enumerate(("I", "II", "III", "IV"))
    ),
)
BOSTON_2019: Final = before_treatment(
    "cardiac_stage",
    "boston-2019",
    "Lilleness et al., Blood 2019;133:215-223 [R]",
    "BNP and troponin I",
    ("base_bnp", "base_troponin_i"),
    ("I", "BNP <= 81 ng/L and troponin I <= 0.1 ug/L", _exactly(_boston_points, 0)),
    ("II", "one of BNP > 81 ng/L and troponin I > 0.1 ug/L", _exactly(_boston_points, 1)),
    (
        "III",
        "BNP > 81 ng/L and troponin I > 0.1 ug/L, BNP <= 700 ng/L",
        lambda v: (_boston_points(v) >= 2) & (v.base.bnp <= 700),
    ),
    (
        "IIIb",
        "BNP > 700 ng/L and troponin I > 0.1 ug/L",
        lambda v: (_boston_points(v) >= 2) & (v.base.bnp > 700),
    ),
)
STAGES: Final = (MAYO_2004_EUROPEAN, MAYO_2012, BOSTON_2019)


SOURCE: Final = (
    "Gertz et al., Am J Hematol 2005;79:319-328; Gertz & Merlini, Amyloid 2010;17(s1):48-49 [R]; "
    "renal failure as eGFR < 15 [C]"
)


def _kidney(v: Evidence) -> Truth:
    return (v.base.urine_protein > 0.5) & v.flag("urine_albumin_predominant")


def _heart(v: Evidence) -> Truth:
    marker = v.base.nt_probnp > 332
    confounded = (v.base.egfr < 15) | v.flag("atrial_fibrillation")
    return (v.base.wall_thickness > 12) | marker.not_scorable_where(confounded)


def _kidney_by_uacr(v: Evidence) -> Truth:
    return (v.base.urine_albumin_creatinine_ratio > 283) & ~overflow(v)


def _liver(v: Evidence) -> Truth:
    return ((v.base.liver_span > 15) & ~v.flag("heart_failure")) | alp_abnormal(v)


def _involvement(
    organ: str,
    words: str,
    holds: Judge,
    evaluable: str,
    shows: tuple[str, ...],
    key: str = "consensus-2010",
    source: str = SOURCE,
) -> Criteria:
    return before_treatment(
        f"involvement_{organ}",
        key,
        source,
        evaluable,
        shows,
        ("yes", words, holds),
        ("no", f"not: {words}", lambda v: ~holds(v)),
    )


INVOLVEMENT: Final = (
    _involvement(
        "heart",
        "wall > 12 mm, or NT-proBNP > 332 ng/L without renal failure or atrial fibrillation",
        _heart,
        "a wall > 12 mm, or a wall and an NT-proBNP, low or usable (eGFR >= 15, no atrial fibrillation)",
        ("base_wall_thickness", "base_nt_probnp", "base_egfr", "atrial_fibrillation"),
    ),
    _involvement(
        "kidney",
        "proteinuria > 0.5 g/24h, predominantly albumin",
        _kidney,
        "proteinuria and whether it is mainly albumin",
        ("base_urine_protein", "urine_albumin_predominant"),
    ),
    _involvement(
        "kidney",
        "UACR > 283 mg/g, not recorded as mainly something else than albumin",
        _kidney_by_uacr,
        "UACR",
        ("base_urine_albumin_creatinine_ratio", "urine_albumin_predominant"),
        "consensus-2010-uacr",
        "fallback: UACR > 283 mg/g for 0.5 g/24h, Blood Cancer J 2020, s41408-020-00391-2 [R/C]",
    ),
    _involvement(
        "liver",
        "span > 15 cm without heart failure, or alkaline phosphatase > 1.5 x upper limit",
        _liver,
        "liver span with heart failure yes or no, and alkaline phosphatase",
        ("base_liver_span", "heart_failure", "base_alkaline_phosphatase"),
    ),
)
