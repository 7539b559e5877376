"""Hematologic progression, judged on the sample's own day. Concentrations in mg/L, g/dL and mg/24h."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from amyloid.adjudication.criteria.hematologic import (
    RATIO,
    complete_response_2021,
    complete_response_andromeda,
    m_protein_found,
    no_clone,
    ratio_clonal,
)
from amyloid.adjudication.criteria.rule import Judge, Rule, progression

if TYPE_CHECKING:
    from amyloid.adjudication.decidable import Truth
    from amyloid.adjudication.labs import Evidence


def published_complete_response(v: Evidence) -> Truth:
    """Complete response of 2005, 2012 or 2021: the widest of them is that of 2021."""
    return complete_response_2021(v) & ~no_clone(v).shown


def complete_response_of_the_trial(v: Evidence) -> Truth:
    """Complete response of ANDROMEDA."""
    return complete_response_andromeda(v) & ~no_clone(v).shown


def _from_published(v: Evidence) -> Truth:
    return v.had(published_complete_response)


def _from_any(v: Evidence) -> Truth:
    return v.had(published_complete_response) | v.had(complete_response_of_the_trial)


def _from_partial(v: Evidence) -> Truth:
    return ~_from_any(v)


def _immunofixation_positive(v: Evidence) -> Truth:
    return (v.today.serum_immunofixation > 0.5) | (v.today.urine_immunofixation > 0.5)


def _rise_rule(words: str, name: str, above: float, limit: str, also: Judge | None = None) -> Rule:
    """At least 50 % above the nadir, to more than a floor."""

    def holds(v: Evidence) -> Truth:
        now, nadir = v.today[name], v.nadir[name]
        rise = ((now - nadir * 1.5) >= 0) & (now > above)
        return rise if also is None else rise & also(v)

    return Rule(
        category="progression",
        words=words,
        holds=holds,
        sees=(name,),
        shows=(f"{name}_from_nadir",),
        limit=limit,
        within=_from_partial,
    )


SERUM_M_RISE: Final = _rise_rule(
    "serum M-protein up by at least 50 % from its nadir, to > 0.5 g/dL",
    "serum_m_protein",
    0.5,
    ">= 50 %, > 0.5 g/dL",
    lambda v: ~(v.today.serum_immunofixation < 0.5).shown,
)
URINE_M_RISE: Final = _rise_rule(
    "urine light chain up by at least 50 % from its nadir, to > 200 mg/24h",
    "urine_m_protein",
    200,
    ">= 50 %, > 200 mg/24h",
    lambda v: ~(v.today.urine_immunofixation < 0.5).shown,
)
IFLC_RISE: Final = _rise_rule(
    "involved free light chain up by at least 50 % from its nadir, to > 100 mg/L",
    "iflc",
    100,
    ">= 50 %, > 100 mg/L",
)
SAMPLED: Final = (
    "serum_immunofixation",
    "urine_immunofixation",
    "serum_m_protein",
    "urine_m_protein",
    "iflc",
)
LOSS_OF_CR: Final = (
    Rule(
        category="progression",
        words=(
            "after complete response, any detectable monoclonal protein "
            "(after that of ANDROMEDA alone, a positive immunofixation)"
        ),
        holds=lambda v: _immunofixation_positive(v) | (_from_published(v) & m_protein_found(v)),
        sees=SAMPLED,
        shows=("immunofixation_of_day", "m_proteins"),
        limit="detectable after complete response",
        within=_from_any,
        seen_is_judged=True,
    ),
    Rule(
        category="progression",
        words=(
            "after complete response, ratio abnormal towards the involved chain and that chain at least "
            "twice its lowest since then"
        ),
        holds=lambda v: (
            ratio_clonal(v.today, v)
            & ((v.today.iflc - v.lowest_since(published_complete_response).iflc * 2) >= 0)
        ),
        sees=("iflc",),
        shows=("iflc_from_cr", "ratio_of_day"),
        limit=f"doubled, ratio outside {RATIO} towards the involved chain",
        within=_from_published,
    ),
)
PROGRESSION_2005: Final = progression(
    "hematologic_progression",
    "gertz-2005",
    "Gertz et al., Am J Hematol 2005;79:319-328 [R]; reference is the nadir, light chain doubled in "
    "the ratio branch, involved chain rather than dFLC, loss of any published complete response [C]",
    "nothing: a first sample is enough",
    *LOSS_OF_CR,
    IFLC_RISE,
    SERUM_M_RISE,
    URINE_M_RISE,
)
PAVIA_2018: Final = progression(
    "hematologic_progression",
    "pavia-2018",
    "Palladini et al., Blood 2018;131:525-532 [R]; met where the nadir is not above zero [C]",
    "dFLC",
    Rule(
        category="progression",
        words="dFLC > 20 mg/L, > 20 % of baseline and > 50 % above its nadir",
        holds=lambda v: (
            (v.today.dflc > 20)
            & ((v.today.dflc - v.base.dflc * 0.20) > 0)
            & ((v.today.dflc - v.nadir.dflc * 1.5) > 0)
        ),
        sees=("dflc",),
        shows=("dflc_from_nadir_with_base",),
        limit="> 20 mg/L, > 20 % of baseline, > 50 % above nadir",
    ),
)
PROGRESSION: Final = (PROGRESSION_2005, PAVIA_2018)
