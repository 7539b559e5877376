"""Groups side by side: Table 1, response, its depth and its timing; survival is `group_survival`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, Final

import numpy as np
import pandas as pd

from amyloid import stats
from amyloid.questions.groups import Groups
from amyloid.questions.study import RESPONDING
from amyloid.questions.words import FEWEST_EVENTS

EFFECTS: Final = (
    "outcome", "measure", "group", "estimate", "lower", "upper", "p", "n", "events", "note",
)  # fmt: skip
"""Columns of every comparison: a row is one estimate or one test; a blank group is a test over all groups."""
DEPTHS: Final[Mapping[str, tuple[str, ...]]] = {"cr": ("CR",), "vgpr_or_better": ("CR", "VGPR")}
"""Depths of response beside any response, and the categories that reach them."""


def effect(outcome: str, measure: str, group: str = "", **values: Any) -> dict[str, Any]:
    """One row of `EFFECTS`; what is not given is missing."""
    numbers = dict.fromkeys(("estimate", "lower", "upper", "p"), np.nan)
    blank = {"n": pd.NA, "events": pd.NA, "note": ""}
    return {"outcome": outcome, "measure": measure, "group": group} | numbers | blank | values


def effects(rows: Sequence[dict[str, Any]]) -> pd.DataFrame:
    """Rows as a frame."""
    return pd.DataFrame(list(rows), columns=list(EFFECTS)).astype({"n": "Int64", "events": "Int64"})


def measured(found: Any, name: str = "estimate") -> dict[str, float]:
    """Estimate and limits for `effect`, from a row of `amyloid.stats`."""
    return {"estimate": float(found[name]), "lower": float(found["lower"]), "upper": float(found["upper"])}


def yes_no(categories: pd.DataFrame, responding: Sequence[str] = RESPONDING) -> pd.DataFrame:
    """Each patient's ``judged`` and ``yes`` from the category."""
    judged = categories["category"] != "NE"
    return categories[["patient_id"]].assign(judged=judged, yes=categories["category"].isin(responding))


def compared(outcome: str, answers: pd.DataFrame, groups: Groups, confidence: float) -> pd.DataFrame:
    """Difference of each group from the reference (percentage points), and Fisher's test over all.

    Parameters
    ----------
    outcome : str
        First part of the ids.
    answers : DataFrame
        ``patient_id, yes``: those in the denominator.
    groups : Groups
    confidence : float
        Level of the limits (Newcombe's).

    Returns
    -------
    DataFrame
        `EFFECTS`.
    """
    if not groups.compared:
        return effects([])
    counts = _counts(answers, groups)
    return effects([*_differences(outcome, counts, groups, confidence), _fisher(outcome, counts)])


def _counts(answers: pd.DataFrame, groups: Groups) -> pd.DataFrame:
    """How many of how many answer yes in each compared group: ``sum, count``."""
    grouped = groups.join(answers).groupby("group", observed=False)["yes"]
    return grouped.agg(["sum", "count"]).astype(int)


def _differences(
    outcome: str, counts: pd.DataFrame, groups: Groups, confidence: float
) -> Iterator[dict[str, Any]]:
    base, total = map(int, counts.loc[groups.reference])
    for name in groups.others:
        yes, n = map(int, counts.loc[name])
        row = effect(outcome, "difference", name, n=n + total, events=yes + base)
        if n and total:
            gap = stats.proportion_difference(yes, n, base, total, confidence=confidence)
            row |= measured(gap.iloc[0] * 100)
        else:
            row["note"] = f"nobody in {name if total else groups.reference} can be judged"
        yield row


def _fisher(outcome: str, counts: pd.DataFrame) -> dict[str, Any]:
    table = np.column_stack([counts["sum"], counts["count"] - counts["sum"]])
    row = effect(outcome, "fisher", n=int(table.sum()), events=int(table[:, 0].sum()))
    fewer = int(table.sum(axis=0).min())
    if fewer < FEWEST_EVENTS:
        which = "responders" if fewer == row["events"] else "others"
        return row | {"note": f"no test: {fewer} {which}, fewer than {FEWEST_EVENTS}"}
    try:
        return row | {"p": float(stats.fisher(table)["p"].iloc[0])}
    except ValueError as error:
        return row | {"note": f"no test: {error}"}


