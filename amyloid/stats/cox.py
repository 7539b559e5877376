"""Cox regression, also with covariates that change in time."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pandas as pd

from amyloid.stats import checks
from amyloid.stats.design import Columns, read_design, require_columns
from amyloid.stats.fitting import TIES, Model, fit_model
from amyloid.stats.partial import Design

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
    times = Columns(duration, event, entry)
    return _fit(frame, times, covariates, strata, ties, confidence)


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
    times = Columns(stop, event, start, id)
    return _fit(frame, times, covariates, strata, ties, confidence)


def _fit(
    frame: pd.DataFrame,
    columns: Columns,
    covariates: Sequence[str],
    strata: str | Sequence[str] | None,
    ties: str,
    confidence: float,
) -> pd.DataFrame:
    z = checks.normal_quantile(confidence)
    checks.choice(ties, TIES, "ties")
    design = read_design(frame, columns, covariates, strata)
    rows, attrs = no_estimate(design, ties, confidence)
    if design.event.any():
        model = fit_model(design, ties)
        attrs |= _tests(model)
        rows |= {row[0]: row for row in _estimates(model, z)}
    result = pd.DataFrame(list(rows.values()), columns=list(COX))
    result.attrs.update(attrs)
    return result


def no_estimate(
    design: Design, ties: str, confidence: float
) -> tuple[dict[str, tuple[Any, ...]], dict[str, Any]]:
    """Rows without an estimate, by covariate, and what is known before any."""
    rows: dict[str, tuple[Any, ...]] = {name: (name, *[math.nan] * 4) for name in design.names}
    attrs = {"n": design.time.size, "events": int(design.event.sum()), "ties": ties, "confidence": confidence}
    return rows, attrs


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
        low, high = ((beta - z * error) / scale, (beta + z * error) / scale)
        rows.append((name, np.exp(beta / scale), np.exp(low), np.exp(high), checks.two_sided(beta, error)))
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
