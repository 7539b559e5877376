"""The specification figure: one number under every scenario, the default marked."""

import base64
import io
from collections.abc import Mapping, Sequence
from difflib import get_close_matches

from amyloid.press.runner.errors import RunError
from amyloid.press.sweep.findings import Findings, Number, Spread

PANELS = 4
MOST_LABELS = 40
LEAST_DENOMINATOR = 10
"""Shares of fewer patients move in large steps: they are drawn when asked for, not chosen."""
WIDE, TALL = 7.2, 0.16
INK, MUTED, MARK = "#222222", "#8fa3b0", "#d55e00"


def choose(findings: Findings, wanted: Sequence[str] = ()) -> list[Spread]:
    """Choose the numbers to draw: the ones asked for, else the proportions that moved most.

    Parameters
    ----------
    findings : Findings
        What the sweep found.
    wanted : sequence of str
        Ids of results.csv.

    Returns
    -------
    list of Spread
        At most four when nothing was asked for.

    Raises
    ------
    RunError
        No scenario has a number of a wanted id; the message names the nearest.
    """
    by_id = {spread.number.id: spread for spread in findings.spreads}
    if wanted:
        return [_asked_for(key, by_id) for key in wanted]
    chosen: dict[tuple[float, ...], Spread] = {}
    for spread in sorted(findings.spreads, key=lambda spread: -spread.width):
        number = spread.number
        share = number.id.endswith("percent") and (number.denominator or 0) >= LEAST_DENOMINATOR
        if share and spread.width > 0:
            chosen.setdefault(spread.values, spread)  # the same share under another name is drawn once
    return list(chosen.values())[:PANELS]


def _asked_for(key: str, by_id: Mapping[str, Spread]) -> Spread:
    if key in by_id and by_id[key].values:
        return by_id[key]
    near = get_close_matches(key, [name for name, spread in by_id.items() if spread.values], 1)
    hint = f" Did you mean {near[0]}?" if near else ""
    raise RunError(f"--quantity {key}: no scenario has this number.{hint} Finished scenarios are kept.")


def limits(number: Number, confidence: float) -> tuple[float, float] | None:
    """Return the exact limits of a percentage from its counts; None for other numbers."""
    if not number.id.endswith("percent") or number.n is None or not number.denominator:
        return None
    from amyloid.stats import proportion

    row = proportion(number.n, number.denominator, confidence=confidence).iloc[0]
    return 100 * float(row["lower"]), 100 * float(row["upper"])


def draw(
    findings: Findings, spread: Spread, confidence: Mapping[str, float], stamp: str = ""
) -> tuple[str, str]:
    """Draw one number under every scenario.

    Parameters
    ----------
    findings : Findings
        What the sweep found; its first scenario is marked.
    spread : Spread
        The number.
    confidence : mapping
        Each scenario's confidence.
    stamp : str
        Whose data it is; written below the axis.

    Returns
    -------
    tuple of str
        The PNG in base64, and the text for those who do not see it.
    """
    import matplotlib as mpl

    first = next(iter(findings.numbers))
    found = _found(findings, spread.number.id, first)
    # The defaults, so that no matplotlibrc in the current folder decides how the figure looks.
    with mpl.rc_context({**mpl.rcParamsDefault, "font.family": "DejaVu Sans"}):
        picture = _picture(found, first, spread.number.quantity, confidence, stamp)
    return base64.b64encode(picture).decode(), _words(spread, first, len(found))


def _found(findings: Findings, key: str, first: str) -> list[tuple[str, Number]]:
    """Scenarios that have a number, lowest first; of equal ones the reference first."""
    found = [
        (name, numbers[key])
        for name, numbers in findings.numbers.items()
        if key in numbers and numbers[key].value is not None
    ]
    return sorted(found, key=lambda pair: (pair[1].value or 0.0, pair[0] != first, pair[0]))


def _picture(
    found: Sequence[tuple[str, Number]],
    first: str,
    quantity: str,
    confidence: Mapping[str, float],
    stamp: str,
) -> bytes:
    from matplotlib.figure import Figure

    labelled = len(found) <= MOST_LABELS
    figure = Figure(figsize=(WIDE, 1.1 + TALL * min(len(found), 60)), layout="constrained")
    axes = figure.subplots()
    step = 1.0 if labelled else 60 / len(found)
    for row, (name, number) in enumerate(found):
        color, above = (MARK, 3) if name == first else (MUTED, 2)
        ends = limits(number, confidence[name])
        if ends is not None:
            axes.plot(ends, [row * step] * 2, color=color, linewidth=1.2, zorder=above)
        shape = "D" if name == first else "o"
        axes.plot(number.value or 0.0, row * step, shape, color=color, markersize=4, zorder=above)
    axes.set_yticks([row * step for row in range(len(found))] if labelled else [])
    if labelled:
        for label in axes.set_yticklabels([name for name, _ in found], fontsize=7):
            label.set_fontweight("bold" if label.get_text() == first else "normal")
    axes.set_ylim(-0.7 * step, (len(found) - 0.3) * step)
    alike = len({number.quantity for _, number in found}) == 1
    axes.set_xlabel(quantity + ("" if alike else f" (as {first} words it)"), fontsize=8)
    axes.tick_params(axis="x", labelsize=7)
    axes.spines[["top", "right"]].set_visible(False)
    if stamp:
        figure.supxlabel(stamp, x=0.01, ha="left", fontsize=7, color="#5f5f5f")
    picture = io.BytesIO()
    figure.savefig(picture, format="png", dpi=150, metadata={"Software": None})
    return picture.getvalue()


def _words(spread: Spread, first: str, scenarios: int) -> str:
    quantity, percent, _ = spread.number.quantity.partition(", %")
    low, high, here = (_text(value, percent) for value in (*_ends(spread), spread.reference))
    at = "has none" if spread.reference is None else f"gives {here}"
    return f"{quantity[:1].upper()}{quantity[1:]}: {low} to {high} in {scenarios} scenarios; {first} {at}."


def _ends(spread: Spread) -> tuple[float, float]:
    return min(spread.values), max(spread.values)


def _text(value: float | None, percent: str) -> str:
    if value is None:
        return ""
    return f"{value:.0f}%" if percent else f"{value:.4g}"
