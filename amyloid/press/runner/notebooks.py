"""The notebooks of a folder: which there are, which to run, and whether their parameters fit."""

import ast
import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePath
from typing import Any

from amyloid.press.runner.errors import PlaceError, RunError

_NAME = re.compile(r"(\d\d)_\w+")


@dataclass(frozen=True)
class Notebook:
    """One numbered notebook on disk."""

    path: Path

    @property
    def stem(self) -> str:
        """The name without its ending, such as ``03_durability``."""
        return self.path.stem

    @property
    def number(self) -> str:
        """The two digits in front."""
        return self.stem[:2]

    @cached_property
    def content(self) -> dict[str, Any]:
        """The notebook as JSON."""
        try:
            content = json.loads(self.path.read_text(encoding="utf-8"))
        except ValueError as error:
            raise RunError(f"{self.path.name} is not a notebook: {error}.") from None
        if not isinstance(content, dict) or not isinstance(content.get("cells"), list):
            raise RunError(f"{self.path.name} is not a notebook: it has no cells.")
        return content

    @property
    def code_cells(self) -> list[dict[str, Any]]:
        """The code cells that hold any code."""
        return [
            cell for cell in self.content["cells"] if cell["cell_type"] == "code" and source(cell).strip()
        ]

    @property
    def parameters(self) -> dict[str, object]:
        """What its cell tagged `parameters` sets; empty unless there is just one such cell."""
        tagged = [cell for cell in self.code_cells if has_tag(cell)]
        return assignments(source(tagged[0])) if len(tagged) == 1 else {}

    @property
    def about_embedded(self) -> bool:
        """Whether its metadata say that it is about the embedded cohort, and makes no sense on another."""
        own = self.content.get("metadata", {}).get("amyloid", {})
        return bool(own.get("about") == "embedded cohort")

    @property
    def needs_groups(self) -> bool:
        """Whether its metadata say that it compares groups, and makes no sense where there are not two."""
        return bool(self.content.get("metadata", {}).get("amyloid", {}).get("needs") == "two groups")

    def fingerprint(self) -> str:
        """Hash what is executed: the cells' kinds, sources and tags, not the outputs."""
        cells = [
            (cell["cell_type"], source(cell), cell.get("metadata", {}).get("tags", []))
            for cell in self.content["cells"]
        ]
        return hashlib.sha256(json.dumps(cells).encode()).hexdigest()

    def committed_figures(self) -> int:
        """Count the figures in the committed outputs."""
        return sum(
            output.get("metadata", {}).get("amyloid", {}).get("kind") == "figure"
            for cell in self.code_cells
            for output in cell.get("outputs", [])
        )


@dataclass(frozen=True)
class Parameter:
    """One parameter: its name, the value that was used, and the notebook's own default."""

    name: str
    value: object
    default: object


def has_tag(cell: Mapping[str, Any], tag: str = "parameters") -> bool:
    """Say whether a cell carries a tag."""
    return tag in cell.get("metadata", {}).get("tags", [])


def source(cell: Mapping[str, Any]) -> str:
    """Return a cell's text, which a file may hold as one string or as a list of lines."""
    text = cell["source"]
    return text if isinstance(text, str) else "".join(text)


def find(folder: Path) -> list[Notebook]:
    """Return the numbered notebooks of a folder in order.

    Raises
    ------
    PlaceError
        The folder holds no numbered notebook.
    """
    found = [Notebook(path) for path in sorted(folder.glob("*.ipynb")) if _NAME.fullmatch(path.stem)]
    if not found:
        raise PlaceError(f"{folder} holds no notebook with a name such as 01_name.ipynb.")
    return found


def select(found: Sequence[Notebook], only: Iterable[str]) -> list[Notebook]:
    """Choose notebooks by number or name: ``3``, ``03``, ``03_durability``.

    Raises
    ------
    PlaceError
        A name fits no notebook; the message lists them.
    """
    chosen: set[str] = set()
    for name in only:
        wanted = name.removesuffix(".ipynb")
        fits = [n.stem for n in found if wanted in (n.stem, n.number) or wanted.zfill(2) == n.number]
        if not fits:
            raise PlaceError(
                f"--only {name}: no such notebook. There are {', '.join(n.stem for n in found)}."
            )
        chosen.update(fits)
    return [n for n in found if n.stem in chosen] if chosen else list(found)


def check_parameters(notebook: Notebook, names: Iterable[str]) -> None:
    """Hold a notebook's cell tagged `parameters` to the names that a run sets.

    papermill only warns when a name is unknown, and when the tag is lost the notebook's own
    values win without a word.

    Raises
    ------
    RunError
        There is not exactly one such cell, or it does not assign exactly these names.
    """
    tagged = [cell for cell in notebook.code_cells if has_tag(cell)]
    if len(tagged) != 1:
        raise RunError(
            f"{notebook.path.name} has {len(tagged)} cells tagged 'parameters'; it needs one. "
            "In JupyterLab, add the tag in the cell's properties."
        )
    assigned = set(notebook.parameters)
    missing, unknown = sorted(set(names) - assigned), sorted(assigned - set(names))
    if missing or unknown:
        said = [f"lacks {', '.join(missing)}"] * bool(missing)
        said += [f"sets {', '.join(unknown)}, which no run knows"] * bool(unknown)
        raise RunError(f"{notebook.path.name}: the cell tagged 'parameters' {' and '.join(said)}.")


def read_parameters(cells: Iterable[Mapping[str, Any]]) -> tuple[Parameter, ...]:
    """Read the cells tagged `parameters` and `injected-parameters` of an executed notebook.

    A folder is given by its last name only: where a report was made is nobody's concern.
    """
    defaults: dict[str, object] = {}
    values: dict[str, object] = {}
    for cell in cells:
        if has_tag(cell):
            defaults |= assignments(source(cell))
        elif has_tag(cell, "injected-parameters"):
            values |= assignments(source(cell))
    return tuple(
        Parameter(name, _shown(name, values.get(name, defaults.get(name))), _shown(name, defaults.get(name)))
        for name in {**defaults, **values}
    )


def _shown(name: str, value: object) -> object:
    if name.endswith("_dir") and isinstance(value, str):
        return PurePath(value.replace("\\", "/")).name
    return value


def assignments(code: str) -> dict[str, object]:
    """Read `name = literal` lines without running them."""
    values: dict[str, object] = {}
    for node in ast.parse(code).body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            values[node.targets[0].id] = ast.literal_eval(node.value)
    return values
