"""What one starts from: blank tables, a made-up cohort, one in parts, the criteria as data, a notebook."""

from __future__ import annotations

import json
import os
from pathlib import Path

import click

from amyloid.adjudication.criteria import CRITERIA
from amyloid.cli.choices import RUNS, CohortPlace, LocalPath, fault_of_call
from amyloid.cohort import COHORTS, EMBEDDED, NOTEBOOKS, place_of
from amyloid.cohort.delivery import deliver_file, delivered


@click.command()
@click.argument("folder", type=LocalPath(file_okay=False))
def template(folder: Path) -> None:
    """Write blank tables into FOLDER: CSV files, a workbook with drop-downs, a REDCap data dictionary."""
    from amyloid.cohort.template import write_templates

    try:
        paths = write_templates(folder)
    except FileExistsError as fault:
        raise click.UsageError(f"{fault.filename} is there already; nothing was written.") from fault
    for path in paths:
        click.echo(path)


@click.command()
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    required=True,
    help="Whole number; the same seed gives the same files.",
)
@click.option("--out", type=LocalPath(file_okay=False), required=True, help="Folder for the cohort.")
@click.option("--force", is_flag=True, help="Replace the cohort's files in a folder that is not empty.")
def reconstruct(seed: int, out: Path, force: bool) -> None:
    """Make a cohort that satisfies every published number.

    43 synthetic patients whose laboratory rows lead to each number that the 2007 abstract prints. What the
    abstract leaves open, deaths and joint distributions above all, differs from seed to seed.
    """
    from amyloid.synthetic import reconstruct as make
    from amyloid.synthetic import write_files

    with fault_of_call(FileExistsError), delivered(out, force=force) as folder:
        write_files(make(seed), folder)
    click.echo(f"Wrote the synthetic cohort of seed {seed} to {out}: 43 patients, not patient data.")


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
def partition(cohort: Path, out: Path, patients: int) -> None:
    """Cut COHORT into parts, each a folder of Parquet tables with some of the patients.

    `amyloid adjudicate DIR` then needs the memory of one part, and `--dask` spreads the parts over a cluster.
    The known columns are kept as typed; nothing is overwritten.
    """
    from amyloid.adjudication.write import cut

    if not cohort.exists():
        raise click.UsageError(f"{cohort} is not a folder or workbook.")
    try:
        with delivered(out) as folder:
            parts = cut(cohort, folder, patients)
    except FileExistsError:
        raise click.UsageError(f"{out} exists and is not empty; nothing was written.") from None
    click.echo(f"{parts} parts: {out}")


@click.command()
@click.option(
    "--json",
    "file",
    metavar="FILE|-",
    help="Write every criterion as data, with the boundary rows that an engine must pass; - is the terminal.",
)
@click.option("--force", is_flag=True, help="Replace the file.")
def criteria(file: str | None, force: bool) -> None:
    """Say every criterion: domain, key and source, one line each.

    With --json each comes as data: rules as expressions over named evidence, words, units, sources, and a
    cohort that sits on every threshold with the categories that must come out; see docs/conformance.md.
    """
    if file is None:
        for (domain, key), wanted in CRITERIA.items():
            click.echo(f"{domain} {key}: {wanted.source}")
        return
    from amyloid.adjudication.kit import criteria_data

    text = json.dumps(criteria_data(), ensure_ascii=False, indent=1) + "\n"
    if file == "-":
        click.echo(text, nl=False)
        return
    path = Path(file)
    if path.exists() and not force:
        raise click.UsageError(f"{path} exists already; use --force to replace it.")
    deliver_file(path, text.encode())
    click.echo(f"{len(CRITERIA)} criteria: {path}")


@click.command()
@click.argument("cohort", required=False)
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE.ipynb", help="Where to."
)
@click.option("--force", is_flag=True, help="Replace the notebook, and what was written into it.")
def explore(cohort: str | None, out: Path | None, force: bool) -> None:
    """Copy explore.ipynb into runs/ for COHORT, the embedded cohort by default, and say how to open it.

    The copy is yours to change: frames, filters, curves, one patient looked up. It is part of no report.
    """
    place = cohort or EMBEDDED
    if place not in COHORTS and not place_of(place).exists():
        raise click.BadParameter(f"there is nothing at {place}.", param_hint="COHORT")
    target = out or RUNS / "explore.ipynb"
    if target.exists() and not force:
        raise click.UsageError(f"{target} exists already; open it, or use --force to replace it.")
    opened = place if place in COHORTS else os.path.abspath(place)
    target.parent.mkdir(parents=True, exist_ok=True)
    deliver_file(target, json.dumps(_for(NOTEBOOKS / "explore.ipynb", opened), indent=1).encode() + b"\n")
    click.echo(f"{target} is yours. Open it with: jupyter lab {target}")


def _for(notebook: Path, cohort: str) -> dict[str, object]:
    """Return the notebook with its cohort set and without outputs."""
    content: dict[str, object] = json.loads(notebook.read_text(encoding="utf-8"))
    cells = content["cells"]
    assert isinstance(cells, list)
    for cell in cells:
        if cell["cell_type"] == "code":
            cell |= {"outputs": [], "execution_count": None}
        if "parameters" in cell["metadata"].get("tags", []):
            cell["source"] = f"cohort_dir = {cohort!r}"
    return content
