"""Groups side by side: time to an event, as tests, hazard ratios, restricted means; and weighted."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import numpy as np
import pandas as pd

from amyloid import stats
from amyloid.questions.group_response import effect, effects, too_few
from amyloid.questions.groups import Groups
from amyloid.questions.words import FEWEST_EVENTS

OUTCOMES: Final[Mapping[str, str]] = {
    "overall_survival": "os",
    "mod_pfs": "mod_pfs",
    "hematologic_efs": "hematologic_efs",
    "time_to_next_treatment": "time_to_next_treatment",
}
"""Endpoints, and how the ids of results.csv call them."""
SYSTEM: Final = "mayo-2004-european"
REFUSED, MARKED = 5, 10
"""Events per coefficient: below the first no model is fitted, below the second it is marked."""
MODELS: Final[Mapping[str, tuple[tuple[str, ...], str | None]]] = {
    "hazard_ratio": (("group",), None),
    "stratified.hazard_ratio": (("group",), "stage"),
    "adjusted.hazard_ratio": (("group", "age", "stage"), None),
}


def staging(stages: pd.DataFrame) -> str:
    """Cardiac staging system: `SYSTEM` where it stages half of the patients, else that which stages most."""
    staged = (stages["category"] != "NE").groupby(stages["criteria"], sort=False).mean()
    if staged.empty or staged.get(SYSTEM, 0.0) >= 0.5 or staged.max() == 0:
        return SYSTEM
    return str(staged.idxmax())


def followed(
    endpoint: pd.DataFrame, patients: pd.DataFrame, stage: pd.DataFrame, groups: Groups
) -> pd.DataFrame:
    """One endpoint of the compared patients, with what models adjust for.

    Parameters
    ----------
    endpoint : DataFrame
        ``patient_id, months, event``.
    patients : DataFrame
        ``patient_id, age``.
    stage : DataFrame
        Categories of one staging system; ``NE`` becomes missing.
    groups : Groups

    Returns
    -------
    DataFrame
        ``patient_id, months, event, group, age, stage``.
    """
    frame = groups.join(endpoint[["patient_id", "months", "event"]])
    age = dict(zip(patients["patient_id"], patients["age"], strict=True))
    of = dict(zip(stage["patient_id"], stage["category"].where(stage["category"] != "NE"), strict=True))
    frame["age"] = frame["patient_id"].map(age).astype(float)
    frame["stage"] = pd.Categorical(frame["patient_id"].map(of))
    return frame.astype({"event": int})


def compare_survival(outcome: str, frame: pd.DataFrame, groups: Groups, confidence: float) -> pd.DataFrame:
    """Every comparison of one endpoint.

    Parameters
    ----------
    outcome : str
        First part of the ids.
    frame : DataFrame
        From `followed`.
    groups : Groups
    confidence : float
        Level of the limits.

    Returns
    -------
    DataFrame
        `EFFECTS`: log-rank; hazard ratio crude, stratified by stage, and adjusted for age and stage (Efron's
        ties; a patient without a stage is left out of the last two), by Firth too where events are few or the
        groups separate; proportional hazards; restricted means to the last month at which a tenth of every
        group is at risk.
    """
    if not groups.compared:
        return effects([])
    staged = frame.dropna(subset="stage")
    rows = [_logrank(outcome, frame, "logrank"), _logrank(outcome, staged, "stratified.logrank", "stage")]
    for measure in MODELS:
        rows += _model(outcome, measure, frame, groups, confidence)
    rows += [_proportional(outcome, frame), *_restricted(outcome, frame, groups, confidence)]
    return effects(rows)


def _row(outcome: str, measure: str, frame: pd.DataFrame, group: str = "") -> dict[str, Any]:
    """A row of `EFFECTS` with its patients and events."""
    return effect(outcome, measure, group, n=len(frame), events=int(frame["event"].sum()))


def _logrank(outcome: str, frame: pd.DataFrame, measure: str, strata: str | None = None) -> dict[str, Any]:
    row = _row(outcome, measure, frame)
    nobody = f"no test: nobody is {'followed and staged' if strata else 'followed'}"
    row["note"] = nobody if frame.empty else too_few(events_of(frame), "event")
    if not row["note"]:
        within = None if strata is None else frame[strata].astype(str)
        row["p"] = float(stats.logrank(frame["months"], frame["event"], frame["group"], within)["p"].iloc[0])
    return row


def events_of(frame: pd.DataFrame) -> pd.Series:
    """Events in each group."""
    return frame.groupby("group", observed=False)["event"].sum()


def _model(
    outcome: str, measure: str, frame: pd.DataFrame, groups: Groups, confidence: float
) -> list[dict[str, Any]]:
    """One of `MODELS`, and by Firth where events are few for it or the groups separate."""
    columns, strata = MODELS[measure]
    known = frame.dropna(subset=[*columns, *([strata] if strata else [])])
    n = len(frame) - len(known)
    lost = f"{n} without a stage or age left out" if n else ""
    rows = _ratios(outcome, measure, known, columns, strata, groups, confidence)
    if not not_fitted(known, columns):
        few = per_coefficient(known, columns) < MARKED
        if few or any(math.isnan(row["estimate"]) for row in rows):
            name = measure.replace("hazard_ratio", "firth.hazard_ratio")
            firth = partial(stats.firth, only=[f"group[{other}]" for other in groups.others])
            rows += _ratios(outcome, name, known, columns, strata, groups, confidence, firth)
    return [row | {"note": "; ".join(filter(None, (row["note"], lost)))} for row in rows]


def _ratios(
    outcome: str,
    measure: str,
    frame: pd.DataFrame,
    columns: Sequence[str],
    strata: str | None,
    groups: Groups,
    confidence: float,
    fit: Callable[..., pd.DataFrame] = stats.cox,
) -> list[dict[str, Any]]:
    """Hazard ratio of each group over the reference in one model, or why there is none."""
    blank = [_row(outcome, measure, frame, name) for name in groups.others]
    why = not_fitted(frame, columns)
    if why:
        return [row | {"note": why} for row in blank]
    per = per_coefficient(frame, columns)
    marked = f"{per:.1f} events per coefficient, fewer than {MARKED}" if per < MARKED else ""
    found = fit(frame, "months", "event", list(columns), strata, confidence=confidence).set_index("covariate")
    happened = events_of(frame)
    rows = []
    for row in blank:
        few = too_few(happened[[row["group"], groups.reference]], "event")
        one = found.loc[f"group[{row['group']}]"]
        notes = [marked, few]
        if np.isfinite([one["lower"], one["upper"]]).all():
            row |= {"estimate": one["hazard_ratio"], "lower": one["lower"], "upper": one["upper"]}
            tested = measure == "adjusted.hazard_ratio"  # the others are tested by the log-rank tests
            row["p"] = float(one["p"]) if tested and not few else np.nan
        else:
            notes.insert(0, "not estimable: the groups separate")
        rows.append(row | {"note": "; ".join(filter(None, notes))})
    return rows


def coefficients(frame: pd.DataFrame, columns: Sequence[str]) -> int:
    """How many coefficients a model of these columns has."""
    numeric = pd.api.types.is_numeric_dtype
    return sum(1 if numeric(frame[name].dtype) else frame[name].nunique() - 1 for name in columns)


def per_coefficient(frame: pd.DataFrame, columns: Sequence[str]) -> float:
    """Events for each coefficient of a model of these columns."""
    return int(frame["event"].sum()) / coefficients(frame, columns)


def not_fitted(frame: pd.DataFrame, columns: Sequence[str]) -> str:
    """Why a model is not fitted: an empty group, no stage, or too few events for its coefficients."""
    if frame.empty:
        return f"not fitted: nobody is followed{' and has a stage' if 'stage' in columns else ''}"
    absent = [str(name) for name in frame["group"].cat.categories if not (frame["group"] == name).any()]
    if absent:
        return f"not fitted: nobody in {', '.join(absent)}"
    count, events = coefficients(frame, columns), int(frame["event"].sum())
    return few_for(events, count)


def few_for(events: int, count: int) -> str:
    """Say that so many events do not carry so many coefficients; empty where they do."""
    if events >= REFUSED * count:
        return ""
    return f"not fitted: {events} events for {count} coefficient{'s'[: count > 1]}, fewer than {REFUSED} each"


def _proportional(outcome: str, frame: pd.DataFrame) -> dict[str, Any]:
    """Whether one hazard ratio will do for the whole follow-up."""
    row = _row(outcome, "proportional", frame)
    row["note"] = too_few(events_of(frame), "event") or not_fitted(frame, ["group"])
    if not row["note"]:
        test = stats.proportional_hazards(frame, "months", "event", ["group"])
        row["p"] = float(test["p"].iloc[-1])
    return row


def horizon(frame: pd.DataFrame) -> float:
    """Last whole month at which a tenth of every group is still at risk; NaN before the first."""
    last = frame.groupby("group", observed=True)["months"].quantile(0.9, interpolation="lower")
    tau = math.floor(last.min() + 1e-9) if len(last) else 0
    return float(tau) if tau >= 1 else math.nan


def _restricted(outcome: str, frame: pd.DataFrame, groups: Groups, confidence: float) -> list[dict[str, Any]]:
    tau = horizon(frame)
    blank = [_row(outcome, "rmst.difference", frame, name) for name in groups.others]
    months = _row(outcome, "rmst.tau", frame) | {"estimate": tau}
    present = frame["group"].value_counts()
    if math.isnan(tau) or present.min() == 0:
        why = "not estimable: " + (
            "fewer than a tenth are followed for a month" if present.min() else "a group is empty"
        )
        return [row | {"note": why} for row in (months, *blank)]
    means = stats.restricted_mean(frame["months"], frame["event"], tau, frame["group"], confidence=confidence)
    mean = means.set_index("group")
    happened = events_of(frame)
    rows = [months]
    for row in blank:
        few = too_few(happened[[row["group"], groups.reference]], "event")
        pair = mean.loc[[row["group"], groups.reference]].reset_index()
        pair.attrs = means.attrs
        gap = stats.restricted_mean_difference(pair).iloc[0]
        row |= {"estimate": gap["estimate"], "lower": gap["lower"], "upper": gap["upper"]}
        rows.append(row | {"p": np.nan if few else gap["p"], "note": few})
    return rows


def subgroup_traits(patients: pd.DataFrame, stage: pd.DataFrame) -> pd.DataFrame:
    """Traits of the forest of subgroups, two levels each: ``patient_id`` and the columns of `SUBGROUPS`."""
    stages = dict(zip(stage["patient_id"], stage["category"], strict=True))
    low = {"I": "I or II", "II": "I or II"} | dict.fromkeys(("III", "IIIa", "IIIb", "IV"), "III or IV")
    involved = {True: "involved", False: "not involved"}
    young = patients["age"].lt(OLD).map({True: f"under {OLD}", False: f"{OLD} or older"})
    return pd.DataFrame(
        {
            "patient_id": patients["patient_id"],
            "stage": patients["patient_id"].map(stages).map(low),
            "heart": patients["heart"].map(involved),
            "kidney": patients["kidney"].map(involved),
            "light_chain": patients["light_chain"].astype(object),
            "age": young.where(patients["age"].notna()),
        }
    )


OLD: Final = 65
SUBGROUPS: Final[Mapping[str, tuple[str, str, str]]] = {
    "stage": ("Cardiac stage", "I or II", "III or IV"),
    "heart": ("Heart", "not involved", "involved"),
    "kidney": ("Kidney", "not involved", "involved"),
    "light_chain": ("Light chain", "kappa", "lambda"),
    "age": ("Age, years", f"under {OLD}", f"{OLD} or older"),
}
"""Traits of the forest: name and both levels."""


def subgroups(
    outcome: str, frame: pd.DataFrame, traits: pd.DataFrame, groups: Groups, confidence: float
) -> pd.DataFrame:
    """Crude hazard ratio in the levels of each trait, and the likelihood-ratio test of their difference.

    Parameters
    ----------
    outcome : str
        First part of the ids.
    frame : DataFrame
        From `followed`.
    traits : DataFrame
        From `subgroup_traits`.
    groups : Groups
    confidence : float
        Level of the limits.

    Returns
    -------
    DataFrame
        ``trait, level`` and `EFFECTS`: everybody, then for each trait its interaction, each level and group.
    """
    data = frame.drop(columns=["age", "stage"]).merge(traits, on="patient_id", validate="one_to_one")
    every = _ratios(outcome, "hazard_ratio", data, ("group",), None, groups, confidence)
    parts = [effects(every).assign(trait="Everybody", level="all patients")]
    for trait, (name, *levels) in SUBGROUPS.items():
        known = data.dropna(subset=[trait])
        if known[trait].nunique() == 2:
            test = _interaction(outcome, known, trait, levels[1])
            parts.append(effects([test]).assign(trait=name, level=""))
        for level in levels:
            own = known[known[trait] == level]
            rows = _ratios(outcome, "hazard_ratio", own, ("group",), None, groups, confidence)
            parts.append(effects(rows).assign(trait=name, level=level))
    return pd.concat(parts, ignore_index=True)


def _interaction(outcome: str, frame: pd.DataFrame, trait: str, level: str) -> dict[str, Any]:
    """Whether the hazard ratio differs between the levels of a trait."""
    row = _row(outcome, f"{trait}.interaction", frame)
    dummies = pd.get_dummies(frame["group"], drop_first=True).astype(float)
    dummies.columns = [f"g{place}" for place in range(dummies.shape[1])]
    other = (frame[trait] == level).astype(float)
    products = dummies.mul(other, axis=0).add_suffix(":level")
    main = [*dummies.columns, "level"]
    every = [*main, *products.columns]
    row["note"] = too_few(events_of(frame), "event") or few_for(row["events"], len(every))
    if row["note"]:
        return row
    data = pd.concat([frame[["months", "event"]], dummies, other.rename("level"), products], axis=1)
    without, full = (stats.cox(data, "months", "event", names) for names in (main, every))
    if not np.isfinite(full["upper"]).all():
        return row | {"note": "not estimable: nobody had the event in a group of one level"}
    gain = 2 * (full.attrs["log_likelihood"] - without.attrs["log_likelihood"])
    return row | {"p": stats.checks.chi2_tail(gain, len(products.columns))}


# -- two groups made alike by weights: a sensitivity analysis of response and survival ----------------------


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
    """Stabilized inverse-probability weights from age, cardiac stage and the number of organ systems.

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
    design = pd.get_dummies(
        known[["age", "organs", "stage"]], columns=["stage"], drop_first=True, dtype=float
    )
    design = design.loc[:, design.nunique() > 1]
    treated = (known["group"] == groups.others[0]).to_numpy()
    fewest = int(min(treated.sum(), (~treated).sum()))
    if fewest < REFUSED * max(design.shape[1], 1):
        return _none(f"not weighted: {fewest} patients in a group for {design.shape[1]} coefficients", lost)
    try:
        weight = stats.propensity_weights(treated, design)
    except ValueError as error:
        return _none(f"not weighted: {error}", lost)
    table = known[["patient_id", "group"]].assign(weight=weight)
    by_group = table.groupby("group", observed=False)["weight"]
    sizes = by_group.agg(n="size", effective=stats.effective_size, largest="max").reset_index()
    return Weights(table[["patient_id", "weight"]], sizes, "", lost)


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
    row = _row("response", "weighted.difference", frame.rename(columns={"yes": "event"}), other)
    few = int(min(frame["yes"].sum(), (~frame["yes"]).sum())) < FEWEST_EVENTS
    row |= {edge: float(gap[edge].iloc[0]) * 100 for edge in ("estimate", "lower", "upper")}
    rows.append(row | {"p": np.nan if few else float(gap["p"].iloc[0]), "note": note})
    for name, followed in survivals.items():
        rows.append(_weighted_ratio(name, followed, weights, other, note, confidence))
    return effects(rows)


def _weighted_ratio(
    name: str, followed: pd.DataFrame, weights: Weights, other: str, note: str, confidence: float
) -> dict[str, Any]:
    frame = followed.merge(weights.table, on="patient_id", validate="one_to_one")
    row = _row(name, "weighted.hazard_ratio", frame, other)
    few = too_few(events_of(frame), "event")
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
        weighed = [np.average(v, weights=p["weight"]) for v, p in zip(values, parts, strict=True)]
        for series, (one, other) in {"before": [v.mean() for v in values], "after": weighed}.items():
            row = {"trait": name, "series": f"{series} weighting", "difference": (one - other) / spread}
            rows.append(row)
    return pd.DataFrame(rows, columns=["trait", "series", "difference"])
