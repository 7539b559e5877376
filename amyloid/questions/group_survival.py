"""Groups side by side: time to an event, as tests, hazard ratios, restricted means; and weighted."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Final

import numpy as np
import pandas as pd

from amyloid import stats
from amyloid.questions.group_response import effect, effects, measured, too_few
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
SEPARATED: Final = "not estimable: the groups separate"
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
    own = _Endpoint(outcome, frame, groups, confidence)
    staged = replace(own, frame=frame.dropna(subset="stage"))
    ratios = [row for measure in MODELS for row in own.model(measure)]
    tests = [own.logrank("logrank"), staged.logrank("stratified.logrank", "stage")]
    return effects([*tests, *ratios, own.proportional(), *own.restricted()])


@dataclass(frozen=True)
class _Endpoint:
    """One endpoint of the compared patients, as `followed` gives it; every method gives rows of `EFFECTS`."""

    outcome: str
    frame: pd.DataFrame
    groups: Groups
    confidence: float

    def row(self, measure: str, group: str = "") -> dict[str, Any]:
        """A row with its patients and events, and nothing else yet."""
        return effect(self.outcome, measure, group, n=len(self.frame), events=int(self.frame["event"].sum()))

    def each(self, measure: str) -> list[dict[str, Any]]:
        """Such a row of each group against the reference."""
        return [self.row(measure, name) for name in self.groups.others]

    def too_few(self, *names: str) -> str:
        """Why there is no test of these groups, by default of all."""
        happened = self.frame.groupby("group", observed=False)["event"].sum()
        return too_few(happened[list(names)] if names else happened, "event")

    def logrank(self, measure: str, strata: str | None = None) -> dict[str, Any]:
        row, frame = self.row(measure), self.frame
        nobody = f"no test: nobody is {'followed and staged' if strata else 'followed'}"
        row["note"] = nobody if frame.empty else self.too_few()
        if not row["note"]:
            within = None if strata is None else frame[strata].astype(str)
            found = stats.logrank(frame["months"], frame["event"], frame["group"], within)
            row["p"] = float(found["p"].iloc[0])
        return row

    def model(self, measure: str) -> list[dict[str, Any]]:
        """One of `MODELS`, and by Firth where events are few for it or the groups separate."""
        columns, strata = MODELS[measure]
        known = replace(self, frame=self.frame.dropna(subset=[*columns, *filter(None, [strata])]))
        rows = known.ratios(measure, columns, strata)
        if not not_fitted(known.frame, columns):
            few = per_coefficient(known.frame, columns) < MARKED
            if few or any(math.isnan(row["estimate"]) for row in rows):
                name = measure.replace("hazard_ratio", "firth.hazard_ratio")
                firth = partial(stats.firth, only=[f"group[{other}]" for other in self.groups.others])
                rows += known.ratios(name, columns, strata, firth)
        n = len(self.frame) - len(known.frame)
        lost = f"{n} without a stage or age left out" if n else ""
        return [row | {"note": _together(row["note"], lost)} for row in rows]

    def ratios(
        self,
        measure: str,
        columns: Sequence[str] = ("group",),
        strata: str | None = None,
        fit: Callable[..., pd.DataFrame] = stats.cox,
    ) -> list[dict[str, Any]]:
        """Hazard ratio of each group over the reference in one model, or why there is none."""
        why = not_fitted(self.frame, columns)
        if why:
            return [row | {"note": why} for row in self.each(measure)]
        per = per_coefficient(self.frame, columns)
        marked = f"{per:.1f} events per coefficient, fewer than {MARKED}" if per < MARKED else ""
        found = fit(self.frame, "months", "event", list(columns), strata, confidence=self.confidence)
        found = found.set_index("covariate")
        tested = measure == "adjusted.hazard_ratio"  # the others are tested by the log-rank tests
        rows = self.each(measure)
        for row in rows:
            few = self.too_few(row["group"], self.groups.reference)
            one = found.loc[f"group[{row['group']}]"]
            row["note"] = _together(marked, few)
            if np.isfinite([one["lower"], one["upper"]]).all():
                row |= measured(one, "hazard_ratio")
                row["p"] = float(one["p"]) if tested and not few else np.nan
            else:
                row["note"] = _together(SEPARATED, row["note"])
        return rows

    def proportional(self) -> dict[str, Any]:
        """Whether one hazard ratio will do for the whole follow-up."""
        row = self.row("proportional")
        row["note"] = self.too_few() or not_fitted(self.frame, ["group"])
        if not row["note"]:
            test = stats.proportional_hazards(self.frame, "months", "event", ["group"])
            row["p"] = float(test["p"].iloc[-1])
        return row

    def restricted(self) -> list[dict[str, Any]]:
        """Differences of the restricted means, and how far these reach."""
        frame, tau = self.frame, horizon(self.frame)
        rows = self.each("rmst.difference")
        months = self.row("rmst.tau") | {"estimate": tau}
        empty = frame["group"].value_counts().min() == 0
        if math.isnan(tau) or empty:
            why = "a group is empty" if empty else "fewer than a tenth are followed for a month"
            return [row | {"note": f"not estimable: {why}"} for row in (months, *rows)]
        means = stats.restricted_mean(
            frame["months"], frame["event"], tau, frame["group"], confidence=self.confidence
        )
        for row in rows:
            names = [row["group"], self.groups.reference]
            pair = means.set_index("group").loc[names].reset_index()
            pair.attrs = means.attrs
            gap = stats.restricted_mean_difference(pair).iloc[0]
            row["note"] = self.too_few(*names)
            row |= measured(gap) | {"p": np.nan if row["note"] else gap["p"]}
        return [months, *rows]

    def interaction(self, trait: str, level: str) -> dict[str, Any]:
        """Whether the hazard ratio differs between the levels of a trait."""
        row, frame = self.row(f"{trait}.interaction"), self.frame
        dummies = pd.get_dummies(frame["group"], drop_first=True).astype(float)
        dummies.columns = [f"g{place}" for place in range(dummies.shape[1])]
        other = (frame[trait] == level).astype(float)
        products = dummies.mul(other, axis=0).add_suffix(":level")
        main = [*dummies.columns, "level"]
        every = [*main, *products.columns]
        row["note"] = self.too_few() or few_for(row["events"], len(every))
        if row["note"]:
            return row
        data = pd.concat([frame[["months", "event"]], dummies, other.rename("level"), products], axis=1)
        without, full = (stats.cox(data, "months", "event", names) for names in (main, every))
        if not np.isfinite(full["upper"]).all():
            return row | {"note": "not estimable: nobody had the event in a group of one level"}
        gain = 2 * (full.attrs["log_likelihood"] - without.attrs["log_likelihood"])
        return row | {"p": stats.checks.chi2_tail(gain, len(products.columns))}

    def weighted_ratio(self, note: str) -> dict[str, Any]:
        """Hazard ratio with the weights of `frame`."""
        row, frame = self.row("weighted.hazard_ratio", self.groups.others[0]), self.frame
        if row["events"] < REFUSED:
            return row | {"note": f"not fitted: {row['events']} events"}
        treated = frame["group"] == row["group"]
        found = stats.weighted_hazard_ratio(
            frame["months"], frame["event"], treated, frame["weight"], confidence=self.confidence
        ).iloc[0]
        few, blank = self.too_few(), SEPARATED if np.isnan(found["hazard_ratio"]) else ""
        row |= measured(found, "hazard_ratio") | {"p": np.nan if few else found["p"]}
        return row | {"note": _together(blank, few, note)}

    def weighted_difference(self, note: str) -> dict[str, Any]:
        """Difference of the shares with the event, in percentage points, with the weights of `frame`."""
        row, frame = self.row("weighted.difference", self.groups.others[0]), self.frame
        treated = frame["group"] == row["group"]
        found = stats.weighted_difference(
            frame["event"], treated, frame["weight"], confidence=self.confidence
        )
        few = min(row["events"], row["n"] - row["events"]) < FEWEST_EVENTS
        row |= measured(found.iloc[0] * 100) | {"p": np.nan if few else float(found["p"].iloc[0])}
        return row | {"note": note}


def _together(*notes: str) -> str:
    """Notes as one."""
    return "; ".join(filter(None, notes))


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


def horizon(frame: pd.DataFrame) -> float:
    """Last whole month at which a tenth of every group is still at risk; NaN before the first."""
    last = frame.groupby("group", observed=True)["months"].quantile(0.9, interpolation="lower")
    tau = math.floor(last.min() + 1e-9) if len(last) else 0
    return float(tau) if tau >= 1 else math.nan


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
    own = _Endpoint(outcome, data, groups, confidence)
    parts = [effects(own.ratios("hazard_ratio")).assign(trait="Everybody", level="all patients")]
    for trait, (name, *levels) in SUBGROUPS.items():
        known = replace(own, frame=data.dropna(subset=[trait]))
        if known.frame[trait].nunique() == 2:
            test = known.interaction(trait, levels[1])
            parts.append(effects([test]).assign(trait=name, level=""))
        for level in levels:
            rows = replace(own, frame=data[data[trait] == level]).ratios("hazard_ratio")
            parts.append(effects(rows).assign(trait=name, level=level))
    return pd.concat(parts, ignore_index=True)


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

    table: pd.DataFrame = field(default_factory=partial(pd.DataFrame, columns=["patient_id", "weight"]))
    sizes: pd.DataFrame = field(default_factory=pd.DataFrame)
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
        return Weights(note="weights are made for two groups only", left_out=lost)
    design = pd.get_dummies(
        known[["age", "organs", "stage"]], columns=["stage"], drop_first=True, dtype=float
    )
    design = design.loc[:, design.nunique() > 1]
    treated = (known["group"] == groups.others[0]).to_numpy()
    fewest = int(min(treated.sum(), (~treated).sum()))
    if fewest < REFUSED * max(design.shape[1], 1):
        return Weights(
            note=f"not weighted: {fewest} patients in a group for {design.shape[1]} coefficients",
            left_out=lost,
        )
    try:
        weight = stats.propensity_weights(treated, design)
    except ValueError as error:
        return Weights(note=f"not weighted: {error}", left_out=lost)
    table = known[["patient_id", "group"]].assign(weight=weight)
    by_group = table.groupby("group", observed=False)["weight"]
    sizes = by_group.agg(n="size", effective=stats.effective_size, largest="max").reset_index()
    return Weights(table[["patient_id", "weight"]], sizes, "", lost)


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

    def weighed(name: str, frame: pd.DataFrame) -> _Endpoint:
        table = frame.merge(weights.table, on="patient_id", validate="one_to_one")
        return _Endpoint(name, table, groups, confidence)

    response = weighed("response", groups.join(answers).rename(columns={"yes": "event"}))
    ratios = [weighed(name, followed).weighted_ratio(note) for name, followed in survivals.items()]
    return effects([response.weighted_difference(note), *ratios])


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
