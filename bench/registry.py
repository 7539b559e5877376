"""Time every job against its floor and write docs/benchmarks.md (`make bench`)."""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from measure import HERE, RUNS_IF_SLOW, Tools, interleaved, peak_megabytes, wall_seconds
from page import CommandRow, Row, agreement_line, page
from plan import COMMANDS, STATISTICS, Block, Job, cohort_block

WARM = 1_000


class Inputs:
    """What the jobs read and keep, in one folder: cohorts in both formats, subjects as CSV for R."""

    def __init__(self, place: Path) -> None:
        """Nothing is written before it is asked for."""
        self._place = place
        place.mkdir(parents=True, exist_ok=True)

    def of(self, job: Job, size: int) -> str:
        """Say what this job reads, and write it unless it is there."""
        if job.reads == "size":
            return str(size)
        if job.reads == "file":
            return str(self._made("statistics_jobs.py", size, f"subjects-{size}.csv"))
        return str(self._made("cohorts.py", size, f"cohort-{size}") / job.reads)

    def kept(self, job: Job, size: int) -> Path:
        """Where the categories that this job found are kept."""
        return self._place / f"{job.name}-{job.reads}-{size}.txt"

    def _made(self, program: str, size: int, name: str) -> Path:
        target, unfinished = self._place / name, self._place / f"{name}.unfinished"
        if not target.exists():
            subprocess.run([sys.executable, str(HERE / program), str(size), str(unfinished)], check=True)
            unfinished.rename(target)
        return target


def main() -> None:
    """Run everything and write the page."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--sizes", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    options.add_argument("--runs", type=int, default=5, help=f"{RUNS_IF_SLOW} at most for slow jobs")
    options.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "amyloid-bench")
    options.add_argument("--tools", type=Path, default=HERE.parent / ".venv" / "rivals" / "bin" / "python")
    options.add_argument("--page", type=Path, default=HERE.parent / "docs" / "benchmarks.md")
    given = options.parse_args()
    before = os.getloadavg()[0]
    tools, inputs = Tools(given.tools), Inputs(given.folder)
    rows: list[Row] = []
    agreements: list[str] = []
    for block in [*map(cohort_block, sorted(given.sizes)), *STATISTICS]:
        print(f"{block.size:,} {block.of}: {block.ours.says}", file=sys.stderr)
        rows += measured(block, tools, inputs, given.runs)
        agreements += compared(block, tools, inputs)
    commands = list(command_rows(given.runs))
    written = page(rows, commands, agreements, tools.versions(), given.runs, (before, os.getloadavg()[0]))
    given.page.write_text(written, encoding="utf-8")
    print(written)


def measured(block: Block, tools: Tools, inputs: Inputs, runs: int) -> Iterator[Row]:
    """Memory of each job in a run of its own, then all of them in turn against the clock."""
    calls: dict[Job, list[str]] = {}
    for job in block.jobs:
        if tools.has(job.tool):
            arguments = [inputs.of(job, block.size)]
            if job.reads != "file":
                arguments.append(inputs.of(job, WARM))
            calls[job] = tools.command(job.tool, job.name, arguments)
    peaks = {
        job: peak_megabytes([*call, "--keep", str(inputs.kept(job, block.size))] if job.keeps else call)
        for job, call in calls.items()
    }
    taken = interleaved(calls, runs)
    for job in block.jobs:
        yield Row(block, job, taken.get(job), taken[block.floor], taken[block.ours], peaks.get(job))


def compared(block: Block, tools: Tools, inputs: Inputs) -> Iterator[str]:
    """Say of every other job that keeps categories in how many patients they are ours."""
    if not block.ours.keeps:
        return
    ours = inputs.kept(block.ours, block.size).read_text(encoding="utf-8").split("\n")
    for job in block.others:
        if job.keeps and tools.has(job.tool):
            theirs = inputs.kept(job, block.size).read_text(encoding="utf-8").split("\n")
            yield agreement_line(job, block.size, len(set(ours) - set(theirs)))


def command_rows(runs: int) -> Iterator[CommandRow]:
    """Whole processes, against a Python that does nothing, in turn."""
    amyloid = str(Path(sys.executable).with_name("amyloid"))
    calls = {"python -c pass": [sys.executable, "-c", "pass"]}
    calls |= {says: [amyloid, *arguments] for says, (arguments, _) in COMMANDS.items()}
    seen: dict[str, list[float]] = {says: [] for says in calls}
    for _ in range(runs + 1):
        for says, call in calls.items():
            seen[says].append(wall_seconds(call))
    taken = {says: statistics.median(values[1:]) for says, values in seen.items()}  # the first one warms up
    for says, (_, goal) in COMMANDS.items():
        yield CommandRow(says, taken[says], taken["python -c pass"], goal)


if __name__ == "__main__":
    main()
