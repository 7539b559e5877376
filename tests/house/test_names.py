"""Nothing hangs by a string: every name of the package that is written as words leads to something."""

import ast
import importlib
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
DOTTED = re.compile(r"(?<![\w./-])amyloid(?:\.[A-Za-z_]\w*)+(?::[A-Za-z_]\w*)?")
FILE = re.compile(r"(?<![\w./-])(amyloid|tests|data|notebooks|docs|bench|figures)/[\w./-]*\w")
ENDINGS = {".py", ".md", ".toml", ".yml", ".ipynb"}


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=PROJECT, capture_output=True, check=True)
    paths = [PROJECT / name for name in listed.stdout.decode().split("\0") if name]
    return [path for path in paths if path.is_file()]


def texts() -> dict[str, str]:
    """What is read by people or run by name; not the change log, which tells history."""
    found = {}
    for path in tracked():
        name = str(path.relative_to(PROJECT))
        if name == "CHANGELOG.md" or name.startswith("tests/cases/"):
            continue
        if path.suffix in ENDINGS or path.name == "Makefile":
            found[name] = path.read_text(encoding="utf-8", errors="replace")
    return found


def resolves(name: str) -> bool:
    """Whether a dotted name, with a colon before a function or without, is a module or something in one."""
    parts = name.replace(":", ".").split(".")
    for length in range(len(parts), 0, -1):
        try:
            found = importlib.import_module(".".join(parts[:length]))
        except ModuleNotFoundError:
            continue
        for part in parts[length:]:
            if not hasattr(found, part):
                return False
            found = getattr(found, part)
        return True
    return False


@pytest.fixture(scope="module")
def names() -> dict[str, set[str]]:
    """Each name of the package that is written anywhere, with the files that write it."""
    found: dict[str, set[str]] = {}
    for file, text in texts().items():
        if file == "tests/house/test_names.py":
            continue
        if file.endswith(".ipynb"):
            text = re.sub(r'"image/png": "[^"]*"', "", text)
        for match in DOTTED.finditer(text):
            found.setdefault(match.group(), set()).add(file)
    return found


def test_every_dotted_name_leads_somewhere(names):
    assert len(names) > 100
    lost = {name: sorted(files) for name, files in names.items() if not resolves(name)}
    assert lost == {}


def test_a_name_that_leads_nowhere_would_be_found():
    assert resolves("amyloid.cohort.read_cohort")
    assert resolves("amyloid.cli:main")
    assert not resolves(".".join(["amyloid", "cohort", "read_nothing"]))
    assert not resolves(".".join(["amyloid", "no_such_room", "thing"]))


def test_every_file_named_in_the_papers_is_there():
    lost = {}
    for file, text in texts().items():
        if not file.endswith(".md") and file != "Makefile":
            continue
        base = text.replace("<organ>", "renal").replace("NN_", "01_")
        for match in FILE.finditer(base):
            place = match.group().rstrip(".")
            if not (PROJECT / place).exists() and not list(PROJECT.glob(f"{place}*")):
                lost.setdefault(file, []).append(place)
    assert lost == {}


def test_the_entry_point_is_there():
    scripts = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["scripts"]
    assert all(resolves(place) for place in scripts.values())


def test_the_mutation_check_names_every_file_of_criteria():
    sys.path.insert(0, str(PROJECT / "tests" / "mutation"))
    run = importlib.import_module("run")
    makers = {"Criteria", "progression", "before_treatment"}
    with_rules = {
        path.stem
        for path in run.FOLDER.glob("*.py")
        if path.name != "rule.py"
        and any(
            isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in makers
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        )
    }
    assert with_rules == set(run.MODULES)
    assert all(next(run.mutants(module), None) for module in run.MODULES)
