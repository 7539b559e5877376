"""Hematologic response and depth. Concentrations in mg/L, M-proteins in g/dL and mg/24h."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from amyloid.adjudication.criteria.rule import Closure, Criteria, Rule

if TYPE_CHECKING:
    from amyloid.adjudication.criteria.rule import Judge
    from amyloid.adjudication.decidable import Truth
    from amyloid.adjudication.labs import Evidence
    from amyloid.adjudication.labs.samples import Measures

    Item = tuple[str, str, str, Judge]

VISITS: Final = ("kappa_flc", "lambda_flc", "serum_m_protein", "urine_m_protein")
"""A hematologic visit is a day with a free light chain or an M-protein [C]."""

RATIO: Final = "{flc_ratio}"
"""Stands for the reference range of kappa/lambda on the cohort's card: Freelite, 0.26-1.65, both ends
included (Katzmann, Clin Chem 2002) [R]; no renal range is used unless the card gives it [C]."""


def immunofixation_negative(v: Evidence) -> Truth:
    """Serum and urine immunofixation both negative."""
    return (v.now.serum_immunofixation < 0.5) & (v.now.urine_immunofixation < 0.5)


def ratio_normal(values: Measures, v: Evidence) -> Truth:
    """Kappa/lambda ratio within the reference range."""
    low, high = v.reference("flc_ratio")[0], v.reference("flc_ratio")[1]
    return (values.flc_ratio >= low) & (values.flc_ratio <= high)


def ratio_clonal(values: Measures, v: Evidence) -> Truth:
    """Kappa/lambda ratio abnormal towards the amyloid's chain."""
    return (v.isotype("kappa") & (values.flc_ratio > v.reference("flc_ratio")[1])) | (
        v.isotype("lambda") & (values.flc_ratio < v.reference("flc_ratio")[0])
    )


def m_protein_found(v: Evidence) -> Truth:
    """M-protein above zero on the day itself, unless the immunofixation of that fluid is negative [C]."""
    serum = (v.today.serum_m_protein > 0).shown & ~(v.today.serum_immunofixation < 0.5).shown
    urine = (v.today.urine_m_protein > 0).shown & ~(v.today.urine_immunofixation < 0.5).shown
    return serum | urine


def _below_upper_limit(v: Evidence) -> Truth:
    return (v.isotype("kappa") & (v.now.kappa_flc < v.reference("kappa_flc")[1])) | (
        v.isotype("lambda") & (v.now.lambda_flc < v.reference("lambda_flc")[1])
    )


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


def no_clone(v: Evidence) -> Truth:
    """Both immunofixations negative, the ratio normal and no M-protein measurable at baseline [C].

    iFLC or dFLC however high with a normal ratio is no clone.
    """
    return (
        (v.base.serum_immunofixation < 0.5)
        & (v.base.urine_immunofixation < 0.5)
        & ratio_normal(v.base, v)
        & ~_serum_m_measurable(v).shown
        & ~_urine_m_measurable(v).shown
    )


def clone_found(v: Evidence) -> Truth:
    """Something at baseline that can respond: immunofixation, clonal ratio or a measurable M-protein."""
    return (
        (v.base.serum_immunofixation > 0.5)
        | (v.base.urine_immunofixation > 0.5)
        | ratio_clonal(v.base, v)
        | _serum_m_measurable(v)
        | _urine_m_measurable(v)
    )


NO_CLONE: Final = Closure("no clone detectable at baseline", no_clone, "no-clone")


def complete_response_2005(v: Evidence) -> Truth:
    """Immunofixation negative, normal ratio, marrow plasma cells below 5 %."""
    return complete_response_2012(v) & (v.now.marrow_plasma_cells < 5)


def complete_response_2012(v: Evidence) -> Truth:
    """Immunofixation negative and normal ratio."""
    return immunofixation_negative(v) & ratio_normal(v.now, v) & ~m_protein_found(v)


def complete_response_2021(v: Evidence) -> Truth:
    """Immunofixation negative, and the ratio normal or the uninvolved chain above the involved one.

    The two together are a ratio that is not abnormal towards the amyloid's chain.
    """
    return immunofixation_negative(v) & ~ratio_clonal(v.now, v) & ~m_protein_found(v)


