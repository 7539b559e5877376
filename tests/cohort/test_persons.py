"""Names of columns and values that identify a person; study numbers in place of ids."""

import csv
import stat

import pytest
from click.testing import CliRunner

from amyloid.cli.check import command
from amyloid.cohort import read_cohort
from amyloid.cohort.errors import CohortError, kind_of_identifier
from amyloid.cohort.names import kind_of_identifying_column
from amyloid.cohort.pseudonyms import pseudonymise


@pytest.mark.parametrize(
    "name",
    [
        *("name", "last_name", "patient_name", "surname", "initials", "date_of_birth", "dob", "geburtsdatum"),
        *("mrn", "hospital_number", "nhs_number", "phone_no", "e_mail", "zip", "street_address"),
    ],
)  # fmt: skip
def test_identifying_columns(name):
    assert kind_of_identifying_column(name)


@pytest.mark.parametrize(
    "name", ["drug_name", "group", "hospital", "center", "ward", "unit", "telomere", "city_code_of_drug"]
)
def test_ordinary_columns(name):
    assert kind_of_identifying_column(name) is None


@pytest.mark.parametrize(
    "text",
    [
        "jane@example.org",
        "call jane@example.org",
        "943 476 5919",
        "9434765919",
        "+49 6221 123456",
        "H123456789",
    ],
)
def test_identifying_values(text):
    assert kind_of_identifier(text)


@pytest.mark.parametrize(
    "text",
    [
        "AL-001",
        "AL-001-024",
        "12345678",
        "2005-02-17",
        "04.03.2006",
        "0.123456789012",
        "lenalidomide",
        "P0000001",
    ],
)
def test_ordinary_values(text):
    assert kind_of_identifier(text) is None


@pytest.fixture
def personal(folder):
    """A cohort with a column of names and an e-mail address as an id."""
    for table in ("patients", "labs", "treatments", "events"):
        folder.change(
            table, "patient_id", lambda row: row["patient_id"].replace("AL-040", "jane@example.org")
        )
    rows = folder.read("patients")
    folder.write(
        "patients", [[*row, "last_name" if n == 0 else f"Exampleman{n}"] for n, row in enumerate(rows)]
    )
    return folder


def test_study_numbers_replace_ids_and_names(personal, tmp_path):
    with pytest.raises(CohortError):
        read_cohort(personal.path)
    key = pseudonymise(personal.path, tmp_path / "study")
    written = "".join(path.read_text() for path in (tmp_path / "study").iterdir())
    for secret in ("jane", "Exampleman", "AL-0"):
        assert secret not in written
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    with open(key, newline="", encoding="utf-8") as file:
        numbers = dict(list(csv.reader(file))[1:])
    assert numbers["jane@example.org"] == "S040"
    cohort = read_cohort(tmp_path / "study")
    assert len(cohort.patients) == 40
    assert len(cohort.labs) == 1293
    assert cohort.card.synthetic


def test_decimal_commas_become_points(personal, tmp_path):
    for column in ("value", "month"):
        personal.change("labs", column, lambda row, column=column: row[column].replace(".", ","))
    personal.write("labs", personal.read("labs"), delimiter=";")
    pseudonymise(personal.path, tmp_path / "study")
    assert len(read_cohort(tmp_path / "study").labs) == 1293


def test_other_problems_are_not_passed_on(personal, tmp_path):
    personal.set("labs", 5, "value", "maybe")
    with pytest.raises(CohortError, match="maybe"):
        pseudonymise(personal.path, tmp_path / "study")
    assert not (tmp_path / "study").exists()


def test_nothing_is_overwritten(folder, tmp_path):
    (tmp_path / "study-key.csv").write_text("")
    done = CliRunner().invoke(command, [str(folder.path), "--pseudonymise", str(tmp_path / "study")])
    assert done.exit_code == 2
    assert not (tmp_path / "study").exists()
