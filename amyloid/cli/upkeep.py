"""The committed notebooks executed in place, and a sweep summarized: this makes what the project ships."""

import json
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from amyloid.cli.choices import PRELOAD
from amyloid.cohort import NOTEBOOKS
from amyloid.cohort.delivery import temporary_folder
from amyloid.press.runner import PlaceError, RunError
from amyloid.press.runner.manifest import read_manifest
from amyloid.press.runner.notebooks import EXECUTED, Notebook, find, has_tag, select
from amyloid.press.runner.pool import Pool, Progress
from amyloid.press.runner.runs import failed
from amyloid.press.sweep.scenarios import EMBEDDED
from amyloid.questions import pinned
from amyloid.questions.page import PACKAGES
from amyloid.questions.parameters import PARAMETERS, parameters_cell

PROJECT = NOTEBOOKS.parent
FIGURES = PROJECT / "figures"


def execute_in_place(notebooks: Sequence[Notebook], work: Path) -> None:
    """Execute notebooks as they stand and put the results back.

    Parameters
    ----------
    notebooks : sequence of Notebook
        What to execute.
    work : Path
        An empty folder.

    Raises
    ------
    RunError
        A notebook failed; then no file of the project was changed.
    """
    progress = Progress(sum(len(notebook.code_cells) for notebook in notebooks))
    faults: dict[str, dict[str, Any]] = {}

    def on_end(stem: str, outcome: dict[str, Any]) -> None:
        progress.say(f"{stem}: {outcome['fault'] or 'done'}")
        if outcome["fault"] is not None:
            faults[stem] = outcome

    with Pool(PRELOAD) as pool:
        pool.run([_job(work / n.stem, n) for n in notebooks], 2, lambda _: progress.cell(), on_end)
    progress.close()
    if faults:
        raise failed(faults, work)
    for notebook in notebooks:
        _put_back(work / notebook.stem, notebook)


def _job(work: Path, notebook: Notebook) -> dict[str, Any]:
    for name in ("notebooks", "runs/notebooks"):
        (work / name).mkdir(parents=True)
    declared = work / notebook.path.name
    declared.write_text(json.dumps(with_declared_parameters(notebook)), encoding="utf-8")
    return {"id": notebook.stem, "notebook": str(declared), "stem": notebook.stem, "work": str(work)}


def with_declared_parameters(notebook: Notebook) -> dict[str, Any]:
    """Return the notebook with its cell tagged `parameters` written from the declaration, cohort kept."""
    cell = parameters_cell(str(notebook.parameters["cohort_dir"]))
    cells = [{**each, "source": cell} if has_tag(each) else each for each in notebook.content["cells"]]
    return {**notebook.content, "cells": cells}


def _put_back(work: Path, notebook: Notebook) -> None:
    shutil.copyfile(work / EXECUTED, notebook.path)
    FIGURES.mkdir(exist_ok=True)
    for old in FIGURES.glob(f"{notebook.stem}_*"):
        old.unlink()
    for figure in sorted((work / "runs" / "notebooks" / "figures").glob(f"{notebook.stem}_*")):
        if figure.suffix != ".pdf":  # the SVG says the same, and differs where the figure does
            shutil.copyfile(figure, FIGURES / figure.name)


def summarize(sweep: Path, folder: Path) -> None:
    """Write the summary of a finished sweep.

    Parameters
    ----------
    sweep : Path
        Made by ``amyloid sweep --reconstructions N``.
    folder : Path
        Where the summary goes; made when missing.

    Raises
    ------
    RunError
        The sweep is not there, or is not one over reconstructions.
    """
    file = sweep / "comparison.csv"
    if not file.is_file():
        raise RunError(
            f"{sweep} holds no comparison.csv. Make it: amyloid sweep --reconstructions 200 --out {sweep}"
        )
    try:
        summary = pinned.summarize(pinned.read_comparison(file), EMBEDDED)
    except ValueError as error:
        raise RunError(f"{file}: {error}.") from None
    folder.mkdir(parents=True, exist_ok=True)
    pinned.write(summary, _made_with(sweep, int(summary["cohorts"].iloc[0])), folder)


def _made_with(sweep: Path, cohorts: int) -> dict[str, Any]:
    """Say what decides the numbers; no clock and no machine, so that the same sweep gives the same bytes."""
    manifest = read_manifest(sweep / "scenarios" / EMBEDDED)
    return {
        "made_by": "make ensemble",
        "seeds": [0, cohorts - 1],
        "embedded_fingerprint": manifest["cohort"]["fingerprint"],
        "parameters": {name: manifest["parameters"][name] for name in PARAMETERS},
        "versions": {package: manifest["versions"][package] for package in PACKAGES},
    }


@click.group()
def group() -> None:
    """Make what the project ships; the Makefile calls it."""


@group.command("notebooks")
@click.argument("only", nargs=-1, metavar="[NN]...")
def notebooks_command(only: Sequence[str]) -> None:
    """Execute the notebooks in place."""
    with temporary_folder() as work:
        execute_in_place(select(find(NOTEBOOKS), only), work)


@group.command("ensemble")
@click.argument("sweep", type=Path)
@click.argument("folder", type=Path, default=pinned.FOLDER)
def ensemble_command(sweep: Path, folder: Path) -> None:
    """Summarize a sweep over reconstructions."""
    summarize(sweep, folder)


if __name__ == "__main__":
    try:
        group()
    except (RunError, PlaceError) as error:
        sys.exit(str(error))
