"""The house table: rules above and below, names in the stub, what must be known in the foot."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import pandas as pd
from great_tables import GT, loc, style

STAMP = "Synthetic, built from published aggregates, not patient data."
_INK, _RULE = "#222222", "#c9ced2"


def table(
    frame: pd.DataFrame,
    *,
    title: str,
    name: str,
    subtitle: str | None = None,
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
    title, subtitle : str
        What the table shows, and on whom.
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
    synthetic : bool
        Whether the stamp closes the table.

    Returns
    -------
    GT
        A row with words takes the place of the body when the frame has no rows.
    """
    shown = frame.reset_index(drop=True)
    if shown.empty:
        return _without_rows(title, name, subtitle, notes, synthetic)
    for column in shown.columns:
        shown[column] = [_cell(value) for value in shown[column]]
    gt = GT(shown, rowname_col=stub, groupname_col=groups, id=table_id(name))
    rest = [column for column in shown.columns if column not in (stub, groups)]
    gt = gt.cols_label(cases={c: (labels or {}).get(c, str(c).replace("_", " ")) for c in rest})
    left = [column for column in rest if column not in numeric]
    gt = gt.cols_align("left", columns=left) if left else gt
    gt = gt.cols_align("right", columns=list(numeric)) if numeric else gt
    if stub is not None and (labels or {}).get(stub):
        gt = gt.tab_stubhead((labels or {})[stub])
    if marked:
        bold = style.text(weight="bold")
        places = [loc.body(rows=list(marked)), *([loc.stub(rows=list(marked))] if stub else [])]
        gt = gt.tab_style(bold, places)
    return _dress(gt, title, subtitle, notes, synthetic)


def table_id(name: str) -> str:
    """HTML id of a table: letters, digits and hyphens only."""
    return "tbl-" + re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-")


def _cell(value: object) -> str:
    if value is None or value is pd.NA or (isinstance(value, float) and value != value):
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int) or (hasattr(value, "dtype") and pd.api.types.is_integer_dtype(value.dtype)):
        return f"{int(str(value)):,}"
    return str(value)


def _without_rows(
    title: str, name: str, subtitle: str | None, notes: Sequence[str], synthetic: bool | str
) -> GT:
    words = pd.DataFrame({"note": ["There is nothing to list here."]})
    gt = GT(words, id=table_id(name)).tab_options(column_labels_hidden=True)
    return _dress(gt, title, subtitle, notes, synthetic)


def _dress(gt: GT, title: str, subtitle: str | None, notes: Sequence[str], synthetic: bool | str) -> GT:
    gt = gt.tab_header(title, subtitle)
    other = f"{synthetic[:1].upper()}{synthetic[1:]}." if isinstance(synthetic, str) and synthetic else ""
    for note in [*notes, STAMP if synthetic is True else other]:
        gt = gt.tab_source_note(note) if note else gt
    gt = gt.opt_css(".gt_table .gt_title { font-weight: bold; }")
    return gt.tab_options(
        table_font_size="14px",
        table_font_color=_INK,
        table_width="auto",
        table_margin_left="0",
        heading_align="left",
        heading_title_font_size="15px",
        heading_title_font_weight="bold",
        heading_subtitle_font_size="14px",
        heading_border_bottom_style="none",
        column_labels_font_weight="bold",
        data_row_padding="4px",
        table_border_top_style="solid",
        table_border_top_width="2px",
        table_border_top_color=_INK,
        table_border_bottom_style="solid",
        table_border_bottom_width="2px",
        table_border_bottom_color=_INK,
        column_labels_border_top_style="solid",
        column_labels_border_top_width="1px",
        column_labels_border_top_color=_INK,
        column_labels_border_bottom_style="solid",
        column_labels_border_bottom_width="1px",
        column_labels_border_bottom_color=_INK,
        table_body_hlines_style="none",
        table_body_border_bottom_style="solid",
        table_body_border_bottom_width="1px",
        table_body_border_bottom_color=_INK,
        table_body_border_top_style="none",
        row_group_font_weight="bold",
        row_group_padding="6px",
        row_group_border_top_style="solid",
        row_group_border_top_width="1px",
        row_group_border_top_color=_RULE,
        row_group_border_bottom_style="none",
        stub_border_style="none",
        source_notes_font_size="12px",
        source_notes_padding="2px",
    )
