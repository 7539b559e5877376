"""The tables of a shared report. From the data come only numbers, and names that were searched first."""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from amyloid.press.disclosure import (
    ALL,
    GROUPS,
    ROUNDING,
    Point,
    Release,
    age_text,
    applied_min_cell,
    quartiles,
)
from amyloid.press.share.counts import DRUG, Counted, Source, measured_quartiles
from amyloid.press.share.names import ENDPOINTS, MEASUREMENTS

HIDDEN = "hidden"
EVERYBODY = "every patient"

Rows = tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Block:
    """One table: its key (also its file name), caption, header, rows of text, and notes."""

    key: str
    caption: str
    header: tuple[str, ...]
    rows: Rows
    notes: tuple[str, ...] = ()

    @property
    def hidden(self) -> int:
        """How many of its lines hide a number."""
        return sum(any(HIDDEN in cell for cell in row) for row in self.rows)


def blocks(counted: Counted, source: Source, confidence: float) -> list[Block]:
    """Return every table of the shared report."""
    least = counted.release.least
    note = rounding_note(least)
    found = [
        _counts("patients", "Who the patients are", counted.release, counted.patients, note),
        _quartiles(counted, source),
        _counts("responses", "Response and stage", counted.release, counted.responses, note),
        _curves(counted, confidence),
    ]
    if counted.drugs:
        said = f"{note} A drug that fewer than {least} patients were given is not named."
        drugs = _counts("drugs", "Drugs", counted.release, counted.drugs, said)
        found.insert(1, drugs)
    return found


def rounding_note(least: int) -> str:
    """Say the rule for counts."""
    return (
        f"Counts below {least} are hidden, with as many others as it takes that nothing on this page gives "
        f"them back. Shown counts are rounded to {ROUNDING}; percentages are those of the rounded counts."
    )


def text(count: int | None) -> str:
    """Return a count as it is printed."""
    return HIDDEN if count is None else str(count)


def _counts(key: str, title: str, release: Release, tables: Mapping[str, Sequence[str]], note: str) -> Block:
    """Return counts and percentages of several one-way tables under each other."""
    rows: list[tuple[str, ...]] = []
    total = _total(release)
    for table, levels in tables.items():
        words = table.removeprefix(DRUG)
        shown = [(level, release.shown(table, level)) for level in levels]
        rows += [(words, level, text(count), percent(count, total)) for level, count in shown]
        rows.append((words, "Total", str(total), "100"))
    return Block(key, title, ("Characteristic", "Level", "Patients", "%"), tuple(rows), (note,))


def _total(release: Release) -> int:
    from amyloid.press.disclosure import round_count

    return round_count(release.n)


def percent(count: int | None, total: int | None) -> str:
    """Return a whole percentage of two counts as they are printed."""
    return HIDDEN if count is None or not total else f"{min(100 * count / total, 100):.0f}"


def _quartiles(counted: Counted, source: Source) -> Block:
    """Return age, follow-up and baseline values as quartiles; no minimum, no maximum."""
    release = counted.release
    ages = source.patients["age"].astype(float).tolist()
    follow_up = source.endpoints.loc[source.endpoints["endpoint"] == "follow_up", "months"].tolist()
    rows = [
        ("Age, years", EVERYBODY, "", *quartile_texts(quartiles(ages, release.min_cell), age_text)),
        ("Follow-up, months", EVERYBODY, "", *quartile_texts(quartiles(follow_up, release.min_cell))),
    ]
    for column, words in MEASUREMENTS.items():
        if words in counted.measured:
            counts = [text(release.shown(words, level)) for level in counted.measured[words]]
            found = measured_quartiles(source.baseline[column], release)
            rows.append((words, *counts, *quartile_texts(found)))
    notes = (
        f"Two significant digits. A quartile with fewer than {applied_min_cell(release.min_cell)} patients "
        "on one of its sides is hidden. "
        "Ages above 89 are shown as 90+. Follow-up is the plain quartile of observed times.",
    )
    header = ("Measurement", "Patients", "Not measured", "Lower quartile", "Median", "Upper quartile")
    return Block("quartiles", "Age, follow-up and values at baseline", header, tuple(rows), notes)


def quartile_texts(found: Iterable[float | None], form: Callable[[float], str] = "{:g}".format) -> list[str]:
    """Return quartiles as they are printed."""
    return [HIDDEN if value is None else form(value) for value in found]


def _curves(counted: Counted, confidence: float) -> Block:
    """Return the points of all curves as one table."""
    rows: list[tuple[str, ...]] = []
    for endpoint, words in ENDPOINTS.items():
        curves = counted.curves.get(endpoint)
        points = curves.points[ALL] if curves else ()
        rows += point_rows(counted.release, words, points, confidence)
    header = ("Endpoint", "Month", "At risk", "Free of the event, %", f"{100 * confidence:g} % interval")
    return Block(
        "time_to_event", "Survival at fixed months", header, tuple(rows), (curve_note(counted.release),)
    )


def curve_note(release: Release) -> str:
    """Say the rules for points of curves."""
    return (
        f"A month is shown where at least {applied_min_cell(release.min_cell)} events happened since the "
        f"month above and {release.least} patients or more are still at risk. Percentages are those of a "
        f"number of patients rounded to {ROUNDING}. The interval is Wilson's, from rounded numbers: its "
        "size is the patients at risk divided by the percentage (Peto 1977, Rothman 1978). Marks for "
        "censored patients are left out."
    )


def point_rows(
    release: Release, words: str, points: Sequence[Point], confidence: float
) -> Iterator[tuple[str, ...]]:
    """Yield the lines of one curve."""
    if not points:
        yield (words, HIDDEN, HIDDEN, HIDDEN, HIDDEN)
        return
    yield (words, "0", "", "100", "")
    for point in points:
        at_risk = release.printed[point.at_risk].shown
        limits = point_limits(release, point, confidence)
        interval = f"{100 * limits[0]:.0f} to {100 * limits[1]:.0f}" if limits else HIDDEN
        yield (words, f"{point.month:g}", text(at_risk), f"{100 * point.share:.0f}", interval)


def point_limits(release: Release, point: Point, confidence: float) -> tuple[float, float] | None:
    """Return the limits of a point, from the printed numbers alone: they say nothing new."""
    from amyloid.stats import proportion

    at_risk = release.printed[point.at_risk].shown
    if at_risk is None or not point.share:
        return None
    size = round(at_risk / point.share)
    limits = proportion(math.floor(size * point.share), size, "wilson", confidence=confidence)
    return float(limits["lower"].iloc[0]), float(limits["upper"].iloc[0])


def sizes(release: Release, names: Sequence[str]) -> dict[str, int | None]:
    """Return the size of each group as it is printed."""
    return {name: release.shown(GROUPS, name) for name in names}
