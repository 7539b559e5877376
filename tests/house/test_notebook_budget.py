"""The committed notebooks read as papers: short cells, more prose than code, executed in order."""

import ast
import json
import re
import statistics
from pathlib import Path

import pytest

from amyloid.cohort import COHORTS
from amyloid.press.runner.notebooks import assignments, source
from amyloid.questions.parameters import PLACES, defaults, parameters_cell

PROJECT = Path(__file__).parents[2]
NOTEBOOKS = sorted((PROJECT / "notebooks").glob("[0-9][0-9]_*.ipynb"))
MACHINE = re.compile(r"(?<![\w.\-/])/(work|tmp|root|home|Users)/[\w.-]+|[A-Z]:\\\\")
PROSE = re.compile(r'show\.say\(words\("about_\w+"\)\)')
"""A heading with its words that is printed by code, because the page may end before it."""
MOST_CELLS, MEDIAN_LINES, MOST_LINES, LEAST_MARKDOWN = 30, 6, 15, 0.40


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def path(request) -> Path:
    return request.param


@pytest.fixture
def cells(path) -> list[dict]:
    return json.loads(path.read_text(encoding="utf-8"))["cells"]


@pytest.fixture
def code(cells) -> list[dict]:
    return [cell for cell in cells if cell["cell_type"] == "code"]


def lines(cell: dict) -> int:
    return len([line for line in source(cell).splitlines() if line.strip()])


def test_the_notebooks_are_there():
    assert [path.stem for path in NOTEBOOKS] == [
        "01_cohort_description",
        "02_response",
        "03_durability",
        "04_survival",
        "05_renal_response",
        "06_heart_and_liver",
        "07_two_groups",
        "08_what_the_abstract_pins",
    ]


def test_one_parameters_cell_holds_every_parameter_at_its_default(cells):
    tagged = [cell for cell in cells if "parameters" in cell["metadata"].get("tags", [])]
    assert len(tagged) == 1
    found = assignments(source(tagged[0]))
    own = found["cohort_dir"]
    assert own in COHORTS
    assert found == {name: place.default for name, place in PLACES.items()} | defaults() | {"cohort_dir": own}
    assert source(tagged[0]) == parameters_cell(own), "make notebooks writes it from the declaration"


def test_executed_in_order_without_an_error_or_a_warning(code):
    assert [cell["execution_count"] for cell in code] == list(range(1, len(code) + 1))
    outputs = [output for cell in code for output in cell["outputs"]]
    assert not [output for output in outputs if output["output_type"] == "error"]
    assert not [output for output in outputs if output.get("name") == "stderr"]


def test_short_cells_and_more_words_than_code(cells, code):
    lengths = [lines(cell) for cell in code]
    assert len(cells) <= MOST_CELLS
    assert statistics.median(lengths) <= MEDIAN_LINES
    assert max(lengths) <= MOST_LINES
    prose = [cell["cell_type"] == "markdown" or PROSE.fullmatch(source(cell)) for cell in cells]
    assert sum(map(bool, prose)) / len(cells) >= LEAST_MARKDOWN


def test_no_function_or_class_is_defined_in_a_notebook(code):
    for cell in code:
        for node in ast.walk(ast.parse(source(cell))):
            assert not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda)


def test_no_machine_is_named_in_outputs_or_metadata(path, cells):
    content = json.loads(path.read_text(encoding="utf-8"))
    said = [cell.get("outputs", []) for cell in cells] + [cell["metadata"] for cell in cells]
    text = json.dumps([said, content["metadata"]])
    assert not MACHINE.search(re.sub(r'"image/png": "[^"]*"', "", text))
    assert "papermill" not in content["metadata"]


def test_every_figure_says_what_it_shows(code):
    for cell in code:
        for output in cell["outputs"]:
            if "image/png" in output.get("data", {}):
                assert output["metadata"]["image/png"]["alt"].strip()
                assert output["metadata"]["amyloid"]["kind"] == "figure"


def test_the_committed_figures_are_those_of_the_notebook(path, code):
    marks = [output.get("metadata", {}).get("amyloid", {}) for cell in code for output in cell["outputs"]]
    shown = {f"{path.stem}_{mark['name']}" for mark in marks if mark.get("kind") == "figure"}
    for ending in (".png", ".svg", ".csv"):
        kept = {figure.stem for figure in (PROJECT / "figures").glob(f"{path.stem}_*{ending}")}
        assert kept == shown, ending


LIBRARIES = {"stats", "pd", "sns", "plt", "KaplanMeierFitter", "CoxPHFitter"}
METHODS = {
    *("agg", "astype", "assign", "dropna", "fillna", "fit", "groupby", "isin", "map", "median"),
    *("merge", "notna", "query", "reindex", "rename", "reset_index", "size", "sort_values", "sum"),
    *("unstack", "value_counts"),
}
"""What pandas and lifelines call it; a method of ours has another name."""
LEAST_CALLS, OF = 60, [path for path in NOTEBOOKS if path.stem < "08"]


def analysis(cell: dict) -> list[str]:
    """Calls of statistics, pandas, seaborn and lifelines in a cell."""
    found = []
    for node in ast.walk(ast.parse(source(cell))):
        if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Attribute):
            found += [node.value.attr] if node.value.attr in {"loc", "iloc"} else []
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            root = node.func.value
            own = isinstance(root, ast.Name) and root.id in LIBRARIES
            found += [node.func.attr] if own or node.func.attr in METHODS else []
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            found += [node.func.id] if node.func.id in LIBRARIES else []
    return found


def test_the_analysis_stands_in_the_cells():
    calls = {
        path.stem: [
            call
            for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]
            if cell["cell_type"] == "code"
            for call in analysis(cell)
        ]
        for path in OF
    }
    assert sum(map(len, calls.values())) >= LEAST_CALLS
    assert min(map(len, calls.values())) >= 5
