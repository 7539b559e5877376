"""What is measured against what, and what it may take: one block for each floor."""

from __future__ import annotations

from dataclasses import dataclass

NAIVE_UP_TO = 1_000
REGISTRY = 100_000
COMMANDS = {
    "amyloid --help": (["--help"], 0.5),
    "amyloid check, 43 patients": (["check", "data/lenalidomide-2007"], 1.2),
}
"""Command lines, and by how many seconds each may take longer than a Python that does nothing."""


@dataclass(frozen=True)
class Job:
    """One row of the table."""

    says: str
    name: str  # in jobs.py or survival.R
    tool: str = "this Python"
    reads: str = "size"  # "csv", "parquet", a "file" of subjects, or only their number
    goal: float | None = None  # at most so many times the floor
    seconds_goal: float | None = None  # at most so many seconds
    peak_goal: float | None = None  # at most so many MB
    slower_goal: float | None = None  # at least so many times our time
    keeps: bool = False  # its categories are compared with ours
    slow: bool = False  # many seconds: runs three times at most


@dataclass(frozen=True)
class Block:
    """Jobs that run in turn: the floor, ours, the others."""

    of: str
    size: int
    floor: Job
    ours: Job
    others: tuple[Job, ...]
    processor: bool = False  # timed by the processor's clock, not by the one on the wall

    @property
    def jobs(self) -> tuple[Job, ...]:
        """All of them in the order of the table."""
        return (self.floor, self.ours, *self.others)


def cohort_block(size: int) -> Block:
    """Jobs on a cohort of this many patients; the goals are those of 10,000 and of a registry."""
    best = {10_000: 2.0, REGISTRY: 2.5}.get(size)
    everything, best_peak, peak = (10.0, 900, 2_500) if size == REGISTRY else (None, None, None)
    duckdb, seconds = (1 / 1.1, 8.0) if size == REGISTRY else (None, None)
    naive = (Job("the same by naive pandas", "naive_pandas", reads="csv", keeps=True, slow=True),)
    return Block(
        of="patients",
        size=size,
        floor=Job("floor: labs.csv read by pyarrow", "floor", reads="csv"),
        ours=Job("best response", "best_response", reads="csv", goal=best, peak_goal=best_peak, keeps=True),
        others=(
            Job("the same by polars", "polars_lazy", "polars", "csv", keeps=True),
            Job("the same by DuckDB", "duckdb_sql", "DuckDB", "csv", slower_goal=duckdb, keeps=True),
            *(naive if size <= NAIVE_UP_TO else ()),
            Job("tables read and checked", "read_and_check", reads="csv"),
            Job("tables read and checked, Parquet", "read_and_check", reads="parquet"),
            Job(
                "best response, Parquet", "best_response", reads="parquet", goal=best and best / 2, keeps=True
            ),
            Job(
                "all categories",
                "adjudicate_all",
                reads="csv",
                goal=everything,
                seconds_goal=seconds,
                peak_goal=peak,
                slow=True,
            ),
            Job(
                "all categories, Parquet",
                "adjudicate_all",
                reads="parquet",
                goal=everything and everything / 2,
                slow=True,
            ),
        ),
    )


CURVE = Job("floor: our Kaplan-Meier", "kaplan_meier")


def small_block(size: int, most: float) -> Block:
    """Log-rank test of few subjects, where fixed costs count: at most so many times statsmodels."""
    return Block(
        of="subjects",
        size=size,
        floor=Job("floor: log-rank test, plain numpy", "logrank_numpy"),
        ours=Job("log-rank test", "logrank"),
        others=(
            Job("the same by statsmodels", "logrank_statsmodels", "statsmodels", slower_goal=1 / most),
            Job("the same by lifelines", "logrank_lifelines"),
        ),
        processor=True,
    )


STATISTICS = (
    small_block(1_000, 2.0),
    small_block(10_000, 1.2),
    Block(
        of="subjects",
        size=1_000_000,
        floor=Job("floor: Kaplan-Meier, plain numpy", "kaplan_meier_numpy"),
        ours=Job("Kaplan-Meier with limits", "kaplan_meier", goal=1.5),
        others=(
            Job("the same by lifelines", "kaplan_meier_lifelines"),
            Job("the same by statsmodels", "kaplan_meier_statsmodels", "statsmodels", slow=True),
            Job(
                "the same by scikit-survival",
                "kaplan_meier_sksurv",
                "scikit-survival",
                slower_goal=10,
                slow=True,
            ),
            Job("the same by R survfit", "survfit", "R survival", "file", slower_goal=10, slow=True),
        ),
    ),
    Block(
        of="subjects",
        size=1_000_000,
        floor=Job("floor: log-rank test, plain numpy", "logrank_numpy"),
        ours=Job("log-rank test", "logrank", goal=1.5),
        others=(
            Job("the same by lifelines", "logrank_lifelines"),
            Job("the same by statsmodels", "logrank_statsmodels", "statsmodels", slow=True),
            Job("the same by scikit-survival", "logrank_sksurv", "scikit-survival", slow=True),
            Job("the same by R survdiff", "survdiff", "R survival", "file", slow=True),
        ),
    ),
    Block(
        of="subjects",
        size=100_000,
        floor=CURVE,
        ours=Job("cumulative incidence with limits", "cumulative_incidence", goal=3),
        others=(
            Job("the same by scikit-survival", "cumulative_incidence_sksurv", "scikit-survival", slow=True),
            Job("the same by comprisk", "cumulative_incidence_comprisk", "comprisk", slow=True),
            Job("the same by R survfit", "survfit_causes", "R survival", "file", slow=True),
            Job("the same by R cuminc, without limits", "cuminc", "R cmprsk", "file", slow=True),
        ),
    ),
    Block(
        of="subjects",
        size=100_000,
        floor=CURVE,
        ours=Job("Gray's test", "gray_test", goal=3),
        others=(
            Job("the same by comprisk", "gray_test_comprisk", "comprisk", slow=True),
            Job("the same by R cuminc", "gray", "R cmprsk", "file", slow=True),
        ),
    ),
)
