"""The groups side by side. Each difference, interval and p value is computed from the rounded counts."""

import math
from collections.abc import Iterator
from itertools import pairwise
from statistics import NormalDist

import pandas as pd

from amyloid.press.disclosure.release import ALL, GROUPS, Release, age_text, least_shown, quartiles
from amyloid.press.share.blocks import HIDDEN, Block, Row, block, percent, point_rows, quartile_texts, text
from amyloid.press.share.counts import DEATH, OTHERS, RESPONSE, Counted, divided
from amyloid.stats import cox, fisher, logrank, proportion_difference

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
    large = counts[counts >= 2 * least_shown(min_cell)].index
    if len(large) < 2:
        return None
    order = [*sorted(large, key=lambda name: (name != reference, -counts[name], name)), OTHERS]
    found = pd.Categorical(names.where(names.isin(large), OTHERS), order)
    return pd.Series(found, index=patients["patient_id"].astype(str))


def comparison(counted: Counted) -> list[Block]:
    """Return the tables that hold the groups side by side; none without groups."""
    release, source = counted.release, counted.source
    if source.groups is None:
        return []
    bases = {name: release.printed[GROUPS, name, ALL].base for name in source.names}
    told = ", ".join(f"{name} to {base}" for name, base in bases.items() if base) or "all are hidden"
    points = [row for name in source.names for row in point_rows(counted, "overall_survival", name, name)]
    return [
        block("groups", _side_by_side(counted), counted, source.names, column=source.column, told=told),
        block("effects", _effects(counted), counted),
        block("survival_by_group", points, counted),
    ]


def _side_by_side(counted: Counted) -> Iterator[Row]:
    release, source = counted.release, counted.source
    sizes = {name: release.shown(GROUPS, name) for name in source.names}
    yield ("Patients", "", *map(text, sizes.values()))
    ages = source.patients["age"].astype(float)
    found = [quartiles(ages[source.groups == name], release.min_cell) for name in sizes]
    columns = zip(*(quartile_texts(each, age_text) for each in found), strict=True)
    for level, cells in zip(("lower quartile", "median", "upper quartile"), columns, strict=True):
        yield ("Age, years", level, *cells)
    for title, values in counted.tables["groups"].items():
        for level in values.cat.categories:
            shown = [(release.shown(divided(title), level, name), size) for name, size in sizes.items()]
            yield (title, level, *(_with_percent(count, size) for count, size in shown))


def _with_percent(count: int | None, size: int | None) -> str:
    share = percent(count, size)
    return text(count) if share == HIDDEN else f"{count} ({share} %)"


def _effects(counted: Counted) -> Iterator[Row]:
    """Yield each group against the first: response, and death over the follow-up."""
    release, source = counted.release, counted.source
    reference, *others = [name for name in source.names if name != OTHERS]
    for name in others:
        if RESPONSE in counted.tables["groups"]:
            yield _responses(release, name, reference, source.confidence)
        rows = source.followed("overall_survival")
        rows = rows[rows["group"].isin([name, reference])]
        rows = rows.assign(other=(rows["group"] == name).astype(float))
        pair = [release.shown(divided(DEATH), "yes", group) for group in (name, reference)]
        deaths = [count for count in pair if count]
        ratio, p = (HIDDEN, HIDDEN), HIDDEN
        if len(deaths) == len(pair):
            ratio = _hazard(rows, deaths, source.confidence)
            p = band(float(logrank(rows["months"], rows["event"], rows["group"])["p"].iloc[0]))
        yield ("Death, hazard ratio", name, reference, *ratio, "")
        yield ("Death, log-rank test", name, reference, "", "", p)


def _responses(release: Release, name: str, reference: str, confidence: float) -> Row:
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


def _hazard(rows: pd.DataFrame, deaths: list[int], confidence: float) -> tuple[str, str]:
    """Return hazard ratio and interval; the interval is that of the rounded numbers of deaths."""
    ratio = round(float(cox(rows, "months", "event", ["other"])["hazard_ratio"].iloc[0]), 1)
    if not ratio or math.isnan(ratio):
        return HIDDEN, HIDDEN
    reach = NormalDist().inv_cdf((1 + confidence) / 2) * math.sqrt(sum(1 / each for each in deaths))
    low, high = (ratio * math.exp(sign * reach) for sign in (-1, 1))
    return f"{ratio:.1f}", f"{low:.1f} to {high:.1f}"


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
