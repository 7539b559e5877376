"""The same cohort in every form that can be read gives the same frames."""

import csv
import datetime as dt

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from openpyxl import load_workbook
from pandas.testing import assert_frame_equal

from amyloid.cohort import read_cohort
from amyloid.cohort.errors import CohortError
from amyloid.cohort.reading.csvfile import find_dialect, read_fast, scan
from amyloid.cohort.reading.findings import Findings
from amyloid.cohort.redcap import PREFIXES
from amyloid.cohort.schema import TABLES
from amyloid.cohort.template import REDCAP_DICTIONARY, WORKBOOK, redcap_variable, write_templates

FRAMES = ("patients", "labs", "treatments", "events")


def assert_same(found, expected, exact=True):
    for name in FRAMES:
        assert_frame_equal(getattr(found, name), getattr(expected, name), check_exact=exact, rtol=1e-12)


@pytest.fixture
def expected(folder):
    return read_cohort(folder.path)


def test_parquet_of_texts(folder, expected, tmp_path):
    for name in FRAMES:
        header, *rows = folder.read(name)
        columns = {column: [row[i] for row in rows] for i, column in enumerate(header)}
        pq.write_table(pa.table(columns), folder.path / f"{name}.parquet")
        (folder.path / f"{name}.csv").unlink()
    assert_same(read_cohort(folder.path), expected)


def test_parquet_of_numbers_dates_and_nulls(dated):
    expected = read_cohort(dated.path)
    for name in FRAMES:
        header, *rows = dated.read(name)
        columns = {column: [row[i] or None for row in rows] for i, column in enumerate(header)}
        for column, texts in columns.items():
            if column in ("age", "dose_mg", "days_per_cycle"):
                columns[column] = pa.array([None if t is None else float(t) for t in texts], pa.float64())
            elif "date" in column or column == "treatment_start":
                days = [None if t is None else dt.datetime.fromisoformat(t) for t in texts]
                columns[column] = pa.array(days, pa.date32() if name != "labs" else pa.timestamp("us"))
        pq.write_table(pa.table(columns), dated.path / f"{name}.parquet", row_group_size=100)
        (dated.path / f"{name}.csv").unlink()
    assert_same(read_cohort(dated.path), expected)


def fill_workbook(folder, path):
    book = load_workbook(path)
    for name in FRAMES:
        sheet, (header, *rows) = book[name], folder.read(name)
        place = {cell.value: cell.column for cell in sheet[1]}
        for line, row in enumerate(rows, 2):
            for column, text in zip(header, row, strict=True):
                value = (
                    float(text)
                    if column in ("month", "age", "start_month", "end_month") and text
                    else text or None
                )
                sheet.cell(line, place[column], value)
    book["cohort"]["B2"] = "Forty"
    book.save(path)


def test_filled_workbook_template(folder, expected, tmp_path):
    write_templates(tmp_path / "blank")
    fill_workbook(folder, tmp_path / "blank" / WORKBOOK)
    found = read_cohort(tmp_path / "blank" / WORKBOOK)
    assert_same(found, expected)
    assert found.card.title == "Forty"
    assert found.card.synthetic is False


def test_filled_csv_template(folder, expected, tmp_path):
    write_templates(tmp_path / "blank")
    for name in FRAMES:
        header, *rows = folder.read(name)
        with open(tmp_path / "blank" / f"{name}.csv", "a", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, TABLES[name].names)
            writer.writerows(dict(zip(header, row, strict=True)) for row in rows)
    assert_same(read_cohort(tmp_path / "blank"), expected)


def redcap_export(folder, path, dictionary):
    """Write the cohort as REDCap would export the project made from our dictionary."""
    with open(dictionary, newline="", encoding="utf-8") as file:
        variables = [row["Variable / Field Name"] for row in csv.DictReader(file)]
    header = [
        "patient_id",
        "redcap_repeat_instrument",
        "redcap_repeat_instance",
        *variables[1:],
        "patients_complete",
    ]
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, header)
        writer.writeheader()
        yes_no = {field.name for field in TABLES["patients"].fields if field.kind == "yes_no"}
        for name in FRAMES:
            columns, *rows = folder.read(name)
            for number, row in enumerate(rows, 1):
                cells = {
                    redcap_variable(name, column): text for column, text in zip(columns, row, strict=True)
                }
                cells = {k: {"yes": "1", "no": "0"}.get(v, v) if k in yes_no else v for k, v in cells.items()}
                cells["patient_id"] = row[0]
                cells.pop(f"{PREFIXES[name]}patient_id", None)
                if name == "patients":
                    cells["patients_complete"] = "2"
                else:
                    cells |= {"redcap_repeat_instrument": name, "redcap_repeat_instance": str(number)}
                writer.writerow(cells)


