"""The kidney: courses, three definitions of response, complete responders one by one, renal survival."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import pandas as pd

from amyloid import stats
from amyloid.adjudication.criteria import keys_of, label
from amyloid.adjudication.criteria.renal import function_worse_2005
from amyloid.adjudication.labs import Evidence, first_event, gather_evidence
from amyloid.adjudication.response import adjudicate
from amyloid.cohort import Cohort
from amyloid.questions.curves import records
from amyloid.questions.hematology import RESPONDING

RENAL_NAMES: Final[Mapping[str, str]] = {key: label(key) for key in keys_of("renal_response")}
SIGNIFICANT_PROTEINURIA: Final = 0.5
"""g/24h; the abstract says "significant", consensus says more than this (Gertz 2005)."""

RESOLVED: Final = 0.2
"""g/24h; at or below it proteinuria is called resolved (the graded definition's complete response)."""

OUTCOMES: Final = ("resolved", "improved by half or more", "not improved by half")
CREATININE_RISE: Final = 25.0
"""Percent; a rise of so much takes a renal response away (Gertz 2005)."""

RENAL_CAUSES: Final[Mapping[int, str]] = {1: "renal progression", 2: "death before it"}


def paired_proteinuria(
    cohort: Cohort, evidence: tuple[Evidence, Evidence], hematologic: pd.DataFrame, renal: pd.DataFrame
) -> pd.DataFrame:
    """Proteinuria of the complete responders with significant proteinuria, before and at its best.

    Parameters
    ----------
    cohort : Cohort
    evidence : pair of Evidence
    hematologic, renal : DataFrame
        Best hematologic response, and renal response by Gertz 2005; one row per patient in the cohort's
        order.

    Returns
    -------
    DataFrame
        ``patient_id, before, after, fall, outcome``, proteinuria in g/24h, ``fall`` as a share. ``after``
        is the lowest value on this line of therapy while creatinine had not risen by 25 %, or of all where it
        always had. ``outcome`` is one of `OUTCOMES`: resolved (at most 0.2 g/24h), response of Gertz 2005, or
        neither.
    """
    follow_up, at_baseline = evidence
    now = follow_up.now.urine_protein
    rows = now.known & follow_up.before_next_line
    kept = rows & ~function_worse_2005(follow_up).surely
    lowest, best = (np.full(follow_up.n_patients, np.inf) for _ in range(2))
    np.minimum.at(lowest, follow_up.patient[rows], now.high[rows])
    np.minimum.at(best, follow_up.patient[kept], now.high[kept])
    best = np.where(np.isfinite(best), best, lowest)
    before = at_baseline.base.urine_protein.high
    frame = pd.DataFrame({"patient_id": cohort.patients["patient_id"], "before": before, "after": best})
    chosen = (hematologic["category"] == "CR").to_numpy() & (before > SIGNIFICANT_PROTEINURIA)
    improved = (renal["category"] == "response").to_numpy()
    frame["outcome"] = np.select([improved & (best <= RESOLVED), improved], OUTCOMES[:2], OUTCOMES[2])
    frame["fall"] = 1 - frame["after"] / frame["before"]
    result: pd.DataFrame = frame.loc[chosen & np.isfinite(best)].reset_index(drop=True)
    return result


def depth_against_renal(hematologic: pd.DataFrame, renal: pd.DataFrame, confidence: float) -> pd.DataFrame:
    """Renal response by depth of the hematologic response, with exact limits.

    Parameters
    ----------
    hematologic, renal : DataFrame
        One criterion each, one row per patient in the cohort's order.
    confidence : float
        Level of the limits.

    Returns
    -------
    DataFrame
        ``label, count, n, estimate, lower, upper``: of the patients judged by both, those with a renal
        response, for each hematologic category that occurs.
    """
    both = pd.DataFrame({"depth": hematologic["category"].to_numpy(), "renal": renal["category"].to_numpy()})
    both = both[(both["depth"] != "NE") & (both["renal"] != "NE")]
    rows = []
    for depth in [name for name in ("CR", "VGPR", "PR", "MR", "NR") if name in set(both["depth"])]:
        part = both[both["depth"] == depth]["renal"]
        count = int(part.isin(RESPONDING).sum())
        limits = stats.proportion(count, len(part), confidence=confidence).iloc[0]
        rows.append({"label": depth, "count": count, "n": len(part), **limits.to_dict()})
    return pd.DataFrame(rows, columns=["label", "count", "n", "estimate", "lower", "upper"])


def depth_tiles(hematologic: pd.DataFrame, renal: pd.DataFrame, rates: pd.DataFrame) -> pd.DataFrame:
    """Counts of hematologic by renal category as tiles, with each column's share written above it."""
    both = pd.DataFrame({"across": hematologic["category"].to_numpy(), "up": renal["category"].to_numpy()})
    both = both[(both["across"] != "NE") & (both["up"] != "NE")]
    if both.empty:
        return pd.DataFrame({"across": [], "up": [], "n": [], "text": []})
    counts = both.groupby(["across", "up"], sort=True).size().rename("n").reset_index()
    share = {row.label: f"{row.count:,} of {row.n:,}" for row in records(rates)}
    return counts.assign(text=counts["across"].map(share))


def renal_survival(cohort: Cohort, progression: pd.DataFrame, last_months: pd.Series) -> pd.DataFrame:
    """Time to renal progression with death competing, in the patients who can be judged.

    Returns
    -------
    DataFrame
        ``patient_id, months, cause``: 1 progression (eGFR or dialysis), 2 death, 0 neither.
    """
    judged = (progression["category"] != "NE").to_numpy()
    reached = progression["month"].fillna(np.inf).to_numpy(float)
    death = first_event(cohort, "death")
    first = np.minimum(reached, death)
    happened = np.isfinite(first)
    months = np.where(happened, first, last_months.to_numpy(float))
    cause = np.where(~happened, 0, np.where(reached <= death, 1, 2))
    frame = pd.DataFrame({"patient_id": cohort.patients["patient_id"], "months": months, "cause": cause})
    return frame[judged].reset_index(drop=True)


def creatinine_rises(evidence: tuple[Evidence, Evidence], cohort: Cohort) -> pd.DataFrame:
    """Highest creatinine while on lenalidomide against baseline, in percent.

    Returns
    -------
    DataFrame
        ``patient_id, base, highest, change, category``; creatinine in mg/dL. ``category`` says whether it
        rose by a quarter. Patients with a baseline and a value on treatment.
    """
    follow_up, at_baseline = evidence
    now = follow_up.now.creatinine
    rows = now.known & follow_up.under_imid
    highest = np.full(follow_up.n_patients, -np.inf)
    np.maximum.at(highest, follow_up.patient[rows], now.low[rows])
    base = at_baseline.base.creatinine.low
    frame = pd.DataFrame({"patient_id": cohort.patients["patient_id"], "base": base, "highest": highest})
    known: pd.DataFrame = frame.loc[np.isfinite(highest) & (base > 0)]
    change = (known["highest"] / known["base"] - 1) * 100
    risen = change >= CREATININE_RISE - 1e-7
    category = np.where(risen, "rise of 25% or more", "rise by less than 25%")
    return known.assign(change=change, category=category).reset_index(drop=True)


def renal_courses(visits: pd.DataFrame, renal: pd.DataFrame, value: str) -> pd.DataFrame:
    """Visits with a value of the patients whose renal response can be judged, with that response."""
    visits = visits[visits[value].notna()]
    response = dict(zip(renal["patient_id"], renal["category"], strict=True))
    frame = visits.assign(
        patient_id=visits["patient_id"].astype(str), response=visits["patient_id"].astype(str).map(response)
    )
    return frame[frame["response"] != "NE"].reset_index(drop=True)


def kidney_failures(cohort: Cohort) -> int:
    """Patients who began dialysis or received a kidney after the first dose."""
    return int(np.isfinite(first_event(cohort, "dialysis", "kidney_transplant", after=0.0)).sum())


def progression_by_equation(cohort: Cohort) -> tuple[int, int, int]:
    """Renal progression by CKD-EPI 2009, by CKD-EPI 2021, and in how many it can be judged."""
    found = []
    for equation in ("ckd-epi-2009", "ckd-epi-2021"):
        evidence = gather_evidence(cohort, equation=equation)
        found.append(
            adjudicate(evidence, [("renal_progression", "palladini-2014")], with_reasons=False)["category"]
        )
    first, second = (int((part == "progression").sum()) for part in found)
    return first, second, int((found[0] != "NE").sum())


def in_common_words(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Several renal definitions as one frame; the graded NR reads ``no response`` as in the others."""
    frame = pd.concat(parts, ignore_index=True)
    return frame.assign(category=frame["category"].replace({"NR": "no response"}))
