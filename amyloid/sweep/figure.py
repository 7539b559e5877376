"""The specification figure: one number under every scenario, the default marked."""

import base64
import io
from collections.abc import Mapping, Sequence

from amyloid.sweep.findings import Findings, Number, Spread

PANELS = 4
MOST_LABELS = 40
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
    """
    by_id = {spread.number.id: spread for spread in findings.spreads}
    if wanted:
        return [by_id[key] for key in wanted]
    shares = [s for s in findings.spreads if s.number.denominator and s.number.id.endswith("percent")]
    moved = [s for s in sorted(shares, key=lambda spread: -spread.width) if s.width > 0]
    return moved[:PANELS]


def limits(number: Number, confidence: float) -> tuple[float, float] | None:
    """Return the exact limits of a percentage from its counts; None for other numbers."""
    if not number.id.endswith("percent") or number.n is None or not number.denominator:
        return None
    from amyloid.stats import proportion

    row = proportion(number.n, number.denominator, confidence=confidence).iloc[0]
    return 100 * float(row["lower"]), 100 * float(row["upper"])


def draw(findings: Findings, spread: Spread, confidence: Mapping[str, float]) -> tuple[str, str]:
    """Draw one number under every scenario.

    Parameters
    ----------
    findings : Findings
        What the sweep found; its first scenario is marked.
    spread : Spread
        The number.
    confidence : mapping
        Each scenario's confidence.

    Returns
    -------
    tuple of str
        The PNG in base64, and the text for those who do not see it.
    """
    from matplotlib.figure import Figure

    key = spread.number.id
    found = [
        (name, numbers[key])
        for name, numbers in findings.numbers.items()
        if key in numbers and numbers[key].value is not None
    ]
    first = next(iter(findings.numbers))
    found.sort(key=lambda pair: (pair[1].value or 0.0, pair[0] != first, pair[0]))
    labelled = len(found) <= MOST_LABELS
    figure = Figure(figsize=(WIDE, 0.9 + TALL * min(len(found), 60)), layout="constrained")
    axes = figure.subplots()
    step = 1.0 if labelled else 60 / len(found)
    for row, (name, number) in enumerate(found):
        color = MARK if name == first else MUTED
        ends = limits(number, confidence[name])
        if ends is not None:
            axes.plot(ends, [row * step] * 2, color=color, linewidth=1.2)
        axes.plot(number.value or 0.0, row * step, "D" if name == first else "o", color=color, markersize=4)
    axes.set_yticks([row * step for row in range(len(found))] if labelled else [])
    if labelled:
        axes.set_yticklabels([name for name, _ in found], fontsize=7)
    axes.set_ylim(-0.7 * step, (len(found) - 0.3) * step)
    axes.set_xlabel(spread.number.quantity, fontsize=8)
    axes.tick_params(axis="x", labelsize=7)
    axes.spines[["top", "right"]].set_visible(False)
    picture = io.BytesIO()
    figure.savefig(picture, format="png", dpi=150, metadata={"Software": None})
    return base64.b64encode(picture.getvalue()).decode(), _words(spread, first, len(found))


def _words(spread: Spread, first: str, scenarios: int) -> str:
    at = "has none" if spread.reference is None else f"gives {spread.reference:.4g}"
    return (
        f"{spread.number.quantity} in {scenarios} scenarios: from {min(spread.values):.4g} to "
        f"{max(spread.values):.4g}; {first} {at}."
    )
