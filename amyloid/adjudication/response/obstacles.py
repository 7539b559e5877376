"""Why a patient cannot be judged: in general words for counting, and with the patient's values."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from amyloid.adjudication.criteria.rule import asks_of
from amyloid.adjudication.decidable import Bools
from amyloid.adjudication.response.grading import Best, Grading
from amyloid.adjudication.response.wording import LABELS, quantities_of, sentences
from amyloid.adjudication.texts import Phrase, Piece, Rows, join, one_decimal

if TYPE_CHECKING:
    from amyloid.adjudication.labs import Evidence


@dataclass(frozen=True)
class Obstacles:
    """What stands in the way of patients: what it is, one of `kinds` for each, and what is said of them.

    A kind is a code and general words; the first one is nothing.
    """

    kind: NDArray[np.int16]
    kinds: list[tuple[str, str]]
    said: list[Piece]

    def of_patients(self) -> tuple[NDArray[np.object_], NDArray[np.object_]]:
        """Code and general words of each patient; empty where nothing stands in the way."""
        code, words = np.array(self.kinds, dtype=object).T
        return code[self.kind], words[self.kind]


def obstacles(best: Best, at_baseline: Evidence) -> Obstacles:
    """Find why the patients whose category is NE are not evaluable.

    Parameters
    ----------
    best : Best
    at_baseline : Evidence
        One row per patient.
    """
    grading = best.grading
    criteria, evidence = grading.criteria, grading.evidence
    left = best.grade == len(criteria.categories)
    found = Obstacles(np.zeros(evidence.n_patients, np.int16), [("", "")], [])

    def settle(rows: Bools, code: str, words: str, own: Callable[[Rows], Phrase] | None = None) -> None:
        chosen = np.flatnonzero(rows & left)
        if len(chosen):
            found.kind[chosen] = len(found.kinds)
            found.kinds.append((code, words))
            found.said.append((chosen, words if own is None else own(chosen)))
            left[chosen] = False

    for closure in criteria.closed:
        settle(closure.holds(at_baseline).surely, closure.code, closure.words)
    shut = np.asarray(~(grading.open_rules & criteria.ways).any(axis=1) | (criteria.when == "baseline"))
    words = f"baseline needs {criteria.evaluable}"
    settle(shut, "baseline", words, lambda patients: _baseline_values(grading, at_baseline, patients))
    if best.dropped.any():
        words = "a response that was not confirmed"
        settle(best.dropped, "not-confirmed", words, lambda patients: dropped(best, patients))
    days = np.bincount(evidence.patient[grading.reach], minlength=evidence.n_patients)
    settle(days == 0, "no-sample", _no_sample(grading))
    for mask, code, text in _undecided(grading, np.flatnonzero(left)):
        settle(mask, code, text)
    found.said.extend(_unscorable_values(grading, found))
    return found


def _baseline_values(grading: Grading, at_baseline: Evidence, patients: Rows) -> Phrase:
    """What the baseline was, for everything that could have opened a way."""
    criteria = grading.criteria
    if criteria.when == "baseline":
        shows: tuple[str, ...] = criteria.rules[0].shows
    else:
        gates = [rule.applies for rule in criteria.rules if not rule.undecided_lowers and rule.applies]
        names = dict.fromkeys(name for applies in gates for name in asks_of(applies, "base"))
        shows = tuple(f"base_{name}" for name in names)
    if not shows:
        return join(f"baseline needs {criteria.evaluable}")
    return join("baseline ", sentences(shows, at_baseline, patients), f" (needs {criteria.evaluable})")


def _no_sample(grading: Grading) -> str:
    limits = [] if grading.until is None else [f"until month {grading.until:g}"]
    if grading.criteria.own_line_only:
        limits.append("before any next line of therapy")
    return " ".join(["no sample after baseline", *limits])


def _undecided(grading: Grading, patients: Rows) -> list[tuple[Bools, str, str]]:
    """Masks of patients with the code and the words for what their counted visits lack."""
    evidence = grading.evidence
    masks: list[tuple[Bools, str, str]] = []
    for rule in grading.criteria.rules:
        if rule.unscorable:
            held_back = evidence.with_own(rule.sees) & evidence.held_back.surely & grading.counted
            masks.append((grading.blocked | evidence.patients_with(held_back), "unscorable", rule.unscorable))
    shown = [quantities_of(*rule.shows) for rule in grading.criteria.rules]
    needed = {name for names, way in zip(shown, grading.criteria.ways, strict=True) if way for name in names}
    names = list(dict.fromkeys(name for names in shown for name in names))
    code = np.zeros(evidence.n_patients, dtype=np.int64)
    for bit, name in enumerate(names):
        wanted = grading.open_rules[:, [name in names for names in shown]].any(axis=1)
        seen = evidence.patients_with(evidence.now[name].known & grading.reach)
        code |= (wanted & ~seen).astype(np.int64) << bit
    for pattern in np.unique(code[patients]).tolist():
        lacking = [name for bit, name in enumerate(names) if pattern >> bit & 1]
        lacking = [LABELS[name][0] for name in lacking] if needed & set(lacking) else []
        text = (
            f"{_listed(lacking)} missing after baseline" if lacking else "no visit has every value it takes"
        )
        masks.append((code == pattern, "missing" if lacking else "undecided", text))
    return masks


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _unscorable_values(grading: Grading, found: Obstacles) -> Iterator[Piece]:
    """Print the highest value that could not be scored, with its baseline."""
    for rule in grading.criteria.rules:
        kinds = [number for number, (_, words) in enumerate(found.kinds) if words == rule.unscorable]
        patients = np.flatnonzero(np.isin(found.kind, kinds))
        if rule.unscorable and len(patients):
            row = nearest_row(grading, rule.sees[0], highest=True)[patients]
            values = sentences((*rule.shows, "egfr"), grading.evidence, row)
            months = one_decimal(grading.evidence.month[row])
            yield patients, join(values, " at month ", months, f": {rule.unscorable}")


def nearest_row(grading: Grading, name: str, *, highest: bool) -> NDArray[np.intp]:
    """Row of each patient's highest or lowest value; -1 without one.

    Visits that were judged to reach nothing go before visits that count and decide nothing.
    """
    evidence = grading.evidence
    values = evidence.now[name]
    size = -values.high if highest else values.high
    judged = grading.rule == len(grading.criteria.rules)
    counted = grading.counted & values.known
    nearest = evidence.first_where(counted & judged, size)
    return np.where(nearest < 0, evidence.first_where(counted & ~judged, size), nearest)


def dropped(best: Best, patients: Rows) -> Phrase:
    """Say what these patients reached that was not confirmed."""
    alone = best.alone
    names = pa.array(best.grading.criteria.categories).take(pa.array(alone.grade[patients]))
    months = one_decimal(alone.month[patients])
    return join(names, " at month ", months, " was not confirmed 28 days later")
