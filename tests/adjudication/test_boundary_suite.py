"""Every row of the boundary suite: categories, endpoints and eGFR."""

import csv
from pathlib import Path

import numpy as np
import pytest

from amyloid.adjudication.endpoints import endpoints
from amyloid.adjudication.labs import egfr
from amyloid.adjudication.response import categories
from amyloid.cohort import read_cohort
from amyloid.cohort.units import to_canonical

SUITE = Path(__file__).parents[1] / "literature" / "boundary-suite"


def rows_of(name: str) -> list[dict[str, str]]:
    with (SUITE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


EXPECTED_CATEGORIES = rows_of("expected_categories.csv")
EXPECTED_ENDPOINTS = rows_of("expected_endpoints.csv")
EXPECTED_EGFR = rows_of("egfr.csv")


@pytest.fixture(scope="module")
def derived_categories():
    table = categories(read_cohort(SUITE))
    return table.set_index(["patient_id", "domain", "criteria"])


@pytest.fixture(scope="module")
def derived_endpoints():
    return endpoints(read_cohort(SUITE)).set_index(["patient_id", "endpoint"])


def test_suite_is_whole():
    assert (len(EXPECTED_CATEGORIES), len(EXPECTED_ENDPOINTS), len(EXPECTED_EGFR)) == (111, 11, 5)


@pytest.mark.parametrize(
    "row", EXPECTED_CATEGORIES, ids=lambda row: "-".join([row["patient_id"], row["domain"], row["criteria"]])
)
def test_category(derived_categories, row):
    derived = derived_categories.loc[(row["patient_id"], row["domain"], row["criteria"])]
    assert derived["category"] == row["category"], f"{row['why']}; got: {derived['reason']}"


@pytest.mark.parametrize("row", EXPECTED_ENDPOINTS, ids=lambda row: f"{row['patient_id']}-{row['endpoint']}")
def test_endpoint(derived_endpoints, row):
    derived = derived_endpoints.loc[(row["patient_id"], row["endpoint"])]
    if row["months"] == "":
        assert np.isnan(derived["months"])
        assert derived.isna()["event"]
    else:
        assert derived["months"] == pytest.approx(float(row["months"]), abs=1e-9), derived["reason"]
        assert derived["event"] == int(row["event"]), derived["reason"]


@pytest.mark.parametrize(
    "row", EXPECTED_EGFR, ids=lambda row: f"{row['equation']}-{row['creatinine']}-{row['sex']}"
)
def test_egfr(row):
    creatinine = to_canonical(np.array([float(row["creatinine"])]), "creatinine", row["unit"])
    value = egfr(creatinine, float(row["age"]), row["sex"], row["equation"])
    assert value == pytest.approx(float(row["egfr"]), abs=0.005)
