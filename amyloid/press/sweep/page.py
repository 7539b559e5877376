"""The comparison page of a sweep: what moved, what is pinned, who was judged differently."""

import base64
import io
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from html import escape

from amyloid.press.report.layout import STAMPS, Kind, html_figure, html_table, plain_page
from amyloid.press.runner.errors import RunError
from amyloid.press.sweep.findings import Findings, Number, Spread
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
    first = next(iter(findings.numbers))
    moved = [spread for spread in findings.spreads if not spread.pinned]
    pinned = len(findings.spreads) - len(moved)
    body = [
        f"<h1>{len(scenarios)} scenarios compared</h1>",
        f"<p>{len(moved)} of {len(findings.spreads)} numbers differ between scenarios; {pinned} are the "
        f"same in all of them. <b>{escape(first)}</b> is what the others are compared with.</p>",
        *_figures(scenarios, findings, kind, wanted),
        "<h2>Numbers that moved</h2>",
        *_numbers(moved, first),
        "<h2>Patients judged differently</h2>",
        _patients(findings),
        "<h2>Scenarios</h2>",
        _scenarios(scenarios, faults, findings),
        "<p>comparison.csv holds every number of every scenario, summary.csv the spread of each number, "
        "patients.csv every judgment that changed.</p>",
    ]
    return plain_page("Scenarios compared", "\n".join(body), stamp=STAMPS[kind], kind=f"{kind} overview")


def _far(spread: Spread) -> float:
    """How far a number moved against its own size, so that months and percentages can be ranked together."""
    size = max((abs(value) for value in spread.values), default=0.0)
    return spread.width / size if size else 0.0


def _figures(
    scenarios: Sequence[Scenario], findings: Findings, kind: Kind, wanted: Sequence[str]
) -> list[str]:
    confidence = {s.name: float(s.parameters["confidence"]) for s in scenarios}
    blocks = []
    for spread in choose(findings, wanted):
        picture, words = draw(findings, spread, confidence, STAMPS[kind])
        bars = " Bars: exact limits." if spread.number.id.endswith("percent") else ""
        blocks.append(html_figure(picture, words, words + bars))
    return blocks


def _numbers(moved: Sequence[Spread], first: str) -> Iterator[str]:
    """One table per notebook, what moved farthest first; a count gives way to its percentage."""
    if not moved:
        yield "<p>None.</p>"
    ids = {spread.number.id for spread in moved}
    shown = [s for s in moved if f"{s.number.id.removesuffix('.n')}.percent" not in ids - {s.number.id}]
    numeric = [first, "Lowest", "Highest", "Difference", "Scenarios without it"]
    for notebook in sorted({spread.number.notebook for spread in shown}):
        here = sorted((s for s in shown if s.number.notebook == notebook), key=_far, reverse=True)
        rows = [
            [
                spread.number.quantity,
                _text(spread.reference),
                _text(min(spread.values, default=None)),
                _text(max(spread.values, default=None)),
                _text(spread.width),
                str(spread.absent or ""),
                spread.number.id,
            ]
            for spread in here
        ]
        caption = f"Notebook {notebook}: {len(here)} numbers, farthest first"
        yield html_table(caption, ["Quantity", *numeric, "Number"], rows, MOST_NUMBERS, numeric)


def _patients(findings: Findings) -> str:
    if not findings.moved:
        return "<p>None, or the scenarios have other patients.</p>"
    counts = Counter((moved.scenario, *moved.judgment[1:]) for moved in findings.moved)
    rows = [[*what, str(count)] for what, count in counts.items()]
    return html_table("Patients judged differently", ["Scenario", "Domain", "Criteria", "Patients"], rows)


def _scenarios(scenarios: Sequence[Scenario], faults: Mapping[str, str], findings: Findings) -> str:
    rows = []
    usual: Mapping[str, Value] = scenarios[0].parameters
    for scenario in scenarios:
        changed = [f"{n} = {v}" for n, v in scenario.parameters.items() if v != usual[n]]
        state = "failed: " + faults[scenario.name].splitlines()[0] if scenario.name in faults else "done"
        done = scenario.name in findings.numbers
        rows.append([scenario.name, ", ".join(changed) or "as the default", state if not done else "done"])
    return html_table("Scenarios", ["Scenario", "Parameters", "State"], rows)


def _text(value: float | None, percent: str = "") -> str:
    if value is None:
        return "not there"
    return f"{value:.0f}%" if percent else f"{value:.4g}"


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
    ends = min(spread.values), max(spread.values), spread.reference
    low, high, here = (_text(value, percent) for value in ends)
    at = "has none" if spread.reference is None else f"gives {here}"
    return f"{quantity[:1].upper()}{quantity[1:]}: {low} to {high} in {scenarios} scenarios; {first} {at}."
