"""Two looks at proportional hazards: log minus log survival, and scaled Schoenfeld residuals."""

from __future__ import annotations

import numpy as np
import pandas as pd

from amyloid.show.plots.canvas import Panel, Width, finish, log_axis, start, words
from amyloid.show.plots.kaplan import group_names, of_group
from amyloid.show.plots.risk_table import label_ends
from amyloid.show.plots.sampling import POINT_LIMIT, evenly, part_of, steps_of, visible_steps
from amyloid.show.plots.style import LINES, MUTED, house_style


@house_style
def log_log(
    curve: pd.DataFrame,
    *,
    title: str = "",
    x_label: str = "Months from first dose, log scale",
    synthetic: bool | str = False,
    width: Width = "single",
) -> Panel:
    """Draw log(-log survival) against log time: parallel lines speak for proportional hazards.

    Parameters
    ----------
    curve : DataFrame
        A Kaplan-Meier curve with groups: `group, time, survival`.
    title, x_label : str
        What the figure shows; the axis with its unit.
    synthetic : bool
        Whether the data carry the synthetic stamp.
    width : "single" or "double"
        85 or 170 mm.

    Returns
    -------
    Panel
    """
    inside = curve[(curve["survival"] > 0) & (curve["survival"] < 1) & (curve["time"] > 0)]
    if len(group_names(inside)) < 2:
        sentence = "Fewer than two groups have an event, so there are no lines to compare."
        return words(sentence, title=title, synthetic=synthetic, width=width)
    whole = inside.assign(log_log=np.log(-np.log(inside["survival"].to_numpy(float))))
    drawn = visible_steps(whole, ["group"], {"log_log": float(np.ptp(whole["log_log"]))})
    panel = start(title, width, 72)
    ax = panel.add_subplot()
    ax.set_xscale("log")
    ends = []
    for place, name in enumerate(group_names(drawn)):
        part = of_group(drawn, name)
        color, dashes = LINES[place % len(LINES)]
        ax.step(part["time"], part["log_log"], where="post", color=color, ls=dashes)
        ends.append((name, float(part["time"].iloc[-1]), float(part["log_log"].iloc[-1])))
    low, high = float(drawn["time"].min()), float(drawn["time"].max())
    ax.set(xlim=(low / 1.2, high * 1.2), xlabel=x_label, ylabel="log(−log(alive))")
    log_axis(ax.xaxis, *ax.get_xlim())
    label_ends(ax, ends)
    groups = ", ".join(group_names(drawn))
    alt = f"Log minus log survival against log time for {groups}."
    return finish(panel, drawn, alt, synthetic=synthetic, part=steps_of(len(drawn), len(whole)))


@house_style
def residuals(
    frame: pd.DataFrame,
    *,
    title: str = "",
    x_label: str = "Months from first dose",
    synthetic: bool | str = False,
    width: Width = "double",
) -> Panel:
    """Draw scaled Schoenfeld residuals against time, a panel per covariate.

    Parameters
    ----------
    frame : DataFrame
        `covariate, time, residual`.
    title, x_label : str
        What the figure shows; the axis with its unit.
    synthetic : bool
        Whether the data carry the synthetic stamp.
    width : "single" or "double"
        85 or 170 mm.

    Returns
    -------
    Panel
    """
    names = list(dict.fromkeys(frame["covariate"].astype(str)))[:6]
    if not names:
        return words("No event, so there are no residuals.", title=title, synthetic=synthetic, width=width)
    columns = min(len(names), 3)
    rows = -(-len(names) // columns)
    panel = start(title, width, 20 + 42 * rows)
    axes = panel.subplots(rows, columns, squeeze=False, sharex=True)
    drawn: list[pd.DataFrame] = []
    for ax, name in zip(axes.ravel(), names, strict=False):
        part = evenly(frame[frame["covariate"] == name].sort_values("time", kind="stable"), POINT_LIMIT)
        drawn.append(part)
        ax.axhline(0, color=MUTED, lw=0.7, ls=(0, (3, 2)))
        ax.plot(
            part["time"], part["residual"], ls="", marker="o", ms=3, mfc="white", mec=LINES[0][0], mew=0.8
        )
        ax.set_title(str(name))
        ax.set_xlabel(x_label)
    for spare in axes.ravel()[len(names) :]:
        spare.set_axis_off()
    axes[0, 0].set_ylabel("Scaled residual")
    alt = f"Scaled Schoenfeld residuals of {', '.join(names)} at {frame['time'].nunique()} event times."
    shown = pd.concat(drawn)
    total = int(frame["covariate"].isin(names).sum())
    said = part_of(len(shown), total, "residuals", "evenly spaced in time")
    return finish(panel, shown, alt, synthetic=synthetic, part=said)