def test_redcap_export_of_our_dictionary(folder, expected, tmp_path):
    write_templates(tmp_path / "blank")
    project = tmp_path / "project"
    project.mkdir()
    (tmp_path / "blank" / REDCAP_DICTIONARY).rename(project / "dictionary.csv")
    redcap_export(folder, project / "export.csv", project / "dictionary.csv")
    found = read_cohort(project)
    assert_same(found, expected)


@pytest.mark.parametrize("age", ["", "50"])
def test_a_repeated_redcap_patient_is_named(folder, tmp_path, age):
    write_templates(tmp_path / "blank")
    project = tmp_path / "project"
    project.mkdir()
    (tmp_path / "blank" / REDCAP_DICTIONARY).rename(project / "dictionary.csv")
    redcap_export(folder, project / "export.csv", project / "dictionary.csv")
    lines = (project / "export.csv").read_text().splitlines()
    cells = lines[2].split(",")
    if age:
        cells[lines[0].split(",").index("age")] = age
    (project / "export.csv").write_text("\n".join([*lines[:5], ",".join(cells), *lines[5:]]) + "\n")
    try:
        found = "\n".join(read_cohort(project).notes)
    except CohortError as fault:
        found = str(fault)
    assert "AL-002" in found
    assert ("record AL-002 is there already in line 3" in found) != bool(age)
    assert ("'50' contradicts an earlier event of the same record (AL-002)" in found) == bool(age)


def test_an_export_beside_ordinary_tables_is_left_alone(folder, expected):
    (folder.path / "old_export.csv").write_text("record_id,redcap_repeat_instrument,lab_value\n1,labs,3\n")
    assert_same(read_cohort(folder.path), expected)


def test_redcap_codes_and_checkboxes(tmp_path):
    (tmp_path / "dictionary.csv").write_text(
        '"Variable / Field Name","Form Name","Field Type","Choices, Calculations, OR Slider Labels",'
        '"Identifier?"\n'
        "record_id,patients,text,,\n"
        'sex,patients,radio,"1, Female | 2, Male",\n'
        'light_chain,patients,radio,"1, kappa | 2, lambda",\n'
        'organs,patients,checkbox,"1, Heart | 2, Kidney",\n'
    )
    (tmp_path / "export.csv").write_text(
        "record_id,redcap_repeat_instrument,redcap_repeat_instance,age,sex,light_chain,organs___1,organs___2,"
        "lab_month,lab_test,lab_value,lab_unit,treatment_drug,treatment_start_month,treatment_end_month,"
        "event_month,event_event\n"
        "7,,,60,1,2,1,0,,,,,,,,,\n"
        "7,labs,1,,,,,,0,kappa_flc,12,mg/L,,,,,\n"
        "7,treatments,1,,,,,,,,,,lenalidomide,0,3,,\n"
        "7,events,1,,,,,,,,,,,,,9,last_contact\n"
    )
    patients = read_cohort(tmp_path).patients
    row = patients.iloc[0]
    assert (row.patient_id, row.sex, row.light_chain, row.heart, row.kidney) == (
        "7",
        "female",
        "lambda",
        True,
        False,
    )
    assert pd.isna(row.liver)


def test_months_and_dates_agree(folder, dated):
    months, dates = read_cohort(folder.path), read_cohort(dated.path)
    assert len(months.labs) == len(dates.labs)
    difference = (months.events.month - dates.events.month).abs()
    assert difference.max() < 0.05


def test_renamed_columns_tests_units_and_codes(folder, expected):
    rows = folder.read("labs")
    rows[0] = ["Pat.-Nr.", "Monat", "Analyt", "Ergebnis", "Einheit", "assay"]
    for row in rows[1:]:
        row[2] = {"kappa_flc": "Kappa frei"}.get(row[2], row[2])
        row[4] = {"mg/L": "Milligramm pro Liter"}.get(row[4], row[4])
    folder.write("labs", rows)
    (folder.path / "labs.csv").rename(folder.path / "Labor 2009.csv")
    folder.change("patients", "sex", lambda row: {"male": "1", "female": "2"}[row["sex"]])
    (folder.path / "mapping.toml").write_text(
        '[files]\nlabs = "Labor 2009.csv"\n[columns.labs]\npatient_id = "Pat.-Nr."\nmonth = "Monat"\n'
        'test = "Analyt"\n'
        'value = "Ergebnis"\nunit = "Einheit"\n[tests]\n"Kappa frei" = "kappa_flc"\n[units]\n'
        '"Milligramm pro Liter" = "mg/L"\n[codes.sex]\n1 = "male"\n2 = "female"\n'
    )
    assert_same(read_cohort(folder.path), expected)


