"""What a shared report names: columns, domains, endpoints and measurements with their words."""

from collections.abc import Mapping

LEVELS: Mapping[str, tuple[str, Mapping[object, str]]] = {
    "sex": ("Sex", {"female": "female", "male": "male"}),
    "light_chain": ("Light chain", {"kappa": "kappa", "lambda": "lambda"}),
    **{
        column: (words, {True: "yes", False: "no"})
        for column, words in {
            "heart": "Heart involved",
            "kidney": "Kidney involved",
            "liver": "Liver involved",
            "nerve": "Nerve involved",
            "gastrointestinal": "Gastrointestinal tract involved",
            "lung": "Lung involved",
            "soft_tissue": "Soft tissue involved",
            "prior_melphalan": "Prior melphalan",
            "prior_transplant": "Prior stem cell transplantation",
            "prior_thalidomide": "Prior thalidomide",
            "prior_bortezomib": "Prior bortezomib",
        }.items()
    },
}
"""Patient columns that are shown, with the words for the column and for each of its values."""

GRADES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "hematologic_response": ("Best hematologic response", ("CR", "VGPR", "PR", "MR", "NR", "NE")),
    "renal_response": ("Best renal response", ("CR", "VGPR", "PR", "NR", "response", "no response", "NE")),
    "cardiac_response": (
        "Best cardiac response",
        ("CR", "VGPR", "PR", "NR", "response", "no response", "NE"),
    ),
    "cardiac_stage": ("Cardiac stage", ("I", "II", "III", "IIIa", "IIIb", "IV", "NE")),
    "renal_stage": ("Renal stage", ("I", "II", "III", "NE")),
}
"""Domains that are shown, with their words and all grades that may be named."""

DOMAINS = frozenset(words for words, _ in GRADES.values())

ENDPOINTS: Mapping[str, str] = {
    "overall_survival": "Overall survival",
    "hematologic_pfs": "Hematologic progression-free survival",
    "organ_pfs": "Organ progression-free survival",
    "duration_of_response": "Duration of response",
    "time_to_next_treatment": "Time to next treatment",
}

MEASUREMENTS: Mapping[str, str] = {
    "dflc": "dFLC, mg/L",
    "creatinine": "Creatinine, mg/dL",
    "egfr": "eGFR, mL/min/1.73 m2",
    "urine_protein": "Urine protein, g/24 h",
    "nt_probnp": "NT-proBNP, ng/L",
    "bnp": "BNP, ng/L",
    "alkaline_phosphatase": "Alkaline phosphatase, U/L",
}
"""Baseline values whose quartiles are shown."""


def vocabulary() -> frozenset[str]:
    """Return every word and phrase of these tables, and what stands beside them."""
    levels = (word for _, words in LEVELS.values() for word in words.values())
    grades = (grade for _, known in GRADES.values() for grade in known)
    rows = ("given", "not given", "measured", "not measured", "lower quartile", "median", "upper quartile")
    effects = ("Hematologic response, all patients, percentage points", "Death, hazard ratio")
    titles = (words for words, _ in (*LEVELS.values(), *GRADES.values()))
    own = (*titles, *levels, *grades, *rows, *effects, "Death, log-rank test", "Age, years", "Patients")
    return frozenset([*own, "Follow-up, months", *ENDPOINTS.values(), *MEASUREMENTS.values()])