def complete_response_andromeda(v: Evidence) -> Truth:
    """Immunofixation negative, and the ratio normal or the involved chain below its upper limit."""
    return immunofixation_negative(v) & (ratio_normal(v.now, v) | _below_upper_limit(v)) & ~m_protein_found(v)


CR_2005: Final = Rule(
    category="CR",
    words="serum and urine immunofixation negative, kappa/lambda ratio normal, marrow plasma cells < 5 %",
    holds=complete_response_2005,
    shows=("immunofixation", "ratio", "marrow", "m_proteins"),
    limit=f"ratio {RATIO}, marrow < 5 %",
    undecided_lowers=True,
)


ITEMS_2005: Final = (
    ("iflc", "involved free light chain", "baseline > 100 mg/L", _iflc_measurable),
    ("serum_m_protein", "serum M-protein", "baseline > 0.5 g/dL", _serum_m_measurable),
    ("urine_m_protein", "urine light chain", "baseline > 100 mg/24h", _urine_m_measurable),
)
"""What can be measured: its test, its name, and the baseline that opens it."""


def _falls(category: str, share: float, words: str, items: tuple[Item, ...]) -> tuple[Rule, ...]:
    """One rule for each item that falls by at least a share."""

    def fall(test: str) -> Judge:
        return lambda v: v.fall[test] >= share

    limit = f">= {share * 100:.0f} %"
    return tuple(
        Rule(category, f"{name} falls by {words}, {base}", fall(test), opens, shows=(test,), limit=limit)
        for test, name, base, opens in items
    )


PR_2005: Final = _falls("PR", 0.50, "at least 50 %", ITEMS_2005)
MINOR_RESPONSE: Final = _falls("MR", 0.25, "25 % to less than 50 %", ITEMS_2005[:2])
MEASURABLE_2005: Final = "iFLC > 100 mg/L, serum M-protein > 0.5 g/dL or urine light chain > 100 mg/24h"


def _response(key: str, source: str, evaluable: str, *rules: Rule) -> Criteria:
    return Criteria(
        domain="hematologic_response",
        key=key,
        source=source,
        evaluable=evaluable,
        closed=(NO_CLONE,),
        rules=rules,
        otherwise="NR",
        visits=VISITS,
    )


