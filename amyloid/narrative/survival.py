"""What notebook 04 says: how long patients lived, and whether response goes with it."""

from __future__ import annotations

import math

import pandas as pd

from amyloid.narrative.durability import median_numbers, median_words
from amyloid.narrative.phrases import (
    P_VALUE_EVENTS,
    counted,
    hazard_ratio,
    level,
    limits,
    listed,
    months,
    number,
    p_value,
    percent,
    percent_limits,
    plain,
    share,
)
from amyloid.narrative.reading import Number, Reading, counted_number

FEW = 10
"""Curves turn gray where fewer than this many are at risk."""


def overall(frame: pd.DataFrame, medians: pd.DataFrame, synthetic: bool, confidence: float) -> Reading:
    """Survival of everybody."""
    deaths, n = int(frame["event"].sum()), len(frame)
    caption = (
        f"All {counted(n, 'patient')}, {counted(deaths, 'death')}, from the first dose to death or last contact. Kaplan-Meier with pointwise "
        f"{level(confidence)} on the log-log scale; gray where fewer than {FEW} are at risk."
    )
    if deaths:
        text = f"**Median survival is {median_words(medians, confidence)}**, after {counted(deaths, 'death')} in {counted(n, 'patient')}."
    else:
        text = f"**Nobody of {counted(n, 'patient')} died**, so there is no median and no hazard to estimate."
    if synthetic:
        text += " The abstract shows a curve and prints no death count: in the reconstruction all deaths but one, and all their times, are assumptions."
    numbers = (
        Number("patients", "patients in the survival curve", n, n, n, "C38"),
        *counted_number("os.deaths", "deaths", deaths, n),
        *median_numbers("os", "overall survival", medians),
    )
    return Reading("overall", "Overall survival from the first dose", caption, text, numbers)


def milestones(at: pd.DataFrame, confidence: float) -> Reading:
    """Survival at fixed months."""
    known = at[at["survival"].notna()]
    parts = [
        f"{percent(float(row.survival))} at {row.time:g} months ({percent_limits(float(row.lower), float(row.upper), confidence)}; {int(row.at_risk)} at risk)"
        for row in known.itertuples()
    ]
    beyond = [f"{row.time:g}" for row in at[at["survival"].isna()].itertuples()]
    text = f"Alive: {listed(parts)}." if parts else "Nobody was followed to the first of these months."
    text += f" Nobody was followed to month {listed(beyond, 'or')}, so nothing is said about it." if beyond else ""
    numbers = tuple(
        Number(f"os.at.{row.time:g}", f"alive at month {row.time:g}, %", 100 * float(row.survival), int(row.at_risk)) for row in at.itertuples()
    )
    return Reading("milestones", "Survival at fixed months", "Estimates with few at risk are marked; they move a long way with one death.", text, numbers)


def deaths(causes: list[str], synthetic: bool) -> Reading:
    """Causes of death, and which of them are assumptions."""
    counts = pd.Series([cause for cause in causes if cause]).value_counts(sort=False).sort_values(ascending=False, kind="stable")
    words = listed(f"{plain(cause)} in {n}" for cause, n in counts.items())
    text = f"Causes: {words}." if words else "There is no death to give a cause for."
    if synthetic:
        text += " Of these the abstract prints one: a complete responder who died of cardiac allograft rejection. The others are drawn from an assumed distribution (`data/README.md`)."
    return Reading("deaths", "Causes of death", "", text)


