"""Hepatic response and progression. Alkaline phosphatase (ALP) in U/L, liver span in cm."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from amyloid.adjudication.criteria.rule import Closure, Criteria, Rule

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


RESPONSE_2005: Final = Criteria(
    domain="hepatic_response",
    key="gertz-2005",
    source="Gertz et al., Am J Hematol 2005;79:319-328 [R]; the two lines read as or [C]",
    evaluable="alkaline phosphatase > 1.5 times the upper limit, or span > 15 cm",
    closed=(UNINVOLVED,),
    rules=(
        Rule(
            category="response",
            words="abnormal alkaline phosphatase falls by at least 50 %",
            holds=lambda v: v.fall.alkaline_phosphatase >= 0.50,
            applies=alp_abnormal,
            shows=("alkaline_phosphatase",),
            limit=">= 50 %",
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
        Rule(
            category="CR",
            words="alkaline phosphatase at most 2 times the lower limit of normal",
            holds=lambda v: v.now.alkaline_phosphatase <= 2 * v.reference("alkaline_phosphatase")[0],
            applies=alp_abnormal,
            shows=("alkaline_phosphatase",),
            limit="<= 2 times the lower limit",
        ),
        Rule(
            category="VGPR",
            words="alkaline phosphatase falls by more than 60 %",
            holds=lambda v: v.fall.alkaline_phosphatase > 0.60,
            applies=alp_abnormal,
            shows=("alkaline_phosphatase",),
            limit="> 60 %",
        ),
        Rule(
            category="PR",
            words="alkaline phosphatase falls by more than 30 %",
            holds=lambda v: v.fall.alkaline_phosphatase > 0.30,
            applies=alp_abnormal,
            shows=("alkaline_phosphatase",),
            limit="> 30 %",
        ),
    ),
    otherwise="NR",
    visits=VISITS,
)
PROGRESSION_2005: Final = Criteria(
    domain="hepatic_progression",
    key="gertz-2005",
    source="Gertz et al., Am J Hematol 2005;79:319-328 [M]",
    evaluable="alkaline phosphatase",
    closed=(UNINVOLVED,),
    rules=(
        Rule(
            category="progression",
            words="alkaline phosphatase at least 50 % above its nadir",
            holds=lambda v: (v.today.alkaline_phosphatase - v.nadir.alkaline_phosphatase * 1.5) >= 0,
            sees=("alkaline_phosphatase",),
            shows=("alkaline_phosphatase_from_nadir",),
            limit=">= 50 %",
        ),
    ),
    otherwise="none",
    otherwise_needs="any",
    own_line_only=False,
)
RESPONSE: Final = (RESPONSE_2005, GRADED_2018)
PROGRESSION: Final = (PROGRESSION_2005,)
