"""Every number of the reference files that a function computes, within the tolerance."""

import pytest
from agreement_with_r import page
from agreement_with_r.comparison import Comparison
from agreement_with_r.coverage import (
    EXCEPTIONS,
    FILES,
    NOT_COVERED,
    comparisons,
    every,
    excepted,
    unaccounted,
)


@pytest.mark.parametrize("file", FILES)
def test_every_number_agrees_with_the_reference(file):
    wrong = [str(one) for one in comparisons(file) if not one.agrees]
    assert not wrong, f"{len(wrong)} of {len(comparisons(file))} differ:\n" + "\n".join(wrong[:20])


@pytest.mark.parametrize("file", FILES)
def test_no_number_of_the_reference_is_passed_over_in_silence(file):
    assert unaccounted(file) == set()


def test_a_comparison_that_is_off_is_seen():
    assert not Comparison("f", "km", "r", "p", 1 + 2e-9, 1.0).agrees
    assert Comparison("f", "km", "r", "p", 1 + 5e-10, 1.0).agrees
    assert not Comparison("f", "km", "r", "p", float("nan"), 1.0).agrees
    assert not Comparison("f", "km", "r", "p", 1.0, None).agrees
    assert Comparison("f", "km", "r", "p", float("nan"), None).agrees


def test_each_exception_is_still_needed():
    assert sum(excepted(one) for file in FILES for one in every(file)) == len(EXCEPTIONS)


def test_everything_named_as_not_covered_is_in_the_files():
    assert NOT_COVERED.keys() <= FILES.keys()


def test_the_validation_page_is_up_to_date():
    """Word for word but for the largest differences, which may be ten times larger on another machine."""
    written, now = page.PAGE.read_text(), page.render()
    assert page.without_bounds(written) == page.without_bounds(now), (
        "run: python tests/stats/agreement_with_r"
    )
    for before, after in zip(page.bounds(written), page.bounds(now), strict=True):
        assert after <= 10 * before