def naive_and_landmark(frame: pd.DataFrame, later: pd.DataFrame, landmark: float) -> Reading:
    """The wrong curves beside the right ones."""
    ever, entered = frame["group"].value_counts(), later["group"].value_counts()
    early = int((frame["months"] <= landmark).sum())
    early_deaths = int(((frame["months"] <= landmark) & (frame["event"] == 1)).sum())
    caption = (
        f"Left: grouped by whether a patient ever responded ({ever.get('response', 0)} of {len(frame)}), time from the first dose. Right: patients followed "
        f"past month {landmark:g} ({len(later)}), grouped by response until then ({entered.get('response', 0)}), time from the landmark. Kaplan-Meier, log-log limits."
    )
    late = int(ever.get("response", 0)) - int(((frame["response_month"] <= landmark)).sum())
    text = (
        "**The left panel is wrong.** A responder has to live long enough to respond: that stretch of certain survival is credited to the response "
        f"(immortal time), and everybody who dies early is put into the other group. The right panel starts the clock at month {landmark:g}: "
        f"{early} {'patient' if early == 1 else 'patients'} who died ({early_deaths}) or left by then are out, and {late} who responded later "
        f"{'counts' if late == 1 else 'count'} as without response."
    )
    numbers = (
        *counted_number("response.ever", "ever responded", int(ever.get("response", 0)), len(frame)),
        *counted_number("landmark.responders", f"responded by month {landmark:g}, of those followed past it", int(entered.get("response", 0)), len(later)),
    )
    return Reading("landmark", "Responders against others: wrong from day 0, right from the landmark", caption, text, numbers)


def hazards(frame: pd.DataFrame, confidence: float) -> Reading:
    """Naive, landmark and time-dependent hazard ratios."""
    parts, numbers = [], []
    for name, row in zip(("naive", "landmark", "time_dependent"), frame.itertuples(), strict=True):
        words = str(row.note) if row.note else f"{hazard_ratio(row, confidence)}, {p_value(float(row.p), int(row.events))}"
        parts.append(f"{name.replace('_', '-')}: {words}")
        numbers += [
            Number(f"response.{name}.hr", f"hazard ratio of death, responders over others, {name.replace('_', '-')}", float(row.hazard_ratio), int(row.events), int(row.n)),
            Number(f"response.{name}.hr.lower", "its lower limit", float(row.lower)),
            Number(f"response.{name}.hr.upper", "its upper limit", float(row.upper)),
        ]
        if row.events >= P_VALUE_EVENTS:
            numbers.append(Number(f"response.{name}.p", "its p-value (log-rank or Mantel-Byar)", float(row.p)))
    text = f"{'; '.join(parts)[:1].upper()}{'; '.join(parts)[1:]}. " + _difference(frame)
    caption = (
        f"Cox regression (Efron ties), Wald {level(confidence)}. p: log-rank, and Mantel-Byar for the time-dependent row; left out below {P_VALUE_EVENTS} events."
    )
    return Reading("hazards", "Hazard of death, responders over others, three ways", caption, text, tuple(numbers))


def _difference(frame: pd.DataFrame) -> str:
    naive, last = float(frame["hazard_ratio"].iloc[0]), float(frame["hazard_ratio"].iloc[-1])
    if not (0 < naive < math.inf and 0 < last < math.inf):
        return "Where a ratio is missing, the reason stands in its place."
    if naive < last:
        return (
            f"The naive ratio of {number(naive, 2)} becomes {number(last, 2)} once a responder counts as one only from the response on: that difference is "
            "immortal time, not treatment effect. Association is not cause: who responds may be who would have lived longer."
        )
    return "Here the naive ratio is not the smaller one, which happens by chance in small cohorts; it is still the wrong one."


def hazard_table(frame: pd.DataFrame, confidence: float) -> pd.DataFrame:
    """Three comparisons as text: ``label``, deaths, ratio with limits, p-value."""
    rows = []
    for row in frame.itertuples():
        ratio = str(row.note) if row.note else hazard_ratio(row, confidence)
        p = "" if row.note else p_value(float(row.p), int(row.events))
        rows.append({"label": row.label, "Deaths": f"{row.events} of {row.n}", "Result": ratio, "Test": p})
    return pd.DataFrame(rows)


def forest() -> Reading:
    """Head of the forest of the three comparisons."""
    return Reading(
        "forest",
        "Responders against others: the naive ratio and the two that hold",
        "Squares: the analyses that may be used. Ratios below one: fewer deaths among responders.",
    )


