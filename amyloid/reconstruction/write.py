"""Writing a reconstruction to a folder: aside first, then moved into place whole."""

from __future__ import annotations

import csv
import io
import os
import shutil
import tempfile
from pathlib import Path

from amyloid.reconstruction.assemble import Reconstruction, Rows


def file_texts(reconstruction: Reconstruction) -> dict[str, str]:
    """Return the text of every file by its name: four tables as CSV with plain line feeds, and the card."""
    texts = {f"{name}.csv": _csv(rows) for name, rows in reconstruction.tables.items()}
    return {**texts, "cohort.toml": reconstruction.card}


def _csv(rows: Rows) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, fieldnames=list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def write_reconstruction(reconstruction: Reconstruction, folder: Path, *, force: bool = False) -> None:
    """Write the five files of a cohort.

    Parameters
    ----------
    reconstruction : Reconstruction
        What to write.
    folder : Path
        The cohort's folder; its parents are made.
    force : bool
        Replace the five files in a folder that exists. Other files in it stay.

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
        for name, text in file_texts(reconstruction).items():
            (aside / name).write_text(text, encoding="utf-8", newline="\n")
        if taken:
            for path in aside.iterdir():
                os.replace(path, folder / path.name)
        else:
            aside.chmod(0o755)
            os.replace(aside, folder)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
