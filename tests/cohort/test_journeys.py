"""From an export as it is to a cohort that can be reported: at most two rounds of `check`, no spreadsheet."""

import datetime as dt
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from openpyxl import Workbook

from amyloid.cli.check import command
from amyloid.cohort import read_cohort

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
CARD = 'title = "Journey"\nsource = "made up"\nsynthetic = true\n'
PEOPLE = (
    ("P1", "w", "lambda", dt.date(2021, 3, 10), "Herz, Niere", 12.5, 310, 2400, "lebt"),
    ("P2", "m", "kappa", dt.date(2021, 5, 4), "Niere", 480, 14, 180, "verstorben"),
    ("P3", "m", "lambda", dt.date(2021, 6, 21), "Herz, Leber", 9, 220, 5100, "lebt"),
)
VISITS = ((-3, 1.0), (92, 0.3), (185, 0.1))


def check(path, *options):
    done = CliRunner().invoke(command, [str(path), "--no-map", *map(str, options)])
    return done.exit_code, done.output


def rounds(folder, edit=lambda text: text):
    """Check, paste what is offered (with what the user fills in), check again."""
    code, said = check(folder)
    assert code == 1, said
    (folder / "mapping.toml").write_text(edit(said.split("meant:\n\n")[1]), encoding="utf-8")
    return check(folder)


def values(person):
    """Day, kappa, lambda and NT-proBNP of every visit of one person."""
    _, _, chain, start, _, kappa, lambda_, peptide, _ = person
    for days, share in VISITS:
        falls = {"kappa": (share, 1), "lambda": (1, share)}[chain]
        day = start + dt.timedelta(days)
        yield (
            day,
            round(kappa * falls[0], 1),
            round(lambda_ * falls[1], 1),
            round(peptide * (0.8 + share / 5)),
        )


def test_a_workbook_with_one_row_a_patient_two_header_rows_and_dates_of_birth(tmp_path):
    folder = tmp_path / "export"
    folder.mkdir()
    book = Workbook()
    sheet = book.active
    sheet.title = "AL Patienten 2024"
    visits = ["Baseline", None, None, None, "Monat 3", None, None, None, "Monat 6", None, None, None]
    tests = ["Datum", "FLC kappa (mg/l)", "FLC lambda (mg/l)", "NT-proBNP (ng/l)"] * 3
    who = ["Pat.-Nr.", "Geb.-Datum", "Geschlecht", "Leichtkette", "Therapiebeginn", "Organbefall"]
    sheet.append([*who, *visits, "Status", "Letzter Kontakt"])
    sheet.append([*[None] * 6, *tests, None, None])
    for person in PEOPLE:
        name, sex, chain, start, organs, *_, status = person
        cells = [cell for visit in values(person) for cell in visit]
        sheet.append(
            [name, dt.date(1955, 2, 3), sex, chain, start, organs, *cells, status, dt.date(2023, 1, 2)]
        )
    for merged in ("G1:J1", "K1:N1", "O1:R1", *(f"{column}1:{column}2" for column in "ABCDEFST")):
        sheet.merge_cells(merged)
    book.save(folder / "Amyloidose.xlsx")
    (folder / "cohort.toml").write_text(CARD)
    code, said = rounds(folder)
    assert code == 1
    assert "the column 'age' is missing. --pseudonymise computes it from Geb.-Datum" in said
    code, said = check(folder, "--pseudonymise", tmp_path / "study")
    assert code == 0, said
    cohort = read_cohort(tmp_path / "study")
    assert cohort.patients.age.tolist() == [66, 66, 66]
    assert cohort.patients.heart.tolist() == [True, False, True]
    assert cohort.labs[cohort.labs.test == "kappa_flc"].value.tolist()[3:6] == [480, 144, 48]
    assert cohort.events.event.tolist().count("death") == 1
    assert b"1955" not in b"".join(path.read_bytes() for path in (tmp_path / "study").iterdir())


