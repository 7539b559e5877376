"""`amyloid run`: the notebooks over a cohort, as one folder that is whole or not there."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import click

from amyloid.cli.choices import (
    PRELOAD,
    RUNS,
    choose_notebooks,
    cohort_path,
    collect_parameters,
    fault_of_call,
    parameter_table,
    targets,
)
from amyloid.cohort.delivery import BusyError
from amyloid.press.runner import PlaceError, RunError
from amyloid.press.runner.plan import CELL_SECONDS, Plan, check_target, point_latest
from amyloid.press.runner.pool import Pool, Progress
from amyloid.press.runner.runs import make_run
from amyloid.questions.parameters import ParameterError

MOST_JOBS = 64

cell_timeout_option = click.option(
    "--cell-timeout",
    "cell_seconds",
    type=click.IntRange(1),
    metavar="SECONDS",
    default=CELL_SECONDS,
    show_default=True,
    help="End a notebook one cell of which takes longer.",
)


@click.command(epilog=parameter_table())
@click.argument("cohort", required=False, metavar="[COHORT]")
@click.option("--out", metavar="DIR", help="Folder of the run.  [default: runs/<time>]")
@click.option("--only", multiple=True, metavar="NN", help="Run this notebook only; may be repeated.")
@click.option("-p", "given", nargs=2, multiple=True, metavar="NAME VALUE", help="Set a parameter.")
@click.option("--parameters", "file", metavar="FILE.toml", help="Set parameters from a TOML file.")
@click.option("--jobs", type=click.IntRange(1, MOST_JOBS), default=3, show_default=True, help="Side by side.")
@click.option(
    "--width",
    type=click.Choice(["85", "170"]),
    metavar="85|170",
    default="170",
    show_default=True,
    callback=lambda _context, _option, value: int(value),
    help="Figures for a column or a page of a journal, in millimeters.",
)
@click.option("--fresh", is_flag=True, help="Run unchanged notebooks again too.")
@click.option("--force", is_flag=True, help="Replace an earlier run in --out, once the new one is whole.")
@cell_timeout_option
@click.option("--quiet", is_flag=True, help="Say nothing but errors.")
@click.option("--notebooks", metavar="DIR", help="Run the numbered notebooks of another folder.")
@fault_of_call(ParameterError, PlaceError)
def command(
    cohort: str | None,
    out: str | None,
    only: Sequence[str],
    given: Sequence[tuple[str, str]],
    file: str | None,
    quiet: bool,
    notebooks: str | None,
    **options: Any,
) -> None:
    """Run the notebooks that COHORT can answer over it.

    COHORT is a folder, a workbook or the name of a shipped cohort. Without it each notebook runs over the
    shipped cohort that it was written for: 01 to 06 and 08 over the embedded one, 07 over two-regimens.

    Writes executed notebooks, figures, results.csv, categories.csv, endpoints.csv, HTML pages and a
    manifest into one folder. It appears under its name only when every cell of every notebook ran.
    """
    from amyloid.cli.planning import plan_run

    parameters = collect_parameters(given, file)
    source = cohort_path(cohort)
    chosen, left_out = choose_notebooks(notebooks, only, source)
    target = next(targets(out))
    check_target(target, cohort=source, force=options["force"])
    said = [] if quiet else left_out
    with Pool(PRELOAD) as pool:  # it loads its libraries while the cohort is read here
        plan = plan_run(target, source, chosen, parameters, cohort is None, only, said, **options)
        for line in said:
            click.echo(line, err=True)
        finished = carry_out(plan, out, pool, quiet=quiet)
    if not quiet:
        click.echo(f"Report: {finished / 'html' / 'index.html'}")


def carry_out(plan: Plan, out: str | None, pool: Pool, *, quiet: bool) -> Path:
    """Make the run; a name that another run took in the same second gives way to the next one.

    Raises
    ------
    RunError
        The run failed or was interrupted.
    PlaceError
        The target was taken in the meantime; a fault of the call.
    """
    for target in targets(out):
        try:
            finished = make_run(replace(plan, target=target), partial(Progress, quiet=quiet), pool)
        except (BusyError, PlaceError):
            if out is not None:
                raise
            continue
        except KeyboardInterrupt:
            raise RunError(f"The run into {target} was interrupted; it was not published.") from None
        if finished.parent.resolve() == RUNS.resolve():
            point_latest(finished)
        return finished
    raise AssertionError("`targets` never ends without a name")
