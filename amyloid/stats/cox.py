"""Cox regression, also with covariates that change in time, and the check of proportional hazards."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import pandas as pd

from amyloid.stats import checks
from amyloid.stats.checks import Bools, Floats
from amyloid.stats.compare import quadratic
from amyloid.stats.partial import (
    Columns,
    Design,
    Likelihood,
    deaths,
    estimable,
    likelihood,
    newton,
    read_design,
    require_columns,
)
from amyloid.stats.risk import risk_table


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


def standardized(design: Design) -> Standard:
    """Standardize the covariates and leave out what cannot be estimated; refuse data without an event."""
    if not design.event.any():
        raise ValueError("nobody had the event, so there is no model")
    center = design.x.mean(axis=0)
    spread = design.x.std(axis=0)
    scale = np.where(spread > 1e-12 * np.maximum(np.abs(center), 1e-300), spread, 1.0)
    standard = replace(design, x=(design.x - center) / scale)
    null = likelihood(standard, np.zeros(len(design.names)))
    kept = estimable(null.information)
    names = [name for name, estimated in zip(design.names, kept, strict=True) if estimated]
    null = Likelihood(null.value, null.score[kept], null.information[np.ix_(kept, kept)])
    return Standard(kept, replace(standard, x=standard.x[:, kept], names=names), scale[kept], null)


def fit_model(design: Design) -> Model:
    """Fit by the partial likelihood; refuse data without an event."""
    data = standardized(design)
    beta, infinite = newton(data.reduced)
    return Model(**vars(data), beta=beta, infinite=infinite, fitted=likelihood(data.reduced, beta))


COX: Final = ("covariate", "hazard_ratio", "lower", "upper", "p")


def cox(
    frame: pd.DataFrame,
    duration: str,
    event: str,
    covariates: Sequence[str],
    strata: str | Sequence[str] | None = None,
    ties: str = "efron",
    *,
    entry: str | None = None,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Cox proportional hazards regression (Cox 1972, J R Stat Soc B 34:187).

    Fitted by Newton-Raphson from zero to the last digits.

    Parameters
    ----------
    frame : DataFrame
        One row per patient.
    duration, event : str
        Columns with the time and with 0/1.
    covariates : sequence of str
        Columns of numbers or yes/no; text and categories become one covariate `column[level]` per level after
        the first.
    strata : str or sequence of str, optional
        Columns; each combination of their values has a baseline hazard of its own.
    ties : {"efron", "breslow"}
        Treatment of tied event times.
    entry : str, optional
        Column with the time of delayed entry.
    confidence : float
        Level of the limits, which are Wald's.

    Returns
    -------
    DataFrame
        covariate, hazard_ratio, lower, upper, p: one row per covariate. A covariate that cannot be estimated
        (no events, constant, or determined by earlier ones) is NaN. One whose likelihood rises for ever has
        the hazard ratio 0 or infinity, NaN in p and the limits 0 and infinity. `attrs` holds n, events, ties,
        confidence, the log-likelihoods, the chi2 of the likelihood-ratio, Wald and score tests, and their df.

    Raises
    ------
    ValueError
        A column that is not there or holds missing values, times and events as `kaplan_meier` refuses them,
        no covariates, unknown ties.
    """
    return _fit(read_design(frame, Columns(duration, event, entry), covariates, strata, ties), confidence)


def model_tests(fit: pd.DataFrame) -> pd.DataFrame:
    """Tests of all covariates of a Cox model together.

    Parameters
    ----------
    fit : DataFrame
        From `cox` or `cox_time_dependent`.

    Returns
    -------
    DataFrame
        test ("likelihood ratio", "Wald", "score"), chi2, df, p; NaN where the model has no finite estimate.
    """
    chi2 = [fit.attrs.get(name, math.nan) for name in ("likelihood_ratio", "wald", "score")]
    df = fit.attrs.get("df", 0)
    columns = {"test": ["likelihood ratio", "Wald", "score"], "chi2": chi2, "df": df}
    return pd.DataFrame({**columns, "p": [checks.chi2_tail(value, df) for value in chi2]})


