"""The runs of a sweep: what each is, and how they go side by side, on this machine or on a Dask cluster."""

import queue
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack
from dataclasses import dataclass

from amyloid.press.cluster import on_cluster
from amyloid.press.runner import RunError
from amyloid.press.runner.manifest import differences, read_manifest
from amyloid.press.runner.plan import Plan
from amyloid.press.runner.pool import Pool, Progress
from amyloid.press.runner.runs import make_run

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


Told = Callable[[Plan, str | None], None]


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


def run_here(plans: Sequence[Plan], jobs: int, told: Told) -> None:
    """Run scenarios on this machine, each of `jobs` threads with a warm server of its own.

    Parameters
    ----------
    plans : sequence of Plan
        One for each scenario, with one notebook at a time.
    jobs : int
        How many scenarios at the same time.
    told : callable
        Called with each plan that ended, and why it failed or None.
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
            told(waiting[future], future.result())


def run_on_cluster(plans: Sequence[Plan], address: str, told: Told) -> None:
    """Run scenarios on an existing Dask cluster whose workers see the same files.

    Parameters
    ----------
    plans : sequence of Plan
        One for each scenario.
    address : str
        The scheduler, such as ``tcp://127.0.0.1:8786``.
    told : callable
        As for `run_here`.

    Raises
    ------
    RunError
        The extra ``cluster`` is not installed, or no scheduler answers.
    """
    for plan, fault in on_cluster(address, run_plan, plans):
        told(plan, fault)
