"""Known faults in plain words; anything else is a bug, said in one sentence."""

import errno
import os
import traceback
from pathlib import Path

from amyloid.cohort.delivery import BusyError
from amyloid.cohort.errors import CohortError
from amyloid.press.runner import RunError

SHOW_ALL = "AMYLOID_TRACEBACK"
_TOO_FEW_PROCESSES = ("can't start new thread", "cannot create thread", "resource temporarily unavailable")
_OUT_OF_MEMORY = ("cannot allocate memory", "failed to map segment", "out of memory")


def words(fault: Exception) -> str | None:
    """Say a known fault as plain text.

    Parameters
    ----------
    fault : Exception
        What a command raised.

    Returns
    -------
    str or None
        The text for the user, or None when the fault is not a known one.
    """
    if isinstance(fault, (CohortError, RunError, BusyError)):
        return str(fault)
    text = str(fault).lower()
    if isinstance(fault, MemoryError) or any(sign in text for sign in _OUT_OF_MEMORY):
        return "Memory ran out. Close other programs, raise the memory limit, or use fewer --jobs."
    if getattr(fault, "errno", None) in (errno.ENOSPC, errno.EDQUOT) or "io_enospc" in text:
        return f"No space left on the disk{_place(fault)}. Free some space and run again."
    if isinstance(fault, OSError) and fault.errno == errno.EROFS:
        return f"The file system is read-only{_place(fault)}."
    if getattr(fault, "errno", None) == errno.EFBIG or "io_efbig" in text:
        return f"A file may not become as large as it has to here (ulimit -f){_place(fault)}."
    if any(sign in text for sign in _TOO_FEW_PROCESSES) or getattr(fault, "errno", None) == errno.EAGAIN:
        return "This computer lets you start no more threads or processes (ulimit -u). Close other programs."
    if isinstance(fault, OSError) and fault.strerror:
        return f"{fault.strerror}{_place(fault)}."
    return None


def own_fault(fault: Exception) -> str:
    """Say a fault of the program itself in one sentence: what, and where in its code."""
    places = [at for at in traceback.extract_tb(fault.__traceback__) if "amyloid" in at.filename]
    at = f"{Path(places[-1].filename).name}, line {places[-1].lineno}" if places else "its start"
    what = " ".join(f"{type(fault).__name__}: {fault}".split())[:200]
    return (
        f"The program met something that it does not expect ({what}; {at}). Nothing was written. "
        f"Please report it; with {SHOW_ALL}=1 it shows the whole trace."
    )


def _place(fault: Exception) -> str:
    name = getattr(fault, "filename", None)
    return f": {os.fsdecode(name)[:200]}" if name else ""
