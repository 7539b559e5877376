"""What a run is made from: the cohorts, the notebooks that they can answer, what its warm server calls."""

import importlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from amyloid.adjudication.criteria import by_default
from amyloid.cli.choices import PRELOAD, cohort_path
from amyloid.cohort import COHORTS, EMBEDDED, Cohort, read_cohort
from amyloid.press.runner import PlaceError
from amyloid.press.runner.notebooks import Notebook
from amyloid.press.runner.plan import Call, Plan, hash_cohort
from amyloid.questions.parameters import PARAMETERS, ParameterError, Value, resolved

_PACKAGE = Path(__file__).resolve().parents[1]
_ROOMS = (
    *("adjudication/labs", "adjudication/response", "cohort/reading", "questions"),
    *("show", "show/plots", "stats"),
)
_MODULES = (
    *("amyloid.questions.curves", "amyloid.questions.durability", "amyloid.questions.kidneys"),
    *("great_tables", "lifelines", "matplotlib.pyplot", "matplotlib.backends.backend_svg"),
    *("pandas.io.formats.csvs", "pyarrow.csv", "pyarrow.pandas_compat", "scipy.optimize", "seaborn"),
)


def warm_up() -> None:
    """Load what notebooks import, and make what every fork would make for itself.

    That is the pages' template, the schema of notebooks, and what drawing and saving a figure looks up.
    """
    files = [file for room in _ROOMS for file in _PACKAGE.glob(f"{room}/[a-z]*.py")]
    rooms = [".".join(file.relative_to(_PACKAGE.parent).with_suffix("").parts) for file in files]
    for module in (*sorted(rooms), *_MODULES):
        importlib.import_module(module)
    import nbformat
    import pandas as pd

    from amyloid.press.report.outputs import Executed
    from amyloid.press.report.pages import render
    from amyloid.show import plots

    shown = nbformat.v4.new_output("display_data", {"text/html": "<table><tr><td>1</td></tr></table>"})
    cells = [nbformat.v4.new_markdown_cell("# A"), nbformat.v4.new_code_cell("1", outputs=[shown])]
    small = nbformat.v4.new_notebook(cells=cells)
    nbformat.validate(small)
    render(Executed("01_a", lambda: small), ["01_a"], "synthetic")
    row = {"label": "A", "estimate": 1.0, "lower": 0.5, "upper": 2.0, "marked": True}  # regular and bold type
    with TemporaryDirectory() as folder:
        plots.save(plots.forest(pd.DataFrame([row]), x_label="Ratio", log=True), folder, "small")


def write_tables(run_folder: str, cohort_dir: str, parameters: Mapping[str, Any]) -> None:
    """Write `categories.csv` and `endpoints.csv` of the cohort into the run's folder."""
    from amyloid.adjudication import write_adjudication

    write_adjudication(
        read_cohort(cohort_dir),
        Path(run_folder),
        hematologic_criteria=parameters["hematologic_criteria"],
        confirm=parameters["confirm"],
    )


def write_page(run_folder: str, page: str, synthetic: bool, title: str) -> None:
    """Write one HTML page of the run."""
    from amyloid.press.report.pages import write_pages

    write_pages(Path(run_folder), synthetic=synthetic, title=title, only=page)


def plan_run(
    target: Path,
    source: Path,
    notebooks: Sequence[Notebook],
    parameters: dict[str, Value],
    own_cohorts: bool,
    only: Sequence[str],
    left_out: list[str],
    **options: Any,
) -> Plan:
    """Put together a run over one cohort, or of each notebook over the shipped one that it was written for.

    Parameters
    ----------
    target, source : Path
        The folder that the run becomes; its cohort.
    notebooks : sequence of Notebook
    parameters : dict
        As given, `default` included.
    own_cohorts : bool
        Whether no cohort was named, so that each notebook keeps its own.
    only : sequence of str
        What was asked for by `--only`; such a notebook is not left out without a fault.
    left_out : list of str
        Gains a line about each notebook that the cohort cannot answer.
    **options
        Of the `Plan`.

    Raises
    ------
    CohortError
        A cohort is refused, with the same messages as `amyloid check`.
    ParameterError, PlaceError
        The call asks for what the cohort cannot answer.
    """
    away = [notebook for notebook in notebooks if own_cohorts and _own_cohort(notebook) != EMBEDDED]
    home = [notebook for notebook in notebooks if notebook not in away]
    if not home:
        source = cohort_path(_own_cohort(away[0]))
        home, away = away, []
    plan = make_plan(target, source, home, parameters, only=only, left_out=left_out, **options)
    elsewhere = {}
    for notebook in away:
        place = cohort_path(_own_cohort(notebook))
        elsewhere[notebook.stem] = make_plan(target, place, [notebook], parameters, **options)
    every = sorted([*plan.notebooks, *away], key=lambda notebook: notebook.stem)
    pages = [call for other in elsewhere.values() for call in other.last if call.arguments["page"] != "index"]
    return replace(plan, notebooks=every, elsewhere=elsewhere, last=(*plan.last, *pages))


