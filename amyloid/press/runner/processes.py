"""Small certainties about processes: they die with their parent, are quiet, and their end has a reason."""

import ctypes
import errno
import os
import resource
import signal
import sys
from collections.abc import Iterable
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36


def die_with_parent(parent: int) -> None:
    """Let the system kill this process when its parent ends, however the parent ends.

    Only Linux can do this; elsewhere the pipes and IPython's own watch end the process.

    Parameters
    ----------
    parent : int
        The parent's process id, to notice that it ended before this call.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)


def adopt_orphans() -> None:
    """Let what is started below this process come to it when its own parent ends (Linux only)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1)


def end_children(spared: Iterable[int] = ()) -> None:
    """Kill every process below this one but `spared`, also what a dead child had started."""
    left_alone = set(spared)
    while pids := _children() - left_alone:
        for pid in pids:
            try:
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
            except (ProcessLookupError, ChildProcessError):
                continue
            except PermissionError:  # it runs as another user
                left_alone.add(pid)


def _children() -> set[int]:
    lists = Path("/proc/self/task").glob("*/children")
    return {int(pid) for children in lists for pid in children.read_text().split()}


def silence(log: Path) -> None:
    """Point this process's standard input to nothing, and its output to a file."""
    nothing = os.open(os.devnull, os.O_RDONLY)
    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.dup2(nothing, 0)
    os.dup2(file, 1)
    os.dup2(file, 2)
    os.close(nothing)
    os.close(file)


def ending(status: int) -> str:
    """Say how a process ended, and when scarce memory or disk may be why.

    Parameters
    ----------
    status : int
        An exit status, negative for a signal; a worker whose disk is full ends with `ENOSPC`.
    """
    if status == errno.ENOSPC:
        return "no space left on the disk"
    how = f"signal {signal.Signals(-status).name}" if status < 0 else f"status {status}"
    limit = resource.getrlimit(resource.RLIMIT_AS)[0]
    if limit != resource.RLIM_INFINITY:
        return f"{how}; memory is limited to {limit / 1e9:.1f} GB, which may be too little"
    if status == -signal.SIGKILL:
        return f"{how}; the system ends a process so when memory runs out"
    return how
