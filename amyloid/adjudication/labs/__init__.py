"""Laboratory rows to visits: free light chains, eGFR, baseline and nadir."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from amyloid.adjudication.labs.course import first_event
from amyloid.adjudication.labs.evidence import Evidence, gather_evidence
from amyloid.adjudication.labs.samples import BASELINE_WINDOW_MONTHS, CHAINS
from amyloid.adjudication.labs.visits import EQUATIONS, egfr

if TYPE_CHECKING:
    import pandas as pd

    from amyloid.adjudication.decidable import Floats, Quantity
    from amyloid.cohort import Cohort

__all__ = [
    "BASELINE_WINDOW_MONTHS",
    "EQUATIONS",
    "Evidence",
    "baseline",
    "egfr",
    "first_event",
    "gather_evidence",
    "visits",
]


def visits(cohort: Cohort, *, equation: str = "ckd-epi-2009") -> pd.DataFrame:
    """One row per patient and day with a sample, one column per test.

    Parameters
    ----------
    cohort : Cohort
    equation : {"ckd-epi-2009", "ckd-epi-2021"}
        For patients whose baseline has a creatinine and no reported eGFR.

    Returns
    -------
    pandas.DataFrame
        ``patient_id``, ``month``, a float column per test in canonical units, and ``iflc uflc dflc`` (mg/L),
        ``flc_ratio`` (kappa/lambda), ``egfr``. NaN where not measured; a censored value shows its limit.
        Sorted by patient and month.
    """
    evidence, _ = gather_evidence(cohort, equation=equation)
    return _frame(cohort, evidence.visits.patient, evidence.visits.month, evidence.samples.raw)


def baseline(
    cohort: Cohort, window_months: float = BASELINE_WINDOW_MONTHS, *, equation: str = "ckd-epi-2009"
) -> pd.DataFrame:
    """One row per patient: the last value at month 0 or before, not earlier than the window.

    Parameters
    ----------
    cohort : Cohort
    window_months : float
        How far before time zero a value still counts.
    equation : {"ckd-epi-2009", "ckd-epi-2021"}

    Returns
    -------
    pandas.DataFrame
        The columns of `visits` without ``month``, in the order of ``cohort.patients``.
    """
    evidence, _ = gather_evidence(cohort, baseline_window=window_months, equation=equation)
    patients = np.arange(len(cohort.patients))
    return _frame(cohort, patients, None, evidence.baseline)


def _frame(cohort: Cohort, patient: object, month: Floats | None, get: object) -> pd.DataFrame:
    import pandas as pd

    ids = pd.Categorical.from_codes(patient, categories=cohort.labs["patient_id"].cat.categories)  # type: ignore[arg-type]
    columns: dict[str, object] = {"patient_id": ids}
    if month is not None:
        columns["month"] = month
    names = [str(test) for test in cohort.labs["test"].cat.categories]
    for name in [*names, *CHAINS, *(["egfr"] if "egfr" not in names else [])]:
        columns[name] = _as_printed(get(name))  # type: ignore[operator]
    return pd.DataFrame(columns, copy=False)


def _as_printed(quantity: Quantity) -> Floats:
    """Limit of a censored value, the value itself otherwise."""
    return np.where(np.isfinite(quantity.high), quantity.high, quantity.low)