@pytest.mark.parametrize("encoding", ["cp1252", "utf-16", "utf-8-sig"])
def test_one_row_a_visit_with_german_dates_and_decimal_commas(tmp_path, encoding):
    patients = "PatNr;Alter;Geschlecht;Leichtkette;Therapiebeginn;Status;Letzter Kontakt\n"
    labs = "PatNr;Abnahmedatum;Kappa-FLC [mg/l];Lambda-FLC [mg/l];NTproBNP (pg/ml);Kreatinin (\u00b5mol/l)\n"
    for person in PEOPLE:
        name, sex, chain, start, *_, status = person
        patients += f"{name};60;{sex};{chain};{start:%d.%m.%Y};{status};02.01.2023\n"
        for day, kappa, lambda_, peptide in values(person):
            row = f"{name};{day:%d.%m.%Y} 08:15;{kappa};{lambda_};{peptide};97.2\n"
            labs += row.replace(f"{kappa};{lambda_}", f"{kappa};{lambda_}".replace(".", ",")).replace(
                "97.2", "97,2"
            )
    (tmp_path / "patienten.csv").write_bytes(patients.encode(encoding))
    (tmp_path / "Labor.csv").write_bytes(labs.encode(encoding))
    (tmp_path / "cohort.toml").write_text(CARD)
    code, said = rounds(tmp_path)
    assert code == 0, said
    cohort = read_cohort(tmp_path)
    assert len(cohort.labs) == 36
    assert cohort.labs[cohort.labs.test == "lambda_flc"].value.tolist()[:3] == [310, 93, 31]


def test_visits_in_the_names_of_columns_and_dates_beside_them(tmp_path):
    header = "id,age,sex,light_chain,treatment_start,date_of_death,last_follow_up"
    for visit in (1, 2, 3):
        header += (
            f",Visit {visit} date,Visit {visit} kappa,Visit {visit} lambda,Visit {visit} NT-proBNP (ng/L)"
        )
    rows = [header]
    for person in PEOPLE:
        name, sex, chain, start, *_, status = person
        cells = [str(cell) for visit in values(person) for cell in visit]
        died = "2022-08-01" if status == "verstorben" else ""
        seen = "2022-08-01"
        rows.append(",".join([name, "60", "f" if sex == "w" else sex, chain, str(start), died, seen, *cells]))
    (tmp_path / "AL patients.csv").write_text("\n".join(rows) + "\n")
    (tmp_path / "cohort.toml").write_text(CARD)
    code, said = rounds(tmp_path, lambda text: text.replace('unit = ""', 'unit = "mg/L"'))
    assert code == 0, said
    cohort = read_cohort(tmp_path)
    assert len(cohort.labs) == 27
    assert sorted(cohort.events.event.tolist()) == ["death", "last_contact", "last_contact", "last_contact"]


@pytest.mark.parametrize("name", ["loinc", "omop", "fhir", "fhir-bundle"])
def test_a_dump_of_codes_is_read_as_it_is(name):
    code, said = check(EXAMPLES / name)
    assert code == 0, said
    assert "718-7" in said
    assert "12 row(s) left out" in said
    cohort = read_cohort(EXAMPLES / name)
    kappa = cohort.labs[(cohort.labs.patient_id == "1003") & (cohort.labs.test == "kappa_flc")]
    assert kappa.value.tolist() == [480, 168, 57.6]
    assert len(cohort.labs) == 72
    fixation = cohort.labs[cohort.labs.test == "serum_immunofixation"].value
    assert sorted(fixation.unique()) == [0, 1]
    protein = cohort.labs[(cohort.labs.patient_id == "1001") & (cohort.labs.test == "urine_protein")]
    assert protein.value.tolist() == [6.1, 4.88, 2.75]


