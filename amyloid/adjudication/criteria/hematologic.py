"""Hematologic response and depth. Concentrations in mg/L, M-proteins in g/dL and mg/24h."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from amyloid.adjudication.criteria.rule import Criteria, Rule

if TYPE_CHECKING:
    from amyloid.adjudication.decidable import Quantity, Truth
    from amyloid.adjudication.labs import Evidence

RATIO_RANGE: Final = (0.26, 1.65)
"""Kappa/lambda, Freelite, both ends included (Katzmann, Clin Chem 2002) [R]; no renal range is used [C]."""

MARROW_VALID_MONTHS: Final = 6.0
"""A marrow counts for visits within six months of it [C]."""


def immunofixation_negative(v: Evidence) -> Truth:
    """Serum and urine immunofixation both negative."""
    return (v.now.serum_immunofixation < 0.5) & (v.now.urine_immunofixation < 0.5)


def ratio_normal(v: Evidence) -> Truth:
    """Kappa/lambda ratio within the reference range."""
    return (v.now.flc_ratio >= RATIO_RANGE[0]) & (v.now.flc_ratio <= RATIO_RANGE[1])


def marrow(v: Evidence) -> Quantity:
    """Marrow plasma cells of the visit, or of the nearest earlier, then later, follow-up marrow in reach."""
    return v.nearest("marrow_plasma_cells", MARROW_VALID_MONTHS)


def complete_response_2005(v: Evidence) -> Truth:
    """Immunofixation negative, normal ratio, marrow plasma cells below 5 %."""
    return immunofixation_negative(v) & ratio_normal(v) & (marrow(v) < 5)


def _iflc_measurable(v: Evidence) -> Truth:
    return v.base.iflc > 100


def _serum_m_measurable(v: Evidence) -> Truth:
    return v.base.serum_m_protein > 0.5


def _urine_m_measurable(v: Evidence) -> Truth:
    return v.base.urine_m_protein > 100


def _dflc_measurable(v: Evidence) -> Truth:
    return v.base.dflc >= 50


def _dflc_low(v: Evidence) -> Truth:
    return (v.base.dflc >= 20) & (v.base.dflc < 50)


CR_2005: Final = Rule(
    category="CR",
    words="serum and urine immunofixation negative, kappa/lambda ratio normal, marrow plasma cells < 5 %",
    holds=complete_response_2005,
    shows=("immunofixation", "ratio", "marrow"),
    limit="ratio 0.26-1.65, marrow < 5 %",
    undecided_lowers=True,
)
PR_2005: Final = (
    Rule(
        category="PR",
        words="involved free light chain falls by at least 50 %, baseline > 100 mg/L",
        holds=lambda v: v.fall.iflc >= 0.50,
        applies=_iflc_measurable,
        shows=("iflc",),
        limit=">= 50 %",
    ),
    Rule(
        category="PR",
        words="serum M-protein falls by at least 50 %, baseline > 0.5 g/dL",
        holds=lambda v: v.fall.serum_m_protein >= 0.50,
        applies=_serum_m_measurable,
        shows=("serum_m_protein",),
        limit=">= 50 %",
    ),
    Rule(
        category="PR",
        words="urine light chain falls by at least 50 %, baseline > 100 mg/24h",
        holds=lambda v: v.fall.urine_m_protein >= 0.50,
        applies=_urine_m_measurable,
        shows=("urine_m_protein",),
        limit=">= 50 %",
    ),
)
MINOR_RESPONSE: Final = (
    Rule(
        category="MR",
        words="involved free light chain falls by 25 % to less than 50 %, baseline > 100 mg/L",
        holds=lambda v: v.fall.iflc >= 0.25,
        applies=_iflc_measurable,
        shows=("iflc",),
        limit=">= 25 %",
    ),
    Rule(
        category="MR",
        words="serum M-protein falls by 25 % to less than 50 %, baseline > 0.5 g/dL",
        holds=lambda v: v.fall.serum_m_protein >= 0.25,
        applies=_serum_m_measurable,
        shows=("serum_m_protein",),
        limit=">= 25 %",
    ),
)
MEASURABLE_2005: Final = "iFLC > 100 mg/L, serum M-protein > 0.5 g/dL or urine light chain > 100 mg/24h"

GERTZ_2005: Final = Criteria(
    domain="hematologic_response",
    key="gertz-2005",
    source="Gertz et al., Am J Hematol 2005;79:319-328 [R; marrow < 5 % M; involved chain, not dFLC C]",
    evaluable=MEASURABLE_2005,
    rules=(CR_2005, *PR_2005),
    otherwise="NR",
)
BOSTON_2007: Final = Criteria(
    domain="hematologic_response",
    key="boston-2007",
    source=(
        "Gertz et al., Am J Hematol 2005;79:319-328 [R], with the minor response of Blood 2007;110:192, "
        "which prints no definition: the myeloma minimal response, 25 % to < 50 %, is used [C]"
    ),
    evaluable=MEASURABLE_2005,
    rules=(CR_2005, *PR_2005, *MINOR_RESPONSE),
    otherwise="NR",
)

VGPR_2012: Final = Rule(
    category="VGPR",
    words="dFLC < 40 mg/L",
    holds=lambda v: v.now.dflc < 40,
    applies=_dflc_measurable,
    shows=("dflc",),
    limit="< 40 mg/L",
)
PR_2012: Final = Rule(
    category="PR",
    words="dFLC falls by more than 50 %",
    holds=lambda v: v.fall.dflc > 0.50,
    applies=_dflc_measurable,
    shows=("dflc",),
    limit="> 50 %",
)
CR_2012: Final = Rule(
    category="CR",
    words="serum and urine immunofixation negative, kappa/lambda ratio within 0.26-1.65",
    holds=lambda v: immunofixation_negative(v) & ratio_normal(v),
    shows=("immunofixation", "ratio"),
    limit="0.26-1.65",
    undecided_lowers=True,
)
ISA_2012: Final = Criteria(
    domain="hematologic_response",
    key="isa-2012",
    source="Palladini et al., J Clin Oncol 2012;30:4541-4549 [R]; baseline dFLC >= 50 mg/L [R/C]",
    evaluable="dFLC >= 50 mg/L",
    rules=(CR_2012, VGPR_2012, PR_2012),
    otherwise="NR",
)
CR_2021: Final = Rule(
    category="CR",
    words="serum and urine immunofixation negative, and the ratio normal or uFLC above iFLC",
    holds=lambda v: immunofixation_negative(v) & (ratio_normal(v) | (v.now.dflc < 0)),
    shows=("immunofixation", "ratio"),
    limit="0.26-1.65, or uFLC above iFLC",
    undecided_lowers=True,
)
ISA_2021: Final = Criteria(
    domain="hematologic_response",
    key="isa-2021",
    source="Complete response as restated in 2021; the other grades Palladini et al. 2012 [M]",
    evaluable="dFLC >= 50 mg/L",
    rules=(CR_2021, VGPR_2012, PR_2012),
    otherwise="NR",
)
LOW_DFLC_2017: Final = Criteria(
    domain="hematologic_response",
    key="low-dflc-2017",
    source="Milani et al., Blood 2017;130:625-631 [R]; Dittrich et al., Blood 2017;130:632-642 [S]",
    evaluable="dFLC of 20 to < 50 mg/L",
    rules=(
        Rule(
            category="CR",
            words=CR_2012.words,
            holds=CR_2012.holds,
            applies=_dflc_low,
            shows=CR_2012.shows,
            limit=CR_2012.limit,
            undecided_lowers=True,
        ),
        Rule(
            category="PR",
            words="dFLC < 10 mg/L from a baseline of 20 to < 50 mg/L",
            holds=lambda v: v.now.dflc < 10,
            applies=_dflc_low,
            shows=("dflc",),
            limit="< 10 mg/L",
        ),
    ),
    otherwise="NR",
)


def _depth(key: str, called: str, source: str, words: str, holds: object, shows: str, limit: str) -> Criteria:
    rule = Rule(category="yes", words=words, holds=holds, shows=(shows,), limit=limit)  # type: ignore[arg-type]
    return Criteria(
        domain="hematologic_depth",
        key=key,
        source=source,
        evaluable="nothing: free light chains after baseline are enough",
        rules=(rule,),
        otherwise="no",
        called=called,
    )


DEPTH: Final = (
    _depth(
        "iflc-at-most-20",
        "Involved chain ≤ 20 mg/L",
        "Muchtar et al., Am J Hematol 2020;95:1280 [R]",
        "involved free light chain <= 20 mg/L",
        lambda v: v.now.iflc <= 20,
        "iflc",
        "<= 20 mg/L",
    ),
    _depth(
        "dflc-at-most-10",
        "dFLC ≤ 10 mg/L",
        "Muchtar et al., Am J Hematol 2020;95:1280 [R]",
        "dFLC <= 10 mg/L",
        lambda v: v.now.dflc <= 10,
        "dflc",
        "<= 10 mg/L",
    ),
    _depth(
        "dflc-below-10",
        "dFLC < 10 mg/L",
        "Manwani et al., Blood 2019;134:2271 [S]",
        "dFLC < 10 mg/L",
        lambda v: v.now.dflc < 10,
        "dflc",
        "< 10 mg/L",
    ),
    _depth(
        "iflc-below-10",
        "Involved chain < 10 mg/L",
        "Godara et al., Am J Hematol 2021 [S]",
        "involved free light chain < 10 mg/L",
        lambda v: v.now.iflc < 10,
        "iflc",
        "< 10 mg/L",
    ),
)
RESPONSE: Final = (GERTZ_2005, BOSTON_2007, ISA_2012, ISA_2021, LOW_DFLC_2017)
