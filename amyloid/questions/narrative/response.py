"""What notebook 02 says: who responded, how deeply, how soon, and by which criteria."""

from __future__ import annotations

import pandas as pd

from amyloid.adjudication.criteria import CRITERIA
from amyloid.questions.claims import as_printed
from amyloid.questions.curves import incidence_milestones, records
from amyloid.questions.hematology import TIME_CAUSES
from amyloid.questions.narrative.phrases import (
    FEW_LISTED,
    citation,
    counted,
    definition,
    incidence,
    level,
    listed,
    months,
    percent,
    share,
    span,
)
from amyloid.questions.narrative.reading import Number, Reading, counted_number, drawn

MONTHS = (3, 6, 12, 24)
CLAIMS = {"CR": ("C20", "C21"), "PR": (None, "C22"), "MR": (None, "C24")}


def best_response(rates: pd.DataFrame, categories: pd.DataFrame, confidence: float) -> Reading:
    """Best response on both denominators."""
    criteria = str(categories["criteria"].iloc[0])
    evaluable, everyone = (part for _, part in rates.groupby("denominator", sort=False))
    n, total = int(evaluable["n"].iloc[0]), int(everyone["n"].iloc[0])
    numbers: list[Number] = []
    for row in records(evaluable):
        count_claim, percent_claim = CLAIMS.get(str(row.category), (None, None))
        name = slug(str(row.category))
        numbers += counted_number(name, f"best response {row.category}, of evaluable", int(row.count), n,
                                  count_claim, percent_claim=percent_claim)  # fmt: skip
        if row.category == "CR + PR" and n:
            counts = evaluable.set_index("category")["count"]
            parts = (int(counts["CR"]), int(counts["PR"]))
            summed = float(as_printed(parts, n, "sum of rounded parts"))
            numbers.append(
                Number(
                    "cr_pr.printed",
                    "CR + PR as the sum of the rounded parts, %",
                    summed,
                    int(row.count),
                    n,
                    "C23",
                    parts,
                )
            )
    for row in records(everyone):
        numbers += counted_number(
            f"{slug(str(row.category))}.all",
            f"best response {row.category}, of all treated",
            int(row.count),
            total,
        )
    caption = (
        f"{definition(criteria)}; exact (Clopper-Pearson) {level(confidence)}. Evaluable "
        f"{n:,}, all treated {total:,}; "
        "who cannot be judged counts among all treated as without response."
    )
    if not n:
        text = (
            f"None of {counted(total, 'patient')} can be judged by {definition(criteria)}, so there is no "
            "response rate."
        )
        return Reading("best", "Best hematologic response", caption, text, tuple(numbers))
    text = " ".join([_rate_sentence(evaluable, everyone, confidence), _minor(evaluable)]).strip()
    return Reading("best", "Best hematologic response", caption, text, tuple(numbers))


def slug(words: str) -> str:
    """Part of an id: ``CR + PR`` becomes ``cr_pr``."""
    return words.lower().replace(" + ", "_").replace(" ", "_")


def _rate_sentence(evaluable: pd.DataFrame, everyone: pd.DataFrame, confidence: float) -> str:
    last, last_all = evaluable.iloc[-2:], everyone
    overall = evaluable[evaluable["category"].str.contains("+", regex=False)]
    row = overall.iloc[0] if len(overall) else last.iloc[0]
    of_all = last_all[last_all["category"] == row["category"]].iloc[0]
    complete = evaluable[evaluable["category"] == "CR"].iloc[0]
    if not row["count"]:
        upper = percent(float(row["upper"]))
        return (
            f"**Nobody of {int(row['n']):,} evaluable patients responded**; with {level(confidence)} the "
            f"true rate may still be {upper}."
        )
    return (
        f"**{share(int(row['count']), int(row['n']), confidence)} of the evaluable responded "
        f"({row['category']}); "
        f"{share(int(complete['count']), int(complete['n']), confidence)} completely.** Of all treated the "
        f"response rate is "
        f"{share(int(of_all['count']), int(of_all['n']), confidence)}. Both are shown because a reader "
        f"cannot tell from a "
        "percentage alone who was left out of it."
    )


def _minor(evaluable: pd.DataFrame) -> str:
    minor = evaluable[evaluable["category"] == "MR"]
    if minor.empty:
        return ""
    return (
        f"A further {share(int(minor['count'].iloc[0]), int(minor['n'].iloc[0]))} had a minor response, "
        f"which is not counted as a response."
    )


