"""Tests between groups and competing risks: logrank and cif."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from agreement_with_r.comparison import Against, Comparison, Z, column, records, table
from agreement_with_r.curves import CELLTYPES, of_group
from amyloid import stats
from amyloid.stats import compare

LOGRANK = {  # id: time, event, group, stratum
    "lung.lr.sex": ("time", "event", "sex", None),
    "lung.lr.sex.strata_inst": ("time", "event", "sex", "inst"),
    "lung.lr.sex.strata_ph_ecog": ("time", "event", "sex", "ph.ecog"),
    "lung.lr.ph_ecog": ("time", "event", "ph.ecog", None),
    "lung.lr.ph_ecog.strata_sex": ("time", "event", "ph.ecog", "sex"),
    "veteran.lr.trt": ("time", "status", "trt", None),
    "veteran.lr.trt.strata_celltype": ("time", "status", "trt", "celltype"),
    "veteran.lr.celltype": ("time", "status", "celltype", None),
    "ovarian.lr.rx": ("futime", "fustat", "rx", None),
}
ADJUSTMENTS = {"holm": "holm", "BH": "bh", "bonferroni": "bonferroni", "hochberg": "hochberg"}
TEST = {"chisq": "chi2", "df": "df", "p": "p"}


def logrank() -> Iterator[Comparison]:
    for record in records("logrank"):
        against = Against("logrank", record["id"])
        frame, data = _logrank_data(record)
        yield from against("logrank", "n_used", len(frame), record["n_used"])
        yield from _test(against, "", stats.logrank(**data), record)
        groups = stats.logrank_groups(**data)
        for key in ("n", "observed", "expected"):
            yield from against("logrank_groups", f"groups.{key}", groups[key], column(record["groups"], key))
        variance = compare.moments(**data).variance
        yield from against("logrank", "var", variance.ravel(), np.ravel(record["var"]).tolist())
        for weighted in [{"weight": "fh10", **record["rho1"], "path": "rho1."}, *record["weighted"]]:
            found = stats.logrank(**data, weight=weighted["weight"])
            yield from _test(against, weighted.get("path", "weighted."), found, weighted)
        yield from _trend(against, record, frame, data)
        yield from _pairs(against, record, data)


def _logrank_data(record: dict[str, Any]) -> tuple[pd.DataFrame, dict[str, Any]]:
    time, event, group, stratum = LOGRANK[record["id"]]
    frame = table(record["data"]).dropna(subset=[group] + ([stratum] if stratum else []))
    if group == "celltype":
        frame[group] = pd.Categorical(frame[group], CELLTYPES)
    data = {"durations": frame[time], "events": frame[event], "groups": frame[group]}
    return frame, data | ({"strata": frame[stratum]} if stratum else {})


def _test(
    against: Against, path: str, found: pd.DataFrame, expected: dict[str, Any], function: str = "logrank"
) -> Iterator[Comparison]:
    for key, own in TEST.items():
        yield from against(function, f"{path}{key}", found[own].iloc[0], expected[key])


def _trend(
    against: Against, record: dict[str, Any], frame: pd.DataFrame, data: dict[str, Any]
) -> Iterator[Comparison]:
    if "trend_logrank" not in record:
        return
    expected = record["trend_logrank"]
    found = stats.logrank_trend(**data, scores=expected["scores"])
    yield from _test(against, "trend_logrank.", found, expected, "logrank_trend")
    yield from against("logrank_trend", "trend_logrank.z", found.z.iloc[0], expected["z"])
    time, event, group, stratum = LOGRANK[record["id"]]
    for ties, chi2 in record["trend_cox_score"].items():
        fit = stats.cox(frame, time, event, [group], stratum, ties)
        yield from against("cox", f"trend_cox_score.{ties}", fit.attrs["score"], chi2)


def _pairs(against: Against, record: dict[str, Any], data: dict[str, Any]) -> Iterator[Comparison]:
    if "pairwise" not in record:
        return
    for key, method in ADJUSTMENTS.items():
        pairs = stats.logrank_pairwise(**data, adjust=method)
        expected = record["pairwise"]
        path = f"pairwise.p_{key}"
        yield from against("logrank_pairwise", path, pairs.p_adjusted, column(expected, f"p_{key}"))
    yield from against("logrank_pairwise", "pairwise.chisq", pairs.chi2, column(expected, "chisq"))
    yield from against("logrank_pairwise", "pairwise.p", pairs.p, column(expected, "p"))


def cif() -> Iterator[Comparison]:
    for record in records("cif"):
        against = Against("cif", record["id"])
        frame = table(record["data"])
        group = record["id"].rsplit(".", 1)[1]
        data = {"durations": frame["futime"], "causes": frame["cause"]}
        data |= {} if group == "all" else {"groups": frame[group]}
        curves = {ct: stats.cumulative_incidence(**data, interval=ct) for ct in ("log-log", "log", "plain")}
        for expected in record["groups"]:
            yield from _incidence(against, record, expected, curves, frame, group)
        for expected in record.get("gray", []):
            found = stats.gray_test(**data, cause=record["cause_codes"][expected["cause"]])
            yield from _test(against, "gray.", found, expected, "gray_test")
        for expected in record.get("cause_specific_cox", []):
            yield from _cause_specific(against, expected, frame, record["cause_codes"])


def _incidence(
    against: Against,
    record: dict[str, Any],
    expected: dict[str, Any],
    curves: dict[str, pd.DataFrame],
    frame: pd.DataFrame,
    group: str,
) -> Iterator[Comparison]:
    own = frame if group == "all" else frame[frame[group] == expected["group"]]
    for name, count in expected["n_events"].items():
        happened = (own["cause"] == record["cause_codes"][name]).sum()
        yield from against("cumulative_incidence", f"groups.n_events.{name}", happened, count)
    yield from against("cumulative_incidence", "groups.n", len(own), expected["n"])
    free = stats.kaplan_meier(own["futime"], own["cause"] > 0)
    at = expected["event_free"]
    found = stats.survival_at(free, column(at, "time"), extend=True).survival
    yield from against("survival_at", "groups.event_free.p0", found, column(at, "p0"))
    aalen = {
        ct: stats.cumulative_incidence(own["futime"], own["cause"], interval=ct, variance="aalen")
        for ct in ("log", "log-log")
    }
    for cause in expected["causes"]:
        code = record["cause_codes"][cause["cause"]]
        at, when = cause["at"], column(cause["at"], "time")
        read = {}
        for ct, curve in curves.items():
            part = of_group(curve, expected["group"])
            read[ct] = stats.incidence_at(part[part["cause"] == code], when, extend=True)
        yield from _incidence_at(against, at, read)
        chosen = {ct: stats.incidence_at(curve[curve["cause"] == code], when) for ct, curve in aalen.items()}
        yield from _aalen_at(against, at, chosen)
        wrong = stats.survival_at(stats.kaplan_meier(own["futime"], own["cause"] == code), when, extend=True)
        path = "groups.causes.at.wrong_1_minus_km"
        yield from against("survival_at", path, 1 - wrong.survival, column(at, "wrong_1_minus_km"))


def _incidence_at(
    against: Against, at: list[dict[str, Any]], read: dict[str, pd.DataFrame]
) -> Iterator[Comparison]:
    path, name = "groups.causes.at.", "cumulative_incidence"
    incidence = read["log"].incidence
    yield from against(name, f"{path}cif", incidence, column(at, "cif"))
    se = standard_error(read["log"])
    for key in ("se_survfit_ij", "se_greenwood"):
        yield from against(name, path + key, se, column(at, key))
    for ct, key in {"log": "survfit_log", "log-log": "survfit_loglog", "plain": "survfit_plain"}.items():
        for side in ("lower", "upper"):
            yield from against(name, f"{path}{side}_{key}", read[ct][side], column(at, f"{side}_{key}"))
    for side in ("lower", "upper"):
        key = f"{side}_greenwood_loglog"
        yield from against(name, path + key, read["log-log"][side], column(at, key))


def _aalen_at(
    against: Against, at: list[dict[str, Any]], aalen: dict[str, pd.DataFrame]
) -> Iterator[Comparison]:
    path, name = "groups.causes.at.", "cumulative_incidence"
    yield from against(
        name, f"{path}se_aalen_cmprsk", standard_error(aalen["log"]), column(at, "se_aalen_cmprsk")
    )
    for side in ("lower", "upper"):
        key = f"{side}_aalen_loglog"
        yield from against(name, path + key, aalen["log-log"][side], column(at, key))


def standard_error(read: pd.DataFrame) -> pd.Series:
    """Standard error of an incidence, from its limits on the log scale; 0 where the incidence is 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        se = -np.log(read["lower"] / read["incidence"]) * read["incidence"] / Z
    return se.where(read["incidence"] != 0, 0.0)


