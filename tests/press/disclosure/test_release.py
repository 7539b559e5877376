"""Rules for single numbers."""

import math

import pytest

from amyloid.press.disclosure.release import (
    Release,
    age_text,
    applied_min_cell,
    least_shown,
    quartiles,
    round_count,
    stands_for,
)


@pytest.mark.parametrize(
    ("count", "shown"), [(0, 0), (2, 0), (3, 5), (7, 5), (8, 10), (11, 10), (12, 10), (13, 15), (43, 45)]
)
def test_counts_are_rounded_to_the_nearest_five(count, shown):
    assert round_count(count) == shown


def test_a_negative_count_is_refused():
    with pytest.raises(ValueError, match="negative"):
        round_count(-1)


@pytest.mark.parametrize(("asked", "applied"), [(-2, 5), (1, 5), (4, 5), (5, 5), (6, 6), (11, 11), (20, 20)])
def test_min_cell_has_a_floor(asked, applied):
    assert applied_min_cell(asked) == applied
    assert Release(100, asked).min_cell == applied
    assert Release(100, asked).least == least_shown(applied)


@pytest.mark.parametrize(
    ("age", "text"), [(44, "44"), (89, "89"), (89.99, "89"), (90, "90+"), (101.2, "90+")]
)
def test_ages_above_89_are_one_group(age, text):
    """HIPAA Safe Harbor, 45 CFR 164.514(b)(2)(i)(C): all ages over 89."""
    assert age_text(age) == text


@pytest.mark.parametrize(
    ("min_cell", "least"), [(5, 8), (7, 8), (8, 8), (9, 13), (11, 13), (12, 13), (13, 13), (14, 18), (20, 23)]
)
def test_each_shown_number_stands_for_five_counts(min_cell, least):
    assert least_shown(min_cell) == least
    for count in range(least, least + 30):
        low, high = stands_for(round_count(count))
        assert low <= count <= high
        assert high - low == 4
        assert low >= least


def test_quartiles_have_two_digits_and_no_extremes():
    values = [1234.0 + 10 * i for i in range(81)]
    assert quartiles(values, 11) == (1400.0, 1600.0, 1800.0)


@pytest.mark.parametrize(("n", "shown"), [(21, 0), (22, 1), (41, 1), (42, 3), (45, 3)])
def test_a_quartile_has_enough_patients_on_each_side(n, shown):
    """Half of 22 lie below the median; a quarter of 42 below the lower quartile."""
    found = quartiles([*(float(i) for i in range(n)), math.nan, math.nan], 11)
    assert sum(value is not None for value in found) == shown


def test_a_quartile_that_many_share_is_no_minimum():
    assert quartiles([0.0] * 30 + [float(i) for i in range(1, 31)], 11)[0] is None


def test_nothing_known_has_no_quartile():
    assert quartiles([math.nan], 5) == (None, None, None)
