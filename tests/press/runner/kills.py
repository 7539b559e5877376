"""Kill commands that write, at random moments, and look at what is there afterwards.

``python tests/press/runner/kills.py [KILLS SEED [COMMAND]...]`` kills every writing command in turn, with
the project's own notebooks. 0 broken or mixed results and 0 unnamed leftovers are expected.
"""

import contextlib
import hashlib
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "support"))
from running import processes

from amyloid.cohort import EMBEDDED_COHORT
from amyloid.press.runner import RunError
from amyloid.press.runner.manifest import differences, read_manifest

CALL = (sys.executable, "-P", "-m", "amyloid.cli")
COMPARISON = ("comparison.csv", "index.html", "patients.csv", "summary.csv")
PATIENCE = 60
CLOCK = "docProps/core.xml"
State = dict[str, str]


@dataclass(frozen=True)
class Writer:
    """A command that writes: what it is called with, where it writes, and which states of that are whole.

    `calls` give different results, each of which replaces the other's; a single one replaces nothing.
    `parts` are the files that have to fit together; all of the target when empty.
    """

    calls: tuple[tuple[str, ...], ...]
    target: str
    parts: tuple[str, ...] = ()
    is_run: bool = False


RUN = ("run", "--out", "run", "--force", "--quiet")
TABLES = ("adjudicate", "--out", "tables", "--force", "--confirm")
SWEEP = ("sweep", "--out", "sweep", "--only", "02", "--numbers-only", "--quiet")
WRITERS = {
    "run": Writer(((*RUN,), (*RUN, "-p", "landmark_months", "9")), "run", is_run=True),
    "adjudicate": Writer(((*TABLES, "none"), (*TABLES, "28-days")), "tables"),
    "sweep": Writer(((*SWEEP, "one.toml"), (*SWEEP, "two.toml")), "sweep", COMPARISON),
    "reconstruct": Writer(
        tuple(("reconstruct", "--out", "made", "--force", "--seed", seed) for seed in "12"), "made"
    ),
    "template": Writer((("template", "blank"),), "blank"),
    "partition": Writer((("partition", str(EMBEDDED_COHORT), "--out", "cut", "--patients", "9"),), "cut"),
    "pseudonymise": Writer((("check", str(EMBEDDED_COHORT), "--pseudonymise", "numbered"),), "numbered"),
    "export": Writer((("export", "finished", "--out", "paper", "--excel"),), "paper"),
    "share": Writer((("share", "finished", "--out", "leaves.zip"),), "leaves.zip"),
    "compare": Writer((("compare", "finished", "finished", "--out", "said"),), "said"),
}


def content(file: Path) -> str:
    """Hash a file; of a workbook all but the part that holds the time at which it was made."""
    if file.suffix != ".xlsx":
        return hashlib.sha256(file.read_bytes()).hexdigest()
    with zipfile.ZipFile(file) as packed:
        return str([(part.filename, part.CRC) for part in packed.infolist() if part.filename != CLOCK])


