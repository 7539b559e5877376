"""The groups side by side. Each difference, interval and p value is computed from the rounded counts."""

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise

import pandas as pd

from amyloid.press.disclosure import ALL, GROUPS, age_text, applied_min_cell, least_shown, quartiles
from amyloid.press.share.blocks import (
    HIDDEN,
    Block,
    curve_note,
    percent,
    point_rows,
    quartile_texts,
    rounding_note,
    sizes,
    text,
)
from amyloid.press.share.counts import DEATH, OTHERS, RESPONSE, Counted, Source, divided

BANDS = (0.001, 0.01, 0.05, 0.2)
"""Where a p value that comes from single times is cut."""


def groups_of(patients: pd.DataFrame, column: str, min_cell: int) -> pd.Series | None:
    """Return the group of each patient by `patient_id`, None where no two are large enough.

    Smaller groups are put together as `OTHERS`, with those whose group is not recorded.
    """
    if column not in patients or column == "patient_id":
        return None
    values = patients[column]
    if pd.api.types.is_bool_dtype(values.dtype):
        values = values.map({True: "yes", False: "no"})
    if pd.api.types.is_numeric_dtype(values.dtype) or pd.api.types.is_datetime64_any_dtype(values.dtype):
        return None
    names = values.astype("string").str.strip().astype(object).fillna("")
    counts = names[names != ""].value_counts()
    large = counts.index[counts >= 2 * least_shown(applied_min_cell(min_cell))]
    if len(large) < 2:
        return None
    found = names.where(names.isin(large), OTHERS)
    found.index = patients["patient_id"].astype(str)
    return found


def comparison(counted: Counted, source: Source, column: str, confidence: float) -> list[Block]:
    """Return the tables that hold the groups side by side; none without groups."""
    if source.groups is None:
        return []
    return [
        _side_by_side(counted, source, column),
        _effects(counted, source, confidence),
        _survival(counted, source, confidence),
    ]


def _side_by_side(counted: Counted, source: Source, column: str) -> Block:
    release, names = counted.release, source.names
    of = sizes(release, names)
    rows: list[tuple[str, ...]] = [("Patients", "", *(text(of[name]) for name in names))]
    rows += _ages(source, names, release.min_cell)
    for title, levels in counted.compared.items():
        for level in levels:
            shown = [(release.shown(divided(title), level, name), of[name]) for name in names]
            rows.append((title, level, *(_with_percent(count, size) for count, size in shown)))
    bases = {name: release.printed[GROUPS, name, ALL].base for name in names}
    told = ", ".join(f"{name} to {base}" for name, base in bases.items() if base)
    notes = (
        f"{rounding_note(release.least)} Sizes of groups are rounded further: {told or 'all are hidden'}.",
        f"The groups are those of the column {column}. Groups that are too small to be shown stand together "
        "with patients whose group is not recorded.",
    )
    return Block("groups", "The groups side by side", ("Characteristic", "Level", *names), tuple(rows), notes)


def _ages(source: Source, names: Sequence[str], min_cell: int) -> Iterator[tuple[str, ...]]:
    ages = source.patients.set_index(source.patients["patient_id"].astype(str))["age"]
    found = [quartiles(source.in_group(ages, name).astype(float).tolist(), min_cell) for name in names]
    columns = [quartile_texts(each, age_text) for each in found]
    for place, level in enumerate(("lower quartile", "median", "upper quartile")):
        yield ("Age, years", level, *(column[place] for column in columns))


def _with_percent(count: int | None, size: int | None) -> str:
    share = percent(count, size)
    return text(count) if share == HIDDEN else f"{count} ({share} %)"


