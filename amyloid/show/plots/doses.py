"""Daily dose over time: the share of patients on each dose, month by month."""

from __future__ import annotations

import numpy as np
import pandas as pd

from amyloid.show.plots.canvas import (
    Panel,
    Width,
    each,
    finish,
    month_ticks,
    percent_axis,
    spread,
    start,
    words,
)
from amyloid.show.plots.style import CHIP, INK, SHADES, SMALL_PT, house_style

OFF = "off drug"


def dose_shares(
    treatments: pd.DataFrame, follow_up: pd.DataFrame, drug: str = "lenalidomide"
) -> pd.DataFrame:
    """Count the patients by the dose they took for most of each month, among those followed into it.

    Parameters
    ----------
    treatments : DataFrame
        `patient_id, drug, start_month, end_month, dose_mg`; a missing end means still on it.
    follow_up : DataFrame
        `patient_id, months`: how long each patient was followed.
    drug : str
        Which drug.

    Returns
    -------
    DataFrame
        `month, dose` (text, "off drug" among them), `dose_mg`, `patients`, `followed`.
    """
    own = treatments[treatments["drug"].astype(str).str.casefold() == drug.casefold()]
    length = follow_up.dropna(subset="months").reset_index(drop=True)
    lanes = dict(zip(length["patient_id"].astype(str), length.index, strict=True))
    own = own.assign(lane=own["patient_id"].astype(str).map(lanes)).dropna(subset="lane")
    own = own.assign(followed=own["lane"].map(length["months"]))
    if own.empty:
        return pd.DataFrame(columns=["month", "dose", "dose_mg", "patients", "followed"])
    levels = sorted(own["dose_mg"].dropna().unique())
    level = np.where(own["dose_mg"].isna(), len(levels), np.searchsorted(levels, own["dose_mg"]))
    months = int(length["months"].max()) + 1
    counts = np.zeros((months, len(levels) + 1), dtype=int)
    on = _main_doses(own.assign(level=level))
    np.add.at(counts, (on["month"], on["level"]), 1)
    rows: list[tuple[int, str, float, int, int]] = []
    for month in range(months):
        here = int((length["months"] >= month).sum())
        *given, unknown = counts[month].tolist()
        taken = list(zip(levels, given, strict=True))[::-1]
        rows += [(month, f"{dose:g} mg", dose, n, here) for dose, n in taken]
        rows.append((month, "dose not given", np.nan, unknown, here))
        rows.append((month, OFF, 0.0, here - sum(given) - unknown, here))
    found = pd.DataFrame(rows, columns=["month", "dose", "dose_mg", "patients", "followed"])
    used = found.groupby("dose")["patients"].transform("sum") > 0
    return found[used].reset_index(drop=True)


def _main_doses(own: pd.DataFrame) -> pd.DataFrame:
    """Dose level of each patient for most of each month begun in follow-up: `month, lane, level`.

    Patients off the drug in a month have no row. Of levels taken equally long, the lower one.
    """
    start, end = own["start_month"].to_numpy(float), own["end_month"].fillna(np.inf).to_numpy(float)
    last = np.floor(np.minimum(end, own["followed"].to_numpy(float)))
    first = np.floor(np.maximum(start, 0.0))
    spans = np.where(np.isnan(start), 0, np.maximum(last - first + 1, 0)).astype(int)
    row = np.repeat(np.arange(len(own)), spans)
    month = first[row] + np.arange(len(row)) - np.repeat(np.cumsum(spans) - spans, spans)
    overlap = np.minimum(end[row], month + 1) - np.maximum(start[row], month)
    on = own[["lane", "level"]].iloc[row].assign(month=month.astype(int), overlap=overlap)
    spent = on[overlap > 0].groupby(["month", "lane", "level"], sort=True)["overlap"].sum().reset_index()
    most: pd.DataFrame = spent.sort_values("overlap", ascending=False, kind="stable")
    return most.drop_duplicates(["month", "lane"])


