"""Hematologic progression. Concentrations in mg/L, M-proteins in g/dL and mg/24h."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from amyloid.adjudication.criteria.hematologic import immunofixation_negative, marrow, ratio_normal
from amyloid.adjudication.criteria.rule import Criteria, Rule
from amyloid.adjudication.decidable import certain

if TYPE_CHECKING:
    from amyloid.adjudication.decidable import Quantity, Truth
    from amyloid.adjudication.labs import Evidence

SERUM_M_RISE: Final = Rule(
    category="progression",
    words="serum M-protein up by at least 50 % from its nadir, to > 0.5 g/dL",
    holds=lambda v: (
        ((v.now.serum_m_protein - v.nadir.serum_m_protein * 1.5) >= 0)
        & (v.now.serum_m_protein > 0.5)
        & ~_had_complete_response(v)
    ),
    sees=("serum_m_protein",),
    shows=("serum_m_protein_from_nadir",),
    limit=">= 50 %, > 0.5 g/dL",
)
URINE_M_RISE: Final = Rule(
    category="progression",
    words="urine light chain up by at least 50 % from its nadir, to > 200 mg/24h",
    holds=lambda v: (
        ((v.now.urine_m_protein - v.nadir.urine_m_protein * 1.5) >= 0)
        & (v.now.urine_m_protein > 200)
        & ~_had_complete_response(v)
    ),
    sees=("urine_m_protein",),
    shows=("urine_m_protein_from_nadir",),
    limit=">= 50 %, > 200 mg/24h",
)
IFLC_RISE: Final = Rule(
    category="progression",
    words="involved free light chain up by at least 50 % from its nadir, to > 100 mg/L",
    holds=lambda v: (
        ((v.now.iflc - v.nadir.iflc * 1.5) >= 0) & (v.now.iflc > 100) & ~_had_complete_response(v)
    ),
    sees=("iflc",),
    shows=("iflc_from_nadir",),
    limit=">= 50 %, > 100 mg/L",
)
LOSS_OF_CR: Final = (
    Rule(
        category="progression",
        words="after complete response, any detectable monoclonal protein",
        holds=lambda v: (
            _had_complete_response(v)
            & (
                (v.now.serum_immunofixation > 0.5)
                | (v.now.urine_immunofixation > 0.5)
                | (v.now.serum_m_protein > 0)
                | (v.now.urine_m_protein > 0)
            )
        ),
        sees=("serum_immunofixation", "urine_immunofixation"),
        shows=("immunofixation", "m_proteins"),
        limit="detectable after complete response",
    ),
    Rule(
        category="progression",
        words="after complete response, abnormal ratio and light chain at least doubled since then",
        holds=lambda v: (
            _had_complete_response(v)
            & ~ratio_normal(v)
            & ((v.now.iflc - iflc_at_complete_response(v) * 2) >= 0)
        ),
        sees=("iflc",),
        shows=("iflc_from_cr", "ratio"),
        limit="doubled, ratio outside 0.26-1.65",
    ),
)


def _in_complete_response(v: Evidence) -> Truth:
    return v.remember("complete response lost", _complete_unless_marrow_denies)


def _complete_unless_marrow_denies(v: Evidence) -> Truth:
    """Complete response whose loss is progression: a marrow >= 5 % denies it, a missing one does not [C]."""
    return immunofixation_negative(v) & ratio_normal(v) & certain((marrow(v) < 5).possibly)


def _had_complete_response(v: Evidence) -> Truth:
    return certain(v.after_first(_in_complete_response(v).surely))


def iflc_at_complete_response(v: Evidence) -> Quantity:
    """Involved free light chain at the patient's first visit in complete response."""
    return v.at_first(_in_complete_response(v).surely, v.now.iflc)


PROGRESSION_2005: Final = Criteria(
    domain="hematologic_progression",
    key="gertz-2005",
    source=(
        "Gertz et al., Am J Hematol 2005;79:319-328 [R]; reference is the nadir, light chain doubled in "
        "the ratio branch, involved chain rather than dFLC, complete response also without a marrow [C]"
    ),
    evaluable="nothing: a first sample is enough",
    rules=(*LOSS_OF_CR, IFLC_RISE, SERUM_M_RISE, URINE_M_RISE),
    otherwise="none",
    otherwise_needs="any",
    own_line_only=False,
)
PAVIA_2018: Final = Criteria(
    domain="hematologic_progression",
    key="pavia-2018",
    source="Palladini et al., Blood 2018;131:525-532 [R]; met where the nadir is not above zero [C]",
    evaluable="dFLC",
    rules=(
        Rule(
            category="progression",
            words="dFLC > 20 mg/L, > 20 % of baseline and > 50 % above its nadir",
            holds=lambda v: (
                (v.now.dflc > 20)
                & ((v.now.dflc - v.base.dflc * 0.20) > 0)
                & ((v.now.dflc - v.nadir.dflc * 1.5) > 0)
            ),
            sees=("dflc",),
            shows=("dflc_from_nadir_with_base",),
            limit="> 20 mg/L, > 20 % of baseline, > 50 % above nadir",
        ),
    ),
    otherwise="none",
    otherwise_needs="any",
    own_line_only=False,
)
PROGRESSION: Final = (PROGRESSION_2005, PAVIA_2018)
