"""What a run is made from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from amyloid.press.runner.manifest import file_hash
from amyloid.press.runner.notebooks import Notebook
from amyloid.press.runner.parts import part_key

_COHORT_FILES = (".csv", ".tsv", ".toml", ".xlsx", ".parquet")


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
    facts : mapping
        What the manifest says about the cohort: title, synthetic, fingerprint, rows, notes.
    parameters : mapping
        Every parameter but the places.
    jobs : int
        How many notebooks run at the same time.
    fresh : bool
        Run every notebook, also unchanged ones.
    force : bool
        Replace an earlier run.
    numbers_only : bool
        Draw no figure: numbers, tables and words are all that is wanted.
    preload : tuple of str
        Modules that the warm server imports; see `amyloid.press.runner.pool.Pool`.
    beside : Call or None
        What is written while the notebooks run.
    last : tuple of Call
        What is written when all are there.
    """

    target: Path
    notebooks: Sequence[Notebook]
    cohort: Path
    facts: Mapping[str, Any]
    parameters: Mapping[str, Any]
    jobs: int = 2
    fresh: bool = False
    force: bool = False
    numbers_only: bool = False
    preload: tuple[str, ...] = ()
    beside: Call | None = None
    last: tuple[Call, ...] = ()

    @property
    def cohort_name(self) -> str:
        """The name of the cohort's folder or workbook, as the user typed it."""
        return self.cohort.name or self.cohort.resolve().name or "cohort"

    def part_keys(self) -> dict[str, str]:
        """Return each notebook's key by its name; see `amyloid.press.runner.parts.part_key`."""
        cohort = {"name": self.cohort_name, "fingerprint": self.facts["fingerprint"]}
        return {
            notebook.stem: part_key(notebook, self.parameters, cohort, numbers_only=self.numbers_only)
            for notebook in self.notebooks
        }

    def cohort_hashes(self) -> dict[str, str]:
        """Hash the cohort's files."""
        if self.cohort.is_file():
            return {self.cohort.name: file_hash(self.cohort)}
        files = sorted(p for p in self.cohort.iterdir() if p.suffix.lower() in _COHORT_FILES and p.is_file())
        return {path.name: file_hash(path) for path in files}
