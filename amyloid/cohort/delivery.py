"""Files that appear whole or not at all: written aside, then moved into their folder."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def delivered(folder: Path, *, force: bool = False) -> Iterator[Path]:
    """Give a hidden folder to write into, and move what is in it into place when all went well.

    Parameters
    ----------
    folder : Path
        Where the files go; its parents are made.
    force : bool
        Replace files of the same names in a folder that is not empty. Other files in it stay.

    Yields
    ------
    Path
        The hidden folder beside the target. It is gone afterwards, whatever happened.

    Raises
    ------
    FileExistsError
        If the folder holds anything and `force` is not given; nothing is written then.
    NotADirectoryError
        If the folder is a file.
    """
    if folder.exists() and not folder.is_dir():
        raise NotADirectoryError(f"{folder} is a file; expected a folder")
    taken = folder.is_dir() and any(folder.iterdir())
    if taken and not force:
        raise FileExistsError(
            f"{folder} exists and is not empty; nothing was written. Use --force to replace it"
        )
    folder.parent.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        yield aside
        if taken:
            for path in aside.iterdir():
                os.replace(path, folder / path.name)
        else:
            aside.chmod(0o755)
            os.replace(aside, folder)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def deliver_file(path: Path, content: bytes) -> None:
    """Write a file aside and move it into place, so that it is whole or not there."""
    handle, aside = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.replace(aside, path)
    except BaseException:
        Path(aside).unlink(missing_ok=True)
        raise
