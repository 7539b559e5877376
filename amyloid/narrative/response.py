"""What notebook 02 says: who responded, how deeply, how soon, and by which criteria."""

from __future__ import annotations

import pandas as pd

from amyloid import stats
from amyloid.claims import as_printed
from amyloid.criteria import CRITERIA
from amyloid.hematology import CRITERIA_NAMES, RESPONDING, TIME_CAUSES, moves
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
    some,
    spelled,
)
from amyloid.narrative.reading import Number, Reading, counted_number

CLAIMS = {"CR": ("C20", "C21"), "PR": (None, "C22"), "MR": (None, "C24")}


def best_response(rates: pd.DataFrame, categories: pd.DataFrame, confidence: float) -> Reading:
    """Best response on both denominators."""
    criteria = str(categories["criteria"].iloc[0])
    evaluable, everyone = (part for _, part in rates.groupby("denominator", sort=False))
    n, total = int(evaluable["n"].iloc[0]), int(everyone["n"].iloc[0])
    numbers: list[Number] = []
    for row in evaluable.itertuples():
        count_claim, percent_claim = CLAIMS.get(str(row.category), (None, None))
        name = _slug(str(row.category))
        numbers += counted_number(name, f"best response {row.category}, of evaluable", int(row.count), n,
                                  count_claim, percent_claim=percent_claim)  # fmt: skip
        if row.category == "CR + PR" and n:
            counts = evaluable.set_index("category")["count"]
            parts = (int(counts["CR"]), int(counts["PR"]))
            summed = float(as_printed(parts, n, "sum of rounded parts"))
            numbers.append(Number("cr_pr.printed", "CR + PR as the sum of the rounded parts, %", summed, int(row.count), n, "C23", parts))
    for row in everyone.itertuples():
        numbers += counted_number(f"{_slug(str(row.category))}.all", f"best response {row.category}, of all treated", int(row.count), total)
    caption = (
        f"{CRITERIA_NAMES.get(criteria, criteria)}; exact (Clopper-Pearson) {level(confidence)}. Evaluable {n}, all treated {total}; "
        "who cannot be judged counts among all treated as without response."
    )
    if not n:
        text = f"None of {counted(total, 'patient')} can be judged by {criteria}, so there is no response rate."
        return Reading("best", "Best hematologic response", caption, text, tuple(numbers))
    text = " ".join([_rate_sentence(evaluable, everyone, confidence), _minor(evaluable)]).strip()
    return Reading("best", "Best hematologic response", caption, text, tuple(numbers))


def _slug(words: str) -> str:
    return words.lower().replace(" + ", "_").replace(" ", "_")


def _rate_sentence(evaluable: pd.DataFrame, everyone: pd.DataFrame, confidence: float) -> str:
    last, last_all = evaluable.iloc[-2:], everyone
    overall = evaluable[evaluable["category"].str.contains("+", regex=False)]
    row = overall.iloc[0] if len(overall) else last.iloc[0]
    of_all = last_all[last_all["category"] == row["category"]].iloc[0]
    complete = evaluable[evaluable["category"] == "CR"].iloc[0]
    if not row["count"]:
        upper = percent(float(row["upper"]))
        return f"**Nobody of {int(row['n'])} evaluable patients responded**; with {level(confidence)} the true rate may still be {upper}."
    return (
        f"**{share(int(row['count']), int(row['n']), confidence)} of the evaluable responded ({row['category']}); "
        f"{share(int(complete['count']), int(complete['n']), confidence)} completely.** Of all treated the response rate is "
        f"{share(int(of_all['count']), int(of_all['n']), confidence)}. Both are shown because a reader cannot tell from a "
        "percentage alone who was left out of it."
    )


def _minor(evaluable: pd.DataFrame) -> str:
    minor = evaluable[evaluable["category"] == "MR"]
    if minor.empty:
        return ""
    return f"A further {share(int(minor['count'].iloc[0]), int(minor['n'].iloc[0]))} had a minor response, which is not counted as a response."


