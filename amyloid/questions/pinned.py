"""Notebook 08, what the abstract pins: which numbers, and how far the others move."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from amyloid.adjudication.criteria import keys_of, label
from amyloid.cohort import DATA
from amyloid.questions import names
from amyloid.questions.curves import records
from amyloid.questions.study import Study
from amyloid.questions.words import FEW, Told, plain
from amyloid.show.text import NOT_REACHED, number, p_value

FOLDER: Final = DATA / "ensemble"
SUMMARY_FILE: Final = FOLDER / "summary.csv"
MADE_WITH_FILE: Final = FOLDER / "made-with.json"
KEPT_SEEDS: Final = (0, 1, 2)
"""Seeds whose own values stand in the summary, so that a test can hold it to the code."""
PERCENTILES: Final = {"p5": 5, "p25": 25, "median": 50, "p75": 75, "p95": 95}
_TEXT = ("id", "notebook", "quantity", "unit")


def summarize(comparison: pd.DataFrame, embedded: str) -> pd.DataFrame:
    """Summarize a sweep over reconstructions.

    Parameters
    ----------
    comparison : DataFrame
        A sweep's comparison.csv: `scenario, id, notebook, quantity, value, denominator, unit`; the scenarios
        are the embedded cohort and ``seed-0``, ``seed-1`` and so on.
    embedded : str
        The embedded cohort's scenario; it is shown beside the others and is not one of them.

    Returns
    -------
    DataFrame
        One row per number: ``id, notebook, quantity, unit, denominator, embedded, cohorts, absent, lowest,
        p5, p25, median, p75, p95, highest, width, pinned, seed_0, seed_1, seed_2``. A time that a cohort has
        none of was not reached: it counts as later than every other, and an order statistic among such is
        missing. Other missing values are left out of the order. A number that no cohort has is pinned.

    Raises
    ------
    ValueError
        If there is no embedded cohort to compare with, or no other.
    """
    values = comparison.pivot(index="id", columns="scenario", values="value")
    if embedded not in values or values.shape[1] < 2:
        raise ValueError("a summary needs the embedded cohort and at least one reconstruction")
    named = comparison.drop_duplicates("id").set_index("id")  # the embedded cohort's where it has the number
    values = values.loc[named.index]
    seeds = values.drop(columns=embedded)
    known = seeds.notna().sum(axis=1)
    found = named[["notebook", "quantity", "unit", "denominator"]].assign(
        embedded=values[embedded], cohorts=seeds.shape[1], absent=seeds.shape[1] - known
    )
    later = seeds.isna().mul(named["unit"] == "months", axis=0)
    found = found.join(_order_statistics(seeds.mask(later, np.inf)))
    found["width"] = found["highest"] - found["lowest"]
    found["pinned"] = (known == 0) | ((found["absent"] == 0) & (found["width"] == 0))
    own = {f"seed_{seed}": seeds.get(f"seed-{seed}", np.nan) for seed in KEPT_SEEDS}
    return found.assign(**own).reset_index()


def _order_statistics(values: pd.DataFrame) -> pd.DataFrame:
    """Values that some cohort has, never a mean of two: between a month and "not reached" lies nothing."""
    at = {"lowest": 0, **PERCENTILES, "highest": 100}
    known = values.dropna(how="all")
    places = list(at.values())
    found = [np.percentile(row.dropna(), places, method="inverted_cdf") for _, row in known.iterrows()]
    return pd.DataFrame(found, known.index, list(at), dtype=float).replace(np.inf, np.nan)


def read_comparison(file: Path) -> pd.DataFrame:
    """Read a sweep's comparison.csv for `summarize`."""
    frame = pd.read_csv(file, dtype=str, keep_default_na=False)
    for column in ("value", "denominator"):
        frame[column] = pd.to_numeric(frame[column])
    return frame


def write(summary: pd.DataFrame, made_with: dict[str, Any], folder: Path) -> None:
    """Write a summary, and what it was made with, into a folder that exists."""
    shown = summary.assign(
        denominator=summary["denominator"].astype("Int64"),
        pinned=summary["pinned"].map({True: "yes", False: "no"}),
    )
    shown.to_csv(
        folder / SUMMARY_FILE.name, index=False, float_format="%.10g", encoding="utf-8", lineterminator="\n"
    )
    text = json.dumps(made_with, indent=2, ensure_ascii=False)
    (folder / MADE_WITH_FILE.name).write_text(f"{text}\n", encoding="utf-8", newline="\n")


def summary(file: Path = SUMMARY_FILE) -> pd.DataFrame:
    """Read the stored summary; columns as `summarize` gives them."""
    frame = pd.read_csv(file, dtype=dict.fromkeys(_TEXT, str), keep_default_na=False, na_values={})
    for column in frame.columns.difference([*_TEXT, "pinned"]):
        frame[column] = pd.to_numeric(frame[column])
    return frame.assign(pinned=frame["pinned"] == "yes")


def made_with(file: Path = MADE_WITH_FILE) -> dict[str, Any]:
    """Read what the stored summary was made with: seeds, parameters with their criteria, versions."""
    content: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return content


RATIOS: Final = "Hazard ratio of death"
HEADLINES: Final[Mapping[str, tuple[str, str]]] = {
    id: (group, label) for group, labels in names("headlines").items() for id, label in labels.items()
}
"""The numbers that a reader of the abstract asks for, in a clinician's words."""

MOST: Final = 5
KINDS: Final = names("kinds")
_DIGITS: Final = {"%": 0, "months": 1, "ratio": 2}


