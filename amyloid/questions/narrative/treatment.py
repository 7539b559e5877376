"""What notebook 01 says on doses, follow-up, and what can be judged."""

from __future__ import annotations

import pandas as pd

from amyloid.questions.curves import records
from amyloid.questions.narrative.opening import followed, reverse_median
from amyloid.questions.narrative.phrases import counted, limits, listed, plain, share
from amyloid.questions.narrative.reading import Number, Reading, counted_number, drawn


def doses(tolerated: pd.DataFrame, n: int) -> Reading:
    """Lenalidomide at the start and as tolerated."""
    caption = "Share of the patients still followed at the start of each month."
    title = "Lenalidomide dose over time"
    if tolerated.empty:
        return Reading("doses", title, caption, "No lenalidomide dose is recorded in this cohort.")
    first, held = tolerated["first_dose"].median(), tolerated["tolerated"].median()
    days = tolerated["days_per_cycle"].dropna()
    lowered = int((tolerated["tolerated"] < tolerated["first_dose"]).sum())
    cycle = f", {days.median():g} days a cycle" if len(days) else ""
    text = (
        f"Treatment began at a median of {first:g} mg/day{cycle} ({share(len(tolerated), n)} with a dose "
        f"on record). "
        f"**The median tolerated dose is {held:g} mg/day**: per patient the dose held longest once the "
        f"first one was "
        f"changed; {share(lowered, len(tolerated))} tolerated less than they began with."
    )
    numbers = [
        Number("dose.start", "lenalidomide starting dose, median, mg/day", float(first), claim="C17"),
        Number("dose.tolerated", "median tolerated lenalidomide dose, mg/day", float(held), claim="C19"),
        *counted_number("dose.lowered", "tolerated less than the starting dose", lowered, len(tolerated)),
    ]
    if len(days):
        numbers.append(
            Number("dose.days", "lenalidomide days per cycle, median", float(days.median()), claim="C18")
        )
    return Reading("doses", title, caption, text, tuple(numbers))


MEDIANS = ("observed median", "reverse Kaplan-Meier median")
"""Names of the first two numbers of `follow_up`."""


def follow_up(frame: pd.DataFrame, confidence: float) -> Reading:
    """Follow-up both ways."""
    dead = int((frame["event"] == 0).sum())
    reverse = reverse_median(frame, confidence)
    observed = float(frame["months"].median())
    text = (
        f"{followed(frame, confidence)} The two answer different questions: the first is shortened by "
        f"{counted(dead, 'death')}, "
        "the second asks how long patients would have been followed had nobody died."
    )
    numbers = [
        Number("follow_up.observed", "median observed follow-up, months", observed, claim="C04"),
        Number(
            "follow_up.reverse", "median follow-up by reverse Kaplan-Meier, months", float(reverse["median"])
        ),
        Number("follow_up.reverse.lower", "its lower limit, months", float(reverse["lower"])),
        Number("follow_up.reverse.upper", "its upper limit, months", float(reverse["upper"])),
        *counted_number("deaths", "deaths", dead, len(frame)),
    ]
    caption = (
        f"{counted(len(frame), 'patient')}, {counted(dead, 'death')}; "
        f"{limits(reverse['lower'], reverse['upper'], confidence)} for the reverse median."
    )
    medians = {words: number.value for words, number in zip(MEDIANS, numbers, strict=False)}
    title = "How long each patient was followed"
    return Reading("follow_up", title, caption, text, tuple(numbers), options={"medians": medians})


COLUMNS = 150
"""Patients that the map of what can be judged shows one by one; of more it shows shares."""


@drawn(most=COLUMNS)
def availability(categories: pd.DataFrame, n: int) -> Reading:
    """Which criterion can be judged in whom."""
    known = (categories["category"] != "NE").groupby(
        [categories["domain"], categories["criteria"]], sort=False
    )
    counts = known.sum().rename("n").reset_index()
    judged = {(str(row.domain), str(row.criteria)): int(row.n) for row in records(counts)}
    never = [f"{d.replace('_', ' ')} {k}" for (d, k), count in judged.items() if count == 0]
    always = sum(count == n for count in judged.values())
    text = (
        f"Of {len(judged):,} criteria, {always} can be judged in all {counted(n, 'patient')} and "
        f"{len(never):,} in none"
        + (f" ({plain(listed(never))})" if never else "")
        + ". What is missing stays missing: it is never scored as normal or as no response."
    )
    numbers = tuple(
        Number(f"judged.{d}.{k}", f"can be judged: {d.replace('_', ' ')}, {k}", count, count, n)
        for (d, k), count in judged.items()
    )
    columns = f"one column per patient ({n:,})" if n <= COLUMNS else "dark: can be judged"
    caption = f"One row per criterion, {columns}; light: not evaluable."
    return Reading("availability", "Which criterion can be judged in whom", caption, text, numbers)
