"""Notebook 07, two groups: what its cells ask for, and what its sentences (07_two_groups.md) name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import pandas as pd

from amyloid.adjudication.criteria import keys_of
from amyloid.questions import description, names
from amyloid.questions.cohort_description import stages
from amyloid.questions.curves import records
from amyloid.questions.group_response import DEPTHS, compared, yes_no
from amyloid.questions.groups import Groups
from amyloid.questions.study import Study
from amyloid.questions.words import Told, estimated
from amyloid.show import text

MONTHS: Final = (6, 12, 24, 36)
REASONED: Final = 0.05
"""Hazards are not taken as proportional below this p value."""


# -- frames -------------------------------------------------------------------------------------------------


def traits(study: Study) -> tuple[pd.DataFrame, dict[str, str]]:
    """Baseline traits of each patient, with their names."""
    return description.traits(study.cohort, study.evidence[1], stages(study))


Parts = Mapping[str, tuple[pd.DataFrame, pd.DataFrame]]
"""A question in words to its answers (``patient_id, yes``) and to what `compared` found."""


def questions(
    answers: pd.DataFrame,
    best: pd.DataFrame,
    of_all: pd.DataFrame,
    of_evaluable: pd.DataFrame,
    deep: pd.DataFrame,
) -> Parts:
    """Any response on both denominators, then the depths of all treated."""
    parts = {
        "CR, VGPR or PR, of all treated": (answers, of_all),
        "CR, VGPR or PR, of the evaluable": (answers[answers["judged"]], of_evaluable),
    }
    for name, words in (("vgpr_or_better", "CR or VGPR, of all treated"), ("cr", "CR, of all treated")):
        parts[words] = yes_no(best, DEPTHS[name]), deep[deep["outcome"] == name]
    return parts


def organ_questions(study: Study) -> Parts:
    """Heart and kidney, of those in whom each can be judged.

    The cardiac version that judges most, and the notebook's renal one.
    """
    cardiac = [study.judge("cardiac_response", key, reasons=False) for key in keys_of("cardiac_response")]
    renal = study.judge("renal_response", study.renal_criteria, reasons=False)
    most = max(cardiac, key=lambda judged: int((judged["category"] != "NE").sum()))
    parts = {}
    for words, name, judged in (("Heart", "cardiac_response", most), ("Kidney", "renal_response", renal)):
        answers = yes_no(judged[judged["category"] != "NE"])
        parts[words] = answers, compared(name, answers, study.groups, study.confidence)
    return parts


def side_by_side(parts: Parts, groups: Groups) -> pd.DataFrame:
    """Answers of each group, their difference and the test as text, one row per question."""
    rows = []
    for words, (answers, found) in parts.items() if groups.compared else ():
        sizes = groups.join(answers).groupby("group", observed=False)["yes"].agg(["sum", "count"])
        row: dict[str, str] = {"question": words}
        row |= {str(name): text.count(int(yes), int(n)) for name, yes, n in sizes.itertuples()}
        *gaps, test = records(found)
        row["difference"] = "; ".join(
            ("" if groups.two else f"{gap.group}: ")
            + (estimated(gap, 0) if gap.estimate == gap.estimate else gap.note)
            for gap in gaps
        )
        row["p"] = test.note or text.p_value(test.p)
        rows.append(row)
    return pd.DataFrame(rows, columns=["question", *map(str, groups.compared), "difference", "p"])


def in_words(effects: pd.DataFrame, groups: Groups) -> pd.DataFrame:
    """Comparisons of endpoints as text: ``outcome, measure, estimate, p, note``."""
    outcomes, measures, rows = names("outcomes"), names("measures"), []
    for row in records(effects[effects["measure"] != "rmst.tau"]):
        digits = 2 if row.measure.endswith("ratio") else 1
        estimate = estimated(row, digits, "–")
        p = text.p_value(row.p) if row.p == row.p else "–"
        name = measures[row.measure] + ("" if groups.two or not row.group else f": {row.group}")
        rows.append((outcomes.get(row.outcome, "Response"), name, estimate, p, row.note))
    return pd.DataFrame(rows, columns=["outcome", "measure", "estimate", "p", "note"])


def short(effects: pd.DataFrame, groups: Groups, confidence: float) -> str:
    """Hazard ratios as a figure carries them, a line for each group."""
    found = effects.set_index(["measure", "group"])
    lines = []
    for name in groups.others:
        crude, staged = (estimated(found.loc[SAID[key], name], 2) for key in ("crude", "staged"))
        lines.append(
            f"Hazard ratio, {name} over {groups.reference}: crude {crude};\nwithin cardiac stages {staged}"
        )
    return "\n".join([*lines, f"In brackets: {text.level(confidence)}"])


def forest_rows(found: pd.DataFrame, groups: Groups) -> pd.DataFrame:
    """Subgroups as a forest draws them, each trait headed by its interaction."""
    tests = {row.trait: row for row in records(found[found["level"] == ""])}
    rows = []
    for row in records(found[found["level"] != ""]):
        test = tests.get(row.trait)
        p = "" if test is None else f" (interaction {'not tested' if test.note else text.p_value(test.p)})"
        label = row.level + ("" if groups.two else f", {row.group}")
        said = f"{estimated(row, 2, '')}  {row.events}/{row.n}"
        rows.append((row.trait + p, label, row.estimate, row.lower, row.upper, said))
    return pd.DataFrame(rows, columns=["group", "label", "estimate", "lower", "upper", "text"])


def to_weigh(study: Study, stage: pd.DataFrame) -> pd.DataFrame:
    """What the weights are made from: ``patient_id, age, stage, organs``."""
    staged = stage["category"].astype(object)
    organs = description.organ_counts(study.cohort).astype("Float64")
    return pd.DataFrame(
        {
            "patient_id": study.patients,
            "age": study.cohort.patients["age"].astype(float),
            "stage": staged.where(staged != "NE").to_numpy(),
            "organs": organs.to_numpy(float, na_value=np.nan),
        }
    )


def as_numbers(given: pd.DataFrame) -> pd.DataFrame:
    """What `to_weigh` gives as columns of numbers named as they are shown, a column per stage."""
    levels = pd.get_dummies(given["stage"], prefix="Cardiac stage", prefix_sep=" ")
    named = given[["patient_id", "age", "organs"]].rename(columns={"age": "Age", "organs": "Organ systems"})
    return pd.concat([named, levels.where(given["stage"].notna())], axis=1)


def readings_in_words(found: pd.DataFrame, groups: Groups) -> pd.DataFrame:
    """Response differences as text: ``reading`` and a column for each group."""
    cells = [row.note or estimated(row, 1) for row in records(found)]
    wide = found.assign(cell=cells).pivot_table(
        index="outcome", columns="group", values="cell", aggfunc="first", sort=False
    )
    return wide.reindex(columns=list(groups.others)).rename_axis(columns=None).reset_index(names="reading")


# -- what the sentences name --------------------------------------------------------------------------------


SAID: Final = {
    "crude": "hazard_ratio",
    "staged": "stratified.hazard_ratio",
    "adjusted": "adjusted.hazard_ratio",
    "gained": "rmst.difference",
}


def _against(effects: pd.DataFrame, groups: Groups) -> list[dict[str, Any]]:
    """What is said of each group against the reference, for one endpoint."""
    found = {(row.measure, row.group): row for row in records(effects)}
    return [
        {"name": name} | {key: found[measure, name] for key, measure in SAID.items()}
        for name in groups.others
    ]


def tell_answer(study: Study, response: pd.DataFrame, answers: pd.DataFrame, deaths: pd.DataFrame) -> Told:
    """Response and survival of each group against the reference."""
    groups = study.groups
    if not groups.compared:
        return {"others": []}
    by_group = groups.join(answers).groupby("group", observed=False)
    sides = by_group.agg(judged=("judged", "sum"), yes=("yes", "sum"), n=("yes", "count"))
    rates = {name: text.count(int(yes), int(n)) for name, _, yes, n in sides.itertuples()}
    gaps = {row.group: row for row in records(response[response["measure"] == "difference"])}
    return {
        "others": [
            one | {"rate": rates[one["name"]], "gap": gaps[one["name"]]} for one in _against(deaths, groups)
        ],
        "rate": rates[groups.reference],
        "test": next(records(deaths[deaths["measure"] == "logrank"])),
        "unknown": sides[sides["judged"] < sides["n"]],
    }


tell_results = tell_answer


def tell_response(study: Study, parts: Parts) -> Told:
    """Response of all treated, and every comparison of it."""
    answers, _ = next(iter(parts.values()))
    inside = answers["patient_id"].map(study.groups.of)
    return {
        "sides": answers["yes"].groupby(inside, observed=False).agg(["count", "sum"]),
        "all": len(answers),
        "missing": inside.isna().sum(),
        "kept": pd.concat([found for _, found in parts.values()]),
    }


def tell_organs(study: Study, parts: Parts) -> Told:
    """Every comparison of the organs."""
    return {"kept": pd.concat([found for _, found in parts.values()])}


def tell_os(study: Study, frame: pd.DataFrame, found: pd.DataFrame, effects: pd.DataFrame) -> Told:
    """One endpoint: both sides, every ratio, and what leads."""
    center = {str(row.group): row for row in records(found)}
    sizes = frame.groupby("group", observed=False)["event"].agg(["sum", "count"])
    by = {row.measure: row for row in records(effects)}
    return {
        "sides": [(str(name), died, n, center.get(str(name))) for name, died, n in sizes.itertuples()],
        "others": _against(effects, study.groups),
        "by": by,
        "crossing": bool(by["proportional"].p < REASONED),
        "kept": effects,
    }


tell_mod_pfs = tell_hematologic_efs = tell_time_to_next_treatment = tell_os


def tell_subgroups(study: Study, found: pd.DataFrame) -> Told:
    """The tests of interaction, and which are below 5 %."""
    tests = found[found["level"] == ""]
    return {"kept": tests, "low": tests.loc[tests["p"] < REASONED, "trait"].tolist()}


def tell_tests(study: Study) -> Told:
    """How many tests the page holds."""
    kept = study.show.results
    tests = kept.loc[kept["unit"] == "p", "value"].dropna()
    return {"n": len(tests), "low": int((tests < REASONED).sum())}
