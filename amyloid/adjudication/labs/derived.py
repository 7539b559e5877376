"""Quantities derived from the tests: light chains by the amyloid's isotype, their ratio, filtration rate."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import numpy as np

from amyloid.adjudication.decidable import Quantity, exact

if TYPE_CHECKING:
    from amyloid.adjudication.labs.evidence import Evidence


def _chain(evidence: Evidence, involved: bool) -> Quantity:
    """Involved or uninvolved light chain: fixed by the amyloid's isotype, whatever the ratio says later."""
    isotype = evidence.cohort.patients["light_chain"].astype(object).to_numpy()[evidence.visits.patient]
    kappa, lambda_ = evidence.at_visits("kappa_flc"), evidence.at_visits("lambda_flc")
    of_kappa, of_lambda = (kappa, lambda_) if involved else (lambda_, kappa)
    is_kappa, is_lambda = isotype == "kappa", isotype == "lambda"
    low = np.where(is_kappa, of_kappa.low, np.where(is_lambda, of_lambda.low, np.nan))
    if kappa.low is kappa.high and lambda_.low is lambda_.high:
        return exact(low)
    return Quantity(low, np.where(is_kappa, of_kappa.high, np.where(is_lambda, of_lambda.high, np.nan)))


def _egfr(evidence: Evidence) -> Quantity:
    """Reported eGFR where the patient's baseline has one, else computed from creatinine; never a mixture."""
    reported = evidence.visits.quantity("egfr")
    computed = evidence.visits.egfr_from_creatinine(evidence.equation)
    creatinine_at_baseline = evidence.baseline("creatinine").known
    computes = creatinine_at_baseline & ~evidence.baseline("reported_egfr").known
    rows = computes[evidence.visits.patient]
    if reported.low is reported.high and computed.low is computed.high:
        return exact(np.where(rows, computed.low, reported.low))
    return Quantity(np.where(rows, computed.low, reported.low), np.where(rows, computed.high, reported.high))


DERIVED: Final[dict[str, Callable[[Evidence], Quantity]]] = {
    "iflc": lambda e: _chain(e, involved=True),
    "uflc": lambda e: _chain(e, involved=False),
    "dflc": lambda e: e.at_visits("iflc") - e.at_visits("uflc"),
    "flc_ratio": lambda e: e.at_visits("kappa_flc").over(e.at_visits("lambda_flc")),
    "reported_egfr": lambda e: e.visits.quantity("egfr"),
    "egfr": _egfr,
}
"""Quantities derived from the tests; iflc, uflc, dflc in mg/L, flc_ratio is kappa over lambda."""
