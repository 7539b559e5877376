"""The comparison page: scenarios, what moved, what is pinned, and who was judged differently."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from html import escape

from amyloid.press.report.plain import html_table, plain_page
from amyloid.press.report.stamps import STAMPS, Kind
from amyloid.press.sweep.figure import choose, draw
from amyloid.press.sweep.findings import Findings, Spread
from amyloid.press.sweep.scenario import Scenario, Value

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
        blocks.append(
            f'<figure><img src="data:image/png;base64,{picture}" alt="{escape(words)}">'
            f"<figcaption>{escape(words + bars)}</figcaption></figure>"
        )
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


def _text(value: float | None) -> str:
    return "not there" if value is None else f"{value:.4g}"
