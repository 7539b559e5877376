"""Firth's penalized Cox likelihood: printed output of R's coxphf, closed forms, and a second program."""

import math

import numpy as np
import pandas as pd
import pytest
from agreement_with_r.comparison import table
from scipy.optimize import brentq, minimize
from scipy.stats import chi2

from amyloid import stats

INTERVALS = pd.DataFrame(
    {
        "start": [1, 2, 5, 2, 1, 7, 3, 4, 8, 8],
        "stop": [2, 3, 6, 7, 8, 9, 9, 9, 14, 17],
        "event": [1, 1, 1, 1, 1, 1, 1, 0, 0, 0],
        "x": [1, 0, 0, 1, 0, 1, 1, 1, 0, 0],
    }
)  # the counting-process example of R's coxph


def test_one_death_as_coxphf_prints_it():
    """Printed by R's coxphf 1.13: 116 patients, one death, as many at risk in either group.

    `trt 1.098612 2.309401 3 0.1600409 437.7607 0.5232481 0.4694594` (a trial report's public repository).
    """
    frame = pd.DataFrame({"time": [1] + [28] * 115, "event": [1] + [0] * 115, "trt": [1] * 58 + [0] * 58})
    fit = stats.firth(frame, "time", "event", ["trt"])
    row = fit.iloc[0]
    np.testing.assert_allclose([row.hazard_ratio, row.lower], [3, 0.1600409], rtol=3e-7)
    np.testing.assert_allclose(row.upper, 437.7607, rtol=1e-6)
    np.testing.assert_allclose([row.p, fit.attrs["likelihood_ratio"]], [0.4694594, 0.5232481], rtol=3e-7)


def test_delayed_entry_as_coxphf_prints_it():
    """HR 0.886, printed by a public package's example of coxphf, whose ties are Breslow's."""
    fit = stats.firth(INTERVALS, "stop", "event", ["x"], ties="breslow", entry="start")
    assert round(float(fit["hazard_ratio"].iloc[0]), 3) == 0.886


def test_three_deaths_by_hand():
    """Times 1, 2, 3 with x = 1, 1, 0 (the example of coxphf's help), worked with h = exp(b).

    L = 2h/(2h+1) h/(h+1) and I = 2h/(2h+1)^2 + h/(h+1)^2, constants left out.
    """

    def log_likelihood(b):
        h = math.exp(b)
        information = 2 * h / (2 * h + 1) ** 2 + h / (h + 1) ** 2
        return math.log(h / (2 * h + 1)) + math.log(h / (h + 1)) + math.log(information) / 2

    top = minimize(lambda b: -log_likelihood(b[0]), [1.0], method="Nelder-Mead", options={"xatol": 1e-12})
    edge = -top.fun - chi2.ppf(0.95, 1) / 2
    limits = [brentq(lambda b: log_likelihood(b) - edge, *pair) for pair in ((-9, 1), (1, 12))]
    frame = pd.DataFrame({"time": [1, 2, 3], "event": 1, "x": [1, 1, 0]})
    row = stats.firth(frame, "time", "event", ["x"]).iloc[0]
    np.testing.assert_allclose(np.log([row.lower, row.upper]), limits, rtol=1e-7)
    np.testing.assert_allclose(math.log(row.hazard_ratio), top.x[0], rtol=1e-6)
    assert row.p == pytest.approx(chi2.sf(2 * (-top.fun - log_likelihood(0)), 1), rel=1e-9)


def by_loops(frame, covariates, ties, beta):
    """Penalized log-likelihood, one death after another; a second program that shares nothing with ours."""
    x, total, information = frame[covariates].to_numpy(float), 0.0, np.zeros((len(covariates),) * 2)
    for when in sorted(frame["time"][frame["event"] == 1].unique()):
        risk = ((frame["time"] >= when) & (frame["entry"] < when)).to_numpy()
        died = ((frame["time"] == when) & (frame["event"] == 1)).to_numpy()
        weight = np.exp(x @ beta)
        for place in range(died.sum()):
            share = place / died.sum() if ties == "efron" else 0.0
            w = weight * risk * (1 - share * died)
            mean = w @ x / w.sum()
            information += (x - mean).T @ ((x - mean) * w[:, None]) / w.sum()
            total -= math.log(w.sum())
        total += (x[died] @ beta).sum()
    return total + np.linalg.slogdet(information)[1] / 2


