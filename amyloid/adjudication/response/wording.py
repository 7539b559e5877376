"""How a reason names and prints the values that a rule looked at. Every function takes many rows at once."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from amyloid.adjudication.decidable import exact, missing
from amyloid.adjudication.texts import (
    Phrase,
    Rows,
    Texts,
    choose,
    join,
    join_what_is_there,
    lay_out,
    number,
    percent,
)

if TYPE_CHECKING:
    from amyloid.adjudication.decidable import Quantity
    from amyloid.adjudication.labs import Evidence


LABELS: Final[dict[str, tuple[str, str]]] = {
    name: (label, unit)
    for name, (label, unit) in tomllib.loads(
        Path(__file__).with_suffix(".toml").read_text(encoding="utf-8")
    ).items()
}
"""Name and canonical unit of each quantity as a reader knows it."""

_SUFFIXES: Final = ("_with_base", "_with_amount", "_from_nadir", "_from_highest")


def quantities_of(*shows: str) -> list[str]:
    """Quantities that these phrases print."""
    names: list[str] = []
    for shown in shows:
        name = shown.removeprefix("base_")
        for suffix in _SUFFIXES:
            name = name.removesuffix(suffix)
        names += SPECIAL[shown][1] if shown in SPECIAL else (name,)
    return names


Say = Callable[["Evidence", Rows], Phrase]

_AMOUNTS_ONLY: Final = {"ejection_fraction": "points", "liver_span": "cm"}
SIGNS: Final = frozenset({"mass_spectrometry", "mrd"})
_CLASSES: Final = pa.array(["missing", "I", "II", "III", "IV"])
_SIGNS: Final = pa.array(["missing", "negative", "positive"])


def phrases(shown: str, evidence: Evidence, rows: Rows) -> Phrase:
    """One phrase per row for one entry of `Rule.shows`; empty where there is nothing to say."""
    if shown in SPECIAL:
        return SPECIAL[shown][0](evidence, rows)
    (name,) = quantities_of(shown)
    if shown.startswith("base_"):
        return join(f"{LABELS[name][0]} ", _base(name, evidence, rows, with_unit=True))
    if "_from_nadir" in shown:
        return _from_nadir(name, evidence, rows, with_base=shown.endswith("_with_base"))
    if name in SIGNS:
        return join(f"{LABELS[name][0]} ", _sign(evidence.today[name][rows]))
    return _change(name, evidence, rows, with_amount=shown.endswith("_with_amount"))


def sentences(shows: tuple[str, ...], evidence: Evidence, rows: Rows) -> Phrase:
    """Everything that a rule shows, joined, one text per row."""
    return join_what_is_there([phrases(shown, evidence, rows) for shown in shows], "; ", len(rows))


def _labelled(name: str, values: Quantity) -> Phrase:
    label, unit = LABELS[name]
    return join(f"{label} ", number(values, unit))


def _base(name: str, evidence: Evidence, rows: Rows, *, with_unit: bool = False) -> Texts:
    """Baseline values in words; printed once, since many criteria show them."""
    unit = LABELS[name][1] if with_unit else ""
    if (name, unit) not in evidence.printed_baseline:
        evidence.printed_baseline[name, unit] = _printed(name, evidence.baseline(name), unit)
    return evidence.printed_baseline[name, unit].take(pa.array(evidence.patient[rows]))


def _printed(name: str, values: Quantity, unit: str) -> Texts:
    """Numbers, NYHA classes as Roman numerals."""
    if name != "nyha_class":
        return number(values, unit)
    return _CLASSES.take(pa.array(np.where(values.known, values.low, 0).astype(np.intp)))


def _change(name: str, evidence: Evidence, rows: Rows, *, with_amount: bool) -> Phrase:
    label, unit = LABELS[name]
    base, now = evidence.base[name][rows], evidence.now[name][rows]
    change = _moves(name, base, now, evidence.fall[name][rows], with_amount=with_amount)
    before = number(base) if name == "egfr" else _base(name, evidence, rows)
    return join(f"{label} ", before, " -> ", _printed(name, now, unit), change)


def _egfr_of_day(evidence: Evidence, rows: Rows) -> Phrase:
    """Filtration rate of the day itself, with the next one where it takes the fall back."""
    label, unit = LABELS["egfr"]
    fall, now = evidence.today_fall.egfr[rows], evidence.today.egfr[rows]
    base = evidence.base.egfr[rows].where(fall.known, missing(len(rows)))
    change = _moves("egfr", base, now, fall, with_amount=False)
    return join(f"{label} ", number(base), " -> ", number(now, unit), change)


def _from_highest(evidence: Evidence, rows: Rows) -> Phrase:
    highest, now = (kind.ejection_fraction[rows] for kind in (evidence.highest, evidence.today))
    return join("ejection fraction ", number(now), " %, highest before ", number(highest), " %")


def _moves(name: str, base: Quantity, now: Quantity, fall: Quantity, *, with_amount: bool) -> Texts | str:
    """Say ``, fall 61 %``: nothing where either value is missing or the fall leaves zero behind.

    Where a censored value leaves one bound: ``, fall at least 61 %``.
    """
    if name == "nyha_class":
        return ""
    drop = base - now
    single = drop.low == drop.high
    moved = single & (np.abs(drop.low) > 1e-9)
    sized = np.flatnonzero(moved if name in _AMOUNTS_ONLY else moved & (fall.low <= 1))
    sizes = []
    if name not in _AMOUNTS_ONLY:
        sizes.append(join(percent(np.abs(fall.low[sized]))))
    if name in _AMOUNTS_ONLY or with_amount:
        unit = _AMOUNTS_ONLY.get(name, LABELS[name][1])
        sizes.append(join(number(exact(np.abs(drop.low[sized]))), f" {unit}"))
    way = choose(drop.low[sized] > 0, ", fall ", ", rise ")
    size = join_what_is_there(sizes, " and ", len(sized))
    pieces = [(np.flatnonzero(single & ~moved), ", unchanged"), (sized, join(way, size))]
    if name not in _AMOUNTS_ONLY and not single.all():
        for sign, side, what in ((1, fall.low, ", fall at least "), (-1, fall.high, ", rise at least ")):
            bounded = np.flatnonzero(~single & (side * sign > 0) & (side * sign <= 1))
            pieces.append((bounded, join(what, percent(np.abs(side[bounded]), down=True))))
    return lay_out(len(single), pieces)


def _from_nadir(name: str, evidence: Evidence, rows: Rows, *, with_base: bool) -> Phrase:
    label, unit = LABELS[name]
    nadir, now = evidence.nadir[name][rows], evidence.today[name][rows]
    rise = now.rise_from(nadir).low
    above, below = np.flatnonzero(rise > 0), np.flatnonzero(rise <= 0)
    share = join(percent(rise[above]), " above ")
    how = lay_out(len(rows), [(above, share), (below, "not above ")])
    tail = join(", baseline ", _base(name, evidence, rows)) if with_base else ()
    return join(f"{label} ", number(now), f" {unit}, ", how, "nadir ", number(nadir), tail)


def _from_cr(evidence: Evidence, rows: Rows) -> Phrase:
    from amyloid.adjudication.criteria.hematologic_progression import published_complete_response

    lowest = number(evidence.lowest_since(published_complete_response).iflc[rows])
    now = number(evidence.today.iflc[rows])
    return join("iFLC at its lowest ", lowest, " mg/L since complete response, now ", now, " mg/L")


def _value(kind: str, name: str) -> Say:
    return lambda evidence, rows: _labelled(name, getattr(evidence, kind)[name][rows])


def _immunofixation(kind: str) -> Say:
    def say(evidence: Evidence, rows: Rows) -> Phrase:
        values = getattr(evidence, kind)
        serum, urine = (_sign(values[name][rows]) for name in _FLUIDS)
        return join("immunofixation serum ", serum, ", urine ", urine)

    return say


def _sign(immunofixation: Quantity) -> Texts:
    return _SIGNS.take(pa.array(immunofixation.known.astype(np.int8) + (immunofixation.low > 0.5)))


def _m_proteins(evidence: Evidence, rows: Rows) -> Phrase:
    """M-proteins of the visit, where they were measured."""
    columns = []
    for name in ("serum_m_protein", "urine_m_protein"):
        values = evidence.today[name][rows]
        measured = np.flatnonzero(values.known)
        columns.append((lay_out(len(rows), [(measured, _labelled(name, values[measured]))]),))
    return join_what_is_there(columns, "; ", len(rows))


def _base_troponin(evidence: Evidence, rows: Rows) -> Phrase:
    """Print the troponin that was measured: T, then high-sensitivity T, then I."""
    pieces: list[tuple[Rows, Phrase]] = []
    for name in ("hs_troponin_i", "troponin_i", "hs_troponin_t", "troponin_t"):
        known = np.flatnonzero(evidence.base[name].known[rows])
        without = ", for which no cut-off is published" if name == "hs_troponin_i" else ""
        pieces.append((known, join(phrases(f"base_{name}", evidence, rows[known]), without)))
    return (lay_out(len(rows), [(np.arange(len(rows)), "troponin missing"), *pieces]),)


def _kidney_failure(evidence: Evidence, rows: Rows) -> Phrase:
    dialysis, transplant = (
        evidence.reached(event).surely[rows] for event in ("dialysis", "kidney_transplant")
    )
    words = pa.array(["", "dialysis", "kidney transplant", "dialysis and kidney transplant"])
    return (words.take(pa.array(dialysis + 2 * transplant)),)


def _flag(column: str, words: str) -> Say:
    def say(evidence: Evidence, rows: Rows) -> Phrase:
        answer = evidence.flag(column)[rows]
        return join(f"{words} ", choose(answer.surely, "yes", choose(answer.possibly, "not recorded", "no")))

    return say


_FLUIDS: Final = ("serum_immunofixation", "urine_immunofixation")
SPECIAL: Final[dict[str, tuple[Say, tuple[str, ...]]]] = {
    "immunofixation": (_immunofixation("now"), _FLUIDS),
    "immunofixation_of_day": (_immunofixation("today"), _FLUIDS),
    "ratio": (_value("now", "flc_ratio"), ("flc_ratio",)),
    "ratio_of_day": (_value("today", "flc_ratio"), ("flc_ratio",)),
    "egfr_of_day": (_egfr_of_day, ("egfr",)),
    "ejection_fraction_from_highest": (_from_highest, ("ejection_fraction",)),
    "m_proteins": (_m_proteins, ()),
    "marrow": (_value("now", "marrow_plasma_cells"), ("marrow_plasma_cells",)),
    "iflc_from_cr": (_from_cr, ("iflc",)),
    "base_troponin": (_base_troponin, ("troponin_t",)),
    "kidney_failure": (_kidney_failure, ()),
    "atrial_fibrillation": (_flag("atrial_fibrillation", "atrial fibrillation"), ()),
    "heart_failure": (_flag("heart_failure", "heart failure"), ()),
    "urine_albumin_predominant": (_flag("urine_albumin_predominant", "mainly albumin"), ()),
}
"""Phrases with a form of their own, and the quantities behind them."""
