"""Kidney, heart and endpoints by plain loops, written from the page of criteria, against the adjudicator."""

import math
import random

import pytest
from courses import cohort_of
from plain_hematology import best_response, progression_2005
from plain_loops import (
    NEAR,
    Told,
    above,
    all_of,
    any_of,
    at_least,
    below,
    fall,
    less,
    lowest,
    no,
    times,
)
from random_patients import random_organs, random_patient

from amyloid.adjudication.endpoints import endpoints
from amyloid.adjudication.labs import egfr
from amyloid.adjudication.response import categories

PATIENTS = 1_000
KIDNEY = ("egfr", "creatinine")
HEART = ("nt_probnp", "bnp", "troponin_t", "troponin_i", "hs_troponin_t", "ejection_fraction")
HEART += ("nyha_class", "wall_thickness")


def first(person, *events, after=-math.inf):
    return min(
        (month for month, event in person.events if event in events and month > after), default=math.inf
    )


def lasting_dialysis(told):
    """Start of the first dialysis that goes on for more than three months, after time zero or at it."""
    starts = [s for s, end in told.dialysis if end - s > 3 + NEAR and (s > 0 or end > 0)]
    return min(starts, default=math.inf)


def computed(value, person):
    """Filtration rate of a creatinine, as limits; the equation is proven elsewhere."""
    if value is None:
        return None
    rates = [float(egfr(side, person.age, person.sex)) for side in value]
    return min(rates), max(rates)


def egfr_fall(told, get):
    """Fall of the filtration rate with both ends from one source, and the samples' months."""
    (reported, at), (creatinine, at_creatinine) = get("egfr"), get("creatinine")
    base = told.base("egfr"), computed(told.base("creatinine"), told.person)
    now = reported, computed(creatinine, told.person)
    exact = all(v is not None and v[0] == v[1] for v in (now[0], base[0]))
    if now[1] is not None and base[1] is not None and not exact:
        return fall(now[1], base[1]), at_creatinine
    return fall(now[0], base[0]), at


def closed_kidney(told):
    flags = told.person.flags
    if flags.get("urine_albumin_predominant") == "no" or flags.get("kidney") == "no":
        return True
    return before_treatment(told)


def before_treatment(told):
    on_dialysis = any(start <= NEAR < end for start, end in told.dialysis)
    return on_dialysis or first(told.person, "kidney_transplant") <= NEAR


def renal_response(person):
    told = Told(person)
    base, fails = told.base("urine_protein"), kidney_fails(told)
    if closed_kidney(told) or above(base, 0.5) is not True:
        return "NE", None
    best, judged = math.inf, False
    for month in sorted({*told.later, *(m for m in fails if 0 < m < math.inf)}):
        own = told.today("urine_protein", month) is not None
        if month > told.line + NEAR or not (own or month in fails):
            continue
        protein, at = told.now("urine_protein", month)
        rate, at_rate = egfr_fall(told, lambda name, month=month: told.now(name, month))
        met = any_of(at_least(fall(protein, base), 0.3), below(protein, 0.5))
        answer = all_of(met, no(any_of(at_least(rate, 0.25), min(fails) <= month + NEAR)))
        judged |= answer is not None
        if answer is True:
            best = min(best, max(month, at, at_rate))
    if best < math.inf:
        return "response", best
    return ("no response" if judged else "NE"), None


def kidney_fails(told):
    return lasting_dialysis(told), first(told.person, "kidney_transplant")


