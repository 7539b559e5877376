"""What notebook 04 says: how long patients lived, and whether response goes with it."""

from __future__ import annotations

import math

import pandas as pd

from amyloid.questions.comparison import landmark_hazard
from amyloid.questions.curves import SCALES, medians, records, survival_curve
from amyloid.questions.narrative.durability import median_numbers, median_words
from amyloid.questions.narrative.phrases import (
    FEW,
    P_VALUE_EVENTS,
    counted,
    hazard_ratio,
    level,
    limits,
    listed,
    number,
    p_value,
    percent,
    percent_limits,
    plain,
    some,
)
from amyloid.questions.narrative.reading import Number, Reading, counted_number, drawn


@drawn(few=FEW)
def overall(frame: pd.DataFrame, medians: pd.DataFrame, synthetic: bool, confidence: float) -> Reading:
    """Survival of everybody."""
    deaths, n = int(frame["event"].sum()), len(frame)
    caption = (
        f"All {counted(n, 'patient')}, {counted(deaths, 'death')}, from the first dose to death or last "
        f"contact. Kaplan-Meier with pointwise "
        f"{level(confidence)} on the log-log scale; gray where fewer than {FEW} are at risk."
    )
    if deaths:
        text = (
            f"**Median survival is {median_words(medians, confidence)}**, after "
            f"{counted(deaths, 'death')} in {counted(n, 'patient')}."
        )
    else:
        text = f"**Nobody of {counted(n, 'patient')} died**, so there is no median and no hazard to estimate."
    if synthetic:
        text += (
            " The abstract shows a curve and prints no death count: in the reconstruction all deaths "
            "but one, and all their times, are assumptions."
        )
    numbers = (
        Number("patients", "patients in the survival curve", n, n, n, "C38"),
        *counted_number("os.deaths", "deaths", deaths, n),
        *median_numbers("os", "overall survival", medians),
    )
    title = "Overall survival from the first dose"
    return Reading("overall", title, caption, text, numbers, options={"medians": medians})


def milestones(at: pd.DataFrame, medians: pd.DataFrame, confidence: float) -> Reading:
    """Survival at fixed months."""
    known = at[at["survival"].notna()]
    parts = [
        f"{percent(float(row.survival))} at {row.time:g} months "
        f"({percent_limits(float(row.lower), float(row.upper), confidence)}; {int(row.at_risk):,} at risk)"
        for row in records(known)
    ]
    beyond = [f"{row.time:g}" for row in records(at[at["survival"].isna()])]
    text = f"Alive: {listed(parts)}." if parts else "Nobody was followed to the first of these months."
    text += (
        f" Nobody was followed to month {listed(beyond, 'or')}, so nothing is said about it."
        if beyond
        else ""
    )
    numbers = tuple(
        Number(
            f"os.at.{row.time:g}",
            f"alive at month {row.time:g}, %",
            100 * float(row.survival),
            int(row.at_risk),
        )
        for row in records(at)
    )
    return Reading(
        "milestones",
        "Survival at fixed months",
        "Estimates with few at risk are marked; they move a long way with one death.",
        text,
        numbers,
        options={"medians": medians, "few": FEW, "interval": f"{level(confidence)}, log-log"},
    )


def deaths(causes: list[str], synthetic: bool) -> Reading:
    """Causes of death, and which of them are assumptions."""
    counts = (
        pd.Series([cause for cause in causes if cause])
        .value_counts(sort=False)
        .sort_values(ascending=False, kind="stable")
    )
    words = some([f"{plain(cause)} in {n:,}" for cause, n in counts.items()])
    text = f"Causes: {words}." if words else "There is no death to give a cause for."
    if synthetic:
        text += (
            " Of these the abstract prints one: a complete responder who died of cardiac allograft "
            "rejection. The others are drawn from an assumed distribution (`data/README.md`)."
        )
    return Reading("deaths", "Causes of death", "", text)


