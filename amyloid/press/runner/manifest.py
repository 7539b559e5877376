"""What a finished run holds: a part for each notebook, and the manifest with the hash of everything in it."""

import hashlib
import json
import os
import platform
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

from amyloid.press.runner import RunError
from amyloid.press.runner.notebooks import EXECUTED, Notebook

MANIFEST, PART = "manifest.json", "part.json"
RESULTS_HEADER = "id,notebook,quantity,value,n,denominator,note,unit"
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
    said = [f"{name} is missing." for name in listed.keys() - there.keys()]
    said += [f"{name} is not in the manifest." for name in there.keys() - listed.keys()]
    both = listed.keys() & there.keys()
    said += [f"{n} was changed after the run." for n in both if there[n]["sha256"] != listed[n]["sha256"]]
    return sorted(said)


@dataclass(frozen=True)
class Part:
    """One finished notebook with its files, named as they will be in the run."""

    stem: str
    key: str
    cells: int
    figures: Sequence[str]
    tables: Sequence[str]
    warnings: int
    seconds: float
    files: Mapping[str, str]
    read: Sequence[str] = ()
    """Fingerprint of the cohort that its kernel read; empty when it read none by `read_cohort`."""

    def write(self, folder: Path) -> None:
        """Write the part's record into the folder that holds its files."""
        (folder / PART).write_text(json.dumps(asdict(self)), encoding="utf-8")


def collect(stage: Path, notebook: Notebook, key: str, outcome: Mapping[str, Any]) -> Part:
    """Move a finished notebook and what it wrote out of its working folder into its part's.

    Parameters
    ----------
    stage : Path
        The staging folder: the job's folder lies in `work`, the part's is made in `parts`.
    notebook, key, outcome
        The notebook, its key, and what its worker reported.

    Returns
    -------
    Part
        With the hash of every file.

    Raises
    ------
    RunError
        The notebook kept no numbers, or kept them in another form.
    """
    work, folder = stage / "work" / notebook.stem, stage / "parts" / notebook.stem
    out = work / "runs" / "notebooks"
    results = out / "results" / f"{notebook.number}.csv"
    _check_results(results, notebook)
    moved = {work / EXECUTED: f"notebooks/{notebook.path.name}", results: f"results/{results.name}"}
    moved |= {path: f"figures/{path.name}" for path in (out / "figures").glob(f"{notebook.stem}_*")}
    for path, name in moved.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        path.rename(folder / name)
    files = {name: entry["sha256"] for name, entry in list_files(folder).items()}
    told = {name: outcome[name] for name in ("cells", "figures", "tables", "warnings", "seconds", "read")}
    part = Part(notebook.stem, key, files=files, **told)
    part.write(folder)
    return part


def _check_results(results: Path, notebook: Notebook) -> None:
    if not results.is_file():
        raise RunError(f"{notebook.stem} kept no numbers: results/{results.name} is missing.")
    header = results.read_text(encoding="utf-8").partition("\n")[0]
    if header != RESULTS_HEADER:
        raise RunError(
            f"{notebook.stem}: results/{results.name} starts with '{header}', not '{RESULTS_HEADER}'."
        )


def find_parts(folders: Iterable[Path]) -> dict[str, tuple[Path, Part]]:
    """Find the finished notebooks of earlier runs, whole ones and interrupted ones.

    Parameters
    ----------
    folders : iterable of Path
        Finished runs, failed runs or what an interrupted run left; missing ones are passed over.

    Returns
    -------
    dict
        Key to the folder that holds the files, and the part.
    """
    found = ((folder, Part(**record)) for place in folders for folder, record in _records(place))
    return {part.key: (folder, part) for folder, part in found}


def _records(place: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Yield the records of a finished run's parts, or of those that were finished before it stopped."""
    for file in (place / MANIFEST, *sorted(place.glob(f"parts/*/{PART}"))):
        try:
            content = json.loads(file.read_text(encoding="utf-8"))
        except (FileNotFoundError, NotADirectoryError, ValueError):  # a kill left none or half of one
            continue
        yield from ((file.parent, record) for record in content.get("notebooks", [content]))


def take_over(source: Path, part: Part, folder: Path) -> bool:
    """Copy an earlier part when all of its files still have their hashes.

    Returns
    -------
    bool
        False when a file is missing or was changed; then nothing is copied.
    """
    for name, digest in part.files.items():
        if not (source / name).is_file() or file_hash(source / name) != digest:
            return False
    for name in part.files:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source / name, folder / name)
    part.write(folder)
    return True


def assemble(stage: Path, parts: Iterable[Part]) -> None:
    """Move the parts' files to their places in the run and join `results.csv`."""
    tables: list[str] = []
    for part in parts:
        folder = stage / "parts" / part.stem
        for name in part.files:
            (stage / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).rename(stage / name)
        tables.append((stage / "results" / f"{part.stem[:2]}.csv").read_text(encoding="utf-8"))
    rows = "".join(text.partition("\n")[2] for text in tables)
    (stage / "results.csv").write_text(f"{RESULTS_HEADER}\n{rows}", encoding="utf-8", newline="")
    shutil.rmtree(stage / "parts")