@pytest.mark.parametrize("name", ["omop", "fhir"])
def test_a_comparator_of_its_own_makes_a_censored_value(name):
    cohort = read_cohort(EXAMPLES / name)
    last = cohort.labs[(cohort.labs.patient_id == "1004") & (cohort.labs.test == "kappa_flc")].iloc[-1]
    assert (last.value, last.bound) == (8, -1)


def test_a_laboratory_dump_by_loinc_in_two_files_without_a_mapping(tmp_path):
    lines = (EXAMPLES / "loinc" / "labs.csv").read_text().splitlines()
    header = "PATIENT_ID;COLLECTED;LOINC;COMPONENT_NAME;RESULT;UOM"
    years = {"2021": [header], "2022": [header]}
    for line in lines[1:]:
        patient, day, *rest = line.split(",")
        year, month, number = day.split("-")
        years[year].append(";".join([patient, f"{month}/{number}/{year}", *rest]))
    for year, rows in years.items():
        (tmp_path / f"LIS_results_{year}.csv").write_text("\n".join(rows) + "\n", encoding="utf-16")
    for table in ("patients.csv", "treatments.csv", "events.csv", "cohort.toml"):
        shutil.copy(EXAMPLES / "loinc" / table, tmp_path)
    code, said = rounds(tmp_path)
    assert code == 0, said
    assert len(read_cohort(tmp_path).labs) == 72


def test_a_longitudinal_redcap_project(tmp_path):
    header = "record_id,redcap_event_name,redcap_repeat_instrument,redcap_repeat_instance,age,sex,light_chain"
    rows = [f"{header},treatment_start,vital_status,last_followup,visit_date,kappa_flc,lambda_flc,nt_probnp"]
    for person in PEOPLE:
        name, sex, chain, start, *_, status = person
        word = "female" if sex == "w" else "male"
        alive = "dead" if status == "verstorben" else "alive"
        rows.append(f"{name},baseline_arm_1,,,60,{word},{chain},{start},,,,,,")
        for number, (day, kappa, lambda_, peptide) in enumerate(values(person), 1):
            rows.append(f"{name},visit_{number}_arm_1,,,,,,,,,{day},{kappa},{lambda_},{peptide}")
        rows.append(f"{name},end_arm_1,,,,,,,{alive},2023-01-02,,,,")
    (tmp_path / "AL_DATA.csv").write_text("\n".join(rows) + "\n")
    (tmp_path / "cohort.toml").write_text(CARD)
    filled = {"kappa_flc": "mg/L", "lambda_flc": "mg/L", "nt_probnp": "ng/L"}

    def units(text):
        for test, unit in filled.items():
            text = re.sub(rf'^({test} = .*)unit = ""', rf'\g<1>unit = "{unit}"', text, flags=re.M)
        return text

    code, said = rounds(tmp_path, units)
    assert code == 0, said
    cohort = read_cohort(tmp_path)
    assert len(cohort.labs) == 27
    assert cohort.events.event.tolist().count("death") == 1


JOURNEYS = {
    "a clinician's workbook": (
        test_a_workbook_with_one_row_a_patient_two_header_rows_and_dates_of_birth,
        "study",
    ),
    "a laboratory dump": (test_a_laboratory_dump_by_loinc_in_two_files_without_a_mapping, "."),
    "a REDCap project": (test_a_longitudinal_redcap_project, "."),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", JOURNEYS)
def test_a_journey_ends_in_a_report(name, tmp_path):
    walk, folder = JOURNEYS[name]
    (tmp_path / "center").mkdir()
    walk(tmp_path / "center")
    call = [sys.executable, "-m", "amyloid.cli", "run", tmp_path / "center" / folder, "--out"]
    done = subprocess.run([*call, tmp_path / "report"], capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    pages = {path.name for path in (tmp_path / "report" / "html").glob("0*.html")}
    assert len(pages) >= 6
    assert "patients" in (tmp_path / "report" / "html" / "index.html").read_text(encoding="utf-8")
