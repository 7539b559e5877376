# ruff: noqa: E501 -- one situation per line reads best
"""Patients on whom a rule turns: what must come out was decided from the published words before any run."""

import csv
from functools import cache
from pathlib import Path

import pytest
from courses import cohort_of, patient

from amyloid.adjudication.endpoints import endpoints
from amyloid.adjudication.response import categories

TABLES = Path(__file__).parent / "tricky"
BASE = "0: kappa=10 lambda=250 sife=pos uife=pos | "
COMPLETE = BASE + "3: kappa=12 lambda=14 sife=neg uife=neg | "
ISA = ("hematologic_response", "isa-2012")


@cache
def rows_of(name: str) -> tuple[dict[str, str], ...]:
    with (TABLES / f"{name}.csv").open(encoding="utf-8", newline="") as table:
        return tuple(row | {"id": f"T{number}"} for number, row in enumerate(csv.DictReader(table)))


def cohort(name: str):
    return cohort_of(patient(row["id"], row["course"], row["traits"]) for row in rows_of(name))


@cache
def adjudicated():
    return categories(cohort("categories")).set_index(["patient_id", "domain", "criteria"]).sort_index()


@cache
def ended():
    return endpoints(cohort("endpoints")).set_index(["patient_id", "endpoint"]).sort_index()


@pytest.mark.parametrize("row", rows_of("categories"), ids=lambda row: row["case"])
def test_category_and_its_month(row):
    got = adjudicated().loc[(row["id"], row["domain"], row["criteria"])]
    month = "" if got["month"] != got["month"] else f"{got['month']:g}"
    assert (got["category"], month) == (row["category"], row["month"]), got["reason"]


@pytest.mark.parametrize("row", rows_of("endpoints"), ids=lambda row: f"{row['endpoint']}: {row['case']}")
def test_endpoint(row):
    got = ended().loc[(row["id"], row["endpoint"])]
    if row["months"] == "":
        assert got["months"] != got["months"], got["reason"]
    else:
        assert got["months"] == pytest.approx(float(row["months"])), got["reason"]
        assert got["event"] == int(row["event"]), got["reason"]


@pytest.mark.parametrize(
    ("course", "category"),
    [
        # the light chain of the second visit was drawn 23 days after the response
        (BASE + "3: kappa=10 lambda=30 sife=pos | 3.75: kappa=10 lambda=30 | 3.95: sm=0.3", "NR"),
        (BASE + "3: kappa=10 lambda=30 sife=pos | 3.94: kappa=10 lambda=30 | 4.1: sm=0.3", "VGPR"),
        # nor does an early one refute
        (BASE + "3: kappa=10 lambda=30 sife=pos | 3.75: kappa=10 lambda=240 | 3.95: sm=0.3 | 6: kappa=10 lambda=30", "VGPR"),
        (BASE + "3: kappa=10 lambda=30 sife=pos | 3.94: kappa=10 lambda=240 | 6: kappa=10 lambda=30", "NR"),
        (COMPLETE + "3.5: sife=pos | 4: kappa=12 lambda=14 | 6: kappa=12 lambda=14 sife=neg uife=neg", "CR"),
        (COMPLETE + "3.94: sife=pos | 4: kappa=12 lambda=14 | 6: kappa=12 lambda=14 sife=neg uife=neg", "VGPR"),
    ],
)  # fmt: skip
def test_what_confirms_was_drawn_28_days_later(course, category):
    row = categories(cohort_of([patient("P1", course)]), [ISA], confirm="28-days").iloc[0]
    assert row["category"] == category, row["reason"]


@pytest.mark.parametrize(
    ("drug", "next_line"),
    [
        ("melphalan/dexamethasone", True),
        ("Bortezomib-Dexamethasone", True),
        ("bortezomib dexamethasone", True),
        ("dexamethasone 20 mg weekly", False),
        ("high-dose dexamethasone", False),
        ("Methyl-Prednisolone", False),
        ("dex", False),
    ],
)
def test_a_steroid_alone_opens_no_line_and_one_beside_a_drug_does(drug, next_line):
    person = patient("P1", BASE + "9: !last_contact", "drug=lenalidomide:0:4")
    person.drugs.append((drug, 5.0, 8.0))
    row = endpoints(cohort_of([person])).set_index("endpoint").loc["time_to_next_treatment"]
    assert (row["months"], row["event"]) == ((5, 1) if next_line else (9, 0))
