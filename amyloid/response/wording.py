"""How a reason prints the values that a rule looked at. Every function takes many rows at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from amyloid.decidable import exact
from amyloid.response.figures import number, percent

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
    "nyha_class": ("NYHA class", ""),
    "wall_thickness": ("wall thickness", "mm"),
    "ejection_fraction": ("ejection fraction", "%"),
    "alkaline_phosphatase": ("alkaline phosphatase", "U/L"),
    "liver_span": ("liver span", "cm"),
}
"""Name and canonical unit of each quantity as a reader knows it."""

READS_FROM: Final = {
    "immunofixation": ("serum_immunofixation", "urine_immunofixation"),
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

_SUFFIXES: Final = ("_with_base", "_with_amount", "_from_nadir")
_AMOUNTS_ONLY: Final = {"ejection_fraction": "points", "liver_span": "cm"}
_CLASSES: Final = np.array(["", "I", "II", "III", "IV"], dtype=object)


def quantities_of(shown: str) -> tuple[str, ...]:
    """Quantities that a phrase prints."""
    if shown in READS_FROM:
        return READS_FROM[shown]
    name = shown.removeprefix("base_")
    for suffix in _SUFFIXES:
        name = name.removesuffix(suffix)
    return (name,)


def phrases(shown: str, evidence: Evidence, rows: Rows) -> list[str]:
    """One phrase per row for one entry of `Rule.shows`; empty where there is nothing to say."""
    if shown in SPECIAL:
        return SPECIAL[shown](evidence, rows)
    (name,) = quantities_of(shown)
    if shown.startswith("base_"):
        return _labelled(name, _base_texts(name, evidence, rows))
    if "_from_nadir" in shown:
        return _from_nadir(name, evidence, rows, with_base=shown.endswith("_with_base"))
    return _change(name, evidence, rows, with_amount=shown.endswith("_with_amount"))


def sentences(shows: tuple[str, ...], evidence: Evidence, rows: Rows) -> list[str]:
    """Everything that a rule shows, joined, one text per row."""
    columns = [phrases(shown, evidence, rows) for shown in shows]
    if len(columns) == 1:
        return columns[0]
    return ["; ".join(filter(None, parts)) for parts in zip(*columns, strict=True)]


def _labelled(name: str, texts: list[str]) -> list[str]:
    label, unit = LABELS[name]
    after = f" {unit}" if unit else ""
    return [f"{label} missing" if text == "missing" else f"{label} {text}{after}" for text in texts]


def _base_texts(name: str, evidence: Evidence, rows: Rows) -> list[str]:
    """Baseline values in words; printed once, since many criteria show them."""
    if name not in evidence.printed_baseline:
        evidence.printed_baseline[name] = _objects(_printed(name, evidence.baseline(name)))
    return list(evidence.printed_baseline[name][evidence.patient[rows]])


def _printed(name: str, values: Quantity) -> list[str]:
    """Numbers, NYHA classes as Roman numerals."""
    if name != "nyha_class":
        return number(values)
    known = values.known
    return list(np.where(known, _CLASSES[np.where(known, values.low, 0).astype(np.intp)], "missing"))


def _change(name: str, evidence: Evidence, rows: Rows, *, with_amount: bool) -> list[str]:
    label, unit = LABELS[name]
    base, now = getattr(evidence.base, name)[rows], getattr(evidence.now, name)[rows]
    after = f" {unit}" if unit else ""
    changes = _moves(name, base, now, with_amount=with_amount)
    pairs = zip(_base_texts(name, evidence, rows), _printed(name, now), changes, strict=True)
    return [f"{label} {before} -> {value}{after}{change}" for before, value, change in pairs]


def _moves(name: str, base: Quantity, now: Quantity, *, with_amount: bool) -> list[str]:
    """Say ``, fall 61 %``: nothing where either value is missing or the fall leaves zero behind."""
    if name == "nyha_class":
        return [""] * len(base.low)
    drop = base - now
    texts = np.full(len(base.low), "", dtype=object)
    single = drop.low == drop.high
    texts[single & (np.abs(drop.low) <= 1e-9)] = ", unchanged"
    moved = single & (np.abs(drop.low) > 1e-9)
    word = np.where(drop.low > 0, ", fall ", ", rise ").astype(object)
    if name in _AMOUNTS_ONLY:
        texts[moved] = (
            word[moved] + _objects(number(exact(np.abs(drop.low[moved])))) + f" {_AMOUNTS_ONLY[name]}"
        )
        return list(texts)
    fall = now.fall_from(base)
    sized = moved & (fall.low <= 1)
    texts[sized] = word[sized] + _objects(percent(np.abs(fall.low[sized])))
    if with_amount:
        texts[sized] = (
            texts[sized] + " and " + _objects(number(exact(np.abs(drop.low[sized])))) + f" {LABELS[name][1]}"
        )
    for sign, side, what in ((1, fall.low, ", fall at least "), (-1, fall.high, ", rise at least ")):
        bounded = ~single & (side * sign > 0) & (side * sign <= 1)
        texts[bounded] = what + _objects(percent(np.abs(side[bounded]), down=True))
    return list(texts)


def _objects(texts: list[str]) -> NDArray[np.object_]:
    return np.array(texts, dtype=object)


def _from_nadir(name: str, evidence: Evidence, rows: Rows, *, with_base: bool) -> list[str]:
    label, unit = LABELS[name]
    nadir, now = getattr(evidence.nadir, name)[rows], getattr(evidence.now, name)[rows]
    rise = now.rise_from(nadir).low
    above = np.where(rise > 0, ", ", ", not above ").astype(object)
    known = rise > 0
    above[known] += _objects(percent(rise[known])) + " above "
    above[np.isnan(rise)] = ", "
    tail = [""] * len(rows)
    if with_base:
        tail = [f", baseline {text}" for text in _base_texts(name, evidence, rows)]
    parts = zip(number(now), above, number(nadir), tail, strict=True)
    return [f"{label} {value} {unit}{how}nadir {lowest}{end}" for value, how, lowest, end in parts]


def _from_cr(evidence: Evidence, rows: Rows) -> list[str]:
    from amyloid.criteria.hematologic_progression import iflc_at_complete_response

    then, now = number(iflc_at_complete_response(evidence)[rows]), number(evidence.now.iflc[rows])
    return [f"iFLC {b} mg/L in complete response, now {a} mg/L" for b, a in zip(then, now, strict=True)]


def _immunofixation(evidence: Evidence, rows: Rows) -> list[str]:
    word = {"0": "negative", "1": "positive"}
    serum, urine = (
        [word.get(value, value) for value in number(getattr(evidence.now, name)[rows])]
        for name in READS_FROM["immunofixation"]
    )
    return [f"immunofixation serum {s}, urine {u}" for s, u in zip(serum, urine, strict=True)]


def _m_proteins(evidence: Evidence, rows: Rows) -> list[str]:
    """M-proteins of the visit, where they were measured."""
    columns = []
    for name in ("serum_m_protein", "urine_m_protein"):
        values = getattr(evidence.now, name)[rows]
        columns.append(np.where(values.known, _objects(_labelled(name, number(values))), ""))
    return ["; ".join(filter(None, parts)) for parts in zip(*columns, strict=True)]


def _ratio(evidence: Evidence, rows: Rows) -> list[str]:
    return _labelled("flc_ratio", number(evidence.now.flc_ratio[rows]))


def _marrow(evidence: Evidence, rows: Rows) -> list[str]:
    from amyloid.criteria.hematologic import marrow

    return _labelled("marrow_plasma_cells", number(marrow(evidence)[rows]))


def _base_troponin(evidence: Evidence, rows: Rows) -> list[str]:
    """Print the troponin that was measured: T, then high-sensitivity T, then I."""
    texts = np.full(len(rows), "troponin missing", dtype=object)
    for name in ("troponin_i", "hs_troponin_t", "troponin_t"):
        printed = _objects(_base_texts(name, evidence, rows))
        known = printed != "missing"
        texts[known] = _labelled(name, list(printed[known]))
    return list(texts)


def _kidney_failure(evidence: Evidence, rows: Rows) -> list[str]:
    dialysis, transplant = (
        evidence.reached(event).surely[rows] for event in ("dialysis", "kidney_transplant")
    )
    words = np.array(["", "dialysis", "kidney transplant", "dialysis and kidney transplant"], dtype=object)
    return list(words[dialysis + 2 * transplant])


def _flag(column: str, words: str) -> Phrases:
    def say(evidence: Evidence, rows: Rows) -> list[str]:
        answer = evidence.flag(column)[rows]
        word = np.where(answer.surely, "yes", np.where(answer.possibly, "not recorded", "no"))
        return [f"{words} {text}" for text in word.tolist()]

    return say


SPECIAL: Final[dict[str, Phrases]] = {
    "immunofixation": _immunofixation,
    "m_proteins": _m_proteins,
    "ratio": _ratio,
    "marrow": _marrow,
    "iflc_from_cr": _from_cr,
    "base_troponin": _base_troponin,
    "kidney_failure": _kidney_failure,
    "atrial_fibrillation": _flag("atrial_fibrillation", "atrial fibrillation"),
    "heart_failure": _flag("heart_failure", "heart failure"),
    "urine_albumin_predominant": _flag("urine_albumin_predominant", "mainly albumin"),
}
