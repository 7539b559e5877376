"""Every laboratory and bedside measurement that is used, declared once: unit, words, what can be true."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal


@dataclass(frozen=True)
class Test:
    """One laboratory or bedside measurement.

    Attributes
    ----------
    unit : str
        Canonical unit; empty for immunofixation and NYHA class.
    high : float or None
        Above this a value cannot be true (a percentage above 100).
    likely_low, likely_high : float
        Outside these limits, in the canonical unit, a value can hardly be true (project's choice, wide).
    zero_allowed : bool
        Whether zero can be true.
    signed : bool
        Whether a value below zero can be true.
    synonyms : tuple of str
        Other names by which tables call it, folded.
    """

    name: str
    unit: str
    words: str
    likely_low: float
    likely_high: float
    high: float | None = None
    zero_allowed: bool = True
    signed: bool = False
    scale: Literal["number", "immunofixation", "nyha"] = "number"
    synonyms: tuple[str, ...] = ()


_TESTS = (
    Test("kappa_flc", "mg/L", "kappa free light chains in serum", 0.1, 25_000),
    Test("lambda_flc", "mg/L", "lambda free light chains in serum", 0.1, 25_000),
    Test("serum_immunofixation", "", "immunofixation of serum", 0, 1, scale="immunofixation"),
    Test("urine_immunofixation", "", "immunofixation of urine", 0, 1, scale="immunofixation"),
    Test("serum_m_protein", "g/dL", "monoclonal protein in serum", 0, 12),
    Test("urine_m_protein", "mg/24h", "monoclonal light chain in 24-hour urine", 0, 20_000),
    Test("marrow_plasma_cells", "%", "plasma cells in the bone marrow", 0, 100, high=100),
    Test("urine_protein", "g/24h", "protein in 24-hour urine", 0, 30),
    Test("creatinine", "mg/dL", "creatinine in serum", 0.2, 20, zero_allowed=False),
    Test("egfr", "mL/min/1.73m2", "estimated glomerular filtration rate", 1, 200, zero_allowed=False),
    Test("nt_probnp", "ng/L", "NT-proBNP", 1, 300_000),
    Test("bnp", "ng/L", "BNP", 1, 30_000),
    Test("troponin_t", "ug/L", "cardiac troponin T, conventional assay", 0, 20),
    Test("troponin_i", "ug/L", "cardiac troponin I", 0, 100),
    Test("hs_troponin_t", "ng/L", "cardiac troponin T, high-sensitivity assay", 0, 20_000),
    Test("nyha_class", "", "NYHA functional class", 1, 4, scale="nyha"),
    Test(
        "wall_thickness",
        "mm",
        "mean diastolic wall thickness of the left ventricle",
        4,
        40,
        zero_allowed=False,
    ),
    Test("ejection_fraction", "%", "left ventricular ejection fraction", 5, 90, high=100, zero_allowed=False),
    Test("alkaline_phosphatase", "U/L", "alkaline phosphatase in serum", 5, 5_000, zero_allowed=False),
    Test("liver_span", "cm", "total span of the liver", 4, 40, zero_allowed=False),
    Test(
        "hs_troponin_i",
        "ng/L",
        "cardiac troponin I, high-sensitivity assay; recorded, no published stage uses it",
        0,
        100_000,
        synonyms=("hs_tni", "hs_ctni", "high_sensitivity_troponin_i"),
    ),
    Test(
        "urine_protein_creatinine_ratio",
        "mg/g",
        "protein to creatinine ratio in spot urine",
        0,
        30_000,
        synonyms=("upcr", "protein_creatinine_ratio"),
    ),
    Test(
        "urine_albumin_creatinine_ratio",
        "mg/g",
        "albumin to creatinine ratio in spot urine",
        0,
        30_000,
        synonyms=("uacr", "acr", "albumin_creatinine_ratio"),
    ),
    Test(
        "mass_spectrometry",
        "",
        "monoclonal protein in serum by mass spectrometry",
        0,
        1,
        scale="immunofixation",
        synonyms=("mass_spec", "maldi_tof"),
    ),
    Test(
        "mrd",
        "",
        "minimal residual disease in the bone marrow",
        0,
        1,
        scale="immunofixation",
        synonyms=("minimal_residual_disease", "measurable_residual_disease"),
    ),
    Test(
        "gls",
        "%",
        "global longitudinal strain of the left ventricle",
        -40,
        40,
        high=100,
        signed=True,
        synonyms=("global_longitudinal_strain",),
    ),
    Test(
        "systolic_bp",
        "mmHg",
        "systolic blood pressure",
        50,
        250,
        zero_allowed=False,
        synonyms=("systolic_blood_pressure", "sbp"),
    ),
)
TEST_DETAILS: Final[Mapping[str, Test]] = MappingProxyType({test.name: test for test in _TESTS})

TESTS: Final[Mapping[str, str]] = MappingProxyType({test.name: test.unit for test in _TESTS})
"""Test -> canonical unit, in the order of the dictionary."""

TEST_SYNONYMS: Final[Mapping[str, str]] = MappingProxyType(
    {word: test.name for test in _TESTS for word in test.synonyms}
)
"""Other folded names -> test."""
