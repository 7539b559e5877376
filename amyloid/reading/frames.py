"""Parsed columns to the frames of a `Cohort`."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from amyloid.reading.assemble import Parsed
from amyloid.reading.dates import NO_DAY
from amyloid.schema import ASSAYS, EVENTS, LIGHT_CHAINS, SEXES, TESTS


def patients_frame(parsed: Parsed) -> pd.DataFrame:
    """One row per patient, in the order of the file."""
    patients = parsed.patients
    start = np.full(len(patients.ids), np.datetime64("NaT"), "datetime64[ns]")
    known = patients.start != NO_DAY
    start[known] = patients.start[known].astype("datetime64[D]").astype("datetime64[ns]")
    columns: dict[str, object] = {
        "patient_id": np.array(patients.ids, object),
        "age": patients.age,
        "sex": pd.Categorical.from_codes(patients.sex, list(SEXES)),
        "light_chain": pd.Categorical.from_codes(patients.light_chain, list(LIGHT_CHAINS)),
        "treatment_start": start,
        "group": patients.texts["group"],
    }
    for name, codes in patients.flags.items():
        columns[name] = pd.arrays.BooleanArray(codes == 1, codes < 0)
    columns["recorded_response"] = patients.texts["recorded_response"]
    return pd.DataFrame(columns)


def labs_frame(parsed: Parsed, patient: pd.CategoricalDtype) -> pd.DataFrame:
    """One row per value, sorted by patient, month and place in the file."""
    labs, rows = parsed.labs, parsed.lab_order.rows
    return pd.DataFrame(
        {
            "patient_id": _patient(labs.patient[rows], patient),
            "month": labs.month[rows],
            "test": pd.Categorical.from_codes(labs.test[rows], list(TESTS)),
            "value": labs.value[rows],
            "bound": labs.bound[rows],
            "assay": pd.Categorical.from_codes(labs.assay[rows], list(ASSAYS)),
        },
        copy=False,
    )


def treatments_frame(parsed: Parsed, patient: pd.CategoricalDtype) -> pd.DataFrame:
    """One row per drug, dose and interval, in the order of the file."""
    treatments = parsed.treatments
    rows = np.flatnonzero(treatments.usable)
    return pd.DataFrame(
        {
            "patient_id": _patient(treatments.patient[rows], patient),
            "drug": treatments.drug[rows],
            "start_month": treatments.start[rows],
            "end_month": treatments.end[rows],
            "dose_mg": treatments.dose_mg[rows],
            "days_per_cycle": treatments.days_per_cycle[rows],
        }
    )


def events_frame(parsed: Parsed, patient: pd.CategoricalDtype) -> pd.DataFrame:
    """One row per event, in the order of the file."""
    events = parsed.events
    rows = np.flatnonzero(events.usable)
    return pd.DataFrame(
        {
            "patient_id": _patient(events.patient[rows], patient),
            "month": events.month[rows],
            "event": pd.Categorical.from_codes(events.event[rows], list(EVENTS)),
            "detail": events.detail[rows],
        }
    )


def _patient(codes: NDArray[np.int32], dtype: pd.CategoricalDtype) -> pd.Categorical:
    return pd.Categorical.from_codes(codes, dtype=dtype, validate=False)