def depth(categories: pd.DataFrame, groups: Groups, confidence: float) -> pd.DataFrame:
    """Depth of response: `compared` for each of `DEPTHS`, of all treated."""
    parts = [
        compared(name, yes_no(categories, grades), groups, confidence) for name, grades in DEPTHS.items()
    ]
    return pd.concat(parts, ignore_index=True)


def sensitivity(
    categories: pd.DataFrame, landmarks: Mapping[str, pd.DataFrame], groups: Groups, confidence: float
) -> pd.DataFrame:
    """The response difference under other denominators, other readings of NE, and by a month.

    Parameters
    ----------
    categories : DataFrame
        Best response.
    landmarks : Mapping
        Words such as ``by month 6`` to the categories that held by then.
    groups : Groups
    confidence : float
        Level of the limits.

    Returns
    -------
    DataFrame
        `EFFECTS`; the outcome says what was done otherwise.
    """
    if not groups.compared:
        return effects([])
    answers = yes_no(categories)
    unknown, yes = ~answers["judged"], answers["yes"]
    reference = answers["patient_id"].map(groups.of.astype(object)) == groups.reference
    ways = {
        "NE as no response": answers,
        "evaluable only": answers[~unknown],
        "NE as response": answers.assign(yes=yes | unknown),
        f"NE as response in {groups.reference} only": answers.assign(yes=yes | unknown & reference),
        f"NE as response in {' or '.join(groups.others)} only": answers.assign(
            yes=yes | unknown & ~reference
        ),
        **{words: yes_no(part) for words, part in landmarks.items()},
    }
    parts = [_differences(way, _counts(rows, groups), groups, confidence) for way, rows in ways.items()]
    return effects([*chain.from_iterable(parts)])


def timing(times: pd.DataFrame, groups: Groups) -> pd.DataFrame:
    """Gray's test of the time to response, with death and the next line competing.

    Parameters
    ----------
    times : DataFrame
        ``patient_id, months, cause``; cause 1 is a response.
    groups : Groups

    Returns
    -------
    DataFrame
        `EFFECTS`, one row.
    """
    frame = groups.join(times)
    happened = (frame["cause"] == 1).groupby(frame["group"], observed=False).sum()
    row = effect("time_to_response", "gray", n=len(frame), events=int(happened.sum()))
    row["note"] = too_few(happened, "response") or ("" if groups.compared else "no test: no two groups")
    if not row["note"]:
        row["p"] = float(stats.gray_test(frame["months"], frame["cause"], frame["group"])["p"].iloc[0])
    return effects([row])


def too_few(counts: pd.Series, what: str) -> str:
    """Why there is no test: the group with the fewest events, where these are fewer than `FEWEST_EVENTS`."""
    if counts.empty or counts.min() >= FEWEST_EVENTS:
        return ""
    fewest = int(counts.min())
    events = what if fewest == 1 else f"{what}s"
    return f"no test: {fewest} {events} in {counts.idxmin()}, fewer than {FEWEST_EVENTS}"


def balance(table: pd.DataFrame, names: Mapping[str, str], groups: Groups) -> pd.DataFrame:
    """Standardized difference of each trait, group minus reference.

    Parameters
    ----------
    table : DataFrame
        ``patient_id`` and the traits.
    names : Mapping
        Column to its name.
    groups : Groups

    Returns
    -------
    DataFrame
        ``trait, group, difference, n``: of those known. A trait of two levels counts its second; of more
        levels the difference has no sign. NaN where a group holds fewer than two known values or nobody
        varies.
    """
    frame = groups.join(table)
    rows = []
    for column, name in names.items():
        values, name = _countable(frame[column], name)
        for other in groups.others:
            known = frame["group"].isin([other, groups.reference]) & values.notna()
            pair = pd.Categorical(frame["group"][known], categories=[other, groups.reference])
            row = {"trait": name, "group": other, "difference": np.nan, "n": int(known.sum())}
            if pair.value_counts().min() >= 2 and values[known].nunique() > 1:
                found = stats.standardized_difference(_plain(values[known]), pair)
                row["difference"] = float(found["difference"].iloc[0])
            rows.append(row)
    return pd.DataFrame(rows, columns=["trait", "group", "difference", "n"])


