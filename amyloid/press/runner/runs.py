"""A run from the lock to the one rename."""

import contextlib
import datetime
import secrets
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from amyloid import __version__
from amyloid.cohort.delivery import locked, publish, recover, remove
from amyloid.press.runner.errors import ChangedError, RunError
from amyloid.press.runner.jobs import Going, call_last, execute_notebooks, failed, keep
from amyloid.press.runner.manifest import write_manifest
from amyloid.press.runner.parts import Part, assemble, find_parts, take_over
from amyloid.press.runner.plan import Place, Plan, check_target
from amyloid.press.runner.pool import Pool, Progress

Display = Callable[[int], Progress]


def make_run(plan: Plan, display: Display, pool: Pool | None = None) -> Path:
    """Make a run and give it its final name only when it is whole.

    Parameters
    ----------
    plan : Plan
        What to run.
    display : callable
        Makes the display, given the number of code cells that will run.
    pool : Pool or None
        A warm server that is going already; the run starts its own when None.

    Returns
    -------
    Path
        The finished run.

    Raises
    ------
    RunError
        A notebook failed, or the cohort changed on the way.
    BusyError
        The same target is being written.
    PlaceError
        The target cannot be used.
    """
    place = Place(plan.target)
    with locked(place) as stale:
        check_target(place.target, cohort=plan.cohort, force=plan.force)
        sayings = _deal_with_leftovers(place)
        if stale:
            sayings.append("A lock that a killed run had left was taken over.")
        latest = place.target.with_name("latest")
        earlier = [] if plan.fresh else [latest, place.target, place.failed, place.left]
        try:
            place.staging.mkdir(0o700)
            _fill(place, plan, find_parts(earlier), display, sayings, pool)
            publish(place)
        except BaseException as error:
            kept = keep(place, error, worthless=isinstance(error, ChangedError) or plan.is_outdated())
            if isinstance(error, RunError) and kept:
                raise RunError(f"{error} {kept}") from None
            raise
        for folder in (place.staging, place.failed, place.left):
            remove(folder)
    return plan.target


def _deal_with_leftovers(place: Place) -> list[str]:
    """Put aside what an interrupted run left, and say what was found."""
    sayings = []
    if recover(place):
        sayings.append(f"The earlier run {place.target} was put back: its replacement had been interrupted.")
    if place.staging.is_dir():
        remove(place.left)
        place.staging.rename(place.left)
        sayings.append(f"An earlier run into {place.target} was interrupted; what it left is cleared.")
    if place.failed.is_dir():
        sayings.append(f"An earlier run into {place.target} failed; what it finished is in {place.failed}.")
    return sayings


def _fill(
    place: Place,
    plan: Plan,
    found: Mapping[str, tuple[Path, Part]],
    display: Display,
    sayings: Sequence[str],
    warm: Pool | None,
) -> None:
    """Do all of a run's work inside the staging folder."""
    stage = place.staging
    started = datetime.datetime.now(datetime.UTC)
    going = Going(plan.part_keys())
    taken = _take_over(stage, plan, going, found)
    waiting = [n for n in plan.notebooks if n.stem not in going.parts]
    progress = display(sum(len(n.code_cells) + 1 for n in waiting))
    try:
        for line in (*sayings, *taken):
            progress.say(line)
        (stage / "work").mkdir()
        with Pool(plan.preload) if warm is None else contextlib.nullcontext(warm) as pool:
            execute_notebooks(pool, stage, plan, waiting, going, progress)
            if going.faults:
                raise failed(going.faults, stage)
            parts = [going.parts[n.stem] for n in plan.notebooks]
            assemble(stage, parts)
            if plan.last:
                call_last(pool, stage, plan)
    finally:
        progress.close()
    if plan.is_outdated():
        raise ChangedError("The run was not published")
    shutil.rmtree(stage / "work")
    write_manifest(stage, _facts(plan, parts, started))


def _take_over(
    stage: Path, plan: Plan, going: Going, found: Mapping[str, tuple[Path, Part]]
) -> Iterable[str]:
    """Copy the notebooks that did not change; say which."""
    lines = []
    for notebook in plan.notebooks:
        if (key := going.keys[notebook.stem]) in found:
            source, part = found[key]
            if take_over(source, part, stage / "parts" / notebook.stem):
                going.parts[notebook.stem] = part
                lines.append(f"{notebook.stem}: unchanged, taken from an earlier run")
    return lines


def _facts(plan: Plan, parts: Sequence[Part], started: datetime.datetime) -> dict[str, Any]:
    return {
        "run": f"{started:%Y%m%dT%H%M%SZ}-{secrets.token_hex(4)}",
        "made": started.isoformat(timespec="seconds"),
        "amyloid": __version__,
        "parameters": dict(plan.parameters),
        "numbers_only": plan.numbers_only,
        "width": plan.width,
        "cohort": _cohort(plan),
        "elsewhere": {stem: _cohort(other) for stem, other in plan.elsewhere.items()},
        "counts": {
            "notebooks": len(parts),
            "figures": sum(len(part.figures) for part in parts),
            "tables": sum(len(part.tables) for part in parts),
        },
        "notebooks": [part.record() for part in parts],
    }


def _cohort(plan: Plan) -> dict[str, Any]:
    return {
        "name": plan.cohort_name,
        "path": str(plan.cohort.resolve()),
        **plan.facts,
        "files": dict(plan.files),
    }
