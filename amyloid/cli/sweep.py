"""`amyloid sweep`: many runs, and one page that says what moved between them."""

import json
import os
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from amyloid.cli.choices import LocalPath, choose_notebooks, cohort_path, fault_of_call
from amyloid.cli.grid import read_grid, scenarios
from amyloid.cli.run import cell_timeout_option
from amyloid.cohort import delivery
from amyloid.press.report.layout import Kind
from amyloid.press.runner import PlaceError, RunError
from amyloid.press.runner.notebooks import Notebook
from amyloid.press.runner.plan import Place, Plan, check_target
from amyloid.press.runner.pool import Progress
from amyloid.press.sweep.scenarios import DEFAULT, EMBEDDED, Scenario, is_done, on_cluster, run_here, run_plan
from amyloid.questions.parameters import ParameterError, defaults

STATE = "sweep.json"


@click.command()
@click.argument("arguments", nargs=-1, metavar="[COHORT] [GRID.toml]")
@click.option("--out", required=True, type=LocalPath(file_okay=False), help="Folder.")
@click.option(
    "--reconstructions",
    type=click.IntRange(1, 2000),
    metavar="N",
    help="The embedded cohort, and seeds 0 to N-1.",
)
@click.option("--only", multiple=True, metavar="NN", help="Run this notebook only; may be repeated.")
@click.option("--jobs", type=click.IntRange(1, 64), default=3, show_default=True, help="Side by side.")
@click.option("--dask", metavar="ADDRESS", help="Run on the Dask scheduler at this address.")
@click.option("--quantity", multiple=True, metavar="ID", help="Draw this number of results.csv.")
@click.option("--numbers-only", is_flag=True, help="Draw no figure in the scenarios: faster.")
@cell_timeout_option
@click.option("--notebooks", metavar="DIR", help="Run the numbered notebooks of another folder.")
@click.option("--quiet", is_flag=True, help="Say nothing but errors.")
@fault_of_call(ParameterError, PlaceError)
def command(
    arguments: tuple[str, ...],
    out: Path,
    reconstructions: int | None,
    only: tuple[str, ...],
    jobs: int,
    dask: str | None,
    quantity: tuple[str, ...],
    notebooks: str | None,
    quiet: bool,
    **options: Any,
) -> None:
    """Run many scenarios over COHORT (default: the embedded one) and compare them.

    GRID.toml: [grid] with lists of values (every combination), [[scenario]] with single sets, and lists
    `cohorts` and `seeds`. Scenarios that are done are not run again; those that fail leave the others.
    Writes scenarios/, index.html, comparison.csv, summary.csv and patients.csv.
    """
    cohort, wanted = _scenarios(arguments, reconstructions)
    source = cohort_path(cohort)
    chosen, _ = choose_notebooks(notebooks, only, None)
    if cohort is None and not any(scenario.cohort for scenario in wanted):
        chosen = [notebook for notebook in chosen if not notebook.needs_groups]
        if not chosen:
            raise PlaceError("What compares groups needs a COHORT, such as two-regimens.")
    if not (out / STATE).is_file():
        check_target(out, cohort=source, force=False)
    try:
        with delivery.locked(Place(out.resolve())):
            out.mkdir(parents=True, exist_ok=True)
            (out / STATE).write_text(json.dumps([s.name for s in wanted]), encoding="utf-8")
            plans = _plans(out, source, wanted, chosen, options)
            failed = _run(plans, jobs, dask, quiet=quiet)
            _compare(out, wanted, plans, failed, quantity)
    except KeyboardInterrupt:
        done = any(out.glob("scenarios/*/manifest.json"))
        kept = f"finished scenarios are kept in {out}" if done else "no scenario was finished"
        raise RunError(f"The sweep was interrupted; {kept}.") from None
    if not quiet:
        click.echo(f"Comparison: {out / 'index.html'}")
    if failed:
        raise RunError("\n".join(f"{name}: {fault}" for name, fault in failed.items()))


