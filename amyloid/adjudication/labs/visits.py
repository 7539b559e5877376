"""Laboratory rows to days: one value per test, patient and day of sampling, the eGFR among them."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from amyloid.adjudication.decidable import Floats, Quantity, exact, measured, missing

if TYPE_CHECKING:
    from amyloid.cohort import Cohort


@dataclass(frozen=True)
class Equation:
    """One published equation; kappa and alpha are given as (female, male)."""

    source: str
    scale: float
    kappa: tuple[float, float]
    alpha: tuple[float, float]
    exponent_above: float
    per_year: float
    female: float


EQUATIONS: Final = {
    "ckd-epi-2009": Equation(
        source="Levey et al., Ann Intern Med 2009;150:604 (race term omitted)",
        scale=141.0,
        kappa=(0.7, 0.9),
        alpha=(-0.329, -0.411),
        exponent_above=-1.209,
        per_year=0.993,
        female=1.018,
    ),
    "ckd-epi-2021": Equation(
        source="Inker et al., N Engl J Med 2021;385:1737",
        scale=142.0,
        kappa=(0.7, 0.9),
        alpha=(-0.241, -0.302),
        exponent_above=-1.200,
        per_year=0.9938,
        female=1.012,
    ),
}


def egfr(
    creatinine_mg_dl: ArrayLike, age: ArrayLike, sex: ArrayLike, equation: str = "ckd-epi-2009"
) -> NDArray[np.float64]:
    """Estimate the glomerular filtration rate.

    Parameters
    ----------
    creatinine_mg_dl : array_like
        Serum creatinine in mg/dL (umol/L divided by 88.42).
    age : array_like
        Age in years.
    sex : array_like
        ``female`` or ``male``; anything else gives NaN.
    equation : {"ckd-epi-2009", "ckd-epi-2021"}
        The 2009 equation matches the renal criteria of 2014. Never mix the two within a patient.

    Returns
    -------
    numpy.ndarray
        mL/min/1.73 m2, in the broadcast shape of the inputs; NaN where an input is missing.

    Raises
    ------
    ValueError
        For an unknown equation.

    Notes
    -----
    ``scale * min(S/k, 1)**alpha * max(S/k, 1)**exponent * per_year**age * female``. Sources: `EQUATIONS`.
    """
    if equation not in EQUATIONS:
        raise ValueError(f"{equation!r} is not an eGFR equation; use one of {', '.join(EQUATIONS)}")
    known = EQUATIONS[equation]
    sexes: NDArray[Any] = np.asarray(sex, dtype=object)
    female = sexes == "female"
    creatinine = np.asarray(creatinine_mg_dl, dtype=np.float64)
    years = np.asarray(age, dtype=np.float64)
    relative = creatinine / np.where(female, *known.kappa)
    with np.errstate(divide="ignore", invalid="ignore"):
        value = (
            known.scale
            * np.minimum(relative, 1.0) ** np.where(female, *known.alpha)
            * np.maximum(relative, 1.0) ** known.exponent_above
            * known.per_year**years
            * np.where(female, known.female, 1.0)
        )
    return np.asarray(np.where(female | (sexes == "male"), value, np.nan), dtype=np.float64)


LOWER_IS_WORSE: Final = frozenset({"egfr", "ejection_fraction", "systolic_bp"})
POSITIVE_COUNTS: Final = frozenset(
    {"serum_immunofixation", "urine_immunofixation", "mass_spectrometry", "mrd"}
)
LIGHT_CHAINS: Final = ("kappa_flc", "lambda_flc")
SAME_TIME_MONTHS: Final = 1e-9

Codes = NDArray[np.int32]


@dataclass(frozen=True)
class Visits:
    """All days of a cohort with a sample, sorted by patient and month.

    Attributes
    ----------
    cohort : Cohort
    patient : numpy.ndarray of int, one per day
        Row of the patient in ``cohort.patients``.
    month : numpy.ndarray of float64, one per day
        Counted from time zero.
    """

    cohort: Cohort
    patient: NDArray[np.intp]
    month: Floats
    _day: Codes = field(repr=False)
    _cache: dict[tuple[str, bool], Quantity] = field(default_factory=dict, repr=False)

    def __len__(self) -> int:
        return len(self.month)

    @property
    def n_patients(self) -> int:
        """Patients in the cohort."""
        return len(self.cohort.patients)

    @cached_property
    def isotype(self) -> NDArray[np.int8]:
        """0 kappa, 1 lambda, -1 not known, one per patient."""
        chain = self.cohort.patients["light_chain"].astype(object).to_numpy()
        return np.select([chain == "kappa", chain == "lambda"], [0, 1], -1).astype(np.int8)

    @cached_property
    def n_latex(self) -> NDArray[np.bool_]:
        """Days with free light chains that were measured with N Latex."""
        labs, found = self.cohort.labs, np.zeros(len(self), dtype=bool)
        rows = labs["test"].isin(LIGHT_CHAINS) & labs["value"].notna() & (labs["assay"] == "n_latex")
        found[self._day[rows.to_numpy()]] = True
        return found

    def quantity(self, test: str, *, worst: bool = False) -> Quantity:
        """Values of one test on every day; missing where it was not measured.

        Of several values of one day the less favorable for a response counts: after time zero the higher
        of what should fall, before it the lower; eGFR, ejection fraction and the uninvolved light chain the
        reverse; a positive immunofixation always. With `worst` the worse before time zero too.
        Free light chains that were measured with N Latex are missing: no criterion is validated for them.
        """
        if (test, worst) not in self._cache:
            self._cache[test, worst] = self._of_days(test, worst=worst)
        return self._cache[test, worst]

    def _of_days(self, test: str, *, worst: bool) -> Quantity:
        labs = self.cohort.labs
        chosen = (labs["test"] == test).to_numpy()
        if test in LIGHT_CHAINS:
            chosen &= (labs["assay"] != "n_latex").to_numpy()
        rows = np.flatnonzero(chosen)
        value = labs["value"].to_numpy(np.float64)[rows]
        known = ~np.isnan(value)
        rows, value = rows[known], value[known]
        if not len(rows):
            return missing(len(self))
        day, bound = self._day[rows], labs["bound"].to_numpy(np.int8)[rows]
        if (day[1:] == day[:-1]).any():
            sign = self.worse_sign(test, day, worst=worst)
            order = np.lexsort((sign * bound, sign * value, day))  # the value that counts comes last
            day, value, bound = day[order], value[order], bound[order]
        elif worst:
            return self.quantity(test)
        values, bounds = np.full(len(self), np.nan), np.zeros(len(self), dtype=np.int8)
        values[day], bounds[day] = value, bound
        return measured(values, bounds)

    def worse_sign(self, test: str, days: Codes | NDArray[np.intp], *, worst: bool = False) -> Floats:
        """+1 on days where the higher of two values is the less favorable, -1 where the lower is."""
        sign = np.full(len(days), -1.0 if test in LOWER_IS_WORSE else 1.0)
        if test in LIGHT_CHAINS:
            other = self.isotype[self.patient[days]] == 1 - LIGHT_CHAINS.index(test)
            sign[other] = -1.0
        if not worst and test not in POSITIVE_COUNTS:
            sign[self.month[days] <= SAME_TIME_MONTHS] *= -1.0
        return sign

    def egfr_from_creatinine(self, creatinine: Quantity, equation: str) -> Quantity:
        """Compute the eGFR on every day with a creatinine, with the age at time zero."""
        if creatinine.absent:
            return creatinine
        patients = self.cohort.patients
        age = patients["age"].to_numpy(np.float64)[self.patient]
        sex = patients["sex"].astype(object).to_numpy()[self.patient]
        high = egfr(creatinine.low, age, sex, equation)
        if creatinine.low is creatinine.high:
            return exact(high)
        return Quantity(egfr(creatinine.high, age, sex, equation), high)


Moments = tuple[Codes, Floats]


def collect_visits(cohort: Cohort, also_at: Moments | None = None) -> Visits:
    """Sort a cohort's laboratory rows into days.

    Parameters
    ----------
    cohort : Cohort
    also_at : (patient rows, months), optional
        Moments that are days even without a sample, such as the start of dialysis.

    Returns
    -------
    Visits
    """
    patient = np.asarray(cohort.labs["patient_id"].cat.codes, dtype=np.int32)
    month = np.asarray(cohort.labs["month"], dtype=np.float64)
    begins = (np.zeros(0, np.int32), np.zeros(0)) if also_at is None else also_at
    (patients, months), day = _days((patient, month), begins)
    return Visits(cohort, patients.astype(np.intp), months, day)


def _days(samples: Moments, begins: Moments) -> tuple[Moments, Codes]:
    """Patient and month of every day, and the day of each sample; `samples` come by patient and month."""
    starts = np.flatnonzero(_new(*samples))
    sizes = np.diff(starts, append=len(samples[1]))
    patient = np.concatenate([samples[0][starts], begins[0]])
    month = np.concatenate([samples[1][starts], begins[1]])
    order = np.lexsort((month, patient)) if len(begins[1]) else np.arange(len(month))
    patient, month = patient[order], month[order]
    new = _new(patient, month)
    day = np.empty(len(month), np.int32)
    day[order] = np.cumsum(new, dtype=np.int32) - 1
    return (patient[new], month[new]), np.repeat(day[: len(starts)], sizes)


def _new(patient: Codes, month: Floats) -> NDArray[np.bool_]:
    """Moments that are another day than the one before."""
    new = np.ones(len(month), dtype=bool)
    new[1:] = (patient[1:] != patient[:-1]) | (month[1:] != month[:-1])
    return new
