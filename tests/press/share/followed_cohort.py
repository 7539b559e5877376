"""Frames of an invented cohort in which everything hangs together: responders, deaths, organs, groups."""

import numpy as np
import pandas as pd
from invented_cohort import PRIOR, YES_NO

PARAMETERS = {"min_cell": 11, "confidence": 0.95, "hematologic_criteria": "isa-2012", "compare_by": "group"}
GRADES = {
    ("hematologic_response", "isa-2012"): ("CR", "VGPR", "PR", "NR"),
    ("renal_response", "palladini-2014"): ("response", "no response"),
    ("cardiac_response", "isa-2012"): ("response", "no response"),
    ("cardiac_stage", "mayo-2004-european"): ("I", "II", "IIIa", "IIIb"),
    ("renal_stage", "palladini-2014"): ("I", "II", "III"),
}


def followed_cohort(seed, n, groups=()):
    """Return the frames that `aggregate_report` takes; by the seed some columns are full and some sparse."""
    random = np.random.default_rng(seed)
    ids = [f"K{i:05d}" for i in range(n)]
    patients = pd.DataFrame({"patient_id": ids, "age": random.normal(64, 9, n).round()})
    patients["sex"] = random.choice(["female", "male"], n)
    patients["light_chain"] = random.choice(["kappa", "lambda"], n, p=[0.2, 0.8])
    for column in YES_NO:
        shares = random.dirichlet([1.0, 2.0, random.choice([0.02, 0.5])])
        patients[column] = pd.array(random.choice([True, False, None], n, p=shares), dtype="boolean")
    for column in PRIOR:
        patients[column] = pd.array([None] * n, dtype="boolean")
    share = random.choice([0.0, 0.05])
    patients["group"] = np.where(random.random(n) < share, None, random.choice(groups, n)) if groups else None
    baseline = pd.DataFrame({"patient_id": ids})
    for name in ("dflc", "creatinine", "egfr", "nt_probnp"):
        values = random.lognormal(3, 1, n)
        baseline[name] = np.where(random.random(n) < random.choice([0, 0.03, 0.3]), np.nan, values)
    categories, responders = _categories(random, patients)
    return {
        "patients": patients,
        "baseline": baseline,
        "categories": categories,
        "endpoints": _endpoints(random, np.array(ids), responders),
        "treatments": pd.DataFrame({"patient_id": ids, "drug": "bortezomib"}).sample(
            frac=0.7, random_state=1
        ),
    }


def _categories(random, patients):
    parts = []
    for (domain, criteria), grades in GRADES.items():
        shares = random.dirichlet([1.5] * len(grades)) * (1 - (missing := random.choice([0.0, 0.05, 0.2])))
        values = random.choice([*grades, "NE"], len(patients), p=[*shares, missing])
        organ = {"cardiac_response": "heart", "renal_response": "kidney"}.get(domain)
        if organ:
            values = np.where(patients[organ].fillna(False), values, "NE")
        part = pd.DataFrame({"patient_id": patients["patient_id"], "category": values})
        parts.append(part.assign(domain=domain, criteria=criteria))
    return pd.concat(parts), np.isin(parts[0]["category"], ["CR", "VGPR", "PR"])


def _endpoints(random, ids, responders):
    n = len(ids)
    end = random.uniform(1, 80, n).round(2)
    death = random.exponential(random.choice([30, 60]), n).round(2) + 0.01
    other = random.exponential(20, n).round(2) + 0.01
    rows = {
        "overall_survival": (np.minimum(death, end), death <= end),
        "hematologic_pfs": (np.minimum(np.minimum(death, other), end), np.minimum(death, other) <= end),
        "follow_up": (end, np.ones(n)),
        "duration_of_response": (np.where(responders, np.minimum(other, end), np.nan), other <= end),
    }
    return pd.concat(
        pd.DataFrame(
            {"patient_id": ids, "endpoint": name, "months": months, "event": np.asarray(event, float)}
        )
        for name, (months, event) in rows.items()
    )