def optimum(frame, covariates, ties, fixed=None):
    free = [i for i in range(len(covariates)) if fixed is None or i != fixed[0]]

    def fall(part):
        beta = np.zeros(len(covariates))
        beta[free] = part
        if fixed is not None:
            beta[fixed[0]] = fixed[1]
        return -by_loops(frame, covariates, ties, beta)

    if not free:
        return np.array([fixed[1]]), -fall([])
    found = minimize(fall, np.zeros(len(free)), method="Nelder-Mead",
                     options={"xatol": 1e-9, "fatol": 1e-12, "maxiter": 4000})  # fmt: skip
    return found.x, -found.fun


def small(seed, separated):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"x": rng.integers(0, 2, 14), "z": rng.normal(size=14)})
    frame["entry"] = rng.choice([0.0, 1.0], 14)
    frame["time"] = rng.integers(2, 9, 14).astype(float)
    frame["event"] = (frame["x"] == 1).astype(int) if separated else rng.integers(0, 2, 14)
    return frame


@pytest.mark.parametrize("ties", ["efron", "breslow"])
@pytest.mark.parametrize(("seed", "separated"), [(1, True), (3, False)])
def test_a_second_program_finds_the_same_top_limits_and_p(seed, separated, ties):
    frame = small(seed, separated)
    covariates = ["x", "z"]
    fit = stats.firth(frame, "time", "event", covariates, ties=ties, entry="entry")
    beta, height = optimum(frame, covariates, ties)
    np.testing.assert_allclose(np.log(fit["hazard_ratio"]), beta, atol=1e-6)
    for j in range(2):
        row = fit.iloc[j]
        for limit in (row.lower, row.upper):
            _, edge = optimum(frame, covariates, ties, (j, math.log(limit)))
            assert 2 * (height - edge) == pytest.approx(chi2.ppf(0.95, 1), abs=1e-6)
        _, without = optimum(frame, covariates, ties, (j, 0.0))
        assert row.p == pytest.approx(chi2.sf(2 * (height - without), 1), abs=1e-7)
    if separated:
        assert math.isinf(stats.cox(frame, "time", "event", ["x"], entry="entry")["hazard_ratio"].iloc[0])


def test_many_small_samples_have_finite_limits_on_either_side_of_the_estimate():
    for seed in range(20):
        frame = small(seed, separated=seed % 2 == 0)
        if not frame["event"].any():
            continue
        fit = stats.firth(frame, "time", "event", ["x", "z"]).dropna()
        assert ((fit["lower"] > 0) & (fit["lower"] < fit["hazard_ratio"])).all()
        assert ((fit["hazard_ratio"] < fit["upper"]) & np.isfinite(fit["upper"])).all()
        assert ((fit["p"] > 0) & (fit["p"] <= 1)).all()


def test_with_many_deaths_it_is_nearly_the_partial_likelihood():
    """Firth's correction is of the order 1/n: Cox on R's lung data, 165 deaths, within 1.5 percent."""
    frame = table("lung.csv").dropna(subset=["age", "sex"])
    plain = stats.cox(frame, "time", "event", ["age", "sex"])
    firth = stats.firth(frame, "time", "event", ["age", "sex"])
    columns = ["hazard_ratio", "lower", "upper"]
    np.testing.assert_allclose(firth[columns], plain[columns], rtol=0.015)


def test_strata_and_the_unit_of_a_covariate():
    frame = small(5, separated=False).assign(stratum=list("ab") * 7)
    fit = stats.firth(frame, "time", "event", ["z"], "stratum")
    scaled = stats.firth(frame.assign(z=1000 * frame["z"] + 7), "time", "event", ["z"], "stratum")
    np.testing.assert_allclose(np.log(scaled["hazard_ratio"]) * 1000, np.log(fit["hazard_ratio"]), rtol=1e-7)
    np.testing.assert_allclose(scaled["p"], fit["p"], rtol=1e-9)


def test_no_event_and_nothing_to_estimate():
    frame = small(1, separated=False)
    none = stats.firth(frame.assign(event=0), "time", "event", ["x", "z"])
    assert none[["hazard_ratio", "lower", "upper", "p"]].isna().all(axis=None)
    assert none.attrs["events"] == 0
    constant = stats.firth(frame.assign(x=1), "time", "event", ["x", "z"]).set_index("covariate")
    assert constant.loc["x"].isna().all()
    assert np.isfinite(constant.loc["z"].astype(float)).all()
