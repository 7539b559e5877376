"""What may never change a category, and what may only change it one way."""

import random
from copy import deepcopy
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from courses import CODED, cohort_of, write_cohort
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from random_patients import random_organs, random_patient

from amyloid.adjudication.endpoints import endpoints
from amyloid.adjudication.labs import visits
from amyloid.adjudication.response import categories, visit_grades
from amyloid.cohort import read_cohort

FEW = settings(
    max_examples=8,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
FEWER = settings(FEW, max_examples=3)
SEEDS = st.integers(0, 2**32)
ORDER = ("CR", "VGPR", "PR", "MR", "NR", "NE")
RESPONSES = [
    ("hematologic_response", key) for key in ("gertz-2005", "boston-2007", "isa-2012", "low-dflc-2017")
]
SYMMETRIC = [
    ("hematologic_progression", "pavia-2018"),
    ("hematologic_depth", "iflc-at-most-20"),
    ("hematologic_depth", "dflc-below-10"),
    ("cardiac_stage", "mayo-2012"),
]


def people_of(seed, count=6):
    rng = random.Random(seed)
    return [random_organs(random_patient(f"P{number}", rng), rng) for number in range(count)]


def table_of(cohort, wanted=None):
    table = categories(cohort, wanted)
    return table.set_index(["domain", "criteria", "patient_id"]).sort_index()


def same(first, second, columns=("category", "month")):
    for column in columns:
        assert first[column].to_list() == pytest.approx(second[column].to_list(), nan_ok=True), column


@FEW
@given(SEEDS)
def test_row_order_changes_nothing(seed):
    people = people_of(seed)
    cohort = cohort_of(people)
    rng = np.random.default_rng(seed)
    mixed = cohort.labs.iloc[rng.permutation(len(cohort.labs))]
    mixed = mixed.iloc[np.lexsort((mixed["month"], mixed["patient_id"].cat.codes))].reset_index(drop=True)
    events = cohort.events.iloc[rng.permutation(len(cohort.events))].reset_index(drop=True)
    shuffled = replace(cohort, labs=mixed, events=events)
    same(table_of(cohort), table_of(shuffled), ("category", "month", "reason"))
    same(endpoints(cohort), endpoints(shuffled), ("months", "reason"))


@FEW
@given(SEEDS)
def test_a_patient_does_not_depend_on_the_others(seed):
    people = people_of(seed)
    together = table_of(cohort_of(people))
    rest = endpoints(cohort_of(people)).set_index(["patient_id", "endpoint"])
    for person in people[:2]:
        alone = table_of(cohort_of([person]))
        same(together.xs(person.name, level="patient_id"), alone, ("category", "month", "reason"))
        own = endpoints(cohort_of([person])).set_index("endpoint")
        same(rest.loc[person.name], own, ("months", "reason"))


@FEW
@given(SEEDS)
def test_ids_and_order_of_patients_change_nothing(seed):
    people = people_of(seed)
    renamed = [deepcopy(person) for person in reversed(people)]
    for person in renamed:
        person.name = f"study/{person.name[::-1]}"
    names = {person.name: f"study/{person.name[::-1]}" for person in people}
    first = table_of(cohort_of(people)).reset_index()
    first["patient_id"] = first["patient_id"].map(names)
    first = first.set_index(["domain", "criteria", "patient_id"]).sort_index()
    same(first, table_of(cohort_of(renamed)), ("category", "month", "reason"))


def whole_days(people):
    """The same patients with every month a whole number of days, so that dates can say it."""
    for person in people:
        person.labs = [(round(row[0] * 30.4375) / 30.4375, *row[1:]) for row in person.labs]
        person.events = [(round(month * 30.4375) / 30.4375, event) for month, event in person.events]
        person.drugs = [
            (drug, round(a * 30.4375) / 30.4375, round(b * 30.4375) / 30.4375 if b == b else b)
            for drug, a, b in person.drugs
        ]
        person.events = [row for row in person.events if row[1] not in ("death", "last_contact")]
        person.events.append((1095 / 30.4375, "last_contact"))
    return people


@FEWER
@given(SEEDS)
def test_units_and_dates_change_nothing(tmp_path_factory, seed):
    people = whole_days(people_of(seed))
    expected = table_of(cohort_of(people))
    for other_units, dates in ((False, False), (True, False), (True, True)):
        folder = write_cohort(tmp_path_factory.mktemp("cohort"), people, other_units=other_units, dates=dates)
        same(expected, table_of(read_cohort(folder)))


@FEW
@given(SEEDS)
def test_exchanging_kappa_and_lambda_changes_nothing_where_the_rule_is_symmetric(seed):
    people = people_of(seed)
    swap = {"kappa_flc": "lambda_flc", "lambda_flc": "kappa_flc", "kappa": "lambda", "lambda": "kappa"}
    other = deepcopy(people)
    for person in other:
        person.light_chain = swap[person.light_chain]
        person.labs = [(month, swap.get(test, test), *rest) for month, test, *rest in person.labs]
    same(table_of(cohort_of(people), SYMMETRIC), table_of(cohort_of(other), SYMMETRIC))


def with_lower_involved_chain(people, rng):
    """One follow-up month of each patient with a lower involved chain; the rest as it was."""
    lower = deepcopy(people)
    for person in lower:
        months = sorted({row[0] for row in person.labs if row[0] > 0})
        if not months:
            continue
        chosen, factor = rng.choice(months), rng.uniform(0.05, 0.99)
        person.labs = [
            (month, test, repr(float(text) * factor), assay)
            if month == chosen and test == f"{person.light_chain}_flc"
            else (month, test, text, assay)
            for month, test, text, assay in person.labs
        ]
    return lower


def uncensored(people, immunofixation=None):
    for person in people:
        person.labs = [
            (
                month,
                test,
                immunofixation if immunofixation and "fixation" in test else text.lstrip("<>"),
                assay,
            )
            for month, test, text, assay in person.labs
        ]
    return people


@FEW
@given(SEEDS)
def test_a_lower_involved_chain_never_worsens_isa_2021(seed):
    people = uncensored(people_of(seed))
    lower = with_lower_involved_chain(people, random.Random(seed))
    wanted = [("hematologic_response", "isa-2021")]
    before, after = (table_of(cohort_of(group), wanted)["category"] for group in (people, lower))
    assert all(ORDER.index(b) <= ORDER.index(a) for a, b in zip(before, after, strict=True))


@FEW
@given(SEEDS)
def test_a_lower_involved_chain_never_worsens_the_other_grades(seed):
    """Without complete response, which a chain that falls below the normal ratio may lose."""
    people = uncensored(people_of(seed), immunofixation="pos")
    lower = with_lower_involved_chain(people, random.Random(seed))
    before, after = (table_of(cohort_of(group), RESPONSES)["category"] for group in (people, lower))
    assert all(ORDER.index(b) <= ORDER.index(a) for a, b in zip(before, after, strict=True))


@FEW
@given(SEEDS)
def test_complete_response_means_negative_immunofixation(seed):
    cohort = cohort_of(people_of(seed, count=20))
    values = visits(cohort).set_index(["patient_id", "month"])
    for key in ("gertz-2005", "boston-2007", "isa-2012", "isa-2021", "low-dflc-2017"):
        grades = visit_grades(cohort, "hematologic_response", key)
        complete = grades[grades["category"] == "CR"]
        for row in complete.itertuples():
            near = values.loc[row.patient_id]
            near = near[(np.abs(near.index - row.month) <= 30 / 30.4375 + 1e-9) & (near.index > 0)]
            assert (near["serum_immunofixation"] == 0).any()
            assert (near["urine_immunofixation"] == 0).any()


@FEW
@given(SEEDS)
def test_progression_never_comes_before_its_nadir(seed):
    """At the month of progression some item lies 50 % above a value that came before it."""
    people = uncensored(people_of(seed, count=20), immunofixation="pos")
    cohort = cohort_of(people)
    table = categories(cohort, [("hematologic_progression", "gertz-2005")])
    values = visits(cohort)
    for row in table[table["category"] == "progression"].itertuples():
        own = values[(values["patient_id"] == row.patient_id) & (values["month"] >= -3)]
        now = own[own["month"] == row.month].iloc[0]
        before = own[own["month"] < row.month]
        assert any(
            now[name] >= 1.5 * before[name].min() - 1e-6
            for name in ("iflc", "serum_m_protein", "urine_m_protein")
        )


@FEW
@given(SEEDS)
def test_later_samples_never_undo_an_earlier_progression(seed):
    people = people_of(seed, count=20)
    wanted = [("hematologic_progression", "pavia-2018"), ("renal_progression", "palladini-2014")]
    table = categories(cohort_of(people), wanted)
    for row in table[table["category"] == "progression"].itertuples():
        person = deepcopy(next(p for p in people if p.name == row.patient_id))
        person.labs = [lab for lab in person.labs if lab[0] <= row.month + 7 / 30.4375]
        again = categories(cohort_of([person]), [(row.domain, row.criteria)]).iloc[0]
        assert (again["category"], again["month"]) == ("progression", row.month)


@FEW
@given(SEEDS)
def test_landmarks_only_ever_improve_with_time(seed):
    cohort = cohort_of(people_of(seed, count=10))
    wanted = [("hematologic_response", "boston-2007")]
    found = [categories(cohort, wanted, until=month)["category"] for month in (3, 6, 12, 24)]
    for earlier, later in pairwise(found):
        reached = earlier.isin(["CR", "PR", "MR"])
        assert all(
            ORDER.index(b) <= ORDER.index(a) for a, b in zip(earlier[reached], later[reached], strict=True)
        )


def test_codes_of_the_course_language_are_the_readers():
    assert CODED["neg"] == 0
    assert CODED["IV"] == 4
