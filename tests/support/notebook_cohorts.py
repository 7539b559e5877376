"""Cohorts on which the notebooks must survive, made from the embedded one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

PROJECT = Path(__file__).parents[2]
EMBEDDED = PROJECT / "data" / "lenalidomide-2007"
BOUNDARY_SUITE = PROJECT / "tests" / "literature" / "boundary-suite"
TWO_REGIMENS = PROJECT / "data" / "two-regimens"
NOTEBOOKS = sorted((PROJECT / "notebooks").glob("0[1-5]_*.ipynb"))
"""Those that run over any cohort."""
TWO_GROUPS = PROJECT / "notebooks" / "07_two_groups.ipynb"
"""Ends early over a cohort without two groups."""
ABSTRACT = PROJECT / "notebooks" / "08_what_the_abstract_pins.ipynb"
"""About the embedded cohort alone."""
TABLES = ("patients", "labs", "treatments", "events")
ORGANS = ["heart", "kidney", "liver", "nerve", "gastrointestinal", "lung", "soft_tissue"]
ORGAN_TESTS = [
    "urine_protein",
    "creatinine",
    "egfr",
    "bnp",
    "nt_probnp",
    "troponin_i",
    "troponin_t",
    "hs_troponin_t",
    "nyha_class",
    "wall_thickness",
    "ejection_fraction",
    "alkaline_phosphatase",
    "liver_span",
]
CLONE_TESTS = [
    "kappa_flc",
    "lambda_flc",
    "serum_m_protein",
    "urine_m_protein",
    "serum_immunofixation",
    "urine_immunofixation",
]
BLURRED = ["kappa_flc", "lambda_flc", "urine_protein", "creatinine", "nt_probnp", "bnp"]
Tables = dict[str, pd.DataFrame]


def embedded() -> Tables:
    return {name: pd.read_csv(EMBEDDED / f"{name}.csv", dtype=str, keep_default_na=False) for name in TABLES}


def only(tables: Tables, patients: list[str]) -> Tables:
    return {name: table[table["patient_id"].isin(patients)].copy() for name, table in tables.items()}


def five_patients() -> Tables:
    return only(embedded(), ["LEN-01", "LEN-02", "LEN-09", "LEN-30", "LEN-34"])


def one_patient() -> Tables:
    return only(embedded(), ["LEN-09"])


def three_hundred_patients() -> Tables:
    copies = []
    for number in range(7):
        copies.append({name: table.copy() for name, table in embedded().items()})
        for table in copies[-1].values():
            table["patient_id"] += f"-{number}"
    joined = {name: pd.concat([copy[name] for copy in copies], ignore_index=True) for name in TABLES}
    return only(joined, joined["patients"]["patient_id"].tolist()[:300])


def a_registry(patients: int) -> Tables:
    """Copies of the embedded patients with times stretched and values blurred, so that few are alike."""
    rng = np.random.default_rng(patients)
    copies = -(-patients // 43)
    ids = embedded()["patients"]["patient_id"].to_numpy()
    kept = set((np.tile(ids, copies) + np.repeat([f"-{n}" for n in range(copies)], len(ids)))[:patients])
    stretch = dict(zip(sorted(kept), rng.uniform(1.0, 1.25, patients), strict=True))
    tables = embedded()
    for name, table in tables.items():
        copy = np.repeat(np.arange(copies), len(table)).astype(str)
        table = pd.concat([table] * copies, ignore_index=True)
        table["patient_id"] += "-" + pd.Series(copy)
        table = table[table["patient_id"].isin(kept)].reset_index(drop=True)
        factor = table["patient_id"].map(stretch)
        for column in table.columns.intersection(["month", "start_month", "end_month"]):
            month = pd.to_numeric(table[column], errors="coerce")
            table[column] = table[column].where(~(month > 0), (month * factor).round(2).astype(str))
        if name == "labs":
            value = pd.to_numeric(table["value"], errors="coerce")
            blurred = value.notna() & table["test"].isin(BLURRED)
            noise = np.exp(rng.normal(0, 0.03, len(table)))
            table["value"] = table["value"].where(~blurred, (value * noise).round(3).astype(str))
        tables[name] = table
    return tables


def nobody_responds() -> Tables:
    """Every later value of the clone is the patient's baseline value; immunofixation stays positive."""
    tables = embedded()
    labs = tables["labs"]
    later = pd.to_numeric(labs["month"]) > 0
    before = labs[~later].groupby(["patient_id", "test"])[["value", "unit"]].last()
    keys = pd.MultiIndex.from_frame(labs[["patient_id", "test"]])
    known = later & labs["test"].isin(CLONE_TESTS) & keys.isin(before.index)
    labs.loc[known, ["value", "unit"]] = before.reindex(keys[known]).to_numpy()
    labs.loc[later & labs["test"].str.endswith("immunofixation"), "value"] = "positive"
    return tables


def nobody_dies() -> Tables:
    tables = embedded()
    died = tables["events"]["event"] == "death"
    tables["events"].loc[died, ["event", "detail"]] = ["last_contact", ""]
    return tables


def one_isotype() -> Tables:
    tables = embedded()
    people = tables["patients"]
    return only(tables, people[people["light_chain"] == "lambda"]["patient_id"].tolist())


def no_organ_data() -> Tables:
    tables = embedded()
    tables["labs"] = tables["labs"][~tables["labs"]["test"].isin(ORGAN_TESTS)]
    tables["patients"][ORGANS] = ""
    return tables


def nothing_but_a_baseline() -> Tables:
    """Only what the tables require: no flag, no treatment, no event, no sample on treatment."""
    tables = embedded()
    tables["labs"] = tables["labs"][pd.to_numeric(tables["labs"]["month"]) <= 0]
    tables["treatments"], tables["events"] = tables["treatments"].iloc[:0], tables["events"].iloc[:0]
    tables["patients"].loc[:, list(tables["patients"].columns[4:])] = ""
    return tables


def recorded_responses() -> Tables:
    tables = embedded()
    words = ["complete response", "PR", "NR", "", "better", "MR"]
    tables["patients"]["recorded_response"] = [words[i % 6] for i in range(len(tables["patients"]))]
    return tables


VARIANTS: dict[str, Callable[[], Tables]] = {
    function.__name__: function
    for function in (
        five_patients,
        one_patient,
        three_hundred_patients,
        nobody_responds,
        nobody_dies,
        one_isotype,
        no_organ_data,
        nothing_but_a_baseline,
        recorded_responses,
    )
}
"""Cohorts made from the embedded one; another card, so that they are not the abstract's."""
