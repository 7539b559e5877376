"""The groups side by side. Each difference, interval and p value is computed from the rounded counts."""

import math
from collections.abc import Iterator
from itertools import pairwise
from statistics import NormalDist

import pandas as pd

from amyloid.press.disclosure.release import (
    ALL,
    GROUPS,
    Release,
    age_text,
    applied_min_cell,
    least_shown,
    quartiles,
)
from amyloid.press.share.blocks import HIDDEN, Block, Row, block, percent, point_rows, quartile_texts, text
from amyloid.press.share.counts import DEATH, OTHERS, RESPONSE, Counted, Source, divided

BANDS = (0.001, 0.01, 0.05, 0.2)
"""Where a p value that comes from single times is cut."""


def groups_of(patients: pd.DataFrame, column: str, min_cell: int, reference: str = "") -> pd.Series | None:
    """Return the group of each patient by `patient_id`, None where no two are large enough.

    Smaller groups are put together as `OTHERS`, with those whose group is not recorded. In order are the
    reference, which the others are held against, then the larger groups first, and those that are left over.
    """
    if column not in patients or column == "patient_id":
        return None
    values = patients[column]
    if pd.api.types.is_bool_dtype(values.dtype):
        values = values.map({True: "yes", False: "no"})
    if pd.api.types.is_numeric_dtype(values.dtype) or pd.api.types.is_datetime64_any_dtype(values.dtype):
        return None
    names = values.astype("string").str.strip().astype(object).fillna(OTHERS).replace("", OTHERS)
    counts = names[names != OTHERS].value_counts()
    large = counts[counts >= 2 * least_shown(applied_min_cell(min_cell))].index
    if len(large) < 2:
        return None
    order = [*sorted(large, key=lambda name: (name != reference, -counts[name], name)), OTHERS]
    found = pd.Categorical(names.where(names.isin(large), OTHERS), order)
    return pd.Series(found, index=patients["patient_id"].astype(str))


def comparison(counted: Counted, source: Source, column: str, confidence: float) -> list[Block]:
    """Return the tables that hold the groups side by side; none without groups."""
    if source.groups is None:
        return []
    release, names = counted.release, source.names
    bases = {name: release.printed[GROUPS, name, ALL].base for name in names}
    told = ", ".join(f"{name} to {base}" for name, base in bases.items() if base) or "all are hidden"
    curves = counted.curves.get("overall_survival")
    points = [row for name in names for row in point_rows(release, name, curves, name, confidence)]
    shown = f"{100 * confidence:g}"
    return [
        block("groups", _side_by_side(counted, source), release, names, column=column, told=told),
        block("effects", _effects(counted, source, confidence), release, confidence=shown),
        block("survival_by_group", points, release, confidence=shown),
    ]


def _side_by_side(counted: Counted, source: Source) -> Iterator[Row]:
    release, names = counted.release, source.names
    sizes = {name: release.shown(GROUPS, name) for name in names}
    yield ("Patients", "", *(text(sizes[name]) for name in names))
    ages = source.patients["age"].astype(float)
    found = [quartiles(ages[source.groups == name], release.min_cell) for name in names]
    columns = zip(*(quartile_texts(each, age_text) for each in found), strict=True)
    for level, cells in zip(("lower quartile", "median", "upper quartile"), columns, strict=True):
        yield ("Age, years", level, *cells)
    for title, levels in counted.tables["groups"].items():
        for level in levels:
            shown = [(release.shown(divided(title), level, name), sizes[name]) for name in names]
            yield (title, level, *(_with_percent(count, size) for count, size in shown))


def _with_percent(count: int | None, size: int | None) -> str:
    share = percent(count, size)
    return text(count) if share == HIDDEN else f"{count} ({share} %)"


def _effects(counted: Counted, source: Source, confidence: float) -> Iterator[Row]:
    """Yield each group against the first: response, and death over the follow-up."""
    release = counted.release
    reference, *others = [name for name in source.names if name != OTHERS]
    for name in others:
        if RESPONSE in counted.tables["groups"]:
            yield _responses(release, name, reference, confidence)
        rows = source.followed("overall_survival")
        rows = rows[rows["group"].isin([name, reference])]
        rows = rows.assign(other=(rows["group"] == name).astype(float))
        deaths = [release.shown(divided(DEATH), "yes", group) for group in (name, reference)]
        yield ("Death, hazard ratio", name, reference, *_hazard(rows, deaths, confidence), "")
        yield ("Death, log-rank test", name, reference, "", "", _log_rank(rows, deaths))


def _responses(release: Release, name: str, reference: str, confidence: float) -> Row:
    from amyloid.stats import fisher, proportion_difference

    words = ("Hematologic response, all patients, percentage points", name, reference)
    pairs = []
    for group in (name, reference):
        count, size = release.shown(divided(RESPONSE), "response", group), release.shown(GROUPS, group)
        if count is None or size is None:
            return (*words, HIDDEN, HIDDEN, HIDDEN)
        pairs.append((min(count, size), size))
    found = proportion_difference(*pairs[0], *pairs[1], confidence=confidence).iloc[0]
    p = fisher([[yes, size - yes] for yes, size in pairs])["p"].iloc[0]
    limits = f"{100 * found['lower']:.0f} to {100 * found['upper']:.0f}"
    return (*words, f"{100 * found['estimate']:.0f}", limits, f"{p:.2g}")


def _hazard(rows: pd.DataFrame, deaths: list[int | None], confidence: float) -> tuple[str, str]:
    """Return hazard ratio and interval; the interval is that of the rounded numbers of deaths."""
    from amyloid.stats import cox

    if not all(deaths):
        return HIDDEN, HIDDEN
    ratio = round(float(cox(rows, "months", "event", ["other"])["hazard_ratio"].iloc[0]), 1)
    if not ratio or math.isnan(ratio):
        return HIDDEN, HIDDEN
    reach = NormalDist().inv_cdf((1 + confidence) / 2) * math.sqrt(sum(1 / (each or 1) for each in deaths))
    low, high = (ratio * math.exp(sign * reach) for sign in (-1, 1))
    return f"{ratio:.1f}", f"{low:.1f} to {high:.1f}"


def _log_rank(rows: pd.DataFrame, deaths: list[int | None]) -> str:
    from amyloid.stats import logrank

    if not all(deaths):
        return HIDDEN
    return band(float(logrank(rows["months"], rows["event"], rows["group"])["p"].iloc[0]))


def band(p: float) -> str:
    """Return the range that a p value lies in."""
    if math.isnan(p):
        return HIDDEN
    if p < BANDS[0]:
        return f"below {BANDS[0]}"
    for low, high in pairwise(BANDS):
        if p < high:
            return f"{low} to {high}"
    return f"above {BANDS[-1]}"
