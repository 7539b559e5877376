"""Notebook 01, who was treated: what its sentences name; the frames are those of `description`."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd

from amyloid.adjudication.criteria import CRITERIA, label
from amyloid.questions.curves import records
from amyloid.questions.description import (
    ORGAN_NAMES,
    STAGES,
    TRAITS,
    doses_of,
    organ_counts,
    untreated,
)
from amyloid.questions.groups import Groups, read_groups
from amyloid.questions.parameters import PARAMETERS
from amyloid.questions.study import Study
from amyloid.questions.words import Told

ORGANS: Final = {"hematologic": "Clone", "renal": "Kidney", "cardiac": "Heart", "hepatic": "Liver"}
"""What a domain such as ``renal_response`` is about, by its first word."""
COLUMNS: Final = 150
"""Patients that the map of what can be judged shows one by one; of more it shows shares."""

DAILY: Final = 14
"""A drug given on so many days of a cycle has a dose a day."""

LEVELS: Final = ("I", "II", "III", "IIIa", "IIIb", "IV", "NE")


def involvement(study: Study) -> pd.DataFrame:
    """Involvement read from the values: ``organ, patient_id, category``."""
    pairs = {(f"involvement_{organ}", "consensus-2010"): organ for organ in ORGAN_NAMES}
    found = _judged(study, [pair for pair in pairs if pair in CRITERIA])
    return found.assign(organ=found["domain"].map({domain: organ for (domain, _), organ in pairs.items()}))


def stages(study: Study) -> pd.DataFrame:
    """Every staging system of `STAGES`: ``patient_id, domain, criteria, category, system`` (its name)."""
    found = _judged(study, list(STAGES))
    names = [STAGES[pair] for pair in zip(found["domain"], found["criteria"], strict=True)]
    system = pd.Categorical(names, list(STAGES.values()))
    return found.assign(system=system, category=pd.Categorical(found["category"], LEVELS))


def grouping(study: Study) -> tuple[Groups, str]:
    """Groups of Table 1, and why there are none where the names of the default column cannot be compared.

    Raises
    ------
    ValueError
        For a column that the reader chose and that cannot be used.
    """
    try:
        return study.groups, ""
    except ValueError as error:
        if study.compare_by != PARAMETERS["compare_by"].default:
            raise
        return read_groups(study.cohort.patients, "none"), str(error)


def everything(study: Study) -> pd.DataFrame:
    """Every criterion in every patient: ``domain, criteria, patient_id, category``, and both in words.

    ``organ, question, version`` are the words: the map of what can be judged is grouped by organ.
    """
    judged = _judged(study, list(CRITERIA))
    words = {"organ": {}, "question": {}, "version": {key: label(key) for _, key in CRITERIA}}
    for domain, _ in CRITERIA:
        first, second = domain.split("_")[:2]  # involvement_heart begins with the question
        words["organ"][domain] = ORGANS.get(first, second.capitalize())
        words["question"][domain] = (second if first in ORGANS else first).capitalize()
    of = {"organ": "domain", "question": "domain", "version": "criteria"}
    return judged.assign(**{name: judged[of[name]].map(said) for name, said in words.items()})


def _judged(study: Study, pairs: list[tuple[str, str]]) -> pd.DataFrame:
    found = [study.judge(*pair, reasons=False)["category"].to_numpy(object) for pair in pairs]
    domain, criteria = np.repeat(np.array(pairs, dtype=object), study.n, axis=0).T
    return pd.DataFrame(
        {
            "patient_id": np.tile(study.patients.to_numpy(object), len(pairs)),
            "domain": domain,
            "criteria": criteria,
            "category": np.concatenate(found),
        }
    )


# -- what the sentences name --------------------------------------------------------------------------------


def tell_flow(study: Study, boxes: pd.DataFrame) -> Told:
    """How many are evaluable, why the others are not, and the groups that are recorded."""
    groups = study.cohort.patients["group"].astype("string").str.lower()
    return {
        "evaluable": int(boxes["n"].iloc[-1]),
        "groups": groups.value_counts().to_dict(),
        "reasons": boxes[boxes["kind"] == "reason"],
    }


def tell_answer(study: Study, boxes: pd.DataFrame, reverse: pd.DataFrame) -> Told:
    """The flow chart, age, sex and isotype."""
    return {**tell_flow(study, boxes), **_people(study)}


def tell_table_one(study: Study, names: dict[str, str], groups: Groups, refused: str) -> Told:
    """Age, sex and isotype, and what the table leaves out."""
    return {**_people(study), "unknown": [name for column, name in TRAITS.items() if column not in names]}


def _people(study: Study) -> Told:
    patients = study.cohort.patients
    age, sex, chain = (patients[name].dropna() for name in ("age", "sex", "light_chain"))
    return {
        "age": age.median() if len(age) else None,
        "ages": age,
        "male": int((sex == "male").sum()),
        "sex": len(sex),
        "lambda_": int((chain == "lambda").sum()),
        "chain": len(chain),
    }


def tell_organs(study: Study, read: pd.DataFrame) -> Told:
    """Recorded organ involvement, and what the values say as counts: a share would be of those judged."""
    flags = study.cohort.patients[list(ORGAN_NAMES)]
    return {
        "counts": organ_counts(study.cohort).dropna(),
        "yes": flags.sum(),
        "recorded": flags.notna().sum(),
        "names": ORGAN_NAMES,
        "values": read.reindex(columns=["yes", "no", "NE"], fill_value=0),
    }


def tell_stages(study: Study, counts: pd.DataFrame) -> Told:
    """In how many each staging system can be read."""
    return {"systems": [(*pair, name, study.n - int(counts["NE"][name])) for pair, name in STAGES.items()]}


def tell_prior_therapy(study: Study, rates: pd.DataFrame) -> Told:
    """Earlier therapy, of the patients with an answer."""
    most = next(records(rates.sort_values("count", ascending=False, kind="stable")))
    return {"most": most, "first": untreated(study.cohort).dropna()}


def tell_doses(study: Study, tolerated: pd.DataFrame) -> Told:
    """The main drug at the start and as tolerated."""
    days = tolerated["days_per_cycle"].dropna().median()
    return {
        "drug": study.drugs[0] if study.drugs else "",
        "n": len(tolerated),
        "first": tolerated["first_dose"].median(),
        "held": tolerated["tolerated"].median(),
        "unit": "mg/day" if days >= DAILY else "mg",
        "days": days,
    }


def tell_availability(study: Study, judged: pd.Series) -> Told:
    """Which criterion can be judged in how many."""
    rows = judged.rename("n").reset_index()
    return {"rows": rows.assign(words=rows["domain"].str.replace("_", " ")), "columns": COLUMNS}


def tell_results(
    study: Study, boxes: pd.DataFrame, tolerated: pd.DataFrame, *follow_up: pd.DataFrame
) -> Told:
    """Flow, age, sex and dose."""
    return {**tell_flow(study, boxes), **_people(study), "dose": tell_doses(study, tolerated)}


def tell_decisions(study: Study, boxes: pd.DataFrame, *others: pd.DataFrame) -> Told:
    """How many are evaluable, organ systems of each patient, and the last doses."""
    last = doses_of(study.cohort, study.drugs[0] if study.drugs else "")
    return {
        **tell_flow(study, boxes),
        "organs": organ_counts(study.cohort).dropna(),
        "last": last.groupby("patient_id", observed=True)["dose_mg"].last().dropna().median(),
    }
