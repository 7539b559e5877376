"""The command line's frame: help without imports, exit codes, faults in words."""

import errno
import os
import subprocess
import sys

import pytest

from amyloid.cli import SUMMARIES, words
from amyloid.cohort import EMBEDDED_COHORT
from amyloid.press.runner import RunError


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
        (
            OSError(errno.EFBIG, "File too large", "runs/x"),
            "not become as large as it has to here (ulimit -f): runs/x",
        ),
        (RuntimeError("can't start new thread"), "no more threads or processes"),
        (BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable"), "no more threads or processes"),
        (OSError(errno.ENAMETOOLONG, "File name too long", "x" * 300), "File name too long: xxx"),
        (OSError(errno.EROFS, "Read-only file system", "runs"), "The file system is read-only: runs."),
    ],
)
def test_a_known_fault_is_said_in_words(fault, said):
    assert said in (words(fault) or "")


def test_an_unknown_fault_is_one_sentence_and_keeps_its_trace_when_asked():
    assert words(ZeroDivisionError("division by zero")) is None
    code = "from amyloid import cli\ncli.group.main = lambda **_: 1 / 0\ncli.main()"
    for more, shown in ({}, False), ({"AMYLOID_TRACEBACK": "1"}, True):
        environment = {**os.environ, **more}
        done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
        assert done.returncode == 1
        assert ("Traceback" in done.stderr) == shown
        assert shown or "ZeroDivisionError: division by zero; __init__.py, line" in done.stderr


@pytest.mark.parametrize(
    "call_at_fault",
    [
        ("share", "http://127.0.0.1:9/x", "--out", "o.zip"),
        ("share", str(EMBEDDED_COHORT), "--out", "o.zip"),
        ("share", "nowhere", "--out", "o.zip"),
        ("adjudicate", "http://127.0.0.1:9/x", "--out", "o"),
        ("adjudicate", "--out", "http://127.0.0.1:9/x"),
        ("export", "http://127.0.0.1:9/x", "--out", "o", "--excel"),
        ("compare", "http://127.0.0.1:9/x", "y"),
        ("template", "x" * 300),
        ("partition", str(EMBEDDED_COHORT), "--out", "x" * 300),
        ("reconstruct", "--seed", "9" * 5000, "--out", "o"),
    ],
    ids=lambda words: " ".join(words)[:40],
)
def test_a_place_that_cannot_be_is_a_fault_of_the_call(call_at_fault, tmp_path):
    call = [sys.executable, "-m", "amyloid.cli", *call_at_fault]
    done = subprocess.run(call, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []
