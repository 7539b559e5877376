"""Codes of LOINC, OMOP and FHIR for what is measured here; a code that is not listed is never guessed.

LOINC codes and names: Regenstrief Institute, LOINC (loinc.org), release 2.77; the material is copyright of
Regenstrief Institute and free of charge under its license. OMOP concepts: OHDSI standardized vocabularies
(athena.ohdsi.org). SNOMED CT and LOINC answers as FHIR servers send them (hl7.org/fhir/R4).
"""

from __future__ import annotations

import re
from typing import Final

LOINC: Final = {
    "36916-5": ("kappa_flc", "Kappa light chains.free [Mass/volume] in Serum"),
    "80515-0": ("kappa_flc", "Kappa light chains.free [Mass/volume] in Serum by Nephelometry"),
    "33944-0": ("lambda_flc", "Lambda light chains.free [Mass/volume] in Serum"),
    "80516-8": ("lambda_flc", "Lambda light chains.free [Mass/volume] in Serum by Nephelometry"),
    "25700-6": ("serum_immunofixation", "Immunofixation for Serum or Plasma"),
    "13440-4": ("urine_immunofixation", "Immunofixation for Urine"),
    "33358-3": ("serum_m_protein", "Protein.monoclonal [Mass/volume] in Serum or Plasma by Electrophoresis"),
    "2889-4": ("urine_protein", "Protein [Mass/time] in 24 hour Urine"),
    "2890-2": ("urine_protein_creatinine_ratio", "Protein/Creatinine [Mass Ratio] in Urine"),
    "9318-7": ("urine_albumin_creatinine_ratio", "Albumin/Creatinine [Mass Ratio] in Urine"),
    "14959-1": ("urine_albumin_creatinine_ratio", "Microalbumin/Creatinine [Mass Ratio] in Urine"),
    "2160-0": ("creatinine", "Creatinine [Mass/volume] in Serum or Plasma"),
    "14682-9": ("creatinine", "Creatinine [Moles/volume] in Serum or Plasma"),
    "38483-4": ("creatinine", "Creatinine [Mass/volume] in Blood"),
    "62238-1": ("egfr", "Glomerular filtration rate [Volume Rate/Area] by CKD-EPI"),
    "98979-8": ("egfr", "Glomerular filtration rate [Volume Rate/Area] by CKD-EPI 2021"),
    "33914-3": ("egfr", "Glomerular filtration rate [Volume Rate/Area] by MDRD"),
    "77147-7": ("egfr", "Glomerular filtration rate [Volume Rate/Area] by MDRD"),
    "33762-6": ("nt_probnp", "Natriuretic peptide.B prohormone N-Terminal [Mass/volume] in Serum or Plasma"),
    "33763-4": ("nt_probnp", "Natriuretic peptide.B prohormone N-Terminal [Moles/volume] in Serum or Plasma"),
    "83107-3": ("nt_probnp", "Natriuretic peptide.B prohormone N-Terminal [Mass/volume] by Immunoassay"),
    "30934-4": ("bnp", "Natriuretic peptide B [Mass/volume] in Serum or Plasma"),
    "42637-9": ("bnp", "Natriuretic peptide B [Mass/volume] in Blood"),
    "6598-7": ("troponin_t", "Troponin T.cardiac [Mass/volume] in Serum or Plasma"),
    "48425-3": ("troponin_t", "Troponin T.cardiac [Mass/volume] in Blood"),
    "67151-1": (
        "hs_troponin_t",
        "Troponin T.cardiac [Mass/volume] in Serum or Plasma by High sensitivity method",
    ),
    "10839-9": ("troponin_i", "Troponin I.cardiac [Mass/volume] in Serum or Plasma"),
    "42757-5": ("troponin_i", "Troponin I.cardiac [Mass/volume] in Blood"),
    "89579-7": (
        "hs_troponin_i",
        "Troponin I.cardiac [Mass/volume] in Serum or Plasma by High sensitivity method",
    ),
    "6768-6": ("alkaline_phosphatase", "Alkaline phosphatase [Enzymatic activity/volume] in Serum or Plasma"),
    "10230-1": ("ejection_fraction", "Left ventricular Ejection fraction"),
    "8806-2": ("ejection_fraction", "Left ventricular Ejection fraction by 2D echo"),
    "8480-6": ("systolic_bp", "Systolic blood pressure"),
}
"""LOINC code -> our test, and the name that LOINC gives it."""

OMOP_TESTS: Final = {"3016723": "2160-0", "3035995": "6768-6", "3029187": "33762-6"}
"""Concept of a measurement -> LOINC code; others by their source value or by `[tests]`."""

OMOP_UNITS: Final = {
    "8751": "mg/L",
    "8840": "mg/dL",
    "8713": "g/dL",
    "8636": "g/L",
    "8842": "ng/mL",
    "8845": "pg/mL",
    "8725": "ng/L",
    "8748": "ug/L",
    "8749": "umol/L",
    "8729": "pmol/L",
    "8554": "%",
    "8645": "U/L",
    "8923": "U/L",
    "8588": "mm",
    "8582": "cm",
    "8876": "mmHg",
    "8807": "mg/24h",
    "8906": "g/24h",
    "720870": "mL/min/1.73m2",
    "9117": "mL/min/1.73m2",
}
OMOP_OPERATORS: Final = {
    "4171756": "<",
    "4171754": "<",
    "4172704": ">",
    "4171755": ">",
    "4172703": "",
    "0": "",
}
"""Concept of an operator -> the sign; "at most" and "at least" are censored values too."""

ANSWERS: Final = {
    "9191": "positive",
    "45884084": "positive",
    "10828004": "positive",
    "LA6576-8": "positive",
    "POS": "positive",
    "9189": "negative",
    "45878583": "negative",
    "260385009": "negative",
    "LA6577-6": "negative",
    "NEG": "negative",
}
"""Concept or code of a result -> our word."""

_CODE = re.compile(r"(?:(?:https?://)?loinc(?:\.org)?[|:/ ]\s*)?(\d{1,6}-\d)(?:\s.*)?", re.I)


def loinc_test(text: str) -> str:
    """Our test of a text that is, or begins with, a LOINC code; empty for any other.

    Parameters
    ----------
    text : str

    Returns
    -------
    str
    """
    found = _CODE.fullmatch(text.strip())
    return LOINC.get(found.group(1), ("",))[0] if found else ""
