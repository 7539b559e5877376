"""Kaplan-Meier, follow-up and restricted means: km, reverse_km, rmst and the curve tables."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from agreement_with_r.comparison import Against, Comparison, Z, column, records, table
from amyloid import stats

INTERVALS = {"log-log": "loglog", "log": "log", "plain": "plain"}
CELLTYPES = ["squamous", "smallcell", "adeno", "large"]
COLUMNS = {  # id: time, event, group, entry
    "lung.km.all": ("time", "event", None, None),
    "lung.km.sex": ("time", "event", "sex", None),
    "lung.km.ph_ecog": ("time", "event", "ph.ecog", None),
    "veteran.km.celltype": ("time", "status", "celltype", None),
    "veteran.km.trt": ("time", "status", "trt", None),
    "ovarian.km.rx": ("futime", "fustat", "rx", None),
    "jasa.km.all": ("futime", "fustat", None, None),
    "heart.km.simon_makuch": ("stop", "event", "transplant", "start"),
    "lung.revkm.all": ("time", "event", None, None),
    "lung.revkm.sex": ("time", "event", "sex", None),
    "veteran.revkm.trt": ("time", "status", "trt", None),
    "jasa.revkm.all": ("futime", "fustat", None, None),
    "ovarian.revkm.all": ("futime", "fustat", None, None),
    "lung.rmst.sex": ("time", "event", "sex", None),
    "veteran.rmst.trt": ("time", "status", "trt", None),
    "veteran.rmst.celltype": ("time", "status", "celltype", None),
    "ovarian.rmst.rx": ("futime", "fustat", "rx", None),
}


def inputs(record: dict[str, Any]) -> dict[str, Any]:
    """The record's data as arguments."""
    time, event, group, entry = COLUMNS[record["id"]]
    data = table(record["data"])
    if group is not None:
        data = data.dropna(subset=[group])
        if group == "celltype":
            data[group] = pd.Categorical(data[group], CELLTYPES)
        elif data[group].dtype == float:
            data[group] = data[group].astype(int)
    chosen = {"durations": data[time], "events": data[event]}
    chosen |= {"groups": data[group]} if group else {}
    return chosen | ({"entry": data[entry]} if entry else {})


def of_group(frame: pd.DataFrame, group: str) -> pd.DataFrame:
    return frame[frame["group"].astype(str) == group]


def km() -> Iterator[Comparison]:
    for record in records("km"):
        against = Against("km", record["id"])
        curves = {ct: stats.kaplan_meier(**inputs(record), interval=ct) for ct in INTERVALS}
        for group in record["groups"]:
            parts = {ct: of_group(curve, group["group"]) for ct, curve in curves.items()}
            yield from _counts(against, group, parts["log-log"])
            yield from _milestones(against, group["at"], parts)
            yield from _quantiles(against, group, parts)
        yield from _curve(against, record["curve_csv"], curves)


def _counts(against: Against, group: dict[str, Any], part: pd.DataFrame) -> Iterator[Comparison]:
    events, censored = part.events.sum(), part.censored.sum()
    found = {"n": events + censored, "events": events, "censored": censored, "last_time": part.time.max()}
    for key, value in found.items():
        yield from against("kaplan_meier", f"groups.{key}", value, group[key])


def _milestones(
    against: Against, at: list[dict[str, Any]], parts: dict[str, pd.DataFrame]
) -> Iterator[Comparison]:
    read = {ct: stats.survival_at(part, column(at, "time"), extend=True) for ct, part in parts.items()}
    first = read["log-log"]
    yield from against("survival_at", "groups.at.n_risk", first.at_risk, column(at, "n_risk"))
    yield from against("survival_at", "groups.at.surv", first.survival, column(at, "surv"))
    se = -np.log(read["log"].lower / first.survival) * first.survival / Z
    yield from against("survival_at", "groups.at.se_greenwood", se, column(at, "se_greenwood"))
    known = stats.survival_at(parts["log-log"], column(at, "time")).survival.isna()
    beyond = [row["beyond_last"] and row["surv"] > 0 for row in at]
    yield from against("survival_at", "groups.at.beyond_last", known, beyond)
    for ct, name in INTERVALS.items():
        for side in ("lower", "upper"):
            key = f"{side}_{name}"
            yield from against("survival_at", f"groups.at.{key}", read[ct][side], column(at, key))


def _quantiles(
    against: Against, group: dict[str, Any], parts: dict[str, pd.DataFrame]
) -> Iterator[Comparison]:
    for row in group["quantiles"]:
        found = stats.survival_quantile(parts[row["conf_type"]], row["prob"]).iloc[0]
        for key, name in {"time": "quantile", "lower": "lower", "upper": "upper"}.items():
            yield from against("survival_quantile", f"groups.quantiles.{key}", found[name], row[key], 0)
    for row in group["median_print"]:
        found = stats.median_survival(parts[row["conf_type"]]).iloc[0]
        for key in ("median", "lower", "upper"):
            yield from against("median_survival", f"groups.median_print.{key}", found[key], row[key], 0)


