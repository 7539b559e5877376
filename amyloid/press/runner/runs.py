"""A run from the lock to the one rename: its jobs side by side, and what is kept of one that fails."""

import contextlib
import datetime
import errno
import secrets
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from amyloid import __version__
from amyloid.cohort.delivery import locked, publish, recover, remove
from amyloid.press.runner import ChangedError, RunError
from amyloid.press.runner.manifest import Part, assemble, collect, find_parts, take_over, write_manifest
from amyloid.press.runner.notebooks import EXECUTED, LOG, Notebook
from amyloid.press.runner.plan import Call, Place, Plan, check_target
from amyloid.press.runner.pool import Pool, Progress

Display = Callable[[int], Progress]
Outcomes = dict[str, dict[str, Any]]


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
            _fill(place.staging, plan, earlier, display, sayings, pool)
            publish(place)
        except BaseException as error:
            kept = _keep(place, error, worthless=isinstance(error, ChangedError) or plan.is_outdated())
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
    stage: Path,
    plan: Plan,
    earlier: Iterable[Path],
    display: Display,
    sayings: Sequence[str],
    warm: Pool | None,
) -> None:
    """Do all of a run's work inside the staging folder."""
    started = datetime.datetime.now(datetime.UTC)
    keys, found = plan.part_keys(), find_parts(earlier)
    parts: dict[str, Part] = {}
    for stem, key in keys.items():
        if key in found and take_over(*found[key], stage / "parts" / stem):
            parts[stem] = found[key][1]
    waiting = [notebook for notebook in plan.notebooks if notebook.stem not in parts]
    progress = display(sum(len(notebook.code_cells) + 1 for notebook in waiting))
    try:
        for line in (*sayings, *(f"{stem}: unchanged, taken from an earlier run" for stem in parts)):
            progress.say(line)
        (stage / "work").mkdir()
        with Pool(plan.preload) if warm is None else contextlib.nullcontext(warm) as pool:
            _execute(pool, stage, plan, waiting, keys, parts, progress)
            made = [parts[notebook.stem] for notebook in plan.notebooks]
            assemble(stage, made)
            if plan.last:
                _call_last(pool, stage, plan)
    finally:
        progress.close()
    if plan.is_outdated():
        raise ChangedError("The run was not published")
    shutil.rmtree(stage / "work")
    write_manifest(stage, _facts(plan, made, started))


def notebook_job(stage: Path, plan: Plan, notebook: Notebook) -> dict[str, Any]:
    """Lay out a job's folder like the project: notebooks/ beside data/ and runs/.

    So the places that reach the notebook are relative, and no page knows where it was made.
    """
    work = stage.absolute() / "work" / notebook.stem
    for folder in ("notebooks", "data", "runs/notebooks"):
        (work / folder).mkdir(parents=True)
    (work / "data" / plan.cohort_name).symlink_to(plan.cohort.resolve())
    places = {"cohort_dir": f"../data/{plan.cohort_name}", "out_dir": "../runs/notebooks"}
    return {
        "id": notebook.stem,
        "notebook": str(notebook.path.resolve()),
        "stem": notebook.stem,
        "work": str(work),
        "committed_figures": 0 if plan.numbers_only else notebook.committed_figures(),
        "numbers_only": plan.numbers_only,
        "width": plan.width,
        "cohort": str(plan.cohort.resolve()),
        "cell_seconds": plan.cell_seconds,
        "parameters": {**places, **plan.injected()},
    }


def _call_job(stage: Path, plan: Plan, name: str, call: Call) -> dict[str, Any]:
    """Make the job that calls a function of the project on the staging folder."""
    work = stage.absolute() / "work" / name
    work.mkdir()
    arguments = {**call.arguments, "run_folder": str(stage.absolute())}
    cohort = str(plan.cohort.resolve())
    return {"id": name, "call": call.function, "work": str(work), "cohort": cohort, "arguments": arguments}


