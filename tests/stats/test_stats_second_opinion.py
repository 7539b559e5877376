"""Results that R's reference numbers do not reach, checked by hand, by lifelines or by brute force."""

import itertools
import math
import warnings

import numpy as np
import pandas as pd
import pytest
from agreement_with_r.comparison import table

from amyloid import stats


def test_split_rows_are_those_of_tmerge():
    patients = table("jasa_tmerge_input.csv").set_index("subject")
    rows = stats.split_at_status(patients["futime"], patients["fustat"], patients["txtime"])
    expected = table("jasa_tmerge.csv")
    columns = {"subject": "patient", "tstart": "start", "tstop": "stop", "death": "event", "trt": "status"}
    expected = expected[list(columns)].rename(columns=columns)
    pd.testing.assert_frame_equal(rows, expected, check_dtype=False)


def test_landmark_rules_at_the_boundary():
    time, status = pd.Series([6, 6.1, 12, 12], index=[3, 1, 4, 2]), [1, 7, 6, math.nan]
    rows = stats.landmark(time, [1, 1, 0, 1], status, 6)
    assert list(rows.index) == [3, 1, 4, 2]
    assert rows["enters"].tolist() == [False, True, True, True]
    assert rows["status"].tolist() == [pd.NA, False, True, False]
    assert rows["event"].tolist() == [pd.NA, True, False, True]
    np.testing.assert_allclose(rows["time"], [math.nan, 0.1, 6, 6])
    assert rows.attrs["enters"] == "duration > landmark"
    kept = stats.landmark(time, [1, 1, 0, 1], status, 6, leaving_at_landmark="kept")
    assert kept["enters"].all()
    assert kept.loc[3, "time"] == 0


def test_landmark_is_not_moved_by_rounding():
    months = (0.1 + 0.2) * 10  # 3.0000000000000004
    assert stats.landmark([months, 9], [1, 1], [math.nan] * 2, 3)["enters"].tolist() == [False, True]
    assert stats.landmark([5, 9], [1, 1], [months, math.nan], 3)["status"].tolist() == [True, False]


@pytest.mark.parametrize("strata", [None, "g"])
def test_cox_and_lifelines_agree(strata):
    from lifelines import CoxPHFitter

    rng = np.random.default_rng(3)
    frame = pd.DataFrame(
        {"x": rng.normal(size=120), "y": rng.integers(0, 2, 120), "g": rng.integers(0, 3, 120)}
    )
    frame = frame.assign(time=rng.integers(1, 30, 120), event=rng.integers(0, 2, 120))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        columns = ["time", "event", "x", "y"] + ([strata] if strata else [])
        fit = CoxPHFitter().fit(
            frame[columns], "time", "event", strata=strata, fit_options={"precision": 1e-12}
        )
    found = stats.cox(frame, "time", "event", ["x", "y"], strata)
    np.testing.assert_allclose(np.log(found["hazard_ratio"]), fit.params_, rtol=1e-6)
    np.testing.assert_allclose(found["p"], fit.summary["p"], rtol=1e-6)


def test_two_strata_columns_are_crossed():
    rng = np.random.default_rng(4)
    frame = pd.DataFrame({"x": rng.normal(size=80), "a": rng.integers(0, 2, 80), "b": rng.integers(0, 2, 80)})
    frame = frame.assign(time=rng.integers(1, 30, 80), event=1, both=2 * frame["a"] + frame["b"])
    two = stats.cox(frame, "time", "event", ["x"], ["a", "b"])
    one = stats.cox(frame, "time", "event", ["x"], "both")
    pd.testing.assert_frame_equal(two, one)


def test_text_covariates_are_compared_with_the_first_level():
    frame = table("veteran.csv")
    fit = stats.cox(frame, "time", "status", ["celltype"])
    assert fit["covariate"].tolist() == [f"celltype[{level}]" for level in ("large", "smallcell", "squamous")]


def test_the_median_is_not_one_event_late_through_rounding():
    """S is 1/2 exactly at 3, but exp of the summed logarithms is 0.5000000000000001."""
    curve = stats.kaplan_meier([1, 2, 3, 4, 5, 6], [1, 1, 1, 1, 1, 0])
    assert stats.median_survival(curve)["median"].tolist() == [3.5]


def test_pairwise_adjustments_leave_nan_out():
    from amyloid.stats.compare import adjusted

    p = np.array([0.01, math.nan, 0.04])
    np.testing.assert_allclose(adjusted(p, "bonferroni"), [0.02, math.nan, 0.08])
    np.testing.assert_allclose(adjusted(p, "holm"), [0.02, math.nan, 0.04])


