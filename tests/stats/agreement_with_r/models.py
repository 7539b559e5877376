"""Cox models, time-dependent covariates and landmarks: cox, timedep, landmark."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from agreement_with_r.comparing import cox_rows
from agreement_with_r.comparison import Against, Comparison, column, records, table
from agreement_with_r.curves import CELLTYPES
from amyloid import stats

Columns = tuple[str, str, list[str], str | None, str | None]
COX: dict[str, Columns] = {  # id: time, event, covariates, stratum, entry
    "lung.cox.sex_age_ecog": ("time", "event", ["age", "sex", "ph.ecog"], None, None),
    "lung.cox.sex": ("time", "event", ["sex"], None, None),
    "lung.cox.strata_sex": ("time", "event", ["age", "ph.ecog"], "sex", None),
    "veteran.cox": ("time", "status", ["trt", "karno", "age", "diagtime"], None, None),
    "veteran.cox.celltype": ("time", "status", ["celltype"], None, None),
    "ovarian.cox": ("futime", "fustat", ["age", "rx"], None, None),
    "heart.cox.td": ("stop", "event", ["age", "year", "surgery", "transplant"], None, "start"),
    "heart.cox.td.transplant_only": ("stop", "event", ["transplant"], None, "start"),
    "jasa.cox.td": ("tstop", "death", ["age", "year", "surgery", "trt"], None, "tstart"),
}
TESTS = {"lrt": "likelihood ratio", "wald": "Wald", "score": "score"}


def cox() -> Iterator[Comparison]:
    for record in records("cox"):
        yield from _model(Against("cox", record["id"]), record, "")


def timedep() -> Iterator[Comparison]:
    for key, record in records("timedep").items():
        against = Against("timedep", record["id"])
        if record["kind"] == "cox":
            yield from _model(against, record, f"{key}.")
        elif record["kind"] == "mantel_byar":
            yield from _mantel_byar(against, record, key)
        else:
            yield from _immortal(against, record, key)


def _model(against: Against, record: dict[str, Any], path: str) -> Iterator[Comparison]:
    time, event, covariates, stratum, entry = COX[record["id"]]
    frame = table(record["data"]).dropna(subset=covariates)
    if covariates == ["celltype"]:
        frame["celltype"] = pd.Categorical(frame["celltype"], CELLTYPES)
    function = "cox_time_dependent" if entry else "cox"
    for ties, expected in record["fits"].items():
        at = f"{path}fits.{ties}."
        if entry:
            patient = "id" if "id" in frame else "subject"
            fit = stats.cox_time_dependent(frame, patient, entry, time, event, covariates, ties=ties)
        else:
            fit = stats.cox(frame, time, event, covariates, stratum, ties)
        yield from cox_rows(against, f"{at}coef", fit, expected, function)
        yield from _whole(against, at, fit, expected, function)
        for transform, rows in expected["zph"].items():
            found = stats.proportional_hazards(
                frame, time, event, covariates, stratum, ties, entry=entry, transform=transform
            )
            for key, own in {"chisq": "chi2", "df": "df", "p": "p"}.items():
                place = f"{at}zph.{transform}.{key}"
                yield from against("proportional_hazards", place, found[own], column(rows, key), 1e-6)


def _whole(
    against: Against, at: str, fit: pd.DataFrame, expected: dict[str, Any], function: str
) -> Iterator[Comparison]:
    keys = {"n": "n", "nevent": "events", "loglik": "log_likelihood", "loglik_null": "log_likelihood_null"}
    for key, own in keys.items():
        yield from against(function, at + key, fit.attrs[own], expected[key])
    aic = 2 * fit.attrs["df"] - 2 * fit.attrs["log_likelihood"]
    yield from against(function, f"{at}aic", aic, expected["aic"])
    tests = stats.model_tests(fit).set_index("test")
    for key, name in TESTS.items():
        row = tests.loc[name]
        stat = "stat_full" if key == "wald" else "stat"
        for field, own in {stat: "chi2", "df": "df", "p": "p"}.items():
            yield from against("model_tests", f"{at}{key}.{field}", row[own], expected[key][field], 1e-6)


def _mantel_byar(against: Against, record: dict[str, Any], key: str) -> Iterator[Comparison]:
    if key == "heart_mantel_byar":
        rows = table("heart.csv").assign(status=lambda frame: frame["transplant"])
        function, test = "logrank", None
    else:
        patients = table("jasa_tmerge_input.csv").set_index("subject")
        chosen = (patients["futime"], patients["fustat"], patients["txtime"])
        rows, function = stats.split_at_status(*chosen), "mantel_byar"
        test = stats.mantel_byar(*chosen)
    data = {"durations": rows["stop"], "events": rows["event"], "groups": rows["status"]}
    data |= {"entry": rows["start"]}
    test = stats.logrank(**data) if test is None else test
    for name, own in {"chisq": "chi2", "df": "df", "p": "p", "score_exact": "chi2"}.items():
        yield from against(function, f"{key}.{name}", test[own].iloc[0], record[name])
    groups = stats.logrank_groups(**data)
    for name in ("observed", "expected"):
        yield from against(function, f"{key}.groups.{name}", groups[name], column(record["groups"], name))
    variance = stats.compare.moments(**data).variance
    yield from against(function, f"{key}.var", variance.ravel(), np.ravel(record["var"]).tolist())
    for ties in ("efron", "breslow"):
        if f"score_{ties}" in record:
            frame = rows.assign(patient=np.arange(len(rows)))
            fit = stats.cox_time_dependent(frame, "patient", "start", "stop", "event", ["status"], ties=ties)
            path = f"{key}.score_{ties}"
            yield from against("cox_time_dependent", path, fit.attrs["score"], record[f"score_{ties}"], 1e-6)


def _immortal(against: Against, record: dict[str, Any], key: str) -> Iterator[Comparison]:
    """The biased analysis from day 0, so that a page may show what it would have said."""
    frame = table(record["data"])
    test = stats.logrank(frame["futime"], frame["fustat"], frame["transplant"])
    yield from against("logrank", f"{key}.chisq", test["chi2"].iloc[0], record["chisq"])
    yield from against("logrank", f"{key}.p", test["p"].iloc[0], record["p"])
    fit = stats.cox(frame, "futime", "fustat", ["transplant"])
    yield from against("cox", f"{key}.hr", fit.hazard_ratio.iloc[0], record["hr"], 1e-6)


def landmark() -> Iterator[Comparison]:
    frame = table("jasa.csv")
    for record in records("landmark"):
        against = Against("landmark", record["id"])
        leaving = "excluded" if record["rule"] == "exclude_le" else "kept"
        rows = stats.landmark(
            frame["futime"],
            frame["fustat"],
            frame["wait.time"],
            record["landmark"],
            leaving_at_landmark=leaving,
        )
        yield from against("landmark", "n_excluded", (~rows["enters"]).sum(), record["n_excluded"])
        inside = rows[rows["enters"]].assign(
            group=lambda kept: kept["status"].map({True: "yes", False: "no"})
        )
        for group in ("no", "yes"):
            own = inside[inside["group"] == group]
            yield from against("landmark", f"n.{group}", len(own), record["n"][group])
            yield from against("landmark", f"events.{group}", own["event"].sum(), record["events"][group])
        yield from _from_landmark(against, record, inside)


def _from_landmark(against: Against, record: dict[str, Any], inside: pd.DataFrame) -> Iterator[Comparison]:
    curve = stats.kaplan_meier(inside["time"], inside["event"], inside["group"])
    medians = stats.median_survival(curve)
    for key, own in {"median": "median", "lower_loglog": "lower", "upper_loglog": "upper"}.items():
        yield from against("landmark", f"median.{key}", medians[own], column(record["median"], key), 0)
    for group in ("no", "yes"):
        at = [row for row in record["at"] if row["group"] == group]
        part = curve[curve["group"] == group]
        found = stats.survival_at(part, column(at, "time_from_landmark"), extend=True)
        keys = {"n_risk": "at_risk", "surv": "survival", "lower_loglog": "lower", "upper_loglog": "upper"}
        for key, own in keys.items():
            yield from against("landmark", f"at.{key}", found[own], column(at, key))
    data = (inside["time"], inside["event"], inside["group"])
    test, groups = stats.logrank(*data), stats.logrank_groups(*data)
    yield from against("landmark", "logrank.chisq", test["chi2"].iloc[0], record["logrank"]["chisq"])
    yield from against("landmark", "logrank.p", test["p"].iloc[0], record["logrank"]["p"])
    for key in ("observed", "expected"):
        yield from against("landmark", f"logrank.{key}", groups[key], record["logrank"][key])
    fit = stats.cox(inside, "time", "event", ["group"])
    yield from cox_rows(against, "cox_efron", fit, {"coef": record["cox_efron"]})
