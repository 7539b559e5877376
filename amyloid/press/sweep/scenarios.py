"""The runs of a sweep: what each is, and how they go side by side, on this machine or on a Dask cluster."""

import queue
from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, TypeVar

from amyloid.press.runner import RunError
from amyloid.press.runner.manifest import differences, read_manifest
from amyloid.press.runner.plan import Plan
from amyloid.press.runner.pool import Pool, Progress
from amyloid.press.runner.runs import make_run

Piece = TypeVar("Piece")
Result = TypeVar("Result")
Value = str | int | float
"""What a parameter may be."""

DEFAULT = "default"
EMBEDDED = "embedded"
"""The embedded cohort, with which reconstructions are compared."""


@dataclass(frozen=True)
class Scenario:
    """One run of a sweep.

    Attributes
    ----------
    name : str
        Unique; also the name of its folder.
    parameters : mapping
        Every parameter but the places.
    cohort : str or None
        The cohort's place as written; None for the sweep's own.
    seed : int or None
        The seed of a reconstruction that is the scenario's cohort.
    """

    name: str
    parameters: Mapping[str, Value]
    cohort: str | None = None
    seed: int | None = None


def is_done(plan: Plan) -> bool:
    """Say whether a scenario's run is there, whole, and made from what it would be made from now."""
    try:
        manifest = read_manifest(plan.target)
    except RunError:
        return False
    keys = list(plan.part_keys().values())
    return [part["key"] for part in manifest["notebooks"]] == keys and not differences(plan.target, manifest)


def run_plan(plan: Plan, pool: Pool | None = None) -> str | None:
    """Run one scenario and return why it failed, or None.

    The same function serves a thread of this process, with its warm server, and a Dask worker, which may be
    asked a second time for what was finished before a worker was lost.
    """
    if is_done(plan):
        return None
    try:
        make_run(plan, lambda _: Progress(0, quiet=True), pool)
    except (RunError, OSError) as error:
        return str(error)
    return None


def run_here(plans: Sequence[Plan], jobs: int) -> Generator[tuple[Plan, str | None]]:
    """Run scenarios on this machine, each of `jobs` threads with a warm server of its own.

    Parameters
    ----------
    plans : sequence of Plan
        One for each scenario, with one notebook at a time.
    jobs : int
        How many scenarios at the same time.

    Yields
    ------
    tuple
        Each plan that ended, and why it failed or None.
    """
    if not plans:
        return
    servers: queue.SimpleQueue[Pool] = queue.SimpleQueue()
    with ExitStack() as stack:
        for _ in range(min(jobs, len(plans))):
            servers.put(stack.enter_context(Pool(plans[0].preload)))

        def one(plan: Plan) -> str | None:
            server = servers.get()
            try:
                return run_plan(plan, server)
            finally:
                servers.put(server)

        executor = ThreadPoolExecutor(min(jobs, len(plans)))
        stack.callback(executor.shutdown, wait=False, cancel_futures=True)
        waiting = {executor.submit(one, plan): plan for plan in plans}
        for future in as_completed(waiting):
            yield waiting[future], future.result()


def on_cluster(
    address: str, work: Callable[[Piece], Result], pieces: Sequence[Piece]
) -> Generator[tuple[Piece, Result | str]]:
    """Hand work to an existing Dask cluster whose workers see the same files.

    A worker that dies gives its pieces to the others.

    Parameters
    ----------
    address : str
        The scheduler, such as ``tcp://127.0.0.1:8786``.
    work : callable
        Importable by the workers; done twice, it does the same.
    pieces : sequence
        Its arguments.

    Yields
    ------
    tuple
        Each piece with its result as it comes, or with the words for why it has none.

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
            try:
                result = future.result()
            except Exception as lost:
                result = f"{type(lost).__name__}: {lost}"
            yield waiting[future], result
