"""Parsed columns to the frames of a `Cohort`."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from amyloid.cohort.reading.assemble import Parsed
from amyloid.cohort.reading.dates import NO_DAY
from amyloid.cohort.schema import ASSAYS, EVENTS, LIGHT_CHAINS, SEXES, TESTS


def patients_frame(parsed: Parsed, patient: pd.CategoricalDtype) -> pd.DataFrame:
    """One row per patient, in the order of the file."""
    patients = parsed.patients
    start = np.full(len(patients.ids), np.datetime64("NaT"), "datetime64[ns]")
    known = patients.start != NO_DAY
    start[known] = patients.start[known].astype("datetime64[D]").astype("datetime64[ns]")
    columns: dict[str, object] = {
        "patient_id": patient.categories.to_numpy(),
        "age": patients.age,
        "sex": _words(patients.sex, SEXES),
        "light_chain": _words(patients.light_chain, LIGHT_CHAINS),
        "treatment_start": start,
        "group": patients.texts["group"],
    }
    for name, codes in patients.flags.items():
        columns[name] = pd.arrays.BooleanArray(codes == 1, codes < 0)
    columns["recorded_response"] = patients.texts["recorded_response"]
    for name, column in patients.others.items():
        texts = pd.Series(column.texts, dtype=object).replace("", None)
        columns[name] = pd.Categorical(texts.take(column.codes))
    return pd.DataFrame(columns)


def labs_frame(parsed: Parsed, patient: pd.CategoricalDtype) -> pd.DataFrame:
    """One row per value, sorted by patient, month and place in the file."""
    labs, order = parsed.labs, parsed.lab_order
    return pd.DataFrame(
        {
            "patient_id": _categorical(order.of(labs.patient), patient),
            "month": order.of(labs.month),
            "test": _words(order.of(labs.test), TESTS),
            "value": order.of(labs.value),
            "bound": order.of(labs.bound),
            "assay": _words(order.of(labs.assay), ASSAYS),
        },
        copy=False,
    )


def treatments_frame(parsed: Parsed, patient: pd.CategoricalDtype) -> pd.DataFrame:
    """One row per drug, dose and interval, in the order of the file."""
    treatments = parsed.treatments
    rows = np.flatnonzero(treatments.usable)
    return pd.DataFrame(
        {
            "patient_id": _categorical(treatments.patient[rows], patient),
            "drug": treatments.drug[rows],
            "start_month": treatments.start[rows],
            "end_month": treatments.end[rows],
            "dose_mg": treatments.dose_mg[rows],
            "days_per_cycle": treatments.days_per_cycle[rows],
            "line": treatments.line[rows],
        }
    )


def events_frame(parsed: Parsed, patient: pd.CategoricalDtype) -> pd.DataFrame:
    """One row per event, in the order of the file."""
    events = parsed.events
    rows = np.flatnonzero(events.usable)
    return pd.DataFrame(
        {
            "patient_id": _categorical(events.patient[rows], patient),
            "month": events.month[rows],
            "event": _words(events.event[rows], EVENTS),
            "detail": events.detail[rows],
            "line": events.line[rows],
        }
    )


def _words(codes: NDArray[np.int8], words: Iterable[str]) -> pd.Categorical:
    return _categorical(codes, pd.CategoricalDtype(list(words)))


def _categorical(codes: NDArray[np.int8] | NDArray[np.int32], dtype: pd.CategoricalDtype) -> pd.Categorical:
    """Codes as they are: they are known to be in order, and checking a million of them costs time."""
    from_codes: Callable[..., pd.Categorical] = pd.Categorical.from_codes
    return from_codes(codes, dtype=dtype, validate=False)
