"""House tables: frames in, great-tables out, or a CSV that no spreadsheet runs. No statistic is computed."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from amyloid.show import text

if TYPE_CHECKING:
    from great_tables import GT

TABLES = (
    *("claims_table", "crosstab", "listing", "milestones", "parameters_table", "proportions"),
    *("table", "table_one"),
)
"""Names of the tables."""
LISTED = 100
"""Rows of a listing; more are left out of the page."""
_INK, _RULE = "#222222", "#c9ced2"
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_RULES = (
    *(("table_border_top", "2px", _INK), ("table_border_bottom", "2px", _INK)),
    *(("column_labels_border_top", "1px", _INK), ("column_labels_border_bottom", "1px", _INK)),
    *(("table_body_border_bottom", "1px", _INK), ("row_group_border_top", "1px", _RULE)),
)
_BLANK = "heading_border_bottom table_body_hlines table_body_border_top row_group_border_bottom stub_border"
_OPTIONS: dict[str, Any] = {
    "table_font_size": "14px", "table_font_color": _INK, "table_width": "auto", "table_margin_left": "0",
    "heading_align": "left", "heading_title_font_size": "15px", "heading_title_font_weight": "bold",
    "column_labels_font_weight": "bold", "data_row_padding": "4px", "row_group_font_weight": "bold",
    "row_group_padding": "6px", "source_notes_font_size": "12px", "source_notes_padding": "2px",
    "heading_subtitle_font_size": "14px",
    **{f"{rule}_style": "none" for rule in _BLANK.split()},
    **{f"{rule}_{key}": value for rule, width, color in _RULES
       for key, value in (("style", "solid"), ("width", width), ("color", color))},
}  # fmt: skip
"""Rules above and below, names in the stub, what must be known in the foot."""


def table(
    frame: pd.DataFrame,
    *,
    title: str,
    name: str,
    stub: str | None = None,
    groups: str | None = None,
    labels: Mapping[str, str] | None = None,
    numeric: Sequence[str] = (),
    marked: Sequence[int] = (),
    notes: Sequence[str] = (),
    synthetic: bool | str = False,
) -> GT:
    """Lay out a frame of finished text as a house table.

    Parameters
    ----------
    frame : DataFrame
        Text and whole numbers; missing cells are shown as a dash.
    title : str
        What the table shows.
    name : str
        Makes the ids in the HTML, so that they are the same in each run.
    stub : str, optional
        Column that names the rows.
    groups : str, optional
        Column whose values head the rows below them.
    labels : Mapping, optional
        Column to its heading.
    numeric : sequence of str
        Columns aligned at the right.
    marked : sequence of int
        Rows set in bold.
    notes : sequence of str
        Denominator, missing, interval, criteria, data cut; one paragraph each. Empty ones are left out.
    synthetic : bool or str
        Whether the stamp closes the table, or its words.

    Returns
    -------
    GT
        A row with words takes the place of the body when the frame has no rows.
    """
    from great_tables import GT, loc, style  # slow to load

    labels, id = labels or {}, "tbl-" + re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-")
    if frame.empty:
        nothing = pd.DataFrame({"note": ["There is nothing to list here."]})
        gt = GT(nothing, id=id).tab_options(column_labels_hidden=True)
    else:
        shown = frame.reset_index(drop=True)
        shown = pd.DataFrame({column: [_cell(value) for value in shown[column]] for column in shown})
        rest = [column for column in shown.columns if column not in (stub, groups)]
        gt = GT(shown, rowname_col=stub, groupname_col=groups, id=id)
        gt = gt.cols_label(cases={c: labels.get(c, str(c).replace("_", " ")) for c in rest})
        gt = gt.cols_align("left", columns=[c for c in rest if c not in numeric])
        gt = gt.cols_align("right", columns=list(numeric))
        if stub is not None and labels.get(stub):
            gt = gt.tab_stubhead(labels[stub])
        if marked:
            places = [loc.body(rows=list(marked)), *([loc.stub(rows=list(marked))] if stub else [])]
            gt = gt.tab_style(style.text(weight="bold"), places)
    gt = gt.tab_header(title)
    stamp = text.stamp(synthetic)
    for note in [*notes, f"{stamp[:1].upper()}{stamp[1:]}." if stamp else ""]:
        gt = gt.tab_source_note(note) if note else gt
    return gt.opt_css(".gt_table .gt_title { font-weight: bold; }").tab_options(**_OPTIONS)


def _cell(value: Any) -> str:
    """A cell as text: truth values in words, thousands of whole numbers apart."""
    if pd.api.types.is_scalar(value) and pd.isna(value):
        return "–"
    if pd.api.types.is_bool(value):
        return "yes" if value else "no"
    return f"{int(value):,}" if pd.api.types.is_integer(value) else str(value)


def table_one(cells: pd.DataFrame, *, notes: Sequence[str] = (), **house: Any) -> GT:
    """Draw Table 1: overall and by group, with missing rows and standardized differences.

    Parameters
    ----------
    cells : DataFrame
        One row per line and column of the table, as `characteristics.characteristics` gives:
        `variable, level, group, kind, n, denominator, missing, median, q1, q3, low, high, difference`;
        `attrs` may name the direction of the difference.
    notes, **house
        As in `table`.

    Returns
    -------
    GT
    """
    columns = list(dict.fromkeys(cells["group"]))
    rows = []
    for (variable, level), part in cells.groupby(["variable", "level"], sort=False, dropna=False):
        said = {record["group"]: _characteristic(record) for record in part.to_dict("records")}
        gap = part["difference"].dropna()
        difference = text.number(float(gap.iloc[0]), 2) if len(gap) else ""
        rows.append({"variable": variable, "level": level or "", **said, "difference": difference})
    frame = pd.DataFrame(rows, columns=["variable", "level", *columns, "difference"])
    foot = [
        "Numbers are n (%) of those known, or median (quartiles; range).",
        "A value printed as below or above a limit counts as the limit.",
    ]
    if (frame["difference"] == "").all():
        frame = frame.drop(columns="difference")
    else:
        direction = cells.attrs.get("difference", "between the groups")
        foot.append(f"Difference: standardized difference, {direction}; of categories without a sign.")
    labels, notes = {"difference": "Difference"}, [*notes, *foot]
    return table(frame, stub="level", groups="variable", notes=notes, labels=labels, **house)


def _characteristic(record: Mapping[Any, Any]) -> str | None:
    if record["kind"] == "missing":
        return f"{int(record['missing']):,}"
    if record["kind"] == "number":
        values = [float(record[key]) for key in ("median", "q1", "q3", "low", "high")]
        decimals = _decimals(values[0])
        median, q1, q3, low, high = (text.number(value, decimals, "–") for value in values)
        return None if median == "–" else f"{median} ({q1} to {q3}; {low} to {high})"
    n, total = int(record["n"]), int(record["denominator"])
    return f"{n:,} ({text.percent(n / total)})" if total else "–"


def _decimals(median: float) -> int:
    """Decimals that give a median two significant digits, three at the most."""
    if not math.isfinite(median) or median == 0:
        return 0
    return min(max(1 - math.floor(math.log10(abs(median))), 0), 3)


def crosstab(
    counts: pd.DataFrame, *, corner: str = "", labels: Mapping[str, str] | None = None, **house: Any
) -> GT:
    """Draw a table of counts.

    Parameters
    ----------
    counts : DataFrame
        Whole numbers or finished text; the index names the rows, the columns the columns. Margins are
        drawn as given; a row called "Total" is set in bold.
    corner : str
        What the rows are, written over the row names.
    labels, **house
        As in `table`.

    Returns
    -------
    GT
    """
    frame = counts.rename(columns=str).reset_index(names="row_name").astype({"row_name": str})
    total = [place for place, label in enumerate(frame["row_name"]) if label == "Total"]
    labels, numeric = {"row_name": corner, **(labels or {})}, list(map(str, counts.columns))
    return table(frame, stub="row_name", marked=total, labels=labels, numeric=numeric, **house)


def listing(
    frame: pd.DataFrame, *, digits: int = 1, most: int = LISTED, rest: str = "",
    notes: Sequence[str] = (), **house: Any,
) -> GT:  # fmt: skip
    """List patients, one row each, the first column naming the row.

    Parameters
    ----------
    frame : DataFrame
        What is listed; numbers get `digits` decimals, unless they are whole.
    digits : int
        Decimals of numbers.
    most : int
        Rows beyond this many are left out, and a note says so.
    rest : str
        What follows in that note: where all rows are.
    notes, **house
        As in `table`.

    Returns
    -------
    GT
    """
    shown = frame.head(most).copy()
    numeric = [str(c) for c in shown.columns if pd.api.types.is_float_dtype(shown[c])]
    written = partial(text.number, digits=digits)
    shown[numeric] = shown[numeric].astype(object).map(written, na_action="ignore")
    more = f"The first {most:,} of {len(frame):,} rows. {rest}".strip() if len(frame) > most else ""
    first = str(shown.columns[0]) if len(shown.columns) > 1 else None
    right = [c for c in numeric if c != first]
    return table(shown, stub=first, notes=[more, *notes], numeric=right, **house)


def parameters_table(frame: pd.DataFrame, **house: Any) -> GT:
    """Draw the parameters; those that differ from their default are bold and marked.

    Parameters
    ----------
    frame : DataFrame
        `parameter, value, default, meaning`.
    **house
        As in `table`.

    Returns
    -------
    GT
    """
    changed = (frame["value"].astype(str) != frame["default"].astype(str)).to_numpy(bool)
    shown = frame.assign(changed=["changed" if flag else "" for flag in changed])
    said = f"{changed.sum()} of {len(frame)} parameters differ from their default."
    notes = [said if changed.any() else "All parameters have their default."]
    labels = {name: name.capitalize() for name in frame.columns} | {"changed": ""}
    marked = changed.nonzero()[0].tolist()
    return table(shown, stub="parameter", marked=marked, notes=notes, labels=labels, **house)


def claims_table(frame: pd.DataFrame, *, notes: Sequence[str] = (), **house: Any) -> GT:
    """Draw what was published beside what was computed.

    Parameters
    ----------
    frame : DataFrame
        `id, quantity, published, computed, agrees`, and optionally `unit`, `count`, `denominator`, `note`.
    notes, **house
        As in `table`.

    Returns
    -------
    GT
        Rows that do not agree are bold and say so in words.
    """
    agrees = frame["agrees"].astype(bool).to_numpy()
    shown = frame.assign(agrees=["agrees" if flag else "differs" for flag in agrees])
    labels = {
        "id": "Claim", "quantity": "Quantity", "published": "Published", "computed": "Computed",
        "unit": "Unit", "count": "Count", "denominator": "Of", "agrees": "", "note": "Note",
    }  # fmt: skip
    optional = ("unit", "count", "denominator", "note")
    blank = [c for c in optional if c in shown and (shown[c].isna() | (shown[c] == "")).all()]
    said = [c for c in labels if c in shown and c not in blank]
    if "note" in said:
        shown["note"] = shown["note"].fillna("")
    notes = [f"{int(agrees.sum())} of {len(frame)} published numbers are met.", *notes]
    marked = (~agrees).nonzero()[0].tolist()
    numeric = [c for c in ("published", "computed", "count", "denominator") if c in said]
    shown[numeric] = shown[numeric].astype(object).map(_claimed, na_action="ignore")
    return table(shown[said], stub="id", notes=notes, marked=marked, numeric=numeric, labels=labels, **house)


def _claimed(value: object) -> str:
    if isinstance(value, float):
        return f"{int(value):,}" if value.is_integer() else f"{value:.4g}"
    return str(value)


def proportions(frame: pd.DataFrame, *, interval: str = "exact 95% CI", **house: Any) -> GT:
    """Draw counts, denominators, percentages and limits.

    Parameters
    ----------
    frame : DataFrame
        `label, count, n, estimate, lower, upper` (shares of one); optional `group` heads rows.
    interval : str
        Type and level of the limits, written in the heading.
    **house
        As in `table`.

    Returns
    -------
    GT
    """
    counts = [f"{int(k):,} of {int(n):,}" for k, n in zip(frame["count"], frame["n"], strict=True)]
    percents, limits = frame["estimate"].map(text.percent), _limits(frame, digits=0, share=True)
    rows = frame[[c for c in ("group", "label") if c in frame]]
    rows = rows.assign(count=counts, percent=percents, limits=limits)
    labels = {"label": "", "count": "Patients", "percent": "Percent"}
    labels["limits"] = interval[:1].upper() + interval[1:]
    groups, numeric = "group" if "group" in rows else None, ("count", "percent", "limits")
    return table(rows, stub="label", groups=groups, numeric=numeric, labels=labels, **house)


def _limits(frame: pd.DataFrame, **how: Any) -> list[str]:
    return [text.interval(low, high, **how) for low, high in zip(frame["lower"], frame["upper"], strict=True)]


def milestones(
    at_times: pd.DataFrame, medians: pd.DataFrame | None = None, *, what: str = "Alive",
    interval: str = "95% CI, log-log", few: int = 10, notes: Sequence[str] = (), **house: Any,
) -> GT:  # fmt: skip
    """Draw survival at fixed months, and the medians below.

    Parameters
    ----------
    at_times : DataFrame
        `group, time, at_risk, survival, lower, upper`.
    medians : DataFrame, optional
        `group, median, lower, upper`, in months.
    what : str
        What the curve counts.
    interval : str
        Type and level of the limits, written in the heading.
    few : int
        Estimates with fewer than this many at risk are marked.
    notes, **house
        As in `table`.

    Returns
    -------
    GT
    """
    thin = at_times["at_risk"] < few
    marked = zip(at_times["time"], np.where(thin, " *", ""), strict=True)
    rows = at_times.assign(
        time=[f"{text.number(month, 0)} months{mark}" for month, mark in marked],
        value=at_times["survival"].map(text.percent),
        limits=_limits(at_times, digits=0, share=True),
    )
    if medians is not None:
        limits = _limits(medians, missing=text.NOT_REACHED)
        below = medians.assign(time="Median", value=medians["median"].map(text.months), limits=limits)
        rows = pd.concat([rows, below], ignore_index=True).astype({"at_risk": "Int64"})
    labels = {"time": "Time", "at_risk": "At risk", "value": what, "limits": interval}
    grouped = rows["group"].nunique(dropna=False) > 1
    rows = rows[[*(["group"] if grouped else []), *labels]]
    if grouped:
        rows = rows.sort_values("group", kind="stable", key=lambda names: pd.factorize(names)[0])
    notes = [*notes, f"* Fewer than {few} at risk." if thin.any() else ""]
    numeric, groups = ("at_risk", "value", "limits"), "group" if grouped else None
    return table(rows, stub="time", groups=groups, notes=notes, numeric=numeric, labels=labels, **house)


def write_csv(frame: pd.DataFrame, path: Path) -> None:
    """Write a frame, numbers in ten digits; no text in it can act as a formula in a spreadsheet."""
    defused(frame).to_csv(path, index=False, float_format="%.10g", encoding="utf-8", lineterminator="\n")


def defused(frame: pd.DataFrame) -> pd.DataFrame:
    """Copy of a frame in which no text can act as a formula when a spreadsheet opens it."""
    safe = frame.copy()
    for column in safe.columns:
        kind = safe[column].dtype
        if not (pd.api.types.is_numeric_dtype(kind) or pd.api.types.is_datetime64_dtype(kind)):
            safe[column] = safe[column].astype(object).map(_quiet)
    return safe.rename(columns=_quiet)


def _quiet(cell: object) -> object:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA_STARTS) else cell
