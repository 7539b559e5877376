"""Modules and functions stay small; their docstrings may be as long as they need."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "amyloid"
MODULE_LINES = 250
QUESTIONS_LINES = 300
"""All that one notebook asks stands in one module."""
FUNCTION_LINES = 45
WHOLE = {"mapping.py": 290, "redcap.py": 330}
"""One file that users write or export, and all that it may say: read in one place."""
DEFINITIONS = {"hematologic.py": 330, "cardiac.py": 330, "renal.py": 290}
"""Published definitions as values, many lines and little code: one file for each domain reads best."""


def docstring_lines(tree: ast.AST) -> set[int]:
    """The lines of every string that stands alone: docstrings and the words beside constants."""
    return {
        line
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and node.value.value is not ...
        for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)
    }


def code_lines(path: Path) -> Iterator[tuple[str, int, int]]:
    """The module and each function: name, lines of code, lines allowed. Blank lines and comments are free."""
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    words = docstring_lines(tree)
    code = {
        number
        for number, line in enumerate(text.splitlines(), start=1)
        if line.strip() and not line.strip().startswith("#") and number not in words
    }
    usual = QUESTIONS_LINES if path.parent.name == "questions" else MODULE_LINES
    larger = {"criteria": DEFINITIONS, "cohort": WHOLE}.get(path.parent.name, {})
    allowed = larger.get(path.name, usual)
    yield path.name, len(code), allowed
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            span = range(node.body[0].lineno, (node.end_lineno or node.lineno) + 1)
            yield node.name, len(code & set(span)), FUNCTION_LINES


@pytest.mark.parametrize(
    "path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: str(path.relative_to(PACKAGE))
)
def test_modules_and_functions_are_small(path):
    assert [(name, lines) for name, lines, most in code_lines(path) if lines > most] == []
