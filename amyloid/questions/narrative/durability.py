"""What notebook 03 says: how long responses last, on and off therapy."""

from __future__ import annotations

import pandas as pd

from amyloid.questions.curves import incidence_milestones, milestones, records, survival_curve
from amyloid.questions.durability import NEXT_CAUSES, RELAPSE_CAUSES
from amyloid.questions.narrative.phrases import (
    counted,
    definition,
    incidence,
    level,
    limits,
    listed,
    months,
    percent,
)
from amyloid.questions.narrative.reading import Number, Reading, counted_number, drawn
from amyloid.questions.narrative.remissions import complete_responders

MONTHS = (6, 12, 24)
"""Months after the first response at which relapse is read."""


def median_numbers(name: str, quantity: str, medians: pd.DataFrame) -> tuple[Number, ...]:
    """Median of a curve with its limits, each under its own id."""
    if medians.empty:
        return ()
    row = medians.iloc[0]
    return (
        Number(f"{name}.median", f"median {quantity}, months", float(row["median"])),
        Number(f"{name}.median.lower", f"lower limit of the median {quantity}, months", float(row["lower"])),
        Number(f"{name}.median.upper", f"upper limit of the median {quantity}, months", float(row["upper"])),
    )


def median_words(medians: pd.DataFrame, confidence: float) -> str:
    """Median with its limits in words: ``31.2 months (95% CI 20.1 to not reached)``."""
    row = medians.iloc[0]
    return f"{months(float(row['median']))} ({limits(float(row['lower']), float(row['upper']), confidence)})"


@drawn(y_label="Still in response", x_label="Months from first response")
def duration(frame: pd.DataFrame, medians: pd.DataFrame, n: int, confidence: float) -> Reading:
    """Duration of response."""
    events = int(frame["event"].sum())
    title = "Duration of hematologic response"
    caption = (
        f"{counted(len(frame), 'responder')} of {n:,} treated, {counted(events, 'event')}. From the first "
        f"CR, VGPR or PR to progression or death; "
        f"censored at the last hematologic assessment. Kaplan-Meier, {level(confidence)} on the log-log "
        f"scale."
    )
    if frame.empty:
        return Reading("duration", title, caption, "Nobody responded, so no response has a duration.")
    text = (
        f"**The median duration of response is {median_words(medians, confidence)}**, with "
        f"{counted(events, 'event')} in {counted(len(frame), 'responder')}."
    )
    if events == 0:
        text = (
            f"No response has ended: {counted(len(frame), 'responder')}, no progression and no death. A "
            f"median cannot be given."
        )
    numbers = (
        *counted_number("dor.events", "duration of response: events", events, len(frame)),
        *median_numbers("dor", "duration of response", medians),
    )
    return Reading("duration", title, caption, text, numbers, options={"medians": medians})


@drawn(groups="endpoint", stub="what", numeric=["patients"], labels={"patients": "Patients"})
def rules(n: int) -> Reading:
    """Event and censoring rules of the durability endpoints, with how often each applied."""
    return Reading(
        "rules", "Event and censoring rules", f"{n:,} patients; not applicable: no response, so no duration.",
        "An endpoint is a start, events and censorings. Each patient's row carries the one that applied.",
    )  # fmt: skip


def rule_counts(endpoints: pd.DataFrame, names: tuple[str, ...]) -> pd.DataFrame:
    """How often each event or censoring applied: ``endpoint, what, patients``."""
    rows = endpoints[endpoints["endpoint"].isin(names)]
    what = rows["reason"].str.replace(
        r" at month -?[\d.]+|,? (counted )?from (the )?response.*", "", regex=True
    )
    counts = (
        rows.assign(what=what)
        .groupby(["endpoint", "what"], sort=False)
        .size()
        .rename("patients")
        .reset_index()
    )
    words = counts["endpoint"].str.replace("_", " ").str.capitalize()
    counts["endpoint"] = words.str.replace(" pfs", " progression-free survival")
    places = {name: place for place, name in enumerate(counts["endpoint"].drop_duplicates())}
    ordered = counts.assign(place=counts["endpoint"].map(places))
    ordered = ordered.sort_values(["place", "patients"], ascending=[True, False], kind="stable")
    return ordered.drop(columns="place").reset_index(drop=True)


@drawn(causes=RELAPSE_CAUSES, x_label="Months from first response")
def relapse(frame: pd.DataFrame, curve: pd.DataFrame, confidence: float) -> Reading:
    """Relapse with death competing, beside the naive estimate."""
    at = incidence_milestones(curve, MONTHS)
    naive = milestones(survival_curve(frame.assign(event=frame["cause"] == 1)), MONTHS)
    title = "Relapse, with death without relapse competing"
    counts = {words: int((frame["cause"] == cause).sum()) for cause, words in RELAPSE_CAUSES.items()}
    caption = (
        f"{counted(len(frame), 'responder')}: "
        f"{listed(f'{words} in {count:,}' for words, count in counts.items())}. Aalen-Johansen estimate, "
        f"{level(confidence)} on the log-log scale, from the first response."
    )
    if frame.empty:
        return Reading("relapse", title, caption, "Nobody responded, so nobody could relapse.")
    if not counts["relapse or progression"]:
        return Reading("relapse", title, caption, f"None of {counted(len(frame), 'responder')} relapsed.")
    parts = [incidence(row, confidence) for row in records(at)]
    text = f"Relapsed, counted from the first response: {listed(parts)}. " if parts else ""
    last = at.iloc[-1] if len(at) else None
    if last is not None and len(naive):
        wrong = naive[naive["time"] == last["time"]]["survival"]
        if len(wrong) and wrong.iloc[0] == wrong.iloc[0]:
            text += (
                f"One minus Kaplan-Meier with deaths censored would say "
                f"{percent(1 - float(wrong.iloc[0]))} at {last['time']:g} months: it counts the dead "
                "as if they could still relapse."
            )
    numbers = tuple(
        Number(
            f"relapse.{row.time:g}",
            f"cumulative incidence of relapse {row.time:g} months after response, %",
            100 * float(row.incidence),
            denominator=len(frame),
        )
        for row in records(at)
    )
    return Reading("relapse", title, caption, text, numbers)


