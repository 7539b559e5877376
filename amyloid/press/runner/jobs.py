"""A run's jobs: their folders, their execution side by side, and what came of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from amyloid.press.runner.errors import ChangedError, RunError
from amyloid.press.runner.notebooks import Notebook
from amyloid.press.runner.parts import Part, collect
from amyloid.press.runner.plan import Call, Plan
from amyloid.press.runner.pool import Pool
from amyloid.press.runner.progress import Progress

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
    pool: Pool,
    stage: Path,
    plan: Plan,
    waiting: Sequence[Notebook],
    going: Going,
    display: Progress,
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
