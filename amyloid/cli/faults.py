"""Known faults in plain words; anything else is a bug and keeps its traceback."""

import errno

from amyloid.cohort.delivery import BusyError
from amyloid.cohort.errors import CohortError
from amyloid.press.runner.errors import RunError

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
    if isinstance(fault, OSError) and fault.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"No space left on the disk{_place(fault)}. Free some space and run again."
    if isinstance(fault, (PermissionError, FileNotFoundError, NotADirectoryError, IsADirectoryError)):
        return f"{fault.strerror}{_place(fault)}."
    if isinstance(fault, OSError) and fault.errno == errno.EROFS:
        return f"The file system is read-only{_place(fault)}."
    return None


def _place(fault: OSError) -> str:
    return f": {fault.filename}" if fault.filename else ""
