"""The four tables, the measurements with their units, and the card, as `schema.toml` declares them.

A unit that is not declared for its test is refused: there is no default unit.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

Kind = Literal["id", "text", "number", "yes_no", "code", "date", "test_value"]

_DECLARED: Final = tomllib.loads(Path(__file__).with_name("schema.toml").read_text(encoding="utf-8"))


def _fixed(entry: Mapping[str, Any], without: str = "") -> dict[str, Any]:
    """An entry of `schema.toml` with its lists as tuples."""
    kept = {key: value for key, value in entry.items() if key != without}
    return {key: tuple(value) if isinstance(value, list) else value for key, value in kept.items()}


@dataclass(frozen=True)
class Conversion:
    """How a unit becomes the canonical one: multiply, then divide."""

    multiply: float = 1.0
    divide: float = 1.0
    source: str = "metric prefix"


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
    zero_allowed, signed : bool
        Whether zero, and a value below it, can be true.
    serum : bool
        Whether it is a test of serum, plasma or blood; those of urine begin with ``urine_``.
    synonyms : tuple of str
        Other names by which tables call it, folded.
    """

    name: str
    words: str
    likely_low: float
    likely_high: float
    unit: str = ""
    high: float | None = None
    zero_allowed: bool = True
    signed: bool = False
    scale: Literal["number", "immunofixation", "nyha"] = "number"
    serum: bool = False
    synonyms: tuple[str, ...] = ()


CONVERSIONS: Final[dict[str, dict[str, Conversion]]] = {
    name: {unit: Conversion(**how) for unit, how in entry.get("units", {}).items()}
    for name, entry in _DECLARED["tests"].items()
}
"""Test -> accepted unit -> conversion. Tests without a unit have an empty table."""

TEST_DETAILS: Final[Mapping[str, Test]] = {
    name: Test(name, unit=next(iter(CONVERSIONS[name]), ""), **_fixed(entry, "units"))
    for name, entry in _DECLARED["tests"].items()
}
TESTS: Final[Mapping[str, str]] = {test.name: test.unit for test in TEST_DETAILS.values()}
"""Test -> canonical unit, in the order of the dictionary."""

TEST_SYNONYMS: Final[Mapping[str, str]] = {
    word: test.name for test in TEST_DETAILS.values() for word in test.synonyms
}
"""Other folded names -> test."""

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
        return Conversion() if fold_unit(unit) in NO_UNIT else None
    return _FOLDED[test].get(fold_unit(unit))


def accepted_units(test: str) -> str:
    """List the accepted units of a test for a message, the canonical one first."""
    return ", ".join(CONVERSIONS[test]) or "no unit (leave it blank)"


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
    about : str
        ``organ`` where it says whether an organ is involved.
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
    about: str = ""


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


def _field(name: str, entry: Mapping[str, Any]) -> Field:
    codes = ("yes", "no") if entry["kind"] == "yes_no" else tuple(TESTS) if name == "test" else ()
    return Field(name, **{"codes": codes} | _fixed(entry))


TABLES: Final[Mapping[str, TableSchema]] = {
    name: TableSchema(name, table["one_row"], tuple(_field(*column) for column in table["columns"].items()))
    for name, table in _DECLARED["tables"].items()
}
PATIENTS, LABS, TREATMENTS, EVENTS_TABLE = TABLES.values()

SEXES: Final = PATIENTS.field("sex").codes
LIGHT_CHAINS: Final = PATIENTS.field("light_chain").codes
ASSAYS: Final = LABS.field("assay").codes
EVENTS: Final = EVENTS_TABLE.field("event").codes
ORGANS: Final = tuple(field.name for field in PATIENTS.fields if field.about == "organ")
PRIOR: Final = tuple(name for name in PATIENTS.names if name.startswith("prior_"))
SERUM_TESTS: Final = frozenset(test.name for test in TEST_DETAILS.values() if test.serum)
"""Tests of serum, plasma or blood; those of urine begin with ``urine_``."""

MONTH_DAYS: Final = 30.4375
"""Months = days / 30.4375, everywhere."""

MONTH_LIMIT: Final = 600.0
"""A month further than this from time zero (50 years) is a year, a date or days."""

TIME_COLUMNS: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    "labs": (("month", "date"),),
    "treatments": (("start_month", "start_date"), ("end_month", "end_date")),
    "events": (("month", "date"),),
}
"""Table -> pairs (column in months, column with dates); one of each pair has to be there."""

REFERENCE_RANGES: Final[Mapping[str, tuple[float, float]]] = _fixed(_DECLARED["reference_ranges"])
"""Defaults, in canonical units."""

CARD_WORDS: Final[Mapping[str, str]] = _DECLARED["card"]
CARD_KEYS: Final = tuple(CARD_WORDS)

CARD_SECTIONS: Final[Mapping[str, tuple[str, ...]]] = _fixed(_DECLARED["card_sections"])
"""Sections of the card that hold texts -> their keys; a workbook writes ``defaults.renal_criteria``."""
