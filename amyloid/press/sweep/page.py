"""The comparison page of a sweep: what moved, what is pinned, who was judged differently."""

import base64
import io
from collections.abc import Mapping, Sequence
from difflib import get_close_matches

import pandas as pd

from amyloid.press.report.layout import STAMPS, Kind, rendered
from amyloid.press.runner import RunError
from amyloid.press.sweep.findings import Findings
from amyloid.press.sweep.scenarios import Scenario, Value

PANELS = 4
MOST_LABELS = 40
LEAST_DENOMINATOR = 10
"""Shares of fewer patients move in large steps: they are drawn when asked for, not chosen."""
WIDE, TALL = 7.2, 0.16
MUTED, MARK = "#8fa3b0", "#d55e00"
MOST_NUMBERS = 25
"""Rows per notebook; comparison.csv has them all."""


def page(
    scenarios: Sequence[Scenario],
    faults: Mapping[str, str],
    findings: Findings,
    kind: Kind,
    wanted: Sequence[str] = (),
) -> str:
    """Return the comparison page as HTML: one file, no script, no address.

    Parameters
    ----------
    scenarios : sequence of Scenario
        All that were asked for.
    faults : mapping
        Why a scenario failed.
    findings : Findings
        What the others found.
    kind : {"synthetic", "patient-data"}
        Whose data it is.
    wanted : sequence of str
        Ids of the numbers to draw.
    """
    first, summary = findings.scenarios[0], findings.summary
    moved = summary[summary["pinned"] == "no"]
    confidence = {scenario.name: float(scenario.parameters["confidence"]) for scenario in scenarios}
    numeric = [first, "Lowest", "Highest", "Difference", "Scenarios without it"]
    judged = findings.moved.groupby(["scenario", "domain", "criteria"], sort=False).size()
    return rendered(
        "scenarios.html.j2",
        kind=f"{kind} overview",
        stamp=STAMPS[kind],
        first=first,
        numbers=len(summary),
        moved=len(moved),
        figures=[draw(findings, id, confidence, STAMPS[kind]) for id in choose(findings, wanted)],
        head=["Quantity", *numeric, "Number"],
        numeric=numeric,
        most=MOST_NUMBERS,
        tables=_numbers(moved),
        patients=judged.reset_index().to_numpy().tolist(),
        scenarios=[_told(scenario, scenarios[0].parameters, faults) for scenario in scenarios],
    )


def _numbers(moved: pd.DataFrame) -> dict[str, list[list[str]]]:
    """The rows of one table per notebook, what moved farthest against its own size first.

    So months and percentages can be ranked together. A count gives way to its percentage.
    """
    percentage = moved["id"].str.removesuffix(".n") + ".percent"
    shown = moved[~percentage.isin(moved["id"])]
    size = shown[["lowest", "highest"]].abs().max(axis=1)
    shown = shown.assign(far=(shown["width"] / size).fillna(0))
    shown = shown.sort_values("far", ascending=False, kind="stable")
    texts = {name: shown[name].map(_text) for name in ("default", "lowest", "highest", "width")}
    cells = shown.assign(**texts, absent=shown["absent"].astype(str).replace("0", ""))
    columns = ["quantity", *texts, "absent", "id"]
    return {str(notebook): here[columns].to_numpy().tolist() for notebook, here in cells.groupby("notebook")}


def _told(scenario: Scenario, usual: Mapping[str, Value], faults: Mapping[str, str]) -> tuple[str, str, str]:
    changed = [f"{name} = {value}" for name, value in scenario.parameters.items() if value != usual[name]]
    fault = faults.get(scenario.name)
    state = "done" if fault is None else f"failed: {fault.splitlines()[0]}"
    return scenario.name, ", ".join(changed) or "as the default", state


def _text(value: float, percent: bool = False) -> str:
    if pd.isna(value):
        return "not there"
    return f"{value:.0f}%" if percent else f"{value:.4g}"


def choose(findings: Findings, wanted: Sequence[str] = ()) -> list[str]:
    """Choose the numbers to draw: the ones asked for, else the proportions that moved most.

    Parameters
    ----------
    findings : Findings
        What the sweep found.
    wanted : sequence of str
        Ids of results.csv.

    Returns
    -------
    list of str
        Ids; at most four when nothing was asked for.

    Raises
    ------
    RunError
        No scenario has a number of a wanted id; the message names the nearest.
    """
    values = findings.numbers.dropna(subset="value").groupby("id")["value"].agg(tuple)
    for id in wanted:
        if id not in values.index:
            near = get_close_matches(id, list(values.index), 1)
            hint = f" Did you mean {near[0]}?" if near else ""
            said = f"--quantity {id}: no scenario has this number.{hint}"
            raise RunError(f"{said} Finished scenarios are kept.")
    if wanted:
        return list(wanted)
    shares = findings.summary[findings.summary["id"].str.endswith("percent")]
    large = shares[(shares["denominator"].fillna(0) >= LEAST_DENOMINATOR) & (shares["width"] > 0)]
    ids = large.sort_values("width", ascending=False, kind="stable")["id"]
    return list(ids[~ids.map(values).duplicated()][:PANELS])  # the same share under another name once


