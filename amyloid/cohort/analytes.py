"""Names by which laboratories call a test: which of ours is meant, and which one is never meant."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from typing import Final

from amyloid.cohort.measurements import TESTS
from amyloid.cohort.reading.table import in_ascii

ANY: Final = tuple(TESTS)
CHAINS: Final = ("kappa_flc", "lambda_flc")
FIXATIONS: Final = ("serum_immunofixation", "urine_immunofixation")
M_PROTEINS: Final = ("serum_m_protein", "urine_m_protein")
TROPONINS: Final = ("troponin_t", "troponin_i", "hs_troponin_t", "hs_troponin_i")

_URINE = r"urine?|harn|orina|24_?h"
_HIGH = r"hs|high_?sens\w*|hoch_?sens\w*|ultra_?sens\w*"
NEAR_MISSES: Final = (
    (r"(i|involved_?|uninvolved_?|d)flc.*|.*involved.*", "does not say which chain", CHAINS),
    (
        rf".*({_URINE}).*",
        "is of urine",
        (*CHAINS, "serum_immunofixation", "serum_m_protein", "creatinine"),
    ),
    (
        r".*(serum|plasma|blood|blut).*",
        "is of blood",
        ("urine_immunofixation", "urine_m_protein", "urine_protein"),
    ),
    (r".*n_?latex.*", "is the N Latex assay, which belongs in the column assay", CHAINS),
    (r".*(total|gesamt|bound|heavy|hevylite|(?<![a-z])ig[gamde]).*", "is not the free light chain", CHAINS),
    (r"(kappa|lambda)(_(light_)?chains?)?", "does not say that the chain is free", CHAINS),
    (
        r".*(ratio|quot|kappa.*lambda|lambda.*kappa|_to_|index|difference|dflc).*",
        "is a ratio or difference",
        ANY,
    ),
    (
        r"(?!.*((^|_)m_|mono|para|bence|spike|component)).*(protein|eiweiss).*",
        "is total protein",
        M_PROTEINS,
    ),
    (
        r".*(albumin|globulin|transferrin|prealbumin|microalb).*",
        "is one protein of many",
        ("urine_protein", *M_PROTEINS),
    ),
    (
        r".*((?<![a-z])ig[gamde]|quantitative|nephelo).*",
        "is an immunoglobulin, not the monoclonal protein",
        M_PROTEINS,
    ),
    (
        r".*(spot|random|spontan|conc).*",
        "is a spot sample, not 24 hours",
        ("urine_protein", "urine_m_protein"),
    ),
    (r".*(clearance|cystatin|kinase|ck|cl_?cr|crcl).*", "is no serum creatinine", ("creatinine", "egfr")),
    (r"(immuno_?fixation|ife|ifix|immunfixation|immunofix)", "does not say its specimen", FIXATIONS),
    (r".*(electrophoresis|spep|upep|elektrophorese).*", "is an electrophoresis", FIXATIONS),
    (rf".*({_HIGH}).*", "is a high-sensitivity assay", ("troponin_t", "troponin_i")),
    (r".*(troponin|tn)_?i(_.*|$)|.*ctni.*", "is troponin I", ("troponin_t", "hs_troponin_t")),
    (r".*(troponin|tn)_?t(_.*|$)|.*ctnt.*", "is troponin T", ("troponin_i", "hs_troponin_i")),
    (r"(troponin|tn)", "does not say which troponin", TROPONINS),
    (r".*nt.*bnp.*|.*pro.*bnp.*", "is NT-proBNP", ("bnp",)),
    (r"bnp|.*[^o]_bnp.*|brain_natriuretic_peptide", "is BNP", ("nt_probnp",)),
    (r".*(bone|placental|bap|heat|iso).*", "is one isoenzyme", ("alkaline_phosphatase",)),
    (
        r".*(blood|periph|flow|circulating|clonal).*",
        "is not the share in the marrow",
        ("marrow_plasma_cells",),
    ),
    (
        r".*(right|rv|rvef|shortening|fs).*",
        "is not the left ventricle's ejection fraction",
        ("ejection_fraction",),
    ),
    (r".*(diastolic|mean|map).*", "is another pressure", ("systolic_bp",)),
)
"""Pattern of a folded name, what it is, and the tests of ours that it is not, however alike the names are."""

_GERMAN = "_?(leichtketten?|lk|l_ketten?)"
_FREE = "s?flc|free_light_chains?|freie_leichtketten?|fr?lk|f?lc|clls?|cll"
_FREE_CHAINS = "(chaines?_legeres?_libres?|cadenas?_ligeras?_libres?|catene_leggere_libere)"
OTHER_NAMES: Final = (
    (
        r"(s_|serum_)?(free_?)?kappa(_?(flc|free)(_light_chains?)?|_frei\w*)?(_leichtketten?)?(_serum)?",
        "kappa_flc",
    ),
    (
        r"(s_|serum_)?(free_?)?lambda(_?(flc|free)(_light_chains?)?|_frei\w*)?(_leichtketten?)?(_serum)?",
        "lambda_flc",
    ),
    (rf"({_FREE})_?(kappa|k)|(k|kappa)_?flc|{_FREE_CHAINS}_kappa|freie_kappa{_GERMAN}", "kappa_flc"),
    (rf"({_FREE})_?(lambda|l)|(l|lambda)_?flc|{_FREE_CHAINS}_lambda|freie_lambda{_GERMAN}", "lambda_flc"),
    (r"(serum_?(ife|ifix|immunofix\w*)|(ife|immunofixation)_serum|s_?ife)", "serum_immunofixation"),
    (r"(urine_?(ife|ifix|immunofix\w*)|(ife|immunofixation)_urine|u_?ife)", "urine_immunofixation"),
    (
        r"serum_(m_?spike|m_component|paraprotein|monoclonal_protein)|(m_?spike|m_protein|paraprotein)_serum",
        "serum_m_protein",
    ),
    (r"(bm|marrow|bone_marrow)_?(pc|plasma_?cells?|plasmacytosis)|bmpc", "marrow_plasma_cells"),
    (
        r"(24_?h(ours?)?_)?(urine_protein|proteinuria|urine_total_protein|protein_urine)(_24_?h(ours?)?)?"
        r"|(gesamt)?(eiweiss|protein)_(im_)?(24_?h|sammel)_?(urine?)?|u_?(prot|protein|eiweiss)_?24_?h?"
        r"|(total_)?protein_24_?(h|hr|hrs|hours?)_(u|urine)"
        r"|proteinurie(_(des_)?24_?h(eures)?)?|proteinuria_(de(lle)?_)?24_?(h|ore|horas)|proteinuria_24_?h\w*",
        "urine_protein",
    ),
    (
        r"(serum_|s_)?(creat|crea|krea|kreatinin|creatinin|creatinine|scr|creatinina)(_serum|_s)?",
        "creatinine",
    ),
    (r"e?gfr(_ckd_?epi(_\d{4})?)?|e_gfr", "egfr"),
    (r"(nt_?)?pro_?(bnp|b_type.*)|n_terminal_pro_?bnp", "nt_probnp"),
    (r"c?tnt|cardiac_troponin_t", "troponin_t"),
    (r"c?tni|cardiac_troponin_i", "troponin_i"),
    (rf"({_HIGH})_?c?(tnt|troponin_?t)|(c?tnt|troponin_t)_?({_HIGH})", "hs_troponin_t"),
    (rf"({_HIGH})_?c?(tni|troponin_?i)|(c?tni|troponin_i)_?({_HIGH})", "hs_troponin_i"),
    (r"lv_?ef|ef|left_ventricular_ejection_fraction", "ejection_fraction"),
    (r"ivs(d|_?thickness)?|septum|septal_thickness|lv_?wall\w*|mean_wall_thickness", "wall_thickness"),
    (r"alp|alk_?phos|ap|alkalische_phosphatase|alkaline_phos\w*", "alkaline_phosphatase"),
    (r"nyha", "nyha_class"),
)
"""Pattern of a folded name that laboratories use, and the test probably meant; offered, never taken."""


def never_meant(name: str, test: str) -> str:
    """Say why a name is not a test of ours; empty where it may be.

    Such as ``"is total protein"``.
    """
    return next((what for near, what, tests in NEAR_MISSES if test in tests and re.fullmatch(near, name)), "")


def probable_test(name: str) -> str:
    """Find the test that a name probably means; never one that it is only close to.

    Empty when there is none.
    """
    plain = re.sub(r"[(\[][^)\]]*[/%][^)\]]*[)\]]", "", name)  # a unit in brackets
    plain = re.sub(r"[()\[\],:;/']", "_", in_ascii(plain))
    plain = re.sub(r"_+", "_", plain).strip("_")
    short = re.sub(r"_(s|p|serum|plasma)$", "", plain)
    by_name = (
        test for pattern, test in OTHER_NAMES if re.fullmatch(pattern, plain) or re.fullmatch(pattern, short)
    )
    by_spelling = (test for test in TESTS if misspelt(plain, test))
    return next((test for test in (*by_name, *by_spelling) if not never_meant(plain, test)), "")


def misspelt(name: str, ours_name: str) -> bool:
    """Whether a name is one of ours with a typing error: the same words, each nearly the same."""
    if name.replace("_", "") == ours_name.replace("_", ""):
        return True
    words, ours = name.split("_"), ours_name.split("_")
    return len(words) == len(ours) and all(
        word == own or (min(len(word), len(own)) > 3 and SequenceMatcher(None, word[:60], own).ratio() > 0.8)
        for word, own in zip(words, ours, strict=True)
    )
