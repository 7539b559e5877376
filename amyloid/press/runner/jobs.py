"""A run's jobs: their folders, their execution side by side, what came of them, what is kept of failures."""

import errno
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from amyloid.cohort.delivery import remove
from amyloid.press.runner.errors import ChangedError, RunError
from amyloid.press.runner.notebooks import Notebook
from amyloid.press.runner.parts import Part, collect
from amyloid.press.runner.plan import EXECUTED, LOG, Call, Place, Plan
from amyloid.press.runner.pool import Pool, Progress

BESIDE, LAST = "tables", "pages"


@dataclass
class Going:
    """What is known while a run goes on: keys and finished parts by notebook, faults by job."""

    keys: Mapping[str, str]
    parts: dict[str, Part] = field(default_factory=dict)
    faults: dict[str, dict[str, Any]] = field(default_factory=dict)


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


def call_job(stage: Path, plan: Plan, name: str, call: Call) -> dict[str, Any]:
    """Make the job that calls a function of the project on the staging folder."""
    work = stage.absolute() / "work" / name
    work.mkdir()
    arguments = {**call.arguments, "run_folder": str(stage.absolute())}
    cohort = str(plan.cohort.resolve())
    return {"id": name, "call": call.function, "work": str(work), "cohort": cohort, "arguments": arguments}


def execute_notebooks(
    pool: Pool, stage: Path, plan: Plan, waiting: Sequence[Notebook], going: Going, display: Progress
) -> None:
    """Run the notebooks, and what is written beside them; a failure does not stop the others.

    Parameters
    ----------
    pool : Pool
        The warm server.
    stage : Path
        The staging folder.
    plan : Plan
        What to run.
    waiting : sequence of Notebook
        Those that were not taken from an earlier run.
    going : Going
        Gains a part for each notebook that is whole and a fault for each that is not.
    display : Progress
        Told about each cell and each end.

    Raises
    ------
    ChangedError
        A job read another state of the cohort than the run began with.
    """
    jobs = [notebook_job(stage, plan.of(notebook.stem), notebook) for notebook in waiting]
    if plan.beside is not None:
        jobs.append(call_job(stage, plan, BESIDE, plan.beside))
    by_stem = {notebook.stem: notebook for notebook in waiting}

    def on_end(name: str, outcome: dict[str, Any]) -> None:
        if set(outcome.get("read", ())) - {plan.of(name).facts["fingerprint"]}:
            raise ChangedError(f"{name} read other data than the run began with")
        if outcome["fault"] is None and name in by_stem:
            folder = stage / "parts" / name
            try:
                part = collect(stage / "work" / name, folder, by_stem[name], going.keys[name], outcome)
            except RunError as error:
                outcome = {**outcome, "fault": str(error), "cell": None}
            else:
                going.parts[name] = part
                display.say(f"{name}: {part.cells} cells, {len(part.figures)} figures, {part.seconds:.1f} s")
        if outcome["fault"] is not None:
            going.faults[name] = outcome
            display.say(f"{name}: failed")

    pool.run(jobs, plan.jobs, lambda _: display.cell(), on_end)


def call_last(pool: Pool, stage: Path, plan: Plan) -> None:
    """Write what needs all notebooks, side by side.

    Raises
    ------
    RunError
        The function failed.
    """
    outcomes: dict[str, dict[str, Any]] = {}
    jobs = [call_job(stage, plan, f"{LAST}-{n}", call) for n, call in enumerate(plan.last, start=1)]
    pool.run(jobs, plan.jobs, lambda _: None, outcomes.__setitem__)
    faults = [outcome["fault"] for outcome in outcomes.values() if outcome["fault"] is not None]
    if faults:
        raise RunError(f"The {LAST} could not be written. {faults[0]}")


NOTE = "FAILED.txt"
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
    lines.append("The run is incomplete and was not published.")
    return RunError("\n".join(lines))


def keep(place: Place, error: BaseException, *, worthless: bool = False) -> str:
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
    (stage / NOTE).write_text(f"{words or type(error).__name__}\n", encoding="utf-8")
    remove(place.failed)
    stage.rename(place.failed)
    return f"{'What was finished' if finished else 'What there is of it'} is kept in {place.failed}."


def _disk_is_full(error: BaseException) -> bool:
    full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
    return full or _means_no_space(str(error))


def _means_no_space(text: str) -> bool:
    return any(sign in text.lower() for sign in _NO_SPACE)