def _execute(
    pool: Pool,
    stage: Path,
    plan: Plan,
    waiting: Sequence[Notebook],
    keys: Mapping[str, str],
    parts: dict[str, Part],
    display: Progress,
) -> None:
    """Run the notebooks, and what is written beside them; `parts` gains one for each that is whole.

    A failure does not stop the others, but a job that read another state of the cohort stops all.
    """
    longest_first = sorted(waiting, key=Notebook.committed_figures, reverse=True)
    jobs = [notebook_job(stage, plan.of(notebook.stem), notebook) for notebook in longest_first]
    if plan.beside is not None:
        jobs.append(_call_job(stage, plan, "tables", plan.beside))
    by_stem = {notebook.stem: notebook for notebook in waiting}
    faults: Outcomes = {}

    def on_end(name: str, outcome: dict[str, Any]) -> None:
        if set(outcome.get("read", ())) - {plan.of(name).facts["fingerprint"]}:
            raise ChangedError(f"{name} read other data than the run began with")
        if outcome["fault"] is None and name in by_stem:
            try:
                part = collect(stage, by_stem[name], keys[name], outcome)
            except RunError as error:
                outcome = {"fault": str(error)}
            else:
                parts[name] = part
                display.say(f"{name}: {part.cells} cells, {len(part.figures)} figures, {part.seconds:.1f} s")
        if outcome["fault"] is not None:
            faults[name] = outcome
            display.say(f"{name}: failed")

    pool.run(jobs, plan.jobs, lambda _: display.cell(), on_end)
    if faults:
        raise failed(faults, stage)


def _call_last(pool: Pool, stage: Path, plan: Plan) -> None:
    """Write what needs all notebooks, side by side."""
    outcomes: Outcomes = {}
    jobs = [_call_job(stage, plan, f"pages-{n}", call) for n, call in enumerate(plan.last, start=1)]
    pool.run(jobs, plan.jobs, lambda _: None, outcomes.__setitem__)
    faults = [outcome["fault"] for outcome in outcomes.values() if outcome["fault"] is not None]
    if faults:
        raise RunError(f"The pages could not be written. {faults[0]}")


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
        "notebooks": [asdict(part) for part in parts],
    }


def _cohort(plan: Plan) -> dict[str, Any]:
    path = str(plan.cohort.resolve())
    return {"name": plan.cohort_name, "path": path, **plan.facts, "files": dict(plan.files)}


_LITTLE_SPACE_BYTES = 100_000
_NO_SPACE = ("no space left", "errno 28", "disk quota")


def failed(faults: Mapping[str, Mapping[str, Any]], disk: Path) -> RunError:
    """Say which notebooks failed, in which cell and why.

    Parameters
    ----------
    faults : mapping
        Outcomes by notebook, each with `fault` and perhaps `cell`.
    disk : Path
        A folder on the disk that is written to.

    Returns
    -------
    RunError
        One line for each fault.
    """
    lines = []
    for name, outcome in sorted(faults.items()):
        place = f", code cell {outcome['cell']}" if outcome.get("cell") else ""
        lines.append(f"{name}{place}: {outcome['fault']}")
    if shutil.disk_usage(disk).free < _LITTLE_SPACE_BYTES or _means_no_space("\n".join(lines)):
        lines.append("No space left on the disk. Free some space and run again.")
    return RunError("\n".join([*lines, "The run is incomplete and was not published."]))


def _keep(place: Place, error: BaseException, *, worthless: bool) -> str:
    """Move what a failed run left to `<target>.failed`, or clear it when nothing is worth keeping.

    Kept are the finished notebooks, which the next run takes over, and under `failed/` the partial
    copies and logs of the others. When the disk is full all is cleared: space is what is missing. So is
    what is `worthless`, made from a cohort that changed meanwhile. Returned is what is kept, in a sentence.
    """
    stage = place.staging
    finished = any(stage.glob("parts/*/part.json"))
    partial = sorted(stage.glob(f"work/*/{EXECUTED}"))
    logs = [log for log in sorted(stage.glob(f"work/*/{LOG}")) if log.stat().st_size]
    if worthless or _disk_is_full(error) or not (finished or partial or logs):
        remove(stage)
        return ""
    folder = stage / "failed"
    folder.mkdir(exist_ok=True)
    for path in (*partial, *logs):
        name = path.parent.name
        if not (stage / "parts" / name / "part.json").is_file():
            path.rename(folder / f"{name}{'.ipynb' if path.name == EXECUTED else '.log'}")
    remove(stage / "work")
    words = "The run was interrupted." if isinstance(error, KeyboardInterrupt) else str(error)
    (stage / "FAILED.txt").write_text(f"{words or type(error).__name__}\n", encoding="utf-8")
    remove(place.failed)
    stage.rename(place.failed)
    return f"{'What was finished' if finished else 'What there is of it'} is kept in {place.failed}."


def _disk_is_full(error: BaseException) -> bool:
    full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
    return full or _means_no_space(str(error))


def _means_no_space(text: str) -> bool:
    return any(sign in text.lower() for sign in _NO_SPACE)
