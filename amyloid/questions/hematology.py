"""Hematologic response as tables: rates on both denominators, time to response, depth, criteria compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import pandas as pd

from amyloid import stats
from amyloid.adjudication.criteria import CRITERIA
from amyloid.adjudication.labs import Evidence, first_event
from amyloid.cohort import Cohort

RESPONDING: Final = ("CR", "VGPR", "PR", "response")
"""Categories that count as a response; a minor response does not."""

CRITERIA_NAMES: Final[Mapping[str, str]] = {
    "gertz-2005": "Gertz 2005",
    "boston-2007": "Boston 2007",
    "isa-2012": "ISA 2012",
    "isa-2021": "ISA 2021",
    "low-dflc-2017": "low dFLC 2017",
}
DEPTHS: Final[Mapping[str, str]] = {
    "iflc-at-most-20": "Involved chain ≤ 20 mg/L",
    "dflc-at-most-10": "dFLC ≤ 10 mg/L",
    "dflc-below-10": "dFLC < 10 mg/L",
    "iflc-below-10": "Involved chain < 10 mg/L",
}
TIME_CAUSES: Final[Mapping[int, str]] = {
    1: "response",
    2: "death without response",
    3: "next therapy without response",
}


def response_rates(
    categories: pd.DataFrame,
    confidence: float,
    *,
    evaluable: str = "evaluable",
    everyone: str = "all treated",
) -> pd.DataFrame:
    """Share in each category, of the evaluable and of everybody, with exact limits.

    Parameters
    ----------
    categories : DataFrame
        One criterion: ``category`` and ``domain, criteria``.
    confidence : float
        Level of the limits.
    evaluable, everyone : str
        Names of the two denominators.

    Returns
    -------
    DataFrame
        ``category, denominator, count, n, estimate, lower, upper``: each category that the criterion knows,
        then the overall response ("CR + PR"). Without an evaluable patient the estimates are NaN.
    """
    known = categories_of(categories)
    judged = categories[categories["category"] != "NE"]["category"]
    responding = [name for name in known if name in RESPONDING]
    wanted: list[tuple[str, Sequence[str]]] = [(name, [name]) for name in known]
    if len(responding) > 1:
        wanted.append((" + ".join(responding), responding))
    rows = []
    for denominator, n in ((evaluable, len(judged)), (everyone, len(categories))):
        for label, names in wanted:
            count = int(judged.isin(names).sum())
            limits = stats.proportion(count, n, confidence=confidence).iloc[0]
            rows.append(
                {"category": label, "denominator": denominator, "count": count, "n": n, **limits.to_dict()}
            )
    return pd.DataFrame(rows)


def categories_of(categories: pd.DataFrame) -> tuple[str, ...]:
    """Categories of the criterion that made this frame, best first."""
    return CRITERIA[str(categories["domain"].iloc[0]), str(categories["criteria"].iloc[0])].categories


def responders(categories: pd.DataFrame) -> pd.Series:
    """Whether each patient responded; missing for the not evaluable."""
    yes = categories["category"].isin(RESPONDING).astype("boolean")
    return yes.mask(categories["category"] == "NE")


def time_to_response(cohort: Cohort, response_month: pd.Series, last_months: pd.Series) -> pd.DataFrame:
    """Time to the first response, with death and next therapy competing, in everybody.

    Parameters
    ----------
    cohort : Cohort
    response_month : Series, one per patient
        Month of the first response, NaN for never.
    last_months : Series, one per patient
        Month of death or last contact.

    Returns
    -------
    DataFrame
        ``patient_id, months, cause``: the causes of `TIME_CAUSES`; 0 is alive without any of them.
    """
    candidates = np.stack(
        [
            response_month.fillna(np.inf).to_numpy(float),
            first_event(cohort, "death"),
            first_event(cohort, "next_treatment", "stem_cell_transplant", after=0.0),
        ]
    )
    first = candidates.min(axis=0)
    happened = np.isfinite(first)
    months = np.where(happened, first, last_months.to_numpy(float))
    cause = np.where(happened, candidates.argmin(axis=0) + 1, 0)
    return pd.DataFrame({"patient_id": cohort.patients["patient_id"], "months": months, "cause": cause})


def best_changes(evidence: tuple[Evidence, Evidence], name: str, categories: pd.DataFrame) -> pd.DataFrame:
    """Largest fall of a quantity from baseline on this line of therapy, in percent (a fall is negative).

    Parameters
    ----------
    evidence : pair of Evidence
    name : str
        Such as ``dflc`` or ``iflc``.
    categories : DataFrame
        One criterion, one row per patient in the cohort's order.

    Returns
    -------
    DataFrame
        ``patient_id, base, best, change, category``: patients with a positive baseline and a later value.
    """
    follow_up, at_baseline = evidence
    now = getattr(follow_up.now, name)
    rows = now.known & follow_up.before_next_line
    best = np.full(follow_up.n_patients, np.inf)
    np.minimum.at(best, follow_up.patient[rows], now.high[rows])
    base = getattr(at_baseline.base, name).high
    frame = categories[["patient_id", "category"]].assign(base=base, best=best)
    chosen: pd.DataFrame = frame.loc[np.isfinite(frame["best"]) & (frame["base"] > 0)]
    return chosen.assign(change=(chosen["best"] / chosen["base"] - 1) * 100).reset_index(drop=True)


def changed(first: pd.DataFrame, second: pd.DataFrame) -> pd.DataFrame:
    """Patients whose category differs between two criteria, with both reasons.

    Returns
    -------
    DataFrame
        ``patient_id, first, second, first_reason, second_reason``.
    """
    both = pd.DataFrame(
        {
            "patient_id": first["patient_id"].to_numpy(),
            "first": first["category"].to_numpy(),
            "second": second["category"].to_numpy(),
            "first_reason": first["reason"].to_numpy(),
            "second_reason": second["reason"].to_numpy(),
        }
    )
    return both[both["first"] != both["second"]].reset_index(drop=True)


def moves(changes: pd.DataFrame) -> pd.DataFrame:
    """How many patients moved from which category to which: ``first, second, n``, commonest first."""
    if changes.empty:
        return pd.DataFrame({"first": [], "second": [], "n": []})
    counts = changes.groupby(["first", "second"], sort=True).size().rename("n").reset_index()
    return counts.sort_values("n", ascending=False, kind="stable").reset_index(drop=True)


def rates_by_criteria(parts: Sequence[pd.DataFrame], confidence: float) -> pd.DataFrame:
    """Rates of several criteria on both denominators.

    Parameters
    ----------
    parts : sequence of DataFrame
        One criterion each, one row per patient.
    confidence : float
        Level of the limits.

    Returns
    -------
    DataFrame
        ``criteria`` and the columns of `response_rates`.
    """
    rates = [
        response_rates(part, confidence).assign(criteria=str(part["criteria"].iloc[0])) for part in parts
    ]
    return pd.concat(rates, ignore_index=True)


def landmark_rates(parts: Mapping[str, pd.DataFrame], confidence: float) -> pd.DataFrame:
    """Complete and overall response of everybody treated, with exact limits.

    Parameters
    ----------
    parts : Mapping
        Words, such as a landmark, to the categories that held by then.
    confidence : float
        Level of the limits.

    Returns
    -------
    DataFrame
        ``group, label, count, n, estimate, lower, upper``.
    """
    rows = []
    for words, part in parts.items():
        for name, chosen in (("CR", ["CR"]), ("Any response", list(RESPONDING))):
            count = int(part["category"].isin(chosen).sum())
            limits = stats.proportion(count, len(part), confidence=confidence).iloc[0]
            rows.append({"group": words, "label": name, "count": count, "n": len(part), **limits.to_dict()})
    return pd.DataFrame(rows)


def dflc_courses(visits: pd.DataFrame, categories: pd.DataFrame) -> pd.DataFrame:
    """Visits with the patient's best category, for small multiples: ``patient_id, month, dflc, category``."""
    best = dict(zip(categories["patient_id"], categories["category"], strict=True))
    frame = visits[["month", "dflc"]].assign(patient_id=visits["patient_id"].astype(str))
    return frame.assign(category=frame["patient_id"].map(best)).dropna(subset=["dflc"]).reset_index(drop=True)


