"""Dictionary, templates and units come from one declaration."""

import csv
import re
from pathlib import Path

import pytest
from openpyxl import load_workbook

from amyloid.cohort.redcap import INSTRUMENT
from amyloid.cohort.schema import CONVERSIONS, TABLES, TEST_DETAILS, TESTS, conversion
from amyloid.cohort.template import REDCAP_COLUMNS, REDCAP_DICTIONARY, WORKBOOK, markdown, write_templates

ROOT = Path(__file__).resolve().parents[2]


def test_the_dictionary_is_that_of_the_schema():
    assert (ROOT / "data" / "DICTIONARY.md").read_text(encoding="utf-8") == markdown()


def test_every_test_has_its_canonical_unit_first():
    assert list(CONVERSIONS) == list(TESTS)
    for test, unit in TESTS.items():
        assert next(iter(CONVERSIONS[test]), "") == unit
        if unit:
            assert conversion(test, unit).multiply == conversion(test, unit).divide == 1


@pytest.mark.parametrize(
    ("test", "value", "unit", "expected"),
    [
        ("kappa_flc", 1.94, "mg/dL", 19.4),  # Katzmann 2002: upper limit 19.4 mg/L
        ("creatinine", 88.42, "umol/L", 1.0),  # KDIGO 2012, conversion factors
        ("creatinine", 132.63, "µmol/l", 1.5),
        ("nt_probnp", 100, "pmol/L", 845.7),  # 8457 g/mol
        ("nt_probnp", 332, "pg/mL", 332),
        ("urine_protein", 500, "mg/24 h", 0.5),
        ("urine_m_protein", 0.2, "g/day", 200),
        ("serum_m_protein", 5, "g/L", 0.5),
        ("troponin_t", 35, "ng/L", 0.035),
        ("wall_thickness", 1.2, "cm", 12),
        ("liver_span", 150, "mm", 15),
        ("egfr", 60, "mL/min/1.73 m²", 60),
        ("urine_protein_creatinine_ratio", 113.12, "mg/mmol", 1000),  # 113.12 g of creatinine per mol
        ("urine_albumin_creatinine_ratio", 0.283, "g/g", 283),
        ("hs_troponin_i", 73, "pg/mL", 73),
    ],
)
def test_conversions(test, value, unit, expected):
    found = conversion(test, unit)
    assert value * found.multiply / found.divide == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("test", "unit"),
    [("kappa_flc", ""), ("kappa_flc", "mg"), ("urine_protein", "mg/g"), ("bnp", "pmol/L"), ("egfr", "mL/min"),
     ("creatinine", "mmol/L"), ("hs_troponin_t", "ng/mL"), ("serum_immunofixation", "g/dL")],
)  # fmt: skip
def test_unknown_units_are_refused(test, unit):
    assert conversion(test, unit) is None


@pytest.fixture
def templates(tmp_path):
    write_templates(tmp_path / "blank")
    return tmp_path / "blank"


def test_the_workbook_has_drop_downs_comments_and_the_dictionary(templates):
    book = load_workbook(templates / WORKBOOK)
    assert [name for name in book.sheetnames if book[name].sheet_state == "visible"] == [
        *TABLES, "cohort", "dictionary"
    ]  # fmt: skip
    for table in TABLES.values():
        sheet = book[table.name]
        assert [cell.value for cell in sheet[1]] == list(table.names)
        assert all(cell.comment and cell.comment.text for cell in sheet[1])
    rules = {str(rule.sqref): rule for rule in book["labs"].data_validations.dataValidation}
    found = re.fullmatch(r"lists!\$([A-Z]+)\$2:\$\1\$(\d+)", rules["D2:D5000"].formula1)
    words = [book["lists"][f"{found.group(1)}{row}"].value for row in range(2, int(found.group(2)) + 1)]
    assert words == list(TEST_DETAILS)


def test_the_redcap_dictionary_can_be_imported(templates):
    with open(templates / REDCAP_DICTIONARY, newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    assert tuple(rows[0]) == REDCAP_COLUMNS
    names = [row[0] for row in rows[1:]]
    assert names[0] == "patient_id"
    assert len(names) == len(set(names))
    assert all(name.isidentifier() and name == name.lower() and len(name) <= 26 for name in names)
    forms = [row[1] for row in rows[1:]]
    assert forms == sorted(forms, key=list(TABLES).index), "the fields of a form have to stand together"
    for row in rows[1:]:
        assert row[3] in ("text", "dropdown", "yesno")
        assert bool(row[5]) == (row[3] == "dropdown")
        codes = [choice.split(",")[0].strip() for choice in row[5].split("|")] if row[5] else []
        assert all(code.replace("_", "").isalnum() for code in codes)
    assert INSTRUMENT not in names


def test_templates_overwrite_nothing(templates):
    (templates / "labs.csv").unlink()
    with pytest.raises(FileExistsError):
        write_templates(templates)
    assert not (templates / "labs.csv").exists()
