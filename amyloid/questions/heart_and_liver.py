"""Notebook 06, heart and liver: its frames, and what its sentences (06_heart_and_liver.md) name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import pandas as pd

from amyloid import stats
from amyloid.adjudication.criteria import label
from amyloid.questions import names
from amyloid.questions.curves import by_response, records
from amyloid.questions.study import RESPONDING, Study
from amyloid.questions.words import FEWEST_EVENTS, Told

PEPTIDES: Final[Mapping[str, str]] = names("peptides")


# -- frames -------------------------------------------------------------------------------------------------


def responded(judged: pd.DataFrame) -> pd.Series:
    """Whether each patient responded; missing for the not evaluable."""
    yes = judged["category"].astype(str).isin(RESPONDING).astype("boolean")
    return yes.mask(judged["category"] == "NE")


def organ_rates(judged: pd.DataFrame, confidence: float) -> pd.DataFrame:
    """Organ response by every version of `Study.judge_each`, with exact limits.

    Returns
    -------
    DataFrame
        ``criteria, label, count, n, estimate, lower, upper``: of the patients whom that version can judge.
    """
    yes = responded(judged).groupby(judged["criteria"], sort=False).agg(["sum", "count"]).astype(int)
    counts = yes.set_axis(["count", "n"], axis=1).reset_index()
    counts.insert(1, "label", counts["criteria"].map(label))
    return counts.join(stats.proportion(counts["count"], counts["n"], confidence=confidence))


def lead(rates: pd.DataFrame) -> str:
    """The version that can be judged in most patients, the first of equals: the page leads with it."""
    return str(rates.loc[rates["n"].idxmax(), "criteria"])


def peptide(study: Study) -> str:
    """The natriuretic peptide that most patients have at baseline and after it; NT-proBNP in a tie."""
    follow_up, at_baseline = study.evidence
    counts = {
        name: int((follow_up.patients_with(getattr(follow_up.now, name).known)
                   & getattr(at_baseline.base, name).known).sum())
        for name in PEPTIDES
    }  # fmt: skip
    return max(counts, key=lambda name: counts[name])


def by_cardiac_response(study: Study, judged: pd.DataFrame) -> pd.DataFrame:
    """Survival with the month of cardiac response, of those whose heart can be judged.

    Returns
    -------
    DataFrame
        As `curves.by_response`.
    """
    survival = study.endpoint("overall_survival")
    known = judged[judged["category"] != "NE"]
    month = known["month"].where(responded(known).fillna(False).astype(bool))
    own = survival[survival["patient_id"].isin(known["patient_id"])]
    return by_response(own, known["patient_id"], month)


def reasons_in_words(codes: pd.Series) -> pd.DataFrame:
    """Counts of ``reason_code`` as a table: ``reason, patients``, commonest first."""
    said = codes.rename(lambda code: names("not_evaluable").get(code, str(code).replace("-", " ")))
    counts = said.groupby(level=0, sort=False).sum().sort_values(ascending=False, kind="stable")
    return counts.rename("patients").rename_axis("reason").reset_index()


# -- what the sentences name --------------------------------------------------------------------------------


def tell_answer(study: Study, cardiac: pd.DataFrame, deterioration: pd.DataFrame) -> Told:
    """Cardiac response by the version that judges most."""
    (row,) = records(cardiac[cardiac["criteria"] == lead(cardiac)])
    return {"lead": row}


def tell_landmark(study: Study, groups: pd.DataFrame, compared: pd.DataFrame) -> Told:
    """Survival from the landmark by cardiac response: sizes, deaths, and a ratio where events allow one."""
    sizes = groups.groupby("group", observed=False)["event"].agg(["size", "sum"]) if len(groups) else groups
    enough = bool(len(sizes) and sizes["sum"].min() >= FEWEST_EVENTS)
    return {"sizes": sizes, "row": next(records(compared)), "enough": enough}


def tell_decisions(study: Study, cardiac: pd.DataFrame, hepatic: pd.DataFrame) -> Told:
    """Each organ by its leading version, and by the others."""
    organs = []
    for organ, rates in (("Heart", cardiac), ("Liver", hepatic)):
        rows = {row.criteria: row for row in records(rates)}
        organs.append((organ, rows.pop(lead(rates)), rows.values()))
    return {"organs": organs}