@house_style
def dose_over_time(
    shares: pd.DataFrame,
    *,
    title: str = "",
    x_label: str = "Months from first dose",
    few: int = 5,
    synthetic: bool | str = False,
    width: Width = "double",
) -> Panel:
    """Draw the share of the followed patients on each dose as stacked steps, highest dose at the bottom.

    Parameters
    ----------
    shares : DataFrame
        What `dose_shares` returns.
    title, x_label : str
        What the figure shows; the axis with its unit.
    few : int
        Months with fewer than this many patients followed are not drawn, and the footer says so.
    synthetic : bool
        Whether the data carry the synthetic stamp.
    width : "single" or "double"
        85 or 170 mm.

    Returns
    -------
    Panel
    """
    drawn = shares[shares["followed"] >= min(few, int(shares["followed"].max()))] if len(shares) else shares
    if drawn.empty:
        return words("No doses were recorded.", title=title, synthetic=synthetic, width=width)
    wide = drawn.pivot(index="month", columns="dose", values="patients")[list(dict.fromkeys(drawn["dose"]))]
    share = wide.div(drawn.drop_duplicates("month").set_index("month")["followed"], axis=0)
    panel = start(title, width, 76)
    ax = panel.add_subplot()
    colors = _colors(list(share.columns))
    edges = np.r_[share.index.to_numpy(float), share.index[-1] + 1.0]
    bottom = np.zeros(len(share))
    inside: list[tuple[float, float, str]] = []
    outside: list[tuple[float, str]] = []
    for dose in share.columns:
        top = bottom + share[dose].to_numpy()
        ax.fill_between(
            edges, np.r_[bottom, bottom[-1]], np.r_[top, top[-1]], step="post", facecolor=colors[dose],
            edgecolor=INK, lw=0.4, hatch="////" if dose == OFF else "", gid=f"dose-{dose}",
        )  # fmt: skip
        place = _place(share[dose].to_numpy(), (bottom + top) / 2, edges, inside)
        if place is not None:
            inside.append((*place, dose))
        else:
            outside.append((float(bottom[-1] + top[-1]) / 2, dose))
        bottom = top
    for x, mid, dose in inside:
        ax.text(x, mid, dose, ha="center", va="center", fontsize=SMALL_PT,
                bbox=CHIP)  # fmt: skip
    for y, (mid, dose) in zip(spread([mid for mid, _ in outside], 0.055), outside, strict=True):
        ax.plot([1.0, 1.02], [mid, y], transform=ax.transAxes, color=INK, lw=0.4, clip_on=False)
        ax.text(1.025, y, dose, transform=ax.transAxes, va="center", fontsize=SMALL_PT)
    ax.set(xlim=(edges[0], edges[-1]), ylim=(0, 1), xlabel=x_label, ylabel="Patients still followed (%)")
    ax.set_xticks(month_ticks(float(edges[-1])))
    percent_axis(ax.yaxis)
    cut = shares["month"].max() > drawn["month"].max()
    notes = [f"Drawn while at least {few} patients are followed." if cut else ""]
    return finish(panel, drawn, describe_doses(shares), synthetic=synthetic, notes=notes)


def _place(
    thick: np.ndarray, middle: np.ndarray, edges: np.ndarray, taken: list[tuple[float, float, str]]
) -> tuple[float, float] | None:
    """Where a dose's name stands in its band: where it is thickest and no other name stands."""
    room = 0.06 * (edges[-1] - edges[0])
    around = np.convolve(thick, np.ones(3))[1:-1]  # a month with its neighbors, also of one month or two
    for month in np.argsort(-around, kind="stable"):
        x = float(np.clip(month + edges[0] + 0.5, edges[0] + room, edges[-1] - room))
        y = float(middle[month])
        free = all(abs(x - a) > 2 * room or abs(y - b) > 0.07 for a, b, _ in taken)
        if free and thick[month] >= 0.07:
            return x, y
    return None


def _colors(doses: list[str]) -> dict[str, str]:
    ladder = [dose for dose in doses if dose.endswith(" mg")]
    shades = [SHADES[-1 - round(i * (len(SHADES) - 2) / max(len(ladder) - 1, 1))] for i in range(len(ladder))]
    return {**dict.fromkeys(doses, "#e9e2d0"), **dict(zip(ladder, shades, strict=True)), OFF: "#ffffff"}


def describe_doses(shares: pd.DataFrame) -> str:
    """Alt text of the doses over time: who is on what at 0, 6 and 12 months."""
    if shares.empty:
        return "No doses were recorded."
    parts = []
    for month in (0, 6, 12, 24):
        rows = shares[(shares["month"] == month) & (shares["patients"] > 0)]
        if len(rows):
            listed = ", ".join(f"{r.dose} {r.patients:,}" for r in each(rows))
            parts.append(f"month {month}, {int(rows['followed'].iloc[0]):,} followed: {listed}")
    return "Patients on each daily dose. " + "; ".join(parts) + "."