def tell_made(study: Study, made_with: Mapping[str, Any], summary: pd.DataFrame) -> Told:
    """Which parameters of this run are not those of the summary.

    Raises
    ------
    ValueError
        If the notebook was opened on another cohort than the embedded one.
    """
    if study.cohort.fingerprint != made_with["embedded_fingerprint"]:
        raise ValueError("this page is about the abstract and the embedded cohort; cohort_dir names another")
    used = made_with["parameters"]
    return {"changed": [plain(name) for name, value in used.items() if study.parameters[name] != value]}


def tell_answer(study: Study, summary: pd.DataFrame) -> Told:
    """Numbers by id, as text: lowest to highest."""
    return {"say": _sayer(summary)}


def headline_rows(summary: pd.DataFrame) -> pd.DataFrame:
    """Rows for `plots.ranges`: the headlines, pinned ones first in each group."""
    found = summary.set_index("id").loc[list(HEADLINES)]
    rows = found.assign(
        group=[group for group, _ in HEADLINES.values()],
        label=[label for _, label in HEADLINES.values()],
        marked=found["embedded"],
        text=[_span(row) for row in records(found)],
    )
    parts = [
        part.sort_values("pinned", ascending=False, kind="stable")
        for _, part in rows.groupby("group", sort=False)
    ]
    rows = pd.concat(parts).reset_index()
    shown = "id group label lowest p5 median p95 highest pinned marked absent text"
    return rows[shown.split()]


def _span(row: Any) -> str:
    """Lowest to highest of a number in print, or its one value."""
    return _between(row, row.lowest, row.highest)


def _between(row: Any, lower: float, upper: float) -> str:
    low, high = _one(row, lower), _one(row, upper)
    if low == high:
        return low
    return f"{low.removesuffix('%') if high.endswith('%') else low} to {high}"


def _one(row: Any, value: float) -> str:
    digits = _DIGITS.get(row.unit, 0 if value == round(value, 0) else 2)
    text = number(value, digits, NOT_REACHED if row.unit == "months" else "not estimable")
    return f"{text}%" if row.unit == "%" and value == value else text


def tell_pins(study: Study, summary: pd.DataFrame) -> Told:
    """Numbers by id, as text: lowest to highest."""
    test = summary.set_index("id").loc["04.response.time_dependent.p"]
    return {
        "say": _sayer(summary),
        "time": partial(_time, summary),
        "p": [p_value(float(test[edge])) for edge in ("lowest", "highest")],
    }


tell_carries = tell_pins


def _sayer(summary: pd.DataFrame) -> Callable[[str], str]:
    rows = {row.id: row for row in records(summary)}
    return lambda key: _span(rows[key])


def _time(summary: pd.DataFrame, key: str) -> str:
    row = next(records(summary[summary["id"] == key]))
    if not row.absent:
        return f"{_span(row)} months"
    return f"{_one(row, row.lowest)} months or more, and not reached in {row.absent} of {row.cohorts} cohorts"


def varying_rows(summary: pd.DataFrame, most: int = MOST) -> pd.DataFrame:
    """Numbers that move most, a few of each kind, as finished text.

    Left out are limits of intervals, groups of fewer than ten patients, and numbers that repeat another one,
    are what it leaves of the whole, or are the same at another month.

    Returns
    -------
    DataFrame
        ``kind, quantity, embedded, range, middle, absent``.
    """
    small = summary["denominator"] < FEW
    part = summary["id"].str.contains(r"\.(?:lower|upper)$|\.stage\.|\.depth\.")
    moved = summary[~summary["pinned"] & ~small & ~part & summary["unit"].isin(KINDS)]
    ratio = moved["unit"] == "ratio"
    moved = moved.assign(
        reach=moved["width"].where(~ratio, moved["highest"] / moved["lowest"]).fillna(float("inf")),
        middle=(moved["p95"] - moved["p5"]).fillna(float("inf")),
        kind=moved["unit"].map(KINDS),
        first=~moved["id"].isin(HEADLINES),
    )
    moved = moved.sort_values(["reach", "middle", "absent", "first"], ascending=[False, False, False, True])
    moved = moved.assign(
        alike=moved["reach"].round(6),
        near=moved["middle"].round(6),
        stem=moved["id"].str.replace(r"\.(?:\d+|n|percent)$", "", regex=True),
    )
    moved = moved.drop_duplicates(["unit", "alike", "near", "denominator", "absent"])
    moved = moved.drop_duplicates(["unit", "stem"])
    rows = pd.concat([moved[moved["kind"] == kind].head(most) for kind in KINDS.values()])
    return pd.DataFrame(
        {
            "kind": rows["kind"],
            "quantity": [_words(row) for row in records(rows)],
            "embedded": [_one(row, row.embedded) for row in records(rows)],
            "range": [_span(row) for row in records(rows)],
            "middle": [_between(row, row.p5, row.p95) for row in records(rows)],
            "absent": [f"{row.absent} of {row.cohorts}" if row.absent else "" for row in records(rows)],
        }
    )


def _words(row: Any) -> str:
    """Name of a number for a reader: the criteria by their names, the unit left to the heading."""
    if row.id in HEADLINES:
        return HEADLINES[row.id][1]
    text = str(row.quantity).removesuffix(f", {row.unit}")
    for key in (*keys_of("renal_response"), *keys_of("hematologic_response")):
        text = text.replace(key, label(key))
    return text[:1].upper() + text[1:]
