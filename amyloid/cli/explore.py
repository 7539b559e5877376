"""`amyloid explore`: a notebook of one's own, opened on a cohort."""

import json
import os
from pathlib import Path

import click

RUNS = Path("runs")


@click.command(name="explore")
@click.argument("cohort", required=False)
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE.ipynb", help="Where to."
)
@click.option("--force", is_flag=True, help="Replace the notebook, and what was written into it.")
def command(cohort: str | None, out: Path | None, force: bool) -> None:
    """Copy explore.ipynb into runs/ for COHORT, the embedded cohort by default, and say how to open it.

    The copy is yours to change: frames, filters, curves, one patient looked up. It is part of no report.
    """
    from amyloid.cohort.delivery import deliver_file
    from amyloid.cohort.shipped import COHORTS, EMBEDDED, NOTEBOOKS, place_of

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
