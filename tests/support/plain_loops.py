"""One patient at a time, in plain loops: values as limits, answers yes, no or None, days, carrying, lines.

Nothing here is shared with the package: it is written from the published words and from the page of criteria.
"""

from __future__ import annotations

import math

from courses import Patient

MONTH = 30.4375
WEEK, THIRTY, HALF_YEAR = 7 / MONTH, 30 / MONTH, 6.0
NEAR = 1e-9
REACH = {
    "serum_immunofixation": THIRTY,
    "urine_immunofixation": THIRTY,
    "urine_m_protein": THIRTY,
    "urine_protein": THIRTY,
    "creatinine": THIRTY,
    "egfr": THIRTY,
    "marrow_plasma_cells": HALF_YEAR,
}
HEMATOLOGIC = {"kappa_flc", "lambda_flc", "serum_immunofixation", "urine_immunofixation", "serum_m_protein"}
HEMATOLOGIC |= {"urine_m_protein", "marrow_plasma_cells"}


def limits(text):
    """Lowest and highest value that a printed text allows."""
    if text in ("neg", "pos"):
        return (0.0, 0.0) if text == "neg" else (1.0, 1.0)
    if text in ("I", "II", "III", "IV"):
        return (float(("I", "II", "III", "IV").index(text) + 1),) * 2
    value = float(text.lstrip("<>"))
    if text[0] == "<":
        return 0.0, value * (1 - 1e-6)
    if text[0] == ">":
        return value * (1 + 1e-6), math.inf
    return value, value


def at_least(value, limit):
    """Yes, no, or None where the limits of the value lie on both sides."""
    if value is None:
        return None
    if value[0] >= limit - NEAR * max(1, abs(limit)):
        return True
    return False if value[1] < limit - NEAR * max(1, abs(limit)) else None


def above(value, limit):
    if value is None:
        return None
    if value[0] > limit + NEAR * max(1, abs(limit)):
        return True
    return False if value[1] <= limit + NEAR * max(1, abs(limit)) else None


def no(answer):
    return None if answer is None else not answer


def below(value, limit):
    return no(at_least(value, limit))


def at_most(value, limit):
    return no(above(value, limit))


def all_of(*answers):
    if any(answer is False for answer in answers):
        return False
    return None if any(answer is None for answer in answers) else True


def any_of(*answers):
    return no(all_of(*(no(answer) for answer in answers)))


def less(first, second):
    """Limits of the difference."""
    if first is None or second is None:
        return None
    return first[0] - second[1], first[1] - second[0]


def times(value, factor):
    return None if value is None else (value[0] * factor, value[1] * factor)


def fall(now, base):
    """Limits of (base - now) / base."""
    if now is None or base is None or base[1] <= 0:
        return None
    highest = now[1] / base[0] if base[0] > 0 else math.inf
    lowest = now[0] / base[1] if now[0] >= 0 else (now[0] / base[0] if base[0] > 0 else -math.inf)
    if now[1] < 0:
        highest = now[1] / base[1]
    return 1 - highest, 1 - lowest


def lowest(values):
    """Limits of the smallest of several values; None without any."""
    known = [value for value in values if value is not None]
    return (min(low for low, _ in known), min(high for _, high in known)) if known else None


def next_line(person: Patient) -> float:
    """First day of the next line: an event, a late transplant, or a drug after all first ones ended."""
    starts = [month for month, event in person.events if event == "next_treatment" and month > 0]
    starts += [m for m, event in person.events if event == "stem_cell_transplant" and m > THIRTY + NEAR]
    own = [month for month, event in person.events if event == "stem_cell_transplant" and 0 < month <= THIRTY]
    first = {name for name, start, _ in person.drugs if 0 <= start <= THIRTY + NEAR}
    spans = [(start, math.inf if math.isnan(end) else end) for d, start, end in person.drugs if d in first]
    for name, start, _ in person.drugs:
        if name in first or start <= THIRTY or not first or any(word in name for word in ("dexa", "predni")):
            continue
        if "melphalan" in name and any(0 <= month - start <= WEEK for month in own):
            continue
        if all(end <= start and begun < start for begun, end in spans):
            starts.append(start)
    return min(starts, default=math.inf)