def complete_timing(categories: pd.DataFrame) -> tuple[str, tuple[Number, ...]]:
    """When the complete responses came, early (months 3 to 6) and late."""
    month = categories[categories["category"] == "CR"]["month"].dropna().sort_values()
    if month.empty:
        return "Nobody reached a complete response.", ()
    rounded = [int(value + 0.5) for value in month]
    early = sum(3 <= value <= 6 for value in rounded)
    late = [value for value in rounded if value > 6]
    n = len(rounded)
    text = f"Of {counted(n, 'complete response')}, {early} came in months 3 to 6"
    text += f" and {len(late)} later, at {listed(str(value) for value in late)} months." if late else ", none later."
    numbers = [
        Number("cr.early", "complete responses reached at 3-6 months", early, early, n, "C25"),
        Number("cr.late", "late complete responses", len(late), len(late), n, "C26"),
    ]
    claims = ("C27", "C28")
    numbers += [Number(f"cr.late.{i + 1}", f"late complete response {i + 1}, month", value, claim=claims[i] if i < 2 else None)
                for i, value in enumerate(late)]  # fmt: skip
    return text, tuple(numbers)


def time_to_response(frame: pd.DataFrame, at: pd.DataFrame, categories: pd.DataFrame, confidence: float) -> Reading:
    """Time to response, death and next therapy competing."""
    counts = {words: int((frame["cause"] == cause).sum()) for cause, words in TIME_CAUSES.items()}
    n = len(frame)
    timing, timing_numbers = complete_timing(categories)
    parts = [incidence(row, confidence) for row in at.itertuples()]
    reached = frame[frame["cause"] == 1]["months"]
    text = (f"The cumulative incidence of response is {listed(parts)}. " if counts["response"] else "Nobody responded. ") + (
        f"The median time to response among the {len(reached)} who responded is {months(float(reached.median()))}. "
        if len(reached)
        else ""
    )
    numbers = [
        Number(f"time.{row.time:g}", f"cumulative incidence of response at month {row.time:g}, %", 100 * float(row.incidence), denominator=n)
        for row in at.itertuples()
    ]
    if len(reached):
        numbers.append(Number("time.median_of_responders", "median time to response among responders, months", float(reached.median())))
    competing = listed(f"{words} in {count}" for words, count in counts.items())
    caption = (
        f"Aalen-Johansen estimate in all {counted(n, 'patient')}, {level(confidence)} on the log-log scale; {competing}. "
        "Leaving out the competing events would count the dead as if they could still respond."
    )
    return Reading("time", "Time to hematologic response", caption, f"{text}{timing}", (*numbers, *timing_numbers))


def depth(rates: pd.DataFrame, confidence: float) -> Reading:
    """Depth of the free light chain response by four published limits."""
    numbers: list[Number] = []
    for i, row in enumerate(rates.itertuples()):
        numbers += counted_number(f"depth.{i + 1}", str(row.label), int(row.count), int(row.n))
    parts = [f"{row.label[:1].lower()}{row.label[1:]} in {share(int(row.count), int(row.n))}" for row in rates.itertuples()]
    text = f"Four published limits of depth, kept apart because they are not the same patients: {listed(parts)}."
    return Reading("depth", "Depth of the light chain response", f"Of the patients with light chains after baseline; exact {level(confidence)}.", text, tuple(numbers))


def waterfall(frame: pd.DataFrame, criteria: str) -> Reading:
    """Largest fall of dFLC."""
    title = "Largest change of dFLC on this treatment"
    caption = (
        f"{counted(len(frame), 'patient')} with a positive baseline dFLC and a later value; bars shaded by best response "
        f"({CRITERIA_NAMES.get(criteria, criteria)})."
    )
    if frame.empty:
        return Reading("waterfall", title, caption, "Nobody has free light chains before and after, so no change can be shown.")
    half = int((frame["change"] < -50).sum())
    text = f"dFLC fell by more than half in {share(half, len(frame))}; the median of the largest changes is {number(float(frame['change'].median()), 0)}%."
    numbers = (
        *counted_number("dflc.fell_by_half", "dFLC fell by more than 50%", half, len(frame)),
        Number("dflc.median_change", "median of the largest change of dFLC, %", float(frame["change"].median())),
    )
    return Reading("waterfall", title, caption, text, numbers)


def courses(frame: pd.DataFrame) -> Reading:
    """Individual dFLC courses."""
    patients = frame["patient_id"].nunique()
    caption = f"{counted(patients, 'patient')}, one line each, by best response. Lines: dFLC of 40 mg/L (VGPR) and 10 mg/L (deep response). Values at or below 1 mg/L are drawn at 1."
    text = (
        "A line that crosses 40 mg/L and comes back is a response that was lost; best response alone does not show that."
        if patients
        else "There are no light chain courses to show."
    )
    return Reading("courses", "dFLC of each patient over time", caption, text)


