"""Best hematologic response by plain loops, written from the published words, against the adjudicator.

One patient at a time; every value is kept as its limits (low, high).
"""

import math
import random

import pytest
from courses import Patient, cohort_of
from random_patients import random_patient

from amyloid.adjudication.response import categories

PATIENTS = 2_000
VISIT_DAYS_IN_MONTHS = 7 / 30.4375
VERSIONS = ("gertz-2005", "boston-2007", "isa-2012", "isa-2021", "low-dflc-2017")
NEAR = 1e-9


def limits(text: str) -> tuple[float, float]:
    if text in ("neg", "pos"):
        return (0.0, 0.0) if text == "neg" else (1.0, 1.0)
    value = float(text.lstrip("<>"))
    if text[0] == "<":
        return 0.0, value * (1 - 1e-6)
    if text[0] == ">":
        return value * (1 + 1e-6), math.inf
    return value, value


def visits_of(person: Patient) -> list[tuple[float, dict[str, tuple[float, float]]]]:
    """Samples within a week of the first; the later value counts, of two at one time the higher."""
    grouped: list[tuple[float, list]] = []
    for row in sorted(person.labs, key=lambda row: row[0]):
        begins = not grouped or row[0] - grouped[-1][0] > VISIT_DAYS_IN_MONTHS + NEAR
        if begins or (grouped[-1][0] <= 0 < row[0]):
            grouped.append((row[0], []))
        grouped[-1][1].append(row)
    visits = []
    for month, rows in grouped:
        chosen: dict[str, tuple] = {}
        for at, test, text, assay in rows:
            if assay == "n_latex":
                continue
            bound = {"<": -1, ">": 1}.get(text[0], 0)
            size = {"neg": 0.0, "pos": 1.0}.get(text) if text in ("neg", "pos") else float(text.lstrip("<>"))
            rank = (at, size, bound)
            if test not in chosen or rank >= chosen[test][0]:
                chosen[test] = (rank, limits(text))
        values = {test: pair for test, (_, pair) in chosen.items()}
        add_chains(values, person.light_chain)
        visits.append((month, values))
    return visits


def add_chains(values: dict, isotype: str) -> None:
    kappa, lambda_ = values.get("kappa_flc"), values.get("lambda_flc")
    involved, other = (kappa, lambda_) if isotype == "kappa" else (lambda_, kappa)
    if involved:
        values["iflc"] = involved
    if involved and other:
        values["dflc"] = (involved[0] - other[1], involved[1] - other[0])
        values["ratio"] = (
            kappa[0] / lambda_[1] if lambda_[1] else math.inf,
            kappa[1] / lambda_[0] if lambda_[0] else math.inf,
        )


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


def all_of(*answers):
    if any(answer is False for answer in answers):
        return False
    return None if any(answer is None for answer in answers) else True


def any_of(*answers):
    return no(all_of(*(no(answer) for answer in answers)))


def fall(now, base):
    """Limits of (base - now) / base."""
    if now is None or base is None or base[1] <= 0:
        return None
    highest = now[1] / base[0] if base[0] > 0 else math.inf
    lowest = now[0] / base[1] if now[0] >= 0 else (now[0] / base[0] if base[0] > 0 else -math.inf)
    if now[1] < 0:
        highest = now[1] / base[1]
    return 1 - highest, 1 - lowest


def marrow_for(month, own, later_visits):
    """Marrow of the visit, else the nearest earlier, else the nearest later within six months."""
    if "marrow_plasma_cells" in own:
        return own["marrow_plasma_cells"]
    known = [(m, v["marrow_plasma_cells"]) for m, v in later_visits if "marrow_plasma_cells" in v]
    before = [pair for pair in known if pair[0] < month]
    after = [pair for pair in known if pair[0] > month]
    if before and month - before[-1][0] <= 6 + NEAR:
        return before[-1][1]
    if after and after[0][0] - month <= 6 + NEAR:
        return after[0][1]
    return None


