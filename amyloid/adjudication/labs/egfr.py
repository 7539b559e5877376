"""Estimated glomerular filtration rate from serum creatinine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray


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
