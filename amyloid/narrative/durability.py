"""What notebook 03 says: how long responses last, on and off therapy."""

from __future__ import annotations

import pandas as pd

from amyloid.durability import NEXT_CAUSES, RELAPSE_CAUSES
from amyloid.narrative.phrases import (
    counted,
    incidence,
    level,
    limits,
    listed,
    months,
    number,
    percent,
    plain,
    share,
    span,
)
from amyloid.narrative.reading import Number, Reading, counted_number


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


def duration(frame: pd.DataFrame, medians: pd.DataFrame, n: int, confidence: float) -> Reading:
    """Duration of response."""
    events = int(frame["event"].sum())
    title = "Duration of hematologic response"
    caption = (
        f"{counted(len(frame), 'responder')} of {n} treated, {counted(events, 'event')}. From the first CR, VGPR or PR to progression or death; "
        f"censored at the last hematologic assessment. Kaplan-Meier, {level(confidence)} on the log-log scale."
    )
    if frame.empty:
        return Reading("duration", title, caption, "Nobody responded, so no response has a duration.")
    text = f"**The median duration of response is {median_words(medians, confidence)}**, with {counted(events, 'event')} in {counted(len(frame), 'responder')}."
    if events == 0:
        text = f"No response has ended: {counted(len(frame), 'responder')}, no progression and no death. A median cannot be given."
    numbers = (*counted_number("dor.events", "duration of response: events", events, len(frame)), *median_numbers("dor", "duration of response", medians))
    return Reading("duration", title, caption, text, numbers)


def rules(n: int) -> Reading:
    """Event and censoring rules of the durability endpoints, with how often each applied."""
    return Reading(
        "rules", "Event and censoring rules", f"{n} patients; not applicable: no response, so no duration.",
        "An endpoint is a start, events and censorings. Each patient's row carries the one that applied.",
    )  # fmt: skip


def rule_counts(endpoints: pd.DataFrame, names: tuple[str, ...]) -> pd.DataFrame:
    """How often each event or censoring applied: ``endpoint, what, patients``."""
    rows = endpoints[endpoints["endpoint"].isin(names)]
    what = rows["reason"].str.replace(r" at month -?[\d.]+| from response.*", "", regex=True)
    counts = rows.assign(what=what).groupby(["endpoint", "what"], sort=False).size().rename("patients").reset_index()
    counts["endpoint"] = counts["endpoint"].str.replace("_", " ").str.capitalize()
    order = counts["endpoint"].drop_duplicates().tolist()
    return counts.sort_values(["endpoint", "patients"], ascending=[True, False], kind="stable",
                              key=lambda c: c.map(order.index) if c.name == "endpoint" else c).reset_index(drop=True)  # fmt: skip


def relapse(frame: pd.DataFrame, at: pd.DataFrame, naive: pd.DataFrame, confidence: float) -> Reading:
    """Relapse with death competing, beside the naive estimate."""
    title = "Relapse, with death without relapse competing"
    counts = {words: int((frame["cause"] == cause).sum()) for cause, words in RELAPSE_CAUSES.items()}
    caption = (
        f"{counted(len(frame), 'responder')}: {listed(f'{words} in {count}' for words, count in counts.items())}. Aalen-Johansen estimate, "
        f"{level(confidence)} on the log-log scale, from the first response."
    )
    if frame.empty:
        return Reading("relapse", title, caption, "Nobody responded, so nobody could relapse.")
    if not counts["relapse or progression"]:
        return Reading("relapse", title, caption, f"None of {counted(len(frame), 'responder')} relapsed.")
    parts = [incidence(row, confidence) for row in at.itertuples()]
    text = f"Relapsed, counted from the first response: {listed(parts)}. " if parts else ""
    last = at.iloc[-1] if len(at) else None
    if last is not None and len(naive):
        wrong = naive[naive["time"] == last["time"]]["survival"]
        if len(wrong) and wrong.iloc[0] == wrong.iloc[0]:
            text += (
                f"One minus Kaplan-Meier with deaths censored would say {percent(1 - float(wrong.iloc[0]))} at {last['time']:g} months: it counts the dead "
                "as if they could still relapse."
            )
    numbers = tuple(
        Number(f"relapse.{row.time:g}", f"cumulative incidence of relapse {row.time:g} months after response, %", 100 * float(row.incidence), denominator=len(frame))
        for row in at.itertuples()
    )
    return Reading("relapse", title, caption, text, numbers)


