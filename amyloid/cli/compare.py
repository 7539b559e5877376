"""`amyloid compare`: what differs between two runs, in words and as CSV."""

import math
import re
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from amyloid.cli.choices import LocalPath, fault_of_call
from amyloid.cohort.delivery import delivered
from amyloid.press.report.layout import csv_bytes

if TYPE_CHECKING:
    import pandas as pd

SHOWN = 15
_NUMBER = re.compile(r"(?<![\w.-])-?\d+\.\d+(?:e[+-]?\d+)?(?![\w.])")
LISTS = {
    "settings": "{} differ",
    "numbers": "{} of {} differ",
    "categories": "{} judgments of patients differ",
    "endpoints": "{} of patients differ",
}


@click.command()
@click.argument("run_a", type=LocalPath())
@click.argument("run_b", type=LocalPath())
@click.option("--out", type=LocalPath(file_okay=False), help="Folder for the CSV files.")
@click.option("--force", is_flag=True, help="Replace the CSV files in a folder that is not empty.")
def command(run_a: Path, run_b: Path, out: Path | None, force: bool) -> None:
    """Say what differs between RUN_A and RUN_B: settings, numbers, and the patients judged differently.

    Both runs are first held to their manifests. With --out the whole lists are written as settings.csv,
    numbers.csv, categories.csv and endpoints.csv.
    """
    from amyloid.press.sweep.findings import compare_runs

    found, compared = compare_runs(run_a, run_b)
    for line in words(found, compared):
        click.echo(line)
    if out is not None:
        with fault_of_call(FileExistsError), delivered(out, force=force) as folder:
            for name, rows in found.items():
                (folder / f"{name}.csv").write_bytes(
                    csv_bytes([[*map(str, rows)], *rows.to_numpy().tolist()])
                )
        click.echo(f"The whole lists: {out}")


def words(found: "Mapping[str, pd.DataFrame]", compared: int) -> list[str]:
    """Say in lines what differs; `compared` is how many numbers the two runs have between them."""
    lines = []
    for name, said in LISTS.items():
        lines += _section(name.capitalize(), found[name], said.format(len(found[name]), compared))
    patients = {*found["categories"]["patient_id"], *found["endpoints"]["patient_id"]}
    return [*lines, f"Patients: {len(patients)} differ in a category or an endpoint."]


def _section(title: str, changes: "pd.DataFrame", said: str) -> list[str]:
    if changes.empty:
        return [f"{title}: the same."]
    lines = [f"{title}: {said}."]
    for *what, before, after, difference in changes.head(SHOWN).to_numpy():
        moved = f" ({float(difference):+.4g})" if difference else ""
        before, after = rounded(before or "not there", after or "not there")
        lines.append(f"  {' · '.join(what)}: {before} -> {after}{moved}")
    if len(changes) > SHOWN:
        lines.append(f"  and {len(changes) - SHOWN} more")
    return lines


def rounded(before: str, after: str) -> tuple[str, str]:
    """Round the numbers in two texts to four digits, or as many as it takes to tell them apart."""
    for digits in range(4, 16):
        short = [_NUMBER.sub(partial(_short, digits=digits), text) for text in (before, after)]
        if (short[0] == short[1]) == (before == after):
            return short[0], short[1]
    return before, after


def _short(found: re.Match[str], digits: int) -> str:
    """A number with so many digits that count, whole ones always in full."""
    number = float(found[0])
    decimals = digits - 1 - (math.floor(math.log10(abs(number))) if number else 0)
    return f"{number:.{max(decimals, 0)}f}".rstrip("0").rstrip(".") if decimals > 0 else f"{number:.0f}"
