"""Laboratory rows to days: one value per test, patient and day of sampling, the eGFR among them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from amyloid.adjudication.decidable import Floats, Quantity, exact, measured

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
class RowsOfTest:
    """Rows of one test, by day: the day's number, the value and its bound; `several` days hold two."""

    day: Codes
    value: Floats
    bound: NDArray[np.int8]
    several: bool


@dataclass(frozen=True)
class Visits:
    """All days of a cohort with a sample, sorted by patient and month.

    Attributes
    ----------
    patient : numpy.ndarray of int, one per day
        Row of the patient in ``cohort.patients``.
    month : numpy.ndarray of float64, one per day
        Counted from time zero.
    isotype : numpy.ndarray of int8, one per patient
        0 kappa, 1 lambda, -1 not known.
    """

    patient: NDArray[np.intp]
    month: Floats
    n_patients: int
    isotype: NDArray[np.int8]
    _rows: dict[str, RowsOfTest] = field(repr=False)
    _age: Floats = field(repr=False)
    _sex: NDArray[np.object_] = field(repr=False)
    n_latex: NDArray[np.bool_] = field(repr=False)
    _cache: dict[str, Quantity] = field(default_factory=dict, repr=False)

    def __len__(self) -> int:
        return len(self.month)

    def quantity(self, test: str, *, worst: bool = False) -> Quantity:
        """Values of one test on every day; missing where it was not measured.

        Of several values of one day the less favorable for a response counts: after time zero the higher
        of what should fall, before it the lower; eGFR, ejection fraction and the uninvolved light chain the
        reverse; a positive immunofixation always. With `worst` the worse before time zero too.
        Free light chains that were measured with N Latex are missing: no criterion is validated for them.
        """
        rows = self._rows.get(test)
        key = f"{test} at its worst" if worst and rows is not None and rows.several else test
        if key not in self._cache:
            values, bounds = np.full(len(self), np.nan), np.zeros(len(self), dtype=np.int8)
            if rows is not None:
                order = self._last_counts(test, rows, worst=worst)
                values[rows.day[order]], bounds[rows.day[order]] = rows.value[order], rows.bound[order]
            self._cache[key] = measured(values, bounds)
        return self._cache[key]

    def _last_counts(self, test: str, rows: RowsOfTest, *, worst: bool) -> NDArray[np.intp] | slice:
        """Order of the rows in which the value that counts comes last on its day."""
        if not rows.several:
            return slice(None)
        sign = self.worse_sign(test, rows.day, worst=worst)
        return np.lexsort((sign * rows.bound, sign * rows.value, rows.day))

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
        age, sex = self._age[self.patient], self._sex[self.patient]
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
    rows, n_latex = _rows_by_test(cohort, day, len(patients))
    chain = cohort.patients["light_chain"].astype(object).to_numpy()
    return Visits(
        patient=patients.astype(np.intp),
        month=months,
        n_patients=len(cohort.patients),
        isotype=np.select([chain == "kappa", chain == "lambda"], [0, 1], -1).astype(np.int8),
        n_latex=n_latex,
        _rows=rows,
        _age=cohort.patients["age"].to_numpy(np.float64),
        _sex=cohort.patients["sex"].astype(object).to_numpy(),
    )


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


def _rows_by_test(cohort: Cohort, day: Codes, n_days: int) -> tuple[dict[str, RowsOfTest], NDArray[np.bool_]]:
    """Split the rows by test."""
    code = cohort.labs["test"].cat.codes.to_numpy()
    value = cohort.labs["value"].to_numpy(np.float64)
    bound = cohort.labs["bound"].to_numpy(np.int8)
    latex = (cohort.labs["assay"] == "n_latex").to_numpy()
    n_latex = np.zeros(n_days, dtype=bool)
    known = ~np.isnan(value)

    def rows_of(number: int, test: str) -> RowsOfTest:
        chosen = np.flatnonzero(known & (code == number))
        if test in LIGHT_CHAINS and latex[chosen].any():
            n_latex[day[chosen[latex[chosen]]]] = True
            chosen = chosen[~latex[chosen]]
        at = day[chosen]
        return RowsOfTest(at, value[chosen], bound[chosen], bool((at[1:] == at[:-1]).any()))

    tests = [str(test) for test in cohort.labs["test"].cat.categories]
    with ThreadPoolExecutor(2) as pool:
        rows = dict(zip(tests, pool.map(rows_of, range(len(tests)), tests), strict=True))
    return {test: found for test, found in rows.items() if len(found.day)}, n_latex
