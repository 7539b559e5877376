"""How fast a run and a sweep are, as ratios against plain papermill measured in the same minutes.

``make bench`` runs this and writes docs/benchmarks-runs.md. Plain papermill starts a fresh kernel for each
notebook. Rounds are interleaved: each notebook alone, two at a time, then `amyloid run`.
"""

import argparse
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
NOTEBOOKS = sorted((PROJECT / "notebooks").glob("0[1-5]_*.ipynb"))
ONLY = [word for notebook in NOTEBOOKS for word in ("--only", notebook.stem)]
"""The five that ask about a cohort; the sixth reads a stored summary, and no sweep runs it."""

PAGE = PROJECT / "docs" / "benchmarks-runs.md"
RUN_GOAL, SWEEP_GOAL = 1.3, 4
RUN, TWO, FULL, NUMBERS = "run", "two", "full", "numbers"


@dataclass(frozen=True)
class Cost:
    """Seconds on the clock, and seconds that the processors worked."""

    wall: float
    work: float


def cost(action: Callable[..., None], *arguments: object) -> Cost:
    """Measure something that starts programs and waits for them."""
    wall, before = time.perf_counter(), os.times()
    action(*arguments)
    after = os.times()
    spent = after.children_user + after.children_system - before.children_user - before.children_system
    return Cost(time.perf_counter() - wall, spent)


def start(*call: str) -> None:
    """Run a program and wait for it; compiled modules are kept, as an installation does."""
    quiet = subprocess.DEVNULL
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    subprocess.run(call, cwd=PROJECT, check=True, stdout=quiet, stderr=quiet, env=kept)


def papermill(notebook: Path, out: Path) -> None:
    """Execute one notebook under plain papermill."""
    call = [sys.executable, "-m", "papermill", str(notebook), str(out / notebook.name), "--cwd", "notebooks"]
    start(*call, "-p", "out_dir", str(out))


def two_at_a_time(out: Path) -> None:
    """Execute all notebooks under plain papermill, two side by side."""
    with ThreadPoolExecutor(2) as two:
        list(two.map(papermill, NOTEBOOKS, [out] * len(NOTEBOOKS)))


def amyloid(*arguments: str) -> None:
    """Run one command of the command line."""
    start(sys.executable, "-m", "amyloid.cli", *arguments)


def measure_runs(rounds: int, out: Path) -> dict[str, list[Cost]]:
    """Measure each notebook alone, all of them two at a time, and `amyloid run`, in turn."""
    seen: dict[str, list[Cost]] = defaultdict(list)
    amyloid("run", *ONLY, "--out", str(out / "warm-up"))
    for number in range(rounds):
        for notebook in NOTEBOOKS:
            seen[notebook.stem].append(cost(papermill, notebook, out))
        seen[TWO].append(cost(two_at_a_time, out))
        seen[RUN].append(cost(amyloid, "run", *ONLY, "--fresh", "--out", str(out / f"run-{number}")))
        print(f"round {number + 1}: run {seen[RUN][-1].wall:.1f} s", file=sys.stderr)
    return seen


def measure_sweeps(scenarios: int, out: Path) -> dict[str, Cost]:
    """Measure a sweep with figures and one without."""
    grid = out / "grid.toml"
    grid.write_text(f"[grid]\nlandmark_months = {list(range(1, scenarios + 1))}\n", encoding="utf-8")
    seen = {}
    for name, options in {FULL: [], NUMBERS: ["--numbers-only"]}.items():
        seen[name] = cost(amyloid, "sweep", str(grid), "--out", str(out / name), *options)
        done = len(list((out / name / "scenarios").glob("*/manifest.json")))
        assert done == scenarios, f"{done} of {scenarios} scenarios were made"
        print(f"sweep, {name}: {seen[name].wall:.0f} s", file=sys.stderr)
    return seen


def rows(runs: dict[str, list[Cost]], sweeps: dict[str, Cost], scenarios: int) -> Iterator[str]:
    """Yield the rows of the table, as Markdown."""
    median = {
        name: Cost(statistics.median(c.wall for c in costs), statistics.median(c.work for c in costs))
        for name, costs in runs.items()
    }
    alone = {notebook.stem: median[notebook.stem] for notebook in NOTEBOOKS}
    for stem, one in alone.items():
        yield _row(f"{stem} alone, plain papermill", one, "")
    slowest = max(one.wall for one in alone.values())
    loop = Cost(sum(one.wall for one in alone.values()), sum(one.work for one in alone.values()))
    yield _row("all five, one after the other", loop, f"{loop.wall / slowest:.2f}")
    yield _row("all five, two at a time", median[TWO], f"{median[TWO].wall / slowest:.2f}")
    yield _row("**`amyloid run`**", median[RUN], f"**{median[RUN].wall / slowest:.2f}** (goal {RUN_GOAL})")
    for name, words in {FULL: "`amyloid sweep`", NUMBERS: "`amyloid sweep --numbers-only`"}.items():
        loops, pairs = (scenarios * each.wall / sweeps[name].wall for each in (loop, median[TWO]))
        goal = f" (goal {SWEEP_GOAL})" if name == FULL else ""
        said = f"**{loops:.1f}** times the loop's throughput{goal}; {pairs:.1f} times that of two at a time"
        yield _row(f"**{words}, {scenarios} scenarios**", sweeps[name], said)


def _row(job: str, spent: Cost, ratio: str) -> str:
    return f"| {job} | {spent.wall:.1f} s | {spent.work:.1f} s | {ratio} |"


def page(table: Sequence[str], rounds: int, scenarios: int) -> str:
    """Return the page of this benchmark."""
    return "\n".join(
        [
            "# Benchmarks of runs and sweeps",
            "",
            f"Written by `bench/notebook_runs.py`: medians of {rounds} interleaved rounds; each sweep once.",
            f"Every sweep runs the five notebooks in {scenarios} scenarios. The loop of plain papermill over "
            f"{scenarios} scenarios is {scenarios} times the five notebooks of the rounds above.",
            "Work is the time that the processors were busy; on two of them it may be twice the time on the "
            "clock.",
            "[profile.md](profile.md) says what limits them.",
            "",
            f"Python {platform.python_version()}, {platform.machine()}, {os.cpu_count()} processors.",
            "",
            "| job | time | work | times the slowest alone, or throughput |",
            "|---|---:|---:|---|",
            *table,
            "",
        ]
    )


def main() -> None:
    """Measure, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scenarios", type=int, default=40, help="how many scenarios a sweep has")
    parser.add_argument("--rounds", type=int, default=3, help="how often runs are measured")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="amyloid-") as place:
        runs = measure_runs(chosen.rounds, Path(place))
        sweeps = measure_sweeps(chosen.scenarios, Path(place))
    table = list(rows(runs, sweeps, chosen.scenarios))
    PAGE.write_text(page(table, chosen.rounds, chosen.scenarios), encoding="utf-8")
    print("\n".join(table))


if __name__ == "__main__":
    main()
