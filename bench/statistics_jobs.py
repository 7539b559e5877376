"""What is timed on survival data: our statistics, the same in plain numpy, and other libraries.

`python bench/statistics_jobs.py SUBJECTS FILE` writes the subjects as CSV, for R.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

Run = Callable[[], Any]
SEED = 20071116


@dataclass(frozen=True)
class Subjects:
    """Times in whole days, 0/1 events, causes 0 to 2, two groups."""

    days: np.ndarray
    event: np.ndarray
    cause: np.ndarray
    group: np.ndarray


def subjects(size: int) -> Subjects:
    """Make the same subjects for the same size."""
    rng = np.random.default_rng(SEED)
    days = np.ceil(rng.exponential(900.0, size))
    event = (rng.random(size) < 0.6).astype(np.int64)
    return Subjects(days, event, event * rng.integers(1, 3, size), rng.integers(0, 2, size))


def write_subjects(size: int, path: str) -> None:
    """Write the subjects as CSV."""
    data = subjects(size)
    columns = np.column_stack([data.days, data.event, data.cause, data.group])
    np.savetxt(path, columns, fmt="%d", delimiter=",", header="days,event,cause,group", comments="")


def kaplan_meier(size: int) -> Run:
    """Kaplan-Meier with log-log limits."""
    from amyloid.stats import kaplan_meier

    data = subjects(size)
    return lambda: kaplan_meier(data.days, data.event)


def kaplan_meier_numpy(size: int) -> Run:
    """The same in plain numpy."""
    data = subjects(size)

    def run() -> tuple[np.ndarray, ...]:
        order = np.argsort(data.days)
        time, start = np.unique(data.days[order], return_index=True)
        deaths = np.add.reduceat(data.event[order], start)
        at_risk = size - start
        survival = np.cumprod(1 - deaths / at_risk)
        with np.errstate(all="ignore"):
            variance = np.cumsum(deaths / (at_risk * (at_risk - deaths)))
            factor = np.exp(1.959963984540054 * np.sqrt(variance) / np.log(survival))
            return time, survival, survival ** (1 / factor), survival**factor

    return run


def kaplan_meier_lifelines(size: int) -> Run:
    """The same by lifelines."""
    from lifelines import KaplanMeierFitter

    data = subjects(size)
    return lambda: KaplanMeierFitter().fit(data.days, data.event)


def kaplan_meier_sksurv(size: int) -> Run:
    """The same by scikit-survival."""
    from sksurv.nonparametric import kaplan_meier_estimator

    data = subjects(size)
    event = data.event == 1
    return lambda: kaplan_meier_estimator(event, data.days, conf_type="log-log")


def kaplan_meier_statsmodels(size: int) -> Run:
    """The same by statsmodels, with standard errors and no limits."""
    from statsmodels.duration.survfunc import SurvfuncRight

    data = subjects(size)
    return lambda: SurvfuncRight(data.days, data.event)


def logrank(size: int) -> Run:
    """Log-rank test of two groups."""
    from amyloid.stats import logrank

    data = subjects(size)
    return lambda: logrank(data.days, data.event, data.group)


def logrank_numpy(size: int) -> Run:
    """The same in plain numpy: observed minus expected, with the hypergeometric variance."""
    data = subjects(size)

    def run() -> float:
        order = np.argsort(data.days)
        _, start = np.unique(data.days[order], return_index=True)
        event, first = data.event[order], data.group[order] == 0
        deaths = np.add.reduceat(event, start).astype(float)
        deaths_first = np.add.reduceat(event * first, start)
        n = (size - start).astype(float)
        n_first = np.cumsum(first[::-1])[::-1][start]
        share = n_first / n
        gap = deaths_first.sum() - (deaths * share).sum()
        spread = deaths * share * (1 - share) * (n - deaths)
        variance = (spread / np.maximum(n - 1, 1)).sum()
        return float(gap**2 / variance)

    return run


def logrank_lifelines(size: int) -> Run:
    """The same by lifelines."""
    from lifelines.statistics import multivariate_logrank_test

    data = subjects(size)
    return lambda: multivariate_logrank_test(data.days, data.group, data.event)


def logrank_statsmodels(size: int) -> Run:
    """The same by statsmodels."""
    from statsmodels.duration.survfunc import survdiff

    data = subjects(size)
    return lambda: survdiff(data.days, data.event, data.group)


def logrank_sksurv(size: int) -> Run:
    """The same by scikit-survival."""
    from sksurv.compare import compare_survival

    data = subjects(size)
    outcome = np.empty(size, dtype=[("event", bool), ("time", float)])
    outcome["event"], outcome["time"] = data.event, data.days
    return lambda: compare_survival(outcome, data.group)


def cumulative_incidence(size: int) -> Run:
    """Cumulative incidence of two causes with limits."""
    from amyloid.stats import cumulative_incidence

    data = subjects(size)
    return lambda: cumulative_incidence(data.days, data.cause)


def cumulative_incidence_sksurv(size: int) -> Run:
    """The same by scikit-survival."""
    from sksurv.nonparametric import cumulative_incidence_competing_risks

    data = subjects(size)
    return lambda: cumulative_incidence_competing_risks(data.cause, data.days, conf_type="log-log")


def cumulative_incidence_comprisk(size: int) -> Run:
    """The same by comprisk, with variances and no limits."""
    from comprisk import CumulativeIncidence

    data = subjects(size)
    return lambda: CumulativeIncidence().fit(data.days, data.cause)


def gray_test(size: int) -> Run:
    """Gray's test of two groups."""
    from amyloid.stats import gray_test

    data = subjects(size)
    return lambda: gray_test(data.days, data.cause, data.group)


def gray_test_comprisk(size: int) -> Run:
    """The same by comprisk, for one cause."""
    from comprisk import gray_test

    data = subjects(size)
    return lambda: gray_test(data.days, data.cause, data.group)


JOBS = {
    job.__name__: job
    for job in (
        kaplan_meier,
        kaplan_meier_numpy,
        kaplan_meier_lifelines,
        kaplan_meier_sksurv,
        kaplan_meier_statsmodels,
        logrank,
        logrank_numpy,
        logrank_lifelines,
        logrank_sksurv,
        logrank_statsmodels,
        cumulative_incidence,
        cumulative_incidence_sksurv,
        cumulative_incidence_comprisk,
        gray_test,
        gray_test_comprisk,
    )
}


if __name__ == "__main__":
    write_subjects(int(sys.argv[1]), sys.argv[2])