def why(categories: pd.DataFrame, patient: str) -> pd.DataFrame:
    """Every criterion of one patient with its reason.

    Parameters
    ----------
    categories : DataFrame
        From `amyloid.adjudication.response.adjudicate`, with reasons.
    patient : str
        The patient's id.

    Returns
    -------
    DataFrame
        ``domain, criteria, category, reason``.

    Raises
    ------
    KeyError
        If nobody has this id; the message names the nearest.
    """
    from difflib import get_close_matches

    rows = categories[categories["patient_id"] == patient]
    if rows.empty:
        near = get_close_matches(patient, list(dict.fromkeys(categories["patient_id"])), 1)
        raise KeyError(f"no patient {patient!r}" + (f"; did you mean {near[0]!r}?" if near else ""))
    return rows[["domain", "criteria", "category", "reason"]].reset_index(drop=True)


def first_grades(first_months: pd.DataFrame) -> pd.DataFrame:
    """First visit of each grade as rows; a grade passed over on the way to a better one at once is left out.

    Parameters
    ----------
    first_months : DataFrame
        From `amyloid.adjudication.response.first_months`: ``patient_id`` and a column per grade, best first.

    Returns
    -------
    DataFrame
        ``patient_id, category, month``.
    """
    grades = [column for column in first_months.columns if column != "patient_id"]
    parts = []
    for place, grade in enumerate(grades):
        better = (
            first_months[grades[:place]].min(axis=1) if place else pd.Series(np.inf, index=first_months.index)
        )
        own = first_months[first_months[grade] < better.fillna(np.inf)]
        parts.append(pd.DataFrame({"patient_id": own["patient_id"], "category": grade, "month": own[grade]}))
    return pd.concat(parts, ignore_index=True)


def compared_with(criteria: str) -> str:
    """Definition to set beside another: ISA 2012, the consensus in use; Gertz 2005 for that itself."""
    return "gertz-2005" if criteria == "isa-2012" else "isa-2012"