def complete_timing(categories: pd.DataFrame) -> tuple[str, tuple[Number, ...]]:
    """When the complete responses came, early (months 3 to 6) and late."""
    month = categories[categories["category"] == "CR"]["month"].dropna().sort_values()
    if month.empty:
        return "Nobody reached a complete response.", ()
    rounded = [int(value + 0.5) for value in month]
    early = sum(3 <= value <= 6 for value in rounded)
    late = [value for value in rounded if value > 6]
    n = len(rounded)
    text = f"Of {counted(n, 'complete response')}, {early:,} came in months 3 to 6"
    if len(late) > FEW_LISTED:
        text += f" and {len(late):,} later, at {span(late)} months."
    else:
        text += (
            f" and {len(late)} later, at {listed(str(value) for value in late)} months."
            if late
            else ", none later."
        )
    numbers = [
        Number("cr.early", "complete responses reached at 3-6 months", early, early, n, "C25"),
        Number("cr.late", "late complete responses", len(late), len(late), n, "C26"),
    ]
    claims = ("C27", "C28")
    for i, value in enumerate(late if len(late) <= FEW_LISTED else []):
        claim = claims[i] if i < 2 else None
        numbers.append(
            Number(f"cr.late.{i + 1}", f"late complete response {i + 1}, month", value, claim=claim)
        )
    return text, tuple(numbers)


@drawn(causes=TIME_CAUSES)
def time_to_response(
    frame: pd.DataFrame, curve: pd.DataFrame, categories: pd.DataFrame, confidence: float
) -> Reading:
    """Time to response, death and next therapy competing."""
    at = incidence_milestones(curve, MONTHS)
    counts = {words: int((frame["cause"] == cause).sum()) for cause, words in TIME_CAUSES.items()}
    n = len(frame)
    timing, timing_numbers = complete_timing(categories)
    parts = [incidence(row, confidence) for row in records(at)]
    reached = frame[frame["cause"] == 1]["months"]
    text = (
        f"The cumulative incidence of response is {listed(parts)}. "
        if counts["response"]
        else "Nobody responded. "
    ) + (
        f"The median time to response among the {len(reached):,} who responded is "
        f"{months(float(reached.median()))}. "
        if len(reached)
        else ""
    )
    numbers = [
        Number(
            f"time.{row.time:g}",
            f"cumulative incidence of response at month {row.time:g}, %",
            100 * float(row.incidence),
            denominator=n,
        )
        for row in records(at)
    ]
    if len(reached):
        numbers.append(
            Number(
                "time.median_of_responders",
                "median time to response among responders, months",
                float(reached.median()),
            )
        )
    competing = listed(f"{words} in {count:,}" for words, count in counts.items())
    caption = (
        f"Aalen-Johansen estimate in all {counted(n, 'patient')}, {level(confidence)} on the log-log "
        f"scale; {competing}. "
        "Leaving out the competing events would count the dead as if they could still respond."
    )
    return Reading(
        "time", "Time to hematologic response", caption, f"{text}{timing}", (*numbers, *timing_numbers)
    )


def methods(criteria: str, confirm: str, confidence: float) -> str:
    """Methods paragraph."""
    rule = (
        "Confirmation was not asked for"
        if confirm == "none"
        else "A response counted when the next judged sample at least 28 days later showed the same or a "
        "better one"
    )
    return (
        f"**Methods.** Response was derived at every visit from free light chains, immunofixation, "
        f"M-proteins and marrow by "
        f"{citation(CRITERIA['hematologic_response', criteria].source)}. The involved chain is fixed by the "
        f"isotype. {rule}. Visits after the next line "
        f"of therapy do not count. Intervals of proportions are exact (Clopper-Pearson, "
        f"{level(confidence)}). Time to response is a cumulative "
        "incidence with death and next therapy competing (Aalen-Johansen)."
    )


def results(rates: pd.DataFrame, categories: pd.DataFrame, confidence: float) -> str:
    """Results paragraph."""
    evaluable, everyone = (part for _, part in rates.groupby("denominator", sort=False))
    n = int(evaluable["n"].iloc[0])
    if not n:
        return f"**Results.** None of {len(categories):,} patients could be judged."
    parts = listed(f"{row.category} {share(int(row.count), n, confidence)}" for row in records(evaluable))
    overall = everyone[everyone["category"].str.contains("+", regex=False)]
    of_all = (
        f" Of all {len(categories):,} treated, "
        f"{share(int(overall['count'].iloc[0]), len(categories), confidence)} responded."
        if len(overall)
        else ""
    )
    return f"**Results.** Of {n:,} evaluable patients: {parts}.{of_all} {complete_timing(categories)[0]}"
