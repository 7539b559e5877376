"""However a cohort is written, its adjudication is the same to the last digit."""

import datetime as dt
import random

import pytest
from pandas.testing import assert_frame_equal

from amyloid.adjudication.response import categories
from amyloid.cohort import read_cohort
from amyloid.cohort.schema import MONTH_DAYS

START = dt.date(2005, 3, 1)
UNITS = {
    "kappa_flc": ("mg/dL", 0.1),
    "lambda_flc": ("mg/dL", 0.1),
    "urine_protein": ("mg/24h", 1000),
    "creatinine": ("umol/L", 88.42),
    "serum_m_protein": ("g/L", 10),
    "wall_thickness": ("cm", 0.1),
    "troponin_t": ("ng/L", 1000),
}


def in_other_units(folder):
    rows = folder.read("labs")
    for row in rows[1:]:
        unit, factor = UNITS.get(row[2], (row[4], None))
        row[4] = unit
        row[3] = row[3] if factor is None else f"{float(row[3]) * factor:.12g}"
    folder.write("labs", rows)


def shuffled(folder):
    for table in ("labs", "treatments", "events"):
        header, *rows = folder.read(table)
        random.Random(7).shuffle(rows)
        folder.write(table, [header, *rows])


def with_commas(folder):
    for column in ("value", "month"):
        folder.change("labs", column, lambda row, column=column: row[column].replace(".", ","))
    folder.write("labs", folder.read("labs"), delimiter="\t")


def renamed(folder):
    rows = folder.read("labs")
    rows[0] = [f"my {name}" for name in rows[0]]
    folder.write("labs", rows)
    lines = [f'{name.removeprefix("my ")} = "{name}"' for name in rows[0]]
    (folder.path / "mapping.toml").write_text("\n".join(["[columns.labs]", *lines]))


@pytest.mark.parametrize("change", [in_other_units, shuffled, with_commas, renamed])
def test_the_same_categories(folder, change):
    expected = categories(read_cohort(folder.path))
    change(folder)
    assert_frame_equal(categories(read_cohort(folder.path)), expected)


def test_dates_and_their_exact_months_agree(dated):
    by_dates = read_cohort(dated.path)
    start = {
        row[0]: row[dated.read("patients")[0].index("treatment_start")] for row in dated.read("patients")[1:]
    }

    def months(row, column):
        if not row[column]:
            return ""
        days = dt.date.fromisoformat(row[column]) - dt.date.fromisoformat(start[row["patient_id"]])
        return repr(days.days / MONTH_DAYS)

    for table, columns in (
        ("labs", ["date"]),
        ("events", ["date"]),
        ("treatments", ["start_date", "end_date"]),
    ):
        for column in columns:
            dated.change(table, column, lambda row, column=column: months(row, column))
        header, *rows = dated.read(table)
        dated.write(table, [[name.replace("date", "month") for name in header], *rows])
    by_months = read_cohort(dated.path)
    assert_frame_equal(by_months.labs, by_dates.labs)
    assert_frame_equal(categories(by_months), categories(by_dates))
