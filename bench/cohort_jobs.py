"""What is timed on a cohort folder: our adjudication, its floor, and the same response by other means.

The other means take clean tables on trust. They apply ISA 2012 to the tests it needs and leave out all the
rest: the check of the tables, units, censored values, samples that belong to one visit, later lines of
therapy, the window of the baseline, reasons. Each returns columns patient_id, category, month.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

Run = Callable[[], Any]
NEEDED = ("kappa_flc", "lambda_flc", "serum_immunofixation", "urine_immunofixation")
GRADES = ("CR", "VGPR", "PR", "NR", "NE")


def floor(folder: Path) -> Run:
    """Read the same laboratory table with pyarrow, and do nothing with it."""
    from pyarrow import csv

    return lambda: csv.read_csv(folder / "labs.csv")


def read_and_check(folder: Path) -> Run:
    """Read the four tables and check them."""
    from amyloid.cohort import read_cohort

    return lambda: read_cohort(folder)


def best_response(folder: Path) -> Run:
    """A cohort folder, read and checked, to the best hematologic response of each patient with its month."""
    from amyloid.adjudication.labs import gather_evidence
    from amyloid.adjudication.response import adjudicate
    from amyloid.cohort import read_cohort

    wanted = [("hematologic_response", "isa-2012")]
    return lambda: adjudicate(gather_evidence(read_cohort(folder)), wanted, with_reasons=False)


def adjudicate_all(folder: Path) -> Run:
    """`amyloid adjudicate`: every domain, criterion and endpoint with its reason, written as CSV."""
    from amyloid.adjudication import write_adjudication
    from amyloid.cohort import read_cohort

    def run() -> None:
        with tempfile.TemporaryDirectory(prefix="amyloid-") as out:
            write_adjudication(read_cohort(folder), Path(out))

    return run


def naive_pandas(folder: Path) -> Run:
    """As a careful notebook writes it: pivot, then one Python function per patient."""
    import pandas as pd

    def best(visits: pd.DataFrame) -> pd.Series:
        base = visits.loc[visits["month"] <= 0, "dflc"].iloc[-1]
        later = visits[visits["month"] > 0]
        negative = (later["serum_immunofixation"] == "negative") & (
            later["urine_immunofixation"] == "negative"
        )
        holds = {
            "CR": negative & later["ratio"].between(0.26, 1.65),
            "VGPR": (base >= 50) & (later["dflc"] < 40),
            "PR": (base >= 50) & (later["dflc"] < 0.5 * base),
        }
        for category, rows in holds.items():
            if rows.any():
                return pd.Series({"category": category, "month": later.loc[rows, "month"].min()})
        return pd.Series({"category": "NR" if base >= 50 else "NE", "month": None})

    def run() -> pd.DataFrame:
        labs, patients = pd.read_csv(folder / "labs.csv"), pd.read_csv(folder / "patients.csv")
        wide = labs.pivot_table(
            index=["patient_id", "month"], columns="test", values="value", aggfunc="last"
        ).reset_index()
        wide = wide.merge(patients[["patient_id", "light_chain"]], on="patient_id")
        kappa, lambda_ = wide["kappa_flc"].astype(float), wide["lambda_flc"].astype(float)
        wide["dflc"] = (kappa - lambda_).where(wide["light_chain"] == "kappa", lambda_ - kappa).round(6)
        wide["ratio"] = (kappa / lambda_).round(9)
        return wide.groupby("patient_id").apply(best, include_groups=False).reset_index()

    return run


def polars_lazy(folder: Path) -> Run:
    """One lazy polars query."""
    import polars as pl

    def value(test: str) -> pl.Expr:
        return pl.col("value").filter(pl.col("test") == test).last()

    kappa, lambda_ = pl.col("kappa_flc").cast(pl.Float64), pl.col("lambda_flc").cast(pl.Float64)
    dflc = pl.when(pl.col("light_chain") == "kappa").then(kappa - lambda_).otherwise(lambda_ - kappa)
    negative = (pl.col("serum_immunofixation") == "negative") & (pl.col("urine_immunofixation") == "negative")
    grade = (
        pl.when(negative & pl.col("ratio").is_between(0.26, 1.65))
        .then(0)
        .when(pl.col("base") < 50)
        .then(4)
        .when(pl.col("dflc") < 40)
        .then(1)
        .when(pl.col("dflc") < 0.5 * pl.col("base"))
        .then(2)
        .otherwise(3)
    )

    def run() -> pl.DataFrame:
        labs = pl.scan_csv(folder / "labs.csv", schema_overrides={"value": pl.String})
        patients = pl.scan_csv(folder / "patients.csv").select("patient_id", "light_chain")
        visits = (
            labs.filter(pl.col("test").is_in(NEEDED))
            .group_by("patient_id", "month")
            .agg(**{test: value(test) for test in NEEDED})
            .join(patients, on="patient_id")
            .with_columns(dflc=dflc.round(6), ratio=(kappa / lambda_).round(9))
        )
        base = (
            visits.filter(pl.col("month") <= 0)
            .group_by("patient_id")
            .agg(base=pl.col("dflc").sort_by("month").last())
        )
        best = pl.col("grade") == pl.col("grade").min()
        return (
            visits.filter(pl.col("month") > 0)
            .join(base, on="patient_id")
            .with_columns(grade=grade)
            .group_by("patient_id")
            .agg(grade=pl.col("grade").min(), month=pl.col("month").filter(best).min())
            .with_columns(
                category=pl.col("grade").replace_strict(dict(enumerate(GRADES))),
                month=pl.when(pl.col("grade") < 3).then("month"),
            )
            .collect()
        )

    return run


DUCKDB_QUERY = """
with visits as (
    select patient_id, month,
        max(value) filter (test = 'kappa_flc')::double as kappa_flc,
        max(value) filter (test = 'lambda_flc')::double as lambda_flc,
        max(value) filter (test = 'serum_immunofixation') as serum,
        max(value) filter (test = 'urine_immunofixation') as urine
    from read_csv(?, types = {'value': 'VARCHAR'})
    where test in ('kappa_flc', 'lambda_flc', 'serum_immunofixation', 'urine_immunofixation')
    group by all
), judged as (
    select patient_id, month, round(kappa_flc / lambda_flc, 9) as ratio, serum, urine,
        round(if(light_chain = 'kappa', kappa_flc - lambda_flc, lambda_flc - kappa_flc), 6) as dflc
    from visits join read_csv(?) using (patient_id)
), base as (
    select patient_id, arg_max(dflc, month) as base from judged where month <= 0 group by all
), graded as (
    select patient_id, month, case
        when serum = 'negative' and urine = 'negative' and ratio between 0.26 and 1.65 then 0
        when base < 50 then 4
        when dflc < 40 then 1
        when dflc < 0.5 * base then 2
        else 3 end as grade
    from judged join base using (patient_id) where month > 0
), best as (
    select patient_id, min(grade) as grade, arg_min(month, (grade, month)) as month from graded group by all
)
select patient_id, ['CR', 'VGPR', 'PR', 'NR', 'NE'][grade + 1] as category,
    if(grade < 3, month, null) as month
from best
"""


def duckdb_sql(folder: Path) -> Run:
    """One DuckDB query."""
    import duckdb

    files = [str(folder / "labs.csv"), str(folder / "patients.csv")]
    return lambda: duckdb.connect().execute(DUCKDB_QUERY, files).fetchnumpy()


JOBS = {
    job.__name__: job
    for job in (floor, read_and_check, best_response, adjudicate_all, naive_pandas, polars_lazy, duckdb_sql)
}