GERTZ_2005: Final = _response(
    "gertz-2005",
    "Gertz et al., Am J Hematol 2005;79:319-328 [R; marrow < 5 % M; involved chain, not dFLC C]",
    MEASURABLE_2005,
    CR_2005,
    *PR_2005,
)
BOSTON_2007: Final = _response(
    "boston-2007",
    "Gertz et al., Am J Hematol 2005;79:319-328 [R], with the minor response of Blood 2007;110:192, "
    "which prints no definition: the myeloma minimal response, 25 % to < 50 %, is used [C]",
    MEASURABLE_2005,
    CR_2005,
    *PR_2005,
    *MINOR_RESPONSE,
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
PR_LOW: Final = Rule(
    category="PR",
    words="dFLC < 10 mg/L from a baseline of 20 to < 50 mg/L",
    holds=lambda v: v.now.dflc < 10,
    applies=_dflc_low,
    shows=("dflc",),
    limit="< 10 mg/L",
)
CR_2012: Final = Rule(
    category="CR",
    words="serum and urine immunofixation negative, kappa/lambda ratio within the reference range",
    holds=complete_response_2012,
    shows=("immunofixation", "ratio", "m_proteins"),
    limit=RATIO,
    undecided_lowers=True,
)
CR_2021: Final = replace(
    CR_2012,
    words="serum and urine immunofixation negative, and the ratio normal or uFLC above iFLC",
    holds=complete_response_2021,
    limit=f"{RATIO}, or uFLC above iFLC",
)
CR_ANDROMEDA: Final = replace(
    CR_2012,
    words="serum and urine immunofixation negative, and the ratio normal or iFLC below its upper limit",
    holds=complete_response_andromeda,
    shows=("immunofixation", "ratio", "iflc", "m_proteins"),
    limit=f"{RATIO}, or iFLC below its upper limit",
)
ISA_2012: Final = _response(
    "isa-2012",
    "Palladini et al., J Clin Oncol 2012;30:4541-4549 [R]; baseline dFLC >= 50 mg/L [R/C]",
    "dFLC >= 50 mg/L",
    CR_2012,
    VGPR_2012,
    PR_2012,
)
ISA_2021: Final = _response(
    "isa-2021",
    "Complete response as restated in 2021; the other grades Palladini et al. 2012 [M]",
    "dFLC >= 50 mg/L",
    CR_2021,
    VGPR_2012,
    PR_2012,
)
LOW_DFLC_2017: Final = _response(
    "low-dflc-2017",
    "Milani et al., Blood 2017;130:625-631 [R; complete response in all with dFLC below 50]; "
    "Dittrich et al., Blood 2017;130:632-642 [S]",
    "dFLC of 20 to < 50 mg/L",
    replace(CR_2012, applies=lambda v: v.base.dflc < 50),
    PR_LOW,
)
ANDROMEDA_2021: Final = _response(
    "andromeda-2021",
    "Complete response of the ANDROMEDA trial, Kastritis et al., N Engl J Med 2021;385:46-58 [S/M]; "
    "the other grades Palladini et al. 2012 [R]",
    "dFLC >= 50 mg/L",
    CR_ANDROMEDA,
    VGPR_2012,
    PR_2012,
)
ISA_2012_ANY_DFLC: Final = _response(
    "isa-2012-any-dflc",
    "Palladini et al., J Clin Oncol 2012;30:4541-4549 where baseline dFLC >= 50 mg/L [R]; "
    "Milani et al., Blood 2017;130:625-631 where it is 20 to < 50 [R]; complete response in anybody [C]",
    "dFLC >= 20 mg/L",
    CR_2012,
    VGPR_2012,
    PR_2012,
    PR_LOW,
)


def _depth(
    key: str,
    called: str,
    source: str,
    words: str,
    holds: Judge,
    shows: str,
    limit: str,
    visits: tuple[str, ...] = VISITS,
) -> Criteria:
    rule = Rule(category="yes", words=words, holds=holds, shows=(shows,), limit=limit)
    return Criteria(
        domain="hematologic_depth",
        key=key,
        source=source,
        evaluable="nothing: a value after baseline is enough",
        closed=(NO_CLONE,),
        rules=(rule,),
        otherwise="no",
        called=called,
        visits=visits,
    )


DEPTH: Final = (
    _depth(
        "iflc-at-most-20",
        "Involved chain ≤ 20 mg/L",
        "Muchtar et al., Am J Hematol 2020;95:1280, who ask for negative immunofixation beside it [R]",
        "involved free light chain <= 20 mg/L",
        lambda v: v.now.iflc <= 20,
        "iflc",
        "<= 20 mg/L",
    ),
    _depth(
        "dflc-at-most-10",
        "dFLC ≤ 10 mg/L",
        "Muchtar et al., Am J Hematol 2020;95:1280, who ask for negative immunofixation beside it [R]",
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
    _depth(
        "mass-spectrometry-negative",
        "Mass spectrometry negative",
        "no published threshold: the laboratory's own verdict [C]",
        "no monoclonal protein in serum by mass spectrometry",
        lambda v: v.today.mass_spectrometry < 0.5,
        "mass_spectrometry",
        "negative",
        ("mass_spectrometry",),
    ),
    _depth(
        "mrd-negative",
        "MRD negative",
        "no published threshold: the laboratory's own verdict [C]",
        "no residual disease in the bone marrow",
        lambda v: v.today.mrd < 0.5,
        "mrd",
        "negative",
        ("mrd",),
    ),
)
RESPONSE: Final = (
    GERTZ_2005,
    BOSTON_2007,
    ISA_2012,
    ISA_2021,
    LOW_DFLC_2017,
    ANDROMEDA_2021,
    ISA_2012_ANY_DFLC,
)
