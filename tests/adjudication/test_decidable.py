"""Arithmetic with limits keeps every value inside its limits; comparisons say only what is sure."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from amyloid.adjudication.decidable import Quantity, Truth, certain, count_true, exact, measured, recorded

FAST = settings(max_examples=200, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
NUMBERS = st.floats(-1e4, 1e4).map(lambda value: round(value, 6))
LIMITS = st.tuples(NUMBERS, NUMBERS).map(sorted)
SHARE = st.floats(0, 1)


def quantity(limits):
    return Quantity(np.array([limits[0]]), np.array([limits[1]]))


def inside(limits, share):
    return limits[0] + (limits[1] - limits[0]) * share


def holds(result, value):
    slack = 1e-9 * max(1.0, abs(value))
    return result.low[0] - slack <= value <= result.high[0] + slack


@FAST
@given(LIMITS, LIMITS, SHARE, SHARE, st.floats(-3, 3))
def test_difference_and_multiple_hold_every_possible_value(first, second, a, b, factor):
    x, y = inside(first, a), inside(second, b)
    assert holds(quantity(first) - quantity(second), x - y)
    assert holds(quantity(first) * factor, x * factor)


@FAST
@given(LIMITS, st.tuples(st.floats(0.01, 1e4), st.floats(0.01, 1e4)).map(sorted), SHARE, SHARE)
def test_ratio_and_fall_hold_every_possible_value(first, second, a, b):
    x, y = inside(first, a), inside(second, b)
    assert holds(quantity(first).over(quantity(second)), x / y)
    assert holds(quantity(first).fall_from(quantity(second)), (y - x) / y)
    assert holds(quantity(first).rise_from(quantity(second)), (x - y) / y)


@FAST
@given(LIMITS, SHARE, NUMBERS)
def test_a_sure_answer_is_true_of_every_possible_value(limits, share, limit):
    x = inside(limits, share)
    if abs(x - limit) < 1e-6 * max(1, abs(limit)):
        return
    for answer, truth in (
        (quantity(limits) > limit, x > limit),
        (quantity(limits) >= limit, x >= limit),
        (quantity(limits) < limit, x < limit),
        (quantity(limits) <= limit, x <= limit),
    ):
        assert not answer.surely[0] or truth
        assert answer.possibly[0] or not truth


@pytest.mark.parametrize("zero_or_less", [0.0, -1.0])
def test_ratio_to_nothing_is_missing_with_and_without_censoring(zero_or_less):
    exactly = exact(np.array([5.0])).over(exact(np.array([zero_or_less])))
    beside = Quantity(np.array([5.0, 0.0]), np.array([5.0, 1.0])).over(
        Quantity(np.array([zero_or_less, 1.0]), np.array([zero_or_less, 1.0]))
    )
    assert not exactly.known[0]
    assert np.isnan(beside.low[0])
    assert np.isnan(beside.high[0])


@pytest.mark.parametrize(
    ("value", "above", "at_least"),
    [(0.5, False, True), (0.5 + 5e-10, False, True), (0.5 - 5e-10, False, True), (0.5 + 2e-9, True, True)],
)
def test_thresholds_are_met_within_the_tolerance(value, above, at_least):
    assert (exact(np.array([value])) > 0.5).surely[0] == above
    assert (exact(np.array([value])) >= 0.5).surely[0] == at_least


def test_values_as_a_laboratory_prints_them():
    values = measured(np.array([1.5, 9000.0, 3.0, np.nan]), np.array([-1, 1, 0, 0], dtype=np.int8))
    assert values.known.tolist() == [True, True, True, False]
    assert (values < 1.5).surely.tolist() == [True, False, False, False]
    assert (values > 9000).surely.tolist() == [False, True, False, False]
    assert (values >= 1).decided.tolist() == [False, True, True, False]


def test_missing_is_undecided_in_every_comparison():
    missing = exact(np.array([np.nan]))
    for answer in (missing > 1, missing >= 1, missing < 1, missing <= 1, ~(missing > 1)):
        assert not answer.decided[0]


THREE = [Truth(np.array([s]), np.array([p])) for s, p in ((True, True), (False, True), (False, False))]
RANK = {(True, True): 2, (False, True): 1, (False, False): 0}


def rank(answer):
    return RANK[bool(answer.surely[0]), bool(answer.possibly[0])]


@pytest.mark.parametrize("first", THREE, ids=rank)
@pytest.mark.parametrize("second", THREE, ids=rank)
def test_three_valued_logic_is_kleenes(first, second):
    assert rank(first & second) == min(rank(first), rank(second))
    assert rank(first | second) == max(rank(first), rank(second))
    assert rank(~first) == 2 - rank(first)


def test_closing_an_answer():
    yes, perhaps, no = THREE
    assert [rank(answer.not_scorable_where(yes)) for answer in THREE] == [1, 1, 0]
    assert [rank(answer.not_scorable_where(perhaps)) for answer in THREE] == [1, 1, 0]
    assert [rank(answer.not_scorable_where(no)) for answer in THREE] == [2, 1, 0]
    assert [rank(answer.undecided_where(yes)) for answer in THREE] == [1, 1, 1]


def test_counting_and_recorded_answers():
    points = count_true(*THREE)
    assert (points.low[0], points.high[0]) == (1, 2)
    assert [rank(recorded(np.array([flag]))) for flag in (1.0, np.nan, 0.0)] == [2, 1, 0]
    assert rank(certain(np.array([True]))) == 2


def test_or_else_takes_the_first_known():
    either = exact(np.array([1.0, np.nan, np.nan])).or_else(exact(np.array([5.0, 6.0, np.nan])))
    assert either.low.tolist()[:2] == [1.0, 6.0]
    assert not either.known[2]
