"""`amyloid partition`: a large cohort in parts, for `amyloid adjudicate` part by part."""

from pathlib import Path

import click

from amyloid.cli.choices import CohortPlace
from amyloid.cli.paths import LocalPath


@click.command()
@click.argument("cohort", type=CohortPlace())
@click.option("--out", type=LocalPath(file_okay=False), required=True, help="New folder.")
@click.option(
    "--patients",
    type=click.IntRange(1, 1_000_000),
    default=50_000,
    show_default=True,
    help="Patients in each part.",
)
def command(cohort: Path, out: Path, patients: int) -> None:
    """Cut COHORT into parts, each a folder of Parquet tables with some of the patients.

    `amyloid adjudicate DIR` then needs the memory of one part, and `--dask` spreads the parts over a cluster.
    The known columns are kept as typed; nothing is overwritten.
    """
    from amyloid.adjudication.write import cut
    from amyloid.cohort.delivery import delivered

    if not cohort.exists():
        raise click.UsageError(f"{cohort} is not a folder or workbook.")
    try:
        with delivered(out) as folder:
            parts = cut(cohort, folder, patients)
    except FileExistsError:
        raise click.UsageError(f"{out} exists and is not empty; nothing was written.") from None
    click.echo(f"{parts} parts: {out}")
