"""Cardiac response and progression. NT-proBNP and BNP in ng/L, troponin T and I in ug/L."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from amyloid.adjudication.criteria.rule import Closure, Criteria, Judge, Rule, progression

if TYPE_CHECKING:
    from amyloid.adjudication.decidable import Truth
    from amyloid.adjudication.labs import Evidence

UNINVOLVED: Final = Closure(
    "the heart is recorded as not involved", lambda v: ~v.flag("heart"), "not-involved"
)
TRANSPLANTED: Final = Closure(
    "heart transplant before treatment", lambda v: v.before_treatment("heart_transplant"), "transplant-before"
)
CLOSED: Final = (UNINVOLVED, TRANSPLANTED)
VISITS: Final = (
    "nt_probnp",
    "bnp",
    "troponin_t",
    "troponin_i",
    "hs_troponin_t",
    "ejection_fraction",
    "nyha_class",
    "wall_thickness",
)
RENAL_WORSENING: Final = 0.25
"""eGFR fall that closes NT-proBNP progression; the published text has no number [C]."""


def _own_heart(holds: Judge) -> Judge:
    """After a heart transplant nothing can be judged [C]."""
    return lambda v: holds(v).undecided_where(v.reached("heart_transplant"))


def _biomarker(holds: Judge) -> Judge:
    """Held back under an IMiD [R; Blood 2010;116:3021], and after an LVAD [C]."""
    return _own_heart(lambda v: holds(v).undecided_where(v.held_back | v.reached("lvad")))


def _falls(name: str, share: float, amount: float) -> Judge:
    return lambda v: (v.fall[name] >= share) & ((v.base[name] - v.now[name]) >= amount)


def _falls_by_more(name: str, share: float, amount: float) -> Judge:
    return lambda v: (v.fall[name] > share) & ((v.base[name] - v.now[name]) > amount)


def _rises(name: str, share: float, amount: float) -> Judge:
    return lambda v: (v.rise[name] >= share) & ((v.now[name] - v.base[name]) >= amount)


def _rises_by_more(name: str, share: float, amount: float) -> Judge:
    return lambda v: (v.rise[name] > share) & ((v.now[name] - v.base[name]) > amount)


def _response(key: str, source: str, evaluable: str, *rules: Rule, otherwise: str) -> Criteria:
    return Criteria(
        "cardiac_response", key, source, rules, otherwise, evaluable, closed=CLOSED, visits=VISITS
    )


RESPONSE_2012: Final = _response(
    "isa-2012",
    "Palladini et al., J Clin Oncol 2012;30:4541-4549, as restated by CIBMTR and PMC10950441 [R]",
    "NT-proBNP >= 650 ng/L, or NYHA class III or IV",
    Rule(
        category="response",
        words="NT-proBNP falls by more than 30 % and 300 ng/L, baseline >= 650 ng/L",
        holds=_biomarker(_falls_by_more("nt_probnp", 0.30, 300)),
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
        optional=True,
    ),
    otherwise="no response",
)


def _nt_probnp_opens(base: float, other: str, other_base: float) -> Judge:
    """NT-proBNP above its limit, unless it is not repeated and the other peptide can stand in."""
    return lambda v: (
        (v.base.nt_probnp > base).shown
        & (v.repeated("nt_probnp", until_next_line=True) | ~(v.base[other] > other_base).shown)
    )


def _bnp_opens(base: float, first: str, first_base: float) -> Judge:
    """BNP above its limit, where NT-proBNP is not above its own or is not repeated."""
    return lambda v: (
        (v.base.bnp > base) & ~((v.base[first] > first_base).shown & v.repeated(first, until_next_line=True))
    )


def _graded(key: str, source: str, nt_probnp_cr: float, bnp_cr: float | None) -> Criteria:
    """Depth of the fall in NT-proBNP, or in BNP where the version knows it: one peptide per patient."""
    if bnp_cr is None:
        markers = [("nt_probnp", "NT-proBNP", _above("nt_probnp", 650), nt_probnp_cr)]
    else:
        markers = [
            ("nt_probnp", "NT-proBNP", _nt_probnp_opens(650, "bnp", 150), nt_probnp_cr),
            ("bnp", "BNP", _bnp_opens(150, "nt_probnp", 650), bnp_cr),
        ]
    rules = [
        _graded_rule("CR", f"{label} <= {cr:g} ng/L", name, opens, _at_most(name, cr), f"<= {cr:g} ng/L")
        for name, label, opens, cr in markers
    ]
    for category, share in (("VGPR", 0.60), ("PR", 0.30)):
        for name, label, opens, _ in markers:
            words, limit = f"{label} falls by more than {share:.0%}", f"> {share * 100:.0f} %"
            rules.append(_graded_rule(category, words, name, opens, _more_than(name, share), limit))
    evaluable = "NT-proBNP > 650 ng/L" + ("" if bnp_cr is None else " or BNP > 150 ng/L")
    return _response(key, source, evaluable, *rules, otherwise="NR")


def _graded_rule(category: str, words: str, name: str, opens: Judge, holds: Judge, limit: str) -> Rule:
    return Rule(
        category=category, words=words, holds=_biomarker(holds), applies=opens, shows=(name,), limit=limit
    )


def _above(name: str, base: float) -> Judge:
    return lambda v: v.base[name] > base


def _at_most(name: str, limit: float) -> Judge:
    return lambda v: v.now[name] <= limit


def _more_than(name: str, share: float) -> Judge:
    return lambda v: v.fall[name] > share


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
BOSTON_BNP_2020: Final = _response(
    "boston-bnp-2020",
    "Lilleness et al., Br J Haematol 2020, 10.1111/bjh.16198 [R]",
    "BNP >= 150 ng/L",
    Rule(
        category="response",
        words="BNP falls by at least 30 % and 50 ng/L, baseline >= 150 ng/L",
        holds=_biomarker(_falls("bnp", 0.30, 50)),
        applies=lambda v: v.base.bnp >= 150,
        shows=("bnp_with_amount",),
        limit=">= 30 % and >= 50 ng/L",
    ),
    otherwise="no response",
)


def _peptide_rise(
    words: str, name: str, rise: Judge, shows: str, limit: str, *, while_kidney_holds: bool
) -> Rule:
    """A rise counts unless an IMiD, an LVAD or a worsening kidney may explain it; such a rise keeps open."""

    def kidney(v: Evidence) -> Truth:
        return v.fall.egfr >= RENAL_WORSENING

    def confounded(v: Evidence) -> Truth:
        others = v.held_back | v.reached("lvad")
        return others | kidney(v) if while_kidney_holds else others

    return Rule(
        category="progression",
        words=words,
        holds=_biomarker(lambda v: rise(v).not_scorable_where(kidney(v)) if while_kidney_holds else rise(v)),
        sees=(name,),
        shows=(shows,),
        limit=limit,
        unscorable="a rise is not scorable under an IMiD, or while renal function worsens or is unknown"
        if while_kidney_holds
        else "a rise is not scorable under an IMiD",
        blocks=lambda v: rise(v).shown & confounded(v) & ~v.reached("heart_transplant"),
    )


TROPONINS: Final = (
    ("troponin_t", "troponin T"),
    ("troponin_i", "troponin I"),
    ("hs_troponin_t", "high-sensitivity troponin T"),
)
"""The first that stands at baseline and is repeated is the patient's troponin [C]."""


