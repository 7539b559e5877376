"""Cumulative incidence with competing causes, and two looks at proportional hazards."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from amyloid.show.plots.curves import (
    curve_notes,
    group_names,
    label_ends,
    numbers_at_risk,
    of_group,
    risk_mm,
    steps,
    time_axis,
)
from amyloid.show.plots.layout import (
    FEW,
    POINT_LIMIT,
    evenly,
    large_enough,
    log_axis,
    part_of,
    steps_of,
    visible_steps,
)
from amyloid.show.plots.sheet import Sheet, figure
from amyloid.show.plots.style import LINES, MUTED, lines
from amyloid.show.tables import text


@figure("group cause time at_risk incidence lower upper")
def cumulative_incidence(
    sheet: Sheet,
    curve: pd.DataFrame,
    *,
    causes: Mapping[int, str],
    x_label: str = "Months from first dose",
    y_label: str = "Cumulative incidence",
    few: int = FEW,
) -> object:
    """Draw one line per cause (one group) or per group and cause, for groups of at least five patients.

    Parameters
    ----------
    curve : DataFrame
        `group, cause, time, at_risk, incidence, lower, upper`, times in months.
    causes : Mapping
        Which causes are drawn, in order, and their names.
    x_label, y_label : str
        The axes; the y axis is in percent.
    few : int
        The lines turn pale where fewer than this many are at risk.

    Examples
    --------
    >>> from amyloid import stats
    >>> curve = stats.cumulative_incidence([2, 3, 3, 5, 8, 11], [1, 0, 2, 1, 0, 0])
    >>> cumulative_incidence(curve, causes={1: "relapse"}).alt
    'Cumulative incidence, at most 6 at risk: relapse reaches 39% at 11.0 months.'
    """
    drawn, left_out = large_enough(curve[curve["cause"].isin(list(causes))], "at_risk")
    if drawn.empty:
        return sheet.words(f"There is no curve. {left_out}" if left_out else "Nobody was at risk: no curve.")
    top = min(1.03, 1.08 * float(np.nanmax([drawn["incidence"].max(), drawn["upper"].max(), 0.1])))
    seen = visible_steps(drawn, ["group", "cause"], dict.fromkeys(("incidence", "lower", "upper"), top))
    named = _named(seen, causes)
    risk = drawn.drop_duplicates(["group", "time"])
    ax = sheet.ax(72 + risk_mm(risk, sheet.mm))
    shaded = len(named) <= 3
    paled = [
        steps(ax, named[name], "incidence", look, few, f"cif-{name}", shaded)
        for name, look in lines(named).items()
    ]
    time_axis(ax, float(drawn["time"].max()), top, y_label)
    last = {name: part.iloc[-1] for name, part in named.items()}
    ends = {name: (float(row["time"]), float(row["incidence"])) for name, row in last.items()}
    label_ends(ax, ends, {}, sheet.mm)
    numbers_at_risk(ax, risk, x_label, sheet.mm)
    notes = [*curve_notes(curve, shaded, any(paled), few), left_out]
    return sheet.finish(seen, _describe(drawn, causes), notes, steps_of(len(seen), len(drawn)))


def _named(drawn: pd.DataFrame, causes: Mapping[int, str]) -> dict[str, pd.DataFrame]:
    """Rows of each line, by the name at its end."""
    groups = group_names(drawn)
    found: dict[str, pd.DataFrame] = {}
    for group in groups:
        own = of_group(drawn, group)
        for cause, name in causes.items():
            part = own[own["cause"] == cause]
            if len(part):
                both = group if len(causes) == 1 else f"{name}, {group}"
                found[name if len(groups) == 1 else both] = part
    return found


def _describe(curve: pd.DataFrame, causes: Mapping[int, str]) -> str:
    parts = [
        f"{name} reaches {text.percent(float(rows['incidence'].iloc[-1]))} "
        f"at {text.months(float(rows['time'].iloc[-1]))}"
        for name, rows in _named(curve, causes).items()
    ]
    return f"Cumulative incidence, at most {int(curve['at_risk'].max()):,} at risk: " + "; ".join(parts) + "."


@figure("group time at_risk survival")
def log_log(
    sheet: Sheet, curve: pd.DataFrame, *, x_label: str = "Months from first dose, log scale"
) -> object:
    """Draw log(-log survival) against log time: parallel lines speak for proportional hazards.

    Parameters
    ----------
    curve : DataFrame
        A Kaplan-Meier curve with groups: `group, time, at_risk, survival`.
    x_label : str
        The axis of time.

    Examples
    --------
    >>> from amyloid import stats
    >>> months, died = [2, 3, 4, 5, 8, 11, 12, 13, 15, 16], [1, 0, 1, 1, 0, 0, 1, 1, 0, 0]
    >>> log_log(stats.kaplan_meier(months, died, ["old", "new"] * 5)).alt
    'Log minus log survival against log time for new, old.'
    """
    curve, left_out = large_enough(curve, "at_risk")
    inside = curve[(curve["survival"] > 0) & (curve["survival"] < 1) & (curve["time"] > 0)]
    if len(group_names(inside)) < 2:
        return sheet.words("Fewer than two groups have an event, so there are no lines to compare.")
    whole = inside.assign(log_log=np.log(-np.log(inside["survival"].to_numpy(float))))
    drawn = visible_steps(whole, ["group"], {"log_log": float(np.ptp(whole["log_log"]))})
    ax = sheet.ax(72)
    ax.set_xscale("log")
    ends = {}
    for name, look in lines(group_names(drawn)).items():
        part = of_group(drawn, name)
        ax.step(part["time"], part["log_log"], where="post", color=look.line, ls=look.dashes)
        ends[name] = (float(part["time"].iloc[-1]), float(part["log_log"].iloc[-1]))
    low, high = float(drawn["time"].min()), float(drawn["time"].max())
    ax.set(xlim=(low / 1.2, high * 1.2), xlabel=x_label, ylabel="log(−log(alive))")
    log_axis(ax.xaxis, *ax.get_xlim())
    label_ends(ax, ends, {}, sheet.mm)
    alt = f"Log minus log survival against log time for {', '.join(group_names(drawn))}."
    return sheet.finish(drawn, alt, [left_out], steps_of(len(drawn), len(whole)))


@figure("covariate time residual", several=True)
def residuals(sheet: Sheet, frame: pd.DataFrame, *, x_label: str = "Months from first dose") -> object:
    """Draw scaled Schoenfeld residuals against time, a panel for each of at most six covariates.

    Parameters
    ----------
    frame : DataFrame
        `covariate, time, residual`.
    x_label : str
        The axis of time.

    Examples
    --------
    >>> frame = pd.DataFrame({"covariate": "age", "time": [2, 5, 9], "residual": [0.1, -0.2, 0.1]})
    >>> residuals(frame).alt
    'Scaled Schoenfeld residuals of age at 3 event times.'
    """
    names = list(dict.fromkeys(frame["covariate"].astype(str)))[:6]
    if not names:
        return sheet.words("No event, so there are no residuals.")
    axes = sheet.grid(len(names), 42, sharex=True)
    drawn: list[pd.DataFrame] = []
    for ax, name in zip(axes.ravel(), names, strict=False):
        part = evenly(frame[frame["covariate"] == name].sort_values("time", kind="stable"), POINT_LIMIT)
        drawn.append(part)
        ax.axhline(0, color=MUTED, lw=0.7, ls=(0, (3, 2)))
        ax.plot(
            part["time"], part["residual"], ls="", marker="o", ms=3, mfc="white", mec=LINES[0][0], mew=0.8
        )
        ax.set(title=str(name), xlabel=x_label)
    axes[0, 0].set_ylabel("Scaled residual")
    alt = f"Scaled Schoenfeld residuals of {', '.join(names)} at {frame['time'].nunique()} event times."
    shown = pd.concat(drawn)
    total = int(frame["covariate"].isin(names).sum())
    return sheet.finish(shown, alt, part=part_of(len(shown), total, "residuals", "evenly spaced in time"))
