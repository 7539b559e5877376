"""The parameters of an executed notebook: what its own cell set, and what the run set instead."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import PurePath
from typing import TYPE_CHECKING

from amyloid.press.report.sanitize import visible

if TYPE_CHECKING:
    import nbformat

Literal = str | int | float | bool | None


@dataclass(frozen=True)
class Parameter:
    """One parameter: its name, the value that was used, and the notebook's own default."""

    name: str
    value: Literal
    default: Literal


def has_tag(cell: nbformat.NotebookNode, tag: str) -> bool:
    """Say whether the cell carries the tag."""
    return tag in cell.get("metadata", {}).get("tags", [])


def read_parameters(cells: Sequence[nbformat.NotebookNode]) -> tuple[Parameter, ...]:
    """Read the cells tagged `parameters` and `injected-parameters`, in the order of the first.

    A folder is given by its last name only: where a report was made is nobody's concern.
    """
    defaults: dict[str, Literal] = {}
    values: dict[str, Literal] = {}
    for cell in cells:
        if has_tag(cell, "parameters"):
            defaults.update(_literals(cell.source))
        elif has_tag(cell, "injected-parameters"):
            values.update(_literals(cell.source))
    names = [*defaults, *(name for name in values if name not in defaults)]
    return tuple(
        Parameter(name, _shown(name, values.get(name, defaults.get(name))), _shown(name, defaults.get(name)))
        for name in names
    )


def _literals(source: str) -> dict[str, Literal]:
    """Return the plain assignments of a cell; nothing is run."""
    found: dict[str, Literal] = {}
    for node in ast.parse(source).body:
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            if isinstance(target, ast.Name):
                value = ast.literal_eval(node.value)
                if value is None or isinstance(value, str | int | float | bool):
                    found[target.id] = value
    return found


def _shown(name: str, value: Literal) -> Literal:
    if name.endswith("_dir") and isinstance(value, str):
        return PurePath(value.replace("\\", "/")).name
    return value


def parameter_table(parameters: Sequence[Parameter]) -> str:
    """Return the folded table of parameters as HTML; every text is escaped."""
    rows = "".join(
        f"<tr><th scope='row'><code>{escape(item.name)}</code></th><td>{_cell(item.value)}</td>"
        f"<td>{_cell(item.default)}</td></tr>"
        for item in parameters
    )
    return (
        "<details class='parameters'><summary>Parameters of this run</summary>"
        "<div class='table-frame' role='group' tabindex='0' "
        "aria-label='Table: Parameters of this run'><table>"
        "<caption>Parameters of this run</caption><thead><tr><th scope='col'>Parameter</th>"
        "<th scope='col'>Used here</th><th scope='col'>Default</th></tr></thead>"
        f"<tbody>{rows}</tbody></table></div></details>"
    )


def _cell(value: Literal) -> str:
    return escape(visible(str(value)))
