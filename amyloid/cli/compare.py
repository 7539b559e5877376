"""`amyloid compare`: what differs between two runs, in words and as CSV."""

import math
import re
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from amyloid.cli.choices import LocalPath, fault_of_call

if TYPE_CHECKING:
    from amyloid.press.sweep.findings import Change, Comparison

SHOWN = 15
_NUMBER = re.compile(r"(?<![\w.-])-?\d+\.\d+(?:e[+-]?\d+)?(?![\w.])")
HEADERS = {
    "settings": ("kind", "name"),
    "numbers": ("id", "notebook", "quantity"),
    "categories": ("patient_id", "domain", "criteria"),
    "endpoints": ("patient_id", "endpoint"),
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

    comparison = compare_runs(run_a, run_b)
    for line in words(comparison):
        click.echo(line)
    if out is not None:
        from amyloid.cohort.delivery import delivered

        with fault_of_call(FileExistsError), delivered(out, force=force) as folder:
            write(comparison, folder)
        click.echo(f"The whole lists: {out}")


def words(comparison: "Comparison") -> list[str]:
    """Say a comparison in lines."""
    patients = {change.what[0] for change in (*comparison.categories, *comparison.endpoints)}
    moved = len(comparison.numbers)
    return [
        *_section("Settings", comparison.settings, f"{len(comparison.settings)} differ"),
        *_section("Numbers", comparison.numbers, f"{moved} of {comparison.compared} differ"),
        *_section(
            "Categories", comparison.categories, f"{len(comparison.categories)} judgments of patients differ"
        ),
        *_section("Endpoints", comparison.endpoints, f"{len(comparison.endpoints)} of patients differ"),
        f"Patients: {len(patients)} differ in a category or an endpoint.",
    ]


def _section(title: str, changes: "Sequence[Change]", said: str) -> list[str]:
    if not changes:
        return [f"{title}: the same."]
    lines = [f"{title}: {said}."]
    for change in changes[:SHOWN]:
        moved = "" if change.difference is None else f" ({change.difference:+.4g})"
        before, after = rounded(change.before or "not there", change.after or "not there")
        lines.append(f"  {' · '.join(change.what)}: {before} -> {after}{moved}")
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


def write(comparison: "Comparison", folder: Path) -> None:
    """Write each list as a CSV file."""
    from amyloid.press.report.layout import csv_bytes

    for name, header in HEADERS.items():
        rows = [[*header, "before", "after", "difference"]]
        for change in getattr(comparison, name):
            moved = "" if change.difference is None else repr(change.difference)
            rows.append([*change.what, change.before, change.after, moved])
        (folder / f"{name}.csv").write_bytes(csv_bytes(rows))
