"""What many cohorts that satisfy every published number say, number by number.

The generator draws all that the abstract leaves open anew for each seed. A number that is the same in every
cohort is pinned by the abstract; how far another one moves shows how much of it is assumption.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from amyloid.cohort.shipped import DATA

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
    rows = [_summary(key, named.loc[key], values.loc[key], embedded) for key in named.index]
    return pd.DataFrame(rows)


def _summary(key: str, first: pd.Series, values: pd.Series, embedded: str) -> dict[str, Any]:
    unit = first["unit"]
    seeds = values.drop(embedded)
    known = seeds.dropna()
    spread = _order_statistics(seeds.fillna(np.inf) if unit == "months" else known)
    width = spread["highest"] - spread["lowest"]
    return {
        "id": key,
        "notebook": first["notebook"],
        "quantity": first["quantity"],
        "unit": unit,
        "denominator": first["denominator"],
        "embedded": values[embedded],
        "cohorts": len(seeds),
        "absent": len(seeds) - len(known),
        **spread,
        "width": width,
        "pinned": known.empty or (len(known) == len(seeds) and width == 0),
        **{f"seed_{seed}": values.get(f"seed-{seed}", np.nan) for seed in KEPT_SEEDS},
    }


def _order_statistics(values: pd.Series) -> dict[str, float]:
    """Values that some cohort has, never a mean of two: between a month and "not reached" lies nothing."""
    at = {"lowest": 0, **PERCENTILES, "highest": 100}
    if values.empty:
        return dict.fromkeys(at, np.nan)
    found = np.percentile(values, list(at.values()), method="inverted_cdf")
    return {name: value if np.isfinite(value) else np.nan for name, value in zip(at, found, strict=True)}


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
