"""What contradicts itself across rows and sheets is refused or said, with the columns named."""

import openpyxl
import pytest

from amyloid.cohort import read_cohort
from amyloid.cohort.errors import CohortError
from amyloid.cohort.schema import TABLES


def refused(path) -> str:
    with pytest.raises(CohortError) as caught:
        read_cohort(path)
    return str(caught.value)


def said(path) -> str:
    return "\n".join(read_cohort(path).notes)


@pytest.mark.parametrize(
    ("later", "fits"), [(0.0, True), (0.04, True), (0.1, False), (1.0, False), (5.0, False)]
)
def test_nobody_begins_the_next_treatment_when_dead(folder, later, fits):
    """AL-003 dies in month 19.1; times have one decimal, so half of one is the same time."""
    folder.append("events", patient_id="AL-003", month=str(19.1 + later), event="next_treatment")
    if fits:
        assert "after the death" not in said(folder.path)
    else:
        found = refused(folder.path)
        assert "events.csv, line 59, column month (AL-003)" in found
        assert "(next_treatment)" in found
        assert "after the death" in found


def test_the_open_treatment_of_a_dead_patient_is_said(folder):
    rows = folder.read("treatments")
    line = next(number for number, row in enumerate(rows, 1) if row[0] == "AL-003")
    folder.set("treatments", line, "end_month", "")
    expected = (
        f"treatments.csv, line {line}, column end_month (AL-003): warning: has no end, although the patient"
    )
    assert expected in said(folder.path)
    alive = next(number for number, row in enumerate(rows, 1) if row[0] == "AL-001")
    folder.set("treatments", alive, "end_month", "")
    assert said(folder.path).count("has no end") == 1


def test_one_end_before_its_start_names_both_columns(folder):
    folder.set("treatments", 3, "start_month", "70")
    found = refused(folder.path)
    assert "treatments.csv, line 3, column end_month" in found
    assert "in end_month is an end before the start in start_month" in found


def test_swapped_columns_are_named(folder):
    header, *rows = folder.read("treatments")
    swapped = {"start_month": "end_month", "end_month": "start_month"}
    folder.write("treatments", [[swapped.get(name, name) for name in header], *rows])
    found = refused(folder.path)
    assert "the columns start_month and end_month are probably swapped" in found
    assert "end_month is an end before" not in found


@pytest.fixture
def book(folder, tmp_path):
    """The small cohort as a workbook: the book, and how to save it."""
    made = openpyxl.Workbook()
    for name in TABLES:
        sheet = made.create_sheet(name)
        for row in folder.read(name):
            sheet.append(row)
    made.remove(made.worksheets[0])
    card = made.create_sheet("cohort")
    for row in (("key", "value"), ("title", "Small"), ("source", "made up"), ("synthetic", True)):
        card.append(row)

    def save():
        made.save(tmp_path / "cohort.xlsx")
        return tmp_path / "cohort.xlsx"

    return made, save


@pytest.mark.parametrize("name", ["patients (2)", "Patients2", "copy of patients", "patients_old"])
def test_a_second_sheet_of_a_table_is_said(book, name):
    made, save = book
    made.copy_worksheet(made["patients"]).title = name
    assert f"the sheet '{name}' looks like a copy of patients and is not used" in said(save())


def test_other_sheets_are_nobodys_business(book):
    made, save = book
    made.create_sheet("patients to call")
    made.create_sheet("Notes")
    assert "copy" not in said(save())


@pytest.mark.parametrize("above", [1, 3])
def test_a_title_row_in_a_sheet_names_the_header(book, above):
    made, save = book
    made["labs"].insert_rows(1, above)
    made["labs"]["A1"] = "Laboratory values of our center"
    assert f"row 1 is no header: the column names are on row {above + 1}." in refused(save())
