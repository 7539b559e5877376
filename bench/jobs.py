"""One timed job in a process of its own: `python bench/jobs.py JOB [FOLDER]` prints seconds and peak MB."""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

SUBJECTS = 1_000_000
SEED = 20071116


def floor(folder: Path) -> Callable[[], object]:
    """Read the same laboratory table with pyarrow, and do nothing with it."""
    from pyarrow import csv

    return lambda: csv.read_csv(folder / "labs.csv")


def best_response(folder: Path) -> Callable[[], object]:
    """A cohort folder, read and checked, to the best hematologic response of each patient with its month."""
    from amyloid.cohort import read_cohort
    from amyloid.labs import gather_evidence
    from amyloid.response import adjudicate

    wanted = [("hematologic_response", "isa-2012")]
    return lambda: adjudicate(gather_evidence(read_cohort(folder)), wanted, with_reasons=False)


def adjudicate_all(folder: Path) -> Callable[[], object]:
    """`amyloid adjudicate`: every domain, criterion and endpoint with its reason, written as CSV."""
    from amyloid.adjudication import write_adjudication
    from amyloid.cohort import read_cohort

    out = Path(tempfile.mkdtemp())
    return lambda: write_adjudication(read_cohort(folder), out)


def naive_pandas(folder: Path) -> Callable[[], object]:
    """The best response as a careful notebook writes it: pivot, then one Python function per patient."""
    import pandas as pd

    def best(visits: pd.DataFrame) -> str:
        base = visits[visits["month"] <= 0]
        later = visits[visits["month"] > 0]
        start = base["dflc"].iloc[-1]
        negative = (later["serum_immunofixation"] == "negative") & (
            later["urine_immunofixation"] == "negative"
        )
        if (negative & later["ratio"].between(0.26, 1.65)).any():
            return "CR"
        if start < 50:
            return "NE"
        if (later["dflc"] < 40).any():
            return "VGPR"
        return "PR" if ((start - later["dflc"]) / start > 0.5).any() else "NR"

    def run() -> object:
        labs, patients = pd.read_csv(folder / "labs.csv"), pd.read_csv(folder / "patients.csv")
        wide = labs.pivot_table(
            index=["patient_id", "month"], columns="test", values="value", aggfunc="last"
        ).reset_index()
        wide = wide.merge(patients[["patient_id", "light_chain"]], on="patient_id")
        kappa, lambda_ = wide["kappa_flc"].astype(float), wide["lambda_flc"].astype(float)
        wide["dflc"] = (kappa - lambda_).where(wide["light_chain"] == "kappa", lambda_ - kappa)
        wide["ratio"] = kappa / lambda_
        return wide.groupby("patient_id").apply(best, include_groups=False)

    return run


def _subjects() -> tuple[object, object, object]:
    import numpy as np

    rng = np.random.default_rng(SEED)
    days = np.ceil(rng.exponential(900.0, SUBJECTS))
    events = (rng.random(SUBJECTS) < 0.6).astype(np.int64)
    return days, events, rng.integers(0, 2, SUBJECTS)


def kaplan_meier(_: Path) -> Callable[[], object]:
    """Kaplan-Meier with log-log limits of a million patients, times in days."""
    from amyloid.stats import kaplan_meier

    days, events, _groups = _subjects()
    return lambda: kaplan_meier(days, events)


def kaplan_meier_numpy(_: Path) -> Callable[[], object]:
    """The same in plain numpy, as a floor."""
    import numpy as np

    days, events, _groups = _subjects()

    def run() -> object:
        order = np.argsort(days, kind="stable")
        time, start = np.unique(days[order], return_index=True)
        deaths = np.add.reduceat(events[order], start)
        at_risk = len(days) - start
        survival = np.cumprod(1 - deaths / at_risk)
        with np.errstate(all="ignore"):
            variance = np.cumsum(deaths / (at_risk * (at_risk - deaths)))
            factor = np.exp(1.959963984540054 * np.sqrt(variance) / np.log(survival))
            return time, survival, survival ** (1 / factor), survival**factor

    return run


def kaplan_meier_lifelines(_: Path) -> Callable[[], object]:
    """The same by lifelines."""
    from lifelines import KaplanMeierFitter

    days, events, _groups = _subjects()
    return lambda: KaplanMeierFitter().fit(days, events)


def logrank(_: Path) -> Callable[[], object]:
    """Log-rank test of two groups, a million patients."""
    from amyloid.stats import logrank

    days, events, groups = _subjects()
    return lambda: logrank(days, events, groups)


def cumulative_incidence(_: Path) -> Callable[[], object]:
    """Cumulative incidence of two causes with limits, 100,000 patients."""
    import numpy as np

    from amyloid.stats import cumulative_incidence

    days, events, groups = (np.asarray(values)[:100_000] for values in _subjects())
    return lambda: cumulative_incidence(days, events * (1 + groups))


def gray_test(_: Path) -> Callable[[], object]:
    """Gray's test of two groups, 100,000 patients."""
    import numpy as np

    from amyloid.stats import gray_test

    days, events, groups = (np.asarray(values)[:100_000] for values in _subjects())
    causes = events * (1 + (np.arange(len(days)) % 3 == 0))
    return lambda: gray_test(days, causes, groups)


def kaplan_meier_100k(_: Path) -> Callable[[], object]:
    """Kaplan-Meier with limits, 100,000 patients: what the two above are held against."""
    import numpy as np

    from amyloid.stats import kaplan_meier

    days, events, _groups = (np.asarray(values)[:100_000] for values in _subjects())
    return lambda: kaplan_meier(days, events)


JOBS = {
    job.__name__: job
    for job in (
        floor,
        best_response,
        adjudicate_all,
        naive_pandas,
        kaplan_meier,
        kaplan_meier_numpy,
        kaplan_meier_lifelines,
        logrank,
        cumulative_incidence,
        gray_test,
        kaplan_meier_100k,
    )
}


def main() -> None:
    """Run one job once, after its imports, and print seconds and peak megabytes of the process."""
    run = JOBS[sys.argv[1]](Path(sys.argv[2]) if len(sys.argv) > 2 else Path())
    begin = time.perf_counter()
    run()
    seconds = time.perf_counter() - begin
    print(seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


if __name__ == "__main__":
    main()