def _cause_specific(
    against: Against, expected: dict[str, Any], frame: pd.DataFrame, codes: dict[str, int]
) -> Iterator[Comparison]:
    known = frame.dropna(subset=["age"])
    hit = known["cause"] == codes[expected["cause"]]
    known = known.assign(event=hit, female=known["sex"] == "f", year90=known["year"] - 1990)
    terms = ["age", "female", "year90"]
    assert [row["term"] for row in expected["coef"]] == terms
    yield from cox_rows(
        against, "cause_specific_cox.coef", stats.cox(known, "futime", "event", terms), expected
    )


def cox_rows(
    against: Against, path: str, fit: pd.DataFrame, expected: dict[str, Any], function: str = "cox"
) -> Iterator[Comparison]:
    """Coefficients of a Cox model, from the hazard ratios and limits."""
    rows = expected["coef"]
    se = np.log(fit.upper / fit.lower) / (2 * Z)
    found = {
        "coef": np.log(fit.hazard_ratio),
        "hr": fit.hazard_ratio,
        "se": se,
        "lower": fit.lower,
        "upper": fit.upper,
        "z": np.log(fit.hazard_ratio) / se,
        "p": fit.p,
    }
    for key in rows[0].keys() & found.keys():
        yield from against(function, f"{path}.{key}", found[key], column(rows, key), 1e-6)
