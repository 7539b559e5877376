"""Work handed to an existing Dask cluster whose workers see the same files."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from amyloid.press.runner import RunError

Piece = TypeVar("Piece")
Result = TypeVar("Result")


def on_cluster(
    address: str, work: Callable[[Piece], Result], pieces: Sequence[Piece]
) -> Iterator[tuple[Piece, Result | str]]:
    """Yield each piece with its result as it comes, or with the words for why it has none.

    A worker that dies gives its pieces to the others.

    Parameters
    ----------
    address : str
        The scheduler, such as ``tcp://127.0.0.1:8786``.
    work : callable
        Importable by the workers; done twice, it does the same.
    pieces : sequence
        Its arguments.

    Raises
    ------
    RunError
        The extra ``cluster`` is not installed, or no scheduler answers.
    """
    try:
        import distributed
    except ImportError:
        raise RunError("--dask needs the extra 'cluster': pip install 'amyloid-notebooks[cluster]'") from None
    connect: Any = distributed.Client
    completed: Any = distributed.as_completed
    try:
        client = connect(address, timeout="10s", set_as_default=False)
    except (OSError, ValueError) as error:
        raise RunError(f"No Dask scheduler answers at {address}: {error}") from None
    with client:
        waiting = {client.submit(work, piece, pure=False): piece for piece in pieces}
        for future in completed(list(waiting), loop=client.loop):
            yield waiting[future], _result(future)


def _result(future: Any) -> Any:
    """Return a result or why there is none; what was lost with its worker is done a second time."""
    try:
        return future.result()
    except Exception as lost:
        return f"{type(lost).__name__}: {lost}"
