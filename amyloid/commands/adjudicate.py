"""`amyloid adjudicate`: each patient's categories and endpoints, under every published criterion."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from amyloid.parameters import PARAMETERS

if TYPE_CHECKING:
    from amyloid.response import Confirm


@click.command()
@click.argument("cohort", type=click.Path(path_type=Path), required=False)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    help="Folder for the two tables.",
)
@click.option(
    "--hematologic-criteria",
    type=click.Choice(PARAMETERS["hematologic_criteria"].choices),
    default="boston-2007",
    show_default=True,
    help="Response that opens the duration of response.",
)
@click.option(
    "--confirm",
    type=click.Choice(PARAMETERS["confirm"].choices),
    default="none",
    show_default=True,
    help="Whether a hematologic response must be confirmed by the next sample 28 days later.",
)
@click.option("--force", is_flag=True, help="Replace the two tables in a folder that is not empty.")
def command(cohort: Path | None, out: Path, hematologic_criteria: str, confirm: Confirm, force: bool) -> None:
    """Write categories.csv and endpoints.csv for COHORT, the embedded cohort by default.

    One row per patient, domain and criteria, with the first month and the reason; and one row per patient and
    endpoint. Nothing is overwritten without --force.
    """
    from amyloid.adjudication import write_adjudication
    from amyloid.cohort import EMBEDDED_COHORT, read_cohort
    from amyloid.delivery import delivered

    source = cohort or EMBEDDED_COHORT
    try:
        with delivered(out, force=force) as folder:
            loaded = read_cohort(source)
            for note in loaded.notes:
                click.echo(note, err=True)
            write_adjudication(loaded, folder, hematologic_criteria=hematologic_criteria, confirm=confirm)
    except FileExistsError as fault:
        raise click.UsageError(str(fault)) from fault
    click.echo(
        f"{len(loaded.patients)} patients adjudicated: {out / 'categories.csv'}, {out / 'endpoints.csv'}"
    )
