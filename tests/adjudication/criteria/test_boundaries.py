"""Both sides of every threshold of every version, missing values, and other units."""

import pytest
from boundary_tables import CASES, TABLES, derived, disagreements
from courses import cohort_of, write_cohort

from amyloid.adjudication.criteria import CRITERIA, DOMAINS
from amyloid.cohort import read_cohort


@pytest.fixture(scope="module")
def found():
    return derived(cohort_of(case.patient for case in CASES))


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.domain}-{case.name}")
def test_case(found, case):
    got = {key: found[case.patient.name, case.domain, key][0] for key in case.expected}
    assert got == case.expected, {key: found[case.patient.name, case.domain, key][1] for key in case.expected}


def test_every_domain_has_a_table():
    assert {path.stem for path in TABLES} == set(DOMAINS)


@pytest.mark.parametrize("domain", DOMAINS)
def test_every_version_is_a_column(domain):
    columns = {key for case in CASES if case.domain == domain for key in case.expected}
    assert columns == {key for name, key in CRITERIA if name == domain}


@pytest.mark.parametrize(("domain", "key"), CRITERIA, ids=lambda part: part)
def test_every_category_of_a_version_occurs(domain, key):
    expected = {case.expected[key] for case in CASES if case.domain == domain}
    assert expected == {*CRITERIA[domain, key].categories, "NE"}


@pytest.mark.parametrize(
    ("other_units", "dates"), [(False, False), (True, False), (False, True), (True, True)]
)
def test_files_of_a_centre_give_the_same(tmp_path, other_units, dates):
    """The same through the reader; dates are whole days, so the cases about a month's own edge stay out."""
    cases = [case for case in CASES if not (dates and "month" in case.name)]
    folder = write_cohort(tmp_path, [case.patient for case in cases], other_units=other_units, dates=dates)
    assert disagreements(derived(read_cohort(folder)), cases) == []