def _own_cohort(notebook: Notebook) -> str:
    """Return the shipped cohort that a notebook's own parameters cell names, else the embedded one."""
    named = notebook.parameters.get("cohort_dir")
    return named if isinstance(named, str) and named in COHORTS else EMBEDDED


def make_plan(
    target: Path,
    source: Path,
    notebooks: Sequence[Notebook],
    parameters: dict[str, Value],
    *,
    only: Sequence[str] = (),
    left_out: list[str] | None = None,
    **options: Any,
) -> Plan:
    """Read one cohort and put together what the runner needs; see `plan_run`."""
    files = hash_cohort(source)  # before it is read: what changes from here on is noticed
    place = os.path.abspath(source)
    cohort = read_cohort(source)
    facts = {**cohort_facts(cohort), "path": place}
    parameters = resolved(parameters, cohort.card)
    notebooks, lines = leave_out_comparisons(notebooks, cohort, str(parameters["compare_by"]), only)
    if left_out is not None:
        left_out += lines
    tables = {"cohort_dir": place, "parameters": parameters}
    about = {"synthetic": facts["synthetic"], "title": facts["title"]}
    pages = [{**about, "page": page} for page in (*(notebook.stem for notebook in notebooks), "index")]
    return Plan(
        target,
        notebooks,
        source,
        files,
        facts,
        parameters,
        preload=PRELOAD,
        beside=Call("amyloid.cli.planning:write_tables", tables),
        last=tuple(Call("amyloid.cli.planning:write_page", page) for page in pages),
        **options,
    )


def leave_out_comparisons(
    notebooks: Sequence[Notebook], cohort: Cohort, compare_by: str, only: Sequence[str]
) -> tuple[list[Notebook], list[str]]:
    """Leave out the notebooks that compare groups where a cohort has no two that are large enough.

    Returns
    -------
    tuple
        The notebooks to run, and a line about each that was left out.

    Raises
    ------
    ParameterError
        The column was named in the call, and cannot be used.
    PlaceError
        Nothing is left of what was asked for.
    """
    from amyloid.questions.groups import SMALLEST, read_groups  # pandas loads while the warm server does

    comparing = [notebook for notebook in notebooks if notebook.needs_groups]
    if not comparing:
        return list(notebooks), []
    reason = (
        f"{compare_by} has no two groups of {SMALLEST} patients."
        if compare_by != "none"
        else "compare_by is none."
    )
    try:
        if read_groups(cohort.patients, compare_by, cohort.card.comparison.get("reference")).compared:
            return list(notebooks), []
    except ValueError as error:
        if compare_by != PARAMETERS["compare_by"].default:
            raise ParameterError([str(error)]) from None
        reason = str(error)
    left = [notebook for notebook in notebooks if notebook not in comparing]
    lines = [f"{notebook.stem} is left out: {reason}" for notebook in comparing]
    if only or not left:
        raise PlaceError("\n".join(lines))
    return left, lines


def cohort_facts(cohort: Cohort) -> dict[str, Any]:
    """Return what a manifest says about a cohort."""
    tables = ("patients", "labs", "treatments", "events")
    return {
        "title": cohort.card.title,
        "source": cohort.card.source,
        "synthetic": cohort.card.synthetic,
        "fingerprint": cohort.fingerprint,
        "defaults": by_default(cohort.card),
        "rows": {table: len(getattr(cohort, table)) for table in tables},
        "notes": list(cohort.notes),
    }