class Bench:
    """A folder in which commands are killed, with what each of them leaves when it is not."""

    def __init__(self, here: Path, names: Sequence[str]) -> None:
        for folder in ("temporary", "state", "work", "elsewhere"):
            (here / folder).mkdir()
        self.work, self.elsewhere, self.temporary = (here / n for n in ("work", "elsewhere", "temporary"))
        ours = {"TMPDIR": str(self.temporary), "XDG_STATE_HOME": str(here / "state")}
        self.environment = os.environ | ours
        (self.work / "one.toml").write_text("[grid]\nlandmark_months = [9]\n")
        (self.work / "two.toml").write_text("[grid]\nlandmark_months = [12]\n")
        if {"export", "share", "compare"} & set(names):
            self.call(("run", "--out", "finished", "--only", "02", "--quiet"))
        self.seconds: dict[str, float] = {}
        self.whole: dict[str, list[State]] = {}
        for name in names:
            self.whole[name] = [] if len(WRITERS[name].calls) > 1 else [{}]
            for call in WRITERS[name].calls:
                self.remove(WRITERS[name])
                began = time.monotonic()
                self.call(call)
                self.seconds[name] = time.monotonic() - began
                self.whole[name].append(self.state(WRITERS[name]))

    def call(self, arguments: Sequence[str], **options) -> str:
        """Call the command line to its end, and return what it says."""
        settings = {"cwd": self.work, "env": self.environment, "capture_output": True, "text": True} | options
        done = subprocess.run([*CALL, *arguments], **settings)
        assert done.returncode == 0, f"{arguments}: {done.stdout}{done.stderr}"
        return done.stdout + done.stderr

    def remove(self, writer: Writer) -> None:
        """Make room for a command that replaces nothing."""
        if len(writer.calls) == 1:
            for path in self.work.glob(f"{writer.target}*"):
                shutil.rmtree(path) if path.is_dir() else path.unlink()

    def state(self, writer: Writer) -> State:
        """What of a target there is: path and hash of each file."""
        target = self.work / writer.target
        files = [target] if target.is_file() else sorted(p for p in target.rglob("*") if p.is_file())
        wanted = [p for p in files if not writer.parts or str(p.relative_to(target)) in writer.parts]
        return {str(p.relative_to(self.work)): content(p) for p in wanted}

    def is_whole(self, name: str) -> bool:
        if not WRITERS[name].is_run:
            return self.state(WRITERS[name]) in self.whole[name]
        run = self.work / WRITERS[name].target
        try:
            return differences(run, read_manifest(run)) == []
        except RunError:
            return False

    def kill(self, name: str, moment: float, call: Sequence[str]) -> bool:
        """Kill a command at a moment, wait for its servers to go, and say whether it was still alive."""
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        process = subprocess.Popen([*CALL, *call], cwd=self.work, env=self.environment, **quiet)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(moment)
        process.kill()
        alive = process.wait() == -signal.SIGKILL
        end = time.monotonic() + PATIENCE
        while processes(self.temporary) and time.monotonic() < end:
            time.sleep(0.05)
        return alive

    def unnamed(self) -> Iterator[str]:
        """Yield what is left and not named by the next command, wherever it starts, or stays when cleaned."""
        yield from (f"process {pid} goes on" for pid in processes(self.temporary))
        hidden = [path for path in self.work.rglob(".*") if not path.parent.name.startswith(".")]
        left = [*hidden, *self.temporary.iterdir()]
        said = self.call(("check", str(EMBEDDED_COHORT), "--no-map"), cwd=self.elsewhere)
        yield from (f"{path} is not named" for path in left if str(path) not in said)
        clean = "from amyloid.cohort.delivery import *\nfor path in find_leftovers(): clean(path)"
        subprocess.run([sys.executable, "-c", clean], cwd=self.elsewhere, env=self.environment, check=True)
        yield from (f"{path} stays when cleaned" for path in left if path.exists())


def kill_in_turn(bench: Bench, kills: int, seed: int) -> list[str]:
    """Kill the bench's commands in turn; return a line for each thing that is not as it should be."""
    chance = random.Random(seed)
    names = list(bench.whole)
    wrong: list[str] = []
    alive = 0
    for number in range(kills):
        name = names[number % len(names)]
        moment = chance.uniform(0.1, 1.05) * bench.seconds[name]
        alive += bench.kill(name, moment, chance.choice(WRITERS[name].calls))
        found = [] if bench.is_whole(name) else ["broken or mixed"]
        wrong += [f"{name} after {moment:.2f} s: {what}" for what in (*found, *bench.unnamed())]
        bench.remove(WRITERS[name])
    print(f"{kills} kills over {len(names)} commands, {alive} before their end: {len(wrong)} wrong")
    return wrong


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        kills, seed = (*map(int, sys.argv[1:3]), 100, 1)[:2] if len(sys.argv) > 2 else (100, 1)
        said = kill_in_turn(Bench(Path(place), sys.argv[3:] or list(WRITERS)), kills, seed)
    print("\n".join(said) or "0 broken or mixed results, 0 unnamed leftovers")