def _scenarios(arguments: Sequence[str], reconstructions: int | None) -> tuple[str | None, list[Scenario]]:
    """Tell the cohort from the grid, and read the grid."""
    grids = [argument for argument in arguments if argument.endswith(".toml")]
    others = [argument for argument in arguments if argument not in grids]
    if len(grids) > 1 or len(others) > 1:
        raise ParameterError(["Give at most one cohort and one file that ends in .toml."])
    if reconstructions is not None and grids:
        raise ParameterError(["Give either a grid or --reconstructions; a grid may list seeds."])
    if reconstructions is not None:
        seeds = scenarios({"seeds": list(range(reconstructions))})
        return None, [Scenario(EMBEDDED, defaults()), *seeds]
    if not grids:
        raise ParameterError(["Say what to run: a GRID.toml or --reconstructions N."])
    return (others[0] if others else None), read_grid(Path(grids[0]))


def _run(plans: Mapping[str, Plan], jobs: int, dask: str | None, *, quiet: bool) -> dict[str, str]:
    """Run what is not done yet; return the scenarios that failed, and why."""
    waiting = [plan for plan in plans.values() if not is_done(plan)]
    progress = Progress(len(waiting), quiet=quiet, unit="scenarios")
    progress.say(f"{len(plans)} scenarios, {len(plans) - len(waiting)} done already")
    faults: dict[str, str] = {}

    ran = run_here(waiting, jobs) if dask is None else on_cluster(dask, run_plan, waiting)
    with closing(progress), closing(ran):
        for plan, fault in ran:
            progress.cell()
            progress.say(f"{plan.target.name}: {'failed' if fault else 'done'}")
            if fault:
                faults[plan.target.name] = fault
    return faults


def _plans(
    out: Path,
    source: Path,
    scenarios: Sequence[Scenario],
    notebooks: Sequence[Notebook],
    options: Mapping[str, Any],
) -> dict[str, Plan]:
    """Make a plan for each scenario; each cohort is read once."""
    from amyloid.cli.planning import make_plan

    read: dict[tuple[Path, object], Plan] = {}
    plans = {}
    for scenario in scenarios:
        cohort = _cohort(out, source, scenario)
        target = (out / "scenarios" / scenario.name).absolute()
        parameters = dict(scenario.parameters)
        key = cohort, parameters["compare_by"]  # which decides what can be compared
        if key not in read:
            read[key] = make_plan(target, cohort, notebooks, parameters, jobs=1, force=True, **options)
        plan = read[key]
        own = plan.facts["defaults"]
        parameters |= {name: own[name] for name in own if parameters[name] == DEFAULT}
        assert plan.beside is not None
        beside = replace(plan.beside, arguments={**plan.beside.arguments, "parameters": parameters})
        plans[scenario.name] = replace(plan, target=target, parameters=parameters, beside=beside, last=())
    return plans


def _cohort(out: Path, source: Path, scenario: Scenario) -> Path:
    """Return a scenario's cohort; a reconstruction is made once and kept."""
    if scenario.seed is None:
        return Path(os.path.abspath(scenario.cohort)) if scenario.cohort else source
    folder = (out / "cohorts" / f"seed-{scenario.seed}").absolute()
    if not folder.is_dir():
        from amyloid.synthetic import reconstruct, write_files

        with delivery.delivered(folder) as aside:
            write_files(reconstruct(scenario.seed), aside)
    return folder


def _compare(
    out: Path,
    scenarios: list[Scenario],
    plans: Mapping[str, Plan],
    faults: Mapping[str, str],
    wanted: Sequence[str],
) -> None:
    from amyloid.press.sweep.findings import read_findings, write_tables
    from amyloid.press.sweep.page import page

    runs = {s.name: plans[s.name].target for s in scenarios if s.name not in faults}
    if not runs:
        raise RunError("Every scenario failed:\n" + "\n".join(f"{n}: {f}" for n, f in faults.items()))
    findings = read_findings(runs)
    synthetic = all(plan.facts["synthetic"] for plan in plans.values())
    kind: Kind = "synthetic" if synthetic else "patient-data"
    with delivery.staged(delivery.Place(out.resolve())) as aside:  # under the sweep's own lock
        write_tables(findings, aside)
        (aside / "index.html").write_text(page(scenarios, faults, findings, kind, wanted), encoding="utf-8")