def _effects(counted: Counted, source: Source, confidence: float) -> Block:
    """Return each group against the first: response, and death over the follow-up."""
    reference, *others = [name for name in source.names if name != OTHERS]
    rows: list[tuple[str, ...]] = []
    for name in others:
        if RESPONSE in counted.compared:
            rows += _responses(counted, name, reference, confidence)
        rows.append(_hazard(counted, source, name, reference, confidence))
        rows.append(_log_rank(counted, source, name, reference))
    notes = (
        "Difference and Fisher's p value are computed from the rounded counts of the table above, and so "
        "differ from those of the run. The hazard ratio is Cox's, rounded to one decimal; its interval is "
        "that of the rounded numbers of deaths alone. The log-rank p value is given as a range.",
        "The groups were not assigned by chance: differences between them need not come from the treatment.",
    )
    header = ("Outcome", "Group", "Against", "Effect", f"{100 * confidence:g} % interval", "p")
    return Block("effects", "Differences between the groups", header, tuple(rows), notes)


def _responses(counted: Counted, name: str, reference: str, confidence: float) -> Iterator[tuple[str, ...]]:
    from amyloid.stats import fisher, proportion_difference

    release = counted.release
    words = ("Hematologic response, all patients, percentage points", name, reference)
    counts = [release.shown(divided(RESPONSE), "response", group) for group in (name, reference)]
    of = [release.shown(GROUPS, group) for group in (name, reference)]
    if None in (*counts, *of):
        yield (*words, HIDDEN, HIDDEN, HIDDEN)
        return
    pairs = [(min(count or 0, size or 0), size or 0) for count, size in zip(counts, of, strict=True)]
    found = proportion_difference(*pairs[0], *pairs[1], confidence=confidence).iloc[0]
    p = fisher([[yes, size - yes] for yes, size in pairs])["p"].iloc[0]
    limits = f"{100 * found['lower']:.0f} to {100 * found['upper']:.0f}"
    yield (*words, f"{100 * found['estimate']:.0f}", limits, f"{p:.2g}")


def _followed(source: Source, name: str, reference: str) -> pd.DataFrame:
    rows = source.endpoints
    rows = rows[(rows["endpoint"] == "overall_survival") & rows["months"].notna()]
    rows = rows.assign(group=source.group_of(rows["patient_id"]))
    rows = rows[rows["group"].isin([name, reference])]
    return rows.assign(other=(rows["group"] == name).astype(float))


def _hazard(
    counted: Counted, source: Source, name: str, reference: str, confidence: float
) -> tuple[str, ...]:
    from statistics import NormalDist

    from amyloid.stats import cox

    words = ("Death, hazard ratio", name, reference)
    deaths = _deaths(counted, name, reference)
    if not all(deaths):
        return (*words, HIDDEN, HIDDEN, "")
    fit = cox(_followed(source, name, reference), "months", "event", ["other"])
    ratio = round(float(fit["hazard_ratio"].iloc[0]), 1)
    if not ratio or math.isnan(ratio):
        return (*words, HIDDEN, HIDDEN, "")
    reach = NormalDist().inv_cdf((1 + confidence) / 2) * math.sqrt(sum(1 / (each or 1) for each in deaths))
    low, high = (ratio * math.exp(sign * reach) for sign in (-1, 1))
    return (*words, f"{ratio:.1f}", f"{low:.1f} to {high:.1f}", "")


def _log_rank(counted: Counted, source: Source, name: str, reference: str) -> tuple[str, ...]:
    from amyloid.stats import logrank

    words = ("Death, log-rank test", name, reference, "", "")
    if not all(_deaths(counted, name, reference)):
        return (*words, HIDDEN)
    rows = _followed(source, name, reference)
    return (*words, band(float(logrank(rows["months"], rows["event"], rows["group"])["p"].iloc[0])))


def _deaths(counted: Counted, *groups: str) -> list[int | None]:
    """Return how many died in each group, as it is printed."""
    return [counted.release.shown(divided(DEATH), "yes", group) for group in groups]


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


def _survival(counted: Counted, source: Source, confidence: float) -> Block:
    """Return the points of each group's overall survival."""
    rows: list[tuple[str, ...]] = []
    curves = counted.curves.get("overall_survival")
    for name in source.names:
        points = curves.points[name] if curves else ()
        rows += point_rows(counted.release, name, points, confidence)
    header = ("Group", "Month", "At risk", "Alive, %", f"{100 * confidence:g} % interval")
    return Block(
        "survival_by_group", "Overall survival by group", header, tuple(rows), (curve_note(counted.release),)
    )
