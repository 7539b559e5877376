"""Hepatic response and progression. Alkaline phosphatase (ALP) in U/L, liver span in cm."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from amyloid.adjudication.criteria.rule import Closure, Criteria, Judge, Rule, progression

if TYPE_CHECKING:
    from amyloid.adjudication.decidable import Truth
    from amyloid.adjudication.labs import Evidence

UNINVOLVED: Final = Closure(
    "the liver is recorded as not involved", lambda v: ~v.flag("liver"), "not-involved"
)
VISITS: Final = ("alkaline_phosphatase", "liver_span")


def alp_abnormal(v: Evidence) -> Truth:
    """Baseline alkaline phosphatase above 1.5 times the upper limit of normal."""
    return v.base.alkaline_phosphatase > 1.5 * v.reference("alkaline_phosphatase")[1]


def _alp(category: str, words: str, holds: Judge, limit: str) -> Rule:
    return Rule(category, words, holds, alp_abnormal, shows=("alkaline_phosphatase",), limit=limit)


RESPONSE_2005: Final = Criteria(
    domain="hepatic_response",
    key="gertz-2005",
    source="Gertz et al., Am J Hematol 2005;79:319-328 [R]; the two lines read as or [C]",
    evaluable="alkaline phosphatase > 1.5 times the upper limit, or span > 15 cm",
    closed=(UNINVOLVED,),
    rules=(
        _alp(
            "response",
            "abnormal alkaline phosphatase falls by at least 50 %",
            lambda v: v.fall.alkaline_phosphatase >= 0.50,
            ">= 50 %",
        ),
        Rule(
            category="response",
            words="liver span falls by at least 2 cm, baseline > 15 cm",
            holds=lambda v: (v.base.liver_span - v.now.liver_span) >= 2,
            applies=lambda v: v.base.liver_span > 15,
            shows=("liver_span",),
            limit=">= 2 cm",
        ),
    ),
    otherwise="no response",
    visits=VISITS,
)
GRADED_2018: Final = Criteria(
    domain="hepatic_response",
    key="graded-2018",
    source="Muchtar et al., Leukemia 2018;32:2240 [R]",
    evaluable="alkaline phosphatase > 1.5 times the upper limit",
    closed=(UNINVOLVED,),
    rules=(
        _alp(
            "CR",
            "alkaline phosphatase at most 2 times the lower limit of normal",
            lambda v: v.now.alkaline_phosphatase <= 2 * v.reference("alkaline_phosphatase")[0],
            "<= 2 times the lower limit",
        ),
        _alp(
            "VGPR",
            "alkaline phosphatase falls by more than 60 %",
            lambda v: v.fall.alkaline_phosphatase > 0.60,
            "> 60 %",
        ),
        _alp(
            "PR",
            "alkaline phosphatase falls by more than 30 %",
            lambda v: v.fall.alkaline_phosphatase > 0.30,
            "> 30 %",
        ),
    ),
    otherwise="NR",
    visits=VISITS,
)
PROGRESSION_2005: Final = progression(
    "hepatic_progression",
    "gertz-2005",
    "Gertz et al., Am J Hematol 2005;79:319-328 [M]",
    "alkaline phosphatase",
    Rule(
        category="progression",
        words="alkaline phosphatase at least 50 % above its nadir",
        holds=lambda v: (v.today.alkaline_phosphatase - v.nadir.alkaline_phosphatase * 1.5) >= 0,
        sees=("alkaline_phosphatase",),
        shows=("alkaline_phosphatase_from_nadir",),
        limit=">= 50 %",
    ),
    closed=(UNINVOLVED,),
)
RESPONSE: Final = (RESPONSE_2005, GRADED_2018)
PROGRESSION: Final = (PROGRESSION_2005,)