def cox_time_dependent(
    frame: pd.DataFrame,
    id: str,
    start: str,
    stop: str,
    event: str,
    covariates: Sequence[str],
    *,
    strata: str | Sequence[str] | None = None,
    ties: str = "efron",
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Cox regression with covariates that change in time, so that a responder counts as one from the response
    on.

    Rows are intervals (start, stop] of a patient, as `split_at_status` makes them (Andersen and Gill 1982,
    Ann Stat 10:1100). Fitted as in `cox`.

    Parameters
    ----------
    frame : DataFrame
        One row per interval.
    id, start, stop, event : str
        Columns with the patient, the interval, and 1 where it ends with the event.
    covariates : sequence of str
        As in `cox`; the value holds throughout the interval.
    strata, ties, confidence
        As in `cox`.

    Returns
    -------
    DataFrame
        As `cox`.

    Raises
    ------
    ValueError
        As `cox`; intervals of one patient that overlap, or an event before the patient's last interval.
    """
    require_columns(frame, [id])
    return _fit(read_design(frame, Columns(stop, event, start, id), covariates, strata, ties), confidence)


def _fit(design: Design, confidence: float) -> pd.DataFrame:
    z = checks.normal_quantile(confidence)
    rows, attrs = no_estimate(design, confidence)
    if design.event.any():
        model = fit_model(design)
        attrs |= _tests(model)
        rows |= {row[0]: row for row in _estimates(model, z)}
    result = pd.DataFrame(list(rows.values()), columns=list(COX))
    result.attrs.update(attrs)
    return result


def no_estimate(design: Design, confidence: float) -> tuple[dict[str, tuple[Any, ...]], dict[str, Any]]:
    """Rows without an estimate, by covariate, and what is known before any."""
    rows: dict[str, tuple[Any, ...]] = {name: (name, *[math.nan] * 4) for name in design.names}
    known = {"n": design.time.size, "events": int(design.event.sum())}
    return rows, {**known, "ties": design.ties, "confidence": confidence}


def _estimates(model: Model, z: float) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = []
    finite = ~model.infinite
    se = np.full(model.beta.size, np.nan)
    se[finite] = np.sqrt(np.diag(np.linalg.inv(model.fitted.information[np.ix_(finite, finite)])))
    for name, beta, error, scale, endless in zip(
        model.reduced.names, model.beta, se, model.scale, model.infinite, strict=True
    ):
        if endless:
            rows.append((name, math.inf if beta > 0 else 0.0, 0.0, math.inf, math.nan))
            continue
        ratios = (np.exp(each / scale) for each in (beta, beta - z * error, beta + z * error))
        rows.append((name, *ratios, checks.two_sided(beta, error)))
    return rows


def _tests(model: Model) -> dict[str, float | int]:
    """Log-likelihoods and the three tests of the whole model."""
    if not model.kept.any():
        return {}
    null, fitted = model.null, model.fitted
    wald = model.beta @ fitted.information @ model.beta if not model.infinite.any() else math.nan
    return {
        "log_likelihood_null": null.value,
        "log_likelihood": fitted.value,
        "likelihood_ratio": 2 * (fitted.value - null.value),
        "wald": float(wald),
        "score": float(null.score @ np.linalg.solve(null.information, null.score)),
        "df": int(model.kept.sum()),
    }


TRANSFORMS: Final = ("km", "rank", "identity", "log")


def proportional_hazards(
    frame: pd.DataFrame,
    duration: str,
    event: str,
    covariates: Sequence[str],
    strata: str | Sequence[str] | None = None,
    ties: str = "efron",
    *,
    entry: str | None = None,
    transform: str = "km",
) -> pd.DataFrame:
    """Score test of proportional hazards: whether a coefficient changes with a transform of time.

    Grambsch and Therneau (1994, Biometrika 81:515) as the exact score test, which is R's `cox.zph` from
    survival 3.0 on (not the approximation before it, nor lifelines').

    Parameters
    ----------
    frame, duration, event, covariates, strata, ties, entry
        As in `cox`; with `entry` the rows may be a patient's intervals.
    transform : {"km", "rank", "identity", "log"}
        Function of time g: 1 - S(t-) of the pooled Kaplan-Meier curve, the rank among all observed times, t,
        or log t.

    Returns
    -------
    DataFrame
        covariate, chi2, df, p: one row per covariate that can be estimated, and last `global`, all
        together. NaN with df 0 where nothing can be tested: all events at one time, or at times between which
        the transform does not change.

    Raises
    ------
    ValueError
        As `cox`; an unknown transform; no events, or none to estimate from; log of a time 0.
    """
    checks.choice(transform, TRANSFORMS, "transform")
    model = fit_model(read_design(frame, Columns(duration, event, entry), covariates, strata, ties))
    if not model.kept.any() or model.infinite.any():
        raise ValueError("the model cannot be estimated, so there are no proportional hazards to check")
    design = model.reduced
    each = deaths(design, model.beta)
    g = _transformed(design, each.time, transform)
    score = g @ each.gap
    plain = each.spread.sum(axis=0)
    cross = np.tensordot(g, each.spread, axes=1)
    around = np.tensordot((g - g.mean()) ** 2, each.spread, axes=1)
    block = np.tensordot(g**2, each.spread, axes=1) - cross @ np.linalg.solve(plain, cross)
    moves = np.diag(around) > 1e-12 * max(float(np.square(g).max()), 1e-300) * np.diag(plain)
    tested = {name: [i] for i, name in enumerate(design.names)} | {"global": list(range(len(design.names)))}
    rows = []
    for name, every in tested.items():  # the slopes of the others stay at 0
        at = [i for i in every if moves[i]]
        chi2, df = quadratic(score[at], block[np.ix_(at, at)]) if at else (math.nan, 0)
        rows.append((name, chi2, df, checks.chi2_tail(chi2, df)))
    result = pd.DataFrame(rows, columns=["covariate", "chi2", "df", "p"])
    result.attrs.update(transform=transform, ties=ties)
    return result


def _transformed(design: Design, when: Floats, transform: str) -> Floats:
    if transform == "identity":
        return when
    if transform == "log":
        if (when <= 0).any():
            raise ValueError("the transform log needs event times above 0")
        return np.log(when)
    if transform == "rank":
        ascending = np.sort(design.time)
        ends = [np.searchsorted(ascending, when, side=side) for side in ("left", "right")]
        return np.asarray((ends[0] + 1 + ends[1]) / 2)
    order = np.argsort(design.time)
    entry = None if design.entry is None else design.entry[order]
    table = risk_table(design.time[order], design.event[order], entry)
    before = np.append(1.0, np.cumprod(1 - table.events / table.at_risk)[:-1])
    return np.asarray(1 - before[np.searchsorted(table.time, when)])
