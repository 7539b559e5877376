"""How a reason prints the values that a rule looked at."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from amyloid.decidable import Quantity
    from amyloid.labs import Evidence

Rows = NDArray[np.intp]
Phrases = Callable[["Evidence", Rows], list[str]]

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
    "urine_m_protein": ("urine M-protein", "mg/24h"),
    "marrow_plasma_cells": ("marrow plasma cells", "%"),
    "urine_protein": ("proteinuria", "g/24h"),
    "creatinine": ("creatinine", "mg/dL"),
    "egfr": ("eGFR", "mL/min/1.73m2"),
    "nt_probnp": ("NT-proBNP", "ng/L"),
    "bnp": ("BNP", "ng/L"),
    "troponin_t": ("troponin T", "ug/L"),
    "troponin_i": ("troponin I", "ug/L"),
    "hs_troponin_t": ("high-sensitivity troponin T", "ng/L"),
    "nyha_class": ("NYHA class", ""),
    "wall_thickness": ("wall thickness", "mm"),
    "ejection_fraction": ("ejection fraction", "%"),
    "alkaline_phosphatase": ("alkaline phosphatase", "U/L"),
    "liver_span": ("liver span", "cm"),
}
"""Name and canonical unit of each quantity as a reader knows it."""

READS_FROM: Final = {
    "immunofixation": ("serum_immunofixation", "urine_immunofixation"),
    "ratio": ("flc_ratio",),
    "marrow": ("marrow_plasma_cells",),
    "iflc_from_cr": ("iflc",),
    "base_troponin": ("troponin_t",),
    "kidney_failure": (),
}
"""Quantities behind a phrase, where its name does not tell."""


def quantities_of(shown: str) -> tuple[str, ...]:
    """Quantities that a phrase prints."""
    return READS_FROM.get(shown, (shown.removeprefix("base_").removesuffix("_from_nadir"),))


def number(quantity: Quantity) -> list[str]:
    """Values as a laboratory prints them: four digits, ``<`` and ``>`` kept, ``missing`` spelt out."""
    return [
        "missing"
        if low != low
        else f"{low:.4g}"
        if low == high
        else f">{low:.4g}"
        if high == np.inf
        else f"<{high:.4g}"
        if low <= 0
        else f"{low:.4g}-{high:.4g}"
        for low, high in zip(quantity.low.tolist(), quantity.high.tolist(), strict=True)
    ]


def phrases(shown: str, evidence: Evidence, rows: Rows) -> list[str]:
    """One phrase per row for one entry of `Rule.shows`."""
    if shown in SPECIAL:
        return SPECIAL[shown](evidence, rows)
    if shown.startswith("base_"):
        return _at_baseline(shown.removeprefix("base_"), evidence, rows)
    if shown.endswith("_from_nadir"):
        return _from_nadir(shown.removesuffix("_from_nadir"), evidence, rows)
    return _change(shown, evidence, rows)


def _labelled(name: str, values: list[str]) -> list[str]:
    label, unit = LABELS[name]
    return [f"{label} {value} {unit}".rstrip() for value in values]


def _at_baseline(name: str, evidence: Evidence, rows: Rows) -> list[str]:
    return _labelled(name, number(getattr(evidence.base, name)[rows]))


def _change(name: str, evidence: Evidence, rows: Rows) -> list[str]:
    label, unit = LABELS[name]
    base, now = getattr(evidence.base, name)[rows], getattr(evidence.now, name)[rows]
    fall = now.fall_from(base)
    texts = []
    for before, after, low, high in zip(number(base), number(now), fall.low.tolist(), fall.high.tolist(), strict=True):
        text = f"{label} {before} -> {after} {unit}".rstrip()
        if low == high and low != 0:
            text += f", {'fall' if low > 0 else 'rise'} {_percent(abs(low))}"
        texts.append(text)
    return texts


def _percent(share: float) -> str:
    """Percentage with as many digits as it takes not to print a threshold that was not met."""
    percent = share * 100
    return f"{percent:.0f} %" if abs(percent - round(percent, 0)) < 1e-6 else f"{percent:.1f} %"


def _from_nadir(name: str, evidence: Evidence, rows: Rows) -> list[str]:
    label, unit = LABELS[name]
    nadir, now = getattr(evidence.nadir, name)[rows], getattr(evidence.now, name)[rows]
    pairs = zip(number(nadir), number(now), strict=True)
    return [f"{label} {after} {unit}, nadir {lowest}" for lowest, after in pairs]


def _from_cr(evidence: Evidence, rows: Rows) -> list[str]:
    from amyloid.criteria.hematologic import iflc_at_complete_response

    at_cr, now = iflc_at_complete_response(evidence)[rows], evidence.now.iflc[rows]
    return [f"iFLC {a} mg/L, {b} in complete response" for b, a in zip(number(at_cr), number(now), strict=True)]


def _immunofixation(evidence: Evidence, rows: Rows) -> list[str]:
    word = {"0": "negative", "1": "positive"}
    serum, urine = (
        [word.get(value, value) for value in number(getattr(evidence.now, name)[rows])]
        for name in READS_FROM["immunofixation"]
    )
    return [f"immunofixation serum {s}, urine {u}" for s, u in zip(serum, urine, strict=True)]


def _ratio(evidence: Evidence, rows: Rows) -> list[str]:
    return _labelled("flc_ratio", number(evidence.now.flc_ratio[rows]))


def _marrow(evidence: Evidence, rows: Rows) -> list[str]:
    from amyloid.criteria.hematologic import marrow

    return _labelled("marrow_plasma_cells", number(marrow(evidence)[rows]))


def _base_troponin(evidence: Evidence, rows: Rows) -> list[str]:
    texts = np.full(len(rows), "troponin missing", dtype=object)
    for name in ("troponin_i", "hs_troponin_t", "troponin_t"):
        values = getattr(evidence.base, name)[rows]
        known = values.known
        texts[known] = np.array(_labelled(name, number(values)), dtype=object)[known]
    return [str(text) for text in texts]


def _kidney_failure(evidence: Evidence, rows: Rows) -> list[str]:
    return ["dialysis or kidney transplant"] * len(rows)


SPECIAL: Final[dict[str, Phrases]] = {
    "immunofixation": _immunofixation,
    "ratio": _ratio,
    "marrow": _marrow,
    "iflc_from_cr": _from_cr,
    "base_troponin": _base_troponin,
    "kidney_failure": _kidney_failure,
}
