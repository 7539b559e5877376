"""What the audit of the printed percentages finds, in sentences made from the search."""

from __future__ import annotations

from itertools import combinations
from typing import Any

from amyloid.questions.claims.auditing import COHORT, denominators, explanations, percentages


def findings(limit: int = COHORT) -> list[str]:
    """Say which denominators the percentages pin down, and which no rounding explains.

    Parameters
    ----------
    limit : int
        Largest denominator to try.

    Returns
    -------
    list of str
        First a sentence per family of percentages that only one denominator carries; then one per percentage
        that no count over its denominator rounds to, with what explains it instead.
    """
    return [*_pinned(limit), *_not_rounded(limit)]


def _pinned(limit: int) -> list[str]:
    """Families with a printed count whose percentages fit one denominator only."""
    sentences = []
    for family in dict.fromkeys(c["family"] for c in percentages() if c["printed_count"]):
        members = [c for c in percentages() if c["family"] == family]
        sums = {int(a["published"]) + int(b["published"]) for a, b in combinations(members, 2)}
        parts = [c for c in members if int(c["published"]) not in sums]
        carried = denominators([c["id"] for c in parts], limit=limit)
        if len(carried) == 1:
            sentences.append(_pinned_words(parts, carried[0], limit))
    return sentences


def _pinned_words(parts: list[dict[str, Any]], n: int, limit: int) -> str:
    words = []
    for part in parts:
        counts = [e.count for e in explanations(part, n) if e.how == "rounded" and e.denominator == n]
        told = "printed" if part["printed_count"] else "found"
        words.append(f"{part['published']} % {part['quantity']} ({_either(counts)} patients, {told})")
    return f"Of all denominators up to {limit} only {n} carries {_and(words)}, each rounded."


def _not_rounded(limit: int) -> list[str]:
    """Percentages that no count over their denominator rounds to."""
    sentences = []
    for claim in percentages():
        n = int(claim["denominator"])
        here = [e for e in explanations(claim, max(n, limit)) if e.denominator == n]
        if any(e.how == "rounded" for e in here):
            continue
        start = f"{claim['published']} % {claim['quantity']}: no count over {n} rounds to it."
        ways = [_way(e.how, e.count, n, e.parts) for e in here]
        sentences.append(f"{start} {' Or: '.join(ways) or 'Nothing explains it.'}")
    return sentences


def _way(how: str, count: int, n: int, parts: str) -> str:
    share = f"{100 * count / n:.1f} %"
    if how == "truncated":
        return f"{count} of {n} is {share}, cut after the decimal point."
    origin = "a sum of rounded parts" if how == "sum of rounded parts" else "what another percentage leaves"
    return f"{parts} is {origin}: {count} of {n}, {share}."


def _either(counts: list[int]) -> str:
    return " or ".join(str(count) for count in counts)


def _and(words: list[str]) -> str:
    return f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else words[0]
