"""Where a run goes: the target's checks, the lock, the staging folder and the one rename."""

import contextlib
import ctypes
import errno
import fcntl
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from amyloid.press.runner.errors import BusyError, PlaceError

MANIFEST = "manifest.json"
_AT_FDCWD = -100
_RENAME_EXCHANGE = 2


@dataclass(frozen=True)
class Place:
    """A run's target and the two hidden neighbors that it needs while it is made."""

    target: Path

    @property
    def lock(self) -> Path:
        """The file whose lock says that a run is going on."""
        return self.target.with_name(f".{self.target.name}.lock")

    @property
    def staging(self) -> Path:
        """The folder in which the run is made; hidden, and without a manifest until the end."""
        return self.target.with_name(f".{self.target.name}.partial")

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


@contextlib.contextmanager
def locked(place: Place) -> Iterator[bool]:
    """Hold the target's lock; the system gives it back when the process ends, however it ends.

    Yields
    ------
    bool
        Whether a run that was killed had left the lock file behind.

    Raises
    ------
    BusyError
        Another run with the same target is going on.
    """
    place.target.parent.mkdir(parents=True, exist_ok=True)
    while True:
        stale = place.lock.exists()
        handle = os.open(place.lock, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(handle)
            if error.errno not in (errno.EAGAIN, errno.EACCES):
                raise
            said = f"A run into {place.target} is already running. Wait for it, or choose another --out."
            raise BusyError(said) from None
        if _is_same_file(handle, place.lock):
            break
        os.close(handle)  # the run before us removed this file between our two calls
    try:
        yield stale
    finally:
        with contextlib.suppress(FileNotFoundError):
            place.lock.unlink()
        os.close(handle)


def _is_same_file(handle: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        return False


def publish(place: Place) -> None:
    """Give the finished staging folder its final name; an earlier run leaves in the same step.

    On Linux the two folders are exchanged by one system call. Elsewhere the earlier run is moved
    aside first, and `recover` puts it back if the program dies between the two renames.
    """
    if not place.target.is_dir():
        place.staging.rename(place.target)
        return
    if _exchange(place.staging, place.target):
        shutil.rmtree(place.staging)
        return
    aside = _aside(place)
    place.target.rename(aside)
    place.staging.rename(place.target)
    shutil.rmtree(aside)


def recover(place: Place) -> bool:
    """Put back an earlier run that an interrupted `publish` left aside; say whether there was one."""
    aside = _aside(place)
    if not aside.is_dir():
        return False
    if place.target.exists():
        shutil.rmtree(aside)
        return False
    aside.rename(place.target)
    return True


def _aside(place: Place) -> Path:
    return place.target.with_name(f".{place.target.name}.before")


def _exchange(one: Path, other: Path) -> bool:
    """Swap two folders in one step; False where the system or the file system cannot."""
    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if rename is None:
        return False
    done: int = rename(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _RENAME_EXCHANGE)
    return done == 0


def point_latest(target: Path) -> None:
    """Let the link `latest` beside the run point to it."""
    link = target.with_name("latest")
    if link.exists() and not link.is_symlink():
        return
    fresh = target.with_name(f".latest.{os.getpid()}")
    fresh.symlink_to(target.name)
    fresh.replace(link)
