"""The card's own choices and words: each known key acts, an unknown one is said; shipped cohorts by name."""

import shutil

import pytest
from click.testing import CliRunner
from openpyxl import Workbook

from amyloid.cli.check import command as check
from amyloid.cli.patient import command as one_patient
from amyloid.cohort import COHORTS, DATA, EMBEDDED_COHORT, read_cohort
from amyloid.cohort.errors import CohortError
from amyloid.cohort.reading.card import card_text, read_card
from amyloid.cohort.reading.findings import Findings

SECTIONS = """
title = "Ours"
source = "clinic"
synthetic = false
[defaults]
hematologic_criteria = "isa-2021"
renal_criteria = " graded-2018 "
[comparison]
reference = "D-VCd"
[text]
opening = '''Dates are *shifted*.
Twice.'''
limits = ""
"""


def read(text):
    findings = Findings()
    return read_card(text.encode(), "cohort.toml", "x", findings), [str(p) for p in findings.problems]


def test_the_sections_are_read_and_written_again():
    card, said = read(SECTIONS)
    assert said == []
    assert card.defaults == {"hematologic_criteria": "isa-2021", "renal_criteria": "graded-2018"}
    assert card.comparison == {"reference": "D-VCd"}
    assert card.text == {"opening": "Dates are *shifted*.\nTwice."}
    assert read(card_text(card)) == (card, [])


def test_a_card_without_them_has_none():
    card, _ = read("synthetic = true")
    assert (card.defaults, card.comparison, card.text) == ({}, {}, {})


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("[default]\nrenal_criteria = 'x'", ["warning: 'default' is not known", "Did you mean 'defaults'?"]),
        (
            "[defaults]\nrenal_criterion = 'x'",
            ["'defaults.renal_criterion' is not", "'renal_criteria'?"],
        ),
        ("[text]\nclosing = 'x'", ["warning: 'text.closing' is not known and not used."]),
        ("[comparison]\nreference = 2", ["reference has to be a text in quotation marks."]),
        ("comparison = 'VCd'", ["comparison is no section. Write [comparison] and reference = ..."]),
    ],
)
def test_what_is_not_known_or_no_text_is_said(line, words):
    _, said = read(f"synthetic = true\n{line}\n")
    assert len(said) == 1
    assert all(word in said[0] for word in words), said


def test_a_workbook_writes_them_as_keys(folder, tmp_path):
    book = Workbook()
    book.remove(book.active)
    for name in ("patients", "labs", "treatments", "events"):
        sheet = book.create_sheet(name)
        for row in folder.read(name):
            sheet.append(row)
    card = book.create_sheet("cohort")
    for row in (("key", "value"), ("synthetic", True), ("defaults.renal_criteria", "graded-2018")):
        card.append(row)
    card.append(("comparison.reference", 2))
    card.append(("text.opening", "Ours."))
    card.append(("defaults.kidney", "x"))
    book.save(tmp_path / "ours.xlsx")
    found = read_cohort(tmp_path / "ours.xlsx")
    assert found.card.defaults == {"renal_criteria": "graded-2018"}
    assert found.card.comparison == {"reference": "2"}
    assert found.card.text == {"opening": "Ours."}
    assert found.card.file == "ours.xlsx"
    assert any("'defaults.kidney' is not known" in note for note in found.notes)


@pytest.mark.parametrize("name", COHORTS)
def test_a_bare_name_is_the_shipped_cohort_from_any_folder(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert read_cohort(name).fingerprint == read_cohort(DATA / name).fingerprint
    monkeypatch.chdir(DATA)
    assert read_cohort(name).fingerprint == read_cohort(DATA / name).fingerprint


def test_another_folder_of_that_name_makes_it_two(tmp_path, monkeypatch):
    shutil.copytree(EMBEDDED_COHORT, tmp_path / "two-regimens")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(CohortError, match=r"Write \./two-regimens for the one in this folder"):
        read_cohort("two-regimens")
    assert len(read_cohort("./two-regimens").patients) == 43


@pytest.mark.parametrize(("reference", "said"), [("original", False), ("Original", True), ("female", False)])
def test_a_reference_that_is_no_group_is_said(tmp_path, reference, said):
    place = tmp_path / "ours"
    shutil.copytree(EMBEDDED_COHORT, place)
    with (place / "cohort.toml").open("a", encoding="utf-8") as file:
        file.write(f'[comparison]\nreference = "{reference}"\n')
    words = "comparison.reference is 'Original', which is no group of the patients. Did you mean 'original'?"
    assert any(words in note for note in read_cohort(place).notes) is said


def test_check_refuses_criteria_that_do_not_exist(tmp_path):
    place = tmp_path / "ours"
    shutil.copytree(EMBEDDED_COHORT, place)
    text = (place / "cohort.toml").read_text(encoding="utf-8").replace("boston-2007", "boston-2017")
    (place / "cohort.toml").write_text(text, encoding="utf-8")
    done = CliRunner().invoke(check, [str(place)])
    assert done.exit_code == 1
    assert "defaults.hematologic_criteria = 'boston-2017' is not known" in done.output
    assert "Did you mean boston-2007?" in done.output


def test_one_patient_of_a_shipped_cohort_is_found_by_its_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(one_patient, ["two-regimens", "S001"])
    assert done.exit_code == 0
    assert "hematologic response, isa-2012" in done.output
    assert CliRunner().invoke(one_patient, ["nowhere", "S001"]).exit_code == 2
