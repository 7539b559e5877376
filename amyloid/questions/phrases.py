"""Numbers as a reader expects them: counts with a denominator, intervals with a level, honest gaps."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from typing import Any, Final

from amyloid import stats
from amyloid.adjudication.criteria import label as definition
from amyloid.show.tables.text import NOT_REACHED, level, months, number, percent
from amyloid.show.tables.text import p_value as _p_value

__all__ = [
    "FEW",
    "FEWEST_EVENTS",
    "FEW_LISTED",
    "NOT_REACHED",
    "becomes",
    "citation",
    "counted",
    "definition",
    "exact",
    "hazard_ratio",
    "incidence",
    "level",
    "limits",
    "listed",
    "lowered",
    "months",
    "number",
    "p_value",
    "percent",
    "percent_limits",
    "plain",
    "share",
    "some",
    "span",
    "spelled",
]  # fmt: skip

FEW: Final = 10
"""Curves turn gray, and estimates are marked, where fewer than this many are at risk."""

FEW_LISTED: Final = 12
"""A sentence lists no more patients or causes than this one by one."""

FEWEST_EVENTS: Final = 10
"""With fewer events than this no p-value is printed and no verdict given (project's choice)."""
_MARKUP = re.compile(r"([\\`*_{}\[\]<>#|$~])")
_SMALL = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def exact(confidence: float) -> str:
    """Name of the interval of a proportion: ``exact 95% CI``."""
    return f"exact {level(confidence)}"


def limits(lower: float, upper: float, confidence: float, digits: int = 1) -> str:
    """Interval of a time or a ratio: ``95% CI 12.3 to not reached``."""
    if math.isnan(lower) and math.isnan(upper):
        return f"{level(confidence)} not estimable"
    low, high = (NOT_REACHED if math.isnan(v) else number(v, digits) for v in (lower, upper))
    return f"{level(confidence)} {low} to {high}"


def percent_limits(lower: float, upper: float, confidence: float) -> str:
    """Interval of a share: ``95% CI 11% to 42%``."""
    if math.isnan(lower) or math.isnan(upper):
        return f"{level(confidence)} not estimable"
    return f"{level(confidence)} {percent(lower)} to {percent(upper)}"


def share(count: int, n: int, confidence: float | None = None) -> str:
    """Count of a denominator, with the percentage and, on demand, its exact limits."""
    if n == 0:
        return "0 of 0"
    if confidence is None:
        return f"{count:,} of {n:,} ({percent(count / n)})"
    row = stats.proportion(count, n, confidence=confidence).iloc[0]
    return (
        f"{count:,} of {n:,} ({percent(count / n)}, {percent_limits(row['lower'], row['upper'], confidence)})"
    )


def incidence(row: Any, confidence: float) -> str:
    """Cumulative incidence in words, from one row of `amyloid.questions.curves.incidence_milestones`."""
    said = f"{percent(float(row.incidence))} by month {row.time:g}"
    if row.incidence in (0, 1):  # without limits on any scale
        return said
    return f"{said} ({percent_limits(float(row.lower), float(row.upper), confidence)})"


def p_value(p: float, events: int) -> str:
    """Test result, held back where events are too few."""
    if events < FEWEST_EVENTS:
        return f"no p-value with {counted(events, 'event')} (the rule asks for {FEWEST_EVENTS})"
    return "no test is possible" if math.isnan(p) else _p_value(p)


def hazard_ratio(row: Any, confidence: float) -> str:
    """Hazard ratio with its limits from one row of `amyloid.stats.cox`."""
    ratio, lower, upper = (float(getattr(row, name)) for name in ("hazard_ratio", "lower", "upper"))
    if math.isnan(ratio):
        return "a hazard ratio that cannot be estimated"
    if ratio == 0 or math.isinf(ratio):
        return "a hazard ratio without an end"
    by_firth = getattr(row, "method", "") == "Firth"
    firth = ", Firth's estimate: Cox's has no end" if by_firth else ""
    return f"hazard ratio {ratio:.2f} ({limits(lower, upper, confidence, 2)}{firth})"


def counted(n: int, thing: str, things: str | None = None) -> str:
    """Count with its noun: ``1 patient``, ``8 patients``."""
    return f"{n:,} {thing if n == 1 else things or thing + 's'}"


def spelled(n: int) -> str:
    """Small whole numbers as words at the start of a sentence."""
    return _SMALL[n].capitalize() if n < len(_SMALL) else f"{n:,}"


def lowered(words: str) -> str:
    """Words inside a sentence: the first letter small, but for an abbreviation."""
    return words if words[1:2].isupper() else f"{words[:1].lower()}{words[1:]}"


def becomes(first: str, second: str) -> str:
    """What another choice makes of a number: ``8 of 33 becomes 9 of 33``, ``stays 8 of 33``."""
    return f"stays {first}" if first == second else f"{first} becomes {second}"


def listed(words: Iterable[str], last: str = "and") -> str:
    """Join words with commas and a last conjunction."""
    items = list(words)
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} {last} {items[-1]}"


def some(words: Sequence[str], limit: int = FEW_LISTED) -> str:
    """List of at most `limit` entries, with the number that is left out."""
    if len(words) <= limit:
        return listed(words)
    return f"{', '.join(words[:limit])} and {len(words) - limit:,} more"


def citation(source: str) -> str:
    """Source of a criterion as a paragraph cites it: without the tags on how well its text is known."""
    return plain(re.sub(r" ?\[[^\]]*\]", "", source))


def plain(text: object) -> str:
    """Text from data, with nothing in it that Markdown would act on."""
    return _MARKUP.sub(r"\\\1", " ".join(str(text).split()))


def span(values: Sequence[float], digits: int = 0) -> str:
    """Smallest to largest: ``6 to 30``; a single value alone."""
    low, high = (f"{pick(values):.{digits}f}" for pick in (min, max))
    return low if low == high else f"{low} to {high}"
