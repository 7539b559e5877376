"""What a killed command leaves behind: watched while it is there, found afterwards, removed when asked."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

MARK: Final = b"amyloid\n"
"""The content of a lock file of ours, so that nobody else's is touched."""

HIDDEN: Final = ("partial", "left", "before")
TEMPORARY: Final = "amyloid-"
_FORGOTTEN_SECONDS = 3600


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
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(handle)
    return False
