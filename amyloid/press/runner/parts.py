"""Parts of a run: what one finished notebook contributes, and when it can be used again."""

import json
import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from amyloid.press.runner.errors import RunError
from amyloid.press.runner.manifest import MANIFEST, file_hash
from amyloid.press.runner.notebooks import Notebook
from amyloid.press.runner.plan import EXECUTED

PART = "part.json"
RESULTS_HEADER = "id,notebook,quantity,value,n,denominator,note,unit"


@dataclass(frozen=True)
class Part:
    """One finished notebook with its files, named as they will be in the run."""

    stem: str
    key: str
    cells: int
    figures: tuple[str, ...]
    tables: tuple[str, ...]
    warnings: int
    seconds: float
    files: Mapping[str, str]
    read: tuple[str, ...] = ()
    """Fingerprint of the cohort that its kernel read; empty when it read none by `read_cohort`."""

    def record(self) -> dict[str, Any]:
        """Return the part as plain values."""
        return asdict(self)


def collect(work: Path, folder: Path, notebook: Notebook, key: str, outcome: Mapping[str, Any]) -> Part:
    """Move a finished notebook and what it wrote out of its working folder.

    Parameters
    ----------
    work : Path
        The job's folder.
    folder : Path
        The part's folder, made here.
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
    out = work / "runs" / "notebooks"
    results = out / "results" / f"{notebook.number}.csv"
    _check_results(results, notebook)
    for name in ("notebooks", "results", "figures"):
        (folder / name).mkdir(parents=True)
    shutil.move(work / EXECUTED, folder / "notebooks" / notebook.path.name)
    shutil.move(results, folder / "results" / results.name)
    for figure in sorted((out / "figures").glob(f"{notebook.stem}_*")):
        shutil.move(figure, folder / "figures" / figure.name)
    files = {p.relative_to(folder).as_posix(): file_hash(p) for p in sorted(folder.rglob("*")) if p.is_file()}
    counted: dict[str, Any] = {name: outcome[name] for name in ("cells", "warnings", "seconds")}
    named: dict[str, Any] = {name: tuple(outcome[name]) for name in ("figures", "tables", "read")}
    part = Part(notebook.stem, key, files=files, **counted, **named)
    (folder / PART).write_text(json.dumps(part.record()), encoding="utf-8")
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
    return {
        record["key"]: (folder, Part(**record)) for place in folders for folder, record in _records(place)
    }


def _records(place: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    manifest = _read_json(place / MANIFEST)
    if manifest is not None:
        yield from ((place, record) for record in manifest["notebooks"])
    for file in sorted(place.glob(f"parts/*/{PART}")):
        record = _read_json(file)
        if record is not None:
            yield file.parent, record


def _read_json(file: Path) -> dict[str, Any] | None:
    """Read a record, or return None when a kill left none or half of one."""
    try:
        content: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return None
    return content


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
    (folder / PART).write_text(json.dumps(part.record()), encoding="utf-8")
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
