"""The check of proportional hazards."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
import pandas as pd

from amyloid.stats import checks
from amyloid.stats.checks import Floats
from amyloid.stats.compare import quadratic
from amyloid.stats.design import Columns, read_design
from amyloid.stats.fitting import fit_model
from amyloid.stats.partial import Design, deaths
from amyloid.stats.risk import risk_table

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
    model = fit_model(read_design(frame, Columns(duration, event, entry), covariates, strata), ties)
    if not model.kept.any() or model.infinite.any():
        raise ValueError("the model cannot be estimated, so there are no proportional hazards to check")
    design = model.reduced
    each = deaths(design, model.beta, ties)
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
    table = risk_table(design.time[order], design.event[order], entry, tied=True)
    before = np.append(1.0, np.cumprod(1 - table.events / table.at_risk)[:-1])
    return np.asarray(1 - before[np.searchsorted(table.time, when)])