def _countable(values: pd.Series, name: str) -> tuple[pd.Series, str]:
    """A trait of two levels as yes/no of the second, so that its difference has a direction."""
    levels = sorted(values.dropna().astype(str).unique())
    if pd.api.types.is_numeric_dtype(values.dtype) or len(levels) != 2:
        return values, name
    return (values.astype(str) == levels[1]).astype("boolean").mask(values.isna()), f"{name}: {levels[1]}"


def _plain(values: pd.Series) -> pd.Series:
    if pd.api.types.is_bool_dtype(values.dtype):
        return values.astype(bool)
    return values.astype(float) if pd.api.types.is_numeric_dtype(values.dtype) else values.astype(str)


def table_one(
    table: pd.DataFrame, names: Mapping[str, str], apart: pd.DataFrame, groups: Groups
) -> pd.DataFrame:
    """Cells of Table 1: everybody, then each compared group, of two their difference.

    Parameters
    ----------
    table : DataFrame
        ``patient_id`` and the traits.
    names : Mapping
        Column to its name in the table, in order. Numbers give median, quartiles and range; yes/no
        columns the count of yes; text and categories one line per level.
    apart : DataFrame
        From `group_response.balance` of the same traits.
    groups : Groups

    Returns
    -------
    DataFrame
        ``variable, level, group, kind`` (count, number, missing), ``n, denominator, missing, median, q1, q3,
        low, high, difference``. Denominators count those known. A line "missing" is there for each variable
        that lacks a value in anybody. The difference stands on the first line of each variable; ``attrs``
        names its direction.
    """
    inside = groups.join(table)
    parts = {"All": table} | {name: inside[inside["group"] == name] for name in groups.compared}
    rows = [
        {"variable": name, "level": level, "group": f"{group} (n = {len(part):,})", "kind": kind}
        | _cell(part[column], level, kind)
        for column, name in names.items()
        for level, kind in _lines(table[column])
        for group, part in parts.items()
    ]
    columns = ["variable", "level", "group", "kind", "n", "denominator", "missing", *_NUMBERS]
    cells = pd.DataFrame(rows, columns=columns).astype({"n": "Int64"}).assign(difference=np.nan)
    if groups.two:
        cells.loc[cells.drop_duplicates("variable").index, "difference"] = apart["difference"].to_numpy()
        cells.attrs["difference"] = f"{groups.others[0]} minus {groups.reference}"
    return cells


_NUMBERS: Final = ("median", "q1", "q3", "low", "high")


def _lines(values: pd.Series) -> list[tuple[str, str]]:
    """Levels of the table for one variable, and what each line shows."""
    if pd.api.types.is_bool_dtype(values.dtype):
        lines = [("yes", "count")]
    elif pd.api.types.is_numeric_dtype(values.dtype):
        lines = [("median (quartiles; range)", "number")]
    elif isinstance(values.dtype, pd.CategoricalDtype):
        lines = [(str(level), "count") for level in values.cat.categories]
    else:
        lines = [(str(level), "count") for level in sorted(values.dropna().unique(), key=str)]
    return lines + ([("missing", "missing")] if values.isna().any() or not lines else [])


def _cell(values: pd.Series, level: str, kind: str) -> dict[str, object]:
    known = values.dropna()
    cell: dict[str, object] = {"n": None, "denominator": len(known), "missing": len(values) - len(known)}
    cell |= dict.fromkeys(_NUMBERS, np.nan)
    if kind == "count":
        yes = known.astype(bool) if pd.api.types.is_bool_dtype(known.dtype) else known.astype(str) == level
        cell["n"] = int(yes.sum())
    elif kind == "number" and len(known):
        quantiles = np.quantile(known.to_numpy(float), [0.5, 0.25, 0.75, 0.0, 1.0])
        cell |= dict(zip(_NUMBERS, map(float, quantiles), strict=True))
    return cell
