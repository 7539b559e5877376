"""Invented aggregates input for the tests of sharing: a cohort's frames from a seed."""

import numpy as np
import pandas as pd

GRADES = ("CR", "PR", "MR", "NR", "NE")
DOMAINS = {
    ("hematologic_response", "boston-2007"): GRADES,
    ("renal_response", "gertz-2005"): ("response", "no response", "NE"),
    ("cardiac_response", "isa-2012"): ("response", "no response", "NE"),
    ("cardiac_stage", "mayo-2004-european"): ("I", "II", "IIIa", "IIIb", "NE"),
    ("renal_stage", "palladini-2014"): ("I", "II", "III", "NE"),
}
ORGANS = ["heart", "kidney", "liver", "nerve", "gastrointestinal", "lung", "soft_tissue"]
PRIOR = ["prior_melphalan", "prior_transplant", "prior_thalidomide", "prior_bortezomib"]
YES_NO = [*ORGANS, *PRIOR]
KNOWN = DOMAINS
PARAMETERS = {
    "min_cell": 11,
    "confidence": 0.95,
    "hematologic_criteria": "boston-2007",
    "renal_criteria": "gertz-2005",
    "compare_by": "group",
}


def identifiers(n, prefix="ZQX-"):
    return [f"{prefix}{i:03d}" for i in range(1, n + 1)]


def tables(seed=0, n=200, groups=()):
    """Return patients, baseline, categories and endpoints as `aggregate_contents` takes them."""
    random = np.random.default_rng(seed)
    ids = identifiers(n)
    patients = pd.DataFrame(
        {
            "patient_id": ids,
            "age": random.normal(64, 10, n).round(),
            "sex": random.choice(["female", "male"], n),
            "group": random.choice(groups, n) if groups else None,
            "light_chain": random.choice(["kappa", "lambda", None], n, p=[0.3, 0.65, 0.05]),
            **{name: pd.array(random.choice([True, False, None], n), dtype="boolean") for name in YES_NO},
        }
    )
    baseline = pd.DataFrame(
        {"patient_id": ids, "dflc": random.lognormal(5, 1, n), "creatinine": random.normal(1.2, 0.3, n)}
    )
    baseline.loc[random.random(n) < 0.3, "dflc"] = np.nan
    categories = pd.concat(
        pd.DataFrame({"patient_id": ids, "domain": d, "criteria": c, "category": random.choice(list(g), n)})
        for (d, c), g in DOMAINS.items()
    )
    names = ("overall_survival", "hematologic_pfs", "duration_of_response", "follow_up")
    endpoints = pd.concat(
        pd.DataFrame(
            {
                "patient_id": ids,
                "endpoint": name,
                "months": random.exponential(25, n).round(2) + 0.01,
                "event": random.integers(0, 2, n).astype(float),
            }
        )
        for name in names
    )
    drugs = pd.DataFrame({"patient_id": ids, "drug": random.choice(["lenalidomide", "bortezomib"], n)})
    return {
        "patients": patients,
        "baseline": baseline,
        "categories": categories,
        "endpoints": endpoints,
        "treatments": pd.concat([drugs, pd.DataFrame({"patient_id": ids, "drug": "dexamethasone"})]),
    }
