"""Files that appear whole or not at all, made beside their place under a lock; cells that do not run.

What a killed command leaves behind is found afterwards by the lock, and removed when asked.
"""

from __future__ import annotations

import contextlib
import csv
import errno
import fcntl
import hashlib
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

MARK: Final = b"amyloid\n"
"""The content of a lock file of ours, so that nobody else's is touched."""

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
SIGNED_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?%?"
"""How a text starts that a spreadsheet runs, and those of them that are numbers."""

HIDDEN: Final = ("partial", "left", "before")
TEMPORARY: Final = "amyloid-"
_FORGOTTEN_SECONDS = 3600
_PATIENCE_SECONDS = 0.3
_AT_FDCWD = -100
_RENAME_EXCHANGE = 2


class BusyError(OSError):
    """Another command is writing the same place; its text is for the user."""


class Place:
    """Where something shall be, and the hidden neighbors that it needs while it is made.

    Attributes
    ----------
    lock : Path
        The file whose lock says that a command is at work.
    staging : Path
        The folder or file that becomes the target.
    left : Path
        What an interrupted run left, while the next one takes over what is whole in it.
    before : Path
        Where an earlier target waits, on a system that cannot exchange two folders in one step.
    """

    def __init__(self, target: Path) -> None:
        self.target = target
        hidden = (target.with_name(f".{target.name}.{kind}") for kind in ("lock", *HIDDEN))
        self.lock, self.staging, self.left, self.before = hidden


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
        free = _lock(handle)
        if free and _is_same_file(handle, place.lock):
            os.pwrite(handle, MARK, 0)
            return handle, stale
        os.close(handle)  # held for a moment, or removed between our two calls
        if not free and time.monotonic() > until:
            said = f"Another command is already running into {place.target}."
            raise BusyError(f"{said} Wait for it, or choose another --out.")
        time.sleep(_PATIENCE_SECONDS / 10)


def _lock(handle: int) -> bool:
    """Lock an open file or folder; False where a process holds it."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    return True


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
    new = os.listdir(staging)

    def left_out(folder: str, names: list[str]) -> list[str]:
        return new if Path(folder) == target else []

    shutil.copytree(target, staging, symlinks=True, ignore=left_out, copy_function=_link, dirs_exist_ok=True)


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


def write_csv(path: Path, rows: Iterable[Sequence[str]]) -> None:
    """Write rows of texts as CSV with plain line feeds."""
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)


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
    import ctypes

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


def remove(path: Path) -> None:
    """Remove a file or a folder that may be there, to the end also when a signal comes in between."""
    try:
        _remove(path)
    except KeyboardInterrupt:
        _remove(path)
        raise


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _ledger() -> Path:
    """Folder of this user in which each place that is being written is named."""
    state = os.environ.get("XDG_STATE_HOME") or os.path.join(os.path.expanduser("~"), ".local", "state")
    return Path(state if os.path.isabs(state) else os.devnull) / "amyloid"  # nobody's home: no ledger


@contextlib.contextmanager
def watched(lock: Path) -> Iterator[None]:
    """Name a place in the ledger for as long as it is written, so that it is found after a kill."""
    entry = _ledger() / hashlib.sha256(os.fsencode(lock.absolute())).hexdigest()[:32]
    with contextlib.suppress(OSError):  # without it the folders at hand are still looked through
        entry.parent.mkdir(0o700, parents=True, exist_ok=True)
        entry.write_bytes(os.fsencode(lock.absolute()))
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            entry.unlink()


@contextlib.contextmanager
def temporary_folder(parent: str | None = None) -> Iterator[Path]:
    """Make a temporary folder that is known as in use for as long as a process holds it open."""
    folder = Path(tempfile.mkdtemp(prefix=TEMPORARY, dir=parent))
    try:
        with hold(folder):
            yield folder
    finally:
        remove(folder)


@contextlib.contextmanager
def hold(folder: Path) -> Iterator[None]:
    """Say that a temporary folder is in use; what this process forks holds it too."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_SH)
        yield
    finally:
        os.close(handle)


def find_leftovers(*folders: Path) -> list[Path]:
    """Find what killed commands left: in some folders, in the ledger's places, among temporary files.

    Parameters
    ----------
    *folders : pathlib.Path
        Where to look beside the ledger's places.

    Returns
    -------
    list of pathlib.Path
        Hidden folders and files that no running command holds.
    """
    marked = {lock.absolute() for folder in folders for lock in folder.glob(".*.lock") if _is_ours(lock)}
    found = [path for lock in sorted(marked | _in_ledger()) if not _is_held(lock) for path in _of(lock)]
    temporary = sorted(Path(tempfile.gettempdir()).glob(f"{TEMPORARY}*"))
    return found + [path for path in temporary if _is_my_folder(path) and not _is_held(path)]


def clean(leftover: Path) -> None:
    """Remove one of `find_leftovers`; an earlier result that waits for its place is put back instead."""
    place = leftover.name.removeprefix(".").rpartition(".")[0]
    if leftover.suffix == ".before" and not leftover.with_name(place).exists():
        leftover.rename(leftover.with_name(place))
    remove(leftover)


def _in_ledger() -> set[Path]:
    """Lock files that the ledger names; entries with nothing left behind them are dropped after a while."""
    locks = set()
    for entry in _ledger().glob("*"):
        with contextlib.suppress(FileNotFoundError):  # a command has just ended well
            lock = Path(os.fsdecode(entry.read_bytes()))
            if _of(lock):
                locks.add(lock)
            elif time.time() - entry.stat().st_mtime > _FORGOTTEN_SECONDS:
                entry.unlink()
    return locks


def _is_my_folder(path: Path) -> bool:
    try:
        return path.is_dir() and path.lstat().st_uid == os.getuid()
    except FileNotFoundError:
        return False


def _is_ours(lock: Path) -> bool:
    return lock.is_file() and lock.stat().st_size == len(MARK) and lock.read_bytes() == MARK


def _of(lock: Path) -> list[Path]:
    """The files and folders of one place that are there, the lock last."""
    stem = lock.with_suffix("")
    names = [*(stem.with_name(f"{stem.name}.{kind}") for kind in HIDDEN), lock]
    return [path for path in names if os.path.lexists(path)]


def _is_held(path: Path) -> bool:
    """Whether a running process holds a lock file or a temporary folder."""
    try:
        handle = os.open(path, os.O_RDONLY)
    except OSError:
        return False
    try:
        return not _lock(handle)
    finally:
        os.close(handle)