def test_kappa_limits_by_the_delta_method():
    """The standard error from a numerical gradient of kappa over the cells of the table."""
    cells = np.array([[12, 3, 1], [2, 9, 4], [0, 2, 10]])
    pairs = [(i, j) for i, j in itertools.product(range(3), repeat=2) for _ in range(cells[i, j])]
    share, n = cells / cells.sum(), cells.sum()

    def kappa(p):
        expected = p.sum(axis=1) @ p.sum(axis=0)
        return (np.trace(p) - expected) / (1 - expected)

    gradient = np.empty((3, 3))
    for cell in itertools.product(range(3), repeat=2):
        step = np.zeros((3, 3))
        step[cell] = 1e-6
        gradient[cell] = (kappa(share + step) - kappa(share - step)) / 2e-6
    variance = ((share * gradient**2).sum() - (share * gradient).sum() ** 2) / n
    found = stats.kappa([a for a, _ in pairs], [b for _, b in pairs]).iloc[0]
    assert found.estimate == pytest.approx(kappa(share), rel=1e-12)
    assert found.upper - found.estimate == pytest.approx(1.959963984540054 * math.sqrt(variance), rel=1e-6)
    assert found.estimate - found.lower == pytest.approx(1.959963984540054 * math.sqrt(variance), rel=1e-6)


def test_kappa_of_categories_that_only_one_judge_uses():
    assert stats.kappa(["a", "a", "b"], ["a", "c", "b"])["agreement"].iloc[0] == pytest.approx(2 / 3)


def test_standardized_difference_of_numbers():
    found = stats.standardized_difference([1.0, 2, 3, 5, 7], ["a", "a", "a", "b", "b"]).iloc[0]
    assert found.difference == pytest.approx((2 - 6) / math.sqrt((1 + 2) / 2))
    assert found.kind == "number"


def test_standardized_difference_of_shares():
    """1 of 4 against 3 of 4: (0.25 - 0.75) / sqrt((0.1875 + 0.1875) / 2); as text the same without its
    sign."""
    yes = np.array([1, 0, 0, 0, 1, 1, 1, 0], dtype=bool)
    group = np.repeat(["a", "b"], 4)
    expected = -0.5 / math.sqrt(0.1875)
    assert stats.standardized_difference(yes, group)["difference"].iloc[0] == pytest.approx(expected)
    text = stats.standardized_difference(np.where(yes, "yes", "no"), group).iloc[0]
    assert text.difference == pytest.approx(-expected)
    assert text.kind == "category"


def test_standardized_difference_of_three_categories():
    """Shares 1/2, 1/4, 1/4 against 1/4, 1/4, 1/2 with the inverse of the mean covariance worked by hand."""
    values = ["k", "k", "l", "m", "k", "l", "m", "m"]
    covariance = (np.array([[3, -1], [-1, 3]]) / 16 + np.array([[3, -2], [-2, 4]]) / 16) / 2
    gap = np.array([0, -0.25])
    expected = math.sqrt(gap @ np.linalg.inv(covariance) @ gap)
    found = stats.standardized_difference(values, np.repeat(["a", "b"], 4))["difference"].iloc[0]
    assert found == pytest.approx(expected)


@pytest.mark.parametrize(("values", "expected"), [([1, 1, 2, 2], -math.inf), ([1, 1, 1, 1], 0)])
def test_standardized_difference_without_variance(values, expected):
    assert stats.standardized_difference(values, list("aabb"))["difference"].tolist() == [expected]
    apart = stats.standardized_difference([str(v) for v in values], list("aabb"))["difference"].iloc[0]
    assert apart == abs(expected)


@pytest.mark.parametrize("counts", [[[3, 1], [0, 2]], [[2, 1, 3], [1, 4, 0]], [[1, 2], [3, 0], [0, 2]]])
def test_fisher_counts_every_table(counts):
    """All tables with the same margins, listed by brute force."""
    counts = np.array(counts)
    rows, columns = counts.sum(axis=1), counts.sum(axis=0)
    found = {}
    for cells in itertools.product(
        range(counts.sum() + 1), repeat=(counts.shape[0] - 1) * (counts.shape[1] - 1)
    ):
        inner = np.array(cells).reshape(counts.shape[0] - 1, counts.shape[1] - 1)
        full = np.hstack([inner, (rows[:-1] - inner.sum(axis=1))[:, None]])
        full = np.vstack([full, columns - full.sum(axis=0)])
        if (full >= 0).all():
            found[tuple(full.ravel())] = 1 / math.prod(math.factorial(cell) for cell in full.ravel())
    here = found[tuple(counts.ravel())]
    p = sum(mass for mass in found.values() if mass <= here * (1 + 1e-7)) / sum(found.values())
    assert stats.fisher(counts)["p"].iloc[0] == pytest.approx(p, rel=1e-10)


def test_exact_rank_tests_against_all_arrangements():
    x, y = [1.5, 2.5, 7.0], [0.5, 3.0, 8.0, 9.0]
    pooled = np.array(x + y)
    ways = [
        sum(pooled[i] > pooled[j] for i in c for j in set(range(7)) - set(c))
        for c in itertools.combinations(range(7), 3)
    ]
    found = stats.wilcoxon_rank_sum(x, y).iloc[0]
    tail = min(np.mean(np.array(ways) <= found.statistic), np.mean(np.array(ways) >= found.statistic))
    assert found.p == pytest.approx(min(1, 2 * tail))
    assert found.method == "exact"