def criteria_grid(rates: pd.DataFrame, lead: str) -> Reading:
    """Every criteria set on the same patients."""
    numbers: list[Number] = []
    spans = []
    for (key, denominator), part in rates.groupby(["criteria", "denominator"], sort=False):
        for row in part.itertuples():
            where = "all" if denominator == "all treated" else "evaluable"
            numbers += counted_number(f"grid.{key}.{_slug(str(row.category))}.{where}", f"{key}: {row.category}, of {denominator}", int(row.count), int(row.n))
    for key, part in rates[rates["denominator"] == "all treated"].groupby("criteria", sort=False):
        overall = part[part["category"].isin(RESPONDING) & ~part["category"].str.contains("+", regex=False)]["count"].sum()
        evaluable = int(rates[(rates["criteria"] == key) & (rates["denominator"] == "evaluable")]["n"].iloc[0])
        spans.append((CRITERIA_NAMES.get(str(key), str(key)), int(overall), evaluable))
    parts = listed(f"{name} {count} of {n}" for name, count, n in spans)
    text = (
        f"Responders of those evaluable: {parts}. The same values give different rates, because each definition lets in different "
        f"patients and draws its lines elsewhere. This page leads with {CRITERIA_NAMES.get(lead, lead)}."
    )
    caption = "One column per definition, one ribbon per patient group that moves. Low-dFLC criteria only judge a baseline dFLC of 20 to below 50 mg/L."
    return Reading("criteria", "The same patients under every definition", caption, text, tuple(numbers))


def changes(frame: pd.DataFrame, first: str, second: str, n: int) -> Reading:
    """Who changes category between two definitions, and why."""
    one, two = (CRITERIA_NAMES.get(key, key) for key in (first, second))
    title = f"Who changes category between {one} and {two}, and why"
    numbers = counted_number("changed", f"category differs between {first} and {second}", len(frame), n)
    if frame.empty:
        return Reading("changes", title, "", f"Nobody of {n} changes category between {one} and {two}.", numbers)
    kinds = [f"{row.n} from {row.first} to {row.second}" for row in moves(frame).itertuples()]
    text = f"**{share(len(frame), n)} change category**: {some(kinds)}. Each row gives both reasons."
    return Reading("changes", title, f"{one}: {CRITERIA['hematologic_response', first].source}. {two}: {CRITERIA['hematologic_response', second].source}.", text, numbers)


def reasons(categories: pd.DataFrame) -> Reading:
    """Why each patient got the category."""
    criteria = str(categories["criteria"].iloc[0])
    text = "Each reason names the rule's values, the month and what could not be decided. `book.why(\"an id\")` shows every criterion for one patient."
    return Reading("reasons", f"Why each patient got the category ({CRITERIA_NAMES.get(criteria, criteria)})", f"{counted(len(categories), 'patient')}.", text)


def landmarks(rates: pd.DataFrame, best: pd.DataFrame, confirmed: pd.DataFrame) -> Reading:
    """Fixed landmarks beside best response, and the effect of asking for confirmation."""
    any_response = rates[rates["label"] == "Any response"]
    numbers: list[Number] = []
    for row in rates.itertuples():
        numbers += counted_number(f"landmark.{_slug(str(row.group))}.{_slug(str(row.label))}", f"{row.label}, {row.group}, of all treated", int(row.count), int(row.n))
    parts = listed(f"{row.group.lower()} {int(row.count)}" for row in any_response.itertuples())
    a, b = (part["category"].to_numpy() for part in (best, confirmed))
    lost = int((a != b).sum())
    text = (
        f"Responders of {int(rates['n'].iloc[0])} treated: {parts}. Best response grows with follow-up, so it flatters whoever is watched "
        f"longer; a landmark does not. {spelled(lost)} {'patient loses' if lost == 1 else 'patients lose'} the category when a second "
        "sample at least 28 days later must confirm it."
    )
    numbers.append(Number("confirmation.changed", "category changes when confirmation is asked for", lost, lost, len(best)))
    return Reading("landmarks", "Response by fixed landmarks, and confirmed", "Denominator: everybody treated. Exact limits.", text, tuple(numbers))


