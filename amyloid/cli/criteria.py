"""`amyloid criteria`: every published criterion that is applied, a line each or as data."""

import json
from pathlib import Path

import click


@click.command(name="criteria")
@click.option(
    "--json",
    "file",
    metavar="FILE|-",
    help="Write every criterion as data, with the boundary rows that an engine must pass; - is the terminal.",
)
@click.option("--force", is_flag=True, help="Replace the file.")
def command(file: str | None, force: bool) -> None:
    """Say every criterion: domain, key and source, one line each.

    With --json each comes as data: rules as expressions over named evidence, words, units, sources, and a
    cohort that sits on every threshold with the categories that must come out; see docs/conformance.md.
    """
    from amyloid.adjudication.criteria import CRITERIA

    if file is None:
        for (domain, key), wanted in CRITERIA.items():
            click.echo(f"{domain} {key}: {wanted.source}")
        return
    from amyloid.adjudication.kit import criteria_data
    from amyloid.cohort.delivery import deliver_file

    text = json.dumps(criteria_data(), ensure_ascii=False, indent=1) + "\n"
    if file == "-":
        click.echo(text, nl=False)
        return
    path = Path(file)
    if path.exists() and not force:
        raise click.UsageError(f"{path} exists already; use --force to replace it.")
    deliver_file(path, text.encode())
    click.echo(f"{len(CRITERIA)} criteria: {path}")
