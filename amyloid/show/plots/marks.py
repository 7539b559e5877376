"""The marks of the swimmer plot: what can happen on a lane, and how it is drawn."""

from __future__ import annotations

from typing import Any

import pandas as pd

from amyloid.show.plots.style import INK, LOOKS

MARKS: dict[str, tuple[str, str, str]] = {
    "CR": ("D", LOOKS["CR"].color, "CR"),
    "VGPR": ("s", LOOKS["VGPR"].color, "VGPR"),
    "PR": ("o", LOOKS["PR"].color, "PR"),
    "MR": ("v", LOOKS["MR"].color, "MR"),
    "relapse": ("X", "#d55e00", "relapse or progression"),
    "next treatment": ("^", "#e6b800", "next treatment"),
    "transplant": ("P", "#8e5ea2", "transplant"),
    "dialysis": ("h", "#8a8a2b", "dialysis"),
    "death": ("x", "#000000", "death"),
}
"""Mark, in the order of the legend: marker, color, words."""
_EVENTS = {
    "next_treatment": "next treatment",
    "stem_cell_transplant": "transplant",
    "heart_transplant": "transplant",
    "kidney_transplant": "transplant",
    "dialysis": "dialysis",
}


def mark_style(mark: str) -> dict[str, Any]:
    """Marker, color and edge of a mark, as keywords of `plot`."""
    marker, color, _ = MARKS[mark]
    edge = {"mec": color, "mew": 1.3} if marker == "x" else {"mec": INK, "mew": 0.4}
    return {"ls": "", "marker": marker, "mfc": color, **edge}


def swimmer_marks(
    responses: pd.DataFrame, events: pd.DataFrame, progressions: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Put responses, progressions and events into the shape that `swimmer` draws.

    Parameters
    ----------
    responses : DataFrame
        `patient_id, category, month`: one hematologic criteria set.
    events : DataFrame
        The cohort's events: `patient_id, month, event`.
    progressions : DataFrame, optional
        `patient_id, category, month` with category "progression".

    Returns
    -------
    DataFrame
        `patient_id, month, mark`.
    """
    depth = responses[responses["category"].astype(str).isin(["CR", "VGPR", "PR", "MR"])]
    parts = [depth.assign(mark=depth["category"].astype(str))]
    if progressions is not None:
        parts.append(
            progressions[progressions["category"].astype(str) == "progression"].assign(mark="relapse")
        )
    known = events[events["event"].astype(str).isin(list(_EVENTS))]
    parts.append(known.assign(mark=known["event"].astype(str).map(_EVENTS)))
    columns = [part[["patient_id", "month", "mark"]].astype({"patient_id": str}) for part in parts]
    return pd.concat(columns, ignore_index=True).dropna(subset="month")
