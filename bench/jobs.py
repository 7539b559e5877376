"""One timed job in a process of its own: `python bench/jobs.py JOB TARGET WARM` prints its seconds, by the
clock on the wall and by the processors'.

TARGET and WARM are cohort folders, or numbers of subjects. The job runs on WARM first, unclocked, so that
what it imports on the way is loaded, then on TARGET. `--keep FILE` writes the categories that it found.
A job that takes a few milliseconds is repeated, and its median is printed.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cohort_jobs
import statistics_jobs

SHORT_SECONDS, REPEATS = 0.02, 51


def main() -> None:
    """Warm up, run once, print the seconds."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("job", choices=[*cohort_jobs.JOBS, *statistics_jobs.JOBS])
    options.add_argument("target")
    options.add_argument("warm")
    options.add_argument("--keep", type=Path)
    given = options.parse_args()
    if given.job in cohort_jobs.JOBS:
        prepare = cohort_jobs.JOBS[given.job]
        warm, run = prepare(Path(given.warm)), prepare(Path(given.target))
    else:
        count = statistics_jobs.JOBS[given.job]
        warm, run = count(int(given.warm)), count(int(given.target))
    warm()
    found, *seconds = _timed(run)
    if seconds[0] < SHORT_SECONDS:
        again = [_timed(run)[1:] for _ in range(REPEATS)]
        seconds = [statistics.median(clock) for clock in zip(*again, strict=True)]
    print(*seconds)
    if given.keep:
        _keep(found, given.keep)


def _timed(run: Callable[[], Any]) -> tuple[Any, float, float]:
    wall, processor = time.perf_counter(), time.process_time()
    found = run()
    return found, time.perf_counter() - wall, time.process_time() - processor


def _keep(found: Any, path: Path) -> None:
    """Write one line per patient: id, category, and its month where a response has one."""
    rows = zip(found["patient_id"], found["category"], found["month"], strict=True)
    responses = cohort_jobs.GRADES[:3]
    lines = (
        f"{patient},{grade},{float(month):.4f}" if grade in responses else f"{patient},{grade},"
        for patient, grade, month in rows
    )
    path.write_text("\n".join(sorted(lines)), encoding="utf-8")


if __name__ == "__main__":
    main()
