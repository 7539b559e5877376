"""Who may import whom: the plan of the house, written once, and held to the imports."""

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "amyloid"

MAY_IMPORT = {
    "cohort": "",  # files to a checked cohort, or every problem at once
    "adjudication": "cohort",  # visits, evidence, criteria, grades, reasons, endpoints
    "stats": "",  # numbers only
    "show": "",  # frames in, figure or table out
    "questions": "cohort adjudication stats show",  # what each notebook asks, and the words that answer
    "press": "cohort stats",  # runs, pages, what may leave: files and notebooks, no medicine
    "synthetic": "cohort",  # the generator, which shares no code with the analysis
    "cli": "cohort adjudication stats show questions press synthetic",
}
"""A room of the package, and the rooms that it may import: each stands above all that it imports."""

ONLY = {"synthetic": ("amyloid.cohort.schema",), "press": ("amyloid.cohort", "amyloid.stats")}
"""Rooms that may take no more than this of the rooms below."""

ONE_PLACE = {
    "lifelines": {"stats"},
    "papermill": {"press"},
    "great_tables": {"show", "press"},
    "seaborn": {"show"},
}
"""A library, and the only rooms that may import it."""


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def modules() -> list[Path]:
    return sorted(path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "__init__.py")


def imported(path: Path) -> Iterator[str]:
    """Every module that a file imports, also inside functions and for type hints."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are written in full"
            assert node.module is not None
            yield from (f"{node.module}.{name.name}" for name in node.names)


def test_every_room_is_in_the_plan_and_the_plan_names_no_other():
    assert {room_of(path) for path in modules()} == set(MAY_IMPORT)


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_imports_what_its_room_may(path):
    room = room_of(path)
    rooms = {name.split(".")[1] for name in imported(path) if name.startswith("amyloid.")}
    rooms -= {room, "__version__"}
    assert rooms <= set(MAY_IMPORT[room].split())


def test_the_plan_runs_one_way():
    order = list(MAY_IMPORT)
    for room, may in MAY_IMPORT.items():
        assert all(order.index(other) < order.index(room) for other in may.split()), room


def test_no_file_lies_loose_beside_the_rooms():
    loose = {path.name for path in PACKAGE.iterdir() if path.is_file()}
    assert loose == {"__init__.py", "py.typed"}


@pytest.mark.parametrize("room", ONLY)
def test_a_room_takes_only_what_it_may_from_below(room):
    for path in modules():
        if room_of(path) == room:
            below = [
                name
                for name in imported(path)
                if name.startswith("amyloid.") and name != "amyloid.__version__"
            ]
            assert all(name.startswith((f"amyloid.{room}", *ONLY[room])) for name in below), path


@pytest.mark.parametrize("library", ONE_PLACE)
def test_a_library_is_imported_in_its_place_only(library):
    users = {room_of(path) for path in modules() if any(n.split(".")[0] == library for n in imported(path))}
    assert users <= ONE_PLACE[library]


def test_what_is_shown_is_not_computed_there():
    statistics = ("scipy", "statsmodels", "lifelines", "amyloid.stats")
    for path in modules():
        if room_of(path) == "show":
            assert not [name for name in imported(path) if name.startswith(statistics)], path


def test_opening_a_notebook_loads_no_library_that_it_does_not_name():
    """Seaborn and lifelines bring scipy's statistics: a second and a half of each notebook's start."""
    cells = [
        "".join(cell["source"])
        for path in sorted((PACKAGE.parent / "notebooks").glob("0*.ipynb"))
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]
        if cell["cell_type"] == "code" and "lifelines" not in "".join(cell["source"])
    ]
    kinds = (ast.Import, ast.ImportFrom)
    lines = {ast.unparse(node) for cell in cells for node in ast.parse(cell).body if isinstance(node, kinds)}
    heavy = ("seaborn", "lifelines", "scipy.stats", "scipy.optimize", "papermill", "great_tables", "duckdb")
    program = "\n".join([*sorted(lines), f"import sys; print([n for n in {heavy} if n in sys.modules])"])
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
