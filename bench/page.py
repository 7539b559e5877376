"""What was measured, as the page docs/benchmarks.md."""

from __future__ import annotations

import math
import os
import platform
from dataclasses import dataclass, replace
from itertools import pairwise

import psutil
from measure import RUNS_IF_SLOW, SAMPLING_SECONDS, Taken
from plan import NAIVE_UP_TO, Block, Job

GROWTH_GOAL = 1.1


@dataclass(frozen=True)
class Row:
    """One job, measured; None where its tool is not installed."""

    block: Block
    job: Job
    taken: Taken | None
    floor: Taken
    ours: Taken
    peak: float | None
    busy: bool = False  # the machine had other work, so the clock on the wall tells little

    @property
    def clock(self) -> str:
        """What goals and ratios of this row go by."""
        return "processor" if self.block.processor or self.busy else "wall"

    def over(self, other: Taken) -> float:
        """How many times as long as another job of the block."""
        return float(getattr(self.taken, self.clock) / getattr(other, self.clock))


@dataclass(frozen=True)
class CommandRow:
    """One command line, and Python doing nothing."""

    says: str
    seconds: float
    nothing: float
    goal: float


def page(
    rows: list[Row],
    commands: list[CommandRow],
    agreements: list[str],
    versions: list[str],
    runs: int,
    load: tuple[float, float] = (0.0, 0.0),
) -> str:
    """Write the page."""
    rows = [replace(row, busy=is_busy(load)) for row in rows]
    cohort = [row for row in rows if row.block.of == "patients"]
    subjects = [row for row in rows if row.block.of == "subjects"]
    return "\n".join(
        [
            "# Benchmarks",
            "",
            "`make bench` measures this and writes this page. "
            f"{platform.python_implementation()} {platform.python_version()} on {platform.system()} "
            f"{platform.machine()}, {os.cpu_count()} cores, {psutil.virtual_memory().total / 2**30:.0f} GB; "
            f"{', '.join(versions)}.",
            "",
            *_how(runs, load),
            "",
            "## Goals",
            "",
            *_goals(rows, commands),
            "",
            "## Cohorts",
            "",
            "51 laboratory rows per patient. The floor reads `labs.csv` and does nothing with it.",
            "*Best response* is ISA 2012 with its month; our rows check every table too.",
            "*All categories* is `amyloid adjudicate`: every criterion and endpoint with its reason, as CSV.",
            "",
            *_table(cohort),
            "",
            *_others(agreements),
            "",
            "## Growth",
            "",
            "Time grows as the number of patients to this power.",
            "",
            *_growth(cohort),
            "",
            "## Statistics",
            "",
            "Times in whole days. R's reading of the data is not timed. Up to 10,000 subjects times of the",
            "processor are related: each is the median of 51 repetitions.",
            "",
            *_table(subjects),
            "",
            "## Commands",
            "",
            "Whole processes, start to end.",
            "",
            "| command | time | more than `python -c pass` |",
            "|---|---:|---:|",
            *(
                f"| `{row.says}` | {row.seconds:.2f} s | "
                f"{row.seconds - row.nothing:.2f} s (goal {row.goal:g}) |"
                for row in commands
            ),
            "",
        ]
    )


def is_busy(load: tuple[float, float]) -> bool:
    """Whether more than a job of ours ran."""
    return max(load) > (os.cpu_count() or 1) + 1


def _how(runs: int, load: tuple[float, float]) -> list[str]:
    busy = ". A busy machine: goals and ratios go by the processors' time; commands take too long"
    return [
        f"- **Load** before and after: {load[0]:.1f} and {load[1]:.1f} on {os.cpu_count()} cores"
        f"{busy if is_busy(load) else ''}.",
        "- **Time** is by the clock on the wall, **processor** that of all processors together.",
        "  Both are of one run."
        if runs == 1
        else f"  Both are medians of {runs} runs, {min(runs, RUNS_IF_SLOW)} of what takes many seconds.",
        "  The jobs of one block run in turn. Each run is a process of its own.",
        "  It does its job on 1,000 patients or subjects first, so imports are not timed.",
        "- **Peak memory** is the resident size of the process and what all that it starts hold beside it, "
        f"looked at every {SAMPLING_SECONDS * 1000:.0f} ms in a run that is not timed. Imports are in it.",
        "- **Goals** are at most, and for other tools at least where the column says so.",
        "  [profile.md](profile.md) says what limits the jobs that miss theirs.",
    ]


