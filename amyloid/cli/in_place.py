"""Execute the project's notebooks in place: this makes the committed outputs and figures.

Run as ``python -m amyloid.cli.in_place [NN ...]`` (`make notebooks`). All notebooks must come to
their end before one file is changed.
"""

import json
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from amyloid.cli.writers import PRELOAD
from amyloid.cohort.leftovers import temporary_folder
from amyloid.cohort.shipped import NOTEBOOKS
from amyloid.press.runner.errors import PlaceError, RunError
from amyloid.press.runner.failures import failed
from amyloid.press.runner.notebooks import Notebook, find, is_tagged, select
from amyloid.press.runner.pool import Pool
from amyloid.press.runner.progress import Progress
from amyloid.press.runner.work_names import EXECUTED
from amyloid.questions.parameters import parameters_cell

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
    return {
        "id": notebook.stem,
        "notebook": str(declared),
        "stem": notebook.stem,
        "work": str(work),
        "committed_figures": 0,
        "numbers_only": False,
        "parameters": {},
    }


def with_declared_parameters(notebook: Notebook) -> dict[str, Any]:
    """Return the notebook with its cell tagged `parameters` written from the declaration, cohort kept."""
    cell = parameters_cell(str(notebook.parameters["cohort_dir"]))
    cells = [{**each, "source": cell} if is_tagged(each) else each for each in notebook.content["cells"]]
    return {**notebook.content, "cells": cells}


def _put_back(work: Path, notebook: Notebook) -> None:
    shutil.copyfile(work / EXECUTED, notebook.path)
    FIGURES.mkdir(exist_ok=True)
    for old in FIGURES.glob(f"{notebook.stem}_*"):
        old.unlink()
    for figure in sorted((work / "runs" / "notebooks" / "figures").glob(f"{notebook.stem}_*")):
        if figure.suffix != ".pdf":  # the SVG says the same, and differs where the figure does
            shutil.copyfile(figure, FIGURES / figure.name)


def main() -> None:
    """Execute the notebooks named on the command line, or all of them."""
    try:
        with temporary_folder() as work:
            execute_in_place(select(find(NOTEBOOKS), sys.argv[1:]), work)
    except (RunError, PlaceError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
