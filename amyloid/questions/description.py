"""Who is in the cohort: the way to the evaluable, Table 1, organs, stages, earlier therapy, doses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
import pandas as pd

from amyloid.adjudication.labs import Evidence, first_event
from amyloid.cohort import Cohort
from amyloid.cohort.schema import ORGANS, PRIOR
from amyloid.questions import names

OFF_DRUG: Final = "off drug"
EARLY_MONTHS: Final = 3.0
"""Who died or left before this month without a sample is counted as such in the flow."""

ORGAN_NAMES: Final[Mapping[str, str]] = {organ: organ.replace("_", " ").capitalize() for organ in ORGANS}
PRIOR_NAMES: Final[Mapping[str, str]] = names("prior")
STAGES: Final[Mapping[tuple[str, str], str]] = {
    (domain, key): name for domain, systems in names("stages").items() for key, name in systems.items()
}
FLOW_REASONS: Final = (
    f"died before month {EARLY_MONTHS:g}, no sample on treatment",
    f"withdrew before month {EARLY_MONTHS:g}, no sample on treatment",
    "no sample on treatment, other reason",
    "nothing measurable at baseline",
    "sampled, but not decidable",
)


def flow(cohort: Cohort, response: pd.DataFrame) -> pd.DataFrame:
    """Boxes from enrolled to evaluable, with the reason of everybody who leaves; empty boxes are kept.

    Parameters
    ----------
    cohort : Cohort
    response : DataFrame
        Best hematologic response, one row per patient in the cohort's order, with reasons.

    Returns
    -------
    DataFrame
        ``level, text, n, kind`` as `amyloid.show.plots.flow` draws it.
    """
    rows = [(0, text, n, "main") for text, n in group_sizes(cohort).items()]
    top = 1 if rows else 0
    rows.append((top, "Patients treated", len(response), "main"))
    reasons = why_not_evaluable(cohort, response)
    rows += [(top, text, int((reasons == text).sum()), "reason") for text in FLOW_REASONS]
    rows.append((top + 1, "Evaluable for hematologic response", int((reasons == "").sum()), "main"))
    return pd.DataFrame(rows, columns=["level", "text", "n", "kind"])


def group_sizes(cohort: Cohort) -> dict[str, int]:
    """Patients by group, largest first, who has none last; empty when no group is recorded."""
    groups = recorded_groups(cohort)
    counts = by_size(groups)
    sizes = {f"{str(name)[:1].upper()}{str(name)[1:]} patients": int(n) for name, n in counts.items()}
    lost = int(groups.isna().sum())
    return sizes | {"Patients without a recorded group": lost} if sizes and lost else sizes


def by_size(names: pd.Series) -> pd.Series:
    """How often each name stands, the commonest first, of equals by the alphabet."""
    return names.value_counts().sort_index().sort_values(ascending=False, kind="stable")


def recorded_groups(cohort: Cohort) -> pd.Series:
    """Group of each patient; names that differ by case alone are one, spelled as in most of its patients."""
    names = cohort.patients["group"].astype("string").str.strip()
    common = {str(name).casefold(): str(name) for name in reversed(by_size(names).index)}
    return names.str.casefold().map(common).astype(object)


def why_not_evaluable(cohort: Cohort, response: pd.DataFrame) -> pd.Series:
    """One of `FLOW_REASONS` per patient; empty for the evaluable."""
    unsampled = (response["reason_code"] == "no-sample").to_numpy()
    unmeasurable = response["reason_code"].isin(["baseline", "no-clone"]).to_numpy()
    died = first_event(cohort, "death") < EARLY_MONTHS
    left = first_event(cohort, "withdrawal") < EARLY_MONTHS
    not_evaluable = (response["category"] == "NE").to_numpy()
    chosen = np.select(
        [~not_evaluable, unmeasurable, unsampled & died, unsampled & left, unsampled],
        ["", FLOW_REASONS[3], *FLOW_REASONS[:3]],
        FLOW_REASONS[4],
    )
    return pd.Series(chosen, index=response.index)


def traits(
    cohort: Cohort, at_baseline: Evidence, stages: pd.DataFrame
) -> tuple[pd.DataFrame, dict[str, str]]:
    """Columns of Table 1 beside ``patient_id``, one row per patient, and their names in order.

    A trait that is recorded in nobody has no name.

    Parameters
    ----------
    cohort : Cohort
    at_baseline : Evidence
    stages : DataFrame
        Categories of `STAGES`; ``NE`` becomes missing.
    """
    table = cohort.patients[["patient_id", "age", "sex", "light_chain", *ORGANS, *PRIOR]].copy()
    table["organs"] = organ_counts(cohort).astype("float64")
    for column in BASELINE:
        quantity = at_baseline.baseline(column)
        table[column] = np.where(np.isfinite(quantity.high), quantity.high, quantity.low)
    for domain, key in STAGES:
        rows = stages[(stages["domain"] == domain) & (stages["criteria"] == key)]
        staged = rows["category"].astype(object)
        table[f"{domain} {key}"] = staged.where(staged != "NE").to_numpy()
    return table, {column: name for column, name in TRAITS.items() if table[column].notna().any()}


BASELINE: Final[Mapping[str, str]] = names("baseline")
TRAITS: Final[Mapping[str, str]] = {
    "age": "Age, years",
    "sex": "Sex",
    "light_chain": "Light chain",
    **{organ: f"{name} involved" for organ, name in ORGAN_NAMES.items()},
    **{column: f"Earlier therapy: {name}" for column, name in PRIOR_NAMES.items()},
    "organs": "Organ systems involved",
    **BASELINE,
    **{f"{domain} {key}": name for (domain, key), name in STAGES.items()},
}
"""Column to its name, in the order of Table 1."""


def organ_counts(cohort: Cohort) -> pd.Series:
    """How many organ systems are recorded as involved; missing where no organ was recorded."""
    recorded = cohort.patients[list(ORGANS)]
    counts = recorded.fillna(False).astype(bool).sum(axis=1).astype("Int64")
    return counts.mask(recorded.isna().all(axis=1))


def untreated(cohort: Cohort) -> pd.Series:
    """Nobody of the earlier therapies was given; missing where one is not recorded and none is yes."""
    recorded = cohort.patients[list(PRIOR)]
    some = recorded.fillna(False).astype(bool).any(axis=1)
    return (~some).astype("boolean").mask(~some & recorded.isna().any(axis=1))


def doses_of(cohort: Cohort, drug: str) -> pd.DataFrame:
    """Intervals of one drug, without the missing doses."""
    taken = cohort.treatments
    return taken[(taken["drug"].astype(str).str.casefold() == drug.casefold()) & taken["dose_mg"].notna()]


def tolerated_doses(cohort: Cohort, last_months: pd.Series, drug: str) -> pd.DataFrame:
    """Dose of a drug at the start, and the one tolerated: held longest once the dose was adjusted.

    Parameters
    ----------
    cohort : Cohort
    last_months : Series, one per patient
        Month of death or last contact: the end of an interval that has none.
    drug : str

    Returns
    -------
    DataFrame
        ``patient_id, first_dose, days_per_cycle, tolerated`` (mg): patients with a dose of it. Of
        doses held equally long, the lower one.
    """
    doses = doses_of(cohort, drug)
    doses = doses.assign(patient_id=doses["patient_id"].astype(object))
    place = pd.Series(pd.factorize(doses["patient_id"])[0], index=doses.index, name="place")
    end_of = pd.Series(last_months.to_numpy(), index=cohort.patients["patient_id"].astype(object))
    end = doses["end_month"].fillna(doses["patient_id"].map(end_of))
    held = doses.assign(place=place, held=end - doses["start_month"])
    held = held.sort_values(["place", "start_month"], kind="stable")
    first = held.drop_duplicates("place").rename(columns={"dose_mg": "first_dose"})
    adjusted = held["dose_mg"] != held["place"].map(first.set_index("place")["first_dose"])
    counts = adjusted.groupby(held["place"]).cummax() | ~adjusted.groupby(held["place"]).transform("any")
    total = held[counts].groupby(["place", "dose_mg"])["held"].sum().reset_index()
    longest = total.sort_values(["place", "held"], ascending=[True, False], kind="stable")
    tolerated = longest.drop_duplicates("place").set_index("place")["dose_mg"]
    found = first.assign(tolerated=first["place"].map(tolerated)).reset_index(drop=True)
    return found[["patient_id", "first_dose", "days_per_cycle", "tolerated"]]


def drugs(cohort: Cohort, last_months: pd.Series) -> pd.DataFrame:
    """Every drug, the one given to most patients first.

    Returns
    -------
    DataFrame
        ``drug, patients, first, tolerated`` (median dose in mg; NaN where none is recorded), ``begun``
        (median month of the first dose).
    """
    taken = cohort.treatments.assign(drug=cohort.treatments["drug"].astype(str))
    rows = []
    for drug, own in taken[cohort.treatments["drug"].notna()].groupby("drug", sort=True):
        held = tolerated_doses(cohort, last_months, str(drug))
        begun = own.groupby("patient_id", observed=True)["start_month"].min().dropna().median()
        median = held[["first_dose", "tolerated"]].median()
        rows.append((drug, own["patient_id"].nunique(), median.iloc[0], median.iloc[1], begun))
    frame = pd.DataFrame(rows, columns=["drug", "patients", "first", "tolerated", "begun"])
    return frame.sort_values("patients", ascending=False, kind="stable").reset_index(drop=True)


def drugs_in_words(frame: pd.DataFrame) -> pd.DataFrame:
    """The drugs as text, for a table."""
    return pd.DataFrame(
        {
            "drug": frame["drug"],
            "Patients": [f"{n:,}" for n in frame["patients"]],
            "First dose, median mg": [_dose(value) for value in frame["first"]],
            "Tolerated dose, median mg": [_dose(value) for value in frame["tolerated"]],
            "Begun at month, median": [f"{value:.1f}" for value in frame["begun"]],
        }
    )


def _dose(value: float) -> str:
    return "not recorded" if np.isnan(value) else f"{value:,.4g}"


def dose_shares(
    treatments: pd.DataFrame, follow_up: pd.DataFrame, drug: str = "lenalidomide"
) -> pd.DataFrame:
    """Count the patients by the dose they took for most of each month, among those followed into it.

    Parameters
    ----------
    treatments : DataFrame
        `patient_id, drug, start_month, end_month, dose_mg`; a missing end means still on it.
    follow_up : DataFrame
        `patient_id, months`: how long each patient was followed.
    drug : str
        Which drug.

    Returns
    -------
    DataFrame
        `month, dose` (text, "off drug" among them), `dose_mg`, `patients`, `followed`.
    """
    own = treatments[treatments["drug"].astype(str).str.casefold() == drug.casefold()]
    length = follow_up.dropna(subset="months").reset_index(drop=True)
    lanes = dict(zip(length["patient_id"].astype(str), length.index, strict=True))
    own = own.assign(lane=own["patient_id"].astype(str).map(lanes)).dropna(subset="lane")
    own = own.assign(followed=own["lane"].map(length["months"]))
    if own.empty:
        return pd.DataFrame(columns=["month", "dose", "dose_mg", "patients", "followed"])
    levels = sorted(own["dose_mg"].dropna().unique())
    level = np.where(own["dose_mg"].isna(), len(levels), np.searchsorted(levels, own["dose_mg"]))
    months = int(length["months"].max()) + 1
    counts = np.zeros((months, len(levels) + 1), dtype=int)
    on = _main_doses(own.assign(level=level))
    np.add.at(counts, (on["month"], on["level"]), 1)
    rows: list[tuple[int, str, float, int, int]] = []
    for month in range(months):
        here = int((length["months"] >= month).sum())
        *given, unknown = counts[month].tolist()
        taken = list(zip(levels, given, strict=True))[::-1]
        rows += [(month, f"{dose:g} mg", dose, n, here) for dose, n in taken]
        rows.append((month, "dose not given", np.nan, unknown, here))
        rows.append((month, OFF_DRUG, 0.0, here - sum(given) - unknown, here))
    found = pd.DataFrame(rows, columns=["month", "dose", "dose_mg", "patients", "followed"])
    used = found.groupby("dose")["patients"].transform("sum") > 0
    return found[used].reset_index(drop=True)


def _main_doses(own: pd.DataFrame) -> pd.DataFrame:
    """Dose level of each patient for most of each month begun in follow-up: `month, lane, level`.

    Patients off the drug in a month have no row. Of levels taken equally long, the lower one.
    """
    start, end = own["start_month"].to_numpy(float), own["end_month"].fillna(np.inf).to_numpy(float)
    last = np.floor(np.minimum(end, own["followed"].to_numpy(float)))
    first = np.floor(np.maximum(start, 0.0))
    spans = np.where(np.isnan(start), 0, np.maximum(last - first + 1, 0)).astype(int)
    row = np.repeat(np.arange(len(own)), spans)
    month = first[row] + np.arange(len(row)) - np.repeat(np.cumsum(spans) - spans, spans)
    overlap = np.minimum(end[row], month + 1) - np.maximum(start[row], month)
    on = own[["lane", "level"]].iloc[row].assign(month=month.astype(int), overlap=overlap)
    spent = on[overlap > 0].groupby(["month", "lane", "level"], sort=True)["overlap"].sum().reset_index()
    most: pd.DataFrame = spent.sort_values("overlap", ascending=False, kind="stable")
    return most.drop_duplicates(["month", "lane"])
