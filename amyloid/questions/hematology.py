"""Hematologic response as tables: rates on both denominators, time to response, depth, criteria compared."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import pandas as pd

from amyloid import stats
from amyloid.adjudication.criteria import CRITERIA

RESPONDING: Final = ("CR", "VGPR", "PR", "response")
"""Categories that count as a response; a minor response does not."""


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
