"""What is written appears whole or not at all, is its owner's, and what a kill leaves is found."""

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from amyloid.cohort import delivery
from amyloid.cohort.delivery import (
    BusyError,
    Place,
    clean,
    delivered,
    delivered_file,
    find_leftovers,
    locked,
    temporary_folder,
)


@pytest.fixture(autouse=True)
def own_ledger(tmp_path_factory, monkeypatch) -> Path:
    state = tmp_path_factory.mktemp("state")
    monkeypatch.setenv("XDG_STATE_HOME", str(state))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path_factory.mktemp("temporary")))
    return state


def write(folder: Path, *texts: str) -> None:
    for name, text in zip("ab", texts, strict=True):
        (folder / name).write_text(text)


def read(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in sorted(folder.iterdir()) if path.is_file()}


def break_off(place, name: str, fault: type[BaseException]) -> None:
    with place as aside:
        (aside / name).write_text("half")
        raise fault


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_folder_appears_whole_and_for_its_owner_only(tmp_path, own_ledger):
    out = tmp_path / "deep" / "out"
    with delivered(out) as aside:
        write(aside, "1", "2")
        assert not out.exists()
    assert read(out) == {"a": "1", "b": "2"}
    assert mode(out) == 0o700
    assert os.listdir(tmp_path / "deep") == ["out"]
    assert os.listdir(own_ledger / "amyloid") == []


def test_with_force_both_files_change_at_once_and_others_stay(tmp_path, monkeypatch):
    out = tmp_path / "out"
    (out / "sub").mkdir(parents=True)
    write(out, "old", "old")
    (out / "note").write_text("mine")
    (out / "sub" / "x").write_text("mine too")
    out.chmod(0o750)
    seen = []
    monkeypatch.setattr(
        delivery, "_exchange", lambda one, other: seen.append(read(other)) or exchange(one, other)
    )
    with delivered(out, force=True) as aside:
        write(aside, "new", "new")
    assert seen == [{"a": "old", "b": "old", "note": "mine"}]
    assert read(out) == {"a": "new", "b": "new", "note": "mine"}
    assert (out / "sub" / "x").read_text() == "mine too"
    assert mode(out) == 0o750
    assert os.listdir(tmp_path) == ["out"]


exchange = delivery._exchange


@pytest.mark.parametrize("can_exchange", [True, False])
def test_without_an_exchange_an_earlier_folder_is_put_back(tmp_path, monkeypatch, can_exchange):
    """Killed between the two renames that stand for the exchange, the next call recovers."""
    out = tmp_path / "out"
    with delivered(out) as aside:
        write(aside, "old", "old")
    if not can_exchange:
        monkeypatch.setattr(delivery, "_exchange", lambda one, other: False)
    with delivered(out, force=True) as aside:
        write(aside, "new", "new")
    assert read(out) == {"a": "new", "b": "new"}
    out.rename(Place(out).before)
    with pytest.raises(FileExistsError), delivered(out):
        raise AssertionError("the earlier folder was not put back")
    assert read(out) == {"a": "new", "b": "new"}


@pytest.mark.parametrize("fault", [RuntimeError, KeyboardInterrupt])
def test_a_fault_leaves_what_was_there_and_nothing_else(tmp_path, own_ledger, fault):
    out = tmp_path / "out"
    with delivered(out) as aside:
        write(aside, "old", "old")
    with pytest.raises(fault):
        break_off(delivered(out, force=True), "a", fault)
    assert read(out) == {"a": "old", "b": "old"}
    assert os.listdir(tmp_path) == ["out"]
    assert os.listdir(own_ledger / "amyloid") == []


def test_refusals_write_nothing(tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "x").write_text("")
    with pytest.raises(FileExistsError, match="not empty"), delivered(out):
        raise AssertionError
    with pytest.raises(NotADirectoryError), delivered(out / "x"):
        raise AssertionError
    with (
        locked(Place(out)),
        pytest.raises(BusyError, match="already running into"),
        delivered(out, force=True),
    ):
        raise AssertionError
    assert [path.name for path in tmp_path.rglob("*")] == ["out", "x"]


def test_the_current_folder_stays_the_same_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "note").write_text("mine")
    before = tmp_path.stat().st_ino
    with delivered(Path(), force=True) as aside:
        write(aside, "1", "2")
    assert read(tmp_path) == {"a": "1", "b": "2", "note": "mine"}
    assert tmp_path.stat().st_ino == before


def test_a_file_appears_whole_and_for_its_owner_only(tmp_path):
    out = tmp_path / "out.zip"
    with delivered_file(out) as aside:
        aside.write_text("old")
    with pytest.raises(RuntimeError):
        break_off(delivered_file(out), "", RuntimeError)
    assert read(tmp_path) == {"out.zip": "old"}


KILLED = """
import os, sys
from pathlib import Path
from amyloid.cohort.delivery import delivered
from amyloid.cohort.delivery import temporary_folder
with temporary_folder() as folder, delivered(Path(sys.argv[1])) as aside:
    (aside / "a").write_text("half")
    os.kill(os.getpid(), 9)
"""


def test_what_a_kill_leaves_is_named_from_anywhere_and_cleaned(tmp_path, monkeypatch):
    out, temporary = tmp_path / "far" / "out", tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    environment = os.environ | {"TMPDIR": str(temporary)}
    done = subprocess.run([sys.executable, "-c", KILLED, str(out)], env=environment, check=False)
    assert done.returncode == -signal.SIGKILL
    found = find_leftovers()
    assert [path.name for path in found[:2]] == [".out.partial", ".out.lock"]
    assert found[2:] == list(temporary.iterdir())
    for path in found:
        clean(path)
    assert os.listdir(tmp_path / "far") == os.listdir(temporary) == []
    assert find_leftovers() == []


def test_without_a_ledger_the_folders_at_hand_are_looked_through(tmp_path, own_ledger, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", "/dev/null")
    subprocess.run([sys.executable, "-c", KILLED, str(tmp_path / "out")], check=False)
    (tmp_path / ".theirs.lock").write_text("")
    (tmp_path / ".theirs.partial").write_text("")
    assert [path.name for path in find_leftovers(tmp_path)] == [".out.partial", ".out.lock"]


def test_what_is_still_held_is_no_leftover(tmp_path):
    with temporary_folder(), delivered(tmp_path / "out"):
        assert find_leftovers(tmp_path) == []


def test_an_earlier_result_that_waits_is_put_back_not_removed(tmp_path):
    out = tmp_path / "out"
    with delivered(out) as aside:
        write(aside, "old", "old")
    out.rename(Place(out).before)
    Place(out).lock.write_bytes(b"amyloid\n")
    for path in find_leftovers(tmp_path):
        clean(path)
    assert read(out) == {"a": "old", "b": "old"}
    assert os.listdir(tmp_path) == ["out"]
