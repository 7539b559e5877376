"""Hematologic response and progression by plain loops, written from the published words, against ours."""

import random

import pytest
from courses import cohort_of
from plain_hematology import best_response, progression_2005, progression_pavia
from random_patients import random_patient

from amyloid.adjudication.response import categories

PATIENTS = 2_000
VERSIONS = {
    "gertz-2005": {"CR", "PR", "NR", "NE"},
    "boston-2007": {"CR", "PR", "MR", "NR", "NE"},
    "isa-2012": {"CR", "VGPR", "PR", "NR", "NE"},
    "isa-2021": {"CR", "VGPR", "PR", "NR", "NE"},
    "low-dflc-2017": {"CR", "PR", "NR", "NE"},
    "andromeda-2021": {"CR", "VGPR", "PR", "NR", "NE"},
    "isa-2012-any-dflc": {"CR", "VGPR", "PR", "NR", "NE"},
}


@pytest.fixture(scope="module")
def patients():
    rng = random.Random(20_070_607)
    return [random_patient(f"R{number:04d}", rng) for number in range(PATIENTS)]


@pytest.fixture(scope="module")
def adjudicated(patients):
    wanted = [("hematologic_response", version) for version in VERSIONS]
    wanted += [("hematologic_progression", version) for version in ("gertz-2005", "pavia-2018")]
    table = categories(cohort_of(patients), wanted)
    return table.set_index(["domain", "criteria", "patient_id"]).sort_index().sort_index()


def disagreements(patients, table, second):
    wrong = []
    for person in patients:
        category, month = second(person)
        row = table.loc[person.name]
        same_month = month is None or abs(month - row["month"]) < 1e-6
        if row["category"] != category or not same_month:
            wrong.append((person.name, category, month, row["reason"]))
    return wrong


@pytest.mark.parametrize("version", VERSIONS)
def test_responses_agree_on_random_patients(patients, adjudicated, version):
    table = adjudicated.loc["hematologic_response", version]
    assert disagreements(patients, table, lambda person: best_response(person, version)) == []


@pytest.mark.parametrize(
    ("version", "second"), [("gertz-2005", progression_2005), ("pavia-2018", progression_pavia)]
)
def test_progressions_agree_on_random_patients(patients, adjudicated, version, second):
    table = adjudicated.loc["hematologic_progression", version]
    assert disagreements(patients, table, second) == []
    assert table["category"].value_counts().min() >= 50


@pytest.mark.parametrize("version", VERSIONS)
def test_random_patients_reach_every_category(adjudicated, version):
    counts = adjudicated.loc["hematologic_response", version]["category"].value_counts()
    assert set(counts.index) == VERSIONS[version]
    assert counts.min() >= 15
