"""The reference engine in JavaScript passes the kit, and agrees with ours on whole cohorts."""

import csv
import json
import math
import random
from pathlib import Path

import pytest
from boundary_tables import CASES
from courses import cohort_of, patient
from random_patients import random_organs, random_patient

from amyloid.adjudication.endpoints import endpoints
from amyloid.adjudication.kit import criteria_data
from amyloid.adjudication.labs import gather_evidence
from amyloid.adjudication.response import adjudicate
from amyloid.cohort import read_cohort

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "conformance.html"
CASES_FROM_OUTSIDE = ("clinical", "visits", "transplant")
TRICKY = ROOT / "tests" / "adjudication" / "tricky"


@pytest.fixture(scope="module")
def kit():
    return criteria_data()


@pytest.fixture
def page(browser):
    context = browser.new_context(offline=True)
    opened = context.new_page()
    opened.goto(PAGE.as_uri())
    yield opened
    context.close()


@pytest.fixture
def kit_file(kit, tmp_path):
    file = tmp_path / "criteria.json"
    file.write_text(json.dumps(kit), encoding="utf-8")
    return file


def test_it_passes_every_row_of_the_kit(page, kit):
    assert page.evaluate(
        "kit => differences(kit, adjudicate(kit, kit.boundary_rows), endpoints(kit, kit.boundary_rows))", kit
    ) == []  # fmt: skip


@pytest.mark.parametrize(
    ("name", "value", "missed"),
    [
        ("baseline_window", 2.0, {"BW-2", "BW-5"}),
        ("carried_otherwise", 0.0, {"CA-3"}),
        ("steroids", "melphalan", {"LI-3"}),
        ("temporary_dialysis", 1.0, {"KI-4", "EN-2"}),
    ],
)
def test_it_takes_what_the_kit_says(page, kit, name, value, missed):
    changed = {**kit, "evidence": {**kit["evidence"], name: {"value": value, "words": "changed"}}}
    found = page.evaluate(
        "kit => differences(kit, adjudicate(kit, kit.boundary_rows), endpoints(kit, kit.boundary_rows))",
        changed,
    )
    assert missed <= {one["row"].split()[0] for one in found}


def test_the_page_tells_how_many_rows_are_met(page, kit_file):
    page.set_input_files("#kit", kit_file)
    page.get_by_text("The reference engine gives 202 of 202 rows as expected.").wait_for()
    assert page.locator("#differences").is_hidden()


def test_the_page_lists_what_another_engine_gives_otherwise(page, kit, kit_file, tmp_path):
    rows = kit["boundary_rows"]
    answers = [
        {**row, "category": "CR" if row["patient_id"] == "CE-2" else row["category"]}
        for row in rows["expected_categories"]
        if row["patient_id"] != "BW-1"
    ]
    for name, lines in (("categories", answers), ("endpoints", rows["expected_endpoints"])):
        with (tmp_path / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            table = csv.DictWriter(file, list(lines[-1]))
            table.writeheader()
            table.writerows(lines)
        page.set_input_files(f"#{name}", tmp_path / f"{name}.csv")
    page.set_input_files("#kit", kit_file)
    page.get_by_text("Your engine gives 200 of 202 rows as expected.").wait_for()
    listed = page.locator("#differences tbody tr")
    assert [listed.nth(number).locator("td").nth(2).inner_text() for number in range(2)] == [
        "no answer",
        "CR",
    ]


def test_a_file_that_is_no_kit_is_said(page, tmp_path):
    (tmp_path / "kit.json").write_text("patient_id,category\n", encoding="utf-8")
    page.set_input_files("#kit", tmp_path / "kit.json")
    page.get_by_text("This cannot be read").wait_for()


def tables(cohort):
    """The four tables of a cohort as texts in canonical units and months, as the kit holds its rows."""

    def texts(frame):
        return [
            {name: "" if value != value or value is None else str(value) for name, value in row.items()}
            for row in frame.astype(object).where(frame.notna(), None).to_dict("records")
        ]

    labs = cohort.labs.assign(value=cohort.labs["bound"].map({-1: "<", 0: "", 1: ">"}).astype(str))
    labs["value"] += cohort.labs["value"].map(repr)
    flags = {True: "yes", False: "no"}
    patients = cohort.patients.assign(
        **{
            name: cohort.patients[name].astype(object).map(flags)
            for name in cohort.patients.columns[cohort.patients.dtypes == "boolean"]
        }
    )
    frames = {"labs": labs, "treatments": cohort.treatments, "events": cohort.events}
    return {"patients": texts(patients)} | {name: texts(frame) for name, frame in frames.items()}


def tricky_patients():
    for path in sorted(TRICKY.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as table:
            for number, row in enumerate(csv.DictReader(table)):
                yield patient(f"{path.stem}-{number:03d}", row["course"], row["traits"])


COHORTS = {
    "every threshold": lambda: cohort_of(case.patient for case in CASES),
    "where a rule turns": lambda: cohort_of(tricky_patients()),
    "at random": lambda: cohort_of(
        random_organs(random_patient(f"R{number:03d}", rng), rng)
        for rng in [random.Random(33)]
        for number in range(150)
    ),
    "embedded": lambda: read_cohort(ROOT / "data" / "lenalidomide-2007"),
    "two regimens": lambda: read_cohort(ROOT / "data" / "two-regimens"),
    **{name: lambda name=name: read_cohort(ROOT / "tests" / "cases" / name) for name in CASES_FROM_OUTSIDE},
}


@pytest.mark.slow
@pytest.mark.parametrize("name", COHORTS)
def test_it_agrees_with_ours_on_every_patient(page, kit, name):
    cohort = COHORTS[name]()
    ranges = {test: list(limits) for test, limits in cohort.card.reference_ranges.items()}
    theirs = page.evaluate(
        "([kit, rows]) => [adjudicate(kit, rows), endpoints(kit, rows)]",
        [{**kit, "boundary_rows": {}, "reference_ranges": ranges}, tables(cohort)],
    )
    evidence = gather_evidence(cohort)
    ours = adjudicate(evidence, with_reasons=False)
    ends = endpoints(cohort, hematologic_criteria=kit["endpoints"]["response"]["criteria"], evidence=evidence)
    keys = ["patient_id", "domain", "criteria"]
    assert differing(theirs[0], ours, keys, "category", "month") == []
    assert differing(theirs[1], ends, ["patient_id", "endpoint"], "event", "months") == []


def differing(theirs, ours, keys, exactly, nearly):
    """Rows that differ in one column, or in another by more than a billionth of a month."""
    ours = ours.astype(object).where(ours.notna(), None).to_dict("records")
    assert len(theirs) == len(ours) > 0
    mine = {tuple(row[key] for key in keys): (row[exactly], row[nearly]) for row in ours}

    def is_same(row):
        found, month = mine[tuple(row[key] for key in keys)]
        near = row[nearly] is month is None or (
            None not in (row[nearly], month) and math.isclose(row[nearly], month, rel_tol=0, abs_tol=1e-9)
        )
        return row[exactly] == found and near

    return [(row, mine[tuple(row[key] for key in keys)]) for row in theirs if not is_same(row)]
