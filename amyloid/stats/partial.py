"""The data of a Cox model, and its partial likelihood with derivatives: ties, delayed entry, strata."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from amyloid.stats import checks
from amyloid.stats.checks import Bools, Floats, Ints
from amyloid.stats.risk import snap

TIES = ("efron", "breslow")
MAX_STEPS = 30

FARTHEST = 300.0
"""Log of the largest ratio of two hazards in a fit: a likelihood that still rises there rises for ever."""


@dataclass(frozen=True)
class RiskSets:
    """Who is at risk when, within one stratum: what no coefficient changes."""

    rows: Ints  # of the design, ascending in time
    died: Ints  # places among these rows, one per death
    when: Floats  # month of each death
    starts: Ints  # places among the deaths at which another moment begins
    moment: Ints  # number of each death's moment
    at_risk: Ints  # place of the first row that is still at risk, one per moment
    late: Ints | None  # places of the rows, ascending in entry
    entered: Ints | None  # place of the first of them not yet entered, one per moment
    share: Floats  # of the tied deaths that Efron takes off


@dataclass(frozen=True)
class Design:
    """Checked data of a Cox model: covariates of shape (n, p), each row at risk on (entry, time]."""

    x: Floats
    names: list[str]
    time: Floats
    event: Bools
    entry: Floats | None
    stratum: Ints
    ties: str

    @cached_property
    def risk_sets(self) -> list[RiskSets]:
        """Of every stratum with a death."""
        return [
            self._risk_sets(np.flatnonzero(self.stratum == stratum))
            for stratum in np.unique(self.stratum[self.event])
        ]

    def _risk_sets(self, rows: Ints) -> RiskSets:
        rows = rows[np.argsort(self.time[rows], kind="stable")]
        time, died = self.time[rows], np.flatnonzero(self.event[rows])
        when, moment, d = np.unique(time[died], return_inverse=True, return_counts=True)
        starts = np.append(0, np.cumsum(d)[:-1])
        late = entered = None
        if self.entry is not None:
            late = np.argsort(self.entry[rows])
            entered = np.searchsorted(self.entry[rows][late], when, side="left")
        share = (np.arange(moment.size) - starts[moment]) / d[moment]
        at_risk = np.searchsorted(time, when, side="left")
        return RiskSets(rows, died, when[moment], starts, moment, at_risk, late, entered, share)


@dataclass(frozen=True)
class Deaths:
    """One row per death, ascending in time within each stratum; Efron's l-th of d tied deaths has l/d taken
    off.
    """

    time: Floats
    log_risk: Floats  # log of the risk-set total
    mean: Floats  # (deaths, p): mean of the covariates over the risk set
    gap: Floats  # (deaths, p): covariates of who died minus that mean
    spread: Floats  # (deaths, p, p): covariance of the covariates over the risk set


@dataclass(frozen=True)
class Likelihood:
    """Partial log-likelihood at beta, its gradient and the observed information."""

    value: float
    score: Floats
    information: Floats


def deaths(design: Design, beta: Floats, x: Floats | None = None) -> Deaths:
    """Contribution of every death (Cox 1972; ties: Breslow 1974, Efron 1977), with `x` as the covariates."""
    covariates = design.x if x is None else x
    parts = [_stratum_deaths(sets, covariates[sets.rows], beta, design.ties) for sets in design.risk_sets]
    return Deaths(*(np.concatenate([part[i] for part in parts]) for i in range(5)))


def _stratum_deaths(sets: RiskSets, x: Floats, beta: Floats, ties: str) -> tuple[Floats, ...]:
    linear = x @ beta
    linear = linear - (linear.max() + linear.min()) / 2  # a common factor of all hazards changes nothing
    risk = np.exp(linear)
    first = risk[:, None] * x
    sums = []
    for moment in (risk, first, first[:, :, None] * x[:, None, :]):
        at_risk = _tail_sums(moment)[sets.at_risk]
        if sets.late is not None:
            at_risk = at_risk - _tail_sums(moment[sets.late])[sets.entered]
        total = at_risk[sets.moment]
        if ties == "efron":
            tied = np.add.reduceat(moment[sets.died], sets.starts)[sets.moment]
            total = total - sets.share.reshape(-1, *[1] * (moment.ndim - 1)) * tied
        sums.append(total)
    mean = sums[1] / sums[0][:, None]
    spread = sums[2] / sums[0][:, None, None] - mean[:, :, None] * mean[:, None, :]
    return sets.when, np.log(sums[0]) - linear[sets.died], mean, x[sets.died] - mean, spread


def _tail_sums(values: Floats) -> Any:
    """Sum of the rows from each position to the end, and 0 after the last."""
    sums = np.cumsum(values[::-1], axis=0)[::-1]
    return np.concatenate([sums, np.zeros((1, *values.shape[1:]))])


def likelihood(design: Design, beta: Floats) -> Likelihood:
    """Partial log-likelihood and derivatives at beta."""
    each = deaths(design, beta)
    return Likelihood(-float(each.log_risk.sum()), each.gap.sum(axis=0), each.spread.sum(axis=0))


def newton(design: Design) -> tuple[Floats, Bools]:
    """Maximize the partial likelihood from zero by Newton-Raphson with step halving, to the last digits.

    Covariates should be centered and of unit scale. Also returned: which coefficients run to infinity because
    the likelihood rises for ever (nobody at one end of the covariate had the event).
    """
    beta: Floats = np.zeros(design.x.shape[1])
    current = likelihood(design, beta)
    step = beta
    for _ in range(MAX_STEPS if beta.size else 0):
        if np.linalg.matrix_rank(current.information, hermitian=True) < beta.size:
            break  # flat: a coefficient has run so far that nothing is left to tell; `step` took it there
        step = np.linalg.solve(current.information, current.score)
        step *= min(1.0, FARTHEST / max(float(np.ptp(design.x @ step)), 1e-300))
        proposal = likelihood(design, beta + step)
        while not proposal.value >= current.value - 1e-9 * abs(current.value) and np.abs(step).max() > 1e-12:
            step = step / 2
            proposal = likelihood(design, beta + step)
        beta, current = beta + step, proposal
        if np.abs(step).max() < 1e-11 or np.ptp(design.x @ beta) > FARTHEST:
            break
    return beta, np.abs(step) > 1e-3


def estimable(information: Floats) -> Bools:
    """Mark the covariates that are not constant in every risk set and not a combination of earlier ones."""
    kept = np.zeros(len(information), dtype=bool)
    for j in range(len(information)):
        own = information[j, j]
        explained = 0.0
        if kept.any():
            cross = information[kept, j]
            explained = float(cross @ np.linalg.solve(information[np.ix_(kept, kept)], cross))
        kept[j] = own > 1e-12 and (own - explained) > 1e-9 * own
    return kept


@dataclass(frozen=True)
class Columns:
    """Names of the columns with the time, the event, the entry and the patient."""

    time: str
    event: str
    entry: str | None = None
    id: str | None = None


def read_design(
    frame: pd.DataFrame,
    columns: Columns,
    covariates: Sequence[str],
    strata: str | Sequence[str] | None,
    ties: str,
) -> Design:
    """Check the columns and put them in arrays; times without rounding ties."""
    checks.choice(ties, TIES, "ties")
    if isinstance(covariates, str) or not len(covariates):
        raise ValueError("covariates must name at least one column, in a list")
    if len(set(covariates)) < len(covariates):
        raise ValueError("covariates names a column twice")
    by = [strata] if isinstance(strata, str) else list(strata or ())
    late = [columns.entry] if columns.entry else []
    require_columns(frame, [columns.time, columns.event, *covariates, *by, *late])
    time = checks.times(frame[columns.time], columns.time)
    event = checks.flags(frame[columns.event], columns.event)
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
    return Design(matrix, names, time, event, entry, stratum, ties)


def require_columns(frame: pd.DataFrame, names: Sequence[str]) -> None:
    """Refuse names that are no columns of the frame, or of more than one."""
    absent = [name for name in names if name not in frame.columns]
    if absent:
        raise ValueError(f"the frame has no column {', '.join(absent)}")
    again = [name for name in dict.fromkeys(names) if (frame.columns == name).sum() > 1]
    if again:
        raise ValueError(f"the frame has more than one column {', '.join(again)}")


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
