"""What a run is made from."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from amyloid.press.runner.manifest import file_hash
from amyloid.press.runner.notebooks import Notebook
from amyloid.press.runner.parts import part_key
from amyloid.press.runner.work_names import CELL_SECONDS, PAGE_MM

DEFAULT = "default"
_COHORT_FILES = (".csv", ".tsv", ".toml", ".xlsx", ".parquet")
_MOST_BYTES = 1 << 32
"""What is larger is refused by the reader unread, and is not hashed either."""


def hash_cohort(cohort: Path) -> dict[str, str]:
    """Hash the files of a cohort's folder, or a workbook and the mapping beside it.

    It is done before the cohort is read, so that what is read later and differs is noticed.
    """
    beside = cohort.with_name("mapping.toml")
    files = [cohort, *([beside] if beside.is_file() else [])]
    if not cohort.is_file():
        files = [path for path in sorted(cohort.iterdir()) if path.suffix.lower() in _COHORT_FILES]
    return {path.name: _hash(path) for path in files if path.is_file()}


def _hash(path: Path) -> str:
    if not os.access(path, os.R_OK) or path.stat().st_size >= _MOST_BYTES:
        return "not read"  # the reader says why
    return file_hash(path)


@dataclass(frozen=True)
class Call:
    """A function of the project that writes into the run: the runner knows files, not the science.

    Attributes
    ----------
    function : str
        As ``module:function``; it is called with `arguments` and ``run_folder``.
    arguments : mapping
        Plain values.
    """

    function: str
    arguments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Plan:
    """Everything that a run is made from.

    Attributes
    ----------
    target : Path
        The folder that the run becomes.
    notebooks : sequence of Notebook
        What to execute.
    cohort : Path
        The cohort's folder or workbook.
    files : mapping
        The hash of each of its files, taken before it was read; see `hash_cohort`.
    facts : mapping
        What the manifest says about the cohort: title, synthetic, fingerprint, rows, notes, and `defaults`:
        what stands for ``default`` in it.
    parameters : mapping
        Every parameter but the places, with nothing left at ``default``.
    jobs : int
        How many notebooks run at the same time.
    fresh : bool
        Run every notebook, also unchanged ones.
    force : bool
        Replace an earlier run.
    numbers_only : bool
        Draw no figure: numbers, tables and words are all that is wanted.
    width : int
        Millimeters that the figures are laid out for.
    cell_seconds : int
        How long one cell may run.
    preload : tuple of str
        Modules that the warm server imports; see `amyloid.press.runner.pool.Pool`.
    beside : Call or None
        What is written while the notebooks run.
    last : tuple of Call
        What is written when all are there.
    elsewhere : mapping
        Name of a notebook -> the plan whose cohort, facts and parameters it runs with instead of these.
    """

    target: Path
    notebooks: Sequence[Notebook]
    cohort: Path
    files: Mapping[str, str]
    facts: Mapping[str, Any]
    parameters: Mapping[str, Any]
    jobs: int = 2
    fresh: bool = False
    force: bool = False
    numbers_only: bool = False
    width: int = PAGE_MM
    cell_seconds: int = CELL_SECONDS
    preload: tuple[str, ...] = ()
    beside: Call | None = None
    last: tuple[Call, ...] = ()
    elsewhere: Mapping[str, "Plan"] = field(default_factory=dict)

    def of(self, job: str) -> "Plan":
        """Return the plan that says over which cohort a notebook, or another job of the run, works."""
        return self.elsewhere.get(job, self)

    @property
    def cohort_name(self) -> str:
        """The name of the cohort's folder or workbook, as the user typed it."""
        return self.cohort.name or self.cohort.resolve().name or "cohort"

    def injected(self) -> dict[str, Any]:
        """Return the parameters as a notebook gets them: ``default`` for what is the cohort's own default."""
        own = self.facts.get("defaults", {})
        return {name: DEFAULT if value == own.get(name) else value for name, value in self.parameters.items()}

    def part_keys(self) -> dict[str, str]:
        """Return each notebook's key by its name; see `amyloid.press.runner.parts.part_key`."""
        return {notebook.stem: self.of(notebook.stem)._part_key(notebook) for notebook in self.notebooks}

    def _part_key(self, notebook: Notebook) -> str:
        cohort = {"name": self.cohort_name, "fingerprint": self.facts["fingerprint"]}
        return part_key(notebook, self.parameters, cohort, numbers_only=self.numbers_only, width=self.width)

    def is_outdated(self) -> bool:
        """Say whether a cohort's files are other ones than before it was read."""
        try:
            return any(hash_cohort(plan.cohort) != plan.files for plan in (self, *self.elsewhere.values()))
        except FileNotFoundError:
            return True
