"""What a run asks of the science and of the pages, called inside the run's warm server."""

import importlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

PRELOAD = ("amyloid.cli.writers:warm_up",)
"""What the server does once, so that no notebook and no page has to."""

_PACKAGE = Path(__file__).resolve().parents[1]
_ROOMS = (
    *("adjudication/labs", "adjudication/response", "cohort/reading", "questions"),
    *("show/plots", "show/tables", "stats"),
)
_MODULES = (
    *(
        "amyloid.questions.comparison",
        "amyloid.questions.durability",
        "amyloid.questions.kidneys",
    ),
    *("great_tables", "lifelines", "matplotlib.pyplot", "matplotlib.backends.backend_svg"),
    *("pandas.io.formats.csvs", "pyarrow.csv", "pyarrow.pandas_compat", "scipy.optimize", "scipy.stats"),
)


def warm_up() -> None:
    """Load what notebooks import, and make what every fork would make for itself.

    That is the pages' template, the schema of notebooks and the list of picture formats.
    """
    files = [file for room in _ROOMS for file in _PACKAGE.glob(f"{room}/[a-z]*.py")]
    rooms = [".".join(file.relative_to(_PACKAGE.parent).with_suffix("").parts) for file in files]
    for module in (*sorted(rooms), *_MODULES):
        importlib.import_module(module)
    import nbformat
    from PIL import Image

    from amyloid.press.report.pages import render

    shown = nbformat.v4.new_output("display_data", {"text/html": "<table><tr><td>1</td></tr></table>"})
    cells = [nbformat.v4.new_markdown_cell("# A"), nbformat.v4.new_code_cell("1", outputs=[shown])]
    small = nbformat.v4.new_notebook(cells=cells)
    nbformat.validate(small)
    render(small, "01_a", ["01_a"], "synthetic")
    Image.preinit()


def write_tables(run_folder: str, cohort_dir: str, parameters: Mapping[str, Any]) -> None:
    """Write `categories.csv` and `endpoints.csv` of the cohort into the run's folder."""
    from amyloid.adjudication import write_adjudication
    from amyloid.cohort import read_cohort

    write_adjudication(
        read_cohort(cohort_dir),
        Path(run_folder),
        hematologic_criteria=parameters["hematologic_criteria"],
        confirm=parameters["confirm"],
    )


def write_page(run_folder: str, page: str, synthetic: bool, title: str) -> None:
    """Write one HTML page of the run."""
    from amyloid.press.report import write_pages

    write_pages(Path(run_folder), synthetic=synthetic, title=title, only=page)
