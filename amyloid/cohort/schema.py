"""The four tables, declared once: checks, the dictionary, templates and frames all come from here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from amyloid.cohort.measurements import TEST_DETAILS, TEST_SYNONYMS, TESTS, Test

__all__ = ["TESTS", "TEST_DETAILS", "TEST_SYNONYMS", "Test"]

Kind = Literal["id", "text", "number", "yes_no", "code", "date", "test_value"]


@dataclass(frozen=True)
class Field:
    """One column of a table.

    Attributes
    ----------
    words : str
        What the column holds, for the dictionary and the templates.
    required : bool
        Whether the column has to be in the table (a cell may still be blank where `blank_allowed`).
    low, high : float or None
        Outside these limits a number cannot be true and is refused.
    likely_low, likely_high : float or None
        Outside these a number can hardly be true, and that is said.
    whole : bool
        Whether a number with a fraction is refused.
    """

    name: str
    kind: Kind
    words: str
    required: bool = False
    blank_allowed: bool = True
    unit: str = ""
    codes: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    likely_low: float | None = None
    likely_high: float | None = None
    whole: bool = False


@dataclass(frozen=True)
class TableSchema:
    """One table: its name, what one row is, and its columns in order."""

    name: str
    one_row: str
    fields: tuple[Field, ...]

    def field(self, name: str) -> Field:
        """Find a column by its canonical name."""
        return next(field for field in self.fields if field.name == name)

    @property
    def names(self) -> tuple[str, ...]:
        """Canonical names of the columns, in order."""
        return tuple(field.name for field in self.fields)


MONTH_DAYS: Final = 30.4375
"""Months = days / 30.4375, everywhere."""

MONTH_LIMIT: Final = 600.0
"""A month further than this from time zero (50 years) is a year, a date or days."""

SEXES: Final = ("female", "male")
LIGHT_CHAINS: Final = ("kappa", "lambda")
ASSAYS: Final = ("freelite", "n_latex")
SPECIMENS: Final = ("serum", "urine")
SERUM_TESTS: Final = frozenset(
    {"kappa_flc", "lambda_flc", "serum_immunofixation", "serum_m_protein", "creatinine", "egfr", "nt_probnp"}
    | {"bnp", "troponin_t", "troponin_i", "hs_troponin_t", "hs_troponin_i", "alkaline_phosphatase"}
    | {"mass_spectrometry"}
)
"""Tests of serum, plasma or blood; those of urine begin with ``urine_``."""

EVENTS: Final = (
    "death",
    "last_contact",
    "dialysis",
    "kidney_transplant",
    "heart_transplant",
    "stem_cell_transplant",
    "next_treatment",
    "withdrawal",
    "lvad",
    "balloon_pump",
    "dialysis_end",
)

REFERENCE_RANGES: Final[Mapping[str, tuple[float, float]]] = MappingProxyType(
    {
        "kappa_flc": (3.3, 19.4),
        "lambda_flc": (5.71, 26.3),
        "flc_ratio": (0.26, 1.65),
        "alkaline_phosphatase": (40.0, 120.0),
    }
)
"""Defaults, in canonical units. Free light chains: Freelite, Katzmann et al., Clin Chem 2002;48:1437-1444.
Alkaline phosphatase: a usual adult range (project's choice); laboratories differ: the card should give it."""


def _yes_no(name: str, words: str) -> Field:
    return Field(name, "yes_no", words, codes=("yes", "no"))


_ID = Field("patient_id", "id", "study code of the patient, kept as text", required=True, blank_allowed=False)
_MONTH = Field("month", "number", "months from the first dose; give this or `date`", unit="months")
_DATE = Field("date", "date", "day, YYYY-MM-DD; give this or `month`")

ORGANS: Final = ("heart", "kidney", "liver", "nerve", "gastrointestinal", "lung", "soft_tissue")
PRIOR: Final = ("prior_melphalan", "prior_transplant", "prior_thalidomide", "prior_bortezomib")
CONDITIONS: Final = ("urine_albumin_predominant", "atrial_fibrillation", "heart_failure")
_CONDITION_WORDS = {
    "urine_albumin_predominant": "the urine protein is mainly albumin",
    "atrial_fibrillation": "atrial fibrillation at time zero",
    "heart_failure": "heart failure at time zero",
}

PATIENTS: Final = TableSchema(
    "patients",
    "one row per patient",
    (
        _ID,
        Field(
            "age",
            "number",
            "age at the first dose",
            required=True,
            unit="years",
            low=1,
            high=115,
            likely_low=18,
            likely_high=100,
        ),
        Field("sex", "code", "sex", required=True, codes=SEXES),
        Field("light_chain", "code", "light chain type of the amyloid", required=True, codes=LIGHT_CHAINS),
        Field(
            "treatment_start", "date", "day of the first dose, YYYY-MM-DD; needed when other tables use dates"
        ),
        Field("group", "text", "group of patients, such as original or extension"),
        *(_yes_no(organ, f"{organ.replace('_', ' ')} involved by amyloid") for organ in ORGANS),
        *(_yes_no(name, f"earlier therapy: {name.removeprefix('prior_')}") for name in PRIOR),
        *(_yes_no(name, _CONDITION_WORDS[name]) for name in CONDITIONS),
        Field("recorded_response", "text", "hematologic response as the center recorded it, for comparison"),
    ),
)
LABS: Final = TableSchema(
    "labs",
    "one row per value",
    (
        _ID,
        _MONTH,
        _DATE,
        Field("test", "text", "which test", required=True, blank_allowed=False, codes=tuple(TESTS)),
        Field(
            "value",
            "test_value",
            "the value as the laboratory printed it; <1.5 and >9000 may be written",
            True,
        ),
        Field("unit", "text", "unit of the value; never assumed", required=True),
        Field("assay", "code", "free light chain assay; blank means freelite", codes=ASSAYS),
        Field("specimen", "code", "what was measured; the other fluid's rows are left out", codes=SPECIMENS),
        Field("comparator", "text", "sign of a censored value, < or >, where value itself has none"),
    ),
)
TREATMENTS: Final = TableSchema(
    "treatments",
    "one row per drug, dose and interval",
    (
        _ID,
        Field("drug", "text", "name of the drug", required=True, blank_allowed=False),
        Field(
            "start_month", "number", "months from the first dose; give this or `start_date`", unit="months"
        ),
        Field("start_date", "date", "first day, YYYY-MM-DD; give this or `start_month`"),
        Field("end_month", "number", "months from the first dose; blank while still on it", unit="months"),
        Field("end_date", "date", "last day, YYYY-MM-DD; blank while still on it"),
        Field("dose_mg", "number", "dose of one day", unit="mg", low=0, likely_high=2500),
        Field(
            "days_per_cycle",
            "number",
            "days with the drug in a cycle",
            unit="days",
            low=0,
            high=366,
            likely_high=42,
        ),
        Field(
            "line",
            "number",
            "line of therapy, 1 for this treatment; where it is filled it alone says where the next begins",
            low=1,
            high=50,
            whole=True,
        ),
    ),
)
EVENTS_TABLE: Final = TableSchema(
    "events",
    "one row per event",
    (
        _ID,
        _MONTH,
        _DATE,
        Field("event", "code", "what happened", required=True, blank_allowed=False, codes=EVENTS),
        Field("detail", "text", "cause of death, name of the drug, *planned* transplant, or another remark"),
        Field(
            "line",
            "number",
            "line of therapy that a transplant belongs to, 1 for this",
            low=1,
            high=50,
            whole=True,
        ),
    ),
)
TABLES: Final[Mapping[str, TableSchema]] = MappingProxyType(
    {table.name: table for table in (PATIENTS, LABS, TREATMENTS, EVENTS_TABLE)}
)
TIME_COLUMNS: Final[Mapping[str, tuple[tuple[str, str], ...]]] = MappingProxyType(
    {
        "labs": (("month", "date"),),
        "treatments": (("start_month", "start_date"), ("end_month", "end_date")),
        "events": (("month", "date"),),
    }
)
"""Table -> pairs (column in months, column with dates); one of each pair has to be there."""

CARD_KEYS: Final = (
    *("title", "source", "synthetic", "data_cutoff", "reference_ranges"),
    *("defaults", "comparison", "text"),
)
CARD_SECTIONS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "defaults": ("hematologic_criteria", "renal_criteria"),
        "comparison": ("reference",),
        "text": ("opening", "limits"),
    }
)
"""Sections of the card that hold texts -> their keys; a workbook writes ``defaults.renal_criteria``."""
