"""Notebook 07, two groups: what its cells ask for, and what its sentences (07_two_groups.md) name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np
import pandas as pd

from amyloid.adjudication.criteria import keys_of
from amyloid.questions import description
from amyloid.questions.curves import records
from amyloid.questions.group_response import DEPTHS, compared, counts, numbers, yes_no
from amyloid.questions.groups import SMALLEST, Groups
from amyloid.questions.study import Study
from amyloid.show.page import result
from amyloid.show.tables import text

MONTHS: Final = (6, 12, 24, 36)
NAMES: Final[Mapping[str, str]] = {
    "os": "Overall survival",
    "mod_pfs": "Survival without major organ deterioration or hematologic progression (MOD-PFS)",
    "hematologic_efs": "Hematologic event-free survival",
    "time_to_next_treatment": "Time to next treatment or death",
}
MEASURES: Final[Mapping[str, str]] = {
    "logrank": "Log-rank test",
    "stratified.logrank": "Log-rank test, stratified by cardiac stage",
    "hazard_ratio": "Hazard ratio, crude",
    "firth.hazard_ratio": "Hazard ratio, crude, Firth",
    "stratified.hazard_ratio": "Hazard ratio, stratified by cardiac stage",
    "stratified.firth.hazard_ratio": "Hazard ratio, stratified by cardiac stage, Firth",
    "adjusted.hazard_ratio": "Hazard ratio, adjusted for age and cardiac stage",
    "adjusted.firth.hazard_ratio": "Hazard ratio, adjusted for age and cardiac stage, Firth",
    "weighted.hazard_ratio": "Hazard ratio, weighted",
    "weighted.difference": "Response difference, weighted",
    "proportional": "Proportional hazards, score test",
    "rmst.difference": "Difference of restricted means, months",
}
"""How the tables call what is compared."""
REASONED: Final = 0.05
"""Hazards are not taken as proportional below this p value."""


# -- frames -------------------------------------------------------------------------------------------------


def traits(study: Study) -> tuple[pd.DataFrame, dict[str, str]]:
    """Baseline traits of each patient, with their names."""
    stages = pd.concat(
        study.judge(*system, reasons=False).assign(domain=system[0], criteria=system[1])
        for system in description.STAGES
    )
    return description.traits(study.cohort, study.evidence[1], stages)


def organ_responses(study: Study) -> dict[str, pd.DataFrame]:
    """Heart and kidney as `yes_no`: the cardiac version that judges most, the notebook's renal one."""
    cardiac = [study.judge("cardiac_response", key, reasons=False) for key in keys_of("cardiac_response")]
    most = max(cardiac, key=lambda judged: int((judged["category"] != "NE").sum()))
    renal = study.judge("renal_response", study.renal_criteria, reasons=False)
    return {"cardiac_response": yes_no(most), "renal_response": yes_no(renal)}


def compared_organs(
    organs: Mapping[str, pd.DataFrame], groups: Groups, confidence: float
) -> dict[str, pd.DataFrame]:
    """`compared` for each organ, of those in whom it can be judged."""
    return {name: compared(name, rows[rows["judged"]], groups, confidence) for name, rows in organs.items()}


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
    depths = {
        words: (yes_no(best, DEPTHS[name]), deep[deep["outcome"] == name])
        for name, words in (("vgpr_or_better", "CR or VGPR, of all treated"), ("cr", "CR, of all treated"))
    }
    return {
        "CR, VGPR or PR, of all treated": (answers, of_all),
        "CR, VGPR or PR, of the evaluable": (answers[answers["judged"]], of_evaluable),
        **depths,
    }


def organ_questions(organs: Mapping[str, pd.DataFrame], found: Mapping[str, pd.DataFrame]) -> Parts:
    """Heart and kidney, of those in whom each can be judged."""
    names = {"cardiac_response": "Heart", "renal_response": "Kidney"}
    return {words: (organs[name][organs[name]["judged"]], found[name]) for name, words in names.items()}


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
            + (points(gap) if gap.estimate == gap.estimate else gap.note)
            for gap in gaps
        )
        row["p"] = test.note or text.p_value(test.p)
        rows.append(row)
    return pd.DataFrame(rows, columns=["question", *map(str, groups.compared), "difference", "p"])


def points(row: Any) -> str:
    """A difference of percentages with its limits, without the level."""
    return text.estimate(row.estimate, row.lower, row.upper, digits=0)


