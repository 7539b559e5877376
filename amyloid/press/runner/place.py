"""Where a run goes: the target's checks, its hidden neighbors, and the link to the latest one."""

import os
from dataclasses import dataclass
from pathlib import Path

from amyloid.cohort import delivery
from amyloid.press.runner.errors import PlaceError

MANIFEST = "manifest.json"


@dataclass(frozen=True)
class Place(delivery.Place):
    """A run's target, the hidden neighbors that it needs while it is made, and what a failed one keeps."""

    @property
    def left(self) -> Path:
        """What an interrupted run left, while the next one takes over what is whole in it."""
        return self.target.with_name(f".{self.target.name}.left")

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