def test_units_given_for_tests_instead_of_a_column(folder, expected):
    rows = folder.read("labs")
    folder.write("labs", [row[:4] + row[5:] for row in rows])
    units = {row[2]: row[4] for row in rows[1:] if row[4]}
    lines = [f'{test} = "{unit}"' for test, unit in units.items()]
    (folder.path / "mapping.toml").write_text("\n".join(["[unit_of_test]", *lines]), encoding="utf-8")
    assert_same(read_cohort(folder.path), expected)


def test_a_value_without_a_unit_is_said_where_units_stand_in_its_cells(folder, expected):
    header, *rows = folder.read("labs")
    cells = [[*row[:3], f"{row[3]} {row[4]}".strip(), *row[5:]] for row in rows]
    folder.write("labs", [header[:4] + header[5:], *cells])
    (folder.path / "mapping.toml").write_text('[columns.labs]\nunit = "value"\n')
    assert_same(read_cohort(folder.path), expected)
    first = next(number for number, row in enumerate(rows) if row[2] == "kappa_flc")
    cells[first][3] = rows[first][3]
    folder.write("labs", [header[:4] + header[5:], *cells])
    with pytest.raises(CohortError, match="unit of kappa_flc is missing"):
        read_cohort(folder.path)


@pytest.mark.parametrize("table", FRAMES)
@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_the_fast_reader_reads_what_the_exact_one_reads(folder, table, ends):
    data = (folder.path / f"{table}.csv").read_bytes().replace(b"\n", ends.encode())
    dialect = find_dialect(data, set(TABLES[table].names))
    fast, exact = read_fast(data, table, "x", dialect), scan(data, table, "x", ",", Findings())
    assert fast is not None
    assert fast.header == exact.header
    for row in range(exact.n_rows):
        assert fast.line(row) == exact.line(row)
        assert [c.at(row) for c in fast.all_columns] == [c.at(row) for c in exact.all_columns]


@pytest.mark.parametrize(
    "change",
    [("AL-002,0,", '"AL-002\n",0,'), ("AL-002,0,", "AL-002,"), ("AL-002,0,", '"AL-002,0,')],
    ids=["quoted break", "field too few", "quote left open"],
)
def test_the_fast_reader_leaves_what_is_not_one_line_per_row(folder, change):
    data = (folder.path / "labs.csv").read_text().replace(*change, 1).encode()
    assert read_fast(data, "labs", "x", find_dialect(data, set(TABLES["labs"].names))) is None


def test_the_fast_reader_keeps_a_blank_line_as_a_blank_row(folder):
    data = (folder.path / "labs.csv").read_text().replace("AL-002,0,", "\nAL-002,0,", 1).encode()
    table = read_fast(data, "labs", "x", find_dialect(data, set(TABLES["labs"].names)))
    line = data.decode().split("\n").index("") + 1
    assert [column.at(line - 2) for column in table.all_columns] == [""] * 6
    assert table.all_columns[0].at(line - 1) == "AL-002"


def test_shuffled_rows_and_columns(folder, expected):
    import random

    rows = folder.read("labs")
    header, *body = rows
    random.Random(3).shuffle(body)
    folder.write("labs", [[row[i] for i in (5, 3, 2, 1, 0, 4)] for row in [header, *body]])
    found = read_cohort(folder.path)
    keys = ["patient_id", "month", "test", "value"]
    assert_frame_equal(
        found.labs.sort_values(keys).reset_index(drop=True),
        expected.labs.sort_values(keys).reset_index(drop=True),
    )


def test_semicolons_and_decimal_commas(folder, expected):
    for name, columns in (
        ("labs", ("month", "value")),
        ("treatments", ("start_month", "end_month", "dose_mg")),
    ):
        for column in columns:
            folder.change(name, column, lambda row, column=column: row[column].replace(".", ","))
        folder.write(name, folder.read(name), delimiter=";" if name == "labs" else "\t")
    assert_same(read_cohort(folder.path), expected)


def test_other_units_give_the_same_values(folder, expected):
    def scaled(factor):
        return lambda row: f"{float(row['value']) * factor:.12g}"

    changes = {
        "kappa_flc": ("mg/dL", 0.1),
        "urine_protein": ("mg/24h", 1000),
        "creatinine": ("µmol/L", 88.42),
    }
    rows = folder.read("labs")
    for row in rows[1:]:
        if row[2] in changes:
            unit, factor = changes[row[2]]
            row[3], row[4] = f"{float(row[3]) * factor:.12g}", unit
    folder.write("labs", rows)
    assert_same(read_cohort(folder.path), expected, exact=False)
