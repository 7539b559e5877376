"""Every row of the boundary suite and of the evidence suite: categories, endpoints and eGFR."""

import csv
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from amyloid.adjudication.endpoints import endpoints
from amyloid.adjudication.labs import egfr
from amyloid.adjudication.response import categories
from amyloid.cohort import read_cohort
from amyloid.cohort.schema import conversion

LITERATURE = Path(__file__).parents[1] / "literature"
SUITES = ("boundary-suite", "evidence-suite")


def rows_of(name: str, suites: tuple[str, ...] = SUITES) -> list[dict[str, str]]:
    rows = []
    for suite in suites:
        with (LITERATURE / suite / name).open(encoding="utf-8", newline="") as file:
            rows += list(csv.DictReader(file))
    return rows


EXPECTED_CATEGORIES = rows_of("expected_categories.csv")
EXPECTED_ENDPOINTS = rows_of("expected_endpoints.csv")
EXPECTED_EGFR = rows_of("egfr.csv", SUITES[:1])


@pytest.fixture(scope="module")
def derived_categories():
    table = pd.concat([categories(read_cohort(LITERATURE / suite)) for suite in SUITES])
    return table.set_index(["patient_id", "domain", "criteria"])


@pytest.fixture(scope="module")
def derived_endpoints():
    table = pd.concat([endpoints(read_cohort(LITERATURE / suite)) for suite in SUITES])
    return table.set_index(["patient_id", "endpoint"])


def test_suites_are_whole():
    assert (len(EXPECTED_CATEGORIES), len(EXPECTED_ENDPOINTS), len(EXPECTED_EGFR)) == (176, 26, 5)


@pytest.mark.parametrize(
    "row", EXPECTED_CATEGORIES, ids=lambda row: "-".join([row["patient_id"], row["domain"], row["criteria"]])
)
def test_category(derived_categories, row):
    derived = derived_categories.loc[(row["patient_id"], row["domain"], row["criteria"])]
    assert derived["category"] == row["category"], f"{row.get('why')}; got: {derived['reason']}"


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
    unit = conversion("creatinine", row["unit"])
    creatinine = np.array([float(row["creatinine"])]) * unit.multiply / unit.divide
    value = egfr(creatinine, float(row["age"]), row["sex"], row["equation"])
    assert value == pytest.approx(float(row["egfr"]), abs=0.005)
