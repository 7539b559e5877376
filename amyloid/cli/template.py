"""`amyloid template`: blank tables to fill in."""

from __future__ import annotations

from pathlib import Path

import click

from amyloid.cli.paths import LocalPath
from amyloid.cohort.template import write_templates


@click.command(name="template")
@click.argument("folder", type=LocalPath(file_okay=False))
def command(folder: Path) -> None:
    """Write blank tables into FOLDER: CSV files, a workbook with drop-downs, a REDCap data dictionary."""
    try:
        paths = write_templates(folder)
    except FileExistsError as fault:
        raise click.UsageError(f"{fault.filename} is there already; nothing was written.") from fault
    for path in paths:
        click.echo(path)
