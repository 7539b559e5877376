"""Cox regression, also with covariates that change in time, and the check of proportional hazards."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import pandas as pd

from amyloid.stats import checks
from amyloid.stats.checks import Bools, Floats
from amyloid.stats.partial import Design, Likelihood, deaths, estimable, likelihood, newton
from amyloid.stats.risk import risk_table, snap

TIES: Final = ("efron", "breslow")
CONVERGENCE: Final = {"precision": 1e-12, "r_precision": 1e-15}  # lifelines stops at 1e-7 and 1e-9 otherwise
TRANSFORMS: Final = ("km", "rank", "identity", "log")


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

    Efron's estimate is lifelines', taken to the last digits by a Newton step; Breslow's ties, which lifelines
    has not, are fitted by Newton-Raphson (the same partial likelihood, `amyloid.stats.partial`).

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
    times = _Columns(duration, event, entry)
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
    _present(frame, [id])
    times = _Columns(stop, event, start, id)
    return _fit(frame, times, covariates, strata, ties, confidence)


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
        together.

    Raises
    ------
    ValueError
        As `cox`; an unknown transform; no events, or none to estimate from; log of a time 0.
    """
    checks.choice(transform, TRANSFORMS, "transform")
    model = _model(_design(frame, _Columns(duration, event, entry), covariates, strata), ties)
    if not model.kept.any() or model.infinite.any():
        raise ValueError("the model cannot be estimated, so there are no proportional hazards to check")
    design = model.reduced
    each = deaths(design, model.beta, ties)
    g = _transformed(design, each.time, transform)
    score = g @ each.gap
    plain = each.spread.sum(axis=0)
    cross = np.tensordot(g, each.spread, axes=1)
    block = np.tensordot(g**2, each.spread, axes=1) - cross @ np.linalg.solve(plain, cross)
    tested = {name: [i] for i, name in enumerate(design.names)} | {"global": list(range(len(design.names)))}
    rows = []
    for name, at in tested.items():  # the slopes of the others stay at 0
        chi2 = float(score[at] @ np.linalg.solve(block[np.ix_(at, at)], score[at]))
        rows.append((name, chi2, len(at), checks.chi2_tail(chi2, len(at))))
    result = pd.DataFrame(rows, columns=["covariate", "chi2", "df", "p"])
    result.attrs.update(transform=transform, ties=ties)
    return result


@dataclass(frozen=True)
class _Columns:
    time: str
    event: str
    entry: str | None = None
    id: str | None = None


@dataclass(frozen=True)
class _Model:
    """A fitted model in the scale of the standardized covariates that can be estimated."""

    kept: Bools
    reduced: Design
    scale: Floats
    beta: Floats
    infinite: Bools
    null: Likelihood
    fitted: Likelihood


def _fit(
    frame: pd.DataFrame,
    columns: _Columns,
    covariates: Sequence[str],
    strata: str | Sequence[str] | None,
    ties: str,
    confidence: float,
) -> pd.DataFrame:
    z = checks.normal_quantile(confidence)
    design = _design(frame, columns, covariates, strata)
    rows = {name: (name, *[math.nan] * 4) for name in design.names}
    attrs: dict[str, Any] = {"n": design.time.size, "events": int(design.event.sum())}
    attrs |= {"ties": ties, "confidence": confidence}
    if design.event.any():
        model = _model(design, ties)
        attrs |= _tests(model)
        rows |= {row[0]: row for row in _estimates(model, z)}
    checks.choice(ties, TIES, "ties")
    result = pd.DataFrame(list(rows.values()), columns=["covariate", "hazard_ratio", "lower", "upper", "p"])
    result.attrs.update(attrs)
    return result


def _estimates(model: _Model, z: float) -> list[tuple[Any, ...]]:
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


def _tests(model: _Model) -> dict[str, float | int]:
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


def _model(design: Design, ties: str) -> _Model:
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
        start = _lifelines(reduced) if ties == "efron" else np.zeros(chosen.size)
        beta, infinite = newton(reduced, ties, start)
    null = Likelihood(null.value, null.score[kept], null.information[np.ix_(kept, kept)])
    return _Model(kept, reduced, scale[kept], beta, infinite, null, likelihood(reduced, beta, ties))


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
    table = risk_table(design.time[order], design.event[order], entry, tied=True)
    before = np.append(1.0, np.cumprod(1 - table.events / table.at_risk)[:-1])
    return np.asarray(1 - before[np.searchsorted(table.time, when)])


def _design(
    frame: pd.DataFrame, columns: _Columns, covariates: Sequence[str], strata: str | Sequence[str] | None
) -> Design:
    if isinstance(covariates, str) or not len(covariates):
        raise ValueError("covariates must name at least one column, in a list")
    by = [strata] if isinstance(strata, str) else list(strata or ())
    _present(
        frame, [columns.time, columns.event, *covariates, *by, *([columns.entry] if columns.entry else [])]
    )
    time, event = (
        checks.times(frame[columns.time], columns.time),
        checks.flags(frame[columns.event], columns.event),
    )
    entry = None
    if columns.entry:
        time, entry = snap(time, checks.times(frame[columns.entry], columns.entry))
        if (entry >= time).any():
            rows = int((entry >= time).sum())
            raise ValueError(
                f"{rows} rows have {columns.entry} at or after {columns.time}; nobody is at risk there"
            )
        if columns.id:
            _intervals(frame[columns.id], entry, time, event)
    else:
        (time,) = snap(time)
    stratum = np.zeros(time.size, dtype=np.int64)
    for name in by:
        code, level = checks.levels(frame[name], name)
        stratum = stratum * len(level) + code
    matrix, names = _matrix(frame, covariates)
    return Design(matrix, names, time, event, entry, stratum)


def _present(frame: pd.DataFrame, names: Sequence[str]) -> None:
    absent = [name for name in names if name not in frame.columns]
    if absent:
        raise ValueError(f"the frame has no column {', '.join(absent)}")


def _intervals(patient: pd.Series, entry: Floats, time: Floats, event: Bools) -> None:
    """Refuse intervals of one patient that overlap, and an event that is not the patient's last row."""
    code, _ = checks.levels(patient, "id")
    order = np.lexsort((entry, code))
    same = code[order][1:] == code[order][:-1]
    if (same & (entry[order][1:] < time[order][:-1])).any():
        raise ValueError("intervals of one patient overlap")
    if (same & event[order][:-1]).any():
        raise ValueError("a patient has an interval after the event")


def _matrix(frame: pd.DataFrame, covariates: Sequence[str]) -> tuple[Floats, list[str]]:
    """Covariates as numbers: text and categories as one 0/1 column per level after the first."""
    columns, names = [], []
    for name in covariates:
        column = frame[name]
        if pd.api.types.is_numeric_dtype(column.dtype):
            columns.append(checks.finite(column, name))
            names.append(name)
            continue
        code, level = checks.levels(column, name)
        for position in range(1, len(level)):
            columns.append((code == position).astype(float))
            names.append(f"{name}[{level[position]}]")
    if not columns:
        return np.zeros((len(frame), 0)), names
    return np.column_stack(columns), names
