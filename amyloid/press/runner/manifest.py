"""The manifest: what a run was made from, and the hash of everything in it."""

import hashlib
import json
import os
import platform
from collections.abc import Mapping
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

from amyloid.press.runner.errors import RunError

MANIFEST = "manifest.json"
FORMAT = 2


def file_hash(path: Path) -> str:
    """Return the SHA-256 of a file as hexadecimal text."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@cache
def versions() -> Mapping[str, str]:
    """Return the version of every installed distribution; looked up once, which takes a tenth of a second."""
    said = [dist.metadata for dist in metadata.distributions()]
    found = {about["Name"].lower(): about["Version"] for about in said if about["Name"]}
    return dict(sorted(found.items()))


def list_files(folder: Path) -> dict[str, dict[str, Any]]:
    """Return path, hash and size of every file below a folder, the manifest left out."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {
        path.relative_to(folder).as_posix(): {"sha256": file_hash(path), "bytes": path.stat().st_size}
        for path in paths
        if path != folder / MANIFEST
    }


def write_manifest(folder: Path, facts: Mapping[str, Any]) -> None:
    """Write the manifest, the last file of a run: a folder without one is not a run.

    Parameters
    ----------
    folder : Path
        The staging folder, otherwise complete.
    facts : mapping
        What the run was made from; `files`, versions and the format are added here.
    """
    content = {
        "format": FORMAT,
        **facts,
        "python": platform.python_version(),
        "platform": platform.system(),
        "versions": versions(),
        "files": list_files(folder),
    }
    with (folder / MANIFEST).open("w", encoding="utf-8") as file:
        json.dump(content, file, indent=1, ensure_ascii=False)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())


def read_manifest(run: Path) -> dict[str, Any]:
    """Read a finished run's manifest.

    Raises
    ------
    RunError
        The folder is missing, is not a finished run, or is from another version of the format.
    """
    if not run.is_dir():
        raise RunError(f"{run} is not a folder.")
    try:
        content = json.loads((run / MANIFEST).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise RunError(f"{run} is incomplete: it has no {MANIFEST}, so it is not a finished run.") from None
    except ValueError:
        raise RunError(f"{run / MANIFEST} is damaged: it is not JSON.") from None
    if not isinstance(content, dict) or "format" not in content:
        raise RunError(f"{run / MANIFEST} is not a manifest.")
    if content["format"] != FORMAT:
        raise RunError(
            f"{run} is of format {content['format']}; this version reads format {FORMAT}: make it again."
        )
    return content


def differences(run: Path, manifest: Mapping[str, Any]) -> list[str]:
    """Compare a run's files with its manifest.

    Returns
    -------
    list of str
        A sentence for each file that is missing, changed or not listed; empty when all fit.
    """
    listed: Mapping[str, Any] = manifest["files"]
    there = list_files(run)
    said = [f"{name} is missing." for name in listed if name not in there]
    said += [f"{name} is not in the manifest." for name in there if name not in listed]
    said += [
        f"{name} was changed after the run."
        for name in listed
        if name in there and there[name]["sha256"] != listed[name]["sha256"]
    ]
    return sorted(said)
