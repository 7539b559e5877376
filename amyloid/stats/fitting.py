"""Fitting a Cox model: which covariates can be estimated, and their estimates."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import pandas as pd

from amyloid.stats import checks
from amyloid.stats.checks import Bools, Floats
from amyloid.stats.partial import Design, Likelihood, estimable, likelihood, newton

TIES: Final = ("efron", "breslow")
CONVERGENCE: Final = {"precision": 1e-12, "r_precision": 1e-15}  # lifelines stops at 1e-7 and 1e-9 otherwise

LIFELINES_ROWS: Final = 5000
"""Beyond this Newton's steps start at zero: lifelines goes through the whole table at each death."""


@dataclass(frozen=True)
class Model:
    """A fitted model in the scale of the standardized covariates that can be estimated."""

    kept: Bools
    reduced: Design
    scale: Floats
    beta: Floats
    infinite: Bools
    null: Likelihood
    fitted: Likelihood


def fit_model(design: Design, ties: str) -> Model:
    """Fit by the partial likelihood; refuse unknown ties and data without an event."""
    checks.choice(ties, TIES, "ties")
    if not design.event.any():
        raise ValueError("nobody had the event, so there is no model")
    center = design.x.mean(axis=0)
    spread = design.x.std(axis=0)
    scale = np.where(spread > 1e-12 * np.maximum(np.abs(center), 1e-300), spread, 1.0)
    standard = replace(design, x=(design.x - center) / scale)
    null = likelihood(standard, np.zeros(len(design.names)), ties)
    kept = estimable(null.information)
    chosen = np.flatnonzero(kept)
    reduced = replace(
        standard,
        x=standard.x[:, kept],
        names=[design.names[i] for i in chosen],
    )
    beta: Floats = np.zeros(0)
    infinite: Bools = np.zeros(0, dtype=bool)
    if chosen.size:
        near = ties == "efron" and design.time.size <= LIFELINES_ROWS
        start = _lifelines(reduced) if near else np.zeros(chosen.size)
        beta, infinite = newton(reduced, ties, start)
    null = Likelihood(null.value, null.score[kept], null.information[np.ix_(kept, kept)])
    return Model(kept, reduced, scale[kept], beta, infinite, null, likelihood(reduced, beta, ties))


def _lifelines(design: Design) -> Floats:
    """Efron's estimate from lifelines, converged tightly; zero, as a start, where lifelines does not
    converge.
    """
    from lifelines import CoxPHFitter, CoxTimeVaryingFitter
    from lifelines.exceptions import ConvergenceError, ConvergenceWarning

    names = [f"x{i}" for i in range(design.x.shape[1])]
    data = pd.DataFrame(design.x, columns=names)
    data = data.assign(stop=design.time, event=design.event, stratum=design.stratum)
    shared: dict[str, Any] = {"event_col": "event", "strata": ["stratum"], "fit_options": CONVERGENCE}
    with warnings.catch_warnings():
        warnings.simplefilter("error", ConvergenceWarning)
        try:
            if design.entry is None:
                fit = CoxPHFitter().fit(data, duration_col="stop", **shared)
            else:
                data = data.assign(start=design.entry, id=np.arange(design.time.size))
                fit = CoxTimeVaryingFitter().fit(
                    data, id_col="id", start_col="start", stop_col="stop", **shared
                )
        except (ConvergenceError, ConvergenceWarning):
            return np.zeros(len(names))
    return np.asarray(fit.params_[names], dtype=float)
