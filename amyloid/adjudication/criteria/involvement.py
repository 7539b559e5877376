"""Organ involvement from laboratory values and echocardiography, before treatment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from amyloid.adjudication.criteria.hepatic import alp_abnormal
from amyloid.adjudication.criteria.renal import overflow
from amyloid.adjudication.criteria.rule import Criteria, Rule

if TYPE_CHECKING:
    from amyloid.adjudication.criteria.rule import Judge
    from amyloid.adjudication.decidable import Truth
    from amyloid.adjudication.labs import Evidence

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
    return Criteria(
        domain=f"involvement_{organ}",
        key=key,
        source=source,
        evaluable=evaluable,
        rules=(
            Rule("yes", words, holds, shows=shows),
            Rule("no", f"not: {words}", lambda v: ~holds(v), shows=shows),
        ),
        otherwise="NE",
        when="baseline",
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
