"""`amyloid reconstruct`: write a synthetic cohort that satisfies every published number."""

from pathlib import Path

import click

from amyloid.cli.paths import LocalPath


@click.command()
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    required=True,
    help="Whole number; the same seed gives the same files.",
)
@click.option("--out", type=LocalPath(file_okay=False), required=True, help="Folder for the cohort.")
@click.option("--force", is_flag=True, help="Replace the cohort's files in a folder that is not empty.")
def command(seed: int, out: Path, force: bool) -> None:
    """Make a cohort that satisfies every published number.

    43 synthetic patients whose laboratory rows lead to each number that the 2007 abstract prints. What the
    abstract leaves open, deaths and joint distributions above all, differs from seed to seed.
    """
    from amyloid.cohort.delivery import delivered
    from amyloid.synthetic import reconstruct, write_files

    try:
        with delivered(out, force=force) as folder:
            write_files(reconstruct(seed), folder)
    except FileExistsError as fault:
        raise click.UsageError(str(fault)) from fault
    click.echo(f"Wrote the synthetic cohort of seed {seed} to {out}: 43 patients, not patient data.")
