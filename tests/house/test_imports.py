"""Who may import whom: the plan of the house, written once, and held to the imports."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "amyloid"

INTAKE = "reading mapping redcap"
"""Three rooms that lean on each other: one reads tables, the others say which column is which."""

COHORT = "cohort reading schema units errors identifiers"
JUDGING = f"decidable labs criteria response endpoints adjudication {COHORT}"
ANALYSES = "stats characteristics comparison curves description durability hematology kidneys"

MAY_IMPORT = {
    # the ground: words, units, tables, files
    "identifiers": "",
    "delivery": "",
    "decidable": "",
    "parameters": "",
    "errors": "identifiers",
    "units": "errors",
    "schema": "errors units",
    # what a centre fills in
    "dictionary": "schema units",
    **dict.fromkeys(INTAKE.split(), f"{INTAKE} schema units errors identifiers"),
    "redcap_template": "redcap schema",
    "template": "dictionary redcap_template schema units",
    "pseudonyms": "reading schema errors",
    # tables to cohort to visits to criteria to responses to endpoints
    "cohort": "reading mapping schema units errors",
    "labs": "decidable cohort",
    "criteria": "decidable labs",
    "response": "decidable labs criteria cohort",
    "endpoints": "decidable labs criteria response cohort",
    "adjudication": "endpoints response labs cohort",
    # numbers, then format and drawing, which compute no statistic
    "stats": "errors",
    "tables": "",
    "plots": "tables",
    # what each notebook asks of the numbers, and how it says it
    **dict.fromkeys(ANALYSES.split()[1:], f"{JUDGING} {ANALYSES} tables"),
    "ensemble": "",
    "claims": f"{JUDGING} {ANALYSES}",
    "narrative": f"{JUDGING} {ANALYSES} claims tables",
    "notebook": f"{JUDGING} {ANALYSES} claims narrative tables plots parameters",
    # a second opinion on the analysis: it shares only the tables' declaration
    "reconstruction": "schema",
    # files, never the science
    "runner": "errors",
    "report": "errors",
    "disclosure": "errors",
    "share": f"{COHORT} labs stats report disclosure",
    "sweep": "runner parameters stats report",
    # the outside
    "commands": "*",
    "cli": "commands",
}
"""A room of the package, and the rooms that it may import; a star means all."""

ONE_PLACE = {
    "lifelines": {"stats"},
    "papermill": {"runner"},
    "great_tables": {"tables", "report", "share"},
    "seaborn": {"plots"},
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
    if MAY_IMPORT[room] != "*":
        assert rooms <= set(MAY_IMPORT[room].split())


def test_the_plan_has_no_circle_between_rooms_of_the_science():
    order = list(MAY_IMPORT)
    allowed = {room: set(may.split()) - {room} for room, may in MAY_IMPORT.items() if may != "*"}
    side_by_side = {*ANALYSES.split()[1:], *INTAKE.split()}
    for room, may in allowed.items():
        later = {other for other in may if order.index(other) > order.index(room)}
        assert later <= side_by_side


@pytest.mark.parametrize("library", ONE_PLACE)
def test_a_library_is_imported_in_its_place_only(library):
    users = {room_of(path) for path in modules() if any(n.split(".")[0] == library for n in imported(path))}
    assert users <= ONE_PLACE[library]


def test_tables_and_plots_compute_no_statistic():
    statistics = ("scipy", "statsmodels", "lifelines", "amyloid.stats")
    for path in modules():
        if room_of(path) in ("tables", "plots"):
            assert not [name for name in imported(path) if name.startswith(statistics)], path
