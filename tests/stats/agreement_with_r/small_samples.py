"""Proportions, tables, ranks, agreement, and the sets worked in fractions: small_stats, tiny."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from agreement_with_r.comparing import standard_error
from agreement_with_r.comparison import Against, Comparison, Z, column, records, table
from amyloid import stats
from amyloid.stats import compare


def small_stats() -> Iterator[Comparison]:
    data = records("small_stats")
    for key in ("proportions", "proportions_90"):
        yield from _proportions(Against("small_stats", key), key, data[key])
    yield from _newcombe(Against("small_stats", "newcombe"), data["newcombe"])
    for row in data["fisher"]:
        yield from _fisher(Against("small_stats", f"fisher {row['table']}"), row)
    yield from _tables(data)
    yield from _ranks(data)
    (row,) = data["kappa"]
    pairs = [(i, j) for i in (0, 1) for j in (0, 1) for _ in range(row["table"][i][j])]
    found = stats.kappa([a for a, _ in pairs], [b for _, b in pairs]).iloc[0]
    for key, own in {"kappa": "estimate", "po": "agreement", "pe": "expected"}.items():
        yield from Against("small_stats", "kappa")("kappa", f"kappa.{key}", found[own], row[key])


def _proportions(against: Against, key: str, rows: list[dict[str, Any]]) -> Iterator[Comparison]:
    x, n, (confidence, *_) = column(rows, "x"), column(rows, "n"), column(rows, "conf")
    for name, method in {"clopper_pearson": "exact", "wilson": "wilson"}.items():
        found = stats.proportion(x, n, method, confidence=confidence)
        limits = [limit for row in rows for limit in row[name]]
        yield from against(
            "proportion", f"{key}.{name}", found[["lower", "upper"]].to_numpy().ravel(), limits
        )
    yield from against("proportion", f"{key}.estimate", found["estimate"], column(rows, "estimate"))


def _newcombe(against: Against, rows: list[dict[str, Any]]) -> Iterator[Comparison]:
    for row in rows:
        found = stats.proportion_difference(row["x1"], row["n1"], row["x2"], row["n2"]).iloc[0]
        for key, own in {"diff": "estimate", "lower": "lower", "upper": "upper"}.items():
            yield from against("proportion_difference", f"newcombe.{key}", found[own], row[key])


def _fisher(against: Against, row: dict[str, Any]) -> Iterator[Comparison]:
    found = stats.fisher(row["table"]).iloc[0]
    yield from against("fisher", "fisher.p", found.p, row["p"])
    if "or_lower" not in row:
        return
    keys = {"or_conditional_mle": "odds_ratio", "or_lower": "lower", "or_upper": "upper"}
    for key, own in keys.items():
        yield from against("fisher", f"fisher.{key}", found[own], row[key])
    yield from against(
        "fisher", "fisher.or_upper_infinite", math.isinf(found.upper), row["or_upper_infinite"]
    )
    for side in ("less", "greater"):
        p = stats.fisher(row["table"], alternative=side).p.iloc[0]
        yield from against("fisher", f"fisher.p_{side}", p, row[f"p_{side}"])


def _tables(data: dict[str, Any]) -> Iterator[Comparison]:
    against = Against("small_stats", "mcnemar")
    for row in data["mcnemar"]:
        found = stats.mcnemar(row["table"]).iloc[0]
        for key, own in {"b": "b", "c": "c", "p_exact": "p"}.items():
            yield from against("mcnemar", f"mcnemar.{key}", found[own], row[key])
    against = Against("small_stats", "cochran_armitage")
    for row in data["cochran_armitage"]:
        found = stats.cochran_armitage(row["events"], row["n"], row["scores"]).iloc[0]
        for key, own in {"chisq": "chi2", "z": "z", "p": "p"}.items():
            yield from against("cochran_armitage", f"cochran_armitage.{key}", found[own], row[key])


def _ranks(data: dict[str, Any]) -> Iterator[Comparison]:
    for name, statistic in {"wilcoxon_rank_sum": "W", "wilcoxon_signed_rank": "V"}.items():
        against = Against("small_stats", name)
        for row in data[name]:
            found = getattr(stats, name)(row["x"], row["y"]).iloc[0]
            yield from against(name, f"{name}.{statistic}", found.statistic, row[statistic])
            yield from against(name, f"{name}.p_wilcox_test_default", found.p, row["p_wilcox_test_default"])
            exact = not row["ties"] and not row.get("zeros")
            same = "p_exact_conditional_on_ties" if exact else "p_normal_cc"
            yield from against(name, f"{name}.{same}", found.p, row[same])
    (row,) = data["kruskal"]
    values = [value for group in row["groups"] for value in group]
    code = np.repeat(np.arange(len(row["groups"])), [len(group) for group in row["groups"]])
    found = stats.kruskal_wallis(values, code).iloc[0]
    for key, own in {"H": "chi2", "df": "df", "p": "p"}.items():
        path = f"kruskal.{key}"
        yield from Against("small_stats", "kruskal")("kruskal_wallis", path, found[own], row[key])


def tiny() -> Iterator[Comparison]:
    for record in records("tiny"):
        against, frame = Against("tiny", record["id"]), table(record["data"])
        match record["kind"]:
            case "km":
                yield from _tiny_curve(against, record, frame)
            case "logrank":
                yield from _tiny_logrank(against, record["logrank"], frame)
            case "cif":
                yield from _tiny_incidence(against, record, frame)
            case "cox":
                yield from _tiny_cox(against, record["closed_form"], frame)


def _tiny_curve(against: Against, record: dict[str, Any], frame: pd.DataFrame) -> Iterator[Comparison]:
    rows, entry = record["km"], frame.get("start")
    curves = {
        name: stats.kaplan_meier(frame["time"], frame["event"], entry=entry, interval=name)
        for name in ("log-log", "log", "plain")
    }
    first, log = curves["log-log"], curves["log"]
    keys = {
        "time": "time",
        "n_risk": "at_risk",
        "n_event": "events",
        "n_censor": "censored",
        "surv": "survival",
    }
    for key, own in keys.items():
        yield from against("kaplan_meier", f"km.{key}", first[own], column(rows, key))
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = (np.log(log["lower"] / log["survival"]) * log["survival"] / Z) ** 2
    yield from against("kaplan_meier", "km.greenwood_var", variance, column(rows, "greenwood_var"))
    for name, curve in curves.items():
        key = name.replace("-", "")
        limits = [limit for row in rows for limit in row["ci"][key] or (None, None)]
        found = curve[["lower", "upper"]].to_numpy().ravel()
        yield from against("kaplan_meier", f"km.ci.{key}", found, limits)
    if "median" in record:
        yield from _tiny_median(against, record, first, frame)


def _tiny_median(
    against: Against, record: dict[str, Any], curve: pd.DataFrame, frame: pd.DataFrame
) -> Iterator[Comparison]:
    path = "median.r_rule_midpoint_when_flat_at_half"
    found = stats.median_survival(curve).iloc[0]
    yield from against("median_survival", path, found["median"], record["median"][path.split(".")[1]], 0)
    for convention in ("flip", "deaths-first"):
        key = convention.replace("-", "_")
        rows = record["reverse_km"][key]
        left = stats.reverse_kaplan_meier(frame["time"], frame["event"], convention=convention)
        path = f"reverse_km.{key}.surv"
        found = stats.survival_at(left, column(rows, "time"))["survival"]
        yield from against("reverse_kaplan_meier", path, found, column(rows, "surv"))
        middle = stats.median_follow_up(frame["time"], frame["event"], convention=convention)["median"].iloc[
            0
        ]
        path = f"reverse_km.{key}_median"
        yield from against("median_follow_up", path, middle, record["reverse_km"][f"{key}_median"], 0)
    for row in record["rmst"]:
        found = stats.restricted_mean(frame["time"], frame["event"], row["tau"]).iloc[0]
        yield from against("restricted_mean", "rmst.rmst", found["mean"], row["rmst"])
        yield from against("restricted_mean", "rmst.var", found["se"] ** 2, row["var"])
        yield from against("restricted_mean", "rmst.se", found["se"], row["se"])


def _tiny_logrank(against: Against, expected: dict[str, Any], frame: pd.DataFrame) -> Iterator[Comparison]:
    data = {"durations": frame["time"], "events": frame["event"], "groups": frame["group"]}
    data |= {"strata": frame["stratum"]} if "stratum" in frame else {}
    data |= {"entry": frame["start"]} if "start" in frame else {}
    test, groups = stats.logrank(**data).iloc[0], stats.logrank_groups(**data)
    for key in ("observed", "expected"):
        yield from against("logrank_groups", f"logrank.{key}", groups[key], expected[key])
    variance = compare.moments(**data).variance
    yield from against("logrank", "logrank.var", variance[0, 0], expected["var"])
    yield from against("logrank", "logrank.chisq", test.chi2, expected["chisq"])
    yield from against("logrank", "logrank.p", test.p, expected["p"])


def _tiny_incidence(against: Against, record: dict[str, Any], frame: pd.DataFrame) -> Iterator[Comparison]:
    curve = stats.cumulative_incidence(frame["time"], frame["cause"], interval="log")
    for cause in (1, 2):
        rows, path = record[f"cause{cause}"], f"cause{cause}."
        found = stats.incidence_at(curve[curve["cause"] == cause], column(rows, "time"))
        se = standard_error(found)
        free = stats.kaplan_meier(frame["time"], frame["cause"] > 0)
        survival = stats.survival_at(free, column(rows, "time"))["survival"]
        yield from against("cumulative_incidence", f"{path}n_risk", found["at_risk"], column(rows, "n_risk"))
        yield from against("cumulative_incidence", f"{path}cif", found["incidence"], column(rows, "cif"))
        spread = column(rows, "var_greenwood")
        yield from against("cumulative_incidence", f"{path}var_greenwood", se**2, spread)
        yield from against("survival_at", f"{path}surv_any", survival, column(rows, "surv_any"))


def _tiny_cox(against: Against, expected: dict[str, Any], frame: pd.DataFrame) -> Iterator[Comparison]:
    fit = stats.cox(frame, "time", "event", ["x"])
    row = fit.iloc[0]
    se = math.log(row.upper / row.lower) / (2 * Z)
    found = {"hr": row.hazard_ratio, "coef": math.log(row.hazard_ratio), "se": se, "information": se**-2}
    found |= {"loglik": fit.attrs["log_likelihood"], "loglik_null": fit.attrs["log_likelihood_null"]}
    found |= {"score_chisq": fit.attrs["score"]}
    for key, value in found.items():
        yield from against("cox", f"closed_form.{key}", value, expected[key])
