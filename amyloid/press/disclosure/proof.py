"""The proof that no hidden count can be told: whole tables that all fit what is printed, and differ in it."""

import time
from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from amyloid.press.disclosure.release import Printed, Release

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


def protect(release: Release, seconds: float = SECONDS) -> dict[str, Any]:
    """Hide or coarsen counts until every hidden one is proved, and return the proof.

    A hidden count is proved by two tables of whole numbers that fit every printed number, every sum and
    every fact, and differ in it by `min_cell` or more.

    Returns
    -------
    dict
        For the manifest: the `method`; how many counts are `shown` and `hidden`; the size of what was solved,
        `unknowns` and `facts`; the whole `tables` that fit everything printed; and `narrowest`, over all
        hidden counts the smallest distance between two of those tables.
    """
    prover = _Prover(release, time.process_time() + seconds)
    while (exposed := next((row for row in prover.hidden() if not prover.is_proved(row)), None)) is not None:
        prover.give_up_something_for(exposed)
    hidden = prover.hidden()
    return {
        "method": "pairs of whole tables by scipy.optimize.milp, n known",
        "shown": len(release.printed) - len(hidden),
        "hidden": len(hidden),
        "unknowns": len(release.truth),
        "facts": len(release.facts),
        "tables": len(prover.values),
        "narrowest": min(map(prover.distance, hidden), default=None),
    }


class _Prover:
    """A release's linear system, and the whole tables found so far that fit it; a row is a printed count.

    A part is of cells that hang together: no fact and no printed count joins them with others.
    """

    def __init__(self, release: Release, deadline: float) -> None:
        self.release, self.deadline = release, deadline
        self.printed = list(release.printed.values())
        self.sums = _rows([dict.fromkeys(each.cells, 1.0) for each in self.printed], release)
        self.matrix = np.vstack([_rows([weights for weights, _ in release.facts], release), self.sums])
        touches = csr_array(self.matrix != 0).astype(np.int64)
        self.part = connected_components(touches.T @ touches, directed=False)[1]
        self.part_of = self.part[[each.cells[0] for each in self.printed]]
        self.truth = np.array(release.truth, dtype=np.int64)
        self.values = [self.sums @ self.truth]

    def hidden(self) -> list[int]:
        """Return the rows that are not shown."""
        return [row for row, printed in enumerate(self.printed) if printed.base is None]

    def is_proved(self, row: int) -> bool:
        """Whether two tables lie far enough apart in a count, after a look for more and for less of it."""
        need = self.release.min_cell
        if self.distance(row) < need and self._relaxed(row)[0] < need - _TOLERANCE:
            return False
        for gap, sign in product(_GAPS, (-1.0, 1.0)):
            if self.distance(row) >= need:
                return True
            table = self._solve(row, sign, gap)
            if table is not None:
                self.values.append(self.sums @ table)
        return self.distance(row) >= need

    def distance(self, row: int) -> int:
        """Return how far apart the tables found so far lie in a count."""
        return int(np.ptp([values[row] for values in self.values]))

    def _system(self, row: int) -> tuple[Flags, Counts, Floats, Floats]:
        """Return which cells hang together with a count, which sums are about these, and their limits."""
        least, most = self.release.least, self.release.n
        limits = [limits for _, limits in self.release.facts]
        limits += [printed.limits(least, most) for printed in self.printed]
        cells: Flags = self.part == self.part_of[row]
        rows = np.flatnonzero(self.matrix[:, cells].any(axis=1))
        low, high = np.array(limits, dtype=float)[rows].T
        return cells, rows, low, high

    def _solve(self, row: int, sign: float, gap: float) -> Counts | None:
        """Return a table that fits all and has less of a count, or more, but for a gap, if one was found.

        Only what hangs together with the count is solved; elsewhere the table is the true one.
        """
        cells, rows, low, high = self._system(row)
        answer = milp(
            sign * self.sums[row, cells],
            integrality=np.ones(cells.sum()),
            bounds=Bounds(0, self.release.n),
            constraints=LinearConstraint(self.matrix[np.ix_(rows, cells)], low, high),
            options={"time_limit": _SECONDS_EACH, "mip_rel_gap": gap},
        )
        if answer.x is None:
            return None
        table = self.truth.copy()
        table[cells] = np.rint(answer.x)
        sums = self.matrix[rows] @ table
        fits = (sums >= low - _TOLERANCE).all() and (sums <= high + _TOLERANCE).all() and (table >= 0).all()
        return table if fits else None

    def give_up_something_for(self, exposed: int) -> None:
        """Hide or coarsen the smallest count that helps; the most helpful where none does alone."""
        near = np.flatnonzero(self.part_of == self.part_of[exposed])
        together = {row: self.printed[row] for row in near if self.printed[row].base is not None}
        if not together:
            table, _, group = list(self.release.printed)[exposed]
            told = f"{table}, by group" if group else table
            raise ValueError(f"{told}: a small count can be told from the rest; nothing can be shared")
        if time.process_time() > self.deadline:
            for printed in together.values():
                printed.base = None
            return
        binding = self._relaxed(exposed)[1]
        felt = [together[row] for row in together if row in binding] or together.values()
        gains: list[tuple[float, Printed]] = []
        for printed in sorted(felt, key=lambda each: (each.spared, each.count)):
            gains.append((self._gain(exposed, printed), printed))
            if gains[-1][0] >= self.release.min_cell:
                break
        best = max(gains, key=lambda gain: gain[0])[1]
        best.base = best.coarser()

    def _gain(self, row: int, printed: Printed) -> float:
        """Return how wide a count's range becomes, fractions allowed, once another count gives way."""
        before = printed.base
        printed.base = printed.coarser()
        width = self._relaxed(row)[0]
        printed.base = before
        return width

    def _relaxed(self, row: int) -> tuple[float, set[int]]:
        """Return a count's range with fractions allowed, and the printed counts that have a price in it."""
        cells, rows, low, high = self._system(row)
        limits = np.concatenate([high, -low])
        finite = np.isfinite(limits)
        matrix = self.matrix[np.ix_(rows, cells)]
        matrix = np.vstack([matrix, -matrix])[finite]
        places = np.concatenate([rows, rows])[finite] - len(self.release.facts)
        ends, found = [], set[int]()
        for sign in (1.0, -1.0):
            answer = linprog(sign * self.sums[row, cells], matrix, limits[finite], bounds=(0, self.release.n))
            if answer.status == 0:
                ends.append(sign * answer.fun)
                prices = np.abs(answer.ineqlin.marginals)
                found |= {int(place) for place in places[prices > _PRICE] if place >= 0}
        return (ends[1] - ends[0] if len(ends) == 2 else 0.0), found


def _rows(sums: Sequence[Mapping[int, float]], release: Release) -> Floats:
    """Return weighted sums of cells as rows of a matrix."""
    found = np.zeros((len(sums), len(release.truth)))
    for row, weights in zip(found, sums, strict=True):
        row[list(weights)] = list(weights.values())
    return found
