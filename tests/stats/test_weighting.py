"""Weights, weighted differences and hazard ratios against formulas written out, lifelines and scipy."""

import math

import numpy as np
import pandas as pd
import pytest
from lifelines import CoxPHFitter
from scipy.optimize import minimize

from amyloid.stats import effective_size, propensity_weights, weighted_difference, weighted_hazard_ratio

RNG = np.random.default_rng(3)
N = 80
COVARIATES = pd.DataFrame({"age": RNG.normal(65, 9, N), "late": RNG.integers(0, 2, N).astype(float)})
TREATED = RNG.random(N) < 1 / (1 + np.exp(0.05 * (COVARIATES["age"] - 65) + COVARIATES["late"]))
MONTHS = RNG.exponential(20, N) + np.arange(N) * 1e-6  # no ties
DIED = RNG.random(N) < 0.7
WEIGHT = propensity_weights(TREATED, COVARIATES)


def test_the_weights_come_from_the_likelihood_that_scipy_finds():
    design = np.column_stack([np.ones(N), COVARIATES["age"] - 65, COVARIATES["late"]])

    def loss(beta: np.ndarray) -> float:
        score = design @ beta
        return float(np.log1p(np.exp(score)).sum() - score[TREATED].sum())

    best = minimize(loss, np.zeros(3), method="BFGS", options={"gtol": 1e-10}).x
    probability = 1 / (1 + np.exp(-design @ best))
    expected = np.where(TREATED, TREATED.mean() / probability, (1 - TREATED.mean()) / (1 - probability))
    assert pytest.approx(expected, rel=1e-5) == WEIGHT


def test_weights_balance_what_they_were_made_from():
    for column in COVARIATES:
        value = COVARIATES[column]
        before = value[TREATED].mean() - value[~TREATED].mean()
        after = np.average(value[TREATED], weights=WEIGHT[TREATED]) - np.average(
            value[~TREATED], weights=WEIGHT[~TREATED]
        )
        assert abs(after) < 0.35 * abs(before)
    assert WEIGHT.mean() == pytest.approx(1, abs=0.05)


def test_one_covariate_of_two_levels_by_hand():
    # 6 of 10 without and 2 of 10 with the trait are treated; 8 of 20 altogether
    trait = pd.DataFrame({"trait": [0.0] * 10 + [1.0] * 10})
    treated = [1] * 6 + [0] * 4 + [1] * 2 + [0] * 8
    found = propensity_weights(treated, trait)
    assert found[[0, 6, 10, 12]] == pytest.approx([0.4 / 0.6, 0.6 / 0.4, 0.4 / 0.2, 0.6 / 0.8])


def test_effective_size_by_hand():
    assert effective_size([1.0, 1.0, 2.0]) == pytest.approx(16 / 6)
    assert effective_size(np.full(7, 3.0)) == pytest.approx(7)


def test_equal_weights_give_the_plain_difference():
    found = weighted_difference([1, 1, 0, 1, 0, 0], [1, 1, 1, 0, 0, 0], np.ones(6)).iloc[0]
    assert found["estimate"] == pytest.approx(2 / 3 - 1 / 3)
    assert found["se"] == pytest.approx(math.sqrt(2 * (2 / 9) / 3))  # p(1-p)/n twice


def test_a_weighted_difference_by_hand():
    found = weighted_difference([1, 0, 1, 0], [1, 1, 0, 0], [3.0, 1.0, 1.0, 1.0]).iloc[0]
    assert found["estimate"] == pytest.approx(0.75 - 0.5)
    treated = (9 * 0.25**2 + 1 * 0.75**2) / 16
    assert found["se"] == pytest.approx(math.sqrt(treated + (0.25 + 0.25) / 4))


def test_the_weighted_hazard_ratio_is_that_of_lifelines():
    found = weighted_hazard_ratio(MONTHS, DIED, TREATED, WEIGHT).iloc[0]
    frame = pd.DataFrame({"t": MONTHS, "d": DIED.astype(int), "x": TREATED.astype(float), "w": WEIGHT})
    fit = CoxPHFitter().fit(frame, "t", "d", weights_col="w", robust=True)
    low, high = np.exp(fit.confidence_intervals_.to_numpy()[0])
    assert [found["hazard_ratio"], found["lower"], found["upper"]] == pytest.approx(
        [float(np.exp(fit.params_["x"])), low, high], rel=1e-4
    )


def test_the_weighted_hazard_ratio_solves_its_equations_with_ties():
    time = np.round(MONTHS / 3) + 1
    found = weighted_hazard_ratio(time, DIED, TREATED, WEIGHT).iloc[0]
    beta, x = math.log(found["hazard_ratio"]), TREATED.astype(float)
    score, information, residual = 0.0, 0.0, np.zeros(N)
    for i in np.flatnonzero(DIED):
        risk = WEIGHT * np.exp(beta * x) * (time >= time[i])
        mean = (risk @ x) / risk.sum()
        score += WEIGHT[i] * (x[i] - mean)
        information += WEIGHT[i] * mean * (1 - mean)
        residual[i] += x[i] - mean
        residual -= (time >= time[i]) * np.exp(beta * x) * WEIGHT[i] * (x - mean) / risk.sum()
    assert score == pytest.approx(0, abs=1e-9)
    se = math.sqrt(((WEIGHT * residual) ** 2).sum()) / information
    assert math.log(found["upper"]) == pytest.approx(beta + 1.959963985 * se)


def test_a_group_without_an_event_has_no_ratio():
    found = weighted_hazard_ratio([1, 2, 3, 4], [1, 1, 0, 0], [1, 1, 0, 0], np.ones(4))
    assert found.isna().all(axis=None)


@pytest.mark.parametrize(
    ("treated", "columns", "said"),
    [
        ([1, 1, 1, 1], {"x": [1.0, 2, 3, 4]}, "one group only"),
        ([0, 0, 1, 1], {"x": [1.0, 2, 3, 4]}, "determine the group"),
        ([0, 1, 0, 1], {"x": [1.0, 2, 3, 5], "y": [2.0, 4, 6, 10]}, "determine the group or one another"),
        ([0, 1, 0, 1], {"x": [1.0, 2, 3, np.nan]}, "1 missing of 4"),
    ],
)
def test_what_cannot_be_weighted_is_refused(treated, columns, said):
    with pytest.raises(ValueError, match=said):
        propensity_weights(treated, pd.DataFrame(columns))


def test_weights_of_nothing_are_refused():
    with pytest.raises(ValueError, match="weights must be above 0"):
        weighted_difference([1, 0], [1, 0], [1.0, 0.0])
