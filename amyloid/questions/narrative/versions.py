"""What notebook 02 says on the same patients under several definitions, landmarks and judges."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from amyloid import stats
from amyloid.adjudication.criteria import CRITERIA
from amyloid.adjudication.response.agreement import Agreement
from amyloid.questions.curves import records
from amyloid.questions.hematology import CRITERIA_NAMES, RESPONDING, moves
from amyloid.questions.narrative.depth import EVERY_REASON
from amyloid.questions.narrative.phrases import (
    definition,
    exact,
    level,
    limits,
    listed,
    number,
    percent,
    plain,
    share,
    some,
    spelled,
)
from amyloid.questions.narrative.reading import Number, Reading, counted_number, drawn
from amyloid.questions.narrative.response import slug
from amyloid.show.tables.text import interval


@drawn(names=CRITERIA_NAMES)
def criteria_grid(rates: pd.DataFrame, lead: str) -> Reading:
    """Every criteria set on the same patients."""
    numbers: list[Number] = []
    spans = []
    for (key, denominator), part in rates.groupby(["criteria", "denominator"], sort=False):
        for row in records(part):
            where = "all" if denominator == "all treated" else "evaluable"
            numbers += counted_number(
                f"grid.{key}.{slug(str(row.category))}.{where}",
                f"{key}: {row.category}, of {denominator}",
                int(row.count),
                int(row.n),
            )
    for key, part in rates[rates["denominator"] == "all treated"].groupby("criteria", sort=False):
        overall = part[part["category"].isin(RESPONDING) & ~part["category"].str.contains("+", regex=False)][
            "count"
        ].sum()
        evaluable = int(
            rates[(rates["criteria"] == key) & (rates["denominator"] == "evaluable")]["n"].iloc[0]
        )
        spans.append((definition(str(key)), int(overall), evaluable))
    parts = listed(f"{name} {count:,} of {n:,}" for name, count, n in spans)
    text = (
        f"Responders of those evaluable: {parts}. The same values give different rates, because each "
        f"definition lets in different "
        f"patients and draws its lines elsewhere. This page leads with {definition(lead)}."
    )
    caption = (
        "One column per definition, one ribbon per patient group that moves. Low-dFLC criteria only "
        "judge a baseline dFLC of 20 to below 50 mg/L."
    )
    return Reading("criteria", "The same patients under every definition", caption, text, tuple(numbers))


def rates_as_text(rates: pd.DataFrame) -> pd.DataFrame:
    """Rates as text, one row per category: ``criteria, category`` and a column per denominator."""
    rows: dict[tuple[str, str], dict[str, str]] = {}
    for row in records(rates):
        cell = f"{row.count:,} of {row.n:,}"
        if row.n:
            limits = interval(float(row.lower), float(row.upper), digits=0, share=True)
            cell += f" ({percent(float(row.estimate))}; {limits})"
        name = definition(str(row.criteria))
        rows.setdefault((name, str(row.category)), {})[str(row.denominator)] = cell
    keys = pd.DataFrame(list(rows), columns=["criteria", "category"])
    return pd.concat([keys, pd.DataFrame(list(rows.values()))], axis=1)


@drawn(groups="criteria", stub="category")
def grid_table(confidence: float) -> Reading:
    """Head of the table of all rates."""
    return Reading(
        "grid",
        "Response rates under every definition",
        f"Count, percentage and exact {level(confidence)}, on both denominators.",
    )


CHANGED = {
    "patient_id": "Patient",
    "first": "First",
    "second": "Second",
    "first_reason": "Reason, first",
    "second_reason": "Reason, second",
}


@drawn(labels=CHANGED, rest=EVERY_REASON)
def changes(frame: pd.DataFrame, first: str, second: str, n: int) -> Reading:
    """Who changes category between two definitions, and why."""
    one, two = (definition(key) for key in (first, second))
    title = f"Who changes category between {one} and {two}, and why"
    numbers = counted_number("changed", f"category differs between {first} and {second}", len(frame), n)
    if frame.empty:
        return Reading(
            "changes", title, "", f"Nobody of {n:,} changes category between {one} and {two}.", numbers
        )
    kinds = [f"{row.n:,} from {row.first} to {row.second}" for row in records(moves(frame))]
    text = f"**{share(len(frame), n)} change category**: {some(kinds)}. Each row gives both reasons."
    return Reading(
        "changes",
        title,
        f"{one}: {CRITERIA['hematologic_response', first].source}. {two}: "
        f"{CRITERIA['hematologic_response', second].source}.",
        text,
        numbers,
    )


def landmarks(rates: pd.DataFrame, groups: Mapping[str, pd.DataFrame], confidence: float) -> Reading:
    """Fixed landmarks beside best response, and the effect of asking for confirmation."""
    any_response = rates[rates["label"] == "Any response"]
    numbers: list[Number] = []
    for row in records(rates):
        numbers += counted_number(
            f"landmark.{slug(str(row.group))}.{slug(str(row.label))}",
            f"{row.label}, {row.group}, of all treated",
            int(row.count),
            int(row.n),
        )
    parts = listed(f"{row.group.lower()} {int(row.count):,}" for row in records(any_response))
    a, b = (groups[words]["category"].to_numpy() for words in ("Best", "Best, confirmed"))
    lost = int((a != b).sum())
    text = (
        f"Responders of {int(rates['n'].iloc[0]):,} treated: {parts}. Best response grows with follow-up, so "
        f"it flatters whoever is watched "
        f"longer; a landmark does not. {spelled(lost)} {'patient loses' if lost == 1 else 'patients lose'} "
        f"the category when a second "
        "sample at least 28 days later must confirm it."
    )
    numbers.append(
        Number("confirmation.changed", "category changes when confirmation is asked for", lost, lost, len(a))
    )
    return Reading(
        "landmarks",
        "Response by fixed landmarks, and confirmed",
        f"Denominator: everybody treated; {exact(confidence)}.",
        text,
        tuple(numbers),
        options={"interval": exact(confidence)},
    )


def agreement(found: Agreement, criteria: str, confidence: float) -> Reading:
    """Recorded against derived response."""
    title = "Recorded against derived response"
    n = len(found.compared)
    unread = (
        f" Not read as a category: {some([plain(text) for text in found.unread['recorded'].unique()])}."
        if len(found.unread)
        else ""
    )
    if not n:
        text = (
            "No response as the center recorded it is in this cohort (column `recorded_response`), so "
            "there is nothing to compare with."
        )
        return Reading("agreement", title, "", text + unread)
    kappa = stats.kappa(found.compared["recorded"], found.compared["derived"], confidence=confidence).iloc[0]
    value = float(kappa["estimate"])
    words = (
        f"Cohen's kappa is {number(value, 2)} "
        f"({limits(float(kappa['lower']), float(kappa['upper']), confidence, 2)})."
        if value == value
        else "Kappa cannot be computed: both judgements always give the same category."
    )
    who = some([plain(patient) for patient in found.disagreements["patient_id"]])
    text = f"Recorded and derived response agree in {share(found.alike, n)}. {words}" + (
        f" They differ in {who}." if who else ""
    )
    numbers = (
        *counted_number("agreement", "recorded and derived response agree", found.alike, n),
        Number("agreement.kappa", "Cohen's kappa of recorded and derived response", value),
    )
    return Reading("agreement", title, f"Derived by {definition(criteria)}.", text + unread, numbers)


def decisions(
    grid: pd.DataFrame, landmarks_: pd.DataFrame, criteria: str, confidence: float
) -> list[tuple[str, str, str]]:
    """Choices of this notebook, with what the alternatives give."""

    def overall(key: str, denominator: str) -> str:
        part = grid[(grid["criteria"] == key) & (grid["denominator"] == denominator)]
        count = int(part[part["category"].isin(RESPONDING)]["count"].sum())
        return share(count, int(part["n"].iloc[0]), confidence)

    here = overall(criteria, "evaluable")
    rows = [("Rate of the evaluable", "Of all treated", f"{here} becomes {overall(criteria, 'all treated')}")]
    for key in CRITERIA_NAMES:
        if key != criteria:
            rows.append(
                (
                    f"Definition: {definition(criteria)}",
                    CRITERIA_NAMES[key],
                    f"{here} becomes {overall(key, 'evaluable')}",
                )
            )
    any_response = landmarks_[landmarks_["label"] == "Any response"].set_index("group")
    best = any_response.loc["Best"]
    for words in [name for name in any_response.index if name != "Best"]:
        row = any_response.loc[words]
        rows.append(
            (
                "Best response over follow-up, of all treated",
                words,
                f"{share(int(best['count']), int(best['n']))} becomes "
                f"{share(int(row['count']), int(row['n']))}",
            )
        )
    return rows
