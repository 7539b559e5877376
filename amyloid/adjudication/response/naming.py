"""Names and units of quantities, and what lies behind each phrase of a reason."""

from __future__ import annotations

from typing import Final

LABELS: Final = {
    "iflc": ("iFLC", "mg/L"),
    "uflc": ("uFLC", "mg/L"),
    "dflc": ("dFLC", "mg/L"),
    "flc_ratio": ("kappa/lambda ratio", ""),
    "kappa_flc": ("kappa free light chain", "mg/L"),
    "lambda_flc": ("lambda free light chain", "mg/L"),
    "serum_immunofixation": ("serum immunofixation", ""),
    "urine_immunofixation": ("urine immunofixation", ""),
    "serum_m_protein": ("serum M-protein", "g/dL"),
    "urine_m_protein": ("urine light chain", "mg/24h"),
    "marrow_plasma_cells": ("marrow plasma cells", "%"),
    "urine_protein": ("proteinuria", "g/24h"),
    "creatinine": ("creatinine", "mg/dL"),
    "egfr": ("eGFR", "mL/min/1.73m2"),
    "nt_probnp": ("NT-proBNP", "ng/L"),
    "bnp": ("BNP", "ng/L"),
    "troponin_t": ("troponin T", "ug/L"),
    "troponin_i": ("troponin I", "ug/L"),
    "hs_troponin_t": ("high-sensitivity troponin T", "ng/L"),
    "hs_troponin_i": ("high-sensitivity troponin I", "ng/L"),
    "urine_protein_creatinine_ratio": ("protein to creatinine ratio", "mg/g"),
    "urine_albumin_creatinine_ratio": ("albumin to creatinine ratio", "mg/g"),
    "mass_spectrometry": ("mass spectrometry", ""),
    "mrd": ("residual disease", ""),
    "nyha_class": ("NYHA class", ""),
    "wall_thickness": ("wall thickness", "mm"),
    "ejection_fraction": ("ejection fraction", "%"),
    "alkaline_phosphatase": ("alkaline phosphatase", "U/L"),
    "liver_span": ("liver span", "cm"),
}
"""Name and canonical unit of each quantity as a reader knows it."""

READS_FROM: Final = {
    "immunofixation": ("serum_immunofixation", "urine_immunofixation"),
    "immunofixation_of_day": ("serum_immunofixation", "urine_immunofixation"),
    "ratio_of_day": ("flc_ratio",),
    "egfr_of_day": ("egfr",),
    "m_proteins": (),
    "ratio": ("flc_ratio",),
    "marrow": ("marrow_plasma_cells",),
    "iflc_from_cr": ("iflc",),
    "base_troponin": ("troponin_t",),
    "kidney_failure": (),
    "atrial_fibrillation": (),
    "heart_failure": (),
    "urine_albumin_predominant": (),
}
"""Quantities behind a phrase, where its name does not tell."""

_SUFFIXES: Final = ("_with_base", "_with_amount", "_from_nadir", "_from_highest")


def quantities_of(shown: str) -> tuple[str, ...]:
    """Quantities that a phrase prints."""
    if shown in READS_FROM:
        return READS_FROM[shown]
    name = shown.removeprefix("base_")
    for suffix in _SUFFIXES:
        name = name.removesuffix(suffix)
    return (name,)
