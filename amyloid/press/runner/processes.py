"""The processes of a run: how they begin and end, and what reaches them of the user's settings."""

import contextlib
import ctypes
import errno
import os
import resource
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterable
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36


def fork(work: Callable[[], object], log: Path) -> int:
    """Fork a process that ends with this one, and return its id.

    Only Linux can end it however this one ends; elsewhere the pipes and IPython's own watch do.

    Parameters
    ----------
    work : callable
        What it does. Its exit status is 0; `ENOSPC` where the disk was full, and 1 after another fault.
    log : Path
        Where its output goes.
    """
    parent = os.getpid()
    if pid := os.fork():
        return pid
    status = 1
    try:
        if sys.platform == "linux":
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
            if os.getppid() != parent:  # it ended before this call
                os._exit(1)
        _silence(log)
        work()
        status = 0
    except BaseException as error:
        if isinstance(error, OSError) and error.errno == errno.ENOSPC:
            status = errno.ENOSPC
        with contextlib.suppress(OSError):  # the log's disk may be full
            traceback.print_exc()
            sys.stderr.flush()
    finally:
        os._exit(status)


def _silence(log: Path) -> None:
    """Point this process's standard input to nothing, and its output to a file."""
    with open(os.devnull, "rb") as nothing, log.open("ab") as file:
        for stream, place in enumerate((nothing, file, file)):
            os.dup2(place.fileno(), stream)


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


_KEPT = (
    "PATH HOME LD_LIBRARY_PATH OPENBLAS_CORETYPE OPENBLAS_L2_SIZE SYSTEMROOT TMPDIR VIRTUAL_ENV CONDA_PREFIX"
)
_LONGEST_SOCKET_FOLDER = 60


def short_parent() -> str | None:
    """Name a folder for temporary ones whose path is short enough for them to hold sockets.

    A socket's path may have about 100 characters; a deep TMPDIR leaves too few.
    """
    deep = len(tempfile.gettempdir()) > _LONGEST_SOCKET_FOLDER
    return "/tmp" if deep and os.path.isdir("/tmp") else None


def kernel_environment(private: Path) -> dict[str, str]:
    """Return the environment for kernels.

    Parameters
    ----------
    private : Path
        A folder of this run, for the settings folders of IPython, Jupyter and matplotlib.

    Returns
    -------
    dict
        The kept variables, and settings that make every machine alike: UTF-8, UTC,
        the inline backend, one thread per library, no import from the working folder.
    """
    kept = {name: os.environ[name] for name in _KEPT.split() if name in os.environ}
    return kept | {
        "PYTHONSAFEPATH": "1",
        "PYTHONUTF8": "1",
        "PYTHONHASHSEED": "0",
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "MPLCONFIGDIR": str(_cache_folder(private)),
        "IPYTHONDIR": str(private / "ipython"),
        "JUPYTER_CONFIG_DIR": str(private / "jupyter"),
        "JUPYTER_DATA_DIR": str(private / "jupyter"),
        "JUPYTER_RUNTIME_DIR": str(private),
        "JUPYTER_NO_CONFIG": "1",
        "JUPYTER_PLATFORM_DIRS": "1",
        **dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1"),
    }


def _cache_folder(private: Path) -> Path:
    """Return a folder of our own that keeps matplotlib's list of fonts, which takes seconds to make."""
    for folder in (Path(sys.prefix) / "var" / "amyloid" / "matplotlib", private / "matplotlib"):
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError:
            continue
        if os.access(folder, os.W_OK):
            return folder
    return private