def agreement(frame: pd.DataFrame, criteria: str, confidence: float) -> Reading:
    """Recorded against derived response."""
    title = "Recorded against derived response"
    if frame.empty:
        text = "No response as the center recorded it is in this cohort (column `recorded_response`), so there is nothing to compare with."
        return Reading("agreement", title, "", text)
    alike = int((frame["recorded"] == frame["derived"]).sum())
    kappa = stats.kappa(frame["recorded"], frame["derived"], confidence=confidence).iloc[0]
    value = float(kappa["estimate"])
    words = (
        f"Cohen's kappa is {number(value, 2)} ({limits(float(kappa['lower']), float(kappa['upper']), confidence, 2)})."
        if value == value
        else "Kappa cannot be computed: both judgements always give the same category."
    )
    differ = frame[frame["recorded"] != frame["derived"]]
    who = some([plain(patient) for patient in differ["patient_id"]])
    text = f"Recorded and derived response agree in {share(alike, len(frame))}. {words}" + (f" They differ in {who}." if len(differ) else "")
    numbers = (
        *counted_number("agreement", "recorded and derived response agree", alike, len(frame)),
        Number("agreement.kappa", "Cohen's kappa of recorded and derived response", value),
    )
    return Reading("agreement", title, f"Derived by {CRITERIA_NAMES.get(criteria, criteria)}.", text, numbers)


def methods(criteria: str, confirm: str, confidence: float) -> str:
    """Methods paragraph."""
    rule = "Confirmation was not asked for" if confirm == "none" else "A response counted when the next judged sample at least 28 days later showed the same or a better one"
    return (
        f"**Methods.** Response was derived at every visit from free light chains, immunofixation, M-proteins and marrow by "
        f"{plain(CRITERIA['hematologic_response', criteria].source)}. The involved chain is fixed by the isotype. {rule}. Visits after the next line "
        f"of therapy do not count. Intervals of proportions are exact (Clopper-Pearson, {level(confidence)}). Time to response is a cumulative "
        "incidence with death and next therapy competing (Aalen-Johansen)."
    )


def results(rates: pd.DataFrame, categories: pd.DataFrame, confidence: float) -> str:
    """Results paragraph."""
    evaluable, everyone = (part for _, part in rates.groupby("denominator", sort=False))
    n = int(evaluable["n"].iloc[0])
    if not n:
        return f"**Results.** None of {len(categories)} patients could be judged."
    parts = listed(f"{row.category} {share(int(row.count), n, confidence)}" for row in evaluable.itertuples())
    overall = everyone[everyone["category"].str.contains("+", regex=False)]
    of_all = f" Of all {len(categories)} treated, {share(int(overall['count'].iloc[0]), len(categories), confidence)} responded." if len(overall) else ""
    return f"**Results.** Of {n} evaluable patients: {parts}.{of_all} {complete_timing(categories)[0]}"


def grid_table(confidence: float) -> Reading:
    """Head of the table of all rates."""
    return Reading("grid", "Response rates under every definition", f"Count, percentage and exact {level(confidence)}, on both denominators.")


CHANGED = {"patient_id": "Patient", "first": "First", "second": "Second", "first_reason": "Reason, first", "second_reason": "Reason, second"}
REASONS = {"patient_id": "Patient", "category": "Category", "reason": "Reason"}


def one_patient(patient: str) -> Reading:
    """Head of the table of one patient."""
    return Reading("one_patient", f"Every criterion of patient {patient}", "Another id in `book.why` shows another patient.")


def decisions(grid: pd.DataFrame, landmarks_: pd.DataFrame, criteria: str, confidence: float) -> list[tuple[str, str, str]]:
    """Choices of this notebook, with what the alternatives give."""

    def overall(key: str, denominator: str) -> str:
        part = grid[(grid["criteria"] == key) & (grid["denominator"] == denominator)]
        count = int(part[part["category"].isin(RESPONDING)]["count"].sum())
        return share(count, int(part["n"].iloc[0]), confidence)

    here = overall(criteria, "evaluable")
    rows = [("Rate of the evaluable", "Of all treated", f"{here} becomes {overall(criteria, 'all treated')}")]
    for key in CRITERIA_NAMES:
        if key != criteria:
            rows.append((f"Definition: {CRITERIA_NAMES.get(criteria, criteria)}", CRITERIA_NAMES[key], f"{here} becomes {overall(key, 'evaluable')}"))
    any_response = landmarks_[landmarks_["label"] == "Any response"].set_index("group")
    best = any_response.loc["Best"]
    for words in [name for name in any_response.index if name != "Best"]:
        row = any_response.loc[words]
        rows.append(("Best response over follow-up, of all treated", words, f"{share(int(best['count']), int(best['n']))} becomes {share(int(row['count']), int(row['n']))}"))
    return rows