def renal_progression(person):
    told = Told(person)
    flags, fails = person.flags, min(kidney_fails(told))
    if before_treatment(told):
        return "NE", None
    opens = above(told.base("urine_protein"), 0.5) is True
    opens &= flags.get("urine_albumin_predominant") != "no" and flags.get("kidney") != "no"
    falls = [(m, egfr_fall(told, lambda name, m=m: (told.today(name, m), m))[0]) for m in told.later]
    falls = [(month, value) for month, value in falls if value is not None]
    dates = [fails] if fails < math.inf else []
    for place, (month, value) in enumerate(falls):
        following = falls[place + 1][1] if place + 1 < len(falls) else None
        last = place + 1 == len(falls)
        if opens and all_of(at_least(value, 0.25), True if last else at_least(following, 0.25)) is True:
            dates.append(month)
    if dates:
        return "progression", min(dates)
    answers = [at_least(value, 0.25) for _, value in falls]
    return ("none" if opens and any(answer is not None for answer in answers) else "NE"), None


def imid(person, month):
    return any(
        start < month and not month > end for drug, start, end in person.drugs if drug == "lenalidomide"
    )


def cardiac_progression(person, from_nadir):
    told = Told(person)
    if person.flags.get("heart") == "no" or first(person, "heart_transplant") <= NEAR:
        return "NE", None
    troponin = next(
        (
            name
            for name in ("troponin_t", "troponin_i", "hs_troponin_t")
            if told.base(name) is not None and any(told.today(name, m) is not None for m in told.later)
        ),
        None,
    )
    dates, judged, blocked = [], False, False
    for month in told.later:
        if not told.visit(month, HEART):
            continue
        own_heart = first(person, "heart_transplant") > month + NEAR
        get = (
            (lambda name, m=month: told.today(name, m))
            if from_nadir
            else (lambda n, m=month: told.now(n, m)[0])
        )
        peptide, at = get("nt_probnp"), month if from_nadir else told.now("nt_probnp", month)[1]
        reference = told.base("nt_probnp")
        if from_nadir:
            usable = [m for m in told.later if m < month and not imid(person, m)]
            reference = lowest([reference, *(told.today("nt_probnp", m) for m in usable)])
            rise = all_of(
                above(less(peptide, times(reference, 1.3)), 0), above(less(peptide, reference), 300)
            )
        else:
            change = fall(peptide, reference)
            up = None if change is None else (-change[1], -change[0])
            rise = all_of(above(up, 0.3), above(less(peptide, reference), 300))
        rate, at_rate = egfr_fall(told, lambda name, month=month: told.now(name, month))
        worse = at_least(rate, 0.25)
        held = imid(person, month)
        if own_heart and rise is True and (held or worse is not False):
            blocked = True
        if own_heart and not held:
            if rise is True and worse is False:
                dates.append(max(month, at, at_rate))
            judged |= rise is False or (rise is True and worse is False)
        if troponin and own_heart:
            value, seen = (get(troponin), month) if from_nadir else told.now(troponin, month)
            earlier = [told.today(troponin, m) for m in told.later if m < month]
            if from_nadir:
                nadir = lowest([told.base(troponin), *earlier])
                answer = at_least(less(value, times(nadir, 1.33)), 0)
            else:
                change = fall(value, told.base(troponin))
                answer = at_least(None if change is None else (-change[1], -change[0]), 0.33)
            if answer is True:
                dates.append(max(month, seen))
            judged |= answer is not None and value is not None
        if own_heart:
            value, seen = (
                (get("ejection_fraction"), month) if from_nadir else told.now("ejection_fraction", month)
            )
            base = told.base("ejection_fraction")
            if from_nadir:
                seen_before = [told.today("ejection_fraction", m) for m in told.later if m < month]
                known = [v for v in (base, *seen_before) if v is not None]
                base = (max(v[0] for v in known), max(v[1] for v in known)) if known else None
            answer = at_least(less(base, value), 10)
            if answer is True:
                dates.append(max(month, seen))
            judged |= answer is not None and value is not None
    if dates:
        return "progression", min(dates)
    return ("none" if judged and not blocked else "NE"), None