def cannot_say(frame: pd.DataFrame) -> str:
    """What so many patients cannot say."""
    deaths_, n = int(frame["event"].sum()), len(frame)
    doubled = _detectable(deaths_)
    return (
        f"**What {counted(n, 'patient')} and {counted(deaths_, 'death')} cannot say.** A rule of thumb "
        f"allows one covariate for every ten deaths{_covariates(deaths_)}. {doubled} A curve's right end "
        f"rests on a handful of patients."
    )


def _covariates(deaths: int) -> str:
    if deaths >= 20:
        return f": {deaths // 10:,} here. The models of this page hold one each and adjust for nothing else"
    return f", so no model here holds more than one{'' if deaths >= 10 else ', and even one is too many'}"


def _detectable(events: int) -> str:
    if events < 4:
        return "With so few deaths no difference between groups could be found."
    ratio = math.exp((1.959964 + 0.841621) * 2 / math.sqrt(events))
    words = number(ratio, 1 if ratio >= 1.2 else 2)
    return (
        f"Between two equal groups, only a hazard ratio of about {words} or more would be "
        f"found with 80% power (Schoenfeld 1981)."
    )


def methods(landmark: float, confidence: float) -> str:
    """Methods paragraph."""
    return (
        f"**Methods.** Overall survival runs from the first dose to death from any cause and is censored "
        f"at the last contact. Curves are Kaplan-Meier with {level(confidence)} on "
        f"the log-log scale; medians follow Brookmeyer and Crowley. Responders were compared with others "
        f"from a landmark at month {landmark:g} (Anderson 1983) by log-rank test, and "
        "with response as a time-dependent covariate in a Cox model (Efron ties) with the Mantel-Byar "
        "test. A comparison from the first dose is shown only as an error. "
        f"No p-value is printed below {P_VALUE_EVENTS} events."
    )


def results(
    frame: pd.DataFrame, found: pd.DataFrame, at: pd.DataFrame, compared: pd.DataFrame, confidence: float
) -> str:
    """Results paragraph."""
    deaths_ = int(frame["event"].sum())
    text = f"**Results.** {counted(deaths_, 'patient')} of {len(frame):,} died. "
    if deaths_:
        text += f"Median survival was {median_words(found, confidence)}. "
    text += milestones(at, found, confidence).text.split(" Nobody was")[0] + " "
    last = compared.iloc[-1]
    if last["note"]:
        return text + f"Responders could not be compared with the others: {last['note']}."
    row = next(records(compared.iloc[[-1]]))
    return (
        text + f"With response as a time-dependent covariate, {hazard_ratio(row, confidence)}, "
        f"{p_value(float(last['p']), int(last['events']))} (Mantel-Byar)."
    )


def decisions(
    survival: pd.DataFrame, groups: pd.DataFrame, landmark: float, confidence: float
) -> list[tuple[str, str, str]]:
    """Choices of this notebook, with what the alternatives give.

    Parameters
    ----------
    survival : DataFrame
        Overall survival.
    groups : DataFrame
        From `amyloid.questions.comparison.by_response`.
    landmark : float
        Months, as the parameter says.
    confidence : float
        Level of the limits.
    """
    found = {scale: medians(survival_curve(survival, None, confidence, scale)).iloc[0] for scale in SCALES}
    words = {
        scale: limits(float(row["lower"]), float(row["upper"]), confidence) for scale, row in found.items()
    }
    first, *others = SCALES
    rows = [
        (
            f"Limits on the {first} scale",
            f"{scale} scale",
            f"median survival: {words[first]} becomes {words[scale]}",
        )
        for scale in others
    ]
    here = _landmark_words(landmark_hazard(groups, landmark, confidence), confidence)
    for month in (3, 6, 12):
        if month != landmark:
            there = _landmark_words(landmark_hazard(groups, month, confidence), confidence)
            rows.append(
                (f"Landmark at month {landmark:g}", f"Landmark at month {month}", f"{here} becomes {there}")
            )
    return rows


def _landmark_words(found: pd.DataFrame, confidence: float) -> str:
    row = next(records(found))
    return str(row.note) or f"{hazard_ratio(row, confidence)} with {counted(int(row.events), 'death')}"