def in_words(effects: pd.DataFrame, groups: Groups) -> pd.DataFrame:
    """Comparisons of endpoints as text: ``outcome, measure, estimate, p, note``."""
    rows = []
    for row in records(effects[effects["measure"] != "rmst.tau"]):
        digits = 2 if row.measure.endswith("ratio") else 1
        estimate = text.estimate(row.estimate, row.lower, row.upper, digits=digits, missing="–")
        p = text.p_value(row.p) if row.p == row.p else "–"
        name = MEASURES[row.measure] + ("" if groups.two or not row.group else f": {row.group}")
        rows.append((NAMES.get(row.outcome, "Response"), name, estimate, p, row.note))
    return pd.DataFrame(rows, columns=["outcome", "measure", "estimate", "p", "note"])


def short(effects: pd.DataFrame, groups: Groups, confidence: float) -> str:
    """Hazard ratios as a figure carries them, a line for each group."""
    found = effects.set_index(["measure", "group"])
    lines = []
    for name in groups.others:
        crude, staged = (_said(found.loc[m, name], 2) for m in ("hazard_ratio", "stratified.hazard_ratio"))
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
        said = (
            f"{text.estimate(row.estimate, row.lower, row.upper, digits=2, missing='')}  {row.events}/{row.n}"
        )
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
    stages = pd.get_dummies(given["stage"], prefix="Cardiac stage", prefix_sep=" ").where(
        given["stage"].notna()
    )
    named = given[["patient_id", "age", "organs"]].rename(columns={"age": "Age", "organs": "Organ systems"})
    return pd.concat([named, stages], axis=1)


def readings_in_words(found: pd.DataFrame, groups: Groups) -> pd.DataFrame:
    """Response differences as text: ``reading`` and a column for each group."""
    cells = [row.note or text.estimate(row.estimate, row.lower, row.upper) for row in records(found)]
    wide = found.assign(cell=cells).pivot_table(
        index="outcome", columns="group", values="cell", aggfunc="first", sort=False
    )
    return wide.reindex(columns=list(groups.others)).rename_axis(columns=None).reset_index(names="reading")


# -- what the sentences name --------------------------------------------------------------------------------


def _said(row: Any, digits: int) -> str:
    """An estimate with its limits, or why there is none."""
    return text.estimate(row.estimate, row.lower, row.upper, digits=digits, missing="not estimable")


def _points(row: Any, study: Study) -> str:
    """``difference 19 percentage points (95% CI 3 to 34)``."""
    limits = text.interval(row.lower, row.upper, digits=0)
    return f"{text.number(row.estimate, 0)} percentage points ({text.level(study.confidence)} {limits})"


def _against(effects: pd.DataFrame, groups: Groups) -> Iterator[dict[str, Any]]:
    """What is said of each group against the reference, for one endpoint."""
    found = {(row.measure, row.group): row for row in records(effects)}
    for name in groups.others:
        gained = found["rmst.difference", name]
        yield {
            "name": name,
            "crude": _said(found["hazard_ratio", name], 2),
            "staged": _said(found["stratified.hazard_ratio", name], 2),
            "adjusted": _said(found["adjusted.hazard_ratio", name], 2),
            "note": found["adjusted.hazard_ratio", name].note,
            "gained": _said(gained, 1),
            "few": gained.note,  # an estimate that no test may go with
        }


def tell_answer(
    study: Study, response: pd.DataFrame, answers: pd.DataFrame, deaths: pd.DataFrame
) -> dict[str, Any]:
    """Response and survival of each group against the reference."""
    if not study.groups.compared:
        return {"others": [], "smallest": SMALLEST, "not_judged": []}
    judged = study.groups.join(answers).groupby("group", observed=False)["judged"].agg(["sum", "count"])
    unknown = [(str(name), int(n - known), int(n)) for name, known, n in judged.itertuples() if known < n]
    sizes = study.groups.join(answers).groupby("group", observed=False)["yes"].agg(["sum", "count"])
    rates = {name: text.count(int(yes), int(n)) for name, yes, n in sizes.itertuples()}
    gaps = {row.group: _points(row, study) for row in records(response[response["measure"] == "difference"])}
    others = [
        one | {"rate": rates[one["name"]], "gap": gaps[one["name"]]} for one in _against(deaths, study.groups)
    ]
    test = next(records(deaths[deaths["measure"] == "logrank"]))
    return {
        "others": others,
        "rate": rates[study.groups.reference],
        "test": test,
        "few": test.note,
        "not_judged": unknown,
    }


