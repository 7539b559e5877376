"""Random valid cohorts give no complaint; random text in a required cell is never taken in silence."""

import csv
import shutil
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from amyloid.cohort import read_cohort
from amyloid.cohort.errors import CohortError
from amyloid.cohort.reading.columns import parse_number
from amyloid.cohort.schema import CONVERSIONS, EVENTS, TEST_DETAILS

BASE = Path(__file__).resolve().parent.parent / "bad_inputs" / "base"
FRAMES = ("patients", "labs", "treatments", "events")


def value_of(test, draw):
    details = TEST_DETAILS[test]
    if details.scale == "immunofixation":
        return draw(st.sampled_from(["positive", "negative", "pos", "neg"]))
    if details.scale == "nyha":
        return draw(st.sampled_from(["I", "II", "III", "IV", "1", "2", "3", "4"]))
    low, high = max(details.likely_low, 1.0), min(details.likely_high, details.high or np.inf)
    number = draw(st.floats(low, high, allow_nan=False))
    sign = draw(st.sampled_from(["", "", "", "<", ">"]))
    return f"{sign}{number:.6g}"


@st.composite
def cohorts(draw):
    """Four valid tables as rows of text."""
    n = draw(st.integers(1, 6))
    ids = draw(st.lists(st.text("ABCabc0123456789-_/", min_size=1, max_size=5), min_size=n, max_size=n,
                        unique_by=str.casefold))  # fmt: skip
    patients = [["patient_id", "age", "sex", "light_chain", "heart"]]
    labs = [["patient_id", "month", "test", "value", "unit"]]
    treatments = [["patient_id", "drug", "start_month", "end_month", "dose_mg"]]
    events = [["patient_id", "month", "event", "detail"]]
    yes_no = st.sampled_from(["yes", "no", ""])
    for patient in ids:
        chain = draw(st.sampled_from(["kappa", "lambda"]))
        age, sex = str(draw(st.integers(18, 95))), draw(st.sampled_from(["male", "female"]))
        patients.append([patient, age, sex, chain, draw(yes_no)])
        end = draw(st.floats(6, 100).map(lambda month: round(month, 1)))
        events.append([patient, str(end), draw(st.sampled_from(["death", "last_contact"])), ""])
        if draw(st.booleans()):
            events.append([patient, str(round(end / 2, 1)), draw(st.sampled_from(EVENTS[2:])), 'x, "y"'])
        treatments.append(
            [patient, draw(st.sampled_from(["lenalidomide", "melphalan"])), "0", str(round(end / 3, 1)), "15"]
        )
        for month in ("-0.5", "0", str(round(end / 2, 1))):
            for test in draw(
                st.lists(
                    st.sampled_from([t for t in TEST_DETAILS if "flc" not in t]), unique=True, max_size=4
                )
            ):
                unit = next(iter(CONVERSIONS[test]), "")
                labs.append([patient, month, test, value_of(test, draw), unit])
            involved, other = (chain, "lambda" if chain == "kappa" else "kappa")
            labs.append([patient, month, f"{involved}_flc", str(draw(st.integers(60, 5000))), "mg/L"])
            labs.append([patient, month, f"{other}_flc", str(draw(st.integers(5, 20))), "mg/L"])
    return {"patients": patients, "labs": labs, "treatments": treatments, "events": events}


def write(folder, tables, draw_dialect):
    for name, rows in tables.items():
        with open(folder / f"{name}.csv", "w", newline="", encoding="utf-8") as file:
            csv.writer(
                file, delimiter=draw_dialect[0], lineterminator=draw_dialect[1], quoting=draw_dialect[2]
            ).writerows(rows)
    (folder / "cohort.toml").write_text('title = "t"\nsource = "s"\nsynthetic = true\n')


dialects = st.tuples(
    st.sampled_from([",", ";", "\t"]),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)


@settings(max_examples=200, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(cohorts(), dialects)
def test_a_valid_cohort_gives_no_complaint(tables, dialect):
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder), tables, dialect)
        cohort = read_cohort(folder)
    said = ("the median", "transplant is taken as", "next line")  # said of a cohort without a fault
    assert not [note for note in cohort.notes if not any(words in note for words in said)]
    assert cohort.patients.patient_id.tolist() == [row[0] for row in tables["patients"][1:]]
    assert len(cohort.labs) == len(tables["labs"]) - 1
    assert len(cohort.events) == len(tables["events"]) - 1
    assert (np.diff(cohort.labs.patient_id.cat.codes) >= 0).all()


REQUIRED = {
    "patients": ("patient_id", "age", "sex", "light_chain"),
    "labs": ("patient_id", "month", "test", "value", "unit"),
    "treatments": ("patient_id", "start_month", "end_month"),
    "events": ("patient_id", "month", "event"),
}


@pytest.fixture(scope="module")
def clean():
    return read_cohort(BASE)


@settings(max_examples=150, deadline=None, derandomize=True,
          suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])  # fmt: skip
@given(st.data())
def test_random_text_in_a_required_cell_is_never_silent(clean, data):
    table = data.draw(st.sampled_from(list(REQUIRED)))
    column = data.draw(st.sampled_from(REQUIRED[table]))
    text = data.draw(st.text(st.characters(codec="utf-8", exclude_characters="\r\n"), max_size=8))
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "cohort"
        shutil.copytree(BASE, folder)
        with open(folder / f"{table}.csv", newline="", encoding="utf-8") as file:
            rows = list(csv.reader(file))
        line = data.draw(st.integers(1, len(rows) - 1))
        before = rows[line][rows[0].index(column)]
        rows[line][rows[0].index(column)] = text
        with open(folder / f"{table}.csv", "w", newline="", encoding="utf-8") as file:
            csv.writer(file, lineterminator="\n").writerows(rows)
        try:
            cohort = read_cohort(folder)
        except CohortError:
            return
    if cohort.notes or text.strip() == before or parse_number(text.strip()) is not None:
        return
    if column == "end_month" and not text.strip():
        return  # blank means still on it
    if table == "patients" and column == "patient_id":
        pytest.fail("a patient without rows has to be said")
    same = all(getattr(cohort, name).equals(getattr(clean, name)) for name in FRAMES)
    assert same, f"{table}.{column} {before!r} became {text!r} without a word"


@pytest.mark.parametrize("name", ["test", "event", "assay"])
def test_a_column_of_patients_may_be_called_as_one_of_another_table(folder, name):
    header, *rows = folder.read("patients")
    folder.write("patients", [[*header, name], *([*row, "Biopsy"] for row in rows)])
    assert read_cohort(folder.path).patients[name].tolist() == ["Biopsy"] * len(rows)
