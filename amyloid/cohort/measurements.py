"""Every measurement that is used: its unit, the accepted units with their factors, what can be true.

A unit that is not in the table of its test is refused: there is no default unit.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

NT_PROBNP_PG_PER_PMOL: Final = 8.457
"""Molar mass of NT-proBNP(1-76), 8,457 g/mol: 1 pmol/L = 8.457 ng/L (manufacturers' conversion factor)."""

CREATININE_UMOL_PER_MG_DL: Final = 88.42
"""1 mg/dL = 88.42 umol/L, from the molar mass 113.12 g/mol of creatinine (KDIGO 2012, conversion factors)."""

MG_CREATININE_PER_MMOL: Final = 113.12
"""Molar mass of creatinine: 1 mg/mmol of protein to creatinine = 1000 / 113.12 = 8.84 mg/g."""


@dataclass(frozen=True)
class Conversion:
    """How a unit becomes the canonical one: multiply, then divide (a division by 1000 rounds correctly)."""

    multiply: float = 1.0
    divide: float = 1.0
    source: str = "the canonical unit"


_METRIC = "metric prefix"
_SAME = Conversion(source="another name of the canonical unit")
_CANONICAL = Conversion()
_FREE_CHAINS = {
    "mg/L": _CANONICAL,
    "mg/dL": Conversion(multiply=10, source=_METRIC),
    "ug/mL": _SAME,
    "g/L": Conversion(multiply=1000, source=_METRIC),
}
_PER_CREATININE = {
    "mg/g": _CANONICAL,
    "g/g": Conversion(multiply=1000, source=_METRIC),
    "mg/mg": Conversion(multiply=1000, source=_METRIC),
    "mg/mmol": Conversion(multiply=1000, divide=MG_CREATININE_PER_MMOL, source="molar mass 113.12 g/mol"),
    "g/mol": Conversion(multiply=1000, divide=MG_CREATININE_PER_MMOL, source="molar mass 113.12 g/mol"),
}

CONVERSIONS: Final[dict[str, dict[str, Conversion]]] = {
    "kappa_flc": _FREE_CHAINS,
    "lambda_flc": _FREE_CHAINS,
    "serum_immunofixation": {},
    "urine_immunofixation": {},
    "serum_m_protein": {"g/dL": _CANONICAL, "g/L": Conversion(divide=10, source=_METRIC)},
    "urine_m_protein": {"mg/24h": _CANONICAL, "g/24h": Conversion(multiply=1000, source=_METRIC)},
    "marrow_plasma_cells": {"%": _CANONICAL},
    "urine_protein": {"g/24h": _CANONICAL, "mg/24h": Conversion(divide=1000, source=_METRIC)},
    "creatinine": {
        "mg/dL": _CANONICAL,
        "umol/L": Conversion(divide=CREATININE_UMOL_PER_MG_DL, source="molar mass 113.12 g/mol"),
    },
    "egfr": {"mL/min/1.73m2": _CANONICAL},
    "nt_probnp": {
        "ng/L": _CANONICAL,
        "pg/mL": _SAME,
        "pmol/L": Conversion(multiply=NT_PROBNP_PG_PER_PMOL, source="molar mass 8457 g/mol"),
    },
    "bnp": {"ng/L": _CANONICAL, "pg/mL": _SAME},
    "troponin_t": {"ug/L": _CANONICAL, "ng/mL": _SAME, "ng/L": Conversion(divide=1000, source=_METRIC)},
    "troponin_i": {"ug/L": _CANONICAL, "ng/mL": _SAME, "ng/L": Conversion(divide=1000, source=_METRIC)},
    "hs_troponin_t": {"ng/L": _CANONICAL, "pg/mL": _SAME},
    "nyha_class": {},
    "wall_thickness": {"mm": _CANONICAL, "cm": Conversion(multiply=10, source=_METRIC)},
    "ejection_fraction": {"%": _CANONICAL},
    "alkaline_phosphatase": {"U/L": _CANONICAL},
    "liver_span": {"cm": _CANONICAL, "mm": Conversion(divide=10, source=_METRIC)},
    "hs_troponin_i": {"ng/L": _CANONICAL, "pg/mL": _SAME},
    "urine_protein_creatinine_ratio": _PER_CREATININE,
    "urine_albumin_creatinine_ratio": _PER_CREATININE,
    "mass_spectrometry": {},
    "mrd": {},
    "gls": {"%": _CANONICAL},
    "systolic_bp": {"mmHg": _CANONICAL},
}
"""Test -> accepted unit -> conversion. Tests without a unit have an empty table."""

NO_UNIT: Final = frozenset({"", "-", "n/a", "na", "none", "class"})
"""What may stand in the unit column of a test that has no unit (folded)."""


_DAYS = r"\(24\.h\)|24\.h|24hours|24hrs|24hr|24std\.?|24h|day|d|tag|die|jour|j|dia|d\u00eda|giorno"


def fold_unit(text: str) -> str:
    """Bring the spelling of a unit to one form: small letters, no spaces, ``u`` for micro, ``2`` for square.

    Only for comparison with other folded units.
    """
    text = re.sub(r"\s+", "", text).casefold()
    text = text.replace("\u00b5", "u").replace("\u03bc", "u").replace("\u00b2", "2").replace("^2", "2")
    text = text.replace("{1.73_m2}", "1.73m2").replace("{1.73m2}", "1.73m2").replace("[iu]", "iu")
    text = re.sub(r"\{[^}]*\}", "", text).replace("mm[hg]", "mmhg")
    text = re.sub(rf"/({_DAYS})$", "/24h", text)
    text = text.replace("1,73", "1.73").replace("mcg", "ug").replace("mcmol", "umol")
    text = re.sub(r"^([mu]?g)(/100ml|%)$", r"\1/dl", text)
    return {"iu/l": "u/l", "percent": "%"}.get(text, text)


_FOLDED = {
    test: {fold_unit(unit): conversion for unit, conversion in table.items()}
    for test, table in CONVERSIONS.items()
}


def is_unit(text: str) -> bool:
    """Whether a text, perhaps in brackets, is a unit of one of our tests."""
    return any(fold_unit(text.strip().strip("[]()")) in units for units in _FOLDED.values())


def conversion(test: str, unit: str) -> Conversion | None:
    """Find how a unit of a test becomes the canonical one.

    None when the unit is missing or unknown for this test.
    """
    if not CONVERSIONS[test]:
        return _CANONICAL if fold_unit(unit) in NO_UNIT else None
    return _FOLDED[test].get(fold_unit(unit))


def accepted_units(test: str) -> str:
    """List the accepted units of a test for a message, the canonical one first."""
    return ", ".join(CONVERSIONS[test]) or "no unit (leave it blank)"


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
