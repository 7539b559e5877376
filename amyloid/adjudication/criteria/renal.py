"""Renal response, progression and stage. Proteinuria in g/24h, creatinine in mg/dL, eGFR in mL/min/1.73m2."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from amyloid.adjudication.criteria.rule import (
    Closure,
    Criteria,
    Judge,
    Rule,
    before_treatment,
    progression,
)

if TYPE_CHECKING:
    from amyloid.adjudication.decidable import Truth
    from amyloid.adjudication.labs import Evidence


def overflow(v: Evidence) -> Truth:
    """The urine protein is recorded as not mainly albumin: light chains, no sign of a kidney involved."""
    return (~v.flag("urine_albumin_predominant")).shown


OVERRULED: Final = Closure(
    "the urine protein is not mainly albumin (overflow), which overrules the kidney recorded as involved",
    lambda v: overflow(v) & v.flag("kidney").shown,
    "overflow",
)
OVERFLOW: Final = Closure(
    "the urine protein is not mainly albumin (overflow): the kidney is not involved", overflow, "overflow"
)
UNINVOLVED: Final = Closure(
    "the kidney is recorded as not involved", lambda v: ~v.flag("kidney"), "not-involved"
)
ON_DIALYSIS: Final = Closure(
    "on dialysis or transplanted before treatment",
    lambda v: v.before_treatment("dialysis", "kidney_transplant"),
    "dialysis-before",
)
CLOSED: Final = (OVERRULED, OVERFLOW, UNINVOLVED, ON_DIALYSIS)
EGFR_FALL: Final = 0.25
SHOWN: Final = ("egfr", "kidney_failure")


def _proteinuria_measurable(v: Evidence) -> Truth:
    return v.base.urine_protein > 0.5


def _upcr_measurable(v: Evidence) -> Truth:
    return v.base.urine_protein_creatinine_ratio > 500


def _kidney_failure(v: Evidence) -> Truth:
    return v.reached("dialysis", "kidney_transplant")


def can_progress(v: Evidence) -> Truth:
    """What a renal response needs; dialysis and transplant do without it [C]."""
    return _proteinuria_measurable(v) & ~overflow(v) & ~(~v.flag("kidney")).shown


def function_worse_2005(v: Evidence) -> Truth:
    """Creatinine up by at least 25 %; eGFR down by at least 25 % where baseline creatinine is missing."""
    return (
        (v.base.creatinine.given & (v.rise.creatinine >= 0.25))
        | (~v.base.creatinine.given & (v.fall.egfr >= EGFR_FALL))
        | _kidney_failure(v)
    )


def function_worse_2014(v: Evidence) -> Truth:
    """EGFR of the visit down by at least 25 %, whether the next shows it or not, or kidney failure [C]."""
    return (v.fall.egfr >= EGFR_FALL) | _kidney_failure(v)


def lasting_fall(v: Evidence) -> Truth:
    """EGFR down by at least 25 %, and so at the next sample off dialysis where one follows [C]."""
    return (v.today_fall.egfr >= EGFR_FALL) & ((v.next_fall.egfr >= EGFR_FALL) | ~v.followed("egfr"))


def _creatinine_rise(v: Evidence) -> Truth:
    by_creatinine = v.base.creatinine.given & (v.rise.creatinine >= 0.25)
    return by_creatinine | (~v.base.creatinine.given & lasting_fall(v))


def _response(
    category: str,
    words: str,
    protein: Judge,
    limit: str,
    *,
    worse: Judge = function_worse_2014,
    applies: Judge = _proteinuria_measurable,
    shows: tuple[str, ...] = ("urine_protein", *SHOWN),
) -> Rule:
    """Protein criterion met, and kidney function not worse."""
    return Rule(
        category=category,
        words=words,
        holds=lambda v: protein(v) & ~worse(v),
        applies=applies,
        shows=shows,
        limit=limit,
    )


def _criteria(
    key: str,
    source: str,
    rules: tuple[Rule, ...],
    *,
    evaluable: str = "proteinuria > 0.5 g/24h",
    otherwise: str = "no response",
    visits: tuple[str, ...] = ("urine_protein", "kidney_failure"),
) -> Criteria:
    return Criteria("renal_response", key, source, rules, otherwise, evaluable, closed=CLOSED, visits=visits)


RESPONSE_2005: Final = _criteria(
    "gertz-2005",
    "Gertz et al., Am J Hematol 2005;79:319-328 [R; creatinine clause M]",
    rules=(
        _response(
            "response",
            "proteinuria falls by at least 50 % and 0.5 g/24h; creatinine not up by 25 % or more",
            lambda v: (v.fall.urine_protein >= 0.50) & ((v.base.urine_protein - v.now.urine_protein) >= 0.5),
            ">= 50 % and >= 0.5 g/24h, creatinine rise < 25 %",
            worse=function_worse_2005,
            shows=("urine_protein_with_amount", "creatinine", "kidney_failure"),
        ),
    ),
)
RESPONSE_2014: Final = _criteria(
    "palladini-2014",
    "Palladini et al., Blood 2014;124:2325-2332 [R]; not on dialysis [C]",
    rules=(
        _response(
            "response",
            "proteinuria falls by at least 30 % or is below 0.5 g/24h, without renal progression",
            lambda v: (v.fall.urine_protein >= 0.30) | (v.now.urine_protein < 0.5),
            ">= 30 % or < 0.5 g/24h, eGFR fall < 25 %",
        ),
    ),
)
GRADED_2018: Final = _criteria(
    "graded-2018",
    "Muchtar et al., Leukemia 2018;32:2240, and the graded cohort [R]; gaps between grades closed [C]",
    rules=(
        _response(
            "CR",
            "proteinuria <= 0.2 g/24h, without renal progression",
            lambda v: v.now.urine_protein <= 0.2,
            "<= 0.2 g/24h, eGFR fall < 25 %",
        ),
        _response(
            "VGPR",
            "proteinuria falls by more than 60 %, without renal progression",
            lambda v: v.fall.urine_protein > 0.60,
            "> 60 %, eGFR fall < 25 %",
        ),
        _response(
            "PR",
            "proteinuria falls by more than 30 %, without renal progression",
            lambda v: v.fall.urine_protein > 0.30,
            "> 30 %, eGFR fall < 25 %",
        ),
    ),
    otherwise="NR",
)
RESPONSE_UPCR: Final = _criteria(
    "palladini-2014-upcr",
    "fallback for Palladini et al., Blood 2014;124:2325-2332: the percentage fall of the spot ratio in "
    "place of 24-hour protein, from a baseline above 500 mg/g [C]",
    evaluable="UPCR > 500 mg/g",
    rules=(
        _response(
            "response",
            "protein to creatinine ratio falls by at least 30 %, without renal progression",
            lambda v: v.fall.urine_protein_creatinine_ratio >= 0.30,
            ">= 30 %, eGFR fall < 25 %",
            applies=_upcr_measurable,
            shows=("urine_protein_creatinine_ratio", *SHOWN),
        ),
    ),
    visits=("urine_protein_creatinine_ratio", "kidney_failure"),
)
KIDNEY_FAILURE: Final = Rule(
    "progression",
    "dialysis that lasts more than 91 days, or kidney transplant",
    _kidney_failure,
    sees=(),
    shows=("kidney_failure",),
)
PROGRESSION_2005: Final = progression(
    "renal_progression",
    "gertz-2005",
    "Gertz et al., Am J Hematol 2005;79:319-328 [M]; kidney failure counts, eGFR falls that last [C]",
    "proteinuria > 0.5 g/24h, and creatinine or eGFR",
    KIDNEY_FAILURE,
    Rule(
        category="progression",
        words="creatinine up by at least 25 %; without a baseline creatinine, eGFR down by at least 25 %",
        holds=_creatinine_rise,
        applies=can_progress,
        sees=("creatinine", "egfr"),
        shows=("creatinine", "egfr_of_day"),
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
        applies=can_progress,
        sees=("urine_protein",),
        shows=("urine_protein_with_amount",),
        limit="rise >= 50 % and >= 1 g/24h, to > 1 g/24h",
    ),
    closed=(ON_DIALYSIS,),
    visits=("urine_protein", "creatinine", "egfr", "kidney_failure"),
)
PROGRESSION_2014: Final = progression(
    "renal_progression",
    "palladini-2014",
    "Palladini et al., Blood 2014;124:2325-2332 [R]; starting dialysis counts; derived at six months: "
    "a fall counts when the next sample shows it too or none follows [C]",
    "proteinuria > 0.5 g/24h, and eGFR",
    KIDNEY_FAILURE,
    Rule(
        category="progression",
        words="eGFR falls by at least 25 %, at the next sample off dialysis too where one follows",
        holds=lasting_fall,
        applies=can_progress,
        sees=("egfr",),
        shows=("egfr_of_day",),
        limit="fall >= 25 %, at the next sample too",
    ),
    closed=(ON_DIALYSIS,),
    visits=("creatinine", "egfr", "kidney_failure"),
)


def _stage(key: str, source: str, name: str, label: str, limit: float, unit: str) -> Criteria:
    def high(v: Evidence) -> Truth:
        return v.base[name] > limit

    def low_egfr(v: Evidence) -> Truth:
        return v.base.egfr < 50

    return before_treatment(
        "renal_stage",
        key,
        source,
        f"{label} and eGFR",
        (f"base_{name}", "base_egfr"),
        ("I", f"{label} <= {limit:g} {unit} and eGFR >= 50", lambda v: ~high(v) & ~low_egfr(v)),
        ("III", f"{label} > {limit:g} {unit} and eGFR < 50", lambda v: high(v) & low_egfr(v)),
        (
            "II",
            f"{label} > {limit:g} {unit} or eGFR < 50",
            lambda v: (high(v) & ~low_egfr(v)) | (~high(v) & low_egfr(v)),
        ),
    )


STAGE_2014: Final = _stage(
    "palladini-2014",
    "Palladini et al., Blood 2014;124:2325-2332 [R]",
    "urine_protein",
    "proteinuria",
    5,
    "g/24h",
)
STAGE_UACR: Final = _stage(
    "palladini-2014-uacr",
    "fallback for Palladini et al., Blood 2014;124:2325-2332: UACR > 3580 mg/g for 5 g/24h, "
    "Blood Cancer J 2020, s41408-020-00391-2 [R/C]",
    "urine_albumin_creatinine_ratio",
    "UACR",
    3580,
    "mg/g",
)
RESPONSE: Final = (RESPONSE_2005, RESPONSE_2014, GRADED_2018, RESPONSE_UPCR)
PROGRESSION: Final = (PROGRESSION_2005, PROGRESSION_2014)
STAGES: Final = (STAGE_2014, STAGE_UACR)