def _stands(name: str) -> Judge:
    return lambda v: v.base[name].given & v.repeated(name)


def _own_troponin(number: int) -> Judge:
    def opens(v: Evidence) -> Truth:
        answer = _stands(TROPONINS[number][0])(v)
        for name, _ in TROPONINS[:number]:
            answer = answer & ~_stands(name)(v)
        return answer

    return opens


def _troponin(number: int, share: float, *, strict: bool = False, from_nadir: bool = False) -> Rule:
    name, label = TROPONINS[number]

    def holds(v: Evidence) -> Truth:
        if from_nadir:
            return (v.today[name] - v.nadir[name] * (1 + share)) >= 0
        rise = v.rise[name]
        return rise > share if strict else rise >= share

    return Rule(
        category="progression",
        words=f"{label} up by {'more than' if strict else 'at least'} {share * 100:.0f} %",
        holds=_own_heart(holds),
        applies=_own_troponin(number),
        sees=(name,),
        shows=(f"{name}_from_nadir" if from_nadir else name,),
        limit=f"rise {'>' if strict else '>='} {share * 100:.0f} %",
    )


def _ejection_fraction(highest: Judge | None = None) -> Rule:
    return Rule(
        category="progression",
        words="ejection fraction falls by at least 10 percentage points"
        + ("" if highest is None else " from its highest"),
        holds=_own_heart(highest or (lambda v: (v.base.ejection_fraction - v.now.ejection_fraction) >= 10)),
        sees=("ejection_fraction",),
        shows=("ejection_fraction" if highest is None else "ejection_fraction_from_highest",),
        limit="fall >= 10 points",
    )


