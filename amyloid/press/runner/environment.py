"""The surroundings of a kernel: nothing of the user's settings, display or locale reaches it."""

import os
import sys
import tempfile
from pathlib import Path

_KEPT = (
    "PATH",
    "HOME",
    "LD_LIBRARY_PATH",
    "OPENBLAS_CORETYPE",
    "OPENBLAS_L2_SIZE",
    "SYSTEMROOT",
    "TMPDIR",
    "VIRTUAL_ENV",
    "CONDA_PREFIX",
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
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
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
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
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
