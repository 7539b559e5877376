"""Notebook 08, what the abstract pins: which numbers, and how far the others move."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

import pandas as pd

from amyloid.adjudication.criteria import keys_of, label
from amyloid.questions.curves import records
from amyloid.questions.phrases import FEW, NOT_REACHED, number, plain
from amyloid.questions.study import Study
from amyloid.show.page import result
from amyloid.show.tables.text import p_value

SHARES, TIMES, RATIOS = "Patients (%)", "Months", "Hazard ratio of death"
HEADLINES: Final = {
    "02.cr.percent": (SHARES, "Complete response, of evaluable"),
    "02.cr_pr.percent": (SHARES, "Complete or partial response, of evaluable"),
    "02.cr_pr.all.percent": (SHARES, "Complete or partial response, of all"),
    "05.cr.outcome.1.percent": (SHARES, "Proteinuria resolved, of complete responders"),
    "02.grid.isa-2012.cr_vgpr_pr.evaluable.percent": (SHARES, "Response by ISA 2012, of evaluable"),
    "02.landmark.by_month_3.any_response.percent": (SHARES, "Response within 3 months, of all"),
    "03.relapse.12": (SHARES, "Relapse within a year of the response"),
    "01.deaths.percent": (SHARES, "Died during follow-up"),
    "04.os.at.12": (SHARES, "Alive at one year"),
    "04.os.at.24": (SHARES, "Alive at two years"),
    "04.os.at.36": (SHARES, "Alive at three years"),
    "05.response.gertz-2005.percent": (SHARES, "Renal response (Gertz 2005), of evaluable"),
    "05.response.palladini-2014.percent": (SHARES, "Renal response (Palladini 2014), of evaluable"),
    "05.progression.24": (SHARES, "Renal progression within two years"),
    "01.follow_up.observed": (TIMES, "Median follow-up as observed"),
    "03.cr.lasting.longest": (TIMES, "Longest lasting complete response"),
    "01.follow_up.reverse": (TIMES, "Median follow-up, reverse Kaplan-Meier"),
    "02.time.median_of_responders": (TIMES, "Median time to response, of responders"),
    "03.dor.median": (TIMES, "Median duration of response"),
    "03.ttnt.median": (TIMES, "Median time to next treatment or death"),
    "04.os.median": (TIMES, "Median overall survival"),
    "04.response.naive.hr": (RATIOS, "Responders over others, naive"),
    "04.response.landmark.hr": (RATIOS, "Responders over others, landmark"),
    "04.response.time_dependent.hr": (RATIOS, "Responders over others, time-dependent"),
    "04.covariate.1.hr": (RATIOS, "Heart involved over not involved"),
}
"""The numbers that a reader of the abstract asks for, in a clinician's words."""

MOST: Final = 5
_KINDS: Final = {"%": "Shares of patients", "months": "Times in months", "ratio": "Hazard ratios of death"}
_DIGITS: Final = {"%": 0, "months": 1, "ratio": 2}


def tell_made(study: Study, made_with: Mapping[str, Any], summary: pd.DataFrame) -> dict[str, Any]:
    """How the cohorts were made, and which parameters of this run are not those of the summary.

    Raises
    ------
    ValueError
        If the notebook was opened on another cohort than the embedded one.
    """
    if study.cohort.fingerprint != made_with["embedded_fingerprint"]:
        raise ValueError("this page is about the abstract and the embedded cohort; cohort_dir names another")
    used = made_with["parameters"]
    return {
        "cohorts": int(summary["cohorts"].iloc[0]),
        "seeds": made_with["seeds"],
        "used": used,
        "version": made_with["versions"]["amyloid-notebooks"],
        "changed": [plain(name) for name, value in used.items() if study.parameters[name] != value],
    }


def tell_answer(study: Study, summary: pd.DataFrame) -> dict[str, Any]:
    """How many numbers stand still."""
    return {"n": len(summary), "pinned": int(summary["pinned"].sum()), "say": _sayer(summary)}


def headline_rows(summary: pd.DataFrame) -> pd.DataFrame:
    """Rows for `plots.ranges`: the headlines, pinned ones first in each group."""
    found = summary.set_index("id").loc[list(HEADLINES)]
    rows = found.assign(
        group=[group for group, _ in HEADLINES.values()],
        label=[label for _, label in HEADLINES.values()],
        marked=found["embedded"],
        text=[_span(row) for row in records(found)],
    )
    order = {group: place for place, group in enumerate((SHARES, TIMES, RATIOS))}
    rows = rows.assign(place=rows["group"].map(order), moved=~rows["pinned"])
    rows = rows.sort_values(["place", "moved"], kind="stable").reset_index()
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


def tell_headlines(study: Study, rows: pd.DataFrame, summary: pd.DataFrame) -> dict[str, Any]:
    """How many numbers are pinned, of all and of the headlines."""
    n, pinned, cohorts = len(summary), int(summary["pinned"].sum()), int(summary["cohorts"].iloc[0])
    return {
        "cohorts": cohorts,
        "n": n,
        "pinned": pinned,
        "pages": summary["notebook"].nunique(),
        "shown": len(rows),
        "still": int(rows["pinned"].sum()),
        "results": [
            result("cohorts", "cohorts that satisfy every published number", cohorts),
            result("pinned", "numbers that are the same in every cohort", pinned, pinned, n),
            result("carried", "numbers that differ between cohorts", n - pinned, n - pinned, n),
        ],
    }


def tell_pins(study: Study, summary: pd.DataFrame) -> dict[str, Any]:
    """Numbers by id, as text: lowest to highest."""
    test = summary.set_index("id").loc["04.response.time_dependent.p"]
    return {
        "say": _sayer(summary),
        "time": partial(_time, summary),
        "p": [p_value(float(test[edge])) for edge in ("lowest", "highest")],
    }


tell_carries = tell_pins


def tell_varying(study: Study, rows: pd.DataFrame, summary: pd.DataFrame) -> dict[str, Any]:
    """How many cohorts, and which groups are too small to be shown."""
    return {"cohorts": int(summary["cohorts"].iloc[0]), "few": FEW}


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
    moved = summary[~summary["pinned"] & ~small & ~part & summary["unit"].isin(_KINDS)]
    ratio = moved["unit"] == "ratio"
    moved = moved.assign(
        reach=moved["width"].where(~ratio, moved["highest"] / moved["lowest"]).fillna(float("inf")),
        middle=(moved["p95"] - moved["p5"]).fillna(float("inf")),
        kind=moved["unit"].map(_KINDS),
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
    rows = pd.concat([moved[moved["kind"] == kind].head(most) for kind in _KINDS.values()])
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
