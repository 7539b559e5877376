"""Two groups made alike by weights: a sensitivity analysis of response and survival."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from amyloid import stats
from amyloid.questions.group_response import effect, effects, too_few
from amyloid.questions.group_survival import REFUSED, events_of
from amyloid.questions.groups import Groups
from amyloid.questions.words import FEWEST_EVENTS

MADE_FROM: Final = "age, cardiac stage and the number of organ systems"


@dataclass(frozen=True)
class Weights:
    """Weights of two groups.

    Attributes
    ----------
    table : DataFrame
        ``patient_id, weight``: who has everything that the weights are made from.
    sizes : DataFrame
        ``group, n, effective, largest``: patients, what they are worth after weighting, the largest weight.
    note : str
        Why there are no weights; then both frames are empty.
    left_out : int
        Patients of the two groups who have no weight.
    """

    table: pd.DataFrame
    sizes: pd.DataFrame
    note: str = ""
    left_out: int = 0


def weigh(traits: pd.DataFrame, groups: Groups) -> Weights:
    """Stabilized inverse-probability weights from `MADE_FROM`.

    Parameters
    ----------
    traits : DataFrame
        ``patient_id, age, stage, organs``; stage is text, missing where it is not evaluable.
    groups : Groups

    Returns
    -------
    Weights
        None with more or fewer than two groups, with fewer than five patients of the smaller group for each
        coefficient, and where the traits determine the group.
    """
    frame = groups.join(traits)
    known = frame.dropna(subset=["age", "stage", "organs"])
    lost = len(frame) - len(known)
    if not groups.two:
        return _none("weights are made for two groups only", lost)
    levels = sorted(known["stage"].unique())
    columns: dict[str, Any] = {"age": known["age"].astype(float), "organs": known["organs"].astype(float)}
    columns |= {level: (known["stage"] == level).astype(float) for level in levels[1:]}
    design = pd.DataFrame({name: column for name, column in columns.items() if column.nunique() > 1})
    treated = (known["group"] == groups.others[0]).to_numpy()
    fewest = int(min(treated.sum(), (~treated).sum()))
    if fewest < REFUSED * max(design.shape[1], 1):
        return _none(f"not weighted: {fewest} patients in a group for {design.shape[1]} coefficients", lost)
    try:
        weight = stats.propensity_weights(treated, design)
    except ValueError as error:
        return _none(f"not weighted: {error}", lost)
    table = known[["patient_id", "group"]].assign(weight=weight)
    sizes = [
        (name, int((table["group"] == name).sum()), stats.effective_size(part), float(part.max()))
        for name, part in table.groupby("group", observed=False)["weight"]
    ]
    columns_of = ["group", "n", "effective", "largest"]
    return Weights(table[["patient_id", "weight"]], pd.DataFrame(sizes, columns=columns_of), "", lost)


def _none(why: str, lost: int) -> Weights:
    empty = pd.DataFrame({"patient_id": pd.Series(dtype=object), "weight": pd.Series(dtype=float)})
    return Weights(empty, pd.DataFrame(columns=["group", "n", "effective", "largest"]), why, lost)


def weighted_effects(
    answers: pd.DataFrame,
    survivals: dict[str, pd.DataFrame],
    weights: Weights,
    groups: Groups,
    confidence: float,
) -> pd.DataFrame:
    """Response difference (percentage points) and hazard ratios after weighting, with robust limits.

    Parameters
    ----------
    answers : DataFrame
        ``patient_id, yes`` of all treated.
    survivals : dict
        First part of the ids to the frame of `group_survival.followed`.
    weights : Weights
    groups : Groups
    confidence : float
        Level of the limits.

    Returns
    -------
    DataFrame
        `EFFECTS`.
    """
    other = groups.others[0] if groups.others else ""
    measures = [("response", "weighted.difference"), *((name, "weighted.hazard_ratio") for name in survivals)]
    if weights.note:
        return effects([effect(*pair, other, note=weights.note) for pair in measures])
    note = f"{weights.left_out} without age, stage or organs left out" if weights.left_out else ""
    rows = []
    frame = groups.join(answers).merge(weights.table, on="patient_id", validate="one_to_one")
    treated = frame["group"] == other
    gap = stats.weighted_difference(frame["yes"], treated, frame["weight"], confidence=confidence)
    row = effect("response", "weighted.difference", other, n=len(frame), events=int(frame["yes"].sum()))
    few = int(min(frame["yes"].sum(), (~frame["yes"]).sum())) < FEWEST_EVENTS
    row |= {edge: float(gap[edge].iloc[0]) * 100 for edge in ("estimate", "lower", "upper")}
    rows.append(row | {"p": np.nan if few else float(gap["p"].iloc[0]), "note": note})
    for name, followed in survivals.items():
        rows.append(_ratio(name, followed, weights, other, note, confidence))
    return effects(rows)


def _ratio(
    name: str, followed: pd.DataFrame, weights: Weights, other: str, note: str, confidence: float
) -> dict[str, Any]:
    frame = followed.merge(weights.table, on="patient_id", validate="one_to_one")
    happened = events_of(frame)
    row = effect(name, "weighted.hazard_ratio", other, n=len(frame), events=int(happened.sum()))
    few = too_few(happened, "event")
    if row["events"] < REFUSED:
        return row | {"note": f"not fitted: {row['events']} events"}
    found = stats.weighted_hazard_ratio(
        frame["months"], frame["event"], frame["group"] == other, frame["weight"], confidence=confidence
    ).iloc[0]
    row |= {"estimate": found["hazard_ratio"], "lower": found["lower"], "upper": found["upper"]}
    row["p"] = np.nan if few else found["p"]
    blank = "not estimable: the groups separate" if np.isnan(row["estimate"]) else ""
    return row | {"note": "; ".join(filter(None, (blank, few, note)))}


def balance_weighted(table: pd.DataFrame, weights: Weights, groups: Groups) -> pd.DataFrame:
    """Standardized difference of numbers and yes/no before and after weighting, in those with weights.

    The spread is that before weighting in both, so that only the means move (Austin and Stuart 2015, Stat Med
    34:3661).

    Parameters
    ----------
    table : DataFrame
        ``patient_id`` and columns of numbers or yes/no, named as they are to be shown.
    weights : Weights
    groups : Groups

    Returns
    -------
    DataFrame
        ``trait, series, difference``.
    """
    frame = groups.join(table).merge(weights.table, on="patient_id", validate="one_to_one")
    rows = []
    for name in table.columns.drop("patient_id"):
        known = frame.dropna(subset=[name])
        parts = [known[known["group"] == group] for group in reversed(groups.compared)]
        if min(map(len, parts), default=0) < 2:
            continue
        values = [part[name].astype(float) for part in parts]
        spread = np.sqrt(np.mean([value.var() for value in values]))
        if spread == 0:
            continue
        plain = values[0].mean() - values[1].mean()
        weighed = np.subtract(
            *(np.average(v, weights=p["weight"]) for v, p in zip(values, parts, strict=True))
        )
        for series, gap in (("before weighting", plain), ("after weighting", float(weighed))):
            rows.append({"trait": name, "series": series, "difference": gap / spread})
    return pd.DataFrame(rows, columns=["trait", "series", "difference"])
