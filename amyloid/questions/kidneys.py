"""Notebook 05, the kidneys: its frames, and what its sentences (05_renal_response.md) name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import pandas as pd

from amyloid import stats
from amyloid.adjudication.criteria import keys_of
from amyloid.adjudication.criteria.renal import function_worse_2005
from amyloid.adjudication.labs import Evidence, first_event, gather_evidence
from amyloid.adjudication.response import adjudicate
from amyloid.cohort import Cohort
from amyloid.questions.curves import by_cause, incidence_milestones, records
from amyloid.questions.study import RESPONDING, Study
from amyloid.questions.words import FEW_LISTED, Told
from amyloid.show import text

SIGNIFICANT_PROTEINURIA: Final = 0.5
"""g/24h; the abstract says "significant", consensus says more than this (Gertz 2005)."""

RESOLVED: Final = 0.2
"""g/24h; at or below it proteinuria is called resolved (the graded definition's complete response)."""

OUTCOMES: Final = ("resolved", "improved by half or more", "not improved by half")
CREATININE_RISE: Final = 25.0
"""Percent; a rise of so much takes a renal response away (Gertz 2005)."""

MONTHS: Final = (6, 12, 24)
"""Months at which renal progression is read."""

DOMAIN: Final = "renal_response"
EVERYONE: Final = "all treated"
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
        One row per patient: best hematologic response, and renal response by Gertz 2005.

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


def against_depth(crossed: pd.DataFrame, confidence: float) -> pd.DataFrame:
    """Organ response by depth of the hematologic response, with exact limits.

    Parameters
    ----------
    crossed : DataFrame
        Counts of patients: hematologic category (rows) by organ category (columns).
    confidence : float
        Level of the limits.

    Returns
    -------
    DataFrame
        ``label, count, n, estimate, lower, upper``: of the patients judged by both, those whose organ
        responded, for each hematologic category that occurs.
    """
    both = _judged_by_both(crossed)
    responded = both[[name for name in both if name in RESPONDING]].sum(axis=1)
    counts = pd.DataFrame({"count": responded, "n": both.sum(axis=1)}).astype(int)
    counts = counts.rename_axis("label").reset_index()
    if counts.empty:
        return counts.reindex(columns=["label", "count", "n", "estimate", "lower", "upper"])
    return counts.join(stats.proportion(counts["count"], counts["n"], confidence=confidence))


def _judged_by_both(crossed: pd.DataFrame) -> pd.DataFrame:
    """Without NE, and without a row or column of nobody."""
    both = crossed.rename(index=str, columns=str).drop(index="NE", columns="NE", errors="ignore")
    return both.loc[both.any(axis=1), both.any(axis=0)]


def depth_tiles(crossed: pd.DataFrame, rates: pd.DataFrame) -> pd.DataFrame:
    """Counts of `against_depth` as tiles, with each column's share written above it."""
    both = _judged_by_both(crossed).rename_axis("across").reset_index()
    counts = both.melt("across", var_name="up", value_name="n")
    said = {row.label: f"{row.count:,} of {row.n:,}" for row in records(rates)}
    tiles = counts[counts["n"] > 0].sort_values(["across", "up"], ignore_index=True)
    return tiles.assign(text=tiles["across"].map(said))


def renal_survival(study: Study, progression: pd.DataFrame) -> pd.DataFrame:
    """Time to renal progression with death competing, in the patients who can be judged.

    Returns
    -------
    DataFrame
        ``patient_id, months, cause``: 1 progression (eGFR or dialysis), 2 death, 0 neither.
    """
    times = study.first_of(progression["month"], first_event(study.cohort, "death"))
    return times[(progression["category"] != "NE").to_numpy()].reset_index(drop=True)


def creatinine_rises(study: Study) -> pd.DataFrame:
    """Highest creatinine against baseline, in percent: under an IMiD where one is given, else on this line.

    Returns
    -------
    DataFrame
        ``patient_id, base, highest, change, category``; creatinine in mg/dL. ``category`` says whether it
        rose by a quarter. Patients with a baseline and a value on treatment.
    """
    follow_up, at_baseline = study.evidence
    now = follow_up.now.creatinine
    rows = now.known & (follow_up.under_imid if study.imids else follow_up.before_next_line)
    highest = np.full(follow_up.n_patients, -np.inf)
    np.maximum.at(highest, follow_up.patient[rows], now.low[rows])
    base = at_baseline.base.creatinine.low
    frame = pd.DataFrame({"patient_id": study.patients, "base": base, "highest": highest})
    known: pd.DataFrame = frame.loc[np.isfinite(highest) & (base > 0)]
    change = (known["highest"] / known["base"] - 1) * 100
    risen = change >= CREATININE_RISE - 1e-7
    category = np.where(risen, "rise of 25% or more", "rise by less than 25%")
    return known.assign(change=change, category=category).reset_index(drop=True)


def kidney_failures(cohort: Cohort) -> int:
    """Patients who began dialysis or received a kidney after the first dose."""
    return int(np.isfinite(first_event(cohort, "dialysis", "kidney_transplant", after=0.0)).sum())


def progression_by_equation(cohort: Cohort) -> tuple[int, int, int]:
    """Renal progression by CKD-EPI 2009, by CKD-EPI 2021, and in how many it can be judged."""
    asked = [("renal_progression", "palladini-2014")]
    found = [
        adjudicate(gather_evidence(cohort, equation=equation), asked, with_reasons=False)["category"]
        for equation in ("ckd-epi-2009", "ckd-epi-2021")
    ]
    first, second = (int((part == "progression").sum()) for part in found)
    return first, second, int((found[0] != "NE").sum())


def in_common_words(judged: pd.DataFrame) -> pd.DataFrame:
    """Several renal definitions as one frame; the graded NR reads ``no response`` as in the others."""
    return judged.assign(category=judged["category"].replace({"NR": "no response"}))


def overall(rates: pd.DataFrame, criteria: str, denominator: str = "evaluable") -> Any:
    """Row of all renal responders together, by one definition."""
    part = rates[(rates["criteria"] == criteria) & (rates["denominator"] == denominator)]
    together = part["category"].eq("response") | part["category"].str.contains(" + ", regex=False)
    (row,) = records(part[together])
    return row


def listed(pairs: pd.DataFrame) -> pd.DataFrame:
    """Complete responders with proteinuria as text, largest fall first."""
    ordered = pairs.sort_values("fall", ascending=False, kind="stable")
    return pd.DataFrame(
        {
            "Patient": ordered["patient_id"],
            "Baseline, g/24h": [f"{value:.2f}" for value in ordered["before"]],
            "Best, g/24h": [f"{value:.2f}" for value in ordered["after"]],
            "Fall": [text.percent(float(value)) for value in ordered["fall"]],
            "Outcome": ordered["outcome"],
        }
    )


# -- what the sentences name --------------------------------------------------------------------------------


def tell_definitions(study: Study, rates: pd.DataFrame) -> Told:
    """Renal responders of the evaluable by every definition, together and by grade."""
    own = rates[rates["denominator"] == "evaluable"]
    return {"graded": [(key, overall(rates, key), own[own["criteria"] == key]) for key in keys_of(DOMAIN)]}


def tell_answer(study: Study, rates: pd.DataFrame) -> Told:
    """Renal responders by the page's own definition, and by the one that can judge most."""
    lead = study.renal_criteria
    most = max((overall(rates, key) for key in keys_of(DOMAIN)), key=lambda row: int(row.n))
    return {"row": overall(rates, lead), "all": overall(rates, lead, EVERYONE), "other": most}


def tell_paired(study: Study, pairs: pd.DataFrame, outcomes: pd.Series, complete: int) -> Told:
    """What became of the proteinuria of the complete responders."""
    resolved = pairs[pairs["outcome"] == OUTCOMES[0]].sort_values("before")
    return {
        "counts": [(name, int(outcomes.get(name, 0))) for name in OUTCOMES],
        "resolved": list(records(resolved)) if len(resolved) <= FEW_LISTED else [],
    }


def tell_renal_survival(study: Study, times: pd.DataFrame, curve: pd.DataFrame) -> Told:
    """Renal progression with death competing, and who lost the kidneys."""
    return {
        "counts": by_cause(times, RENAL_CAUSES),
        "lost": kidney_failures(study.cohort),
        "at": list(records(incidence_milestones(curve, MONTHS))),
    }


def tell_creatinine(study: Study, rises: pd.DataFrame) -> Told:
    """How often creatinine rose by a quarter and by half."""
    limits = {"quarter": CREATININE_RISE, "half": 2 * CREATININE_RISE}
    return {name: int((rises["change"] >= limit - 1e-7).sum()) for name, limit in limits.items()}


def tell_results(
    study: Study, rates: pd.DataFrame, pairs: pd.DataFrame, outcomes: pd.Series, complete: int
) -> Told:
    """Renal response and the complete responders."""
    return {**tell_answer(study, rates), **tell_paired(study, pairs, outcomes, complete)}


def tell_decisions(study: Study, rates: pd.DataFrame, pairs: pd.DataFrame) -> Told:
    """What other choices give."""
    return {
        **tell_answer(study, rates),
        "others": {key: overall(rates, key) for key in keys_of(DOMAIN) if key != study.renal_criteria},
        "progressions": progression_by_equation(study.cohort),
        "half": int((pairs["outcome"] != OUTCOMES[2]).sum()),
        "third": int((pairs["fall"] >= 0.3).sum()),
    }