def _goals(rows: list[Row], commands: list[CommandRow]) -> list[str]:
    """Every goal in one table, and plainly whether it is met."""
    lines = ["| job | measured | goal | |", "|---|---:|---:|---|"]
    for row in rows:
        if row.taken is None or row.peak is None:
            continue
        job = row.job
        says = f"{job.says}, {row.block.size:,}"
        if job.says.startswith("the same"):
            says = f"{row.block.ours.says}, {row.block.size:,}, over {job.says.removeprefix('the same by ')}"
        for measured, goal, unit in (
            (row.over(row.floor), job.goal, " times the floor"),
            (getattr(row.taken, row.clock), job.seconds_goal, " s"),
            (row.peak, job.peak_goal, " MB"),
            (1 / row.over(row.ours), job.slower_goal and 1 / job.slower_goal, " times"),
        ):
            if goal:
                lines.append(_goal_line(says, measured, goal, unit))
    lines += [_goal_line(f"`{one.says}`", one.seconds - one.nothing, one.goal, " s more") for one in commands]
    return lines


def _goal_line(says: str, measured: float, goal: float, unit: str) -> str:
    met = "met" if measured <= goal else "**not met**"
    return f"| {says} | {round(measured, 2):g}{unit} | {round(goal, 2):g} | {met} |"


def _table(rows: list[Row]) -> list[str]:
    head = [
        f"| job | {rows[0].block.of} | time | processor | times the floor | times ours | peak memory |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    return head + [_row(row) for row in rows]


def _row(row: Row) -> str:
    first = f"| {row.job.says} | {row.block.size:,} |"
    if row.taken is None or row.peak is None:
        return f"{first} {row.job.tool} is not installed here | | | | |"
    other = row.job.says.startswith("the same")
    floor = f"{row.over(row.floor):.2f}" + _goal("goal", row.job.goal)
    ours = _times(row.over(row.ours)) + _goal("goal at least", row.job.slower_goal) if other else ""
    peak = f"{row.peak:.0f} MB" + _goal("goal", row.job.peak_goal)
    return f"{first} {row.taken.wall:.3g} s | {row.taken.processor:.3g} s | {floor} | {ours} | {peak} |"


def _times(ratio: float) -> str:
    return f"{ratio:.2f}" if ratio < 10 else f"{ratio:.0f}"


def _goal(words: str, goal: float | None) -> str:
    return f" ({words} {round(goal, 2):g})" if goal else ""


def _growth(rows: list[Row]) -> list[str]:
    sizes = sorted({row.block.size for row in rows})
    steps = list(pairwise(sizes))
    taken = {(row.job.says, row.block.size): row.taken and getattr(row.taken, row.clock) for row in rows}
    head = [
        f"| job | {' | '.join(f'{small:,} to {large:,}' for small, large in steps)} |",
        "|---|" + "---:|" * len(steps),
    ]
    lines = []
    for name in dict.fromkeys(row.job.says for row in rows):
        powers = [
            _power(taken.get((name, small)), taken.get((name, large)), large / small)
            for small, large in steps
        ]
        if any(powers):
            lines.append(f"| {name} | {' | '.join(powers)} |")
    if not lines:
        return ["One size was measured, so there is no growth to tell."]
    return [*head, *lines, "", f"The goal for ours is {GROWTH_GOAL:g} from 10,000 to 100,000."]


def _power(before: float | None, after: float | None, larger: float) -> str:
    if before is None or after is None:
        return ""
    return f"{math.log(after / before) / math.log(larger):.2f}"


def agreement_line(job: Job, size: int, differing: int) -> str:
    """Say in how many patients a job's category and month are not ours."""
    says = job.says.removeprefix("the same by ")
    if differing:
        return f"- {says}: another category or month than ours in {differing:,} of {size:,} patients."
    return f"- {says}: our category and month in all {size:,} patients."


def _others(agreements: list[str]) -> list[str]:
    return [
        "polars, DuckDB and naive pandas take clean tables on trust. They leave out the checks, units, "
        "censored values, samples that belong to one visit, later lines of therapy and the window of the "
        "baseline. They round ratio and difference, as 9.9/6.0 is above 1.65 in binary.",
        f"Naive pandas, one Python function per patient, runs up to {NAIVE_UP_TO:,} patients: its time "
        "grows in step with them.",
        "",
        *agreements,
    ]