def swimmer(lanes: pd.DataFrame, criteria: str) -> Reading:
    """Everything that happened to everybody."""
    died = int(lanes["event"].sum())
    caption = (
        f"One lane per patient ({len(lanes):,}), longest follow-up on top; {counted(died, 'death')}. Bars: "
        f"lenalidomide, shaded by dose. "
        f"First visit with each grade by {definition(criteria)}."
    )
    text = (
        "Read across a lane for one patient: treatment, the depth reached, and what ended it. An arrow "
        "means alive at last contact."
    )
    return Reading("swimmer", "Treatment, response and events of each patient", caption, text)


@drawn(y_label="Alive without next treatment")
def next_treatment(frame: pd.DataFrame, medians: pd.DataFrame, confidence: float) -> Reading:
    """Time to next treatment or death."""
    counts = {words: int((frame["cause"] == cause).sum()) for cause, words in NEXT_CAUSES.items()}
    events = sum(counts.values())
    caption = (
        f"All {counted(len(frame), 'patient')}, {counted(events, 'event')}: "
        f"{listed(f'{words} in {count:,}' for words, count in counts.items())}. "
        f"Kaplan-Meier, {level(confidence)} on the log-log scale; censored at last contact."
    )
    text = (
        f"**The median time to next treatment or death is {median_words(medians, confidence)}.** "
        if events
        else "Nobody needed another treatment and nobody died. "
    )
    text += (
        "It needs no laboratory value, so it is the endpoint that missing samples cannot bend."
        if events
        else ""
    )
    numbers = (
        *counted_number("ttnt.events", "time to next treatment or death: events", events, len(frame)),
        *counted_number("ttnt.next", "next treatment", counts["next treatment"], len(frame)),
        *median_numbers("ttnt", "time to next treatment or death", medians),
    )
    title = "Time to next treatment or death"
    return Reading("next_treatment", title, caption, text, numbers, options={"medians": medians})


def methods(criteria: str, progression: str, confirm: str, confidence: float) -> str:
    """Methods paragraph."""
    confirmed = "" if confirm == "none" else ", confirmed by a second sample at least 28 days later"
    return (
        f"**Methods.** Response follows {definition(criteria)}{confirmed}; progression follows "
        f"{definition(progression)}, from the "
        f"nadir. Duration of response runs from the first CR, "
        "VGPR or PR to progression or death and is censored at the last hematologic assessment. Relapse is "
        "reported as a cumulative incidence with "
        f"death competing (Aalen-Johansen). Intervals are {level(confidence)} on the log-log scale. A "
        f"remission is off therapy from the last day of the last drug."
    )


def results(
    dor: pd.DataFrame,
    dor_medians: pd.DataFrame,
    complete: pd.DataFrame,
    ttnt: pd.DataFrame,
    ttnt_medians: pd.DataFrame,
    confidence: float,
) -> str:
    """Results paragraph."""
    parts = ["**Results.**"]
    if dor.empty:
        parts.append("Nobody responded.")
    else:
        parts.append(
            f"{counted(len(dor), 'patient')} responded; median duration of response was "
            f"{median_words(dor_medians, confidence)}."
        )
    if len(complete):
        parts.append(complete_responders(complete, 0).text.replace("**", ""))
    parts.append(f"Median time to next treatment or death was {median_words(ttnt_medians, confidence)}.")
    return " ".join(parts)


def decisions(
    gertz: pd.DataFrame, pavia: pd.DataFrame, medians: dict[str, float]
) -> list[tuple[str, str, str]]:
    """Choices of this notebook, with what the alternatives give."""
    first, second = (int((part["category"] == "progression").sum()) for part in (gertz, pavia))
    words = {name: months(value) for name, value in medians.items()}
    main = f"median duration of response {words['main']} becomes"
    return [
        (
            "Progression by Gertz 2005 (from the nadir, involved chain above 100 mg/L)",
            "Pavia 2018 (dFLC above 20 mg/L)",
            f"progression in {first} becomes {second}; {main} {words['pavia']}",
        ),
        ("Death ends a response", "Death censors it", f"{main} {words['death censored']}"),
        ("Confirmation as the parameter says", "The other value", f"{main} {words['other confirmation']}"),
        (
            "Median of the responders by Kaplan-Meier",
            "Cumulative incidence of relapse",
            "no single number; both are shown",
        ),
    ]