def _curve(against: Against, name: str, curves: dict[str, pd.DataFrame]) -> Iterator[Comparison]:
    expected = table(name)
    first = curves["log-log"]
    columns = {"time": "time", "n_risk": "at_risk", "n_event": "events", "n_censor": "censored"}
    columns["surv"] = "survival"
    for key, own in columns.items():
        yield from against("kaplan_meier", f"curve.{key}", first[own], expected[key].tolist())
    for ct, interval in INTERVALS.items():
        for side in ("lower", "upper"):
            key = f"{side}_{interval}"
            yield from against("kaplan_meier", f"curve.{key}", curves[ct][side], expected[key].tolist())


def reverse_km() -> Iterator[Comparison]:
    for record in records("reverse_km"):
        against = Against("reverse_km", record["id"])
        data = inputs(record)
        for group in record["groups"]:
            yield from _flip(against, group, data)
            yield from _deaths_first(against, group, data)


def _flip(against: Against, group: dict[str, Any], data: dict[str, Any]) -> Iterator[Comparison]:
    for ct in INTERVALS:
        curve = of_group(stats.reverse_kaplan_meier(**data, interval=ct), group["group"])
        for row in group["flip"]:
            if row["conf_type"] != ct:
                continue
            found = stats.survival_quantile(curve, row["prob"]).iloc[0]
            for key, name in {"time": "quantile", "lower": "lower", "upper": "upper"}.items():
                yield from against("reverse_kaplan_meier", f"groups.flip.{key}", found[name], row[key], 0)
    yield from against(
        "reverse_kaplan_meier", "groups.n", curve.events.sum() + curve.censored.sum(), group["n"]
    )
    yield from against("reverse_kaplan_meier", "groups.n_censored", curve.events.sum(), group["n_censored"])
    at = group["flip_surv_at"]
    found = stats.survival_at(curve, column(at, "time"), extend=True).survival
    yield from against("reverse_kaplan_meier", "groups.flip_surv_at.surv", found, column(at, "surv"))


def _deaths_first(against: Against, group: dict[str, Any], data: dict[str, Any]) -> Iterator[Comparison]:
    median = stats.median_follow_up(**data, convention="deaths-first")
    row = of_group(median, group["group"]) if "group" in median else median
    expected = group["deaths_first_median"]
    for key, name in {"median": "median", "lower_loglog": "lower", "upper_loglog": "upper"}.items():
        path = f"groups.deaths_first_median.{key}"
        yield from against("median_follow_up", path, row[name].iloc[0], expected[key], 0)
    curve = of_group(stats.reverse_kaplan_meier(**data, convention="deaths-first"), group["group"])
    at = group["deaths_first_surv_at"]
    found = stats.survival_at(curve, column(at, "time"), extend=True).survival
    for key in ("surv", "prodlim"):
        path = f"groups.deaths_first_surv_at.{key}"
        yield from against("reverse_kaplan_meier", path, found, column(at, key))


def rmst() -> Iterator[Comparison]:
    for record in records("rmst"):
        against = Against("rmst", record["id"])
        data = inputs(record)
        for result in record["results"]:
            means = stats.restricted_mean(tau=result["tau"], **data)
            for key, name in {"rmst": "mean", "se": "se", "lower": "lower", "upper": "upper"}.items():
                path = f"results.groups.{key}"
                yield from against("restricted_mean", path, means[name], column(result["groups"], key))
            lost = result["tau"] - means["mean"]
            yield from against(
                "restricted_mean", "results.groups.rmtl", lost, column(result["groups"], "rmtl")
            )
            if "difference" in result:
                yield from _contrasts(against, means, result)


def _contrasts(against: Against, means: pd.DataFrame, result: dict[str, Any]) -> Iterator[Comparison]:
    name = "restricted_mean_difference"
    row = stats.restricted_mean_difference(means).iloc[0]
    for key, own in {"est": "estimate", "se": "se", "lower": "lower", "upper": "upper", "p": "p"}.items():
        yield from against(name, f"results.difference.{key}", row[own], result["difference"][key])
    yield from against(name, "results.difference.z", row.estimate / row.se, result["difference"]["z"])
    row = stats.restricted_mean_difference(means, measure="ratio").iloc[0]
    for key, own in {"est": "estimate", "se_log": "se", "lower": "lower", "upper": "upper", "p": "p"}.items():
        yield from against(name, f"results.ratio.{key}", row[own], result["ratio"][key])
