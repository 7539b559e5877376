"""Notebook 01, who was treated: what its sentences name; the frames are those of `description`."""

from __future__ import annotations

from typing import Any, Final

import pandas as pd

from amyloid.adjudication.criteria import CRITERIA, label
from amyloid.questions.curves import records
from amyloid.questions.description import (
    FLOW_REASONS,
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
from amyloid.questions.words import becomes
from amyloid.show.page import counted, result
from amyloid.show.tables import text

QUESTIONS = {
    f"{domain}_{question}": (organ, question.capitalize())
    for domain, organ in (
        ("hematologic", "Clone"), ("renal", "Kidney"), ("cardiac", "Heart"), ("hepatic", "Liver"),
    )
    for question in ("response", "progression", "depth", "stage")
}  # fmt: skip
QUESTIONS |= {
    f"involvement_{organ}": (organ.capitalize(), "Involvement") for organ in ("heart", "kidney", "liver")
}
"""Organ and question of each domain, in words."""
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
    words = judged["domain"].map(QUESTIONS)
    return judged.assign(organ=words.str[0], question=words.str[1], version=judged["criteria"].map(label))


def _judged(study: Study, pairs: list[tuple[str, str]]) -> pd.DataFrame:
    parts = []
    for domain, key in pairs:
        found = study.judge(domain, key, reasons=False)[["patient_id", "category"]]
        parts.append(found.astype({"category": object}).assign(domain=domain, criteria=key))
    return pd.concat(parts, ignore_index=True)[["patient_id", "domain", "criteria", "category"]]


def decisions(
    study: Study, boxes: pd.DataFrame, tolerated: pd.DataFrame, follow_up: pd.DataFrame
) -> pd.DataFrame:
    """Choices of this notebook, with what the alternatives give: ``choice, alternative, effect``."""
    observed, alive = follow_up["months"].median(), follow_up.loc[follow_up["event"] == 1, "months"]
    counts = organ_counts(study.cohort).dropna()
    two, three = (text.count(int((counts >= least).sum()), len(counts)) for least in (2, 3))
    evaluable = int(boxes.loc[boxes["kind"] == "main", "n"].iloc[-1])
    rows = [
        (
            "Median follow-up of everybody, deaths included, beside reverse Kaplan-Meier",
            "Median of the living only",
            becomes(text.months(observed), text.months(alive.median())) if len(alive) else "nobody is alive",
        ),
        ("Multi-organ: two or more recorded organ systems", "Three or more", becomes(two, three)),
        (
            "Evaluable: something measurable, and a sample on treatment",
            "Everybody treated",
            f"denominator {becomes(f'{evaluable:,}', f'{study.n:,}')}",
        ),
    ]
    if len(tolerated):
        last = doses_of(study.cohort, study.drugs[0]).groupby("patient_id", observed=True)["dose_mg"].last()
        choice = "Tolerated dose: held longest once the first dose was changed"
        first, then = (f"{doses.median():g} mg" for doses in (tolerated["tolerated"], last))
        effect = f"median {becomes(first, then)}"
        rows.append((choice, "The last dose given", effect))
    return pd.DataFrame(rows, columns=["choice", "alternative", "effect"])


# -- what the sentences name --------------------------------------------------------------------------------


def tell_flow(study: Study, boxes: pd.DataFrame) -> dict[str, Any]:
    """How many are evaluable, and why the others are not."""
    main, reasons = (boxes[boxes["kind"] == kind].set_index("text")["n"] for kind in ("main", "reason"))
    n, evaluable = int(main["Patients treated"]), int(main.iloc[-1])
    groups = study.cohort.patients["group"].astype("string").str.lower()
    numbers = [result("patients", "patients analyzed", n, n, n, unit="patients")]
    for group, words in (("original", "in the original series"), ("extension", "added since")):
        count = int((groups == group).sum())
        if count:
            numbers.append(result(f"group.{group}", f"patients {words}", count, count, n, unit="patients"))
    what = "evaluable for hematologic response"
    numbers.append(result("evaluable", what, evaluable, evaluable, n, unit="patients"))
    for place, name in enumerate(FLOW_REASONS, start=1):
        lost = int(reasons[name])
        numbers.append(result(f"left_out.{place}", f"left out: {name}", lost, lost, n, unit="patients"))
    why = [f"{name}, {count:,}" for name, count in reasons.items() if count]
    return {"n": n, "evaluable": evaluable, "lost": n - evaluable, "why": why, "results": numbers}


def tell_answer(study: Study, boxes: pd.DataFrame, reverse: pd.DataFrame) -> dict[str, Any]:
    """The same as under the flow chart, which keeps the numbers, with age and follow-up."""
    age = study.cohort.patients["age"].dropna()
    told = {"age": age.median() if len(age) else None, "reverse": next(records(reverse))}
    return {**tell_flow(study, boxes), **told, "results": ()}


def tell_table_one(study: Study, names: dict[str, str], groups: Groups, refused: str) -> dict[str, Any]:
    """Age, sex and isotype, by what the table is divided, and what it leaves out."""
    unknown = [name for column, name in TRAITS.items() if column not in names]
    return {**_people(study), "groups": groups, "refused": refused, "unknown": unknown}


def _people(study: Study) -> dict[str, Any]:
    patients = study.cohort.patients
    age, sex, chain = (patients[name].dropna() for name in ("age", "sex", "light_chain"))
    male, lambda_ = int((sex == "male").sum()), int((chain == "lambda").sum())
    numbers = [
        *(
            result(f"age.{id}", f"{what}, years", value, unit="years")
            for id, what, value in (
                ("median", "median age", age.median()),
                ("youngest", "youngest patient", age.min()),
                ("oldest", "oldest patient", age.max()),
            )
        ),
        *counted("male", "male", male, len(sex)),
        *counted("lambda", "lambda isotype", lambda_, len(chain)),
    ]
    return {
        "age": age.median() if len(age) else None,
        "ages": age.tolist(),
        "male": male,
        "sex": len(sex),
        "lambda_": lambda_,
        "chain": len(chain),
        "results": numbers,
    }


def tell_organs(study: Study, read: pd.DataFrame) -> dict[str, Any]:
    """Recorded organ involvement, and what the values say as counts: a share would be of those judged."""
    patients = study.cohort.patients
    counts, heart = organ_counts(study.cohort).dropna(), patients["heart"].dropna()
    several = int((counts >= 2).sum())
    numbers = [
        *counted("organs.several", "two or more organ systems", several, len(counts)),
        *counted("organs.heart", "heart involved", int(heart.sum()), len(heart)),
    ]
    for organ, name in ORGAN_NAMES.items():
        if organ != "heart":
            flags = patients[organ].dropna()
            numbers += counted(f"organs.{organ}", f"{name} involved", int(flags.sum()), len(flags))
    return {
        "known": len(counts),
        "several": several,
        "heart": int(heart.sum()),
        "heart_known": len(heart),
        "values": list(records(read.reindex(columns=["yes", "no", "NE"], fill_value=0))),
        "results": numbers,
    }


def tell_stages(study: Study, counts: pd.DataFrame) -> dict[str, Any]:
    """In how many each staging system can be read."""
    staged = {name: study.n - int(counts["NE"][name]) for name in STAGES.values()}
    numbers = [
        number
        for (domain, key), name in STAGES.items()
        for number in counted(f"stage.{domain}.{key}", f"{name}: can be staged", staged[name], study.n)
    ]
    return {"staged": list(staged.items()), "results": numbers}


def tell_prior_therapy(study: Study, rates: pd.DataFrame) -> dict[str, Any]:
    """Earlier therapy, of the patients with an answer."""
    none = untreated(study.cohort).dropna()
    numbers = [
        number
        for place, row in enumerate(records(rates), start=1)
        for number in counted(f"prior.{place}", f"earlier therapy: {row.label}", row.count, row.n)
    ]
    numbers += counted("prior.none", "no earlier therapy", int(none.sum()), len(none))
    most = next(records(rates.sort_values("count", ascending=False, kind="stable")))
    return {"most": most, "without": int(none.sum()), "known": len(none), "results": numbers}


def tell_drugs(study: Study, frame: pd.DataFrame) -> dict[str, Any]:
    """Which drugs were given, to how many."""
    return {"rows": list(records(frame.head(6))), "more": max(0, len(frame) - 6)}


def tell_doses(study: Study, tolerated: pd.DataFrame) -> dict[str, Any]:
    """The main drug at the start and as tolerated."""
    if tolerated.empty:
        return {"n": 0, "drug": study.drugs[0] if study.drugs else ""}
    drug, days = study.drugs[0], tolerated["days_per_cycle"].dropna()
    first, held = float(tolerated["first_dose"].median()), float(tolerated["tolerated"].median())
    lowered, n = int((tolerated["tolerated"] < tolerated["first_dose"]).sum()), len(tolerated)
    unit = "mg/day" if len(days) and days.median() >= DAILY else "mg"
    numbers = [
        result("dose.start", f"{drug} starting dose, median, {unit}", first, unit=unit),
        result("dose.tolerated", f"median tolerated {drug} dose, {unit}", held, unit=unit),
        *counted("dose.lowered", "tolerated less than the starting dose", lowered, n),
    ]
    if len(days):
        cycle = float(days.median())
        numbers.append(result("dose.days", f"{drug} days per cycle, median", cycle))
    return {
        "drug": drug,
        "n": n,
        "first": first,
        "held": held,
        "unit": unit,
        "days": float(days.median()) if len(days) else None,
        "lowered": lowered,
        "results": numbers,
    }


def tell_follow_up(study: Study, follow_up: pd.DataFrame, found: pd.DataFrame) -> dict[str, Any]:
    """Follow-up both ways."""
    dead, reverse = int((follow_up["event"] == 0).sum()), next(records(found))
    observed = float(follow_up["months"].median())
    what = "median follow-up by reverse Kaplan-Meier, months"
    numbers = [
        result("follow_up.observed", "median observed follow-up, months", observed, unit="months"),
        result("follow_up.reverse", what, reverse.median, unit="months"),
        result("follow_up.reverse.lower", "its lower limit, months", reverse.lower, unit="months"),
        result("follow_up.reverse.upper", "its upper limit, months", reverse.upper, unit="months"),
        *counted("deaths", "deaths", dead, len(follow_up)),
    ]
    return {"n": len(follow_up), "dead": dead, "observed": observed, "reverse": reverse, "results": numbers}


def tell_availability(study: Study, judged: pd.Series) -> dict[str, Any]:
    """Which criterion can be judged in how many."""
    rows = list(records(judged.rename("n").reset_index()))
    numbers = [
        result(f"judged.{row.domain}.{row.criteria}",
               f"can be judged: {row.domain.replace('_', ' ')}, {row.criteria}", row.n, row.n, study.n,
               unit="patients")
        for row in rows
    ]  # fmt: skip
    return {
        "criteria": len(rows),
        "always": sum(row.n == study.n for row in rows),
        "never": [f"{row.domain.replace('_', ' ')} {row.criteria}" for row in rows if not row.n],
        "columns": COLUMNS,
        "results": numbers,
    }


def tell_audit(study: Study, sentences: list[str], together: list[int]) -> dict[str, Any]:
    """Which denominators can carry the abstract's percentages."""
    numbers = [
        result(f"audit.evaluable.{place}", "denominator that carries the printed response rates", n)
        for place, n in enumerate(together, start=1)
    ]
    first, *others = (sentence.replace(" %", "%") for sentence in sentences)
    return {"first": first, "others": others, "results": numbers}


def tell_results(
    study: Study, boxes: pd.DataFrame, tolerated: pd.DataFrame, follow_up: pd.DataFrame, reverse: pd.DataFrame
) -> dict[str, Any]:
    """Flow, age, sex, heart, dose and follow-up in one paragraph; their numbers are kept above."""
    flow, doses, heart = tell_flow(study, boxes), tell_doses(study, tolerated), study.cohort.patients["heart"]
    told = {**flow, **_people(study), "heart": int(heart.sum()), "heart_known": int(heart.notna().sum())}
    follow = {"observed": follow_up["months"].median(), "reverse": next(records(reverse))}
    return {**told, **follow, "dose": doses, "results": ()}