def ends(person):
    """MOD-PFS, hematologic EFS and duration of response: months and event."""
    told = Told(person)
    death, line = first(person, "death"), told.line
    category, month = progression_2005(person)
    progressed = month if category == "progression" else math.inf
    adequate = [
        m
        for m in told.later
        if any(told.today(n, m) is not None for n in ("iflc", "serum_m_protein", "urine_m_protein"))
    ]
    last = max(adequate, default=0.0)
    organ = [
        first(person, event, after=0)
        for event in ("heart_transplant", "lvad", "balloon_pump", "kidney_transplant")
    ]
    dialysis = lasting_dialysis(told)
    organ.append(dialysis if dialysis > 0 else math.inf)
    happened = min([death, progressed, *organ])
    if happened <= line + NEAR and happened < math.inf:
        mod = happened, 1
    else:
        mod = (line, 0) if line < math.inf else (last, 0)
    happened = min(death, progressed, line)
    efs = (happened, 1) if happened < math.inf else (last, 0)
    return {"mod_pfs": mod, "hematologic_efs": efs}


@pytest.fixture(scope="module")
def patients():
    rng = random.Random(1_848)
    people = [random_organs(random_patient(f"R{number:04d}", rng), rng) for number in range(PATIENTS)]
    for person in people:
        person.events = [row for row in person.events if row[1] != "death" or row[0] > 0]
        for month, event in list(person.events):
            if event == "dialysis" and rng.random() < 0.6:
                person.events.append((month + rng.choice([1.0, 2.9, 4.0]), "dialysis_end"))
        if rng.random() < 0.3:
            person.drugs += [
                ("bortezomib", 0.0, 4.0),
                (rng.choice(["daratumumab", "dexamethasone"]), 5.0, 9.0),
            ]
        if rng.random() < 0.1:
            person.events.append((rng.uniform(1, 20), rng.choice(["lvad", "balloon_pump"])))
    return people


SECOND = {
    ("renal_response", "palladini-2014"): renal_response,
    ("renal_progression", "palladini-2014"): renal_progression,
}


@pytest.fixture(scope="module")
def adjudicated(patients):
    heart = [("cardiac_progression", "isa-2012"), ("cardiac_progression", "isa-2012-from-nadir")]
    table = categories(cohort_of(patients), [*SECOND, *heart])
    return table.set_index(["domain", "criteria", "patient_id"]).sort_index()


def disagreements(patients, table, second):
    wrong = []
    for person in patients:
        category, month = second(person)
        row = table.loc[person.name]
        if row["category"] != category or (month is not None and abs(month - row["month"]) > 1e-6):
            wrong.append((person.name, category, month, row["reason"]))
    return wrong


@pytest.mark.parametrize("key", SECOND, ids="-".join)
def test_kidneys_agree_on_random_patients(patients, adjudicated, key):
    assert disagreements(patients, adjudicated.loc[key], SECOND[key]) == []
    assert adjudicated.loc[key]["category"].value_counts().min() >= 30


@pytest.mark.parametrize("criteria", ["isa-2012", "isa-2012-from-nadir"])
def test_hearts_agree_on_random_patients(patients, adjudicated, criteria):
    without = [person for person in patients if not any(event == "lvad" for _, event in person.events)]
    table = adjudicated.loc["cardiac_progression", criteria]
    found = disagreements(without, table, lambda person: cardiac_progression(person, "nadir" in criteria))
    assert found == []
    assert table["category"].value_counts().min() >= 30


def test_endpoints_agree_on_random_patients(patients):
    table = (
        endpoints(cohort_of(patients), hematologic_criteria="boston-2007")
        .set_index(["endpoint", "patient_id"])
        .sort_index()
    )
    for person in patients:
        for endpoint, (months, event) in ends(person).items():
            row = table.loc[(endpoint, person.name)]
            assert (row["months"], row["event"]) == (pytest.approx(months, abs=1e-6), event), row["reason"]
        category = best_response(person, "boston-2007")[0]
        row = table.loc[("duration_of_response", person.name)]
        assert (category in ("CR", "VGPR", "PR")) == (row["months"] == row["months"])