def swimmer(lanes: pd.DataFrame, criteria: str) -> Reading:
    """Everything that happened to everybody."""
    died = int(lanes["event"].sum())
    caption = (
        f"One lane per patient ({len(lanes):,}), longest follow-up on top; {counted(died, 'death')}. Bars: lenalidomide, shaded by dose. "
        f"First visit with each grade by {criteria}."
    )
    text = "Read across a lane for one patient: treatment, the depth reached, and what ended it. An arrow means alive at last contact."
    return Reading("swimmer", "Treatment, response and events of each patient", caption, text)


def complete_responders(frame: pd.DataFrame, n_evaluable: int) -> Reading:
    """The complete responders one by one."""
    n = len(frame)
    title = "The complete responders, one by one"
    if not n:
        return Reading("complete", title, "", "Nobody reached a complete response, so there is no complete remission to follow.")
    alive, relapsed = int(frame["alive"].sum()), int((frame["outcome"] == "relapse").sum())
    lasting = frame[frame["outcome"] != "relapse"]
    off = off_therapy(frame)
    causes = listed(plain(cause) for cause in frame[~frame["alive"]]["death_cause"])
    text = f"**Of {counted(n, 'complete responder')}, {alive} {'is' if alive == 1 else 'are'} alive, {relapsed} relapsed and {len(lasting)} stayed in remission"
    text += f" for {span(list(lasting['length']))} months**. " if len(lasting) else "**. "
    text += f"Of these, {len(off)} {'is' if len(off) == 1 else 'are'} alive and in remission off therapy, for {span(list(off['off_months']))} months. " if len(off) else "Nobody is in remission off therapy. "
    text += f"Cause of death: {causes}." if causes else ""
    numbers = [
        Number("cr.alive", "complete responders alive", alive, alive, n, "C29"),
        Number("cr.dead", "complete responders who died", n - alive, n - alive, n, "C30"),
        Number("cr.relapsed", "complete responders who relapsed", relapsed, relapsed, n, "C31"),
        Number("cr.lasting", "complete responders in maintained remission", len(lasting), len(lasting), n, "C32"),
        Number("cr.off", "complete responders alive in remission off therapy", len(off), len(off), n, "C35"),
    ]
    numbers += _range("cr.lasting", "maintained remission, months", lasting["length"], ("C33", "C34"))
    numbers += _range("cr.off", "remission off therapy, months", off["off_months"], ("C36", "C37"))
    caption = (
        f"{n} of {n_evaluable} evaluable. Remission: from the first complete response to relapse, else to the last hematologic assessment "
        "before another therapy. Off therapy: from the last day of the last drug."
    )
    return Reading("complete", title, caption, text, tuple(numbers))


def off_therapy(frame: pd.DataFrame) -> pd.DataFrame:
    """Remissions that go on, in the living, after the last drug was stopped."""
    return frame[(frame["outcome"] == "ongoing") & frame["alive"] & (frame["off_months"] > 0)]


def _range(name: str, quantity: str, values: pd.Series, claims: tuple[str, str]) -> list[Number]:
    if values.empty:
        return []
    return [
        Number(f"{name}.shortest", f"shortest {quantity}", float(values.min()), claim=claims[0]),
        Number(f"{name}.longest", f"longest {quantity}", float(values.max()), claim=claims[1]),
    ]


