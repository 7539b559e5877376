"""How numbers read in tables and sentences."""

import math

import pytest

from amyloid.show import text

NAN = math.nan


@pytest.mark.parametrize(
    ("value", "digits", "wanted"),
    [
        (26.5, 1, "26.5"),
        (0.125, 2, "0.13"),
        (2.675, 2, "2.68"),
        (12345.6, 0, "12,346"),
        (-0.04, 1, "0.0"),
        (-1.25, 1, "−1.3"),
        (NAN, 1, "not estimable"),
        (math.inf, 1, "infinite"),
        (-math.inf, 1, "infinite"),
    ],
)
def test_numbers_round_half_up_and_have_no_negative_zero(value: float, digits: int, wanted: str) -> None:
    assert text.number(value, digits) == wanted


@pytest.mark.parametrize(
    ("share", "digits", "wanted"),
    [
        (8 / 33, 0, "24%"),
        (0.125, 0, "13%"),
        (0.285, 0, "29%"),
        (1.0, 0, "100%"),
        (0.0, 1, "0.0%"),
        (NAN, 0, "not estimable"),
    ],
)
def test_percentages(share: float, digits: int, wanted: str) -> None:
    assert text.percent(share, digits) == wanted


def test_counts_carry_their_denominator() -> None:
    assert text.count(8, 33) == "8 of 33 (24%)"
    assert text.count(0, 0) == "0 of 0"
    assert text.count(1200, 4000) == "1,200 of 4,000 (30%)"


def test_intervals() -> None:
    assert text.interval(0.11, 0.42, digits=0, share=True) == "11% to 42%"
    assert text.interval(20.1, NAN, missing=text.NOT_REACHED) == "20.1 to not reached"
    assert text.estimate(8 / 33, 0.11, 0.42, digits=0, share=True) == "24% (11% to 42%)"
    assert text.estimate(NAN, NAN, NAN) == "not estimable"
    assert text.interval(NAN, NAN, share=True) == "not estimable"


def test_months_and_medians() -> None:
    assert text.months(26.5) == "26.5 months"
    assert text.months(NAN) == "not reached"


@pytest.mark.parametrize(
    ("p", "wanted"),
    [
        (0.034, "p = 0.03"),
        (0.0046, "p = 0.005"),
        (0.0004, "p < 0.001"),
        (1.0, "p = 1.00"),
        (NAN, "p not computed"),
    ],
)
def test_p_values(p: float, wanted: str) -> None:
    assert text.p_value(p) == wanted


def test_confidence_level() -> None:
    assert text.level(0.95) == "95% CI"
    assert text.level(0.975) == "97.5% CI"