def complete(version, values, marrow):
    negative = all_of(
        no(at_least(values.get("serum_immunofixation"), 1)),
        no(at_least(values.get("urine_immunofixation"), 1)),
    )
    ratio = values.get("ratio")
    normal = all_of(at_least(ratio, 0.26), no(above(ratio, 1.65)))
    if version == "isa-2021":
        normal = any_of(normal, no(at_least(values.get("dflc"), 0)))
    if version in ("gertz-2005", "boston-2007"):
        return all_of(negative, normal, no(at_least(marrow, 5)))
    return all_of(negative, normal)


def ways(version, base):
    """What each version can judge in a patient with this baseline: name of the item, grades by answer."""
    open_ways = []
    if version in ("gertz-2005", "boston-2007"):
        minor = version == "boston-2007"
        for item, gate in (("iflc", 100), ("serum_m_protein", 0.5), ("urine_m_protein", 100)):
            if above(base.get(item), gate) is True:
                open_ways.append((item, [("PR", lambda n, b: at_least(fall(n, b), 0.5))]))
                if minor and item != "urine_m_protein":
                    open_ways[-1][1].append(("MR", lambda n, b: at_least(fall(n, b), 0.25)))
    elif version == "low-dflc-2017":
        dflc = base.get("dflc")
        if at_least(dflc, 20) is True and at_least(dflc, 50) is False:
            open_ways.append(("dflc", [("PR", lambda n, b: no(at_least(n, 10)))]))
    elif at_least(base.get("dflc"), 50) is True:
        steps = [("VGPR", lambda n, b: no(at_least(n, 40))), ("PR", lambda n, b: above(fall(n, b), 0.5))]
        open_ways.append(("dflc", steps))
    return open_ways


def best_response(person: Patient, version: str) -> str:
    visits = visits_of(person)
    base: dict = {}
    for month, values in visits:
        if -3 - NEAR <= month <= NEAR:
            base.update(values)
    later = [(month, values) for month, values in visits if month > NEAR]
    next_line = min([month for month, _ in person.events if month > 0], default=math.inf)
    open_ways = ways(version, base)
    order = ["CR", "VGPR", "PR", "MR"]
    reached, judged = set(), set()
    for month, values in later:
        if month > next_line + NEAR:
            continue
        if (version != "low-dflc-2017" or open_ways) and complete(
            version, values, marrow_for(month, values, later)
        ) is True:
            reached.add("CR")
        for item, steps in open_ways:
            for grade, holds in steps:
                answer = holds(values.get(item), base[item])
                if answer is True:
                    reached.add(grade)
                if answer is not None:
                    judged.add((item, grade))
    for grade in order:
        if grade in reached:
            return grade
    wanted = {(item, grade) for item, steps in open_ways for grade, _ in steps}
    return "NR" if wanted and wanted <= judged else "NE"


@pytest.fixture(scope="module")
def patients():
    rng = random.Random(20_070_607)
    return [random_patient(f"R{number:04d}", rng) for number in range(PATIENTS)]


@pytest.fixture(scope="module")
def adjudicated(patients):
    wanted = [("hematologic_response", version) for version in VERSIONS]
    return categories(cohort_of(patients), wanted)


@pytest.mark.parametrize("version", VERSIONS)
def test_agrees_on_random_patients(patients, adjudicated, version):
    table = adjudicated[adjudicated["criteria"] == version].set_index("patient_id")
    wrong = [
        (person.name, second, table.loc[person.name, "reason"])
        for person in patients
        if (second := best_response(person, version)) != table.loc[person.name, "category"]
    ]
    assert wrong == []


@pytest.mark.parametrize("version", VERSIONS)
def test_random_patients_reach_every_category(adjudicated, version):
    counts = adjudicated[adjudicated["criteria"] == version]["category"].value_counts()
    wanted = {
        "gertz-2005": {"CR", "PR", "NR", "NE"},
        "boston-2007": {"CR", "PR", "MR", "NR", "NE"},
        "low-dflc-2017": {"CR", "PR", "NR", "NE"},
    }.get(version, {"CR", "VGPR", "PR", "NR", "NE"})
    assert set(counts.index) == wanted
    assert counts.min() >= 20