def draw(
    findings: Findings, id: str, confidence: Mapping[str, float], stamp: str = ""
) -> tuple[str, str, str]:
    """Draw one number under every scenario.

    Parameters
    ----------
    findings : Findings
        What the sweep found; its first scenario is marked.
    id : str
        The number.
    confidence : mapping
        Each scenario's confidence.
    stamp : str
        Whose data it is; written below the axis.

    Returns
    -------
    tuple of str
        The PNG in base64, the text for those who do not see it, and the caption.
    """
    import matplotlib as mpl

    first = findings.scenarios[0]
    found = findings.numbers[(findings.numbers["id"] == id) & findings.numbers["value"].notna()]
    found = found.assign(other=found["scenario"] != first)  # lowest first; of equal ones the reference
    found = found.sort_values(["value", "other", "scenario"])
    spread = findings.summary[findings.summary["id"] == id].iloc[0]
    # The defaults, so that no matplotlibrc in the current folder decides how the figure looks.
    with mpl.rc_context({**mpl.rcParamsDefault, "font.family": "DejaVu Sans"}):
        picture = _picture(found, first, spread["quantity"], confidence, stamp)
    words = _words(spread, first, len(found))
    bars = " Bars: exact limits." if id.endswith("percent") else ""
    return base64.b64encode(picture).decode(), words, words + bars


def _limits(number: pd.Series, confidence: float) -> tuple[float, float] | None:
    """Return the exact limits of a percentage from its counts; None for other numbers."""
    counts = number[["n", "denominator"]]
    if not number["id"].endswith("percent") or counts.isna().any() or not counts["denominator"]:
        return None
    from amyloid.stats import proportion

    row = proportion(*counts, confidence=confidence).iloc[0]
    return 100 * float(row["lower"]), 100 * float(row["upper"])


def _picture(
    found: pd.DataFrame, first: str, quantity: str, confidence: Mapping[str, float], stamp: str
) -> bytes:
    from matplotlib.figure import Figure

    labelled = len(found) <= MOST_LABELS
    figure = Figure(figsize=(WIDE, 1.1 + TALL * min(len(found), 60)), layout="constrained")
    axes = figure.subplots()
    step = 1.0 if labelled else 60 / len(found)
    heights = [row * step for row in range(len(found))]
    for height, (_, number) in zip(heights, found.iterrows(), strict=True):
        color, above, shape = (MUTED, 2, "o") if number["other"] else (MARK, 3, "D")
        if ends := _limits(number, confidence[number["scenario"]]):
            axes.plot(ends, [height] * 2, color=color, linewidth=1.2, zorder=above)
        axes.plot(number["value"], height, shape, color=color, markersize=4, zorder=above)
    axes.set_yticks(heights if labelled else [])
    if labelled:
        for label in axes.set_yticklabels(list(found["scenario"]), fontsize=7):
            label.set_fontweight("bold" if label.get_text() == first else "normal")
    axes.set_ylim(-0.7 * step, (len(found) - 0.3) * step)
    alike = found["quantity"].nunique() == 1
    axes.set_xlabel(quantity + ("" if alike else f" (as {first} words it)"), fontsize=8)
    axes.tick_params(axis="x", labelsize=7)
    axes.spines[["top", "right"]].set_visible(False)
    if stamp:
        figure.supxlabel(stamp, x=0.01, ha="left", fontsize=7, color="#5f5f5f")
    picture = io.BytesIO()
    figure.savefig(picture, format="png", dpi=150, metadata={"Software": None})
    return picture.getvalue()


def _words(spread: pd.Series, first: str, scenarios: int) -> str:
    quantity, percent = spread["quantity"].removesuffix(", %"), spread["unit"] == "%"
    low, high, here = (_text(spread[name], percent) for name in ("lowest", "highest", "default"))
    at = "has none" if pd.isna(spread["default"]) else f"gives {here}"
    return f"{quantity[:1].upper()}{quantity[1:]}: {low} to {high} in {scenarios} scenarios; {first} {at}."
