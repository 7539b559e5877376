"""Hematologic response and progression of one patient by plain loops."""

import math

from courses import Patient
from plain_loops import (
    NEAR,
    Told,
    above,
    all_of,
    any_of,
    at_least,
    below,
    clonal,
    complete,
    fall,
    less,
    lowest,
    m_protein,
    no_clone,
    times,
)


def ways(version, told):
    """What each version can judge in a patient with this baseline: name of the item, grades by answer."""
    open_ways, dflc = [], told.base("dflc")
    if version in ("gertz-2005", "boston-2007"):
        for item, gate in (("iflc", 100), ("serum_m_protein", 0.5), ("urine_m_protein", 100)):
            if above(told.base(item), gate) is True:
                open_ways.append((item, [("PR", lambda n, b: at_least(fall(n, b), 0.5))]))
                if version == "boston-2007" and item != "urine_m_protein":
                    open_ways[-1][1].append(("MR", lambda n, b: at_least(fall(n, b), 0.25)))
        return open_ways
    if version != "low-dflc-2017" and at_least(dflc, 50) is True:
        steps = [("VGPR", lambda n, b: below(n, 40)), ("PR", lambda n, b: above(fall(n, b), 0.5))]
        open_ways.append(("dflc", steps))
    low = at_least(dflc, 20) is True and below(dflc, 50) is True
    if version in ("low-dflc-2017", "isa-2012-any-dflc") and low:
        open_ways.append(("dflc", [("PR", lambda n, b: below(n, 10))]))
    return open_ways


def best_response(person: Patient, version: str) -> tuple[str, float | None]:
    told = Told(person)
    if no_clone(told):
        return "NE", None
    open_ways = ways(version, told)
    opens_cr = version != "low-dflc-2017" or below(told.base("dflc"), 50) is True
    reached, judged = {}, set()
    for month in told.later:
        if month > told.line + NEAR or not told.visit(month):
            continue
        if opens_cr:
            answer, dated = complete(told, month, version)
            if answer is True:
                reached["CR"] = min(dated, reached.get("CR", math.inf))
        for item, steps in open_ways:
            now, dated = told.now(item, month)
            for grade, holds in steps:
                answer = holds(now, told.base(item))
                if answer is True:
                    reached[grade] = min(max(dated, month), reached.get(grade, math.inf))
                if answer is not None:
                    judged.add((item, grade))
    for grade in ("CR", "VGPR", "PR", "MR"):
        if grade in reached:
            return grade, reached[grade]
    wanted = {(item, grade) for item, steps in open_ways for grade, _ in steps}
    return ("NR" if wanted and wanted <= judged else "NE"), None


def begun(told: Told, version: str) -> tuple[float, float]:
    """Month from which a complete response of this line counts, and the visit that shows it first."""
    found = (math.inf, math.inf)
    visits = []
    for month in told.later:
        if month <= told.line + NEAR and told.visit(month) and not no_clone(told):
            answer, dated = complete(told, month, version)
            if answer is True:
                visits.append(month)
                found = (min(found[0], dated), visits[0])
    return found


def progression_2005(person: Patient) -> tuple[str, float | None]:
    told = Told(person)
    (published, first), (trial, _) = begun(told, "isa-2021"), begun(told, "andromeda-2021")
    judged = False
    for month in told.later:
        value = {
            name: told.today(name, month) for name in ("iflc", "serum_m_protein", "urine_m_protein", "ratio")
        }
        fixed = [told.today(f"{fluid}_immunofixation", month) for fluid in ("serum", "urine")]
        after, after_any = published < month - NEAR, min(published, trial) < month - NEAR
        sampled = any(v is not None for v in (*fixed, *(value[n] for n in value if n != "ratio")))
        if after_any:
            judged |= sampled
            positive = any_of(*(above(v, 0.5) for v in fixed)) is True
            if positive or (after and m_protein(told, month)):
                return "progression", month
        if after:
            visits = [m for m in told.later if first <= m < month and m <= told.line + NEAR]
            since = lowest([told.now("iflc", m)[0] if m == first else told.today("iflc", m) for m in visits])
            doubled = at_least(less(value["iflc"], times(since, 2)), 0)
            if all_of(clonal(told, value["ratio"]), doubled) is True:
                return "progression", month
        if after_any:
            continue
        for item, floor, fluid in (
            ("iflc", 100, None),
            ("serum_m_protein", 0.5, 0),
            ("urine_m_protein", 200, 1),
        ):
            earlier = [told.today(item, m) for m in told.later if m < month and m <= told.line + NEAR]
            nadir = lowest([told.base(item), *earlier])
            answer = all_of(at_least(less(value[item], times(nadir, 1.5)), 0), above(value[item], floor))
            if fluid is not None and below(fixed[fluid], 0.5) is True:
                answer = False
            if answer is True:
                return "progression", month
            judged |= answer is False and value[item] is not None
    return ("none" if judged else "NE"), None


def progression_pavia(person: Patient) -> tuple[str, float | None]:
    told = Told(person)
    base, judged = told.base("dflc"), False
    for month in told.later:
        now = told.today("dflc", month)
        earlier = [told.today("dflc", m) for m in told.later if m < month and m <= told.line + NEAR]
        nadir = lowest([base, *earlier])
        answer = all_of(
            above(now, 20), above(less(now, times(base, 0.2)), 0), above(less(now, times(nadir, 1.5)), 0)
        )
        if answer is True:
            return "progression", month
        judged |= answer is False and now is not None
    return ("none" if judged else "NE"), None
