"""What a run is made from, and where it goes."""

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from amyloid.cohort import DATA, delivery
from amyloid.press.runner import PlaceError
from amyloid.press.runner.manifest import MANIFEST, file_hash, versions
from amyloid.press.runner.notebooks import Notebook

CELL_SECONDS = 1800
"""How long one cell may run when nothing else is said."""
PAGE_MM = 170
"""Width of a page of a journal, for which figures are laid out when nothing else is said."""


class Place(delivery.Place):
    """A run's target, the hidden neighbors that it needs while it is made, and what a failed one keeps."""

    @property
    def failed(self) -> Path:
        """Where a run that failed is kept: the finished notebooks, and the partial ones."""
        return self.target.with_name(f"{self.target.name}.failed")


def check_target(target: Path, *, cohort: Path, force: bool) -> None:
    """Refuse a target that would harm something.

    Parameters
    ----------
    target : Path
        The folder that the run shall become.
    cohort : Path
        The folder or workbook of the cohort: never written to.
    force : bool
        Whether an earlier run may be replaced.

    Raises
    ------
    PlaceError
        The target is the cohort or lies around or in it, exists already, or is not a run.
    """
    here, data = target.resolve(), cohort.resolve()
    if here == data or here in data.parents or data in here.parents:
        raise PlaceError(f"--out {target} would write into the cohort's folder. Choose another folder.")
    if Path.cwd().is_relative_to(here):
        raise PlaceError(f"--out {target} is the current folder, or lies around it. Choose another name.")
    above = next(folder for folder in here.parents if folder.exists())
    if not above.is_dir():
        raise PlaceError(f"--out {target}: {above} is a file, not a folder.")
    if not os.path.lexists(target):
        return
    if target.is_symlink() or not target.is_dir():
        raise PlaceError(f"--out {target} is not a folder. Choose another name.")
    if not any(target.iterdir()):
        return
    if not (target / MANIFEST).is_file():
        raise PlaceError(f"--out {target} holds something else than a run. Choose another folder.")
    if not force:
        raise PlaceError(f"--out {target} holds an earlier run. Add --force to replace it.")


def point_latest(target: Path) -> None:
    """Let the link `latest` beside the run point to it."""
    link = target.with_name("latest")
    if link.exists() and not link.is_symlink():
        return
    with delivery.delivered_file(link) as fresh:
        fresh.symlink_to(target.name)


DEFAULT = "default"
CODE = (".py", ".toml", ".md", ".j2", ".css")
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
        """Return by each notebook's name the hash of everything that decides its output.

        Equal keys mean: not changed, so not to be run again.
        """
        return {notebook.stem: self.of(notebook.stem)._part_key(notebook) for notebook in self.notebooks}

    def _part_key(self, notebook: Notebook) -> str:
        cohort = {"name": self.cohort_name, "fingerprint": self.facts["fingerprint"]}
        settings = [dict(self.parameters), cohort, self.numbers_only, self.width]
        stored = stored_hash() if notebook.about_embedded else ""
        basis = [notebook.stem, notebook.fingerprint(), *settings, code_hash(), versions(), stored]
        return hashlib.sha256(json.dumps(basis, sort_keys=True).encode()).hexdigest()

    def is_outdated(self) -> bool:
        """Say whether a cohort's files are other ones than before it was read."""
        try:
            return any(hash_cohort(plan.cohort) != plan.files for plan in (self, *self.elsewhere.values()))
        except FileNotFoundError:
            return True


def code_hash() -> str:
    """Hash every module of the package, its words and its templates."""
    package = Path(__file__).resolve().parents[2]
    digest = hashlib.sha256()
    for path in sorted(path for ending in CODE for path in package.rglob(f"*{ending}")):
        digest.update(path.relative_to(package).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def stored_hash() -> str:
    """Hash what is stored beside the embedded cohort, which a notebook about it reads."""
    stored = sorted((DATA / "ensemble").glob("*"))
    return hashlib.sha256(b"".join(path.read_bytes() for path in stored)).hexdigest()
