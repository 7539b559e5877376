"""Renal response, progression and stage. Proteinuria in g/24h, creatinine in mg/dL, eGFR in mL/min/1.73m2."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from amyloid.adjudication.criteria.rule import Closure, Criteria, Rule
from amyloid.adjudication.decidable import Truth, certain

if TYPE_CHECKING:
    from amyloid.adjudication.labs import Evidence

UNINVOLVED: Final = Closure("the kidney is recorded as not involved", lambda v: ~v.flag("kidney"))
ON_DIALYSIS: Final = Closure(
    "on dialysis or transplanted before treatment",
    lambda v: v.before_treatment("dialysis", "kidney_transplant"),
)
PROTEINURIA_NEEDED: Final = "proteinuria > 0.5 g/24h"
EGFR_FALL: Final = 0.25


def _proteinuria_measurable(v: Evidence) -> Truth:
    return v.base.urine_protein > 0.5


def _kidney_failure(v: Evidence) -> Truth:
    return v.reached("dialysis", "kidney_transplant")


def function_worse_2005(v: Evidence) -> Truth:
    """Creatinine up by at least 25 %; eGFR down by at least 25 % where baseline creatinine is missing."""
    by_creatinine = v.rise.creatinine >= 0.25
    by_egfr = v.fall.egfr >= EGFR_FALL
    has_creatinine = certain(v.base.creatinine.known)
    return (has_creatinine & by_creatinine) | (~has_creatinine & by_egfr) | _kidney_failure(v)


def progression_2014(v: Evidence) -> Truth:
    """EGFR down by at least 25 %, or kidney failure."""
    return (v.fall.egfr >= EGFR_FALL) | _kidney_failure(v)


RESPONSE_2005: Final = Criteria(
    domain="renal_response",
    key="gertz-2005",
    source="Gertz et al., Am J Hematol 2005;79:319-328 [R; creatinine clause M]",
    evaluable=PROTEINURIA_NEEDED,
    closed=(UNINVOLVED, ON_DIALYSIS),
    rules=(
        Rule(
            category="response",
            words="proteinuria falls by at least 50 % and 0.5 g/24h; creatinine not up by 25 % or more",
            holds=lambda v: (
                (v.fall.urine_protein >= 0.50)
                & ((v.base.urine_protein - v.now.urine_protein) >= 0.5)
                & ~function_worse_2005(v)
            ),
            applies=_proteinuria_measurable,
            shows=("urine_protein_with_amount", "creatinine", "kidney_failure"),
            limit=">= 50 % and >= 0.5 g/24h, creatinine rise < 25 %",
        ),
    ),
    otherwise="no response",
)
RESPONSE_2014: Final = Criteria(
    domain="renal_response",
    key="palladini-2014",
    source="Palladini et al., Blood 2014;124:2325-2332 [R]; not on dialysis [C]",
    evaluable=PROTEINURIA_NEEDED,
    closed=(UNINVOLVED, ON_DIALYSIS),
    rules=(
        Rule(
            category="response",
            words="proteinuria falls by at least 30 % or is below 0.5 g/24h, without renal progression",
            holds=lambda v: (
                ((v.fall.urine_protein >= 0.30) | (v.now.urine_protein < 0.5)) & ~progression_2014(v)
            ),
            applies=_proteinuria_measurable,
            shows=("urine_protein", "egfr", "kidney_failure"),
            limit=">= 30 % or < 0.5 g/24h, eGFR fall < 25 %",
        ),
    ),
    otherwise="no response",
)
GRADED_2018: Final = Criteria(
    domain="renal_response",
    key="graded-2018",
    source="Muchtar et al., Leukemia 2018;32:2240, and the graded cohort [R]; gaps between grades closed [C]",
    evaluable=PROTEINURIA_NEEDED,
    closed=(UNINVOLVED, ON_DIALYSIS),
    rules=(
        Rule(
            category="CR",
            words="proteinuria <= 0.2 g/24h, without renal progression",
            holds=lambda v: (v.now.urine_protein <= 0.2) & ~progression_2014(v),
            applies=_proteinuria_measurable,
            shows=("urine_protein", "egfr", "kidney_failure"),
            limit="<= 0.2 g/24h, eGFR fall < 25 %",
        ),
        Rule(
            category="VGPR",
            words="proteinuria falls by more than 60 %, without renal progression",
            holds=lambda v: (v.fall.urine_protein > 0.60) & ~progression_2014(v),
            applies=_proteinuria_measurable,
            shows=("urine_protein", "egfr", "kidney_failure"),
            limit="> 60 %, eGFR fall < 25 %",
        ),
        Rule(
            category="PR",
            words="proteinuria falls by more than 30 %, without renal progression",
            holds=lambda v: (v.fall.urine_protein > 0.30) & ~progression_2014(v),
            applies=_proteinuria_measurable,
            shows=("urine_protein", "egfr", "kidney_failure"),
            limit="> 30 %, eGFR fall < 25 %",
        ),
    ),
    otherwise="NR",
)
PROGRESSION_2005: Final = Criteria(
    domain="renal_progression",
    key="gertz-2005",
    source="Gertz et al., Am J Hematol 2005;79:319-328 [M]; kidney failure counts [C]",
    evaluable="creatinine, eGFR or proteinuria",
    closed=(UNINVOLVED, ON_DIALYSIS),
    rules=(
        Rule(
            "progression",
            "dialysis or kidney transplant",
            _kidney_failure,
            sees=(),
            shows=("kidney_failure",),
        ),
        Rule(
            category="progression",
            words="creatinine up by at least 25 %",
            holds=function_worse_2005,
            sees=("creatinine", "egfr"),
            shows=("creatinine", "egfr"),
            limit="rise >= 25 %",
        ),
        Rule(
            category="progression",
            words="proteinuria up by at least 50 % and 1 g/24h, to more than 1 g/24h",
            holds=lambda v: (
                (v.rise.urine_protein >= 0.50)
                & ((v.now.urine_protein - v.base.urine_protein) >= 1.0)
                & (v.now.urine_protein > 1.0)
            ),
            sees=("urine_protein",),
            shows=("urine_protein_with_amount",),
            limit="rise >= 50 % and >= 1 g/24h, to > 1 g/24h",
        ),
    ),
    otherwise="none",
    otherwise_needs="any",
    own_line_only=False,
)
PROGRESSION_2014: Final = Criteria(
    domain="renal_progression",
    key="palladini-2014",
    source="Palladini et al., Blood 2014;124:2325-2332 [R]; starting dialysis counts [C]",
    evaluable="eGFR",
    closed=(UNINVOLVED, ON_DIALYSIS),
    rules=(
        Rule(
            "progression",
            "dialysis or kidney transplant",
            _kidney_failure,
            sees=(),
            shows=("kidney_failure",),
        ),
        Rule(
            category="progression",
            words="eGFR falls by at least 25 %",
            holds=lambda v: v.fall.egfr >= EGFR_FALL,
            sees=("egfr",),
            shows=("egfr",),
            limit="fall >= 25 %",
        ),
    ),
    otherwise="none",
    otherwise_needs="any",
    own_line_only=False,
)


def _points(v: Evidence) -> tuple[Truth, Truth]:
    return v.base.urine_protein > 5, v.base.egfr < 50


STAGE_2014: Final = Criteria(
    domain="renal_stage",
    key="palladini-2014",
    source="Palladini et al., Blood 2014;124:2325-2332 [R]",
    evaluable="proteinuria and eGFR",
    rules=(
        Rule(
            "I",
            "proteinuria <= 5 g/24h and eGFR >= 50",
            lambda v: ~_points(v)[0] & ~_points(v)[1],
            shows=("base_urine_protein", "base_egfr"),
        ),
        Rule(
            "III",
            "proteinuria > 5 g/24h and eGFR < 50",
            lambda v: _points(v)[0] & _points(v)[1],
            shows=("base_urine_protein", "base_egfr"),
        ),
        Rule(
            "II",
            "proteinuria > 5 g/24h or eGFR < 50",
            lambda v: (_points(v)[0] & ~_points(v)[1]) | (~_points(v)[0] & _points(v)[1]),
            shows=("base_urine_protein", "base_egfr"),
        ),
    ),
    otherwise="NE",
    when="baseline",
)
RESPONSE: Final = (RESPONSE_2005, RESPONSE_2014, GRADED_2018)
PROGRESSION: Final = (PROGRESSION_2005, PROGRESSION_2014)
