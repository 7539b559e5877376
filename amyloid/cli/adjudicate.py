"""`amyloid adjudicate`: each patient's categories and endpoints, under every published criterion."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import click

from amyloid.cli.choices import CohortPlace, LocalPath, fault_of_call
from amyloid.cohort import EMBEDDED_COHORT
from amyloid.cohort.delivery import delivered
from amyloid.press.runner import RunError
from amyloid.questions.parameters import PARAMETERS


@click.command()
@click.argument("cohort", type=CohortPlace(), required=False)
@click.option("--out", type=LocalPath(file_okay=False), required=True, help="Folder for the two tables.")
@click.option(
    "--hematologic-criteria",
    type=click.Choice(PARAMETERS["hematologic_criteria"].choices),
    default="default",
    show_default=True,
    help="Response that opens the duration of response; by default the cohort's card decides, else isa-2012.",
)
@click.option(
    "--confirm",
    type=click.Choice(PARAMETERS["confirm"].choices),
    default="none",
    show_default=True,
    help="Whether a hematologic response must be confirmed by the next sample 28 days later.",
)
@click.option("--dask", metavar="ADDRESS", help="Adjudicate the parts on the Dask scheduler at this address.")
@click.option("--force", is_flag=True, help="Replace the two tables in a folder that is not empty.")
def command(cohort: Path | None, out: Path, dask: str | None, force: bool, **options: Any) -> None:
    """Write categories.csv and endpoints.csv for COHORT, the embedded cohort by default.

    One row per patient, domain and criteria, with the first month and the reason; and one row per patient and
    endpoint. COHORT may be a folder of parts (`amyloid partition`), done one by one, or side by side on a
    cluster with --dask: the tables are the same. Nothing is overwritten without --force.
    """
    from amyloid.adjudication.write import find_parts

    source = cohort or EMBEDDED_COHORT
    parts = find_parts(source)
    if dask is not None and not parts:
        raise click.UsageError("--dask needs a cohort in parts. Make one with `amyloid partition`.")
    with fault_of_call(FileExistsError), delivered(out, force=force) as folder:
        patients = _parts(parts, folder, options, dask) if parts else _whole(source, folder, options)
    click.echo(f"{patients} patients adjudicated: {out / 'categories.csv'}, {out / 'endpoints.csv'}")


def _whole(source: Path, folder: Path, options: dict[str, Any]) -> int:
    from amyloid.adjudication import write_adjudication
    from amyloid.cohort import read_cohort

    loaded = read_cohort(source)
    for note in loaded.notes:
        click.echo(note, err=True)
    write_adjudication(loaded, folder, **options)
    return len(loaded.patients)


def _parts(parts: Sequence[Path], folder: Path, options: dict[str, Any], dask: str | None) -> int:
    """Adjudicate part by part; what each part wrote is gone once the tables are put together."""
    from amyloid.adjudication.write import Adjudicated, adjudicate_part, put_together
    from amyloid.press.runner.pool import Progress
    from amyloid.press.sweep.scenarios import on_cluster

    work: Any = partial(adjudicate_part, folder=folder.absolute() / "parts", **options)
    absolute = [part.absolute() for part in parts]
    found = ((part, work(part)) for part in absolute) if dask is None else on_cluster(dask, work, absolute)
    progress = Progress(len(parts), unit="parts")
    done: list[Adjudicated] = []
    try:
        for part, result in found:
            if isinstance(result, str):
                raise RunError(f"{part.name} could not be adjudicated. {result}")
            progress.cell()
            done.append(result)
            for note in result.notes:
                progress.say(note)
        patients = put_together(done, folder / "parts", folder)
    finally:
        progress.close()
    shutil.rmtree(folder / "parts")
    return patients
