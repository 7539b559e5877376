"""The command line's frame: help without imports, exit codes, faults in words."""

import errno
import subprocess
import sys

import pytest

from amyloid.cli import SUMMARIES
from amyloid.cli.faults import words
from amyloid.press.runner.errors import RunError


def call(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "amyloid.cli", *arguments], capture_output=True, text=True)


def test_help_names_every_command_and_imports_nothing_heavy():
    code = "import sys; from amyloid.cli import group; group.main(['--help'], standalone_mode=False); "
    code += "print(sorted({m.split('.')[0] for m in sys.modules} & {'pandas', 'numpy', 'papermill'}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    for name, summary in SUMMARIES.items():
        assert f"  {name} " in done.stdout
        assert summary.split()[0] in done.stdout
    assert done.stdout.rstrip().endswith("[]")


@pytest.mark.parametrize("name", SUMMARIES)
def test_every_command_has_a_help_text(name):
    done = call(name, "--help")
    assert done.returncode == 0
    assert done.stdout.startswith(f"Usage: amyloid {name}")


def test_an_unknown_command_is_a_fault_of_the_call():
    done = call("swepe")
    assert done.returncode == 2
    assert "There is no command 'swepe'. Did you mean 'sweep'?" in done.stderr


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (RunError("it failed"), "it failed"),
        (MemoryError(), "Memory ran out"),
        (ImportError("libx.so: failed to map segment from shared object"), "Memory ran out"),
        (OSError(errno.ENOSPC, "No space left on device", "runs/x"), "No space left on the disk: runs/x"),
        (PermissionError(errno.EACCES, "Permission denied", "runs"), "Permission denied: runs."),
        (OSError(errno.EROFS, "Read-only file system", "runs"), "The file system is read-only: runs."),
    ],
)
def test_a_known_fault_is_said_in_words(fault, said):
    assert said in (words(fault) or "")


def test_an_unknown_fault_keeps_its_traceback():
    assert words(ZeroDivisionError("division by zero")) is None
