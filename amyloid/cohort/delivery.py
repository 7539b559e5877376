"""Files that appear whole or not at all, made beside their place under a lock; cells that do not run."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import fcntl
import os
import re
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from amyloid.cohort.leftovers import MARK, remove, watched

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
SIGNED_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?%?"
"""How a text starts that a spreadsheet runs, and those of them that are numbers."""

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2
_PATIENCE_SECONDS = 0.3


class BusyError(OSError):
    """Another command is writing the same place; its text is for the user."""


@dataclass(frozen=True)
class Place:
    """Where something shall be, and the hidden neighbors that it needs while it is made."""

    target: Path

    @property
    def lock(self) -> Path:
        """The file whose lock says that a command is at work."""
        return self.target.with_name(f".{self.target.name}.lock")

    @property
    def staging(self) -> Path:
        """The folder or file that becomes the target."""
        return self.target.with_name(f".{self.target.name}.partial")

    @property
    def before(self) -> Path:
        """Where an earlier target waits, on a system that cannot exchange two folders in one step."""
        return self.target.with_name(f".{self.target.name}.before")


@contextlib.contextmanager
def locked(place: Place) -> Iterator[bool]:
    """Hold a place's lock; the system gives it back when the process ends, however it ends.

    Yields
    ------
    bool
        Whether a command that was killed had left the lock file behind.

    Raises
    ------
    BusyError
        Another command is writing the same place.
    """
    place.target.parent.mkdir(parents=True, exist_ok=True)
    with watched(place.lock):
        handle, stale = _take(place)
        try:
            yield stale
        finally:
            with contextlib.suppress(FileNotFoundError):
                place.lock.unlink()
            os.close(handle)


def _take(place: Place) -> tuple[int, bool]:
    until = time.monotonic() + _PATIENCE_SECONDS
    while True:
        stale = place.lock.exists()
        handle = os.open(place.lock, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _is_same_file(handle, place.lock):
                os.pwrite(handle, MARK, 0)
                return handle, stale
        except OSError as error:
            if error.errno not in (errno.EAGAIN, errno.EACCES):
                os.close(handle)
                raise
            if time.monotonic() > until:
                os.close(handle)
                said = f"Another command is already running into {place.target}."
                raise BusyError(f"{said} Wait for it, or choose another --out.") from None
            time.sleep(_PATIENCE_SECONDS / 10)
        os.close(handle)  # held for a moment, or removed between our two calls


def _is_same_file(handle: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        return False


@contextlib.contextmanager
def delivered(folder: Path, *, force: bool = False) -> Iterator[Path]:
    """Give a hidden folder to write into; what is in it appears in its place all at once, or not at all.

    Parameters
    ----------
    folder : Path
        Where the files go; its parents are made.
    force : bool
        Replace files of the same names in a folder that is not empty. Other files in it stay.

    Yields
    ------
    Path
        The hidden folder beside the target, readable by its owner only. It is gone afterwards.

    Raises
    ------
    FileExistsError
        If the folder holds anything and `force` is not given; nothing is written then.
    NotADirectoryError
        If the folder is a file.
    BusyError
        If another command is writing into it.
    """
    place = Place(folder.resolve())
    with locked(place):
        recover(place)
        if folder.exists() and not folder.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, "A file is there; expected a folder", str(folder))
        if not force and folder.is_dir() and any(folder.iterdir()):
            raise FileExistsError(
                f"{folder} exists and is not empty; nothing was written. Use --force to replace it"
            )
        with staged(place) as aside:
            yield aside


@contextlib.contextmanager
def staged(place: Place) -> Iterator[Path]:
    """Do what `delivered` does for somebody who holds the lock; what is there already is replaced."""
    remove(place.staging)
    try:
        place.staging.mkdir(0o700)
        yield place.staging
        if place.target.is_dir() and Path.cwd().is_relative_to(place.target):
            for path in sorted(place.staging.iterdir()):  # nobody's folder is changed under his feet
                os.replace(path, place.target / path.name)
        else:
            if place.target.is_dir():
                _keep_the_others(place.target, place.staging)
            publish(place)
    finally:
        remove(place.staging)


def _keep_the_others(target: Path, staging: Path) -> None:
    """Link what stays of a folder into the one that takes its place."""
    for path in target.iterdir():
        if os.path.lexists(staging / path.name):
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.copytree(path, staging / path.name, symlinks=True, copy_function=_link)
        else:
            _link(path, staging / path.name)
    shutil.copymode(target, staging)


def _link(path: str | Path, to: str | Path) -> None:
    try:
        os.link(path, to, follow_symlinks=False)
    except OSError:  # another owner's file, or a file system without links
        shutil.copy2(path, to, follow_symlinks=False)


@contextlib.contextmanager
def delivered_file(file: Path) -> Iterator[Path]:
    """Give a hidden path to write to; what is there afterwards gets the file's name in one step."""
    place = Place(file.parent.resolve() / file.name)  # a link is replaced, not what it leads to
    with locked(place):
        remove(place.staging)
        try:
            yield place.staging
            os.replace(place.staging, place.target)
        finally:
            remove(place.staging)


def deliver_file(file: Path, content: bytes) -> None:
    """Write a file that is whole or not there."""
    with delivered_file(file) as aside, aside.open("wb") as handle:
        handle.write(content)
        handle.flush()
        os.fsync(handle.fileno())


def publish(place: Place) -> None:
    """Give the finished staging folder its final name; an earlier folder takes its place in the same step.

    On Linux the two are exchanged by one system call. Elsewhere the earlier one is moved aside first, and
    `recover` puts it back if the program dies between the two renames.
    """
    if not place.target.is_dir():
        place.staging.rename(place.target)
    elif not _exchange(place.staging, place.target):
        place.target.rename(place.before)
        place.staging.rename(place.target)
        remove(place.before)


def recover(place: Place) -> bool:
    """Put back an earlier target that an interrupted `publish` left aside; say whether there was one."""
    if not place.before.is_dir():
        return False
    if place.target.exists():
        remove(place.before)
        return False
    place.before.rename(place.target)
    return True


def _exchange(one: Path, other: Path) -> bool:
    """Swap two folders in one step; False where the system or the file system cannot."""
    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if rename is None:
        return False
    done: int = rename(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _RENAME_EXCHANGE)
    return done == 0


def is_formula(cell: str) -> bool:
    """Whether a spreadsheet would run a cell: it starts as a formula does, and is no number."""
    return cell.startswith(FORMULA_STARTS) and not re.fullmatch(SIGNED_NUMBER, cell)


def defused(cell: str) -> str:
    """Return a cell that no spreadsheet runs: one that it would run gets an apostrophe in front."""
    return f"'{cell}" if is_formula(cell) else cell
