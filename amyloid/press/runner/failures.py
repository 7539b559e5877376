"""Runs that did not come to their end: what is said, and what is kept."""

import errno
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from amyloid.cohort.leftovers import remove
from amyloid.press.runner.errors import RunError
from amyloid.press.runner.place import Place
from amyloid.press.runner.work_names import EXECUTED, LOG

NOTE = "FAILED.txt"
_LITTLE_SPACE_BYTES = 100_000
_NO_SPACE = ("no space left", "errno 28", "disk quota")


def failed(faults: Mapping[str, Mapping[str, Any]], disk: Path) -> RunError:
    """Say which notebooks failed, in which cell and why.

    Parameters
    ----------
    faults : mapping
        Outcomes by notebook, each with `fault` and perhaps `cell`.
    disk : Path
        A folder on the disk that is written to.

    Returns
    -------
    RunError
        One line for each fault.
    """
    lines = []
    for name, outcome in sorted(faults.items()):
        place = f", code cell {outcome['cell']}" if outcome.get("cell") else ""
        lines.append(f"{name}{place}: {outcome['fault']}")
    if shutil.disk_usage(disk).free < _LITTLE_SPACE_BYTES or _means_no_space("\n".join(lines)):
        lines.append("No space left on the disk. Free some space and run again.")
    lines.append("The run is incomplete and was not published.")
    return RunError("\n".join(lines))


def keep(place: Place, error: BaseException, *, worthless: bool = False) -> str:
    """Move what a failed run left to `<target>.failed`, or clear it when nothing is worth keeping.

    Kept are the finished notebooks, which the next run takes over, and under `failed/` the partial
    copies and logs of the others. When the disk is full all is cleared: space is what is missing. So is
    what is `worthless`, made from a cohort that changed meanwhile. Returned is what is kept, in a sentence.
    """
    stage = place.staging
    finished = any(stage.glob("parts/*/part.json"))
    partial = sorted(stage.glob(f"work/*/{EXECUTED}"))
    logs = [log for log in sorted(stage.glob(f"work/*/{LOG}")) if log.stat().st_size]
    if worthless or _disk_is_full(error) or not (finished or partial or logs):
        remove(stage)
        return ""
    folder = stage / "failed"
    folder.mkdir(exist_ok=True)
    for path in (*partial, *logs):
        name = path.parent.name
        if not (stage / "parts" / name / "part.json").is_file():
            path.rename(folder / f"{name}{'.ipynb' if path.name == EXECUTED else '.log'}")
    remove(stage / "work")
    words = "The run was interrupted." if isinstance(error, KeyboardInterrupt) else str(error)
    (stage / NOTE).write_text(f"{words or type(error).__name__}\n", encoding="utf-8")
    remove(place.failed)
    stage.rename(place.failed)
    return f"{'What was finished' if finished else 'What there is of it'} is kept in {place.failed}."


def _disk_is_full(error: BaseException) -> bool:
    full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
    return full or _means_no_space(str(error))


def _means_no_space(text: str) -> bool:
    return any(sign in text.lower() for sign in _NO_SPACE)
