"""Rules for single numbers."""

import math

import pytest

from amyloid.press.disclosure import age_text, applied_min_cell, quartiles, round_count


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


@pytest.mark.parametrize(
    ("age", "text"), [(44, "44"), (89, "89"), (89.99, "89"), (90, "90+"), (101.2, "90+")]
)
def test_ages_above_89_are_one_group(age, text):
    """HIPAA Safe Harbor, 45 CFR 164.514(b)(2)(i)(C): all ages over 89."""
    assert age_text(age) == text


def test_quartiles_have_two_digits_and_no_extremes():
    values = [1234.0 + 10 * i for i in range(21)]
    assert quartiles(values, 11) == (1300.0, 1300.0, 1400.0)


def test_quartiles_of_a_small_group_are_hidden():
    values = [float(i) for i in range(10)]
    assert quartiles([*values, math.nan, math.nan], 11) is None
    assert quartiles([*values, 10.0], 11) == (2.5, 5.0, 7.5)