def log_log(curve: pd.DataFrame) -> Reading:
    """Log-log curves by cardiac involvement."""
    groups = curve["group"].nunique()
    text = (
        "Parallel lines speak for proportional hazards; crossing lines against them."
        if groups > 1
        else "There are no two groups by cardiac involvement, so there is nothing to compare."
    )
    return Reading("log_log", "Are the hazards proportional? By cardiac involvement", "Log of minus log survival against the log of time.", text)


def forest_rows(frame: pd.DataFrame) -> pd.DataFrame:
    """Hazard ratios as `amyloid.plots.forest` draws them; a ratio without an end is not drawn."""
    rows = frame.rename(columns={"hazard_ratio": "estimate"})[["label", "estimate", "lower", "upper", "events", "note"]].copy()
    unbounded = ~rows["estimate"].between(1e-6, 1e6)
    rows.loc[unbounded, ["estimate", "lower", "upper"]] = math.nan
    rows["text"] = [note or f"{events} deaths" for note, events in zip(rows["note"], rows["events"], strict=True)]
    rows["marked"] = [False, True, True][: len(rows)] + [False] * max(0, len(rows) - 3)
    return rows.drop(columns=["events", "note"])


def by_stage(curve: pd.DataFrame, medians: pd.DataFrame, p: float, staged: pd.DataFrame, system: str) -> Reading:
    """Survival by stage."""
    title = f"Survival by {system}"
    n, known = len(staged), int(staged["stage"].notna().sum())
    deaths_ = int(staged[staged["stage"].notna()]["event"].sum())
    caption = f"{known} of {n} patients can be staged. Kaplan-Meier, log-log limits; numbers are small, and the stages were made for diagnosis."
    if curve.empty:
        return Reading("stage", title, caption, "No patient can be staged from the baseline values, so there is no curve by stage.")
    parts = [f"stage {row.group} {months(float(row.median))}" for row in medians.itertuples()]
    text = f"Median survival: {listed(parts)}. " + (f"Log-rank over the stages: {p_value(p, deaths_)}." if len(parts) > 1 else "With one stage there is nothing to compare.")
    numbers = [Number(f"os.stage.{row.group}.median", f"median survival, stage {row.group}, months", float(row.median)) for row in medians.itertuples()]
    if deaths_ >= P_VALUE_EVENTS:
        numbers.append(Number("os.stage.p", "log-rank over the stages, p", p))
    return Reading("stage", title, caption, text, tuple(numbers))


def covariates(frame: pd.DataFrame, confidence: float) -> Reading:
    """Baseline covariates one at a time, and whether their hazards are proportional."""
    parts = []
    numbers: list[Number] = []
    for i, row in enumerate(frame.itertuples()):
        words = str(row.note) if row.note else hazard_ratio(row, confidence)
        parts.append(f"{str(row.label)[:1].lower()}{str(row.label)[1:]}: {words}")
        numbers.append(Number(f"covariate.{i + 1}.hr", f"hazard ratio, {row.label}", float(row.hazard_ratio), int(row.events), int(row.n)))
        if row.events >= P_VALUE_EVENTS:
            numbers.append(Number(f"covariate.{i + 1}.p_proportional", f"test of proportional hazards, {row.label}, p", float(row.p_proportional)))
    tested = [row for row in frame.itertuples() if row.p_proportional == row.p_proportional and row.events >= P_VALUE_EVENTS]
    odd = [f"{str(row.label)[:1].lower()}{str(row.label)[1:]}" for row in tested if row.p_proportional < 0.05]
    text = "One at a time, not adjusted for each other: " + "; ".join(parts) + ". "
    if tested:
        text += (
            f"Proportional hazards (score test of Grambsch and Therneau) {'are in doubt for ' + listed(odd) if odd else 'are not contradicted'}; with few deaths the test sees little."
        )
    caption = f"Cox regression (Efron ties), each covariate alone, Wald {level(confidence)}; p of proportionality left out below {P_VALUE_EVENTS} events."
    return Reading("covariates", "Baseline covariates and survival", caption, text, tuple(numbers))


