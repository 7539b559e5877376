"""The tables of a shared report. From the data come only numbers; every word is this program's own."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from amyloid.press.disclosure import age_text, coarsen, percentages, quartiles, round_count, suppress

if TYPE_CHECKING:
    import pandas as pd

HIDDEN = "hidden"


@dataclass(frozen=True)
class Block:
    """One table: its key (also its file name), caption, header, rows of text, and notes."""

    key: str
    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()


LEVELS: Mapping[str, tuple[str, Mapping[object, str]]] = {
    "sex": ("Sex", {"female": "female", "male": "male"}),
    "light_chain": ("Light chain", {"kappa": "kappa", "lambda": "lambda"}),
    **{
        column: (words, {True: "yes", False: "no"})
        for column, words in {
            "heart": "Heart involved",
            "kidney": "Kidney involved",
            "liver": "Liver involved",
            "nerve": "Nerve involved",
            "gastrointestinal": "Gastrointestinal tract involved",
            "lung": "Lung involved",
            "soft_tissue": "Soft tissue involved",
            "prior_melphalan": "Prior melphalan",
            "prior_transplant": "Prior stem cell transplantation",
            "prior_thalidomide": "Prior thalidomide",
            "prior_bortezomib": "Prior bortezomib",
        }.items()
    },
}
"""Patient columns that are shown, with the words for the column and for each of its values."""

GRADES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "hematologic_response": ("Best hematologic response", ("CR", "VGPR", "PR", "MR", "NR", "NE")),
    "renal_response": ("Best renal response", ("CR", "VGPR", "PR", "NR", "response", "no response", "NE")),
    "cardiac_response": (
        "Best cardiac response",
        ("CR", "VGPR", "PR", "NR", "response", "no response", "NE"),
    ),
    "cardiac_stage": ("Cardiac stage", ("I", "II", "III", "IIIa", "IIIb", "IV", "NE")),
    "renal_stage": ("Renal stage", ("I", "II", "III", "NE")),
}
"""Domains that are shown, with their words and all grades that may be named."""

ENDPOINTS: Mapping[str, str] = {
    "overall_survival": "Overall survival",
    "hematologic_pfs": "Hematologic progression-free survival",
    "organ_pfs": "Organ progression-free survival",
    "duration_of_response": "Duration of response",
    "time_to_next_treatment": "Time to next treatment",
}

MEASUREMENTS: Mapping[str, str] = {
    "dflc": "dFLC, mg/L",
    "creatinine": "Creatinine, mg/dL",
    "egfr": "eGFR, mL/min/1.73 m2",
    "urine_protein": "Urine protein, g/24 h",
    "nt_probnp": "NT-proBNP, ng/L",
    "bnp": "BNP, ng/L",
    "alkaline_phosphatase": "Alkaline phosphatase, U/L",
}
"""Baseline values whose quartiles are shown."""


def counts_block(key: str, title: str, tables: Mapping[str, "pd.Series"], min_cell: int) -> Block:
    """Return counts and percentages of several one-way tables under each other.

    Parameters
    ----------
    key, title
        Name and caption of the block.
    tables
        For each characteristic the number of patients by level; every patient in exactly one level.
    min_cell
        See `amyloid.press.disclosure.suppress`.
    """
    rows: list[tuple[str, ...]] = []
    for words, counts in tables.items():
        shown = suppress(counts.to_frame("n"), min_cell)
        shares = percentages(shown)["n"]
        for level, count, share in zip(shown.index, shown["n"], shares, strict=True):
            rows.append((words, str(level), _number(count), _number(share)))
    return Block(
        key, title, ("Characteristic", "Level", "Patients", "%"), tuple(rows), (rounding_note(min_cell),)
    )


def rounding_note(min_cell: int) -> str:
    """Say the rule for counts."""
    return (
        f"Counts below {min_cell} are hidden, with as many others as it takes that no sum gives them back. "
        "Shown counts are rounded to 5; percentages are computed from the rounded counts."
    )


def level_counts(patients: "pd.DataFrame") -> dict[str, "pd.Series"]:
    """Count the patients of each level of the shown columns; what was not recorded is a level of its own."""
    import pandas as pd

    found = {}
    for column, (words, levels) in LEVELS.items():
        values = patients[column].astype(object)
        counts = {text: int((values == level).fillna(False).sum()) for level, text in levels.items()}
        missing = len(patients) - sum(counts.values())
        found[words] = pd.Series({**counts, **({"not recorded": missing} if missing else {})})
    return found


def grade_counts(
    categories: "pd.DataFrame", chosen: Mapping[str, str], grades: Mapping[str, Sequence[str]]
) -> dict[str, "pd.Series"]:
    """Count the patients of each grade, for one criteria version of each domain.

    Parameters
    ----------
    categories
        The run's `categories.csv`.
    chosen
        Domain to criteria. One version each: two versions beside each other would give hidden counts back.
    grades
        Domain to the grades that its version knows. Each has a line, reached or not: a line that was left
        out would say that nobody reached it.

    Raises
    ------
    ValueError
        If a category is not one of the published grades: text of unknown origin never leaves.
    """
    found = {}
    for domain, criteria in chosen.items():
        words, order = GRADES[domain]
        known = [grade for grade in order if grade in {*grades[domain], "NE"}]
        rows = categories[(categories["domain"] == domain) & (categories["criteria"] == criteria)]
        unknown = set(rows["category"]) - set(known)
        if unknown:
            raise ValueError(
                f"categories.csv, {domain}: {len(unknown)} categories that no criteria version knows"
            )
        if len(rows):
            counts = rows["category"].value_counts()
            shown = [grade for grade in known if grade != "NE" or "NE" in counts.index]
            found[f"{words} ({criteria})"] = counts.reindex(shown, fill_value=0)
    return found


def quartile_block(
    patients: "pd.DataFrame", baseline: "pd.DataFrame", endpoints: "pd.DataFrame", min_cell: int
) -> Block:
    """Return age, follow-up and baseline values as quartiles; no minimum, no maximum."""
    follow_up = endpoints.loc[endpoints["endpoint"] == "follow_up", "months"]
    lines = [
        ("Age, years", [float(value) for value in patients["age"]], age_text),
        ("Follow-up, months", [float(value) for value in follow_up], _plain),
        *(
            (words, [float(value) for value in baseline[column]], _plain)
            for column, words in MEASUREMENTS.items()
            if column in baseline
        ),
    ]
    rows: list[tuple[str, ...]] = []
    for words, values, form in lines:
        shown = quartiles(values, min_cell)
        known = sum(not math.isnan(value) for value in values)
        if shown is None:
            rows.append((words, HIDDEN, HIDDEN, HIDDEN, HIDDEN))
        else:
            rows.append((words, str(round_count(known)), *(form(value) for value in shown)))
    notes = (
        f"Two significant digits. A line known in fewer than {min_cell} patients is hidden. "
        "Ages above 89 are shown as 90+. Follow-up is the plain quartile of observed times.",
    )
    header = ("Measurement", "Patients", "Lower quartile", "Median", "Upper quartile")
    return Block("quartiles", "Age, follow-up and values at baseline", header, tuple(rows), notes)


def curves(endpoints: "pd.DataFrame", min_cell: int, confidence: float) -> dict[str, "pd.DataFrame"]:
    """Return the coarse Kaplan-Meier curve of each endpoint; see `amyloid.press.disclosure.coarsen`."""
    from amyloid.stats import kaplan_meier

    found = {}
    for endpoint in ENDPOINTS:
        rows = endpoints[(endpoints["endpoint"] == endpoint) & endpoints["months"].notna()]
        if len(rows):
            curve = kaplan_meier(rows["months"], rows["event"], confidence=confidence)
            found[endpoint] = coarsen(curve, min_cell)
    return found


def curve_block(shown: Mapping[str, "pd.DataFrame"], min_cell: int, confidence: float) -> Block:
    """Return the coarse curves as one table."""
    rows: list[tuple[str, ...]] = []
    for endpoint, words in ENDPOINTS.items():
        points = shown.get(endpoint)
        if points is None or points.empty:
            rows.append((words, HIDDEN, HIDDEN, HIDDEN, HIDDEN))
            continue
        for point in points.to_dict("records"):
            month, at_risk, percent = point["time"], int(point["at_risk"]), 100 * point["survival"]
            limits = f"{100 * point['lower']:.0f} to {100 * point['upper']:.0f}" if month else ""
            rows.append((words, f"{month:g}", str(at_risk), f"{percent:.0f}", limits))
    notes = (
        f"A month is shown where at least {min_cell} events happened since the month above and at least "
        f"{min_cell} patients are still at risk. Marks for censored patients are left out.",
    )
    header = ("Endpoint", "Month", "At risk", "Free of the event, %", f"{100 * confidence:g} % interval")
    return Block("time_to_event", "Survival at fixed months", header, tuple(rows), notes)


def _number(value: Any) -> str:
    import pandas as pd

    return HIDDEN if pd.isna(value) else f"{float(value):.0f}"


def _plain(value: float) -> str:
    return f"{value:g}"


def blocks(
    patients: "pd.DataFrame",
    baseline: "pd.DataFrame",
    categories: "pd.DataFrame",
    endpoints: "pd.DataFrame",
    chosen: Mapping[str, str],
    grades: Mapping[str, Sequence[str]],
    min_cell: int,
    confidence: float,
) -> tuple[Sequence[Block], dict[str, "pd.DataFrame"]]:
    """Return every table of the shared report, and the coarse curves behind the last one."""
    shown = curves(endpoints, min_cell, confidence)
    found = (
        counts_block("patients", "Who the patients are", level_counts(patients), min_cell),
        quartile_block(patients, baseline, endpoints, min_cell),
        counts_block("responses", "Response and stage", grade_counts(categories, chosen, grades), min_cell),
        curve_block(shown, min_cell, confidence),
    )
    return found, shown