tell_results = tell_answer


def tell_nothing(study: Study) -> dict[str, Any]:
    """Why nothing is compared, if nothing is."""
    return {"smallest": SMALLEST}


tell_end = tell_nothing


def tell_sizes(study: Study) -> dict[str, Any]:
    """Who is compared, and who is only counted."""
    return {"groups": study.groups, "missing": int(study.groups.of.isna().sum()), "smallest": SMALLEST}


def tell_response(study: Study, parts: Parts) -> dict[str, Any]:
    """Response of all treated, and everything of results.csv."""
    answers = next(iter(parts.values()))[0]
    every = pd.concat([found for _, found in parts.values()])
    rows = [*counts(answers, study.groups), *numbers(every, study.groups)]
    return {"results": rows, "fisher": next(records(every[every["measure"] == "fisher"]))}


def tell_organs(study: Study, found: Mapping[str, pd.DataFrame]) -> dict[str, Any]:
    """Rows of results.csv of the organs."""
    return {"results": [row for part in found.values() for row in numbers(part, study.groups)]}


def tell_timing(study: Study, tested: pd.DataFrame) -> dict[str, Any]:
    """Gray's test."""
    return {"gray": next(records(tested)), "results": numbers(tested, study.groups)}


def _endpoint(
    study: Study, frame: pd.DataFrame, found: pd.DataFrame, effects: pd.DataFrame
) -> dict[str, Any]:
    """One endpoint: both sides, every ratio, and what leads."""
    center = {str(row.group): row for row in records(found)}
    sizes = frame.groupby("group", observed=False)["event"].agg(["sum", "count"])
    sides = [
        {"name": str(name), "events": int(died), "n": int(n), "median": center.get(str(name))}
        for name, died, n in sizes.itertuples()
    ]
    by = {row.measure: row for row in records(effects)}
    hazards = by["proportional"]
    return {
        "name": NAMES[str(effects["outcome"].iloc[0])],
        "sides": sides,
        "others": list(_against(effects, study.groups)),
        "logrank": by["logrank"],
        "staged": by["stratified.logrank"],
        "hazards": hazards,
        "crossing": bool(hazards.p < REASONED),
        "tau": by["rmst.tau"].estimate,
        "results": numbers(effects, study.groups),
    }


tell_os = tell_mod_pfs = tell_hematologic_efs = tell_time_to_next_treatment = _endpoint


def tell_subgroups(study: Study, found: pd.DataFrame) -> dict[str, Any]:
    """How many interactions were tested, and which are below 5 %."""
    tests = found[found["level"] == ""]
    low = tests.loc[tests["p"] < REASONED, "trait"].tolist()
    n = int(tests["p"].notna().sum())
    return {"n": n, "low": low, "results": numbers(tests, study.groups)}


def tell_sensitivity(study: Study, found: pd.DataFrame) -> dict[str, Any]:
    """Smallest and largest difference over all readings, of each group."""
    spans = found.groupby("group", sort=False)["estimate"].agg(["min", "max"])
    return {"spans": [(name, low, high) for name, low, high in spans.itertuples()]}


def tell_weighted(study: Study, weights: Any, effects: pd.DataFrame) -> dict[str, Any]:
    """What the weights leave of each group, and the weighted results."""
    rows = [
        result(f"weighted.{row.group}.effective", f"{row.group}, effective patients after weighting",
               row.effective, int(row.n), unit="patients")
        for row in records(weights.sizes)
    ]  # fmt: skip
    return {"weights": weights, "sizes": list(records(weights.sizes)),
            "results": [*rows, *numbers(effects, study.groups)]}  # fmt: skip


def tell_tests(study: Study) -> dict[str, Any]:
    """How many tests the page holds, and how many a twentieth of them would be."""
    kept = study.show.results
    tests = kept[(kept["unit"] == "p") & kept["value"].notna()]
    n, low = len(tests), int((tests["value"] < REASONED).sum())
    quantity = "tests on the page"
    return {
        "n": n,
        "low": low,
        "by_chance": n / 20,
        "results": [result("tests.n", quantity, n, n, unit="tests")],
    }