def listing(frame: pd.DataFrame) -> pd.DataFrame:
    """Complete responders as a table, in the order of their response."""
    ordered = frame.sort_values("start", kind="stable")
    return pd.DataFrame(
        {
            "Patient": ordered["patient_id"],
            "Complete from month": ordered["start"].astype(float),
            "Remission, months": ordered["length"].astype(float),
            "Drugs stopped at month": ordered["off_from"].astype(float),
            "Off therapy, months": ordered["off_months"].astype(float),
            "Remission": ordered["outcome"].replace({"death": "until last assessment; died later"}),
            "Patient now": [f"died: {plain(cause)}" if not alive else "alive" for alive, cause in zip(ordered["alive"], ordered["death_cause"], strict=True)],
        }
    )


def remission_lanes(frame: pd.DataFrame) -> Reading:
    """Remissions as intervals."""
    off = frame[frame["off_months"] > 0]
    title = "Complete remissions as intervals, on and off therapy"
    caption = f"{counted(len(frame), 'complete remission')}; the thick part lies after the last drug was stopped."
    if frame.empty:
        return Reading("remissions", title, caption, "There is no complete remission to draw.")
    total = float(off["off_months"].sum())
    text = f"{share(len(off), len(frame))} spent part of their remission off therapy, {number(total, 0)} months together."
    numbers = (Number("off.total", "months of complete remission off therapy, all patients together", total, len(off), len(frame)),)
    return Reading("remissions", title, caption, text, numbers)


def next_treatment(frame: pd.DataFrame, medians: pd.DataFrame, confidence: float) -> Reading:
    """Time to next treatment or death."""
    counts = {words: int((frame["cause"] == cause).sum()) for cause, words in NEXT_CAUSES.items()}
    events = sum(counts.values())
    caption = (
        f"All {counted(len(frame), 'patient')}, {counted(events, 'event')}: {listed(f'{words} in {count}' for words, count in counts.items())}. "
        f"Kaplan-Meier, {level(confidence)} on the log-log scale; censored at last contact."
    )
    text = f"**The median time to next treatment or death is {median_words(medians, confidence)}.** " if events else "Nobody needed another treatment and nobody died. "
    text += "It needs no laboratory value, so it is the endpoint that missing samples cannot bend." if events else ""
    numbers = (
        *counted_number("ttnt.events", "time to next treatment or death: events", events, len(frame)),
        *counted_number("ttnt.next", "next treatment", counts["next treatment"], len(frame)),
        *median_numbers("ttnt", "time to next treatment or death", medians),
    )
    return Reading("next_treatment", "Time to next treatment or death", caption, text, numbers)


def methods(criteria: str, progression: str, confirm: str, confidence: float) -> str:
    """Methods paragraph."""
    confirmed = "" if confirm == "none" else ", confirmed by a second sample at least 28 days later"
    return (
        f"**Methods.** Response follows {criteria}{confirmed}; progression follows {progression}, from the nadir. Duration of response runs from the first CR, "
        "VGPR or PR to progression or death and is censored at the last hematologic assessment. Relapse is reported as a cumulative incidence with "
        f"death competing (Aalen-Johansen). Intervals are {level(confidence)} on the log-log scale. A remission is off therapy from the last day of the last drug."
    )


def results(dor: pd.DataFrame, dor_medians: pd.DataFrame, complete: pd.DataFrame, ttnt: pd.DataFrame, ttnt_medians: pd.DataFrame, confidence: float) -> str:
    """Results paragraph."""
    parts = ["**Results.**"]
    if dor.empty:
        parts.append("Nobody responded.")
    else:
        parts.append(f"{counted(len(dor), 'patient')} responded; median duration of response was {median_words(dor_medians, confidence)}.")
    if len(complete):
        parts.append(complete_responders(complete, 0).text.replace("**", ""))
    parts.append(f"Median time to next treatment or death was {median_words(ttnt_medians, confidence)}.")
    return " ".join(parts)


def decisions(gertz: pd.DataFrame, pavia: pd.DataFrame, medians: dict[str, float]) -> list[tuple[str, str, str]]:
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
        ("Median of the responders by Kaplan-Meier", "Cumulative incidence of relapse", "no single number; both are shown"),
    ]