class Told:
    """What the four tables tell about one patient."""

    def __init__(self, person: Patient) -> None:
        self.person, self.isotype = person, person.light_chain
        self.line = next_line(person)
        self.dialysis = []
        for month, event in person.events:
            if event == "dialysis":
                ends = [m for m, e in person.events if e == "dialysis_end" and m >= month]
                self.dialysis.append((month, min(ends, default=math.inf)))
        separating = ("dialysis", "dialysis_end", "heart_transplant", "kidney_transplant")
        self.barriers = [month for month, event in person.events if event in separating]
        self.own = {}
        for row in person.labs:
            self._add(*row)
        self.months = sorted(self.own)
        self.later = [month for month in self.months if month > NEAR]

    def _add(self, month, test, text, assay):
        day = self.own.setdefault(month, {})
        if assay == "n_latex" and test.endswith("_flc"):
            return
        high_is_worse = test not in ("egfr", "ejection_fraction")
        if test in ("kappa_flc", "lambda_flc") and self.isotype and not test.startswith(self.isotype):
            high_is_worse = False
        if month <= NEAR and not test.endswith("immunofixation"):
            high_is_worse = not high_is_worse
        bound = {"<": -1, ">": 1}.get(text[0], 0)
        rank = (limits(text)[0] if text[0] not in "<>" else float(text[1:]), bound)
        if not high_is_worse:
            rank = (-rank[0], -rank[1])
        if test not in day or rank >= day[test][0]:
            day[test] = (rank, limits(text), high_is_worse)

    def period(self, month, test):
        """Numbers that two days share when a value may be carried from one to the other."""
        marks = [month > NEAR, month > self.line + NEAR]
        if test not in HEMATOLOGIC:
            marks += [month > barrier for barrier in self.barriers]
        if test in ("nt_probnp", "bnp"):
            marks += [start < month and not month > end for _, start, end in self.person.drugs]
        return marks

    def under_dialysis(self, month):
        return any(start < month <= end for start, end in self.dialysis)

    def today(self, test, month):
        """The day's own value, a test's or a derived one."""
        return self.derived(test, lambda name: (self._raw(name, month), month))[0]

    def _raw(self, test, month):
        if test in ("egfr", "creatinine") and self.under_dialysis(month):
            return None
        found = self.own.get(month, {}).get(test)
        return found[1] if found else None

    def now(self, test, month):
        """Value and month of the sample: the day's own, else the nearest in reach."""
        return self.derived(test, lambda name: self._nearest(name, month))

    def _nearest(self, test, month):
        own = self._raw(test, month)
        if own is not None:
            return own, month
        best = None
        for other in self.months:
            gap, value = abs(other - month), self._raw(test, other)
            if value is None or gap > REACH.get(test, WEEK) + NEAR:
                continue
            if self.period(other, test) != self.period(month, test):
                continue
            worse = self.own[other][test][2]
            size = value[1] if worse else -value[1]
            rank = (round(gap, 9), -size)
            if best is None or rank < best[0]:
                best = (rank, value, other)
        return (best[1], best[2]) if best else (None, month)

    def derived(self, test, get):
        if test not in ("iflc", "dflc", "ratio"):
            return get(test)
        (kappa, k), (lam, m) = get("kappa_flc"), get("lambda_flc")
        involved, other = (kappa, lam) if self.isotype == "kappa" else (lam, kappa)
        if test == "iflc":
            return (involved if self.isotype else None), (k if self.isotype == "kappa" else m)
        if kappa is None or lam is None:
            return None, max(k, m)
        if test == "dflc":
            return (less(involved, other) if self.isotype else None), max(k, m)
        low = kappa[0] / lam[1] if lam[1] else math.inf
        return (low, kappa[1] / lam[0] if lam[0] else math.inf), max(k, m)

    def base(self, test):
        """Last value before treatment, not earlier than three months."""
        for month in reversed(self.months):
            if -3 - NEAR <= month <= NEAR:
                value = self.now(test, month)[0] if test in ("iflc", "dflc", "ratio") else None
                value = value if value is not None else self.today(test, month)
                if value is not None:
                    return value
        return None

    def visit(self, month, tests=("kappa_flc", "lambda_flc", "serum_m_protein", "urine_m_protein")):
        return any(self._raw(test, month) is not None for test in tests)


def clonal(told: Told, ratio):
    """Ratio abnormal towards the amyloid's chain."""
    if told.isotype == "kappa":
        return above(ratio, 1.65)
    return below(ratio, 0.26)


def normal(ratio):
    return all_of(at_least(ratio, 0.26), at_most(ratio, 1.65))


def m_protein(told: Told, month) -> bool:
    """M-protein above zero that day, unless the immunofixation of that fluid is negative that day."""
    for fluid in ("serum", "urine"):
        found = above(told.today(f"{fluid}_m_protein", month), 0) is True
        if found and below(told.today(f"{fluid}_immunofixation", month), 0.5) is not True:
            return True
    return False


def no_clone(told: Told) -> bool:
    measurable = above(told.base("serum_m_protein"), 0.5) is True
    measurable |= above(told.base("urine_m_protein"), 100) is True
    negative = [below(told.base(f"{fluid}_immunofixation"), 0.5) for fluid in ("serum", "urine")]
    return not measurable and all_of(*negative, normal(told.base("ratio"))) is True


def complete(told: Told, month, version):
    """Complete response of a visit, and the month of the latest sample that it rests on."""
    serum, at_serum = told.now("serum_immunofixation", month)
    urine, at_urine = told.now("urine_immunofixation", month)
    ratio, at_ratio = told.now("ratio", month)
    dates = [month, at_serum, at_urine, at_ratio]
    answers = [below(serum, 0.5), below(urine, 0.5), not m_protein(told, month)]
    if version == "isa-2021":
        answers.append(no(clonal(told, ratio)))
    elif version == "andromeda-2021":
        involved, at_involved = told.now("iflc", month)
        upper = 19.4 if told.isotype == "kappa" else 26.3
        answers.append(any_of(normal(ratio), below(involved, upper)))
        dates.append(at_involved)
    else:
        answers.append(normal(ratio))
    if version in ("gertz-2005", "boston-2007"):
        marrow, at_marrow = told.now("marrow_plasma_cells", month)
        answers.append(below(marrow, 5))
        dates.append(at_marrow)
    return all_of(*answers), max(dates)
