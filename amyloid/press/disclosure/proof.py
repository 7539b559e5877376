"""The proof that no hidden count can be told: whole tables that all fit what is printed, and differ in it."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final

import numpy as np
from numpy.typing import NDArray

from amyloid.press.disclosure.release import Key, Printed, Release

SECONDS: Final = 30.0
"""After so much processor time nothing is tried any more: all that hangs together with a count is hidden."""
_SECONDS_EACH: Final = 5.0
_PRICE: Final = 1e-9
_TOLERANCE: Final = 1e-6
_GAPS: Final = (0.4, 0.0)
# A table that is far enough will do; only where none was found is the farthest looked for.

Counts = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Proof:
    """What was proved, for the manifest.

    Attributes
    ----------
    method
        How.
    shown, hidden
        Counts that are printed, and that are not.
    unknowns, facts
        Size of what was solved.
    tables
        Whole tables that fit everything printed.
    narrowest
        Over all hidden counts the smallest distance between two of those tables.
    """

    method: str
    shown: int
    hidden: int
    unknowns: int
    facts: int
    tables: int
    narrowest: int | None


def protect(release: Release, seconds: float = SECONDS) -> Proof:
    """Hide or coarsen counts until every hidden one is proved, and return the proof.

    A hidden count is proved by two tables of whole numbers that fit every printed number, every sum and
    every fact, and differ in it by `min_cell` or more.
    """
    prover = _Prover(release, time.process_time() + seconds)
    while (exposed := prover.exposed()) is not None:
        prover.give_up_something_for(exposed)
    return prover.proof()


class _Prover:
    """A release's linear system, and the whole tables found so far that fit it."""

    def __init__(self, release: Release, deadline: float) -> None:
        self.release, self.deadline = release, deadline
        self.keys = list(release.printed)
        self.sums = _rows([dict.fromkeys(each.cells, 1.0) for each in release.printed.values()], release)
        self.matrix = np.vstack([_rows([fact.weights for fact in release.facts], release), self.sums])
        self.part = _parts(self.matrix)
        self.truth = np.array(release.truth, dtype=np.int64)
        self.values = [self.sums @ self.truth]

    def exposed(self) -> Key | None:
        """Return a hidden count for which no two tables far enough apart were found."""
        for row, key in enumerate(self.keys):
            if self.release.printed[key].base is None and not self._is_proved(row):
                return key
        return None

    def _is_proved(self, row: int) -> bool:
        """Whether two tables lie far enough apart in a count, after a look for more and for less of it."""
        need = self.release.min_cell
        if self._distance(row) < need and self._relaxed(row)[0] < need - _TOLERANCE:
            return False
        for gap, sign in product(_GAPS, (-1.0, 1.0)):
            if self._distance(row) >= need:
                return True
            table = self._solve(row, sign, gap)
            if table is not None:
                self.values.append(self.sums @ table)
        return self._distance(row) >= need

    def _distance(self, row: int) -> int:
        """Return how far apart the tables found so far lie in a count."""
        return int(np.ptp([values[row] for values in self.values]))

    def _part_of(self, row: int) -> tuple[Flags, Counts]:
        """Return which cells hang together with a count, and which sums are about any of them."""
        cells: Flags = self.part == self.part[self.release.printed[self.keys[row]].cells[0]]
        return cells, np.flatnonzero(self.matrix[:, cells].any(axis=1))

    def _solve(self, row: int, sign: float, gap: float) -> Counts | None:
        """Return a table that fits all and has less of a count, or more, but for a gap, if one was found.

        Only what hangs together with the count is solved; elsewhere the table is the true one.
        """
        from scipy.optimize import Bounds, LinearConstraint, milp

        low, high = self._limits()
        cells, rows = self._part_of(row)
        answer = milp(
            sign * self.sums[row, cells],
            integrality=np.ones(cells.sum()),
            bounds=Bounds(0, self.release.n),
            constraints=LinearConstraint(self.matrix[np.ix_(rows, cells)], low[rows], high[rows]),
            options={"time_limit": _SECONDS_EACH, "mip_rel_gap": gap},
        )
        if answer.x is None:
            return None
        table = self.truth.copy()
        table[cells] = np.rint(answer.x)
        sums = self.matrix @ table
        fits = (sums >= low - _TOLERANCE).all() and (sums <= high + _TOLERANCE).all() and (table >= 0).all()
        return table if fits else None

    def _limits(self) -> tuple[Floats, Floats]:
        """Return what a reader knows of each sum: facts, and what each printed number can stand for."""
        least, most = self.release.least, self.release.n
        limits = [(fact.low, fact.high) for fact in self.release.facts]
        limits += [printed.limits(least, most) for printed in self.release.printed.values()]
        low, high = np.array(limits, dtype=float).T
        return low, high

    def give_up_something_for(self, exposed: Key) -> None:
        """Hide or coarsen the smallest count that helps; the most helpful where none does alone."""
        together = self._together(exposed)
        if not together:
            raise ValueError(f"{exposed[0]}: a small count can be told from the rest; nothing can be shared")
        if time.process_time() > self.deadline:
            for printed in together.values():
                printed.base = None
            return
        row = self.keys.index(exposed)
        binding = self._relaxed(row)[1]
        near = [printed for key, printed in together.items() if key in binding] or list(together.values())
        gains: list[tuple[float, Printed]] = []
        for printed in sorted(near, key=lambda each: (each.spared, each.count)):
            gains.append((self._gain(row, printed), printed))
            if gains[-1][0] >= self.release.min_cell:
                break
        best = max(gains, key=lambda gain: gain[0])[1]
        best.base = best.coarser()

    def _together(self, exposed: Key) -> dict[Key, Printed]:
        """Return the shown counts that hang together with an exposed one."""
        part = self.part[self.release.printed[exposed].cells[0]]
        return {
            key: printed
            for key, printed in self.release.printed.items()
            if printed.base is not None and self.part[printed.cells[0]] == part
        }

    def _gain(self, row: int, printed: Printed) -> float:
        """Return how wide a count's range becomes, fractions allowed, once another count gives way."""
        before = printed.base
        printed.base = printed.coarser()
        width = self._relaxed(row)[0]
        printed.base = before
        return width

    def _relaxed(self, row: int) -> tuple[float, set[Key]]:
        """Return a count's range with fractions allowed, and the printed counts that have a price in it."""
        from scipy.optimize import linprog

        low, high = self._limits()
        cells, rows = self._part_of(row)
        above, below = rows[np.isfinite(high[rows])], rows[np.isfinite(low[rows])]
        matrix = np.vstack([self.matrix[np.ix_(above, cells)], -self.matrix[np.ix_(below, cells)]])
        limits = np.concatenate([high[above], -low[below]])
        places = np.concatenate([above, below]) - len(self.release.facts)
        ends, found = [], set()
        for sign in (1.0, -1.0):
            answer = linprog(sign * self.sums[row, cells], matrix, limits, bounds=(0, self.release.n))
            if answer.status == 0:
                ends.append(sign * answer.fun)
                prices = np.abs(answer.ineqlin.marginals)
                found |= {self.keys[place] for place in places[prices > _PRICE] if place >= 0}
        return (ends[1] - ends[0] if len(ends) == 2 else 0.0), found

    def proof(self) -> Proof:
        """Return the proof's figures."""
        hidden = [row for row, key in enumerate(self.keys) if self.release.printed[key].base is None]
        return Proof(
            method="pairs of whole tables by scipy.optimize.milp, n known",
            shown=len(self.keys) - len(hidden),
            hidden=len(hidden),
            unknowns=len(self.release.truth),
            facts=len(self.release.facts),
            tables=len(self.values),
            narrowest=min(map(self._distance, hidden), default=None),
        )


def _rows(sums: Sequence[Mapping[int, float]], release: Release) -> Floats:
    """Return weighted sums of cells as rows of a matrix."""
    found = np.zeros((len(sums), len(release.truth)))
    for row, weights in zip(found, sums, strict=True):
        row[list(weights)] = list(weights.values())
    return found


def _parts(matrix: Floats) -> Counts:
    """Return for each cell the number of the part of the release that it hangs together with."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    touches = csr_array(matrix != 0).astype(np.int64)
    found: Counts = connected_components(touches.T @ touches, directed=False)[1]
    return found