def covariate_rows(frame: pd.DataFrame) -> pd.DataFrame:
    """Covariates as `amyloid.plots.forest` draws them, with the p of proportionality at the right."""
    rows = forest_rows(frame)
    words = []
    for row in frame.itertuples():
        known = row.events >= P_VALUE_EVENTS and row.p_proportional == row.p_proportional
        words.append(row.note or f"{row.events} of {row.n} died" + (f"; proportional {p_value(float(row.p_proportional), int(row.events))}" if known else ""))
    return rows.assign(text=words, marked=False)


def cannot_say(frame: pd.DataFrame) -> str:
    """What so many patients cannot say."""
    deaths_, n = int(frame["event"].sum()), len(frame)
    doubled = _detectable(deaths_)
    return (
        f"**What {counted(n, 'patient')} and {counted(deaths_, 'death')} cannot say.** A rule of thumb allows one covariate for every ten deaths, so no model here holds more than "
        f"one{'' if deaths_ >= 10 else ', and even one is too many'}. {doubled} A curve's right end rests on a handful of patients."
    )


def _detectable(events: int) -> str:
    if events < 4:
        return "With so few deaths no difference between groups could be found."
    ratio = math.exp((1.959964 + 0.841621) * 2 / math.sqrt(events))
    return f"Between two equal groups, only a hazard ratio of about {number(ratio, 1)} or more would be found with 80% power (Schoenfeld 1981)."


def methods(landmark: float, confidence: float) -> str:
    """Methods paragraph."""
    return (
        f"**Methods.** Overall survival runs from the first dose to death from any cause and is censored at the last contact. Curves are Kaplan-Meier with {level(confidence)} on "
        f"the log-log scale; medians follow Brookmeyer and Crowley. Responders were compared with others from a landmark at month {landmark:g} (Anderson 1983) by log-rank test, and "
        "with response as a time-dependent covariate in a Cox model (Efron ties) with the Mantel-Byar test. A comparison from the first dose is shown only as an error. "
        f"No p-value is printed below {P_VALUE_EVENTS} events."
    )


def results(frame: pd.DataFrame, medians: pd.DataFrame, at: pd.DataFrame, compared: pd.DataFrame, confidence: float) -> str:
    """Results paragraph."""
    deaths_ = int(frame["event"].sum())
    text = f"**Results.** {counted(deaths_, 'patient')} of {len(frame)} died. "
    if deaths_:
        text += f"Median survival was {median_words(medians, confidence)}. "
    text += milestones(at, confidence).text.split(" Nobody was")[0] + " "
    last = compared.iloc[-1]
    if last["note"]:
        return text + f"Responders could not be compared with the others: {last['note']}."
    row = next(compared.iloc[[-1]].itertuples())
    return text + f"With response as a time-dependent covariate, {hazard_ratio(row, confidence)}, {p_value(float(last['p']), int(last['events']))} (Mantel-Byar)."


def decisions(intervals: dict[str, pd.DataFrame], by_landmark: dict[float, pd.DataFrame], confidence: float) -> list[tuple[str, str, str]]:
    """Choices of this notebook, with what the alternatives give."""
    words = {name: limits(float(m["lower"].iloc[0]), float(m["upper"].iloc[0]), confidence) for name, m in intervals.items()}
    rows = [("Limits on the log-log scale", f"{name} scale", f"median survival: {words['log-log']} becomes {words[name]}") for name in ("log", "plain")]
    for month, found in by_landmark.items():
        row = next(found.iloc[[1]].itertuples())
        value = str(row.note) or f"{hazard_ratio(row, confidence)} with {row.events} deaths"
        rows.append(("Landmark as the parameter says", f"Landmark at month {month:g}", value))
    return rows

