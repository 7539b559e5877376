"""Fitting a Cox model: which covariates can be estimated, and their estimates."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from amyloid.stats import checks
from amyloid.stats.checks import Bools, Floats
from amyloid.stats.partial import Design, Likelihood, estimable, likelihood, newton

TIES: Final = ("efron", "breslow")


@dataclass(frozen=True)
class Standard:
    """Data of a model: centered covariates of unit scale, those that can be estimated."""

    kept: Bools
    reduced: Design
    scale: Floats
    null: Likelihood


@dataclass(frozen=True)
class Model(Standard):
    """A fitted model in the scale of the standardized covariates."""

    beta: Floats
    infinite: Bools
    fitted: Likelihood


def standardized(design: Design, ties: str) -> Standard:
    """Standardize the covariates and leave out what cannot be estimated; refuse data without an event."""
    checks.choice(ties, TIES, "ties")
    if not design.event.any():
        raise ValueError("nobody had the event, so there is no model")
    center = design.x.mean(axis=0)
    spread = design.x.std(axis=0)
    scale = np.where(spread > 1e-12 * np.maximum(np.abs(center), 1e-300), spread, 1.0)
    standard = replace(design, x=(design.x - center) / scale)
    null = likelihood(standard, np.zeros(len(design.names)), ties)
    kept = estimable(null.information)
    names = [name for name, estimated in zip(design.names, kept, strict=True) if estimated]
    null = Likelihood(null.value, null.score[kept], null.information[np.ix_(kept, kept)])
    return Standard(kept, replace(standard, x=standard.x[:, kept], names=names), scale[kept], null)


def fit_model(design: Design, ties: str) -> Model:
    """Fit by the partial likelihood; refuse unknown ties and data without an event."""
    data = standardized(design, ties)
    beta, infinite = newton(data.reduced, ties)
    return Model(
        data.kept, data.reduced, data.scale, data.null, beta, infinite, likelihood(data.reduced, beta, ties)
    )
