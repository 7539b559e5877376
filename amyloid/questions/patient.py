"""One patient seen whole: every value, drug and event, and what every criterion makes of each visit."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Final

import numpy as np
import pandas as pd

from amyloid.adjudication.criteria import CRITERIA
from amyloid.adjudication.labs import Evidence, gather_evidence
from amyloid.adjudication.response import Confirm, adjudicate, visit_grades
from amyloid.cohort import Cohort, of_patient
from amyloid.questions import names

PANELS: Final = names("panels")
"""Axes of the timeline with their quantities; an axis without a value is left out."""


def alone(cohort: Cohort, patient_id: str) -> Cohort:
    """Take one patient out of a cohort.

    Raises
    ------
    KeyError
        If nobody has this id; the message names the nearest.
    """
    ids = cohort.patients["patient_id"].tolist()
    if patient_id not in ids:
        near = get_close_matches(patient_id, ids, 1)
        raise KeyError(f"no patient {patient_id!r}" + (f"; did you mean {near[0]!r}?" if near else ""))
    return of_patient(cohort, patient_id)


def patient(cohort: Cohort, patient_id: str, *, confirm: Confirm = "none") -> dict[str, pd.DataFrame]:
    """Take one patient out of a cohort, with everything that a timeline shows.

    Parameters
    ----------
    cohort : Cohort
    patient_id : str
    confirm : {"none", "28-days"}
        As in the adjudication.

    Returns
    -------
    dict of DataFrame
        ``values`` (axis, test, month, value, bound: -1 below, 1 above, 0 measured; log: whether the axis is
        logarithmic), ``limits`` (axis, value, words), ``treatments`` (drug, start_month, end_month, dose_mg),
        ``events`` (month, event, detail), ``grades`` (domain, criteria, month, category of every visit),
        ``categories`` (patient_id, domain, criteria, category, month, reason).

    Raises
    ------
    KeyError
        If nobody has this id; the message names the nearest.
    """
    own = alone(cohort, patient_id)
    evidence = gather_evidence(own)
    values = _values(own, evidence[0])
    limits = pd.DataFrame([{"axis": panel["axis"], **panel["limit"]} for panel in PANELS if "limit" in panel])
    return {
        "values": values,
        "limits": limits[limits["axis"].isin(values["axis"])].reset_index(drop=True),
        "treatments": own.treatments[["drug", "start_month", "end_month", "dose_mg"]],
        "events": own.events[["month", "event", "detail"]].sort_values("month", ignore_index=True),
        "grades": _grades(own, evidence),
        "categories": adjudicate(evidence, confirm=confirm),
    }


def _values(cohort: Cohort, follow_up: Evidence) -> pd.DataFrame:
    """Measured values, then what is derived at each visit (dFLC; eGFR where none was reported)."""
    labs = cohort.labs[["test", "month", "value", "bound"]].astype({"test": str})
    reported = set(labs["test"])
    derived = []
    for name in ("dflc", "egfr"):
        if name not in reported:
            found = follow_up.samples.raw(name)
            bound = np.where(found.low == found.high, 0, np.where(np.isinf(found.high), 1, -1))
            value = np.where(np.isinf(found.high), found.low, found.high)
            made = {"test": name, "month": follow_up.visits.month, "value": value, "bound": bound}
            derived.append(pd.DataFrame(made)[found.known])
    both = pd.concat([labs, *derived], ignore_index=True)
    axis_of = {test: panel["axis"] for panel in PANELS for test in panel["tests"]}
    called = {test: name for panel in PANELS for test, name in panel["tests"].items()}
    logged = [panel["axis"] for panel in PANELS if panel.get("log")]
    both["axis"] = pd.Categorical(both["test"].map(axis_of), [panel["axis"] for panel in PANELS])
    both = both.assign(log=both["axis"].isin(logged), test=both["test"].map(called))
    shown = both.dropna(subset=["axis", "value"])[["axis", "test", "month", "value", "bound", "log"]]
    highest = shown.groupby("axis", observed=True)["value"].transform("max")
    told = shown[highest > 0]  # an M-protein of 0 at all times is no line
    return told.sort_values(["axis", "test", "month"], ignore_index=True).astype({"axis": object})


def _grades(cohort: Cohort, evidence: tuple[Evidence, Evidence]) -> pd.DataFrame:
    """Category of every visit by every criterion that is judged at visits."""
    parts = [
        visit_grades(cohort, domain, key, evidence=evidence).assign(domain=domain, criteria=key)
        for (domain, key), wanted in CRITERIA.items()
        if wanted.when == "follow-up"
    ]
    return pd.concat(parts, ignore_index=True)[["domain", "criteria", "month", "category"]]
