"""Time every job against its floor and write docs/benchmarks.md (`make bench`)."""

from __future__ import annotations

import argparse
import platform
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from cohorts import write_cohort

HERE = Path(__file__).resolve().parent
PAGE = HERE.parent / "docs" / "benchmarks.md"
NAIVE_UP_TO = 1_000
COHORT_JOBS = {"best_response": 2.5, "adjudicate_all": 10.0, "naive_pandas": None}
STATISTICS = {
    "kaplan_meier": ("kaplan_meier_numpy", 1.5),
    "kaplan_meier_lifelines": ("kaplan_meier_numpy", None),
    "logrank": ("kaplan_meier_numpy", 1.5),
    "cumulative_incidence": ("kaplan_meier_100k", 3.0),
    "gray_test": ("kaplan_meier_100k", 3.0),
}
COMMANDS = {"amyloid --help": ["--help"], "amyloid check, 43 patients": ["check", "data/lenalidomide-2007"]}

Row = tuple[str, str, str, str, str]


def main() -> None:
    """Run everything and write the page."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--sizes", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    options.add_argument("--runs", type=int, default=5)
    options.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "amyloid-bench")
    given = options.parse_args()
    rows: list[Row] = []
    for size in given.sizes:
        folder = write_cohort(given.folder / str(size), size)
        wanted = {
            job: goal for job, goal in COHORT_JOBS.items() if job != "naive_pandas" or size <= NAIVE_UP_TO
        }
        rows += _against("floor", wanted, [str(folder)], given.runs, f"{size:,} patients")
    by_floor: dict[str, dict[str, float | None]] = {}
    for job, (floor, goal) in STATISTICS.items():
        by_floor.setdefault(floor, {})[job] = goal
    for floor, jobs in by_floor.items():
        rows += _against(floor, jobs, [], given.runs, "1,000,000" if floor.endswith("numpy") else "100,000")
    rows += _commands(given.runs)
    PAGE.write_text(_page(rows, given.runs), encoding="utf-8")
    print(PAGE.read_text(encoding="utf-8"))


def _against(
    floor: str, jobs: dict[str, float | None], arguments: list[str], runs: int, size: str
) -> Iterable[Row]:
    """Run the floor and the jobs in turn, several times, and relate their medians."""
    seen: dict[str, list[tuple[float, float]]] = {name: [] for name in (floor, *jobs)}
    for _ in range(runs):
        for name, results in seen.items():
            results.append(_once(name, arguments))
            print(f"{size}: {name} {results[-1][0]:.2f} s", file=sys.stderr)
    base = statistics.median(seconds for seconds, _ in seen[floor])
    for name, results in seen.items():
        seconds = statistics.median(value for value, _ in results)
        peak = max(value for _, value in results)
        goal = jobs.get(name)
        yield (
            name.replace("_", " "),
            size,
            f"{seconds:.2f} s",
            f"{seconds / base:.1f}" + (f" (goal {goal:g})" if goal else ""),
            f"{peak:.0f} MB",
        )


def _once(job: str, arguments: list[str]) -> tuple[float, float]:
    command = [sys.executable, str(HERE / "jobs.py"), job, *arguments]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    return float(printed[-2]), float(printed[-1])


def _commands(runs: int) -> Iterable[Row]:
    """Whole processes, against a Python that does nothing."""
    timer = (
        "import subprocess, sys, time; begin = time.perf_counter(); "
        "subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL); print(time.perf_counter() - begin)"
    )
    calls = {"python -c pass": [sys.executable, "-c", "pass"]}
    calls |= {
        name: [str(Path(sys.executable).with_name("amyloid")), *rest] for name, rest in COMMANDS.items()
    }
    for name, call in calls.items():
        times = [
            float(
                subprocess.run(
                    [sys.executable, "-c", timer, *call], check=True, capture_output=True, text=True
                ).stdout
            )
            for _ in range(runs)
        ]
        yield name, "", f"{statistics.median(times):.2f} s", "", ""


def _page(rows: list[Row], runs: int) -> str:
    lines = [
        "# Benchmarks",
        "",
        "Written by `make bench`. Each figure is the median of "
        f"{runs} runs, the jobs of one block taken in turn, each in a process of its own, after imports.",
        "The floor of a cohort job is `pyarrow.csv.read_csv` of the same `labs.csv`: 51 rows per patient.",
        "The floor of a statistic is Kaplan-Meier in plain numpy, or our own at 100,000 patients.",
        "",
        f"Python {platform.python_version()}, {platform.machine()}.",
        "",
        "| job | size | time | times the floor | peak memory |",
        "|---|---|---:|---:|---:|",
        *(f"| {' | '.join(row)} |" for row in rows),
        "",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
