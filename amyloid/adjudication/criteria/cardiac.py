"""Cardiac response and progression. NT-proBNP and BNP in ng/L, troponin T and I in ug/L."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from amyloid.adjudication.criteria.rule import Closure, Criteria, Rule
from amyloid.adjudication.decidable import Truth

if TYPE_CHECKING:
    from amyloid.adjudication.decidable import Quantity
    from amyloid.adjudication.labs import Evidence

UNINVOLVED: Final = Closure("the heart is recorded as not involved", lambda v: ~v.flag("heart"))
TRANSPLANTED: Final = Closure(
    "heart transplant before treatment", lambda v: v.before_treatment("heart_transplant")
)
CLOSED: Final = (UNINVOLVED, TRANSPLANTED)
RENAL_WORSENING: Final = 0.25
"""eGFR fall that closes NT-proBNP progression; the published text has no number [C]."""


def _own_heart(holds: Callable[[Evidence], Truth]) -> Callable[[Evidence], Truth]:
    """After a heart transplant nothing can be judged [C]."""
    return lambda v: holds(v).undecided_where(v.reached("heart_transplant").surely)


def _biomarker(holds: Callable[[Evidence], Truth]) -> Callable[[Evidence], Truth]:
    """Held back under an IMiD: natriuretic peptides rise all the same [R; Blood 2010;116:3021]."""
    return _own_heart(lambda v: holds(v).undecided_where(v.held_back_under_imid))


def _falls(name: str, share: float, amount: float, *, strict: bool) -> Callable[[Evidence], Truth]:
    def holds(v: Evidence) -> Truth:
        fall: Quantity = getattr(v.fall, name)
        drop: Quantity = getattr(v.base, name) - getattr(v.now, name)
        return (fall > share) & (drop > amount) if strict else (fall >= share) & (drop >= amount)

    return holds


def _rises(name: str, share: float, amount: float, *, strict: bool) -> Callable[[Evidence], Truth]:
    def holds(v: Evidence) -> Truth:
        rise: Quantity = getattr(v.rise, name)
        gain: Quantity = getattr(v.now, name) - getattr(v.base, name)
        return (rise > share) & (gain > amount) if strict else (rise >= share) & (gain >= amount)

    return holds


RESPONSE_2012: Final = Criteria(
    domain="cardiac_response",
    key="isa-2012",
    source="Palladini et al., J Clin Oncol 2012;30:4541-4549, as restated by CIBMTR and PMC10950441 [R]",
    evaluable="NT-proBNP >= 650 ng/L, or NYHA class III or IV",
    closed=CLOSED,
    rules=(
        Rule(
            category="response",
            words="NT-proBNP falls by more than 30 % and 300 ng/L, baseline >= 650 ng/L",
            holds=_biomarker(_falls("nt_probnp", 0.30, 300, strict=True)),
            applies=lambda v: v.base.nt_probnp >= 650,
            shows=("nt_probnp_with_amount",),
            limit="> 30 % and > 300 ng/L",
        ),
        Rule(
            category="response",
            words="NYHA class falls by two, baseline III or IV",
            holds=_own_heart(lambda v: (v.base.nyha_class - v.now.nyha_class) >= 2),
            applies=lambda v: v.base.nyha_class >= 3,
            shows=("nyha_class",),
            limit=">= 2 classes",
        ),
    ),
    otherwise="no response",
)


def _graded(key: str, source: str, nt_probnp_cr: float, bnp_cr: float | None) -> Criteria:
    """Depth of the fall in NT-proBNP, or in BNP where the version knows it."""
    markers = [("nt_probnp", "NT-proBNP", 650.0, nt_probnp_cr)]
    if bnp_cr is not None:
        markers.append(("bnp", "BNP", 150.0, bnp_cr))
    rules = []
    for name, label, base, cr in markers:
        rules.append(
            _graded_rule("CR", f"{label} <= {cr:g} ng/L", name, base, _at_most(name, cr), f"<= {cr:g} ng/L")
        )
    for category, share in (("VGPR", 0.60), ("PR", 0.30)):
        for name, label, base, _ in markers:
            words = f"{label} falls by more than {share:.0%}"
            rules.append(
                _graded_rule(category, words, name, base, _more_than(name, share), f"> {share * 100:.0f} %")
            )
    return Criteria(
        domain="cardiac_response",
        key=key,
        source=source,
        evaluable="NT-proBNP > 650 ng/L" + ("" if bnp_cr is None else " or BNP > 150 ng/L"),
        closed=CLOSED,
        rules=tuple(rules),
        otherwise="NR",
    )


def _graded_rule(
    category: str, words: str, name: str, base: float, holds: Callable[[Evidence], Truth], limit: str
) -> Rule:
    return Rule(
        category=category,
        words=words,
        holds=_biomarker(holds),
        applies=lambda v: getattr(v.base, name) > base,
        shows=(name,),
        limit=limit,
    )


def _at_most(name: str, limit: float) -> Callable[[Evidence], Truth]:
    return lambda v: getattr(v.now, name) <= limit


def _more_than(name: str, share: float) -> Callable[[Evidence], Truth]:
    return lambda v: getattr(v.fall, name) > share


GRADED_2018: Final = _graded(
    "graded-2018",
    "Muchtar et al., Leukemia 2018;32:2240 [R]",
    nt_probnp_cr=400,
    bnp_cr=None,
)
GRADED_2023: Final = _graded(
    "graded-2023",
    "Muchtar et al., J Clin Oncol 2023;41:1393 [R; volume M]",
    nt_probnp_cr=350,
    bnp_cr=80,
)
BOSTON_BNP_2020: Final = Criteria(
    domain="cardiac_response",
    key="boston-bnp-2020",
    source="Lilleness et al., Br J Haematol 2020, 10.1111/bjh.16198 [R]",
    evaluable="BNP >= 150 ng/L",
    closed=CLOSED,
    rules=(
        Rule(
            category="response",
            words="BNP falls by at least 30 % and 50 ng/L, baseline >= 150 ng/L",
            holds=_biomarker(_falls("bnp", 0.30, 50, strict=False)),
            applies=lambda v: v.base.bnp >= 150,
            shows=("bnp_with_amount",),
            limit=">= 30 % and >= 50 ng/L",
        ),
    ),
    otherwise="no response",
)


def _nt_probnp_rise(v: Evidence) -> Truth:
    rise = _rises("nt_probnp", 0.30, 300, strict=True)(v)
    return rise.not_scorable_where(v.fall.egfr >= RENAL_WORSENING)


def _troponin(name: str, label: str, share: float, *, strict: bool) -> Rule:
    return Rule(
        category="progression",
        words=f"{label} up by {'more than' if strict else 'at least'} {share * 100:.0f} %",
        holds=_own_heart(
            lambda v: getattr(v.rise, name) > share if strict else getattr(v.rise, name) >= share
        ),
        sees=(name,),
        shows=(name,),
        limit=f"rise {'>' if strict else '>='} {share * 100:.0f} %",
    )


PROGRESSION_2012: Final = Criteria(
    domain="cardiac_progression",
    key="isa-2012",
    source=(
        "Palladini et al., J Clin Oncol 2012;30:4541-4549, as restated by CIBMTR and PMC10950441 [R]; "
        "ejection fraction in points, eGFR fall >= 25 % as renal worsening [C]; "
        "hs-troponin T Blood 2010;116:3426 [R]"
    ),
    evaluable="a cardiac marker",
    closed=CLOSED,
    rules=(
        Rule(
            category="progression",
            words="NT-proBNP up by more than 30 % and 300 ng/L, while renal function does not worsen",
            holds=_biomarker(_nt_probnp_rise),
            sees=("nt_probnp",),
            shows=("nt_probnp_with_amount",),
            limit="rise > 30 % and > 300 ng/L",
            unscorable="a rise is not scorable while renal function worsens or is unknown",
        ),
        _troponin("troponin_t", "troponin T", 0.33, strict=False),
        _troponin("troponin_i", "troponin I", 0.33, strict=False),
        _troponin("hs_troponin_t", "high-sensitivity troponin T", 0.75, strict=True),
        Rule(
            category="progression",
            words="ejection fraction falls by at least 10 percentage points",
            holds=_own_heart(lambda v: (v.base.ejection_fraction - v.now.ejection_fraction) >= 10),
            sees=("ejection_fraction",),
            shows=("ejection_fraction",),
            limit="fall >= 10 points",
        ),
    ),
    otherwise="none",
    otherwise_needs="any",
    own_line_only=False,
)
BOSTON_PROGRESSION: Final = Criteria(
    domain="cardiac_progression",
    key="boston-bnp-2020",
    source="Lilleness et al., Br J Haematol 2020, 10.1111/bjh.16198 [R]; the abstract's 'or' read as and [C]",
    evaluable="BNP",
    closed=CLOSED,
    rules=(
        Rule(
            category="progression",
            words="BNP up by at least 30 % and 50 ng/L",
            holds=_biomarker(_rises("bnp", 0.30, 50, strict=False)),
            sees=("bnp",),
            shows=("bnp_with_amount",),
            limit="rise >= 30 % and >= 50 ng/L",
        ),
    ),
    otherwise="none",
    otherwise_needs="any",
    own_line_only=False,
)


RESPONSE: Final = (RESPONSE_2012, BOSTON_BNP_2020, GRADED_2018, GRADED_2023)
PROGRESSION: Final = (PROGRESSION_2012, BOSTON_PROGRESSION)
