"""Independent pieces of work side by side on the local cores, their results in order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

import pyarrow as pa

Piece = TypeVar("Piece")
Result = TypeVar("Result")


def side_by_side(work: Callable[[Piece], Result], pieces: Iterable[Piece]) -> Iterator[Result]:
    """Yield the result of each piece in order, working on a few pieces at a time.

    Threads serve, because numpy and Arrow let go of the interpreter in their long loops. There are as many
    as Arrow uses; ``OMP_NUM_THREADS=1`` makes it one.

    Parameters
    ----------
    work : callable
        Touches nothing that another piece changes.
    pieces : iterable
    """
    at_once = pa.cpu_count()
    going: deque[Future[Result]] = deque()
    with ThreadPoolExecutor(at_once) as pool:
        for piece in pieces:
            going.append(pool.submit(work, piece))
            if len(going) > at_once:
                yield going.popleft().result()
        while going:
            yield going.popleft().result()