def _progression_2012(key: str, source: str, *rules: Rule) -> Criteria:
    return progression(
        "cardiac_progression", key, source, "a cardiac marker", *rules, closed=CLOSED, visits=VISITS
    )


ISA_2012_TEXT: Final = (
    "Palladini et al., J Clin Oncol 2012;30:4541-4549, as restated by CIBMTR and PMC10950441 [R]; "
    "ejection fraction in points, eGFR fall >= 25 % as renal worsening [C]"
)
NT_PROBNP_RISE: Final = _peptide_rise(
    "NT-proBNP up by more than 30 % and 300 ng/L, while renal function does not worsen",
    "nt_probnp",
    _rises_by_more("nt_probnp", 0.30, 300),
    "nt_probnp_with_amount",
    "rise > 30 % and > 300 ng/L",
    while_kidney_holds=True,
)
PROGRESSION_2012: Final = _progression_2012(
    "isa-2012",
    f"{ISA_2012_TEXT}; any troponin by a third, the first of T, I and high-sensitivity T [R/C]",
    NT_PROBNP_RISE,
    *(_troponin(number, 0.33) for number, _ in enumerate(TROPONINS)),
    _ejection_fraction(),
)
PROGRESSION_FROM_NADIR: Final = _progression_2012(
    "isa-2012-from-nadir",
    f"{ISA_2012_TEXT}; each marker from its lowest since baseline, ejection fraction from its highest [C]",
    _peptide_rise(
        "NT-proBNP up by more than 30 % and 300 ng/L from its nadir, while renal function does not worsen",
        "nt_probnp",
        lambda v: (
            ((v.today.nt_probnp - v.nadir.nt_probnp * 1.3) > 0)
            & ((v.today.nt_probnp - v.nadir.nt_probnp) > 300)
        ),
        "nt_probnp_from_nadir_with_base",
        "rise > 30 % and > 300 ng/L",
        while_kidney_holds=True,
    ),
    *(_troponin(number, 0.33, from_nadir=True) for number, _ in enumerate(TROPONINS)),
    _ejection_fraction(lambda v: (v.highest.ejection_fraction - v.today.ejection_fraction) >= 10),
)
PROGRESSION_HS_75: Final = _progression_2012(
    "isa-2012-hs-troponin-t-75",
    f"{ISA_2012_TEXT}; high-sensitivity troponin T by more than 75 %, Blood 2010;116:3426 [R]",
    NT_PROBNP_RISE,
    _troponin(0, 0.33),
    _troponin(1, 0.33),
    _troponin(2, 0.75, strict=True),
    _ejection_fraction(),
)
BOSTON_PROGRESSION: Final = progression(
    "cardiac_progression",
    "boston-bnp-2020",
    "Lilleness et al., Br J Haematol 2020, 10.1111/bjh.16198 [R]; the abstract's 'or' read as and [C]",
    "BNP",
    _peptide_rise(
        "BNP up by at least 30 % and 50 ng/L",
        "bnp",
        _rises("bnp", 0.30, 50),
        "bnp_with_amount",
        "rise >= 30 % and >= 50 ng/L",
        while_kidney_holds=False,
    ),
    closed=CLOSED,
    visits=VISITS,
)


RESPONSE: Final = (RESPONSE_2012, BOSTON_BNP_2020, GRADED_2018, GRADED_2023)
PROGRESSION: Final = (PROGRESSION_2012, BOSTON_PROGRESSION, PROGRESSION_FROM_NADIR, PROGRESSION_HS_75)
